//! One attempt: builds and signs the request, sends it, and returns the result in the form in which it is stored.

use std::time::Duration;

use bytes::Bytes;
use heddle_domain::id::EventId;
use heddle_store::Delivery;
use heddle_store::write::delivery::NewAttempt;
use http::{HeaderMap, HeaderName, HeaderValue};
use tokio::time::Instant;

use super::client::{OutgoingRequest, Session};
use super::endpoint::Endpoint;
use super::hook::{Content, SignatureInput};
use crate::sender::Sender;

/// What a delivery sends, in its first attempt or in a later one.
#[derive(Clone, Debug)]
pub(super) struct Message {
    event: EventId,
    headers: HeaderMap,
    body: Bytes,
}

impl Message {
    /// Returns the content of a request that an API has just created.
    pub(super) fn new(event: EventId, content: &Content) -> Self {
        let headers = content.headers.iter();
        Self {
            event,
            headers: headers
                .filter_map(|(name, value)| header(name, value))
                .collect(),
            body: content.body.clone().into(),
        }
    }

    /// Returns the content of a stored delivery.
    pub(super) fn of_delivery(delivery: &Delivery) -> Self {
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

/// Returns the headers of a request in the form in which they are stored.
pub(super) fn headers_as_json(headers: &[(&'static str, String)]) -> String {
    let members = headers
        .iter()
        .map(|(name, value)| ((*name).to_owned(), value.as_str().into()));
    serde_json::Value::Object(members.collect()).to_string()
}

/// Sends a message once and returns the result.
pub(super) async fn attempt(
    sender: &Sender,
    session: &mut Session,
    endpoint: &Endpoint,
    message: &Message,
    timeout: Duration,
) -> NewAttempt {
    let started_at = sender.now();
    let started = Instant::now();
    let mut headers = message.headers.clone();
    let input = SignatureInput {
        event: message.event,
        at: started_at,
        body: &message.body,
    };
    let secrets = endpoint.valid_secrets(started_at);
    endpoint
        .hook
        .sign(&endpoint.webhook, secrets, &input, &mut headers);
    let request = OutgoingRequest {
        headers,
        body: message.body.clone(),
        timeout,
        redirects: endpoint.delivery_options.redirects,
    };
    let allow_lists = endpoint.allow_lists(&sender.settings.allow);
    let result = session.post(&endpoint.target, &allow_lists, &request).await;
    let duration_ms = i64::try_from(started.elapsed().as_millis()).unwrap_or(i64::MAX);
    let (status, answer, error) = match result {
        Ok(answer) => (Some(answer.status.as_u16()), Some(text(&answer.body)), None),
        Err(failure) => (None, None, Some(failure.to_string())),
    };
    NewAttempt {
        started_at,
        ended_at: sender.now(),
        duration_ms,
        status,
        answer,
        error,
    }
}

/// Converts bytes to a text that SQLite and PostgreSQL can store.
fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).replace('\0', "\u{fffd}")
}
