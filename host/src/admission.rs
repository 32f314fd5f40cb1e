//! Which components a host runs.

use std::fmt;

/// Which components a host runs: code is inert until whoever may write the hooks' TOMLs vouches for it (F8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Admission {
    /// Whatever lies in the hooks directory.
    #[default]
    Any,
    /// Those whose `sha256` stands in the TOML of their hook; others are not even compiled.
    Listed,
}

impl Admission {
    /// Every admission, in the order in which they are explained.
    pub const ALL: [Self; 2] = [Self::Any, Self::Listed];
}

impl fmt::Display for Admission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Any => "any",
            Self::Listed => "listed",
        })
    }
}
