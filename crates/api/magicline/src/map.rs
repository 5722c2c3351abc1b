//! Maps the vendor's values to Heddle's and back (`rules.md` 10, 11 and 22; contract section 5).

use heddle_domain::message::{Author, Channel, Direction};
use heddle_domain::{Conversation, Status};
use heddle_store::write::NewMessage;

use crate::error::Error;
use crate::request::ThreadRequest;
use crate::text::Text;
use crate::wire::ThreadResponse;
use crate::zoned;

/// A request in the terms of the domain.
#[derive(Clone, Debug)]
pub(crate) struct Communication {
    pub(crate) status: Status,
    pub(crate) message: NewMessage,
    pub(crate) ticket_number: Option<String>,
    pub(crate) ticket_link: Option<String>,
}

impl TryFrom<&ThreadRequest> for Communication {
    type Error = Error;

    fn try_from(request: &ThreadRequest) -> Result<Self, Error> {
        let unknown = |name: &str| Error::field(Text::UnknownValue, name);
        let status = status(&request.communication_thread_status)
            .ok_or_else(|| unknown("communicationThreadStatus"))?;
        let direction = direction(&request.communication_direction)
            .ok_or_else(|| unknown("communicationDirection"))?;
        let channel = channel(&request.communication_channel)
            .ok_or_else(|| unknown("communicationChannel"))?;
        let bad_time = || Error::field(Text::BadDateTime, "communicationDateTime");
        let time = request.communication_date_time.as_deref();
        let time = time.map(|text| zoned::parse(text).ok_or_else(bad_time));
        let time = time.transpose()?;
        let author = match direction {
            Direction::Incoming => Author::Customer,
            Direction::Outgoing => Author::Application,
        };
        let message = NewMessage {
            subject: Some(request.subject.clone()),
            agent_name: request.agent.clone(),
            occurred_at: time.as_ref().map(|time| time.instant),
            zone: time.map(|time| time.zone),
            ..NewMessage::new(channel, direction, author, request.content.clone())
        };
        Ok(Self {
            status,
            message,
            ticket_number: request.ticket_number.clone(),
            ticket_link: request.ticket_link.clone(),
        })
    }
}

/// The success body: the values of the request, the new ids, and the ticket that the thread has now.
pub(crate) fn response(
    request: ThreadRequest,
    thread: &Conversation,
    communication: i64,
) -> ThreadResponse {
    ThreadResponse {
        customer_id: thread.customer.get(),
        communication_id: communication,
        thread_id: thread.id.get(),
        communication_thread_status: request.communication_thread_status,
        subject: request.subject,
        content: request.content,
        communication_direction: request.communication_direction,
        communication_channel: request.communication_channel,
        ticket_number: thread.ticket_number.clone(),
        ticket_link: thread.ticket_link.clone(),
        agent: request.agent,
    }
}

fn status(word: &str) -> Option<Status> {
    match word {
        "CREATED" => Some(Status::New),
        "ONGOING" => Some(Status::Open),
        "CLOSED" => Some(Status::Closed),
        _ => None,
    }
}

fn direction(word: &str) -> Option<Direction> {
    match word {
        "INCOMING" => Some(Direction::Incoming),
        "OUTGOING" => Some(Direction::Outgoing),
        _ => None,
    }
}

fn channel(word: &str) -> Option<Channel> {
    match word {
        "LETTER" => Some(Channel::Letter),
        "EMAIL" => Some(Channel::Email),
        "TEXT_MESSAGE" => Some(Channel::TextMessage),
        "PHONE" => Some(Channel::Phone),
        "FAX" => Some(Channel::Fax),
        "CONVERSATION" => Some(Channel::InPerson),
        "CHAT" => Some(Channel::Chat),
        "OTHER" => Some(Channel::Other),
        _ => None,
    }
}
