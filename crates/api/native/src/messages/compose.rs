//! Turns the bodies of new messages into the store's commands.

use heddle_domain::conversation::{Status, StatusWish};
use heddle_domain::customer::CustomerRef;
use heddle_domain::id::{AgentId, AttachmentId, CustomerId};
use heddle_domain::message::{
    Attachment, Author, Channel, Direction, Format, Kind, Message, Recipients, State,
};
use heddle_store::read::contents::{AgentsById, WithFiles};
use heddle_store::read::uploads::GetFile;
use heddle_store::write::NewMessage as Stored;
use heddle_store::write::append::Appended;
use heddle_store::write::edit::usual_wish;
use serde::Deserialize;
use utoipa::ToSchema;

use super::resource::AuthorWord;
use crate::auth::Caller;
use crate::context::NAME;
use crate::conversations::labels::CopyAddress;
use crate::error::{Error, FieldError};
use crate::time::Instant;
use crate::vocabulary::{ChannelWord, DirectionWord, FormatWord, MessageKind, StatusWord};

/// The maximum size of a body in bytes. Messages may be long; files are uploaded as attachments instead.
pub(crate) const LARGEST_BODY: usize = 4 << 20;

/// A new message.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewMessage {
    /// Default: `message`.
    #[schema(nullable = false)]
    kind: Option<MessageKind>,
    channel: ChannelWord,
    direction: DirectionWord,
    /// The text. Default: empty.
    #[schema(nullable = false)]
    #[serde(default)]
    body: String,
    /// Default: `plain`.
    #[schema(nullable = false)]
    format: Option<FormatWord>,
    /// The subject of a published message becomes the conversation's.
    #[schema(max_length = 4_096)]
    subject: Option<String>,
    /// Who wrote it. Default: an agent if `author_agent_id` is given; else the customer of an incoming message; else
    /// the token's agent; else the application.
    #[schema(nullable = false)]
    author: Option<AuthorWord>,
    /// The agent who wrote it. Default: the token's agent.
    author_agent_id: Option<i64>,
    /// An employee's name as free text, for APIs that show one.
    #[schema(max_length = 200)]
    agent_name: Option<String>,
    /// The customer it is about. Default: the conversation's.
    customer_id: Option<i64>,
    /// When the contact took place. Default: now.
    occurred_at: Option<Instant>,
    /// The time zone to show with it.
    #[schema(max_length = 100)]
    zone: Option<String>,
    /// Imported from another system: it changes no status, and no webhook is sent.
    #[serde(default)]
    imported: bool,
    /// Sent by a machine: the customer still waits, and the conversation is not reopened.
    #[serde(default)]
    automated: bool,
    /// A draft has no effect until it is published. Default: `published`.
    #[schema(nullable = false)]
    state: Option<Sendable>,
    /// The new status of the conversation; for a draft, once it is published. In a new conversation, its own `status` counts
    /// instead, if that is given.
    #[schema(nullable = false)]
    status: Option<StatusWord>,
    /// The new assignee of the conversation; for a draft, once it is published.
    #[schema(nullable = false)]
    assignee_id: Option<i64>,
    /// With `bcc` at most 1,000 addresses and 65,536 bytes.
    #[schema(max_items = 1_000, nullable = false)]
    #[serde(default)]
    cc: Vec<CopyAddress>,
    /// With `cc` at most 1,000 addresses and 65,536 bytes.
    #[schema(max_items = 1_000, nullable = false)]
    #[serde(default)]
    bcc: Vec<CopyAddress>,
    /// Files that the same token uploaded within the last hour.
    #[schema(max_items = 100, nullable = false)]
    #[serde(default)]
    attachment_ids: Vec<i64>,
}

/// The state of a new message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Sendable {
    Published,
    Draft,
}

/// A new note.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewNote {
    #[schema(min_length = 1)]
    body: String,
    /// Default: `plain`.
    #[schema(nullable = false)]
    format: Option<FormatWord>,
    /// The agent who wrote it. Default: the token's agent.
    author_agent_id: Option<i64>,
    /// When it was written. Default: now.
    occurred_at: Option<Instant>,
    /// Imported from another system: no webhook is sent.
    #[serde(default)]
    imported: bool,
    /// Files that the same token uploaded within the last hour.
    #[schema(max_items = 100, nullable = false)]
    #[serde(default)]
    attachment_ids: Vec<i64>,
}

impl NewNote {
    pub(crate) fn into_message(self) -> NewMessage {
        NewMessage {
            kind: Some(MessageKind(Kind::Note)),
            channel: ChannelWord(Channel::Other),
            direction: DirectionWord(Direction::Outgoing),
            body: self.body,
            format: self.format,
            subject: None,
            author: None,
            author_agent_id: self.author_agent_id,
            agent_name: None,
            customer_id: None,
            occurred_at: self.occurred_at,
            zone: None,
            imported: self.imported,
            automated: false,
            state: None,
            status: None,
            assignee_id: None,
            cc: Vec::new(),
            bcc: Vec::new(),
            attachment_ids: self.attachment_ids,
        }
    }
}

/// A message for the store, and how it changes the conversation's status.
#[derive(Clone, Debug)]
pub(crate) struct Composed {
    pub(crate) message: Stored,
    pub(crate) wish: StatusWish,
}

impl NewMessage {
    /// Returns the faults that the schema cannot find.
    pub(crate) fn faults(&self) -> Vec<FieldError> {
        let mut faults = Vec::new();
        let by_agent = matches!(self.author, None | Some(AuthorWord::Agent));
        if self.author_agent_id.is_some() && !by_agent {
            let detail = "only where an agent is the author";
            faults.push(FieldError::new("author_agent_id", "invalid", detail));
        }
        if let Some(detail) = self.recipients().excess() {
            let field = if self.cc.is_empty() { "bcc" } else { "cc" };
            faults.push(FieldError::new(field, "length", detail));
        }
        faults
    }

    /// Returns the status that the message gives its conversation as soon as it is stored.
    pub(crate) fn status_at_once(&self) -> Option<Status> {
        let is_draft = matches!(self.state, Some(Sendable::Draft));
        let status = self.status.filter(|_| !is_draft && !self.imported);
        status.map(|word| word.0)
    }

    fn author(&self, caller: &Caller, references: &mut References, prefix: &str) -> Author {
        let given = self.author_agent_id.map(AgentId);
        let agent = given.or(caller.agent());
        let author = match (self.author, self.direction.0) {
            (Some(word), _) => word,
            (None, _) if given.is_some() => AuthorWord::Agent,
            (None, Direction::Incoming) => AuthorWord::Customer,
            (None, Direction::Outgoing) if agent.is_some() => AuthorWord::Agent,
            (None, Direction::Outgoing) => AuthorWord::Application,
        };
        match (author, agent) {
            (AuthorWord::Customer, _) => Author::Customer,
            (AuthorWord::Agent, Some(agent)) => {
                let field = format!("{prefix}author_agent_id");
                if caller.agent().is_some_and(|own| own != agent) {
                    references.other_agents.push(field.clone());
                }
                references.agents.push((field, agent));
                Author::Agent(agent)
            }
            (AuthorWord::Agent, None) => {
                let field = format!("{prefix}author_agent_id");
                references.missing_agents.push(field);
                Author::Application
            }
            (AuthorWord::Application, _) => Author::Application,
        }
    }

    /// Builds the message for the store. Adds the entities that it names to `references`; `prefix` is the path of its
    /// fields.
    pub(crate) fn compose(
        self,
        caller: &Caller,
        references: &mut References,
        prefix: &str,
    ) -> Composed {
        let author = self.author(caller, references, prefix);
        self.name(references, prefix);
        let state = match self.state.unwrap_or(Sendable::Published) {
            Sendable::Published => State::Published,
            Sendable::Draft => State::Draft,
        };
        let status_wish = self.status.map(|word| StatusWish::Set(word.0));
        let recipients = self.recipients();
        let message = Stored {
            customer: self.customer_id.map(CustomerId).map(CustomerRef::Id),
            kind: self.kind.map_or(Kind::Message, |word| word.0),
            state,
            format: self.format.map_or(Format::Plain, |word| word.0),
            agent_name: self.agent_name,
            subject: self.subject,
            occurred_at: self.occurred_at.map(|at| at.0),
            zone: self.zone,
            imported: self.imported,
            automated: self.automated,
            recipients,
            status_wish: status_wish.filter(|_| state == State::Draft),
            assign: self.assignee_id.map(AgentId),
            uploads: self.attachment_ids.into_iter().map(AttachmentId).collect(),
            ..Stored::new(self.channel.0, self.direction.0, author, self.body)
        };
        let usual = || usual_wish(message.kind, message.direction, message.automated);
        let wish = status_wish.unwrap_or_else(usual);
        Composed { message, wish }
    }

    fn recipients(&self) -> Recipients {
        Recipients {
            cc: addresses(&self.cc),
            bcc: addresses(&self.bcc),
        }
    }

    /// Adds the customer, the uploads and the assignee to `references`.
    fn name(&self, references: &mut References, prefix: &str) {
        let customer = self.customer_id.map(|_| format!("{prefix}customer_id"));
        references.customers.extend(customer);
        let uploads = self.attachment_ids.iter().enumerate();
        let upload =
            |(at, id): (usize, &i64)| (format!("{prefix}attachment_ids[{at}]"), AttachmentId(*id));
        references.uploads.extend(uploads.map(upload));
        let assignee = self.assignee_id.map(AgentId);
        let field = format!("{prefix}assignee_id");
        references
            .agents
            .extend(assignee.map(|agent| (field, agent)));
    }
}

fn addresses(copied: &[CopyAddress]) -> Vec<String> {
    let addresses = copied.iter().map(|CopyAddress(address)| address.clone());
    addresses.collect()
}

/// All entities that a request names, each with the field that names it.
#[derive(Debug, Default)]
pub(crate) struct References {
    agents: Vec<(String, AgentId)>,
    /// The fields that name customers, in the order in which the command names them. The command checks the customers.
    pub(crate) customers: Vec<String>,
    uploads: Vec<(String, AttachmentId)>,
    /// Fields that must name an agent but are empty.
    missing_agents: Vec<String>,
    /// Fields that name another agent than the token acts as.
    other_agents: Vec<String>,
}

impl References {
    /// Returns the field that names a customer; `at` is the customer's index in the command.
    pub(crate) fn customer_field(&self, at: usize) -> &str {
        self.customers.get(at).map_or("customer_id", String::as_str)
    }

    /// Checks agents and uploads; the command checks customers. Returns the uploads as attachments.
    ///
    /// # Errors
    /// Returns a 422 that names every field that refers to an unknown agent or upload.
    pub(crate) async fn resolve(&self, caller: &Caller) -> Result<Vec<Attachment>, Error> {
        self.check_agents(caller).await?;
        self.uploads(caller).await
    }

    /// Checks that the agents exist. Agents are never deleted, so they still exist when the command runs.
    async fn check_agents(&self, caller: &Caller) -> Result<(), Error> {
        let missing = self.missing_agents.iter();
        let mut faults: Vec<FieldError> = missing
            .map(|field| FieldError::new(field, "required", "must name the agent who wrote it"))
            .collect();
        let others = self.other_agents.iter();
        faults.extend(others.map(|field| {
            FieldError::new(field, "invalid", "must be the agent that the token acts as")
        }));
        if !self.agents.is_empty() {
            let read = AgentsById {
                account: caller.account(),
                api: NAME,
                ids: self.agents.iter().map(|(_, agent)| *agent).collect(),
            };
            let found = caller.read(read).await?;
            // A team writes no messages.
            let known = |id: &AgentId| {
                let mut found = found.iter();
                found.any(|(agent, _)| agent.id == *id && !agent.team)
            };
            let unknown = self.agents.iter().filter(|(_, agent)| !known(agent));
            faults.extend(unknown.map(|(field, _)| FieldError::unknown(field)));
        }
        Error::invalid_if_any(faults)
    }

    /// Finds the uploads. An upload that a message has already taken counts as unknown.
    async fn uploads(&self, caller: &Caller) -> Result<Vec<Attachment>, Error> {
        let (mut files, mut faults) = (Vec::new(), Vec::new());
        for (field, id) in &self.uploads {
            let read = GetFile {
                account: caller.account(),
                inboxes: caller.inboxes().clone(),
                credential: caller.credential(),
                id: *id,
                with_content: false,
            };
            let found = caller.read(read).await?;
            match found.filter(|file| file.place.is_none()) {
                Some(file) => files.push(Attachment {
                    id: file.id,
                    message: heddle_domain::MessageId(0),
                    file_name: file.file_name,
                    mime_type: file.mime_type,
                    size: file.size,
                    link: None,
                    extra: None,
                }),
                None => faults.push(FieldError::unknown(field)),
            }
        }
        Error::invalid_if_any(faults)?;
        Ok(files)
    }
}

/// Returns the agent on whose behalf a message is written: the token's own agent, or else the message's author.
pub(crate) fn acting_agent(caller: &Caller, author: Author) -> Option<AgentId> {
    caller.agent().or(match author {
        Author::Agent(agent) => Some(agent),
        Author::Customer | Author::Application => None,
    })
}

/// Builds the message as the command stores it, without another read.
pub(crate) fn stored_message(
    message: &Stored,
    appended: &Appended,
    mut files: Vec<Attachment>,
) -> WithFiles {
    let (stored, conversation) = (&appended.messages[0], &appended.conversations[0]);
    let id = stored.id;
    files.sort_by_key(|file| file.id);
    let message = Message {
        conversation: conversation.id,
        id,
        recorded_at: stored.recorded_at,
        customer: stored.customer,
        kind: message.kind,
        channel: message.channel,
        direction: message.direction,
        state: message.state,
        format: message.format,
        author: message.author,
        agent_name: message.agent_name.clone(),
        subject: message.subject.clone(),
        body: message.body.clone(),
        occurred_at: stored.occurred_at,
        effective_at: stored.effective_at,
        zone: message.zone.clone(),
        imported: message.imported,
        automated: message.automated,
        moves_last_message: message.moves_last_message,
        recipients: message.recipients.clone(),
        status_set: stored.status.map(|change| change.to),
        status_wish: message.status_wish,
        assign_wish: message.assign_wish(),
        extra: message.extra.clone(),
        attachments: files.len() as i64,
        version: 0,
    };
    (message, files)
}
