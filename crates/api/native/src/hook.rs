//! Native webhooks, in the Standard Webhooks layout.
//!
//! A body holds one event as `/api/v1/events` shows it. It holds no conversation, message or customer: receivers read
//! those over the API, where they are up to date and the reader's scopes apply. So the body of an event about a message
//! does not say what the message changed of its conversation either: a webhook for it, and the log of its deliveries, ask
//! only for `messages.read`. A retry sends the same body.

use std::iter;
use std::time::Duration;

use futures_util::future::BoxFuture;
use heddle_domain::credential::{Scope, Scopes};
use heddle_domain::event::EventKind;
use heddle_domain::id::EventId;
use heddle_domain::webhook::{DisableRule, Policy, Schedule};
use heddle_domain::{EntityKind, InboxScope, Timestamp};
use heddle_store::read::feed::FeedEvent;
use heddle_store::{Error, StoredWebhook};
use http::{HeaderMap, HeaderValue};
use serde::Serialize;

use crate::event::{FeedItem, first_messages};
use crate::sight::{Parts, Sight, scope_of};
use crate::time::rfc3339;
use heddle_webhooks::hook::{
    Content, DeliveryOptions, Hook, HookContext, Secrets, SignatureInput, UnsignedRequest,
};
use heddle_webhooks::sign;

const SECOND_MS: i64 = 1_000;
const HOUR_MS: i64 = 3_600 * SECOND_MS;
const DAY_MS: i64 = 24 * HOUR_MS;

/// How deliveries are sent and retried. The last of 13 retries comes about three days after the first attempt.
const DELIVERY: DeliveryOptions = DeliveryOptions {
    timeout: Duration::from_secs(15),
    redirects: 0,
    policy: Policy {
        schedule: Schedule::Growing {
            first_ms: 5 * SECOND_MS,
            factor: 3,
            most_ms: 12 * HOUR_MS,
            retries: 13,
        },
        disable: DisableRule::FailingFor(5 * DAY_MS),
        gone_disables: true,
    },
    collect: Duration::ZERO,
    together: 1,
};

/// The event type of the test delivery.
const PING: &str = "webhook.test";

#[derive(Debug)]
pub(crate) struct Native;

#[derive(Serialize)]
struct Body<'a> {
    r#type: &'a str,
    timestamp: String,
    data: FeedItem,
}

fn body(event: &FeedEvent) -> String {
    let data = FeedItem::of(event.clone(), Parts::FEWEST);
    let body = Body {
        r#type: event.kind.as_str(),
        timestamp: rfc3339(event.recorded_at),
        data,
    };
    serde_json::to_string(&body).expect("an event is plain data")
}

fn content(event: &FeedEvent) -> Content {
    Content {
        name: event.kind.as_str(),
        headers: headers(event.id),
        body: body(event),
    }
}

/// Returns the requests for an event: its own, and those for the first messages of a new conversation.
fn requests(context: HookContext<'_>, event: &FeedEvent) -> Vec<UnsignedRequest> {
    // The scopes are those of the webhook's maker, which are checked when the webhook is claimed.
    let sight = Sight {
        scopes: Scopes::all(),
        inboxes: &context.webhook.inboxes,
    };
    let own = iter::once(event.clone());
    let all = own.chain(first_messages(event));
    let seen = all.filter_map(|event| sight.see(event));
    let can_occur = |kind| context.webhook.inboxes == InboxScope::All || is_about_inboxes(kind);
    let wanted = seen.filter(|event| context.wants(event.kind.as_str()) && can_occur(event.kind));
    let mut requests: Vec<_> = wanted
        .map(|told| UnsignedRequest {
            event: told.id,
            events: 1,
            content: content(&told),
            position: event.position,
        })
        .collect();
    UnsignedRequest::pass_with_the_last(&mut requests, event.position);
    requests
}

/// Whether events of this kind can be about an inbox: those of all others are about the whole account.
fn is_about_inboxes(kind: EventKind) -> bool {
    use EntityKind as E;
    let of = kind.entity_kind();
    matches!(
        of,
        Some(E::Customer | E::Conversation | E::Message | E::Inbox)
    )
}

/// Returns the headers of a delivery. `webhook-id` is the event's id, so a receiver recognises an event that is sent
/// again.
fn headers(event: EventId) -> Vec<(&'static str, String)> {
    vec![
        ("content-type", "application/json".to_owned()),
        ("webhook-id", message_id(event)),
    ]
}

fn message_id(event: EventId) -> String {
    format!("evt_{event}")
}

impl Hook for Native {
    fn delivery_options(&self) -> DeliveryOptions {
        DELIVERY
    }

    fn event_names(&self) -> Vec<&'static str> {
        // No webhook of an account exists when the account is created.
        let can_be_sent =
            |kind: &&EventKind| **kind != EventKind::AccountCreated && scope_of(**kind).is_some();
        let all = EventKind::ALL.iter().filter(can_be_sent);
        all.map(|kind| kind.as_str()).collect()
    }

    fn scopes(&self, name: &str) -> Vec<Scope> {
        EventKind::parse(name)
            .and_then(scope_of)
            .into_iter()
            .collect()
    }

    fn occurs_in_inboxes(&self, name: &str) -> bool {
        EventKind::parse(name).is_some_and(is_about_inboxes)
    }

    fn can_be_ordered(&self) -> bool {
        true
    }

    fn prepare<'a>(
        &'a self,
        context: HookContext<'a>,
        events: &'a [FeedEvent],
    ) -> BoxFuture<'a, Result<Vec<UnsignedRequest>, Error>> {
        let requests = events.iter().flat_map(|event| requests(context, event));
        let requests = requests.collect();
        Box::pin(async move { Ok(requests) })
    }

    fn sign(
        &self,
        _: &StoredWebhook,
        secrets: &Secrets,
        request: &SignatureInput<'_>,
        headers: &mut HeaderMap,
    ) {
        let keys: Vec<_> = secrets.iter().filter_map(|s| sign::key(s).ok()).collect();
        let seconds = request.at.0.div_euclid(SECOND_MS);
        let id = message_id(request.event);
        let signature = sign::standard(&id, seconds, request.body, &keys);
        let value = HeaderValue::try_from(signature).expect("base64 is visible ASCII");
        headers.insert("webhook-signature", value);
        headers.insert("webhook-timestamp", HeaderValue::from(seconds));
    }

    fn secret(&self, chosen: Option<String>) -> Result<Option<String>, String> {
        let secret = chosen.unwrap_or_else(sign::mint);
        match sign::key(&secret) {
            Ok(_) => Ok(Some(secret)),
            Err(refused) => Err(refused.to_string()),
        }
    }

    fn ping(&self, webhook: &StoredWebhook, at: Timestamp) -> Content {
        let body = serde_json::json!({
            "type": PING,
            "timestamp": rfc3339(at),
            "data": { "webhook_id": webhook.id.get() },
        });
        Content {
            name: PING,
            headers: headers(EventId(0)),
            body: body.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use heddle_domain::id::{ConversationId, InboxId};
    use serde_json::Value;

    use super::*;

    fn event(kind: EventKind, detail: &str) -> FeedEvent {
        FeedEvent {
            position: 4,
            id: EventId(1 << 40),
            recorded_at: EventId(1 << 40).created_at(),
            kind,
            conversation: Some(ConversationId(7)),
            inbox: Some(InboxId(2)),
            entity: 7,
            api: Some("native".into()),
            credential: None,
            agent: None,
            address: Some("192.0.2.1".into()),
            imported: false,
            detail: heddle_store::detail::StoredDetail::of_text(detail),
        }
    }

    #[test]
    fn a_body_about_a_message_says_nothing_of_its_conversation() {
        let detail = r#"{"changes":{"archived":[true,false],"assignee":[null,7],"state":["draft","published"],
            "status":["new","open"],"subject":[null,"Ito"],"tomorrow":[1,2]},"body":"changed"}"#;
        for kind in [EventKind::MessageAdded, EventKind::MessageUpdated] {
            let body: Value = serde_json::from_str(&body(&event(kind, detail))).expect("JSON");
            let state =
                serde_json::json!([{ "field": "state", "before": "draft", "after": "published" }]);
            assert_eq!(body["data"]["changes"], state);
            assert_eq!(
                body["data"]["more"],
                serde_json::json!({ "body": "changed" })
            );
        }
    }

    #[test]
    fn a_body_holds_the_change_and_its_author_but_no_address() {
        let detail = r#"{"changes":{"status":["new","open"]},"origin":"auto"}"#;
        let event = event(EventKind::ConversationUpdated, detail);
        let body: Value = serde_json::from_str(&body(&event)).expect("JSON");
        let at = rfc3339(event.id.created_at());
        assert_eq!(
            body,
            serde_json::json!({
                "type": "conversation.updated",
                "timestamp": at,
                "data": {
                    "position": 4, "id": 1_i64 << 40, "kind": "conversation.updated", "at": at, "entity_id": 7,
                    "conversation_id": 7, "inbox_id": 2, "agent_id": null, "api": "native", "imported": false,
                    "changes": [{ "field": "status", "before": "new", "after": "open" }],
                    "more": { "origin": "auto" },
                },
            })
        );
    }
}
