//! What an event tells beside its kind: the fields that changed, and facts.
//!
//! The words below stand in stored rows. What a row of another version has more is kept as [`Field::Other`] and
//! [`Fact::Other`]. Secrets never stand here, nor the texts of messages: those stay where they are erased with their
//! customer.

use std::collections::BTreeMap;

use crate::customer::{Address, AddressKind, PlacedAddress, ProfileField};
use crate::id::{AgentId, ConversationId, CustomerId, DeliveryId, InboxId, MessageId};
use crate::message::{Format, State};
use crate::scope::InboxScope;
use crate::status::Status;
use crate::webhook::DisabledReason;

/// A value without its type: what is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is what its name says")]
pub enum Plain {
    Nothing,
    Flag(bool),
    Number(i64),
    Text(String),
    List(Vec<Self>),
    Record(BTreeMap<String, Self>),
}

/// A type whose values can be stored.
pub trait Told: Sized {
    /// The stored form.
    fn to_plain(&self) -> Plain;

    /// Reads the stored form; `None` if it is none of this type.
    fn of(plain: &Plain) -> Option<Self>;
}

/// A field before and after a change; `None`: it had or has no value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair<T> {
    /// Before the change.
    pub before: Option<T>,
    /// After the change.
    pub after: Option<T>,
}

/// Declares what can be told: word, type, and what an erasure of the customer does with it. `keep` is for states and ids,
/// which tell nothing of a person and with which readers of the feed count; everything else is `erase`.
macro_rules! told {
    ($(#[$meta:meta])* $name:ident { $($variant:ident: $type:ty = $word:literal $fate:ident,)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum $name {
            $(#[doc = concat!("Stored as `", $word, "`.")] $variant($type),)+
            /// Anything else by its word: a setting that an API declares, or what another version told. Erased.
            Other(String, Plain),
        }

        impl $name {
            /// Its word.
            #[must_use]
            pub fn word(&self) -> &str {
                match self { $(Self::$variant(_) => $word,)+ Self::Other(word, _) => word }
            }

            /// Its value.
            #[must_use]
            pub fn to_plain(&self) -> Plain {
                match self { $(Self::$variant(value) => value.to_plain(),)+ Self::Other(_, value) => value.clone() }
            }

            fn of((word, value): (String, Plain)) -> Self {
                let known = match &*word { $($word => Told::of(&value).map(Self::$variant),)+ _ => None };
                known.unwrap_or(Self::Other(word, value))
            }

            const fn outlasts_erasure(&self) -> bool {
                match self { $(Self::$variant(_) => told!(@$fate),)+ Self::Other(..) => false }
            }
        }
    };
    (@keep) => { true };
    (@erase) => { false };
}

told! {
    /// A field that changed.
    Field {
        Status: Pair<Status> = "status" keep,
        Assignee: Pair<AgentId> = "assignee" keep,
        Archived: Pair<bool> = "archived" keep,
        Inbox: Pair<InboxId> = "inbox" keep,
        Customer: Pair<CustomerId> = "customer" keep,
        Guest: Pair<CustomerId> = "guest" keep,
        State: Pair<State> = "state" keep,
        Format: Pair<Format> = "format" erase,
        Subject: Pair<String> = "subject" erase,
        TicketNumber: Pair<String> = "ticket_number" erase,
        TicketLink: Pair<String> = "ticket_link" erase,
        Tags: Pair<Vec<String>> = "tags" erase,
        CustomFields: Pair<BTreeMap<String, Option<String>>> = "custom_fields" erase,
        HomeInbox: Pair<InboxId> = "home_inbox" keep,
        MergedInto: Pair<CustomerId> = "merged_into" keep,
        Addresses: Pair<Vec<PlacedAddress>> = "addresses" erase,
        Email: Pair<String> = "email" erase,
        FirstName: Pair<String> = "first_name" erase,
        LastName: Pair<String> = "last_name" erase,
        Phone: Pair<String> = "phone" erase,
        PhotoUrl: Pair<String> = "photo_url" erase,
        PhotoType: Pair<String> = "photo_type" erase,
        JobTitle: Pair<String> = "job_title" erase,
        Background: Pair<String> = "background" erase,
        Location: Pair<String> = "location" erase,
        Organization: Pair<String> = "organization" erase,
        Gender: Pair<String> = "gender" erase,
        Age: Pair<String> = "age" erase,
        Name: Pair<String> = "name" erase,
        DefaultAgent: Pair<AgentId> = "default_agent" erase,
        MessagingOff: Pair<bool> = "messaging_off" erase,
        Api: Pair<String> = "api" erase,
        Scopes: Pair<String> = "scopes" erase,
        Inboxes: Pair<InboxScope> = "inboxes" erase,
        Agent: Pair<AgentId> = "agent" erase,
        Revoked: Pair<bool> = "revoked" erase,
        Label: Pair<String> = "label" erase,
        Url: Pair<String> = "url" erase,
        Events: Pair<Vec<String>> = "events" erase,
        Ordered: Pair<bool> = "ordered" erase,
        Enabled: Pair<bool> = "enabled" erase,
        Allow: Pair<String> = "allow" erase,
        Options: Pair<String> = "options" erase,
        WebhookAllow: Pair<String> = "webhook_allow" erase,
    }
}

impl Field {
    /// The change of a field of a customer's profile.
    #[must_use]
    pub fn profile(field: ProfileField) -> fn(Pair<String>) -> Self {
        match field {
            ProfileField::FirstName => Self::FirstName,
            ProfileField::LastName => Self::LastName,
            ProfileField::Phone => Self::Phone,
            ProfileField::PhotoUrl => Self::PhotoUrl,
            ProfileField::PhotoType => Self::PhotoType,
            ProfileField::JobTitle => Self::JobTitle,
            ProfileField::Background => Self::Background,
            ProfileField::Location => Self::Location,
            ProfileField::Organization => Self::Organization,
            ProfileField::Gender => Self::Gender,
            ProfileField::Age => Self::Age,
        }
    }
}

told! {
    /// Something that is no change of a field.
    Fact {
        Status: Status = "status" keep,
        SplitFrom: ConversationId = "split_from" keep,
        Into: ConversationId = "into" keep,
        Messages: Vec<MessageId> = "messages" keep,
        Merged: Merged = "merged" keep,
        Origin: String = "origin" keep,
        Erased: bool = "erased" keep,
        Job: i64 = "job" keep,
        Body: String = "body" erase,
        Url: String = "url" erase,
        SecretRotated: bool = "secret_rotated" erase,
        Reason: DisabledReason = "reason" erase,
        Deliveries: i64 = "deliveries" erase,
        First: DeliveryId = "first" erase,
        Last: DeliveryId = "last" erase,
    }
}

/// What ended in a merge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
        field: impl FnOnce(Pair<T>) -> Field,
        before: &V,
        after: &V,
    ) -> &mut Self {
        if before != after {
            let (before, after) = (before.clone().into(), after.clone().into());
            self.changes.push(field(Pair { before, after }));
        }
        self
    }

    /// Records the first value of a field, if it has one.
    pub fn set<V: Clone + Into<Option<T>>, T: Clone + PartialEq>(
        &mut self,
        field: impl FnOnce(Pair<T>) -> Field,
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
        let published = Pair {
            before: Some(State::Draft),
            after: Some(State::Published),
        };
        self.changes.contains(&Field::State(published))
    }

    /// Whether a conversation came to be by a split.
    #[must_use]
    pub fn is_split(&self) -> bool {
        let split = |fact: &Fact| matches!(fact, Fact::SplitFrom(_));
        self.facts.iter().any(split)
    }

    /// Removes what may tell of a customer who is erased, and says so by [`Fact::Erased`]. Returns whether anything went.
    pub fn redact(&mut self) -> bool {
        let all = (self.changes.len(), self.facts.len());
        self.changes.retain(Field::outlasts_erasure);
        self.facts.retain(Fact::outlasts_erasure);
        let went = (self.changes.len(), self.facts.len()) != all;
        if went {
            self.facts.push(Fact::Erased(true));
        }
        went
    }
}

impl Told for EventDetail {
    fn to_plain(&self) -> Plain {
        let facts = self.facts.iter();
        let mut record: BTreeMap<_, _> = facts
            .map(|fact| (fact.word().to_owned(), fact.to_plain()))
            .collect();
        if !self.changes.is_empty() {
            let changes = self.changes.iter();
            let changes = changes.map(|change| (change.word().to_owned(), change.to_plain()));
            record.insert("changes".to_owned(), Plain::Record(changes.collect()));
        }
        Plain::Record(record)
    }

    fn of(plain: &Plain) -> Option<Self> {
        let Plain::Record(record) = plain else {
            return None;
        };
        let mut detail = Self::default();
        for (word, value) in record.clone() {
            match value {
                Plain::Record(changes) if word == "changes" => {
                    detail.changes = changes.into_iter().map(Field::of).collect();
                }
                value => detail.facts.push(Fact::of((word, value))),
            }
        }
        Some(detail)
    }
}

impl<T: Told> Told for Pair<T> {
    fn to_plain(&self) -> Plain {
        Plain::List(vec![self.before.to_plain(), self.after.to_plain()])
    }

    fn of(plain: &Plain) -> Option<Self> {
        let Plain::List(pair) = plain else {
            return None;
        };
        let [before, after] = pair.as_slice() else {
            return None;
        };
        Some(Self {
            before: Told::of(before)?,
            after: Told::of(after)?,
        })
    }
}

impl<T: Told> Told for Option<T> {
    fn to_plain(&self) -> Plain {
        self.as_ref().map_or(Plain::Nothing, Told::to_plain)
    }

    fn of(plain: &Plain) -> Option<Self> {
        match plain {
            Plain::Nothing => Some(None),
            value => T::of(value).map(Some),
        }
    }
}

/// Types that are stored in one way: the way there, and the way back.
macro_rules! stored_as {
    ($kind:ident: $($type:ty => |$to:ident| $there:expr, |$from:ident| $back:expr;)+) => {$(
        impl Told for $type {
            fn to_plain(&self) -> Plain {
                let $to = self;
                Plain::$kind($there)
            }

            fn of(plain: &Plain) -> Option<Self> {
                match plain {
                    Plain::$kind($from) => $back,
                    _ => None,
                }
            }
        }
    )+};
    (ids: $($type:ident)+) => {
        stored_as! { Number: $($type => |id| id.get(), |number| Some(Self(*number));)+ }
    };
    (words: $($type:ident)+) => {
        stored_as! { Text: $($type => |word| word.as_str().to_owned(), |text| Self::parse(text);)+ }
    };
}

stored_as! { Flag: bool => |flag| *flag, |flag| Some(*flag); }
stored_as! { Number: i64 => |number| *number, |number| Some(*number); }
stored_as! { Text: String => |text| text.clone(), |text| Some(text.clone()); }
stored_as! { ids: AgentId ConversationId CustomerId DeliveryId InboxId MessageId }
stored_as! { words: AddressKind DisabledReason Format State Status }

impl<T: Told> Told for Vec<T> {
    fn to_plain(&self) -> Plain {
        Plain::List(self.iter().map(Told::to_plain).collect())
    }

    fn of(plain: &Plain) -> Option<Self> {
        match plain {
            Plain::List(items) => items.iter().map(Told::of).collect(),
            _ => None,
        }
    }
}

impl<T: Told> Told for BTreeMap<String, T> {
    fn to_plain(&self) -> Plain {
        let members = self.iter();
        Plain::Record(
            members
                .map(|(name, value)| (name.clone(), value.to_plain()))
                .collect(),
        )
    }

    fn of(plain: &Plain) -> Option<Self> {
        let Plain::Record(members) = plain else {
            return None;
        };
        let members = members.iter();
        members
            .map(|(name, value)| Some((name.clone(), T::of(value)?)))
            .collect()
    }
}

/// An empty list means all, as it always did in stored events; a limit to nothing is stored as no value.
impl Told for InboxScope {
    fn to_plain(&self) -> Plain {
        match self {
            Self::Only(none) if none.is_empty() => Plain::Nothing,
            some => some.limit().collect::<Vec<_>>().to_plain(),
        }
    }

    fn of(plain: &Plain) -> Option<Self> {
        Vec::of(plain).map(Self::requested)
    }
}

fn record<const N: usize>(members: [(&str, Plain); N]) -> Plain {
    Plain::Record(members.map(|(name, value)| (name.to_owned(), value)).into())
}

fn member<T: Told>(plain: &Plain, name: &str) -> Option<T> {
    match plain {
        Plain::Record(members) => T::of(members.get(name)?),
        _ => None,
    }
}

impl Told for PlacedAddress {
    fn to_plain(&self) -> Plain {
        record([
            ("position", self.position.to_plain()),
            ("kind", self.address.kind.to_plain()),
            ("value", self.address.value.to_plain()),
        ])
    }

    fn of(plain: &Plain) -> Option<Self> {
        let address = Address {
            kind: member(plain, "kind")?,
            value: member(plain, "value")?,
        };
        Some(Self {
            position: member(plain, "position")?,
            address,
        })
    }
}

impl Told for Merged {
    fn to_plain(&self) -> Plain {
        match self {
            Self::Customer(customer) => customer.to_plain(),
            Self::Conversation {
                conversation,
                inbox,
                status,
            } => record([
                ("conversation", conversation.to_plain()),
                ("inbox", inbox.to_plain()),
                ("status", status.to_plain()),
            ]),
        }
    }

    fn of(plain: &Plain) -> Option<Self> {
        Some(match CustomerId::of(plain) {
            Some(customer) => Self::Customer(customer),
            None => Self::Conversation {
                conversation: member(plain, "conversation")?,
                inbox: member(plain, "inbox")?,
                status: member(plain, "status")?,
            },
        })
    }
}
