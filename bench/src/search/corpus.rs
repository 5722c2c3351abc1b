//! Conversations of a help desk with customers of several countries over three years, always the same.

use heddle_domain::customer::CustomerRef;
use heddle_domain::message::{Author, Channel, Direction, Kind, Recipients};
use heddle_domain::{AgentId, InboxId, Profile, Status, TagName, Timestamp};
use heddle_store::write::{NewAttachment, NewConversation, NewMessage};

use super::dice::Dice;
use super::words::{Tongue, Vocabulary};

const HOUR: i64 = 3_600_000;
/// The length of the period from which the conversations come, in milliseconds.
pub(super) const PERIOD: i64 = 3 * 365 * 24 * HOUR;
/// No conversation takes longer.
const LONGEST: i64 = 48 * HOUR;
const TAGS: usize = 40;
/// How many messages a conversation has on average.
pub(super) const MESSAGES: usize = 5;
/// How many conversations a customer has on average.
const PER_CUSTOMER: usize = 4;
const DOMAINS: usize = 2_000;

const FIRST_NAMES: [&str; 24] = [
    "Anna", "Mehmet", "Jörg", "Łukasz", "Chloé", "José", "Olga", "Yuki", "Wei", "Fatima", "Lars",
    "Sinéad", "Ivan", "Mara", "Tom", "Zoë", "Kaya", "Björn", "Noor", "Peter", "Lucía", "Emre",
    "Hanna", "David",
];

/// What the corpus needs to know of the account.
#[derive(Clone, Debug)]
pub(super) struct Account {
    pub(super) inboxes: Vec<InboxId>,
    pub(super) agents: Vec<AgentId>,
    pub(super) now: Timestamp,
}

/// A conversation that is to be written.
pub(super) struct Talk {
    pub(super) conversation: NewConversation,
    pub(super) customer: CustomerRef,
    pub(super) messages: Vec<NewMessage>,
    /// When each message is sent.
    times: Vec<Timestamp>,
}

/// Makes conversations.
pub(super) struct Corpus {
    pub(super) vocabulary: Vocabulary,
    account: Account,
    customers: usize,
    /// Whether the conversations are imported.
    imports: bool,
}

/// Returns the name of a tag by rank.
pub(super) fn tag(rank: usize) -> TagName {
    TagName::nearest(&format!("topic-{rank}"))
}

impl Corpus {
    pub(super) fn new(account: Account, conversations: usize, imports: bool) -> Self {
        Self {
            vocabulary: Vocabulary::new(),
            account,
            customers: (conversations / PER_CUSTOMER).max(1),
            imports,
        }
    }

    /// Returns the conversation of a number; the higher, the newer.
    pub(super) fn talk(&self, number: usize, of: usize) -> Talk {
        let mut dice = Dice::new(number as u64);
        let tongue = Vocabulary::tongue(&mut dice);
        let start = self.begin(number, of);
        let status = match dice.roll(100) {
            0..85 => Status::Closed,
            85..93 => Status::Open,
            93..96 => Status::Pending,
            96..98 => Status::New,
            _ => Status::Spam,
        };
        let mut tags = Vec::new();
        for _ in 0..dice.roll(3) {
            tags.push(tag((dice.part() * dice.part() * TAGS as f64) as usize));
        }
        let assignee = dice.hits(70).then(|| self.agent(&mut dice));
        let ticket = dice
            .hits(20)
            .then(|| format!("T-{:07}", 1_000_000 + number));
        let inbox = dice.pick(&self.account.inboxes);
        let conversation = NewConversation {
            status: Some(status),
            assignee,
            ticket_number: ticket,
            started_at: self.imports.then_some(start),
            tags,
            imported: self.imports,
            ..NewConversation::new(inbox, self.sentence(tongue, 3, 8, &mut dice))
        };
        let customer = self.customer(dice.roll(self.customers));
        let (mut messages, mut times) = (Vec::new(), Vec::new());
        for at in 0..1 + dice.roll(2 * MESSAGES - 1) {
            let time = start.plus_ms(at as i64 * 5 * HOUR);
            times.push(time);
            messages.push(self.message(tongue, time, at, &mut dice));
        }
        Talk {
            conversation,
            customer,
            messages,
            times,
        }
    }

    /// Returns when the conversation of a number begins.
    pub(super) fn begin(&self, number: usize, of: usize) -> Timestamp {
        let passed = PERIOD / of as i64 * number.min(of) as i64;
        self.account.now.plus_ms(passed - PERIOD - LONGEST)
    }

    fn agent(&self, dice: &mut Dice) -> AgentId {
        dice.pick(&self.account.agents)
    }

    /// Returns the customer of a number.
    pub(super) fn customer(&self, number: usize) -> CustomerRef {
        let (first, last, email) = self.person(number);
        let profile = Profile {
            first_name: Some(first),
            last_name: Some(last),
            phone: (number.is_multiple_of(3))
                .then(|| format!("+49 {} {:07}", 30 + number % 60, number * 37 % 10_000_000)),
            ..Profile::default()
        };
        CustomerRef::Email {
            email,
            profile: Box::new(profile),
        }
    }

    /// Returns names and address of the customer of a number.
    pub(super) fn person(&self, number: usize) -> (String, String, String) {
        let mut dice = Dice::new(0xc0ffee ^ (number as u64) << 8);
        let first = dice.pick(&FIRST_NAMES).to_owned();
        let tongue = Vocabulary::tongue(&mut dice).min(3);
        let last = capital(self.vocabulary.ranked(tongue, 200 + dice.roll(9_000)));
        let email = format!(
            "{first}.{last}{number}@company{}.example",
            dice.roll(DOMAINS)
        )
        .to_lowercase();
        (first, last, email)
    }

    /// Returns one message of a conversation. The customer begins, then both write.
    pub(super) fn message(
        &self,
        tongue: Tongue,
        at: Timestamp,
        position: usize,
        dice: &mut Dice,
    ) -> NewMessage {
        let is_note = position > 0 && dice.hits(12);
        let is_customer = !is_note && (position == 0 || dice.hits(45));
        let author = match is_customer {
            true => Author::Customer,
            false => Author::Agent(self.agent(dice)),
        };
        let direction = if is_customer {
            Direction::Incoming
        } else {
            Direction::Outgoing
        };
        let channel = match dice.roll(100) {
            0..75 => Channel::Email,
            75..88 => Channel::Chat,
            88..97 => Channel::Phone,
            _ => Channel::Letter,
        };
        let kind = if is_note { Kind::Note } else { Kind::Message };
        let cc = dice
            .hits(8)
            .then(|| self.person(dice.roll(self.customers)).2);
        NewMessage {
            kind,
            occurred_at: self.imports.then_some(at),
            imported: self.imports,
            recipients: Recipients {
                cc: cc.into_iter().collect(),
                bcc: Vec::new(),
            },
            attachments: if dice.hits(10) {
                vec![file(dice)]
            } else {
                Vec::new()
            },
            ..NewMessage::new(channel, direction, author, self.body(tongue, dice))
        }
    }

    /// Returns a text of about 600 characters on average: some are short, some very long.
    fn body(&self, tongue: Tongue, dice: &mut Dice) -> String {
        let words = match dice.roll(100) {
            0..25 => 6 + dice.roll(25),
            25..80 => 40 + dice.roll(90),
            _ => 120 + dice.roll(160),
        };
        let mut body = String::new();
        let mut left = words;
        while left > 0 {
            let length = (5 + dice.roll(14)).min(left);
            body += &self.sentence(tongue, length, length, dice);
            body += if dice.hits(15) { ".\n\n" } else { ". " };
            left -= length;
        }
        if dice.hits(20) {
            body += &format!("\nINV-{}-{:06}", 2_023 + dice.roll(4), dice.roll(1_000_000));
        }
        if dice.hits(10) {
            body += &format!(
                "\nTel. +49 {} {:07}",
                30 + dice.roll(60),
                dice.roll(10_000_000)
            );
        }
        body
    }

    /// Returns so many words, the first with a capital.
    fn sentence(&self, tongue: Tongue, least: usize, most: usize, dice: &mut Dice) -> String {
        let count = least + dice.roll(most - least + 1);
        let between = if Vocabulary::has_spaces(tongue) {
            " "
        } else {
            ""
        };
        // A word of a language without spaces stands for two or three characters.
        let words: Vec<String> = (0..count)
            .map(|_| self.vocabulary.word(tongue, dice))
            .collect();
        capital(&words.join(between))
    }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(char::to_uppercase);
    first.into_iter().flatten().chain(chars).collect()
}

fn file(dice: &mut Dice) -> NewAttachment {
    let name = match dice.roll(4) {
        0 => format!("IMG_{:04}.jpg", dice.roll(10_000)),
        1 => format!("invoice-{}.pdf", dice.roll(1_000_000)),
        2 => format!("photo {}.png", dice.roll(1_000)),
        _ => format!("Scan {}.pdf", dice.roll(1_000)),
    };
    NewAttachment {
        mime_type: "application/octet-stream".to_owned(),
        size: 0,
        data: None,
        object: None,
        link: Some(format!("https://files.example/{name}")),
        file_name: name,
        extra: None,
    }
}

impl Talk {
    /// Returns a conversation with these messages.
    pub(super) const fn new(
        conversation: NewConversation,
        customer: CustomerRef,
        messages: Vec<NewMessage>,
    ) -> Self {
        Self {
            conversation,
            customer,
            messages,
            times: Vec::new(),
        }
    }

    /// Leaves the first message, and returns the others with their times.
    pub(super) fn keep_first(&mut self) -> Vec<(Timestamp, NewMessage)> {
        self.times
            .drain(1..)
            .zip(self.messages.drain(1..))
            .collect()
    }

    /// Returns how many bytes of text the index gets: subjects, bodies, names of files, and recipients. Names and
    /// addresses of customers count once per customer, see [`person_bytes`].
    pub(super) fn text_bytes(&self) -> u64 {
        let of_message = |message: &NewMessage| {
            let files: usize = message
                .attachments
                .iter()
                .map(|file| file.file_name.len())
                .sum();
            let copies: usize = message.recipients.cc.iter().map(String::len).sum();
            message.body.len() + files + copies
        };
        let ticket = self
            .conversation
            .ticket_number
            .as_ref()
            .map_or(0, String::len);
        let messages: usize = self.messages.iter().map(of_message).sum();
        (self.conversation.subject.len() + ticket + messages) as u64
    }
}

/// Returns the bytes of the names and addresses of a customer.
pub(super) fn person_bytes(customer: &CustomerRef) -> u64 {
    let CustomerRef::Email { email, profile } = customer else {
        return 0;
    };
    let names = [&profile.first_name, &profile.last_name, &profile.phone];
    let names: usize = names.into_iter().flatten().map(String::len).sum();
    (email.len() + names) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn corpus() -> Corpus {
        let account = Account {
            inboxes: vec![InboxId(1), InboxId(2)],
            agents: vec![AgentId(1)],
            now: Timestamp(1_790_000_000_000),
        };
        Corpus::new(account, 500, true)
    }

    #[test]
    fn a_number_always_has_the_same_conversation() {
        let bodies = |corpus: &Corpus| {
            corpus
                .talk(7, 500)
                .messages
                .into_iter()
                .map(|message| message.body)
                .collect::<Vec<_>>()
        };
        assert_eq!(bodies(&corpus()), bodies(&corpus()));
        let times = [0, 499].map(|number| corpus().talk(number, 500).conversation.started_at);
        assert!(times[0] < times[1]);
    }

    #[test]
    fn messages_are_as_long_and_as_many_as_at_a_help_desk() {
        let corpus = corpus();
        let messages: Vec<_> = (0..500)
            .flat_map(|number| corpus.talk(number, 500).messages)
            .collect();
        let characters: usize = messages
            .iter()
            .map(|message| message.body.chars().count())
            .sum();
        let average = characters / messages.len();
        assert!((500..700).contains(&average), "{average}");
        assert!(
            (4 * 500..6 * 500).contains(&messages.len()),
            "{}",
            messages.len()
        );
    }
}
