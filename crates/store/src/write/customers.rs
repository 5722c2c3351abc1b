//! Who the customer is: by id, by e-mail, or made (`rules.md` 14 to 16).

use heddle_domain::customer::{CustomerRef, Profile, normalise_email, split_name};
use heddle_domain::event::EventKind;
use heddle_domain::id::{CustomerId, InboxId};

use super::{Caller, append_event_about};
use crate::detail::Detail;
use crate::error::{Entity, Error, Result};
use crate::rows::account::{INSERT_PUBLIC_ID, PublicKind};
use crate::rows::customer::{self as rows, Pinned, pinned};
use crate::tx::{Rows, Stmt, Tx, params};

/// Which customers a caller may name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Every customer of the account (Help Scout, Mews, native).
    Account,
    /// Those at home in the inbox or without a home (Magicline, myKaarma).
    HomeIn(InboxId),
    /// Those at home in one of the inboxes or without a home (native, where a credential is limited to inboxes).
    HomeInAny(Vec<InboxId>),
}

impl Reach {
    /// The customers of a caller that reaches some inboxes (empty: all).
    #[must_use]
    pub fn within(inboxes: &[InboxId]) -> Self {
        match inboxes.is_empty() {
            true => Self::Account,
            false => Self::HomeInAny(inboxes.to_vec()),
        }
    }

    pub(super) fn covers(&self, home: Option<InboxId>) -> bool {
        match self {
            Self::Account => true,
            Self::HomeIn(inbox) => home.is_none_or(|home| home == *inbox),
            Self::HomeInAny(inboxes) => home.is_none_or(|home| inboxes.contains(&home)),
        }
    }
}

/// The id and public id of a customer that may have to be made; reserved before the command is queued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewCustomer {
    /// Its id.
    pub id: CustomerId,
    /// Its default public id.
    pub public_id: String,
}

/// The customers that a command names, and what it needs to make missing ones.
#[derive(Clone, Debug)]
pub(crate) struct Customers<'a> {
    pub(crate) refs: &'a [CustomerRef],
    pub(crate) reach: &'a Reach,
    /// Home inbox of those that are made.
    pub(crate) home: Option<InboxId>,
    /// Those that are made are part of an import, of which nobody is told.
    pub(crate) imported: bool,
    /// Ids for those that are made.
    pub(crate) fresh: &'a [NewCustomer],
}

impl Customers<'_> {
    /// Finds or makes every customer, in lock order; the result is in the order of the references.
    ///
    /// # Errors
    /// [`Error::NotFound`] with the position of a reference that leads nowhere; [`Error::ShortOfIds`] if more must be
    /// made than ids were reserved for.
    pub(crate) async fn resolve<T: Tx>(
        &self,
        tx: &mut T,
        caller: &Caller,
    ) -> Result<Vec<CustomerId>> {
        let mut found = vec![None; self.refs.len()];
        let mut fresh = self.fresh.iter();
        for (at, email, profile) in self.by_email()? {
            found[at] = Some(
                self.by_owner(tx, caller, &email, profile, &mut fresh)
                    .await?,
            );
        }
        let mut named: Vec<(CustomerId, usize)> = Vec::new();
        for (at, reference) in self.refs.iter().enumerate() {
            match reference {
                CustomerRef::Id(id) => named.push((*id, at)),
                CustomerRef::Named(name) => {
                    let new = fresh.next().ok_or(Error::ShortOfIds)?;
                    let (first, last) = split_name(name);
                    let profile = Profile {
                        first_name: Some(first.to_owned()),
                        last_name: (!last.is_empty()).then(|| last.to_owned()),
                        ..Profile::default()
                    };
                    insert(tx, caller, new, self.home, None, &profile, self.imported)?;
                    found[at] = Some(new.id);
                }
                CustomerRef::Email { .. } => {}
            }
        }
        named.sort_unstable();
        for (id, at) in named {
            found[at] = Some(pin(tx, &rows::PIN, caller, id, self.reach, at).await?.id);
        }
        Ok(found.into_iter().flatten().collect())
    }

    /// The references by e-mail, sorted by address, which is the lock order.
    fn by_email(&self) -> Result<Vec<(usize, String, &Profile)>> {
        let mut list = Vec::new();
        for (at, reference) in self.refs.iter().enumerate() {
            if let CustomerRef::Email { email, profile } = reference {
                let address = normalise_email(email).ok_or_else(|| Error::Invalid {
                    field: "email",
                    reason: "not an e-mail address".into(),
                })?;
                list.push((at, address, profile.as_ref()));
            }
        }
        list.sort_by(|a, b| a.1.cmp(&b.1).then(a.0.cmp(&b.0)));
        Ok(list)
    }

    async fn by_owner<T: Tx>(
        &self,
        tx: &mut T,
        caller: &Caller,
        email: &str,
        profile: &Profile,
        fresh: &mut std::slice::Iter<'_, NewCustomer>,
    ) -> Result<CustomerId> {
        let known = tx
            .fetch(&rows::EMAIL_OWNER, params![caller.account, email], |row| {
                row.int()
            })
            .await?;
        if let Some(owner) = known.first() {
            return Ok(pin(
                tx,
                &rows::PIN,
                caller,
                CustomerId(*owner),
                &Reach::Account,
                0,
            )
            .await?
            .id);
        }
        let Some(new) = fresh.as_slice().first() else {
            return Err(Error::ShortOfIds);
        };
        let claimed = tx
            .fetch(
                &rows::CLAIM_EMAIL,
                params![caller.account, email, new.id],
                |row| row.int(),
            )
            .await?;
        if claimed.is_empty() {
            // Another creation won; its row is visible to the next statement.
            let owner = tx
                .fetch(&rows::EMAIL_OWNER, params![caller.account, email], |row| {
                    row.int()
                })
                .await?;
            let owner = owner.first().ok_or(Error::StartOver)?;
            return Ok(pin(
                tx,
                &rows::PIN,
                caller,
                CustomerId(*owner),
                &Reach::Account,
                0,
            )
            .await?
            .id);
        }
        fresh.next();
        insert(
            tx,
            caller,
            new,
            self.home,
            Some(email),
            profile,
            self.imported,
        )?;
        Ok(new.id)
    }
}

/// Finds a customer by id, following merges, and holds it for the transaction as `stmt` says.
pub(crate) async fn pin<T: Rows>(
    tx: &mut T,
    stmt: &'static Stmt,
    caller: &Caller,
    id: CustomerId,
    reach: &Reach,
    at: usize,
) -> Result<Pinned> {
    let missing = Error::NotFound(Entity::Customer(at));
    let mut id = id;
    for _ in 0..8 {
        let found = tx.fetch(stmt, params![caller.account, id], pinned).await?;
        let customer = *found.first().ok_or_else(|| missing.clone())?;
        match customer.merged_into {
            Some(survivor) => id = survivor,
            None if reach.covers(customer.home) => return Ok(customer),
            None => return Err(missing),
        }
    }
    Err(Error::Internal("a customer's merges form a ring".into()))
}

/// Writes a new customer with its public id, address and event.
pub(crate) fn insert<T: Tx>(
    tx: &mut T,
    caller: &Caller,
    new: &NewCustomer,
    home: Option<InboxId>,
    email: Option<&str>,
    profile: &Profile,
    imported: bool,
) -> Result<()> {
    let now = tx.now();
    tx.queue(
        &rows::INSERT,
        params![
            caller.account,
            new.id,
            home,
            email,
            &profile.first_name,
            &profile.last_name,
            &profile.phone,
            &profile.photo_url,
            &profile.photo_type,
            &profile.job_title,
            &profile.background,
            &profile.location,
            &profile.organization,
            &profile.gender,
            &profile.age,
            now,
        ],
    )?;
    tx.queue(
        &INSERT_PUBLIC_ID,
        params![
            caller.account,
            PublicKind::Customer.as_str(),
            new.id,
            "",
            &new.public_id
        ],
    )?;
    let addresses = [("email", email), ("phone", profile.phone.as_deref())];
    for (position, (kind, value)) in addresses.into_iter().enumerate() {
        if let Some(value) = value {
            let position = i64::try_from(position).unwrap_or_default();
            tx.queue(
                &rows::INSERT_ADDRESS,
                params![caller.account, new.id, position, kind, value],
            )?;
        }
    }
    append_event_about(
        tx,
        caller,
        EventKind::CustomerCreated,
        (new.id.get(), home),
        imported,
        Detail::default(),
    )
    .map(drop)
}
