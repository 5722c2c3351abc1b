//! The ids that a node has reserved: a slot of time-ordered ids, and blocks of small ids (`store.md` 1).

use deadpool_postgres::{Object, Pool};
use heddle_domain::Timestamp;
use heddle_domain::id::{AccountId, SLOTS, TimeId};
use parking_lot::Mutex;

use super::blocks::{Blocks, Counter};
use super::connection::{MOST_RUNS, pause, pool_failure, random_byte, run};
use crate::clock::{ACCOUNTS_AT_ONCE, ClockCheck, SharedClock, after, check_reserved};
use crate::counted::Reserve;
use crate::error::{Abort, Result, Trouble};
use crate::ids::{RESERVE_AHEAD_MS, TimeIds};
use crate::rows::account::{LIST_IDS, RETURN_BLOCK, TAKE_BLOCK};
use crate::rows::{mend, node};
use crate::stmt::params;

/// The maximum number of blocks that a node returns when it stops. The limit keeps the stop short; numbers in further
/// blocks are lost.
const MOST_RETURNED: usize = 256;

/// The ids that this node holds.
#[derive(Debug)]
pub(crate) struct NodeIds {
    holder: String,
    slot: Mutex<Slot>,
    /// Held by a task while it uses the slot table, so that only one task does so at a time.
    extending: tokio::sync::Mutex<()>,
    blocks: Blocks,
    /// Held by a task while it reserves a block, so that only one task does so at a time.
    refilling: tokio::sync::Mutex<()>,
}

#[derive(Debug)]
struct Slot {
    number: i64,
    ids: TimeIds,
}

impl NodeIds {
    /// Reserves the ids of a node that starts.
    pub(super) async fn open(client: &Object, clock: &SharedClock) -> Result<Self> {
        let holder = uuid::Uuid::new_v4().to_string();
        let slot = first_slot(client, &holder, clock).await?;
        Ok(Self {
            holder,
            slot: Mutex::new(slot),
            extending: tokio::sync::Mutex::default(),
            blocks: Blocks::default(),
            refilling: tokio::sync::Mutex::default(),
        })
    }

    /// Gives access to the time-ordered ids.
    pub(super) fn with<R>(&self, work: impl FnOnce(&mut TimeIds) -> R) -> R {
        work(&mut self.slot.lock().ids)
    }

    /// Returns the blocks of small ids.
    pub(super) fn blocks(&self) -> &Blocks {
        &self.blocks
    }

    /// Reserves the ids whose lack stopped a command (`lacking`), and more time-ordered ids before they run out. Each
    /// reservation is a transaction of its own, not the command's.
    pub(super) async fn reserve(
        &self,
        pool: &Pool,
        clock: &SharedClock,
        lacking: Option<Reserve>,
    ) -> Result<()> {
        match lacking {
            Some(Reserve::Time(until)) => self.extend(pool, clock, Some(until)).await,
            Some(Reserve::Numbers {
                account,
                kind,
                wanted,
            }) => {
                self.refill(pool, clock, (account, kind), wanted).await?;
                self.extend(pool, clock, None).await
            }
            None => self.extend(pool, clock, None).await,
        }
    }

    /// Extends the reservation of time-ordered ids; takes a new slot if the old one is lost.
    async fn extend(
        &self,
        pool: &Pool,
        clock: &SharedClock,
        at_least: Option<Timestamp>,
    ) -> Result<()> {
        let wanted = || {
            self.with(|ids| ids.wants_reservation(clock.now()))
                .max(at_least)
        };
        if wanted().is_none() {
            return Ok(());
        }
        let _turn = self.extending.lock().await;
        let Some(until) = wanted() else {
            return Ok(());
        };
        let client = pool.get().await.map_err(pool_failure)?;
        let number = self.slot.lock().number;
        let params = params![number, &self.holder, until];
        let kept = run(&client, &node::EXTEND, params, |row| row.int()).await?;
        if kept.is_empty() {
            // The reservation expired and another node took the slot, or the answer to an extension was lost.
            let slot = claim_slot(&client, &self.holder, clock.now()).await?;
            *self.slot.lock() = slot;
        } else {
            self.with(|ids| ids.reserved(until));
        }
        Ok(())
    }

    /// Reserves a block if fewer than `wanted` numbers are free. If the answer is lost, the block's numbers are never
    /// used.
    async fn refill(
        &self,
        pool: &Pool,
        clock: &SharedClock,
        (account, kind): Counter,
        wanted: i64,
    ) -> Result<()> {
        let _turn = self.refilling.lock().await;
        let now = clock.now();
        let Some(length) = self.blocks.lacking((account, kind), wanted, now) else {
            return Ok(());
        };
        let client = pool.get().await.map_err(pool_failure)?;
        let params = params![account, kind.as_str(), length + 1, length];
        let ends = run(&client, &TAKE_BLOCK, params, |row| row.int()).await?;
        let end = *ends
            .first()
            .ok_or_else(|| Trouble::Internal("a counter gave no block".into()))?;
        self.blocks.put((account, kind), end - length..end, now);
        Ok(())
    }

    /// Drops an account's reserved small ids; called after its counters were raised.
    pub(super) async fn forget_numbers(&self, account: AccountId) {
        let _turn = self.refilling.lock().await;
        self.blocks.forget(account);
    }

    /// Returns the unused small ids to the counters, so that an orderly stop leaves no gap. Failures are ignored.
    pub(super) async fn give_back(&self, pool: &Pool) {
        let Ok(client) = pool.get().await else {
            return;
        };
        for ((account, kind), free) in self.blocks.drain().into_iter().take(MOST_RETURNED) {
            let params = params![account, kind.as_str(), free.start, free.end];
            let _ = run(&client, &RETURN_BLOCK, params, |_| Ok(())).await;
        }
    }
}

/// Takes a slot (node number) whose reservation has expired; tries the slots in random order.
async fn claim_slot(client: &Object, holder: &str, now: Timestamp) -> Result<Slot> {
    let first = i64::from(random_byte()) % SLOTS;
    let until = now.plus_ms(RESERVE_AHEAD_MS);
    for step in 0..SLOTS {
        let number = (first + step) % SLOTS;
        let taken = run(
            client,
            &node::CLAIM,
            params![number, holder, until, now],
            |row| row.int(),
        )
        .await?;
        if !taken.is_empty() {
            let mut ids = TimeIds::new(number, now);
            ids.reserved(until);
            return Ok(Slot { number, ids });
        }
    }
    Err(Trouble::Overloaded("all 64 node slots are taken").into())
}

/// Compares the clock with the reservations of all nodes.
pub(super) async fn check_clock(client: &Object, check: ClockCheck, now: Timestamp) -> Result<()> {
    let latest = run(client, &node::LATEST, params![], |row| row.time()).await?;
    let Some(latest) = latest.first().copied() else {
        return Ok(());
    };
    check_reserved(check, now, Some(latest))?;
    run(client, &node::TRUST_FIRST, params![latest.min(now)], |_| {
        Ok(())
    })
    .await?;
    // No id can be in such a reservation, so the slot can be used again.
    if latest >= TimeId::LAST {
        let free = params![first_free(client, now).await?, TimeId::LAST];
        run(client, &node::FREE_UNUSABLE, free, |_| Ok(())).await?;
    }
    Ok(())
}

/// Returns the first time, at least `now`, that no id of the store has reached. Examines all accounts.
async fn first_free(client: &Object, now: Timestamp) -> Result<Timestamp> {
    let (mut free, mut last) = (now, 0);
    loop {
        let page = params![last, ACCOUNTS_AT_ONCE];
        let accounts = run(client, &LIST_IDS, page, |row| row.int()).await?;
        let Some(end) = accounts.last() else {
            return Ok(free);
        };
        last = *end;
        for account in accounts {
            let largest = run(client, &mend::LARGEST, params![account], |row| row.int()).await?;
            free = largest
                .into_iter()
                .fold(free, |free, id| free.max(after(TimeId(id))));
        }
    }
}

/// Takes a slot for a node that starts.
async fn first_slot(client: &Object, holder: &str, clock: &SharedClock) -> Result<Slot> {
    for attempt in 0..MOST_RUNS {
        match claim_slot(client, holder, clock.now()).await {
            Err(Abort::StartOver) => pause(attempt).await,
            settled => return settled,
        }
    }
    Err(Abort::StartOver)
}
