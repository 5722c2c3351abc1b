//! Records which addresses may be written to.

use std::collections::BTreeMap;

use heddle_domain::event::EventKind;
use heddle_domain::id::{AccountId, InboxId};
use heddle_domain::opt_out::{OptOut, OptOutAddress, OptOutState};
use heddle_domain::{EventDetail, Field};

use super::caller::Caller;
use super::events::append_event_about;
use super::must::must_be_inboxes;
use crate::error::Result;
use crate::read::opt_outs::hashed;
use crate::rows::opt_out as rows;
use crate::stmt::params;
use crate::tx::{Tx, Write};

/// Records the state of some addresses in an inbox.
#[derive(Clone, Debug)]
pub struct SetOptOuts {
    /// Who runs the command, and in which account.
    pub caller: Caller,
    /// The inbox from which the addresses are written to.
    pub inbox: InboxId,
    /// The addresses, at most 1,000.
    pub addresses: Vec<OptOutAddress>,
    /// The new state.
    pub state: OptOutState,
}

impl Write for SetOptOuts {
    /// What is recorded afterwards, in the order of the addresses.
    type Out = Vec<OptOut>;
    const NAME: &'static str = "set_opt_outs";

    fn weight(&self) -> usize {
        512 + 256 * self.addresses.len()
    }

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<Self::Out> {
        let account = self.caller.account;
        must_be_inboxes(tx, account, [self.inbox]).await?;
        let mut known = self.lock(tx).await?;
        let mut detail = EventDetail::default();
        let words = |known: &BTreeMap<_, Option<OptOut>>, changed: &[String]| {
            let words = known.iter().filter(|(key, _)| changed.contains(key));
            let words = words.filter_map(|(key, it)| Some((key.clone(), it.as_ref()?.state)));
            words.collect::<BTreeMap<_, _>>()
        };
        let new = OptOut {
            state: self.state,
            changed_at: tx.now(),
        };
        let differs = |it: &Option<OptOut>| self.next(*it) != it.map(|it| it.state);
        let changed = known.iter().filter(|(_, it)| differs(it));
        let changed: Vec<String> = changed.map(|(key, _)| key.clone()).collect();
        let before = words(&known, &changed);
        for key in &changed {
            known.insert(key.clone(), Some(new));
        }
        detail.change(Field::OptOuts, &before, &words(&known, &changed));
        if !changed.is_empty() {
            let (kind, about) = (
                EventKind::InboxUpdated,
                (self.inbox.get(), Some(self.inbox)),
            );
            append_event_about(tx, &self.caller, kind, about, detail)?;
        }
        self.write(tx, &changed, new)?;
        let result = |address| known[&key(account, address)].unwrap_or(new);
        Ok(self.addresses.iter().map(result).collect())
    }
}

impl SetOptOuts {
    /// Returns the state of an address afterwards. A suspicion does not end an opt-out.
    fn next(&self, before: Option<OptOut>) -> Option<OptOutState> {
        match (before.map(|it| it.state), self.state) {
            (Some(OptOutState::OptedOut), OptOutState::Suspected) => Some(OptOutState::OptedOut),
            (_, state) => Some(state),
        }
    }

    /// Reads and locks what is known, in the order of the keys.
    async fn lock(&self, tx: &mut Tx<'_>) -> Result<BTreeMap<String, Option<OptOut>>> {
        let account = self.caller.account;
        let keys = self.addresses.iter().map(|address| key(account, address));
        let keys: Vec<String> = keys
            .collect::<std::collections::BTreeSet<_>>()
            .into_iter()
            .collect();
        let params: Vec<_> = keys
            .iter()
            .map(|key| {
                let (kind, hash) = parts(key);
                [account.into(), self.inbox.into(), kind.into(), hash.into()]
            })
            .collect();
        let found = tx.fetch_many(&rows::LOCK, &params, rows::opt_out).await?;
        let found = found.into_iter().map(|mut row| row.pop());
        Ok(keys.iter().cloned().zip(found).collect())
    }

    fn write(&self, tx: &mut Tx<'_>, changed: &[String], new: OptOut) -> Result<()> {
        for key in changed {
            let (kind, hash) = parts(key);
            let params = params![
                self.caller.account,
                self.inbox,
                kind,
                hash,
                new.state.as_str(),
                new.changed_at
            ];
            tx.queue(&rows::PUT, params)?;
        }
        Ok(())
    }
}

/// Returns the name of an address in events: its kind and its hash.
fn key(account: AccountId, address: &OptOutAddress) -> String {
    format!("{}:{}", address.kind().as_str(), hashed(account, address))
}

/// Returns kind and hash of an address.
fn parts(key: &str) -> (&str, &str) {
    key.split_once(':').unwrap_or_default()
}
