//! Credentials: what opens an API to this account. Nobody makes, changes or revokes one that is mightier than his own.

use axum::extract::State;
use heddle_domain::credential::{Credential as DomainCredential, Scopes};
use heddle_domain::id::{AgentId, ApplicationId, CredentialId, InboxId};
use heddle_store::read::account::{GetCredential, ListCredentials};
use heddle_store::write::credential::{NewApplication, RevokeCredential, UpdateCredential};
use heddle_store::{Entity, StoredCredential};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::answer::Answer;
use crate::apis::api_named;
use crate::auth::{CredentialsReader, CredentialsWriter, Holder};
use crate::context::Context;
use crate::error::{Error, FieldError};
use crate::etag::Seen;
use crate::input::{Bare, Change, present};
use crate::page::{Listing, Page, Paging};
use crate::path::Id;
use crate::query::NoFilter;
use crate::time::Instant;
use crate::words::{ApiWord, Right, Secrets};
use heddle_access::authentication::secret_hash;
use heddle_access::provision::Grant;
use heddle_access::rules::{CredentialRules, Field, Request};
use heddle_api::{App, Description};
use heddle_domain::ApiName;

/// The body's fields behind entities that may turn out to be unknown.
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

/// What opens an API.
#[derive(Debug, Serialize, ToSchema)]
struct Credential {
    id: i64,
    api: ApiWord,
    name: String,
    scopes: Vec<Right>,
    /// The inboxes that it reaches; null: all there are and will be.
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
    /// The public half of its secret: client id or user name.
    #[schema(required)]
    public_name: Option<String>,
    created_at: Instant,
    /// It opens nothing any more.
    revoked: bool,
    /// What a client must present. Told once, when it is made.
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
            revoked,
        } = credential;
        let limits: Vec<i64> = inboxes.into_iter().map(InboxId::get).collect();
        Self {
            id: id.get(),
            api: ApiWord(api),
            name,
            scopes: scopes.iter().map(Right).collect(),
            inbox_ids: Some(limits).filter(|limits| !limits.is_empty()),
            agent_id: agent.map(AgentId::get),
            application_id: application.map(ApplicationId::get),
            portfolio,
            public_name: Some(public_name).filter(|name| !name.is_empty()),
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
    /// The only API that it opens.
    api: ApiWord,
    /// What people call it.
    #[schema(min_length = 1, max_length = 200, pattern = r"\S")]
    name: String,
    /// None that the caller has not.
    #[schema(min_items = 1, max_items = 100)]
    scopes: Vec<Right>,
    /// The inboxes that it reaches; null: all there are and will be. Magicline's, and Mews' but for portfolio tokens, have
    /// exactly one.
    #[schema(min_items = 1, max_items = 5000)]
    inbox_ids: Option<Vec<i64>>,
    /// The agent that it acts as: for Help Scout, where it is needed, and for Heddle's own API.
    agent_id: Option<i64>,
    /// Mews: the client application that it belongs to. Either this or `new_application` is needed there.
    application_id: Option<i64>,
    /// Mews: the name of a client application that is made with it; its client token is among the secrets.
    #[schema(min_length = 1, max_length = 200, pattern = r"\S")]
    new_application: Option<String>,
    /// Mews: a portfolio token, for several enterprises.
    #[serde(default)]
    portfolio: bool,
}

/// What changes of a credential; what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CredentialChange {
    #[schema(min_length = 1, max_length = 200, pattern = r"\S", nullable = false)]
    name: Option<String>,
    /// None that the caller has not.
    #[schema(min_items = 1, max_items = 100, nullable = false)]
    scopes: Option<Vec<Right>>,
    /// `null`: all there are and will be.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Vec<i64>>, min_items = 1, max_items = 5000)]
    inbox_ids: Option<Option<Vec<i64>>>,
}

/// Inbox ids as a credential keeps them: sorted, each once; empty means all.
fn inboxes(ids: Option<Vec<i64>>) -> Vec<InboxId> {
    let mut inboxes: Vec<_> = ids.unwrap_or_default().into_iter().map(InboxId).collect();
    inboxes.sort_unstable();
    inboxes.dedup();
    inboxes
}

fn scopes(rights: &[Right]) -> Scopes {
    rights.iter().map(|right| right.0).collect()
}

impl NewCredential {
    /// What the rules of its API forbid.
    fn faults(&self, api: &Description) -> Vec<FieldError> {
        let request = Request {
            agent: self.agent_id.is_some(),
            application: self.application_id.is_some(),
            new_application: self.new_application.is_some(),
            portfolio: self.portfolio,
            inboxes: inboxes(self.inbox_ids.clone()).len(),
        };
        let faults = api.credentials.faults(api.name(), request).into_iter();
        faults
            .map(|fault| FieldError::new(member(fault.field), "invalid", fault.detail))
            .collect()
    }

    fn grant(self, api: ApiName, application: Option<ApplicationId>) -> Grant {
        Grant {
            api,
            name: self.name,
            scopes: scopes(&self.scopes),
            inboxes: inboxes(self.inbox_ids),
            agent: self.agent_id.map(AgentId),
            application,
            portfolio: self.portfolio,
        }
    }
}

/// The member of a field that rules speak of.
fn member(field: Field) -> &'static str {
    match field {
        Field::Agent => "agent_id",
        Field::Application => "application_id",
        Field::NewApplication => "new_application",
        Field::Portfolio => "portfolio",
        Field::Inboxes => "inbox_ids",
    }
}

/// The client application that is made with a credential, and its token.
fn new_application(
    rules: &CredentialRules,
    name: Option<String>,
) -> Option<(NewApplication, String)> {
    let token = (rules.application?.mint)();
    let new = NewApplication {
        name: name?,
        client_hash: secret_hash(&token),
    };
    Some((new, token))
}

/// List credentials, by id; revoked ones are among them.
#[utoipa::path(get, path = "/api/v1/credentials", tag = "credentials", operation_id = "list_credentials", params(Paging),
    security(("token" = ["credentials.read"])),
    responses((status = 200, body = Page<Credential>, description = "A page of credentials")))]
async fn list(
    CredentialsReader(holder): CredentialsReader,
    State(app): State<App>,
    listing: Listing<NoFilter>,
) -> Result<axum::Json<Page<Credential>>, Error> {
    let read = ListCredentials {
        account: holder.account(),
        after: listing.after()?.unwrap_or(0),
        limit: listing.fetch() as i64,
    };
    let found = app.store.read(read).await?;
    let position = |stored: &StoredCredential| stored.credential.id.get();
    Ok(axum::Json(listing.page(found, position, Credential::of)))
}

async fn get(app: &App, holder: &Holder, id: i64) -> Result<StoredCredential, Error> {
    let read = GetCredential {
        account: holder.account(),
        id: CredentialId(id),
    };
    app.store.read(read).await?.ok_or(Error::NotFound)
}

/// Get a credential. Its secrets are not shown again.
#[utoipa::path(get, path = "/api/v1/credentials/{id}", tag = "credentials", operation_id = "get_credential", params(Id),
    security(("token" = ["credentials.read"])),
    responses((status = 200, body = Credential, description = "The credential", headers(("ETag" = String)))))]
async fn show(
    CredentialsReader(holder): CredentialsReader,
    State(app): State<App>,
    Id(id): Id,
    seen: Seen,
) -> Result<Answer, Error> {
    let stored = get(&app, &holder, id).await?;
    Ok(seen.answer(stored.version, &Credential::of(stored)))
}

/// Make a credential. The answer holds its secrets, which are not shown again.
///
/// With an `Idempotency-Key` the same request gets them again for a day; they are kept sealed.
#[utoipa::path(post, path = "/api/v1/credentials", tag = "credentials", operation_id = "create_credential",
    request_body = NewCredential, security(("token" = ["credentials.write"])),
    responses((status = 201, body = Credential, description = "The credential with its secrets",
        headers(("ETag" = String), ("Location" = String)))))]
async fn create(
    CredentialsWriter(holder): CredentialsWriter,
    State(context): State<Context>,
    Change { mut input, once }: Change<NewCredential>,
) -> Result<Answer, Error> {
    let api = api_named(&context, &input.api)?;
    Error::invalid_if_any(input.faults(api))?;
    let rules = &api.credentials;
    let (new, token) = new_application(rules, input.new_application.take()).unzip();
    let application = input.application_id.map(ApplicationId);
    let grant = input.grant(api.name(), application);
    let minted = rules.mint();
    let mut command = rules.creation(holder.caller(), grant, &minted);
    command.new_application = new;
    let (within, grant) = (holder.within(), &command.grant);
    if !within.covers_scopes(grant.scopes) || !within.covers_inboxes(&grant.inboxes) {
        return Err(Error::NotAllowed);
    }
    let secrets = rules.shown(minted, token);
    let answer = move |stored: &StoredCredential| {
        let location = format!("/api/v1/credentials/{}", stored.credential.id);
        let mut body = Credential::of(stored.clone());
        body.secrets = Some(Secrets(secrets.clone()));
        Answer::created(location, &body).version(stored.version)
    };
    once.with_secret().write(command, FIELDS, answer).await
}

/// A token that revokes or weakens itself by mistake locks its holder out.
fn must_be_another(holder: &Holder, id: i64) -> Result<(), Error> {
    if holder.credential().get() == id {
        return Err(Error::Conflict(
            "A token neither changes nor revokes itself; use another one.".into(),
        ));
    }
    Ok(())
}

/// Change a credential. A token does not change itself.
#[utoipa::path(patch, path = "/api/v1/credentials/{id}", tag = "credentials", operation_id = "update_credential", params(Id),
    request_body = CredentialChange, security(("token" = ["credentials.write"])),
    responses((status = 200, body = Credential, description = "The credential", headers(("ETag" = String))),
        (status = 409, body = super::wire::Problem, description = "It is the caller's own")))]
async fn change(
    CredentialsWriter(holder): CredentialsWriter,
    State(context): State<Context>,
    Id(id): Id,
    Change { input, once }: Change<CredentialChange>,
) -> Result<Answer, Error> {
    must_be_another(&holder, id)?;
    let before = get(&context, &holder, id).await?.credential;
    let inboxes = input.inbox_ids.map(inboxes);
    let api = context.own.apis.find(&before.api);
    let one = api.is_some_and(|api| api.credentials.has_one_inbox(before.portfolio));
    if one && inboxes.as_ref().is_some_and(|inboxes| inboxes.len() != 1) {
        let detail = "must be exactly one inbox for this API";
        return Err(Error::Invalid(vec![FieldError::new(
            "inbox_ids",
            "invalid",
            detail,
        )]));
    }
    let command = UpdateCredential {
        caller: holder.caller(),
        id: CredentialId(id),
        expected: once.expected,
        name: input.name,
        scopes: input.scopes.map(|rights| scopes(&rights)),
        inboxes,
        within: holder.within(),
    };
    let answer = |stored: &StoredCredential| {
        Answer::ok(&Credential::of(stored.clone())).version(stored.version)
    };
    let answer = once.write(command, FIELDS, answer).await?;
    context
        .authentication
        .forget(holder.account(), CredentialId(id));
    Ok(answer)
}

/// Revoke a credential, and every token that it was given. It opens nothing any more. A token does not revoke itself.
#[utoipa::path(delete, path = "/api/v1/credentials/{id}", tag = "credentials", operation_id = "revoke_credential", params(Id),
    security(("token" = ["credentials.write"])), responses((status = 204, description = "It is revoked"),
        (status = 409, body = super::wire::Problem, description = "It is the caller's own")))]
async fn revoke(
    CredentialsWriter(holder): CredentialsWriter,
    State(app): State<App>,
    Id(id): Id,
    Bare(once): Bare,
) -> Result<Answer, Error> {
    must_be_another(&holder, id)?;
    let command = RevokeCredential {
        caller: holder.caller(),
        id: CredentialId(id),
        expected: once.expected,
        within: holder.within(),
    };
    let answer = once.write(command, &[], |()| Answer::no_content()).await?;
    app.authentication
        .forget(holder.account(), CredentialId(id));
    Ok(answer)
}
