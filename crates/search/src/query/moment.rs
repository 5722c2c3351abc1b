//! Times in a query: a day, an instant, or some time ago.

use heddle_domain::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Zoned};

/// A time as a query names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// The beginning of a day, in the time zone of the one who asks.
    Day(Date),
    /// An instant.
    Instant(Timestamp),
    /// The beginning of the day so many days ago.
    DaysAgo(i32),
    /// The beginning of the day so many months ago.
    MonthsAgo(i32),
}

/// From which side a time limits a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edge {
    /// Everything before it.
    Before,
    /// Everything from it on.
    After,
}

impl Moment {
    /// Parses `2026-05-17`, `2026-05`, `2026`, an instant such as `2026-05-17T08:00:00Z`, `today`, `yesterday`, or some time ago:
    /// `7d`, `2w`, `3m`, `1y`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        match text.to_ascii_lowercase().as_str() {
            "today" => return Some(Self::DaysAgo(0)),
            "yesterday" => return Some(Self::DaysAgo(1)),
            _ => {}
        }
        Self::ago(text).or_else(|| Self::day(text)).or_else(|| {
            let instant = text.to_ascii_uppercase().parse::<jiff::Timestamp>().ok()?;
            Some(Self::Instant(Timestamp(instant.as_millisecond())))
        })
    }

    fn ago(text: &str) -> Option<Self> {
        let unit = text.chars().last()?;
        let count = text.strip_suffix(unit)?;
        if count.is_empty() || !count.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        // More than a hundred years ago there were no messages.
        let count: i32 = count.parse().ok().filter(|count| *count <= 36_500)?;
        match unit.to_ascii_lowercase() {
            'd' => Some(Self::DaysAgo(count)),
            'w' => Some(Self::DaysAgo(count.saturating_mul(7).min(36_500))),
            'm' => Some(Self::MonthsAgo(count.min(1_200))),
            'y' => Some(Self::MonthsAgo(count.saturating_mul(12).min(1_200))),
            _ => None,
        }
    }

    fn day(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let year = parts.next().filter(|year| year.len() == 4)?;
        let mut part = || match parts.next() {
            Some(part) if part.len() == 2 => part.parse::<i8>().ok(),
            Some(_) => None,
            None => Some(1),
        };
        let (month, day) = (part()?, part()?);
        if parts.next().is_some() || !text.bytes().all(|b| b.is_ascii_digit() || b == b'-') {
            return None;
        }
        Date::new(year.parse().ok()?, month, day)
            .ok()
            .map(Self::Day)
    }

    /// Returns the instant, as seen at `now` in a time zone. A day too early for the calendar is its beginning.
    #[must_use]
    pub fn instant(self, now: Timestamp, zone: &TimeZone) -> Timestamp {
        let today = || {
            let now = jiff::Timestamp::from_millisecond(now.0).unwrap_or_default();
            Zoned::new(now, zone.clone()).date()
        };
        let day = match self {
            Self::Instant(instant) => return instant,
            Self::Day(day) => day,
            Self::DaysAgo(days) => today().saturating_sub(Span::new().days(days)),
            Self::MonthsAgo(months) => today().saturating_sub(Span::new().months(months)),
        };
        let begin = day.to_zoned(zone.clone());
        let instant = begin.map(|begin| begin.timestamp().as_millisecond());
        Timestamp(instant.unwrap_or(jiff::Timestamp::MIN.as_millisecond()))
    }
}
