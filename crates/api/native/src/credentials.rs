//! Credentials. A caller cannot create, change or revoke a credential that has scopes or inboxes which its own token
//! lacks, or that acts as another agent than its own token.

use heddle_domain::credential::{Credential as DomainCredential, Scopes};
use heddle_domain::id::{AgentId, ApplicationId, CredentialId};
use heddle_store::read::account::{GetCredential, ListCredentials};
use heddle_store::write::credential::{RevokeCredential, UpdateCredential};
use heddle_store::{Entity, StoredCredential};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::answer::Answer;
use crate::auth::{Caller, CredentialsReader, CredentialsWriter};
use crate::body::{WithBody, WithoutBody, present};
use crate::context::Context;
use crate::error::{Error, FieldError};
use crate::etag::IfNoneMatch;
use crate::inbox_limit::{inbox_limit, parse_inbox_limit};
use crate::page::{Listing, Page, Paging};
use crate::path::Id;
use crate::problem::Problem;
use crate::query::NoFilter;
use crate::time::Instant;
use crate::vocabulary::{ApiWord, ScopeWord, Secrets};
use heddle_access::redirect_url;
use heddle_access::rules::{Field, Request};
use heddle_api::Description;
use heddle_domain::ApiName;
use heddle_domain::credential::Grant;

const REDIRECT_URL: &str = "redirect_url";

/// The kinds of entity that a body can name, each with its field.
const FIELDS: &[(Entity, &str)] = &[
    (Entity::Agent, "agent_id"),
    (Entity::Inbox, "inbox_ids"),
    (Entity::Application, "application_id"),
];

pub(crate) fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::default()
        .routes(routes!(list, create))
        .routes(routes!(show, change, revoke))
}

/// Access to an API.
#[derive(Debug, Serialize, ToSchema)]
struct Credential {
    id: i64,
    api: ApiWord,
    name: String,
    scopes: Vec<ScopeWord>,
    /// The inboxes that it reaches. Null: all inboxes, future ones included.
    #[schema(required)]
    inbox_ids: Option<Vec<i64>>,
    /// The agent that it acts as.
    #[schema(required)]
    agent_id: Option<i64>,
    /// The Mews client application that it belongs to.
    #[schema(required)]
    application_id: Option<i64>,
    /// A Mews portfolio token.
    portfolio: bool,
    /// The public part of its secret: a client id or user name.
    #[schema(required)]
    public_name: Option<String>,
    /// Help Scout: the URL to which people return after they have allowed the app to act for them. Without one, the app
    /// cannot ask people.
    #[schema(required)]
    redirect_url: Option<String>,
    created_at: Instant,
    /// A revoked credential is refused.
    revoked: bool,
    /// What a client must present. Shown only in the answer that creates it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    secrets: Option<Secrets>,
}

impl Credential {
    fn of(stored: StoredCredential) -> Self {
        let StoredCredential {
            credential,
            public_name,
            secret_hash: _,
            created_at,
            version: _,
        } = stored;
        let DomainCredential {
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
            api: ApiWord(api),
            name,
            scopes: scopes.iter().map(ScopeWord).collect(),
            inbox_ids: inbox_limit(&inboxes),
            agent_id: agent.map(AgentId::get),
            application_id: application.map(ApplicationId::get),
            portfolio,
            public_name: Some(public_name).filter(|name| !name.is_empty()),
            redirect_url,
            created_at: created_at.into(),
            revoked,
            secrets: None,
        }
    }
}

/// A new credential.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewCredential {
    /// The only API that it gives access to.
    api: ApiWord,
    /// A name for people.
    #[schema(min_length = 1, max_length = 200, pattern = r"\S")]
    name: String,
    /// Only scopes that the caller has.
    #[schema(min_items = 1, max_items = 100)]
    scopes: Vec<ScopeWord>,
    /// The inboxes that it reaches. Null: all inboxes, future ones included. Credentials for Magicline have exactly
    /// one; those for Mews too, except portfolio tokens.
    #[schema(min_items = 1, max_items = 5000)]
    inbox_ids: Option<Vec<i64>>,
    /// The agent that it acts as. Required for Help Scout, optional for Heddle's own API, refused for others. A caller that
    /// acts as an agent creates only credentials that act as this agent.
    agent_id: Option<i64>,
    /// Mews: the client application that it belongs to. Mews needs either this or `new_application`.
    application_id: Option<i64>,
    /// Mews: the name of a client application to create with it. The secrets then include its client token.
    #[schema(min_length = 1, max_length = 200, pattern = r"\S")]
    new_application: Option<String>,
    /// Mews: a portfolio token, for several enterprises.
    #[serde(default)]
    portfolio: bool,
    /// Help Scout: the URL to which people return after they have allowed the app to act for them.
    #[schema(max_length = 2000)]
    redirect_url: Option<String>,
}

/// Changes of a credential. An absent field stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CredentialChange {
    #[schema(min_length = 1, max_length = 200, pattern = r"\S", nullable = false)]
    name: Option<String>,
    /// Only scopes that the caller has.
    #[schema(min_items = 1, max_items = 100, nullable = false)]
    scopes: Option<Vec<ScopeWord>>,
    /// `null`: all inboxes, future ones included.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Vec<i64>>, min_items = 1, max_items = 5000)]
    inbox_ids: Option<Option<Vec<i64>>>,
    /// `null` removes it: the app can no longer ask people. Tokens that it has already stay valid.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 2000)]
    redirect_url: Option<Option<String>>,
}

fn scopes(words: &[ScopeWord]) -> Scopes {
    words.iter().map(|word| word.0).collect()
}

impl NewCredential {
    /// Checks the fields against the rules of the credential's API; returns the faults.
    fn faults(&self, api: &Description) -> Vec<FieldError> {
        let request = Request {
            agent: self.agent_id.is_some(),
            application: self.application_id.is_some(),
            new_application: self.new_application.is_some(),
            portfolio: self.portfolio,
            one_inbox: parse_inbox_limit(self.inbox_ids.clone()).is_one(),
            redirect_url: self.redirect_url.is_some(),
        };
        let faults = api.credentials.faults(api.name(), request).into_iter();
        faults
            .map(|fault| FieldError::new(field_name(fault.field), "invalid", fault.detail))
            .chain(redirect_fault(self.redirect_url.as_deref()))
            .collect()
    }

    fn grant(self, api: ApiName, application: Option<ApplicationId>) -> Grant {
        Grant {
            api,
            name: self.name,
            scopes: scopes(&self.scopes),
            inboxes: parse_inbox_limit(self.inbox_ids),
            agent: self.agent_id.map(AgentId),
            application,
            portfolio: self.portfolio,
            redirect_url: self.redirect_url,
        }
    }
}

/// Returns the name that a field has in JSON.
fn field_name(field: Field) -> &'static str {
    match field {
        Field::Agent => "agent_id",
        Field::Application => "application_id",
        Field::NewApplication => "new_application",
        Field::Portfolio => "portfolio",
        Field::Inboxes => "inbox_ids",
        Field::RedirectUrl => REDIRECT_URL,
    }
}

/// Returns the fault of a redirect URL, if it has one.
fn redirect_fault(url: Option<&str>) -> Option<FieldError> {
    let wrong = redirect_url::check(url?).err()?;
    Some(FieldError::new(REDIRECT_URL, "format", wrong))
}

/// List credentials, by id, revoked ones included.
#[utoipa::path(get, path = "/api/v1/credentials", tag = "credentials", operation_id = "list_credentials", params(Paging),
    security(("token" = ["credentials.read"])),
    responses((status = 200, body = Page<Credential>, description = "A page of credentials")))]
async fn list(
    CredentialsReader(caller): CredentialsReader,
    listing: Listing<NoFilter>,
) -> Result<axum::Json<Page<Credential>>, Error> {
    let read = ListCredentials {
        account: caller.account(),
        after: listing.after()?.unwrap_or(0),
        limit: listing.fetch() as i64,
    };
    let found = caller.read(read).await?;
    let position = |stored: &StoredCredential| stored.credential.id.get();
    Ok(axum::Json(listing.page(found, position, Credential::of)))
}

async fn get(caller: &Caller, id: i64) -> Result<StoredCredential, Error> {
    let read = GetCredential {
        account: caller.account(),
        id: CredentialId(id),
    };
    caller.read(read).await?.ok_or(Error::NotFound)
}

/// Get a credential, without its secrets.
#[utoipa::path(get, path = "/api/v1/credentials/{id}", tag = "credentials", operation_id = "get_credential", params(Id),
    security(("token" = ["credentials.read"])),
    responses((status = 200, body = Credential, description = "The credential", headers(("ETag" = String)))))]
async fn show(
    CredentialsReader(caller): CredentialsReader,
    Id(id): Id,
    if_none_match: IfNoneMatch,
) -> Result<Answer, Error> {
    let stored = get(&caller, id).await?;
    let version = stored.version;
    let body = Credential::of(stored);
    Ok(Answer::if_changed(&if_none_match, version, &body))
}

/// Create a credential. Only this answer shows its secrets.
///
/// With an `Idempotency-Key`, the same request gets them again for a day. They are stored encrypted.
#[utoipa::path(post, path = "/api/v1/credentials", tag = "credentials", operation_id = "create_credential",
    request_body = NewCredential, security(("token" = ["credentials.write"])),
    responses((status = 201, body = Credential, description = "The credential with its secrets",
        headers(("ETag" = String), ("Location" = String)))))]
async fn create(
    CredentialsWriter(caller): CredentialsWriter,
    WithBody { mut input, write }: WithBody<NewCredential>,
) -> Result<Answer, Error> {
    let api = caller.app.own.api(&input.api)?;
    Error::invalid_if_any(input.faults(api))?;
    let rules = &api.credentials;
    let new_application = input.new_application.take();
    let application = input.application_id.map(ApplicationId);
    let grant = input.grant(api.name(), application);
    let (command, secrets) = rules.new_credential(caller.for_store(), grant, new_application);
    let (within, grant) = (caller.within(), &command.grant);
    let covered = within.covers_scopes(grant.scopes)
        && grant.inboxes.within(&within.inboxes)
        && within.covers_agent(grant.agent);
    if !covered {
        return Err(Error::NotAllowed);
    }
    let answer = move |stored: &StoredCredential| {
        let location = format!("/api/v1/credentials/{}", stored.credential.id);
        let mut body = Credential::of(stored.clone());
        body.secrets = Some(Secrets(secrets.clone()));
        Answer::created(location, &body).version(stored.version)
    };
    write.with_secret().run(command, FIELDS, answer).await
}

/// Prevents callers from locking themselves out by mistake.
///
/// # Errors
/// Returns a 409 if the credential is the caller's own.
fn must_be_another(caller: &Caller, id: i64) -> Result<(), Error> {
    if caller.credential().get() == id {
        return Err(Error::Conflict(
            "A token neither changes nor revokes itself; use another one.".into(),
        ));
    }
    Ok(())
}

/// Change a credential. A token cannot change itself.
#[utoipa::path(patch, path = "/api/v1/credentials/{id}", tag = "credentials", operation_id = "update_credential", params(Id),
    request_body = CredentialChange, security(("token" = ["credentials.write"])),
    responses((status = 200, body = Credential, description = "The credential", headers(("ETag" = String))),
        (status = 409, body = Problem, description = "It is the caller's own credential")))]
async fn change(
    CredentialsWriter(caller): CredentialsWriter,
    Id(id): Id,
    WithBody { input, write }: WithBody<CredentialChange>,
) -> Result<Answer, Error> {
    must_be_another(&caller, id)?;
    let before = get(&caller, id).await?.credential;
    let inboxes = input.inbox_ids.map(parse_inbox_limit);
    let api = caller.app.own.apis.find(&before.api);
    let one = api.is_some_and(|api| api.credentials.has_one_inbox(before.portfolio));
    if one && inboxes.as_ref().is_some_and(|inboxes| !inboxes.is_one()) {
        let detail = "must be exactly one inbox for this API";
        return Err(Error::invalid("inbox_ids", "invalid", detail));
    }
    let new_url = input.redirect_url.as_ref().and_then(Option::as_deref);
    if new_url.is_some() && api.is_some_and(|api| !api.credentials.asks_people) {
        return Err(Error::invalid(
            REDIRECT_URL,
            "invalid",
            "is not taken by this API",
        ));
    }
    Error::invalid_if_any(redirect_fault(new_url).into_iter().collect())?;
    let command = UpdateCredential {
        caller: caller.for_store(),
        id: CredentialId(id),
        expected: write.expected,
        name: input.name,
        scopes: input.scopes.map(|words| scopes(&words)),
        inboxes,
        redirect_url: input.redirect_url,
        within: caller.within(),
    };
    let answer = |stored: &StoredCredential| {
        Answer::ok(&Credential::of(stored.clone())).version(stored.version)
    };
    let answer = write.run(command, FIELDS, answer).await?;
    caller
        .app
        .authentication
        .forget(caller.account(), CredentialId(id));
    Ok(answer)
}

/// Revoke a credential and every token that was issued for it. A token cannot revoke itself.
#[utoipa::path(delete, path = "/api/v1/credentials/{id}", tag = "credentials", operation_id = "revoke_credential", params(Id),
    security(("token" = ["credentials.write"])), responses((status = 204, description = "The credential is revoked"),
        (status = 409, body = Problem, description = "It is the caller's own credential")))]
async fn revoke(
    CredentialsWriter(caller): CredentialsWriter,
    Id(id): Id,
    WithoutBody(write): WithoutBody,
) -> Result<Answer, Error> {
    must_be_another(&caller, id)?;
    let command = RevokeCredential {
        caller: caller.for_store(),
        id: CredentialId(id),
        expected: write.expected,
        within: caller.within(),
    };
    let answer = write.run(command, &[], |()| Answer::no_content()).await?;
    caller
        .app
        .authentication
        .forget(caller.account(), CredentialId(id));
    Ok(answer)
}
