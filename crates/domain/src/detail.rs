//! What an event says beside its kind: the fields that changed, and facts.
//!
//! A field or fact is stored under its variant's name in snake case. An event contains no secrets and no bodies of
//! messages. A body is stored only with its message, so that an erasure has only one place to remove it from.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::custom_field::CustomField;
use crate::customer::{
    CustomerDetails, Follower, PlacedAddress, PostalAddress, Preference, ProfileField,
};
use crate::id::{
    AgentId, ApplicationId, AttachmentId, ConversationId, CredentialId, CustomerId, DeliveryId,
    EventId, InboxId, MessageId,
};
use crate::inbox_profile::InboxProfile;
use crate::message::{Format, State};
use crate::opt_out::OptOutState;
use crate::status::Status;
use crate::webhook::DisabledReason;

/// A field before and after a change; `None`: it had or has no value.
pub type Change<T> = [Option<T>; 2];

/// A field that changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each is the field of that name")]
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
    /// The custom fields that an inbox defines: those that changed, by name.
    DefinedFields(Change<BTreeMap<String, CustomField>>),
    /// The profile of an inbox: only the members that changed.
    InboxProfile(Box<Change<InboxProfile>>),
    /// The addresses of an inbox that may or may not be written to: those that changed, by kind and hash.
    OptOuts(Change<BTreeMap<String, OptOutState>>),
    HomeInbox(Change<InboxId>),
    MergedInto(Change<CustomerId>),
    Addresses(Change<Vec<PlacedAddress>>),
    PostalAddress(Change<PostalAddress>),
    Details(Box<Change<CustomerDetails>>),
    /// The preferences that were stored before, and those that are stored now: only those that changed.
    Preferences(Change<Vec<Preference>>),
    /// The followers of a customer: only those that changed.
    Followers(Change<Vec<Follower>>),
    Email(Change<String>),
    Name(Change<String>),
    DefaultAgent(Change<AgentId>),
    MessagingOff(Change<bool>),
    Api(Change<String>),
    Scopes(Change<String>),
    /// As [`InboxScope::listed`](crate::InboxScope::listed) says.
    Inboxes(Change<Option<Vec<InboxId>>>),
    Agent(Change<AgentId>),
    Application(Change<ApplicationId>),
    Portfolio(Change<bool>),
    PublicName(Change<String>),
    /// The settings of a new account that differ from their defaults, by API and name, such as `mews.rate`.
    Settings(Change<BTreeMap<String, i64>>),
    /// By API; `default` is the id for all other APIs.
    PublicIds(Change<BTreeMap<String, String>>),
    Revoked(Change<bool>),
    Label(Change<String>),
    Url(Change<String>),
    Events(Change<Vec<String>>),
    Ordered(Change<bool>),
    Enabled(Change<bool>),
    Allow(Change<String>),
    Options(Change<String>),
    /// The credential that stands behind a webhook.
    Credential(Change<CredentialId>),
    WebhookAllow(Change<String>),
    /// The URL to which an app's users return after they have allowed it to act for them.
    RedirectUrl(Change<String>),
    /// The members of a team.
    Members(Change<Vec<AgentId>>),
    /// Whether the agent has a password, and so may sign in.
    SignsIn(Change<bool>),
    /// One field of the profile of a customer or agent, stored under its own name.
    #[serde(untagged)]
    Profile(BTreeMap<ProfileField, Change<String>>),
    /// One setting that an API declares, stored under its own name.
    #[serde(untagged)]
    Setting(BTreeMap<String, Change<i64>>),
}

impl Field {
    /// The change of further facts about a customer.
    #[must_use]
    pub fn details(change: Change<CustomerDetails>) -> Self {
        Self::Details(Box::new(change))
    }

    /// The change of a field of a profile.
    pub fn profile(field: ProfileField) -> impl FnOnce(Change<String>) -> Self {
        move |change| Self::Profile(BTreeMap::from([(field, change)]))
    }

    /// The change of a setting.
    pub fn setting(name: &str) -> impl FnOnce(Change<i64>) -> Self {
        move |change| Self::Setting(BTreeMap::from([(name.to_owned(), change)]))
    }

    /// Whether the field is one of a message itself. Every other field in an event about a message is one of its
    /// conversation.
    #[must_use]
    pub const fn is_of_message(&self) -> bool {
        use Field::*;
        match self {
            State(_) | Format(_) => true,
            Status(_) | Assignee(_) | Archived(_) | Inbox(_) | Customer(_) | Guest(_)
            | Subject(_) | TicketNumber(_) | TicketLink(_) | Tags(_) | CustomFields(_)
            | HomeInbox(_) | OptOuts(_) | MergedInto(_) | Addresses(_) | PostalAddress(_)
            | Details(_) | Preferences(_) | Followers(_) | Email(_) | Name(_) | DefaultAgent(_)
            | MessagingOff(_) | Api(_) | Scopes(_) | Inboxes(_) | Agent(_) | Application(_)
            | Portfolio(_) | PublicName(_) | Settings(_) | PublicIds(_) | Revoked(_) | Label(_)
            | Url(_) | Events(_) | Ordered(_) | Enabled(_) | Allow(_) | Options(_)
            | Credential(_) | WebhookAllow(_) | DefinedFields(_) | InboxProfile(_)
            | RedirectUrl(_) | Members(_) | SignsIn(_) | Profile(_) | Setting(_) => false,
        }
    }

    /// Whether the field stays when the customer is erased. States and ids stay, because they are no personal data and
    /// readers of the feed need them. All other fields are removed.
    const fn outlasts_erasure(&self) -> bool {
        use Field::*;
        match self {
            Status(_) | Assignee(_) | Archived(_) | Inbox(_) | Customer(_) | Guest(_)
            | State(_) | HomeInbox(_) | MergedInto(_) | OptOuts(_) => true,
            Format(_) | Subject(_) | TicketNumber(_) | TicketLink(_) | Tags(_)
            | CustomFields(_) | Addresses(_) | PostalAddress(_) | Details(_) | Preferences(_)
            | Followers(_) | Email(_) | Name(_) | DefaultAgent(_) | MessagingOff(_) | Api(_)
            | Scopes(_) | Inboxes(_) | Agent(_) | Application(_) | Portfolio(_) | PublicName(_)
            | PublicIds(_) | Settings(_) | Revoked(_) | Label(_) | Url(_) | Events(_)
            | Ordered(_) | Enabled(_) | Allow(_) | Options(_) | Credential(_) | WebhookAllow(_)
            | DefinedFields(_) | InboxProfile(_) | RedirectUrl(_) | Members(_) | SignsIn(_)
            | Profile(_) | Setting(_) => false,
        }
    }
}

/// What an event says apart from changes of fields.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fact {
    /// The conversation's status, in an event that moves the conversation to another inbox without changing the status.
    Status(Status),
    /// The conversation whose messages were moved to this new one.
    SplitFrom(ConversationId),
    /// The new conversation to which messages of this one were moved.
    Into(ConversationId),
    /// The messages that were created with the conversation, or moved by a split.
    Messages(Vec<MessageId>),
    /// The ids under which readers are told of `Messages`, in the same order, as if each had been added by an event of its own.
    MessageEvents(Vec<EventId>),
    /// The customer or conversation that was merged into this one.
    Merged(Merged),
    /// What caused a bulk delegation, as the client of myKaarma's API named it (`origin`).
    Origin(String),
    /// Present, and always true, if an erasure removed data from the entity or from this event.
    Erased(bool),
    /// Id of the job that erased the data: the id of the event that marked the customer as erased.
    Job(i64),
    /// The inbox that gets the conversations of the removed one.
    MovedTo(InboxId),
    /// What was moved or erased.
    Contents(Contents),
    /// Present, and always `changed`, if the body of the message changed.
    Body(String),
    /// The file that was added to the message.
    Attached(AttachmentId),
    /// The file that was removed from the message.
    Detached(AttachmentId),
    /// The webhook's URL after a change, without its secrets.
    Url(String),
    /// Present, and always true, if the webhook got a new secret, or the agent another password.
    SecretRotated(bool),
    /// Present, and always true, if the agent is a team.
    Team(bool),
    /// The app that the agent allowed to act for them.
    App(CredentialId),
    /// Why the webhook was disabled.
    Reason(DisabledReason),
    /// How many deliveries are sent again.
    Deliveries(i64),
    /// The oldest of the deliveries that are sent again.
    First(DeliveryId),
    /// The newest of the deliveries that are sent again.
    Last(DeliveryId),
}

impl Fact {
    /// Whether the fact stays when the customer is erased, by the same rule as a [`Field`].
    const fn outlasts_erasure(&self) -> bool {
        use Fact::*;
        match self {
            Status(_) | SplitFrom(_) | Into(_) | Messages(_) | MessageEvents(_) | Merged(_)
            | Origin(_) | Erased(_) | Job(_) | MovedTo(_) | Contents(_) | Attached(_)
            | Detached(_) => true,
            Body(_) | Url(_) | SecretRotated(_) | Team(_) | App(_) | Reason(_) | Deliveries(_)
            | First(_) | Last(_) => false,
        }
    }
}

/// How much was moved or erased.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contents {
    /// Conversations, merged and deleted ones included.
    pub conversations: i64,
    /// Their messages and notes.
    pub messages: i64,
    /// Attachments of these messages, of any size.
    pub attachments: i64,
    /// Attachments whose bytes are in a file, not in the database.
    pub files: i64,
}

impl Contents {
    /// Adds what others have.
    pub const fn add(&mut self, other: Self) {
        self.conversations += other.conversations;
        self.messages += other.messages;
        self.attachments += other.attachments;
        self.files += other.files;
    }
}

/// The entity that was merged into another and can no longer be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Merged {
    /// A customer.
    Customer(CustomerId),
    /// A conversation, with the values that readers need to correct their counts.
    Conversation {
        /// Id of the merged conversation.
        conversation: ConversationId,
        /// Its inbox before the merge.
        inbox: InboxId,
        /// Its status before the merge.
        status: Status,
    },
}

/// The detail of an event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventDetail {
    /// Every field that changed.
    pub changes: Vec<Field>,
    /// What the event says apart from changed fields.
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

    /// Whether the event is about a team.
    #[must_use]
    pub fn is_of_team(&self) -> bool {
        self.facts.contains(&Fact::Team(true))
    }

    /// Whether the event publishes a draft.
    #[must_use]
    pub fn publishes_draft(&self) -> bool {
        let published = Field::State([Some(State::Draft), Some(State::Published)]);
        self.changes.contains(&published)
    }

    /// Returns the inbox from which the event moved a conversation; `None` if it moved none.
    #[must_use]
    pub fn inbox_before(&self) -> Option<InboxId> {
        let mut changes = self.changes.iter();
        changes.find_map(|change| match change {
            Field::Inbox([before, _]) => *before,
            _ => None,
        })
    }

    /// Returns the conversation that was merged into another, and its inbox before the merge; `None` if the event merged
    /// none.
    #[must_use]
    pub fn merged_conversation(&self) -> Option<(ConversationId, InboxId)> {
        let mut facts = self.facts.iter();
        facts.find_map(|fact| match fact {
            Fact::Merged(Merged::Conversation {
                conversation,
                inbox,
                ..
            }) => Some((*conversation, *inbox)),
            _ => None,
        })
    }

    /// Whether the event creates a conversation by a split.
    #[must_use]
    pub fn is_split(&self) -> bool {
        let split = |fact: &Fact| matches!(fact, Fact::SplitFrom(_));
        self.facts.iter().any(split)
    }

    /// Returns the messages that were created with the conversation, or moved by a split.
    #[must_use]
    pub fn messages(&self) -> &[MessageId] {
        let mut facts = self.facts.iter();
        facts
            .find_map(|fact| match fact {
                Fact::Messages(messages) => Some(messages.as_slice()),
                _ => None,
            })
            .unwrap_or_default()
    }

    /// Returns the messages that were created with the conversation, each with the id of the event that tells of it. Empty for
    /// events of older versions, which have no such ids.
    pub fn first_messages(&self) -> impl Iterator<Item = (EventId, MessageId)> {
        let mut facts = self.facts.iter();
        let events = facts.find_map(|fact| match fact {
            Fact::MessageEvents(events) => Some(events.as_slice()),
            _ => None,
        });
        let events = events.unwrap_or_default().iter().copied();
        events.zip(self.messages().iter().copied())
    }

    /// Removes the fields and facts that may contain personal data of an erased customer.
    pub fn redact(&mut self) {
        self.changes.retain(Field::outlasts_erasure);
        self.facts.retain(Fact::outlasts_erasure);
    }
}
