//! The vendor's bodies, with exactly the vendor's names (contract sections 2.4 and 8 to 11).
//!
//! Unknown members are ignored at every level, because real clients send some; null is absent, where absent is allowed.

use std::borrow::Cow;

use axum::body::Body;
use heddle_domain::Scope;
use heddle_domain::guid::Guid;
use heddle_store::read::applications::Span;
use http::HeaderMap;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::auth::Operation;
use crate::error::Error;
use crate::page::{self, Limitation};
use heddle_http::body;
use heddle_http::json::{self, Presence};
use heddle_http::media::Media;

/// The largest body: a thousand messages of ordinary length fit.
const BODY_LIMIT: usize = 8 << 20;
/// Unicode scalar values in a name or subject.
const LONGEST_NAME: usize = 1_000;
/// Unicode scalar values in a message.
const LONGEST_TEXT: usize = 64 << 10;
const MOST_MESSAGES: usize = 1_000;
/// Months that an interval may span, for threads and for messages.
const THREAD_MONTHS: i32 = 3;
const MESSAGE_MONTHS: i32 = 1;

/// The body's members.
pub(crate) async fn object(headers: &HeaderMap, body: Body) -> Result<Map<String, Value>, Error> {
    let bytes = body::read(body, BODY_LIMIT).await?;
    if Media::of(headers) != Media::Json {
        return Err(Error::ContentType);
    }
    match json::parse(&bytes)? {
        Value::Object(members) => Ok(members),
        _ => Err(Error::NotJson("the body is not an object".into())),
    }
}

/// Who calls.
#[derive(Debug)]
pub(crate) struct Tokens<'a> {
    pub(crate) client: &'a str,
    pub(crate) access: &'a str,
}

impl<'a> Tokens<'a> {
    /// Reads the three members that every request has; `Client` may be missing if the operator says so.
    pub(crate) fn read(
        members: &'a Map<String, Value>,
        require_client_name: bool,
    ) -> Result<Self, Error> {
        let tokens = Self {
            client: token(members, "ClientToken")?,
            access: token(members, "AccessToken")?,
        };
        match json::member(members, "Client") {
            Presence::Absent | Presence::Null if !require_client_name => {}
            Presence::Value(Value::String(name)) if name.is_empty() && !require_client_name => {}
            _ => drop(token(members, "Client")?),
        }
        Ok(tokens)
    }
}

fn token<'a>(members: &'a Map<String, Value>, name: &str) -> Result<&'a str, Error> {
    let text = json::member(members, name).value().and_then(Value::as_str);
    text.filter(|text| !text.is_empty() && !text.contains('\0'))
        .ok_or_else(|| Error::invalid(name))
}

/// Refuses U+0000 wherever it stands: no engine stores it alike (`rules.md` 8).
pub(crate) fn refuse_nul(members: &Map<String, Value>) -> Result<(), Error> {
    for (name, value) in members {
        let inside = match name.contains('\0') {
            true => Some(String::new()),
            false => json::first_nul(value),
        };
        if let Some(path) = inside {
            let element = path
                .starts_with('[')
                .then(|| path.rsplit_once('.'))
                .flatten();
            let parameter = element.map_or(name.as_str(), |(_, innermost)| innermost);
            return Err(Error::invalid(&parameter.replace('\0', "\u{fffd}")).within(path));
        }
    }
    Ok(())
}

/// A string of 1 to `longest` Unicode scalar values, taken as it is.
fn text(members: &Map<String, Value>, name: &str, longest: usize) -> Result<String, Error> {
    let text = json::member(members, name).value().and_then(Value::as_str);
    let text = text
        .filter(|text| !text.is_empty())
        .ok_or_else(|| Error::invalid(name))?;
    // No scalar value takes less than a byte.
    if text.len() > longest && text.chars().count() > longest {
        let sentence = format!("It must not be longer than {longest} characters.");
        return Err(Error::because(name, sentence));
    }
    Ok(text.to_owned())
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

    fn read(members: &Map<String, Value>) -> Result<Self, Error> {
        let request = Self {
            enterprises: page::guids(members, "EnterpriseIds")?,
            threads: page::guids(members, "MessageThreadIds")?,
            created: page::interval(members, "CreatedUtc", THREAD_MONTHS)?,
            updated: page::interval(members, "UpdatedUtc", THREAD_MONTHS)?,
            limitation: Limitation::read(members)?,
        };
        if request.threads.is_none() && request.created.is_none() && request.updated.is_none() {
            return Err(Error::because(
                "MessageThreadIds",
                "At least one of MessageThreadIds, CreatedUtc and UpdatedUtc must be given.",
            ));
        }
        Ok(request)
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

    fn read(members: &Map<String, Value>) -> Result<Self, Error> {
        Ok(Self {
            original_sender: text(members, "OriginalSender", LONGEST_NAME)?,
            subject: text(members, "Subject", LONGEST_NAME)?,
        })
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

    fn read(members: &Map<String, Value>) -> Result<Self, Error> {
        Ok(Self {
            enterprises: page::guids(members, "EnterpriseIds")?,
            threads: page::guids(members, "MessageThreadIds")?
                .ok_or_else(|| Error::invalid("MessageThreadIds"))?,
            created: page::interval(members, "CreatedUtc", MESSAGE_MONTHS)?,
            limitation: Limitation::read(members)?,
        })
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
    /// The client's own label: echoed, never stored.
    pub(crate) identifier: Option<String>,
}

impl Operation for AddMessages {
    const SCOPE: Scope = Scope::MessagesWrite;
    const FOR_PORTFOLIOS: bool = true;

    fn read(members: &Map<String, Value>) -> Result<Self, Error> {
        let Some(Value::Array(elements)) = json::member(members, "Messages").value() else {
            return Err(Error::invalid("Messages"));
        };
        if elements.len() > MOST_MESSAGES {
            let sentence = format!("There must not be more than {MOST_MESSAGES}.");
            return Err(Error::because("Messages", sentence));
        }
        let read = |(at, element): (usize, &Value)| {
            let read = match element {
                Value::Object(members) => MessageParameters::read(members),
                _ => Err(Error::invalid("Messages")),
            };
            read.map_err(|error| error.within(format!("Messages[{at}]")))
        };
        Ok(Self {
            messages: elements
                .iter()
                .enumerate()
                .map(read)
                .collect::<Result<_, _>>()?,
        })
    }
}

impl MessageParameters {
    fn read(members: &Map<String, Value>) -> Result<Self, Error> {
        let thread = json::member(members, "MessageThreadId").value();
        // The vendor's table called it so until August 2025.
        let thread = thread.or_else(|| json::member(members, "ThreadId").value());
        let thread = thread.and_then(Value::as_str).and_then(Guid::parse);
        let identifier = match json::member(members, "Identifier").value() {
            None => Ok(None),
            Some(Value::String(label)) => Ok(Some(label.clone())),
            Some(_) => Err(Error::invalid("Identifier")),
        };
        Ok(Self {
            thread: thread.ok_or_else(|| Error::invalid("MessageThreadId"))?,
            text: text(members, "Text", LONGEST_TEXT)?,
            identifier: identifier?,
        })
    }
}

/// A message thread: these six members and no more.
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

/// The answer of `messageThreads/getAll`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ThreadPage {
    pub(crate) message_threads: Vec<Thread>,
    pub(crate) cursor: Option<String>,
}

/// The answer of `messageThreads/add`.
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
    /// Not used by the vendor: always null, always sent.
    pub(crate) value: (),
}

/// The answer of `messages/getAll`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct MessagePage {
    pub(crate) messages: Vec<Message>,
    pub(crate) cursor: Option<String>,
}

/// The answer of `messages/add`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct AddedMessages {
    pub(crate) messages: Vec<AddedMessage>,
}

/// One of its elements.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct AddedMessage {
    pub(crate) identifier: Option<String>,
    pub(crate) message: Message,
}

/// The error object.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ErrorBody<'a> {
    pub(crate) message: Cow<'static, str>,
    pub(crate) request_id: String,
    pub(crate) details: Option<&'a str>,
}
