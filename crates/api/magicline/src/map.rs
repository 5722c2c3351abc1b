//! Maps a request to a message, and a thread, preferences, a customer or an employee to the response (contract sections 5 and
//! 9).

use heddle_domain::customer::{AddressKind, Category, CustomerDetails, PlacedAddress, Preference};
use heddle_domain::id::{CustomerId, InboxId};
use heddle_domain::message::{Author, Channel, Direction};
use heddle_domain::{Agent, Conversation};
use heddle_store::read::customers::CustomerView;
use heddle_store::write::NewMessage;

use crate::request::person::{HOME, MOBILE, UNISEX, WORK, WORK_MOBILE, street_line};
use crate::request::preferences::CATEGORIES;
use crate::request::{CHANNELS, ThreadRequest};
use crate::wire::{
    CategoryPreferences, ChannelPreference, Customer, Employee, Language, ThreadResponse,
};

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

/// Returns the number that the studio's staff see.
pub(crate) fn customer_number(studio: InboxId, customer: CustomerId) -> String {
    format!("{studio}-{customer}")
}

/// Returns the customer with a number; `None` if the number is not one of the studio.
pub(crate) fn customer_of_number(studio: InboxId, number: &str) -> Option<CustomerId> {
    let (of, id) = number.split_once('-')?;
    let id = CustomerId(id.parse().ok()?);
    let is_same = of == studio.to_string() && customer_number(studio, id) == number;
    is_same.then_some(id)
}

/// Returns a customer as the studio sees it.
pub(crate) fn customer(
    studio: InboxId,
    view: CustomerView,
    details: Option<CustomerDetails>,
) -> Customer {
    let CustomerView {
        customer,
        public_id: uuid,
        addresses,
    } = view;
    let details = details.unwrap_or_default();
    let (street, house_number) = street(&customer, &details);
    let postal = customer.postal_address;
    let (zip_code, city, country) = match postal {
        Some(address) => (address.postal_code, address.city, address.country),
        None => Default::default(),
    };
    let phone = |label| phone(&addresses, label);
    Customer {
        id: customer.id.get(),
        uuid,
        customer_number: customer_number(studio, customer.id),
        studio_id: studio.get(),
        status: if details.prospect {
            "PROSPECT"
        } else {
            "MEMBER"
        },
        access_refusal: false,
        gender: gender(
            customer.profile.gender.as_deref(),
            details.gender.as_deref(),
        ),
        first_name: customer.profile.first_name,
        second_first_name: details.second_first_name,
        last_name: customer.profile.last_name,
        second_last_name: details.second_last_name,
        date_of_birth: details.date_of_birth,
        email: customer.email,
        street,
        house_number,
        zip_code: given(zip_code),
        city: given(city),
        country: given(country),
        phone_private: phone(HOME).or_else(|| unlabelled_phone(&addresses)),
        phone_private_mobile: phone(MOBILE),
        phone_business: phone(WORK),
        phone_business_mobile: phone(WORK_MOBILE),
        preferred_language: details.language.map(|language_code| Language {
            language_code,
            country_code: details.language_country,
        }),
        third_party_id: details.third_party_id,
        image_url: customer.profile.photo_url,
    }
}

fn given(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

/// Returns street and house number. The details know them apart, unless another API has changed the address since.
fn street(
    customer: &heddle_domain::Customer,
    details: &CustomerDetails,
) -> (Option<String>, Option<String>) {
    let lines = customer.postal_address.as_ref();
    let lines = lines.map(|address| address.lines.join(", "));
    match lines {
        Some(lines) if lines == street_line(details) => {
            (details.street.clone(), details.house_number.clone())
        }
        lines => (lines.and_then(given), None),
    }
}

fn gender(stored: Option<&str>, own: Option<&str>) -> Option<&'static str> {
    match (stored, own) {
        (Some("male"), _) => Some("MALE"),
        (Some("female"), _) => Some("FEMALE"),
        (Some("unknown"), Some(UNISEX)) => Some(UNISEX),
        _ => None,
    }
}

fn phone(addresses: &[PlacedAddress], label: &str) -> Option<String> {
    phones(addresses, Some(label)).next()
}

fn unlabelled_phone(addresses: &[PlacedAddress]) -> Option<String> {
    phones(addresses, None).next()
}

fn phones<'a>(
    addresses: &'a [PlacedAddress],
    label: Option<&'a str>,
) -> impl Iterator<Item = String> + 'a {
    let addresses = addresses.iter().map(|placed| &placed.address);
    let phones = addresses.filter(move |address| {
        address.kind == AddressKind::Phone && address.label.as_deref() == label
    });
    phones.map(|address| address.value.clone())
}

/// Returns an employee.
pub(crate) fn employee(agent: Agent) -> Employee {
    Employee {
        id: agent.id.get(),
        firstname: agent.first_name,
        lastname: agent.last_name,
        email: given(agent.email),
    }
}
