//! `heddle inbox remove`: removes an inbox, whose conversations go to another one or are erased.

use clap::Args;
use heddle_access::provision;
use heddle_domain::account::Account;
use heddle_domain::id::InboxId;
use heddle_store::read::account::GetInbox;
use heddle_store::removal::inboxes::{CountInbox, Fate, InboxContents};
use heddle_store::{Entity, Store};
use serde_json::json;

use crate::command::argument::{InAccount, id};
use crate::command::failure::{Code, Failure};
use crate::command::outcome::{Invalidation, Outcome};
use crate::command::output;

#[derive(Args, Debug)]
pub(crate) struct Remove {
    #[command(flatten)]
    account: InAccount,
    /// The inbox's number
    #[arg(long, value_name = "INBOX", value_parser = id)]
    inbox: i64,
    /// The inbox of the same account that gets the conversations, the opt-outs, and the customers at home in the inbox
    #[arg(long, value_name = "INBOX", value_parser = id, conflicts_with = "erase")]
    move_to: Option<i64>,
    /// Erase the conversations with their messages and files
    #[arg(long)]
    erase: bool,
    /// With --erase: the inbox that becomes the home of the customers at home in the inbox
    #[arg(long, value_name = "INBOX", value_parser = id, requires = "erase")]
    customers_to: Option<i64>,
    /// Only count what the inbox has
    #[arg(long)]
    dry_run: bool,
    /// Really remove the inbox. Without this option the command shows what the inbox has, and fails
    #[arg(long)]
    yes: bool,
}

impl Remove {
    pub(crate) async fn perform(self, store: &Store) -> anyhow::Result<Outcome> {
        let account = self.account.get(store).await?;
        let id = InboxId(self.inbox);
        let count = CountInbox {
            account: account.id,
            id,
        };
        let counted = store.read(count).await?;
        let counted =
            counted.ok_or_else(|| Failure::no_such(Entity::Inbox, self.inbox, account.id))?;
        self.check(store, &account, &counted).await?;
        let has = lines(&counted).map(|(what, count)| format!("{what}: {count}"));
        if !self.dry_run && !self.yes {
            let text = format!(
                "inbox {id}, {:?}, has {}. Nothing was changed: add --yes to remove the inbox",
                counted.name,
                has.join(", ")
            );
            return Err(Failure::new(Code::Refused, text).into());
        }
        if !self.dry_run {
            let caller = provision::operator_caller(&account);
            let homes = self.customers_to.map(InboxId);
            let removed = store.remove_inbox(&caller, id, (self.fate(), homes)).await;
            removed.map_err(|error| Failure::naming(error, account.id, &[]))?;
        }
        self.outcome(&account, &counted)
    }

    fn fate(&self) -> Fate {
        match self.move_to {
            Some(heir) => Fate::Move(InboxId(heir)),
            None if self.erase => Fate::Erase,
            None => Fate::Stay,
        }
    }

    /// Says what forbids the removal, more exactly than the store, which checks it again.
    async fn check(
        &self,
        store: &Store,
        account: &Account,
        counted: &InboxContents,
    ) -> anyhow::Result<()> {
        let id = self.inbox;
        for heir in self.move_to.into_iter().chain(self.customers_to) {
            if heir == id {
                let text = format!("inbox {id} is the one that is to be removed: name another one");
                return Err(Failure::invalid(text).into());
            }
            let read = GetInbox {
                account: account.id,
                id: InboxId(heir),
            };
            let no_such = || Failure::no_such(Entity::Inbox, heir, account.id);
            store.read(read).await?.ok_or_else(no_such)?;
        }
        let refused = match counted {
            _ if self.dry_run => None,
            counted if !counted.has_others => Some(format!(
                "inbox {id} is the only one of account {}, which needs one: create another one first",
                account.id
            )),
            counted if self.fate() == Fate::Stay && counted.contents.conversations > 0 => {
                Some(format!(
                    "inbox {id} has {} conversations: add --move-to INBOX, or --erase",
                    counted.contents.conversations
                ))
            }
            counted
                if self.move_to.is_none()
                    && self.customers_to.is_none()
                    && counted.customers > 0 =>
            {
                Some(format!(
                    "{} customers are at home in inbox {id}: add --erase --customers-to INBOX, or --move-to INBOX",
                    counted.customers
                ))
            }
            counted if !counted.is_removed => only_inbox(id, counted),
            _ => None,
        };
        match refused {
            Some(text) => Err(Failure::new(Code::Refused, text).into()),
            None => Ok(()),
        }
    }

    fn outcome(&self, account: &Account, counted: &InboxContents) -> anyhow::Result<Outcome> {
        let (id, name) = (self.inbox, &counted.name);
        let contents = counted.contents;
        let (credentials, webhooks) = (
            counted.limited.credentials.len(),
            counted.limited.webhooks.len(),
        );
        let value = json!({
            "account": account.id.get(), "inbox": id, "name": name, "moved_to": self.move_to, "erased": self.erase,
            "customers_to": self.customers_to.or(self.move_to), "dry_run": self.dry_run, "continued": counted.is_removed,
            "contents": {
                "conversations": contents.conversations, "messages": contents.messages,
                "attachments": contents.attachments, "files": contents.files, "customers": counted.customers,
                "credentials": credentials, "webhooks": webhooks,
            },
        });
        let rows = lines(counted).map(|(what, count)| vec![what.to_owned(), count.to_string()]);
        let table = output::draw(&["what", "count"], rows);
        let mut text = match self.dry_run {
            true => format!("Inbox {id}, {name:?}, has:\n{table}\nNothing was changed."),
            false => format!("Removed inbox {id}, {name:?}, which had:\n{table}"),
        };
        if counted.is_removed {
            text.push_str("\nThe inbox was removed before; this is what was left of it.");
        }
        let outcome = Outcome::new("removal", &value, text)?;
        Ok(outcome.invalidating(Invalidation::Account(account.id)))
    }
}

/// Names the credentials and webhooks that reach no other inbox.
fn only_inbox(id: i64, counted: &InboxContents) -> Option<String> {
    let (credentials, webhooks) = counted.limited.stranded();
    let listed = |ids: Vec<String>| ids.join(", ");
    let of_credentials: Vec<_> = credentials.iter().map(ToString::to_string).collect();
    let of_webhooks: Vec<_> = webhooks.iter().map(ToString::to_string).collect();
    if !of_credentials.is_empty() {
        return Some(format!(
            "inbox {id} is the only inbox of the credentials {}: revoke them first (`heddle credential revoke`), or give them \
             another inbox",
            listed(of_credentials)
        ));
    }
    (!of_webhooks.is_empty()).then(|| {
        format!(
            "inbox {id} is the only inbox of the webhooks {}: delete them first through their API, or give them another inbox",
            listed(of_webhooks)
        )
    })
}

/// Returns the counts with their names.
fn lines(counted: &InboxContents) -> [(&'static str, i64); 7] {
    let count = |list: usize| i64::try_from(list).unwrap_or(i64::MAX);
    [
        ("conversations", counted.contents.conversations),
        ("messages", counted.contents.messages),
        ("attachments", counted.contents.attachments),
        ("files", counted.contents.files),
        ("customers at home", counted.customers),
        (
            "limited credentials",
            count(counted.limited.credentials.len()),
        ),
        ("limited webhooks", count(counted.limited.webhooks.len())),
    ]
}
