//! How the process ends: 0 accepted, 10 vetoed, 2 bad input, 1 anything else.

use crate::problem::Problem;
use std::fmt;
use std::process::ExitCode;

/// How a command ended, from best to worst: of many, the worst counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Exit {
    /// All went well, and every event was accepted.
    Accepted,
    /// A hook refused.
    Vetoed,
    /// Busy, a told event whose hook failed, a host that cannot start, a compiler error.
    Other,
    /// What was written cannot be used.
    Bad,
}

impl Exit {
    fn code(self) -> u8 {
        match self {
            Self::Accepted => 0,
            Self::Vetoed => 10,
            Self::Other => 1,
            Self::Bad => 2,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// What was written cannot be used, and why: ends the command with 2.
#[derive(Debug)]
pub(crate) struct Bad(pub(crate) Vec<Problem>);

impl fmt::Display for Bad {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let problems: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&problems.join("; "))
    }
}

impl std::error::Error for Bad {}

impl From<Problem> for Bad {
    fn from(problem: Problem) -> Self {
        Self(vec![problem])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_the_worst_of_2_1_10_0_counts() {
        let worst = |exits: &[Exit]| exits.iter().max().map(|exit| exit.code());
        assert_eq!(worst(&[Exit::Accepted, Exit::Vetoed, Exit::Accepted]), Some(10));
        assert_eq!(worst(&[Exit::Vetoed, Exit::Other]), Some(1));
        assert_eq!(worst(&[Exit::Bad, Exit::Other, Exit::Vetoed]), Some(2));
    }
}
