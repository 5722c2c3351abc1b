//! The vendor's answers, with exactly the vendor's names (contract sections 3, 4, 6, 7 and 9). `requestUUID` and
//! `userUuid` are spelled as each endpoint spells them. Requests are read member by member, in `map`.

use serde::Serialize;
use serde_json::{Map, Value};

/// The answer of the thread list.
#[derive(Debug, Serialize)]
pub(super) struct ThreadsAnswer {
    #[serde(rename = "customerThreads")]
    pub(super) customer_threads: Vec<Thread>,
    #[serde(rename = "requestUUID")]
    pub(super) request_uuid: String,
    pub(super) errors: [ErrorItem; 0],
    pub(super) warnings: [Warning; 0],
}

/// A thread: these ten fields, always all.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Thread {
    pub(super) id: i64,
    pub(super) archived: bool,
    pub(super) closed: bool,
    pub(super) dealer_uuid: String,
    pub(super) department_uuid: String,
    pub(super) user_uuid: String,
    pub(super) customer_uuid: String,
    pub(super) last_message_on: String,
    pub(super) last_delegation_on: i64,
    pub(super) is_waiting_for_response: bool,
}

/// The answer of a sent message or a written note.
#[derive(Debug, Serialize)]
pub(super) struct MessageAnswer {
    #[serde(rename = "messageUUID")]
    pub(super) message_uuid: String,
    pub(super) status: &'static str,
    #[serde(rename = "requestUUID")]
    pub(super) request_uuid: String,
    #[serde(rename = "customerUUID")]
    pub(super) customer_uuid: String,
    #[serde(rename = "metaData")]
    pub(super) meta_data: Map<String, Value>,
    pub(super) errors: [ErrorItem; 0],
    pub(super) warnings: Vec<Warning>,
}

/// The answer of a delegation, also of one that stopped halfway.
#[derive(Debug, Serialize)]
pub(super) struct DelegationAnswer {
    #[serde(rename = "delegationUUID")]
    pub(super) delegation_uuid: String,
    #[serde(rename = "totalNumberOfDelegations")]
    pub(super) total: usize,
    #[serde(rename = "successfulDelegations")]
    pub(super) successful: usize,
    #[serde(rename = "failedDelegations")]
    pub(super) failed: usize,
    pub(super) status: &'static str,
    pub(super) errors: Vec<ErrorItem>,
    pub(super) warnings: [Warning; 0],
}

/// The answer that names the default dealer associate.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AssociateAnswer {
    pub(super) dealer_associate: Associate,
    pub(super) errors: [ManageError; 0],
    pub(super) warnings: [ManageWarning; 0],
}

/// A user of the manage API.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Associate {
    pub(super) user_uuid: String,
}

/// A refusal below `/communications/`.
#[derive(Debug, Serialize)]
pub(super) struct ErrorBody {
    #[serde(rename = "requestUUID")]
    pub(super) request_uuid: String,
    pub(super) errors: [ErrorItem; 1],
    pub(super) warnings: [Warning; 0],
}

/// One error below `/communications/`.
#[derive(Clone, Debug, Serialize)]
pub(super) struct ErrorItem {
    #[serde(rename = "errorCode")]
    pub(super) error_code: &'static str,
    #[serde(rename = "errorDescription")]
    pub(super) error_description: String,
    #[serde(rename = "errorUID")]
    pub(super) error_uid: String,
}

/// One warning below `/communications/`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Warning {
    pub(super) warning_code: &'static str,
    pub(super) warning_description: &'static str,
}

/// A refusal below `/manage/` or `/customer/`.
#[derive(Debug, Serialize)]
pub(super) struct ManageBody {
    pub(super) errors: [ManageError; 1],
    pub(super) warnings: [ManageWarning; 0],
}

/// One error there; its code is the HTTP status.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ManageError {
    pub(super) error_code: u16,
    pub(super) error_title: &'static str,
    pub(super) error_message: String,
}

/// A warning there; none is ever given.
#[derive(Debug, Serialize)]
pub(super) enum ManageWarning {}
