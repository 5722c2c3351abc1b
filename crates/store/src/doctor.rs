//! Finds and mends what a clock that was ahead has stored: ids and times in the future. Its part `damage` finds other damage.

mod damage;

use heddle_domain::Timestamp;
use heddle_domain::id::{AccountId, ConversationId, TimeId};

use crate::clock::{MOST_AHEAD_MS, after};
use crate::error::{Error, Result};
use crate::rows::{mend as rows, node};
use crate::stmt::{Stmt, params};
use crate::store::Store;
use crate::tx::{Cost, Read, Rows};
use crate::write::mend::{LowerReservations, MendConversations, MendTimes, last_retry};

/// How many conversations one command mends.
const AT_ONCE: i64 = 50;

/// Whether a problem can be mended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// It can be mended, but was not.
    Possible,
    /// It was mended.
    Done,
    /// It cannot be mended.
    None,
}

/// Something that is wrong with a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What was found, for the operator.
    pub text: String,
    /// Whether it can be mended.
    pub remedy: Remedy,
}

/// The numbers of an account's rows with times in the future, and its largest time-ordered id.
#[derive(Clone, Copy, Debug)]
struct Future {
    account: AccountId,
    limit: Timestamp,
}

struct Found {
    largest: TimeId,
    mendable: Vec<(&'static str, i64)>,
    stays: Vec<(&'static str, i64)>,
}

impl Read for Future {
    type Out = Found;
    const NAME: &'static str = "future_times";
    const SNAPSHOT: bool = true;

    fn cost(&self) -> Cost {
        Cost::Everything
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Found> {
        let (account, limit) = (self.account, self.limit);
        let first = TimeId::first_at(limit).0;
        let largest = TimeId(count(rows, &rows::LARGEST, params![account]).await?);
        let params = params![account, first, limit];
        let messages = count(rows, &rows::MESSAGES, params).await?;
        let mut mendable = vec![("messages with times in the future", messages)];
        for (what, stmt) in [
            (
                "conversations with times in the future",
                &rows::COUNT_CONVERSATIONS,
            ),
            ("customers with times in the future", &rows::CUSTOMERS),
            ("stored answers with times in the future", &rows::ANSWERS),
            ("uploads with times in the future", &rows::UPLOADS),
        ] {
            mendable.push((what, count(rows, stmt, params![account, limit]).await?));
        }
        let last_retry = last_retry(rows.now());
        let webhooks = params![account, limit, last_retry];
        let webhooks = count(rows, &rows::WEBHOOKS, webhooks).await?;
        mendable.push(("webhooks with times in the future", webhooks));
        let deliveries = params![account, first, limit, last_retry];
        let deliveries = count(rows, &rows::DELIVERIES, deliveries).await?;
        mendable.push(("deliveries with times in the future", deliveries));
        let events = count(rows, &rows::EVENTS, params![account, first]).await?;
        let created = count(rows, &rows::CREATED, params![account, limit]).await?;
        let stays = vec![
            (
                "events with times in the future; events never change",
                events,
            ),
            (
                "conversations created in the future; their GUIDs contain this time, so it stays",
                created,
            ),
        ];
        Ok(Found {
            largest,
            mendable,
            stays,
        })
    }
}

async fn count(
    rows: &mut Rows<'_>,
    stmt: &'static Stmt,
    params: &[crate::stmt::Value<'_>],
) -> Result<i64> {
    let found = rows.fetch_one(stmt, params, |row| row.int()).await?;
    Ok(found.unwrap_or(0))
}

/// Reads conversations with times after `limit`, by id.
struct FutureConversations {
    account: AccountId,
    limit: Timestamp,
    after: ConversationId,
}

impl Read for FutureConversations {
    type Out = Vec<ConversationId>;
    const NAME: &'static str = "future_conversations";

    fn cost(&self) -> Cost {
        Cost::Everything
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Self::Out> {
        let params = params![self.account, self.after, self.limit, AT_ONCE];
        let id = |row: &mut crate::stmt::Row<'_>| Ok(ConversationId(row.int()?));
        rows.fetch(&rows::CONVERSATIONS, params, id).await
    }
}

/// Reads the latest reserved time.
struct LatestReservation;

impl Read for LatestReservation {
    type Out = Option<Timestamp>;
    const NAME: &'static str = "latest_reservation";

    fn cost(&self) -> Cost {
        Cost::Keys(AccountId(0))
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Self::Out> {
        rows.fetch_one(&node::LATEST, params![], |row| row.time())
            .await
    }
}

impl Store {
    /// Finds ids and times more than 5 minutes ahead of the clock, and sets them back if `mends`. No server may use the
    /// store meanwhile. Reads all data. With `mends` it must be the last operation before the store is closed.
    ///
    /// # Errors
    /// Returns the errors of [`Store::read`] and [`Store::write`].
    pub async fn find_future_times(&self, mends: bool) -> Result<Vec<Problem>, Error> {
        let now = self.clock().now();
        let limit = now.plus_ms(MOST_AHEAD_MS);
        let reserved = self.read(LatestReservation).await?.unwrap_or(now);
        let mut problems = Vec::new();
        let mut needed = now;
        for account in self.account_ids().await? {
            let found = self.read(Future { account, limit }).await?;
            needed = needed.max(after(found.largest));
            let left = match mends {
                true => self.mend(account, limit).await?,
                false => 0,
            };
            report(account, &found, left, mends, &mut problems);
        }
        if needed > limit {
            let text = format!(
                "the newest id is of {needed}; ids never change, so start with --accept-clock until the clock has caught up"
            );
            let remedy = Remedy::None;
            problems.push(Problem { text, remedy });
        }
        // The reservation of a store whose newest id is ahead cannot be lower than that id.
        if reserved > limit && reserved.0 - needed.0 > MOST_AHEAD_MS {
            let text = format!("ids are reserved up to {reserved}; {needed} is enough");
            problems.push(Problem {
                text,
                remedy: remedy(mends),
            });
        }
        if mends {
            self.write(LowerReservations(needed)).await?;
        }
        Ok(problems)
    }

    /// Mends an account; returns how many conversations could not be mended.
    async fn mend(&self, account: AccountId, limit: Timestamp) -> Result<usize, Error> {
        self.write(MendTimes { account, limit }).await?;
        let mut left = 0;
        let mut after = ConversationId(0);
        loop {
            let page = FutureConversations {
                account,
                limit,
                after,
            };
            let ids = self.read(page).await?;
            let Some(last) = ids.last() else {
                return Ok(left);
            };
            after = *last;
            let mend = MendConversations {
                account,
                limit,
                ids,
            };
            left += self.write(mend).await?;
        }
    }
}

const fn remedy(mends: bool) -> Remedy {
    match mends {
        true => Remedy::Done,
        false => Remedy::Possible,
    }
}

fn report(
    account: AccountId,
    found: &Found,
    left: usize,
    mends: bool,
    problems: &mut Vec<Problem>,
) {
    let mut add = |what: &str, count: i64, remedy: Remedy| {
        if count > 0 {
            let text = format!("account {account}: {count} {what}");
            problems.push(Problem { text, remedy });
        }
    };
    for (what, count) in &found.mendable {
        add(what, *count, remedy(mends));
    }
    for (what, count) in &found.stays {
        add(what, *count, Remedy::None);
    }
    add(
        "conversations with too many messages to be counted again",
        left as i64,
        Remedy::None,
    );
}
