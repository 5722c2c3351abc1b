//! The vendor's response bodies, with exactly the vendor's names (contract sections 5.2 and 6).

use serde::Serialize;

/// The success body of create and update. `communicationDateTime` is not part of it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ThreadResponse {
    pub(crate) customer_id: i64,
    pub(crate) communication_id: i64,
    pub(crate) thread_id: i64,
    pub(crate) communication_thread_status: String,
    pub(crate) subject: String,
    pub(crate) content: String,
    pub(crate) communication_direction: String,
    pub(crate) communication_channel: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ticket_number: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ticket_link: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) agent: Option<String>,
}

/// The error object.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ErrorBody<'a> {
    pub(crate) error_message: &'static str,
    pub(crate) error_code: &'static str,
    pub(crate) trace_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reference: Option<&'a str>,
}
