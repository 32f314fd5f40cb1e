//! The other side of what the host signs: HMAC-SHA-256, and nothing of the host's.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

fn mac(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

/// The signature of Standard Webhooks, by a secret `whsec_…`.
pub(crate) fn webhook(secret: &str, id: &str, timestamp: &str, body: &str) -> String {
    let key = STANDARD.decode(secret.trim_start_matches("whsec_")).unwrap();
    format!("v1,{}", STANDARD.encode(mac(&key, &format!("{id}.{timestamp}.{body}"))))
}

/// A genuine cause with this payload, signed with the last key of a file `cause.keys`.
pub(crate) fn cause(keys: &str, payload: &str) -> String {
    let [id, _, secret] = keys.lines().last().unwrap().split(' ').collect::<Vec<_>>().try_into().unwrap();
    let signed = format!("v1.{id}.{}", URL_SAFE_NO_PAD.encode(payload));
    let tag = mac(&URL_SAFE_NO_PAD.decode(secret).unwrap(), &signed);
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(tag))
}

/// What a cause says.
pub(crate) fn payload(cause: &str) -> serde_json::Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(cause.split('.').nth(2).unwrap()).unwrap()).unwrap()
}
