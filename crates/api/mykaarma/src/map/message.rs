//! The vendor's message object (contract section 6), in lists and webhooks.

use heddle_domain::conversation::Conversation;
use heddle_domain::customer::{AddressKind, first_of};
use heddle_domain::message::{Attachment, Author, Channel, Direction, Kind, Message, State};
use heddle_domain::person::Agent;
use heddle_store::read::customers::CustomerView;
use heddle_store::read::history::People;
use serde_json::{Map, Value};

use super::text::{date_time, message_uuid};
use crate::context::NAME;
use crate::wire::{DocFile, DraftMetaData, MessageDto, MessageExtension, MessageMetaData};

/// Where messages belong: the public ids of their dealer and department, and the account's random tag.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place<'a> {
    pub(crate) dealer: &'a str,
    pub(crate) department: &'a str,
    pub(crate) tag: u32,
}

/// Returns the vendor's object for a message. `receivedOn` is the time by which the list is sorted, so that a client can read
/// on from the last message of a page.
pub(crate) fn message(
    place: Place<'_>,
    people: &People,
    conversation: &Conversation,
    (message, files): &(Message, Vec<Attachment>),
) -> MessageDto {
    let uuid = message_uuid(message.id, place.tag);
    let body = heddle_domain::text::plain(message.format, &message.body).into_owned();
    let vendor = Vendor::of(message.extra.as_deref());
    let attributes = vendor.object("messageAttributes");
    let agent = writer(message, people);
    let [from, to] = parties(message, people, agent, &vendor);
    MessageDto {
        id: message.id.get(),
        message_type: message_type(message),
        protocol: protocol(message),
        from_name: from.name,
        from_number: from.number,
        to_name: to.name,
        to_number: to.number,
        message_size: body.chars().count(),
        sent_on: date_time(message.occurred_at),
        received_on: date_time(message.effective_at),
        tags: attributes.texts("tags"),
        email_message_id: None,
        communication_uid: vendor.text("communicationUid"),
        message_purpose: attributes.text("purpose"),
        delivery_status: None,
        dealer_department_uuid: place.department.to_owned(),
        twilio_delivery_failure_message: None,
        attachments: message.attachments,
        is_manual: !message.automated,
        customer_uuid: people.customer_uuid.clone(),
        customer_name: customer_name(&people.customer),
        dealer_uuid: place.dealer.to_owned(),
        dealer_associate_uuid: agent.map(|(_, uuid)| uuid.clone()),
        is_read: is_read(message, conversation),
        is_archive: conversation.archived,
        draft: draft(message, &uuid, &vendor),
        meta_data: attributes
            .members("metaData")
            .map(|meta_data| MessageMetaData {
                message_uuid: uuid.clone(),
                meta_data,
            }),
        doc_files: files.iter().map(|file| doc_file(file, &uuid)).collect(),
        predictions: [],
        message_tags: None,
        extension: MessageExtension {
            message_uuid: uuid.clone(),
            message_body: body,
            subject: message.subject.clone(),
        },
        uuid,
    }
}

/// Returns the vendor's one-letter code for a message's type.
const fn message_type(message: &Message) -> &'static str {
    match (message.state, message.kind, message.direction) {
        (State::Draft, ..) => "D",
        (_, Kind::Note, _) => "N",
        (_, _, Direction::Incoming) => "I",
        (_, _, Direction::Outgoing) => "S",
    }
}

/// Returns the vendor's one-letter code for a message's channel.
const fn protocol(message: &Message) -> &'static str {
    match (message.kind, message.channel) {
        (Kind::Note, _) => "N",
        (_, Channel::TextMessage) => "X",
        (_, Channel::Email) => "E",
        (_, Channel::Phone) => "V",
        _ => "N",
    }
}

/// Whether the dealer has read a message: an incoming one is unread as long as the customer waits for a response to it.
fn is_read(message: &Message, conversation: &Conversation) -> bool {
    let waits = conversation.is_waiting();
    let since = conversation.waiting_since.filter(|_| waits);
    message.direction == Direction::Outgoing
        || since.is_none_or(|since| message.effective_at < since)
}

/// One end of a message.
#[derive(Default)]
struct Party {
    name: Option<String>,
    number: Option<String>,
}

/// Returns who sent the message and who got it. A note has no recipient. A dealer's own numbers are not known.
fn parties(
    message: &Message,
    people: &People,
    agent: Option<&(Agent, String)>,
    vendor: &Vendor,
) -> [Party; 2] {
    let shown = agent.map(|(agent, _)| full_name(&agent.first_name, &agent.last_name));
    let dealer = Party {
        name: message.agent_name.clone().or(shown),
        number: None,
    };
    let customer = Party {
        name: Some(customer_name(&people.customer)).filter(|name| !name.is_empty()),
        number: number(message, people, vendor),
    };
    match (message.kind, message.direction) {
        (Kind::Note | Kind::LineItem, _) => [dealer, Party::default()],
        (Kind::Message, Direction::Incoming) => [customer, dealer],
        (Kind::Message, Direction::Outgoing) => [dealer, customer],
    }
}

/// Returns the agent who wrote a message, with the public id.
fn writer<'a>(message: &Message, people: &'a People) -> Option<&'a (Agent, String)> {
    match message.author {
        Author::Agent(agent) => people.agents.get(&agent),
        Author::Customer | Author::Application => None,
    }
}

/// Returns the customer's telephone number or e-mail address of a message: the one that the request named, otherwise the
/// customer's first one.
fn number(message: &Message, people: &People, vendor: &Vendor) -> Option<String> {
    let kind = match message.channel {
        Channel::TextMessage | Channel::Phone => AddressKind::Phone,
        Channel::Email => AddressKind::Email,
        Channel::Letter | Channel::Fax | Channel::InPerson | Channel::Chat | Channel::Other => {
            return None;
        }
    };
    let sending = vendor.object("messageSendingAttributes");
    let named = sending.text("communicationValueOfCustomer");
    named.or_else(|| first_of(&people.customer.addresses, kind).map(str::to_owned))
}

fn customer_name(customer: &CustomerView) -> String {
    let profile = &customer.customer.profile;
    let part = |name: &Option<String>| name.clone().unwrap_or_default();
    full_name(&part(&profile.first_name), &part(&profile.last_name))
}

fn full_name(first: &str, last: &str) -> String {
    format!("{first} {last}").trim().to_owned()
}

fn draft(message: &Message, uuid: &str, vendor: &Vendor) -> Option<DraftMetaData> {
    let attributes = vendor.object("messageAttributes");
    (message.state == State::Draft).then(|| DraftMetaData {
        message_uuid: uuid.to_owned(),
        status: attributes.object("draftAttributes").text("draftStatus"),
        scheduled_on: None,
        reason_for_last_failure: None,
        add_signature: vendor
            .object("messageSendingAttributes")
            .flag("addSignature"),
    })
}

/// Returns the vendor's object for a file. A link is shown as the name of the stored file, because the vendor's own names are
/// addresses too.
fn doc_file(file: &Attachment, uuid: &str) -> DocFile {
    let vendor = Vendor::of(file.extra.as_deref());
    let name = file.file_name.as_str();
    let extension = name
        .rsplit_once('.')
        .map(|(_, extension)| extension.to_owned());
    DocFile {
        doc_file_name: file.link.clone().unwrap_or_else(|| name.to_owned()),
        file_extension: vendor.text("attachmentExtension").or(extension),
        mime_type: file.mime_type.clone(),
        original_file_name: name.to_owned(),
        doc_size: match file.link {
            Some(_) => vendor.number("docSize").unwrap_or(0),
            None => file.size,
        },
        thumbnail_file_name: vendor.text("thumbnailURL"),
        media_preview_url: vendor.text("mediaPreviewURL"),
        message_uuid: uuid.to_owned(),
    }
}

/// The members that this API stored with a message or file, as a client sent them: any of them may be absent, or of another
/// type than expected.
struct Vendor(Value);

impl Vendor {
    fn of(extra: Option<&str>) -> Self {
        let stored = extra.and_then(|text| serde_json::from_str::<Value>(text).ok());
        let own = stored.and_then(|mut stored| stored.get_mut(NAME.as_str()).map(Value::take));
        Self(own.unwrap_or_default())
    }

    fn object(&self, name: &str) -> Self {
        Self(self.0.get(name).cloned().unwrap_or_default())
    }

    fn text(&self, name: &str) -> Option<String> {
        let text = self.0.get(name).and_then(Value::as_str);
        text.filter(|text| !text.is_empty()).map(str::to_owned)
    }

    fn flag(&self, name: &str) -> bool {
        self.0.get(name).and_then(Value::as_bool) == Some(true)
    }

    fn number(&self, name: &str) -> Option<i64> {
        let value = self.0.get(name)?;
        value.as_i64().or_else(|| value.as_str()?.parse().ok())
    }

    /// Returns the members of an object, if it has any.
    fn members(&self, name: &str) -> Option<Map<String, Value>> {
        let members = self.0.get(name).and_then(Value::as_object);
        members.filter(|members| !members.is_empty()).cloned()
    }

    /// Returns the texts of a list, separated by commas.
    fn texts(&self, name: &str) -> Option<String> {
        let texts = self.0.get(name).and_then(Value::as_array);
        let texts: Vec<&str> = texts
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        (!texts.is_empty()).then(|| texts.join(","))
    }
}
