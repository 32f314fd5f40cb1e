//! What a handler fails with: a text for the trail.

use std::fmt::{self, Display};

/// Why a hook failed. `?` turns anything that can be displayed into it, so it names no cause of its
/// own: what was displayed is what the trail shows.
#[derive(PartialEq, Eq)]
pub struct Error(String);

/// What a fallible handler returns: `Result<Verdict>`.
///
/// A failed hook has given no verdict. On an asked event its failure policy then decides; a told
/// event is delivered again later.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// What the trail will show.
    pub fn message(&self) -> &str {
        &self.0
    }
}

// Not `Display`: with it, this conversion would overlap with that of a type into itself.
impl<E: Display> From<E> for Error {
    fn from(error: E) -> Self {
        Self(error.to_string())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}
