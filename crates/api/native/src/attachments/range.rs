//! `Range` and `If-Range` (RFC 9110 section 14): one range of bytes.

use http::HeaderMap;
use http::header::{IF_RANGE, RANGE};

use crate::error::Error;

/// Bytes from `start` up to, not including, `end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Range {
    pub(crate) start: u64,
    pub(crate) end: u64,
}

impl Range {
    pub(crate) const fn whole(size: u64) -> Self {
        Self {
            start: 0,
            end: size,
        }
    }
}

/// The range that is asked for of so many bytes; `None`: all of them. What cannot be read, several ranges, and a range of
/// another version are answered with all, as the standard allows.
///
/// # Errors
/// 416 for a range behind the end.
pub(crate) fn asked(headers: &HeaderMap, tag: &str, size: u64) -> Result<Option<Range>, Error> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    if headers.contains_key(IF_RANGE) && text(IF_RANGE) != Some(tag) {
        return Ok(None);
    }
    let mut all = headers.get_all(RANGE).iter();
    let one = all.next().and_then(|value| value.to_str().ok());
    match one.filter(|_| all.next().is_none()).and_then(read) {
        None => Ok(None),
        Some(wish) => match wish.of(size) {
            Some(range) => Ok(Some(range)),
            None => Err(Error::RangeNotSatisfiable(size)),
        },
    }
}

/// A range before the size is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wish {
    From(u64),
    Between(u64, u64),
    Last(u64),
}

impl Wish {
    fn of(self, size: u64) -> Option<Range> {
        let (start, end) = match self {
            Self::From(start) => (start, size),
            Self::Between(start, last) => (start, last.saturating_add(1).min(size)),
            Self::Last(length) => (size.saturating_sub(length), size),
        };
        (start < end).then_some(Range { start, end })
    }
}

fn read(text: &str) -> Option<Wish> {
    let (unit, ranges) = text.split_once('=')?;
    let (first, last) = ranges.trim().split_once('-')?;
    if !unit.trim().eq_ignore_ascii_case("bytes") {
        return None;
    }
    match (first, last) {
        ("", last) => number(last).map(Wish::Last),
        (first, "") => number(first).map(Wish::From),
        (first, last) => {
            let (first, last) = (number(first)?, number(last)?);
            (first <= last).then_some(Wish::Between(first, last))
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
        let found = asked(&headers, "\"7\"", size)?;
        Ok(found.map(|range| (range.start, range.end)))
    }

    #[test]
    fn one_range_is_answered_and_anything_odd_with_everything() {
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
    fn behind_the_end_there_is_nothing() {
        for range in ["bytes=10-", "bytes=10-11", "bytes=-0"] {
            assert!(of(range, None, 10).is_err(), "{range}");
        }
        assert!(of("bytes=0-", None, 0).is_err());
    }

    #[test]
    fn a_range_of_another_version_is_answered_with_everything() {
        assert_eq!(
            of("bytes=0-1", Some("\"7\""), 10).expect("a part"),
            Some((0, 2))
        );
        for tag in ["\"8\"", "W/\"7\"", "Sat, 21 Nov 2026 00:00:00 GMT"] {
            assert_eq!(of("bytes=0-1", Some(tag), 10).expect("all"), None, "{tag}");
        }
    }
}
