//! Paging and filters (contract sections 2.5 to 2.7 and 7): `Limitation`, time intervals, lists of ids, empty pages.

use axum::Json;
use axum::response::{IntoResponse, Response};
use heddle_domain::Timestamp;
use heddle_domain::guid::Guid;
use heddle_store::read::applications::Span;
use http::{HeaderMap, StatusCode};
use jiff::ToSpan;
use jiff::tz::TimeZone;
use serde::Serialize;

use crate::fault::{IDENTIFIER, sentence};
use heddle_api::date_time::Cursor;
use heddle_http::members::{Item, Object, Problem};

const MOST_PER_PAGE: i64 = 1_000;
const MOST_IDS: usize = 1_000;
const UTC: Problem = Problem::rule("must be a date and time in UTC");
const NANOS_PER_MS: i128 = 1_000_000;

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

/// Reads an optional time interval of at most `months` calendar months and one day.
pub(crate) fn interval(item: &Item<'_>, months: i32) -> Option<Span> {
    let interval = item.object()?;
    let side = |name| interval.get(name).required().parsed(&UTC, instant);
    let (start, end) = (side("StartUtc"), side("EndUtc"));
    let (start, end) = start.zip(end)?;
    if end < start {
        item.refuse(sentence("The interval must not end before it starts."));
        return None;
    }
    if longest_end(start, months).is_some_and(|longest| end > longest) {
        let plural = if months == 1 { "" } else { "s" };
        let text = format!("The interval must not exceed {months} month{plural}.");
        item.refuse(sentence(text));
        return None;
    }
    Some(span(start, end))
}

/// Returns the latest end that an interval may have; `None` if that is beyond the calendar. The vendor's service
/// accepts one day more than its documentation says.
fn longest_end(start: jiff::Timestamp, months: i32) -> Option<jiff::Timestamp> {
    let start = start.to_zoned(TimeZone::UTC);
    let months_on = start.checked_add(months.months()).ok()?;
    Some(months_on.checked_add(1.day()).ok()?.timestamp())
}

/// Returns the interval as the store compares it: the start belongs to it, the end does not. If start and end are
/// equal, they mean the whole second, or the millisecond if there is a fraction. The store knows whole milliseconds, so
/// finer times are rounded up.
fn span(start: jiff::Timestamp, end: jiff::Timestamp) -> Span {
    let ceiling = |at: jiff::Timestamp| {
        let ms = -(-at.as_nanosecond()).div_euclid(NANOS_PER_MS);
        Timestamp(i64::try_from(ms).expect("the calendar's milliseconds fit"))
    };
    if start != end {
        return Span {
            start: ceiling(start),
            end: ceiling(end),
        };
    }
    let whole = start.as_nanosecond().rem_euclid(1_000 * NANOS_PER_MS) == 0;
    let ms = start.as_nanosecond().div_euclid(NANOS_PER_MS);
    let start = Timestamp(i64::try_from(ms).expect("the calendar's milliseconds fit"));
    Span {
        start,
        end: start.plus_ms(if whole { 1_000 } else { 1 }),
    }
}

/// Reads an ISO 8601 date-time with 0 to 7 fraction digits. Without an offset it is UTC.
fn instant(text: &str) -> Option<jiff::Timestamp> {
    let mut at = Cursor { rest: text };
    let local = at.local(1..=7)?;
    let seconds = local.seconds - offset(&mut at)?;
    jiff::Timestamp::new(seconds, i32::try_from(local.nanos).ok()?).ok()
}

/// Reads the rest of the text as an offset: nothing, `Z`, `±HH:MM`, `±HHMM` or `±HH`. Returns it in seconds.
fn offset(at: &mut Cursor<'_>) -> Option<i64> {
    let sign = match at.rest.as_bytes() {
        [] | [b'Z' | b'z'] => return Some(0),
        [b'+', ..] => 1,
        [b'-', ..] => -1,
        _ => return None,
    };
    at.take(['+', '-']);
    let hours = at.digits(2)?;
    let minutes = match at.rest {
        "" => 0,
        _ => {
            at.take([':']);
            at.digits(2)?
        }
    };
    let valid = at.rest.is_empty() && hours < 24 && minutes < 60;
    valid.then_some(sign * (hours * 60 + minutes) * 60)
}

/// Returns the response with a page of a list. For an empty page the status is 204 if the client prefers that (contract
/// section 2.6).
pub(crate) fn response(headers: &HeaderMap, is_empty: bool, page: impl Serialize) -> Response {
    if is_empty && prefers_minimal(headers) {
        StatusCode::NO_CONTENT.into_response()
    } else {
        Json(page).into_response()
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
