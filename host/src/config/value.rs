//! Values that keys have: words, counts, paths, addresses.

use super::Listen;
use crate::manifest::is_secret_name;
use crate::problem::Problem;
use crate::written::{Node, Value};
use core::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

impl Node {
    /// One of a few words.
    pub(super) fn word<W: Copy>(
        &self,
        name: &str,
        words: &[(&str, W)],
        problems: &mut Vec<Problem>,
    ) -> Option<W> {
        let text = self.text(name, problems)?;
        if let Some((_, word)) = words.iter().find(|(known, _)| *known == text) {
            return Some(*word);
        }
        let known: Vec<&str> = words.iter().map(|(known, _)| *known).collect();
        let problem = Problem::error(self.place.clone(), format!("unknown {name} {text:?}"));
        let problem = problem.did_you_mean(text, known.iter().copied());
        problems.push(problem.or_hint(|| format!("it is one of {}", known.join(", "))));
        None
    }

    /// A number of things; from variables and flags it comes as text.
    pub(super) fn count(
        &self,
        name: &str,
        (min, max): (u32, u32),
        problems: &mut Vec<Problem>,
    ) -> Option<u32> {
        let count = match &self.value {
            Value::Integer(count) => u32::try_from(*count).ok(),
            Value::Text(text) => text.parse().ok(),
            _ => None,
        };
        if let Some(count) = count.filter(|count| (min..=max).contains(count)) {
            return Some(count);
        }
        let message = format!("{name} = {} is not between {min} and {max}", self.json());
        problems.push(Problem::error(self.place.clone(), message));
        None
    }

    /// A path.
    pub(super) fn path(&self, name: &str, problems: &mut Vec<Problem>) -> Option<PathBuf> {
        let text = self.text(name, problems)?;
        if text.is_empty() {
            problems.push(Problem::error(self.place.clone(), format!("{name:?} is empty")));
            return None;
        }
        Some(text.into())
    }

    /// Absolute paths: a list, or a text with commas between them.
    pub(super) fn paths(&self, name: &str, problems: &mut Vec<Problem>) -> Option<Vec<PathBuf>> {
        let paths: Vec<_> = self.each().iter().map(|node| node.absolute(name, problems)).collect();
        paths.into_iter().collect()
    }

    /// Servers of NATS: a list, or a text with commas between them.
    pub(super) fn nats_servers(&self, name: &str, problems: &mut Vec<Problem>) -> Option<Vec<String>> {
        let servers: Vec<_> = self.each().iter().map(|node| node.nats_server(name, problems)).collect();
        servers.into_iter().collect()
    }

    fn nats_server(&self, name: &str, problems: &mut Vec<Problem>) -> Option<String> {
        let text = self.text(name, problems)?;
        let fits = |url: &http::Uri| {
            let known = matches!(url.scheme_str(), Some("nats" | "tls"));
            let password = url.authority().is_some_and(|authority| authority.as_str().contains('@'));
            known
                && url.host().is_some_and(|host| !host.is_empty())
                && matches!(url.path(), "" | "/")
                && !password
        };
        if !text.parse::<http::Uri>().is_ok_and(|url| fits(&url)) {
            // Not the address itself, which may hold a password.
            let problem =
                Problem::error(self.place.clone(), format!("{name} holds what is no server of NATS"));
            let hint = "write it as in \"nats://10.0.0.1:4222\" or \"tls://nats.example.com\"; \
                        who the host is stands in nats.user, nats.token or nats.credentials";
            problems.push(problem.hint(hint));
            return None;
        }
        Some(text.to_owned())
    }

    fn absolute(&self, name: &str, problems: &mut Vec<Problem>) -> Option<PathBuf> {
        let path = self.path(name, problems)?;
        if !path.is_absolute() {
            let message = format!("{name}: {} is no path from the root on", self.json());
            problems.push(Problem::error(self.place.clone(), message));
            return None;
        }
        Some(path)
    }

    /// What a list holds, or a text with commas.
    fn each(&self) -> Vec<Self> {
        let text = |text: &str| Self { place: self.place.clone(), value: Value::Text(text.trim().into()) };
        match &self.value {
            Value::List(nodes) => nodes.clone(),
            Value::Text(all) if all.trim().is_empty() => Vec::new(),
            Value::Text(all) => all.split(',').map(text).collect(),
            _ => vec![self.clone()],
        }
    }

    /// Where to listen.
    pub(super) fn listen(&self, name: &str, problems: &mut Vec<Problem>) -> Option<Listen> {
        let text = self.text(name, problems)?;
        let path = text.strip_prefix("unix:").filter(|path| !path.is_empty());
        let listen = path.map(|path| Listen::Unix(path.into()));
        let listen = listen.or_else(|| text.parse().ok().map(Listen::Tcp));
        if listen.is_none() {
            let message = format!("{name} = {text:?} is no address");
            let hint = "write it as in \"127.0.0.1:8710\", \"[::1]:8710\" or \"unix:/run/tenterhook.sock\"";
            problems.push(Problem::error(self.place.clone(), message).hint(hint));
        }
        listen
    }

    /// Durations: a list, or a text with commas between them. None at all is an empty one.
    pub(super) fn durations(
        &self,
        name: &str,
        range: (Duration, Duration),
        problems: &mut Vec<Problem>,
    ) -> Option<Vec<Duration>> {
        let nodes = self.each();
        let durations: Vec<_> = nodes.iter().map(|node| node.duration(name, range, problems)).collect();
        durations.into_iter().collect()
    }

    /// The address of an HTTP service that is close by.
    pub(super) fn url(&self, name: &str, problems: &mut Vec<Problem>) -> Option<String> {
        let text = self.text(name, problems)?;
        let url = text.parse::<http::Uri>().ok();
        let fits = |url: &http::Uri| url.scheme_str() == Some("http") && url.authority().is_some();
        if !url.as_ref().is_some_and(fits) {
            let message = format!("{name} = {text:?} is no http address");
            let hint = "write it as in \"http://127.0.0.1:4318\"; a collector close by goes on from there";
            problems.push(Problem::error(self.place.clone(), message).hint(hint));
            return None;
        }
        Some(text.to_owned())
    }

    /// The address of the platform: what is sent there is for nobody else.
    pub(super) fn platform_url(&self, name: &str, problems: &mut Vec<Problem>) -> Option<String> {
        let text = self.text(name, problems)?;
        let fits = |url: &http::Uri| {
            let host = url.host().unwrap_or_default();
            let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
            let here = host == "localhost" || address.is_ok_and(|address| address.is_loopback());
            let safe = url.scheme_str() == Some("https") || (url.scheme_str() == Some("http") && here);
            let password = url.authority().is_some_and(|authority| authority.as_str().contains('@'));
            safe && !host.is_empty() && !password
        };
        if !text.parse::<http::Uri>().is_ok_and(|url| fits(&url)) {
            // Not the address itself, which may hold a password.
            let message = format!("{name} is no address to send secrets to");
            let hint = "write it as in \"https://cloud.example/hooks\"; http is for this machine only, \
                        and who calls is shown by platform.secret";
            problems.push(Problem::error(self.place.clone(), message).hint(hint));
            return None;
        }
        Some(text.to_owned())
    }

    /// The name of a secret.
    pub(super) fn secret(&self, name: &str, problems: &mut Vec<Problem>) -> Option<String> {
        let text = self.text(name, problems)?;
        if !is_secret_name(text) {
            // Not the value, which may be the secret itself.
            let message = format!("{name} is no name of a secret");
            let hint =
                "use lower-case letters, digits and dashes; its value is a file of the secrets directory";
            problems.push(Problem::error(self.place.clone(), message).hint(hint));
            return None;
        }
        Some(text.to_owned())
    }
}
