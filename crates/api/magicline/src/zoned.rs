//! Reads the text of Java's `ZonedDateTime` (contract section 4, `rules.md` 22). The syntax is checked here, because
//! jiff's parser accepts other texts; jiff knows the calendar and the names of zones.
//!
//! Accepted: date, `T`, time with optional seconds and, after these, 0 to 9 fraction digits, an offset (`Z`, `±HH`, `±HH:MM`,
//! `±HH:MM:SS`, at most 18:00), and optionally one zone in brackets: a region such as `Europe/Berlin`, an offset, or `GMT`,
//! `UTC` or `UT` with or without an offset. The first offset alone determines the instant; the brackets only name the zone.
//! `java` compares all this with Java itself.

use heddle_api::date_time::{Cursor, Wrong};
use heddle_domain::Timestamp;
use jiff::tz::{Offset, TimeZone, TimeZoneDatabase};

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
    let name = region(at.rest).ok_or(Wrong::Form)?;
    let is_known = name.is_none_or(|name| zone_named(name).is_some());
    if !is_known || lacks_seconds(&text[..text.len() - zone.len()]) {
        return Err(Wrong::Form);
    }
    Ok(Zoned {
        instant: local.timestamp(offset)?,
        zone: zone.to_owned(),
    })
}

/// The names of the tz database that Java does not know, and entries in the folder of a system's zones that name none.
const UNKNOWN_TO_JAVA: [&str; 7] = [
    "EST",
    "Factory",
    "HST",
    "MST",
    "ROC",
    "localtime",
    "posixrules",
];

/// Returns the zone of the name in brackets: an offset, `GMT`, `UTC` or `UT` with one, or a region in its exact spelling.
fn zone_named(name: &str) -> Option<TimeZone> {
    let prefix = ["GMT", "UTC", "UT"]
        .into_iter()
        .find(|prefix| name.starts_with(prefix));
    let rest = &name[prefix.map_or(0, str::len)..];
    if rest.starts_with(['+', '-']) || name == "Z" {
        return fixed(rest);
    }
    if rest.is_empty() && prefix.is_some() {
        return Some(TimeZone::UTC);
    }
    // The zones of the system may lack old names, and those of this program new ones.
    let zone = TimeZone::get(name).or_else(|_| TimeZoneDatabase::bundled().get(name));
    let zone = zone.ok()?;
    let is_known = zone.iana_name() == Some(name) && !UNKNOWN_TO_JAVA.contains(&name);
    is_known.then_some(zone)
}

/// Returns the zone of an offset in brackets, which has minutes.
fn fixed(text: &str) -> Option<TimeZone> {
    let mut at = Cursor { rest: text };
    let seconds = offset(&mut at)?;
    let is_whole = at.rest.is_empty() && text.len() != "+02".len();
    let offset = Offset::from_seconds(i32::try_from(seconds).ok()?).ok()?;
    is_whole.then(|| TimeZone::fixed(offset))
}

/// Whether a local time has a fraction without seconds.
fn lacks_seconds(local: &str) -> bool {
    let time = local.split_once('.').map(|(time, _)| time);
    time.is_some_and(|time| time.matches(':').count() < 2)
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
mod java;

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
