//! Making accounts, inboxes, people and credentials: what the command line, the demo and the tests share.
//!
//! The store only ever sees the hashes of secrets.

use heddle_domain::account::{Account, AccountSettings};
pub use heddle_domain::credential::Grant;
use heddle_domain::customer::Profile;
use heddle_domain::id::{AgentId, ApplicationId, CredentialId, CustomerId, InboxId};
use heddle_store::write::Caller;
use heddle_store::write::account::{
    ApiPublicId, CreateAccount, CreateAgent, CreateCustomer, CreateInbox, operator,
};
use heddle_store::write::credential::{CreateApplication, CreateCredential, NewApplication};
use heddle_store::{Error, Store};
use uuid::Uuid;

use crate::authentication::{Lookup, key_hash, secret_hash};
use crate::rules::CredentialRules;
use crate::secrets::Secrets;

fn fresh_id() -> ApiPublicId {
    (String::new(), Uuid::new_v4().to_string())
}

/// Makes an account with its built-in agent.
///
/// # Errors
/// As [`Store::write`].
pub async fn account(
    store: &Store,
    name: &str,
    settings: AccountSettings,
) -> Result<Account, Error> {
    let tag = Uuid::new_v4().as_u128() as u32 & heddle_domain::guid::GUID_TAG_MASK;
    let public_ids = [Uuid::new_v4().to_string(), Uuid::new_v4().to_string()];
    store
        .write(CreateAccount {
            name: name.to_owned(),
            guid_tag: tag,
            public_ids,
            settings,
        })
        .await
}

/// On whose behalf an operator provisions an account.
#[must_use]
pub fn caller(account: &Account) -> Caller {
    operator(account.id, account.integration_agent)
}

/// Makes an inbox; `public_ids` adds texts for single APIs to its default UUID.
///
/// # Errors
/// As [`Store::write`]; a public id that is taken is a conflict.
pub async fn inbox(
    store: &Store,
    account: &Account,
    name: &str,
    default_agent: Option<AgentId>,
    public_ids: Vec<ApiPublicId>,
) -> Result<InboxId, Error> {
    let public_ids = with_default(public_ids);
    let name = name.to_owned();
    let made = store.write(CreateInbox {
        caller: caller(account),
        name,
        default_agent,
        public_ids,
    });
    Ok(made.await?.id)
}

/// Makes an agent.
///
/// # Errors
/// As [`Store::write`]; a public id that is taken is a conflict.
pub async fn agent(
    store: &Store,
    account: &Account,
    name: (&str, &str),
    email: &str,
    public_ids: Vec<ApiPublicId>,
) -> Result<AgentId, Error> {
    let made = store.write(CreateAgent {
        caller: caller(account),
        first_name: name.0.to_owned(),
        last_name: name.1.to_owned(),
        email: email.to_owned(),
        public_ids: with_default(public_ids),
    });
    Ok(made.await?.id)
}

/// Makes a customer.
///
/// # Errors
/// As [`Store::write`]; an e-mail address or public id that is taken is a conflict.
pub async fn customer(
    store: &Store,
    account: &Account,
    home: Option<InboxId>,
    email: Option<&str>,
    profile: Profile,
    public_ids: Vec<ApiPublicId>,
) -> Result<CustomerId, Error> {
    let email = email.map(str::to_owned);
    store
        .write(CreateCustomer {
            caller: caller(account),
            public_ids,
            home,
            email,
            profile,
            addresses: Vec::new(),
        })
        .await
        .map(|made| made.customer.id)
}

/// The default UUID, unless one was given.
fn with_default(mut public_ids: Vec<ApiPublicId>) -> Vec<ApiPublicId> {
    if !public_ids.iter().any(|(api, _)| api.is_empty()) {
        public_ids.insert(0, fresh_id());
    }
    public_ids
}

/// Registers a key that is its own look-up.
///
/// # Errors
/// As [`Store::write`]; a key that exists is a conflict.
pub async fn key(
    store: &Store,
    account: &Account,
    grant: Grant,
    key: &str,
) -> Result<CredentialId, Error> {
    let lookup = Lookup::Secret(key);
    credential(store, account, grant, lookup, None).await
}

/// Registers a public name with its secret.
///
/// # Errors
/// As [`Store::write`]; a name that exists is a conflict.
pub async fn named(
    store: &Store,
    account: &Account,
    grant: Grant,
    name: &str,
    secret: &str,
) -> Result<CredentialId, Error> {
    credential(store, account, grant, Lookup::Name(name), Some(secret)).await
}

async fn credential(
    store: &Store,
    account: &Account,
    grant: Grant,
    lookup: Lookup<'_>,
    secret: Option<&str>,
) -> Result<CredentialId, Error> {
    let command = creation(caller(account), grant, lookup, secret);
    Ok(store.write(command).await?.credential.id)
}

/// The command that makes a credential, for those who carry it out themselves.
pub(crate) fn creation(
    caller: Caller,
    grant: Grant,
    lookup: Lookup<'_>,
    secret: Option<&str>,
) -> CreateCredential {
    let public_name = match lookup {
        Lookup::Name(name) => name.to_owned(),
        Lookup::Secret(_) => String::new(),
    };
    CreateCredential {
        caller,
        key_hash: key_hash(grant.api, lookup),
        grant,
        public_name,
        secret_hash: secret.map(secret_hash),
        new_application: None,
    }
}

/// Makes a credential with fresh secrets, which are told here and never again.
///
/// # Errors
/// As [`Store::write`].
pub async fn minted(
    store: &Store,
    account: &Account,
    rules: &CredentialRules,
    grant: Grant,
) -> Result<(CredentialId, Secrets), Error> {
    let secrets = rules.mint();
    let made = store.write(rules.creation(caller(account), grant, &secrets));
    Ok((made.await?.credential.id, secrets))
}

/// Makes a client application with its client token.
///
/// # Errors
/// As [`Store::write`].
pub async fn application(
    store: &Store,
    account: &Account,
    name: &str,
    client_token: &str,
) -> Result<ApplicationId, Error> {
    let application = NewApplication {
        name: name.to_owned(),
        client_hash: secret_hash(client_token),
    };
    let caller = caller(account);
    store
        .write(CreateApplication {
            caller,
            application,
        })
        .await
}
