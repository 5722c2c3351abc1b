//! `heddle conversation`: deletes conversations, restores them and merges them.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Subcommand};
use heddle_access::provision;
use heddle_domain::id::ConversationId;
use heddle_domain::{InboxScope, Status};
use heddle_store::write::delete::{DeleteConversation, RestoreConversation};
use heddle_store::write::merge::MergeConversations;
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
    /// Merge a conversation into another, which remains and gets the messages
    Merge(Merge),
}

#[derive(Args, Debug)]
pub(crate) struct Named {
    #[command(flatten)]
    account: InAccount,
    /// The conversation's number in the APIs
    #[arg(long, value_name = "N", value_parser = id)]
    conversation: i64,
}

#[derive(Args, Debug)]
pub(crate) struct Merge {
    #[command(flatten)]
    named: Named,
    /// The conversation that remains. The number of the other one then leads to it
    #[arg(long, value_name = "N", value_parser = id)]
    into: i64,
    /// Its status afterwards. Without this option, a closed or spam conversation is opened if the other one was not closed
    #[arg(long, value_name = "STATUS", value_parser = statuses())]
    status: Option<Status>,
}

/// Parses a status; the command line's help lists all.
fn statuses() -> impl TypedValueParser<Value = Status> {
    let words = Status::ALL.iter().map(|status| status.as_str());
    PossibleValuesParser::new(words)
        .map(|word| Status::parse(&word).expect("one of the possible values"))
}

impl Command {
    pub(crate) async fn perform(self, store: &Store) -> anyhow::Result<Outcome> {
        match self {
            Self::Delete(named) => named.delete(store).await,
            Self::Restore(named) => named.restore(store).await,
            Self::Merge(merge) => merge.perform(store).await,
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
        ConversationView::outcome(self.conversation, true, None)
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
        let written = written.map_err(|error| Failure::naming(error, account.id, &named))?;
        ConversationView::outcome(written.conversation.id.get(), false, None)
    }
}

impl Merge {
    async fn perform(self, store: &Store) -> anyhow::Result<Outcome> {
        let account = self.named.account.get(store).await?;
        let command = MergeConversations {
            caller: provision::operator_caller(&account),
            inboxes: InboxScope::All,
            from: ConversationId(self.named.conversation),
            into: ConversationId(self.into),
            status: self.status,
            expected: None,
        };
        let named = [
            (Entity::Conversation(0), self.named.conversation),
            (Entity::Conversation(1), self.into),
        ];
        let written = store.write(command).await;
        let written = written.map_err(|error| Failure::naming(error, account.id, &named))?;
        ConversationView::outcome(
            written.conversation.id.get(),
            false,
            Some(self.named.conversation),
        )
    }
}

/// A conversation as the command line shows it.
#[derive(Debug, Serialize)]
struct ConversationView {
    id: i64,
    deleted: bool,
    /// The conversation that the command merged into this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    merged: Option<i64>,
}

impl ConversationView {
    /// Returns what a command shows of the conversation that it changed.
    fn outcome(id: i64, deleted: bool, merged: Option<i64>) -> anyhow::Result<Outcome> {
        let view = Self {
            id,
            deleted,
            merged,
        };
        Outcome::one("conversation", &view)
    }
}

impl Row for ConversationView {
    fn columns() -> Columns<Self> {
        Columns::new()
            .with("conversation", |it: &Self| it.id.to_string())
            .with("deleted", |it| {
                if it.deleted { "yes" } else { "no" }.to_owned()
            })
            .with("merged", |it| {
                it.merged.map(|id| id.to_string()).unwrap_or_default()
            })
    }
}
