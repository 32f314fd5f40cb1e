//! Any bytes as a component, as far as the compiler; the manifest in them, if there is one, is checked too.

#![no_main]

use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;
use tenterhook::catalogue::Catalogue;
use tenterhook::fuzz::{inspect, manifest};

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(Catalogue::built_in);

fuzz_target!(|bytes: &[u8]| {
    if let (Ok(Some(json)), _) = inspect(bytes) {
        manifest(&json, "", &CATALOGUE);
    }
});
