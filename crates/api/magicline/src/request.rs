//! Reads a request: the ids of its path, its query and its body. An error names one fault: of several, the first in the order of
//! the vendor's field table.

pub(crate) mod person;
pub(crate) mod preferences;
pub(crate) mod query;

use heddle_domain::Status;
use heddle_domain::limits::{
    LONGEST_AGENT_NAME, LONGEST_SUBJECT, LONGEST_TICKET_LINK, LONGEST_TICKET_NUMBER,
};
use heddle_domain::message::{Channel, Direction};
use http::HeaderMap;

use crate::error::Error;
use crate::fault;
use crate::text::Text;
use crate::zoned::{self, Zoned};
use heddle_http::json;
use heddle_http::known;
use heddle_http::members::{Body, Object};
use heddle_http::path::{BadPath, Params};
use heddle_http::shape::Shape;

/// The maximum size of a request body, in bytes (contract section 4).
pub(crate) const BODY_LIMIT: usize = 1 << 20;

/// Reads an id in the path, which must be a 64-bit integer.
pub(crate) fn id(path: &Result<Params, BadPath>, name: &str) -> Result<i64, Error> {
    let Ok(params) = path else {
        return Err(Error::invalid(Text::BadPath));
    };
    let text = params.get(name);
    let id = text.parse();
    id.map_err(|_| match json::is_text_beyond_i64(text) {
        true => Error::field(Text::IdOutsideRange, name),
        false => Error::field(Text::BadId, name),
    })
}

/// The vendor's words for statuses, directions and channels (`rules.md` 10 and 11).
pub(crate) const STATUSES: [(&str, Status); 3] = [
    ("CREATED", Status::New),
    ("ONGOING", Status::Open),
    ("CLOSED", Status::Closed),
];

pub(crate) const DIRECTIONS: [(&str, Direction); 2] = [
    ("INCOMING", Direction::Incoming),
    ("OUTGOING", Direction::Outgoing),
];

pub(crate) const CHANNELS: [(&str, Channel); 8] = [
    ("LETTER", Channel::Letter),
    ("EMAIL", Channel::Email),
    ("TEXT_MESSAGE", Channel::TextMessage),
    ("PHONE", Channel::Phone),
    ("FAX", Channel::Fax),
    ("CONVERSATION", Channel::InPerson),
    ("CHAT", Channel::Chat),
    ("OTHER", Channel::Other),
];

pub(crate) const SHAPE: Shape = known!(
    "communicationThreadStatus",
    "subject",
    "content",
    "communicationDirection",
    "communicationChannel",
    "communicationDateTime",
    "ticketNumber",
    "ticketLink",
    "agent",
);

/// The request body of create and update. It holds the values as the client wrote them, which the response returns, and
/// what they mean.
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
    pub(crate) status: Status,
    pub(crate) direction: Direction,
    pub(crate) channel: Channel,
    /// The time of the communication; `None` means now.
    pub(crate) time: Option<Zoned>,
}

impl ThreadRequest {
    /// Reads the body. Unknown members are ignored.
    pub(crate) async fn read(headers: &HeaderMap, body: axum::body::Body) -> Result<Self, Error> {
        let body = Body::receive(headers, body, BODY_LIMIT, &SHAPE).await?;
        Ok(body.in_turn(|body| body.read(Self::of)).await?)
    }

    fn of(body: &Object<'_>) -> Self {
        let optional = |name| body.get(name).text().map(str::to_owned);
        let required = |name| {
            let text = body.get(name).required().text();
            text.unwrap_or_default().to_owned()
        };
        // The presence and the types of all members are checked first; what the values mean is checked later.
        let mut request = Self {
            communication_thread_status: required("communicationThreadStatus"),
            subject: required("subject"),
            content: required("content"),
            communication_direction: required("communicationDirection"),
            communication_channel: required("communicationChannel"),
            ticket_number: optional("ticketNumber"),
            ticket_link: optional("ticketLink"),
            agent: optional("agent"),
            status: Status::New,
            direction: Direction::Outgoing,
            channel: Channel::Other,
            time: None,
        };
        check_lengths(body);
        let time = body.get("communicationDateTime");
        time.parsed(&fault::DATE_TIME, Some);
        let status = body.get("communicationThreadStatus").meaning(&STATUSES);
        request.status = status.unwrap_or(Status::New);
        let direction = body.get("communicationDirection").meaning(&DIRECTIONS);
        request.direction = direction.unwrap_or(Direction::Outgoing);
        let channel = body.get("communicationChannel").meaning(&CHANNELS);
        request.channel = channel.unwrap_or(Channel::Other);
        let parse = |text| zoned::parse(text).map_err(fault::of_time);
        request.time = time.tried(&fault::DATE_TIME, parse);
        request
    }
}

/// Checks the members whose lengths are limited; `fault` has a text for each.
fn check_lengths(body: &Object<'_>) {
    for (name, longest) in [
        ("subject", LONGEST_SUBJECT),
        ("ticketNumber", LONGEST_TICKET_NUMBER),
        ("ticketLink", LONGEST_TICKET_LINK),
        ("agent", LONGEST_AGENT_NAME),
    ] {
        body.get(name).text_of(0..=longest);
    }
}
