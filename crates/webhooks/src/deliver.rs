//! One attempt: the request put together and signed, sent, and what came back in the form in which it is kept.

use std::time::Duration;

use bytes::Bytes;
use heddle_domain::id::EventId;
use heddle_store::Delivery;
use heddle_store::write::delivery::NewAttempt;
use http::{HeaderMap, HeaderName, HeaderValue};
use tokio::time::Instant;

use super::client::{Lane, Outgoing};
use super::endpoint::Endpoint;
use super::hook::{Prepared, Unsigned};
use crate::sender::Sender;

/// What is sent, the first time or again.
#[derive(Clone, Debug)]
pub(super) struct Message {
    event: EventId,
    headers: HeaderMap,
    body: Bytes,
}

impl Message {
    /// A request that its API has just made.
    pub(super) fn fresh(prepared: &Prepared) -> Self {
        let headers = prepared.headers.iter();
        Self {
            event: prepared.event,
            headers: headers
                .filter_map(|(name, value)| header(name, value))
                .collect(),
            body: prepared.body.clone().into(),
        }
    }

    /// One that was sent before, as it is kept.
    pub(super) fn kept(delivery: &Delivery) -> Self {
        let headers: serde_json::Map<String, serde_json::Value> =
            serde_json::from_str(&delivery.headers).unwrap_or_default();
        let headers = headers
            .iter()
            .filter_map(|(name, value)| header(name, value.as_str()?));
        Self {
            event: delivery.event,
            headers: headers.collect(),
            body: delivery.body.clone().into(),
        }
    }
}

fn header(name: &str, value: &str) -> Option<(HeaderName, HeaderValue)> {
    Some((name.parse().ok()?, value.parse().ok()?))
}

/// The headers of a request in the form in which they are kept.
pub(super) fn kept_headers(headers: &[(&'static str, String)]) -> String {
    let members = headers
        .iter()
        .map(|(name, value)| ((*name).to_owned(), value.as_str().into()));
    serde_json::Value::Object(members.collect()).to_string()
}

/// Sends a message once.
pub(super) async fn attempt(
    sender: &Sender,
    lane: &mut Lane,
    endpoint: &Endpoint,
    message: &Message,
    timeout: Duration,
) -> NewAttempt {
    let started_at = sender.now();
    let begun = Instant::now();
    let mut headers = message.headers.clone();
    let unsigned = Unsigned {
        event: message.event,
        at: started_at,
        body: &message.body,
    };
    let secrets = endpoint.valid_secrets(started_at);
    endpoint
        .hook
        .sign(&endpoint.webhook, secrets, &unsigned, &mut headers);
    let request = Outgoing {
        headers,
        body: message.body.clone(),
        timeout,
        redirects: endpoint.terms.redirects,
    };
    let permits = endpoint.permits(&sender.settings.allow);
    let result = lane.post(&endpoint.target, &permits, &request).await;
    let duration_ms = i64::try_from(begun.elapsed().as_millis()).unwrap_or(i64::MAX);
    let (status, answer, error) = match result {
        Ok(answer) => (Some(answer.status.as_u16()), Some(text(&answer.body)), None),
        Err(failure) => (None, None, Some(failure.to_string())),
    };
    NewAttempt {
        started_at,
        duration_ms,
        status,
        answer,
        error,
    }
}

/// Bytes as text that both engines can keep.
fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).replace('\0', "\u{fffd}")
}
