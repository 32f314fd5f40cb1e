//! What a component says of itself: its custom section `tenterhook:manifest`, read and written.

use crate::limits::MIB;
use wasmparser::{Chunk, Encoding, Parser, Payload};

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

/// The component with this manifest at its top level, in place of any that stands there. The bytes must be a
/// component's, as [`manifest_section`] sees it.
#[cfg(feature = "cli")]
pub(crate) fn with_manifest(bytes: &[u8], manifest: &str) -> Result<Vec<u8>, String> {
    let mut made = Vec::with_capacity(bytes.len() + manifest.len() + 64);
    let mut parser = Parser::new(0);
    let mut rest = bytes;
    loop {
        let chunk = parser.parse(rest, true).map_err(|error| error.to_string())?;
        let Chunk::Parsed { consumed, payload } = chunk else {
            return Err("it ends in the middle of a section".into());
        };
        let (length, kept) = match payload {
            Payload::End(_) => break,
            // What is nested would be read by a parser of its own; it is kept as it is.
            Payload::ModuleSection { unchecked_range: range, .. }
            | Payload::ComponentSection { unchecked_range: range, .. } => (consumed + range.len(), true),
            Payload::CustomSection(section) => (consumed, section.name() != NAME),
            _ => (consumed, true),
        };
        let (section, after) = rest.split_at_checked(length).ok_or("it ends in the middle of a section")?;
        if kept {
            made.extend_from_slice(section);
        }
        rest = after;
    }
    let custom = [&length(NAME.len()), NAME.as_bytes(), manifest.as_bytes()].concat();
    made.push(0);
    made.extend(length(custom.len()));
    made.extend(custom);
    Ok(made)
}

/// A length as wasm writes it: LEB128.
#[cfg(feature = "cli")]
fn length(mut length: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while length > 0x7f {
        bytes.push((length & 0x7f) as u8 | 0x80);
        length >>= 7;
    }
    bytes.push(length as u8);
    bytes
}
