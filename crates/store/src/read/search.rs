//! Reads for the search index: its state, and what a rebuild handles next.

use heddle_domain::id::{AccountId, ConversationId, CustomerId};

use crate::error::Result;
use crate::rows::search::{self as rows, index};
use crate::rows::{erasure, guest};
use crate::search::Progress;
use crate::search::change::{Stage, State};
use crate::stmt::params;
use crate::tx::{Cost, Read, Rows};

/// Reads how far the index of an account is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct IndexState(pub(crate) AccountId);

impl Read for IndexState {
    type Out = State;
    const NAME: &'static str = "index_state";

    fn cost(&self) -> Cost {
        Cost::Index(self.0)
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<State> {
        state(rows, self.0).await
    }
}

async fn state(rows: &mut Rows<'_>, account: AccountId) -> Result<State> {
    let key = params![account];
    let found = rows.fetch_one(&index::STATE, key, |row| {
        Ok(State {
            position: row.int()?,
            stage: Stage::of(row.int()?)?,
            after: row.int()?,
            batches: row.int()?,
        })
    });
    Ok(found.await?.unwrap_or(State::EMPTY))
}

/// Reads how far the index of an account is, compared with the account.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ReadProgress(pub(crate) AccountId);

impl Read for ReadProgress {
    type Out = Progress;
    const NAME: &'static str = "index_progress";

    fn cost(&self) -> Cost {
        Cost::Index(self.0)
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Progress> {
        let account = self.0;
        let state = state(rows, account).await?;
        let head = rows.feed_head(account).await?;
        let (customer, conversation) = rows
            .fetch_pair(
                (&rows::LAST_CUSTOMER, params![account], |row| row.int()),
                (&rows::LAST_CONVERSATION, params![account], |row| row.int()),
            )
            .await?;
        let last = |found: Vec<i64>| found.first().map_or(0, |last| last.unsigned_abs());
        let (customers, conversations) = (last(customer), last(conversation));
        let done = match state.stage {
            Stage::None => None,
            Stage::Customers => Some(state.after.unsigned_abs()),
            Stage::Conversations => Some(customers + state.after.unsigned_abs()),
        };
        Ok(Progress {
            account,
            position: state.position,
            head,
            rebuild: done.map(|done| (done, customers + conversations)),
        })
    }
}

/// Reads the next customers or conversations of a rebuild.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Next {
    pub(crate) account: AccountId,
    pub(crate) stage: Stage,
    pub(crate) after: i64,
    pub(crate) limit: usize,
}

impl Read for Next {
    type Out = Vec<i64>;
    const NAME: &'static str = "next_to_index";

    fn cost(&self) -> Cost {
        Cost::List(self.account)
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Vec<i64>> {
        let stmt = match self.stage {
            Stage::None => return Ok(Vec::new()),
            Stage::Customers => &rows::NEXT_CUSTOMERS,
            Stage::Conversations => &rows::NEXT_CONVERSATIONS,
        };
        let limit = i64::try_from(self.limit).unwrap_or(i64::MAX);
        let params = params![self.account, self.after, limit];
        rows.fetch(stmt, params, |row| row.int()).await
    }
}

/// Reads the conversations of a customer after an id, those where it is a guest too.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ConversationsOf {
    pub(crate) account: AccountId,
    pub(crate) customer: CustomerId,
    pub(crate) after: ConversationId,
    pub(crate) limit: usize,
}

impl Read for ConversationsOf {
    type Out = Vec<ConversationId>;
    const NAME: &'static str = "conversations_of";

    fn cost(&self) -> Cost {
        Cost::List(self.account)
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Self::Out> {
        let limit = i64::try_from(self.limit).unwrap_or(i64::MAX);
        let id = |row: &mut crate::stmt::Row<'_>| row.int().map(ConversationId);
        let params = params![self.account, self.customer, self.after, limit];
        let own = rows.fetch(&erasure::CONVERSATIONS, params, id).await?;
        let guests = rows.fetch(&guest::CONVERSATIONS_AFTER, params, id).await?;
        let mut ids: Vec<_> = own.into_iter().chain(guests).collect();
        ids.sort_unstable();
        ids.dedup();
        ids.truncate(self.limit);
        Ok(ids)
    }
}
