//! The bodies of Heddle's own API.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::error::FieldError;

/// The caller's account.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Account {
    pub(super) id: i64,
    pub(super) public_id: String,
    pub(super) name: String,
    pub(super) created_at: String,
    pub(super) settings: Settings,
    pub(super) inboxes: Vec<Inbox>,
}

/// What the operator decided for the account. A rate is `"off"`, `"vendor"` or the operator's own figure.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Settings {
    pub(super) thread_cap: i64,
    pub(super) lock_after_days: i64,
    pub(super) helpscout_rate: Value,
    pub(super) magicline_rate: Value,
    pub(super) mews_rate: Value,
}

/// An inbox that the caller reaches.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Inbox {
    pub(super) id: i64,
    pub(super) public_id: String,
    pub(super) name: String,
}

/// The answer of a probe.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Probe {
    pub(super) status: &'static str,
}

/// A problem document (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Problem {
    /// The kind of problem, for programs: `urn:heddle:problem:…`.
    #[serde(rename = "type")]
    pub(super) kind: String,
    /// The kind of problem, for people.
    pub(super) title: &'static str,
    /// The HTTP status.
    pub(super) status: u16,
    /// What is wrong with this request.
    pub(super) detail: String,
    /// The request's id, under which the operator finds the log lines.
    pub(super) instance: String,
    /// The bad fields, where fields are bad.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub(super) errors: Vec<FieldError>,
    /// The conversation that this one was merged into, where one was.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    pub(super) merged_into_id: Option<i64>,
}
