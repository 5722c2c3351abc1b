//! The general webhook (contract sections 12.1 to 12.3): `MessageAdded` for the messages of one application's threads.
//!
//! A request carries ids only; the receiver fetches the rest. There is no signature: the operator puts a secret into
//! the query of the URL.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use futures_util::future::BoxFuture;
use heddle_domain::credential::Scope;
use heddle_domain::event::EventKind;
use heddle_domain::id::{EventId, InboxId, MessageId};
use heddle_domain::message::{Kind, Message, State};
use heddle_domain::webhook::{DisableRule, Policy, Schedule};
use heddle_domain::{EntityKind, Guid, Timestamp};
use heddle_store::read::feed::FeedEvent;
use heddle_store::{Error, StoredWebhook};
use http::HeaderMap;
use serde::Serialize;
use serde_json::Value;

use crate::context::NAME;
use crate::map::Guids;
use heddle_webhooks::announced::{Bodies, announced};
use heddle_webhooks::hook::{
    Content, DeliveryOptions, Hook, HookContext, OptionField, OptionKind, Secrets, SignatureInput,
    UnsignedRequest,
};

const MESSAGE_ADDED: &str = "MessageAdded";
const INTEGRATION: &str = "integration_id";
/// The enterprise's id in a test request.
const NO_ENTERPRISE: &str = "00000000-0000-0000-0000-000000000000";
/// The maximum number of events in one request.
const MOST_EVENTS: usize = 200;
const MINUTE_MS: i64 = 60_000;

const DELIVERY: DeliveryOptions = DeliveryOptions {
    timeout: Duration::from_secs(5),
    redirects: 5,
    policy: Policy {
        schedule: Schedule::Fixed(&[
            2 * MINUTE_MS,
            5 * MINUTE_MS,
            15 * MINUTE_MS,
            60 * MINUTE_MS,
            240 * MINUTE_MS,
        ]),
        disable: DisableRule::Never,
        gone_disables: false,
    },
    collect: Duration::from_secs(1),
    together: MOST_EVENTS,
};

/// The webhooks of this API.
#[derive(Debug)]
pub(crate) struct Webhooks;

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Body<'a> {
    enterprise_id: &'a str,
    integration_id: &'a str,
    events: Vec<Event>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Event {
    discriminator: &'static str,
    value: EventValue,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct EventValue {
    id: String,
}

/// A message that a webhook announces.
struct Added {
    event: EventId,
    inbox: InboxId,
    message: MessageId,
}

/// Whether the application sees the message.
fn is_visible(message: &Message) -> bool {
    message.kind == Kind::Message && message.state == State::Published && !message.imported
}

/// Returns the messages to announce, in the order of the feed. A draft is announced when it is published.
async fn added(context: HookContext<'_>, events: &[FeedEvent]) -> Result<Vec<Added>, Error> {
    let is_addition = |event: &&FeedEvent| {
        event.kind != EventKind::MessageUpdated || event.detail.known().publishes_draft()
    };
    let additions = events.iter().filter(is_addition);
    let mut added = Vec::new();
    // If a message follows its thread at once, the events of both lead to it, so each message is announced only once.
    let mut seen = HashSet::new();
    let announced = announced(context, additions, Bodies::Left)
        .await?
        .into_iter();
    let announced = announced.flat_map(|(event, found)| found.into_iter().map(move |c| (event, c)));
    for (event, found) in announced {
        if found.conversation.application != context.webhook.application {
            continue;
        }
        let visible = found.messages.iter().filter(|message| is_visible(message));
        let new = visible.filter(|message| seen.insert(message.id));
        added.extend(new.map(|message| Added {
            event: event.id,
            inbox: found.conversation.inbox,
            message: message.id,
        }));
    }
    Ok(added)
}

/// Returns the messages by inbox. The inboxes are in the order of their first message.
fn by_inbox(added: Vec<Added>) -> Vec<(InboxId, Vec<Added>)> {
    let mut groups: Vec<(InboxId, Vec<Added>)> = Vec::new();
    let mut positions = HashMap::new();
    for one in added {
        let at = *positions.entry(one.inbox).or_insert_with(|| {
            groups.push((one.inbox, Vec::new()));
            groups.len() - 1
        });
        groups[at].1.push(one);
    }
    groups
}

/// Returns the requests for some events. Each request is about one enterprise, with the oldest message first. The
/// enterprises' events alternate in the feed, so only the last request moves the webhook's position.
async fn requests(
    context: HookContext<'_>,
    events: &[FeedEvent],
) -> Result<Vec<UnsignedRequest>, Error> {
    let added = added(context, events).await?;
    let (Some(first), Some(last)) = (events.first(), events.last()) else {
        return Ok(Vec::new());
    };
    let guids = Guids::of(&context.get_account().await?);
    let mut requests = Vec::new();
    for (inbox, added) in by_inbox(added) {
        let enterprise = context.public_id(NAME, EntityKind::Inbox, inbox.get());
        let enterprise = enterprise.await?;
        for chunk in added.chunks(MOST_EVENTS) {
            let ids = chunk.iter().map(|one| guids.message(one.message));
            requests.push(UnsignedRequest {
                event: chunk[0].event,
                events: chunk.len() as i64,
                content: content(MESSAGE_ADDED, context.webhook, &enterprise, ids),
                position: first.position - 1,
            });
        }
    }
    if let Some(request) = requests.last_mut() {
        request.position = last.position;
    }
    Ok(requests)
}

/// Returns a content that announces the messages of one enterprise.
fn content(
    name: &'static str,
    webhook: &StoredWebhook,
    enterprise: &str,
    messages: impl Iterator<Item = String>,
) -> Content {
    let options: Value = serde_json::from_str(&webhook.options).unwrap_or_default();
    let events = messages.map(|id| Event {
        discriminator: MESSAGE_ADDED,
        value: EventValue { id },
    });
    let body = Body {
        enterprise_id: enterprise,
        integration_id: options[INTEGRATION].as_str().unwrap_or_default(),
        events: events.collect(),
    };
    Content {
        name,
        headers: vec![("content-type", "application/json".to_owned())],
        body: serde_json::to_string(&body).expect("ids are plain data"),
    }
}

impl Hook for Webhooks {
    fn option_fields(&self) -> &'static [OptionField] {
        &[OptionField {
            name: INTEGRATION,
            doc: "Mews, where it is needed: the integration's GUID.",
            kind: OptionKind::Text(36),
            required: true,
            accepts: |value| value.as_str().and_then(Guid::parse).is_some(),
            fault: "must be the integration's GUID",
        }]
    }

    fn delivery_options(&self) -> DeliveryOptions {
        DELIVERY
    }

    fn event_names(&self) -> Vec<&'static str> {
        vec![MESSAGE_ADDED]
    }

    fn scopes(&self, _: &str) -> Vec<Scope> {
        vec![Scope::MessagesRead]
    }

    fn needs_application(&self) -> bool {
        true
    }

    fn prepare<'a>(
        &'a self,
        context: HookContext<'a>,
        events: &'a [FeedEvent],
    ) -> BoxFuture<'a, Result<Vec<UnsignedRequest>, Error>> {
        Box::pin(requests(context, events))
    }

    fn sign(&self, _: &StoredWebhook, _: &Secrets, _: &SignatureInput<'_>, _: &mut HeaderMap) {}

    fn secret(&self, chosen: Option<String>) -> Result<Option<String>, String> {
        match chosen {
            None => Ok(None),
            Some(_) => Err("stands in the URL's query for the API mews".to_owned()),
        }
    }

    fn ping(&self, webhook: &StoredWebhook, _: Timestamp) -> Content {
        content("test", webhook, NO_ENTERPRISE, std::iter::empty())
    }
}
