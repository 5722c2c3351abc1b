//! Date-times on the wire (contract section 2): ISO 8601 UTC in whole seconds in responses; offsets and fractions are
//! accepted in requests.

use heddle_api::date_time::{Cursor, Wrong};
use heddle_domain::Timestamp;

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const DAY_MS: i64 = 24 * HOUR_MS;

/// Formats a time for a response, such as `2026-03-04T09:15:00Z`.
pub(crate) fn utc(at: Timestamp) -> String {
    at.to_string()
}

/// Reads a date-time with an offset, truncated to milliseconds. A comma may stand for the decimal point, and a leap second
/// counts as the second before it.
///
/// # Errors
/// Fails if the text is not such a date-time, or is outside the calendar.
pub(crate) fn parse(text: &str) -> Result<Timestamp, Wrong> {
    let mut text = text.replacen(',', ".", 1);
    if text.get(16..19) == Some(":60") {
        text.replace_range(17..19, "59");
    }
    let mut at = Cursor { rest: &text };
    let local = at.local(1..=9).ok_or(Wrong::Form)?;
    if at.rest.is_empty() {
        return Err(Wrong::Form);
    }
    local.timestamp(at.offset_to_end().ok_or(Wrong::Form)?)
}

/// Returns how long before `now` the time `at` was, in English.
pub(crate) fn friendly(at: Timestamp, now: Timestamp) -> String {
    let ago = now.0 - at.0;
    let (count, unit) = match ago {
        ..MINUTE_MS => return "Just now".into(),
        MINUTE_MS..HOUR_MS => (ago / MINUTE_MS, "minute"),
        HOUR_MS..DAY_MS => (ago / HOUR_MS, "hour"),
        _ => (ago / DAY_MS, "day"),
    };
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {unit}{plural} ago")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn times_are_printed_in_whole_seconds() {
        assert_eq!(utc(Timestamp(1_772_615_700_999)), "2026-03-04T09:15:00Z");
        assert_eq!(utc(Timestamp(-1)), "1969-12-31T23:59:59Z");
    }

    #[test]
    fn offsets_and_fractions_are_read() {
        for text in [
            "2026-03-04T09:15:00Z",
            "2026-03-04t09:15:00z",
            "2026-03-04T09:15:00.000Z",
            "2026-03-04T10:15:00+01:00",
            "2026-03-04T10:15:00+0100",
            "2026-03-04T10:15:00.000000+01",
            "2026-03-04T04:45:00-04:30",
        ] {
            assert_eq!(parse(text), Ok(Timestamp(1_772_615_700_000)), "{text}");
        }
    }

    #[test]
    fn everything_else_is_refused() {
        for text in [
            "",
            "2026-03-04",
            "2026-03-04T09:15:00",
            "2026-03-04 09:15:00Z",
            "2026-02-30T09:15:00Z",
            "2026-03-04T25:15:00Z",
            "2026-03-04T09:15:00Z[UTC]",
            "yesterday",
            "1772615700",
        ] {
            assert_eq!(parse(text), Err(Wrong::Form), "{text}");
        }
    }

    #[test]
    fn the_ends_of_the_calendar_are_read_and_what_is_beyond_is_out_of_range() {
        assert_eq!(utc(Timestamp::LAST), "9999-12-31T23:59:59Z");
        assert_eq!(parse("9999-12-31T23:59:59.9999999Z"), Ok(Timestamp::LAST));
        assert_eq!(parse("0001-01-01T00:00:00Z"), Ok(Timestamp::FIRST));
        for text in [
            "0000-12-31T23:59:59Z",
            "-002026-03-04T09:15:00Z",
            "9999-12-31T23:59:59-01:00",
            "0001-01-01T00:00:00+14:00",
            "+010000-01-01T00:00:00Z",
        ] {
            assert_eq!(parse(text), Err(Wrong::Range), "{text}");
        }
    }

    #[test]
    fn the_past_is_given_in_its_largest_unit() {
        let now = Timestamp(1_772_615_700_000);
        for (ms, text) in [
            (-5_000, "Just now"),
            (59_999, "Just now"),
            (60_000, "1 minute ago"),
            (3_599_999, "59 minutes ago"),
            (20 * HOUR_MS, "20 hours ago"),
            (DAY_MS, "1 day ago"),
            (800 * DAY_MS, "800 days ago"),
        ] {
            assert_eq!(friendly(now.plus_ms(-ms), now), text);
        }
    }

    proptest! {
        #[test]
        fn a_printed_time_parses_to_the_same_value(seconds in -62_135_596_800_i64..=253_402_300_799) {
            let at = Timestamp(seconds * 1_000);
            prop_assert_eq!(parse(&utc(at)), Ok(at));
        }

        #[test]
        fn reading_any_text_does_not_panic(text in ".{0,40}") {
            let _ = parse(&text);
        }
    }
}
