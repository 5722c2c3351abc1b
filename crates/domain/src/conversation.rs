//! Conversations, and what a message or a wish does to one.
//!
//! The functions here decide; the store locks the row, calls them and writes what changed. The cases are settled in
//! `rules.md` 11, 12 and 19 to 21.

use crate::code::coded;
use crate::id::{AgentId, ApplicationId, ConversationId, CustomerId, InboxId, MessageId};
use crate::message::{Channel, Direction, Kind, MessageFacts, State};
use crate::time::Timestamp;

pub use crate::status::{Status, StatusChange, StatusWish};

coded! {
    /// The type that Help Scout gave a conversation at its creation.
    pub enum ConversationKind {
        /// E-mail.
        Email = "email",
        /// Chat.
        Chat = "chat",
        /// Telephone.
        Phone = "phone",
    }
}

/// A conversation. Every field is a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conversation {
    /// Its id within the account; Magicline's `threadId`.
    pub id: ConversationId,
    /// Help Scout's number: the id unless an import gave another.
    pub number: i64,
    /// Where it lives.
    pub inbox: InboxId,
    /// The one customer it is with.
    pub customer: CustomerId,
    /// The Mews application that created it, and which alone sees it there.
    pub application: Option<ApplicationId>,
    /// The latest subject given.
    pub subject: String,
    /// The type Help Scout gave it.
    pub kind: Option<ConversationKind>,
    /// Where it stands.
    pub status: Status,
    /// Draft conversations and deleted ones are not published.
    pub state: State,
    /// Out of the way.
    pub archived: bool,
    /// The agent in charge.
    pub assignee: Option<AgentId>,
    /// When the assignee last changed.
    pub delegated_at: Option<Timestamp>,
    /// Number in a third-party ticket system.
    pub ticket_number: Option<String>,
    /// Link to that ticket.
    pub ticket_link: Option<String>,
    /// Mews' OriginalSender, as sent.
    pub original_sender: Option<String>,
    /// Recorded time; immutable, part of the GUID.
    pub created_at: Timestamp,
    /// The creation time that a client gave, else the recorded one.
    pub started_at: Timestamp,
    /// Moves with every committed change and never back.
    pub updated_at: Timestamp,
    /// Greatest time of a contact; the creation time while there is none.
    pub last_message_at: Timestamp,
    /// The newest stored message of any kind; 0 while there is none.
    pub last_message_id: i64,
    /// The newest event about it.
    pub last_event_id: i64,
    /// (time, id) of the last live contact that counts for waiting; the earliest instant while there is none.
    pub last_live: (Timestamp, i64),
    /// Whether the customer wrote that one.
    pub customer_wrote_last: bool,
    /// Since when the customer waits or last waited.
    pub waiting_since: Option<Timestamp>,
    /// When an agent last did something.
    pub agent_acted_at: Option<Timestamp>,
    /// When it was closed; `None` while it is not.
    pub closed_at: Option<Timestamp>,
    /// Who closed it; `None` while it is not.
    pub closed_by: Option<AgentId>,
    /// Stored messages of any state and API, line items aside: what the cap counts.
    pub messages: i64,
    /// Published ones, line items aside: what Help Scout shows.
    pub published: i64,
    /// Contacts: published messages that are neither notes nor line items.
    pub contacts: i64,
    /// Channel of the first message.
    pub first_channel: Option<Channel>,
    /// The conversation it was merged into; it is then a redirect and nothing else.
    pub merged_into: Option<ConversationId>,
}

/// The place of the last live contact while there is none: before every other.
const NO_LIVE_CONTACT: (Timestamp, i64) = (Timestamp(i64::MIN), 0);

/// What a new conversation starts from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opening {
    /// Its id.
    pub id: ConversationId,
    /// Where it lives.
    pub inbox: InboxId,
    /// The customer.
    pub customer: CustomerId,
    /// The Mews application that creates it.
    pub application: Option<ApplicationId>,
    /// The first subject.
    pub subject: String,
    /// Help Scout's type.
    pub kind: Option<ConversationKind>,
    /// The status it starts with.
    pub status: Status,
    /// Who is in charge from the start.
    pub assignee: Option<AgentId>,
    /// Number in a third-party ticket system.
    pub ticket_number: Option<String>,
    /// Link to that ticket.
    pub ticket_link: Option<String>,
    /// Mews' OriginalSender.
    pub original_sender: Option<String>,
    /// The creation time that the client gave.
    pub started_at: Option<Timestamp>,
    /// The closing time that the client gave (imports).
    pub closed_at: Option<Timestamp>,
}

impl Conversation {
    /// A conversation without messages, opened `now` by `actor`.
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

    /// Takes a message in: counts, times, waiting. The status is [`Self::wish`]'s.
    pub fn record(&mut self, message: &MessageFacts) {
        self.last_message_id = self.last_message_id.max(message.id.get());
        self.touch(message.id.created_at());
        if message.kind == Kind::LineItem {
            return;
        }
        self.messages += 1;
        if self.first_channel.is_none() && message.kind == Kind::Message {
            self.first_channel = Some(message.channel);
        }
        self.take_effect(message);
    }

    /// What a message does once it is published: at once, or when its draft is.
    pub fn take_effect(&mut self, message: &MessageFacts) {
        if message.state != State::Published || message.kind == Kind::LineItem {
            return;
        }
        self.published += 1;
        if !message.imported && message.by_agent.is_some() {
            self.agent_acted_at = self.agent_acted_at.max(Some(message.occurred_at));
        }
        if message.is_contact() {
            self.record_contact(message);
        } else if message.moves_last_message {
            self.last_message_at = self.last_message_at.max(message.occurred_at);
        }
    }

    /// Forgets what its messages brought and takes these in instead, which are all it has, in the order of their ids: the
    /// state that recording them one by one would have led to. What people decided (status, assignee, subject) stays, and
    /// `updated_at` never moves back.
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
            self.record(message);
        }
    }

    fn record_contact(&mut self, message: &MessageFacts) {
        self.last_message_at = if self.contacts == 0 {
            message.occurred_at
        } else {
            self.last_message_at.max(message.occurred_at)
        };
        self.contacts += 1;
        let incoming = message.direction == Direction::Incoming;
        let ignored = message.imported || (message.automated && !incoming);
        if ignored || (message.occurred_at, message.id.get()) <= self.last_live {
            return;
        }
        if incoming && !self.customer_wrote_last {
            self.waiting_since = Some(message.occurred_at);
        }
        self.last_live = (message.occurred_at, message.id.get());
        self.customer_wrote_last = incoming;
    }

    /// What `wish` makes of the status once `message` is in: imported and draft messages change nothing, an agent's
    /// published answer turns `new` into `open` unless a status is named.
    pub fn wish(
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

    /// Sets the status, with the record of who closed it and when; `None` if it had that status already.
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

    /// Changes the assignee; `false` if it was that one already. Every call that changes it is a delegation.
    pub fn assign(&mut self, assignee: Option<AgentId>, now: Timestamp) -> bool {
        if self.assignee == assignee {
            return false;
        }
        self.assignee = assignee;
        self.delegated_at = Some(now);
        self.touch(now);
        true
    }

    /// Moves `updated_at` forward, never back.
    pub fn touch(&mut self, now: Timestamp) {
        self.updated_at = self.updated_at.max(now);
    }

    /// The recorded time of the newest message; the creation time while there is none.
    #[must_use]
    pub const fn last_activity(&self) -> Timestamp {
        if self.last_message_id == 0 {
            self.created_at
        } else {
            MessageId(self.last_message_id).created_at()
        }
    }
}

/// Why a conversation takes no more threads from Help Scout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lock {
    /// It holds as many as it may.
    Full,
    /// It is older than the account's policy allows.
    Old,
}

/// The account's limits on conversations; only Help Scout refuses by them (`rules.md` 21).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Locks {
    /// The cap; 0 switches it off.
    pub thread_cap: i64,
    /// The age in days; 0 switches it off.
    pub after_days: i64,
}

impl Locks {
    /// Limits that never refuse.
    pub const NONE: Self = Self {
        thread_cap: 0,
        after_days: 0,
    };

    /// Why `conversation` takes no further thread `now`, if it does not. Adding stops one short of the cap (SEED-18).
    #[must_use]
    pub fn refuses_addition(self, conversation: &Conversation, now: Timestamp) -> Option<Lock> {
        const DAY_MS: i64 = 86_400_000;
        if self.thread_cap > 0 && conversation.messages >= self.thread_cap - 1 {
            return Some(Lock::Full);
        }
        let age = now.0 - conversation.last_activity().0;
        (self.after_days > 0 && age > self.after_days.saturating_mul(DAY_MS)).then_some(Lock::Old)
    }

    /// Whether a conversation may not be created with so many threads.
    #[must_use]
    pub const fn refuses_creation(self, threads: usize) -> bool {
        self.thread_cap > 0 && threads as u64 > self.thread_cap.unsigned_abs()
    }
}

#[cfg(test)]
mod tests;
