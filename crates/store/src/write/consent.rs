//! Consents: an agent allows an app (a credential with a redirect URL) to act for them. The app gets a code, exchanges it
//! for an access token and a refresh token, and exchanges a refresh token for new tokens. The store has only hashes.

use heddle_domain::event::EventKind;
use heddle_domain::id::{AccountId, AgentId, CredentialId};
use heddle_domain::{EventDetail, Fact, Timestamp};

use super::caller::Caller;
use super::credential::SecretHash;
use super::events::append_plain_event;
use crate::error::{Entity, Refusal, Result};
use crate::rows::account as account_rows;
use crate::rows::credential::{self as rows, ConsentToken};
use crate::stmt::params;
use crate::tx::{Tx, Write};

const CODE: &str = "code";
const REFRESH: &str = "refresh";
/// How long a code or refresh token that cannot be used any more is kept, so that a second use is recognised.
const KEPT_MS: i64 = 86_400_000;

/// Stores the consent of an agent who has just signed in: a code that the app can exchange once.
#[derive(Clone, Debug)]
pub struct GiveConsent {
    /// The agent, through the API whose page asked them.
    pub caller: Caller,
    /// The app.
    pub credential: CredentialId,
    /// The agent for whom the app may act.
    pub agent: AgentId,
    /// Hash of the code.
    pub code_hash: SecretHash,
    /// The challenge that the app must solve (PKCE): the SHA-256 of a secret of the app, in base64url.
    pub challenge: Option<String>,
    /// When the code stops being valid.
    pub expires_at: Timestamp,
}

impl Write for GiveConsent {
    type Out = ();
    const NAME: &'static str = "give_consent";

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        let account = self.caller.account;
        // The lock keeps a removal of the password from overtaking the consent.
        must_sign_in(tx, account, self.agent).await?;
        let app = params![account, self.credential];
        tx.fetch_one(&rows::GET, app, rows::credential)
            .await?
            .filter(|app| !app.credential.revoked && app.credential.redirect_url.is_some())
            .ok_or(Refusal::NotFound(Entity::Credential))?;
        let mut detail = EventDetail::default();
        detail.with(Fact::App(self.credential));
        let (kind, id) = (EventKind::AgentConsented, self.agent.get());
        append_plain_event(tx, &self.caller, kind, id, detail)?;
        let consent = params![
            account,
            self.agent,
            self.credential,
            tx.now().plus_ms(-KEPT_MS)
        ];
        tx.queue(&rows::DROP_OLD_CONSENTS, consent)?;
        tx.queue(
            &rows::INSERT_CONSENT,
            params![
                account,
                self.code_hash.as_slice(),
                CODE,
                self.credential,
                self.agent,
                self.challenge.as_deref(),
                self.expires_at
            ],
        )
    }
}

/// Locks an agent and checks that they may sign in.
async fn must_sign_in(tx: &mut Tx<'_>, account: AccountId, agent: AgentId) -> Result<()> {
    let params = params![account, agent];
    tx.fetch_one(&account_rows::LOCK_AGENT, params, account_rows::agent)
        .await?
        .filter(|agent| agent.signs_in)
        .ok_or(Refusal::NotFound(Entity::Agent))?;
    Ok(())
}

/// The tokens that an exchange issues, as hashes.
#[derive(Clone, Debug)]
pub struct NewTokens {
    /// Hash of the access token.
    pub access: SecretHash,
    /// When the access token expires.
    pub access_expires_at: Timestamp,
    /// Hash of the refresh token, which does not expire.
    pub refresh: SecretHash,
}

/// What an app exchanges for tokens.
#[derive(Clone, Debug)]
pub enum Exchanged {
    /// An authorization code. It works once; a second use ends everything that the agent allowed this app, because two
    /// apps seem to have the code.
    Code {
        /// Hash of the code.
        hash: SecretHash,
        /// The app's solution of the challenge, if it sent one.
        challenge: Option<String>,
    },
    /// A refresh token. It stops working `grace_ms` after its first use: an app whose answer was lost may try again.
    Refresh {
        /// Hash of the refresh token.
        hash: SecretHash,
        /// How long the refresh token works after its first use.
        grace_ms: i64,
    },
}

/// The outcome of an exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exchange {
    /// The tokens are valid from now on.
    Issued,
    /// The code or refresh token is not valid for this app.
    Refused,
}

/// Exchanges a code or a refresh token for new tokens.
#[derive(Clone, Debug)]
pub struct ExchangeTokens {
    /// Account of the app.
    pub account: AccountId,
    /// The app, which has presented its secret.
    pub credential: CredentialId,
    /// What the app sent.
    pub exchanged: Exchanged,
    /// The tokens that it gets.
    pub new: NewTokens,
}

impl Write for ExchangeTokens {
    type Out = Exchange;
    const NAME: &'static str = "exchange_tokens";

    /// True: a second run finds the new access token, and changes nothing.
    fn may_repeat(&self) -> bool {
        true
    }

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<Exchange> {
        let (hash, kind) = match &self.exchanged {
            Exchanged::Code { hash, .. } => (hash, CODE),
            Exchanged::Refresh { hash, .. } => (hash, REFRESH),
        };
        let params = params![self.account, hash.as_slice(), kind];
        let found = tx.fetch_one(&rows::LOCK_CONSENT, params, rows::consent_token);
        let Some(found) = found
            .await?
            .filter(|found| found.credential == self.credential)
        else {
            return Ok(Exchange::Refused);
        };
        let issued = params![self.new.access.as_slice()];
        if tx
            .fetch_one(&rows::FIND_KEY, issued, |row| row.int())
            .await?
            .is_some()
        {
            return Ok(Exchange::Issued);
        }
        let is_valid = found.expires_at.is_none_or(|end| tx.now() < end);
        match &self.exchanged {
            Exchanged::Code { .. } if found.used_at.is_some() => {
                self.end_consent(tx, &found)?;
                Ok(Exchange::Refused)
            }
            Exchanged::Code { challenge, .. } if !is_valid || *challenge != found.challenge => {
                Ok(Exchange::Refused)
            }
            Exchanged::Refresh { .. } if !is_valid => Ok(Exchange::Refused),
            Exchanged::Code { .. } => {
                self.note_use(tx, hash, tx.now().plus_ms(KEPT_MS))?;
                self.issue(tx, &found)
            }
            Exchanged::Refresh { grace_ms, .. } => {
                if found.used_at.is_none() {
                    self.note_use(tx, hash, tx.now().plus_ms(*grace_ms))?;
                }
                self.issue(tx, &found)
            }
        }
    }
}

impl ExchangeTokens {
    fn note_use(&self, tx: &mut Tx<'_>, hash: &SecretHash, ends_at: Timestamp) -> Result<()> {
        let params = params![self.account, hash.as_slice(), tx.now(), ends_at];
        tx.queue(&rows::USE_CONSENT, params)
    }

    fn end_consent(&self, tx: &mut Tx<'_>, found: &ConsentToken) -> Result<()> {
        let consent = params![self.account, found.agent, self.credential];
        tx.queue(&rows::DROP_CONSENTS, consent)?;
        tx.queue(&rows::DROP_KEYS_OF_CONSENT, consent)
    }

    fn issue(&self, tx: &mut Tx<'_>, found: &ConsentToken) -> Result<Exchange> {
        let new = &self.new;
        tx.queue(
            &rows::INSERT_KEY,
            params![
                new.access.as_slice(),
                self.account,
                self.credential,
                new.access_expires_at,
                found.agent
            ],
        )?;
        tx.queue(
            &rows::INSERT_CONSENT,
            params![
                self.account,
                new.refresh.as_slice(),
                REFRESH,
                self.credential,
                found.agent,
                None::<&str>,
                None::<Timestamp>
            ],
        )?;
        let old = tx.now().plus_ms(-KEPT_MS);
        let app = params![self.account, self.credential, old];
        tx.queue(&rows::DROP_EXPIRED, app)?;
        let consent = params![self.account, found.agent, self.credential, old];
        tx.queue(&rows::DROP_OLD_CONSENTS, consent)?;
        Ok(Exchange::Issued)
    }
}
