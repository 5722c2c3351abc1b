//! From the bodies that add messages to the store's commands.

use heddle_domain::conversation::StatusWish;
use heddle_domain::customer::CustomerRef;
use heddle_domain::id::{AgentId, AttachmentId, CustomerId};
use heddle_domain::message::{
    Attachment, Author, Channel, Direction, Format, Kind, Message, Recipients, State,
};
use heddle_store::read::shown::{AgentsById, WithFiles};
use heddle_store::read::uploads::GetFile;
use heddle_store::write::NewMessage as Stored;
use heddle_store::write::append::Appended;
use serde::Deserialize;
use utoipa::ToSchema;

use super::AuthorWord;
use crate::auth::Holder;
use crate::context::NAME;
use crate::conversations::CopyAddress;
use crate::error::{Error, FieldError};
use crate::time::Instant;
use crate::words::{ChannelWord, DirectionWord, FormatWord, MessageKind, StatusWord};
use heddle_api::App;

/// Messages may be long; files come as attachments.
pub(crate) const LARGEST_BODY: usize = 4 << 20;

/// A message to be added.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewMessage {
    /// `message` if it is not given.
    #[schema(nullable = false)]
    kind: Option<MessageKind>,
    channel: ChannelWord,
    direction: DirectionWord,
    /// The text; empty if it is not given.
    #[schema(nullable = false)]
    #[serde(default)]
    body: String,
    /// `plain` if it is not given.
    #[schema(nullable = false)]
    format: Option<FormatWord>,
    /// A published message's subject becomes the conversation's.
    #[schema(max_length = 1000)]
    subject: Option<String>,
    /// Who wrote it. If it is not given: the customer, if it is incoming; else the agent of `author_agent_id` or of the
    /// token, if there is one; else the application.
    #[schema(nullable = false)]
    author: Option<AuthorWord>,
    /// The agent who wrote it; the token's own if it is not given.
    author_agent_id: Option<i64>,
    /// An employee's name as free text, for APIs that show one.
    #[schema(max_length = 200)]
    agent_name: Option<String>,
    /// The customer it is about; the conversation's if it is not given.
    customer_id: Option<i64>,
    /// When the contact took place; now if it is not given.
    occurred_at: Option<Instant>,
    /// The time zone to show beside it.
    #[schema(max_length = 100)]
    zone: Option<String>,
    /// It is brought across from elsewhere: it changes no status, and nobody is told.
    #[serde(default)]
    imported: bool,
    /// It was sent by a machine: it ends no waiting and reopens nothing.
    #[serde(default)]
    automated: bool,
    /// A draft does nothing until it is published. `published` if it is not given.
    #[schema(nullable = false)]
    state: Option<Sendable>,
    /// The status that the conversation gets with it; with a draft, once it is published.
    #[schema(nullable = false)]
    status: Option<StatusWord>,
    #[schema(max_items = 100, nullable = false)]
    #[serde(default)]
    cc: Vec<CopyAddress>,
    #[schema(max_items = 100, nullable = false)]
    #[serde(default)]
    bcc: Vec<CopyAddress>,
    /// Files uploaded before by the same token, within an hour.
    #[schema(max_items = 100, nullable = false)]
    #[serde(default)]
    attachment_ids: Vec<i64>,
}

/// A state that a message can be added in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Sendable {
    Published,
    Draft,
}

/// A note to be added.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewNote {
    #[schema(min_length = 1)]
    body: String,
    /// `plain` if it is not given.
    #[schema(nullable = false)]
    format: Option<FormatWord>,
    /// The agent who wrote it; the token's own if it is not given.
    author_agent_id: Option<i64>,
    /// When it was written; now if it is not given.
    occurred_at: Option<Instant>,
    /// It is brought across from elsewhere: nobody is told.
    #[serde(default)]
    imported: bool,
    /// Files uploaded before by the same token, within an hour.
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
            cc: Vec::new(),
            bcc: Vec::new(),
            attachment_ids: self.attachment_ids,
        }
    }
}

/// A message for the store, and what it wants of the status.
#[derive(Clone, Debug)]
pub(crate) struct Composed {
    pub(crate) message: Stored,
    pub(crate) wish: StatusWish,
}

impl NewMessage {
    /// What is wrong beyond the schema.
    pub(crate) fn faults(&self) -> Vec<FieldError> {
        let mut faults = Vec::new();
        let by_agent = matches!(self.author, None | Some(AuthorWord::Agent));
        if self.author_agent_id.is_some() && !by_agent {
            let detail = "only where an agent is the author";
            faults.push(FieldError::new("author_agent_id", "invalid", detail));
        }
        faults
    }

    fn author(&self, holder: &Holder, named: &mut Named, place: &str) -> Author {
        let given = self.author_agent_id.map(AgentId);
        let agent = given.or(holder.agent());
        let wanted = match (self.author, self.direction.0) {
            (Some(word), _) => word,
            (None, _) if given.is_some() => AuthorWord::Agent,
            (None, Direction::Incoming) => AuthorWord::Customer,
            (None, Direction::Outgoing) if agent.is_some() => AuthorWord::Agent,
            (None, Direction::Outgoing) => AuthorWord::Application,
        };
        match (wanted, agent) {
            (AuthorWord::Customer, _) => Author::Customer,
            (AuthorWord::Agent, Some(agent)) => {
                named
                    .agents
                    .push((format!("{place}author_agent_id"), agent));
                Author::Agent(agent)
            }
            (AuthorWord::Agent, None) => {
                named.missing.push(format!("{place}author_agent_id"));
                Author::Application
            }
            (AuthorWord::Application, _) => Author::Application,
        }
    }

    /// The message for the store; what it names is left in `named`, each with its field below `place`.
    pub(crate) fn compose(self, holder: &Holder, named: &mut Named, place: &str) -> Composed {
        let author = self.author(holder, named, place);
        let customer = self.customer_id.map(|id| {
            named.customers.push(format!("{place}customer_id"));
            CustomerRef::Id(CustomerId(id))
        });
        let uploads: Vec<AttachmentId> =
            self.attachment_ids.into_iter().map(AttachmentId).collect();
        for (at, id) in uploads.iter().enumerate() {
            named
                .uploads
                .push((format!("{place}attachment_ids[{at}]"), *id));
        }
        let state = match self.state.unwrap_or(Sendable::Published) {
            Sendable::Published => State::Published,
            Sendable::Draft => State::Draft,
        };
        let message = Stored {
            customer,
            kind: self.kind.map_or(Kind::Message, |word| word.0),
            state,
            format: self.format.map_or(Format::Plain, |word| word.0),
            agent_name: self.agent_name,
            subject: self.subject,
            occurred_at: self.occurred_at.map(|at| at.0),
            zone: self.zone,
            imported: self.imported,
            automated: self.automated,
            recipients: Recipients {
                cc: addresses(self.cc),
                bcc: addresses(self.bcc),
            },
            status_wish: self
                .status
                .map(|word| word.0)
                .filter(|_| state == State::Draft),
            uploads,
            ..Stored::new(self.channel.0, self.direction.0, author, self.body)
        };
        let wish = super::wish(&message, self.status);
        Composed { message, wish }
    }
}

fn addresses(copied: Vec<CopyAddress>) -> Vec<String> {
    copied
        .into_iter()
        .map(|CopyAddress(address)| address)
        .collect()
}

/// Everything that bodies name, each with the field that names it.
#[derive(Debug, Default)]
pub(crate) struct Named {
    agents: Vec<(String, AgentId)>,
    /// The fields of the customers only, in the order of the command.
    pub(crate) customers: Vec<String>,
    uploads: Vec<(String, AttachmentId)>,
    /// Fields that should name an agent and do not.
    missing: Vec<String>,
}

impl Named {
    /// The field that named the customer in a place.
    pub(crate) fn customer_field(&self, at: usize) -> &str {
        self.customers.get(at).map_or("customer_id", String::as_str)
    }

    /// Everything but customers, whom the command judges: agents exist, and the uploads are there, as the attachments that
    /// they become.
    ///
    /// # Errors
    /// 422 naming every field that names what is not there.
    pub(crate) async fn settle(
        &self,
        app: &App,
        holder: &Holder,
    ) -> Result<Vec<Attachment>, Error> {
        self.must_exist(app, holder).await?;
        self.files(app, holder).await
    }

    /// Agents are never deleted, so what is there now is there when the command runs.
    ///
    /// # Errors
    /// 422 naming every field whose agent is unknown.
    async fn must_exist(&self, app: &App, holder: &Holder) -> Result<(), Error> {
        let missing = self.missing.iter();
        let mut faults: Vec<FieldError> = missing
            .map(|field| FieldError::new(field, "required", "must name the agent who wrote it"))
            .collect();
        if !self.agents.is_empty() {
            let read = AgentsById {
                account: holder.account(),
                api: NAME,
                ids: self.agents.iter().map(|(_, agent)| *agent).collect(),
            };
            let found = app.store.read(read).await?;
            let known = |id: &AgentId| found.iter().any(|(agent, _)| agent.id == *id);
            let unknown = self.agents.iter().filter(|(_, agent)| !known(agent));
            faults.extend(unknown.map(|(field, _)| FieldError::unknown(field)));
        }
        Error::invalid_if_any(faults)
    }

    /// The uploads as the attachments that they become.
    ///
    /// # Errors
    /// 422 naming every field whose file is unknown, or has its message already.
    async fn files(&self, app: &App, holder: &Holder) -> Result<Vec<Attachment>, Error> {
        let (mut files, mut faults) = (Vec::new(), Vec::new());
        for (field, id) in &self.uploads {
            let read = GetFile {
                account: holder.account(),
                inboxes: holder.inboxes().to_vec(),
                credential: holder.credential(),
                id: *id,
                with_content: false,
            };
            match app
                .store
                .read(read)
                .await?
                .filter(|file| file.place.is_none())
            {
                Some(file) => files.push(Attachment {
                    id: file.id,
                    message: heddle_domain::MessageId(0),
                    file_name: file.file_name,
                    mime_type: file.mime_type,
                    size: file.size,
                    link: None,
                }),
                None => faults.push(FieldError::unknown(field)),
            }
        }
        Error::invalid_if_any(faults)?;
        Ok(files)
    }
}

/// The message as the store has it, without asking the store.
pub(crate) fn stored(
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
        zone: message.zone.clone(),
        imported: message.imported,
        automated: message.automated,
        moves_last_message: message.moves_last_message,
        recipients: message.recipients.clone(),
        status_set: stored.status.map(|change| change.to),
        status_wish: message.status_wish,
        extra: message.extra.clone(),
        attachments: files.len() as i64,
        version: 0,
    };
    (message, files)
}
