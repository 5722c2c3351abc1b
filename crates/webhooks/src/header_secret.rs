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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chosen_secret_is_1_to_200_visible_ascii_characters() {
        for (secret, is_valid) in [
            (String::new(), false),
            ("!".to_owned(), true),
            ("x".repeat(200), true),
            ("x".repeat(201), false),
            ("a b".to_owned(), false),
            ("a\u{7f}".to_owned(), false),
            ("ä".to_owned(), false),
        ] {
            let chosen = choose(Some(secret.clone()));
            assert_eq!(chosen.is_ok(), is_valid, "{secret:?}");
            assert!(chosen.is_err() || chosen == Ok(Some(secret)));
        }
        let minted = choose(None).expect("a secret").expect("a secret");
        assert_eq!(choose(Some(minted.clone())), Ok(Some(minted)));
    }

    #[test]
    fn the_newest_secret_is_sent_and_marked_as_sensitive() {
        let mut headers = HeaderMap::new();
        add(&mut headers, "x-key", &[]);
        assert!(headers.is_empty());
        add(&mut headers, "x-key", &["new".to_owned(), "old".to_owned()]);
        assert_eq!(headers["x-key"], "new");
        assert!(headers["x-key"].is_sensitive());
    }
}
