//! Finds or creates the customers that a command names, by id, e-mail address or display name (`rules.md` 14 to 16).

use std::collections::{BTreeMap, BTreeSet};

use heddle_domain::InboxScope;
use heddle_domain::customer::{CustomerRef, Profile, domain_of, normalise_email, split_name};
use heddle_domain::id::{CustomerId, InboxId};

use super::addresses::owner_of;
use super::extras::NO_EXTRAS;
use super::record::{Making, insert, next_id, shown_first};
use crate::error::{Abort, Entity, Refusal, Result};
use crate::read::customers::follow;
use crate::rows::account::HOLD_INBOX;
use crate::rows::customer::{self as rows, Pinned};
use crate::stmt::{Stmt, keys, params};
use crate::tx::{Rows, Tx};
use crate::write::caller::Caller;
use crate::write::must::must_be_inboxes;

use heddle_domain::customer::Address;

/// The customers that a command names.
#[derive(Clone, Debug)]
pub(crate) struct Customers<'a> {
    /// The references, in the command's order. A customer may occur more than once.
    pub(crate) named: Vec<&'a CustomerRef>,
    /// The home inboxes that the customers may have (a home inbox is the only inbox that shows the customer).
    pub(crate) reach: &'a InboxScope,
    /// Home inbox of the customers that are created.
    pub(crate) home: Option<InboxId>,
    /// Whether created customers are part of an import. If true, no webhook reports them.
    pub(crate) imported: bool,
}

impl Customers<'_> {
    /// Finds or creates every customer; the result has the order of `named`. Locks in the order of `store.md` 5: first the
    /// e-mail addresses, then the customers that exist, however they were found.
    ///
    /// # Errors
    /// Returns [`Refusal::NotFound`] with the index of a reference whose customer does not exist.
    pub(crate) async fn resolve(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
    ) -> Result<Vec<CustomerId>> {
        let mut found = vec![None; self.named.len()];
        let mut existing: Vec<(CustomerId, usize)> = Vec::new();
        let mut last: Option<(String, Owner)> = None;
        for (at, email, profile) in self.by_email()? {
            let owner = match last {
                Some((same, owner)) if same == email => owner,
                _ => self.owner(tx, caller, &email, profile).await?,
            };
            match owner {
                Owner::Existing(id) => existing.push((id, at)),
                Owner::New(id) => found[at] = Some(id),
            }
            last = Some((email, owner));
        }
        for (at, reference) in self.named.iter().enumerate() {
            match reference {
                CustomerRef::Id(id) => existing.push((*id, at)),
                CustomerRef::Named(name) => {
                    found[at] = Some(self.by_name(tx, caller, name).await?);
                }
                CustomerRef::Email { .. } => {}
            }
        }
        existing.sort_unstable();
        let ids = existing.iter().map(|(id, _)| *id).collect();
        let pinned = pin_all(tx, caller, ids).await?;
        for (id, at) in existing {
            found[at] = Some(self.usable(pinned.get(&id), at)?);
        }
        Ok(found.into_iter().flatten().collect())
    }

    /// Checks that the customer of a reference may be used.
    fn usable(&self, pinned: Option<&Pinned>, at: usize) -> Result<CustomerId> {
        match self.named[at] {
            CustomerRef::Email { .. } => {
                let owner = pinned.filter(|customer| !customer.erased);
                // The owner was erased after it was found, so the address has no owner now.
                Ok(owner.ok_or(Abort::StartOver)?.id)
            }
            CustomerRef::Id(_) | CustomerRef::Named(_) => {
                Ok(usable(pinned.copied(), self.reach, at)?.id)
            }
        }
    }

    async fn by_name(&self, tx: &mut Tx<'_>, caller: &Caller, name: &str) -> Result<CustomerId> {
        must_be_inboxes(tx, caller.account, self.home).await?;
        let (first, last) = split_name(name);
        let profile = Profile {
            first_name: Some(first.to_owned()),
            last_name: (!last.is_empty()).then(|| last.to_owned()),
            ..Profile::default()
        };
        let id = next_id(tx, caller.account)?;
        insert(tx, caller, &self.making(id, &[], &profile))?;
        Ok(id)
    }

    /// Returns the references by e-mail address, sorted by address, which is the lock order.
    fn by_email(&self) -> Result<Vec<(usize, String, &Profile)>> {
        let mut list = Vec::new();
        for (at, reference) in self.named.iter().enumerate() {
            if let CustomerRef::Email { email, profile } = reference {
                let address = normalise_email(email)
                    .ok_or_else(|| Refusal::invalid("email", "not an e-mail address"))?;
                list.push((at, address, profile.as_ref()));
            }
        }
        list.sort_by(|a, b| a.1.cmp(&b.1).then(a.0.cmp(&b.0)));
        Ok(list)
    }

    /// Finds the owner of an address; creates a customer if it has none.
    async fn owner(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        email: &str,
        profile: &Profile,
    ) -> Result<Owner> {
        if let Some(owner) = owner_of(tx, caller.account, email).await? {
            return Ok(Owner::Existing(owner));
        }
        let id = next_id(tx, caller.account)?;
        // Together, because each exchange with PostgreSQL takes time.
        let (claimed, home) = tx
            .fetch_pair(
                (
                    &rows::CLAIM_EMAIL,
                    params![caller.account, email, id, domain_of(email)],
                    |row| row.int(),
                ),
                (&HOLD_INBOX, params![caller.account, self.home], |row| {
                    row.int()
                }),
            )
            .await?;
        if claimed.is_empty() {
            // Another transaction has created the owner meanwhile. The next statement sees its row.
            let owner = owner_of(tx, caller.account, email).await?;
            return Ok(Owner::Existing(owner.ok_or(Abort::StartOver)?));
        }
        // The inbox was removed after the request had looked it up. A customer at home there would be found by nobody.
        if self.home.is_some() && home.is_empty() {
            return Err(Refusal::NotFound(Entity::Inbox).into());
        }
        let addresses = shown_first(Some(email), profile);
        insert(tx, caller, &self.making(id, &addresses, profile))?;
        Ok(Owner::New(id))
    }

    fn making<'b>(
        &self,
        id: CustomerId,
        addresses: &'b [Address],
        profile: &'b Profile,
    ) -> Making<'b> {
        Making {
            id,
            home: self.home,
            addresses,
            profile,
            postal_address: None,
            imported: self.imported,
            public_ids: &[],
            extras: &NO_EXTRAS,
        }
    }
}

/// The customer who owns an address.
#[derive(Clone, Copy, Debug)]
enum Owner {
    /// It existed before, so it must be locked.
    Existing(CustomerId),
    /// The command has created it.
    New(CustomerId),
}

/// Locks customers in the order of their ids (shared locks); then the survivors of those that were merged, likewise. Returns
/// the row of each id, or of its survivor; leaves out unknown ids.
pub(crate) async fn pin_all(
    tx: &mut Rows<'_>,
    caller: &Caller,
    ids: BTreeSet<CustomerId>,
) -> Result<BTreeMap<CustomerId, Pinned>> {
    let account = caller.account;
    let keys = keys(account, ids.iter().copied());
    let found = tx.fetch_many(&rows::PIN, &keys, rows::pinned).await?;
    let mut all = BTreeMap::new();
    let mut merged: BTreeMap<CustomerId, Vec<CustomerId>> = BTreeMap::new();
    for customer in found.into_iter().flatten() {
        all.insert(customer.id, customer);
        if let Some(into) = customer.merged_into
            && let Some(survivor) = follow(tx, &rows::PEEK, account, into).await?
        {
            merged.entry(survivor.id).or_default().push(customer.id);
        }
    }
    for (survivor, ids) in merged {
        if let Some(survivor) = follow(tx, &rows::PIN, account, survivor).await? {
            all.extend(ids.into_iter().map(|id| (id, survivor)));
        }
    }
    Ok(all)
}

/// Finds a customer by id, follows merges, and locks the row as `stmt` does.
pub(crate) async fn pin(
    tx: &mut Rows<'_>,
    stmt: &'static Stmt,
    caller: &Caller,
    id: CustomerId,
    reach: &InboxScope,
    at: usize,
) -> Result<Pinned> {
    usable(follow(tx, stmt, caller.account, id).await?, reach, at)
}

fn usable(found: Option<Pinned>, reach: &InboxScope, at: usize) -> Result<Pinned> {
    let usable = found.filter(|customer| !customer.erased && reach.reaches_home(customer.home));
    usable.ok_or_else(|| Refusal::NotFound(Entity::Customer(at)).into())
}
