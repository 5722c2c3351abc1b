//! Between the vendor's words and Heddle's (`rules.md` 7, 9 to 12; contract sections 6.1, 7.1, 13).

use heddle_domain::account::Account;
use heddle_domain::conversation::{Conversation, ConversationKind, StatusWish};
use heddle_domain::customer::{AddressKind, Customer};
use heddle_domain::id::AgentId;
use heddle_domain::message::{
    Attachment, Author, Channel, Direction, Format, Kind, Message, State,
};
use heddle_domain::{Agent, Status, Timestamp, text};
use heddle_store::read::conversations::{ConversationView, MessagePage};
use heddle_store::read::customers::CustomerView;
use heddle_store::write::NewMessage;
use serde_json::Value;

use crate::request::{ThreadBody, ThreadKind};
use crate::time::{friendly, shown};
use crate::wire::{
    self, Action, AssociatedEntities, AttachmentLinks, Attachments, ConversationLinks,
    CustomerEntries, CustomerEntry, CustomerResource, Link, Me, Person, SelfLink, Source, Tag,
    ThreadCustomer, ThreadLinks, WaitingSince,
};

/// Length of a preview, in characters.
const PREVIEW: usize = 185;
/// Every tag has the vendor's neutral colour: none can be given another.
const TAG_COLOR: &str = "#A5B2BD";
/// Everything that Heddle stores came through an API.
const API: &str = "api";
/// More places than a customer has addresses.
const ENTRIES: i64 = 10_000;

/// A thread in Heddle's words, attachments aside.
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
        extra: kept_for_publishing(body),
        ..NewMessage::new(channel, direction, author, body.text.clone())
    }
}

/// What a draft asks for takes effect when it is published, so it is kept with it.
fn kept_for_publishing(body: &ThreadBody) -> Option<String> {
    if !body.draft || (body.status.is_none() && body.assign_to.is_none()) {
        return None;
    }
    let mut kept = serde_json::Map::new();
    if let Some(status) = body.status {
        kept.insert("status".into(), status.into());
    }
    if let Some(agent) = body.assign_to {
        kept.insert("assignTo".into(), agent.get().into());
    }
    Some(Value::Object(kept).to_string())
}

/// What a thread wants of the status; the domain leaves imported and draft ones without effect. No inbox has a default
/// of its own, so `inbox_predefined` is what the kind of thread does by itself.
pub(crate) fn wish(body: &ThreadBody) -> StatusWish {
    let by_itself = match body.kind {
        ThreadKind::Note => StatusWish::Keep,
        _ => StatusWish::Reopen,
    };
    match body.status {
        None | Some("inbox_predefined") => by_itself,
        Some("closed") => StatusWish::Set(Status::Closed),
        Some("pending") => StatusWish::Set(Status::Pending),
        Some("spam") => StatusWish::Set(Status::Spam),
        Some("all") => StatusWish::Keep,
        Some(_) => StatusWish::Reopen,
    }
}

/// The word of a stored status.
pub(crate) const fn status(status: Status) -> &'static str {
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

/// The type given at creation, else that of the first message's channel.
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

/// Whether a customer stands behind a message: notes and line items are always an employee's.
fn is_by_customer(message: &Message) -> bool {
    message.kind == Kind::Message && message.direction == Direction::Incoming
}

const fn via(by_customer: bool) -> &'static str {
    if by_customer { "customer" } else { "user" }
}

/// Nothing of it is published, but a draft is there.
const fn is_draft(conversation: &Conversation) -> bool {
    conversation.published == 0 && conversation.messages > 0
}

/// The folder is derived from where the conversation stands, so its id is too: the inbox's id and a digit.
fn folder(conversation: &Conversation) -> i64 {
    let digit = match conversation.status {
        Status::Spam => 7,
        _ if is_draft(conversation) => 4,
        Status::Closed => 6,
        _ if conversation.assignee.is_some() => 5,
        _ => 1,
    };
    conversation.inbox.get() * 10 + digit
}

/// What the mappings need besides the entity.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Showing<'a> {
    /// Where absolute links begin.
    pub(crate) base: &'a str,
    /// Shown where a user must be named and none acted.
    pub(crate) integration: AgentId,
    pub(crate) now: Timestamp,
}

impl Showing<'_> {
    pub(crate) fn conversation(&self, id: i64) -> String {
        format!("{}/v2/conversations/{id}", self.base)
    }

    fn customer(&self, id: i64) -> Link {
        Link::to(format!("{}/v2/customers/{id}", self.base))
    }

    fn user(&self, id: i64) -> Link {
        Link::to(format!("{}/v2/users/{id}", self.base))
    }

    fn of_person(&self, person: &Person) -> Link {
        if person.kind == CUSTOMER {
            self.customer(person.id)
        } else {
            self.user(person.id)
        }
    }

    /// An agent by id; the built-in one stands in for nobody.
    fn agent(&self, id: Option<AgentId>, agents: &[Agent]) -> Person {
        match id.and_then(|id| agents.iter().find(|agent| agent.id == id)) {
            Some(agent) => Person {
                id: agent.id.get(),
                kind: USER,
                first: agent.first_name.clone(),
                last: agent.last_name.clone(),
                email: agent.email.clone(),
            },
            None => Person {
                id: self.integration.get(),
                kind: USER,
                first: "Integration".into(),
                last: String::new(),
                email: String::new(),
            },
        }
    }

    fn author(&self, message: &Message, customer: Person, agents: &[Agent]) -> Person {
        match message.author {
            _ if is_by_customer(message) => customer,
            Author::Agent(agent) => self.agent(Some(agent), agents),
            Author::Customer | Author::Application => self.agent(None, agents),
        }
    }
}

const CUSTOMER: &str = "customer";
const USER: &str = "user";

fn customer_person(customer: &Customer) -> Person {
    Person {
        id: customer.id.get(),
        kind: CUSTOMER,
        first: customer.profile.first_name.clone().unwrap_or_default(),
        last: customer.profile.last_name.clone().unwrap_or_default(),
        email: customer.email.clone().unwrap_or_default(),
    }
}

/// A body as this API shows it: html as it was sent, plain text made html.
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

/// The conversation object.
pub(crate) fn conversation(
    view: ConversationView,
    threads: Option<Vec<wire::Thread>>,
    context: Showing<'_>,
) -> wire::Conversation {
    let ConversationView {
        conversation: c,
        customer,
        first,
        first_customer,
        agents,
        tags,
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
        folder_id: folder(&c),
        status: status(c.status),
        state: if is_draft(&c) {
            state(State::Draft)
        } else {
            state(c.state)
        },
        preview: newest.as_ref().map(preview).unwrap_or_default(),
        mailbox_id: c.inbox.get(),
        created_at: shown(c.started_at),
        closed_by: closed_by.as_ref().map_or(0, |agent| agent.id),
        closed_at: c.closed_at.map(shown),
        user_updated_at: shown(last_action(&c)),
        customer_waiting_since: waiting_since(&c, context.now),
        source: Source {
            kind: API,
            via: via(created_by.kind == CUSTOMER),
        },
        tags: tags.into_iter().map(tag).collect(),
        cc: recipients.cc,
        bcc: recipients.bcc,
        primary_customer: customer_person(&customer),
        custom_fields: [],
        embedded: threads.map(|threads| wire::Threads { threads }),
        links: conversation_links(&c, &created_by, context),
        assignee,
        created_by,
        closed_by_user: closed_by,
        subject: c.subject,
    }
}

fn conversation_links(
    c: &Conversation,
    created_by: &Person,
    context: Showing<'_>,
) -> ConversationLinks {
    let this = context.conversation(c.id.get());
    let by_customer = created_by.kind == CUSTOMER;
    let creator = context.of_person(created_by);
    let (created_by_customer, created_by_user) = if by_customer {
        (Some(creator), None)
    } else {
        (None, Some(creator))
    };
    let base = context.base;
    ConversationLinks {
        mailbox: Link::to(format!("{base}/v2/mailboxes/{}", c.inbox)),
        primary_customer: context.customer(c.customer.get()),
        created_by_customer,
        created_by_user,
        assignee: c.assignee.map(|id| context.user(id.get())),
        closed_by: c.closed_by.map(|id| context.user(id.get())),
        threads: Link::to(format!("{this}/threads/")),
        web: Link::to(format!("{base}/conversation/{}/{}", c.id, c.number)),
        this: Link::to(this),
    }
}

/// The last thing that an employee did, or since when the customer waits if that came later.
fn last_action(c: &Conversation) -> Timestamp {
    let waiting = c.waiting_since.filter(|_| c.customer_wrote_last);
    let last = waiting.max(c.agent_acted_at).max(c.closed_at);
    last.unwrap_or(c.started_at)
}

fn waiting_since(c: &Conversation, now: Timestamp) -> Option<WaitingSince> {
    c.waiting_since.map(|since| WaitingSince {
        time: shown(since),
        friendly: friendly(since, now),
        latest_reply_from: via(c.customer_wrote_last),
    })
}

/// The threads of a page.
pub(crate) fn threads(page: MessagePage, context: Showing<'_>) -> Vec<wire::Thread> {
    let MessagePage {
        conversation,
        messages,
        customers,
        agents,
        total: _,
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

struct Parts<'a> {
    customer: Option<&'a Customer>,
    agents: &'a [Agent],
    assignee: Option<Person>,
    files: Vec<Attachment>,
}

fn thread(message: &Message, parts: Parts<'_>, context: Showing<'_>) -> wire::Thread {
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
    let creator = context.of_person(&created_by);
    let (created_by_customer, created_by_user) = if by_customer {
        (Some(creator), None)
    } else {
        (None, Some(creator))
    };
    let kind = thread_type(message);
    let files = parts.files.into_iter();
    wire::Thread {
        id: message.id.get(),
        kind,
        status: message.status_set.map_or("nochange", status),
        state: state(message.state),
        action: action(message),
        body: (message.kind != Kind::LineItem).then(|| html(message)),
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
        created_at: shown(message.occurred_at),
        embedded: Attachments {
            attachments: files
                .map(|file| attachment(file, message, context))
                .collect(),
        },
    }
}

/// Line items say what happened, in their extra; everything else has the default action.
fn action(message: &Message) -> Action {
    let told: Value = match (message.kind, &message.extra) {
        (Kind::LineItem, Some(extra)) => serde_json::from_str(extra).unwrap_or_default(),
        _ => Value::Null,
    };
    let kind = told["action"].as_str().unwrap_or("default").to_owned();
    let original = told["originalConversation"].as_i64();
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

fn attachment(file: Attachment, message: &Message, context: Showing<'_>) -> wire::Attachment {
    let conversation = context.conversation(message.conversation.get());
    let this = format!("{conversation}/attachments/{}", file.id);
    wire::Attachment {
        id: file.id.get(),
        filename: file.file_name,
        mime_type: file.mime_type,
        width: 0,
        height: 0,
        size: file.size,
        state: "valid",
        links: AttachmentLinks {
            data: Link::to(format!("{this}/data")),
            web: Link::to(file.link.unwrap_or_else(|| format!("{this}/file"))),
            this: Link::to(this),
        },
    }
}

/// A customer as a resource. An entry's id is the customer's and the entry's place, since a place is only known within a
/// customer.
pub(crate) fn customer(view: &CustomerView, base: &str) -> CustomerResource {
    let CustomerView {
        customer: c,
        addresses,
        public_id: _,
    } = view;
    let mut embedded = CustomerEntries::default();
    for placed in addresses {
        let (list, kind) = match placed.address.kind {
            AddressKind::Email => (&mut embedded.emails, Some("other")),
            AddressKind::Phone => (&mut embedded.phones, Some("other")),
            AddressKind::Fax => (&mut embedded.phones, Some("fax")),
            AddressKind::Website => (&mut embedded.websites, None),
            AddressKind::Other => (&mut embedded.chats, Some("other")),
            // The resource has at most one, in parts that Heddle does not know.
            AddressKind::Post => continue,
        };
        list.push(CustomerEntry {
            id: c.id.get() * ENTRIES + placed.position,
            value: placed.address.value.clone(),
            kind,
        });
    }
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let profile = &c.profile;
    CustomerResource {
        id: c.id.get(),
        first_name: text(&profile.first_name),
        last_name: text(&profile.last_name),
        gender: capitalised(profile.gender.as_deref().unwrap_or("unknown")),
        job_title: text(&profile.job_title),
        location: text(&profile.location),
        organization: text(&profile.organization),
        photo_type: profile
            .photo_type
            .clone()
            .unwrap_or_else(|| "unknown".into()),
        photo_url: text(&profile.photo_url),
        age: text(&profile.age),
        background: text(&profile.background),
        created_at: shown(c.created_at),
        updated_at: shown(c.updated_at),
        embedded,
        links: SelfLink {
            this: Link::to(format!("{base}/v2/customers/{}", c.id)),
        },
    }
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters).collect()
}

/// The resource owner.
pub(crate) fn me(agent: Agent, account: &Account, base: &str) -> Me {
    let initials = [&agent.first_name, &agent.last_name]
        .into_iter()
        .filter_map(|name| name.chars().next())
        .flat_map(char::to_uppercase)
        .collect();
    let created_at = shown(agent.created_at);
    Me {
        id: agent.id.get(),
        mention: agent.first_name.to_lowercase(),
        initials,
        first_name: agent.first_name,
        last_name: agent.last_name,
        email: agent.email,
        role: "user",
        timezone: "UTC",
        updated_at: created_at.clone(),
        created_at,
        kind: USER,
        job_title: "",
        phone: "",
        alternate_emails: [],
        company_id: account.id.get(),
        links: SelfLink {
            this: Link::to(format!("{base}/v2/users/{}", agent.id)),
        },
    }
}

#[cfg(test)]
mod tests;
