//! Reads the text of Java's `ZonedDateTime` (contract section 4, `rules.md` 22). The syntax is checked here, because
//! jiff's parser accepts other texts; jiff knows the calendar and the names of zones.
//!
//! Accepted: date, `T`, time with optional seconds and 0 to 9 fraction digits, an offset (`Z`, `±HH`, `±HH:MM`,
//! `±HH:MM:SS`, at most 18:00), and optionally one `[Region/City]` or `[GMT±HH:MM]`. The offset alone determines the
//! instant; the region only names the zone.

use heddle_api::date_time::{Cursor, Wrong};
use heddle_domain::Timestamp;
use jiff::tz::TimeZone;

/// An instant with the zone that the client named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Zoned {
    /// The instant, truncated to milliseconds.
    pub(crate) instant: Timestamp,
    /// Offset and region as sent, such as `+02:00[Europe/Berlin]`.
    pub(crate) zone: String,
}

const LARGEST_OFFSET: i64 = 18 * 3_600;

/// Reads a date-time.
///
/// # Errors
/// Fails for a wrong syntax, a date that does not exist, and a time outside the calendar.
pub(crate) fn parse(text: &str) -> Result<Zoned, Wrong> {
    let mut at = Cursor { rest: text };
    let local = at.local(0..=9).ok_or(Wrong::Form)?;
    let zone = at.rest;
    let offset = offset(&mut at).ok_or(Wrong::Form)?;
    if !region(at.rest).ok_or(Wrong::Form)?.is_none_or(is_region) {
        return Err(Wrong::Form);
    }
    Ok(Zoned {
        instant: local.timestamp(offset)?,
        zone: zone.to_owned(),
    })
}

/// Whether the name in brackets is a fixed GMT offset or a region in its exact spelling.
fn is_region(name: &str) -> bool {
    if let Some(fixed) = name.strip_prefix("GMT").filter(|rest| !rest.is_empty()) {
        let mut at = Cursor { rest: fixed };
        return fixed.len() == 6 && offset(&mut at).is_some() && at.rest.is_empty();
    }
    TimeZone::get(name).is_ok_and(|zone| zone.iana_name() == Some(name))
}

/// Reads an offset; returns it in seconds.
fn offset(at: &mut Cursor<'_>) -> Option<i64> {
    if at.take(['Z', 'z']) {
        return Some(0);
    }
    let sign = if at.take(['+']) {
        1
    } else {
        at.after('-').map(|_| -1)?
    };
    let hours = at.digits(2)?;
    let minutes = if at.take([':']) { at.digits(2)? } else { 0 };
    let seconds = if at.take([':']) { at.digits(2)? } else { 0 };
    let size = hours * 3_600 + minutes * 60 + seconds;
    let valid = minutes < 60 && seconds < 60 && size <= LARGEST_OFFSET;
    valid.then_some(sign * size)
}

/// Reads the name in brackets at the end of the text. Returns `None` if the text is wrong, `Some(None)` if there is no
/// name.
fn region(rest: &str) -> Option<Option<&str>> {
    if rest.is_empty() {
        return Some(None);
    }
    let name = rest.strip_prefix('[')?.strip_suffix(']')?;
    Some(Some(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ms(text: &str) -> Result<i64, Wrong> {
        parse(text).map(|zoned| zoned.instant.0)
    }

    #[test]
    fn the_offset_determines_the_instant() {
        let base = 1_655_877_600_000;
        for text in [
            "2022-06-22T08:00:00.000+02:00[Europe/Berlin]",
            "2022-06-22T08:00:00+02:00",
            "2022-06-22T06:00:00Z",
            "2022-06-22t06:00:00z",
            "2022-06-22T06:00Z",
            "2022-06-22T06:00:00.000000000Z",
            "2022-06-22T06:00:00.Z",
            "2022-06-22T06:00:00Z[Europe/Berlin]",
            "2022-06-22T08:00:00+02[Europe/Berlin]",
            "2022-06-22T08:00:00+02:00:00",
            "2022-06-22T08:00:00+02:00[GMT+02:00]",
            "2022-06-22T09:00:00+03:00[Europe/Berlin]",
            "2022-06-21T12:00:00-18:00",
            "2022-06-22T06:00:00Z[UTC]",
        ] {
            assert_eq!(ms(text), Ok(base), "{text}");
        }
        assert_eq!(ms("2022-06-22T06:00:00.123456789Z"), Ok(base + 123));
        assert_eq!(ms("1969-12-31T23:59:59.999Z"), Ok(-1));
        assert_eq!(ms("0001-01-01T00:00:00Z"), Ok(Timestamp::FIRST.0));
        assert_eq!(ms("9999-12-31T23:59:59.999999999Z"), Ok(Timestamp::LAST.0));
        // One time lies in the hour that is skipped when summer time begins, the other in the hour that is repeated
        // when it ends.
        assert_eq!(
            ms("2022-03-27T02:30:00+01:00[Europe/Berlin]"),
            ms("2022-03-27T01:30:00Z")
        );
        assert_eq!(
            ms("2022-10-30T02:30:00+01:00[Europe/Berlin]"),
            ms("2022-10-30T01:30:00Z")
        );
    }

    #[test]
    fn the_zone_is_stored_as_sent() {
        let zoned = parse("2022-06-22T08:00:00.000+02:00[Europe/Berlin]").expect("a date-time");
        assert_eq!(zoned.zone, "+02:00[Europe/Berlin]");
    }

    #[test]
    fn everything_else_is_refused() {
        for text in [
            "",
            "2022-06-22",
            "2022-06-22T08:00:00",
            "2022-06-22T08:00:00[Europe/Berlin]",
            "2022-06-22T08:00:00+0200",
            "2022-06-22 08:00:00Z",
            "2022-06-22T08:00:60Z",
            "2022-06-22T24:00:00Z",
            "2022-06-22T08:60:00Z",
            "2022-06-22T08:00:00,5Z",
            "20220622T080000Z",
            "2022-06-22T08Z",
            "2022-06-22T08:00:00+18:01",
            "2022-06-22T08:00:00+19:00",
            "2022-06-22T08:00:00+02:60",
            "2022-06-22T08:00:00+02:00[europe/berlin]",
            "2022-06-22T08:00:00+02:00[Nowhere/City]",
            "2022-06-22T08:00:00+02:00[]",
            "2022-06-22T08:00:00+02:00[Europe/Berlin][u-ca=hebrew]",
            "2022-06-22T08:00:00+02:00[Europe/Berlin",
            "2022-06-22T08:00:00.1234567890Z",
            "2022-02-30T08:00:00Z",
            "2022-13-01T08:00:00Z",
            "２022-06-22T08:00:00Z",
            " 2022-06-22T08:00:00Z",
        ] {
            assert_eq!(ms(text), Err(Wrong::Form), "{text:?}");
        }
    }

    #[test]
    fn a_time_outside_the_calendar_is_out_of_range() {
        for text in [
            "0000-01-01T00:00:00Z",
            "10000-01-01T00:00:00Z",
            "-2022-06-22T08:00:00Z",
            "9999-12-31T23:59:59-01:00[GMT-01:00]",
            "0001-01-01T00:00:00+14:00[Pacific/Kiritimati]",
            "+999999999-12-31T23:59:59.999999999-18:00",
        ] {
            assert_eq!(ms(text), Err(Wrong::Range), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn parsing_any_text_does_not_panic(text in "\\PC{0,60}") {
            let _ = parse(&text);
        }
    }
}
