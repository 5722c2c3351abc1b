//! Webhooks (contract section 8): changes of customers and employees. There is no event for threads or communications.
//!
//! The header `x-api-key` carries the studio's webhook key, which proves the sender.

use std::time::Duration;

use futures_util::future::BoxFuture;
use heddle_domain::credential::Scope;
use heddle_domain::event::EventKind;
use heddle_domain::id::{EventId, InboxId};
use heddle_domain::webhook::{DisableRule, Policy, Schedule};
use heddle_domain::{Field, Timestamp};
use heddle_store::read::feed::FeedEvent;
use heddle_store::{Error, StoredWebhook};
use http::HeaderMap;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use heddle_webhooks::header_secret;
use heddle_webhooks::hook::{
    Content, DeliveryOptions, Hook, HookContext, Secrets, SignatureInput, UnsignedRequest,
};

const CUSTOMER_CREATED: &str = "CUSTOMER_CREATED";
const CUSTOMER_UPDATED: &str = "CUSTOMER_UPDATED";
const CUSTOMER_DELETED: &str = "CUSTOMER_DELETED";
const CUSTOMER_MOVED: &str = "CUSTOMER_HOME_STUDIO_UPDATED";
const PREFERENCES_UPDATED: &str = "CUSTOMER_COMMUNICATION_PREFERENCES_UPDATED";
const EMPLOYEE_CREATED: &str = "EMPLOYEE_CREATED";
const EMPLOYEE_UPDATED: &str = "EMPLOYEE_UPDATED";
const TEN_MINUTES_MS: i64 = 600_000;

const DELIVERY: DeliveryOptions = DeliveryOptions {
    timeout: Duration::from_secs(5),
    redirects: 0,
    policy: Policy {
        schedule: Schedule::Fixed(&[TEN_MINUTES_MS, TEN_MINUTES_MS, TEN_MINUTES_MS]),
        disable: DisableRule::Never,
        gone_disables: false,
    },
    collect: Duration::ZERO,
    together: 1,
};

/// The webhooks of this API.
#[derive(Debug)]
pub(crate) struct Webhooks;

/// Returns the vendor's event types for an event of the feed, each with its `content`.
fn event_types(event: &FeedEvent) -> Vec<(&'static str, Option<Value>)> {
    match event.kind {
        EventKind::CustomerCreated => vec![(CUSTOMER_CREATED, None)],
        EventKind::CustomerErased | EventKind::CustomerMerged => vec![(CUSTOMER_DELETED, None)],
        // A team is no employee.
        EventKind::AgentCreated | EventKind::AgentUpdated if event.detail.known().is_of_team() => {
            Vec::new()
        }
        EventKind::AgentCreated => vec![(EMPLOYEE_CREATED, None)],
        EventKind::AgentUpdated => vec![(EMPLOYEE_UPDATED, None)],
        EventKind::CustomerUpdated => updates(event),
        EventKind::AgentConsented
        | EventKind::AccountCreated
        | EventKind::AccountUpdated
        | EventKind::RetentionApplied
        | EventKind::InboxCreated
        | EventKind::InboxUpdated
        | EventKind::InboxRemoved
        | EventKind::ApplicationCreated
        | EventKind::CredentialCreated
        | EventKind::CredentialUpdated
        | EventKind::CredentialRevoked
        | EventKind::ConversationCreated
        | EventKind::ConversationUpdated
        | EventKind::ConversationMerged
        | EventKind::ConversationSplit
        | EventKind::ConversationDeleted
        | EventKind::ConversationRestored
        | EventKind::ConversationLeft
        | EventKind::MessageAdded
        | EventKind::MessageUpdated
        | EventKind::TagCreated
        | EventKind::WebhookCreated
        | EventKind::WebhookUpdated
        | EventKind::WebhookDisabled
        | EventKind::WebhookDeleted
        | EventKind::WebhookReplayed
        | EventKind::Void => Vec::new(),
    }
}

/// Returns the event types of a change of a customer.
fn updates(event: &FeedEvent) -> Vec<(&'static str, Option<Value>)> {
    let detail = event.detail.known();
    let is_preferences = |change: &Field| matches!(change, Field::Preferences(_));
    let mut types = Vec::new();
    // The vendor knows no followers.
    let is_other =
        |change: &&Field| !is_preferences(change) && !matches!(change, Field::Followers(_));
    if detail.changes.is_empty() || detail.changes.iter().any(|change| is_other(&change)) {
        types.push((CUSTOMER_UPDATED, None));
    }
    if detail.changes.iter().any(is_preferences) {
        types.push((PREFERENCES_UPDATED, None));
    }
    for change in &detail.changes {
        if let Field::HomeInbox([before, after]) = change {
            let studio = |home: &Option<InboxId>| home.map(InboxId::get);
            let content =
                json!({ "sourceStudioId": studio(before), "targetStudioId": studio(after) });
            types.push((CUSTOMER_MOVED, Some(content)));
        }
    }
    types
}

/// Returns the vendor's unique id of an event. It is computed from the event, so that every attempt sends the same id.
fn uuid(context: HookContext<'_>, event: EventId, event_type: &str) -> String {
    let hash = Sha256::digest(format!("{} {event} {event_type}", context.account));
    let bytes = std::array::from_fn(|at| hash[at]);
    uuid::Builder::from_random_bytes(bytes)
        .into_uuid()
        .to_string()
}

fn body(
    event_type: &str,
    entity: i64,
    uuid: &str,
    at: Timestamp,
    content: Option<Value>,
) -> String {
    let mut payload = json!({ "timestamp": at.0, "type": event_type });
    if let Some(content) = content {
        payload["content"] = content;
    }
    json!({ "entityId": entity, "uuid": uuid, "payload": [payload] }).to_string()
}

fn content(name: &'static str, body: String) -> Content {
    Content {
        name,
        headers: vec![("content-type", "application/json".to_owned())],
        body,
    }
}

/// Returns the requests for one event.
fn requests(context: HookContext<'_>, event: &FeedEvent) -> Vec<UnsignedRequest> {
    let types = event_types(event).into_iter();
    let at = event.recorded_at;
    let contents = types
        .filter(|(name, _)| context.wants(name))
        .map(|(name, data)| {
            let uuid = uuid(context, event.id, name);
            content(name, body(name, event.entity, &uuid, at, data))
        });
    UnsignedRequest::of_event(event, contents.collect())
}

/// Whether the webhook gets the event. Employees belong to the account, so every studio gets their events.
fn covers(context: HookContext<'_>, event: &FeedEvent) -> bool {
    let is_employee = matches!(
        event.kind,
        EventKind::AgentCreated | EventKind::AgentUpdated
    );
    is_employee || context.covers(event)
}

impl Hook for Webhooks {
    fn needs_one_inbox(&self) -> bool {
        true
    }

    fn delivery_options(&self) -> DeliveryOptions {
        DELIVERY
    }

    fn event_names(&self) -> Vec<&'static str> {
        vec![
            CUSTOMER_CREATED,
            CUSTOMER_UPDATED,
            CUSTOMER_DELETED,
            CUSTOMER_MOVED,
            PREFERENCES_UPDATED,
            EMPLOYEE_CREATED,
            EMPLOYEE_UPDATED,
        ]
    }

    fn scopes(&self, name: &str) -> Vec<Scope> {
        match name {
            EMPLOYEE_CREATED | EMPLOYEE_UPDATED => vec![Scope::AgentsRead],
            _ => vec![Scope::CustomersRead],
        }
    }

    fn prepare<'a>(
        &'a self,
        context: HookContext<'a>,
        events: &'a [FeedEvent],
    ) -> BoxFuture<'a, Result<Vec<UnsignedRequest>, Error>> {
        let covered = events.iter().filter(move |event| covers(context, event));
        let all = covered
            .flat_map(move |event| requests(context, event))
            .collect();
        Box::pin(async move { Ok(all) })
    }

    fn sign(
        &self,
        _: &StoredWebhook,
        secrets: &Secrets,
        _: &SignatureInput<'_>,
        headers: &mut HeaderMap,
    ) {
        header_secret::add(headers, "x-api-key", secrets);
    }

    fn secret(&self, chosen: Option<String>) -> Result<Option<String>, String> {
        header_secret::choose(chosen)
    }

    fn ping(&self, _: &StoredWebhook, at: Timestamp) -> Content {
        let nil = uuid::Uuid::nil().to_string();
        content("TEST", body("TEST", 0, &nil, at, None))
    }
}
