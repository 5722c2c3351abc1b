//! `heddle conversation`: deletes conversations and restores them.

use clap::{Args, Subcommand};
use heddle_access::provision;
use heddle_domain::InboxScope;
use heddle_domain::id::ConversationId;
use heddle_store::read::contents::LabelledConversation;
use heddle_store::write::delete::{DeleteConversation, RestoreConversation};
use heddle_store::{Entity, Store};
use serde::Serialize;

use super::argument::{InAccount, id};
use super::failure::Failure;
use super::outcome::Outcome;
use super::output::{Columns, Row};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Delete a conversation: no API shows it any more
    Delete(Named),
    /// Restore a deleted conversation, as it was
    Restore(Named),
}

#[derive(Args, Debug)]
pub(crate) struct Named {
    #[command(flatten)]
    account: InAccount,
    /// The conversation's number in the APIs
    #[arg(long, value_name = "N", value_parser = id)]
    conversation: i64,
}

impl Command {
    pub(crate) async fn perform(self, store: &Store) -> anyhow::Result<Outcome> {
        match self {
            Self::Delete(named) => named.delete(store).await,
            Self::Restore(named) => named.restore(store).await,
        }
    }
}

impl Named {
    async fn delete(self, store: &Store) -> anyhow::Result<Outcome> {
        let account = self.account.get(store).await?;
        let command = DeleteConversation {
            caller: provision::operator_caller(&account),
            inboxes: InboxScope::All,
            conversation: ConversationId(self.conversation),
            expected: None,
        };
        let named = [(Entity::Conversation(0), self.conversation)];
        let written = store.write(command).await;
        written.map_err(|error| Failure::naming(error, account.id, &named))?;
        let view = ConversationView {
            id: self.conversation,
            deleted: true,
        };
        Outcome::one("conversation", &view)
    }

    async fn restore(self, store: &Store) -> anyhow::Result<Outcome> {
        let account = self.account.get(store).await?;
        let command = RestoreConversation {
            caller: provision::operator_caller(&account),
            inboxes: InboxScope::All,
            conversation: ConversationId(self.conversation),
        };
        let named = [(Entity::Conversation(0), self.conversation)];
        let written = store.write(command).await;
        let LabelledConversation { conversation, .. } =
            written.map_err(|error| Failure::naming(error, account.id, &named))?;
        let view = ConversationView {
            id: conversation.id.get(),
            deleted: false,
        };
        Outcome::one("conversation", &view)
    }
}

/// A conversation as the command line shows it.
#[derive(Debug, Serialize)]
struct ConversationView {
    id: i64,
    deleted: bool,
}

impl Row for ConversationView {
    fn columns() -> Columns<Self> {
        Columns::new()
            .with("conversation", |it: &Self| it.id.to_string())
            .with("deleted", |it| {
                if it.deleted { "yes" } else { "no" }.to_owned()
            })
    }
}
