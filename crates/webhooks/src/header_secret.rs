//! Secrets that are sent as the value of a header and so prove the sender.

use heddle_access::secrets::mint_key;
use http::{HeaderMap, HeaderValue};

use crate::hook::Secrets;

/// Longest secret, in characters.
const LONGEST: usize = 200;

/// Checks a secret that the client chose, or creates one.
///
/// # Errors
/// What is wrong with the secret, in English.
pub fn choose(chosen: Option<String>) -> Result<Option<String>, String> {
    let secret = chosen.unwrap_or_else(mint_key);
    let is_visible = secret.bytes().all(|byte| byte.is_ascii_graphic());
    match is_visible && (1..=LONGEST).contains(&secret.len()) {
        true => Ok(Some(secret)),
        false => Err(format!("must be 1 to {LONGEST} visible ASCII characters")),
    }
}

/// Adds the newest secret to the headers of a request.
pub fn add(headers: &mut HeaderMap, name: &'static str, secrets: &Secrets) {
    let secret = secrets.first();
    let secret = secret.and_then(|secret| HeaderValue::from_str(secret).ok());
    if let Some(mut secret) = secret {
        secret.set_sensitive(true);
        headers.insert(name, secret);
    }
}
