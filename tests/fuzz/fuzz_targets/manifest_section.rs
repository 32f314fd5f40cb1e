//! What a component says of itself, and an operator over it. The input is JSON, a NUL, and TOML.

#![no_main]

use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;
use tenterhook::catalogue::Catalogue;
use tenterhook::fuzz::manifest;

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(Catalogue::built_in);

fuzz_target!(|text: &str| {
    let (json, toml) = text.split_once('\0').unwrap_or((text, ""));
    manifest(json, toml, &CATALOGUE);
});
