//! `[grants] http`: which URLs a component may request.

use crate::problem::Problem;
use crate::written::{Node, Table, Value};
use http::Uri;
use http::uri::Scheme;
use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

const HINT: &str =
    "write a scheme, a host and a beginning of paths, such as \"https://crm.example.com/api/\"";

/// A beginning of URLs: their scheme, host and port, and what their paths begin with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct UrlPrefix {
    text: String,
    url: Uri,
}

impl fmt::Display for UrlPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl From<UrlPrefix> for String {
    fn from(prefix: UrlPrefix) -> Self {
        prefix.text
    }
}

impl TryFrom<String> for UrlPrefix {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl FromStr for UrlPrefix {
    type Err = String;

    /// Reads one; says why it is none.
    fn from_str(text: &str) -> Result<Self, String> {
        let url: Uri = text.parse().map_err(|error| format!("{error}"))?;
        if port(&url).is_none() {
            return Err("it does not begin with http:// or https://".into());
        }
        if has_user(&url) {
            return Err("it names a user; secrets are not written into URLs".into());
        }
        if url.query().is_some() || text.contains('#') {
            return Err("a beginning of paths has no query".into());
        }
        if climbs(url.path()) {
            return Err("its path leads upwards".into());
        }
        Ok(Self { text: text.to_owned(), url })
    }
}

impl UrlPrefix {
    /// Whether a URL begins like this: with the same scheme, host and port, and as a path in the same folder. One that
    /// leads upwards, or names a user, begins like none.
    pub(crate) fn covers(&self, url: &Uri) -> bool {
        let host = |url: &Uri| url.host().map(str::to_ascii_lowercase);
        let same =
            self.url.scheme() == url.scheme() && host(&self.url) == host(url) && port(&self.url) == port(url);
        let rest = url.path().strip_prefix(self.url.path());
        let inside = rest
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || self.url.path().ends_with('/'));
        same && inside && !has_user(url) && !climbs(url.path())
    }

    /// Whether every URL that begins like the other one begins like this.
    pub(super) fn holds(&self, other: &Self) -> bool {
        self.covers(&other.url)
    }
}

/// The port, where it is one of the web.
fn port(url: &Uri) -> Option<u16> {
    let default = match url.scheme() {
        Some(scheme) if *scheme == Scheme::HTTP => 80,
        Some(scheme) if *scheme == Scheme::HTTPS => 443,
        _ => return None,
    };
    url.host().filter(|host| !host.is_empty()).map(|_| url.port_u16().unwrap_or(default))
}

fn has_user(url: &Uri) -> bool {
    url.authority().is_some_and(|authority| authority.as_str().contains('@'))
}

/// Whether a server may take a path for another that lies above, however often it decodes it.
fn climbs(path: &str) -> bool {
    let mut path = path.to_owned();
    loop {
        if path.split(['/', '\\']).any(|part| part == ".." || part == ".") {
            return true;
        }
        let decoded = percent_decode_str(&path).decode_utf8_lossy().into_owned();
        if decoded == path {
            return false;
        }
        path = decoded;
    }
}

/// Reads the beginnings of URLs that a key of `[grants]` or `[wants]` lists, each with its place.
pub(super) fn prefixes<'a>(
    table: &'a Table,
    key: &str,
    problems: &mut Vec<Problem>,
) -> Vec<(UrlPrefix, &'a Node)> {
    let Some(Node { value: Value::Table(named), .. }) = table.get(key) else { return Vec::new() };
    let Some(node) = named.get("http") else { return Vec::new() };
    let name = format!("{key}.http");
    let list = node.list(&name, problems).unwrap_or_default();
    let mut read = |node: &'a Node| {
        let text = node.text(&name, problems)?;
        let prefix = text.parse().map_err(|why| {
            let problem =
                Problem::error(node.place.clone(), format!("{name}: {text:?} is no URL to grant: {why}"));
            problems.push(problem.hint(HINT));
        });
        Some((prefix.ok()?, node))
    };
    list.iter().filter_map(&mut read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_lies_below_is_covered() {
        let prefix: UrlPrefix = "https://crm.example.com/api/".parse().unwrap();
        let covers = |url: &str| prefix.covers(&url.parse().unwrap());
        for url in [
            "https://crm.example.com/api/",
            "https://CRM.example.com/api/customers/7?full=1",
            "https://crm.example.com:443/api/a%20b",
            "https://crm.example.com/api/..a/.b./c..",
        ] {
            assert!(covers(url), "{url}");
        }
        for url in [
            "http://crm.example.com/api/",
            "https://crm.example.com:8443/api/",
            "https://crm.example.com/api",
            "https://crm.example.com/apis/",
            "https://crm.example.com.evil.test/api/",
            "https://evil.test/api/",
            "https://user@crm.example.com/api/",
            "https://crm.example.com@evil.test/api/",
            "https://crm.example.com/api/../admin",
            "https://crm.example.com/api/%2e%2e/admin",
            "https://crm.example.com/api/..%2fadmin",
            "https://crm.example.com/api/..%5cadmin",
            "https://crm.example.com/api/%252e%252e/admin",
            "https://crm.example.com/api/./",
        ] {
            assert!(!covers(url), "{url}");
        }
        let bare: UrlPrefix = "http://127.0.0.1:8080/v1".parse().unwrap();
        assert!(bare.covers(&"http://127.0.0.1:8080/v1".parse().unwrap()));
        assert!(bare.covers(&"http://127.0.0.1:8080/v1/a".parse().unwrap()));
        assert!(!bare.covers(&"http://127.0.0.1:8080/v10".parse().unwrap()));
    }

    #[test]
    fn what_is_no_beginning_of_urls_is_refused() {
        for text in [
            "",
            "crm.example.com",
            "/api",
            "ftp://a/",
            "nats://a",
            "https://",
            "https://u:p@a/",
            "https://a/?b",
            "https://a/b/../c",
            "*",
        ] {
            assert!(text.parse::<UrlPrefix>().is_err(), "{text}");
        }
    }
}
