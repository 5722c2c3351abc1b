//! Creates, changes and revokes credentials, and issues tokens. The store receives and stores only hashes of secrets.

use heddle_domain::credential::{Credential, Grant, Scope, Scopes};
use heddle_domain::event::EventKind;
use heddle_domain::id::{AccountId, AgentId, ApplicationId, CredentialId};
use heddle_domain::{EntityKind, EventDetail, Field, InboxScope, Timestamp};

use super::caller::Caller;
use super::events::append_plain_event;
use super::must::{must_be_inboxes, must_be_person, must_match};
use crate::error::{Entity, Refusal, Result};
use crate::rows::credential::{self as rows, StoredCredential};
use crate::stmt::params;
use crate::tx::{Tx, Write};

/// SHA-256 of a secret that a caller sends.
pub type SecretHash = [u8; 32];

/// Creates a credential.
#[derive(Clone, Debug)]
pub struct CreateCredential {
    /// Who runs the command, and in which account.
    pub caller: Caller,
    /// The access that the credential grants.
    pub grant: Grant,
    /// User name or client id; empty if the credential has none.
    pub public_name: String,
    /// Hash by which the credential is found: of the whole key, or of the public name.
    pub key_hash: SecretHash,
    /// Hash of the secret that belongs to `public_name`.
    pub secret_hash: Option<SecretHash>,
    /// A new Mews application for the credential; then `grant` names no application.
    pub new_application: Option<NewApplication>,
}

/// A Mews client application to create.
#[derive(Clone, Debug)]
pub struct NewApplication {
    /// Name of the application.
    pub name: String,
    /// Hash of the client token.
    pub client_hash: SecretHash,
}

impl Write for CreateCredential {
    type Out = StoredCredential;
    const NAME: &'static str = "create_credential";

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<StoredCredential> {
        let c = self.credential(tx).await?;
        let scopes = scope_text(c.scopes);
        let registered = tx
            .execute(
                &rows::INSERT_KEY,
                params![
                    self.key_hash.as_slice(),
                    self.caller.account,
                    c.id,
                    None::<Timestamp>,
                    None::<AgentId>
                ],
            )
            .await?;
        if registered == 0 {
            return Err(Refusal::Conflict("a credential with this name or key").into());
        }
        let mut detail = EventDetail::default();
        detail
            .set(Field::Name, &c.name)
            .set(Field::Api, &c.api)
            .set(Field::Scopes, &scopes)
            .set(Field::Inboxes, &c.inboxes.listed())
            .set(Field::Agent, &c.agent)
            .set(Field::Application, &c.application)
            .set(Field::Portfolio, &c.portfolio.then_some(true))
            .set(Field::PublicName, &named(&self.public_name))
            .set(Field::RedirectUrl, &c.redirect_url);
        let (kind, id) = (EventKind::CredentialCreated, c.id.get());
        let event = append_plain_event(tx, &self.caller, kind, id, detail)?;
        tx.queue(
            &rows::INSERT,
            params![
                self.caller.account,
                c.id,
                &c.api,
                &c.name,
                &scopes,
                &c.inboxes.to_text(),
                c.agent,
                c.application,
                c.portfolio,
                &self.public_name,
                self.secret_hash.as_ref().map(SecretHash::as_slice),
                tx.now(),
                event,
                c.redirect_url.as_deref(),
            ],
        )?;
        Ok(StoredCredential {
            credential: c,
            public_name: self.public_name.clone(),
            secret_hash: self.secret_hash.map(Vec::from),
            created_at: tx.now(),
            version: event.get(),
        })
    }
}

impl CreateCredential {
    /// Builds the credential from the grant, and inserts the new application if there is one. Checks that everything
    /// the grant names exists.
    async fn credential(&self, tx: &mut Tx<'_>) -> Result<Credential> {
        let (account, grant) = (self.caller.account, self.grant.clone());
        must_be_inboxes(tx, account, grant.inboxes.limit()).await?;
        if let Some(agent) = grant.agent {
            must_be_person(tx, account, agent).await?;
        }
        must_be_application(tx, account, grant.application).await?;
        let application = match &self.new_application {
            Some(new) => Some(queue_application(tx, &self.caller, new)?),
            None => grant.application,
        };
        Ok(Credential {
            account,
            id: CredentialId(tx.next_small_id(account, EntityKind::Credential)?),
            api: grant.api.as_str().to_owned(),
            name: grant.name,
            scopes: grant.scopes,
            inboxes: grant.inboxes,
            agent: grant.agent,
            application,
            portfolio: grant.portfolio,
            redirect_url: grant.redirect_url,
            revoked: false,
        })
    }
}

/// Returns a public name for an event; `None` if there is none.
fn named(public_name: &str) -> Option<String> {
    (!public_name.is_empty()).then(|| public_name.to_owned())
}

/// Returns the stored form of a set of scopes.
fn scope_text(scopes: Scopes) -> String {
    let words: Vec<_> = scopes.iter().map(Scope::as_str).collect();
    words.join(",")
}

/// Changes a credential; `None` keeps the old value. A revoked credential is not found.
#[derive(Clone, Debug)]
pub struct UpdateCredential {
    /// Who runs the command, and in which account.
    pub caller: Caller,
    /// The credential to change.
    pub id: CredentialId,
    /// The version that the credential must have; `None` means any.
    pub expected: Option<i64>,
    /// New name.
    pub name: Option<String>,
    /// New scopes.
    pub scopes: Option<Scopes>,
    /// The inboxes that the credential reaches from now on.
    pub inboxes: Option<InboxScope>,
    /// New redirect URL; `Some(None)` removes it, after which the app cannot ask people any more.
    pub redirect_url: Option<Option<String>>,
    /// The caller's own access. The credential must not exceed it, before or after the change.
    pub within: Within,
}

/// The maximum access that a caller may give to a credential: the access of its own credential.
#[derive(Clone, Debug)]
pub struct Within {
    /// Scopes that the caller has.
    pub scopes: Scopes,
    /// Inboxes that the caller reaches.
    pub inboxes: InboxScope,
    /// The only agent that the caller acts as; `None` if it may act as any.
    pub agent: Option<AgentId>,
}

impl Within {
    /// Returns the access of the operator at the command line, who has no limits.
    #[must_use]
    pub fn everything() -> Self {
        Self {
            scopes: Scopes::all(),
            inboxes: InboxScope::All,
            agent: None,
        }
    }

    /// Whether a credential stays within the limits.
    #[must_use]
    pub fn covers(&self, credential: &Credential) -> bool {
        self.covers_scopes(credential.scopes)
            && credential.inboxes.within(&self.inboxes)
            && self.covers_agent(credential.agent)
    }

    /// Whether a credential with this agent acts as nobody else than the caller does. A credential without an agent may
    /// act as any.
    #[must_use]
    pub fn covers_agent(&self, agent: Option<AgentId>) -> bool {
        self.agent.is_none() || self.agent == agent
    }

    /// Whether scopes stay within the limits.
    #[must_use]
    pub fn covers_scopes(&self, scopes: Scopes) -> bool {
        scopes.iter().all(|scope| self.scopes.allows(scope))
    }
}

impl Write for UpdateCredential {
    type Out = StoredCredential;
    const NAME: &'static str = "update_credential";

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<StoredCredential> {
        let account = self.caller.account;
        let before = lock(tx, &self.caller, self.id, self.expected).await?;
        let mut after = before.clone();
        if let Some(name) = &self.name {
            after.credential.name.clone_from(name);
        }
        if let Some(scopes) = self.scopes {
            after.credential.scopes = scopes;
        }
        if let Some(inboxes) = &self.inboxes {
            must_be_inboxes(tx, account, inboxes.limit()).await?;
            after.credential.inboxes.clone_from(inboxes);
        }
        if let Some(url) = &self.redirect_url {
            after.credential.redirect_url.clone_from(url);
        }
        // A caller must not change a credential with more access than its own, not even to reduce that access.
        if !self.within.covers(&before.credential) || !self.within.covers(&after.credential) {
            return Err(Refusal::Forbidden.into());
        }
        let (b, a) = (&before.credential, &after.credential);
        let scopes = scope_text(a.scopes);
        let mut detail = EventDetail::default();
        detail
            .change(Field::Name, &b.name, &a.name)
            .change(Field::Scopes, &scope_text(b.scopes), &scopes)
            .change(Field::Inboxes, &b.inboxes.listed(), &a.inboxes.listed())
            .change(Field::RedirectUrl, &b.redirect_url, &a.redirect_url);
        if detail.changes.is_empty() {
            return Ok(after);
        }
        let (kind, id) = (EventKind::CredentialUpdated, self.id.get());
        let event = append_plain_event(tx, &self.caller, kind, id, detail)?;
        tx.queue(
            &rows::UPDATE,
            params![
                account,
                self.id,
                &a.name,
                &scopes,
                &a.inboxes.to_text(),
                event,
                a.redirect_url.as_deref()
            ],
        )?;
        after.version = event.get();
        Ok(after)
    }
}

/// Locks a credential that is not revoked.
async fn lock(
    tx: &mut Tx<'_>,
    caller: &Caller,
    id: CredentialId,
    expected: Option<i64>,
) -> Result<StoredCredential> {
    let stored = tx
        .fetch_one(&rows::LOCK, params![caller.account, id], rows::credential)
        .await?
        .filter(|stored| !stored.credential.revoked)
        .ok_or(Refusal::NotFound(Entity::Credential))?;
    must_match(expected, stored.version)?;
    Ok(stored)
}

/// Checks that the credential's application exists, if it names one.
pub(super) async fn must_be_application(
    tx: &mut Tx<'_>,
    account: AccountId,
    application: Option<ApplicationId>,
) -> Result<()> {
    let Some(id) = application else {
        return Ok(());
    };
    let params = params![account, id];
    tx.fetch_one(&rows::CLIENT_HASH, params, |row| row.opt_bytes())
        .await?
        .ok_or(Refusal::NotFound(Entity::Application))?;
    Ok(())
}

/// Inserts an application, and writes its event.
fn queue_application(
    tx: &mut Tx<'_>,
    caller: &Caller,
    new: &NewApplication,
) -> Result<ApplicationId> {
    let account = caller.account;
    let id = ApplicationId(tx.next_small_id(account, EntityKind::Application)?);
    let hash = new.client_hash.as_slice();
    let params = params![account, id, &new.name, hash, tx.now()];
    tx.queue(&rows::INSERT_APPLICATION, params)?;
    let mut detail = EventDetail::default();
    detail.set(Field::Name, &new.name);
    let kind = EventKind::ApplicationCreated;
    append_plain_event(tx, caller, kind, id.get(), detail)?;
    Ok(id)
}

/// Revokes a credential and every token issued for it.
#[derive(Clone, Debug)]
pub struct RevokeCredential {
    /// Who runs the command, and in which account.
    pub caller: Caller,
    /// The credential to revoke.
    pub id: CredentialId,
    /// The version that the credential must have; `None` means any.
    pub expected: Option<i64>,
    /// The caller's own access. A caller cannot revoke a credential with scopes or inboxes that it lacks.
    pub within: Within,
}

impl Write for RevokeCredential {
    type Out = ();
    const NAME: &'static str = "revoke_credential";

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        let before = lock(tx, &self.caller, self.id, self.expected).await?;
        if !self.within.covers(&before.credential) {
            return Err(Refusal::Forbidden.into());
        }
        let mut detail = EventDetail::default();
        detail.change(Field::Revoked, &false, &true);
        let (kind, id) = (EventKind::CredentialRevoked, self.id.get());
        let event = append_plain_event(tx, &self.caller, kind, id, detail)?;
        let revoke = params![self.caller.account, self.id, tx.now(), event];
        tx.queue(&rows::REVOKE, revoke)
    }
}

/// Stores a token that expires (Help Scout's access tokens), and deletes some tokens that expired a day ago.
#[derive(Clone, Debug)]
pub struct IssueToken {
    /// Account whose data the command changes.
    pub account: AccountId,
    /// The credential that the token belongs to.
    pub credential: CredentialId,
    /// Hash of the token.
    pub key_hash: SecretHash,
    /// When the token expires.
    pub expires_at: Timestamp,
}

impl Write for IssueToken {
    type Out = ();
    const NAME: &'static str = "issue_token";

    /// True: a second run finds the key, so it changes nothing.
    fn may_repeat(&self) -> bool {
        true
    }

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        const DAY_MS: i64 = 86_400_000;
        tx.queue(
            &rows::INSERT_KEY,
            params![
                self.key_hash.as_slice(),
                self.account,
                self.credential,
                self.expires_at,
                None::<AgentId>
            ],
        )?;
        tx.queue(
            &rows::DROP_EXPIRED,
            params![self.account, self.credential, tx.now().plus_ms(-DAY_MS)],
        )
    }
}

/// Creates a Mews client application.
#[derive(Clone, Debug)]
pub struct CreateApplication {
    /// Who runs the command, and in which account.
    pub caller: Caller,
    /// Name and client token of the application.
    pub application: NewApplication,
}

impl Write for CreateApplication {
    type Out = ApplicationId;
    const NAME: &'static str = "create_application";

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<ApplicationId> {
        queue_application(tx, &self.caller, &self.application)
    }
}
