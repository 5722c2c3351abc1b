//! Times in the answers of every API, as other programs read them.

use heddle_api::date_time::Cursor;
use heddle_domain::Timestamp;

/// Returns the time that a text stands for, if it is a date-time with any offset.
pub(super) fn read(text: &str) -> Option<Timestamp> {
    let text = text.split('[').next()?;
    let mut at = Cursor { rest: text };
    let local = at.local(0..=9)?;
    local.timestamp(at.offset_to_end()?).ok()
}
