//! The rules of an API for its credentials. Each API states them once; the command line and the native API check new credentials
//! against them.

use heddle_domain::InboxScope;
use heddle_domain::credential::{ApiName, Grant, Scopes};
use heddle_store::write::Caller;
use heddle_store::write::credential::{CreateCredential, NewApplication};

use crate::authentication::{Lookup, secret_hash};
use crate::create_command::create_command;
use crate::secrets::{Secrets, mint_name};

/// Whether a field of a new credential must, may or must not be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// The field must be given.
    Required,
    /// The field may be given.
    Optional,
    /// The field must not be given, because it would have no effect.
    None,
}

/// How many inboxes a credential may reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InboxCount {
    /// All inboxes, or any number of them.
    Any,
    /// Exactly one inbox; but a portfolio token may reach any number.
    One,
}

/// A secret that a client sends.
#[derive(Clone, Copy, Debug)]
pub struct SecretField {
    /// Name of the secret in the API.
    pub name: &'static str,
    /// Meaning of the secret, for the API description.
    pub doc: &'static str,
}

/// The client applications that credentials of an API belong to.
#[derive(Clone, Copy, Debug)]
pub struct ApplicationRules {
    /// The secret token of an application.
    pub token: SecretField,
    /// A function that creates such a secret.
    pub mint: fn() -> String,
}

/// The rules of an API for its credentials.
#[derive(Clone, Copy, Debug)]
pub struct CredentialRules {
    /// Whether a new credential must name the agent as which it acts.
    pub agent: Need,
    /// How many inboxes a credential may reach.
    pub inboxes: InboxCount,
    /// The client applications of the API; `None` if it has none. With them, every credential belongs to one
    /// application, and the API also has portfolio tokens.
    pub application: Option<ApplicationRules>,
    /// Whether a credential may have a redirect URL: the API then lets people allow it to act for them.
    pub asks_people: bool,
    /// The public name that a client sends with its key; `None` if the API has none.
    pub public_name: Option<SecretField>,
    /// The secret with which a client authenticates; each API calls it key, token or password.
    pub key: SecretField,
    /// Creates a new random secret of this kind.
    pub mint: fn() -> String,
    /// The scopes of a new credential for which nobody names any.
    pub default_scopes: Scopes,
}

/// Which fields a request for a new credential contains.
#[derive(Clone, Copy, Debug)]
pub struct Request {
    /// Whether the request names an agent.
    pub agent: bool,
    /// Whether the request names an existing application.
    pub application: bool,
    /// Whether the request creates a new application with the credential.
    pub new_application: bool,
    /// Whether the request asks for a portfolio token.
    pub portfolio: bool,
    /// Whether the request names exactly one inbox.
    pub one_inbox: bool,
    /// Whether the request gives a redirect URL.
    pub redirect_url: bool,
}

/// A field of a new credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// The agent as which the credential acts.
    Agent,
    /// The existing application.
    Application,
    /// The new application.
    NewApplication,
    /// The option of being a portfolio token.
    Portfolio,
    /// The inboxes that the credential reaches.
    Inboxes,
    /// The redirect URL.
    RedirectUrl,
}

/// What is wrong with a field of a new credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The wrong field.
    pub field: Field,
    /// What is wrong, in English.
    pub detail: String,
}

impl CredentialRules {
    /// Checks a request against these rules, which are those of `api`; returns every violation.
    #[must_use]
    pub fn faults(&self, api: ApiName, request: Request) -> Vec<Fault> {
        let mut faults = Vec::new();
        let mut add_if = |wrong: bool, field: Field, detail: &str| {
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
            one_inbox,
            redirect_url,
        } = request;
        let has_applications = self.application.is_some();
        let not_taken = "is not taken by";
        add_if(
            !has_applications && application,
            Field::Application,
            not_taken,
        );
        add_if(
            !has_applications && new_application,
            Field::NewApplication,
            not_taken,
        );
        add_if(
            has_applications && application == new_application,
            Field::Application,
            "(either an existing or a new one) is needed for",
        );
        add_if(
            !self.asks_people && redirect_url,
            Field::RedirectUrl,
            not_taken,
        );
        add_if(!has_applications && portfolio, Field::Portfolio, not_taken);
        add_if(self.agent == Need::None && agent, Field::Agent, not_taken);
        add_if(
            self.agent == Need::Required && !agent,
            Field::Agent,
            "is needed for",
        );
        add_if(
            self.has_one_inbox(portfolio) && !one_inbox,
            Field::Inboxes,
            "must be exactly one inbox for",
        );
        faults
    }

    /// Whether a credential must reach exactly one inbox.
    #[must_use]
    pub fn has_one_inbox(&self, portfolio: bool) -> bool {
        self.inboxes == InboxCount::One && !(portfolio && self.application.is_some())
    }

    /// Returns what a new credential of `api`, whose rules these are, may do in some inboxes if nobody says more: it has
    /// the default scopes, and neither an agent nor an application.
    #[must_use]
    pub fn default_grant(&self, api: ApiName, inboxes: InboxScope) -> Grant {
        Grant {
            scopes: self.default_scopes,
            ..Grant::full(api, inboxes)
        }
    }

    /// Returns all secrets that a new credential may have, in the order in which they are shown.
    pub fn secret_fields(&self) -> impl Iterator<Item = SecretField> {
        let application = self.application.map(|application| application.token);
        application
            .into_iter()
            .chain(self.public_name)
            .chain([self.key])
    }

    /// Returns the command that creates a credential with new secrets, and these secrets. If `new_application` names an
    /// application, the command creates this application too, and its token is the first of the secrets.
    #[must_use]
    pub fn new_credential(
        &self,
        caller: Caller,
        grant: Grant,
        new_application: Option<String>,
    ) -> (CreateCredential, Secrets) {
        let rules = self.application.filter(|_| new_application.is_some());
        let token = rules.map(|rules| (rules.token.name, (rules.mint)()));
        let name = self.public_name.map(|field| (field.name, mint_name()));
        let key = (self.key.name, (self.mint)());
        let (lookup, secret) = match &name {
            Some((_, name)) => (Lookup::Name(name), Some(key.1.as_str())),
            None => (Lookup::Secret(&key.1), None),
        };
        let application = new_application.zip(token.as_ref());
        let command = CreateCredential {
            new_application: application.map(|(name, (_, token))| NewApplication {
                name,
                client_hash: secret_hash(token),
            }),
            ..create_command(caller, grant, lookup, secret)
        };
        let secrets = token.into_iter().chain(name).chain([key]);
        (command, secrets.collect())
    }
}
