//! Ten searches as people at a help desk do them, among many conversations: at which place is the right one?

use anyhow::{Context as _, Result};
use heddle_domain::ConversationId;
use heddle_domain::Profile;
use heddle_domain::customer::CustomerRef;
use heddle_domain::message::{Author, Channel, Direction, Kind};
use heddle_store::search::Order;
use heddle_store::write::{NewAttachment, NewConversation, NewMessage};

use super::corpus::Talk;
use super::filling::whole;
use super::load::{self, Filled};
use super::place::Place;
use super::queries::{search, timed};
use crate::results::Sheet;
use crate::times::ms;

const HOUR: i64 = 3_600_000;

/// What a person seeks.
struct Needle {
    /// What the person remembers.
    remembered: &'static str,
    query: &'static str,
    subject: &'static str,
    /// First and last name, e-mail address, and telephone number of the customer.
    customer: [&'static str; 4],
    /// The customer's message, then the agent's answer.
    messages: [&'static str; 2],
    days_ago: i64,
    file: Option<&'static str>,
    /// Whether the second message is a note.
    is_note: bool,
}

const NEEDLES: [Needle; 10] = [
    Needle {
        remembered: "half of a name: \"Kowal-something, Annelie\"",
        query: "annelie kowal*",
        subject: "Membership card",
        customer: [
            "Annelie",
            "Kowalczyk-Brandt",
            "a.kowalczyk@post.example",
            "",
        ],
        messages: [
            "My card was not delivered. Can you send a new one?",
            "We have sent a new card today.",
        ],
        days_ago: 410,
        file: None,
        is_note: false,
    },
    Needle {
        remembered: "the number of an invoice",
        query: "INV-2025-778812",
        subject: "Two charges for one order",
        customer: ["Robert", "Finch", "robert.finch@mail.example", ""],
        messages: [
            "You charged invoice INV-2025-778812 twice.",
            "You are right, the second charge is refunded.",
        ],
        days_ago: 620,
        file: None,
        is_note: false,
    },
    Needle {
        remembered: "the mail with the photo last week; it showed a hinge",
        query: "photo hinge has:attachment after:8d",
        subject: "Hinge is cracked",
        customer: ["Pilar", "Echeverría", "pilar@taller.example", ""],
        messages: [
            "Here is a photo of the cracked hinge.",
            "Thank you, we send a new hinge.",
        ],
        days_ago: 3,
        file: Some("IMG_2291.jpg"),
        is_note: false,
    },
    Needle {
        remembered: "a name with umlauts, typed without",
        query: "muller-ludenscheidt kuhlschrank",
        subject: "Kühlschrank kühlt nicht",
        customer: [
            "Jürgen",
            "Müller-Lüdenscheidt",
            "j.mueller@haus.example",
            "",
        ],
        messages: [
            "Der Kühlschrank wird nicht kälter als zwölf Grad.",
            "Ein Techniker kommt am Dienstag.",
        ],
        days_ago: 255,
        file: None,
        is_note: false,
    },
    Needle {
        remembered: "German and English in one thread",
        query: "lieferschein warranty",
        subject: "Lieferschein fehlt",
        customer: ["Kees", "van Vliet", "kees@vliet.example", ""],
        messages: [
            "Im Paket war kein Lieferschein.",
            "You find the delivery note and the warranty in the attached file.",
        ],
        days_ago: 77,
        file: None,
        is_note: false,
    },
    Needle {
        remembered: "a telephone number, with other separators",
        query: "040/55667-788",
        subject: "Please call back",
        customer: [
            "Ines",
            "Rabe",
            "ines.rabe@werk.example",
            "+49 (040) 55667 788",
        ],
        messages: [
            "Please call me about my contract.",
            "We called and left a message.",
        ],
        days_ago: 130,
        file: None,
        is_note: false,
    },
    Needle {
        remembered: "an order number that stands inside a longer word",
        query: "90817263",
        subject: "Where is my parcel?",
        customer: ["Tomasz", "Zielony", "tz@poczta.example", ""],
        messages: [
            "The label says WEBORDER90817263DE. Where is it?",
            "It is at the post office.",
        ],
        days_ago: 500,
        file: None,
        is_note: false,
    },
    Needle {
        remembered: "the exact words",
        query: "\"does not start after the update\"",
        subject: "Screen stays black",
        customer: ["Grace", "Adeyemi", "grace@clinic.example", ""],
        messages: [
            "Since yesterday the device does not start after the update.",
            "Please hold the button for ten seconds.",
        ],
        days_ago: 33,
        file: None,
        is_note: false,
    },
    Needle {
        remembered: "only the company of the sender",
        query: "from:weberei-okafor.example",
        subject: "Offer for ten looms",
        customer: ["Mara", "Okafor", "einkauf@weberei-okafor.example", ""],
        messages: [
            "Please make us an offer for ten looms.",
            "Our offer is attached.",
        ],
        days_ago: 810,
        file: None,
        is_note: false,
    },
    Needle {
        remembered: "a note of a colleague",
        query: "is:note goodwill voucher",
        subject: "Late again",
        customer: ["Samira", "Haddad", "samira@riad.example", ""],
        messages: [
            "Your driver was late again.",
            "Agreed with Tom: she gets a goodwill voucher of 20 euros.",
        ],
        days_ago: 190,
        file: None,
        is_note: true,
    },
];

impl Needle {
    fn talk(&self, filled: &Filled) -> Talk {
        let [first, last, email, phone] = self.customer;
        let profile = Profile {
            first_name: Some(first.to_owned()),
            last_name: Some(last.to_owned()),
            phone: (!phone.is_empty()).then(|| phone.to_owned()),
            ..Profile::default()
        };
        let begin = filled.account.now.plus_ms(-self.days_ago * 24 * HOUR);
        let incoming = NewMessage::new(
            Channel::Email,
            Direction::Incoming,
            Author::Customer,
            self.messages[0],
        );
        let agent = Author::Agent(filled.account.agents[0]);
        let outgoing =
            NewMessage::new(Channel::Email, Direction::Outgoing, agent, self.messages[1]);
        let at = |hours: i64| Some(begin.plus_ms(hours * HOUR));
        let incoming = NewMessage {
            occurred_at: at(0),
            imported: true,
            attachments: self.files(),
            ..incoming
        };
        let kind = if self.is_note {
            Kind::Note
        } else {
            Kind::Message
        };
        let outgoing = NewMessage {
            occurred_at: at(3),
            imported: true,
            kind,
            ..outgoing
        };
        let conversation = NewConversation {
            started_at: Some(begin),
            imported: true,
            ..NewConversation::new(filled.account.inboxes[0], self.subject)
        };
        let customer = CustomerRef::Email {
            email: email.to_owned(),
            profile: Box::new(profile),
        };
        Talk::new(conversation, customer, vec![incoming, outgoing])
    }

    fn files(&self) -> Vec<NewAttachment> {
        let file = |name: &str| NewAttachment {
            file_name: name.to_owned(),
            mime_type: "image/jpeg".to_owned(),
            size: 0,
            data: None,
            object: None,
            link: Some(format!("https://files.example/{name}")),
            extra: None,
        };
        self.file.map(file).into_iter().collect()
    }
}

/// Writes the conversations that are sought, searches for each, and prints their places in the answers.
pub(super) async fn run(place: &Place, conversations: usize) -> Result<Sheet> {
    let filled = load::fill(place, conversations, false).await?;
    let mut sought = Vec::new();
    for needle in &NEEDLES {
        let create = whole(&filled.caller, needle.talk(&filled));
        sought.push(place.store.write(create).await?.conversation.id);
    }
    load::index(&place.store, filled.caller.account).await?;
    let mut rows = Vec::new();
    for (needle, id) in NEEDLES.iter().zip(sought) {
        let (newest, time) = rank(place, &filled, needle, id, Order::Newest).await?;
        let (best, _) = rank(place, &filled, needle, id, Order::Relevance).await?;
        rows.push([
            needle.remembered.to_owned(),
            needle.query.to_owned(),
            newest,
            best,
            ms(time),
        ]);
    }
    Ok(Sheet::new(
        "Ten searches",
        [
            "what is remembered",
            "query",
            "place by time",
            "by relevance",
            "ms",
        ],
        rows,
    ))
}

/// Returns the place of a conversation on the first page, and the time of the search in milliseconds.
async fn rank(
    place: &Place,
    filled: &Filled,
    needle: &Needle,
    id: ConversationId,
    order: Order,
) -> Result<(String, f64)> {
    let search = search(filled, needle.query, order)?;
    let (page, time) = timed(place, &search).await.with_context(|| needle.query)?;
    let at = page
        .found
        .iter()
        .position(|found| found.conversation.id == id);
    let shown = at.map_or("not on the first page".to_owned(), |at| {
        (at + 1).to_string()
    });
    Ok((shown, time.as_secs_f64() * 1e3))
}

#[cfg(test)]
mod tests {
    use heddle_search::query::{NATIVE, parse};

    use super::*;

    #[test]
    fn all_queries_are_of_the_language() {
        for needle in &NEEDLES {
            assert!(parse(needle.query, &NATIVE).is_ok(), "{}", needle.query);
        }
    }
}
