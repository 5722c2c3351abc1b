//! The store's commands with which a bench fills a store.

use heddle_domain::conversation::{Locks, StatusWish};
use heddle_domain::customer::CustomerRef;
use heddle_domain::{ConversationId, InboxScope};
use heddle_store::write::{
    Append, AppendMessages, Caller, CreateConversation, Guard, NewConversation, NewMessage,
};

/// Returns the command that creates a conversation with its first messages.
pub(crate) fn creation(
    caller: &Caller,
    conversation: NewConversation,
    customer: CustomerRef,
    messages: Vec<NewMessage>,
) -> CreateConversation {
    CreateConversation {
        caller: caller.clone(),
        reach: InboxScope::All,
        locks: Locks::NONE,
        conversation,
        customer,
        messages,
    }
}

/// Returns the command that adds messages to conversations.
pub(crate) fn addition(
    caller: &Caller,
    messages: impl IntoIterator<Item = (ConversationId, NewMessage)>,
) -> AppendMessages {
    let entry = |(conversation, message)| Append {
        conversation,
        message,
        wish: StatusWish::Keep,
        ticket_number: None,
        ticket_link: None,
    };
    AppendMessages {
        caller: caller.clone(),
        reach: InboxScope::All,
        guard: Guard::ALL,
        locks: Locks::NONE,
        entries: messages.into_iter().map(entry).collect(),
    }
}
