//! Everything about one event: what it carries, what hooks may do to it, what they filter on.

use super::print::{BOLD, CYAN, DIM, Out, PLAIN, Table, YELLOW, cell, count, paint, safe};
use crate::catalogue::{EventKind, Facet, Powers};
use crate::event::Mode;
use crate::filter::Filter;

/// Everything about one event.
pub(crate) fn describe(kind: &EventKind, out: &mut Out) {
    out.line(&format!("{}  {}", paint(BOLD, &kind.name), safe(&kind.summary)));
    let mut facts = Table::default();
    let mut fact = |name: &str, value: &str| facts.row([cell(DIM, name), cell(PLAIN, safe(value))]);
    fact("area", &kind.area);
    fact("native", &kind.native);
    match kind.mode {
        Mode::Ask => fact("mode", "ask: it is about to happen, the application waits for the outcome"),
        Mode::Tell => fact("mode", "tell: it has happened, hooks react to it"),
    }
    let powers = powers(kind.powers);
    fact("powers", if powers.is_empty() { "none" } else { &powers });
    if !kind.aliases.is_empty() {
        fact("aliases", &kind.aliases.join(", "));
    }
    if kind.scheduled {
        fact("scheduled", "raised by the host for a hook when a schedule of that hook is due");
    }
    if kind.initial {
        fact("initial", "raised by the host when a hook starts, before any other event of that hook");
    }
    facts.lines().iter().for_each(|line| out.line(&format!("  {line}")));
    for facet in &kind.facets {
        describe_facet(facet, out);
    }
    out.line(&format!(
        "\n  {}",
        paint(DIM, &format!("tenterhook fire --event {}{}", kind.name, example(kind)))
    ));
}

/// The powers in words; none at all for none.
pub(crate) fn powers(powers: Powers) -> String {
    let words = [(powers.veto, "veto"), (powers.amend, "amend")];
    let words: Vec<&str> = words.iter().filter(|(has, _)| *has).map(|(_, word)| *word).collect();
    words.join(", ")
}

/// The options with which an event of a kind is fired.
fn example(kind: &EventKind) -> String {
    let needed = kind.facets.iter().filter(|facet| !facet.optional);
    let first = needed.filter_map(|facet| Some((&facet.name, facet.values.first()?)));
    let pair = |(name, value): (&String, &String)| match value.contains(' ') {
        true => format!(" --facet {name}='{value}'"),
        false => format!(" --facet {name}={value}"),
    };
    first.map(pair).collect()
}

fn describe_facet(facet: &Facet, out: &mut Out) {
    let optional = if facet.optional { ", optional" } else { "" };
    let open = if facet.open {
        paint(YELLOW, ", open: other values are taken with a warning")
    } else {
        String::new()
    };
    let number = match facet.is_optionless() {
        true => String::new(),
        false => format!("  {}", count(facet.values.len(), "value")),
    };
    let name = paint(BOLD, &facet.name);
    out.line(&format!("\n  facet {name}{number}{optional}{open}"));
    let wildcard = match facet.is_optionless() {
        true => "the only value: events are filled with it",
        false => "in a hook's filter: any of them",
    };
    out.line(&format!("    {}  {}", paint(CYAN, Filter::ANY), paint(DIM, wildcard)));
    wrapped(&facet.values).iter().for_each(|line| out.line(&format!("    {line}")));
}

/// Words two spaces apart, on lines of at most 92 characters.
fn wrapped(words: &[String]) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in words.iter().map(|word| safe(word)) {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 2 + word.chars().count() <= 92 => {
                *line += &format!("  {word}")
            }
            _ => lines.push(word),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Catalogue;

    #[test]
    fn an_example_names_the_facets_that_are_needed() {
        let catalogue = Catalogue::built_in();
        let example = |name| catalogue.get(name).map(|kind| example(kind)).unwrap_or_default();
        assert_eq!(example("cloud.pre_create"), " --facet option=FIREWALL_TEMPLATE");
        assert_eq!(example("cloud.pre_payment"), "");
        let spaced = " --facet resource='Annotation Class' --facet action=Query";
        assert_eq!(example("charging.api.pre_validate"), spaced);
    }
}
