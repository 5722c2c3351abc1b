//! `Range` and `If-Range` (RFC 9110 section 14). One range of bytes is supported.

use std::ops::Range;

use http::HeaderMap;
use http::header::{IF_RANGE, RANGE};

use crate::error::Error;

/// Returns the range that a request asks for, of a file of `size` bytes. `None` means the whole file: if no range is
/// given or, as the standard allows, if the range is malformed, one of several, or of another version of the file.
///
/// # Errors
/// Returns a 416 for a range that starts after the end of the file.
pub(crate) fn requested(
    headers: &HeaderMap,
    tag: &str,
    size: u64,
) -> Result<Option<Range<u64>>, Error> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    if headers.contains_key(IF_RANGE) && text(IF_RANGE) != Some(tag) {
        return Ok(None);
    }
    let mut all = headers.get_all(RANGE).iter();
    let one = all.next().and_then(|value| value.to_str().ok());
    match one.filter(|_| all.next().is_none()).and_then(parse) {
        None => Ok(None),
        Some(spec) => match spec.within(size) {
            Some(range) => Ok(Some(range)),
            None => Err(Error::RangeNotSatisfiable(size)),
        },
    }
}

/// A range in one of the forms that the header allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum RangeSpec {
    From(u64),
    Between(u64, u64),
    Last(u64),
}

impl RangeSpec {
    fn within(self, size: u64) -> Option<Range<u64>> {
        let (start, end) = match self {
            Self::From(start) => (start, size),
            Self::Between(start, last) => (start, last.saturating_add(1).min(size)),
            Self::Last(length) => (size.saturating_sub(length), size),
        };
        (start < end).then_some(start..end)
    }
}

fn parse(text: &str) -> Option<RangeSpec> {
    let (unit, ranges) = text.split_once('=')?;
    let (first, last) = ranges.trim().split_once('-')?;
    if !unit.trim().eq_ignore_ascii_case("bytes") {
        return None;
    }
    match (first, last) {
        ("", last) => number(last).map(RangeSpec::Last),
        (first, "") => number(first).map(RangeSpec::From),
        (first, last) => {
            let (first, last) = (number(first)?, number(last)?);
            (first <= last).then_some(RangeSpec::Between(first, last))
        }
    }
}

fn number(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn of(range: &str, if_range: Option<&str>, size: u64) -> Result<Option<(u64, u64)>, Error> {
        let mut headers = HeaderMap::new();
        headers.insert(RANGE, HeaderValue::from_str(range).expect("a header value"));
        if let Some(tag) = if_range {
            headers.insert(
                IF_RANGE,
                HeaderValue::from_str(tag).expect("a header value"),
            );
        }
        let found = requested(&headers, "\"7\"", size)?;
        Ok(found.map(|range| (range.start, range.end)))
    }

    #[test]
    fn one_range_is_read_and_anything_else_means_the_whole_file() {
        for (range, wanted) in [
            ("bytes=0-0", Some((0, 1))),
            ("bytes=2-5", Some((2, 6))),
            ("bytes=2-", Some((2, 10))),
            ("bytes=-3", Some((7, 10))),
            ("bytes=-99", Some((0, 10))),
            ("bytes=9-99", Some((9, 10))),
            ("Bytes=0-1", Some((0, 2))),
            ("bytes=0-99999999999999999999999", Some((0, 10))),
            ("bytes=0-1,3-4", None),
            ("bytes=5-2", None),
            ("bytes=a-b", None),
            ("bytes=-", None),
            ("lines=0-1", None),
            ("bytes", None),
        ] {
            assert_eq!(of(range, None, 10).expect(range), wanted, "{range}");
        }
    }

    #[test]
    fn a_range_after_the_end_is_refused() {
        for range in ["bytes=10-", "bytes=10-11", "bytes=-0"] {
            assert!(of(range, None, 10).is_err(), "{range}");
        }
        assert!(of("bytes=0-", None, 0).is_err());
    }

    #[test]
    fn a_range_of_another_version_means_the_whole_file() {
        assert_eq!(
            of("bytes=0-1", Some("\"7\""), 10).expect("a part"),
            Some((0, 2))
        );
        for tag in ["\"8\"", "W/\"7\"", "Sat, 21 Nov 2026 00:00:00 GMT"] {
            assert_eq!(of("bytes=0-1", Some(tag), 10).expect("all"), None, "{tag}");
        }
    }
}
