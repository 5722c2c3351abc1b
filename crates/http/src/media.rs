//! The media type of a request body, from its `Content-Type`, and the media types of files.
//!
//! Of a request body only the type counts, in upper or lower case. Parameters such as `charset` are ignored, because clients write
//! them in many ways. Which types are refused differs by vendor.

use heddle_domain::limits::LONGEST_MEDIA_TYPE;
use http::HeaderMap;
use http::header::CONTENT_TYPE;

/// The media types that an API may accept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Media {
    /// `application/json`, any other `…/json`, and `application/…+json`.
    Json,
    /// `application/x-www-form-urlencoded`.
    Form,
    /// `multipart/…`.
    Multipart,
    /// Any other type, or a header that is not a text.
    Other,
    /// The header is missing or empty.
    None,
}

impl Media {
    /// Returns the media type in the first `Content-Type` of a request.
    pub fn of(headers: &HeaderMap) -> Self {
        match headers.get(CONTENT_TYPE).map(|value| value.to_str()) {
            None => Self::None,
            Some(Err(_)) => Self::Other,
            Some(Ok(text)) => Self::named(text),
        }
    }

    fn named(text: &str) -> Self {
        let essence = text.split(';').next().unwrap_or_default().trim();
        if essence.is_empty() && !text.contains(';') {
            return Self::None;
        }
        let essence = essence.to_ascii_lowercase();
        let Some((kind, sub)) = essence.split_once('/') else {
            return Self::Other;
        };
        match (kind, sub) {
            ("" | "multipart", "") => Self::Other,
            ("multipart", _) => Self::Multipart,
            ("application", "x-www-form-urlencoded") => Self::Form,
            ("application", sub) if sub.ends_with("+json") => Self::Json,
            (kind, "json") if !kind.is_empty() => Self::Json,
            _ => Self::Other,
        }
    }
}

/// What a file's media type must be, for the error of an API.
pub const TYPE_RULE: &str = "must be a media type of at most 127 characters, such as text/plain";

/// Whether a text can be a file's media type: `type/subtype`, perhaps with parameters (RFC 9110, section 8.3.1). Such a text can be
/// sent as `Content-Type`.
#[must_use]
pub fn is_type(text: &str) -> bool {
    text.len() <= LONGEST_MEDIA_TYPE && read_type(text).is_some()
}

fn read_type(text: &str) -> Option<()> {
    let mut rest = after_token(after_token(text)?.strip_prefix('/')?)?;
    while !rest.is_empty() {
        rest = rest.trim_start_matches(BLANKS).strip_prefix(';')?;
        rest = rest.trim_start_matches(BLANKS);
        if !rest.is_empty() && !rest.starts_with(';') {
            rest = after_value(after_token(rest)?.strip_prefix('=')?)?;
        }
    }
    Some(())
}

const BLANKS: [char; 2] = [' ', '\t'];

/// Returns what follows the token at the beginning of a text.
fn after_token(text: &str) -> Option<&str> {
    let is_token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    let rest = text.trim_start_matches(is_token);
    (rest.len() < text.len()).then_some(rest)
}

/// Returns the rest of a text that begins with the value of a parameter, or `None` if it does not begin with one. A value is a
/// token or a text in quotes.
fn after_value(text: &str) -> Option<&str> {
    let Some(quoted) = text.strip_prefix('"') else {
        return after_token(text);
    };
    let mut chars = quoted.chars();
    loop {
        match chars.next()? {
            '"' => return Some(chars.as_str()),
            '\\' => {
                chars.next().filter(|c| is_visible(*c))?;
            }
            c if is_visible(c) => {}
            _ => return None,
        }
    }
}

fn is_visible(c: char) -> bool {
    matches!(c, '\t' | ' '..='~')
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn the_type_alone_decides() {
        for (text, media) in [
            ("application/json", Media::Json),
            ("Application/JSON;charset=UTF-8", Media::Json),
            ("  application/json ; x=y", Media::Json),
            ("text/json", Media::Json),
            ("application/hal+json", Media::Json),
            ("application/problem+JSON; a=b", Media::Json),
            ("text/x+json", Media::Other),
            ("/json", Media::Other),
            ("json", Media::Other),
            ("application/jsonp", Media::Other),
            ("application/json, text/plain", Media::Other),
            (
                "application/x-www-form-urlencoded; charset=utf-8",
                Media::Form,
            ),
            ("multipart/form-data; boundary=x", Media::Multipart),
            ("multipart/", Media::Other),
            ("text/plain", Media::Other),
            (";charset=utf-8", Media::Other),
            ("", Media::None),
            ("  ", Media::None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(text));
            assert_eq!(Media::of(&headers), media, "{text}");
        }
    }

    #[test]
    fn a_file_has_a_type_that_can_be_a_header() {
        for good in [
            "text/plain",
            "plain/text",
            "TEXT/x-a+b.c",
            "text/plain;charset=utf-8",
            "text/plain ; charset=\"utf-8\";; a=b;",
            "a/b;c=\"d \\\"e\\\\ ;\"",
        ] {
            assert!(is_type(good), "{good}");
            assert!(HeaderValue::try_from(good).is_ok());
        }
        for bad in [
            "",
            "b",
            "/",
            "text/",
            "/plain",
            "ä x",
            "text/ä",
            "a/b/c",
            "a/b c",
            " a/b",
            "a/b ",
            "a/b;c",
            "a/b;c=",
            "a/b;=c",
            "a/b;c=\"d",
            "a/b;c=\"d\\",
            "a/b;c=\"ä\"",
            "a/b\r\nx: y",
            "a/b;c=\"\n\"",
            "a/b;c=d e",
            "a/b, c/d",
        ] {
            assert!(!is_type(bad), "{bad}");
        }
        let of_length = |length: usize| format!("a/{}", "b".repeat(length - 2));
        assert!(
            is_type(&of_length(LONGEST_MEDIA_TYPE)) && !is_type(&of_length(LONGEST_MEDIA_TYPE + 1))
        );
    }

    #[test]
    fn no_header_and_unreadable_header_differ() {
        let mut headers = HeaderMap::new();
        assert_eq!(Media::of(&headers), Media::None);
        let bytes = HeaderValue::from_bytes(b"application/json\xff").expect("a legal header");
        headers.insert(CONTENT_TYPE, bytes);
        assert_eq!(Media::of(&headers), Media::Other);
    }
}
