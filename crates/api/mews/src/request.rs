//! Reads a request body: the JSON object, and the properties of each operation (contract sections 2.4 and 8 to 11).
//!
//! Unknown members are ignored at every level, because real clients send some. Null means absent where absent is
//! allowed.

use axum::body::Body;
use heddle_domain::Scope;
use heddle_domain::guid::Guid;
use heddle_store::read::applications::Span;
use http::HeaderMap;
use serde_json::{Map, Value};

use crate::error::Error;
use crate::page::{self, Limitation};
use heddle_http::body;
use heddle_http::json;
use heddle_http::media::Media;

/// Largest request body, in bytes: a thousand messages of ordinary length fit.
const BODY_LIMIT: usize = 8 << 20;
/// Longest name or subject, in characters.
const LONGEST_NAME: usize = 1_000;
/// Longest message, in characters.
const LONGEST_TEXT: usize = 64 << 10;
/// Most messages in one request.
const MOST_MESSAGES: usize = 1_000;
/// Longest interval in the filters of threads, in months.
const THREAD_MONTHS: i32 = 3;
/// Longest interval in the filters of messages, in months.
const MESSAGE_MONTHS: i32 = 1;

/// One of the API's operations, as its request asks for it.
pub(crate) trait Operation: Sized {
    /// The scope that the integration needs.
    const SCOPE: Scope;
    /// Whether a portfolio token may do it. If not, the token must cover exactly one enterprise.
    const FOR_PORTFOLIOS: bool;

    /// Reads the operation's own properties.
    fn read(members: &Map<String, Value>) -> Result<Self, Error>;
}

/// Reads the body, which must be a JSON object.
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

/// Refuses U+0000 anywhere in the body, which the engines do not store alike (`rules.md` 8). The error names the
/// property, of a list the innermost one.
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

/// A string of 1 to `longest` characters, unchanged.
fn text(members: &Map<String, Value>, name: &str, longest: usize) -> Result<String, Error> {
    let text = json::member(members, name).value().and_then(Value::as_str);
    let text = text
        .filter(|text| !text.is_empty())
        .ok_or_else(|| Error::invalid(name))?;
    // Counting is needed only for texts with more bytes than `longest`: a character has at least one.
    if text.len() > longest && text.chars().count() > longest {
        let sentence = format!("It must not be longer than {longest} characters.");
        return Err(Error::invalid_because(name, sentence));
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
            return Err(Error::invalid_because(
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
    /// The client's own label: returned, never stored.
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
            return Err(Error::invalid_because("Messages", sentence));
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
        // The vendor's name for it until August 2025.
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
