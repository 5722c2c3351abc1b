//! The bodies that belong to no resource.

use serde::Serialize;
use utoipa::ToSchema;

use super::error::FieldError;

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
}
