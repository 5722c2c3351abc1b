//! Finds or creates the customers that a command names, by id, e-mail address or display name (`rules.md` 14 to 16).

use heddle_domain::InboxScope;
use heddle_domain::customer::{CustomerRef, Profile, normalise_email, split_name};
use heddle_domain::id::{CustomerId, InboxId};

use super::addresses::owner_of;
use super::record::{Making, insert, next_id, shown_first};
use crate::error::{Abort, Entity, Refusal, Result};
use crate::read::customers::follow;
use crate::rows::customer::{self as rows, Pinned};
use crate::stmt::{Stmt, params};
use crate::tx::{Rows, Tx};
use crate::write::caller::Caller;

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
    /// Finds or creates every customer, in lock order; the result has the order of `named`.
    ///
    /// # Errors
    /// Returns [`Refusal::NotFound`] with the index of a reference whose customer does not exist.
    pub(crate) async fn resolve(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
    ) -> Result<Vec<CustomerId>> {
        let mut found = vec![None; self.named.len()];
        let mut last: Option<(String, CustomerId)> = None;
        for (at, email, profile) in self.by_email()? {
            let id = match last {
                Some((same, id)) if same == email => id,
                _ => self.by_owner(tx, caller, (at, &email), profile).await?,
            };
            found[at] = Some(id);
            last = Some((email, id));
        }
        let mut by_id: Vec<(CustomerId, usize)> = Vec::new();
        for (at, reference) in self.named.iter().enumerate() {
            match reference {
                CustomerRef::Id(id) => by_id.push((*id, at)),
                CustomerRef::Named(name) => found[at] = Some(self.by_name(tx, caller, name)?),
                CustomerRef::Email { .. } => {}
            }
        }
        by_id.sort_unstable();
        let mut last: Option<(CustomerId, CustomerId)> = None;
        for (named, at) in by_id {
            let id = match last {
                Some((same, id)) if same == named => id,
                _ => pin(tx, &rows::PIN, caller, named, self.reach, at).await?.id,
            };
            found[at] = Some(id);
            last = Some((named, id));
        }
        Ok(found.into_iter().flatten().collect())
    }

    fn by_name(&self, tx: &mut Tx<'_>, caller: &Caller, name: &str) -> Result<CustomerId> {
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

    async fn by_owner(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        (at, email): (usize, &str),
        profile: &Profile,
    ) -> Result<CustomerId> {
        if let Some(owner) = owner_of(tx, caller.account, email).await? {
            return pin_owner(tx, caller, owner, (at, email)).await;
        }
        let id = next_id(tx, caller.account)?;
        let claimed = tx
            .fetch(
                &rows::CLAIM_EMAIL,
                params![caller.account, email, id],
                |row| row.int(),
            )
            .await?;
        if claimed.is_empty() {
            // Another transaction has created the owner meanwhile. The next statement sees its row.
            let owner = owner_of(tx, caller.account, email).await?;
            return pin_owner(tx, caller, owner.ok_or(Abort::StartOver)?, (at, email)).await;
        }
        let addresses = shown_first(Some(email), profile);
        insert(tx, caller, &self.making(id, &addresses, profile))?;
        Ok(id)
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
            imported: self.imported,
        }
    }
}

/// Locks the owner of an address, which is the customer that the reference with the index `at` names. If the owner was
/// erased after the address was looked up, the address is free again, and the command starts over.
async fn pin_owner(
    tx: &mut Tx<'_>,
    caller: &Caller,
    owner: CustomerId,
    (at, email): (usize, &str),
) -> Result<CustomerId> {
    let gone = Abort::Refused(Refusal::NotFound(Entity::Customer(at)));
    match pin(tx, &rows::PIN, caller, owner, &InboxScope::All, at).await {
        Ok(found) => Ok(found.id),
        Err(abort) if abort == gone => {
            let is_owner = owner_of(tx, caller.account, email).await? == Some(owner);
            Err(if is_owner { gone } else { Abort::StartOver })
        }
        Err(abort) => Err(abort),
    }
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
    let found = follow(tx, stmt, caller.account, id).await?;
    let usable = found.filter(|customer| !customer.erased && reach.reaches_home(customer.home));
    usable.ok_or_else(|| Refusal::NotFound(Entity::Customer(at)).into())
}
