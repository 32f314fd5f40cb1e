//! The properties of a notification: where it goes, and in which form.

use super::property::{properties, unknown};
use super::target::{format, pointless, secret_of, url};
use super::{Manifest, secret};
use crate::problem::{Place, Problem};
use crate::written::{Node, Table};

const KNOWN: [&str; 5] = ["target", "format", "signing", "authorization", "jetstream"];
/// How a target begins that is a subject of NATS.
const NATS: &str = "nats://";
const SUBJECT_BYTES_MAX: usize = 256;
const HINT: &str = "name parts with dots between them and no wildcards, as in \"nats://billing.events\"; \
                    the servers stand in the host's configuration";

/// A subject of NATS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Subject {
    pub(crate) name: String,
    /// Whether a stream of JetStream has to keep what is sent there.
    pub(crate) jetstream: bool,
}

impl Manifest {
    /// The subject that a notification goes to, unless it goes to a URL.
    pub(crate) fn subject(&self) -> Option<Subject> {
        let properties = self.revealed();
        let name = properties.get("target")?.strip_prefix(NATS)?.to_owned();
        let jetstream = properties.get("jetstream").is_some_and(|word| word == "true");
        Some(Subject { name, jetstream })
    }
}

impl Subject {
    /// The subject of a notification whose secrets are known, where there are `servers`; or what is wrong with it.
    pub(crate) fn of(manifest: &Manifest, servers: bool) -> Result<Self, Problem> {
        let problem = |message: &str| Problem::error(Place::default(), format!("target: {message}"));
        let subject = manifest.subject().ok_or_else(|| problem("it is no subject of NATS"))?;
        match no_subject(&subject.name) {
            Some(message) => Err(problem(message).hint(HINT)),
            None if !servers => {
                let hint = "its operator names them with nats.servers";
                Err(problem("no server of NATS is known to this host").hint(hint))
            }
            None => Ok(subject),
        }
    }
}

/// What is wrong with a subject, if it is none to publish to.
fn no_subject(name: &str) -> Option<&'static str> {
    let part =
        |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_graphic() && !b"*>/".contains(&b));
    if name.len() > SUBJECT_BYTES_MAX {
        return Some("its subject is too long");
    }
    if name.starts_with(['$', '_']) {
        return Some("its subject is one of the servers' own");
    }
    (!name.split('.').all(part)).then_some("it names no subject to publish to")
}

/// Checks what a notification says of its target.
pub(super) fn check(table: &Table, place: &Place, whole: bool, problems: &mut Vec<Problem>) {
    let properties = properties(table);
    let mut nats = None;
    for (key, node) in properties {
        match key.as_str() {
            "target" => nats = target(node, problems),
            "format" => format(node, problems),
            "jetstream" => drop(node.boolean("properties.jetstream", problems)),
            key if ["signing", "authorization"].contains(&key) => secret_of(key, node, problems),
            key => problems.push(unknown("a notification", key, node, &KNOWN)),
        }
    }
    if whole && !properties.iter().any(|(key, _)| key == "target") {
        let place = table.get("properties").map_or(place, |node| &node.place).clone();
        let problem = Problem::error(place, "a notification needs the property \"target\"");
        let hint =
            "put target = \"https://crm.example.com/hook\" or \"nats://billing.events\" under [properties]";
        problems.push(problem.hint(hint));
    }
    let foreign: &[&str] = match nats {
        Some(true) => &["signing", "authorization"],
        Some(false) => &["jetstream"],
        None => &[],
    };
    for (key, node) in properties.iter().filter(|(key, _)| foreign.contains(&key.as_str())) {
        let message = format!("the property {key:?} means nothing to this target");
        problems.push(Problem::error(node.place.clone(), message).hint("leave it out"));
    }
    pointless("a notification", table, problems);
}

/// Whether a target is a subject of NATS; none where that is not known.
fn target(node: &Node, problems: &mut Vec<Problem>) -> Option<bool> {
    if secret::name(node).is_some() {
        return None;
    }
    let text = node.text("properties.target", problems)?;
    let (nats, wrong) = match text.strip_prefix(NATS) {
        Some(name) => (true, no_subject(name).map(|message| (message.to_owned(), HINT))),
        None => (false, url(text).err()),
    };
    if let Some((message, hint)) = wrong {
        problems.push(Problem::error(node.place.clone(), format!("target: {message}")).hint(hint));
    }
    Some(nats)
}
