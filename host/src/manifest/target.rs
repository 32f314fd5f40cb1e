//! The properties of a hook that is a target: where it is, and how it is spoken to.

use super::property::{properties, unknown};
use super::{Manifest, secret};
use crate::problem::{Place, Problem};
use crate::written::{Node, Table, Value};
use http::Uri;

/// How an event is written for a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// CloudEvents, all in the body.
    CloudEvents,
    /// CloudEvents, attributes in headers and the data in the body.
    CloudEventsBinary,
    /// JeraSoft's envelope.
    JeraSoft,
}

const FORMATS: [(&str, Format); 3] = [
    ("cloudevents", Format::CloudEvents),
    ("cloudevents-binary", Format::CloudEventsBinary),
    ("jerasoft", Format::JeraSoft),
];

/// Properties that an http hook has, and those of them that are secrets.
const KNOWN: [&str; 4] = ["target", "format", "signing", "authorization"];
const SECRET: [&str; 2] = ["signing", "authorization"];
/// What the host does not run here, so what bounds or feeds it means nothing.
const POINTLESS: [&str; 8] = [
    "component",
    "sha256",
    "isolation",
    "limits.fuel",
    "limits.memory",
    "limits.log",
    "grants.keyvalue",
    "grants.platform_ask",
];

impl Format {
    /// The one that a hook names, or else the one of its area.
    pub(crate) fn of(manifest: &Manifest) -> Self {
        let named = manifest.properties.get("format");
        let named = named.and_then(|named| FORMATS.iter().find(|(name, _)| name == named));
        let usual = if manifest.area == "billing" { Self::JeraSoft } else { Self::CloudEvents };
        named.map_or(usual, |(_, format)| *format)
    }
}

/// Checks what an http hook says of its target.
pub(super) fn check(table: &Table, place: &Place, whole: bool, problems: &mut Vec<Problem>) {
    let properties = properties(table);
    for (key, node) in properties {
        match key.as_str() {
            "target" => target(node, problems),
            "format" => format(node, problems),
            key if SECRET.contains(&key) => secret_of(key, node, problems),
            key => problems.push(unknown("an http hook", key, node, &KNOWN)),
        }
    }
    if whole && !properties.iter().any(|(key, _)| key == "target") {
        let place = table.get("properties").map_or(place, |node| &node.place).clone();
        let problem = Problem::error(place, "an http hook needs the property \"target\"");
        problems.push(problem.hint("put target = \"https://crm.example.com/hook\" under [properties]"));
    }
    pointless("an http hook", table, problems);
}

fn target(node: &Node, problems: &mut Vec<Problem>) {
    if secret::name(node).is_some() {
        return;
    }
    let Some(text) = node.text("properties.target", problems) else { return };
    if let Err((message, hint)) = url(text) {
        problems.push(Problem::error(node.place.clone(), format!("target: {message}")).hint(hint));
    }
}

pub(super) fn format(node: &Node, problems: &mut Vec<Problem>) {
    let Some(text) = node.text("properties.format", problems) else { return };
    let known = FORMATS.map(|(name, _)| name);
    if !known.contains(&text) {
        let problem = Problem::error(node.place.clone(), format!("unknown format {text:?}"));
        let problem = problem.did_you_mean(text, known);
        problems.push(problem.or_hint(|| format!("it is one of {}", known.join(", "))));
    }
}

pub(super) fn secret_of(key: &str, node: &Node, problems: &mut Vec<Problem>) {
    // What is wrong with a reference is said where references are checked.
    if !matches!(node.value, Value::Table(_)) {
        let problem = Problem::error(node.place.clone(), format!("the property {key:?} is a secret"));
        problems.push(problem.hint(format!("write {key} = {{ secret = \"crm-token\" }}")));
    }
}

pub(super) fn pointless(what: &str, table: &Table, problems: &mut Vec<Problem>) {
    for path in POINTLESS {
        let node = match path.split_once('.') {
            Some((of, key)) => match table.get(of).map(|node| &node.value) {
                Some(Value::Table(table)) => table.get(key),
                _ => None,
            },
            None => table.get(path),
        };
        if let Some(node) = node {
            let message = format!("{path} has no effect: {what} runs elsewhere");
            problems.push(Problem::warning(node.place.clone(), message));
        }
    }
}

/// The address of an http target; one without a scheme is http (R78). Or what is wrong with it, and what to do. The text
/// itself may be a secret, and is not repeated.
pub(crate) fn url(text: &str) -> Result<Uri, (String, &'static str)> {
    const HINT: &str = "write it as in \"https://crm.example.com/hook\" or \"120.0.0.1:5000/api\"";
    let whole = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
    let url: Uri = whole.parse().map_err(|error| (format!("it is no address: {error}"), HINT))?;
    let wrong = |message: &str| Err((message.to_owned(), HINT));
    let (Some(scheme), Some(authority)) = (url.scheme_str(), url.authority()) else {
        return wrong("it is no address");
    };
    if !["http", "https"].contains(&scheme) {
        return wrong("it is neither http nor https");
    }
    if authority.as_str().contains('@') {
        let hint = "put it into a secret, and write authorization = { secret = \"…\" }";
        return Err(("it has a user or a password in it".into(), hint));
    }
    if authority.host().is_empty() {
        return wrong("it has no host");
    }
    let port = authority.as_str().strip_prefix(authority.host()).unwrap_or_default();
    if !port.is_empty() && authority.port_u16().is_none_or(|port| port == 0) {
        return wrong("its port is no number between 1 and 65535");
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_without_a_scheme_is_http() {
        // R78
        for (text, expected) in [
            ("120.0.0.1:5000/api", "http://120.0.0.1:5000/api"),
            ("crm.example.com", "http://crm.example.com/"),
            ("localhost:1/?a=b", "http://localhost:1/?a=b"),
            ("https://crm.example.com/x", "https://crm.example.com/x"),
            ("http://[::1]:8080", "http://[::1]:8080/"),
        ] {
            assert_eq!(url(text).map(|url| url.to_string()), Ok(expected.to_owned()), "{text}");
        }
    }

    #[test]
    fn what_is_no_target_is_refused() {
        for (text, expected) in [
            ("", "it is no address"),
            ("ftp://a/b", "it is neither http nor https"),
            ("/run/x.sock", "it is no address"),
            ("https:///path", "it is no address"),
            ("https://user:geheim@a/", "it has a user or a password in it"),
            ("a:0/b", "its port is no number between 1 and 65535"),
            ("a:65536", "its port is no number between 1 and 65535"),
            ("a:/b", "its port is no number between 1 and 65535"),
            ("http://a b/", "it is no address"),
        ] {
            let (message, _) = url(text).unwrap_err();
            assert!(message.starts_with(expected) && !message.contains("geheim"), "{text}: {message}");
        }
    }
}
