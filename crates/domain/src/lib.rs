//! Heddle's domain: conversations, customers and the rules for changing them, as plain values and pure functions.
//!
//! Everything here can be tested without a database, a clock or a socket: times and ids are arguments, and a decision
//! returns values for the store to write. The glossary of `ARCHITECTURE.md` defines the words; every API translates its
//! own words into them.
//!
//! Deliberately missing: HTTP, SQL, randomness, the time of day, and formats such as JSON. There is one exception: the
//! content of an [`EventDetail`] says by `serde` how it is stored.

mod code;

pub mod account;
pub mod conversation;
pub mod credential;
pub mod custom_field;
pub mod customer;
pub mod detail;
pub mod entity;
pub mod event;
pub mod guid;
pub mod id;
pub mod inbox_profile;
pub mod limits;
pub mod message;
pub mod opt_out;
pub mod person;
pub mod retention;
pub mod scope;
pub mod status;
pub mod tag;
pub mod text;
pub mod time;
pub mod webhook;

pub use account::{Account, AccountSettings, Inbox, RateLimit};
pub use conversation::{Conversation, ConversationKind, Locks, Status};
pub use credential::{ApiName, Credential, Scope, Scopes};
pub use custom_field::CustomField;
pub use customer::{Customer, Profile};
pub use detail::{EventDetail, Fact, Field};
pub use entity::EntityKind;
pub use guid::Guid;
pub use id::{
    AccountId, AgentId, ApplicationId, AttachmentId, ConversationId, CredentialId, CustomFieldId,
    CustomerId, DeliveryId, EventId, InboxId, MessageId, TagId, WebhookId,
};
pub use inbox_profile::InboxProfile;
pub use message::{Author, Channel, Direction, Format, Kind, Message, State};
pub use person::{Agent, Team};
pub use scope::InboxScope;
pub use tag::TagName;
pub use time::Timestamp;
