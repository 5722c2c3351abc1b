//! The common part of the date-times that vendors accept: date, `T`, time of day. What may follow differs by vendor.

use std::ops::RangeInclusive;

use jiff::civil::Date;

/// A date-time without its offset, as seconds and nanoseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Local {
    pub seconds: i64,
    pub nanos: i64,
}

/// Reads a text from its beginning. Each method returns `None` if the text continues differently.
#[derive(Clone, Copy, Debug)]
pub struct Cursor<'a> {
    /// The part of the text that is not read yet.
    pub rest: &'a str,
}

impl Cursor<'_> {
    /// Reads `YYYY-MM-DDTHH:MM[:SS[.fraction]]`. The number of digits in the fraction must be in `fraction`; a fraction
    /// may also follow the minutes.
    pub fn local(&mut self, fraction: RangeInclusive<usize>) -> Option<Local> {
        let (year, month, day) = (
            self.digits(4)?,
            self.after('-')?.digits(2)?,
            self.after('-')?.digits(2)?,
        );
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
        if year == 0 || hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        let (year, month, day) = (
            year.try_into().ok()?,
            month.try_into().ok()?,
            day.try_into().ok()?,
        );
        let date = Date::new(year, month, day).ok()?;
        let days = i64::from(date.since(Date::constant(1970, 1, 1)).ok()?.get_days());
        let seconds = ((days * 24 + hour) * 60 + minute) * 60 + second;
        Some(Local { seconds, nanos })
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
        let Local { seconds, nanos } = cursor.local(1..=9)?;
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
            "0000-01-01T00:00",
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
}
