//! The bodies that belong to no resource.

use serde::Serialize;
use utoipa::ToSchema;

use crate::error::FieldError;

/// The answer of a probe.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Probe {
    pub(crate) status: &'static str,
}

/// A problem document (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Problem {
    /// The kind of problem, for programs: `urn:heddle:problem:…`.
    #[serde(rename = "type")]
    pub(crate) kind: String,
    /// The kind of problem, for people.
    pub(crate) title: &'static str,
    /// The HTTP status.
    pub(crate) status: u16,
    /// What is wrong with this request.
    pub(crate) detail: String,
    /// The request's id, under which the operator finds the log lines.
    pub(crate) instance: String,
    /// The bad fields, where fields are bad.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub(crate) errors: Vec<FieldError>,
}
