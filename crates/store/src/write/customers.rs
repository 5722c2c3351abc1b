//! Customers: who one is (by id, by e-mail, or made, `rules.md` 14 to 16), and the commands that make, change, merge
//! and erase them.
//!
//! A customer's first e-mail address and first phone number stand in its own row too, where APIs look for them. Every
//! e-mail address among a customer's addresses is owned by it; the owners' rows are locked before the customer's.

mod addresses;
mod bulk;
mod create;
mod erase;
mod merge;
mod update;

pub use addresses::AddressChange;
pub use bulk::{BulkCustomers, BulkItem};
pub use create::CreateCustomer;
pub use erase::EraseCustomer;
pub use merge::MergeCustomers;
pub use update::{CustomerChange, UpdateCustomer};

use heddle_domain::customer::{
    Address, AddressKind, Customer, CustomerRef, PlacedAddress, Profile, ProfileField,
    normalise_email, split_name,
};
use heddle_domain::event::EventKind;
use heddle_domain::id::{AccountId, CustomerId, EventId, InboxId};
use serde_json::Value as Json;

use super::{Caller, reaches};
use crate::counted::Counted;
use crate::detail::Detail;
use crate::error::{Entity, Error, Result};
use crate::read::customers::{CustomerView, view};
use crate::rows::account::{INSERT_PUBLIC_ID, PublicKind};
use crate::rows::customer::{self as rows, Pinned, pinned};
use crate::stmt::{Stmt, params};
use crate::tx::{NewEvent, Rows, Tx};

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

/// The customers that a command names.
#[derive(Clone, Debug)]
pub(crate) struct Customers<'a> {
    /// In the order in which it names them; the same one may be named more than once.
    pub(crate) named: Vec<&'a CustomerRef>,
    pub(crate) reach: &'a Reach,
    /// Home inbox of those that are made.
    pub(crate) home: Option<InboxId>,
    /// Those that are made are part of an import, of which nobody is told.
    pub(crate) imported: bool,
}

impl Customers<'_> {
    /// Finds or makes every customer, in lock order; the result is in the order of the references.
    ///
    /// # Errors
    /// [`Error::NotFound`] with the place of a reference that leads nowhere.
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
                _ => self.by_owner(tx, caller, &email, profile).await?,
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

    /// The references by e-mail, sorted by address, which is the lock order.
    fn by_email(&self) -> Result<Vec<(usize, String, &Profile)>> {
        let mut list = Vec::new();
        for (at, reference) in self.named.iter().enumerate() {
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

    async fn by_owner(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        email: &str,
        profile: &Profile,
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
        let id = next_id(tx, caller.account)?;
        let claimed = tx
            .fetch(
                &rows::CLAIM_EMAIL,
                params![caller.account, email, id],
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

/// The id of a customer to be made.
fn next_id(tx: &mut Tx<'_>, account: AccountId) -> Result<CustomerId> {
    tx.next_small_id(account, Counted::Customer).map(CustomerId)
}

/// The addresses that a customer's own row shows.
fn shown_first(email: Option<&str>, profile: &Profile) -> Vec<Address> {
    let shown = [
        (AddressKind::Email, email),
        (AddressKind::Phone, profile.phone.as_deref()),
    ];
    let address = |(kind, value): (AddressKind, Option<&str>)| {
        value.map(|value| Address {
            kind,
            value: value.to_owned(),
        })
    };
    shown.into_iter().filter_map(address).collect()
}

/// How many merges are followed at most. A merge lets everybody who was merged into the one that ends lead on to the
/// survivor, so that one step is the rule.
const MOST_STEPS: usize = 64;

/// The row that an id leads to, merges followed and held as `stmt` says, erased or not; `None` if it is unknown.
pub(crate) async fn follow(
    tx: &mut Rows<'_>,
    stmt: &'static Stmt,
    account: AccountId,
    id: CustomerId,
) -> Result<Option<Pinned>> {
    let mut id = id;
    for _ in 0..MOST_STEPS {
        let found = tx.fetch(stmt, params![account, id], pinned).await?;
        match found.first() {
            Some(customer) => match customer.merged_into {
                Some(survivor) => id = survivor,
                None => return Ok(Some(*customer)),
            },
            None => return Ok(None),
        }
    }
    Err(Error::Internal("a customer's merges form a ring".into()))
}

/// Finds a customer by id, following merges, and holds it for the transaction as `stmt` says.
pub(crate) async fn pin(
    tx: &mut Rows<'_>,
    stmt: &'static Stmt,
    caller: &Caller,
    id: CustomerId,
    reach: &Reach,
    at: usize,
) -> Result<Pinned> {
    let found = follow(tx, stmt, caller.account, id).await?;
    let usable = found.filter(|customer| !customer.erased && reach.covers(customer.home));
    usable.ok_or(Error::NotFound(Entity::Customer(at)))
}

/// A customer to be written.
struct Making<'a> {
    id: CustomerId,
    home: Option<InboxId>,
    addresses: &'a [Address],
    profile: &'a Profile,
    imported: bool,
}

/// Writes a new customer with a random public id, addresses and event; its e-mail addresses are claimed already.
fn insert(tx: &mut Tx<'_>, caller: &Caller, making: &Making<'_>) -> Result<CustomerView> {
    let now = tx.now();
    let Making {
        id,
        home,
        addresses,
        profile,
        imported,
    } = *making;
    let placed: Vec<PlacedAddress> = (0..)
        .zip(addresses.iter().cloned())
        .map(|(position, address)| PlacedAddress { position, address })
        .collect();
    let email = heddle_domain::customer::first_of(&placed, AddressKind::Email).map(str::to_owned);
    let mut made = Customer {
        id,
        home,
        profile: profile.clone(),
        email,
        created_at: now,
        updated_at: now,
        version: 0,
    };
    let mut detail = Detail::default();
    describe(&mut detail, None, &made);
    let kind = EventKind::CustomerCreated;
    let event = announce(tx, caller, kind, (&made, imported), 0, detail)?;
    made.version = event.get();
    tx.queue(
        &rows::INSERT,
        params![
            caller.account,
            id,
            home,
            &made.email,
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
            made.version,
        ],
    )?;
    let public_id = uuid::Uuid::new_v4().to_string();
    tx.queue(
        &INSERT_PUBLIC_ID,
        params![
            caller.account,
            PublicKind::Customer.as_str(),
            id,
            "",
            &public_id
        ],
    )?;
    for address in &placed {
        put_address(tx, caller.account, id, address)?;
    }
    Ok(CustomerView {
        customer: made,
        public_id,
        addresses: placed,
    })
}

fn put_address(
    tx: &mut Tx<'_>,
    account: AccountId,
    customer: CustomerId,
    placed: &PlacedAddress,
) -> Result<()> {
    let Address { kind, value } = &placed.address;
    tx.queue(
        &rows::INSERT_ADDRESS,
        params![account, customer, placed.position, kind.as_str(), value],
    )
}

/// Writes what changed of a locked customer.
fn write(tx: &mut Tx<'_>, account: AccountId, customer: &Customer) -> Result<()> {
    let p = &customer.profile;
    tx.queue(
        &rows::UPDATE,
        params![
            account,
            customer.id,
            customer.home,
            &customer.email,
            &p.first_name,
            &p.last_name,
            &p.phone,
            &p.photo_url,
            &p.photo_type,
            &p.job_title,
            &p.background,
            &p.location,
            &p.organization,
            &p.gender,
            &p.age,
            customer.updated_at,
            customer.version,
        ],
    )
}

/// Writes an event about a customer, later than its last one.
fn announce(
    tx: &mut Tx<'_>,
    caller: &Caller,
    kind: EventKind,
    (customer, imported): (&Customer, bool),
    above: i64,
    detail: Detail,
) -> Result<EventId> {
    let id = tx.next_event_id(above.max(customer.version))?;
    let event = NewEvent {
        id,
        kind,
        conversation: None,
        inbox: customer.home,
        entity: customer.id.get(),
        actor: &caller.actor,
        imported,
        detail: detail.into_text(),
    };
    tx.append_event(caller.account, &event)?;
    Ok(id)
}

/// Every field in which two states of a customer differ; `None` before: it comes to be.
fn describe(detail: &mut Detail, before: Option<&Customer>, after: &Customer) {
    let text = |customer: Option<&Customer>, field: ProfileField| -> Option<String> {
        customer.and_then(|c| c.profile.field(field).clone())
    };
    let home = |customer: Option<&Customer>| customer.and_then(|c| c.home).map(InboxId::get);
    let email = |customer: Option<&Customer>| customer.and_then(|c| c.email.clone());
    detail
        .change("home_inbox", home(before), home(Some(after)))
        .change("email", email(before), email(Some(after)));
    for field in ProfileField::ALL {
        detail.change(
            field.as_str(),
            text(before, *field),
            text(Some(after), *field),
        );
    }
}

/// Records a change of the list of addresses.
fn describe_addresses(detail: &mut Detail, before: &[PlacedAddress], after: &[PlacedAddress]) {
    let list = |addresses: &[PlacedAddress]| -> Json {
        let shown = |placed: &PlacedAddress| {
            serde_json::json!({
                "position": placed.position,
                "kind": placed.address.kind.as_str(),
                "value": placed.address.value,
            })
        };
        addresses.iter().map(shown).collect()
    };
    detail.change("addresses", list(before), list(after));
}

/// A customer whole, as a command finds it before it locks anything.
struct Seen {
    pinned: Pinned,
    view: CustomerView,
}

/// Looks at a customer; one that is not at home in the caller's inboxes (empty: all) is unknown.
async fn see(
    tx: &mut Tx<'_>,
    account: AccountId,
    id: CustomerId,
    inboxes: &[InboxId],
    at: usize,
) -> Result<Seen> {
    let key = params![account, id];
    let missing = Error::NotFound(Entity::Customer(at));
    let (found, customers) = tx
        .fetch_pair(
            (&rows::PEEK, key, pinned),
            (&rows::GET, key, rows::customer),
        )
        .await?;
    let (Some(pinned), Some(customer)) = (found.first(), customers.into_iter().next()) else {
        return Err(missing);
    };
    if !pinned.home.is_none_or(|home| reaches(inboxes, home)) {
        return Err(missing);
    }
    Ok(Seen {
        pinned: *pinned,
        view: view(tx, account, customer).await?,
    })
}

impl Seen {
    /// Refuses a change of what is no customer any more, or no longer in the expected version.
    async fn usable(
        self,
        tx: &mut Tx<'_>,
        account: AccountId,
        expected: Option<i64>,
    ) -> Result<Self> {
        if self.pinned.erased {
            return Err(Error::ErasedCustomer);
        }
        if let Some(survivor) = self.pinned.merged_into {
            return Err(match follow(tx, &rows::PEEK, account, survivor).await? {
                Some(survivor) if !survivor.erased => Error::MergedCustomer(survivor.id),
                _ => Error::ErasedCustomer,
            });
        }
        match expected {
            Some(version) if version != self.pinned.version => Err(Error::Stale),
            _ => Ok(self),
        }
    }

    /// Locks the customer, which must still be as it was seen: its e-mail addresses are settled already, in the order of
    /// `store.md` 5.
    async fn lock(&self, tx: &mut Tx<'_>, account: AccountId) -> Result<()> {
        let key = params![account, self.pinned.id];
        let locked = tx.fetch(&rows::LOCK, key, pinned).await?;
        match locked.first() {
            Some(locked) if locked.version == self.pinned.version => Ok(()),
            _ => Err(Error::StartOver),
        }
    }

    /// The customer's e-mail addresses in their order of locking.
    fn emails(&self) -> Vec<&str> {
        let addresses = self.view.addresses.iter().map(|placed| &placed.address);
        let of_kind = addresses.filter(|address| address.kind == AddressKind::Email);
        let mut emails: Vec<&str> = of_kind.map(|address| address.value.as_str()).collect();
        emails.sort_unstable();
        emails
    }
}

/// Whether an inbox of the account may become a home.
async fn must_be_inbox(tx: &mut Tx<'_>, account: AccountId, inbox: InboxId) -> Result<()> {
    use crate::rows::account;
    let key = params![account, inbox];
    let found = tx.fetch(&account::GET_INBOX, key, account::inbox).await?;
    found
        .first()
        .map(drop)
        .ok_or(Error::NotFound(Entity::Inbox))
}
