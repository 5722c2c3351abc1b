//! Finds the principal (credential, account, inboxes) for the secret that a caller sends.

use std::net::IpAddr;
use std::sync::Arc;

use heddle_domain::account::{Account, Inbox};
use heddle_domain::credential::Credential;
use heddle_domain::event::Actor;
use heddle_domain::id::{AccountId, AgentId, CredentialId, InboxId};
use heddle_domain::{ApiName, EntityKind, InboxScope, Timestamp};

use crate::error::{Entity, Refusal, Result};
use crate::rows::{account as account_rows, credential as rows};
use crate::stmt::{Row, params};
use crate::tx::{Cost, Read, Rows};
use crate::write::caller::Caller;
use crate::write::credential::SecretHash;

/// The maximum number of inboxes of an account. The limit exists because they are cached in memory per credential.
pub const MOST_INBOXES: i64 = 5_000;

/// An inbox, with its public id in one API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InboxView {
    /// The inbox's row.
    pub inbox: Inbox,
    /// Public id in the API.
    pub public_id: String,
}

/// An authenticated caller: its credential, account and inboxes.
#[derive(Clone, Debug)]
pub struct Principal {
    /// The credential that the secret of the request belongs to.
    pub credential: Credential,
    /// User name or client id; empty if the credential has none.
    pub public_name: String,
    /// Hash of the secret that belongs to `public_name`.
    pub secret_hash: Option<Vec<u8>>,
    /// Mews: hash of the client token that must be sent with the access token.
    pub client_hash: Option<Vec<u8>>,
    /// When the token expires; `None` means never.
    pub expires_at: Option<Timestamp>,
    /// The credential's account.
    pub account: Account,
    /// The account's public id in the API.
    pub account_public_id: String,
    /// All inboxes of the account, by id; the account's callers share them.
    pub account_inboxes: Arc<[InboxView]>,
}

impl Principal {
    /// Returns the caller for commands of a request from `address`.
    #[must_use]
    pub fn caller(&self, address: IpAddr) -> Caller {
        self.acting(self.credential.agent, address)
    }

    /// Returns the caller for commands of a request from `address`, with `agent` as the acting agent.
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

    /// Returns the inboxes that the caller may use, by id. Looks only at these, because an account may have many more.
    pub fn inboxes(&self) -> impl Iterator<Item = &InboxView> {
        let all = match self.credential.inboxes {
            InboxScope::All => &*self.account_inboxes,
            InboxScope::Only(_) => &[],
        };
        let some = self.credential.inboxes.limit();
        all.iter().chain(some.filter_map(|id| self.find(id)))
    }

    fn find(&self, id: InboxId) -> Option<&InboxView> {
        let inboxes = &self.account_inboxes;
        let at = inboxes.binary_search_by_key(&id, |view| view.inbox.id);
        at.ok().map(|at| &inboxes[at])
    }

    /// Returns the inbox with this public id, if the caller may use it.
    #[must_use]
    pub fn inbox_by_public_id(&self, public_id: &str) -> Option<&InboxView> {
        self.inboxes().find(|view| view.public_id == public_id)
    }

    /// Returns the inbox with this id, if the caller may use it.
    #[must_use]
    pub fn inbox(&self, id: InboxId) -> Option<&InboxView> {
        self.find(id).filter(|_| self.credential.reaches(id))
    }

    /// Returns the ids of the inboxes that the caller may use.
    #[must_use]
    pub fn inbox_ids(&self) -> Vec<InboxId> {
        self.inboxes().map(|view| view.inbox.id).collect()
    }
}

/// Finds a principal by the hash of its key, token or public name; `None` if no credential has that hash. Returns
/// revoked credentials too: the API decides about the response.
#[derive(Clone, Debug)]
pub struct FindPrincipal {
    /// The API of the request; credentials of other APIs are not found.
    pub api: ApiName,
    /// Hash of the key, token or public name.
    pub key_hash: SecretHash,
}

impl Read for FindPrincipal {
    type Out = Option<Principal>;
    const NAME: &'static str = "find_principal";
    const SNAPSHOT: bool = true;

    fn cost(&self) -> Cost {
        Cost::ACROSS
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Option<Principal>> {
        let Some(found) = FindCaller(self.clone()).run(rows).await? else {
            return Ok(None);
        };
        let inboxes = inboxes(rows, found.account(), self.api).await?;
        Ok(Some(found.with(inboxes.into())))
    }
}

/// Same as [`FindPrincipal`], without the inboxes, for callers that share the inboxes of an account.
#[derive(Clone, Debug)]
pub struct FindCaller(pub FindPrincipal);

/// A principal without the inboxes of its account.
#[derive(Clone, Debug)]
pub struct FoundCaller(Principal);

impl FoundCaller {
    /// Returns the credential's account.
    #[must_use]
    pub fn account(&self) -> AccountId {
        self.0.credential.account
    }

    /// Whether a list of inboxes, in the order of their ids, contains all inboxes that the credential names.
    #[must_use]
    pub fn has_all(&self, inboxes: &[InboxView]) -> bool {
        let has = |id| {
            inboxes
                .binary_search_by_key(&id, |view| view.inbox.id)
                .is_ok()
        };
        self.0.credential.inboxes.limit().all(has)
    }

    /// Returns the principal with all inboxes of its account, which must be in the order of their ids.
    #[must_use]
    pub fn with(self, account_inboxes: Arc<[InboxView]>) -> Principal {
        Principal {
            account_inboxes,
            ..self.0
        }
    }
}

impl Read for FindCaller {
    type Out = Option<FoundCaller>;
    const NAME: &'static str = "find_caller";
    const SNAPSHOT: bool = true;

    fn cost(&self) -> Cost {
        Cost::Keys(AccountId(0))
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Option<FoundCaller>> {
        let FindPrincipal { api, key_hash } = &self.0;
        let key = rows
            .fetch_one(&rows::FIND_KEY, params![key_hash.as_slice()], |row| {
                Ok((
                    AccountId(row.int()?),
                    CredentialId(row.int()?),
                    row.opt_time()?,
                    row.opt_int()?.map(AgentId),
                ))
            })
            .await?;
        let Some((account, id, expires_at, agent)) = key else {
            return Ok(None);
        };
        let found = load(rows, (account, id), *api, expires_at).await?;
        Ok(found.map(|mut found| {
            // An agent allowed the app to act for them: the token acts as this agent.
            found.credential.agent = agent.or(found.credential.agent);
            FoundCaller(found)
        }))
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
            let params = params![account_id, application];
            rows.fetch_one(&rows::CLIENT_HASH, params, |row| row.opt_bytes())
                .await?
                .flatten()
        }
        None => None,
    };
    let (public_ids, settings) = rows
        .fetch_pair(
            (
                &account_rows::PUBLIC_ID_OF,
                params![
                    account_id,
                    EntityKind::Account.as_str(),
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
        account_inboxes: Arc::default(),
        credential,
        public_name: stored.public_name,
        secret_hash: stored.secret_hash,
        client_hash,
        expires_at,
        account: account.with(settings),
        account_public_id: public_ids.into_iter().next_back().unwrap_or_default(),
    }))
}

/// Returns all inboxes of an account with their public ids in an API.
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
                    EntityKind::Inbox.as_str(),
                    0_i64,
                    api.as_str(),
                    2 * MOST_INBOXES
                ],
                |row| Ok((row.int()?, row.text()?, row.text()?)),
            ),
        )
        .await?;
    // The rows are sorted by API, so that the API's own id comes after the default and replaces it.
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

/// Returns the public id of one entity in an API: the API's own if there is one, else the default.
pub(crate) async fn public_id(
    rows: &mut Rows<'_>,
    account: AccountId,
    kind: EntityKind,
    entity: i64,
    api: ApiName,
) -> Result<Option<String>> {
    let params = params![account, kind.as_str(), entity, api.as_str()];
    let found = rows
        .fetch(&account_rows::PUBLIC_ID_OF, params, public_id_text)
        .await?;
    Ok(found.into_iter().next_back())
}

/// Returns the public ids of several entities in an API, in the given order.
pub(super) async fn public_ids(
    rows: &mut Rows<'_>,
    account: AccountId,
    kind: EntityKind,
    entities: &[i64],
    api: ApiName,
) -> Result<Vec<Option<String>>> {
    let (kind, api) = (kind.as_str().into(), api.as_str().into());
    let params: Vec<_> = entities
        .iter()
        .map(|entity| [account.into(), kind, (*entity).into(), api])
        .collect();
    let found = rows
        .fetch_many(&account_rows::PUBLIC_ID_OF, &params, public_id_text)
        .await?;
    Ok(found.into_iter().map(|mut ids| ids.pop()).collect())
}

/// Maps a row of `PUBLIC_ID_OF`. If there are several rows, the API's own id is the last.
fn public_id_text(row: &mut Row<'_>) -> Result<String> {
    row.int()?;
    row.text()?;
    row.text()
}
