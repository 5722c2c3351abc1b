//! The bodies of Heddle's own API.

use serde::Serialize;
use serde_json::Value;

/// The caller's account.
#[derive(Debug, Serialize)]
pub(super) struct Account {
    pub(super) id: i64,
    pub(super) public_id: String,
    pub(super) name: String,
    pub(super) created_at: String,
    pub(super) settings: Settings,
    pub(super) inboxes: Vec<Inbox>,
}

/// What the operator decided for the account. A rate is `"off"`, `"vendor"` or the operator's own figure.
#[derive(Debug, Serialize)]
pub(super) struct Settings {
    pub(super) thread_cap: i64,
    pub(super) lock_after_days: i64,
    pub(super) helpscout_rate: Value,
    pub(super) magicline_rate: Value,
    pub(super) mews_rate: Value,
}

/// An inbox that the caller reaches.
#[derive(Debug, Serialize)]
pub(super) struct Inbox {
    pub(super) id: i64,
    pub(super) public_id: String,
    pub(super) name: String,
}

/// The answer of a probe.
#[derive(Debug, Serialize)]
pub(super) struct Probe {
    pub(super) status: &'static str,
}

/// A problem document (RFC 9457).
#[derive(Debug, Serialize)]
pub(super) struct Problem {
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) title: &'static str,
    pub(super) status: u16,
    pub(super) detail: String,
    pub(super) instance: String,
}
