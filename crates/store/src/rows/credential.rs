//! Statements on credentials, their keys, the codes and refresh tokens of consents, and Mews applications.

use heddle_domain::InboxScope;
use heddle_domain::credential::{Credential, Scope};
use heddle_domain::id::{AccountId, AgentId, ApplicationId, CredentialId};

use crate::error::{Result, Trouble};
use crate::stmt::{Row, statements};

statements! {
    /// Inserts a credential.
    INSERT = "INSERT INTO credential (account_id, id, api, name, scopes, inbox_scope, agent_id, application_id, portfolio,
        public_name, secret_hash, created_at, version, redirect_url)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";
    /// Selects one credential.
    GET = "SELECT account_id, id, api, name, scopes, inbox_scope, agent_id, application_id, portfolio, revoked_at,
        public_name, secret_hash, created_at, version, redirect_url FROM credential WHERE account_id = $1 AND id = $2";
    /// Selects the credentials of an account by id.
    LIST = "SELECT account_id, id, api, name, scopes, inbox_scope, agent_id, application_id, portfolio, revoked_at,
        public_name, secret_hash, created_at, version, redirect_url FROM credential WHERE account_id = $1 AND id > $2 ORDER BY id LIMIT $3";
    /// Locks a credential before a change.
    LOCK = "SELECT account_id, id, api, name, scopes, inbox_scope, agent_id, application_id, portfolio, revoked_at,
        public_name, secret_hash, created_at, version, redirect_url FROM credential WHERE account_id = $1 AND id = $2", locked;
    /// Changes a credential.
    UPDATE = "UPDATE credential SET name = $3, scopes = $4, inbox_scope = $5, version = $6, redirect_url = $7
        WHERE account_id = $1 AND id = $2";
    /// Revokes a credential.
    REVOKE = "UPDATE credential SET revoked_at = $3, version = $4 WHERE account_id = $1 AND id = $2 AND revoked_at IS NULL";
    /// Inserts a key: the hash of a secret that a caller sends.
    INSERT_KEY = "INSERT INTO credential_key (key_hash, account_id, credential_id, expires_at, agent_id)
        VALUES ($1, $2, $3, $4, $5) ON CONFLICT (key_hash) DO NOTHING";
    /// Selects the account and credential of a key: the only look-up that does not know the account.
    FIND_KEY = "SELECT account_id, credential_id, expires_at, agent_id FROM credential_key WHERE key_hash = $1";
    /// Deletes some tokens that expired long ago. The query for PostgreSQL looks them up by key; otherwise it may
    /// read all tokens.
    DROP_EXPIRED = "DELETE FROM credential_key WHERE key_hash IN
        (SELECT key_hash FROM credential_key WHERE account_id = $1 AND credential_id = $2 AND expires_at < $3 LIMIT 100)",
        postgres "DELETE FROM credential_key WHERE key_hash = ANY (ARRAY(
        SELECT key_hash FROM credential_key WHERE account_id = $1 AND credential_id = $2 AND expires_at < $3 LIMIT 100))";
    /// Deletes the tokens that act for one agent. Global, because the table of keys is.
    DROP_KEYS_OF_AGENT = "DELETE FROM credential_key WHERE account_id = $1 AND agent_id = $2";
    /// Deletes the tokens with which one app acts for one agent.
    DROP_KEYS_OF_CONSENT = "DELETE FROM credential_key WHERE account_id = $1 AND agent_id = $2 AND credential_id = $3";
    /// Stores an authorization code or a refresh token.
    INSERT_CONSENT = "INSERT INTO consent_token (account_id, token_hash, kind, credential_id, agent_id, challenge, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (account_id, token_hash) DO NOTHING";
    /// Selects an authorization code or refresh token, and locks it.
    LOCK_CONSENT = "SELECT credential_id, agent_id, challenge, used_at, expires_at FROM consent_token
        WHERE account_id = $1 AND token_hash = $2 AND kind = $3", locked;
    /// Records that a code or refresh token was used, and until when it is kept.
    USE_CONSENT = "UPDATE consent_token SET used_at = $3, expires_at = $4 WHERE account_id = $1 AND token_hash = $2";
    /// Deletes the codes and refresh tokens of one app and one agent that expired before a time.
    DROP_OLD_CONSENTS = "DELETE FROM consent_token
        WHERE account_id = $1 AND agent_id = $2 AND credential_id = $3 AND expires_at < $4";
    /// Deletes the codes and refresh tokens of one app and one agent. INDEXED BY: otherwise SQLite may read all of the account.
    DROP_CONSENTS = "DELETE FROM consent_token INDEXED BY consent_token_by_agent
        WHERE account_id = $1 AND agent_id = $2 AND credential_id = $3",
        postgres "DELETE FROM consent_token WHERE account_id = $1 AND agent_id = $2 AND credential_id = $3";
    /// Deletes the codes and refresh tokens of all apps of one agent. INDEXED BY: otherwise SQLite may read all of the account.
    DROP_CONSENTS_OF_AGENT = "DELETE FROM consent_token INDEXED BY consent_token_by_agent
        WHERE account_id = $1 AND agent_id = $2",
        postgres "DELETE FROM consent_token WHERE account_id = $1 AND agent_id = $2";
    /// Inserts a Mews application.
    INSERT_APPLICATION = "INSERT INTO application (account_id, id, name, client_hash, created_at)
        VALUES ($1, $2, $3, $4, $5)";
    /// Selects the applications of an account by id.
    APPLICATIONS = "SELECT id, name, created_at FROM application WHERE account_id = $1 AND id > $2 ORDER BY id LIMIT $3";
    /// Selects the hash of an application's client token.
    CLIENT_HASH = "SELECT client_hash FROM application WHERE account_id = $1 AND id = $2";
}

/// A stored credential, with the fields that only authentication needs.
#[derive(Clone, Debug)]
pub struct StoredCredential {
    /// What the credential allows.
    pub credential: Credential,
    /// User name or client id; empty if the credential has none.
    pub public_name: String,
    /// SHA-256 of the secret that belongs to `public_name`; `None` if there is no public name.
    pub secret_hash: Option<Vec<u8>>,
    /// When the credential was created.
    pub created_at: heddle_domain::Timestamp,
    /// Id of the event that last changed the credential; 0 if it has not changed since the server began to keep
    /// versions.
    pub version: i64,
}

/// Maps a row of `GET`, `LOCK` or `LIST`.
pub(crate) fn credential(row: &mut Row<'_>) -> Result<StoredCredential> {
    let credential = Credential {
        account: AccountId(row.int()?),
        id: CredentialId(row.int()?),
        api: row.text()?,
        name: row.text()?,
        scopes: row.text()?.split(',').filter_map(Scope::parse).collect(),
        inboxes: inbox_scope(row)?,
        agent: row.opt_int()?.map(AgentId),
        application: row.opt_int()?.map(ApplicationId),
        portfolio: row.flag()?,
        redirect_url: None,
        revoked: row.opt_int()?.is_some(),
    };
    let mut stored = StoredCredential {
        credential,
        public_name: row.text()?,
        secret_hash: row.opt_bytes()?,
        created_at: row.time()?,
        version: row.int()?,
    };
    stored.credential.redirect_url = row.opt_text()?;
    Ok(stored)
}

/// Reads the inboxes of a credential or webhook; NULL means all.
pub(crate) fn inbox_scope(row: &mut Row<'_>) -> Result<InboxScope> {
    let scope = InboxScope::parse(row.opt_text()?.as_deref());
    scope.ok_or_else(|| Trouble::Internal("a list of inboxes cannot be read".into()).into())
}

/// A stored authorization code or refresh token.
#[derive(Clone, Debug)]
pub(crate) struct ConsentToken {
    /// The app that may use it.
    pub(crate) credential: CredentialId,
    /// The agent for whom the app acts.
    pub(crate) agent: AgentId,
    /// The challenge that the app must solve to use the code (PKCE), if it gave one.
    pub(crate) challenge: Option<String>,
    /// When it was used first.
    pub(crate) used_at: Option<heddle_domain::Timestamp>,
    /// When it stops being valid; `None`: never.
    pub(crate) expires_at: Option<heddle_domain::Timestamp>,
}

/// Maps a row of `LOCK_CONSENT`.
pub(crate) fn consent_token(row: &mut Row<'_>) -> Result<ConsentToken> {
    Ok(ConsentToken {
        credential: CredentialId(row.int()?),
        agent: AgentId(row.int()?),
        challenge: row.opt_text()?,
        used_at: row.opt_time()?,
        expires_at: row.opt_time()?,
    })
}
