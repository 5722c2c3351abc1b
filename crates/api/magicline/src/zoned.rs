//! Reads the text of Java's `ZonedDateTime` (contract section 4, `rules.md` 22). The syntax is checked here, because
//! jiff's parser accepts other texts; jiff knows the calendar and the names of zones.
//!
//! Accepted: date, `T`, time with optional seconds and 0 to 9 fraction digits, an offset (`Z`, `±HH`, `±HH:MM`,
//! `±HH:MM:SS`, at most 18:00), and optionally one `[Region/City]` or `[GMT±HH:MM]`. The offset alone determines the
//! instant; the region only names the zone.

use heddle_domain::Timestamp;
use jiff::civil::Date;
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

/// Reads a date-time; `None` for a wrong syntax or a date that does not exist.
pub(crate) fn parse(text: &str) -> Option<Zoned> {
    let mut at = Cursor { rest: text };
    let (year, month, day) = (
        at.digits(4)?,
        at.after('-')?.digits(2)?,
        at.after('-')?.digits(2)?,
    );
    if !at.take(['T', 't']) {
        return None;
    }
    let (hour, minute) = (at.digits(2)?, at.after(':')?.digits(2)?);
    let second = if at.take([':']) { at.digits(2)? } else { 0 };
    let nanos = if at.take(['.']) { at.fraction()? } else { 0 };
    let zone = at.rest;
    let offset = at.offset()?;
    let region = at.region()?;
    if year == 0 || hour > 23 || minute > 59 || second > 59 || !region.is_none_or(is_region) {
        return None;
    }
    let date = Date::new(
        i16::try_from(year).ok()?,
        i8::try_from(month).ok()?,
        i8::try_from(day).ok()?,
    )
    .ok()?;
    let days = i64::from(date.since(Date::constant(1970, 1, 1)).ok()?.get_days());
    let local = ((days * 24 + hour) * 60 + minute) * 60 + second;
    let instant = Timestamp((local - offset) * 1_000 + nanos / 1_000_000);
    Some(Zoned {
        instant,
        zone: zone.to_owned(),
    })
}

/// Whether the name in brackets is a fixed GMT offset or a region in its exact spelling.
fn is_region(name: &str) -> bool {
    if let Some(fixed) = name.strip_prefix("GMT").filter(|rest| !rest.is_empty()) {
        let mut at = Cursor { rest: fixed };
        return fixed.len() == 6 && at.offset().is_some() && at.rest.is_empty();
    }
    TimeZone::get(name).is_ok_and(|zone| zone.iana_name() == Some(name))
}

/// The part of a text that is not read yet.
struct Cursor<'a> {
    rest: &'a str,
}

impl<'a> Cursor<'a> {
    /// Exactly `count` ASCII digits.
    fn digits(&mut self, count: usize) -> Option<i64> {
        let (digits, rest) = self.rest.split_at_checked(count)?;
        if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        self.rest = rest;
        digits.parse().ok()
    }

    /// Skips the next character if it is one of `characters`.
    fn take<const N: usize>(&mut self, characters: [char; N]) -> bool {
        let rest = self.rest.strip_prefix(characters);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    /// Skips a character that must be next.
    fn after(&mut self, character: char) -> Option<&mut Self> {
        self.take([character]).then_some(self)
    }

    /// 0 to 9 digits, as nanoseconds.
    fn fraction(&mut self) -> Option<i64> {
        let count = self.rest.bytes().take_while(u8::is_ascii_digit).count();
        if count > 9 {
            return None;
        }
        let value = if count == 0 { 0 } else { self.digits(count)? };
        Some(value * 10_i64.pow(9 - u32::try_from(count).ok()?))
    }

    /// An offset in seconds.
    fn offset(&mut self) -> Option<i64> {
        if self.take(['Z', 'z']) {
            return Some(0);
        }
        let sign = if self.take(['+']) {
            1
        } else {
            self.after('-').map(|_| -1)?
        };
        let hours = self.digits(2)?;
        let minutes = if self.take([':']) { self.digits(2)? } else { 0 };
        let has_minutes = self.rest.len();
        let seconds = if self.take([':']) { self.digits(2)? } else { 0 };
        let size = hours * 3_600 + minutes * 60 + seconds;
        let valid = minutes < 60
            && seconds < 60
            && size <= LARGEST_OFFSET
            && has_minutes >= self.rest.len();
        valid.then_some(sign * size)
    }

    /// The name in brackets at the end; `Some(None)` at the end of the text.
    fn region(&mut self) -> Option<Option<&'a str>> {
        if self.rest.is_empty() {
            return Some(None);
        }
        let name = self.rest.strip_prefix('[')?.strip_suffix(']')?;
        Some(Some(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ms(text: &str) -> Option<i64> {
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
            assert_eq!(ms(text), Some(base), "{text}");
        }
        assert_eq!(ms("2022-06-22T06:00:00.123456789Z"), Some(base + 123));
        assert_eq!(ms("1969-12-31T23:59:59.999Z"), Some(-1));
        assert!(
            ms("0001-01-01T00:00:00Z").is_some() && ms("9999-12-31T23:59:59.999999999Z").is_some()
        );
        // In the hour that summer time skips, and in the one that it repeats.
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
            "0000-01-01T00:00:00Z",
            "10000-01-01T00:00:00Z",
            "-2022-06-22T08:00:00Z",
            "２022-06-22T08:00:00Z",
            " 2022-06-22T08:00:00Z",
        ] {
            assert_eq!(ms(text), None, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn parsing_any_text_does_not_panic(text in "\\PC{0,60}") {
            let _ = parse(&text);
        }
    }
}
