//! Finds what a component says of itself: its custom section `tenterhook:manifest`.

use crate::limits::MIB;
use wasmparser::{Encoding, Parser, Payload};

/// The section's name.
const NAME: &str = "tenterhook:manifest";

/// Bytes of a manifest: those of an operator's TOML. More is made to be slow to check.
const BYTES_MAX: usize = MIB;

/// What was found in a component's bytes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Section {
    /// The text of the section.
    Found(String),
    /// A component without a manifest.
    Missing,
    /// No component, or a broken one: why.
    Unreadable(String),
}

/// Reads the manifest of a component: at its top level, else in the modules nested in it, whose
/// sections are joined in their order.
pub(crate) fn manifest_section(bytes: &[u8]) -> Section {
    if !bytes.starts_with(b"\0asm") {
        return Section::Unreadable("it does not begin as wasm does".into());
    }
    let mut depth = 0;
    let (mut top, mut nested) = (Vec::new(), Vec::new());
    for payload in Parser::new(0).parse_all(bytes) {
        match payload {
            Err(error) => return Section::Unreadable(error.to_string()),
            Ok(Payload::Version { encoding: Encoding::Module, .. }) if depth == 0 => {
                return Section::Unreadable("a core module and no component".into());
            }
            Ok(Payload::ModuleSection { .. } | Payload::ComponentSection { .. }) => depth += 1,
            Ok(Payload::End(_)) if depth > 0 => depth -= 1,
            Ok(Payload::CustomSection(section)) if section.name() == NAME => {
                let found = if depth == 0 { &mut top } else { &mut nested };
                found.extend_from_slice(section.data());
            }
            Ok(_) => {}
        }
    }
    let found = if top.is_empty() { nested } else { top };
    if found.len() > BYTES_MAX {
        return Section::Unreadable(format!(
            "its manifest has {} bytes, at most {BYTES_MAX} are allowed",
            found.len()
        ));
    }
    match String::from_utf8(found) {
        Ok(text) if text.is_empty() => Section::Missing,
        Ok(text) => Section::Found(text),
        Err(_) => Section::Unreadable("its manifest is not UTF-8".into()),
    }
}
