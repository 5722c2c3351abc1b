//! Conversations, and how a message or a requested status changes one.
//!
//! The functions here decide; the store locks the row, calls them and writes the changed fields. `rules.md` 11, 12
//! and 19 to 21 define the cases.

use crate::code::coded;
use crate::id::{AgentId, ApplicationId, ConversationId, CustomerId, InboxId, MessageId};
use crate::message::{Channel, Direction, Kind, MessageFacts, State};
use crate::time::Timestamp;

pub use crate::status::{Status, StatusChange, StatusWish};

coded! {
    /// The conversation type that Help Scout's API sets at creation.
    pub enum ConversationKind {
        /// Opened by an e-mail.
        Email = "email",
        /// Opened by a chat.
        Chat = "chat",
        /// Opened by a telephone call.
        Phone = "phone",
    }
}

/// A conversation. Every field is a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conversation {
    /// Id within the account; Magicline calls it `threadId`.
    pub id: ConversationId,
    /// The number that Help Scout shows: equal to the id unless an import gave another.
    pub number: i64,
    /// The inbox that holds the conversation.
    pub inbox: InboxId,
    /// The customer of the conversation.
    pub customer: CustomerId,
    /// The Mews application that created the conversation; no other Mews application can see it.
    pub application: Option<ApplicationId>,
    /// The latest subject that a request gave.
    pub subject: String,
    /// The type that Help Scout's API set, if any.
    pub kind: Option<ConversationKind>,
    /// Status of the conversation.
    pub status: Status,
    /// Whether the conversation is published, a draft or deleted.
    pub state: State,
    /// Whether an agent archived the conversation.
    pub archived: bool,
    /// The assigned agent; `None` if nobody is assigned.
    pub assignee: Option<AgentId>,
    /// When the assignee last changed; `None` if it never changed.
    pub delegated_at: Option<Timestamp>,
    /// Number of the conversation's ticket in an external ticket system, if there is one.
    pub ticket_number: Option<String>,
    /// Link to the conversation's ticket in an external ticket system, if there is one.
    pub ticket_link: Option<String>,
    /// The Mews field `OriginalSender`, as sent.
    pub original_sender: Option<String>,
    /// When the server recorded the conversation. Never changes: it is part of the GUID.
    pub created_at: Timestamp,
    /// When the conversation began: the time that the client gave, else `created_at`.
    pub started_at: Timestamp,
    /// When the conversation last changed. Every committed change may move this time forward; none moves it back.
    pub updated_at: Timestamp,
    /// Time of the latest contact; the creation time if there is no contact.
    pub last_message_at: Timestamp,
    /// Id of the newest message, of any kind; 0 if there is none.
    pub last_message_id: i64,
    /// Id of the newest event about the conversation.
    pub last_event_id: i64,
    /// Time and id of the last message that counts for waiting: a contact that is not imported. The earliest possible
    /// value if there is none.
    pub last_live: (Timestamp, i64),
    /// Whether the customer wrote the message of `last_live`.
    pub customer_wrote_last: bool,
    /// When the customer began to wait for a response. A response does not reset this time.
    pub waiting_since: Option<Timestamp>,
    /// When an agent last published a message or note.
    pub agent_acted_at: Option<Timestamp>,
    /// When the conversation was closed; `None` unless the status is `closed`.
    pub closed_at: Option<Timestamp>,
    /// The agent who closed the conversation; `None` unless the status is `closed`.
    pub closed_by: Option<AgentId>,
    /// Number of messages in any state, line items (system entries such as "merged") excluded. The thread cap limits
    /// this number.
    pub messages: i64,
    /// Number of published messages, line items excluded: the thread count that Help Scout shows.
    pub published: i64,
    /// Number of contacts: published messages that are neither notes nor line items.
    pub contacts: i64,
    /// Channel of the first message.
    pub first_channel: Option<Channel>,
    /// The conversation into which this one was merged. If set, this conversation only redirects there.
    pub merged_into: Option<ConversationId>,
}

/// Value of [`Conversation::last_live`] without any contact: earlier than every real value.
pub const NO_LIVE_CONTACT: (Timestamp, i64) = (Timestamp(i64::MIN), 0);

/// The values that a request gives for a new conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opening {
    /// Id of the conversation within the account.
    pub id: ConversationId,
    /// The inbox that holds the conversation.
    pub inbox: InboxId,
    /// The customer of the new conversation.
    pub customer: CustomerId,
    /// The Mews application that creates the conversation.
    pub application: Option<ApplicationId>,
    /// Subject of the new conversation.
    pub subject: String,
    /// The type that Help Scout's API sets.
    pub kind: Option<ConversationKind>,
    /// Status of the new conversation.
    pub status: Status,
    /// The agent assigned at creation.
    pub assignee: Option<AgentId>,
    /// Number of the ticket in an external ticket system, if there is one.
    pub ticket_number: Option<String>,
    /// Link to the ticket in an external ticket system, if there is one.
    pub ticket_link: Option<String>,
    /// The Mews field `OriginalSender`.
    pub original_sender: Option<String>,
    /// When the conversation began, if the client gave a time.
    pub started_at: Option<Timestamp>,
    /// When the conversation was closed, if the client gave a time (imports).
    pub closed_at: Option<Timestamp>,
}

impl Conversation {
    /// Creates a conversation without messages at `now`, on behalf of `actor`.
    #[must_use]
    pub fn open(opening: Opening, now: Timestamp, actor: AgentId) -> Self {
        let closed = opening.status == Status::Closed;
        Self {
            id: opening.id,
            number: opening.id.get(),
            inbox: opening.inbox,
            customer: opening.customer,
            application: opening.application,
            subject: opening.subject,
            kind: opening.kind,
            status: opening.status,
            state: State::Published,
            archived: false,
            assignee: opening.assignee,
            delegated_at: opening.assignee.map(|_| now),
            ticket_number: opening.ticket_number,
            ticket_link: opening.ticket_link,
            original_sender: opening.original_sender,
            created_at: now,
            started_at: opening.started_at.unwrap_or(now),
            updated_at: now,
            last_message_at: now,
            last_message_id: 0,
            last_event_id: 0,
            last_live: NO_LIVE_CONTACT,
            customer_wrote_last: false,
            waiting_since: None,
            agent_acted_at: None,
            closed_at: closed.then(|| opening.closed_at.unwrap_or(now)),
            closed_by: closed.then_some(actor),
            messages: 0,
            published: 0,
            contacts: 0,
            first_channel: None,
            merged_into: None,
        }
    }

    /// Whether the customer waits for a response (`rules.md` 19).
    #[must_use]
    pub const fn is_waiting(&self) -> bool {
        self.customer_wrote_last && !self.status.is_closed()
    }

    /// Counts a new message and updates the times and the waiting state. The status changes in
    /// [`Self::apply_wish`].
    pub fn record(&mut self, message: &MessageFacts) {
        self.count(message);
        self.take_effect(message);
    }

    fn count(&mut self, message: &MessageFacts) {
        self.last_message_id = self.last_message_id.max(message.id.get());
        self.touch(message.recorded_at);
        if message.kind == Kind::LineItem {
            return;
        }
        self.messages += 1;
        if self.first_channel.is_none() && message.kind == Kind::Message {
            self.first_channel = Some(message.channel);
        }
    }

    /// Applies the effects of a published message. Called when the message is added, or when its draft is published.
    pub fn take_effect(&mut self, message: &MessageFacts) {
        if message.state != State::Published || message.kind == Kind::LineItem {
            return;
        }
        self.published += 1;
        if !message.imported && message.by_agent.is_some() {
            self.agent_acted_at = self.agent_acted_at.max(Some(message.effective_at));
        }
        if message.is_contact() {
            self.record_contact(message);
        } else if message.moves_last_message {
            self.last_message_at = self.last_message_at.max(message.effective_at);
        }
    }

    /// Recomputes every field that depends on messages. `messages` must be all messages of the conversation, ordered
    /// by id. Gives the same result as recording them one by one, and publishing drafts when they took effect. Status, assignee and subject stay; `updated_at`
    /// never goes back.
    pub fn recount(&mut self, messages: &[MessageFacts]) {
        self.last_message_at = self.created_at;
        self.last_message_id = 0;
        self.last_live = NO_LIVE_CONTACT;
        self.customer_wrote_last = false;
        self.waiting_since = None;
        self.agent_acted_at = None;
        self.messages = 0;
        self.published = 0;
        self.contacts = 0;
        self.first_channel = None;
        for message in messages {
            self.count(message);
        }
        // Only a draft that was published later has an effective time after its recorded time. It took effect then.
        let mut effects: Vec<&MessageFacts> = messages.iter().collect();
        effects.sort_by_key(|message| match message.imported {
            true => message.recorded_at,
            false => message.recorded_at.max(message.effective_at),
        });
        for message in effects {
            self.take_effect(message);
        }
    }

    fn record_contact(&mut self, message: &MessageFacts) {
        self.last_message_at = if self.contacts == 0 {
            message.effective_at
        } else {
            self.last_message_at.max(message.effective_at)
        };
        self.contacts += 1;
        let incoming = message.direction == Direction::Incoming;
        let ignored = message.imported || (message.automated && !incoming);
        if ignored || (message.effective_at, message.id.get()) <= self.last_live {
            return;
        }
        if incoming && !self.customer_wrote_last {
            self.waiting_since = Some(message.effective_at);
        }
        self.last_live = (message.effective_at, message.id.get());
        self.customer_wrote_last = incoming;
    }

    /// Applies the status that the request for `message` asks for. An imported or draft message changes nothing. An
    /// agent's published answer turns `new` into `open` unless the request names a status.
    pub fn apply_wish(
        &mut self,
        wish: StatusWish,
        message: &MessageFacts,
        now: Timestamp,
        actor: AgentId,
    ) -> Option<StatusChange> {
        if message.imported || message.state != State::Published {
            return None;
        }
        let answered = message.is_contact()
            && message.direction == Direction::Outgoing
            && message.by_agent.is_some()
            && !message.automated;
        let mut status = wish.apply(self.status);
        if status == Status::New
            && answered
            && !matches!(wish, StatusWish::Set(_) | StatusWish::Stage(_))
        {
            status = Status::Open;
        }
        self.set_status(status, now, actor)
    }

    /// Sets the status, and who closed the conversation and when. Returns the change, or `None` if the status was the
    /// same before.
    pub fn set_status(
        &mut self,
        status: Status,
        now: Timestamp,
        actor: AgentId,
    ) -> Option<StatusChange> {
        if status == self.status {
            return None;
        }
        let change = StatusChange {
            from: self.status,
            to: status,
        };
        self.status = status;
        let closed = status == Status::Closed;
        self.closed_at = closed.then_some(now);
        self.closed_by = closed.then_some(actor);
        self.touch(now);
        Some(change)
    }

    /// Changes the assignee and records the time. Returns whether the assignee changed.
    pub fn assign(&mut self, assignee: Option<AgentId>, now: Timestamp) -> bool {
        if self.assignee == assignee {
            return false;
        }
        self.assignee = assignee;
        self.delegated_at = Some(now);
        self.touch(now);
        true
    }

    /// Opens and unarchives the survivor of a merge (this conversation), so that an open conversation that was merged
    /// into it stays visible (`rules.md` 12a). `status` is the status that the merge names; it overrides.
    pub fn take_over(
        &mut self,
        ended: &Self,
        status: Option<Status>,
        now: Timestamp,
        actor: AgentId,
    ) {
        let is_done = self.archived || self.status.is_closed();
        let reopens = !ended.status.is_closed();
        let usual = if reopens && is_done {
            Status::Open
        } else {
            self.status
        };
        self.set_status(status.unwrap_or(usual), now, actor);
        if reopens && !self.status.is_closed() {
            self.archived = false;
        }
    }

    /// Moves `updated_at` forward, never back.
    pub fn touch(&mut self, now: Timestamp) {
        self.updated_at = self.updated_at.max(now);
    }

    /// Returns when the newest message was recorded; the creation time if there is no message. If the message's id is ahead
    /// of the clock, this is the time of the last change.
    #[must_use]
    pub fn last_activity(&self) -> Timestamp {
        if self.last_message_id == 0 {
            return self.created_at;
        }
        let recorded = MessageId(self.last_message_id).created_at();
        recorded.min(self.updated_at)
    }
}

/// Why Help Scout's API refuses to add a thread to a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lock {
    /// The conversation already has cap - 1 threads, or a new one would have more threads than the cap.
    Full,
    /// The last activity is older than the age limit.
    Old,
}

/// The account's limits on conversations. Only Help Scout's API enforces them (`rules.md` 21).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Locks {
    /// The thread cap: an addition to a conversation that already has cap - 1 threads is refused; 0 means no cap.
    pub thread_cap: i64,
    /// The maximum number of days since the last activity; an older conversation takes no further thread. 0 means no
    /// limit.
    pub after_days: i64,
}

impl Locks {
    /// Limits that refuse nothing.
    pub const NONE: Self = Self {
        thread_cap: 0,
        after_days: 0,
    };

    /// Returns the limit that forbids a further thread at `now`; `None` if adding is allowed. Refuses one thread
    /// before the cap is reached (SEED-18).
    #[must_use]
    pub fn refuses_addition(self, conversation: &Conversation, now: Timestamp) -> Option<Lock> {
        const DAY_MS: i64 = 86_400_000;
        if self.thread_cap > 0 && conversation.messages >= self.thread_cap - 1 {
            return Some(Lock::Full);
        }
        let age = now.0 - conversation.last_activity().0;
        (self.after_days > 0 && age > self.after_days.saturating_mul(DAY_MS)).then_some(Lock::Old)
    }

    /// Returns true if a conversation may not be created with this many threads.
    #[must_use]
    pub const fn refuses_creation(self, threads: usize) -> bool {
        self.thread_cap > 0 && threads as u64 > self.thread_cap.unsigned_abs()
    }
}

#[cfg(test)]
mod tests;
