//! A message request (contract section 6, M1 and M2). What Heddle has no column for is kept whole, as the vendor wrote it,
//! and only ever shown by this API.

use heddle_domain::customer::normalise_email;
use heddle_domain::message::{Author, Channel, Direction, Kind, State};
use heddle_store::write::{NewAttachment, NewMessage};
use serde_json::{Map, Value};

use crate::error::Error;
use crate::request::Members;
use crate::wire::Warning;

const LONGEST_PURPOSE: usize = 64;
const MOST_ATTACHMENTS: usize = 100;

/// The vendor's type of a message, as far as it is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sort {
    Outgoing,
    Incoming,
    Note,
    Draft,
}

/// A request in Heddle's words, save for who wrote it.
#[derive(Clone, Debug)]
pub(crate) struct MessageRequest {
    pub(crate) sort: Sort,
    /// Written by a person; only such a message ends waiting and reopens (`rules.md` 13).
    pub(crate) manual: bool,
    /// The customer's phone number or e-mail address that it goes to.
    pub(crate) value: Option<String>,
    /// Given back in the answer.
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

/// Who acts, where the path does not say it.
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
    /// M1: any type that is built.
    pub(crate) fn message(request: &Members<'_>) -> Result<Self, Error> {
        let attributes = attributes(request)?;
        let sort = match attributes.required_text("type")? {
            "OUTGOING" => Sort::Outgoing,
            "INCOMING" => Sort::Incoming,
            "NOTE" => Sort::Note,
            "DRAFT" => Sort::Draft,
            "DISCARDED_DRAFT" => {
                return Err(Error::body("Discarding a draft is not supported."));
            }
            _ => return Err(unknown_word(&attributes, "type")),
        };
        let protocol = match (attributes.text("protocol")?, sort) {
            (Some(word), _) => word,
            (None, Sort::Note) => "NONE",
            (None, _) => return Err(attributes.missing("protocol")),
        };
        Self::read(request, &attributes, sort, protocol)
    }

    /// M2: an internal note, whose editor is a user.
    pub(crate) fn note(request: &Members<'_>) -> Result<Self, Error> {
        let attributes = attributes(request)?;
        for (name, only) in [("type", "NOTE"), ("protocol", "NONE")] {
            if attributes.text(name)?.is_some_and(|word| word != only) {
                let name = attributes.name(name);
                return Err(Error::body(format!("{name} must be {only} here.")));
            }
        }
        let note = Self::read(request, &attributes, Sort::Note, "NONE")?;
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
        sort: Sort,
        protocol: &str,
    ) -> Result<Self, Error> {
        check_rest(request)?;
        check_attributes(attributes)?;
        let channel = channel(protocol).ok_or_else(|| unknown_word(attributes, "protocol"))?;
        let moves = attributes.flag("updateThreadTimestamp")?.unwrap_or(false);
        let subject = attributes.text("subject")?.filter(|text| !text.is_empty());
        let meta_data = attributes.object("metaData")?;
        Ok(Self {
            sort,
            manual: attributes.flag("isManual")?.unwrap_or(true),
            value: sending_value(request)?,
            meta_data: meta_data.map_or_else(Map::new, |object| object.map.clone()),
            warnings: warnings(request)?,
            editor: editor(request)?,
            channel,
            body: attributes.required_text("body")?.to_owned(),
            subject: subject.map(str::to_owned),
            moves_last_message: sort == Sort::Note && moves,
            links: links(attributes)?,
            extra: extra(request),
        })
    }

    /// Whether it reopens and unarchives the conversation that it meets (`rules.md` 13).
    pub(crate) fn reopens(&self) -> bool {
        match self.sort {
            Sort::Incoming => true,
            Sort::Outgoing => self.manual,
            Sort::Note | Sort::Draft => false,
        }
    }

    /// The message to be stored.
    pub(crate) fn into_message(self, author: Author) -> NewMessage {
        let direction = match self.sort {
            Sort::Incoming => Direction::Incoming,
            Sort::Outgoing | Sort::Note | Sort::Draft => Direction::Outgoing,
        };
        NewMessage {
            kind: match self.sort {
                Sort::Note => Kind::Note,
                Sort::Outgoing | Sort::Incoming | Sort::Draft => Kind::Message,
            },
            state: match self.sort {
                Sort::Draft => State::Draft,
                Sort::Outgoing | Sort::Incoming | Sort::Note => State::Published,
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

fn unknown_word(members: &Members<'_>, name: &str) -> Error {
    let name = members.name(name);
    Error::body(format!("{name} has a value that is not known."))
}

/// `rules.md` 10.
fn channel(protocol: &str) -> Option<Channel> {
    match protocol {
        "TEXT" => Some(Channel::TextMessage),
        "EMAIL" => Some(Channel::Email),
        "VOICE_CALL" => Some(Channel::Phone),
        "NONE" => Some(Channel::Other),
        _ => None,
    }
}

/// The members beside `messageAttributes` that are only kept: their types, and what is refused.
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

/// The members of `messageAttributes` that are only kept: their types, and what is refused.
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

/// What is kept but has no effect here: delivery itself is not Heddle's yet.
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
        // Known from the path already.
        Some("CUSTOMER") => Ok(None),
        Some(_) => Err(unknown_word(&editor, "type")),
    }
}

/// Attachments come by address and are never fetched (`rules.md` 32).
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
        extra: kept(rest),
    })
}

/// Everything that has no column, as sent.
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
    kept(rest)
}

/// The members under this API's name, so that no other API takes them for its own.
fn kept(members: Map<String, Value>) -> Option<String> {
    let whole = || serde_json::json!({ "mykaarma": members }).to_string();
    (!members.is_empty()).then(whole)
}

/// Whether a phone number or e-mail address is one of the customer's. Phones are compared by their digits.
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
