//! Times in JSON (RFC 3339). Requests may use any offset; responses use UTC and milliseconds.

use heddle_api::date_time::{Cursor, Wrong};
use heddle_domain::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::ToSchema;

/// A time in the years 1 to 9999 (in UTC). Requests may use any offset; answers use UTC and milliseconds.
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
        parsed.map_err(|_| serde::de::Error::custom("not a date and time"))
    }
}

/// Formats a time as RFC 3339 in UTC, with milliseconds.
pub(crate) fn rfc3339(at: Timestamp) -> String {
    at.to_text_with_ms()
}

/// Parses RFC 3339 with any offset, and drops digits after the milliseconds.
///
/// # Errors
/// Fails if the text has another form, or is outside the calendar.
pub(crate) fn parse(text: &str) -> Result<Timestamp, Wrong> {
    let mut at = Cursor { rest: text };
    let local = at.local(1..=9).ok_or(Wrong::Form)?;
    // RFC 3339 requires seconds, which other APIs may omit.
    let read = &text[..text.len() - at.rest.len()];
    let has_seconds = read.bytes().filter(|byte| *byte == b':').count() == 2;
    if !has_seconds || !is_offset(at.rest) {
        return Err(Wrong::Form);
    }
    local.timestamp(at.offset_to_end().ok_or(Wrong::Form)?)
}

/// Whether the rest of a text is an offset of RFC 3339.
fn is_offset(rest: &str) -> bool {
    matches!(
        rest.as_bytes(),
        [b'Z' | b'z'] | [b'+' | b'-', _, _, b':', _, _]
    )
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
            (-62_167_219_200_001, "0001-01-01T00:00:00.000Z"),
            (i64::MIN, "0001-01-01T00:00:00.000Z"),
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
            ("2026-03-04T09:15.5Z", None),
            ("2026-03-04", None),
            ("", None),
            ("üüüüüüüüüü", None),
        ] {
            assert_eq!(parse(text), ms.map(Timestamp).ok_or(Wrong::Form), "{text}");
        }
    }

    #[test]
    fn the_ends_of_the_calendar_are_read_and_what_is_beyond_is_out_of_range() {
        for at in [Timestamp::FIRST, Timestamp::LAST] {
            assert_eq!(parse(&rfc3339(at)), Ok(at));
        }
        assert_eq!(
            parse("9999-12-31T23:59:59.9999999+00:00"),
            Ok(Timestamp::LAST)
        );
        for text in [
            "0000-01-01T00:00:00Z",
            "-000001-01-01T00:00:00Z",
            "9999-12-31T23:59:59-01:00",
            "0001-01-01T00:00:00+14:00",
            "+275760-09-13T00:00:00.000Z",
        ] {
            assert_eq!(parse(text), Err(Wrong::Range), "{text}");
        }
    }
}
