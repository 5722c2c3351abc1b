//! Secrets and signatures as the Standard Webhooks specification defines them, and the two HMACs that vendors sign with.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::Sha256;

/// The prefix of a secret, before its base64.
const PREFIX: &str = "whsec_";
/// Number of bytes of a secret that this server creates. The specification allows 24 to 64.
const MINTED: usize = 32;

/// The error for a text that is not a secret as the specification defines it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a secret is whsec_ and the base64 of 24 to 64 bytes")]
pub struct NotASecret;

/// Creates a secret, in the form in which receivers get it.
#[must_use]
pub fn mint() -> String {
    let mut key = [0; MINTED];
    getrandom::fill(&mut key).expect("the system has randomness");
    format!("{PREFIX}{}", BASE64_STANDARD.encode(key))
}

/// Returns the key that a secret contains.
///
/// # Errors
/// Fails if the text is not a secret.
pub fn key(secret: &str) -> Result<Vec<u8>, NotASecret> {
    let base64 = secret.strip_prefix(PREFIX).ok_or(NotASecret)?;
    let key = BASE64_STANDARD.decode(base64).map_err(|_| NotASecret)?;
    match key.len() {
        24..=64 => Ok(key),
        _ => Err(NotASecret),
    }
}

/// Returns the value of the header `webhook-signature`: one signature per key, newest key first, so that a receiver
/// that knows any of the keys can verify it.
#[must_use]
pub fn standard(id: &str, timestamp: i64, body: &[u8], keys: &[Vec<u8>]) -> String {
    let one = |key: &Vec<u8>| {
        let head = format!("{id}.{timestamp}.");
        let tag = BASE64_STANDARD.encode(sha256(key, &[head.as_bytes(), body]));
        format!("v1,{tag}")
    };
    keys.iter().map(one).collect::<Vec<_>>().join(" ")
}

/// Computes the HMAC-SHA256 of the concatenated parts.
#[must_use]
pub fn sha256(key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("any length is a key");
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().to_vec()
}

/// Computes the HMAC-SHA1 of the body, for vendors whose contract requires it.
#[must_use]
pub fn sha1(key: &[u8], body: &[u8]) -> Vec<u8> {
    let mut mac = Hmac::<Sha1>::new_from_slice(key).expect("any length is a key");
    mac.update(body);
    mac.finalize().into_bytes().to_vec()
}

#[cfg(test)]
mod tests {
    use heddle_store::{Clock, SystemClock};
    use http::HeaderMap;
    use standardwebhooks::Webhook;

    use super::*;

    fn headers(id: &str, now: i64, signature: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("webhook-id", id),
            ("webhook-timestamp", &now.to_string()),
            ("webhook-signature", signature),
        ] {
            headers.insert(
                http::HeaderName::from_bytes(name.as_bytes()).expect("a name"),
                value.parse().expect("a value"),
            );
        }
        headers
    }

    #[test]
    fn an_independent_verifier_accepts_either_secret_and_no_other() {
        // The test uses the current time, because the verifier compares the time with its own clock.
        let now = SystemClock.now().0 / 1_000;
        let (new, old, other) = (mint(), mint(), mint());
        let keys = [key(&new).expect("a key"), key(&old).expect("a key")];
        let body = br#"{"type":"message.added"}"#;
        let signature = standard("evt_7", now, body, &keys);
        assert_eq!(signature.split(' ').count(), 2);
        let verify = |secret: &str, id: &str, body: &[u8]| {
            let verifier = Webhook::new(secret).expect("a secret");
            verifier.verify(body, &headers(id, now, &signature))
        };
        assert!(verify(&new, "evt_7", body).is_ok() && verify(&old, "evt_7", body).is_ok());
        assert!(verify(&other, "evt_7", body).is_err());
        assert!(verify(&new, "evt_8", body).is_err());
        assert!(verify(&new, "evt_7", b"{}").is_err());
    }

    #[test]
    fn secrets_are_random_and_have_the_specified_form() {
        assert_ne!(mint(), mint());
        assert_eq!(key(&mint()).expect("a key").len(), MINTED);
        let short = format!("whsec_{}", BASE64_STANDARD.encode([0; 23]));
        for wrong in [
            "",
            "whsec_",
            "whsec_!",
            &short,
            &BASE64_STANDARD.encode([0; 32]),
        ] {
            assert_eq!(key(wrong), Err(NotASecret), "{wrong}");
        }
    }
}
