//! Checks the URL to which people return after they have allowed an app to act for them.

use url::Url;

/// The maximum length of a redirect URL, in bytes.
pub const LONGEST: usize = 2_000;

/// Checks a redirect URL. It is compared with what an app sends letter by letter, so it is stored as it was given.
///
/// # Errors
/// Says what is wrong, as the end of a sentence.
pub fn check(text: &str) -> Result<(), &'static str> {
    if text.len() > LONGEST {
        return Err("must be at most 2000 characters");
    }
    if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err("must have only visible ASCII characters");
    }
    let url = Url::parse(text).ok();
    let url = url.filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    let Some(url) = url else {
        return Err("must be a whole URL that begins with https:// or http://");
    };
    if url.fragment().is_some() {
        return Err("must have no fragment");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("must have no user name or password");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_whole_web_address_is_a_redirect_url() {
        for text in [
            "https://app.example/return",
            "http://127.0.0.1:8123/cb?from=heddle",
            "http://localhost/",
            "https://app.example",
        ] {
            assert_eq!(check(text), Ok(()), "{text}");
        }
        let long = format!("https://app.example/{}", "x".repeat(LONGEST));
        for text in [
            "",
            "app.example/return",
            "/return",
            "//app.example/",
            "javascript:alert(1)",
            "data:text/html,x",
            "https://",
            "https://app.example/#x",
            "https://eva@app.example/",
            "https://app.example/a b",
            "https://app.example/\u{e4}",
            "https://app.example/\n",
            &long,
        ] {
            assert!(check(text).is_err(), "{text:?}");
        }
    }
}
