//! Reads a catalogue file: `[[area]]`, `[[enum]]`, `[[event]]`.

use super::{Catalogue, Enum, EventKind, Facet, Powers};
use crate::event::Mode;
use crate::problem::{Place, Problem};
use crate::written::{self, Node, Table};

const EVENT_KEYS: [&str; 10] =
    ["name", "native", "mode", "powers", "facets", "optional", "aliases", "initial", "scheduled", "summary"];
const CONTEXT_ATTRIBUTES: [&str; 11] = [
    "id",
    "type",
    "source",
    "specversion",
    "time",
    "subject",
    "datacontenttype",
    "dataschema",
    "data",
    "tenant",
    "cause",
];

pub(super) fn read(catalogue: &mut Catalogue, file: &str, text: &str) -> Vec<Problem> {
    let mut problems = Vec::new();
    let table = written::from_toml(file, text, &mut problems);
    for (key, _) in &table.0 {
        if !["area", "enum", "event"].contains(&key.as_str()) {
            let place = table.get(key).map(|node| node.place.clone()).unwrap_or_default();
            problems.push(
                Problem::error(place, format!("unknown key {key:?}"))
                    .hint("a catalogue has [[area]], [[enum]] and [[event]]"),
            );
        }
    }
    for entry in entries(&table, "area", &mut problems) {
        area(catalogue, entry, &mut problems);
    }
    for entry in entries(&table, "enum", &mut problems) {
        enumeration(catalogue, entry, &mut problems);
    }
    for entry in entries(&table, "event", &mut problems) {
        event(catalogue, entry, &mut problems);
    }
    problems
}

/// One `[[…]]` table and where it begins.
type Entry<'a> = (&'a Table, &'a Place);

fn entries<'a>(table: &'a Table, key: &str, problems: &mut Vec<Problem>) -> Vec<Entry<'a>> {
    let Some(node) = table.get(key) else {
        return Vec::new();
    };
    let list = node.list(key, problems).unwrap_or_default();
    list.iter().filter_map(|item| Some((item.table(key, problems)?, &item.place))).collect()
}

fn area(catalogue: &mut Catalogue, (table, place): Entry<'_>, problems: &mut Vec<Problem>) {
    unknown_keys(table, &["name", "summary"], problems);
    let Some(name) = required(table, "name", place, problems) else {
        return;
    };
    if !is_dotted(&name) {
        problems
            .push(Problem::error(place.clone(), format!("{name:?} is no name for an area")).hint(NAME_HINT));
        return;
    }
    let summary = optional(table, "summary", problems).unwrap_or_default();
    if catalogue.areas.insert(name.clone(), summary).is_some() {
        problems.push(Problem::error(place.clone(), format!("the area {name:?} exists already")));
    }
}

fn enumeration(catalogue: &mut Catalogue, (table, place): Entry<'_>, problems: &mut Vec<Problem>) {
    unknown_keys(table, &["name", "open", "values"], problems);
    let Some(name) = required(table, "name", place, problems) else {
        return;
    };
    let open = flag(table, "open", problems);
    let values = texts(table, "values", problems);
    if catalogue.enums.insert(name.clone(), Enum { open, values }).is_some() {
        problems.push(Problem::error(place.clone(), format!("the enum {name:?} exists already")));
    }
}

fn event(catalogue: &mut Catalogue, (table, place): Entry<'_>, problems: &mut Vec<Problem>) {
    let before = problems.len();
    unknown_keys(table, &EVENT_KEYS, problems);
    let name = required(table, "name", place, problems);
    let mode = required(table, "mode", place, problems);
    let mode = mode.and_then(|mode| match mode.as_str() {
        "ask" => Some(Mode::Ask),
        "tell" => Some(Mode::Tell),
        _ => {
            let message = format!("unknown mode {mode:?}");
            problems.push(Problem::error(place.clone(), message).hint("write \"ask\" or \"tell\""));
            None
        }
    });
    let powers = powers(table, problems);
    let facets = facets(catalogue, table, problems);
    let aliases = texts(table, "aliases", problems);
    let (Some(name), Some(mode)) = (name, mode) else {
        return;
    };
    let scheduled = flag(table, "scheduled", problems);
    if scheduled && mode == Mode::Ask {
        let message = format!("{name:?} is raised by a clock, which can only tell");
        problems.push(Problem::error(place.clone(), message));
    }
    if mode == Mode::Tell && powers != Powers::default() {
        let message = format!("{name:?} is told, so hooks have no powers over it");
        problems.push(Problem::error(place.clone(), message));
    }
    if !is_dotted(&name) {
        let problem = Problem::error(place.clone(), format!("{name:?} is no name for an event"));
        problems.push(problem.hint(NAME_HINT));
    }
    let Some(area) = area_of(catalogue, &name) else {
        let message = format!("{name:?} is of no known area");
        problems
            .push(Problem::error(place.clone(), message).hint("add an [[area]] that its name begins with"));
        return;
    };
    for taken in aliases.iter().chain([&name]).filter(|name| catalogue.get(name).is_some()) {
        problems.push(Problem::error(place.clone(), format!("the event {taken:?} exists already")));
    }
    if problems[before..].iter().any(Problem::is_error) {
        return;
    }
    let native = optional(table, "native", problems).unwrap_or_else(|| name.clone());
    let summary = optional(table, "summary", problems).unwrap_or_default();
    let initial = flag(table, "initial", problems);
    let kind = EventKind { name, native, area, mode, powers, facets, aliases, initial, scheduled, summary };
    catalogue.insert(kind.into());
}

fn powers(table: &Table, problems: &mut Vec<Problem>) -> Powers {
    let mut powers = Powers::default();
    let Some(node) = table.get("powers") else {
        return powers;
    };
    for (power, place) in node.texts("powers", problems) {
        match power {
            "veto" => powers.veto = true,
            "amend" => powers.amend = true,
            _ => problems.push(
                Problem::error(place.clone(), format!("unknown power {power:?}"))
                    .hint("write \"veto\" or \"amend\""),
            ),
        }
    }
    powers
}

fn facets(catalogue: &Catalogue, table: &Table, problems: &mut Vec<Problem>) -> Vec<Facet> {
    let optional = texts(table, "optional", problems);
    let Some(node) = table.get("facets") else {
        return Vec::new();
    };
    let declared = node.table("facets", problems).cloned().unwrap_or_default();
    let mut facets = Vec::new();
    for (name, node) in &declared.0 {
        let letters = name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        if !letters || name.is_empty() || name.len() > 20 || CONTEXT_ATTRIBUTES.contains(&name.as_str()) {
            let message = format!("{name:?} is no name for a facet");
            let hint = "use 1 to 20 of a-z and 0-9, and no attribute that every event has";
            problems.push(Problem::error(node.place.clone(), message).hint(hint));
        }
        facets.push(facet(catalogue, name, node, optional.contains(name), problems));
    }
    facets
}

fn facet(
    catalogue: &Catalogue,
    name: &str,
    node: &Node,
    optional: bool,
    problems: &mut Vec<Problem>,
) -> Facet {
    let mut facet = Facet { name: name.to_owned(), optional, open: false, values: Vec::new() };
    for (name, place) in node.texts(name, problems) {
        match catalogue.enums.get(name) {
            Some(known) => {
                facet.open |= known.open;
                // Two enums may share a value (cloud's errors do), the facet has it once.
                for value in &known.values {
                    if !facet.knows(value) {
                        facet.values.push(value.clone());
                    }
                }
            }
            None => {
                let known = catalogue.enums.keys().map(String::as_str);
                problems.push(
                    Problem::error(place.clone(), format!("unknown enum {name:?}")).did_you_mean(name, known),
                );
            }
        }
    }
    facet
}

/// The longest area that a name begins with.
fn area_of(catalogue: &Catalogue, name: &str) -> Option<String> {
    let fits = |area: &&String| name.strip_prefix(area.as_str()).is_some_and(|rest| rest.starts_with('.'));
    catalogue.areas.keys().filter(fits).max_by_key(|area| area.len()).cloned()
}

const NAME_HINT: &str = "use a-z, 0-9 and _, in parts joined by dots";

fn is_dotted(name: &str) -> bool {
    let part = |part: &str| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
    };
    name.split('.').all(part)
}

fn required(table: &Table, key: &str, place: &Place, problems: &mut Vec<Problem>) -> Option<String> {
    if table.get(key).is_none() {
        problems.push(Problem::error(place.clone(), format!("the key {key:?} is missing")));
    }
    optional(table, key, problems)
}

fn optional(table: &Table, key: &str, problems: &mut Vec<Problem>) -> Option<String> {
    table.get(key)?.text(key, problems).map(str::to_owned)
}

fn flag(table: &Table, key: &str, problems: &mut Vec<Problem>) -> bool {
    table.get(key).and_then(|node| node.boolean(key, problems)).unwrap_or(false)
}

fn texts(table: &Table, key: &str, problems: &mut Vec<Problem>) -> Vec<String> {
    let node = table.get(key);
    let texts = node.map(|node| node.texts(key, problems)).unwrap_or_default();
    texts.into_iter().map(|(text, _)| text.to_owned()).collect()
}

fn unknown_keys(table: &Table, known: &[&str], problems: &mut Vec<Problem>) {
    for (key, node) in table.0.iter().filter(|(key, _)| !known.contains(&key.as_str())) {
        problems.push(
            Problem::error(node.place.clone(), format!("unknown key {key:?}"))
                .did_you_mean(key, known.iter().copied()),
        );
    }
}

#[cfg(test)]
mod tests;
