//! `heddle credential`: credentials of clients, which give them access to one account through one API.
//!
//! `create` prints the new secrets, once: the store has only their hashes.

use anyhow::ensure;
use clap::{Args, Subcommand};
use heddle::apis;
use heddle_access::provision;
use heddle_access::rules::{Field, Request};
use heddle_access::secrets::Secrets;
use heddle_api::Description;
use heddle_domain::account::Account;
use heddle_domain::credential::{Credential, Grant, Scope};
use heddle_domain::id::{AgentId, ApplicationId, CredentialId, InboxId};
use heddle_domain::{ApiName, InboxScope};
use heddle_store::read::account::{
    Application as StoredApplication, GetAgent, GetCredential, GetInbox, ListApplications,
    ListCredentials,
};
use heddle_store::write::credential::{RevokeCredential, UpdateCredential, Within};
use heddle_store::{Entity, Error, Refusal, Store, StoredCredential};
use serde::Serialize;

use super::argument::{self, InAccount, Name};
use super::failure::Failure;
use super::outcome::{Invalidation, Outcome};
use super::output::{self, Columns, Row};

/// The maximum number of records that one read of a list returns.
const PAGE: i64 = 500;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make a credential and print its secrets, once
    Create(Create),
    /// List an account's credentials, without secrets
    List(InAccount),
    /// Set or remove the URL to which people return after they have allowed the app to act for them
    RedirectUrl(SetRedirectUrl),
    /// Revoke a credential and every token it was given
    Revoke(Revoke),
}

#[derive(Args, Debug)]
pub(crate) struct Create {
    #[command(flatten)]
    account: InAccount,
    /// The API that accepts the credential
    #[arg(long, alias = "door", value_parser = argument::api_values())]
    api: ApiName,
    /// Display name
    #[arg(long)]
    name: Name,
    /// An inbox that the credential may use; may be given several times. Without one it may use all
    #[arg(long, value_name = "INBOX", value_parser = argument::id)]
    inbox: Vec<i64>,
    /// A scope of the credential; may be given several times. Without one it has all scopes
    #[arg(long, value_parser = argument::scope_values())]
    scope: Vec<Scope>,
    /// The agent that it acts as (Help Scout needs one)
    #[arg(long, value_name = "AGENT", value_parser = argument::id)]
    agent: Option<i64>,
    /// Mews: the client application, by number or by name; a new name creates an application with a client token
    #[arg(long, value_name = "NAME|N")]
    application: Option<Name>,
    /// Mews: a portfolio token, for several enterprises
    #[arg(long)]
    portfolio: bool,
    /// Help Scout: the URL to which people return after they have allowed the app to act for them
    #[arg(long, value_name = "URL", value_parser = argument::redirect_url)]
    redirect_url: Option<String>,
}

#[derive(Args, Debug)]
#[group(required = true, multiple = false, args = ["url", "none"])]
pub(crate) struct SetRedirectUrl {
    #[command(flatten)]
    account: InAccount,
    /// The credential's number
    #[arg(long, value_name = "CREDENTIAL", value_parser = argument::id)]
    credential: i64,
    /// The new URL
    #[arg(long, value_parser = argument::redirect_url)]
    url: Option<String>,
    /// Remove the URL: the app can no longer ask people
    #[arg(long)]
    none: bool,
}

#[derive(Args, Debug)]
pub(crate) struct Revoke {
    #[command(flatten)]
    account: InAccount,
    /// The credential's number
    #[arg(long, value_name = "CREDENTIAL", value_parser = argument::id)]
    credential: i64,
}

impl Command {
    pub(crate) async fn perform(self, store: &Store) -> anyhow::Result<Outcome> {
        match self {
            Self::Create(create) => create.perform(store).await,
            Self::List(account) => {
                let account = account.get(store).await?;
                let stored = stored(store, &account).await?;
                let views: Vec<_> = stored.into_iter().map(CredentialView::from).collect();
                Outcome::list("credentials", &views)
            }
            Self::RedirectUrl(set) => set.perform(store).await,
            Self::Revoke(revoke) => revoke.perform(store).await,
        }
    }
}

impl Create {
    async fn perform(self, store: &Store) -> anyhow::Result<Outcome> {
        let account = self.account.get(store).await?;
        let apis = apis::descriptions();
        let api = apis.find(self.api.as_str());
        let api = api.expect("an argument names an API that there is");
        self.check_references(store, &account).await?;
        let application = self.find_application(store, &account).await?;
        self.check(api, &application)?;
        let (application, new_application) = match application {
            Some(Application::Known(id)) => (Some(id), None),
            Some(Application::New(name)) => (None, Some(name)),
            None => (None, None),
        };
        let caller = provision::operator_caller(&account);
        let grant = self.grant(api, application);
        let (command, secrets) = api
            .credentials
            .new_credential(caller, grant, new_application);
        WithSecrets {
            credential: store.write(command).await?.into(),
            secrets: Some(secrets),
        }
        .into_outcome()
    }

    /// Checks the command against the rules of the credential's API.
    fn check(&self, api: &Description, application: &Option<Application>) -> anyhow::Result<()> {
        let request = Request {
            agent: self.agent.is_some(),
            application: matches!(application, Some(Application::Known(_))),
            new_application: matches!(application, Some(Application::New(_))),
            portfolio: self.portfolio,
            one_inbox: self.inboxes().is_one(),
            redirect_url: self.redirect_url.is_some(),
        };
        let faults = api.credentials.faults(api.name(), request);
        let texts = faults
            .iter()
            .map(|fault| format!("{} {}", option(fault.field), fault.detail));
        let texts = texts.collect::<Vec<_>>().join("; ");
        ensure!(faults.is_empty(), Failure::invalid(texts));
        Ok(())
    }

    async fn check_references(&self, store: &Store, account: &Account) -> anyhow::Result<()> {
        for id in &self.inbox {
            let read = GetInbox {
                account: account.id,
                id: InboxId(*id),
            };
            let found = store.read(read).await?;
            found.ok_or_else(|| Failure::no_such(Entity::Inbox, *id, account.id))?;
        }
        if let Some(id) = self.agent {
            let read = GetAgent {
                account: account.id,
                id: AgentId(id),
            };
            let found = store.read(read).await?;
            found.ok_or_else(|| Failure::no_such(Entity::Agent, id, account.id))?;
        }
        Ok(())
    }

    /// Finds the application that the command names, by number or by name. If there is none with this name, returns a
    /// new application.
    async fn find_application(
        &self,
        store: &Store,
        account: &Account,
    ) -> anyhow::Result<Option<Application>> {
        let Some(named) = &self.application else {
            return Ok(None);
        };
        let known = applications(store, account).await?;
        if let Ok(id) = named.as_str().parse() {
            if !known.iter().any(|known| known.id == ApplicationId(id)) {
                return Err(Failure::no_such(Entity::Application, id, account.id).into());
            }
            return Ok(Some(Application::Known(ApplicationId(id))));
        }
        let mut same = known.iter().filter(|known| known.name == named.as_str());
        match (same.next(), same.next()) {
            (None, _) => Ok(Some(Application::New(named.as_str().to_owned()))),
            (Some(known), None) => Ok(Some(Application::Known(known.id))),
            (Some(_), Some(_)) => {
                let text = "several applications have this name; give the number";
                Err(Failure::invalid(text).into())
            }
        }
    }

    /// Returns the inboxes that the command names; a repeated one counts once.
    fn inboxes(&self) -> InboxScope {
        InboxScope::requested(self.inbox.iter().copied().map(InboxId))
    }

    fn grant(&self, api: &Description, application: Option<ApplicationId>) -> Grant {
        let default = api.default_grant(self.inboxes());
        Grant {
            name: self.name.as_str().to_owned(),
            scopes: if self.scope.is_empty() {
                default.scopes
            } else {
                self.scope.iter().copied().collect()
            },
            agent: self.agent.map(AgentId),
            application,
            portfolio: self.portfolio,
            redirect_url: self.redirect_url.clone(),
            ..default
        }
    }
}

/// Returns the command-line option that sets a field of the credential rules.
fn option(field: Field) -> &'static str {
    match field {
        Field::Agent => "--agent",
        Field::Application | Field::NewApplication => "--application",
        Field::Portfolio => "--portfolio",
        Field::Inboxes => "--inbox",
        Field::RedirectUrl => "--redirect-url",
    }
}

enum Application {
    Known(ApplicationId),
    New(String),
}

async fn applications(store: &Store, account: &Account) -> anyhow::Result<Vec<StoredApplication>> {
    let page = |last: Option<&StoredApplication>| ListApplications {
        account: account.id,
        after: last.map_or(ApplicationId(0), |last| last.id),
        limit: PAGE,
    };
    Ok(store.read_all(page).await?)
}

impl SetRedirectUrl {
    async fn perform(self, store: &Store) -> anyhow::Result<Outcome> {
        let account = self.account.get(store).await?;
        let id = CredentialId(self.credential);
        let unknown = || Failure::no_such(Entity::Credential, id.get(), account.id);
        let read = GetCredential {
            account: account.id,
            id,
        };
        let before = store.read(read).await?.ok_or_else(unknown)?;
        let apis = apis::descriptions();
        let api = apis.find(&before.credential.api);
        let asks_people = api.is_some_and(|api| api.credentials.asks_people);
        let text = format!("the API {} takes no redirect URL", before.credential.api);
        ensure!(asks_people || self.none, Failure::invalid(text));
        let command = UpdateCredential {
            caller: provision::operator_caller(&account),
            id,
            expected: None,
            name: None,
            scopes: None,
            inboxes: None,
            redirect_url: Some(self.url),
            within: Within::everything(),
        };
        let changed = store.write(command).await.map_err(|error| match error {
            Error::Refused(Refusal::NotFound(Entity::Credential)) => unknown(),
            error => Failure::naming(error, account.id, &[]),
        })?;
        let changed = WithSecrets {
            credential: changed.into(),
            secrets: None,
        };
        let invalidation = Invalidation::Credential(account.id, id);
        Ok(changed.into_outcome()?.invalidating(invalidation))
    }
}

impl Revoke {
    async fn perform(self, store: &Store) -> anyhow::Result<Outcome> {
        let account = self.account.get(store).await?;
        let id = CredentialId(self.credential);
        let command = RevokeCredential {
            expected: None,
            within: Within::everything(),
            caller: provision::operator_caller(&account),
            id,
        };
        store.write(command).await.map_err(|error| match error {
            Error::Refused(Refusal::NotFound(Entity::Credential)) => {
                let Failure { code, message } =
                    Failure::no_such(Entity::Credential, id.get(), account.id);
                Failure::new(code, format!("{message}, or it is revoked already"))
            }
            error => Failure::naming(error, account.id, &[]),
        })?;
        let revoked = GetCredential {
            account: account.id,
            id,
        };
        let revoked = store.read(revoked).await?;
        let revoked = WithSecrets {
            credential: revoked.expect("a credential is never deleted").into(),
            secrets: None,
        };
        let invalidation = Invalidation::Credential(account.id, id);
        Ok(revoked.into_outcome()?.invalidating(invalidation))
    }
}

async fn stored(store: &Store, account: &Account) -> anyhow::Result<Vec<StoredCredential>> {
    let page = |last: Option<&StoredCredential>| ListCredentials {
        account: account.id,
        after: last.map_or(0, |last| last.credential.id.get()),
        limit: PAGE,
    };
    Ok(store.read_all(page).await?)
}

/// Returns the name of a secret as people read it: "API key" for `api_key`.
fn label(name: &str) -> String {
    let words = name.split('_').map(|word| match word {
        "api" => "API",
        word => word,
    });
    words.collect::<Vec<_>>().join(" ")
}

/// A credential. If it was just created, its secrets too.
#[derive(Serialize)]
struct WithSecrets {
    #[serde(flatten)]
    credential: CredentialView,
    #[serde(skip_serializing_if = "Option::is_none")]
    secrets: Option<Secrets>,
}

impl WithSecrets {
    fn into_outcome(self) -> anyhow::Result<Outcome> {
        Outcome::new("credential", &self, self.to_text())
    }

    fn to_text(&self) -> String {
        let credential = output::table(std::slice::from_ref(&self.credential));
        let Some(secrets) = &self.secrets else {
            return credential;
        };
        let rows = secrets
            .iter()
            .map(|(name, value)| vec![label(name), value.to_owned()]);
        let secrets = output::draw(&["secret", "value"], rows);
        format!("{credential}\n{secrets}\nWrite the secrets down: they are not shown again.")
    }
}

/// A credential as the command line shows it.
#[derive(Debug, Serialize)]
struct CredentialView {
    id: i64,
    api: String,
    name: String,
    /// The inboxes that the credential reaches; empty means all.
    inboxes: Vec<i64>,
    scopes: Vec<&'static str>,
    agent: Option<i64>,
    application: Option<i64>,
    portfolio: bool,
    /// The client id or user name, if the credential has one.
    public_name: Option<String>,
    redirect_url: Option<String>,
    revoked: bool,
}

impl From<StoredCredential> for CredentialView {
    fn from(stored: StoredCredential) -> Self {
        let StoredCredential {
            credential,
            public_name,
            secret_hash: _,
            created_at: _,
            version: _,
        } = stored;
        let Credential {
            account: _,
            id,
            api,
            name,
            scopes,
            inboxes,
            agent,
            application,
            portfolio,
            redirect_url,
            revoked,
        } = credential;
        Self {
            id: id.get(),
            api,
            name,
            inboxes: inboxes.limit().map(InboxId::get).collect(),
            scopes: scopes.iter().map(Scope::as_str).collect(),
            agent: agent.map(AgentId::get),
            application: application.map(ApplicationId::get),
            portfolio,
            public_name: Some(public_name).filter(|name| !name.is_empty()),
            redirect_url,
            revoked,
        }
    }
}

impl CredentialView {
    fn inboxes_cell(&self) -> String {
        let portfolio = if self.portfolio { " (portfolio)" } else { "" };
        format!("{}{portfolio}", output::or_all(&self.inboxes))
    }

    fn scopes_cell(&self) -> String {
        if self.scopes.len() == Scope::ALL.len() {
            "all".to_owned()
        } else {
            self.scopes.join(", ")
        }
    }

    fn state_cell(&self) -> String {
        if self.revoked { "revoked" } else { "valid" }.to_owned()
    }
}

impl Row for CredentialView {
    fn columns() -> Columns<Self> {
        Columns::new()
            .with("credential", |it: &Self| it.id.to_string())
            .with("api", |it| it.api.clone())
            .with("name", |it| it.name.clone())
            .with("inboxes", Self::inboxes_cell)
            .with("scopes", Self::scopes_cell)
            .with("agent", |it| output::or_dash(&it.agent))
            .with("application", |it| output::or_dash(&it.application))
            .with("public name", |it| output::or_dash(&it.public_name))
            .with("redirect URL", |it| output::or_dash(&it.redirect_url))
            .with("state", Self::state_cell)
    }
}
