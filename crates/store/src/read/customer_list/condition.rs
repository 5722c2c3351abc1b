//! Conditions on customers: what they select by an index, and the test of one customer.

use std::collections::{BTreeSet, HashSet};

use heddle_domain::Timestamp;
use heddle_domain::customer::{AddressKind, Customer, domain_of, name_key};
use heddle_domain::id::AccountId;

use crate::error::Result;
use crate::rows::{customer as rows, customer_list as list_rows};
use crate::stmt::{Stmt, keys, params};
use crate::tx::Rows;

/// The maximum number of customers that are sorted in memory.
pub(super) const SORTED: usize = 5_000;

/// What customers must fulfil.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// All of these; none of them selects every customer.
    All(Vec<Self>),
    /// At least one of these; none of them selects no customer.
    Any(Vec<Self>),
    /// Not this.
    Not(Box<Self>),
    /// The first name, without regard to case.
    FirstName(String),
    /// The last name, without regard to case.
    LastName(String),
    /// One of the e-mail addresses, normalised.
    Email(String),
    /// The domain of one of the e-mail addresses, in lower case.
    EmailDomain(String),
    /// The last change was at the first time or later, and at the second time or earlier.
    Changed(Timestamp, Timestamp),
}

impl Condition {
    /// The condition that every customer fulfils.
    #[must_use]
    pub const fn none() -> Self {
        Self::All(Vec::new())
    }

    /// Looks up what the condition names.
    pub(super) async fn resolve(&self, rows: &mut Rows<'_>, account: AccountId) -> Result<Test> {
        Ok(match self {
            Self::All(parts) => Test::All(resolve_all(rows, account, parts).await?),
            Self::Any(parts) => Test::Any(resolve_all(rows, account, parts).await?),
            Self::Not(inner) => Test::Not(Box::new(Box::pin(inner.resolve(rows, account)).await?)),
            Self::FirstName(name) => Test::FirstName(name_key(Some(name))),
            Self::LastName(name) => Test::LastName(name_key(Some(name))),
            Self::Email(email) => {
                let params = params![account, email];
                let owner = rows.fetch(&rows::EMAIL_OWNER, params, |row| row.int());
                Test::Ids(owner.await?.into_iter().collect())
            }
            Self::EmailDomain(domain) => {
                let found = few(rows, &list_rows::OF_DOMAIN, account, domain).await?;
                found.map_or_else(|| Test::Domain(domain.clone()), Test::Ids)
            }
            Self::Changed(from, to) => Test::Changed(from.0, to.0),
        })
    }
}

async fn resolve_all(
    rows: &mut Rows<'_>,
    account: AccountId,
    parts: &[Condition],
) -> Result<Vec<Test>> {
    let mut tests = Vec::with_capacity(parts.len());
    for part in parts {
        tests.push(Box::pin(part.resolve(rows, account)).await?);
    }
    Ok(tests)
}

/// Returns the customers that a statement selects, if they are few.
async fn few(
    rows: &mut Rows<'_>,
    stmt: &'static Stmt,
    account: AccountId,
    key: &str,
) -> Result<Option<BTreeSet<i64>>> {
    let most = SORTED + 1;
    let params = params![account, key, most as i64];
    let found = rows.fetch(stmt, params, |row| row.int()).await?;
    Ok((found.len() < most).then(|| found.into_iter().collect()))
}

/// A condition whose names are looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Test {
    All(Vec<Self>),
    Any(Vec<Self>),
    Not(Box<Self>),
    FirstName(String),
    LastName(String),
    Ids(BTreeSet<i64>),
    Domain(String),
    Changed(i64, i64),
}

impl Test {
    /// Whether every customer fulfils it.
    pub(super) fn is_none(&self) -> bool {
        matches!(self, Self::All(parts) if parts.iter().all(Self::is_none))
    }

    /// Returns the times between which the last change must be, as far as the test says so by itself.
    pub(super) fn changed(&self) -> (i64, i64) {
        match self {
            Self::Changed(from, to) => (*from, *to),
            Self::All(parts) => {
                let times = parts.iter().map(Self::changed);
                times.fold((i64::MIN, i64::MAX), |all, one| {
                    (all.0.max(one.0), all.1.min(one.1))
                })
            }
            _ => (i64::MIN, i64::MAX),
        }
    }

    /// Whether [`Self::changed`] is all that the test says.
    pub(super) fn is_only_changed(&self) -> bool {
        match self {
            Self::Changed(..) => true,
            Self::All(parts) => parts.iter().all(Self::is_only_changed),
            _ => false,
        }
    }

    /// Returns customers among which are all that fulfil the test, if an index finds few.
    pub(super) async fn candidates(
        &self,
        rows: &mut Rows<'_>,
        account: AccountId,
    ) -> Result<Option<BTreeSet<i64>>> {
        match self {
            Self::Ids(ids) => Ok(Some(ids.clone())),
            Self::FirstName(name) => few(rows, &list_rows::OF_FIRST_NAME, account, name).await,
            Self::LastName(name) => few(rows, &list_rows::OF_LAST_NAME, account, name).await,
            Self::All(parts) => {
                let mut least: Option<BTreeSet<i64>> = None;
                for part in parts {
                    let found = Box::pin(part.candidates(rows, account)).await?;
                    let fewer = |found: &BTreeSet<i64>| {
                        least.as_ref().is_none_or(|least| found.len() < least.len())
                    };
                    if let Some(found) = found.filter(fewer) {
                        least = Some(found);
                    }
                }
                Ok(least)
            }
            Self::Any(parts) => {
                let mut all = BTreeSet::new();
                for part in parts {
                    match Box::pin(part.candidates(rows, account)).await? {
                        Some(found) => all.extend(found),
                        None => return Ok(None),
                    }
                }
                Ok((all.len() <= SORTED).then_some(all))
            }
            Self::Not(_) | Self::Domain(_) | Self::Changed(..) => Ok(None),
        }
    }

    /// Returns those of some customers that fulfil the test.
    pub(super) async fn keep(
        &self,
        rows: &mut Rows<'_>,
        account: AccountId,
        customers: Vec<Customer>,
    ) -> Result<Vec<Customer>> {
        if !self.needs_domains() {
            let none = HashSet::new();
            let customers = customers.into_iter();
            return Ok(customers.filter(|c| self.accepts(c, &none)).collect());
        }
        let ids = customers.iter().map(|customer| customer.id);
        let keys = keys(account, ids);
        let lists = rows.fetch_many(&rows::PLACED, &keys, rows::placed).await?;
        let mut kept = Vec::new();
        for (customer, list) in customers.into_iter().zip(lists) {
            let emails = list.iter().map(|placed| &placed.address);
            let emails = emails.filter(|address| address.kind == AddressKind::Email);
            let domains = emails.map(|email| domain_of(&email.value)).collect();
            if self.accepts(&customer, &domains) {
                kept.push(customer);
            }
        }
        Ok(kept)
    }

    fn needs_domains(&self) -> bool {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().any(Self::needs_domains),
            Self::Not(inner) => inner.needs_domains(),
            Self::Domain(_) => true,
            Self::FirstName(_) | Self::LastName(_) | Self::Ids(_) | Self::Changed(..) => false,
        }
    }

    /// Whether a customer fulfils the test. `domains` are those of its e-mail addresses, if the test needs them.
    fn accepts(&self, customer: &Customer, domains: &HashSet<&str>) -> bool {
        let profile = &customer.profile;
        match self {
            Self::All(parts) => parts.iter().all(|part| part.accepts(customer, domains)),
            Self::Any(parts) => parts.iter().any(|part| part.accepts(customer, domains)),
            Self::Not(inner) => !inner.accepts(customer, domains),
            Self::FirstName(name) => name_key(profile.first_name.as_deref()) == *name,
            Self::LastName(name) => name_key(profile.last_name.as_deref()) == *name,
            Self::Ids(ids) => ids.contains(&customer.id.get()),
            Self::Domain(domain) => domains.contains(domain.as_str()),
            Self::Changed(from, to) => (*from..=*to).contains(&customer.updated_at.0),
        }
    }
}
