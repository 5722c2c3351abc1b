//! The media type of a request body, from its `Content-Type`.
//!
//! Only the type counts, in upper or lower case. Parameters such as `charset` are ignored, because clients write them in many
//! ways. Which types are refused differs by vendor.

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
    fn no_header_and_unreadable_header_differ() {
        let mut headers = HeaderMap::new();
        assert_eq!(Media::of(&headers), Media::None);
        let bytes = HeaderValue::from_bytes(b"application/json\xff").expect("a legal header");
        headers.insert(CONTENT_TYPE, bytes);
        assert_eq!(Media::of(&headers), Media::Other);
    }
}
