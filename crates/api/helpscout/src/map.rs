//! Maps requests to the domain, and entities to the vendor's objects (`rules.md` 7, 9 to 12; contract sections 6.1, 7.1
//! and 13).

mod customers;
mod folders;
mod inboxes;
mod people;

use heddle_domain::conversation::{Conversation, ConversationKind, StatusWish};
use heddle_domain::custom_field::{FieldKind, FieldOption};
use heddle_domain::customer::Customer;
use heddle_domain::id::{AgentId, AttachmentId, ConversationId};
use heddle_domain::message::{
    Attachment, Author, Channel, Direction, Format, Kind, Message, State,
};
use heddle_domain::{Agent, CustomField, Status, Timestamp, text};
use heddle_store::read::conversations::{ConversationView, MessagePage};
use heddle_store::read::tags::Tag as StoredTag;
use heddle_store::read::uploads::StoredFile;
use heddle_store::write::NewMessage;
use serde_json::Value;

use crate::request::{ThreadBody, ThreadKind};
use crate::time::{friendly, utc};
use crate::wire::{
    self, Action, AssociatedEntities, AttachmentLinks, Attachments, ConversationLinks, Link,
    Person, Source, Tag, ThreadCustomer, ThreadLinks, WaitingSince,
};
use folders::is_draft;
use inboxes::TAG_COLOR;
use people::{CUSTOMER, customer_person, is_by_customer};

pub(crate) use customers::{customer, entries, postal_address};
pub(crate) use folders::{Folder, Folders};
pub(crate) use inboxes::{mailbox, tag};
pub(crate) use people::{RenderContext, me, team, user};

/// The maximum number of threads in a conversation object: the newest ones.
pub(crate) const EMBEDDED_THREADS: i64 = 100;
/// The maximum length of a preview, in characters.
const PREVIEW: usize = 185;
/// The value of `source` in every conversation and thread.
const API: &str = "api";

/// Returns a tag that was used for the first time.
pub(crate) fn new_tag(stored: StoredTag) -> wire::NewTag {
    // A tag exists as soon as one conversation has it.
    tag(stored, 1)
}

/// Returns the message of a thread, without its customer and attachments.
pub(crate) fn new_message(body: &ThreadBody, owner: Option<AgentId>) -> NewMessage {
    let (kind, channel, direction) = match body.kind {
        ThreadKind::Customer => (Kind::Message, Channel::Email, Direction::Incoming),
        ThreadKind::Phone => (Kind::Message, Channel::Phone, Direction::Incoming),
        ThreadKind::Chat => (Kind::Message, Channel::Chat, Direction::Incoming),
        ThreadKind::Note => (Kind::Note, Channel::Email, Direction::Outgoing),
        ThreadKind::Reply => (Kind::Message, Channel::Email, Direction::Outgoing),
    };
    let author = match (direction, body.user.or(owner)) {
        (Direction::Incoming, _) => Author::Customer,
        (Direction::Outgoing, Some(agent)) => Author::Agent(agent),
        (Direction::Outgoing, None) => Author::Application,
    };
    NewMessage {
        kind,
        state: if body.draft {
            State::Draft
        } else {
            State::Published
        },
        format: Format::Html,
        occurred_at: body.created_at,
        imported: body.imported,
        recipients: body.recipients.clone(),
        assign: body.assign_to,
        status_wish: draft_wish(body),
        ..NewMessage::new(channel, direction, author, body.text.clone())
    }
}

/// Returns how publishing a draft changes the status; `None` if it names no status.
fn draft_wish(body: &ThreadBody) -> Option<StatusWish> {
    let names = body.draft && !matches!(body.status, None | Some("inbox_predefined"));
    names.then(|| status_change(body))
}

/// Returns how a thread changes the status. The domain ignores the change for imported threads and drafts. Inboxes have
/// no default status, so `inbox_predefined` means the default of the kind of thread.
pub(crate) fn status_change(body: &ThreadBody) -> StatusWish {
    let default = match body.kind {
        ThreadKind::Note => StatusWish::Keep,
        _ => StatusWish::Reopen,
    };
    match body.status {
        None | Some("inbox_predefined") => default,
        Some("closed") => StatusWish::Set(Status::Closed),
        Some("pending") => StatusWish::Set(Status::Pending),
        Some("spam") => StatusWish::Set(Status::Spam),
        Some("all" | "nochange") => StatusWish::Keep,
        Some(_) => StatusWish::Reopen,
    }
}

/// Returns the vendor's word for a status.
const fn status(status: Status) -> &'static str {
    match status {
        Status::New | Status::Open => "active",
        Status::Pending => "pending",
        Status::Closed => "closed",
        Status::Spam => "spam",
    }
}

const fn state(state: State) -> &'static str {
    match state {
        State::Published => "published",
        State::Draft => "draft",
        State::Hidden => "hidden",
    }
}

/// Returns the type that the request set at creation, or else the type that follows from the first message's channel.
fn conversation_type(conversation: &Conversation) -> &'static str {
    let by_channel = match conversation.first_channel {
        Some(Channel::Phone) => ConversationKind::Phone,
        Some(Channel::Chat | Channel::TextMessage) => ConversationKind::Chat,
        _ => ConversationKind::Email,
    };
    conversation.kind.unwrap_or(by_channel).as_str()
}

const fn thread_type(message: &Message) -> &'static str {
    match (message.kind, message.channel, message.direction) {
        (Kind::Note, ..) => "note",
        (Kind::LineItem, ..) => "lineitem",
        (Kind::Message, Channel::Phone, _) => "phone",
        (Kind::Message, Channel::Chat, _) => "chat",
        (Kind::Message, _, Direction::Incoming) => "customer",
        (Kind::Message, _, Direction::Outgoing) => "message",
    }
}

const fn via(by_customer: bool) -> &'static str {
    if by_customer { "customer" } else { "user" }
}

/// Returns the message's body as HTML: an HTML body unchanged, a plain text converted.
fn html(message: &Message) -> String {
    match message.format {
        Format::Html => message.body.clone(),
        Format::Plain => text::html_from_plain(&message.body),
    }
}

fn preview(message: &Message) -> String {
    match message.format {
        Format::Html => text::preview(&text::plain_from_html(&message.body), PREVIEW),
        Format::Plain => text::preview(&message.body, PREVIEW),
    }
}

/// Returns the conversation object.
pub(crate) fn conversation(
    view: ConversationView,
    threads: Option<Vec<wire::Thread>>,
    context: RenderContext<'_>,
) -> wire::Conversation {
    let ConversationView {
        conversation: c,
        customer,
        first,
        first_customer,
        agents,
        tags,
        fields,
        newest,
    } = view;
    let creator = customer_person(&first_customer);
    let created_by = match &first {
        Some(first) => context.author(first, creator, &agents),
        None => creator,
    };
    let assignee = c.assignee.map(|id| context.agent(Some(id), &agents));
    let closed_by = c.closed_by.map(|id| context.agent(Some(id), &agents));
    let recipients = newest.as_ref().map(|newest| newest.recipients.clone());
    let recipients = recipients.unwrap_or_default();
    let tag = |(id, tag)| Tag {
        id,
        color: TAG_COLOR,
        tag,
    };
    wire::Conversation {
        id: c.id.get(),
        number: c.number,
        threads: c.published,
        kind: conversation_type(&c),
        folder_id: Folder::of(&c).id(c.inbox),
        status: status(c.status),
        state: if is_draft(&c) {
            state(State::Draft)
        } else {
            state(c.state)
        },
        preview: newest.as_ref().map(preview).unwrap_or_default(),
        mailbox_id: c.inbox.get(),
        created_at: utc(c.started_at),
        closed_by: closed_by.as_ref().map_or(0, |agent| agent.id),
        closed_at: c.closed_at.map(utc),
        user_updated_at: utc(last_action(&c)),
        customer_waiting_since: waiting_since(&c, context.now),
        source: Source {
            kind: API,
            via: via(created_by.kind == CUSTOMER),
        },
        tags: tags.into_iter().map(tag).collect(),
        cc: recipients.cc,
        bcc: recipients.bcc,
        primary_customer: customer_person(&customer),
        custom_fields: fields.into_iter().filter_map(custom_field_value).collect(),
        embedded: threads.map(|threads| wire::Threads { threads }),
        links: conversation_links(&c, &created_by, context),
        assignee,
        created_by,
        closed_by_user: closed_by,
        subject: c.subject,
    }
}

/// Returns the value of a custom field; `None` if the value was stored before the field was defined and is none that the field
/// takes.
fn custom_field_value((field, text): (CustomField, String)) -> Option<wire::CustomFieldValue> {
    let value = match field.kind {
        FieldKind::Dropdown => field.option(&text)?.id.to_string(),
        FieldKind::SingleLine | FieldKind::MultiLine | FieldKind::Date | FieldKind::Number => {
            field.accept(&text).ok()?
        }
    };
    Some(wire::CustomFieldValue {
        id: field.id.get(),
        name: field.name,
        value,
        text,
    })
}

/// Returns a custom field as its inbox shows it.
pub(crate) fn custom_field(field: &CustomField) -> wire::CustomField {
    let option = |(at, option): (usize, &FieldOption)| wire::CustomFieldOption {
        id: option.id,
        order: at as i64 + 1,
        label: option.label.clone(),
    };
    wire::CustomField {
        id: field.id.get(),
        name: field.name.clone(),
        kind: field.kind.as_str(),
        order: field.order,
        required: field.required,
        options: field.options.iter().enumerate().map(option).collect(),
    }
}

fn conversation_links(
    c: &Conversation,
    created_by: &Person,
    context: RenderContext<'_>,
) -> ConversationLinks {
    let this = context.conversation(c.id.get());
    let (created_by_customer, created_by_user) = context.creator_links(created_by);
    let base = context.base;
    ConversationLinks {
        mailbox: Link::to(format!("{base}/v2/mailboxes/{}", c.inbox)),
        primary_customer: context.customer(c.customer.get()),
        created_by_customer,
        created_by_user,
        assignee: c.assignee.map(|id| context.user(id.get())),
        closed_by: c.closed_by.map(|id| context.user(id.get())),
        threads: Link::to(format!("{this}/threads/")),
        // There is no page for people yet.
        web: Link::to(this.clone()),
        this: Link::to(this),
    }
}

/// Returns the time of a user's last action, or the time since which the customer waits, whichever is later.
fn last_action(c: &Conversation) -> Timestamp {
    let waiting = c.waiting_since.filter(|_| c.customer_wrote_last);
    let last = waiting.max(c.agent_acted_at).max(c.closed_at);
    last.unwrap_or(c.started_at)
}

fn waiting_since(c: &Conversation, now: Timestamp) -> Option<WaitingSince> {
    c.waiting_since.map(|since| WaitingSince {
        time: utc(since),
        friendly: friendly(since, now),
        latest_reply_from: via(c.customer_wrote_last),
    })
}

/// Returns the threads of a page.
pub(crate) fn threads(page: MessagePage, context: RenderContext<'_>) -> Vec<wire::Thread> {
    let MessagePage {
        conversation,
        messages,
        customers,
        agents,
        total: _,
        apart: _,
        next: _,
    } = page;
    let assignee = conversation
        .assignee
        .map(|id| context.agent(Some(id), &agents));
    messages
        .into_iter()
        .map(|(message, files)| {
            let customer = customers.iter().find(|c| c.id == message.customer);
            let parts = Parts {
                customer,
                agents: &agents,
                assignee: assignee.clone(),
                files,
            };
            thread(&message, parts, context)
        })
        .collect()
}

/// Returns the body of a thread; line items have none.
pub(crate) fn body(message: &Message) -> Option<String> {
    (message.kind != Kind::LineItem).then(|| html(message))
}

struct Parts<'a> {
    customer: Option<&'a Customer>,
    agents: &'a [Agent],
    assignee: Option<Person>,
    files: Vec<Attachment>,
}

fn thread(message: &Message, parts: Parts<'_>, context: RenderContext<'_>) -> wire::Thread {
    let by_customer = is_by_customer(message);
    let person = parts.customer.map_or_else(
        || Person {
            id: message.customer.get(),
            kind: CUSTOMER,
            first: String::new(),
            last: String::new(),
            email: String::new(),
        },
        customer_person,
    );
    let created_by = context.author(message, person.clone(), parts.agents);
    let (created_by_customer, created_by_user) = context.creator_links(&created_by);
    let kind = thread_type(message);
    let files = parts.files.into_iter();
    wire::Thread {
        id: message.id.get(),
        kind,
        status: message.status_set.map_or("nochange", status),
        state: state(message.state),
        action: action(message),
        body: body(message),
        source: Source {
            kind: API,
            via: via(by_customer),
        },
        to: if kind == "message" && !person.email.is_empty() {
            vec![person.email.clone()]
        } else {
            Vec::new()
        },
        links: ThreadLinks {
            created_by_customer,
            created_by_user,
            customer: context.customer(person.id),
            assigned_to: parts.assignee.as_ref().map(|agent| context.user(agent.id)),
        },
        customer: ThreadCustomer {
            id: person.id,
            photo_url: parts
                .customer
                .and_then(|customer| customer.profile.photo_url.clone())
                .unwrap_or_default(),
            first: person.first,
            last: person.last,
            email: person.email,
        },
        created_by,
        assigned_to: parts.assignee,
        saved_reply_id: 0,
        cc: message.recipients.cc.clone(),
        bcc: message.recipients.bcc.clone(),
        created_at: utc(message.occurred_at),
        embedded: Attachments {
            attachments: files
                .map(|file| attachment(file, message, context))
                .collect(),
        },
    }
}

/// Returns the action of a line item (a system entry such as "merged"), which is stored in its `extra`. All other
/// threads have the default action.
fn action(message: &Message) -> Action {
    let extra: Value = match (message.kind, &message.extra) {
        (Kind::LineItem, Some(extra)) => serde_json::from_str(extra).unwrap_or_default(),
        _ => Value::Null,
    };
    let kind = extra["action"].as_str().unwrap_or("default").to_owned();
    let original = extra["originalConversation"].as_i64();
    let text = match (kind.as_str(), original) {
        ("merged", Some(id)) => format!("Conversation {id} was merged into this one"),
        _ => String::new(),
    };
    Action {
        kind,
        text: (message.kind == Kind::LineItem).then_some(text),
        associated_entities: AssociatedEntities {
            original_conversation: original,
        },
    }
}

fn attachment(file: Attachment, message: &Message, context: RenderContext<'_>) -> wire::Attachment {
    let links = attachment_links(file.id, message.conversation, file.link, context);
    shown_file(links, file.id, (file.file_name, file.mime_type), file.size)
}

/// Returns a file that was found by its id, as threads show it.
pub(crate) fn stored_file(
    file: StoredFile,
    conversation: ConversationId,
    context: RenderContext<'_>,
) -> wire::Attachment {
    let links = attachment_links(file.id, conversation, file.link, context);
    shown_file(links, file.id, (file.file_name, file.mime_type), file.size)
}

fn shown_file(
    links: AttachmentLinks,
    id: AttachmentId,
    (filename, mime_type): (String, String),
    size: i64,
) -> wire::Attachment {
    wire::Attachment {
        id: id.get(),
        filename,
        mime_type,
        width: 0,
        height: 0,
        size,
        state: "valid",
        links,
    }
}

/// Returns the links of a file; `link` is where the file is if Heddle does not hold its bytes.
fn attachment_links(
    id: AttachmentId,
    conversation: ConversationId,
    link: Option<String>,
    context: RenderContext<'_>,
) -> AttachmentLinks {
    let conversation = context.conversation(conversation.get());
    let this = format!("{conversation}/attachments/{id}");
    AttachmentLinks {
        data: Link::to(format!("{this}/data")),
        web: Link::to(link.unwrap_or_else(|| format!("{this}/file"))),
        this: Link::to(this),
    }
}

#[cfg(test)]
mod tests;
