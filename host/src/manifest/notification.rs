//! The properties of a notification: where it goes, and in which form.

use super::Manifest;
use crate::problem::{Place, Problem};
use crate::written::{Node, Table, Value};

const PROPERTIES: [&str; 4] = ["target", "format", "signing", "jetstream"];
const FORMATS: [&str; 3] = ["cloudevents", "cloudevents-binary", "jerasoft"];
const NATS: &str = "nats://";
const SUBJECT_BYTES_MAX: usize = 256;
const HINT: &str = "write it as in \"https://crm.example.com/events\" or \"nats://billing.events\"";

/// Where a notification goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    /// To a URL.
    Web(String),
    /// To a subject of NATS, where a stream has to keep it or not.
    Nats { subject: String, jetstream: bool },
}

/// How an event is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// A CloudEvent in JSON.
    Structured,
    /// The data, with the attributes beside it.
    Binary,
    /// JeraSoft's envelope.
    Jerasoft,
}

impl Manifest {
    /// Where it goes, of a notification.
    pub(crate) fn notified(&self) -> Target {
        let property = |name: &str| self.properties.get(name).map_or("", String::as_str);
        let target = property("target");
        match target.strip_prefix(NATS) {
            Some(subject) => {
                Target::Nats { subject: subject.to_owned(), jetstream: property("jetstream") == "true" }
            }
            None => Target::Web(target.to_owned()),
        }
    }

    /// In which form.
    pub(crate) fn format(&self) -> Format {
        match self.properties.get("format").map(String::as_str) {
            Some("jerasoft") => Format::Jerasoft,
            Some("cloudevents-binary") => Format::Binary,
            None if self.area == "billing" => Format::Jerasoft,
            _ => Format::Structured,
        }
    }
}

/// Says what is wrong with a notification's properties.
pub(super) fn check(table: &Table, place: &Place, problems: &mut Vec<Problem>) {
    let none = Table::default();
    let properties = match table.get("properties").map(|node| &node.value) {
        Some(Value::Table(properties)) => properties,
        _ => &none,
    };
    for (key, node) in properties.0.iter().filter(|(key, _)| !PROPERTIES.contains(&key.as_str())) {
        let message = format!("a notification has no property {key:?}");
        let mut problem = Problem::error(node.place.clone(), message).did_you_mean(key, PROPERTIES);
        problem.hint.get_or_insert_with(|| format!("it has {}", PROPERTIES.join(", ")));
        problems.push(problem);
    }
    let target = match properties.get("target") {
        Some(node) => target(node, problems),
        None => {
            let message = "the property \"target\" is missing";
            problems.push(Problem::error(place.clone(), message).hint(HINT));
            None
        }
    };
    if let Some(node) = properties.get("format")
        && let Some(text) = node.text("properties.format", problems)
        && !FORMATS.contains(&text)
    {
        let message = format!("a notification knows no format {text:?}");
        let mut problem = Problem::error(node.place.clone(), message).did_you_mean(text, FORMATS);
        problem.hint.get_or_insert_with(|| format!("it is one of {}", FORMATS.join(", ")));
        problems.push(problem);
    }
    if let Some(node) = properties.get("jetstream") {
        node.boolean("properties.jetstream", problems);
    }
    if let Some(node) = properties.get("signing")
        && super::secret::name(node).is_none()
    {
        let message = "properties.signing is no secret";
        problems.push(Problem::error(node.place.clone(), message).hint("write it as { secret = \"crm-signing\" }"));
    }
    let beside = match target {
        Some(Kind::Web) => "jetstream",
        Some(Kind::Nats) => "signing",
        None => return,
    };
    if let Some(node) = properties.get(beside) {
        let message = format!("the property {beside:?} means nothing to this target");
        problems.push(Problem::error(node.place.clone(), message).hint("leave it out"));
    }
}

enum Kind {
    Web,
    Nats,
}

fn target(node: &Node, problems: &mut Vec<Problem>) -> Option<Kind> {
    let text = node.text("properties.target", problems)?;
    if let Some(subject) = text.strip_prefix(NATS) {
        let part = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_graphic() && !b"*>/".contains(&b));
        if subject.len() > SUBJECT_BYTES_MAX || !subject.split('.').all(part) || subject.starts_with('$') {
            let message = format!("properties.target = {text:?} names no subject to publish to");
            let hint = "parts with dots between them and no wildcards, as in \"nats://billing.events\"; \
                        the servers stand in the host's configuration";
            problems.push(Problem::error(node.place.clone(), message).hint(hint));
            return None;
        }
        return Some(Kind::Nats);
    }
    let fits = |url: &http::Uri| {
        let known = matches!(url.scheme_str(), Some("https" | "http"));
        let password = url.authority().is_some_and(|authority| authority.as_str().contains('@'));
        known && url.host().is_some_and(|host| !host.is_empty()) && !password
    };
    if !text.parse::<http::Uri>().is_ok_and(|url| fits(&url)) {
        // Not the address itself, which may hold a password.
        problems.push(Problem::error(node.place.clone(), "properties.target is no target").hint(HINT));
        return None;
    }
    Some(Kind::Web)
}
