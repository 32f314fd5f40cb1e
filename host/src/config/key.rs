//! Every key of the configuration: what it is for, its default, and how it is read.

use super::{Config, LogFormat, LogLevel, Platform, Setting, Tls};
use crate::admission::Admission;
use crate::limits::{KIB, MIB};
use crate::problem::{Place, Problem};
use crate::written::{Node, Value};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A key.
pub(super) struct Key {
    pub(super) name: &'static str,
    pub(super) help: &'static str,
    /// As it would be written; empty where there is none.
    pub(super) default: &'static str,
    pub(super) set: Set,
}

/// Puts a value into the configuration, or says what is wrong with it.
type Set = fn(&mut Config, &Node, &mut Vec<Problem>);

const fn key(name: &'static str, default: &'static str, help: &'static str, set: Set) -> Key {
    Key { name, help, default, set }
}

/// Puts a value, if it could be read, into a field.
macro_rules! put {
    ($($field:ident).+ = $read:ident($name:literal $(, $range:expr)?)) => {
        |config, node, problems| {
            if let Some(value) = node.$read($name, $($range,)? problems) {
                config.$($field).+ = value.into();
            }
        }
    };
}

/// The same for a number of things.
macro_rules! put_count {
    ($($field:ident).+ = $name:literal, $range:expr) => {
        |config, node, problems| {
            if let Some(value) = node.count($name, $range, problems) {
                config.$($field).+ = value as _;
            }
        }
    };
}

const fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);

const YEARS: Duration = Duration::from_secs(3650 * 24 * 3600);

const SWITCH: &[(&str, bool)] = &[("off", false), ("on", true)];
const FORMATS: &[(&str, LogFormat)] = &[("human", LogFormat::Human), ("json", LogFormat::Json)];
const ADMISSIONS: &[(&str, Admission)] = &[("any", Admission::Any), ("listed", Admission::Listed)];
const LEVELS: &[(&str, LogLevel)] = &[
    ("error", LogLevel::Error),
    ("warn", LogLevel::Warn),
    ("info", LogLevel::Info),
    ("debug", LogLevel::Debug),
    ("trace", LogLevel::Trace),
];

#[rustfmt::skip]
pub(super) static KEYS: [Key; 47] = [
    key("listen", "127.0.0.1:8710", "Address and port, or unix:/path; beyond loopback it takes tokens and TLS.",
        put!(listen = listen("listen"))),
    key("hooks", "hooks", "Directory of the hooks.", put!(hooks = path("hooks"))),
    key("data", "", "Directory in which the host remembers, tokens among it; $XDG_STATE_HOME/tenterhook.",
        put!(data = path("data"))),
    key("cache", "", "Directory of compiled components; $XDG_CACHE_HOME/tenterhook.", put!(cache = path("cache"))),
    key("secrets", "", "Directory with a file for each secret; others come from TENTERHOOK_SECRET_<NAME>.",
        put!(secrets = path("secrets"))),
    key("admission", "",
        "any component, or only those listed by sha256 in a TOML; once there are tokens listed, else any.",
        |config, node, problems| if let Some(word) = node.word("admission", ADMISSIONS, problems) {
            config.admission = Some(word);
        }),
    key("platform.url", "", "Where the application takes the calls of hooks; https, or http on this machine.",
        put!(platform.url = platform_url("platform.url"))),
    key("platform.secret", "", "Name of the secret that these calls are signed with: whsec_ and base64.",
        put!(platform.secret = secret("platform.secret"))),
    key("platform.ca", "", "PEM file of the authorities that vouch for the application; the public ones.",
        put!(platform.ca = path("platform.ca"))),
    key("egress.ca", "", "PEM file of authorities that vouch for the targets of hooks, beside the public ones.",
        put!(egress_ca = path("egress.ca"))),
    key("nats.servers", "", "Servers of NATS that notifications go to, such as nats://10.0.0.1:4222; each is tried.",
        |config, node, problems| if let Some(servers) = node.nats_servers("nats.servers", problems) {
            config.nats.servers = servers;
        }),
    key("nats.ca", "", "PEM file of the authorities that vouch for these servers; the public ones.",
        put!(nats.ca = path("nats.ca"))),
    key("nats.credentials", "", "Name of the secret that holds a credentials file for them.",
        put!(nats.credentials = secret("nats.credentials"))),
    key("nats.token", "", "Name of the secret that is a token for them.", put!(nats.token = secret("nats.token"))),
    key("nats.user", "", "User that they know.",
        |config, node, problems| if let Some(user) = node.text("nats.user", problems) {
            config.nats.user = Some(user.to_owned());
        }),
    key("nats.password", "", "Name of the secret that is the user's password.",
        put!(nats.password = secret("nats.password"))),
    key("scripts.directories", "", "Directories that hooks of class script may run programs from; without any none runs.",
        |config, node, problems| if let Some(directories) = node.paths("scripts.directories", problems) {
            config.scripts.directories = directories;
        }),
    key("scripts.user", "", "User that these programs run as, where the host is root; nobody.",
        |config, node, problems| if let Some(user) = node.text("scripts.user", problems) {
            config.scripts.user = Some(user.to_owned());
        }),
    key("tls", "off", "off, or terminated where something in front of the service encrypts.", tls_word),
    key("tls.certificate", "", "PEM file of the certificate chain; read again when it changes.",
        |config, node, problems| if let Some(path) = node.path("tls.certificate", problems) {
            config.tls = Tls::Files { certificate: path, key: PathBuf::new() };
        }),
    key("tls.key", "", "PEM file of the certificate's key; read again when it changes.",
        |config, node, problems| if let Some(path) = node.path("tls.key", problems) {
            let certificate = match &config.tls {
                Tls::Files { certificate, .. } => certificate.clone(),
                Tls::Off | Tls::Terminated => PathBuf::new(),
            };
            config.tls = Tls::Files { certificate, key: path };
        }),
    key("grace", "10s", "How long requests in flight may take when the service stops.",
        put!(grace = duration("grace", (Duration::ZERO, HOUR)))),
    key("limits.budget", "250ms", "Time for all hooks of one asked event together.",
        put!(limits.budget = duration("limits.budget", (ms(1), ms(60_000))))),
    key("limits.busy_wait", "50ms", "How long an asked event waits for its first sandbox before it is busy.",
        put!(limits.busy_wait = duration("limits.busy_wait", (Duration::ZERO, ms(60_000))))),
    key("limits.data", "256KiB", "Size of an event's data. A batch may have 16 times as much, up to 64MiB.",
        put!(limits.data_bytes = size("limits.data", (KIB, 64 * MIB)))),
    key("limits.component", "32MiB", "Size of a component file.",
        put!(limits.component_bytes = size("limits.component", (KIB, 512 * MIB)))),
    key("limits.memory_ceiling", "128MiB", "The most memory that a hook's limits may name.",
        put!(limits.memory_ceiling_bytes = size("limits.memory_ceiling", (64 * KIB, 2048 * MIB)))),
    key("limits.concurrency", "256", "Events that run hooks at the same time.",
        put_count!(limits.concurrency = "limits.concurrency", (1, 4096))),
    key("limits.prepared_per_hook", "4", "Sandboxes kept ready for a hook.",
        put_count!(limits.prepared_per_hook = "limits.prepared_per_hook", (0, 1024))),
    key("limits.prepared", "128", "Sandboxes kept ready over all hooks.",
        put_count!(limits.prepared = "limits.prepared", (0, 4096))),
    key("limits.warm_calls", "1000", "Calls after which a warm sandbox is thrown away.",
        put_count!(limits.warm_calls = "limits.warm_calls", (1, u32::MAX))),
    key("limits.warm_age", "60s", "Age at which a warm sandbox is thrown away.",
        put!(limits.warm_age = duration("limits.warm_age", (ms(1), HOUR)))),
    key("connections.max", "4096", "Connections at the same time; further ones wait.",
        put_count!(connections.max = "connections.max", (1, 100_000))),
    key("connections.header", "10s", "How long a connection may go without a whole request head, idle or slow.",
        put!(connections.header = duration("connections.header", (ms(10), HOUR)))),
    key("connections.request", "60s", "How long a request may take, its body included.",
        put!(connections.request = duration("connections.request", (ms(10), HOUR)))),
    key("connections.header_size", "32KiB", "Size of a request's head.",
        put!(connections.header_bytes = size("connections.header_size", (8 * KIB, MIB)))),
    key("deliveries.retries", "5s, 5m, 30m, 2h, 5h, 10h, 10h",
        "Between an attempt of a told event and the next, each a fifth more or less; after the last it is a dead letter.",
        put!(deliveries.retries = durations("deliveries.retries", (ms(1), DAY)))),
    key("deliveries.order_wait", "1s", "How long a first attempt holds up the next hook and the next of its subject.",
        put!(deliveries.order_wait = duration("deliveries.order_wait", (ms(1), HOUR)))),
    key("deliveries.per_hook", "4", "Told events that one hook is given at the same time.",
        put_count!(deliveries.per_hook = "deliveries.per_hook", (1, 1024))),
    key("deliveries.at_once", "64", "Told events that hooks are given at the same time.",
        put_count!(deliveries.at_once = "deliveries.at_once", (1, 4096))),
    key("log.format", "human", "human or json.",
        |config, node, problems| if let Some(format) = node.word("log.format", FORMATS, problems) {
            config.log_format = format;
        }),
    key("log.level", "info", "error, warn, info, debug or trace.",
        |config, node, problems| if let Some(level) = node.word("log.level", LEVELS, problems) {
            config.log_level = level;
        }),
    key("log.asks", "off", "on, to have plain accepts of asked events in the execution log too.",
        |config, node, problems| if let Some(on) = node.word("log.asks", SWITCH, problems) {
            config.log_asks = on;
        }),
    key("journal.keep", "7d", "How long delivered events and lines of the execution log are kept.",
        put!(journal.finished = duration("journal.keep", (HOUR, YEARS)))),
    key("journal.keep_dead", "30d", "How long events with dead letters are kept.",
        put!(journal.dead = duration("journal.keep_dead", (HOUR, YEARS)))),
    key("journal.max_size", "10GiB", "Size beyond which what was delivered longest ago is forgotten sooner.",
        put!(journal.bytes_max = size("journal.max_size", (MIB, 1 << 50)))),
    key("otlp.endpoint", "", "Where traces go, over OTLP.", put!(otlp_endpoint = url("otlp.endpoint"))),
];

fn tls_word(config: &mut Config, node: &Node, problems: &mut Vec<Problem>) {
    match node.word("tls", &[("off", false), ("terminated", true)], problems) {
        Some(true) => config.tls = Tls::Terminated,
        Some(false) => config.tls = Tls::Off,
        None => {}
    }
}

/// What is wrong where a certificate comes without key, or files with the word that needs none.
pub(super) fn half_tls(tls: &Tls, written: &[(String, Node)]) -> Option<Problem> {
    let Tls::Files { certificate, key } = tls else { return None };
    let place = |name: &str| written.iter().find(|(key, _)| key == name).map(|(_, node)| node.place.clone());
    let missing = |name: &str, other: &str| {
        Problem::error(place(other).unwrap_or_default(), format!("{other} is set and {name} is not"))
    };
    if let Some(place) = place("tls") {
        let message = "tls is set beside tls.certificate and tls.key";
        return Some(Problem::error(place, message).hint("leave out one or the other"));
    }
    if key.as_os_str().is_empty() {
        Some(missing("tls.key", "tls.certificate"))
    } else if certificate.as_os_str().is_empty() {
        Some(missing("tls.certificate", "tls.key"))
    } else {
        None
    }
}

/// What is wrong where the platform has a URL and no secret, or the other way round.
pub(super) fn half_platform(platform: &Platform, written: &[(String, Node)]) -> Option<Problem> {
    let (said, missing) = match (&platform.url, &platform.secret) {
        (Some(_), None) => ("platform.url", "platform.secret"),
        (None, Some(_)) => ("platform.secret", "platform.url"),
        _ => return None,
    };
    // One that was said and cannot be used is a problem already.
    let place = |name: &str| written.iter().find(|(key, _)| key == name).map(|(_, node)| node.place.clone());
    place(missing).is_none().then(|| {
        Problem::error(place(said).unwrap_or_default(), format!("{said} is set and {missing} is not"))
    })
}

impl Key {
    pub(super) fn named(name: &str) -> Option<&'static Self> {
        KEYS.iter().find(|key| key.name == name)
    }

    /// The variable that sets it.
    pub(super) fn variable(&self) -> String {
        format!("TENTERHOOK_{}", self.name.replace('.', "_").to_uppercase())
    }

    /// Makes a path that a file names relative to the file's folder.
    pub(super) fn within(&self, folder: &Path, text: &mut String) {
        let path = match self.name {
            "hooks" | "data" | "cache" | "secrets" | "platform.ca" | "egress.ca" | "nats.ca"
            | "tls.certificate" | "tls.key" => text.as_str(),
            "listen" => match text.strip_prefix("unix:") {
                Some(path) => path,
                None => return,
            },
            _ => return,
        };
        if path.is_empty() {
            return;
        }
        let scheme = text.len() - path.len();
        let path = folder.join(path).display().to_string();
        text.replace_range(scheme.., &path);
    }

    /// What is in force for it; a password in an address is not shown.
    pub(super) fn setting(&self, node: Option<&Node>) -> Setting {
        let value = node.map_or_else(
            || self.default.to_owned(),
            |node| match &node.value {
                Value::Text(text) if ["otlp.endpoint", "platform.url"].contains(&self.name) => masked(text),
                Value::Text(text) => text.clone(),
                _ => node.json().to_string(),
            },
        );
        let from = node.map_or_else(|| Place::file("default"), |node| node.place.clone());
        Setting { key: self.name, help: self.help, value, from }
    }
}

fn masked(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    match rest.split_once('@') {
        Some((_, host)) => format!("{scheme}://***@{host}"),
        None => url.to_owned(),
    }
}
