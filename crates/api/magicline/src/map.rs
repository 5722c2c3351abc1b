//! Maps a request to a message, and a thread to the response (contract section 5).

use heddle_domain::Conversation;
use heddle_domain::message::{Author, Direction};
use heddle_store::write::NewMessage;

use crate::request::ThreadRequest;
use crate::wire::ThreadResponse;

/// Builds the communication (message) of a request.
pub(crate) fn message(request: &ThreadRequest) -> NewMessage {
    let author = match request.direction {
        Direction::Incoming => Author::Customer,
        Direction::Outgoing => Author::Application,
    };
    let (channel, direction, time) = (request.channel, request.direction, request.time.as_ref());
    NewMessage {
        subject: Some(request.subject.clone()),
        agent_name: request.agent.clone(),
        occurred_at: time.map(|time| time.instant),
        zone: time.map(|time| time.zone.clone()),
        ..NewMessage::new(channel, direction, author, request.content.clone())
    }
}

/// Returns the success body: the values of the request, the new ids, and the ticket that the thread has now.
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
