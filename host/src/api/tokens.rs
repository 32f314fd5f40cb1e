//! Who is known: `<data>/tokens.toml`, which holds digests of tokens and never a token.
//!
//! The file is read again when it changes. It is looked at no more often than every few milliseconds, which
//! `tenterhook token revoke` waits for: so a token that is revoked lets nobody in any more.

mod file;

pub(crate) use file::{Order, add, list, random, revoke};

use crate::problem::{Place, Problem};
use crate::stamp::Stamp;
use crate::written::{self, Node, Table, Value};
use arc_swap::{ArcSwap, Guard};
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use std::fmt::{self, Write};
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};
use subtle::ConstantTimeEq;

/// How long the file is taken to be as it was. To ask for its state takes longer than to check a token.
const LOOK: Duration = Duration::from_millis(10);

/// What a token is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// Raise events.
    Fire,
    /// See hooks, catalogue, metrics, outcomes without data.
    Read,
    /// Change hooks and see data; everything of `fire` and `read`.
    Admin,
    /// Say which hook caused an event.
    Cause,
}

impl Scope {
    pub(crate) const ALL: [Self; 4] = [Self::Fire, Self::Read, Self::Admin, Self::Cause];

    /// Whether this includes `other`.
    pub(crate) fn covers(self, other: Self) -> bool {
        self == other || (self == Self::Admin && other != Self::Cause)
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.to_string() == name)
    }

    /// What is said of one that there is not.
    pub(crate) fn unknown(place: Place, name: &str) -> Problem {
        let problem = Problem::error(place, format!("unknown scope {name:?}"));
        problem.hint("it is one of fire, read, admin, cause")
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Fire => "fire",
            Self::Read => "read",
            Self::Admin => "admin",
            Self::Cause => "cause",
        })
    }
}

/// What is known of a token: not the token itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Token {
    /// What it is revoked by.
    pub(crate) id: String,
    /// Who has it; the source of events whose envelope names none.
    pub(crate) name: String,
    /// Of the token.
    pub(crate) sha256: Vec<u8>,
    pub(crate) scopes: Vec<Scope>,
    /// The one source whose events it may raise.
    pub(crate) source: Option<String>,
    /// The one tenant whose events it may raise.
    pub(crate) tenant: Option<String>,
    /// The events that it may raise; all, where there are none.
    pub(crate) events: Vec<String>,
    pub(crate) created: String,
    pub(crate) expires: Option<Timestamp>,
}

impl Token {
    pub(crate) fn is_expired(&self) -> bool {
        self.expires.is_some_and(|expires| expires <= Timestamp::now())
    }
}

/// The digest under which a token is known.
fn digest(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u32>> = text.chars().map(|c| c.to_digit(16)).collect();
    digits?.chunks(2).map(|pair| u8::try_from(pair[0] * 16 + pair.get(1)?).ok()).collect()
}

/// The tokens of a data directory.
pub(crate) struct Tokens {
    path: Option<PathBuf>,
    known: ArcSwap<Known>,
    since: Instant,
    /// When the file was looked at last, in microseconds since the start.
    looked: AtomicU64,
}

/// The tokens of one state of the file.
#[derive(Default)]
pub(crate) struct Known {
    stamp: Option<Stamp>,
    tokens: Vec<Arc<Token>>,
    /// Whether there is a file, or was one since the start: one that vanishes opens nothing.
    closed: bool,
}

impl Known {
    /// Whether callers without a token are strangers.
    pub(crate) fn is_closed(&self) -> bool {
        self.closed
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.tokens.is_empty()
    }

    /// What is known of a token, however long it takes to compare: the time says nothing of how much was right.
    pub(crate) fn find(&self, token: &str) -> Option<Arc<Token>> {
        let digest = digest(token);
        let mut found = None;
        for known in &self.tokens {
            if bool::from(known.sha256.ct_eq(&digest)) {
                found = Some(Arc::clone(known));
            }
        }
        found
    }

    pub(crate) fn with_id(&self, id: &str) -> Option<Arc<Token>> {
        self.tokens.iter().find(|token| token.id == id).cloned()
    }
}

impl Tokens {
    /// Reads the tokens of a data directory.
    pub(crate) fn of(data: Option<&Path>) -> Result<Self, Vec<Problem>> {
        let path = data.map(path_in);
        let known = path.as_deref().map(|path| read(path, Stamp::of(path))).transpose()?.unwrap_or_default();
        let known = ArcSwap::from_pointee(known);
        Ok(Self { path, known, since: Instant::now(), looked: AtomicU64::new(0) })
    }

    /// The tokens as the file had them a moment ago.
    pub(crate) fn known(&self) -> Guard<Arc<Known>> {
        let now = self.since.elapsed();
        if now.saturating_sub(Duration::from_micros(self.looked.load(Relaxed))) >= LOOK {
            self.looked.store(now.as_micros().try_into().unwrap_or(u64::MAX), Relaxed);
            return self.look();
        }
        self.known.load()
    }

    /// The tokens as the file has them now. While it cannot be used, those before it are.
    pub(crate) fn look(&self) -> Guard<Arc<Known>> {
        let known = self.known.load();
        let Some(path) = &self.path else { return known };
        let stamp = Stamp::of(path);
        if stamp == known.stamp {
            return known;
        }
        let new = read(path, stamp).unwrap_or_else(|problems| {
            for problem in problems {
                tracing::error!("{problem}");
            }
            Known { stamp, tokens: known.tokens.clone(), closed: true }
        });
        self.known.store(Arc::new(Known { closed: new.closed || known.closed, ..new }));
        self.known.load()
    }
}

/// Whether a data directory has tokens, or had some: the file stays when the last is revoked.
pub(crate) fn exist(data: &Path) -> bool {
    path_in(data).exists()
}

/// The file of a data directory.
fn path_in(data: &Path) -> PathBuf {
    data.join("tokens.toml")
}

fn read(path: &Path, stamp: Option<Stamp>) -> Result<Known, Vec<Problem>> {
    let Some(text) = read_private(path)? else { return Ok(Known { stamp, ..Known::default() }) };
    let tokens = parse(&path.display().to_string(), &text)?;
    Ok(Known { stamp, tokens: tokens.into_iter().map(Arc::new).collect(), closed: true })
}

/// The text of a file that is nobody else's; none where there is none.
fn read_private(path: &Path) -> Result<Option<String>, Vec<Problem>> {
    let problem = |message: &str| Problem::error(Place::file(path.display().to_string()), message);
    let unreadable = |error: io::Error| vec![problem(&format!("cannot be read: {error}"))];
    let metadata = match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        metadata => metadata.map_err(unreadable)?,
    };
    if metadata.permissions().mode() & 0o077 != 0 {
        return Err(vec![problem("others may read or write it").hint("chmod 600")]);
    }
    fs::read_to_string(path).map(Some).map_err(unreadable)
}

fn parse(file: &str, text: &str) -> Result<Vec<Token>, Vec<Problem>> {
    let mut problems = Vec::new();
    let table = written::from_toml(file, text, &mut problems);
    for (key, node) in table.0.iter().filter(|(key, _)| key != "token") {
        problems.push(Problem::error(node.place.clone(), format!("unknown key {key:?}")));
    }
    let nodes = table.get("token").and_then(|node| node.list("token", &mut problems)).unwrap_or_default();
    let tokens: Vec<Token> = nodes.iter().filter_map(|node| token(node, &mut problems)).collect();
    if problems.is_empty() { Ok(tokens) } else { Err(problems) }
}

const KEYS: [&str; 9] =
    ["id", "name", "sha256", "scopes", "source", "tenant", "events", "created", "expires"];

fn token(node: &Node, problems: &mut Vec<Problem>) -> Option<Token> {
    let table = node.table("token", problems)?;
    for (key, node) in table.0.iter().filter(|(key, _)| !KEYS.contains(&key.as_str())) {
        let problem = Problem::error(node.place.clone(), format!("unknown key {key:?}"));
        problems.push(problem.did_you_mean(key, KEYS));
    }
    let mut text = |key: &str| Some(table.get(key)?.text(key, problems)?.to_owned());
    let (id, name, source, tenant) = (text("id"), text("name"), text("source"), text("tenant"));
    let (created, sha256) = (text("created"), text("sha256"));
    let sha256 = sha256.and_then(|hex| from_hex(&hex)).filter(|digest| digest.len() == 32);
    let (Some(id), Some(sha256)) = (id, sha256) else {
        let message = "a token needs an id and a sha256 of 64 hex digits";
        problems
            .push(Problem::error(node.place.clone(), message).hint("make one with `tenterhook token new`"));
        return None;
    };
    Some(Token {
        name: name.unwrap_or_else(|| id.clone()),
        id,
        sha256,
        scopes: scopes(table, problems),
        source,
        tenant,
        events: texts(table, "events", problems),
        created: created.unwrap_or_default(),
        expires: expires(table, problems),
    })
}

fn texts(table: &Table, key: &str, problems: &mut Vec<Problem>) -> Vec<String> {
    let texts = table.get(key).map(|node| node.texts(key, problems)).unwrap_or_default();
    texts.into_iter().map(|(text, _)| text.to_owned()).collect()
}

fn scopes(table: &Table, problems: &mut Vec<Problem>) -> Vec<Scope> {
    let written = table.get("scopes").map(|node| node.texts("scopes", problems)).unwrap_or_default();
    let mut scopes = Vec::new();
    for (name, place) in written {
        match Scope::named(name) {
            Some(scope) => scopes.push(scope),
            None => problems.push(Scope::unknown(place.clone(), name)),
        }
    }
    scopes
}

/// One that cannot be understood is a problem, not a token without end.
fn expires(table: &Table, problems: &mut Vec<Problem>) -> Option<Timestamp> {
    let node = table.get("expires")?;
    let (Value::Text(text) | Value::Time(text)) = &node.value else {
        problems.push(Problem::error(node.place.clone(), "\"expires\" is no time"));
        return None;
    };
    let time = text.parse().ok();
    if time.is_none() {
        problems.push(Problem::error(node.place.clone(), format!("expires = {text:?} is no time")));
    }
    time
}

#[cfg(test)]
mod tests;
