//! Maps a request to a message, and a thread, preferences or an employee to the response (contract sections 5 and 9).

pub(crate) mod customer;

use heddle_domain::customer::{Category, Preference};
use heddle_domain::message::{Author, Channel, Direction};
use heddle_domain::{Agent, Conversation};
use heddle_store::write::NewMessage;

use crate::request::preferences::CATEGORIES;
use crate::request::{CHANNELS, ThreadRequest};
use crate::wire::{CategoryPreferences, ChannelPreference, Employee, ThreadResponse};

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

fn category_word(category: Category) -> &'static str {
    let found = CATEGORIES.iter().find(|(_, known)| *known == category);
    found.map_or("", |(word, _)| *word)
}

fn channel_word(channel: Channel) -> &'static str {
    let found = CHANNELS.iter().find(|(_, known)| *known == channel);
    found.map_or("", |(word, _)| *word)
}

/// Returns all preferences of a customer, which come by category.
pub(crate) fn preferences(all: &[Preference]) -> Vec<CategoryPreferences> {
    let of_category = |some: &[Preference]| CategoryPreferences {
        message_category: some.first().map_or("", |one| category_word(one.category)),
        channels: some
            .iter()
            .map(|one| ChannelPreference {
                communication_channel: channel_word(one.channel),
                customer_overridable: one.customer_overridable,
                active: one.active,
            })
            .collect(),
    };
    let categories = all.chunk_by(|a, b| a.category == b.category);
    categories.map(of_category).collect()
}

/// Returns an employee.
pub(crate) fn employee(agent: Agent) -> Employee {
    Employee {
        id: agent.id.get(),
        firstname: agent.first_name,
        lastname: agent.last_name,
        email: Some(agent.email).filter(|email| !email.is_empty()),
    }
}
