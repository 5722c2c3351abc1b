//! The results of the administration commands.

use std::collections::BTreeMap;

use heddle_access::authentication::Authentication;
use heddle_domain::id::{AccountId, CredentialId};
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
    /// Accounts whose search index is to be built anew.
    pub(crate) reindex: Vec<AccountId>,
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
            reindex: Vec::new(),
        })
    }

    /// Returns the same outcome, extended by accounts whose search index is to be built anew.
    pub(crate) fn reindexing(self, reindex: Vec<AccountId>) -> Self {
        Self { reindex, ..self }
    }

    /// Returns the same outcome, extended by the cached data that servers must read again.
    pub(crate) fn invalidating(self, invalidation: Invalidation) -> Self {
        Self {
            invalidation,
            ..self
        }
    }
}
