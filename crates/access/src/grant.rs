//! What a new credential may do.

use heddle_domain::credential::{ApiName, Credential, Scope, Scopes};
use heddle_domain::id::{AgentId, ApplicationId, CredentialId, InboxId};
use heddle_store::write::Caller;
use heddle_store::write::credential::CreateCredential;

use crate::authentication::{Lookup, key_hash, secret_hash};

/// What a new credential may do, and for whom it acts.
#[derive(Clone, Debug)]
pub struct Grant {
    /// The API.
    pub api: ApiName,
    /// What people call it.
    pub name: String,
    /// Its rights.
    pub scopes: Scopes,
    /// The inboxes it reaches; empty means all.
    pub inboxes: Vec<InboxId>,
    /// The agent it acts as.
    pub agent: Option<AgentId>,
    /// The client application it belongs to.
    pub application: Option<ApplicationId>,
    /// Whether it is a portfolio token, for several inboxes.
    pub portfolio: bool,
}

impl Grant {
    /// Every right on some inboxes (none: all).
    #[must_use]
    pub fn full(api: ApiName, inboxes: Vec<InboxId>) -> Self {
        Self {
            api,
            name: api.as_str().to_owned(),
            scopes: Scopes::all(),
            inboxes,
            agent: None,
            application: None,
            portfolio: false,
        }
    }

    /// The same without one right.
    #[must_use]
    pub fn without(mut self, scope: Scope) -> Self {
        self.scopes = self.scopes.iter().filter(|held| *held != scope).collect();
        self
    }
    /// The command that creates the credential. `secret` is the secret half of a credential that is looked up by name.
    pub(crate) fn create_command(
        self,
        caller: Caller,
        id: CredentialId,
        lookup: Lookup<'_>,
        secret: Option<&str>,
    ) -> CreateCredential {
        let key_hash = key_hash(self.api, lookup);
        let Self {
            api,
            name,
            scopes,
            inboxes,
            agent,
            application,
            portfolio,
        } = self;
        let credential = Credential {
            account: caller.account,
            id,
            api: api.as_str().to_owned(),
            name,
            scopes,
            inboxes,
            agent,
            application,
            portfolio,
            revoked: false,
        };
        let public_name = match lookup {
            Lookup::Name(name) => name.to_owned(),
            Lookup::Secret(_) => String::new(),
        };
        CreateCredential {
            caller,
            credential,
            public_name,
            key_hash,
            secret_hash: secret.map(secret_hash),
            new_application: None,
        }
    }
}
