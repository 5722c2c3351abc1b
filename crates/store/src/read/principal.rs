//! From what a caller presents to everything an API must know about it.

use std::net::IpAddr;

use heddle_domain::account::{Account, Inbox};
use heddle_domain::credential::Credential;
use heddle_domain::event::Actor;
use heddle_domain::id::{AccountId, AgentId, CredentialId, InboxId};
use heddle_domain::{ApiName, Timestamp};

use crate::error::{Entity, Refusal, Result};
use crate::rows::account::PublicKind;
use crate::rows::{account as account_rows, credential as rows};
use crate::stmt::{Row, params};
use crate::tx::{Read, Rows};
use crate::write::caller::Caller;
use crate::write::credential::SecretHash;

/// How many inboxes an account may have (they are kept in memory per credential).
pub const MOST_INBOXES: i64 = 5_000;

/// An inbox as one API shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InboxView {
    /// The inbox.
    pub inbox: Inbox,
    /// Its public id at the API.
    pub public_id: String,
}

/// A caller: its credential, account and the inboxes it reaches.
#[derive(Clone, Debug)]
pub struct Principal {
    /// The credential.
    pub credential: Credential,
    /// The public half of its secret, if it has one.
    pub public_name: String,
    /// Hash of the secret half, where there is a public one.
    pub secret_hash: Option<Vec<u8>>,
    /// Mews: hash of the client token that must come with it.
    pub client_hash: Option<Vec<u8>>,
    /// When the presented token ends; `None`: never.
    pub expires_at: Option<Timestamp>,
    /// Its account.
    pub account: Account,
    /// The account's public id at the API.
    pub account_public_id: String,
    /// The inboxes it reaches, by id.
    pub inboxes: Vec<InboxView>,
}

impl Principal {
    /// On whose behalf its commands run when they come from `address`.
    #[must_use]
    pub fn caller(&self, address: IpAddr) -> Caller {
        self.acting(self.credential.agent, address)
    }

    /// The same, with `agent` as the one who acts.
    #[must_use]
    pub fn acting(&self, agent: Option<AgentId>, address: IpAddr) -> Caller {
        Caller {
            account: self.credential.account,
            actor: Actor {
                api: Some(self.credential.api.clone()),
                credential: Some(self.credential.id),
                agent,
                address: Some(address),
            },
            agent: agent.unwrap_or(self.account.integration_agent),
        }
    }

    /// The inbox with a public id, if the caller reaches it.
    #[must_use]
    pub fn inbox_by_public_id(&self, public_id: &str) -> Option<&InboxView> {
        self.inboxes.iter().find(|view| view.public_id == public_id)
    }

    /// The inbox with an id, if the caller reaches it.
    #[must_use]
    pub fn inbox(&self, id: InboxId) -> Option<&InboxView> {
        self.inboxes.iter().find(|view| view.inbox.id == id)
    }

    /// The ids of the inboxes it reaches.
    #[must_use]
    pub fn inbox_ids(&self) -> Vec<InboxId> {
        self.inboxes.iter().map(|view| view.inbox.id).collect()
    }
}

/// Looks a caller up by the hash of what it presents; `None` if that opens nothing. Revoked credentials are found: the
/// API decides what to answer.
#[derive(Clone, Debug)]
pub struct FindPrincipal {
    /// The API it is presented at; a credential of another one is not found.
    pub api: ApiName,
    /// Hash of the key, token or public name.
    pub key_hash: SecretHash,
}

impl Read for FindPrincipal {
    type Out = Option<Principal>;
    const NAME: &'static str = "find_principal";
    const SNAPSHOT: bool = true;

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Option<Principal>> {
        let key = rows
            .fetch(&rows::FIND_KEY, params![self.key_hash.as_slice()], |row| {
                Ok((
                    AccountId(row.int()?),
                    CredentialId(row.int()?),
                    row.opt_time()?,
                ))
            })
            .await?;
        let Some((account, id, expires_at)) = key.into_iter().next() else {
            return Ok(None);
        };
        load(rows, (account, id), self.api, expires_at).await
    }
}

async fn load(
    rows: &mut Rows<'_>,
    (account_id, id): (AccountId, CredentialId),
    api: ApiName,
    expires_at: Option<Timestamp>,
) -> Result<Option<Principal>> {
    let (stored, account) = rows
        .fetch_pair(
            (&rows::GET, params![account_id, id], rows::credential),
            (
                &account_rows::GET,
                params![account_id],
                account_rows::account,
            ),
        )
        .await?;
    let Some(stored) = stored.into_iter().next() else {
        return Ok(None);
    };
    let account = account
        .into_iter()
        .next()
        .ok_or(Refusal::NotFound(Entity::Account))?;
    let credential = stored.credential;
    if credential.api != api.as_str() {
        return Ok(None);
    }
    let client_hash = match credential.application {
        Some(application) => {
            let hash = rows
                .fetch(
                    &rows::CLIENT_HASH,
                    params![account_id, application],
                    |row| row.opt_bytes(),
                )
                .await?;
            hash.into_iter().next().flatten()
        }
        None => None,
    };
    let inboxes = inboxes(rows, account_id, api).await?;
    let (public_ids, settings) = rows
        .fetch_pair(
            (
                &account_rows::PUBLIC_ID_OF,
                params![
                    account_id,
                    PublicKind::Account.as_str(),
                    account_id.get(),
                    api.as_str()
                ],
                public_id_text,
            ),
            (
                &account_rows::SETTINGS,
                params![account_id],
                account_rows::setting,
            ),
        )
        .await?;
    Ok(Some(Principal {
        inboxes: inboxes
            .into_iter()
            .filter(|view| credential.reaches(view.inbox.id))
            .collect(),
        credential,
        public_name: stored.public_name,
        secret_hash: stored.secret_hash,
        client_hash,
        expires_at,
        account: account.with(settings),
        account_public_id: public_ids.into_iter().next_back().unwrap_or_default(),
    }))
}

/// All inboxes of an account as an API shows them.
pub(crate) async fn inboxes(
    rows: &mut Rows<'_>,
    account: AccountId,
    api: ApiName,
) -> Result<Vec<InboxView>> {
    let (inboxes, names) = rows
        .fetch_pair(
            (
                &account_rows::INBOXES,
                params![account, 0_i64, MOST_INBOXES],
                account_rows::inbox,
            ),
            (
                &account_rows::PUBLIC_IDS,
                params![
                    account,
                    PublicKind::Inbox.as_str(),
                    0_i64,
                    api.as_str(),
                    2 * MOST_INBOXES
                ],
                |row| Ok((row.int()?, row.text()?, row.text()?)),
            ),
        )
        .await?;
    // Sorted by API, so that the API's own id comes after the default and wins.
    let names: std::collections::HashMap<i64, String> = names
        .into_iter()
        .map(|(entity, _, text)| (entity, text))
        .collect();
    Ok(inboxes
        .into_iter()
        .map(|inbox| InboxView {
            public_id: names.get(&inbox.id.get()).cloned().unwrap_or_default(),
            inbox,
        })
        .collect())
}

/// The public id of one entity at an API: the API's own, else the default.
pub(crate) async fn public_id(
    rows: &mut Rows<'_>,
    account: AccountId,
    kind: PublicKind,
    entity: i64,
    api: ApiName,
) -> Result<Option<String>> {
    let params = params![account, kind.as_str(), entity, api.as_str()];
    let found = rows
        .fetch(&account_rows::PUBLIC_ID_OF, params, public_id_text)
        .await?;
    Ok(found.into_iter().next_back())
}

/// Maps a row of `PUBLIC_ID_OF`. The API's own text is the last of them.
fn public_id_text(row: &mut Row<'_>) -> Result<String> {
    row.int()?;
    row.text()?;
    row.text()
}
