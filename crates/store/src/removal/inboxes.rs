//! Removes inboxes: first the inbox is marked, so that nothing shows it, then what it has goes to another inbox or is erased.
//!
//! Each step is a command of its own, and an interrupted removal goes on when it is called again. A request that was under way
//! while the inbox was marked can still put a conversation into it; the server finds it later ([`Store::remove_left_over`]).
//! Whatever else names an inbox (the home of a customer, an opt-out, a follower, a credential, a webhook) is refused by then: its
//! command holds the row of the inbox until its end (`HOLD_INBOX`), so that the removal finds it or the command finds the mark.

use std::collections::BTreeSet;

use heddle_domain::InboxScope;
use heddle_domain::detail::Contents;
use heddle_domain::id::{AccountId, AgentId, ConversationId, CustomerId, InboxId};

use crate::erasing::{AT_ONCE, Erasable, MarkConversations};
use crate::error::{Entity, Error, Refusal, Result};
use crate::read::account::GetInbox;
use crate::rows::{conversation::UNLISTED, removal as rows};
use crate::stmt::{Row, params};
use crate::store::Store;
use crate::tx::{Cost, Read, Rows};
use crate::write::caller::Caller;
use crate::write::change::{Change, ChangeConversations, ChangeItem};
use crate::write::credential::{UpdateCredential, Within};
use crate::write::customers::{CustomerChange, UpdateCustomer};
use crate::write::inbox::remove::{
    ClearAnswers, DropFields, DropFollowers, DropSources, MoveOptOuts, MoveUnlisted,
};
pub use crate::write::inbox::remove::{Fate, HEIR, INBOX, Limited, RemoveInbox};
use crate::write::webhook::{UpdateWebhook, WebhookReach};

/// The field that a refusal names if customers at home in the inbox have nowhere to go.
pub const CUSTOMERS_TO: &str = "customers_to";

/// How many small rows one command removes.
const ROWS: i64 = 1_000;

/// What an inbox has, and what is limited to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InboxContents {
    /// Name of the inbox.
    pub name: String,
    /// Whether the inbox was removed already. Then the rest says what is left of it.
    pub is_removed: bool,
    /// Whether the account has another inbox.
    pub has_others: bool,
    /// Conversations with their messages and attachments.
    pub contents: Contents,
    /// Customers whose home is the inbox, merged and erased ones not.
    pub customers: i64,
    /// Credentials and webhooks that are limited to some inboxes, this one among them.
    pub limited: Limited,
}

/// Counts what an inbox has; `None` if there was never such an inbox. Reads all conversations of the inbox.
#[derive(Clone, Debug)]
pub struct CountInbox {
    /// Account of the inbox.
    pub account: AccountId,
    /// The inbox, also a removed one.
    pub id: InboxId,
}

impl Read for CountInbox {
    type Out = Option<InboxContents>;
    const NAME: &'static str = "count_inbox";
    const SNAPSHOT: bool = true;

    fn cost(&self) -> Cost {
        Cost::Everything
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Self::Out> {
        let key = params![self.account, self.id];
        let found = rows.fetch_one(&rows::GET_INBOX, key, rows::closing);
        let Some(inbox) = found.await? else {
            return Ok(None);
        };
        let counts = |row: &mut Row<'_>| {
            let contents = Contents {
                conversations: row.int()?,
                messages: row.int()?,
                attachments: row.int()?,
                files: row.int()?,
            };
            Ok((contents, row.int()?))
        };
        let counted = rows.fetch_one(&rows::INBOX_CONTENTS, key, counts).await?;
        let (contents, customers) = counted.unwrap_or_default();
        let other = rows.fetch_one(&rows::OTHER_INBOX, key, |row| row.int());
        let has_others = other.await?.is_some();
        Ok(Some(InboxContents {
            name: inbox.name,
            is_removed: inbox.is_removed,
            has_others,
            contents,
            customers,
            limited: Limited::read(rows, self.account, self.id).await?,
        }))
    }
}

/// Reads what is limited to some inboxes, this one among them.
struct ReadLimited {
    account: AccountId,
    id: InboxId,
}

impl Read for ReadLimited {
    type Out = Limited;
    const NAME: &'static str = "read_limited";
    const SNAPSHOT: bool = true;

    fn cost(&self) -> Cost {
        Cost::List(self.account)
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Limited> {
        Limited::read(rows, self.account, self.id).await
    }
}

/// Reads what happens to the conversations of a removed inbox.
struct FateOf(AccountId, InboxId);

impl Read for FateOf {
    type Out = Option<Fate>;
    const NAME: &'static str = "fate_of";

    fn cost(&self) -> Cost {
        Cost::Keys(self.0)
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Self::Out> {
        let key = params![self.0, self.1];
        let found = rows.fetch_one(&rows::GET_INBOX, key, rows::closing).await?;
        let removed = found.filter(|inbox| inbox.is_removed);
        Ok(removed.map(|inbox| Fate::of_code(inbox.heir)))
    }
}

/// Reads the removed inboxes of an account that have conversations.
struct LeftOver(AccountId);

impl Read for LeftOver {
    type Out = Vec<InboxId>;
    const NAME: &'static str = "left_over";

    fn cost(&self) -> Cost {
        Cost::List(self.0)
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Self::Out> {
        let id = |row: &mut Row<'_>| Ok(InboxId(row.int()?));
        rows.fetch(&rows::LEFT_OVER, params![self.0], id).await
    }
}

/// Reads some conversations of an inbox, each with whether lists show it.
struct OfInbox(AccountId, InboxId);

impl Read for OfInbox {
    type Out = Vec<(ConversationId, bool)>;
    const NAME: &'static str = "of_inbox";

    fn cost(&self) -> Cost {
        Cost::List(self.0)
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Self::Out> {
        let params = params![self.0, self.1, AT_ONCE];
        let found = |row: &mut Row<'_>| Ok((ConversationId(row.int()?), row.int()? != UNLISTED));
        rows.fetch(&rows::OF_INBOX, params, found).await
    }
}

/// Reads some of the customers at home in an inbox.
struct AtHome(AccountId, InboxId);

impl Read for AtHome {
    type Out = Vec<CustomerId>;
    const NAME: &'static str = "at_home";

    fn cost(&self) -> Cost {
        Cost::List(self.0)
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Self::Out> {
        let params = params![self.0, self.1, AT_ONCE];
        let id = |row: &mut Row<'_>| Ok(CustomerId(row.int()?));
        rows.fetch(&rows::AT_HOME, params, id).await
    }
}

/// Reads some of those who follow customers in an inbox.
struct FollowersOf(AccountId, InboxId);

impl Read for FollowersOf {
    type Out = Vec<(CustomerId, AgentId)>;
    const NAME: &'static str = "followers_of";

    fn cost(&self) -> Cost {
        Cost::Everything
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Self::Out> {
        let params = params![self.0, self.1, ROWS];
        let pair = |row: &mut Row<'_>| Ok((CustomerId(row.int()?), AgentId(row.int()?)));
        rows.fetch(&rows::FOLLOWERS_OF_INBOX, params, pair).await
    }
}

impl Store {
    /// Removes an inbox. Its conversations, merged and deleted ones included, move to another inbox or are erased, as `fate`
    /// says. The customers at home there get the home `customers_to`; if that is `None`, the inbox of [`Fate::Move`]. Opt-outs
    /// go to the inbox of [`Fate::Move`]. Custom fields, profile, public ids and followers of the inbox end. Credentials and
    /// webhooks lose the inbox.
    ///
    /// Of an inbox that is removed already, handles what is left.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] if an inbox does not exist; [`Refusal::Invalid`] with the field [`INBOX`] if it is the only one of
    /// the account, of a credential or of a webhook, with [`HEIR`] if it is to move to itself, or has conversations and nobody
    /// said where they go, with [`CUSTOMERS_TO`] if customers are at home there and nobody said where they go. After these
    /// errors nothing has changed. After an error of [`Store::write`], call this again to finish the removal.
    pub async fn remove_inbox(
        &self,
        caller: &Caller,
        id: InboxId,
        (fate, customers_to): (Fate, Option<InboxId>),
    ) -> Result<InboxContents, Error> {
        let account = caller.account;
        // A removal that goes on without being told where to goes on as it began.
        let known = self.read(FateOf(account, id)).await?;
        let fate = match (fate, known) {
            (Fate::Stay, Some(known)) => known,
            (fate, _) => fate,
        };
        let counted = self.read(CountInbox { account, id }).await?;
        let counted = counted.ok_or(Refusal::NotFound(Entity::Inbox))?;
        if fate == Fate::Stay && counted.contents.conversations > 0 {
            let reason = "the inbox has conversations: say where they go, or that they are erased";
            return Err(Refusal::invalid(HEIR, reason).into());
        }
        let homes = match (customers_to, fate) {
            (Some(home), _) | (None, Fate::Move(home)) => Some(home),
            (None, Fate::Erase | Fate::Stay) => None,
        };
        if homes.is_none() && counted.customers > 0 {
            let reason = "customers are at home in the inbox: say where they go";
            return Err(Refusal::invalid(CUSTOMERS_TO, reason).into());
        }
        if let Some(home) = homes {
            let found = self.read(GetInbox { account, id: home }).await?;
            found.ok_or(Refusal::NotFound(Entity::Inbox))?;
            if home == id {
                return Err(Refusal::invalid(CUSTOMERS_TO, "is the inbox itself").into());
            }
        }
        let remove = RemoveInbox {
            caller: caller.clone(),
            id,
            fate,
            contents: counted.contents,
        };
        self.write(remove).await?;
        self.settle(caller, id, fate).await?;
        if let Some(home) = homes {
            self.move_homes(caller, id, home).await?;
        }
        self.remove_parts(caller, id, fate).await?;
        self.narrow(caller, id).await?;
        // What a request that was under way has brought meanwhile.
        self.settle(caller, id, fate).await?;
        self.drop_sources(account, id).await?;
        Ok(counted)
    }

    /// Moves or erases what came late: a request that was under way can put a conversation into an inbox of the account that is
    /// being removed. Returns how many removed inboxes had conversations.
    ///
    /// # Errors
    /// Returns the first error of [`Store::write`], after it has tried all inboxes.
    pub async fn remove_left_over(&self, caller: &Caller) -> Result<u64, Error> {
        let account = caller.account;
        let (mut handled, mut failed) = (0, None);
        for id in self.read(LeftOver(account)).await? {
            match self.read(FateOf(account, id)).await? {
                None | Some(Fate::Stay) => {}
                Some(fate) => {
                    let settled = async {
                        self.settle(caller, id, fate).await?;
                        self.drop_sources(account, id).await
                    };
                    match settled.await {
                        Ok(()) => handled += 1,
                        Err(error) => failed = failed.or(Some(error)),
                    }
                }
            }
        }
        failed.map_or(Ok(handled), Err)
    }

    /// Moves or erases the conversations of a removed inbox.
    async fn settle(&self, caller: &Caller, id: InboxId, fate: Fate) -> Result<(), Error> {
        match fate {
            Fate::Move(to) => self.move_conversations(caller, id, to).await,
            Fate::Erase => self.erase_conversations(caller, id).await,
            Fate::Stay => Ok(()),
        }
    }

    async fn move_conversations(
        &self,
        caller: &Caller,
        from: InboxId,
        to: InboxId,
    ) -> Result<(), Error> {
        loop {
            let found = self.read(OfInbox(caller.account, from)).await?;
            if found.is_empty() {
                return Ok(());
            }
            let (listed, unlisted): (Vec<_>, Vec<_>) = found.into_iter().partition(|it| it.1);
            if !unlisted.is_empty() {
                let unlisted = MoveUnlisted {
                    caller: caller.clone(),
                    ids: unlisted.into_iter().map(|(id, _)| id).collect(),
                    from,
                    to: Some(to),
                };
                self.write(unlisted).await?;
            }
            if listed.is_empty() {
                continue;
            }
            let item = |(conversation, _)| ChangeItem {
                conversation,
                expected: None,
                change: Change {
                    inbox: Some(to),
                    ..Change::default()
                },
            };
            let changes = ChangeConversations {
                caller: caller.clone(),
                inboxes: InboxScope::All,
                items: listed.into_iter().map(item).collect(),
            };
            let changed = self.write(changes).await?;
            // Another command may have deleted or merged some meanwhile: they are unlisted in the next round. If nothing was
            // changed for another reason, the next round would not change anything either.
            let failed = changed
                .into_iter()
                .collect::<std::result::Result<Vec<_>, _>>();
            if let Err(refusal) = failed
                && !matches!(
                    refusal,
                    Refusal::NotFound(Entity::Conversation(_)) | Refusal::MergedConversation { .. }
                )
            {
                return Err(refusal.into());
            }
        }
    }

    async fn erase_conversations(&self, caller: &Caller, id: InboxId) -> Result<(), Error> {
        let account = caller.account;
        loop {
            let found = self.read(OfInbox(account, id)).await?;
            if found.is_empty() {
                // Also what another command has marked.
                self.finish_erasure(account).await?;
                break;
            }
            let ids: BTreeSet<_> = found.into_iter().map(|(id, _)| id).collect();
            // A conversation that was merged into one of another inbox belongs to that one, which stays.
            let merged = MoveUnlisted {
                caller: caller.clone(),
                ids: ids.clone(),
                from: id,
                to: None,
            };
            self.write(merged).await?;
            let mark = MarkConversations {
                caller: caller.clone(),
                ids,
                which: Erasable::In(id),
            };
            self.write(mark).await?;
            // Removes their rows, so that the next round finds others.
            while self.erase_rows(account).await? {}
        }
        let until = self.now().0;
        let mut after = 0;
        loop {
            let clear = ClearAnswers {
                account,
                after,
                until,
            };
            match self.write(clear).await? {
                Some(reached) => after = reached,
                None => return Ok(()),
            }
        }
    }

    async fn move_homes(&self, caller: &Caller, from: InboxId, to: InboxId) -> Result<(), Error> {
        loop {
            let found = self.read(AtHome(caller.account, from)).await?;
            if found.is_empty() {
                return Ok(());
            }
            for id in found {
                let update = UpdateCustomer {
                    caller: caller.clone(),
                    inboxes: InboxScope::All,
                    id,
                    expected: None,
                    change: CustomerChange {
                        home: Some(Some(to)),
                        ..CustomerChange::default()
                    },
                };
                match self.write(update).await {
                    // A customer that was merged or erased meanwhile is at home nowhere.
                    Ok(_)
                    | Err(Error::Refused(Refusal::MergedCustomer(_) | Refusal::ErasedCustomer)) => {
                    }
                    Err(error) => return Err(error),
                }
            }
        }
    }

    /// Removes the small things of an inbox: opt-outs, followers, ids that messages have elsewhere.
    async fn remove_parts(&self, caller: &Caller, id: InboxId, fate: Fate) -> Result<(), Error> {
        let account = caller.account;
        let to = match fate {
            Fate::Move(heir) => Some(heir),
            Fate::Erase | Fate::Stay => None,
        };
        let opt_outs = || MoveOptOuts {
            caller: caller.clone(),
            from: id,
            to,
        };
        while self.write(opt_outs()).await? {}
        let inbox = id;
        self.write(DropFields { account, inbox }).await?;
        loop {
            let followers = self.read(FollowersOf(account, id)).await?;
            if followers.is_empty() {
                break;
            }
            let inbox = id;
            let drop = DropFollowers {
                account,
                inbox,
                followers,
            };
            self.write(drop).await?;
        }
        self.drop_sources(account, id).await
    }

    async fn drop_sources(&self, account: AccountId, inbox: InboxId) -> Result<(), Error> {
        loop {
            let sources = DropSources {
                account,
                inbox,
                most: ROWS,
            };
            if self.write(sources).await? < ROWS.unsigned_abs() {
                return Ok(());
            }
        }
    }

    /// Takes the inbox away from the credentials and webhooks that are limited to some inboxes.
    async fn narrow(&self, caller: &Caller, id: InboxId) -> Result<(), Error> {
        let account = caller.account;
        let limited = self.read(ReadLimited { account, id }).await?;
        let without = |scope: &InboxScope| InboxScope::only(scope.limit().filter(|it| *it != id));
        for (credential, scope) in &limited.credentials {
            let update = UpdateCredential {
                caller: caller.clone(),
                id: *credential,
                expected: None,
                name: None,
                scopes: None,
                inboxes: Some(without(scope)),
                redirect_url: None,
                within: Within::everything(),
            };
            match self.write(update).await {
                // It was revoked meanwhile.
                Ok(_) | Err(Error::Refused(Refusal::NotFound(Entity::Credential))) => {}
                Err(error) => return Err(error),
            }
        }
        for (webhook, scope) in &limited.webhooks {
            let update = UpdateWebhook {
                inboxes: Some(without(scope)),
                ..UpdateWebhook::new(caller.clone(), WebhookReach::ALL, *webhook)
            };
            match self.write(update).await {
                // It was deleted meanwhile.
                Ok(_) | Err(Error::Refused(Refusal::NotFound(Entity::Webhook))) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}
