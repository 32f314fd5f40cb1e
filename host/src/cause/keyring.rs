//! The keys that causes are signed with: the newest signs, old ones verify for a while.

use super::Cause;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use hmac::{Hmac, KeyInit, Mac};
use jiff::{SignedDuration, Timestamp};
use sha2::Sha256;
use std::fmt::Write;

/// What every token begins with.
const VERSION: &str = "v1";
/// How long a key signs.
const SIGNS: SignedDuration = SignedDuration::from_hours(30 * 24);
/// How long it verifies after another has taken its place.
const VERIFIES: SignedDuration = SignedDuration::from_hours(90 * 24);
/// Bytes of a token; no event that is taken in has a longer attribute.
const TOKEN_BYTES_MAX: usize = 64 << 10;

/// A key.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Key {
    /// What tokens name it by.
    id: String,
    made: Timestamp,
    secret: [u8; 32],
}

/// Without the secret.
impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Key").field("id", &self.id).field("made", &self.made).finish_non_exhaustive()
    }
}

impl Key {
    /// A key of random bytes, for which the first four stand.
    pub(crate) fn new([a, b, c, d, secret @ ..]: [u8; 36], made: Timestamp) -> Self {
        Self { id: format!("{a:02x}{b:02x}{c:02x}{d:02x}"), made, secret }
    }

    /// What tokens name it by.
    #[cfg(all(feature = "cli", feature = "api"))]
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    fn mac(&self, signed: &str) -> Hmac<Sha256> {
        let mut mac = Hmac::new_from_slice(&self.secret).expect("a key may have any length");
        mac.update(signed.as_bytes());
        mac
    }

    /// Reads a line of the file: id, time, secret.
    fn parse(line: &str) -> Option<Self> {
        let [id, made, secret] = line.split(' ').collect::<Vec<_>>().try_into().ok()?;
        let secret = BASE64.decode(secret).ok()?.try_into().ok()?;
        Some(Self { id: id.to_owned(), made: made.parse().ok()?, secret })
    }
}

/// Keys, the newest last.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Keyring(Vec<Key>);

impl Keyring {
    /// Reads what [`to_text`](Self::to_text) writes; says which line is none of it.
    pub(crate) fn parse(text: &str) -> Result<Self, usize> {
        let lines = (1..).zip(text.lines()).filter(|(_, line)| !line.is_empty());
        lines.map(|(number, line)| Key::parse(line).ok_or(number)).collect::<Result<_, _>>().map(Self)
    }

    /// One key a line.
    pub(crate) fn to_text(&self) -> String {
        self.0.iter().fold(String::new(), |mut text, Key { id, made, secret }| {
            let _ = writeln!(text, "{id} {made} {}", BASE64.encode(secret));
            text
        })
    }

    /// The key that signs.
    #[cfg(all(feature = "cli", feature = "api"))]
    pub(crate) fn newest(&self) -> Option<&Key> {
        self.0.last()
    }

    /// Whether another key is to sign from now on.
    pub(crate) fn is_due(&self, now: Timestamp) -> bool {
        self.0.last().is_none_or(|newest| now.duration_since(newest.made) >= SIGNS)
    }

    /// The keys with a new one that signs, and without those that no longer verify.
    #[must_use]
    pub(crate) fn rotated(&self, new: Key, now: Timestamp) -> Self {
        let keys = (0..self.0.len()).filter(|at| self.verifies(*at, now)).map(|at| self.0[at].clone());
        Self(keys.chain([new]).collect())
    }

    /// Whether the key in this place still verifies.
    fn verifies(&self, at: usize, now: Timestamp) -> bool {
        self.0.get(at + 1).is_none_or(|next| now.duration_since(next.made) < VERIFIES)
    }

    /// The token of a cause: `v1.<key id>.<payload>.<HMAC-SHA-256>`, its last two parts in base64url. None where there
    /// is no key.
    pub(crate) fn sign(&self, cause: &Cause) -> Option<String> {
        let key = self.0.last()?;
        let payload = BASE64.encode(serde_json::to_vec(cause).ok()?);
        let mut token = format!("{VERSION}.{}.{payload}", key.id);
        let tag = key.mac(&token).finalize().into_bytes();
        token.push('.');
        BASE64.encode_string(tag, &mut token);
        Some(token)
    }

    /// What a token says, if one of these keys signed it.
    pub(crate) fn verify(&self, token: &str, now: Timestamp) -> Option<Cause> {
        if token.len() > TOKEN_BYTES_MAX {
            return None;
        }
        let (signed, tag) = token.rsplit_once('.')?;
        let [version, id, payload] = signed.split('.').collect::<Vec<_>>().try_into().ok()?;
        let at = self.0.iter().position(|key| key.id == id)?;
        if version != VERSION || !self.verifies(at, now) {
            return None;
        }
        // In constant time. Only what was signed is read.
        self.0[at].mac(signed).verify_slice(&BASE64.decode(tag).ok()?).ok()?;
        serde_json::from_slice(&BASE64.decode(payload).ok()?).ok()
    }
}
