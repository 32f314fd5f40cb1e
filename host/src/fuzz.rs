//! The stages of loading one by one, for those who feed them noise. No part of the library that anybody uses.

use crate::catalogue::Catalogue;
use crate::limits::HostLimits;
use crate::load::overlaid;
use crate::machine::{self, Section, manifest_section};
use crate::manifest::{self, check};
use crate::problem::Problem;
use crate::written::Table;

/// What happens to a component's bytes before they are compiled: the manifest they carry and whether they would
/// be compiled, or why not.
pub fn inspect(bytes: &[u8]) -> (Result<Option<String>, String>, Result<(), String>) {
    let carried = match manifest_section(bytes) {
        Section::Found(json) => Ok(Some(json)),
        Section::Missing => Ok(None),
        Section::Unreadable(reason) => Err(reason),
    };
    (carried, machine::inspect(bytes).map_err(|error| error.to_string()))
}

/// What happens to a component's manifest and the operator's word over it. Where nothing is wrong, what is
/// remembered of them must guard the same events.
pub fn manifest(json: &str, toml: &str, catalogue: &Catalogue) -> Vec<Problem> {
    let mut problems = Vec::new();
    let rules = (catalogue, &HostLimits::default());
    let operator = manifest::operator("a.toml", toml, &mut problems);
    let own = manifest::embedded("a.wasm", json, &mut problems);
    let table = overlaid(own, &operator, &mut problems);
    let said = check("a", "a.toml", &table, true, rules, &mut problems);
    let last = check("a", "", &remembered(&table), false, rules, &mut Vec::new());
    if !problems.iter().any(Problem::is_error) {
        assert_eq!(said.on, last.on, "the last good manifest guards other events");
        assert_eq!(
            (said.priority, said.on_failure, said.tenant, said.caused),
            (last.priority, last.on_failure, last.tenant, last.caused)
        );
    }
    problems
}

/// The manifest as it is kept and read again.
fn remembered(table: &Table) -> Table {
    manifest::last_good(&table.json().to_string())
}
