//! The `[grants]` of a hook, which are its operator's alone, and the `[wants]` with which its component asks for them.

use super::prefix::{UrlPrefix, prefixes};
use super::{network, script};
use crate::problem::{Place, Problem};
use crate::written::{Node, Table, Value};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;

/// Bytes of a method's name.
const METHOD_MAX: usize = 128;

/// What can be wanted and granted.
const KNOWN: [&str; 4] = ["http", "keyvalue", "platform", "platform_ask"];
/// What can be granted and is never wanted.
const GRANTED: [&str; 2] = ["environment", "networks"];

/// What a hook may reach beside what is always there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "api", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct Grants {
    /// State of its own, kept between events: `wasi:keyvalue`.
    pub keyvalue: bool,
    /// The methods of the platform that it may call on told events.
    pub platform: Vec<String>,
    /// Those that it may call on asked events. They should only read: what is asked may not happen (R88).
    pub platform_ask: Vec<String>,
    /// What of the web it may request: `wasi:http/outgoing-handler`.
    #[cfg_attr(feature = "api", schema(value_type = Vec<String>))]
    pub http: Vec<UrlPrefix>,
    /// The variables of the host's environment that a script gets.
    pub environment: Vec<String>,
    /// Where its target may lie beside the public Internet: private, loopback, link-local addresses.
    #[cfg_attr(feature = "api", schema(value_type = Vec<String>))]
    pub networks: Vec<IpNet>,
}

impl Grants {
    /// Whether it may call the platform.
    pub fn reaches_platform(&self) -> bool {
        !self.platform.is_empty() || !self.platform_ask.is_empty()
    }
}

/// Says which keys of `[wants]` and `[grants]` there are not.
pub(super) fn known(table: &Table, problems: &mut Vec<Problem>) {
    for key in ["wants", "grants"] {
        let Some(node) = table.get(key) else { continue };
        let Some(named) = node.table(key, problems) else { continue };
        let granted = if key == "grants" { GRANTED.as_slice() } else { &[] };
        let known = || KNOWN.iter().chain(granted).copied();
        let unknown = |name: &str| !known().any(|known| known == name);
        problems.extend(named.0.iter().filter(|(name, _)| unknown(name)).map(|(name, node)| {
            let problem = Problem::error(node.place.clone(), format!("unknown key \"{key}.{name}\""));
            problem.did_you_mean(name, known())
        }));
    }
}

/// Reads what is granted, and warns of what is wanted beside.
pub(super) fn grants(table: &Table, problems: &mut Vec<Problem>) -> Grants {
    let mut read = |name: &str| {
        let granted: Vec<String> =
            methods(table, "grants", name, problems).into_iter().map(|(method, _)| method).collect();
        let known: HashSet<&str> = granted.iter().map(String::as_str).collect();
        let wanted = methods(table, "wants", name, problems);
        let beside = wanted.into_iter().filter(|(method, _)| !known.contains(method.as_str()));
        problems.extend(beside.map(|(method, place)| {
            let message = format!("the component wants {name} = [{method:?}], which is not granted");
            let hint = format!("grant it with [grants] {name} = [{method:?}], or calls answer access-denied");
            Problem::warning(place, message).hint(hint)
        }));
        granted
    };
    let (platform, platform_ask) = (read("platform"), read("platform_ask"));
    Grants {
        keyvalue: keyvalue(table, problems),
        platform,
        platform_ask,
        http: http(table, problems),
        environment: script::environment(table, problems),
        networks: network::networks(table, problems),
    }
}

/// What of the web is granted; what is wanted beside is a warning.
fn http(table: &Table, problems: &mut Vec<Problem>) -> Vec<UrlPrefix> {
    let granted: Vec<UrlPrefix> =
        prefixes(table, "grants", problems).into_iter().map(|(prefix, _)| prefix).collect();
    let wanted = prefixes(table, "wants", problems);
    let beside =
        wanted.into_iter().filter(|(wanted, _)| !granted.iter().any(|granted| granted.holds(wanted)));
    problems.extend(beside.map(|(wanted, node)| {
        let wanted = wanted.to_string();
        let message = format!("the component wants http = [{wanted:?}], which is not granted");
        let hint = format!("grant it with [grants] http = [{wanted:?}], or requests are denied");
        Problem::warning(node.place.clone(), message).hint(hint)
    }));
    granted
}

/// Whether state is granted; a want that is neither granted nor denied is a warning.
fn keyvalue(table: &Table, problems: &mut Vec<Problem>) -> bool {
    let granted = flag(table, "grants", "keyvalue", problems);
    let wanted = flag(table, "wants", "keyvalue", problems);
    if let (Some((true, node)), None) = (wanted, granted) {
        let problem = Problem::warning(node.place.clone(), "it wants keyvalue, and is not granted it");
        problems.push(problem.hint("put keyvalue = true under [grants], or keyvalue = false"));
    }
    granted.is_some_and(|(granted, _)| granted)
}

/// A grant that is given or not. One that cannot be understood is none.
fn flag<'a>(table: &'a Table, of: &str, key: &str, problems: &mut Vec<Problem>) -> Option<(bool, &'a Node)> {
    let Some(Node { value: Value::Table(grants), .. }) = table.get(of) else { return None };
    let node = grants.get(key)?;
    Some((node.boolean(&format!("{of}.{key}"), problems).unwrap_or(false), node))
}

/// The methods that a key of `[wants]` or `[grants]` names, each with its place.
fn methods(table: &Table, key: &str, name: &str, problems: &mut Vec<Problem>) -> Vec<(String, Place)> {
    let named = table.get(key).and_then(|node| node.table(key, &mut Vec::new()));
    let Some(node) = named.and_then(|named| named.get(name)) else { return Vec::new() };
    let Some(list) = node.list(&format!("{key}.{name}"), problems) else { return Vec::new() };
    list.iter().filter_map(|node| method(node, &format!("{key}.{name}"), problems)).collect()
}

fn method(node: &Node, key: &str, problems: &mut Vec<Problem>) -> Option<(String, Place)> {
    let text = node.text(key, problems)?;
    let is_part = |b: u8| b.is_ascii_alphanumeric() || b"_.:/-".contains(&b);
    if text.is_empty() || text.len() > METHOD_MAX || !text.bytes().all(is_part) {
        let problem = Problem::error(node.place.clone(), format!("{key}: {text:?} is no method"));
        problems.push(problem.hint("each is named by itself: letters, digits, _ . : / and -, at most 128"));
        return None;
    }
    Some((text.to_owned(), node.place.clone()))
}
