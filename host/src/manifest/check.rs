//! Turns a merged manifest into a checked one.

use super::{Caused, Class, Isolation, Manifest, OnFailure, Ordered, Status, Subscription};
use super::{grant, limit, notification, schedule, script, secret, target};
use crate::catalogue::{Catalogue, EventKind, no_value};
use crate::event::Mode;
use crate::filter::Filter;
use crate::limits::HostLimits;
use crate::problem::{Place, Problem};
use crate::written::{Node, Table};
use std::collections::BTreeMap;
use std::fmt::Display;
use std::sync::Arc;

/// Checks a merged manifest. What could be read is returned even with errors, so that a guard
/// that cannot load keeps its events. Missing keys are reported in `file`, if the manifest is
/// `whole` and not what is left where a component cannot be read.
pub(crate) fn check(
    id: &str,
    file: &str,
    table: &Table,
    whole: bool,
    (catalogue, host): (&Catalogue, &HostLimits),
    problems: &mut Vec<Problem>,
) -> Manifest {
    let mut check = Check { table, place: Place::file(file), whole, catalogue, problems };
    let (area, class) = (check.area(), check.class());
    let ending = if class == Class::Javascript { "js" } else { "wasm" };
    let manifest = Manifest {
        id: id.into(),
        name: check.required_text("name").unwrap_or_else(|| id.to_owned()),
        description: check.text("description").unwrap_or_default(),
        class,
        component: check.text("component").unwrap_or_else(|| format!("{id}.{ending}")),
        sha256: check.sha256(),
        priority: check.priority(),
        status: check.word("status", Status::ALL).unwrap_or(Status::Enabled),
        on_failure: check.on_failure(),
        isolation: check.word("isolation", Isolation::ALL).unwrap_or(Isolation::Fresh),
        on: check.on(&area),
        area,
        schedule: schedule::schedules(table, check.problems),
        limits: check
            .sub("limits")
            .map_or_else(Default::default, |table| limit::limits(&table, host, check.problems)),
        properties: check.properties(),
        secrets: secret::secrets(table),
        tenant: check.text("tenant"),
        ordered: check.word("ordered", Ordered::ALL),
        caused: check.word("caused", Caused::ALL).unwrap_or(Caused::Skip),
        grants: grant::grants(table, check.problems),
        has_toml: file.ends_with(".toml"),
    };
    check.id(id);
    check.pointless(&manifest);
    match manifest.class {
        Class::Http => target::check(table, &Place::file(file), whole, check.problems),
        Class::Script => script::check(table, &Place::file(file), &manifest, check.problems),
        Class::Notification => notification::check(table, &Place::file(file), whole, check.problems),
        Class::Component | Class::Javascript => {}
    }
    schedule::heard(table, (&manifest.area, &manifest.on), catalogue, check.problems);
    manifest
}

struct Check<'a> {
    table: &'a Table,
    place: Place,
    whole: bool,
    catalogue: &'a Catalogue,
    problems: &'a mut Vec<Problem>,
}

impl Check<'_> {
    fn error(&mut self, place: &Place, message: String) {
        self.problems.push(Problem::error(place.clone(), message));
    }

    fn text(&mut self, key: &str) -> Option<String> {
        let node = self.table.get(key)?;
        let text = node.text(key, self.problems)?;
        if text.trim().is_empty() && key != "description" {
            self.error(&node.place, format!("{key:?} is empty"));
            return None;
        }
        Some(text.to_owned())
    }

    fn missing(&mut self, key: &str, hint: &str) {
        if !self.whole {
            return;
        }
        let problem = Problem::error(self.place.clone(), format!("the key {key:?} is missing"));
        self.problems.push(problem.hint(hint));
    }

    fn required_text(&mut self, key: &str) -> Option<String> {
        if self.table.get(key).is_none() {
            self.missing(key, "every hook has one");
        }
        self.text(key)
    }

    fn word<W: Display + Copy, const N: usize>(&mut self, key: &str, words: [W; N]) -> Option<W> {
        let node = self.table.get(key)?;
        let text = node.text(key, self.problems)?;
        let known = words.map(|word| word.to_string());
        if let Some(index) = known.iter().position(|word| word == text) {
            return Some(words[index]);
        }
        let problem = Problem::error(node.place.clone(), format!("unknown {key} {text:?}"))
            .did_you_mean(text, known.iter().map(String::as_str));
        self.problems.push(problem.or_hint(|| format!("it is one of {}", known.join(", "))));
        None
    }

    fn sub(&mut self, key: &str) -> Option<Table> {
        self.table.get(key)?.table(key, self.problems).cloned()
    }

    fn id(&mut self, id: &str) {
        if let (Some(written), Some(node)) = (self.text("id"), self.table.get("id"))
            && written != id
        {
            let message = format!("id = {written:?} is not the file's name, {id:?}");
            let hint = "leave it out, or rename the file";
            self.problems.push(Problem::error(node.place.clone(), message).hint(hint));
        }
    }

    fn class(&mut self) -> Class {
        self.word("class", Class::ALL).unwrap_or(Class::Component)
    }

    /// One that cannot be understood fails closed.
    fn on_failure(&mut self) -> Option<OnFailure> {
        self.table.get("on_failure")?;
        Some(self.word("on_failure", OnFailure::ALL).unwrap_or(OnFailure::Veto))
    }

    fn priority(&mut self) -> i64 {
        match self.table.get("priority") {
            Some(node) => node.integer("priority", self.problems).unwrap_or(0),
            None => {
                self.missing("priority", "lower runs first, such as priority = 10");
                0
            }
        }
    }

    fn sha256(&mut self) -> Option<String> {
        let text = self.text("sha256")?.to_ascii_lowercase();
        let hex = text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit());
        if !hex {
            let place = self.table.get("sha256").map_or(&self.place, |node| &node.place).clone();
            self.error(&place, format!("sha256 = {text:?} is not 64 hex digits"));
        }
        Some(text)
    }

    fn properties(&mut self) -> BTreeMap<String, String> {
        let table = self.sub("properties").unwrap_or_default();
        let value = |node: &Node| match (secret::name(node), node.json()) {
            (Some(name), _) => serde_json::json!({ "secret": name }).to_string(),
            (None, serde_json::Value::String(text)) => text,
            (None, json) => json.to_string(),
        };
        table.0.iter().map(|(key, node)| (key.clone(), value(node))).collect()
    }

    fn area(&mut self) -> String {
        let Some(area) = self.required_text("type") else {
            return String::new();
        };
        let known: Vec<&str> = self.catalogue.areas().map(|(name, _)| name).collect();
        if !known.contains(&area.as_str()) {
            let place = self.table.get("type").map_or(&self.place, |node| &node.place).clone();
            let problem = Problem::error(place, format!("unknown type {area:?}"))
                .did_you_mean(&area, known.iter().copied());
            self.problems.push(problem.or_hint(|| format!("it is one of {}", known.join(", "))));
        }
        area
    }

    fn on(&mut self, area: &str) -> Vec<Subscription> {
        let Some(node) = self.table.get("on") else {
            self.missing("on", "add an [[on]] with the event it listens to");
            return Vec::new();
        };
        let entries = node.list("on", self.problems).unwrap_or_default();
        if entries.is_empty() {
            self.error(&node.place, "the hook listens to no event".into());
        }
        entries.iter().flat_map(|entry| self.entry(entry, area)).collect()
    }

    /// One `[[on]]`: an event, or all of an area, and facet filters.
    fn entry(&mut self, entry: &Node, area: &str) -> Vec<Subscription> {
        let Some(table) = entry.table("on", self.problems) else {
            return Vec::new();
        };
        let Some(node) = table.get("event") else {
            self.error(&entry.place, "an [[on]] needs the key \"event\"".into());
            return Vec::new();
        };
        let Some(name) = node.text("event", self.problems) else {
            return Vec::new();
        };
        let kinds = self.kinds(name, node, area);
        let filter = self.filter(name, table, &kinds);
        kinds.into_iter().map(|kind| Subscription { kind, filter: filter.clone() }).collect()
    }

    fn kinds(&mut self, name: &str, node: &Node, area: &str) -> Vec<Arc<EventKind>> {
        let catalogue = self.catalogue;
        let kinds = catalogue.meant(name);
        if kinds.is_empty() {
            self.problems.push(catalogue.meaningless(name, node.place.clone()));
        } else if let Some(kind) = kinds.iter().find(|kind| kind.area != area && !area.is_empty()) {
            let message = format!("{name} is of type {:?}, the hook is of type {area:?}", kind.area);
            self.problems.push(
                Problem::error(node.place.clone(), message).hint("a hook binds to the events of one type"),
            );
        }
        if let Some(kind) = kinds.iter().find(|kind| kind.aliases.iter().any(|alias| alias == name)) {
            let message = format!("{name:?} is called {:?}", kind.name);
            self.problems.push(Problem::warning(node.place.clone(), message));
        }
        kinds
    }

    fn filter(&mut self, event: &str, table: &Table, kinds: &[Arc<EventKind>]) -> Filter {
        let mut filter = Filter::default();
        for (facet, node) in table.0.iter().filter(|(key, _)| key != "event") {
            let values = node.texts(facet, self.problems);
            if !kinds.is_empty() {
                self.facet(event, facet, node, &values, kinds);
            }
            filter = filter.with(facet, values.iter().map(|(value, _)| (*value).to_owned()).collect());
        }
        filter
    }

    fn facet(
        &mut self,
        event: &str,
        name: &str,
        node: &Node,
        values: &[(&str, &Place)],
        kinds: &[Arc<EventKind>],
    ) {
        let facets: Vec<_> = kinds.iter().filter_map(|kind| kind.facet(name)).collect();
        let Some(first) = facets.first() else {
            let mut known: Vec<&str> =
                kinds.iter().flat_map(|kind| &kind.facets).map(|facet| facet.name.as_str()).collect();
            known.sort_unstable();
            known.dedup();
            let has = if known.is_empty() { "none".into() } else { known.join(", ") };
            let message = format!("{event} has no facet {name:?}; it has: {has}");
            self.problems.push(Problem::error(node.place.clone(), message).did_you_mean(name, known));
            return;
        };
        for (value, place) in values {
            if *value == Filter::ANY {
                if values.len() > 1 {
                    let message = format!("\"ANY\" stands alone: it matches every {name}");
                    self.error(place, message);
                }
            } else if !facets.iter().any(|facet| facet.knows(value)) {
                let open = facets.iter().find(|facet| facet.open).unwrap_or(first);
                let mut problem = no_value(open, event, value);
                problem.place = (*place).clone();
                self.problems.push(problem);
            }
        }
    }

    fn pointless(&mut self, manifest: &Manifest) {
        let asked = manifest.on.iter().any(|on| on.kind.mode == Mode::Ask);
        if let (Some(node), false, false) = (self.table.get("on_failure"), asked, manifest.on.is_empty()) {
            let message = "on_failure has no effect: no event of this hook is asked";
            self.problems.push(Problem::warning(node.place.clone(), message));
        }
    }
}

#[cfg(test)]
mod tests;
