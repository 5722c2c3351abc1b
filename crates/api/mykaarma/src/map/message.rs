//! A message request (contract section 6, M1 and M2). Members that Heddle has no column for are stored as the vendor
//! wrote them; no other API shows them.

use heddle_domain::customer::normalise_email;
use heddle_domain::message::{Author, Channel, Direction, Kind, State};
use heddle_store::write::{NewAttachment, NewMessage};
use serde_json::{Map, Value};

use crate::error::Error;
use crate::request::Members;
use crate::wire::Warning;

const LONGEST_PURPOSE: usize = 64;
const MOST_ATTACHMENTS: usize = 100;

/// The vendor's types of messages that are supported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MessageType {
    Outgoing,
    Incoming,
    Note,
    Draft,
}

/// A message request in the terms of the domain, without the author.
#[derive(Clone, Debug)]
pub(crate) struct MessageRequest {
    pub(crate) message_type: MessageType,
    /// Written by a person; only such an outgoing message ends the waiting and reopens the thread (`rules.md` 13).
    pub(crate) manual: bool,
    /// The phone number or e-mail address of the customer to send to.
    pub(crate) value: Option<String>,
    /// Returned in the response.
    pub(crate) meta_data: Map<String, Value>,
    pub(crate) warnings: Vec<Warning>,
    /// The user who wrote it, in M2.
    pub(crate) editor: Option<Editor>,
    channel: Channel,
    body: String,
    subject: Option<String>,
    moves_last_message: bool,
    links: Vec<Link>,
    extra: Option<String>,
}

/// The user who acts, where the path does not name one.
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

impl MessageRequest {
    /// Reads M1: any supported type.
    pub(crate) fn message(request: &Members<'_>) -> Result<Self, Error> {
        let attributes = attributes(request)?;
        let message_type = match attributes.required_text("type")? {
            "OUTGOING" => MessageType::Outgoing,
            "INCOMING" => MessageType::Incoming,
            "NOTE" => MessageType::Note,
            "DRAFT" => MessageType::Draft,
            "DISCARDED_DRAFT" => {
                return Err(Error::body("Discarding a draft is not supported."));
            }
            _ => return Err(unknown_value(&attributes, "type")),
        };
        let protocol = match (attributes.text("protocol")?, message_type) {
            (Some(word), _) => word,
            (None, MessageType::Note) => "NONE",
            (None, _) => return Err(attributes.missing("protocol")),
        };
        Self::read(request, &attributes, message_type, protocol)
    }

    /// Reads M2: an internal note, whose editor is a user.
    pub(crate) fn note(request: &Members<'_>) -> Result<Self, Error> {
        let attributes = attributes(request)?;
        for (name, only) in [("type", "NOTE"), ("protocol", "NONE")] {
            if attributes.text(name)?.is_some_and(|word| word != only) {
                let name = attributes.name(name);
                return Err(Error::body(format!("{name} must be {only} here.")));
            }
        }
        let note = Self::read(request, &attributes, MessageType::Note, "NONE")?;
        let editor = request.object("editor")?;
        if let Some(editor) = editor
            && editor.text("type")? == Some("CUSTOMER")
        {
            return Err(Error::body("editor.type must be USER in a note."));
        }
        Ok(note)
    }

    fn read(
        request: &Members<'_>,
        attributes: &Members<'_>,
        message_type: MessageType,
        protocol: &str,
    ) -> Result<Self, Error> {
        check_rest(request)?;
        check_attributes(attributes)?;
        let channel = channel(protocol).ok_or_else(|| unknown_value(attributes, "protocol"))?;
        let moves = attributes.flag("updateThreadTimestamp")?.unwrap_or(false);
        let subject = attributes.text("subject")?.filter(|text| !text.is_empty());
        let meta_data = attributes.object("metaData")?;
        Ok(Self {
            message_type,
            manual: attributes.flag("isManual")?.unwrap_or(true),
            value: sending_value(request)?,
            meta_data: meta_data.map_or_else(Map::new, |object| object.map.clone()),
            warnings: warnings(request)?,
            editor: editor(request)?,
            channel,
            body: attributes.required_text("body")?.to_owned(),
            subject: subject.map(str::to_owned),
            moves_last_message: message_type == MessageType::Note && moves,
            links: links(attributes)?,
            extra: extra(request),
        })
    }

    /// Whether it reopens and unarchives the conversation that it joins (`rules.md` 13).
    pub(crate) fn reopens(&self) -> bool {
        match self.message_type {
            MessageType::Incoming => true,
            MessageType::Outgoing => self.manual,
            MessageType::Note | MessageType::Draft => false,
        }
    }

    /// The message to be stored.
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

fn attributes<'a>(request: &Members<'a>) -> Result<Members<'a>, Error> {
    let attributes = request.object("messageAttributes")?;
    attributes.ok_or_else(|| request.missing("messageAttributes"))
}

fn unknown_value(members: &Members<'_>, name: &str) -> Error {
    let name = members.name(name);
    Error::body(format!("{name} has a value that is not known."))
}

/// The channel of a protocol (`rules.md` 10).
fn channel(protocol: &str) -> Option<Channel> {
    match protocol {
        "TEXT" => Some(Channel::TextMessage),
        "EMAIL" => Some(Channel::Email),
        "VOICE_CALL" => Some(Channel::Phone),
        "NONE" => Some(Channel::Other),
        _ => None,
    }
}

/// Checks the members beside `messageAttributes` that are stored without effect.
fn check_rest(request: &Members<'_>) -> Result<(), Error> {
    if request.flag("isFreeMarkerMessage")? == Some(true) {
        return Err(Error::body("FreeMarker messages are not supported."));
    }
    for name in [
        "incomingMessageAttributes",
        "internalCommentAttributes",
        "messageMetadata",
        "freeMarkerMetadata",
    ] {
        request.object(name)?;
    }
    Ok(())
}

/// Checks the members of `messageAttributes` that are stored without effect.
fn check_attributes(attributes: &Members<'_>) -> Result<(), Error> {
    attributes.texts("tags")?;
    attributes.flag("updateTotalMessageCount")?;
    attributes.flag("showInCustomerConversation")?;
    let purpose = attributes.text("purpose")?.unwrap_or_default();
    if purpose.chars().count() > LONGEST_PURPOSE {
        let name = attributes.name("purpose");
        let text = format!("{name} must not be longer than {LONGEST_PURPOSE} characters.");
        return Err(Error::body(text));
    }
    let Some(draft) = attributes.object("draftAttributes")? else {
        return Ok(());
    };
    let status = draft.text("draftStatus")?;
    let scheduled = draft.text("scheduledOn")?.is_some();
    if scheduled || status == Some("SCHEDULED") {
        return Err(Error::body("Scheduling a draft is not supported."));
    }
    Ok(())
}

fn sending_value(request: &Members<'_>) -> Result<Option<String>, Error> {
    let Some(sending) = request.object("messageSendingAttributes")? else {
        return Ok(None);
    };
    for name in [
        "sendSynchronously",
        "addSignature",
        "addFooter",
        "addTCPAFooter",
        "sendVCard",
    ] {
        sending.flag(name)?;
    }
    let value = sending.text("communicationValueOfCustomer")?;
    Ok(value.filter(|text| !text.is_empty()).map(str::to_owned))
}

/// Warnings for members that are stored without effect, because Heddle does not deliver messages itself yet.
fn warnings(request: &Members<'_>) -> Result<Vec<Warning>, Error> {
    let mut warnings = Vec::new();
    let sending = request.object("messageSendingAttributes")?;
    let mut members = sending.iter().flat_map(|sending| sending.map);
    if members.any(|(name, value)| {
        name.to_ascii_lowercase().starts_with("callback")
            && value.as_str().is_some_and(|text| !text.is_empty())
    }) {
        warnings.push(Warning {
            warning_code: "CALLBACK_NOT_SUPPORTED",
            warning_description: "The message is recorded; no callback will be made.",
        });
    }
    let notification = request.object("notificationAttributes")?;
    if notification.is_some_and(|object| !object.map.is_empty()) {
        warnings.push(Warning {
            warning_code: "NOTIFICATION_NOT_SUPPORTED",
            warning_description: "The message is recorded; nobody will be notified.",
        });
    }
    Ok(warnings)
}

fn editor(request: &Members<'_>) -> Result<Option<Editor>, Error> {
    let Some(editor) = request.object("editor")? else {
        return Ok(None);
    };
    editor.text("departmentUuid")?;
    let (user_uuid, name) = (editor.text("uuid")?, editor.text("name")?);
    match editor.text("type")? {
        None | Some("USER") => Ok(Some(Editor {
            user_uuid: user_uuid.map(str::to_owned),
            name: name.map(str::to_owned),
        })),
        // The path names the customer.
        Some("CUSTOMER") => Ok(None),
        Some(_) => Err(unknown_value(&editor, "type")),
    }
}

/// Attachments are links, which are never fetched (`rules.md` 32).
fn links(attributes: &Members<'_>) -> Result<Vec<Link>, Error> {
    let attachments = attributes.objects("attachments")?;
    if attachments.len() > MOST_ATTACHMENTS {
        let name = attributes.name("attachments");
        let text = format!("{name} must not hold more than {MOST_ATTACHMENTS}.");
        return Err(Error::body(text));
    }
    attachments.iter().map(link).collect()
}

fn link(attachment: &Members<'_>) -> Result<Link, Error> {
    let address = attachment.required_text("fileURL")?;
    let is_web = ["http://", "https://"].iter().any(|scheme| {
        let start = address.get(..scheme.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(scheme))
            && address.len() > scheme.len()
    });
    if !is_web {
        let name = attachment.name("fileURL");
        return Err(Error::body(format!("{name} must be a web address.")));
    }
    let file_name = attachment.text("originalFileName")?;
    let mime_type = attachment.text("mimeType")?;
    let mut rest = attachment.map.clone();
    for name in ["fileURL", "originalFileName", "mimeType"] {
        rest.remove(name);
    }
    Ok(Link {
        address: address.to_owned(),
        file_name: file_name.unwrap_or_default().to_owned(),
        mime_type: mime_type.unwrap_or("application/octet-stream").to_owned(),
        extra: vendor_json(rest),
    })
}

/// The members of the request that have no column.
fn extra(request: &Members<'_>) -> Option<String> {
    let mut rest = request.map.clone();
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

/// JSON with the members under this API's name, because other APIs store members of their own.
fn vendor_json(members: Map<String, Value>) -> Option<String> {
    let json = || serde_json::json!({ "mykaarma": members }).to_string();
    (!members.is_empty()).then(json)
}

/// Whether a phone number or e-mail address is one of the customer's. Phone numbers are compared by their digits.
pub(crate) fn is_known_value(value: &str, addresses: &[(String, String)]) -> bool {
    let digits = |text: &str| -> String { text.chars().filter(char::is_ascii_digit).collect() };
    match normalise_email(value) {
        Some(email) => addresses
            .iter()
            .any(|(_, known)| normalise_email(known).as_ref() == Some(&email)),
        None => {
            let number = digits(value);
            !number.is_empty()
                && addresses
                    .iter()
                    .any(|(kind, known)| kind == "phone" && digits(known) == number)
        }
    }
}

#[cfg(test)]
mod tests;
