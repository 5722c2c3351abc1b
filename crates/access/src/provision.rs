//! Creates accounts, inboxes, people and credentials, for the command line, the demo and the tests.
//!
//! Only the hashes of secrets are stored.

use std::collections::BTreeSet;

use heddle_domain::account::{Account, AccountSettings};
use heddle_domain::credential::Grant;
use heddle_domain::customer::Profile;
use heddle_domain::guid::GUID_TAG_MASK;
use heddle_domain::id::{AgentId, ApplicationId, CredentialId, CustomerId, InboxId};
use heddle_domain::person::Team;
use heddle_store::write::Caller;
use heddle_store::write::account::{
    ApiPublicId, CreateAccount, CreateAgent, CreateCustomer, CreateInbox, operator,
};
use heddle_store::write::credential::{CreateApplication, NewApplication};
use heddle_store::write::team::CreateTeam;
use heddle_store::{Error, Store};
use uuid::Uuid;

use crate::authentication::{Lookup, secret_hash};
use crate::create_command::create_command;

fn fresh_id() -> ApiPublicId {
    (String::new(), Uuid::new_v4().to_string())
}

/// Creates an account with its built-in agent.
///
/// # Errors
/// Returns the errors of [`Store::write`].
pub async fn create_account(
    store: &Store,
    name: &str,
    settings: AccountSettings,
) -> Result<Account, Error> {
    let random = AccountIds {
        guid_tag: Uuid::new_v4().as_u128() as u32,
        public_ids: [Uuid::new_v4().to_string(), Uuid::new_v4().to_string()],
    };
    create_account_with_ids(store, name, settings, random).await
}

/// The ids of a new account that are random unless somebody chooses them.
#[derive(Clone, Debug)]
pub struct AccountIds {
    /// The account's part of GUIDs. Only the bits of [`GUID_TAG_MASK`] count.
    pub guid_tag: u32,
    /// The public ids, for all APIs, of the account and of its built-in agent.
    pub public_ids: [String; 2],
}

/// Creates an account as [`create_account`] does, with chosen ids.
///
/// # Errors
/// Returns the errors of [`Store::write`]; a public id that is already used is a conflict.
pub async fn create_account_with_ids(
    store: &Store,
    name: &str,
    settings: AccountSettings,
    ids: AccountIds,
) -> Result<Account, Error> {
    store
        .write(CreateAccount {
            name: name.to_owned(),
            guid_tag: ids.guid_tag & GUID_TAG_MASK,
            public_ids: ids.public_ids,
            settings,
        })
        .await
}

/// Returns the caller for commands that an operator runs on an account.
#[must_use]
pub fn operator_caller(account: &Account) -> Caller {
    operator(account.id, account.integration_agent)
}

/// Creates an inbox. `public_ids` are its public ids, each for one API or for all APIs. If none is for all APIs, a new
/// UUID is added.
///
/// # Errors
/// Returns the errors of [`Store::write`]; a public id that is already used is a conflict.
pub async fn create_inbox(
    store: &Store,
    account: &Account,
    name: &str,
    default_agent: Option<AgentId>,
    public_ids: Vec<ApiPublicId>,
) -> Result<InboxId, Error> {
    let public_ids = with_default(public_ids);
    let name = name.to_owned();
    let made = store.write(CreateInbox {
        caller: operator_caller(account),
        name,
        default_agent,
        public_ids,
    });
    Ok(made.await?.id)
}

/// Creates an agent.
///
/// # Errors
/// Returns the errors of [`Store::write`]; a public id that is already used is a conflict.
pub async fn create_agent(
    store: &Store,
    account: &Account,
    name: (&str, &str),
    email: &str,
    public_ids: Vec<ApiPublicId>,
) -> Result<AgentId, Error> {
    let made = store.write(CreateAgent {
        caller: operator_caller(account),
        first_name: name.0.to_owned(),
        last_name: name.1.to_owned(),
        email: email.to_owned(),
        public_ids: with_default(public_ids),
    });
    Ok(made.await?.id)
}

/// Creates a team.
///
/// # Errors
/// Returns the errors of [`Store::write`]; a member that is no agent, or a team, is not found.
pub async fn create_team(
    store: &Store,
    account: &Account,
    name: &str,
    members: BTreeSet<AgentId>,
) -> Result<Team, Error> {
    let command = CreateTeam {
        caller: operator_caller(account),
        name: name.to_owned(),
        members,
        public_ids: vec![fresh_id()],
    };
    store.write(command).await
}

/// Creates a customer.
///
/// # Errors
/// Returns the errors of [`Store::write`]; an e-mail address or public id that is already used is a conflict.
pub async fn create_customer(
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
            caller: operator_caller(account),
            public_ids,
            home,
            email,
            profile,
            addresses: Vec::new(),
            postal_address: None,
        })
        .await
        .map(|made| made.customer.id)
}

/// Adds a new UUID as the public id for all APIs, unless there is one.
fn with_default(mut public_ids: Vec<ApiPublicId>) -> Vec<ApiPublicId> {
    if !public_ids.iter().any(|(api, _)| api.is_empty()) {
        public_ids.insert(0, fresh_id());
    }
    public_ids
}

/// Creates a credential that is looked up by a given key.
///
/// # Errors
/// Returns the errors of [`Store::write`]; a key that exists is a conflict.
pub async fn create_key(
    store: &Store,
    account: &Account,
    grant: Grant,
    key: &str,
) -> Result<CredentialId, Error> {
    let lookup = Lookup::Secret(key);
    credential(store, account, grant, lookup, None).await
}

/// Creates a credential that is looked up by a given public name, with its secret.
///
/// # Errors
/// Returns the errors of [`Store::write`]; a name that exists is a conflict.
pub async fn create_named(
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
    let command = create_command(operator_caller(account), grant, lookup, secret);
    Ok(store.write(command).await?.credential.id)
}

/// Creates a client application with a given client token.
///
/// # Errors
/// Returns the errors of [`Store::write`].
pub async fn create_application(
    store: &Store,
    account: &Account,
    name: &str,
    client_token: &str,
) -> Result<ApplicationId, Error> {
    let application = NewApplication {
        name: name.to_owned(),
        client_hash: secret_hash(client_token),
    };
    let caller = operator_caller(account);
    store
        .write(CreateApplication {
            caller,
            application,
        })
        .await
}
