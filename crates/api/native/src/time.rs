//! Times in JSON (RFC 3339). Requests may use any offset; responses use UTC and milliseconds.

use std::str::FromStr;

use heddle_domain::Timestamp;
use jiff::SignedDuration;
use jiff::civil::DateTime;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::ToSchema;

/// A time. Requests may use any offset; answers use UTC and milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ToSchema)]
#[schema(value_type = String, format = DateTime)]
pub(crate) struct Instant(pub(crate) Timestamp);

impl From<Timestamp> for Instant {
    fn from(at: Timestamp) -> Self {
        Self(at)
    }
}

impl Serialize for Instant {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&rfc3339(self.0))
    }
}

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let parsed = parse(&text).map(Self);
        parsed.ok_or_else(|| serde::de::Error::custom("not a date and time"))
    }
}

/// Formats a time as RFC 3339 in UTC, with milliseconds. RFC 3339 knows only the years 0 to 9999. A time outside of
/// them, which some APIs accept, becomes the first or last time of these years.
pub(crate) fn rfc3339(at: Timestamp) -> String {
    const EPOCH: DateTime = DateTime::constant(1970, 1, 1, 0, 0, 0, 0);
    const FIRST: DateTime = DateTime::constant(0, 1, 1, 0, 0, 0, 0);
    let edge = if at.0 < 0 { FIRST } else { DateTime::MAX };
    let shown = EPOCH.checked_add(SignedDuration::from_millis(at.0));
    let shown = shown.unwrap_or(edge).max(FIRST);
    shown.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

/// Parses RFC 3339 with any offset, and drops digits after the milliseconds. Refuses other forms, which `jiff` would
/// accept.
pub(crate) fn parse(text: &str) -> Option<Timestamp> {
    let bytes = text.as_bytes();
    let shape = |at: usize, wanted: u8| match wanted {
        b'0' => bytes.get(at).is_some_and(u8::is_ascii_digit),
        _ => bytes
            .get(at)
            .is_some_and(|byte| byte.eq_ignore_ascii_case(&wanted)),
    };
    let head = b"0000-00-00T00:00:00";
    let rest = text.get(head.len()..)?;
    let is_dated = head
        .iter()
        .enumerate()
        .all(|(at, wanted)| shape(at, *wanted));
    if !is_dated || !is_tail(rest) || &text[17..19] == "60" || text.starts_with("0000") {
        return None;
    }
    let at = jiff::Timestamp::from_str(&text.to_ascii_uppercase()).ok()?;
    Some(Timestamp(at.as_millisecond()))
}

/// Whether the rest of a text is an optional fraction of 1 to 9 digits, followed by an offset.
fn is_tail(rest: &str) -> bool {
    let offset = match rest.strip_prefix('.') {
        None => rest,
        Some(fraction) => {
            let digits = fraction.bytes().take_while(u8::is_ascii_digit).count();
            if !(1..=9).contains(&digits) {
                return false;
            }
            &fraction[digits..]
        }
    };
    let is_numeric = |offset: &[u8]| matches!(offset, [b'+' | b'-', a, b, b':', c, d] if [a, b, c, d].iter().all(|x| x.is_ascii_digit()));
    offset.eq_ignore_ascii_case("z") || is_numeric(offset.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_keep_their_milliseconds() {
        assert_eq!(
            rfc3339(Timestamp(1_772_615_700_000)),
            "2026-03-04T09:15:00.000Z"
        );
        for (ms, text) in [
            (7, "1970-01-01T00:00:00.007Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
            (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
            (253_402_300_800_000, "9999-12-31T23:59:59.999Z"),
            (i64::MAX, "9999-12-31T23:59:59.999Z"),
            (-62_167_219_200_001, "0000-01-01T00:00:00.000Z"),
            (i64::MIN, "0000-01-01T00:00:00.000Z"),
        ] {
            assert_eq!(rfc3339(Timestamp(ms)), text);
        }
    }

    #[test]
    fn only_rfc_3339_is_read() {
        for (text, ms) in [
            ("1970-01-01T00:00:00Z", Some(0)),
            ("1970-01-01t00:00:00.0079999z", Some(7)),
            ("1970-01-01T01:00:00+01:00", Some(0)),
            ("1969-12-31T23:59:59.999-00:00", Some(-1)),
            ("2026-02-30T00:00:00Z", None),
            ("2026-03-04T09:15:60Z", None),
            ("2026-03-04T24:00:00Z", None),
            ("2026-03-04T09:15Z", None),
            ("2026-03-04 09:15:00Z", None),
            ("2026-03-04T09:15:00", None),
            ("2026-03-04T09:15:00.Z", None),
            ("2026-03-04T09:15:00.1234567890Z", None),
            ("2026-03-04T09:15:00+0100", None),
            ("2026-03-04T09:15:00+01", None),
            ("2026-03-04T09:15:00Z[UTC]", None),
            ("2026-03-04T09:15:00,5Z", None),
            ("0000-01-01T00:00:00Z", None),
            ("-000001-01-01T00:00:00Z", None),
            ("2026-03-04", None),
            ("", None),
            ("üüüüüüüüüü", None),
        ] {
            assert_eq!(parse(text), ms.map(Timestamp), "{text}");
        }
    }
}
