//! Credentials: made, revoked, given tokens. Secrets come in as hashes and are never stored otherwise.

use heddle_domain::Timestamp;
use heddle_domain::credential::{Credential, Scope};
use heddle_domain::event::EventKind;
use heddle_domain::id::{AccountId, ApplicationId, CredentialId};

use super::{Caller, append_plain_event};
use crate::detail::Detail;
use crate::error::{Entity, Error, Result};
use crate::rows::credential as rows;
use crate::tx::{Tx, Write, params};

/// SHA-256 of what a caller presents.
pub type SecretHash = [u8; 32];

/// Makes a credential.
#[derive(Clone, Debug)]
pub struct CreateCredential {
    /// On whose behalf.
    pub caller: Caller,
    /// What it is; its account is the caller's.
    pub credential: Credential,
    /// The public half: user name or client id; empty where there is none.
    pub public_name: String,
    /// Hash of what is looked up: the whole key, or the public half.
    pub key_hash: SecretHash,
    /// Hash of the secret half, where there is a public one.
    pub secret_hash: Option<SecretHash>,
}

impl Write for CreateCredential {
    type Out = ();
    const NAME: &'static str = "create_credential";

    async fn apply<T: Tx>(&self, tx: &mut T) -> Result<()> {
        let c = &self.credential;
        let scopes = c
            .scopes
            .iter()
            .map(Scope::as_str)
            .collect::<Vec<_>>()
            .join(",");
        let registered = tx
            .execute(
                &rows::INSERT_KEY,
                params![
                    self.key_hash.as_slice(),
                    self.caller.account,
                    c.id,
                    None::<Timestamp>
                ],
            )
            .await?;
        if registered == 0 {
            return Err(Error::Conflict("a credential with this name or key"));
        }
        tx.queue(
            &rows::INSERT,
            params![
                self.caller.account,
                c.id,
                &c.door,
                &c.name,
                &scopes,
                &rows::inbox_text(&c.inboxes),
                c.agent,
                c.application,
                c.portfolio,
                &self.public_name,
                self.secret_hash.as_ref().map(SecretHash::as_slice),
                tx.now(),
            ],
        )?;
        let inboxes: Vec<i64> = c.inboxes.iter().map(|inbox| inbox.get()).collect();
        let mut detail = Detail::default();
        detail
            .change("name", None, Some(c.name.as_str()))
            .change("door", None, Some(c.door.as_str()))
            .change("scopes", None, Some(scopes))
            .change("inboxes", None, Some(inboxes));
        let id = c.id.get();
        append_plain_event(tx, &self.caller, EventKind::CredentialCreated, id, detail).map(drop)
    }
}

/// Revokes a credential and with it every token it was given.
#[derive(Clone, Debug)]
pub struct RevokeCredential {
    /// On whose behalf.
    pub caller: Caller,
    /// Which credential.
    pub id: CredentialId,
}

impl Write for RevokeCredential {
    type Out = ();
    const NAME: &'static str = "revoke_credential";

    async fn apply<T: Tx>(&self, tx: &mut T) -> Result<()> {
        let revoked = tx
            .execute(
                &rows::REVOKE,
                params![self.caller.account, self.id, tx.now()],
            )
            .await?;
        if revoked == 0 {
            return Err(Error::NotFound(Entity::Credential));
        }
        append_plain_event(
            tx,
            &self.caller,
            EventKind::CredentialRevoked,
            self.id.get(),
            Detail::default(),
        )
        .map(drop)
    }
}

/// Registers a token that expires (Help Scout's access tokens), and drops a few that expired a day ago.
#[derive(Clone, Debug)]
pub struct IssueToken {
    /// The account.
    pub account: AccountId,
    /// The credential that the token stands for.
    pub credential: CredentialId,
    /// Hash of the token.
    pub key_hash: SecretHash,
    /// From when on it opens nothing.
    pub expires_at: Timestamp,
}

impl Write for IssueToken {
    type Out = ();
    const NAME: &'static str = "issue_token";

    /// The second time the key is there.
    fn may_repeat(&self) -> bool {
        true
    }

    async fn apply<T: Tx>(&self, tx: &mut T) -> Result<()> {
        const DAY_MS: i64 = 86_400_000;
        tx.queue(
            &rows::INSERT_KEY,
            params![
                self.key_hash.as_slice(),
                self.account,
                self.credential,
                self.expires_at
            ],
        )?;
        tx.queue(
            &rows::DROP_EXPIRED,
            params![self.account, self.credential, tx.now().plus_ms(-DAY_MS)],
        )
    }
}

/// Makes a Mews client application.
#[derive(Clone, Debug)]
pub struct CreateApplication {
    /// On whose behalf.
    pub caller: Caller,
    /// Its id.
    pub id: ApplicationId,
    /// Its name.
    pub name: String,
    /// Hash of its client token.
    pub client_hash: SecretHash,
}

impl Write for CreateApplication {
    type Out = ();
    const NAME: &'static str = "create_application";

    async fn apply<T: Tx>(&self, tx: &mut T) -> Result<()> {
        tx.queue(
            &rows::INSERT_APPLICATION,
            params![
                self.caller.account,
                self.id,
                &self.name,
                self.client_hash.as_slice(),
                tx.now()
            ],
        )
    }
}
