//! Statements on webhook deliveries and their attempts.

use heddle_domain::Timestamp;
use heddle_domain::id::{DeliveryId, EventId};
use heddle_domain::webhook::DeliveryState;

use crate::error::Result;
use crate::stmt::{Row, statements};

statements! {
    /// Inserts a delivery.
    INSERT = "INSERT INTO delivery (account_id, webhook_id, id, event_id, events, name, headers, body, state, attempts,
        failures, next_attempt_at, problem, recorded_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1, $10, $11, $12, $13)";
    /// Inserts an attempt.
    INSERT_ATTEMPT = "INSERT INTO delivery_attempt (account_id, webhook_id, delivery_id, number, started_at, duration_ms,
        status, answer, error) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        ON CONFLICT (account_id, webhook_id, delivery_id, number) DO NOTHING";
    /// Records the delivery's state after another attempt.
    UPDATE = "UPDATE delivery SET state = $4, attempts = $5, failures = $6, next_attempt_at = $7
        WHERE account_id = $1 AND webhook_id = $2 AND id = $3";
    /// Selects one delivery.
    GET = "SELECT id, event_id, events, name, headers, body, state, attempts, failures, next_attempt_at, problem, recorded_at FROM delivery
        WHERE account_id = $1 AND webhook_id = $2 AND id = $3";
    /// Selects one delivery, locked.
    LOCK = "SELECT id, event_id, events, name, headers, body, state, attempts, failures, next_attempt_at, problem, recorded_at FROM delivery
        WHERE account_id = $1 AND webhook_id = $2 AND id = $3", locked;
    /// Selects deliveries whose retry is due, the longest overdue first, without their bodies.
    DUE = "SELECT id, event_id, events, name, '{}', '', state, attempts, failures, next_attempt_at, problem, recorded_at FROM delivery
        WHERE account_id = $1 AND webhook_id = $2 AND next_attempt_at <= $3 ORDER BY next_attempt_at, id LIMIT $4";
    /// Selects when the next retry of a webhook is due.
    NEXT_DUE = "SELECT next_attempt_at FROM delivery WHERE account_id = $1 AND webhook_id = $2
        AND next_attempt_at IS NOT NULL ORDER BY next_attempt_at LIMIT 1";
    /// Selects a webhook's deliveries, newest first, without their bodies.
    LIST = "SELECT id, event_id, events, name, '{}', '', state, attempts, failures, next_attempt_at, problem, recorded_at FROM delivery
        WHERE account_id = $1 AND webhook_id = $2 AND id >= $3 AND id < $4 ORDER BY id DESC LIMIT $5";
    /// Same as `LIST`, but only accepted deliveries.
    LIST_DELIVERED = "SELECT id, event_id, events, name, '{}', '', state, attempts, failures, next_attempt_at, problem, recorded_at FROM delivery
        WHERE account_id = $1 AND webhook_id = $2 AND id >= $3 AND id < $4 AND state = 'delivered' ORDER BY id DESC LIMIT $5";
    /// Same as `LIST`, but only pending or failed deliveries.
    LIST_UNDELIVERED = "SELECT id, event_id, events, name, '{}', '', state, attempts, failures, next_attempt_at, problem, recorded_at FROM delivery
        WHERE account_id = $1 AND webhook_id = $2 AND id IN (SELECT id FROM delivery WHERE account_id = $1
        AND webhook_id = $2 AND state <> 'delivered' AND state = $6 AND id >= $3 AND id < $4 ORDER BY id DESC LIMIT $5)
        ORDER BY id DESC";
    /// Selects a webhook's deliveries in a range, oldest first, and why some of them have no request.
    RANGE = "SELECT id, problem, recorded_at, name FROM delivery
        WHERE account_id = $1 AND webhook_id = $2 AND id >= $3 AND id < $4 ORDER BY id LIMIT $5";
    /// Same as `RANGE`, but only accepted deliveries.
    RANGE_DELIVERED = "SELECT id, problem, recorded_at, name FROM delivery WHERE account_id = $1 AND webhook_id = $2 AND id >= $3 AND id < $4
        AND state = 'delivered' ORDER BY id LIMIT $5";
    /// Same as `RANGE`, but only pending or failed deliveries.
    RANGE_UNDELIVERED = "SELECT id, problem, recorded_at, name FROM delivery
        WHERE account_id = $1 AND webhook_id = $2 AND id IN (SELECT id FROM delivery WHERE account_id = $1
        AND webhook_id = $2 AND state <> 'delivered' AND state = $6 AND id >= $3 AND id < $4 ORDER BY id LIMIT $5)
        ORDER BY id";
    /// Resets a delivery, so that it is sent as if never tried.
    REPLAY = "UPDATE delivery SET state = 'pending', failures = 0, next_attempt_at = $4
        WHERE account_id = $1 AND webhook_id = $2 AND id = $3";
    /// Selects the attempts of a delivery.
    ATTEMPTS = "SELECT number, started_at, duration_ms, status, answer, error FROM delivery_attempt
        WHERE account_id = $1 AND webhook_id = $2 AND delivery_id = $3 ORDER BY number LIMIT 1000";
    /// Selects deliveries older than an id that need no further attempt.
    OLD = "SELECT id FROM delivery WHERE account_id = $1 AND webhook_id = $2 AND id < $3 AND next_attempt_at IS NULL
        ORDER BY id LIMIT $4";
    /// Same as `OLD`, for deliveries whose id is far ahead of the recorded time: those recorded before $3.
    OLD_APART = "SELECT id FROM delivery INDEXED BY delivery_recorded_apart
        WHERE account_id = $1 AND webhook_id = $2 AND recorded_at < $3 AND next_attempt_at IS NULL
        ORDER BY recorded_at LIMIT $4",
        postgres "SELECT id FROM delivery WHERE account_id = $1 AND webhook_id = $2 AND recorded_at < $3
        AND next_attempt_at IS NULL ORDER BY recorded_at LIMIT $4";
    /// Selects whether a webhook has deliveries whose id is far ahead of the recorded time.
    RECORDED_APART = "SELECT account_id FROM delivery INDEXED BY delivery_recorded_apart
        WHERE account_id = $1 AND webhook_id = $2 AND recorded_at IS NOT NULL ORDER BY recorded_at LIMIT 1",
        postgres "SELECT account_id FROM delivery WHERE account_id = $1 AND webhook_id = $2 AND recorded_at IS NOT NULL
        ORDER BY recorded_at LIMIT 1";
    /// Selects the greatest id of a webhook's deliveries.
    GREATEST = "SELECT id FROM delivery WHERE account_id = $1 AND webhook_id = $2 ORDER BY id DESC LIMIT 1";
    /// Selects deliveries of a deleted webhook.
    ANY = "SELECT id FROM delivery WHERE account_id = $1 AND webhook_id = $2 AND id < $3 ORDER BY id LIMIT $4";
    /// Deletes the attempts of deliveries.
    REMOVE_ATTEMPTS = "DELETE FROM delivery_attempt WHERE account_id = $1 AND webhook_id = $2 AND delivery_id IN
        (SELECT value FROM json_each($3))",
        postgres "DELETE FROM delivery_attempt WHERE account_id = $1 AND webhook_id = $2 AND delivery_id = ANY($3)";
    /// Deletes deliveries.
    REMOVE = "DELETE FROM delivery WHERE account_id = $1 AND webhook_id = $2 AND id IN (SELECT value FROM json_each($3))",
        postgres "DELETE FROM delivery WHERE account_id = $1 AND webhook_id = $2 AND id = ANY($3)";
}

/// A delivery: one request to a webhook, for one or several events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Id of the delivery within the account.
    pub id: DeliveryId,
    /// When the server recorded the delivery.
    pub recorded_at: Timestamp,
    /// The event that the delivery reports, or the first of several.
    pub event: EventId,
    /// How many events the delivery reports.
    pub events: i64,
    /// The event's name in the API.
    pub name: String,
    /// The request's headers without signatures and secrets, as a JSON object; `{}` in lists.
    pub headers: String,
    /// The request's body; empty in lists.
    pub body: String,
    /// Whether the delivery is pending, delivered or failed.
    pub state: DeliveryState,
    /// Number of attempts.
    pub attempts: i64,
    /// Number of failed attempts since the delivery was created or replayed.
    pub failures: i64,
    /// When the next retry is due.
    pub next_attempt_at: Option<Timestamp>,
    /// Why there is no request; `None` if there is one. A delivery without a request is failed, and never sent again.
    pub problem: Option<String>,
}

/// An attempt to send a delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Number within the delivery, from 1.
    pub number: i64,
    /// When the attempt began.
    pub started_at: Timestamp,
    /// Duration in milliseconds.
    pub duration_ms: i64,
    /// HTTP status of the answer, if there was an answer.
    pub status: Option<i64>,
    /// Beginning of the answer's body, if there was an answer.
    pub answer: Option<String>,
    /// Why there was no answer.
    pub error: Option<String>,
}

/// A delivery of a range.
pub(crate) struct InRange {
    pub(crate) id: DeliveryId,
    pub(crate) has_request: bool,
    pub(crate) recorded_at: Timestamp,
    /// The event's name in the API.
    pub(crate) name: String,
}

/// Maps a row of `RANGE`.
pub(crate) fn in_range(row: &mut Row<'_>) -> Result<InRange> {
    let id = DeliveryId(row.int()?);
    Ok(InRange {
        id,
        has_request: row.opt_text()?.is_none(),
        recorded_at: row.opt_time()?.unwrap_or(id.created_at()),
        name: row.text()?,
    })
}

/// Maps a row with a delivery.
pub(crate) fn delivery(row: &mut Row<'_>) -> Result<Delivery> {
    let id = DeliveryId(row.int()?);
    Ok(Delivery {
        id,
        event: EventId(row.int()?),
        events: row.int()?,
        name: row.text()?,
        headers: row.text()?,
        body: row.text()?,
        state: row.word(DeliveryState::parse)?,
        attempts: row.int()?,
        failures: row.int()?,
        next_attempt_at: row.opt_time()?,
        problem: row.opt_text()?,
        recorded_at: row.opt_time()?.unwrap_or(id.created_at()),
    })
}

/// Maps a row of `ATTEMPTS`.
pub(crate) fn attempt(row: &mut Row<'_>) -> Result<Attempt> {
    Ok(Attempt {
        number: row.int()?,
        started_at: row.time()?,
        duration_ms: row.int()?,
        status: row.opt_int()?,
        answer: row.opt_text()?,
        error: row.opt_text()?,
    })
}
