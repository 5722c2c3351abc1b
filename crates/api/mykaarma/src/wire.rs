//! The vendor's response bodies, with exactly the vendor's names (contract sections 3, 4, 6, 7 and 9), whose spelling
//! differs from endpoint to endpoint: `requestUUID`, `userUuid`. Requests are read in `map`.

use serde::Serialize;
use serde_json::{Map, Value};

/// The response of the thread list.
#[derive(Debug, Serialize)]
pub(crate) struct ThreadsResponse {
    #[serde(rename = "customerThreads")]
    pub(crate) customer_threads: Vec<Thread>,
    #[serde(rename = "requestUUID")]
    pub(crate) request_uuid: String,
    pub(crate) errors: [ErrorItem; 0],
    pub(crate) warnings: [Warning; 0],
}

/// A thread, with exactly these ten fields.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Thread {
    pub(crate) id: i64,
    pub(crate) archived: bool,
    pub(crate) closed: bool,
    pub(crate) dealer_uuid: String,
    pub(crate) department_uuid: String,
    pub(crate) user_uuid: String,
    pub(crate) customer_uuid: String,
    pub(crate) last_message_on: String,
    pub(crate) last_delegation_on: i64,
    pub(crate) is_waiting_for_response: bool,
}

/// The response to a message or note.
#[derive(Debug, Serialize)]
pub(crate) struct MessageResponse {
    #[serde(rename = "messageUUID")]
    pub(crate) message_uuid: String,
    pub(crate) status: &'static str,
    #[serde(rename = "requestUUID")]
    pub(crate) request_uuid: String,
    #[serde(rename = "customerUUID")]
    pub(crate) customer_uuid: String,
    #[serde(rename = "metaData")]
    pub(crate) meta_data: Map<String, Value>,
    pub(crate) errors: [ErrorItem; 0],
    pub(crate) warnings: Vec<Warning>,
}

/// The response to a delegation, with or without a fault.
#[derive(Debug, Serialize)]
pub(crate) struct DelegationResponse {
    #[serde(rename = "delegationUUID")]
    pub(crate) delegation_uuid: String,
    #[serde(rename = "totalNumberOfDelegations")]
    pub(crate) total: usize,
    #[serde(rename = "successfulDelegations")]
    pub(crate) successful: usize,
    #[serde(rename = "failedDelegations")]
    pub(crate) failed: usize,
    pub(crate) status: &'static str,
    pub(crate) errors: Vec<ErrorItem>,
    pub(crate) warnings: [Warning; 0],
}

/// The default dealer associate.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AssociateResponse {
    pub(crate) dealer_associate: Associate,
    pub(crate) errors: [ManageError; 0],
    pub(crate) warnings: [ManageWarning; 0],
}

/// A user of the manage API.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Associate {
    pub(crate) user_uuid: String,
}

/// The error body below `/communications/`.
#[derive(Debug, Serialize)]
pub(crate) struct ErrorBody {
    #[serde(rename = "requestUUID")]
    pub(crate) request_uuid: String,
    pub(crate) errors: [ErrorItem; 1],
    pub(crate) warnings: [Warning; 0],
}

/// One error below `/communications/`.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct ErrorItem {
    #[serde(rename = "errorCode")]
    pub(crate) error_code: &'static str,
    #[serde(rename = "errorDescription")]
    pub(crate) error_description: String,
    #[serde(rename = "errorUID")]
    pub(crate) error_uid: String,
}

/// One warning below `/communications/`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Warning {
    pub(crate) warning_code: &'static str,
    pub(crate) warning_description: &'static str,
}

/// The error body below `/manage/` and `/customer/`.
#[derive(Debug, Serialize)]
pub(crate) struct ManageBody {
    pub(crate) errors: [ManageError; 1],
    pub(crate) warnings: [ManageWarning; 0],
}

/// One error below `/manage/` and `/customer/`; its code is the HTTP status.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ManageError {
    pub(crate) error_code: u16,
    pub(crate) error_title: &'static str,
    pub(crate) error_message: String,
}

/// A warning below `/manage/` and `/customer/`. It has no variants, because Heddle never sends one.
#[derive(Debug, Serialize)]
pub(crate) enum ManageWarning {}
