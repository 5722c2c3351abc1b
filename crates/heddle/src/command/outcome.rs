//! What the administration commands share: the form of their results, and reads that several of them need.

use std::collections::BTreeMap;

use anyhow::anyhow;
use heddle_access::authentication::Authentication;
use heddle_domain::account::Account;
use heddle_domain::id::{AccountId, CredentialId};
use heddle_store::read::account::GetAccount;
use heddle_store::{Read, Store};
use serde::{Deserialize, Serialize};

use super::output::{self, Row};

/// The result of a command in the two forms in which it can be printed.
#[derive(Deserialize, Serialize)]
pub(crate) struct Reply {
    /// The result as one line of JSON, for `--json`.
    pub(crate) json: String,
    /// The result as text for people.
    pub(crate) text: String,
}

/// Which cached data about callers a server must read again after a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Invalidation {
    Nothing,
    Account(AccountId),
    Credential(AccountId, CredentialId),
}

impl Invalidation {
    pub(crate) fn apply(self, authentication: &Authentication) {
        match self {
            Self::Nothing => {}
            Self::Account(account) => authentication.forget_account(account),
            Self::Credential(account, credential) => authentication.forget(account, credential),
        }
    }
}

/// The result of a command that succeeded.
pub(crate) struct Outcome {
    pub(crate) reply: Reply,
    pub(crate) invalidation: Invalidation,
}

impl Outcome {
    /// Creates a reply with a single record. In JSON it is the only member, called `name`; as text it is a table of one
    /// row.
    pub(crate) fn one<R: Row + Serialize>(name: &str, record: &R) -> anyhow::Result<Self> {
        Self::new(name, record, output::table(std::slice::from_ref(record)))
    }

    /// Creates a reply with a list of records. In JSON it is the only member, called `name`; as text it is a table.
    pub(crate) fn list<R: Row + Serialize>(name: &str, records: &[R]) -> anyhow::Result<Self> {
        Self::new(name, &records, output::table(records))
    }

    /// Creates a reply whose JSON has `value` as the only member, called `name`.
    pub(crate) fn new(name: &str, value: &impl Serialize, text: String) -> anyhow::Result<Self> {
        let json = serde_json::to_string(&BTreeMap::from([(name, value)]))?;
        Ok(Self {
            reply: Reply { json, text },
            invalidation: Invalidation::Nothing,
        })
    }

    /// Returns the same outcome, extended by the cached data that servers must read again.
    pub(crate) fn invalidating(self, invalidation: Invalidation) -> Self {
        Self {
            invalidation,
            ..self
        }
    }
}

/// Returns the account with this number.
///
/// # Errors
/// Fails if there is no such account.
pub(crate) async fn get_account(store: &Store, id: i64) -> anyhow::Result<Account> {
    let found = store.read(GetAccount(AccountId(id))).await?;
    found.ok_or_else(|| anyhow!("there is no account {id}"))
}

/// Reads all pages of a list. `page` creates the read of one page: of the page after a given record, or of the first
/// page.
///
/// # Errors
/// Returns the errors of [`Store::read`].
pub(crate) async fn read_all<R: Read<Out = Vec<T>>, T>(
    store: &Store,
    page: impl Fn(Option<&T>) -> R,
) -> anyhow::Result<Vec<T>> {
    let mut all = Vec::new();
    loop {
        let found = store.read(page(all.last())).await?;
        if found.is_empty() {
            return Ok(all);
        }
        all.extend(found);
    }
}
