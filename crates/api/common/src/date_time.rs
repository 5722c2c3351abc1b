//! The date-times that clients send: date, `T`, time of day, offset. Which offsets may follow differs by API.
//!
//! Every API accepts the years 1 to 9999 in UTC ([`Timestamp::FIRST`] to [`Timestamp::LAST`]), because that is what programs in
//! Java, .NET, Python and JavaScript can all read. A date-time of another year, or one that its offset moves out of these
//! years, is well-formed and outside the range: [`Wrong::Range`].

use std::ops::RangeInclusive;

use heddle_domain::Timestamp;
use jiff::civil::Date;

/// What an error says about a time outside the calendar.
pub const RANGE: &str = "must be from 0001-01-01T00:00:00Z to 9999-12-31T23:59:59.999Z";

const NANOS_PER_MS: i64 = 1_000_000;

/// Why a text is not read as a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// The text is not a date-time in the form that the API accepts.
    Form,
    /// The text is a date-time outside the years 1 to 9999 in UTC.
    Range,
}

/// A date-time without its offset, as seconds and nanoseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Local {
    pub seconds: i64,
    pub nanos: i64,
    /// Whether the year is 1 to 9999. If it is not, `seconds` has no meaning.
    is_of_calendar: bool,
}

impl Local {
    /// Returns seconds and nanoseconds since 1970 in UTC, for a local time with this offset in seconds.
    ///
    /// # Errors
    /// Fails if the time is outside the calendar.
    pub fn at_offset(self, offset: i64) -> Result<(i64, i64), Wrong> {
        let seconds = self.seconds - offset;
        let is_in_calendar = Timestamp(seconds * 1_000).is_in_calendar();
        match self.is_of_calendar && is_in_calendar {
            true => Ok((seconds, self.nanos)),
            false => Err(Wrong::Range),
        }
    }

    /// Returns the time, cut to milliseconds, for a local time with this offset in seconds.
    ///
    /// # Errors
    /// Fails if the time is outside the calendar.
    pub fn timestamp(self, offset: i64) -> Result<Timestamp, Wrong> {
        let (seconds, nanos) = self.at_offset(offset)?;
        Ok(Timestamp(seconds * 1_000 + nanos / NANOS_PER_MS))
    }
}

/// The year of a date.
#[derive(Clone, Copy)]
struct Year {
    /// The year itself, or one with the same leap day if it is outside the calendar.
    year: i16,
    is_of_calendar: bool,
}

/// Reads a text from its beginning. Each method returns `None` if the text continues differently.
#[derive(Clone, Copy, Debug)]
pub struct Cursor<'a> {
    /// The part of the text that is not read yet.
    pub rest: &'a str,
}

impl Cursor<'_> {
    /// Reads `YYYY-MM-DDTHH:MM[:SS[.fraction]]`. The number of digits in the fraction must be in `fraction`; a fraction
    /// may also follow the minutes. Years outside the calendar are read too: `0000`, and five to ten digits or a sign, as
    /// Java and JavaScript write them.
    pub fn local(&mut self, fraction: RangeInclusive<usize>) -> Option<Local> {
        let Year {
            year,
            is_of_calendar,
        } = self.year()?;
        let (month, day) = (self.after('-')?.digits(2)?, self.after('-')?.digits(2)?);
        if !self.take(['T', 't']) {
            return None;
        }
        let (hour, minute) = (self.digits(2)?, self.after(':')?.digits(2)?);
        let second = if self.take([':']) { self.digits(2)? } else { 0 };
        let nanos = if self.take(['.']) {
            self.fraction(fraction)?
        } else {
            0
        };
        if hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        let (month, day) = (month.try_into().ok()?, day.try_into().ok()?);
        let date = Date::new(year, month, day).ok()?;
        let days = i64::from(date.since(Date::constant(1970, 1, 1)).ok()?.get_days());
        let seconds = ((days * 24 + hour) * 60 + minute) * 60 + second;
        Some(Local {
            seconds,
            nanos,
            is_of_calendar,
        })
    }

    /// Reads a year: four digits, or a longer or signed one that is outside the calendar.
    fn year(&mut self) -> Option<Year> {
        let is_negative = self.rest.starts_with('-');
        let is_signed = self.take(['+', '-']);
        let count = self.rest.bytes().take_while(u8::is_ascii_digit).count();
        if !(4..=10).contains(&count) {
            return None;
        }
        let year = self.digits(count)?;
        let is_of_calendar = (1..=9_999).contains(&year) && !is_negative;
        let is_plain = !is_signed && count == 4;
        if is_of_calendar && !is_plain {
            return None;
        }
        let year = match is_of_calendar {
            true => year,
            false => 2_000 + year % 400,
        };
        let year = year.try_into().ok()?;
        Some(Year {
            year,
            is_of_calendar,
        })
    }

    /// Reads the rest of the text as an offset: `Z`, `±HH:MM`, `±HHMM` or `±HH`. Returns it in seconds; 0 if the text has
    /// ended already.
    pub fn offset_to_end(&mut self) -> Option<i64> {
        let sign = match self.rest.as_bytes() {
            [] | [b'Z' | b'z'] => return Some(0),
            [b'+', ..] => 1,
            [b'-', ..] => -1,
            _ => return None,
        };
        self.take(['+', '-']);
        let hours = self.digits(2)?;
        let minutes = match self.rest {
            "" => 0,
            _ => {
                self.take([':']);
                self.digits(2)?
            }
        };
        let valid = self.rest.is_empty() && hours < 24 && minutes < 60;
        valid.then_some(sign * (hours * 60 + minutes) * 60)
    }

    /// Reads exactly `count` ASCII digits.
    pub fn digits(&mut self, count: usize) -> Option<i64> {
        let (digits, rest) = self.rest.split_at_checked(count)?;
        if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        self.rest = rest;
        digits.parse().ok()
    }

    /// Skips the next character if it is one of `characters`. Returns whether it did.
    pub fn take<const N: usize>(&mut self, characters: [char; N]) -> bool {
        let rest = self.rest.strip_prefix(characters);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    /// Skips `character`, which must come next.
    pub fn after(&mut self, character: char) -> Option<&mut Self> {
        self.take([character]).then_some(self)
    }

    /// Reads digits after a decimal point as nanoseconds.
    fn fraction(&mut self, lengths: RangeInclusive<usize>) -> Option<i64> {
        let count = self.rest.bytes().take_while(u8::is_ascii_digit).count();
        if !lengths.contains(&count) {
            return None;
        }
        let value = if count == 0 { 0 } else { self.digits(count)? };
        Some(value * 10_i64.pow(9_u32.checked_sub(u32::try_from(count).ok()?)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns seconds, nanoseconds and the rest of the text that [`Cursor::local`] does not read.
    fn local(text: &str) -> Option<(i64, i64, &str)> {
        let mut cursor = Cursor { rest: text };
        let Local { seconds, nanos, .. } = cursor.local(1..=9)?;
        Some((seconds, nanos, cursor.rest))
    }

    #[test]
    fn dates_and_times_are_read() {
        for (text, expected) in [
            ("1970-01-01T00:00:00", (0, 0, "")),
            ("1970-01-02t00:01", (86_460, 0, "")),
            ("1970-01-01T00:00:01Z", (1, 0, "Z")),
            ("1969-12-31T23:59:59.5", (-1, 500_000_000, "")),
            (
                "1970-01-01T00:00:00.123456789+02:00",
                (0, 123_456_789, "+02:00"),
            ),
            ("1970-01-01T00:01.25Z", (60, 250_000_000, "Z")),
            ("1972-02-29T00:00", (68_169_600, 0, "")),
            ("0001-01-01T00:00", (-62_135_596_800, 0, "")),
            ("9999-12-31T23:59:59", (253_402_300_799, 0, "")),
            ("1970-01-01T00:00:00é", (0, 0, "é")),
        ] {
            assert_eq!(local(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_date_or_time_is_refused() {
        for text in [
            "",
            "1970-01-01",
            "1970-01-01 00:00",
            "1970-00-01T00:00",
            "1970-13-01T00:00",
            "1970-02-29T00:00",
            "1970-01-01T24:00",
            "1970-01-01T00:60",
            "1970-01-01T00:00:60",
            "1970-01-01T00:00:",
            "1970-01-01T00:00:00.",
            "1970-01-01T00:00:00.1234567890",
            "1970-1-01T00:00",
            "+970-01-01T00:00",
            "+1970-01-01T00:00",
            "+001970-01-01T00:00",
            "00000001970-01-01T00:00",
            "10000-02-30T00:00",
            "-0001-02-29T24:00",
            "197é-01-01T00:00",
            "１970-01-01T00:00",
        ] {
            assert_eq!(local(text), None, "{text}");
        }
    }

    #[test]
    fn the_number_of_digits_in_a_fraction_is_bounded() {
        let nanos = |text: &str, lengths| {
            let text = format!("1970-01-01T00:00:00{text}");
            let mut cursor = Cursor { rest: &text };
            cursor.local(lengths).map(|local| local.nanos)
        };
        assert_eq!(nanos(".", 0..=3), Some(0));
        assert_eq!(nanos(".12", 0..=3), Some(120_000_000));
        assert_eq!(nanos(".123", 3..=3), Some(123_000_000));
        assert_eq!(nanos(".12", 3..=3), None);
        assert_eq!(nanos(".1234", 0..=3), None);
        assert_eq!(nanos(".1234567890", 0..=10), None);
    }

    #[test]
    fn a_time_outside_the_calendar_is_no_wrong_form() {
        let read = |text: &str| {
            let mut cursor = Cursor { rest: text };
            let local = cursor.local(1..=9).ok_or(Wrong::Form)?;
            let offset = cursor.offset_to_end().ok_or(Wrong::Form)?;
            local.timestamp(offset)
        };
        for (text, expected) in [
            ("0001-01-01T00:00:00Z", Ok(Timestamp::FIRST)),
            ("0001-01-01T14:00:00+14:00", Ok(Timestamp::FIRST)),
            ("9999-12-31T23:59:59.9999999Z", Ok(Timestamp::LAST)),
            ("9999-12-31T22:59:59.999-01:00", Ok(Timestamp::LAST)),
            ("0001-01-01T00:00:00+00:01", Err(Wrong::Range)),
            ("0001-01-01T00:00:00+14:00", Err(Wrong::Range)),
            ("9999-12-31T23:59:59-01:00", Err(Wrong::Range)),
            ("9999-12-31T23:59:00-00:01", Err(Wrong::Range)),
            ("0000-02-29T00:00:00Z", Err(Wrong::Range)),
            ("10000-01-01T00:00:00Z", Err(Wrong::Range)),
            ("+010000-01-01T00:00:00.000Z", Err(Wrong::Range)),
            ("-000001-12-31T23:59:59Z", Err(Wrong::Range)),
            ("+1000000000-12-31T23:59:59.999999999Z", Err(Wrong::Range)),
            ("+002026-03-04T09:15:00Z", Err(Wrong::Form)),
            ("0001-02-29T00:00:00Z", Err(Wrong::Form)),
            ("9999-12-31T23:59:59+24:00", Err(Wrong::Form)),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }
}
