//! Reads the vendor's date-times: ISO 8601 with an offset, which may have no colon (contract section 6, M3).

use heddle_api::date_time::{Cursor, RANGE, Wrong};
use heddle_domain::Timestamp;
use heddle_http::members::{Item, Problem};

const FORM: &str = "must be a date and time with an offset, such as 2025-01-01T00:00:00+0700";

/// A time, and how long its last digit is in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Time {
    pub(super) at: Timestamp,
    pub(super) precision_ms: i64,
}

/// Reads a time.
pub(super) fn time(item: &Item<'_>) -> Option<Time> {
    let text = item.text()?;
    match parse(text) {
        Ok(time) => Some(time),
        Err(wrong) => {
            item.refuse(Problem::rule(match wrong {
                Wrong::Form => FORM,
                Wrong::Range => RANGE,
            }));
            None
        }
    }
}

fn parse(text: &str) -> Result<Time, Wrong> {
    let mut at = Cursor { rest: text };
    let local = at.local(1..=9).ok_or(Wrong::Form)?;
    let has_fraction = text[..text.len() - at.rest.len()].contains('.');
    if at.rest.is_empty() {
        return Err(Wrong::Form);
    }
    let offset = at.offset_to_end().ok_or(Wrong::Form)?;
    Ok(Time {
        at: local.timestamp(offset)?,
        precision_ms: if has_fraction { 1 } else { 1_000 },
    })
}
