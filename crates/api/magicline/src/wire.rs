//! The vendor's bodies, with exactly the vendor's names (contract sections 5.1, 5.2 and 6).

use serde::Serialize;
use serde_json::{Map, Value};

use crate::error::Error;
use crate::text::Text;
use heddle_http::json::{self, Presence};

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
    /// Reads the body. Of several faults the first in the vendor's field order is told. Unknown members are ignored.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let invalid = |text| Error::Invalid {
            text,
            reference: None,
        };
        if bytes.is_empty() {
            return Err(invalid(Text::BodyMissing));
        }
        let value = json::parse(bytes).map_err(|_| invalid(Text::BadJson))?;
        let Value::Object(members) = &value else {
            return Err(invalid(Text::NotAnObject));
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
    match json::member(members, name) {
        Presence::Absent | Presence::Null => Err(Error::field(Text::Required, name)),
        Presence::Value(Value::String(text)) => Ok(text.clone()),
        Presence::Value(_) => Err(Error::field(Text::WrongType, name)),
    }
}

fn optional(
    members: &Map<String, Value>,
    name: &str,
    wrong: Text,
) -> Result<Option<String>, Error> {
    match json::member(members, name).value() {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(Error::field(wrong, name)),
    }
}

/// The success body of create and update. `communicationDateTime` is not part of it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ThreadResponse {
    pub(crate) customer_id: i64,
    pub(crate) communication_id: i64,
    pub(crate) thread_id: i64,
    pub(crate) communication_thread_status: String,
    pub(crate) subject: String,
    pub(crate) content: String,
    pub(crate) communication_direction: String,
    pub(crate) communication_channel: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ticket_number: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ticket_link: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) agent: Option<String>,
}

/// The error object.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ErrorBody {
    pub(crate) error_message: &'static str,
    pub(crate) error_code: &'static str,
    pub(crate) trace_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reference: Option<String>,
}
