//! Why a file is no component that runs here: a kind that stays the same, and a sentence.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Why a component is refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "reason", rename_all = "kebab-case")]
pub(crate) enum LoadError {
    /// Not wasm, or wasm beyond what is allowed.
    Invalid(String),
    /// Made of more, or nested deeper, than real hooks are.
    Structure(String),
    /// It wants something that no hook gets.
    Import(String),
    /// It wants another draft of an interface than the one there is.
    Draft(String),
    /// It is made for something else, or for another version of the contract.
    Contract(String),
    /// It takes too long to compile.
    CompileTime,
    /// It takes too much memory to compile.
    CompileMemory,
    /// It is too large once it is compiled.
    ArtifactSize,
    /// It starts with more memory, tables or instances than a sandbox has.
    Resources(String),
    /// It does not start.
    Start(String),
    /// The compiler crashed on it.
    Crash(String),
    /// The host is at fault, and not the file.
    Host(String),
}

impl LoadError {
    /// Its kind, which stays the same over versions.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Invalid(_) => "invalid",
            Self::Structure(_) => "structure",
            Self::Import(_) => "import",
            Self::Draft(_) => "draft",
            Self::Contract(_) => "contract",
            Self::CompileTime => "compile-time",
            Self::CompileMemory => "compile-memory",
            Self::ArtifactSize => "artifact-size",
            Self::Resources(_) => "resources",
            Self::Start(_) => "start",
            Self::Crash(_) => "crash",
            Self::Host(_) => "host",
        }
    }

    /// Whether another tier of the compiler might do.
    pub(super) fn is_exhausted(&self) -> bool {
        matches!(self, Self::CompileTime | Self::CompileMemory | Self::ArtifactSize | Self::Crash(_))
    }

    pub(super) fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    pub(super) fn from_json(json: &[u8]) -> Self {
        serde_json::from_slice(json).unwrap_or_else(|error| Self::Crash(error.to_string()))
    }
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid(reason) => write!(f, "no component that can be loaded: {reason}"),
            Self::Structure(reason) => write!(f, "no component that will be compiled: {reason}"),
            Self::Import(name) => write!(f, "imports {name:?}, which no hook gets"),
            Self::Draft(reason) => write!(f, "imports {reason}"),
            Self::Contract(reason) => write!(f, "no hook for this host: {reason}"),
            Self::CompileTime => write!(f, "takes too long to compile"),
            Self::CompileMemory => write!(f, "takes too much memory to compile"),
            Self::ArtifactSize => write!(f, "is too large once it is compiled"),
            Self::Resources(reason) => write!(f, "wants more than a sandbox has: {reason}"),
            Self::Start(reason) => write!(f, "does not start: {reason}"),
            Self::Crash(reason) => write!(f, "the compiler crashed on it: {reason}"),
            Self::Host(reason) => write!(f, "{reason}"),
        }
    }
}

impl std::error::Error for LoadError {}
