//! Statements on webhooks, their positions in the feed, and their leases.

use heddle_domain::id::{AccountId, ApplicationId, CredentialId, DeliveryId, EventId, WebhookId};
use heddle_domain::webhook::{ALL_EVENTS, DisabledReason, Standing, Trouble, WebhookState};
use heddle_domain::{InboxScope, Timestamp};

use crate::error::Result;
use crate::stmt::{Row, statements};

statements! {
    /// Inserts a webhook.
    INSERT = "INSERT INTO webhook (account_id, id, api, label, url, kinds, inbox_scope, inboxes_since, secret, ordered, allow,
        application_id, options, state, reason, disabled_at, parked, credential_id, created_at, version, lease_until,
        discarded) VALUES ($1, $2, $3, $4, $5, $6, $7, $19, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, 0, 0)";
    /// Selects one webhook.
    GET = "SELECT id, api, label, url, kinds, inbox_scope, inboxes_since, secret, previous_secret, previous_until, ordered, allow,
        application_id, options, state, reason, disabled_at, parked, lease_by, lease_until, next_due, failing_since,
        discarded, last_success_at, credential_id, created_at, version, settled, trouble, trouble_since, paused_until, throttled FROM webhook WHERE account_id = $1 AND id = $2";
    /// Selects the versions of one webhook and of its maker.
    VERSIONS = "SELECT w.version, c.version FROM webhook w LEFT JOIN credential c ON c.account_id = w.account_id
        AND c.id = w.credential_id WHERE w.account_id = $1 AND w.id = $2";
    /// Selects one webhook, locked.
    LOCK = "SELECT id, api, label, url, kinds, inbox_scope, inboxes_since, secret, previous_secret, previous_until, ordered, allow,
        application_id, options, state, reason, disabled_at, parked, lease_by, lease_until, next_due, failing_since,
        discarded, last_success_at, credential_id, created_at, version, settled, trouble, trouble_since, paused_until, throttled FROM webhook WHERE account_id = $1 AND id = $2", locked;
    /// Selects the webhooks of an account by id.
    LIST = "SELECT id, api, label, url, kinds, inbox_scope, inboxes_since, secret, previous_secret, previous_until, ordered, allow,
        application_id, options, state, reason, disabled_at, parked, lease_by, lease_until, next_due, failing_since,
        discarded, last_success_at, credential_id, created_at, version, settled, trouble, trouble_since, paused_until, throttled FROM webhook WHERE account_id = $1 AND id > $2
        AND state <> 'deleted' ORDER BY id LIMIT $3";
    /// Changes the columns that a user sets.
    UPDATE = "UPDATE webhook SET label = $3, url = $4, kinds = $5, inbox_scope = $6, inboxes_since = $14, secret = $7,
        previous_secret = $8, previous_until = $9, ordered = $10, allow = $11, options = $12, version = $13 WHERE account_id = $1 AND id = $2";
    /// Changes the maker of a webhook.
    ADOPT = "UPDATE webhook SET credential_id = $3 WHERE account_id = $1 AND id = $2";
    /// Enables or disables a webhook.
    SWITCH = "UPDATE webhook SET state = $3, reason = $4, disabled_at = $5, parked = $6, failing_since = NULL, discarded = 0,
        trouble = NULL, trouble_since = NULL, paused_until = NULL, throttled = 0, version = $7 WHERE account_id = $1 AND id = $2";
    /// Takes or renews the lease.
    LEASE = "UPDATE webhook SET lease_by = $3, lease_until = $4 WHERE account_id = $1 AND id = $2";
    /// Releases the lease.
    RELEASE = "UPDATE webhook SET lease_by = NULL, lease_until = 0 WHERE account_id = $1 AND id = $2 AND lease_by = $3";
    /// Records the receiver's results, the next retry and the renewed lease.
    SETTLE = "UPDATE webhook SET lease_until = $3, next_due = $4, failing_since = $5, discarded = $6, last_success_at = $7,
        settled = $8, trouble = $9, trouble_since = $10, paused_until = $11, throttled = $12, inboxes_since = $13 WHERE account_id = $1 AND id = $2";
    /// Ends the pause that the receiver asked for.
    RESUME = "UPDATE webhook SET paused_until = NULL, throttled = 0 WHERE account_id = $1 AND id = $2";
    /// Records a trouble, and releases the lease.
    TROUBLE = "UPDATE webhook SET trouble = $3, trouble_since = $4, lease_by = NULL, lease_until = 0
        WHERE account_id = $1 AND id = $2";
    /// Changes the stored position of a disabled webhook.
    PARK = "UPDATE webhook SET parked = $3 WHERE account_id = $1 AND id = $2";
    /// Sets when the next retry is due.
    DUE = "UPDATE webhook SET next_due = $3 WHERE account_id = $1 AND id = $2";
    /// Removes a webhook.
    REMOVE = "DELETE FROM webhook WHERE account_id = $1 AND id = $2";
    /// Sets the position of a reader of the feed, whether or not it has one: for a new webhook, and to skip events.
    PUT_POSITION = "INSERT INTO feed_reader (account_id, name, position) VALUES ($1, $2, $3)
        ON CONFLICT (account_id, name) DO UPDATE SET position = excluded.position";
    /// Deletes a reader of the feed.
    DROP_POSITION = "DELETE FROM feed_reader WHERE account_id = $1 AND name = $2";
    /// Selects webhooks of one account with something to send, that no other node has leased, and whose receiver has not
    /// asked for a pause, after a given one. An
    /// ordered webhook with a failed delivery has nothing to send before its retry is due.
    // The SQL builds the readers' names itself, because it needs those of all webhooks.
    WORK = "SELECT w.account_id, w.id FROM webhook w
        LEFT JOIN feed_reader r ON r.account_id = w.account_id AND r.name = 'webhook:' || w.id
        WHERE w.account_id = $1 AND w.id > $5 AND w.state = 'enabled' AND (w.lease_until < $2 OR w.lease_by = $4)
        AND (w.paused_until IS NULL OR w.paused_until <= $2)
        AND (w.next_due <= $2 OR ((w.ordered = 0 OR w.next_due IS NULL) AND
        EXISTS (SELECT 1 FROM event e WHERE e.account_id = $1 AND e.id > r.position))) ORDER BY w.id LIMIT $3",
        postgres "SELECT w.account_id, w.id FROM webhook w
        LEFT JOIN feed_reader r ON r.account_id = w.account_id AND r.name = 'webhook:' || w.id
        WHERE w.account_id = $1 AND w.id > $5 AND w.state = 'enabled' AND (w.lease_until < $2 OR w.lease_by = $4)
        AND (w.paused_until IS NULL OR w.paused_until <= $2)
        AND (w.next_due <= $2 OR ((w.ordered = 0 OR w.next_due IS NULL) AND r.position <
        (SELECT f.head FROM feed f WHERE f.account_id = $1))) ORDER BY w.id LIMIT $3";
    // tidy: across accounts: a node looks for work in all accounts, then claims it account by account.
    /// Same as `WORK` for all accounts.
    WORK_ANYWHERE = "SELECT w.account_id, w.id FROM webhook w
        LEFT JOIN feed_reader r ON r.account_id = w.account_id AND r.name = 'webhook:' || w.id
        WHERE (w.account_id, w.id) > ($4, $5) AND w.state = 'enabled' AND (w.lease_until < $1 OR w.lease_by = $3)
        AND (w.paused_until IS NULL OR w.paused_until <= $1)
        AND (w.next_due <= $1 OR ((w.ordered = 0 OR w.next_due IS NULL) AND
        EXISTS (SELECT 1 FROM event e WHERE e.account_id = w.account_id AND e.id > r.position)))
        ORDER BY w.account_id, w.id LIMIT $2",
        postgres "SELECT w.account_id, w.id FROM webhook w
        LEFT JOIN feed_reader r ON r.account_id = w.account_id AND r.name = 'webhook:' || w.id
        WHERE (w.account_id, w.id) > ($4, $5) AND w.state = 'enabled' AND (w.lease_until < $1 OR w.lease_by = $3)
        AND (w.paused_until IS NULL OR w.paused_until <= $1)
        AND (w.next_due <= $1 OR ((w.ordered = 0 OR w.next_due IS NULL) AND r.position <
        (SELECT f.head FROM feed f WHERE f.account_id = w.account_id))) ORDER BY w.account_id, w.id LIMIT $2";
    // tidy: across accounts: a node sets one timer for each webhook that waits for a retry or the end of a pause.
    /// Selects the enabled webhooks with a retry or a pause, and when these are due, after a given webhook.
    WAITING = "SELECT account_id, id, next_due, paused_until FROM webhook WHERE (account_id, id) > ($1, $2)
        AND state = 'enabled' AND (next_due IS NOT NULL OR paused_until IS NOT NULL) ORDER BY account_id, id LIMIT $3";
    // tidy: across accounts: old deliveries of all accounts are removed, account by account.
    /// Selects every webhook, deleted ones included, after a given one.
    ALL_IDS = "SELECT account_id, id, state FROM webhook WHERE (account_id, id) > ($1, $2)
        ORDER BY account_id, id LIMIT $3";
    /// Selects the internal hosts and networks that the operator allows for an account's webhooks.
    ALLOWED = "SELECT entries FROM webhook_allow WHERE account_id = $1";
    /// Stores the internal hosts and networks that the operator allows.
    ALLOW = "INSERT INTO webhook_allow (account_id, entries) VALUES ($1, $2)
        ON CONFLICT (account_id) DO UPDATE SET entries = excluded.entries";
}

/// A stored webhook. URL and secrets are encrypted; the store never decrypts them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredWebhook {
    /// Id of the webhook within the account.
    pub id: WebhookId,
    /// The API whose format the webhook's requests have.
    pub api: String,
    /// Name of the webhook, for people.
    pub label: String,
    /// Encrypted URL, because a URL may contain a token.
    pub url: String,
    /// The events that the webhook receives, in its API's names.
    pub kinds: Vec<String>,
    /// The inboxes whose events the webhook receives.
    pub inboxes: InboxScope,
    /// Deliveries with smaller ids may be about inboxes that the webhook has lost since.
    pub inboxes_since: EventId,
    /// Encrypted secret; empty if the API has none.
    pub secret: String,
    /// The previous secret, encrypted, while it is still valid.
    pub previous_secret: Option<String>,
    /// When the previous secret expires.
    pub previous_until: Option<Timestamp>,
    /// Whether a failed delivery blocks the later ones.
    pub ordered: bool,
    /// The internal hosts and networks that the webhook may reach, out of those that the operator allows; empty means
    /// all of them.
    pub allow: String,
    /// The Mews application whose conversations the webhook reports.
    pub application: Option<ApplicationId>,
    /// A JSON object of options that only the webhook's API understands.
    pub options: String,
    /// Whether deliveries are enabled.
    pub state: WebhookState,
    /// Why the webhook is disabled.
    pub reason: Option<DisabledReason>,
    /// When the webhook was disabled.
    pub disabled_at: Option<Timestamp>,
    /// The webhook's position (number of the last sent event in the feed) while it is disabled.
    pub parked: Option<i64>,
    /// The node that has the lease.
    pub lease_by: Option<String>,
    /// When the lease expires.
    pub lease_until: Timestamp,
    /// When the next retry is due.
    pub next_due: Option<Timestamp>,
    /// The recent results of the webhook's attempts.
    pub standing: Standing,
    /// The maker: the credential that created or adopted the webhook; `None` if the operator did.
    pub credential: Option<CredentialId>,
    /// When the webhook was created.
    pub created_at: Timestamp,
    /// The event that last changed the webhook.
    pub version: EventId,
    /// The token of the last commit of results; 0 before the first one.
    pub settled: i64,
    /// What keeps the webhook from sending now; `None` if nothing does.
    pub trouble: Option<Trouble>,
}

/// What changes whenever somebody changes a webhook, or revokes or changes the credential behind it. Only for comparing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WebhookVersions {
    /// The event that last changed the webhook.
    pub webhook: EventId,
    /// The version of the maker; `None` if the webhook has none.
    pub maker: Option<i64>,
}

/// Maps a row of `VERSIONS`.
pub(crate) fn versions(row: &mut Row<'_>) -> Result<WebhookVersions> {
    Ok(WebhookVersions {
        webhook: EventId(row.int()?),
        maker: row.opt_int()?,
    })
}

impl StoredWebhook {
    /// Whether the webhook is subscribed to events of this name.
    #[must_use]
    pub fn wants(&self, name: &str) -> bool {
        let mut kinds = self.kinds.iter();
        kinds.any(|kind| kind == name || kind == ALL_EVENTS)
    }

    /// Whether a stored delivery of an event of this name may still be sent. A webhook that has lost inboxes or events sends
    /// nothing that was made before: others than those who might read it may have changed its URL since.
    #[must_use]
    pub fn still_sends(&self, delivery: DeliveryId, name: &str) -> bool {
        let is_covered =
            self.inboxes == InboxScope::All || delivery.get() >= self.inboxes_since.get();
        is_covered && self.wants(name)
    }
}

/// Parses words separated by commas.
pub(crate) fn words(text: &str) -> Vec<String> {
    let words = text.split(',').filter(|word| !word.is_empty());
    words.map(str::to_owned).collect()
}

/// Maps a row of `GET`, `LOCK` or `LIST`.
pub(crate) fn webhook(row: &mut Row<'_>) -> Result<StoredWebhook> {
    let mut webhook = StoredWebhook {
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
            ..Standing::default()
        },
        credential: row.opt_int()?.map(CredentialId),
        created_at: row.time()?,
        version: EventId(row.int()?),
        settled: row.int()?,
        trouble: trouble(row)?,
    };
    webhook.standing.paused_until = row.opt_time()?;
    webhook.standing.throttled = row.int()?;
    Ok(webhook)
}

fn trouble(row: &mut Row<'_>) -> Result<Option<Trouble>> {
    let reason = row.opt_word(DisabledReason::parse)?;
    let since = row.opt_time()?;
    Ok(reason
        .zip(since)
        .map(|(reason, since)| Trouble { reason, since }))
}

/// Maps a row of `WORK` or `WORK_ANYWHERE`.
pub(crate) fn place(row: &mut Row<'_>) -> Result<(AccountId, WebhookId)> {
    Ok((AccountId(row.int()?), WebhookId(row.int()?)))
}

/// A webhook, when its next retry is due, and until when its receiver wants a pause.
type Waiting = ((AccountId, WebhookId), Option<Timestamp>, Option<Timestamp>);

/// Maps a row of `WAITING`.
pub(crate) fn waiting(row: &mut Row<'_>) -> Result<Waiting> {
    Ok((place(row)?, row.opt_time()?, row.opt_time()?))
}

/// Returns the name of a webhook's reader in the feed.
pub(crate) fn reader(id: WebhookId) -> String {
    format!("webhook:{id}")
}
