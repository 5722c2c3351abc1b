//! Properties of messages that never change alone. The index stores them as tokens.

use heddle_domain::id::{AccountId, AgentId, ConversationId, CustomerId, InboxId};
use heddle_domain::message::{Channel, Direction};

/// The mark at the beginning of every token that is no word: no word of a text contains it.
pub(crate) const MARK: char = '\u{a6}';

/// A property of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Property {
    /// Every document of a message has one class.
    Class { is_note: bool, direction: Direction },
    /// The document stands for a conversation without messages.
    Empty,
    /// The channel of the message.
    Channel(Channel),
    /// The customer wrote it.
    ByCustomer,
    /// The agent who wrote it.
    Author(AgentId),
    /// It has an attachment.
    Attachment,
    /// The inbox of the conversation.
    Inbox(InboxId),
    /// The customer of the conversation.
    Customer(CustomerId),
    /// The conversation.
    Conversation(ConversationId),
    /// The home inbox of its customers; `None` if they have none.
    Home(Option<InboxId>),
    /// Its customers have several home inboxes.
    Homes,
}

impl Property {
    /// The properties of which every document has exactly one.
    pub(crate) const CLASSES: [Self; 5] = [
        Self::Class {
            is_note: false,
            direction: Direction::Incoming,
        },
        Self::Class {
            is_note: false,
            direction: Direction::Outgoing,
        },
        Self::Class {
            is_note: true,
            direction: Direction::Incoming,
        },
        Self::Class {
            is_note: true,
            direction: Direction::Outgoing,
        },
        Self::Empty,
    ];

    /// Returns the token. Tokens are short, because every message has some.
    pub(crate) fn token(self) -> String {
        match self {
            Self::Class { is_note, direction } => {
                let kind = if is_note { 'n' } else { 'm' };
                let direction = match direction {
                    Direction::Incoming => 'i',
                    Direction::Outgoing => 'o',
                };
                format!("{MARK}{kind}{direction}")
            }
            Self::Empty => format!("{MARK}e"),
            // The place in the list: words of channels have characters at which the engine would split them.
            Self::Channel(channel) => {
                let place = Channel::ALL.iter().position(|other| *other == channel);
                format!("{MARK}h{}", place.unwrap_or(Channel::ALL.len()))
            }
            Self::ByCustomer => format!("{MARK}u"),
            Self::Author(agent) => format!("{MARK}g{}", agent.get()),
            Self::Attachment => format!("{MARK}x"),
            Self::Inbox(inbox) => format!("{MARK}b{}", inbox.get()),
            Self::Customer(customer) => format!("{MARK}k{}", customer.get()),
            Self::Conversation(conversation) => format!("{MARK}v{}", conversation.get()),
            Self::Home(home) => format!("{MARK}p{}", home.map_or(0, InboxId::get)),
            Self::Homes => format!("{MARK}q"),
        }
    }
}

/// The token that every document of an account has on PostgreSQL, whose index holds the documents of all accounts.
pub(crate) fn account_token(account: AccountId) -> String {
    format!("{}a{}", MARK, account.get())
}

/// Returns the token that stands for all words of a section that begin with a letter: a search for such a prefix alone would read
/// a part of every message.
pub(crate) fn initial(letter: char) -> String {
    format!("{MARK}l{letter}")
}

/// Returns the tokens of [`initial`] for a list of words, each once.
pub(crate) fn initials(words: &[String]) -> Vec<String> {
    let letters = words.iter().filter_map(|word| word.chars().next());
    let mut letters: Vec<char> = letters.filter(|letter| is_indexed(*letter)).collect();
    letters.sort_unstable();
    letters.dedup();
    letters.into_iter().map(initial).collect()
}

/// Whether the words that begin with a letter have a token: letters of which an alphabet has few.
pub(crate) const fn is_indexed(letter: char) -> bool {
    matches!(letter, 'a'..='z' | '0'..='9' | '\u{3b1}'..='\u{3c9}' | '\u{430}'..='\u{44f}' | '\u{5d0}'..='\u{5ea}' | '\u{621}'..='\u{64a}')
}
