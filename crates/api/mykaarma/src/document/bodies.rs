//! The schemas of request bodies. Words and lengths are those of the parsers. A test compares the members with those that the
//! parsers read ([`heddle_api::Route::body`]).

mod customer;
mod follower;

use heddle_api::openapi::schema::{
    Member, date_time, flag, list, list_of, object, text, text_of, with_text, word, word_of,
};
use heddle_domain::limits::{
    LONGEST_AGENT_NAME, LONGEST_FILE_NAME, LONGEST_MEDIA_TYPE, LONGEST_SUBJECT,
};
use serde_json::{Value, json};

use super::schema::{unset, unsupported};
use crate::request::delegation::{self, DELEGATORS};
use crate::request::filter::{SORT_ORDER_KEYS, SORT_ORDERS};
use crate::request::history::{MOST_PROTOCOLS, MOST_UUIDS};
use crate::request::import::{LONGEST_SOURCE, MOST_MESSAGES};
use crate::request::message::{
    CHANNEL_CODES, CHANNELS, LONGEST_PURPOSE, MOST_ATTACHMENTS, MessageType, TYPE_CODES, TYPES,
};
use crate::request::opt_out::{self, EVENTS, KINDS, MOST_COMMUNICATIONS, UPDATES};

pub(super) use customer::customer;
pub(super) use follower::{followers, subscription};

const NO_EFFECT: &str = "Stored without effect";

fn number() -> Value {
    json!({ "type": "integer", "minimum": 0, "maximum": i32::MAX })
}

fn any_object(text: &str) -> Value {
    json!({ "type": "object", "description": text })
}

pub(super) fn threads() -> Value {
    let limit = "Default, and meaning of 0: 20. The answer has at most 1,000 threads";
    object(
        &[],
        [
            ("assigneeUserUUID", text()),
            ("isArchived", flag()),
            ("isClosed", flag()),
            ("maxResults", with_text(number(), limit)),
            ("sortOrderKey", word_of(&SORT_ORDER_KEYS)),
            ("sortOrder", word_of(&SORT_ORDERS)),
        ],
    )
}

/// Returns the words of a message's type: of those that `is_allowed`.
fn types(is_allowed: impl Fn(MessageType) -> bool) -> Value {
    let all = TYPES.iter().chain(&TYPE_CODES);
    word(
        all.filter(|(_, kind)| is_allowed(*kind))
            .map(|(word, _)| *word),
    )
}

fn protocols() -> Value {
    word(CHANNELS.iter().chain(&CHANNEL_CODES).map(|(word, _)| *word))
}

pub(super) fn message() -> Value {
    let required = "Required, unless `type` is NOTE";
    let words = [
        ("type", types(|_| true)),
        ("protocol", with_text(protocols(), required)),
    ];
    let attributes = attributes(&["body", "type"], words);
    of_message(attributes, word(["USER", "CUSTOMER"]))
}

pub(super) fn note() -> Value {
    let words = [
        ("type", types(|kind| kind == MessageType::Note)),
        ("protocol", word(["NONE", "N"])),
    ];
    of_message(attributes(&["body"], words), word(["USER"]))
}

/// Returns the schema of the body of M1 or M2.
fn of_message(attributes: Value, editors: Value) -> Value {
    let editor = object(
        &[],
        [
            ("uuid", text()),
            ("name", text_of(0, LONGEST_AGENT_NAME)),
            ("type", editors),
            ("departmentUuid", text()),
        ],
    );
    let notification = any_object("Stored without effect; the answer has a warning");
    object(
        &["messageAttributes"],
        [
            ("messageAttributes", attributes),
            ("messageSendingAttributes", sending()),
            ("notificationAttributes", notification),
            ("editor", editor),
            ("isFreeMarkerMessage", unset()),
            ("incomingMessageAttributes", any_object(NO_EFFECT)),
            ("internalCommentAttributes", any_object(NO_EFFECT)),
            ("messageMetadata", any_object(NO_EFFECT)),
            ("freeMarkerMetadata", any_object(NO_EFFECT)),
        ],
    )
}

/// Returns the schema of `messageAttributes` with these schemas of `type` and `protocol`.
fn attributes(required: &[&str], words: [Member; 2]) -> Value {
    let draft = object(
        &[],
        [
            (
                "draftStatus",
                with_text(text(), "`SCHEDULED` is not supported"),
            ),
            ("scheduledOn", unsupported()),
        ],
    );
    let manual = "Whether a person wrote it. Default: true";
    let rest = [
        ("body", text()),
        ("subject", text_of(0, LONGEST_SUBJECT)),
        ("isManual", with_text(flag(), manual)),
        ("updateThreadTimestamp", with_text(flag(), "Only of a NOTE")),
        ("updateTotalMessageCount", with_text(flag(), NO_EFFECT)),
        ("showInCustomerConversation", with_text(flag(), NO_EFFECT)),
        ("purpose", text_of(0, LONGEST_PURPOSE)),
        ("tags", list(text())),
        ("metaData", any_object("Returned unchanged")),
        ("draftAttributes", draft),
        ("attachments", list_of(0, MOST_ATTACHMENTS, attachment())),
    ];
    object(required, words.into_iter().chain(rest))
}

fn attachment() -> Value {
    let mut address = with_text(text(), "Stored as a link, and never fetched");
    address["pattern"] = json!("^[Hh][Tt][Tt][Pp][Ss]?://");
    let token = "[A-Za-z0-9!#$%&'*+.^_`|~-]+";
    let parameter = format!(r#"[ \t]*;([ \t]*{token}=({token}|"([^"\\]|\\.)*"))?"#);
    let mut media = text_of(1, LONGEST_MEDIA_TYPE);
    media["pattern"] = json!(format!("^{token}/{token}({parameter})*$"));
    object(
        &["fileURL"],
        [
            ("fileURL", address),
            ("originalFileName", text_of(0, LONGEST_FILE_NAME)),
            ("mimeType", media),
        ],
    )
}

fn sending() -> Value {
    let known = "A telephone number or e-mail address of the customer";
    object(
        &[],
        [
            ("sendSynchronously", with_text(flag(), NO_EFFECT)),
            ("addSignature", with_text(flag(), NO_EFFECT)),
            ("addFooter", with_text(flag(), NO_EFFECT)),
            ("addTCPAFooter", with_text(flag(), NO_EFFECT)),
            ("sendVCard", with_text(flag(), NO_EFFECT)),
            ("communicationValueOfCustomer", with_text(text(), known)),
        ],
    )
}

pub(super) fn import() -> Value {
    let words = [
        ("type", types(|kind| kind != MessageType::Draft)),
        (
            "protocol",
            with_text(protocols(), "Required, unless `type` is NOTE"),
        ),
    ];
    let uncalled = "Never called; the answer has a warning";
    let unused = "Stored, and not used; the answer has a warning";
    let one_of = "At least one of `sentOn` and `receivedOn` is required";
    let item = object(
        &["sourceUuid", "messageAttributes"],
        [
            ("sourceUuid", text_of(1, LONGEST_SOURCE)),
            ("callBackPathUrl", with_text(text(), uncalled)),
            ("sentOn", with_text(date_time(), one_of)),
            ("receivedOn", with_text(date_time(), one_of)),
            ("userUuid", text()),
            ("messageUuid", with_text(text(), unused)),
            ("communicationUid", text()),
            ("messageAttributes", attributes(&["body", "type"], words)),
        ],
    );
    object(
        &["saveMessageRequestList"],
        [
            ("saveMessageRequestList", list_of(1, MOST_MESSAGES, item)),
            ("callBackPathUrl", with_text(text(), uncalled)),
        ],
    )
}

pub(super) fn history() -> Value {
    let before = "Messages before this time; the offset may have no colon";
    let same = "Messages of that time that the client has";
    object(
        &[],
        [
            ("lastMessageReceivedOn", with_text(date_time(), before)),
            (
                "protocolsSupported",
                list_of(0, MOST_PROTOCOLS, protocols()),
            ),
            (
                "messageUuidsReceivedAtSameTime",
                with_text(list_of(0, MOST_UUIDS, text()), same),
            ),
            (
                "maxResults",
                with_text(number(), "Default, and meaning of 0: 20"),
            ),
            ("fetchDrafts", flag()),
            (
                "maxDraftsToBeFetched",
                with_text(number(), "Default, and meaning of 0: 100"),
            ),
            ("isManual", flag()),
        ],
    )
}

pub(super) fn delegation() -> Value {
    let of_user = object(
        &["delegatedFromUUID", "delegatedToUUID"],
        [
            ("delegatedFromUUID", text()),
            ("delegatedToUUID", text()),
            ("delegatorUUID", text()),
            ("delegator", word(DELEGATORS)),
        ],
    );
    let of_customers = object(
        &["customerUUIDList", "toDealerAssociateUUID"],
        [
            ("applyRuleToCheckForOutgoingCommExistsForDA", unset()),
            ("logInMongo", with_text(flag(), "Has no effect")),
            (
                "customerUUIDList",
                list_of(0, delegation::MOST_CUSTOMERS, text()),
            ),
            ("toDealerAssociateUUID", text()),
        ],
    );
    // Each form is a whole object, because generators of clients do not read members beside a choice.
    let form = |required: &str, of_user: Value, of_customers: Value| {
        object(
            &[required],
            [
                ("outOfOfficeTurnOffDelegation", unsupported()),
                ("delegator", word(DELEGATORS)),
                ("userDelegationDetail", of_user),
                ("bulkAutoDelegate", of_customers),
            ],
        )
    };
    json!({ "oneOf": [
        form("userDelegationDetail", of_user, unsupported()),
        form("bulkAutoDelegate", unsupported(), of_customers),
    ] })
}

fn communication() -> Value {
    let value = "A telephone number or e-mail address, as the type says";
    object(
        &["communicationType", "communicationValue"],
        [
            ("communicationType", word_of(&KINDS)),
            ("communicationValue", with_text(text(), value)),
            (
                "okToCommunicate",
                with_text(flag(), "The answer has its own"),
            ),
            ("customerUUID", text()),
        ],
    )
}

fn communications() -> Value {
    list_of(1, MOST_COMMUNICATIONS, communication())
}

pub(super) fn opt_outs_of_customers() -> Value {
    let list = list_of(1, opt_out::MOST_CUSTOMERS, text());
    object(&["customerUUIDList"], [("customerUUIDList", list)])
}

pub(super) fn opt_outs_of_communications() -> Value {
    let list = communications();
    object(&["communicationList"], [("communicationList", list)])
}

pub(super) fn opt_out_change() -> Value {
    let events = EVENTS.iter().filter(|(_, state)| state.is_some());
    let updates = UPDATES.iter().filter(|(_, is_supported)| *is_supported);
    object(
        &["event", "communicationAttributesList"],
        [
            ("customerUUID", text()),
            ("messageUUID", text()),
            ("userUUID", text()),
            ("apiCallSource", with_text(text(), "Has no effect")),
            ("communicationAttributesList", communications()),
            ("event", word(events.map(|(word, _)| *word))),
            ("updateType", word(updates.map(|(word, _)| *word))),
            ("processSynchronously", with_text(flag(), "It always is")),
        ],
    )
}
