//! The vendor's response bodies, with exactly the vendor's names (contract sections 3, 4, 6, 7 and 9), whose spelling
//! differs from endpoint to endpoint: `requestUUID`, `userUuid`. Requests are read in `request`.

mod customer;
mod manage;

use serde::Serialize;
use serde_json::{Map, Value};

pub(crate) use customer::{
    CreatedCustomer, CustomerItem, CustomerResponse, CustomerSearchResponse, CustomerWithVehicles,
    EmailItem, PhoneItem, PostalItem,
};
pub(crate) use manage::{ManageBody, ManageError, ManageWarning};

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
    pub(crate) errors: Vec<ErrorItem>,
    pub(crate) warnings: Vec<Warning>,
}

/// The response to a historical import.
#[derive(Debug, Serialize)]
pub(crate) struct ImportResponse {
    #[serde(rename = "saveMessageResponse")]
    pub(crate) messages: Vec<ImportedMessage>,
    /// Spelt as the vendor does.
    #[serde(rename = "succesfullySubmittedSourceUuids")]
    pub(crate) submitted: Vec<String>,
    #[serde(rename = "failedSourceUuids")]
    pub(crate) failed: Vec<String>,
    #[serde(rename = "requestUUID")]
    pub(crate) request_uuid: String,
    pub(crate) errors: Vec<ErrorItem>,
    pub(crate) warnings: Vec<Warning>,
}

/// What became of a message that was to be imported.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ImportedMessage {
    pub(crate) source_uuid: Option<String>,
    pub(crate) message_uuid: Option<String>,
    pub(crate) errors: Vec<ErrorItem>,
    pub(crate) warnings: Vec<Warning>,
}

/// The response of the message list.
#[derive(Debug, Serialize)]
pub(crate) struct MessagesResponse {
    #[serde(rename = "messageDTOList")]
    pub(crate) messages: Vec<MessageDto>,
    #[serde(rename = "requestUUID")]
    pub(crate) request_uuid: String,
    pub(crate) errors: [ErrorItem; 0],
    pub(crate) warnings: [Warning; 0],
}

/// The vendor's message object (contract section 6), in lists and webhooks. Members without a meaning here are null.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MessageDto {
    pub(crate) id: i64,
    pub(crate) uuid: String,
    pub(crate) message_type: &'static str,
    pub(crate) protocol: &'static str,
    pub(crate) from_name: Option<String>,
    pub(crate) from_number: Option<String>,
    pub(crate) to_name: Option<String>,
    pub(crate) to_number: Option<String>,
    pub(crate) message_size: usize,
    pub(crate) sent_on: String,
    pub(crate) received_on: String,
    pub(crate) tags: Option<String>,
    pub(crate) email_message_id: Option<String>,
    pub(crate) communication_uid: Option<String>,
    pub(crate) message_purpose: Option<String>,
    pub(crate) delivery_status: Option<String>,
    pub(crate) dealer_department_uuid: String,
    pub(crate) twilio_delivery_failure_message: Option<String>,
    #[serde(rename = "numberofMessageAttachments")]
    pub(crate) attachments: i64,
    pub(crate) is_manual: bool,
    pub(crate) customer_uuid: String,
    pub(crate) customer_name: String,
    pub(crate) dealer_uuid: String,
    pub(crate) dealer_associate_uuid: Option<String>,
    pub(crate) is_read: bool,
    pub(crate) is_archive: bool,
    #[serde(rename = "messageExtnDTO")]
    pub(crate) extension: MessageExtension,
    #[serde(rename = "draftMessageMetaDataDTO")]
    pub(crate) draft: Option<DraftMetaData>,
    #[serde(rename = "messageMetaDataDTO")]
    pub(crate) meta_data: Option<MessageMetaData>,
    pub(crate) doc_files: Vec<DocFile>,
    #[serde(rename = "messagePredictionDTOSet")]
    pub(crate) predictions: [(); 0],
    pub(crate) message_tags: Option<String>,
}

/// Text and subject of a message.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MessageExtension {
    pub(crate) message_uuid: String,
    pub(crate) message_body: String,
    pub(crate) subject: Option<String>,
}

/// What a draft has beside a message.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DraftMetaData {
    pub(crate) message_uuid: String,
    pub(crate) status: Option<String>,
    pub(crate) scheduled_on: Option<String>,
    pub(crate) reason_for_last_failure: Option<String>,
    pub(crate) add_signature: bool,
}

/// The members that a client stored with a message.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MessageMetaData {
    pub(crate) message_uuid: String,
    pub(crate) meta_data: Map<String, Value>,
}

/// A file of a message.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DocFile {
    pub(crate) doc_file_name: String,
    pub(crate) file_extension: Option<String>,
    pub(crate) mime_type: String,
    pub(crate) original_file_name: String,
    pub(crate) doc_size: i64,
    pub(crate) thumbnail_file_name: Option<String>,
    #[serde(rename = "mediaPreviewURL")]
    pub(crate) media_preview_url: Option<String>,
    pub(crate) message_uuid: String,
}

/// The response about the opt-out of one address.
#[derive(Debug, Serialize)]
pub(crate) struct OptOutResponse {
    #[serde(rename = "optOutStatus")]
    pub(crate) status: OptOutStatus,
    #[serde(rename = "requestUUID")]
    pub(crate) request_uuid: String,
    pub(crate) errors: [ErrorItem; 0],
    pub(crate) warnings: [Warning; 0],
}

/// The response about the opt-outs of several addresses.
#[derive(Debug, Serialize)]
pub(crate) struct OptOutListResponse {
    #[serde(rename = "optOutStatusList")]
    pub(crate) list: Vec<OptOutItem>,
    #[serde(rename = "requestUUID")]
    pub(crate) request_uuid: String,
    pub(crate) errors: [ErrorItem; 0],
    pub(crate) warnings: [Warning; 0],
}

/// Whether an address may be written to.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OptOutStatus {
    pub(crate) opt_out_state: &'static str,
    pub(crate) can_send_optin_request: bool,
    pub(crate) time_of_change: Option<String>,
}

/// An address with its status.
#[derive(Debug, Serialize)]
pub(crate) struct OptOutItem {
    pub(crate) communication: CommunicationItem,
    #[serde(rename = "optOutStatus")]
    pub(crate) status: OptOutStatus,
}

/// An address.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CommunicationItem {
    pub(crate) communication_type: String,
    pub(crate) communication_value: String,
    pub(crate) ok_to_communicate: bool,
    #[serde(rename = "customerUUID")]
    pub(crate) customer_uuid: Option<String>,
}

/// The response of a call that only says that it has worked.
#[derive(Debug, Serialize)]
pub(crate) struct Done {
    pub(crate) errors: [ErrorItem; 0],
    pub(crate) warnings: [Warning; 0],
}

/// The response to a change of subscriptions.
#[derive(Debug, Serialize)]
pub(crate) struct SubscriptionResponse {
    #[serde(rename = "internalSubscriptionsFailed")]
    pub(crate) internal_failed: Vec<Subscription>,
    #[serde(rename = "externalSubscriptionsFailed")]
    pub(crate) external_failed: Vec<Subscription>,
    pub(crate) errors: Vec<ErrorItem>,
    pub(crate) warnings: [Warning; 0],
}

/// A subscription of a user. The vendor misspells a member.
#[derive(Debug, Serialize)]
pub(crate) struct Subscription {
    #[serde(rename = "userUuid")]
    pub(crate) user_uuid: String,
    #[serde(rename = "isAsignee")]
    pub(crate) is_asignee: bool,
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
