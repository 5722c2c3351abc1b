//! Reads a request: the ids of its path and its body. An error names one fault: of several, the first in the order of
//! the vendor's field table.

use axum::body::Body;
use http::HeaderMap;
use serde_json::{Map, Value};

use crate::error::Error;
use crate::text::Text;
use heddle_http::body;
use heddle_http::json::{self, Presence};
use heddle_http::media::Media;
use heddle_http::path::{BadPath, Params};

/// Largest request body, in bytes (contract section 4).
const BODY_LIMIT: usize = 1 << 20;

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
    pub(crate) async fn read(headers: &HeaderMap, body: Body) -> Result<Self, Error> {
        let bytes = body::read(body, BODY_LIMIT).await?;
        if bytes.is_empty() {
            return Err(Error::invalid(Text::BodyMissing));
        }
        if Media::of(headers) != Media::Json {
            return Err(Error::UnsupportedMediaType);
        }
        let value = json::parse(&bytes).map_err(|_| Error::invalid(Text::BadJson))?;
        let Value::Object(members) = &value else {
            return Err(Error::invalid(Text::NotAnObject));
        };
        if let Some(path) = json::first_nul(&value) {
            return Err(Error::field(Text::NulCharacter, path));
        }
        Ok(Self {
            communication_thread_status: required(members, "communicationThreadStatus")?,
            subject: required(members, "subject")?,
            content: required(members, "content")?,
            communication_direction: required(members, "communicationDirection")?,
            communication_channel: required(members, "communicationChannel")?,
            ticket_number: optional(members, "ticketNumber", Text::WrongType)?,
            ticket_link: optional(members, "ticketLink", Text::WrongType)?,
            agent: optional(members, "agent", Text::WrongType)?,
            communication_date_time: optional(members, "communicationDateTime", Text::BadDateTime)?,
        })
    }
}

fn required(members: &Map<String, Value>, name: &str) -> Result<String, Error> {
    let text = optional(members, name, Text::WrongType)?;
    text.ok_or_else(|| Error::field(Text::Required, name))
}

fn optional(
    members: &Map<String, Value>,
    name: &str,
    wrong_type: Text,
) -> Result<Option<String>, Error> {
    match json::member(members, name) {
        Presence::Absent | Presence::Null => Ok(None),
        Presence::Value(Value::String(text)) => Ok(Some(text.clone())),
        Presence::Value(_) => Err(Error::field(wrong_type, name)),
    }
}
