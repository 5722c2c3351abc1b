//! The bodies of webhooks and deliveries.

use heddle_domain::id::{ApplicationId, InboxId};
use heddle_domain::webhook::{Verdict, WebhookState};
use heddle_store::write::delivery::NewAttempt;
use heddle_store::{Attempt as StoredAttempt, Delivery as StoredDelivery, StoredWebhook};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use utoipa::openapi::schema::AdditionalProperties;
use utoipa::openapi::{ObjectBuilder, Schema, Type};

use crate::native::input::present;
use crate::native::time::Instant;
use crate::native::words::{DisabledWord, DoorName, Outcome};

/// Somebody who is told of events.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Webhook {
    pub(super) id: i64,
    /// Whose layout it speaks.
    door: DoorName,
    /// What people call it.
    label: String,
    /// Where it is told. What may be secret in it, the query, is shown as `***`.
    pub(super) url: String,
    /// What it is told of, in the words of its door.
    events: Vec<String>,
    /// The inboxes whose events it is told of; null: all there are and will be.
    #[schema(required)]
    inbox_ids: Option<Vec<i64>>,
    /// Whether a failed delivery holds up those behind it.
    ordered: bool,
    /// The internal hosts and networks it keeps to, of those that the operator allows; empty: all of them.
    allow: Vec<String>,
    /// The Mews client application whose conversations it is told of.
    #[schema(required)]
    application_id: Option<i64>,
    /// What only its door understands.
    #[schema(value_type = std::collections::BTreeMap<String, Value>)]
    options: Map<String, Value>,
    /// Whether it is told of events.
    enabled: bool,
    /// Why it is not.
    #[schema(required)]
    disabled_reason: Option<DisabledWord>,
    /// Since when it is not.
    #[schema(required)]
    disabled_at: Option<Instant>,
    /// Until when the secret before the current one is used beside it.
    #[schema(required)]
    previous_secret_until: Option<Instant>,
    created_at: Instant,
    /// What its requests are signed with. Told once, when it is made.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(super) secret: Option<String>,
}

impl Webhook {
    pub(super) fn of(webhook: StoredWebhook, url: String) -> Self {
        let limits: Vec<i64> = webhook.inboxes.into_iter().map(InboxId::get).collect();
        let allow = webhook.allow.split(',').filter(|entry| !entry.is_empty());
        Self {
            id: webhook.id.get(),
            door: DoorName::stored(&webhook.door),
            label: webhook.label,
            url,
            events: webhook.kinds,
            inbox_ids: Some(limits).filter(|limits| !limits.is_empty()),
            ordered: webhook.ordered,
            allow: allow.map(str::to_owned).collect(),
            application_id: webhook.application.map(ApplicationId::get),
            options: serde_json::from_str(&webhook.options).unwrap_or_default(),
            enabled: webhook.state == WebhookState::Enabled,
            disabled_reason: webhook.reason.map(DisabledWord),
            disabled_at: webhook.disabled_at.map(Instant::from),
            previous_secret_until: webhook.previous_until.map(Instant::from),
            created_at: webhook.created_at.into(),
            secret: None,
        }
    }
}

/// An object whose members only a door knows.
fn free() -> Schema {
    let members = AdditionalProperties::FreeForm(true);
    let free = ObjectBuilder::new().schema_type(Type::Object);
    free.additional_properties(Some(members)).into()
}

fn native() -> DoorName {
    DoorName(crate::native::DOOR)
}

const fn yes() -> bool {
    true
}

/// A new webhook.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewWebhook {
    /// Whose layout it speaks; `native` if it is not given.
    #[serde(default = "native")]
    #[schema(required = false)]
    pub(super) door: DoorName,
    /// What people call it.
    #[serde(default)]
    #[schema(max_length = 200)]
    pub(super) label: String,
    /// Where it is told: http or https, no user name, no password, no internal address.
    #[schema(min_length = 1, max_length = 2048)]
    pub(super) url: String,
    /// What it is told of: natively the kinds of events, otherwise the words of its door.
    #[schema(min_items = 1, max_items = 100)]
    pub(super) events: Vec<String>,
    /// The inboxes whose events it is told of, and of customers without a home; null: everything there is and will be.
    #[schema(min_items = 1, max_items = 5000)]
    pub(super) inbox_ids: Option<Vec<i64>>,
    /// A failed delivery holds up those behind it. Native webhooks only.
    #[serde(default)]
    pub(super) ordered: bool,
    /// The internal hosts and networks it keeps to, of those that the operator allows; empty: all of them.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub(super) allow: Vec<String>,
    /// Mews: the client application whose conversations it is told of.
    pub(super) application_id: Option<i64>,
    /// What only its door understands.
    #[serde(default)]
    #[schema(schema_with = free, required = false)]
    pub(super) options: Map<String, Value>,
    /// What its requests are signed with; made for you where it is not given. Natively `whsec_` and the base64 of 24 to 64
    /// bytes.
    #[schema(min_length = 1, max_length = 200)]
    pub(super) secret: Option<String>,
    /// Whether it is told of events from the start.
    #[serde(default = "yes")]
    #[schema(required = false)]
    pub(super) enabled: bool,
}

/// What changes of a webhook; what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WebhookChange {
    #[schema(max_length = 200, nullable = false)]
    pub(super) label: Option<String>,
    #[schema(min_length = 1, max_length = 2048, nullable = false)]
    pub(super) url: Option<String>,
    #[schema(min_items = 1, max_items = 100, nullable = false)]
    pub(super) events: Option<Vec<String>>,
    /// `null`: everything there is and will be.
    #[serde(default, deserialize_with = "present")]
    #[schema(min_items = 1, max_items = 5000, value_type = Option<Vec<i64>>)]
    pub(super) inbox_ids: Option<Option<Vec<i64>>>,
    #[schema(nullable = false)]
    pub(super) ordered: Option<bool>,
    #[schema(max_items = 100, nullable = false)]
    pub(super) allow: Option<Vec<String>>,
    /// All options anew.
    #[schema(schema_with = free, required = false)]
    pub(super) options: Option<Map<String, Value>>,
    #[schema(nullable = false)]
    pub(super) enabled: Option<bool>,
    /// With `enabled: true`: what happened while it was disabled is not told.
    #[serde(default)]
    pub(super) skip_backlog: bool,
}

const fn a_day() -> i64 {
    86_400
}

/// A new secret for a webhook.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewSecret {
    /// The new secret; made for you where it is not given.
    #[schema(min_length = 1, max_length = 200)]
    pub(super) secret: Option<String>,
    /// How long the secret before is used beside it; a day if it is not given, 0: not at all.
    #[serde(default = "a_day")]
    #[schema(minimum = 0, maximum = 2_592_000, required = false)]
    pub(super) keep_previous_seconds: i64,
}

/// How a webhook's receiver answers.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Condition {
    /// Since when attempts fail without one that succeeded.
    #[schema(required)]
    failing_since: Option<Instant>,
    /// How many events in a row were given up.
    discarded_in_a_row: i64,
    /// When it last took something.
    #[schema(required)]
    last_success_at: Option<Instant>,
    /// When something is tried again.
    #[schema(required)]
    next_retry_at: Option<Instant>,
}

impl Condition {
    pub(super) fn of(webhook: &StoredWebhook) -> Self {
        Self {
            failing_since: webhook.standing.failing_since.map(Instant::from),
            discarded_in_a_row: webhook.standing.discarded,
            last_success_at: webhook.standing.last_success_at.map(Instant::from),
            next_retry_at: webhook.next_due.map(Instant::from),
        }
    }
}

/// What came back from a receiver.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Try {
    /// Whether it was taken.
    delivered: bool,
    duration_ms: i64,
    /// The answer's status; null: there was no answer.
    #[schema(required)]
    status: Option<u16>,
    /// The beginning of the answer's body.
    #[schema(required)]
    answer: Option<String>,
    /// Why there was no answer.
    #[schema(required)]
    error: Option<String>,
}

impl Try {
    pub(super) fn of(attempt: NewAttempt) -> Self {
        Self {
            delivered: Verdict::of_status(attempt.status) == Verdict::Taken,
            duration_ms: attempt.duration_ms,
            status: attempt.status,
            answer: attempt.answer,
            error: attempt.error,
        }
    }
}

/// What was sent for an event, or for several at once.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Delivery {
    pub(super) id: i64,
    /// The event that it tells, or the first of them.
    event_id: i64,
    /// How many events it tells.
    events: i64,
    /// What its door calls the event.
    event: String,
    state: Outcome,
    /// How often it was tried.
    attempts: i64,
    /// When it is tried again.
    #[schema(required)]
    next_attempt_at: Option<Instant>,
    created_at: Instant,
}

impl Delivery {
    pub(super) fn of(delivery: &StoredDelivery) -> Self {
        Self {
            id: delivery.id.get(),
            event_id: delivery.event.get(),
            events: delivery.events,
            event: delivery.name.clone(),
            state: Outcome(delivery.state),
            attempts: delivery.attempts,
            next_attempt_at: delivery.next_attempt_at.map(Instant::from),
            created_at: delivery.id.created_at().into(),
        }
    }
}

/// A delivery with its request and attempts.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DeliveryDetail {
    #[serde(flatten)]
    delivery: Delivery,
    request: SentRequest,
    /// Every attempt, the first one first.
    log: Vec<Attempt>,
}

/// What was sent.
#[derive(Debug, Serialize, ToSchema)]
struct SentRequest {
    /// Its headers, but for signatures and what proves the sender: these are made for each attempt.
    #[schema(value_type = std::collections::BTreeMap<String, String>)]
    headers: Map<String, Value>,
    body: String,
}

/// One attempt.
#[derive(Debug, Serialize, ToSchema)]
struct Attempt {
    /// The first is 1.
    number: i64,
    started_at: Instant,
    duration_ms: i64,
    /// The answer's status; null: there was no answer.
    #[schema(required)]
    status: Option<i64>,
    /// The first 2 kB of the answer's body.
    #[schema(required)]
    answer: Option<String>,
    /// Why there was no answer.
    #[schema(required)]
    error: Option<String>,
}

impl DeliveryDetail {
    pub(super) fn of(delivery: &StoredDelivery, attempts: Vec<StoredAttempt>) -> Self {
        let attempt = |attempt: StoredAttempt| Attempt {
            number: attempt.number,
            started_at: attempt.started_at.into(),
            duration_ms: attempt.duration_ms,
            status: attempt.status,
            answer: attempt.answer,
            error: attempt.error,
        };
        Self {
            delivery: Delivery::of(delivery),
            request: SentRequest {
                headers: serde_json::from_str(&delivery.headers).unwrap_or_default(),
                body: delivery.body.clone(),
            },
            log: attempts.into_iter().map(attempt).collect(),
        }
    }
}

/// Which deliveries are sent again.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ReplayRange {
    /// Recorded at this time or later.
    #[schema(value_type = String, format = DateTime)]
    pub(super) from: Instant,
    /// Recorded before this time; without it, everything from then on.
    #[schema(value_type = String, format = DateTime, required = false)]
    pub(super) to: Option<Instant>,
    /// Only those in this state.
    #[schema(value_type = Outcome, required = false)]
    pub(super) state: Option<Outcome>,
    /// Only those behind this delivery: `last_id` of the answer before, where the range is too long for one request.
    #[schema(minimum = 1, nullable = false)]
    pub(super) after_id: Option<i64>,
}

/// What is sent again.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Replayed {
    /// How many deliveries.
    pub(super) deliveries: i64,
    /// The range was too long for one request: ask again with this as `after_id`. Null: that was all.
    #[schema(required)]
    pub(super) last_id: Option<i64>,
}
