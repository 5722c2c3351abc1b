//! Documents: what the index stores of a message.

use heddle_domain::Timestamp;
use heddle_domain::conversation::Conversation;
use heddle_domain::customer::{Customer, PlacedAddress};
use heddle_domain::id::{ConversationId, InboxId, MessageId};
use heddle_domain::message::{Author, Kind, Message};
use heddle_domain::text::plain;
use heddle_search::document::{GAP, Limits, replace_frequent, tokens};
use heddle_search::query::Term;

use super::property::Property;

/// The texts of a document. A term without a field is sought in all of them, each by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Section {
    /// The message itself and the names of its attachments.
    Body,
    /// Subjects and numbers.
    Subject,
    /// Names and addresses of the customer.
    Customer,
    /// The name of the author, if the message has one as free text.
    Sender,
    /// The addresses that got a copy.
    Recipient,
}

impl Section {
    pub(crate) const ALL: [Self; 5] = [
        Self::Body,
        Self::Subject,
        Self::Customer,
        Self::Sender,
        Self::Recipient,
    ];
}

/// What the index stores of one message. A conversation without messages has a document of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Document {
    pub(crate) conversation: ConversationId,
    /// The message; 0 for a conversation without messages.
    pub(crate) message: MessageId,
    pub(crate) effective_at: Timestamp,
    /// The tokens of each section, in the order of [`Section::ALL`].
    pub(crate) sections: [Vec<String>; 5],
    pub(crate) properties: Vec<Property>,
}

impl Document {
    /// Whether a section contains a term.
    pub(crate) fn contains(&self, section: Section, term: &Term) -> bool {
        let tokens = self.sections[section.key()].iter();
        term.occurs_in(tokens.map(String::as_str))
    }
}

/// A customer as documents show it.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) customer: Customer,
    pub(crate) addresses: Vec<PlacedAddress>,
}

impl Person {
    /// Returns the texts by which a customer is found, each by itself.
    pub(crate) fn texts(&self) -> Vec<String> {
        let profile = &self.customer.profile;
        let name = [&profile.first_name, &profile.last_name];
        let name: Vec<&str> = name.into_iter().flatten().map(String::as_str).collect();
        let mut texts = vec![name.join(" ")];
        texts.extend(profile.organization.clone());
        texts.extend(profile.phone.clone());
        texts.extend(self.customer.email.clone());
        texts.extend(
            self.addresses
                .iter()
                .map(|placed| placed.address.value.clone()),
        );
        if let Some(postal) = &self.customer.postal_address {
            let parts = [&postal.postal_code, &postal.city, &postal.state];
            let parts = postal.lines.iter().chain(parts).map(String::as_str);
            texts.push(parts.collect::<Vec<_>>().join(" "));
        }
        texts.retain(|text| !text.trim().is_empty());
        let mut seen = std::collections::HashSet::new();
        texts.retain(|text| seen.insert(text.clone()));
        texts
    }
}

/// A conversation with what its documents show of it.
#[derive(Debug)]
pub(crate) struct Heading<'a> {
    pub(crate) conversation: &'a Conversation,
    /// The conversation's customer, and the message's if it is another.
    pub(crate) people: &'a [Person],
}

impl Heading<'_> {
    /// Returns the document of a message with these attachments.
    pub(crate) fn document(&self, message: &Message, files: &[String]) -> Document {
        let mut properties = self.properties();
        properties.push(Property::Class {
            is_note: message.kind == Kind::Note,
            direction: message.direction,
        });
        properties.push(Property::Channel(message.channel));
        match message.author {
            Author::Customer => properties.push(Property::ByCustomer),
            Author::Agent(agent) => properties.push(Property::Author(agent)),
            Author::Application => {}
        }
        if message.attachments > 0 {
            properties.push(Property::Attachment);
        }
        let body = plain(message.format, &message.body);
        let texts = std::iter::once(body.as_ref()).chain(files.iter().map(String::as_str));
        let recipients = message.recipients.cc.iter().chain(&message.recipients.bcc);
        let people = self.people.iter();
        properties.push(home_of(people.clone()));
        let people: Vec<String> = people.flat_map(Person::texts).collect();
        Document {
            conversation: self.conversation.id,
            message: message.id,
            effective_at: message.effective_at,
            sections: [
                section(texts, Limits::BODY),
                self.subject(message.subject.as_deref()),
                section(people.iter().map(String::as_str), Limits::HEADING),
                section(message.agent_name.as_deref(), Limits::HEADING),
                section(recipients.map(String::as_str), Limits::HEADING),
            ],
            properties,
        }
    }

    /// Returns the document of a conversation without messages.
    pub(crate) fn alone(&self) -> Document {
        let mut properties = self.properties();
        properties.push(Property::Empty);
        properties.push(home_of(self.people.iter()));
        let people: Vec<String> = self.people.iter().flat_map(Person::texts).collect();
        Document {
            conversation: self.conversation.id,
            message: MessageId(0),
            effective_at: self.conversation.started_at,
            sections: [
                Vec::new(),
                self.subject(None),
                section(people.iter().map(String::as_str), Limits::HEADING),
                Vec::new(),
                Vec::new(),
            ],
            properties,
        }
    }

    fn properties(&self) -> Vec<Property> {
        vec![
            Property::Inbox(self.conversation.inbox),
            Property::Customer(self.conversation.customer),
            Property::Conversation(self.conversation.id),
        ]
    }

    fn subject(&self, of_message: Option<&str>) -> Vec<String> {
        let own = self.conversation.subject.as_str();
        let number = self.conversation.number.to_string();
        // The numbers come first, because a long subject may reach the limit.
        let texts = [
            Some(number.as_str()),
            self.conversation.ticket_number.as_deref(),
            Some(own),
            of_message.filter(|subject| *subject != own),
        ];
        section(texts.into_iter().flatten(), Limits::HEADING)
    }
}

/// Returns the property that says where the customers of a document live.
fn home_of<'a>(people: impl Iterator<Item = &'a Person>) -> Property {
    let mut homes: Vec<InboxId> = people.filter_map(|person| person.customer.home).collect();
    homes.sort_unstable();
    homes.dedup();
    match homes[..] {
        [] => Property::Home(None),
        [home] => Property::Home(Some(home)),
        _ => Property::Homes,
    }
}

/// Joins the tokens of several texts under one limit, with a gap between the texts so that no phrase spans two.
fn section<'a>(texts: impl IntoIterator<Item = &'a str>, limits: Limits) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    let mut left = limits;
    for text in texts {
        if !all.is_empty() && left.tokens > 0 {
            all.push(GAP.to_owned());
            left.tokens -= 1;
        }
        let found = tokens(text, left);
        left.tokens = left.tokens.saturating_sub(found.len());
        // A gap in the place of a frequent word can be longer than the word.
        let bytes: usize = found.iter().map(|token| token.len() + 1).sum();
        left.bytes = left.bytes.saturating_sub(bytes);
        all.extend(found);
    }
    replace_frequent(&mut all, limits.occurrences);
    all
}

#[cfg(test)]
mod tests {
    use heddle_domain::customer::{Address, AddressKind, PostalAddress, Profile};
    use heddle_domain::id::CustomerId;

    use super::*;

    #[test]
    fn a_customer_is_found_by_entries_and_postal_address() {
        let entry = |kind, value| Address::parse(kind, value).expect("an address");
        let person = Person {
            customer: Customer {
                id: CustomerId(1),
                home: None,
                profile: Profile {
                    first_name: Some("Ada".into()),
                    ..Profile::default()
                },
                email: None,
                postal_address: Some(PostalAddress {
                    lines: vec!["1 Mill Lane".into()],
                    city: "Ulm".into(),
                    state: "BW".into(),
                    postal_code: "89073".into(),
                    country: "DE".into(),
                }),
                last_position: -1,
                created_at: Timestamp(0),
                updated_at: Timestamp(0),
                version: 0,
            },
            addresses: PlacedAddress::numbered(vec![
                entry(AddressKind::Chat, "ada.q"),
                entry(AddressKind::Social, "@ada"),
                entry(AddressKind::Website, "ada.example"),
            ]),
        };
        let expected = [
            "Ada",
            "ada.q",
            "@ada",
            "ada.example",
            "1 Mill Lane 89073 Ulm BW",
        ];
        assert_eq!(person.texts(), expected);
    }

    #[test]
    fn texts_at_the_limits_are_cut_and_nothing_else() {
        let long: String = (0..6_000).map(|at| format!("{at:064} ")).collect();
        let body = format!("{long}{}", "a ".repeat(5_000));
        let found = section([body.as_str(), "file.pdf", "file.pdf"], Limits::BODY);
        assert!(found.len() <= Limits::BODY.tokens);
        let short = section(["one two", "", "one"], Limits::HEADING);
        assert_eq!(short, ["one", "two", GAP, GAP, "one"]);
        let often = section(["b ".repeat(20).as_str(), "b"], Limits::HEADING);
        let count = often.iter().filter(|token| *token == "b").count();
        assert_eq!(count, Limits::HEADING.occurrences);
    }
}
