//! Webhooks (contract section 10): every message of a department, as a text that holds JSON.
//!
//! Two headers prove the sender: a shared value, and a signature of the body keyed with the partner's user name.

use std::time::Duration;

use futures_util::future::BoxFuture;
use heddle_domain::credential::Scope;
use heddle_domain::event::EventKind;
use heddle_domain::message::{Kind, Message};
use heddle_domain::webhook::{DisableRule, Policy, Schedule};
use heddle_domain::{Account, EntityKind, Timestamp};
use heddle_store::read::event_messages::ConversationMessages;
use heddle_store::read::feed::FeedEvent;
use heddle_store::read::history::DressMessages;
use heddle_store::{Error, StoredWebhook};
use http::{HeaderMap, HeaderValue};
use serde::Serialize;
use serde_json::Value;

use crate::context::NAME;
use crate::map::{self, Place};
use crate::wire::MessageDto;
use heddle_webhooks::announced::{Bodies, announced};
use heddle_webhooks::header_secret;
use heddle_webhooks::hook::{
    Content, DeliveryOptions, Hook, HookContext, OptionField, OptionKind, Secrets, SignatureInput,
    UnsignedRequest,
};
use heddle_webhooks::sign;

const MESSAGES: &str = "messages";
const USERNAME: &str = "username";
const TOKEN_HEADER: &str = "x-authorization-token";
const SIGNATURE_HEADER: &str = "mykaarma-signature-token";
const SECOND_MS: i64 = 1_000;

const DELIVERY: DeliveryOptions = DeliveryOptions {
    timeout: Duration::from_secs(5),
    redirects: 0,
    policy: Policy {
        schedule: Schedule::Growing {
            first_ms: 10 * SECOND_MS,
            factor: 4,
            most_ms: 3_600 * SECOND_MS,
            retries: 5,
        },
        disable: DisableRule::Never,
        gone_disables: false,
    },
    collect: Duration::ZERO,
    together: 1,
};

/// The webhooks of this API.
#[derive(Debug)]
pub(crate) struct Webhooks;

#[derive(Debug, Serialize)]
struct Envelope<'a> {
    id: String,
    timestamp: i64,
    dealeruuid: &'a str,
    departmentuuid: &'a str,
    r#type: &'static str,
    /// The message object as JSON text inside a string.
    payload: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Payload {
    dealer_order_uuid: Option<String>,
    is_update: bool,
    #[serde(rename = "messageDTO")]
    message: MessageDto,
}

/// Returns the requests for some events, one for each message.
async fn requests(
    context: HookContext<'_>,
    events: &[FeedEvent],
) -> Result<Vec<UnsignedRequest>, Error> {
    let announced = announced(context, events.iter(), Bodies::Read).await?;
    if announced.is_empty() {
        return Ok(Vec::new());
    }
    let account = context.get_account().await?;
    let dealer = context.public_id(NAME, EntityKind::Account, account.id.get());
    let dealer = dealer.await?;
    let mut requests = Vec::new();
    for (event, found) in announced {
        let mut contents = Vec::new();
        for found in &found {
            contents.extend(self::contents(context, event, found, (&account, &dealer)).await?);
        }
        requests.extend(UnsignedRequest::of_event(event, contents));
    }
    Ok(requests)
}

/// Returns the bodies that report an event's messages in one conversation.
async fn contents(
    context: HookContext<'_>,
    event: &FeedEvent,
    found: &ConversationMessages,
    (account, dealer): (&Account, &str),
) -> Result<Vec<Content>, Error> {
    let conversation = &found.conversation;
    let inbox = conversation.inbox.get();
    let department = context.public_id(NAME, EntityKind::Inbox, inbox).await?;
    let place = Place {
        dealer,
        department: &department,
        tag: account.guid_tag,
    };
    let is_visible = |message: &&Message| message.kind != Kind::LineItem && !message.imported;
    let messages = found.messages.iter().filter(is_visible);
    let read = DressMessages {
        account: context.account,
        api: NAME,
        customer: conversation.customer,
        messages: messages.cloned().collect(),
    };
    let (messages, people) = *context.store.read(read).await?;
    let contents = messages.iter().map(|message| {
        let payload = Payload {
            dealer_order_uuid: None,
            is_update: event.kind == EventKind::MessageUpdated,
            message: map::message(place, &people, conversation, message),
        };
        content(&Envelope {
            id: format!("{}-{}", event.id, message.0.id),
            timestamp: event.recorded_at.0,
            dealeruuid: dealer,
            departmentuuid: &department,
            r#type: MESSAGES,
            payload: serde_json::to_string(&payload).expect("a message is plain data"),
        })
    });
    Ok(contents.collect())
}

fn content(body: &Envelope<'_>) -> Content {
    Content {
        name: MESSAGES,
        headers: vec![("content-type", "text/plain".to_owned())],
        body: serde_json::to_string(body).expect("texts are plain data"),
    }
}

impl Hook for Webhooks {
    fn option_fields(&self) -> &'static [OptionField] {
        &[OptionField {
            name: USERNAME,
            doc: "myKaarma, where it is needed: the partner's user name, with which bodies are signed.",
            kind: OptionKind::Text(255),
            required: true,
            accepts: |value| value.as_str().is_some_and(|name| !name.is_empty()),
            fault: "must be the partner's user name",
        }]
    }

    fn delivery_options(&self) -> DeliveryOptions {
        DELIVERY
    }

    fn event_names(&self) -> Vec<&'static str> {
        vec![MESSAGES]
    }

    fn scopes(&self, _: &str) -> Vec<Scope> {
        vec![Scope::MessagesRead]
    }

    fn prepare<'a>(
        &'a self,
        context: HookContext<'a>,
        events: &'a [FeedEvent],
    ) -> BoxFuture<'a, Result<Vec<UnsignedRequest>, Error>> {
        Box::pin(requests(context, events))
    }

    fn sign(
        &self,
        webhook: &StoredWebhook,
        secrets: &Secrets,
        request: &SignatureInput<'_>,
        headers: &mut HeaderMap,
    ) {
        let options: Value = serde_json::from_str(&webhook.options).unwrap_or_default();
        let key = options[USERNAME].as_str().unwrap_or_default();
        let signature =
            base16ct::lower::encode_string(&sign::sha256(key.as_bytes(), &[request.body]));
        let value = HeaderValue::try_from(format!("sha256={signature}"));
        headers.insert(SIGNATURE_HEADER, value.expect("digits are visible ASCII"));
        header_secret::add(headers, TOKEN_HEADER, secrets);
    }

    fn secret(&self, chosen: Option<String>) -> Result<Option<String>, String> {
        header_secret::choose(chosen)
    }

    fn ping(&self, _: &StoredWebhook, at: Timestamp) -> Content {
        content(&Envelope {
            id: "test".to_owned(),
            timestamp: at.0,
            dealeruuid: "",
            departmentuuid: "",
            r#type: "test",
            payload: "{}".to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_delivery_is_tried_again_five_times_within_its_limits() {
        assert_eq!(DELIVERY.timeout, Duration::from_secs(5));
        let schedule = DELIVERY.policy.schedule;
        let waits: Vec<_> = (1..=6)
            .map(|failures| schedule.wait_ms(failures, 0.5))
            .collect();
        let seconds = [10, 40, 160, 640, 2_560].map(|seconds| Some(seconds * SECOND_MS));
        assert_eq!(waits[..5], seconds);
        assert_eq!(waits[5], None, "given up");
        // The waits of many deliveries differ, so that they do not come all at once.
        assert_ne!(schedule.wait_ms(1, 0.0), schedule.wait_ms(1, 1.0));
    }
}
