//! The vendor's response bodies, with exactly the vendor's names (contract sections 5, 8 to 11 and 13).

mod customer;
mod enterprise;

use std::borrow::Cow;

use serde::Serialize;

pub(crate) use customer::{Customer, CustomerPage};
pub(crate) use enterprise::{
    Address, Configuration, ConfiguredEnterprise, Currency, Enterprise, EnterprisePage,
    LinkedEnterprise, Subscription,
};

/// A message thread, with exactly these six members.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Thread {
    pub(crate) id: String,
    pub(crate) original_sender: String,
    pub(crate) subject: String,
    pub(crate) created_utc: String,
    pub(crate) updated_utc: String,
    pub(crate) is_resolved: bool,
}

/// The response of `messageThreads/getAll`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ThreadPage {
    pub(crate) message_threads: Vec<Thread>,
    pub(crate) cursor: Option<String>,
}

/// The response of `messageThreads/add`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct AddedThreads {
    pub(crate) message_threads: [Thread; 1],
}

/// A message.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Message {
    pub(crate) id: String,
    pub(crate) message_thread_id: String,
    pub(crate) text: String,
    pub(crate) sender: Sender,
    pub(crate) created_utc: String,
}

/// Who wrote a message.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Sender {
    pub(crate) discriminator: &'static str,
    /// A member that the vendor does not use: always sent, always null.
    pub(crate) value: (),
}

/// The response of `messages/getAll`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct MessagePage {
    pub(crate) messages: Vec<Message>,
    pub(crate) cursor: Option<String>,
}

/// The response of `messages/add`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct AddedMessages {
    pub(crate) messages: Vec<AddedMessage>,
}

/// An element of the response of `messages/add`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct AddedMessage {
    pub(crate) identifier: Option<String>,
    pub(crate) message: Message,
}

/// The response of `languages/getAll`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Languages {
    pub(crate) languages: Vec<Language>,
}

/// A language.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Language {
    pub(crate) code: &'static str,
    pub(crate) fallback_language_code: Option<&'static str>,
    pub(crate) english_name: &'static str,
    pub(crate) local_name: &'static str,
}

/// The error object.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ErrorBody<'a> {
    pub(crate) message: Cow<'static, str>,
    pub(crate) request_id: String,
    pub(crate) details: Option<&'a str>,
}
