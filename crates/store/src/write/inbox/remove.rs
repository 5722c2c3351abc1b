//! Commands of the removal of an inbox (`removal/inboxes.rs` runs them in their order).

use std::collections::{BTreeMap, BTreeSet};

use heddle_domain::detail::Contents;
use heddle_domain::event::EventKind;
use heddle_domain::id::{AccountId, AgentId, ConversationId, CredentialId, CustomerId, InboxId};
use heddle_domain::opt_out::{OptOut, OptOutState};
use heddle_domain::webhook::WebhookState;
use heddle_domain::{Conversation, EventDetail, Fact, Field, InboxScope, WebhookId};

use crate::error::{Entity, Refusal, Result};
use crate::read::conversations::get;
use crate::rows::{
    account as account_rows, conversation, credential, idempotent, opt_out, removal as rows,
    webhook,
};
use crate::stmt::{Row, Value, params};
use crate::tx::{NewEvent, Rows, Tx, Write};
use crate::write::caller::Caller;
use crate::write::custom_field;
use crate::write::events::append_event_about;
use crate::write::label::{self, Labels};
use crate::write::must::must_be_inboxes;

/// The field that a refusal names if the inbox cannot be removed.
pub const INBOX: &str = "inbox";
/// The field that a refusal names if the conversations cannot go to the inbox that the caller names.
pub const HEIR: &str = "move_to";

/// The maximum number of credentials or webhooks that are looked at.
const MOST: i64 = 100_000;
/// How many stored answers one command removes.
const ANSWERS: i64 = 500;

/// What happens to the conversations of a removed inbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// They go to this inbox.
    Move(InboxId),
    /// They are erased.
    Erase,
    /// There are none. What a request that is under way still brings stays until the removal is run again.
    Stay,
}

impl Fate {
    /// Returns the stored form: the id of the inbox; 0 for [`Self::Erase`].
    const fn to_code(self) -> Option<InboxId> {
        match self {
            Self::Move(heir) => Some(heir),
            Self::Erase => Some(InboxId(0)),
            Self::Stay => None,
        }
    }

    pub(crate) fn of_code(code: Option<InboxId>) -> Self {
        match code {
            None => Self::Stay,
            Some(InboxId(0)) => Self::Erase,
            Some(heir) => Self::Move(heir),
        }
    }
}

/// What is limited to some inboxes, the removed one among them. The scope has only inboxes that were not removed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Limited {
    /// Credentials that are not revoked, each with its inboxes.
    pub credentials: Vec<(CredentialId, InboxScope)>,
    /// Webhooks that are not deleted, each with its inboxes.
    pub webhooks: Vec<(WebhookId, InboxScope)>,
}

impl Limited {
    /// Reads what is limited to some inboxes, `inbox` among them.
    pub(crate) async fn read(
        rows: &mut Rows<'_>,
        account: AccountId,
        inbox: InboxId,
    ) -> Result<Self> {
        let all = params![account, 0_i64, MOST];
        let present = rows.fetch(&account_rows::INBOXES, all, account_rows::inbox);
        let present = InboxScope::only(present.await?.into_iter().map(|inbox| inbox.id));
        let limited = |scope: &InboxScope| *scope != InboxScope::All && scope.contains(inbox);
        // The inbox itself counts, whether or not its removal has begun.
        let own = InboxScope::only(present.limit().chain([inbox]));
        let credentials = rows.fetch(&credential::LIST, all, credential::credential);
        let credentials = credentials.await?.into_iter().map(|it| it.credential);
        let credentials = credentials.filter(|it| !it.revoked && limited(&it.inboxes));
        let credentials = credentials.map(|it| (it.id, it.inboxes.intersect(&own)));
        let webhooks = rows.fetch(&webhook::LIST, all, webhook::webhook).await?;
        let webhooks = webhooks.into_iter();
        let webhooks =
            webhooks.filter(|it| it.state != WebhookState::Deleted && limited(&it.inboxes));
        Ok(Self {
            credentials: credentials.collect(),
            webhooks: webhooks
                .map(|it| (it.id, it.inboxes.intersect(&own)))
                .collect(),
        })
    }

    /// Returns what would reach no inbox any more.
    #[must_use]
    pub fn stranded(&self) -> (Vec<CredentialId>, Vec<WebhookId>) {
        let credentials = self.credentials.iter().filter(|(_, scope)| scope.is_one());
        let webhooks = self.webhooks.iter().filter(|(_, scope)| scope.is_one());
        (
            credentials.map(|(id, _)| *id).collect(),
            webhooks.map(|(id, _)| *id).collect(),
        )
    }
}

/// Removes an inbox: nothing shows it or takes it any more. The row stays, because old events name the inbox. Of an inbox that is
/// removed already, changes only what happens to conversations that are still there.
#[derive(Clone, Debug)]
pub struct RemoveInbox {
    /// Who runs the command, and in which account.
    pub caller: Caller,
    /// The inbox to remove.
    pub id: InboxId,
    /// What happens to its conversations.
    pub fate: Fate,
    /// What the inbox has, for the event.
    pub contents: Contents,
}

impl Write for RemoveInbox {
    type Out = ();
    const NAME: &'static str = "remove_inbox";

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        let (account, key) = (self.caller.account, params![self.caller.account, self.id]);
        // Removals of one account wait for each other. Two at once could remove the last two inboxes, or hand conversations to an inbox
        // that is being removed.
        tx.fetch_one(&account_rows::LOCK, params![account], |row| row.int())
            .await?;
        let found = tx.fetch_one(&rows::LOCK_INBOX, key, rows::closing);
        let inbox = found.await?.ok_or(Refusal::NotFound(Entity::Inbox))?;
        if let Fate::Move(heir) = self.fate {
            if heir == self.id {
                return Err(Refusal::invalid(HEIR, "is the inbox itself").into());
            }
            must_be_inboxes(tx, account, [heir]).await?;
        }
        let heir = self.fate.to_code();
        if inbox.is_removed {
            return match self.fate {
                Fate::Stay => Ok(()),
                _ => tx.queue(&rows::SET_HEIR, params![account, self.id, heir]),
            };
        }
        self.must_be_free(tx).await?;
        let mut detail = EventDetail::default();
        detail
            .change(Field::DefaultAgent, &inbox.default_agent, &None)
            .with(Fact::Contents(self.contents));
        match self.fate {
            Fate::Move(heir) => drop(detail.with(Fact::MovedTo(heir))),
            Fate::Erase => drop(detail.with(Fact::Erased(true))),
            Fate::Stay => {}
        }
        let (kind, about) = (EventKind::InboxRemoved, (self.id.get(), Some(self.id)));
        let event = append_event_about(tx, &self.caller, kind, about, detail)?;
        let params = params![account, self.id, tx.now(), heir, event];
        tx.queue(&rows::CLOSE_INBOX, params)?;
        tx.queue(&rows::PASS_ON, params![account, self.id, heir])?;
        tx.queue(&rows::PUBLIC_IDS_OF_INBOX, key)?;
        tx.queue(&rows::PROFILE_OF_INBOX, key)
    }
}

impl RemoveInbox {
    /// Refuses the only inbox, and one without which a credential or webhook would reach nothing.
    async fn must_be_free(&self, tx: &mut Tx<'_>) -> Result<()> {
        let (account, refused) = (self.caller.account, |reason: &str| {
            Err(Refusal::invalid(INBOX, reason).into())
        });
        let key = params![account, self.id];
        let other = tx.fetch_one(&rows::OTHER_INBOX, key, |row| row.int());
        if other.await?.is_none() {
            return refused("is the only inbox of the account");
        }
        let limited = Limited::read(tx, account, self.id).await?;
        match limited.stranded() {
            (credentials, webhooks) if credentials.is_empty() && webhooks.is_empty() => Ok(()),
            (credentials, _) if credentials.is_empty() => {
                refused("is the only inbox of a webhook that is not deleted")
            }
            _ => refused("is the only inbox of a credential that is not revoked"),
        }
    }
}

/// Moves merged and deleted conversations, at most 100, to another inbox. Others stay: they move as a client would move them. Without an
/// inbox, moves only merged ones: each to the inbox of the conversation that it was merged into.
#[derive(Clone, Debug)]
pub(crate) struct MoveUnlisted {
    pub(crate) caller: Caller,
    pub(crate) ids: BTreeSet<ConversationId>,
    pub(crate) from: InboxId,
    pub(crate) to: Option<InboxId>,
}

impl Write for MoveUnlisted {
    type Out = ();
    const NAME: &'static str = "move_unlisted";

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        let account = self.caller.account;
        let mut found = conversation::lock_all(tx, account, self.ids.clone()).await?;
        found.retain(|it| {
            it.inbox == self.from && conversation::phase(it) == conversation::UNLISTED
        });
        for before in found {
            let to = match (self.to, before.merged_into) {
                (Some(to), _) => to,
                (None, Some(survivor)) => match get(tx, account, survivor).await? {
                    Some(survivor) => survivor.inbox,
                    None => continue,
                },
                (None, None) => continue,
            };
            if to == self.from {
                continue;
            }
            let mut after = before.clone();
            after.inbox = to;
            let labels = label::read(tx, account, before.id).await?;
            let inboxes = [self.from, to];
            let kept = Labels {
                fields: custom_field::moved(tx, account, inboxes, &labels.fields).await?,
                tags: labels.tags.clone(),
            };
            self.announce(tx, &before, &mut after, (&labels, &kept))?;
            label::write(tx, account, &after, &labels, &kept)?;
            conversation::update(tx, account, &before, &after)?;
        }
        Ok(())
    }
}

impl MoveUnlisted {
    /// Writes the event of the move. The event has no status, because no count has the conversation.
    fn announce(
        &self,
        tx: &mut Tx<'_>,
        before: &Conversation,
        after: &mut Conversation,
        (labels, kept): (&Labels, &Labels),
    ) -> Result<()> {
        let mut detail = EventDetail::default();
        detail
            .change(Field::Inbox, &before.inbox, &after.inbox)
            .change(
                Field::CustomFields,
                &labels.fields_beside(kept),
                &kept.fields_beside(labels),
            );
        let (kind, actor) = (EventKind::ConversationUpdated, &self.caller.actor);
        let event = NewEvent::about(after, kind, actor, detail);
        let event = tx.append_event(self.caller.account, before.last_event_id, &event)?;
        after.last_event_id = event.get();
        Ok(())
    }
}

/// Moves the opt-outs of a removed inbox, at most 1,000, to its heir, as far as the heir has nothing recorded about the address.
/// Without an heir, removes them. Returns whether there may be more.
#[derive(Clone, Debug)]
pub(crate) struct MoveOptOuts {
    pub(crate) caller: Caller,
    pub(crate) from: InboxId,
    pub(crate) to: Option<InboxId>,
}

impl Write for MoveOptOuts {
    type Out = bool;
    const NAME: &'static str = "move_opt_outs";

    fn weight(&self) -> usize {
        64 << 10
    }

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<bool> {
        const AT_ONCE: i64 = 1_000;
        let account = self.caller.account;
        let some = params![account, self.from, AT_ONCE];
        let found = tx
            .fetch(&rows::OPT_OUTS_OF_INBOX, some, keyed_opt_out)
            .await?;
        if let Some(to) = self.to {
            self.copy(tx, to, &found).await?;
        }
        for (kind, hash, _) in &found {
            let key = params![account, self.from, kind, hash];
            tx.queue(&rows::DROP_OPT_OUT, key)?;
        }
        Ok(found.len() as i64 == AT_ONCE)
    }
}

type KeyedOptOut = (String, String, OptOut);

/// Maps a row of `OPT_OUTS_OF_INBOX`.
fn keyed_opt_out(row: &mut Row<'_>) -> Result<KeyedOptOut> {
    Ok((row.text()?, row.text()?, opt_out::opt_out(row)?))
}

impl MoveOptOuts {
    async fn copy(&self, tx: &mut Tx<'_>, to: InboxId, found: &[KeyedOptOut]) -> Result<()> {
        let account = self.caller.account;
        let keys: Vec<[Value<'_>; 4]> = found
            .iter()
            .map(|(kind, hash, _)| {
                [
                    account.into(),
                    to.into(),
                    kind.as_str().into(),
                    hash.as_str().into(),
                ]
            })
            .collect();
        let known = tx
            .fetch_many(&opt_out::LOCK, &keys, opt_out::opt_out)
            .await?;
        let new = found
            .iter()
            .zip(known)
            .filter(|(_, known)| known.is_empty());
        let new: Vec<&KeyedOptOut> = new.map(|(it, _)| it).collect();
        let words: BTreeMap<String, OptOutState> = new
            .iter()
            .map(|(kind, hash, it)| (format!("{kind}:{hash}"), it.state))
            .collect();
        if words.is_empty() {
            return Ok(());
        }
        let mut detail = EventDetail::default();
        detail.change(Field::OptOuts, &BTreeMap::new(), &words);
        let (kind, about) = (EventKind::InboxUpdated, (to.get(), Some(to)));
        append_event_about(tx, &self.caller, kind, about, detail)?;
        for (kind, hash, it) in new {
            let params = params![account, to, kind, hash, it.state.as_str(), it.changed_at];
            tx.queue(&opt_out::PUT, params)?;
        }
        Ok(())
    }
}

/// Removes some followers of customers in an inbox.
#[derive(Clone, Debug)]
pub(crate) struct DropFollowers {
    pub(crate) account: AccountId,
    pub(crate) inbox: InboxId,
    pub(crate) followers: Vec<(CustomerId, AgentId)>,
}

impl Write for DropFollowers {
    type Out = ();
    const NAME: &'static str = "drop_followers";

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        for (customer, agent) in &self.followers {
            let params = params![self.account, *customer, self.inbox, *agent];
            tx.queue(&rows::DROP_FOLLOWER, params)?;
        }
        Ok(())
    }
}

/// Removes the custom fields that an inbox defines. Until its conversations have moved, they say which values stay.
#[derive(Clone, Debug)]
pub(crate) struct DropFields {
    pub(crate) account: AccountId,
    pub(crate) inbox: InboxId,
}

impl Write for DropFields {
    type Out = ();
    const NAME: &'static str = "drop_fields";

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        tx.queue(&rows::FIELDS_OF_INBOX, params![self.account, self.inbox])
    }
}

/// Removes some of the ids that the messages of an inbox have elsewhere. Returns how many.
#[derive(Clone, Debug)]
pub(crate) struct DropSources {
    pub(crate) account: AccountId,
    pub(crate) inbox: InboxId,
    pub(crate) most: i64,
}

impl Write for DropSources {
    type Out = u64;
    const NAME: &'static str = "drop_sources";

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<u64> {
        let params = params![self.account, self.inbox, self.most];
        tx.execute(&rows::SOURCES_OF_INBOX, params).await
    }
}

/// Removes some stored answers with times in (after, until], because any of them may show an erased conversation. Their keys
/// stay. Returns the time that was reached; `None` if no more are left.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ClearAnswers {
    pub(crate) account: AccountId,
    pub(crate) after: i64,
    pub(crate) until: i64,
}

impl Write for ClearAnswers {
    type Out = Option<i64>;
    const NAME: &'static str = "clear_answers";

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<Option<i64>> {
        let params = params![self.account, self.after, self.until, ANSWERS];
        let reached = tx.fetch_one(&idempotent::REACHED, params, |row| row.int());
        let reached = reached.await?;
        if let Some(reached) = reached {
            tx.queue(
                &idempotent::CLEAR,
                params![self.account, self.after, reached],
            )?;
        }
        Ok(reached)
    }
}
