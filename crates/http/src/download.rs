//! The headers of a file that clients sent and others download. They make a browser save the file: it neither shows nor runs it,
//! whatever name and media type the file came with.
//!
//! The APIs take only names and media types that make headers of usual length. Older versions took others, so a stored name is cut
//! here, and a stored type that is none becomes `application/octet-stream`.

use heddle_domain::limits::LONGEST_FILE_NAME;
use http::header::{
    CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE,
    X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderName, HeaderValue};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::media;

/// The characters of a file's name that are percent-encoded in the header.
const OUTSIDE_NAMES: &AsciiSet = &NON_ALPHANUMERIC.remove(b'.').remove(b'-').remove(b'_');

/// Sets the headers of a download of `length` bytes.
pub fn set_headers(headers: &mut HeaderMap, file_name: &str, media: &str, length: u64) {
    let octets = "application/octet-stream";
    let media = if media::is_type(media) { media } else { octets };
    let media = HeaderValue::try_from(media).expect("a media type is visible ASCII");
    let name = HeaderValue::try_from(disposition(file_name)).expect("it is visible ASCII");
    let fixed = HeaderValue::from_static;
    let all: [(HeaderName, HeaderValue); 5] = [
        (CONTENT_TYPE, media),
        (CONTENT_LENGTH, HeaderValue::from(length)),
        (CONTENT_DISPOSITION, name),
        (
            CONTENT_SECURITY_POLICY,
            fixed("sandbox; default-src 'none'"),
        ),
        (X_CONTENT_TYPE_OPTIONS, fixed("nosniff")),
    ];
    for (name, value) in all {
        headers.insert(name, value);
    }
}

/// Returns the value of `Content-Disposition` (RFC 6266): an ASCII name for old clients, and the real name for others
/// (RFC 8187). No character of the name can end the header or start a path.
fn disposition(name: &str) -> String {
    let end = name.char_indices().nth(LONGEST_FILE_NAME);
    let name = name[..end.map_or(name.len(), |(end, _)| end)]
        .replace(|c: char| c.is_control() || matches!(c, '/' | '\\'), "_");
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, ' ' | '.' | '-' | '_');
    let ascii: String = name
        .chars()
        .map(|c| if is_plain(c) { c } else { '_' })
        .collect();
    let encoded = utf8_percent_encode(&name, OUTSIDE_NAMES);
    format!("attachment; filename=\"{ascii}\"; filename*=UTF-8''{encoded}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_name_cannot_inject_header_content() {
        let text = disposition("a\"b\r\n../ü.txt");
        let (ascii, encoded) = ("a_b__..__.txt", "a%22b__.._%C3%BC.txt");
        let whole = format!("attachment; filename=\"{ascii}\"; filename*=UTF-8''{encoded}");
        assert_eq!(text, whole);
    }

    #[test]
    fn a_long_name_is_cut() {
        let whole = "😀".repeat(LONGEST_FILE_NAME);
        assert_eq!(disposition(&format!("{whole}x")), disposition(&whole));
        assert!(disposition(&whole).ends_with(&"%F0%9F%98%80".repeat(LONGEST_FILE_NAME)));
    }

    #[test]
    fn a_media_type_cannot_inject_header_content() {
        let mut headers = HeaderMap::new();
        set_headers(&mut headers, "a", "text/html\r\nx: y", 7);
        assert_eq!(headers[CONTENT_TYPE], "application/octet-stream");
        for stored in ["ä x", "b", &format!("a/{}", "b".repeat(70_000))] {
            set_headers(&mut headers, "a", stored, 7);
            assert_eq!(headers[CONTENT_TYPE], "application/octet-stream");
        }
        set_headers(&mut headers, "a", "text/html", 7);
        assert_eq!(headers[CONTENT_TYPE], "text/html");
        assert_eq!(headers.len(), 5);
        assert_eq!(headers[CONTENT_LENGTH], "7");
    }
}
