//! Conversations with their messages. Each is created with its first messages; the rest is appended in batches; then it is
//! archived or merged.

use heddle_access::provision;
use heddle_domain::TagName;
use heddle_domain::conversation::{Locks, StatusWish};
use heddle_domain::customer::{CustomerRef, Profile, split_name};
use heddle_domain::event::Actor;
use heddle_domain::id::{AgentId, ApplicationId, ConversationId, CustomerId};
use heddle_domain::message::{Author, Channel, Direction, Format, Kind, State};
use heddle_domain::{InboxScope, Timestamp};
use heddle_store::write::account::ApiPublicId;
use heddle_store::write::amend::AmendMessage;
use heddle_store::write::change::{Change, ChangeConversation};
use heddle_store::write::create::Created;
use heddle_store::write::delete::DeleteConversation;
use heddle_store::write::merge::MergeConversations;
use heddle_store::write::{
    Append, AppendMessages, Caller, CreateConversation, Guard, NewAttachment, NewMessage, Stored,
};
use heddle_store::{Error, Store};

use super::people::Directory;
use crate::demo::clock::DemoClock;
use crate::demo::identity::SampleIds;
use crate::demo::sample::{self, Sample};

/// The maximum number of messages in one command. It is small, because a long command delays others.
const BATCH: usize = 40;
/// Generated calls took place between [`FILLED_FROM_DAYS`] and [`FILLED_TO_DAYS`] days ago.
const FILLED_FROM_DAYS: i64 = 30;
const FILLED_TO_DAYS: i64 = 5;
const DAY_MS: i64 = 86_400_000;

/// A conversation that is to be created.
#[derive(Clone, Copy, Debug)]
pub(super) struct NewConversation {
    pub(super) id: ConversationId,
    pub(super) merged_into: Option<ConversationId>,
}

/// Creates all conversations of the sample, in its order.
pub(super) async fn make(
    store: &Store,
    sample: &Sample,
    directory: &Directory,
    application: Option<ApplicationId>,
    (ids, clock): (SampleIds<'_>, &DemoClock),
) -> Result<Vec<NewConversation>, Error> {
    let mut made = Vec::new();
    for (at, conversation) in sample.conversations.iter().enumerate() {
        clock.step();
        let guest = match &conversation.mews_sender {
            None => None,
            Some(name) => {
                let public_ids = ids.for_all_apis("guest", &at.to_string());
                Some(make_guest(store, directory, conversation, name, public_ids).await?)
            }
        };
        let script = ConversationSeeder {
            store,
            directory,
            conversation,
            guest,
            now: store.clock().now(),
        };
        made.push(NewConversation {
            id: script.run(application).await?,
            merged_into: None,
        });
    }
    for (at, conversation) in sample.conversations.iter().enumerate() {
        let Some(key) = &conversation.merge_into else {
            continue;
        };
        let mut all = sample.conversations.iter();
        let survivor = all.position(|other| other.key.as_ref() == Some(key));
        let into = made[survivor.expect("a sample refers to its own records only")].id;
        let caller = provision::operator_caller(&directory.account);
        let from = made[at].id;
        store
            .write(MergeConversations {
                caller,
                inboxes: InboxScope::All,
                from,
                into,
                status: None,
                expected: None,
            })
            .await?;
        made[at].merged_into = Some(into);
    }
    let deleted = sample.conversations.iter().zip(&made);
    for (_, NewConversation { id, .. }) in deleted.filter(|(it, _)| it.deleted) {
        let command = DeleteConversation {
            caller: provision::operator_caller(&directory.account),
            inboxes: InboxScope::All,
            conversation: *id,
            expected: None,
        };
        store.write(command).await?;
    }
    Ok(made)
}

/// Creates the customer of a conversation that a guest began through the Mews application: with only a display name, at home
/// in the conversation's inbox (`rules.md` 14).
async fn make_guest(
    store: &Store,
    directory: &Directory,
    conversation: &sample::Conversation,
    name: &str,
    public_ids: Vec<ApiPublicId>,
) -> Result<CustomerId, Error> {
    let (first, last) = split_name(name);
    let profile = Profile {
        first_name: Some(first.to_owned()),
        last_name: (!last.is_empty()).then(|| last.to_owned()),
        ..Profile::default()
    };
    let home = Some(directory.inbox(&conversation.inbox));
    provision::create_customer(store, &directory.account, home, None, profile, public_ids).await
}

/// Creates one conversation of the sample.
struct ConversationSeeder<'a> {
    store: &'a Store,
    directory: &'a Directory,
    conversation: &'a sample::Conversation,
    /// The customer, if a guest began the conversation.
    guest: Option<CustomerId>,
    now: Timestamp,
}

impl ConversationSeeder<'_> {
    async fn run(&self, application: Option<ApplicationId>) -> Result<ConversationId, Error> {
        let assignee = self.conversation.assignee.as_deref();
        let assignee = self.directory.agent(assignee);
        let caller = self.caller(assignee);
        let mut messages = self.messages(assignee);
        let rest = messages.split_off(messages.len().min(BATCH));
        let created = self
            .create(&caller, assignee, application, messages)
            .await?;
        let id = created.conversation.id;
        let mut stored = created.messages;
        for batch in rest.chunks(BATCH) {
            stored.extend(self.append(&caller, id, batch).await?);
        }
        for (message, stored) in self.conversation.messages.iter().zip(&stored) {
            if let Some(text) = &message.rewritten {
                let amend = AmendMessage {
                    caller: caller.clone(),
                    inboxes: InboxScope::All,
                    conversation: id,
                    message: stored.id,
                    text: Some((text.to_string(), Format::Plain)),
                    hidden: None,
                };
                self.store.write(amend).await?;
            }
        }
        if self.conversation.archived {
            let change = ChangeConversation::new(
                caller,
                id,
                Change {
                    archived: Some(true),
                    ..Change::default()
                },
            );
            self.store.write(change).await?;
        }
        Ok(id)
    }

    async fn create(
        &self,
        caller: &Caller,
        assignee: Option<AgentId>,
        application: Option<ApplicationId>,
        messages: Vec<NewMessage>,
    ) -> Result<Created, Error> {
        let of = self.conversation;
        let sender = of.mews_sender.as_deref();
        let known = of.customer.as_deref();
        let customer = self.guest.or(known.map(|key| self.directory.customer(key)));
        let customer = customer.expect("a conversation has a customer or a guest");
        let new = heddle_store::write::NewConversation {
            inbox: self.directory.inbox(&of.inbox),
            application: application.filter(|_| sender.is_some()),
            subject: of.subject.to_string(),
            kind: None,
            status: of.status.map(|status| status.0),
            assignee,
            ticket_number: None,
            ticket_link: None,
            original_sender: sender.map(str::to_owned),
            started_at: messages.first().and_then(|first| first.occurred_at),
            closed_at: messages.last().and_then(|last| last.occurred_at),
            tags: of.tags.iter().map(|tag| TagName::nearest(tag)).collect(),
            fields: Default::default(),
            imported: !messages.is_empty() && messages.iter().all(|message| message.imported),
        };
        let command = CreateConversation {
            caller: caller.clone(),
            reach: InboxScope::All,
            locks: Locks::NONE,
            conversation: new,
            customer: CustomerRef::Id(customer),
            messages,
        };
        self.store.write(command).await
    }

    async fn append(
        &self,
        caller: &Caller,
        conversation: ConversationId,
        messages: &[NewMessage],
    ) -> Result<Vec<Stored>, Error> {
        let entry = |message: &NewMessage| Append {
            conversation,
            message: message.clone(),
            wish: StatusWish::Keep,
            ticket_number: None,
            ticket_link: None,
        };
        let command = AppendMessages {
            caller: caller.clone(),
            reach: InboxScope::All,
            guard: Guard::ALL,
            locks: Locks::NONE,
            entries: messages.iter().map(entry).collect(),
        };
        Ok(self.store.write(command).await?.messages)
    }

    /// Returns the caller for the conversation's commands, which acts as the assignee or, without an assignee, as the
    /// operator.
    fn caller(&self, agent: Option<AgentId>) -> Caller {
        let operator = provision::operator_caller(&self.directory.account);
        match agent {
            None => operator,
            Some(agent) => Caller {
                actor: Actor {
                    agent: Some(agent),
                    ..Actor::OPERATOR
                },
                agent,
                ..operator
            },
        }
    }

    fn messages(&self, assignee: Option<AgentId>) -> Vec<NewMessage> {
        let written = self.conversation.messages.iter();
        let mut messages: Vec<NewMessage> = written.map(|message| self.written(message)).collect();
        let length = Sample::length(self.conversation);
        let agent = assignee.unwrap_or(self.directory.agents[0].1);
        let missing = messages.len()..length;
        messages.extend(missing.map(|at| self.filled(at, length, agent)));
        messages
    }

    fn written(&self, message: &sample::Message) -> NewMessage {
        let agent = self.directory.agent(message.agent.as_deref());
        let direction = message.direction.0;
        let author = match (direction, agent) {
            (Direction::Incoming, _) => Author::Customer,
            (Direction::Outgoing, Some(agent)) => Author::Agent(agent),
            (Direction::Outgoing, None) => Author::Application,
        };
        let at = message.at.map(|at| at.from(self.now));
        NewMessage {
            kind: if message.note {
                Kind::Note
            } else {
                Kind::Message
            },
            state: if message.draft {
                State::Draft
            } else {
                State::Published
            },
            occurred_at: at,
            imported: at.is_some(),
            attachments: message.file.iter().map(attachment).collect(),
            ..NewMessage::new(message.channel.0, direction, author, &*message.body)
        }
    }

    /// Builds a generated call with its number. Incoming and outgoing calls alternate.
    fn filled(&self, at: usize, length: usize, agent: AgentId) -> NewMessage {
        let (direction, author) = if at.is_multiple_of(2) {
            (Direction::Incoming, Author::Customer)
        } else {
            (Direction::Outgoing, Author::Agent(agent))
        };
        let number = at + 1;
        let subject = &*self.conversation.subject;
        let body = format!("Call {number} of {length} about \"{subject}\".");
        let span = (FILLED_FROM_DAYS - FILLED_TO_DAYS) * DAY_MS;
        let step = span / i64::try_from(length).unwrap_or(i64::MAX).max(1);
        let passed = step * i64::try_from(at).unwrap_or(0);
        NewMessage {
            occurred_at: Some(self.now.plus_ms(passed - FILLED_FROM_DAYS * DAY_MS)),
            imported: true,
            ..NewMessage::new(Channel::Phone, direction, author, body)
        }
    }
}

/// Builds the attachment of a text file. It is small enough to be stored beside the message.
fn attachment(file: &sample::TextFile) -> NewAttachment {
    let bytes = file.text.as_bytes().to_vec();
    NewAttachment {
        file_name: file.name.to_string(),
        mime_type: "text/plain".to_owned(),
        size: i64::try_from(bytes.len()).unwrap_or(i64::MAX),
        data: Some(bytes),
        object: None,
        link: None,
        extra: None,
    }
}
