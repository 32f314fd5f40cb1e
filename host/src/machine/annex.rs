//! What goes along with compiled code, in one file with it: the tier it was compiled in, and the lines of its source.

use super::engine::Tier;
use super::lines::Lines;

/// How an artifact with an annex ends.
const MARK: &[u8; 8] = b"annex-01";

/// What is known of compiled code.
#[derive(Debug, Clone)]
pub(super) struct Annex {
    pub(super) tier: Tier,
    pub(super) lines: Lines,
}

impl Default for Annex {
    fn default() -> Self {
        Self { tier: Tier::Optimised, lines: Lines::default() }
    }
}

impl Annex {
    /// Puts it behind compiled code.
    pub(super) fn append(&self, artifact: &mut Vec<u8>) {
        let code = artifact.len();
        artifact.push(u8::from(self.tier == Tier::SinglePass));
        self.lines.write(artifact);
        let bytes = (artifact.len() - code) as u64;
        artifact.extend(bytes.to_le_bytes());
        artifact.extend(MARK);
    }

    /// Compiled code, and what is known of it.
    pub(super) fn split(artifact: &[u8]) -> (&[u8], Self) {
        Self::read(artifact).unwrap_or_else(|| (artifact, Self::default()))
    }

    fn read(artifact: &[u8]) -> Option<(&[u8], Self)> {
        let rest = artifact.strip_suffix(MARK)?;
        let (rest, bytes) = rest.split_last_chunk()?;
        let bytes = usize::try_from(u64::from_le_bytes(*bytes)).ok()?;
        let (code, annex) = rest.split_at_checked(rest.len().checked_sub(bytes)?)?;
        let (tier, lines) = annex.split_first()?;
        let tier = if *tier == 0 { Tier::Optimised } else { Tier::SinglePass };
        Some((code, Self { tier, lines: Lines::of_bytes(lines)? }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_appended_is_split_off_again() {
        let mut artifact = b"code".to_vec();
        Annex { tier: Tier::SinglePass, lines: Lines::default() }.append(&mut artifact);
        let (code, annex) = Annex::split(&artifact);
        assert_eq!((code, annex.tier), (&b"code"[..], Tier::SinglePass));
        assert_eq!(Annex::split(b"code").0, b"code");
    }
}
