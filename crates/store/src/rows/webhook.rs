//! Webhooks, how far they have come, and who sends for them.

use heddle_domain::id::{AccountId, ApplicationId, CredentialId, EventId, WebhookId};
use heddle_domain::webhook::{DisabledReason, Standing, WebhookState};
use heddle_domain::{InboxScope, Timestamp};

use crate::error::Result;
use crate::stmt::{Row, statements};

statements! {
    /// Makes a webhook.
    INSERT = "INSERT INTO webhook (account_id, id, api, label, url, kinds, inbox_scope, inboxes_since, secret, ordered, allow,
        application_id, options, state, reason, disabled_at, parked, credential_id, created_at, version, lease_until,
        discarded) VALUES ($1, $2, $3, $4, $5, $6, $7, $19, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, 0, 0)";
    /// One webhook.
    GET = "SELECT id, api, label, url, kinds, inbox_scope, inboxes_since, secret, previous_secret, previous_until, ordered, allow,
        application_id, options, state, reason, disabled_at, parked, lease_by, lease_until, next_due, failing_since,
        discarded, last_success_at, credential_id, created_at, version FROM webhook WHERE account_id = $1 AND id = $2";
    /// One webhook, locked.
    LOCK = "SELECT id, api, label, url, kinds, inbox_scope, inboxes_since, secret, previous_secret, previous_until, ordered, allow,
        application_id, options, state, reason, disabled_at, parked, lease_by, lease_until, next_due, failing_since,
        discarded, last_success_at, credential_id, created_at, version FROM webhook WHERE account_id = $1 AND id = $2",
        postgres "SELECT id, api, label, url, kinds, inbox_scope, inboxes_since, secret, previous_secret, previous_until, ordered, allow,
        application_id, options, state, reason, disabled_at, parked, lease_by, lease_until, next_due, failing_since,
        discarded, last_success_at, credential_id, created_at, version FROM webhook WHERE account_id = $1 AND id = $2
        FOR UPDATE";
    /// The webhooks of an account by id.
    LIST = "SELECT id, api, label, url, kinds, inbox_scope, inboxes_since, secret, previous_secret, previous_until, ordered, allow,
        application_id, options, state, reason, disabled_at, parked, lease_by, lease_until, next_due, failing_since,
        discarded, last_success_at, credential_id, created_at, version FROM webhook WHERE account_id = $1 AND id > $2
        AND state <> 'deleted' ORDER BY id LIMIT $3";
    /// Changes what people set.
    UPDATE = "UPDATE webhook SET label = $3, url = $4, kinds = $5, inbox_scope = $6, inboxes_since = $14, secret = $7,
        previous_secret = $8, previous_until = $9, ordered = $10, allow = $11, options = $12, version = $13 WHERE account_id = $1 AND id = $2";
    /// Switches a webhook on or off.
    SWITCH = "UPDATE webhook SET state = $3, reason = $4, disabled_at = $5, parked = $6, failing_since = NULL, discarded = 0,
        version = $7 WHERE account_id = $1 AND id = $2";
    /// Takes or renews the lease.
    LEASE = "UPDATE webhook SET lease_by = $3, lease_until = $4 WHERE account_id = $1 AND id = $2";
    /// Gives the lease back.
    RELEASE = "UPDATE webhook SET lease_by = NULL, lease_until = 0 WHERE account_id = $1 AND id = $2 AND lease_by = $3";
    /// Records how the receiver answered, and when something is due again; the lease goes on.
    SETTLE = "UPDATE webhook SET lease_until = $3, next_due = $4, failing_since = $5, discarded = $6, last_success_at = $7
        WHERE account_id = $1 AND id = $2";
    /// Moves the position of one that is disabled.
    PARK = "UPDATE webhook SET parked = $3 WHERE account_id = $1 AND id = $2";
    /// Makes something due at once.
    DUE = "UPDATE webhook SET next_due = $3 WHERE account_id = $1 AND id = $2";
    /// Removes a webhook.
    REMOVE = "DELETE FROM webhook WHERE account_id = $1 AND id = $2";
    /// Where a reader of the feed begins.
    PUT_POSITION = "INSERT INTO feed_reader (account_id, name, position) VALUES ($1, $2, $3)
        ON CONFLICT (account_id, name) DO UPDATE SET position = excluded.position";
    /// It reads no more.
    DROP_POSITION = "DELETE FROM feed_reader WHERE account_id = $1 AND name = $2";
    /// Webhooks of one account that nobody sends for though there is something to send.
    // The reader's name is put together here: a webhook has one reader, and no other statement asks over all of them.
    WORK = "SELECT w.account_id, w.id FROM webhook w
        LEFT JOIN feed_reader r ON r.account_id = w.account_id AND r.name = 'webhook:' || w.id
        WHERE w.account_id = $1 AND w.state = 'enabled' AND (w.lease_until < $2 OR w.lease_by = $4) AND (w.next_due <= $2 OR
        EXISTS (SELECT 1 FROM event e WHERE e.account_id = $1 AND e.id > r.position)) ORDER BY w.id LIMIT $3",
        postgres "SELECT w.account_id, w.id FROM webhook w
        LEFT JOIN feed_reader r ON r.account_id = w.account_id AND r.name = 'webhook:' || w.id
        WHERE w.account_id = $1 AND w.state = 'enabled' AND (w.lease_until < $2 OR w.lease_by = $4) AND (w.next_due <= $2 OR r.position <
        (SELECT f.head FROM feed f WHERE f.account_id = $1)) ORDER BY w.id LIMIT $3";
    // tidy: across accounts: a node looks for work in all of them; what it finds, it claims account by account.
    /// The same in all accounts.
    WORK_ANYWHERE = "SELECT w.account_id, w.id FROM webhook w
        LEFT JOIN feed_reader r ON r.account_id = w.account_id AND r.name = 'webhook:' || w.id
        WHERE w.state = 'enabled' AND (w.lease_until < $1 OR w.lease_by = $3) AND (w.next_due <= $1 OR
        EXISTS (SELECT 1 FROM event e WHERE e.account_id = w.account_id AND e.id > r.position)) LIMIT $2",
        postgres "SELECT w.account_id, w.id FROM webhook w
        LEFT JOIN feed_reader r ON r.account_id = w.account_id AND r.name = 'webhook:' || w.id
        WHERE w.state = 'enabled' AND (w.lease_until < $1 OR w.lease_by = $3) AND (w.next_due <= $1 OR r.position <
        (SELECT f.head FROM feed f WHERE f.account_id = w.account_id)) LIMIT $2";
    // tidy: across accounts: old deliveries are removed in all of them, account by account.
    /// Every webhook, deleted ones included, behind one.
    ALL_IDS = "SELECT account_id, id, state FROM webhook WHERE (account_id, id) > ($1, $2)
        ORDER BY account_id, id LIMIT $3";
    /// What the operator opened to an account.
    ALLOWED = "SELECT entries FROM webhook_allow WHERE account_id = $1";
    /// Opens something to an account.
    ALLOW = "INSERT INTO webhook_allow (account_id, entries) VALUES ($1, $2)
        ON CONFLICT (account_id) DO UPDATE SET entries = excluded.entries";
}

/// A webhook as it is stored. What is secret is sealed; the store never opens it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredWebhook {
    /// Its id.
    pub id: WebhookId,
    /// The API whose layout it speaks.
    pub api: String,
    /// What people call it.
    pub label: String,
    /// Its URL, sealed: it may hold a token.
    pub url: String,
    /// The events it is told of, in its API's words.
    pub kinds: Vec<String>,
    /// The inboxes whose events it is told of.
    pub inboxes: InboxScope,
    /// The event since which it is told of these. What was sent before may be about others.
    pub inboxes_since: EventId,
    /// Its secret, sealed; empty where the API has none.
    pub secret: String,
    /// The secret before, sealed, while it is still valid.
    pub previous_secret: Option<String>,
    /// Until when that is.
    pub previous_until: Option<Timestamp>,
    /// Whether a failed delivery holds up those behind it.
    pub ordered: bool,
    /// The internal hosts and networks it keeps to, of those that the operator opened; empty: all of them.
    pub allow: String,
    /// The Mews application it tells.
    pub application: Option<ApplicationId>,
    /// What only its API understands (a JSON object).
    pub options: String,
    /// Whether it is told of events.
    pub state: WebhookState,
    /// Why it is not.
    pub reason: Option<DisabledReason>,
    /// Since when it is not.
    pub disabled_at: Option<Timestamp>,
    /// Where the feed waits for it while it is disabled.
    pub parked: Option<i64>,
    /// Who sends for it.
    pub lease_by: Option<String>,
    /// Until when nobody else does.
    pub lease_until: Timestamp,
    /// When something must be tried again.
    pub next_due: Option<Timestamp>,
    /// How its receiver answers.
    pub standing: Standing,
    /// The credential that made it.
    pub credential: Option<CredentialId>,
    /// When it was made.
    pub created_at: Timestamp,
    /// The event of its last change.
    pub version: EventId,
}

/// Words separated by commas.
pub(crate) fn words(text: &str) -> Vec<String> {
    let words = text.split(',').filter(|word| !word.is_empty());
    words.map(str::to_owned).collect()
}

/// Maps a row of `GET`, `LOCK` or `LIST`.
pub(crate) fn webhook(row: &mut Row<'_>) -> Result<StoredWebhook> {
    Ok(StoredWebhook {
        id: WebhookId(row.int()?),
        api: row.text()?,
        label: row.text()?,
        url: row.text()?,
        kinds: words(&row.text()?),
        inboxes: super::credential::inbox_scope(row)?,
        inboxes_since: EventId(row.int()?),
        secret: row.text()?,
        previous_secret: row.opt_text()?,
        previous_until: row.opt_time()?,
        ordered: row.flag()?,
        allow: row.text()?,
        application: row.opt_int()?.map(ApplicationId),
        options: row.text()?,
        state: row.word(WebhookState::parse)?,
        reason: row.opt_word(DisabledReason::parse)?,
        disabled_at: row.opt_time()?,
        parked: row.opt_int()?,
        lease_by: row.opt_text()?,
        lease_until: row.time()?,
        next_due: row.opt_time()?,
        standing: Standing {
            failing_since: row.opt_time()?,
            discarded: row.int()?,
            last_success_at: row.opt_time()?,
        },
        credential: row.opt_int()?.map(CredentialId),
        created_at: row.time()?,
        version: EventId(row.int()?),
    })
}

/// Maps a row of `WORK` or `WORK_ANYWHERE`.
pub(crate) fn place(row: &mut Row<'_>) -> Result<(AccountId, WebhookId)> {
    Ok((AccountId(row.int()?), WebhookId(row.int()?)))
}

/// The name of a webhook's reader of the feed.
pub(crate) fn reader(id: WebhookId) -> String {
    format!("webhook:{id}")
}
