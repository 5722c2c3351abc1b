//! What an event says beside its kind: the fields that changed, and facts.
//!
//! A field or fact is stored under its variant's name in snake case. Secrets never stand here, nor the texts of messages:
//! those stay where they are erased with their customer.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::customer::{PlacedAddress, ProfileField};
use crate::id::{AgentId, ConversationId, CustomerId, DeliveryId, InboxId, MessageId};
use crate::message::{Format, State};
use crate::status::Status;
use crate::webhook::DisabledReason;

/// A field before and after a change; `None`: it had or has no value.
pub type Change<T> = [Option<T>; 2];

/// A field that changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each is what its name says")]
pub enum Field {
    Status(Change<Status>),
    Assignee(Change<AgentId>),
    Archived(Change<bool>),
    Inbox(Change<InboxId>),
    Customer(Change<CustomerId>),
    Guest(Change<CustomerId>),
    State(Change<State>),
    Format(Change<Format>),
    Subject(Change<String>),
    TicketNumber(Change<String>),
    TicketLink(Change<String>),
    Tags(Change<Vec<String>>),
    CustomFields(Change<BTreeMap<String, Option<String>>>),
    HomeInbox(Change<InboxId>),
    MergedInto(Change<CustomerId>),
    Addresses(Change<Vec<PlacedAddress>>),
    Email(Change<String>),
    Name(Change<String>),
    DefaultAgent(Change<AgentId>),
    MessagingOff(Change<bool>),
    Api(Change<String>),
    Scopes(Change<String>),
    /// As [`InboxScope::listed`](crate::InboxScope::listed) says.
    Inboxes(Change<Option<Vec<InboxId>>>),
    Agent(Change<AgentId>),
    Revoked(Change<bool>),
    Label(Change<String>),
    Url(Change<String>),
    Events(Change<Vec<String>>),
    Ordered(Change<bool>),
    Enabled(Change<bool>),
    Allow(Change<String>),
    Options(Change<String>),
    WebhookAllow(Change<String>),
    /// One field of the profile of a customer or agent, stored under its own name.
    #[serde(untagged)]
    Profile(BTreeMap<ProfileField, Change<String>>),
    /// One setting that an API declares, stored under its own name.
    #[serde(untagged)]
    Setting(BTreeMap<String, Change<i64>>),
}

impl Field {
    /// The change of a field of a profile.
    pub fn profile(field: ProfileField) -> impl FnOnce(Change<String>) -> Self {
        move |change| Self::Profile(BTreeMap::from([(field, change)]))
    }

    /// The change of a setting.
    pub fn setting(name: &str) -> impl FnOnce(Change<i64>) -> Self {
        move |change| Self::Setting(BTreeMap::from([(name.to_owned(), change)]))
    }

    /// Whether it stays when the customer is erased. States and ids stay: they say nothing of a person, and readers of the
    /// feed count with them. All else goes.
    const fn outlasts_erasure(&self) -> bool {
        use Field::*;
        match self {
            Status(_) | Assignee(_) | Archived(_) | Inbox(_) | Customer(_) | Guest(_)
            | State(_) | HomeInbox(_) | MergedInto(_) => true,
            Format(_) | Subject(_) | TicketNumber(_) | TicketLink(_) | Tags(_)
            | CustomFields(_) | Addresses(_) | Email(_) | Name(_) | DefaultAgent(_)
            | MessagingOff(_) | Api(_) | Scopes(_) | Inboxes(_) | Agent(_) | Revoked(_)
            | Label(_) | Url(_) | Events(_) | Ordered(_) | Enabled(_) | Allow(_) | Options(_)
            | WebhookAllow(_) | Profile(_) | Setting(_) => false,
        }
    }
}

/// Something that is no change of a field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each is what its name says")]
pub enum Fact {
    Status(Status),
    SplitFrom(ConversationId),
    Into(ConversationId),
    Messages(Vec<MessageId>),
    Merged(Merged),
    Origin(String),
    Erased(bool),
    Job(i64),
    Body(String),
    Url(String),
    SecretRotated(bool),
    Reason(DisabledReason),
    Deliveries(i64),
    First(DeliveryId),
    Last(DeliveryId),
}

impl Fact {
    /// As for a [`Field`].
    const fn outlasts_erasure(&self) -> bool {
        use Fact::*;
        match self {
            Status(_) | SplitFrom(_) | Into(_) | Messages(_) | Merged(_) | Origin(_)
            | Erased(_) | Job(_) => true,
            Body(_) | Url(_) | SecretRotated(_) | Reason(_) | Deliveries(_) | First(_)
            | Last(_) => false,
        }
    }
}

/// What ended in a merge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
#[expect(missing_docs, reason = "each is what its name says")]
pub enum Merged {
    Customer(CustomerId),
    Conversation {
        conversation: ConversationId,
        inbox: InboxId,
        status: Status,
    },
}

/// The detail of an event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventDetail {
    /// Every field that changed.
    pub changes: Vec<Field>,
    /// Everything else.
    pub facts: Vec<Fact>,
}

impl EventDetail {
    /// Records a field if it changed.
    pub fn change<V: Clone + PartialEq + Into<Option<T>>, T>(
        &mut self,
        field: impl FnOnce(Change<T>) -> Field,
        before: &V,
        after: &V,
    ) -> &mut Self {
        if before != after {
            let change = [before, after].map(|value| value.clone().into());
            self.changes.push(field(change));
        }
        self
    }

    /// Records the first value of a field, if it has one.
    pub fn set<V: Clone + Into<Option<T>>, T: Clone + PartialEq>(
        &mut self,
        field: impl FnOnce(Change<T>) -> Field,
        value: &V,
    ) -> &mut Self {
        self.change(field, &None, &value.clone().into())
    }

    /// Adds a fact.
    pub fn with(&mut self, fact: Fact) -> &mut Self {
        self.facts.push(fact);
        self
    }

    /// Whether it publishes a draft.
    #[must_use]
    pub fn publishes_draft(&self) -> bool {
        let published = Field::State([Some(State::Draft), Some(State::Published)]);
        self.changes.contains(&published)
    }

    /// Whether a conversation came to be by a split.
    #[must_use]
    pub fn is_split(&self) -> bool {
        let split = |fact: &Fact| matches!(fact, Fact::SplitFrom(_));
        self.facts.iter().any(split)
    }

    /// Removes what may say something of a customer who is erased.
    pub fn redact(&mut self) {
        self.changes.retain(Field::outlasts_erasure);
        self.facts.retain(Fact::outlasts_erasure);
    }
}
