//! A customer as a command reads it before it locks anything.

use heddle_domain::InboxScope;
use heddle_domain::customer::AddressKind;
use heddle_domain::id::{AccountId, CustomerId};

use crate::error::{Abort, Entity, Refusal, Result};
use crate::read::customers::{CustomerView, must_be_current, view};
use crate::rows::customer::{self as rows, Pinned, pinned};
use crate::stmt::params;
use crate::tx::Tx;
use crate::write::must::must_match;

/// All data of a customer, read before any lock is taken.
pub(super) struct Seen {
    pub(super) pinned: Pinned,
    pub(super) view: CustomerView,
}

/// Reads a customer. If its home inbox (the only inbox that shows it) is not among the caller's inboxes, it counts as
/// unknown.
pub(super) async fn see(
    tx: &mut Tx<'_>,
    account: AccountId,
    id: CustomerId,
    inboxes: &InboxScope,
    at: usize,
) -> Result<Seen> {
    let key = params![account, id];
    let missing = Refusal::NotFound(Entity::Customer(at));
    let (found, customers) = tx
        .fetch_pair(
            (&rows::PEEK, key, pinned),
            (&rows::GET, key, rows::customer),
        )
        .await?;
    let (Some(pinned), Some(customer)) = (found.first(), customers.into_iter().next()) else {
        return Err(missing.into());
    };
    if !inboxes.reaches_home(pinned.home) {
        return Err(missing.into());
    }
    Ok(Seen {
        pinned: *pinned,
        view: view(tx, account, customer).await?,
    })
}

impl Seen {
    /// Refuses a change of a merged or erased customer, or of another version than the expected one.
    pub(super) async fn usable(
        self,
        tx: &mut Tx<'_>,
        account: AccountId,
        inboxes: &InboxScope,
        expected: Option<i64>,
    ) -> Result<Self> {
        must_be_current(tx, account, inboxes, &self.pinned).await?;
        must_match(expected, self.pinned.version)?;
        Ok(self)
    }

    /// Locks the customer's row. The customer must be unchanged since it was read. Its e-mail addresses are locked
    /// first, in the order of `store.md` 5.
    pub(super) async fn lock(&self, tx: &mut Tx<'_>, account: AccountId) -> Result<()> {
        let key = params![account, self.pinned.id];
        match tx.fetch_one(&rows::LOCK, key, pinned).await? {
            Some(locked) if locked.version == self.pinned.version => Ok(()),
            _ => Err(Abort::StartOver),
        }
    }

    /// Returns the customer's e-mail addresses in lock order.
    pub(super) fn emails(&self) -> Vec<&str> {
        let addresses = self.view.addresses.iter().map(|placed| &placed.address);
        let of_kind = addresses.filter(|address| address.kind == AddressKind::Email);
        let mut emails: Vec<&str> = of_kind.map(|address| address.value.as_str()).collect();
        emails.sort_unstable();
        emails
    }
}
