//! Reads a request body: the JSON object, and the properties (members) that each operation has (contract sections 2.4
//! and 8 to 13).
//!
//! Unknown members are ignored at every level, because real clients send some. Where a member may be absent, null means
//! absent.

mod customers;
mod enterprises;
mod operation;

use heddle_domain::Scope;
use heddle_domain::guid::Guid;
use heddle_store::read::applications::Span;
use http::HeaderMap;

use crate::error::Error;
use crate::fault::{IDENTIFIER, sentence};
use crate::page::{self, Limitation};
use heddle_http::body::BodyFault;
use heddle_http::budget::{self, Sender};
use heddle_http::known;
use heddle_http::media::Media;
use heddle_http::members::{Object, Unparsed, Unreadable};
use heddle_http::shape::{SCALARS, Shape};

pub(crate) use customers::{
    ACTIVE, FILTERS, GetCustomers, LONGEST_NOTES, LONGEST_PERSON, MOST_COMPANIES, NOT_KEPT,
    NewCustomer, SEXES, STATES,
};
pub(crate) use operation::Operation;
use operation::{INTERVAL, LIMITATION, LONG_MONTHS};

pub(crate) use enterprises::{GetConfiguration, GetEnterprises, GetLanguages};

/// The maximum size of a request body, in bytes: a thousand messages of ordinary length fit.
const BODY_LIMIT: usize = 8 << 20;
/// The maximum length of a name or subject, in characters.
pub(crate) const LONGEST_NAME: usize = 1_000;
/// The maximum length of a message, in characters.
pub(crate) const LONGEST_TEXT: usize = 64 << 10;
/// The maximum number of messages in one request.
pub(crate) const MOST_MESSAGES: usize = 1_000;
/// The maximum length of an interval in the filters of messages, in months.
const MESSAGE_MONTHS: i32 = 1;

/// Receives the body, which must be sent as JSON.
///
/// If the address has sent too many wrong tokens, `may_try` holds the number of seconds for which it must wait; then only a
/// small body is received.
pub(crate) async fn receive(
    headers: &HeaderMap,
    body: axum::body::Body,
    may_try: Result<(), u32>,
) -> Result<Unparsed, Error> {
    let limit = may_try.map_or(budget::FREE, |()| BODY_LIMIT);
    let received = Unparsed::receive(headers, body, limit, Sender::Anyone).await;
    received.map_err(|unreadable| match (unreadable, may_try) {
        (Unreadable::Body(BodyFault::TooLarge), Err(seconds)) => Error::TooManyRequests(seconds),
        (Unreadable::Empty, _) if Media::of(headers) != Media::Json => Error::ContentType,
        (unreadable, _) => unreadable.into(),
    })
}

/// Reads a string of 1 to `longest` characters and returns it unchanged. After a fault, returns an empty string.
fn text(body: &Object<'_>, name: &'static str, longest: usize) -> String {
    let text = body.get(name).not_empty().text_of(0..=longest);
    text.unwrap_or_default().to_owned()
}

/// `messageThreads/getAll`.
#[derive(Debug)]
pub(crate) struct GetThreads {
    pub(crate) enterprises: Option<Vec<Guid>>,
    pub(crate) threads: Option<Vec<Guid>>,
    pub(crate) created: Option<Span>,
    pub(crate) updated: Option<Span>,
    pub(crate) limitation: Limitation,
}

impl Operation for GetThreads {
    const SCOPE: Scope = Scope::ConversationsRead;
    const FOR_PORTFOLIOS: bool = true;
    const SHAPE: &'static Shape = &known!(
        "Client",
        "ClientToken",
        "AccessToken",
        "EnterpriseIds": SCALARS,
        "MessageThreadIds": SCALARS,
        "CreatedUtc": INTERVAL,
        "UpdatedUtc": INTERVAL,
        "Limitation": LIMITATION,
    );

    fn read(body: &Object<'_>) -> Self {
        let (threads, created, updated) = (
            body.get("MessageThreadIds"),
            body.get("CreatedUtc"),
            body.get("UpdatedUtc"),
        );
        let request = Self {
            enterprises: page::guids(&body.get("EnterpriseIds")),
            threads: page::guids(&threads),
            created: page::interval(&created, LONG_MONTHS),
            updated: page::interval(&updated, LONG_MONTHS),
            limitation: Limitation::read(body),
        };
        if ![&threads, &created, &updated]
            .iter()
            .any(|item| item.is_present())
        {
            threads.refuse(sentence(
                "At least one of MessageThreadIds, CreatedUtc and UpdatedUtc must be given.",
            ));
        }
        request
    }
}

/// `messageThreads/add`.
#[derive(Debug)]
pub(crate) struct AddThread {
    pub(crate) original_sender: String,
    pub(crate) subject: String,
}

impl Operation for AddThread {
    const SCOPE: Scope = Scope::ConversationsWrite;
    const FOR_PORTFOLIOS: bool = false;
    const SHAPE: &'static Shape = &known!(
        "Client",
        "ClientToken",
        "AccessToken",
        "OriginalSender",
        "Subject",
    );

    fn read(body: &Object<'_>) -> Self {
        Self {
            original_sender: text(body, "OriginalSender", LONGEST_NAME),
            subject: text(body, "Subject", LONGEST_NAME),
        }
    }
}

/// `messages/getAll`.
#[derive(Debug)]
pub(crate) struct GetMessages {
    pub(crate) enterprises: Option<Vec<Guid>>,
    pub(crate) threads: Vec<Guid>,
    pub(crate) created: Option<Span>,
    pub(crate) limitation: Limitation,
}

impl Operation for GetMessages {
    const SCOPE: Scope = Scope::MessagesRead;
    const FOR_PORTFOLIOS: bool = true;
    const SHAPE: &'static Shape = &known!(
        "Client",
        "ClientToken",
        "AccessToken",
        "EnterpriseIds": SCALARS,
        "MessageThreadIds": SCALARS,
        "CreatedUtc": INTERVAL,
        "Limitation": LIMITATION,
    );

    fn read(body: &Object<'_>) -> Self {
        let enterprises = page::guids(&body.get("EnterpriseIds"));
        let threads = page::guids(&body.get("MessageThreadIds").required());
        Self {
            enterprises,
            threads: threads.unwrap_or_default(),
            created: page::interval(&body.get("CreatedUtc"), MESSAGE_MONTHS),
            limitation: Limitation::read(body),
        }
    }
}

/// `messages/add`.
#[derive(Debug)]
pub(crate) struct AddMessages {
    pub(crate) messages: Vec<MessageParameters>,
}

/// One element of `messages/add`.
#[derive(Debug)]
pub(crate) struct MessageParameters {
    pub(crate) thread: Guid,
    pub(crate) text: String,
    /// A label that the client chooses: the response returns it, the store does not keep it.
    pub(crate) identifier: Option<String>,
}

impl Operation for AddMessages {
    const SCOPE: Scope = Scope::MessagesWrite;
    const FOR_PORTFOLIOS: bool = true;
    const SHAPE: &'static Shape = &known!(
        "Client",
        "ClientToken",
        "AccessToken",
        "Messages": known!("MessageThreadId", "ThreadId", "Text", "Identifier"),
    );

    fn read(body: &Object<'_>) -> Self {
        let messages = body.get("Messages").required().list(0..=MOST_MESSAGES);
        let messages = messages.into_iter().flatten();
        let messages = messages.filter_map(|item| MessageParameters::read(&item.object()?));
        Self {
            messages: messages.collect(),
        }
    }
}

impl MessageParameters {
    fn read(body: &Object<'_>) -> Option<Self> {
        let thread = match body.get("MessageThreadId") {
            thread if thread.is_present() => thread,
            // `ThreadId` is the vendor's name for this member until August 2025.
            absent => match body.get("ThreadId") {
                old if old.is_present() => old,
                _ => absent.required(),
            },
        };
        let thread = thread.parsed(&IDENTIFIER, Guid::parse);
        let text = text(body, "Text", LONGEST_TEXT);
        let identifier = body.get("Identifier").text().map(str::to_owned);
        Some(Self {
            thread: thread?,
            text,
            identifier,
        })
    }
}
