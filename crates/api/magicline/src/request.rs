//! Reads a request: the ids of its path and its body. An error names one fault: of several, the first in the order of
//! the vendor's field table.

use std::borrow::Cow;

use http::HeaderMap;

use crate::error::Error;
use crate::text::Text;
use heddle_http::members::{Body, Fault, Object, Problem, Unreadable};
use heddle_http::path::{BadPath, Params};

/// Largest request body, in bytes (contract section 4).
const BODY_LIMIT: usize = 1 << 20;

const DATE_TIME: Problem = Problem::Rule("", Cow::Borrowed("must be a date and time"));

/// An id of the path: an int64.
pub(crate) fn id(path: &Result<Params, BadPath>, name: &str) -> Result<i64, Error> {
    let Ok(params) = path else {
        return Err(Error::invalid(Text::BadPath));
    };
    let id = params.get(name).parse();
    id.map_err(|_| Error::field(Text::BadId, name))
}

/// The request body of create and update, checked for presence and JSON types only.
#[derive(Clone, Debug)]
pub(crate) struct ThreadRequest {
    pub(crate) communication_thread_status: String,
    pub(crate) subject: String,
    pub(crate) content: String,
    pub(crate) communication_direction: String,
    pub(crate) communication_channel: String,
    pub(crate) ticket_number: Option<String>,
    pub(crate) ticket_link: Option<String>,
    pub(crate) agent: Option<String>,
    pub(crate) communication_date_time: Option<String>,
}

impl ThreadRequest {
    /// Reads the body. Unknown members are ignored.
    pub(crate) async fn read(headers: &HeaderMap, body: axum::body::Body) -> Result<Self, Error> {
        let body = Body::receive(headers, body, BODY_LIMIT).await?;
        Ok(body.read(Self::of)?)
    }

    fn of(body: &Object<'_>) -> Self {
        let optional = |name| body.get(name).text().map(str::to_owned);
        let required = |name| {
            let text = body.get(name).required().text();
            text.unwrap_or_default().to_owned()
        };
        Self {
            communication_thread_status: required("communicationThreadStatus"),
            subject: required("subject"),
            content: required("content"),
            communication_direction: required("communicationDirection"),
            communication_channel: required("communicationChannel"),
            ticket_number: optional("ticketNumber"),
            ticket_link: optional("ticketLink"),
            agent: optional("agent"),
            communication_date_time: body
                .get("communicationDateTime")
                .parsed(&DATE_TIME, |text| Some(text.to_owned())),
        }
    }
}

impl From<Unreadable> for Error {
    fn from(unreadable: Unreadable) -> Self {
        match unreadable {
            Unreadable::Body(fault) => fault.into(),
            Unreadable::Empty => Self::invalid(Text::BodyMissing),
            Unreadable::MediaType => Self::UnsupportedMediaType,
            Unreadable::Syntax(_) => Self::invalid(Text::BadJson),
            Unreadable::NotAnObject => Self::invalid(Text::NotAnObject),
        }
    }
}

impl From<Fault> for Error {
    fn from(Fault { path, problem, .. }: Fault) -> Self {
        let text = match problem {
            Problem::Missing | Problem::Empty => Text::Required,
            Problem::Type(_) | Problem::Integer(_) => Text::WrongType,
            Problem::Nul => Text::NulCharacter,
            Problem::Rule(..) => Text::BadDateTime,
            Problem::Length(_) | Problem::Count(_) | Problem::Word(_) | Problem::Unknown => {
                Text::UnknownValue
            }
        };
        Self::field(text, path)
    }
}
