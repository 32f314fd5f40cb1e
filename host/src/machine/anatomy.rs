//! What a component consists of, read without compiling it.

use super::capability::{self, Reached};
use wasmparser::{Parser, Payload};

/// What was found in a component's bytes, as far as they can be read.
#[derive(Debug, Default)]
pub(crate) struct Anatomy {
    /// What it imports, and what it gets of that.
    pub(crate) imports: Vec<(String, Reached)>,
    /// What it exports.
    pub(crate) exports: Vec<String>,
    /// Functions over all its modules.
    pub(crate) functions: u64,
    /// Whether its functions have names, and its instructions lines: for backtraces.
    pub(crate) names: bool,
    pub(crate) lines: bool,
}

impl Anatomy {
    /// Reads a component.
    pub(crate) fn of(bytes: &[u8]) -> Self {
        let mut found = Self::default();
        let mut depth = 0;
        for payload in Parser::new(0).parse_all(bytes) {
            match payload {
                Err(_) => break,
                Ok(Payload::ModuleSection { .. } | Payload::ComponentSection { .. }) => depth += 1,
                Ok(Payload::End(_)) if depth > 0 => depth -= 1,
                Ok(Payload::CodeSectionStart { count, .. }) => found.functions += u64::from(count),
                Ok(Payload::CustomSection(section)) => match section.name() {
                    "name" if depth > 0 => found.names = true,
                    ".debug_line" => found.lines = true,
                    _ => {}
                },
                Ok(Payload::ComponentImportSection(section)) if depth == 0 => {
                    let names = section.into_iter().flatten().map(|import| import.name.name.to_owned());
                    found.imports.extend(names.map(|name| {
                        let reached = capability::reached(&name);
                        (name, reached)
                    }));
                }
                Ok(Payload::ComponentExportSection(section)) if depth == 0 => {
                    found
                        .exports
                        .extend(section.into_iter().flatten().map(|export| export.name.name.to_owned()));
                }
                Ok(_) => {}
            }
        }
        found
    }

    /// The version of the contract that it is made for.
    pub(crate) fn contract(&self) -> Option<&str> {
        let handler = self.exports.iter().find_map(|name| name.strip_prefix(super::compile::HANDLER));
        handler.map(|rest| rest.trim_start_matches('@'))
    }
}
