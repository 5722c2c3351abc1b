//! Conditions on customers: what they select by an index, and the test of one customer.

use std::collections::{BTreeSet, HashSet};

use heddle_domain::Timestamp;
use heddle_domain::customer::name_key;
use heddle_domain::id::AccountId;

use crate::error::Result;
use crate::rows::customer as rows;
use crate::rows::customer_list::{self as list_rows, AT_ONCE, Facts};
use crate::stmt::{Stmt, params};
use crate::tx::Rows;

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
    pub(super) async fn resolve(&self, rows: &mut Rows<'_>, index: Index) -> Result<Test> {
        Ok(match self {
            Self::All(parts) => Test::All(resolve_all(rows, index, parts).await?),
            Self::Any(parts) => Test::Any(resolve_all(rows, index, parts).await?),
            Self::Not(inner) => Test::Not(Box::new(Box::pin(inner.resolve(rows, index)).await?)),
            Self::FirstName(name) => Test::FirstName(name_key(Some(name))),
            Self::LastName(name) => Test::LastName(name_key(Some(name))),
            Self::Email(email) => {
                let params = params![index.account, email];
                let owner = rows.fetch(&rows::EMAIL_OWNER, params, |row| row.int());
                Test::Ids(owner.await?.into_iter().collect())
            }
            Self::EmailDomain(domain) => {
                let found = index.few(rows, &list_rows::OF_DOMAIN, domain).await?;
                found.map_or_else(|| Test::Domain(domain.clone()), Test::Ids)
            }
            Self::Changed(from, to) => Test::Changed(from.0, to.0),
        })
    }
}

async fn resolve_all(rows: &mut Rows<'_>, index: Index, parts: &[Condition]) -> Result<Vec<Test>> {
    let mut tests = Vec::with_capacity(parts.len());
    for part in parts {
        tests.push(Box::pin(part.resolve(rows, index)).await?);
    }
    Ok(tests)
}

/// The indexes of an account's customers, each read up to a number of entries.
#[derive(Clone, Copy, Debug)]
pub(super) struct Index {
    pub(super) account: AccountId,
    pub(super) most: usize,
}

impl Index {
    /// Returns the customers that a statement selects, if they are few.
    async fn few(
        self,
        rows: &mut Rows<'_>,
        stmt: &'static Stmt,
        key: &str,
    ) -> Result<Option<BTreeSet<i64>>> {
        let params = params![self.account, key, self.most as i64 + 1];
        let found = rows.fetch(stmt, params, |row| row.int()).await?;
        Ok((found.len() <= self.most).then(|| found.into_iter().collect()))
    }
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
        index: Index,
    ) -> Result<Option<BTreeSet<i64>>> {
        match self {
            Self::Ids(ids) => Ok(Some(ids.clone())),
            Self::FirstName(name) => index.few(rows, &list_rows::OF_FIRST_NAME, name).await,
            Self::LastName(name) => index.few(rows, &list_rows::OF_LAST_NAME, name).await,
            Self::All(parts) => {
                let mut least: Option<BTreeSet<i64>> = None;
                for part in parts {
                    let found = Box::pin(part.candidates(rows, index)).await?;
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
                    match Box::pin(part.candidates(rows, index)).await? {
                        Some(found) => all.extend(found),
                        None => return Ok(None),
                    }
                }
                Ok((all.len() <= index.most).then_some(all))
            }
            Self::Not(_) | Self::Domain(_) | Self::Changed(..) => Ok(None),
        }
    }

    /// Returns those of some customers that fulfil the test.
    pub(super) async fn keep(
        &self,
        rows: &mut Rows<'_>,
        account: AccountId,
        customers: Vec<Facts>,
    ) -> Result<Vec<Facts>> {
        let ids: Vec<i64> = customers.iter().map(|customer| customer.id).collect();
        let owners = self.owners(rows, account, &ids).await?;
        let customers = customers.into_iter();
        Ok(customers
            .filter(|customer| self.accepts(customer.id, Some(customer), &owners))
            .collect())
    }

    /// Returns those of some customers that fulfil the test. Reads the customers only if the test asks for more than their
    /// ids and addresses.
    pub(super) async fn keep_ids(
        &self,
        rows: &mut Rows<'_>,
        account: AccountId,
        ids: &[i64],
    ) -> Result<HashSet<i64>> {
        if self.needs_facts() {
            let customers = read_facts(rows, account, ids).await?;
            let kept = self.keep(rows, account, customers).await?;
            return Ok(kept.into_iter().map(|customer| customer.id).collect());
        }
        let owners = self.owners(rows, account, ids).await?;
        let ids = ids.iter().copied();
        Ok(ids.filter(|id| self.accepts(*id, None, &owners)).collect())
    }

    /// Whether the test asks for names or times.
    fn needs_facts(&self) -> bool {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().any(Self::needs_facts),
            Self::Not(inner) => inner.needs_facts(),
            Self::FirstName(_) | Self::LastName(_) | Self::Changed(..) => true,
            Self::Ids(_) | Self::Domain(_) => false,
        }
    }

    /// Reads which of some customers have an e-mail address in a domain that the test asks for.
    async fn owners(
        &self,
        rows: &mut Rows<'_>,
        account: AccountId,
        ids: &[i64],
    ) -> Result<Owners<'_>> {
        let mut domains = BTreeSet::new();
        self.add_domains(&mut domains);
        let mut owners = Owners::new();
        for domain in domains {
            for some in ids.chunks(AT_ONCE) {
                let params = params![account, domain, some];
                let found = rows.fetch(&list_rows::OF_DOMAIN_AMONG, params, |row| row.int());
                let found = found.await?.into_iter();
                owners.extend(found.map(|id| (id, domain)));
            }
        }
        Ok(owners)
    }

    fn add_domains<'t>(&'t self, domains: &mut BTreeSet<&'t str>) {
        match self {
            Self::All(parts) | Self::Any(parts) => {
                parts.iter().for_each(|part| part.add_domains(domains));
            }
            Self::Not(inner) => inner.add_domains(domains),
            Self::Domain(domain) => {
                domains.insert(domain);
            }
            Self::FirstName(_) | Self::LastName(_) | Self::Ids(_) | Self::Changed(..) => {}
        }
    }

    /// Whether a customer fulfils the test. The facts may be missing only if the test does not need them.
    fn accepts(&self, id: i64, facts: Option<&Facts>, owners: &Owners<'_>) -> bool {
        let accepts = |part: &Self| part.accepts(id, facts, owners);
        match self {
            Self::All(parts) => parts.iter().all(accepts),
            Self::Any(parts) => parts.iter().any(accepts),
            Self::Not(inner) => !accepts(inner),
            Self::FirstName(name) => facts.is_some_and(|facts| facts.first_key == *name),
            Self::LastName(name) => facts.is_some_and(|facts| facts.last_key == *name),
            Self::Ids(ids) => ids.contains(&id),
            Self::Domain(domain) => owners.contains(&(id, domain)),
            Self::Changed(from, to) => {
                facts.is_some_and(|facts| (*from..=*to).contains(&facts.updated_at.0))
            }
        }
    }
}

/// Reads the facts of customers.
pub(super) async fn read_facts(
    rows: &mut Rows<'_>,
    account: AccountId,
    ids: &[i64],
) -> Result<Vec<Facts>> {
    let mut found = Vec::with_capacity(ids.len());
    for some in ids.chunks(AT_ONCE) {
        let params = params![account, some];
        found.extend(
            rows.fetch(&list_rows::FACTS, params, list_rows::facts)
                .await?,
        );
    }
    Ok(found)
}

/// Customers with the domains of their e-mail addresses, as far as a test asks for them.
type Owners<'t> = HashSet<(i64, &'t str)>;
