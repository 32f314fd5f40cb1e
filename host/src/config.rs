//! What the service is told: `tenterhook.toml`, then `TENTERHOOK_*`, then flags, each over the one before.
//!
//! Every key, its default and what it is for stand in one table (`key`). Reads text it is given, and knows
//! neither files nor the environment. Every value keeps the place it was written at.

mod key;
mod value;

use crate::admission::Admission;
use crate::limits::{HostLimits, KIB};
use crate::nats::NatsServers;
use crate::problem::{Place, Problem};
use crate::written::{self, Node, Table, Value};
// Addresses, which are words; not the sockets of `std`.
use core::net::{Ipv4Addr, SocketAddr};
use key::{KEYS, Key};
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What is in force, checked.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Config {
    /// Where the service listens.
    pub listen: Listen,
    /// The hooks directory.
    pub hooks: PathBuf,
    /// Where the host remembers, where one is named.
    pub data: Option<PathBuf>,
    /// Where compiled components are kept, where it is named.
    pub cache: Option<PathBuf>,
    /// The directory with a file for each secret, where one is named.
    pub secrets: Option<PathBuf>,
    /// Which components run, where that is said.
    pub admission: Option<Admission>,
    /// The application that hooks call back.
    pub platform: Platform,
    /// PEM file of authorities that vouch for the targets of hooks, beside the public ones.
    pub egress_ca: Option<PathBuf>,
    /// The servers of NATS that notifications go to.
    pub nats: NatsServers,
    /// The programs that hooks may run.
    pub scripts: Scripts,
    /// Who encrypts.
    pub tls: Tls,
    /// How long what is in flight may take at the end.
    pub grace: Duration,
    /// What the host as a whole allows.
    pub limits: HostLimits,
    /// What connections may use.
    pub connections: Connections,
    /// How told events are delivered.
    pub deliveries: Deliveries,
    /// What the log looks like.
    pub log_format: LogFormat,
    /// The least that a line of the log must matter.
    pub log_level: LogLevel,
    /// Whether plain accepts of asked events go into the execution log.
    pub log_asks: bool,
    /// How long the journal keeps what is over.
    pub journal: Keep,
    /// Where traces go, over OTLP.
    pub otlp_endpoint: Option<String>,
}

/// Where the service listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Listen {
    /// An address and a port.
    Tcp(SocketAddr),
    /// A Unix socket: `unix:/path`.
    Unix(PathBuf),
}

impl fmt::Display for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => write!(f, "{address}"),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

/// Who encrypts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tls {
    /// Nobody.
    Off,
    /// Something in front of the service.
    Terminated,
    /// The service, with the certificate chain and key of two PEM files.
    Files {
        /// The chain.
        certificate: PathBuf,
        /// The key.
        key: PathBuf,
    },
}

/// The application that hooks call back, as far as they are granted it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Platform {
    /// Where it takes calls, where there is one.
    pub url: Option<String>,
    /// The name of the secret that calls are signed with.
    pub secret: Option<String>,
    /// PEM file of the authorities that vouch for it, in place of the public ones.
    pub ca: Option<PathBuf>,
}

/// The programs that hooks of class script may run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scripts {
    /// Where they lie; without any none runs.
    pub directories: Vec<PathBuf>,
    /// The user that they run as, where that is said.
    pub user: Option<String>,
}

/// What the log looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// Lines for people.
    Human,
    /// One JSON object a line.
    Json,
}

/// The least that a line of the log must matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the words of every log")]
pub enum LogLevel {
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}

impl fmt::Display for LogLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        })
    }
}

/// What connections may use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connections {
    /// Connections at the same time.
    pub max: usize,
    /// How long a connection may go without a whole request head, be it idle or slow.
    pub header: Duration,
    /// How long a request may take, its body included.
    pub request: Duration,
    /// Bytes of a request's head.
    pub header_bytes: usize,
}

/// How told events are delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deliveries {
    /// Between an attempt and the next; after the last it is a dead letter.
    pub retries: Vec<Duration>,
    /// How long the next hook, and the next event of the subject, wait for a first attempt.
    pub order_wait: Duration,
    /// Attempts of one hook at the same time.
    pub per_hook: usize,
    /// Attempts at the same time.
    pub at_once: usize,
}

/// How long the journal keeps what is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keep {
    /// Events that were delivered, and lines of the execution log.
    pub finished: Duration,
    /// Events of which there are dead letters.
    pub dead: Duration,
    /// Bytes beyond which what was delivered longest ago is forgotten sooner.
    pub bytes_max: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: Listen::Tcp(SocketAddr::from((Ipv4Addr::LOCALHOST, 8710))),
            hooks: "hooks".into(),
            data: None,
            cache: None,
            secrets: None,
            admission: None,
            platform: Platform::default(),
            egress_ca: None,
            nats: NatsServers::default(),
            scripts: Scripts::default(),
            tls: Tls::Off,
            grace: Duration::from_secs(10),
            limits: HostLimits::default(),
            connections: Connections {
                max: 4096,
                header: Duration::from_secs(10),
                request: Duration::from_secs(60),
                header_bytes: 32 * KIB,
            },
            deliveries: Deliveries {
                retries: [5, 300, 1800, 7200, 18_000, 36_000, 36_000].map(Duration::from_secs).into(),
                order_wait: Duration::from_secs(1),
                per_hook: 4,
                at_once: 64,
            },
            log_format: LogFormat::Human,
            log_level: LogLevel::Info,
            log_asks: false,
            journal: Keep {
                finished: Duration::from_secs(7 * 24 * 3600),
                dead: Duration::from_secs(30 * 24 * 3600),
                bytes_max: 10 << 30,
            },
            otlp_endpoint: None,
        }
    }
}

/// One key, its value in force and where that was written.
#[derive(Debug, Clone)]
pub struct Setting {
    /// The key, such as `limits.budget`.
    pub key: &'static str,
    /// What it is for.
    pub help: &'static str,
    /// The value as it was written; empty where it has none.
    pub value: String,
    /// Where it was written; `default` where it was not.
    pub from: Place,
}

/// The sources of a configuration, the later over the earlier.
#[derive(Debug, Default)]
pub struct Sources {
    written: Vec<(String, Node)>,
    problems: Vec<Problem>,
}

/// What begins the names of variables that are no keys of the configuration: secrets, what clients read, what
/// tests are told, and what Kubernetes sets for a service of this name.
const NO_KEYS: [&str; 6] = ["SECRET_", "TOKEN", "CONFIG", "TEST_", "SERVICE_", "PORT"];

impl Sources {
    /// Adds a file. Paths in it are relative to its folder.
    #[must_use]
    pub fn file(mut self, path: &Path, text: &str) -> Self {
        let table = written::from_toml(&path.display().to_string(), text, &mut self.problems);
        let mut new = Vec::new();
        flatten("", table, path.parent().unwrap_or(Path::new("")), &mut new);
        self.lay(new)
    }

    /// Adds variables of the environment: `TENTERHOOK_LIMITS_BUDGET` is `limits.budget`.
    #[must_use]
    pub fn variables(mut self, variables: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut new = Vec::new();
        for (variable, value) in variables {
            let Some(rest) = variable.strip_prefix("TENTERHOOK_") else { continue };
            if let Some(key) = KEYS.iter().find(|key| key.variable() == variable) {
                new.push((key.name.to_owned(), text(&variable, value)));
            } else if !NO_KEYS.iter().any(|prefix| rest.starts_with(prefix)) {
                let known: Vec<String> = KEYS.iter().map(Key::variable).collect();
                let problem = Problem::error(Place::default(), format!("unknown variable {variable:?}"));
                self.problems.push(problem.did_you_mean(&variable, known.iter().map(String::as_str)));
            }
        }
        self.lay(new)
    }

    /// Adds what flags of the command line say: of each the flag, the key and the value.
    #[must_use]
    pub fn flags<'a>(self, flags: impl IntoIterator<Item = (&'a str, &'a str, String)>) -> Self {
        let flags = flags.into_iter();
        self.lay(flags.map(|(flag, key, value)| (key.to_owned(), text(flag, value))).collect())
    }

    /// Lays one source over those before it.
    fn lay(mut self, mut new: Vec<(String, Node)>) -> Self {
        new.retain(|(key, node)| {
            let known = Key::named(key).is_some();
            if !known {
                let problem = Problem::error(node.place.clone(), format!("unknown key {key:?}"));
                self.problems.push(problem.did_you_mean(key, KEYS.iter().map(|key| key.name)));
            }
            known
        });
        // Who encrypts is said in one of two ways, and a later source may say it in the other.
        let says_tls = |(key, _): &(String, Node)| key.starts_with("tls");
        if new.iter().any(|said| said.0 == "tls") || new.iter().filter(|said| says_tls(said)).count() == 2 {
            self.written.retain(|said| !says_tls(said));
        }
        self.written.retain(|(key, _)| !new.iter().any(|(other, _)| other == key));
        self.written.append(&mut new);
        self
    }

    /// What is in force, or everything that is wrong.
    pub fn read(self) -> Result<(Config, Vec<Setting>), Vec<Problem>> {
        let Self { written, mut problems } = self;
        let mut config = Config::default();
        let mut settings = Vec::new();
        for key in &KEYS {
            let node = written.iter().find(|(name, _)| name == key.name).map(|(_, node)| node);
            if let Some(node) = node {
                (key.set)(&mut config, node, &mut problems);
            }
            settings.push(key.setting(node));
        }
        if let Some(problem) = key::half_tls(&config.tls, &written) {
            problems.push(problem);
        }
        problems.extend(key::half_platform(&config.platform, &written));
        if problems.iter().any(Problem::is_error) { Err(problems) } else { Ok((config, settings)) }
    }
}

/// The dotted keys of a table, and what they are set to.
fn flatten(prefix: &str, table: Table, folder: &Path, into: &mut Vec<(String, Node)>) {
    for (name, mut node) in table.0 {
        let name = format!("{prefix}{name}");
        let inner = format!("{name}.");
        match node.value {
            Value::Table(table) if KEYS.iter().any(|key| key.name.starts_with(&inner)) => {
                flatten(&inner, table, folder, into);
            }
            _ => {
                if let (Some(key), Value::Text(text)) = (Key::named(&name), &mut node.value) {
                    key.within(folder, text);
                }
                into.push((name, node));
            }
        }
    }
}

fn text(from: &str, text: String) -> Node {
    Node { place: Place::file(from), value: Value::Text(text) }
}

#[cfg(test)]
mod tests;
