//! Paging and filters (contract sections 2.5 to 2.7 and 7): `Limitation`, time intervals, lists of ids, empty pages.

use axum::response::{IntoResponse, Response};
use heddle_domain::Timestamp;
use heddle_domain::guid::Guid;
use heddle_store::read::applications::Span;
use http::{HeaderMap, StatusCode};
use jiff::civil::DateTime;
use jiff::{SignedDuration, ToSpan};
use serde::Serialize;

use crate::fault::{IDENTIFIER, sentence};
use heddle_api::date_time::{self, Cursor, Wrong};
use heddle_http::json::LongJson;
use heddle_http::members::{Item, Object, Problem};

pub(crate) const MOST_PER_PAGE: i64 = 1_000;
pub(crate) const MOST_IDS: usize = 1_000;
const UTC: Problem = Problem::rule("must be a date and time in UTC");
const OUTSIDE_CALENDAR: Problem = Problem::rule(date_time::RANGE);
const EPOCH: DateTime = DateTime::constant(1970, 1, 1, 0, 0, 0, 0);
const NANOS_PER_MS: i64 = 1_000_000;

/// A time at full precision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Moment {
    /// Seconds since 1970.
    seconds: i64,
    nanos: i64,
}

impl Moment {
    /// Returns the first whole millisecond that is not earlier.
    const fn ceiling(self) -> Timestamp {
        let ms = (self.nanos + NANOS_PER_MS - 1) / NANOS_PER_MS;
        Timestamp(self.seconds * 1_000 + ms)
    }

    const fn floor(self) -> Timestamp {
        Timestamp(self.seconds * 1_000 + self.nanos / NANOS_PER_MS)
    }

    /// Returns the moment so many months and one day later; `None` if that is beyond the calendar.
    fn months_and_a_day_later(self, months: i32) -> Option<Self> {
        let nanos = i32::try_from(self.nanos).ok()?;
        let at = EPOCH.checked_add(SignedDuration::new(self.seconds, nanos));
        let later = at.ok()?.checked_add(months.months()).ok()?;
        let since = later.checked_add(1.day()).ok()?.duration_since(EPOCH);
        Some(Self {
            seconds: since.as_secs(),
            nanos: self.nanos,
        })
    }
}

/// Which part of a list is requested.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limitation {
    pub(crate) count: usize,
    /// The id of the item after which the page begins. Lists begin with the newest item.
    pub(crate) cursor: Option<Guid>,
}

impl Limitation {
    pub(crate) fn read(body: &Object<'_>) -> Self {
        let limitation = body.get("Limitation").required().object_or_empty();
        let count = limitation
            .get("Count")
            .required()
            .integer(1..=MOST_PER_PAGE);
        Self {
            count: count.map_or(0, |count| count as usize),
            cursor: limitation.get("Cursor").parsed(&IDENTIFIER, Guid::parse),
        }
    }
}

/// Reads an optional list of 1 to 1,000 identifiers.
pub(crate) fn guids(item: &Item<'_>) -> Option<Vec<Guid>> {
    let ids = item.list(1..=MOST_IDS)?;
    Some(
        ids.filter_map(|id| id.parsed(&IDENTIFIER, Guid::parse))
            .collect(),
    )
}

/// Reads an optional list of 1 to `most` texts.
pub(crate) fn texts<'a>(item: &Item<'a>, most: usize) -> Option<Vec<&'a str>> {
    let texts = item.list(1..=most)?;
    Some(texts.filter_map(|text| text.text()).collect())
}

/// Reads an optional time interval of at most `months` calendar months and one day.
pub(crate) fn interval(item: &Item<'_>, months: i32) -> Option<Span> {
    let interval = item.object()?;
    let side = |name| {
        let side = interval.get(name).required();
        side.tried(&UTC, |text| moment(text).map_err(problem))
    };
    let (start, end) = (side("StartUtc"), side("EndUtc"));
    let (start, end) = start.zip(end)?;
    if end < start {
        item.refuse(sentence("The interval must not end before it starts."));
        return None;
    }
    // The vendor's service accepts one day more than its documentation says.
    let longest = start.months_and_a_day_later(months);
    if longest.is_some_and(|longest| end > longest) {
        let plural = if months == 1 { "" } else { "s" };
        let text = format!("The interval must not exceed {months} month{plural}.");
        item.refuse(sentence(text));
        return None;
    }
    Some(span(start, end))
}

const fn problem(wrong: Wrong) -> Problem {
    match wrong {
        Wrong::Form => UTC,
        Wrong::Range => OUTSIDE_CALENDAR,
    }
}

/// Returns the interval as the store compares it: the start belongs to it, the end does not. If start and end are
/// equal, they mean the whole second, or the millisecond if there is a fraction. The store knows whole milliseconds, so
/// finer times are rounded up.
fn span(start: Moment, end: Moment) -> Span {
    if start != end {
        return Span {
            start: start.ceiling(),
            end: end.ceiling(),
        };
    }
    let length = if start.nanos == 0 { 1_000 } else { 1 };
    let start = start.floor();
    Span {
        start,
        end: start.plus_ms(length),
    }
}

/// Reads an ISO 8601 date-time with 0 to 7 fraction digits. Without an offset it is UTC.
fn moment(text: &str) -> Result<Moment, Wrong> {
    let mut at = Cursor { rest: text };
    let local = at.local(1..=7).ok_or(Wrong::Form)?;
    let offset = at.offset_to_end().ok_or(Wrong::Form)?;
    let (seconds, nanos) = local.at_offset(offset)?;
    Ok(Moment { seconds, nanos })
}

/// Returns the response with a page of a list. For an empty page the status is 204 if the client prefers that (contract
/// section 2.6).
pub(crate) fn response(headers: &HeaderMap, is_empty: bool, page: impl Serialize) -> Response {
    if is_empty && prefers_minimal(headers) {
        StatusCode::NO_CONTENT.into_response()
    } else {
        LongJson(page).into_response()
    }
}

/// Whether the request has `Prefer: return=minimal`. If a preference is given several times, the first counts (RFC
/// 7240).
fn prefers_minimal(headers: &HeaderMap) -> bool {
    let lines = headers.get_all("prefer").into_iter();
    let preferences = lines
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(','))
        .filter_map(|preference| preference.split(';').next()?.split_once('='));
    let first = preferences
        .filter(|(name, _)| name.trim().eq_ignore_ascii_case("return"))
        .map(|(_, value)| value.trim().trim_matches('"'))
        .next();
    first.is_some_and(|value| value.eq_ignore_ascii_case("minimal"))
}

#[cfg(test)]
mod tests;
