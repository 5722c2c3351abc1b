//! What the credentials of an API need and take. Each API states its rules once; the command line and the native API
//! check a new credential against them.

use heddle_domain::ApiName;
use heddle_store::write::Caller;
use heddle_store::write::credential::CreateCredential;

use crate::authentication::Lookup;
use crate::provision::{self, Grant};
use crate::secrets::{Secrets, mint_name};

/// Whether something must, may or must not be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// It must be given.
    Required,
    /// It may be given.
    Optional,
    /// It must not be given: it would be ignored.
    None,
}

/// How many inboxes a credential belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InboxCount {
    /// All, or any number.
    Any,
    /// Exactly one; of a portfolio token any number.
    One,
}

/// A secret that a client presents.
#[derive(Clone, Copy, Debug)]
pub struct SecretField {
    /// Its name in the API.
    pub name: &'static str,
    /// What it is, for the API description.
    pub doc: &'static str,
}

/// The client applications that credentials of an API belong to.
#[derive(Clone, Copy, Debug)]
pub struct ApplicationRules {
    /// The secret of the application itself.
    pub token: SecretField,
    /// Makes such a secret.
    pub mint: fn() -> String,
}

/// What the credentials of an API need and take.
#[derive(Clone, Copy, Debug)]
pub struct CredentialRules {
    /// The agent that it acts as.
    pub agent: Need,
    /// How many inboxes it belongs to.
    pub inboxes: InboxCount,
    /// The client application that it belongs to: needed where there are any. Such an API has portfolio tokens, too.
    pub application: Option<ApplicationRules>,
    /// The public name that a client presents with its key, if it presents one.
    pub public_name: Option<SecretField>,
    /// The key, token or password.
    pub key: SecretField,
    /// Makes such a key.
    pub mint: fn() -> String,
}

/// A new credential, as far as rules concern it.
#[derive(Clone, Copy, Debug)]
pub struct Request {
    /// Whether an agent is named.
    pub agent: bool,
    /// Whether an application that exists is named.
    pub application: bool,
    /// Whether an application is to be made with it.
    pub new_application: bool,
    /// Whether it is a portfolio token.
    pub portfolio: bool,
    /// How many inboxes are named; 0 means all.
    pub inboxes: usize,
}

/// A field of a new credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// The agent that it acts as.
    Agent,
    /// The application that exists.
    Application,
    /// The application to be made.
    NewApplication,
    /// Whether it is a portfolio token.
    Portfolio,
    /// The inboxes that it reaches.
    Inboxes,
}

/// What is wrong with a field of a new credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The field.
    pub field: Field,
    /// What is wrong, in English.
    pub detail: String,
}

impl CredentialRules {
    /// Everything in a request that the rules of `api` forbid.
    #[must_use]
    pub fn faults(&self, api: ApiName, request: Request) -> Vec<Fault> {
        let mut faults = Vec::new();
        let mut refuse_if = |wrong: bool, field: Field, detail: &str| {
            if wrong {
                let detail = format!("{detail} the API {}", api.as_str());
                faults.push(Fault { field, detail });
            }
        };
        let Request {
            agent,
            application,
            new_application,
            portfolio,
            inboxes,
        } = request;
        let has_applications = self.application.is_some();
        let refused = "is not taken by";
        refuse_if(
            !has_applications && application,
            Field::Application,
            refused,
        );
        refuse_if(
            !has_applications && new_application,
            Field::NewApplication,
            refused,
        );
        refuse_if(
            has_applications && application == new_application,
            Field::Application,
            "(either an existing or a new one) is needed for",
        );
        refuse_if(!has_applications && portfolio, Field::Portfolio, refused);
        refuse_if(self.agent == Need::None && agent, Field::Agent, refused);
        refuse_if(
            self.agent == Need::Required && !agent,
            Field::Agent,
            "is needed for",
        );
        refuse_if(
            self.has_one_inbox(portfolio) && inboxes != 1,
            Field::Inboxes,
            "must be exactly one inbox for",
        );
        faults
    }

    /// Whether a credential belongs to exactly one inbox.
    #[must_use]
    pub fn has_one_inbox(&self, portfolio: bool) -> bool {
        self.inboxes == InboxCount::One && !portfolio
    }

    /// All secrets that can be shown when a credential is made, in that order.
    pub fn secret_fields(&self) -> impl Iterator<Item = SecretField> {
        let application = self.application.map(|application| application.token);
        application
            .into_iter()
            .chain(self.public_name)
            .chain([self.key])
    }

    /// Fresh secrets of a credential; those of a new application are made apart.
    #[must_use]
    pub fn mint(&self) -> Secrets {
        let secrets = match self.public_name {
            Some(field) => Secrets::default().with(field.name, mint_name()),
            None => Secrets::default(),
        };
        secrets.with(self.key.name, (self.mint)())
    }

    /// Everything that is shown of a new credential: the token of an application that was made with it comes first.
    #[must_use]
    pub fn shown(&self, secrets: Secrets, application_token: Option<String>) -> Secrets {
        let (Some(application), Some(token)) = (self.application, application_token) else {
            return secrets;
        };
        let first = Secrets::default().with(application.token.name, token);
        let rest = secrets.iter();
        rest.fold(first, |all, (name, value)| all.with(name, value))
    }

    /// The command that makes a credential with these secrets.
    #[must_use]
    pub fn creation(&self, caller: Caller, grant: Grant, secrets: &Secrets) -> CreateCredential {
        let key = secrets.get(self.key.name).unwrap_or_default();
        let name = self.public_name.and_then(|field| secrets.get(field.name));
        match name {
            Some(name) => provision::creation(caller, grant, Lookup::Name(name), Some(key)),
            None => provision::creation(caller, grant, Lookup::Secret(key), None),
        }
    }
}
