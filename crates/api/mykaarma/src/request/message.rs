//! A message request (contract section 6, M1 and M2). Members that Heddle has no column for are stored as the vendor
//! wrote them; no other API shows them.

use heddle_domain::limits::{LONGEST_AGENT_NAME, LONGEST_FILE_NAME, LONGEST_SUBJECT};
use heddle_domain::message::{Author, Channel, Direction, Kind, State};
use heddle_domain::opt_out::OptOutKind;
use heddle_store::write::{NewAttachment, NewMessage};
use serde_json::{Map, Value};

use super::body::required_text;
use crate::fault::UNSUPPORTED;
use crate::warning::{NO_CALLBACK, NO_NOTIFICATION};
use crate::wire::Warning;
use heddle_http::members::{Item, Object, Problem};
use heddle_http::shape::{SCALARS, Shape};
use heddle_http::{media, open};

pub(crate) const LONGEST_PURPOSE: usize = 64;
pub(crate) const MOST_ATTACHMENTS: usize = 100;

/// The vendor's message types that this API supports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MessageType {
    Outgoing,
    Incoming,
    Note,
    Draft,
}

/// The supported values of `type`.
pub(crate) const TYPES: [(&str, MessageType); 4] = [
    ("OUTGOING", MessageType::Outgoing),
    ("INCOMING", MessageType::Incoming),
    ("NOTE", MessageType::Note),
    ("DRAFT", MessageType::Draft),
];

/// The one-letter codes of `type` in messages that the vendor sends, such as those to webhooks (contract section 6).
pub(crate) const TYPE_CODES: [(&str, MessageType); 4] = [
    ("S", MessageType::Outgoing),
    ("I", MessageType::Incoming),
    ("N", MessageType::Note),
    ("D", MessageType::Draft),
];

/// The channel of each protocol (`rules.md` 10).
pub(crate) const CHANNELS: [(&str, Channel); 4] = [
    ("TEXT", Channel::TextMessage),
    ("EMAIL", Channel::Email),
    ("VOICE_CALL", Channel::Phone),
    ("NONE", Channel::Other),
];

/// The one-letter codes of `protocol` in messages that the vendor sends (contract section 6).
pub(crate) const CHANNEL_CODES: [(&str, Channel); 4] = [
    ("X", Channel::TextMessage),
    ("E", Channel::Email),
    ("V", Channel::Phone),
    ("N", Channel::Other),
];

/// Returns the value of a word or of its one-letter code. A fault names the words.
fn meaning<T: Copy>(
    item: &Item<'_>,
    words: &[(&'static str, T)],
    codes: &[(&'static str, T)],
) -> Option<T> {
    let problem = Problem::Word(words.iter().map(|(word, _)| *word).collect());
    item.parsed(&problem, |text| {
        let mut known = words.iter().chain(codes);
        known
            .find(|(word, _)| *word == text)
            .map(|(_, meaning)| *meaning)
    })
}

/// Reads a protocol: a word or its code.
pub(super) fn channel(item: &Item<'_>) -> Option<Channel> {
    meaning(item, &CHANNELS, &CHANNEL_CODES)
}

/// A message request in the terms of the domain, without the author.
#[derive(Clone, Debug)]
pub(crate) struct MessageRequest {
    pub(crate) message_type: MessageType,
    /// Whether a person wrote the message. Only an outgoing message by a person ends the waiting and reopens the thread
    /// (`rules.md` 13).
    pub(crate) manual: bool,
    /// The customer's phone number or e-mail address to which the message is sent.
    pub(crate) value: Option<String>,
    /// Members that the response returns unchanged.
    pub(crate) meta_data: Map<String, Value>,
    pub(crate) warnings: Vec<Warning>,
    /// The user who wrote the note, in M2; `None` in M1.
    pub(crate) editor: Option<Editor>,
    channel: Channel,
    body: String,
    subject: Option<String>,
    moves_last_message: bool,
    links: Vec<Link>,
    extra: Option<String>,
}

/// The user who acts, if the path does not name one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Editor {
    pub(crate) user_uuid: Option<String>,
    pub(crate) name: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Link {
    address: String,
    file_name: String,
    mime_type: String,
    extra: Option<String>,
}

/// The members of `messageAttributes`.
pub(super) const ATTRIBUTES: Shape = open!(
    "body",
    "type",
    "protocol",
    "subject",
    "isManual",
    "updateThreadTimestamp",
    "updateTotalMessageCount",
    "showInCustomerConversation",
    "purpose",
    "tags": SCALARS,
    "metaData": Shape::Whole,
    "draftAttributes": open!("draftStatus", "scheduledOn"),
    "attachments": open!("fileURL", "originalFileName", "mimeType"),
);

/// The members of `messageSendingAttributes`, beside those for callbacks.
const SENDING: Shape = open!(
    "sendSynchronously",
    "addSignature",
    "addFooter",
    "addTCPAFooter",
    "sendVCard",
    "communicationValueOfCustomer",
);

impl MessageRequest {
    /// The members that [`Self::message`] and [`Self::note`] read. The rest is stored as the vendor wrote it.
    pub(crate) const SHAPE: Shape = open!(
        "messageAttributes": ATTRIBUTES,
        "messageSendingAttributes": SENDING,
        "notificationAttributes": Shape::Whole,
        "editor": open!("uuid", "name", "type", "departmentUuid"),
        "isFreeMarkerMessage",
        "incomingMessageAttributes": Shape::Whole,
        "internalCommentAttributes": Shape::Whole,
        "messageMetadata": Shape::Whole,
        "freeMarkerMetadata": Shape::Whole,
    );

    /// Reads the body of M1: a message of any supported type.
    pub(crate) fn message(request: &Object<'_>) -> Self {
        let attributes = request
            .get("messageAttributes")
            .required()
            .object_or_empty();
        let (message_type, channel) = sort(&attributes);
        let editors = [("USER", true), ("CUSTOMER", false)];
        Self::read(request, &attributes, message_type, channel, &editors)
    }

    /// Reads a message of the historical import, M7. A draft is no history.
    pub(super) fn historical(item: &Object<'_>) -> Self {
        let attributes = item.get("messageAttributes").required().object_or_empty();
        let (message_type, channel) = sort(&attributes);
        if message_type == MessageType::Draft {
            attributes.get("type").refuse(UNSUPPORTED);
        }
        Self::of_attributes(item, &attributes, message_type, channel)
    }

    /// Reads the body of M2: an internal note, whose editor is a user.
    pub(crate) fn note(request: &Object<'_>) -> Self {
        let attributes = request
            .get("messageAttributes")
            .required()
            .object_or_empty();
        meaning(&attributes.get("type"), &[("NOTE", ())], &[("N", ())]);
        meaning(&attributes.get("protocol"), &[("NONE", ())], &[("N", ())]);
        let (note, editors) = (MessageType::Note, [("USER", true)]);
        Self::read(request, &attributes, note, Channel::Other, &editors)
    }

    /// Reads the body. `editors` lists the accepted values of `editor.type`, each with whether this editor is a user.
    fn read(
        request: &Object<'_>,
        attributes: &Object<'_>,
        message_type: MessageType,
        channel: Channel,
        editors: &[(&'static str, bool)],
    ) -> Self {
        check_rest(request);
        Self {
            value: sending_value(request),
            warnings: warnings(request),
            editor: editor(request, editors),
            ..Self::of_attributes(request, attributes, message_type, channel)
        }
    }

    /// Reads `messageAttributes`.
    fn of_attributes(
        request: &Object<'_>,
        attributes: &Object<'_>,
        message_type: MessageType,
        channel: Channel,
    ) -> Self {
        check_attributes(attributes);
        let moves = attributes.get("updateThreadTimestamp").flag() == Some(true);
        let subject = attributes
            .get("subject")
            .text_of(0..=LONGEST_SUBJECT)
            .filter(|text| !text.is_empty());
        let meta_data = attributes.get("metaData").object_or_empty();
        Self {
            message_type,
            manual: attributes.get("isManual").flag().unwrap_or(true),
            meta_data: meta_data.to_json(),
            value: None,
            warnings: Vec::new(),
            editor: None,
            channel,
            body: required_text(attributes, "body"),
            subject: subject.map(str::to_owned),
            moves_last_message: message_type == MessageType::Note && moves,
            links: links(attributes),
            extra: extra(request),
        }
    }

    /// Whether the message reopens and unarchives the conversation to which it is added (`rules.md` 13).
    pub(crate) fn reopens(&self) -> bool {
        match self.message_type {
            MessageType::Incoming => true,
            MessageType::Outgoing => self.manual,
            MessageType::Note | MessageType::Draft => false,
        }
    }

    /// Returns the kind of address whose opt-out forbids the message; `None` if the message writes to nobody.
    pub(crate) fn opt_out_kind(&self) -> Option<OptOutKind> {
        match (self.message_type, self.channel) {
            (MessageType::Outgoing, Channel::TextMessage) => Some(OptOutKind::Text),
            (MessageType::Outgoing, Channel::Email) => Some(OptOutKind::Email),
            (
                MessageType::Outgoing
                | MessageType::Incoming
                | MessageType::Note
                | MessageType::Draft,
                _,
            ) => None,
        }
    }

    /// Returns the message to be stored.
    pub(crate) fn into_message(self, author: Author) -> NewMessage {
        let direction = match self.message_type {
            MessageType::Incoming => Direction::Incoming,
            MessageType::Outgoing | MessageType::Note | MessageType::Draft => Direction::Outgoing,
        };
        NewMessage {
            kind: match self.message_type {
                MessageType::Note => Kind::Note,
                MessageType::Outgoing | MessageType::Incoming | MessageType::Draft => Kind::Message,
            },
            state: match self.message_type {
                MessageType::Draft => State::Draft,
                MessageType::Outgoing | MessageType::Incoming | MessageType::Note => {
                    State::Published
                }
            },
            agent_name: self.editor.and_then(|editor| editor.name),
            subject: self.subject,
            automated: !self.manual,
            moves_last_message: self.moves_last_message,
            extra: self.extra,
            attachments: self.links.into_iter().map(Link::attach).collect(),
            ..NewMessage::new(self.channel, direction, author, self.body)
        }
    }
}

impl Link {
    fn attach(self) -> NewAttachment {
        NewAttachment {
            file_name: self.file_name,
            mime_type: self.mime_type,
            size: 0,
            data: None,
            object: None,
            link: Some(self.address),
            extra: self.extra,
        }
    }
}

/// Reads type and protocol of a message; a note needs no protocol.
fn sort(attributes: &Object<'_>) -> (MessageType, Channel) {
    let message_type = meaning(&attributes.get("type").required(), &TYPES, &TYPE_CODES);
    let message_type = message_type.unwrap_or(MessageType::Outgoing);
    let protocol = match (attributes.get("protocol"), message_type) {
        (protocol, MessageType::Note) => protocol,
        (protocol, _) => protocol.required(),
    };
    (message_type, channel(&protocol).unwrap_or(Channel::Other))
}

/// Checks the members outside `messageAttributes` that are stored without effect.
fn check_rest(request: &Object<'_>) {
    let free_marker = request.get("isFreeMarkerMessage");
    if free_marker.flag() == Some(true) {
        free_marker.refuse(UNSUPPORTED);
    }
    for name in [
        "incomingMessageAttributes",
        "internalCommentAttributes",
        "messageMetadata",
        "freeMarkerMetadata",
    ] {
        request.get(name).object();
    }
}

/// Checks the members of `messageAttributes` that are stored without effect.
fn check_attributes(attributes: &Object<'_>) {
    attributes.get("tags").texts();
    attributes.get("updateTotalMessageCount").flag();
    attributes.get("showInCustomerConversation").flag();
    attributes.get("purpose").text_of(0..=LONGEST_PURPOSE);
    let draft = attributes.get("draftAttributes").object_or_empty();
    let (status, scheduled) = (draft.get("draftStatus"), draft.get("scheduledOn"));
    if status.text() == Some("SCHEDULED") {
        status.refuse(Problem::rule("SCHEDULED is not supported"));
    }
    if scheduled.text().is_some() {
        scheduled.refuse(UNSUPPORTED);
    }
}

fn sending_value(request: &Object<'_>) -> Option<String> {
    let sending = request.get("messageSendingAttributes").object_or_empty();
    for name in [
        "sendSynchronously",
        "addSignature",
        "addFooter",
        "addTCPAFooter",
        "sendVCard",
    ] {
        sending.get(name).flag();
    }
    let value = sending.get("communicationValueOfCustomer").text();
    value.filter(|text| !text.is_empty()).map(str::to_owned)
}

/// Returns warnings for members that are stored without effect, because Heddle does not deliver messages itself yet.
fn warnings(request: &Object<'_>) -> Vec<Warning> {
    let mut warnings = Vec::new();
    let sending = request.get("messageSendingAttributes").object_or_empty();
    if sending.all().any(|(name, item)| {
        name.to_ascii_lowercase().starts_with("callback")
            && item.as_str().is_some_and(|text| !text.is_empty())
    }) {
        warnings.push(NO_CALLBACK);
    }
    let notification = request.get("notificationAttributes").object_or_empty();
    if !notification.to_json().is_empty() {
        warnings.push(NO_NOTIFICATION);
    }
    warnings
}

fn editor(request: &Object<'_>, types: &[(&'static str, bool)]) -> Option<Editor> {
    let editor = request.get("editor").object()?;
    editor.get("departmentUuid").text();
    let user_uuid = editor.get("uuid").text().map(str::to_owned);
    let name = editor.get("name").text_of(0..=LONGEST_AGENT_NAME);
    let name = name.map(str::to_owned);
    let is_user = editor.get("type").meaning(types).unwrap_or(true);
    // Another kind of editor is a customer, whom the path names already.
    is_user.then_some(Editor { user_uuid, name })
}

/// Reads the attachments, which are links. The server never fetches them (`rules.md` 32).
fn links(attributes: &Object<'_>) -> Vec<Link> {
    let attachments = attributes.get("attachments").list(0..=MOST_ATTACHMENTS);
    let attachments = attachments.into_iter().flatten();
    attachments
        .map(|item| link(&item.object_or_empty()))
        .collect()
}

fn link(attachment: &Object<'_>) -> Link {
    let address = attachment.get("fileURL").required();
    let address = address.parsed(&Problem::rule("must be a web address"), web_address);
    let file_name = attachment
        .get("originalFileName")
        .text_of(0..=LONGEST_FILE_NAME);
    let mime_type = attachment.get("mimeType");
    let mime_type = mime_type.parsed(&Problem::rule(media::TYPE_RULE), |text| {
        media::is_type(text).then_some(text)
    });
    let mut rest = attachment.to_json();
    for name in ["fileURL", "originalFileName", "mimeType"] {
        rest.remove(name);
    }
    Link {
        address: address.unwrap_or_default().to_owned(),
        file_name: file_name.unwrap_or_default().to_owned(),
        mime_type: mime_type.unwrap_or("application/octet-stream").to_owned(),
        extra: vendor_json(rest),
    }
}

fn web_address(text: &str) -> Option<&str> {
    let is_web = ["http://", "https://"].iter().any(|scheme| {
        let start = text.get(..scheme.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(scheme)) && text.len() > scheme.len()
    });
    is_web.then_some(text)
}

/// Returns the members of the request that have no column.
fn extra(request: &Object<'_>) -> Option<String> {
    let mut rest = request.to_json();
    if let Some(Value::Object(attributes)) = rest.get_mut("messageAttributes") {
        for name in [
            "body",
            "type",
            "protocol",
            "isManual",
            "subject",
            "attachments",
        ] {
            attributes.remove(name);
        }
        if attributes.is_empty() {
            rest.remove("messageAttributes");
        }
    }
    vendor_json(rest)
}

/// Returns JSON that contains the members under this API's name, because other APIs store their own members in the same
/// column.
fn vendor_json(members: Map<String, Value>) -> Option<String> {
    let json = || serde_json::json!({ "mykaarma": members }).to_string();
    (!members.is_empty()).then(json)
}

#[cfg(test)]
mod tests;
