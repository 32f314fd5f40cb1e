//! Holds what the author wrote against the catalogue. Every error sits on the literal that is wrong.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::path::Path;

use syn::{Error, LitStr, Result};

use crate::args::{Facet, Hook, KEYS, On};
use crate::catalogue::{Catalogue, Event, Legal, Mode, did_you_mean};
use crate::errors::Errors;

/// One handler: its function's name, and what it takes.
pub(crate) struct Handler {
    pub(crate) name: String,
    pub(crate) on: On,
}

/// What one literal after `on` stands for: an event, or all of an area.
struct Taken<'a> {
    handler: &'a Handler,
    literal: &'a LitStr,
    events: Vec<&'a Event>,
}

/// Checks a hook and its handlers, whose events get their real names; gives the area that the hook binds to.
pub(crate) fn check(hook: &Hook, handlers: &mut [Handler]) -> Result<String> {
    let catalogue = catalogue(hook.catalogue.as_ref())?;
    use_real_names(&catalogue, handlers);
    let mut errors = Errors::default();
    let taken = resolve(&catalogue, handlers, &mut errors);
    let area = check_area(&catalogue, &taken, &mut errors);
    for each in &taken {
        check_facets(&catalogue, each, &mut errors);
    }
    if let Some(literal) = &hook.on_failure {
        errors.note(check_on_failure(literal, &taken));
    }
    check_overlaps(&taken, &mut errors);
    errors.finish().map(|()| area)
}

/// The built-in catalogues and the one the author names.
fn catalogue(path: Option<&LitStr>) -> Result<Catalogue> {
    let mut catalogue = Catalogue::built_in();
    if let Some(literal) = path {
        let wrong = |error: &dyn Display| {
            Error::new(literal.span(), format!("catalogue {:?}: {error}", literal.value()))
        };
        let root = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default();
        let text =
            std::fs::read_to_string(Path::new(&root).join(literal.value())).map_err(|error| wrong(&error))?;
        catalogue.add(&text).map_err(|error| wrong(&error))?;
    }
    Ok(catalogue)
}

/// Aliases are for authors only: the manifest and the choice of the handler go by what the host calls an event.
fn use_real_names(catalogue: &Catalogue, handlers: &mut [Handler]) {
    for literal in handlers.iter_mut().flat_map(|handler| &mut handler.on.events) {
        if let Some(name) = catalogue.real_name(&literal.value()) {
            *literal = LitStr::new(name, literal.span());
        }
    }
}

fn resolve<'a>(catalogue: &'a Catalogue, handlers: &'a [Handler], errors: &mut Errors) -> Vec<Taken<'a>> {
    let mut taken = Vec::new();
    for handler in handlers {
        for literal in &handler.on.events {
            match catalogue.find(&literal.value()) {
                Ok(events) => taken.push(Taken { handler, literal, events }),
                Err(message) => errors.add(Error::new(literal.span(), message)),
            }
        }
    }
    taken
}

/// A hook binds to one area.
fn check_area(catalogue: &Catalogue, taken: &[Taken<'_>], errors: &mut Errors) -> String {
    let mut first: Option<(&str, String)> = None;
    for Taken { literal, events, .. } in taken {
        let name = literal.value();
        let Some(area) = events.first().and_then(|event| catalogue.area(&event.name)) else {
            errors.add(Error::new(literal.span(), format!("{name:?} is of no [[area]] of its catalogue")));
            continue;
        };
        match &first {
            None => first = Some((area, name)),
            Some((other, _)) if *other == area => {}
            Some((other, earlier)) => {
                let message = format!(
                    "{name:?} is of area {area}, {earlier:?} of area {other}; a hook binds to one area"
                );
                errors.add(Error::new(literal.span(), message));
            }
        }
    }
    first.map_or_else(String::new, |(area, _)| area.to_owned())
}

fn check_facets(catalogue: &Catalogue, taken: &Taken<'_>, errors: &mut Errors) {
    let on = taken.literal.value();
    for facet in &taken.handler.on.facets {
        let name = facet.name.to_string();
        let legal: Vec<_> = taken.events.iter().filter_map(|event| catalogue.legal(event, &name)).collect();
        if legal.is_empty() {
            errors.add(Error::new(facet.name.span(), no_facet(&on, &name, &taken.events)));
        } else {
            check_values(&on, facet, &Legal::union(legal), errors);
        }
    }
}

fn no_facet(on: &str, name: &str, events: &[&Event]) -> String {
    let has: BTreeSet<&str> =
        events.iter().flat_map(|event| event.facets.keys().map(String::as_str)).collect();
    let mut hint = did_you_mean(name, has.iter().copied().chain(KEYS), str::to_owned);
    if hint.is_empty() {
        hint = if has.is_empty() { "; it has none".to_owned() } else { format!("; it has: {}", join(has)) };
    }
    format!("{on} has no facet {name:?}{hint}")
}

fn check_values(on: &str, facet: &Facet, legal: &Legal<'_>, errors: &mut Errors) {
    for literal in &facet.values {
        let (name, value) = (&facet.name, literal.value());
        let message = if value == "ANY" {
            if facet.values.len() == 1 {
                continue;
            }
            "\"ANY\" matches every value and stands alone".to_owned()
        } else if legal.open || legal.values.contains(&value.as_str()) {
            continue;
        } else if legal.values.is_empty() {
            format!("{on} has no {name} to choose; leave {name} out or write \"ANY\"")
        } else {
            let mut hint = did_you_mean(&value, legal.values.iter().copied(), str::to_owned);
            if hint.is_empty() && legal.values.len() <= 13 {
                hint = format!("; it has: {}", join(legal.values.iter().copied()));
            }
            format!("{value:?} is no {name} of {on}{hint}")
        };
        errors.add(Error::new(literal.span(), message));
    }
}

fn check_on_failure(literal: &LitStr, taken: &[Taken<'_>]) -> Result<()> {
    let value = literal.value();
    if value != "veto" && value != "accept" {
        return Err(Error::new(
            literal.span(),
            format!("on_failure is \"veto\" or \"accept\", not {value:?}"),
        ));
    }
    let mut events = taken.iter().flat_map(|each| &each.events);
    if taken.is_empty() || events.any(|event| event.mode == Mode::Ask) {
        return Ok(());
    }
    Err(Error::new(literal.span(), "on_failure has no effect: no event of this hook is asked"))
}

/// No event may have two handlers.
fn check_overlaps(taken: &[Taken<'_>], errors: &mut Errors) {
    for (i, second) in taken.iter().enumerate() {
        let overlaps = |first: &&Taken<'_>| {
            first.handler.name != second.handler.name
                && first.events.iter().any(|event| second.events.iter().any(|other| event.name == other.name))
                && !apart(&first.handler.on.facets, &second.handler.on.facets)
        };
        if let Some(first) = taken[..i].iter().find(overlaps) {
            let (name, on) = (&first.handler.name, first.literal.value());
            let message = format!("{:?} overlaps with {on:?} of handler `{name}`", second.literal.value());
            errors.add(Error::new(second.literal.span(), message));
        }
    }
}

/// Whether no event passes both filters: some facet that both name has no value in common.
fn apart(first: &[Facet], second: &[Facet]) -> bool {
    let is_any = |facet: &Facet| facet.values.iter().any(|value| value.value() == "ANY");
    first.iter().any(|a| {
        second.iter().any(|b| {
            let common =
                || a.values.iter().any(|value| b.values.iter().any(|other| value.value() == other.value()));
            a.name == b.name && !is_any(a) && !is_any(b) && !common()
        })
    })
}

fn join<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    words.into_iter().collect::<Vec<_>>().join(", ")
}
