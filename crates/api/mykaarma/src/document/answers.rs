//! The schemas of answers. Every member is always there.

use heddle_api::openapi::named;
use heddle_api::openapi::schema::{
    Member, date_time, flag, integer, list, list_of, nullable, object, text, word,
};
use serde_json::{Value, json};

use crate::request::customer::{MOST_POSTAL, PREFERRED};

/// Returns all schemas, by name.
pub(super) fn schemas() -> Value {
    let schemas = [
        ("Error", error()),
        ("ErrorItem", error_item()),
        ("WarningItem", warning_item()),
        ("ManageError", manage_error()),
        ("Done", done()),
        ("Threads", answer("customerThreads", list(thread()))),
        ("SentMessage", sent_message()),
        ("Message", message()),
        ("Messages", answer("messageDTOList", list(named("Message")))),
        ("ImportedMessages", imported_messages()),
        ("Delegation", delegation()),
        ("Subscriptions", subscriptions()),
        ("OptOutStatus", opt_out_status()),
        ("OptOut", answer("optOutStatus", named("OptOutStatus"))),
        ("OptOuts", answer("optOutStatusList", list(opt_out()))),
        ("DefaultAssociate", default_associate()),
        ("CreatedCustomer", manage_answer([("customerUuid", text())])),
        ("CustomerWithVehicles", customer_with_vehicles()),
        (
            "Customer",
            manage_answer([("customerWithVehicles", named("CustomerWithVehicles"))]),
        ),
        (
            "CustomerSearch",
            manage_answer([
                ("matchingCount", json!({ "type": "integer", "minimum": 0 })),
                ("matchingCustomers", list(named("CustomerWithVehicles"))),
            ]),
        ),
    ];
    let schemas = schemas.map(|(name, schema)| (name.to_owned(), schema));
    Value::Object(schemas.into_iter().collect())
}

/// Returns the schema of an object whose members are all required.
fn whole(members: impl IntoIterator<Item = Member>) -> Value {
    let members: Vec<Member> = members.into_iter().collect();
    let required: Vec<&str> = members.iter().map(|(name, _)| *name).collect();
    object(&required, members.clone())
}

fn opt_text() -> Value {
    nullable(text())
}

/// Returns the schema of a list that is always empty.
fn nothing() -> Value {
    list_of(0, 0, json!({ "type": "object" }))
}

fn errors() -> Value {
    list(named("ErrorItem"))
}

fn warnings() -> Value {
    list(named("WarningItem"))
}

/// Returns the schema of the answer to a call that found something.
fn answer(name: &'static str, schema: Value) -> Value {
    whole([
        (name, schema),
        ("requestUUID", text()),
        ("errors", nothing()),
        ("warnings", nothing()),
    ])
}

fn done() -> Value {
    whole([("errors", nothing()), ("warnings", nothing())])
}

fn error() -> Value {
    whole([
        ("requestUUID", text()),
        ("errors", list_of(1, 1, named("ErrorItem"))),
        ("warnings", nothing()),
    ])
}

fn error_item() -> Value {
    whole([
        ("errorCode", text()),
        ("errorDescription", text()),
        ("errorUID", text()),
    ])
}

fn warning_item() -> Value {
    whole([("warningCode", text()), ("warningDescription", text())])
}

fn manage_error() -> Value {
    let item = whole([
        (
            "errorCode",
            json!({ "type": "integer", "description": "The status" }),
        ),
        ("errorTitle", text()),
        ("errorMessage", text()),
    ]);
    whole([("errors", list_of(1, 1, item)), ("warnings", nothing())])
}

fn thread() -> Value {
    let milliseconds = json!({ "type": "integer", "format": "int64", "description": "Unix milliseconds; 0 if never" });
    whole([
        ("id", integer()),
        ("archived", flag()),
        ("closed", flag()),
        ("dealerUuid", text()),
        ("departmentUuid", text()),
        ("userUuid", text()),
        ("customerUuid", text()),
        ("lastMessageOn", date_time()),
        ("lastDelegationOn", milliseconds),
        ("isWaitingForResponse", flag()),
    ])
}

fn status() -> Value {
    word(["SUCCESS", "FAILURE"])
}

fn sent_message() -> Value {
    whole([
        ("messageUUID", text()),
        ("status", status()),
        ("requestUUID", text()),
        ("customerUUID", text()),
        ("metaData", json!({ "type": "object" })),
        ("errors", errors()),
        ("warnings", warnings()),
    ])
}

fn imported_messages() -> Value {
    let message = whole([
        ("sourceUuid", opt_text()),
        ("messageUuid", opt_text()),
        ("errors", errors()),
        ("warnings", warnings()),
    ]);
    whole([
        ("saveMessageResponse", list(message)),
        ("succesfullySubmittedSourceUuids", list(text())),
        ("failedSourceUuids", list(text())),
        ("requestUUID", text()),
        ("errors", errors()),
        ("warnings", warnings()),
    ])
}

fn message() -> Value {
    let extension = whole([
        ("messageUuid", text()),
        ("messageBody", text()),
        ("subject", opt_text()),
    ]);
    let draft = whole([
        ("messageUuid", text()),
        ("status", opt_text()),
        ("scheduledOn", opt_text()),
        ("reasonForLastFailure", opt_text()),
        ("addSignature", flag()),
    ]);
    let meta_data = whole([
        ("messageUuid", text()),
        ("metaData", json!({ "type": "object" })),
    ]);
    let of_customer = [
        ("customerUuid", text()),
        ("customerName", text()),
        ("dealerUuid", text()),
        ("dealerAssociateUuid", opt_text()),
        ("isRead", flag()),
        ("isArchive", flag()),
        ("messageExtnDTO", extension),
        ("draftMessageMetaDataDTO", nullable(draft)),
        ("messageMetaDataDTO", nullable(meta_data)),
        ("docFiles", list(file())),
        ("messagePredictionDTOSet", nothing()),
        ("messageTags", opt_text()),
    ];
    whole(head_of_message().into_iter().chain(of_customer))
}

/// Returns the members of a message that say when and how it was sent.
fn head_of_message() -> [Member; 20] {
    [
        ("id", integer()),
        ("uuid", text()),
        ("messageType", word(["S", "I", "N", "D"])),
        ("protocol", word(["X", "E", "V", "N"])),
        ("fromName", opt_text()),
        ("fromNumber", opt_text()),
        ("toName", opt_text()),
        ("toNumber", opt_text()),
        ("messageSize", json!({ "type": "integer" })),
        ("sentOn", date_time()),
        ("receivedOn", date_time()),
        ("tags", opt_text()),
        ("emailMessageId", opt_text()),
        ("communicationUid", opt_text()),
        ("messagePurpose", opt_text()),
        ("deliveryStatus", opt_text()),
        ("dealerDepartmentUuid", text()),
        ("twilioDeliveryFailureMessage", opt_text()),
        ("numberofMessageAttachments", json!({ "type": "integer" })),
        ("isManual", flag()),
    ]
}

fn file() -> Value {
    whole([
        ("docFileName", text()),
        ("fileExtension", opt_text()),
        ("mimeType", text()),
        ("originalFileName", text()),
        ("docSize", integer()),
        ("thumbnailFileName", opt_text()),
        ("mediaPreviewURL", opt_text()),
        ("messageUuid", text()),
    ])
}

fn delegation() -> Value {
    let count = || json!({ "type": "integer", "minimum": 0 });
    whole([
        ("delegationUUID", text()),
        ("totalNumberOfDelegations", count()),
        ("successfulDelegations", count()),
        ("failedDelegations", count()),
        ("status", status()),
        ("errors", errors()),
        ("warnings", nothing()),
    ])
}

fn subscriptions() -> Value {
    let subscription = || whole([("userUuid", text()), ("isAsignee", flag())]);
    whole([
        ("internalSubscriptionsFailed", list(subscription())),
        ("externalSubscriptionsFailed", list(subscription())),
        ("errors", errors()),
        ("warnings", nothing()),
    ])
}

fn opt_out_status() -> Value {
    whole([
        (
            "optOutState",
            word(["OPTED_IN", "OPTED_OUT", "OPT_OUT_SUSPECTED"]),
        ),
        ("canSendOptinRequest", flag()),
        ("timeOfChange", nullable(date_time())),
    ])
}

fn opt_out() -> Value {
    let communication = whole([
        ("communicationType", text()),
        ("communicationValue", text()),
        ("okToCommunicate", flag()),
        ("customerUUID", opt_text()),
    ]);
    whole([
        ("communication", communication),
        ("optOutStatus", named("OptOutStatus")),
    ])
}

/// Returns the schema of an answer of the manage and customer APIs.
fn manage_answer<const N: usize>(members: [Member; N]) -> Value {
    let rest = [("errors", nothing()), ("warnings", nothing())];
    whole(members.into_iter().chain(rest))
}

fn default_associate() -> Value {
    manage_answer([("dealerAssociate", whole([("userUuid", text())]))])
}

fn postal_address() -> Value {
    whole([
        ("line1", text()),
        ("line2", opt_text()),
        ("city", text()),
        ("state", opt_text()),
        ("zip", text()),
        ("country", text()),
        ("addressType", opt_text()),
        ("type", opt_text()),
        ("isValid", flag()),
        ("isPreferred", flag()),
    ])
}

fn customer_with_vehicles() -> Value {
    let email = whole([
        ("emailAddress", text()),
        ("label", opt_text()),
        ("okToEmail", flag()),
        ("isPreferred", flag()),
    ]);
    let phone = whole([
        ("phoneNumber", text()),
        ("label", opt_text()),
        ("okToCall", flag()),
        ("okToText", flag()),
        ("isPreferred", flag()),
    ]);
    let customer = whole([
        ("id", integer()),
        ("customerUuid", text()),
        ("customerKey", opt_text()),
        ("firstName", opt_text()),
        ("middleName", opt_text()),
        ("lastName", opt_text()),
        ("company", opt_text()),
        ("isBusiness", flag()),
        ("preferredLocale", opt_text()),
        ("preferredCommunication", nullable(word(PREFERRED))),
        ("addresses", list_of(0, MOST_POSTAL, postal_address())),
        ("emails", list(email)),
        ("phoneNumbers", list(phone)),
    ]);
    whole([("customer", customer), ("vehicles", nothing())])
}
