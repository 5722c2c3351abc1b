//! Timestamps: integer milliseconds UTC. This module does not read the clock; its callers do.

/// A point in time, in milliseconds since 1970-01-01T00:00:00Z; negative before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// The first time that an API accepts or shows: 0001-01-01T00:00:00.000Z. The calendar of all APIs is the years 1 to 9999,
    /// which programs in Java, .NET, Python and JavaScript can read.
    pub const FIRST: Self = Self(-62_135_596_800_000);
    /// The last time that an API accepts or shows: 9999-12-31T23:59:59.999Z.
    pub const LAST: Self = Self(253_402_300_799_999);

    /// Whether the time lies in the calendar of the APIs.
    #[must_use]
    pub const fn is_in_calendar(self) -> bool {
        Self::FIRST.0 <= self.0 && self.0 <= Self::LAST.0
    }

    /// Returns the time with milliseconds, as in `2026-03-04T09:15:00.007Z`. A time outside the calendar, which releases before
    /// this rule stored, becomes the first or the last time of the calendar.
    #[must_use]
    pub fn to_text_with_ms(self) -> String {
        self.text().with_ms().to_owned()
    }

    fn text(self) -> Text {
        let shown = self.clamp(Self::FIRST, Self::LAST).0;
        let second = shown.div_euclid(1_000);
        let (year, month, day) = date(second.div_euclid(86_400));
        let mut text = Text(*b"0000-00-00T00:00:00.000Z");
        text.put(0..4, year);
        text.put(5..7, month);
        text.put(8..10, day);
        text.put(11..13, second.rem_euclid(86_400) / 3_600);
        text.put(14..16, second.rem_euclid(3_600) / 60);
        text.put(17..19, second.rem_euclid(60));
        text.put(20..23, shown.rem_euclid(1_000));
        text
    }

    /// Returns the time `ms` milliseconds later.
    #[must_use]
    pub const fn plus_ms(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// Rounds down to the whole second, because most APIs show whole seconds, truncated.
    #[must_use]
    pub const fn floor_second(self) -> Self {
        Self(self.0.div_euclid(1000) * 1000)
    }
}

/// Shows the time in whole seconds, as in `2026-03-04T09:15:00Z`. A time outside the calendar becomes the first or the last
/// time of the calendar.
impl std::fmt::Display for Timestamp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.text().seconds())?;
        f.write_str("Z")
    }
}

/// A time as text. Lists show very many times, and formatting each number by itself took a tenth of such a call.
struct Text([u8; 24]);

impl Text {
    /// Writes the last digits of a number.
    fn put(&mut self, digits: std::ops::Range<usize>, mut number: i64) {
        for digit in self.0[digits].iter_mut().rev() {
            *digit = b'0' + (number % 10) as u8;
            number /= 10;
        }
    }

    /// Returns the text without its milliseconds and without its `Z`.
    fn seconds(&self) -> &str {
        let (seconds, _) = self.with_ms().split_at(19);
        seconds
    }

    fn with_ms(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

/// Returns year, month and day of the day that begins `days` days after 1970-01-01.
///
/// Years are counted from March, so that a leap day is the last day of its year; 153 days are five months from March on.
fn date(days: i64) -> (i64, i64, i64) {
    const DAYS_IN_400_YEARS: i64 = 146_097;
    const FROM_YEAR_0_TO_1970: i64 = 719_468;
    let days = days + FROM_YEAR_0_TO_1970;
    let day_of_era = days.rem_euclid(DAYS_IN_400_YEARS);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let year = year_of_era + days.div_euclid(DAYS_IN_400_YEARS) * 400;
    if month < 10 {
        (year, month + 3, day)
    } else {
        (year + 1, month - 9, day)
    }
}

#[cfg(test)]
mod tests {
    use super::Timestamp;

    #[test]
    fn a_time_is_shown_as_date_and_time() {
        for (ms, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (-1, "1969-12-31T23:59:59Z"),
            (951_782_400_000, "2000-02-29T00:00:00Z"),
            (1_772_615_700_999, "2026-03-04T09:15:00Z"),
            (4_107_542_399_000, "2100-02-28T23:59:59Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00Z"),
            (i64::MIN, "0001-01-01T00:00:00Z"),
            (-62_135_596_800_001, "0001-01-01T00:00:00Z"),
            (-62_135_596_800_000, "0001-01-01T00:00:00Z"),
            (253_402_214_400_000, "9999-12-31T00:00:00Z"),
            (253_402_300_799_999, "9999-12-31T23:59:59Z"),
            (253_402_300_800_000, "9999-12-31T23:59:59Z"),
            (i64::MAX, "9999-12-31T23:59:59Z"),
        ] {
            assert_eq!(Timestamp(ms).to_string(), text);
        }
    }

    #[test]
    fn milliseconds_have_three_digits() {
        for (ms, text) in [
            (7, "1970-01-01T00:00:00.007Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
            (1_772_615_700_000, "2026-03-04T09:15:00.000Z"),
            (i64::MIN, "0001-01-01T00:00:00.000Z"),
            (i64::MAX, "9999-12-31T23:59:59.999Z"),
        ] {
            assert_eq!(Timestamp(ms).to_text_with_ms(), text);
        }
    }
}
