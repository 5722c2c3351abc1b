//! `heddle credential`: credentials of clients, which give them access to one account through one API.
//!
//! `create` prints the new secrets, once: the store has only their hashes.

use anyhow::{anyhow, bail, ensure};
use clap::{Args, Subcommand};
use heddle::apis;
use heddle_access::provision;
use heddle_access::rules::{CredentialRules, Field, Request};
use heddle_access::secrets::Secrets;
use heddle_api::Description;
use heddle_domain::InboxScope;
use heddle_domain::account::Account;
use heddle_domain::credential::Grant;
use heddle_domain::credential::{Credential, Scope, Scopes};
use heddle_domain::id::{AgentId, ApplicationId, CredentialId, InboxId};
use heddle_store::read::account::{GetAgent, GetInbox, ListApplications, ListCredentials};
use heddle_store::write::credential::RevokeCredential;
use heddle_store::{Store, StoredCredential};
use serde::{Deserialize, Serialize};

use super::argument::{self, ApiArgument, Name, ScopeArgument};
use super::outcome::{Invalidation, Outcome, get_account, read_all};
use super::output::{self, Row};

const PAGE: i64 = 500;

#[derive(Debug, Deserialize, Serialize, Subcommand)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Command {
    /// Make a credential and print its secrets, once
    Create(Create),
    /// List an account's credentials, without secrets
    List(List),
    /// Revoke a credential and every token it was given
    Revoke(Revoke),
}

#[derive(Args, Debug, Deserialize, Serialize)]
pub(crate) struct Create {
    /// The account's number
    #[arg(long, value_name = "N")]
    account: i64,
    /// The API that accepts the credential
    #[arg(long, alias = "door", value_parser = argument::api_values())]
    api: ApiArgument,
    /// Display name
    #[arg(long)]
    name: Name,
    /// An inbox that the credential may use; may be given several times. Without one it may use all
    #[arg(long, value_name = "INBOX")]
    inbox: Vec<i64>,
    /// A scope of the credential; may be given several times. Without one it has all scopes
    #[arg(long, value_parser = argument::scope_values())]
    scope: Vec<ScopeArgument>,
    /// The agent that it acts as (Help Scout needs one)
    #[arg(long, value_name = "AGENT")]
    agent: Option<i64>,
    /// Mews: the client application, by number or by name; a new name creates an application with a client token
    #[arg(long, value_name = "NAME|N")]
    application: Option<Name>,
    /// Mews: a portfolio token, for several enterprises
    #[arg(long)]
    portfolio: bool,
}

#[derive(Args, Debug, Deserialize, Serialize)]
pub(crate) struct List {
    /// The account's number
    #[arg(long, value_name = "N")]
    account: i64,
}

#[derive(Args, Debug, Deserialize, Serialize)]
pub(crate) struct Revoke {
    /// The account's number
    #[arg(long, value_name = "N")]
    account: i64,
    /// The credential's number
    #[arg(long, value_name = "CREDENTIAL")]
    credential: i64,
}

impl Command {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Create(_) => "credential create",
            Self::List(_) => "credential list",
            Self::Revoke(_) => "credential revoke",
        }
    }

    pub(crate) async fn perform(self, store: &Store) -> anyhow::Result<Outcome> {
        match self {
            Self::Create(create) => create.perform(store).await,
            Self::List(list) => {
                let account = get_account(store, list.account).await?;
                let stored = stored(store, &account).await?;
                let views: Vec<_> = stored.into_iter().map(CredentialView::from).collect();
                Outcome::list("credentials", &views)
            }
            Self::Revoke(revoke) => revoke.perform(store).await,
        }
    }
}

impl Create {
    async fn perform(self, store: &Store) -> anyhow::Result<Outcome> {
        let account = get_account(store, self.account).await?;
        let apis = apis::descriptions();
        let api = apis.find(self.api.0.as_str());
        let api = api.expect("an argument names an API that there is");
        self.check_references(store, &account).await?;
        let application = self.find_application(store, &account).await?;
        self.check(api, application.as_ref())?;
        let rules = &api.credentials;
        let (application, token) = make_application(store, &account, rules, application).await?;
        let grant = self.grant(application);
        let made = provision::create_with_new_secrets(store, &account, rules, grant).await;
        let (id, secrets) = made?;
        let credential = find(store, &account, id).await?;
        WithSecrets {
            credential,
            secrets: Some(rules.with_application_token(secrets, token)),
        }
        .into_outcome()
    }

    /// Checks the command against the rules of the credential's API.
    fn check(&self, api: &Description, application: Option<&Application>) -> anyhow::Result<()> {
        let request = Request {
            agent: self.agent.is_some(),
            application: matches!(application, Some(Application::Known(_))),
            new_application: matches!(application, Some(Application::New(_))),
            portfolio: self.portfolio,
            one_inbox: self.inbox.len() == 1,
        };
        let faults = api.credentials.faults(api.name(), request);
        let texts = faults
            .iter()
            .map(|fault| format!("{} {}", option(fault.field), fault.detail));
        ensure!(faults.is_empty(), texts.collect::<Vec<_>>().join("; "));
        Ok(())
    }

    async fn check_references(&self, store: &Store, account: &Account) -> anyhow::Result<()> {
        for id in &self.inbox {
            let read = GetInbox {
                account: account.id,
                id: InboxId(*id),
            };
            let found = store.read(read).await?;
            ensure!(found.is_some(), "account {} has no inbox {id}", account.id);
        }
        if let Some(id) = self.agent {
            let read = GetAgent {
                account: account.id,
                id: AgentId(id),
            };
            let found = store.read(read).await?;
            ensure!(found.is_some(), "account {} has no agent {id}", account.id);
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
            let exists = known.iter().any(|(known, _)| *known == ApplicationId(id));
            ensure!(exists, "account {} has no application {id}", account.id);
            return Ok(Some(Application::Known(ApplicationId(id))));
        }
        let mut same = known.iter().filter(|(_, name)| name == named.as_str());
        match (same.next(), same.next()) {
            (None, _) => Ok(Some(Application::New(named.as_str().to_owned()))),
            (Some((id, _)), None) => Ok(Some(Application::Known(*id))),
            (Some(_), Some(_)) => bail!("several applications have this name; give the number"),
        }
    }

    fn grant(&self, application: Option<ApplicationId>) -> Grant {
        let inboxes = InboxScope::requested(self.inbox.iter().copied().map(InboxId));
        let scopes: Scopes = self.scope.iter().map(|right| right.0).collect();
        let full = Grant::full(self.api.0, inboxes);
        Grant {
            name: self.name.as_str().to_owned(),
            scopes: if self.scope.is_empty() {
                full.scopes
            } else {
                scopes
            },
            agent: self.agent.map(AgentId),
            application,
            portfolio: self.portfolio,
            ..full
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
    }
}

/// Creates the application if it is new. Returns its number and, if it is new, its token.
async fn make_application(
    store: &Store,
    account: &Account,
    rules: &CredentialRules,
    application: Option<Application>,
) -> anyhow::Result<(Option<ApplicationId>, Option<String>)> {
    match (application, rules.application) {
        (Some(Application::New(name)), Some(applications)) => {
            let token = (applications.mint)();
            let made = provision::create_application(store, account, &name, &token).await;
            Ok((Some(made?), Some(token)))
        }
        (Some(Application::Known(id)), _) => Ok((Some(id), None)),
        (Some(Application::New(_)) | None, _) => Ok((None, None)),
    }
}

enum Application {
    Known(ApplicationId),
    New(String),
}

async fn applications(
    store: &Store,
    account: &Account,
) -> anyhow::Result<Vec<(ApplicationId, String)>> {
    let page = |last: Option<&(ApplicationId, String)>| ListApplications {
        account: account.id,
        after: last.map_or(ApplicationId(0), |(id, _)| *id),
        limit: PAGE,
    };
    read_all(store, page).await
}

impl Revoke {
    async fn perform(self, store: &Store) -> anyhow::Result<Outcome> {
        let account = get_account(store, self.account).await?;
        let id = CredentialId(self.credential);
        let command = RevokeCredential {
            expected: None,
            within: heddle_store::write::credential::Within::everything(),
            caller: provision::operator_caller(&account),
            id,
        };
        store.write(command).await?;
        let revoked = WithSecrets {
            credential: find(store, &account, id).await?,
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
    read_all(store, page).await
}

async fn find(
    store: &Store,
    account: &Account,
    id: CredentialId,
) -> anyhow::Result<CredentialView> {
    let page = ListCredentials {
        account: account.id,
        after: id.get() - 1,
        limit: 1,
    };
    let found = store.read(page).await?.pop();
    found
        .map(CredentialView::from)
        .ok_or_else(|| anyhow!("credential {id} is gone"))
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
    scopes: Vec<ScopeArgument>,
    agent: Option<i64>,
    application: Option<i64>,
    portfolio: bool,
    /// The client id or user name, if the credential has one.
    public_name: Option<String>,
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
            revoked,
        } = credential;
        Self {
            id: id.get(),
            api,
            name,
            inboxes: inboxes.limit().map(InboxId::get).collect(),
            scopes: scopes.iter().map(ScopeArgument).collect(),
            agent: agent.map(AgentId::get),
            application: application.map(ApplicationId::get),
            portfolio,
            public_name: Some(public_name).filter(|name| !name.is_empty()),
            revoked,
        }
    }
}

impl Row for CredentialView {
    const HEAD: &'static [&'static str] = &[
        "credential",
        "api",
        "name",
        "inboxes",
        "scopes",
        "agent",
        "application",
        "public name",
        "state",
    ];

    fn cells(&self) -> Vec<String> {
        let scopes: Vec<&str> = self.scopes.iter().map(|right| right.0.as_str()).collect();
        let all = scopes.len() == Scope::ALL.len();
        let portfolio = if self.portfolio { " (portfolio)" } else { "" };
        vec![
            self.id.to_string(),
            self.api.clone(),
            self.name.clone(),
            format!("{}{portfolio}", output::or_all(&self.inboxes)),
            if all {
                "all".to_owned()
            } else {
                scopes.join(", ")
            },
            output::or_dash(self.agent.as_ref()),
            output::or_dash(self.application.as_ref()),
            output::or_dash(self.public_name.as_ref()),
            if self.revoked { "revoked" } else { "valid" }.to_owned(),
        ]
    }
}
