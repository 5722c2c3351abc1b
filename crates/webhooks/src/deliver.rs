//! One attempt: builds and signs the request, sends it, and returns the result in the form in which it is stored.

use std::time::{Duration, UNIX_EPOCH};

use bytes::Bytes;
use heddle_domain::Timestamp;
use heddle_domain::id::EventId;
use heddle_domain::webhook::{MOST_PAUSE_MS, Verdict};
use heddle_store::Delivery;
use heddle_store::write::delivery::NewAttempt;
use heddle_traces::Span;
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
    let (started_at, started) = (sender.now(), Instant::now());
    let span = span(endpoint, message);
    let mut request = signed(endpoint, message, started_at, timeout);
    add_trace(&mut request.headers, span.as_ref());
    let allow_lists = endpoint.allow_lists(&sender.settings.allow);
    let result = session.post(&endpoint.target, &allow_lists, &request).await;
    if let Some(span) = span {
        match &result {
            Ok(answer) => {
                let is_error = Verdict::of_status(Some(answer.status.as_u16())) != Verdict::Taken;
                span.note_status(answer.status.as_u16(), is_error);
            }
            Err(failure) => span.note_error(failure.kind()),
        }
    }
    let ended_at = sender.now();
    let attempt = NewAttempt {
        started_at,
        ended_at,
        duration_ms: i64::try_from(started.elapsed().as_millis()).unwrap_or(i64::MAX),
        status: None,
        answer: None,
        error: None,
        retry_after: None,
    };
    match result {
        Ok(answer) => NewAttempt {
            status: Some(answer.status.as_u16()),
            answer: Some(text(&answer.body)),
            retry_after: answer
                .retry_after
                .and_then(|wish| retry_after(&wish, ended_at)),
            ..attempt
        },
        Err(failure) => NewAttempt {
            error: Some(failure.to_string()),
            ..attempt
        },
    }
}

/// Begins the span of an attempt. Returns `None` if there are no traces.
fn span(endpoint: &Endpoint, message: &Message) -> Option<Span> {
    // A test of a webhook has no event.
    let event = Some(message.event.get()).filter(|event| *event != 0);
    Span::delivery(endpoint.account.get(), endpoint.webhook.id.get(), event)
}

/// Adds the headers that make the span the parent of what the receiver does. They are no part of what is signed or stored.
fn add_trace(headers: &mut HeaderMap, span: Option<&Span>) {
    for (name, value) in span.map(Span::headers).unwrap_or_default() {
        if let Ok(value) = value.parse() {
            headers.insert(name, value);
        }
    }
}

/// Returns the request that carries a message, signed at this time.
fn signed(
    endpoint: &Endpoint,
    message: &Message,
    at: Timestamp,
    timeout: Duration,
) -> OutgoingRequest {
    let mut headers = message.headers.clone();
    let input = SignatureInput {
        event: message.event,
        at,
        body: &message.body,
    };
    let secrets = endpoint.valid_secrets(at);
    endpoint
        .hook
        .sign(&endpoint.webhook, secrets, &input, &mut headers);
    OutgoingRequest {
        headers,
        body: message.body.clone(),
        timeout,
        redirects: endpoint.delivery_options.redirects,
    }
}

/// Reads the header `Retry-After`: a number of seconds, or an HTTP date. `None` if it is neither, or has passed.
fn retry_after(text: &str, now: Timestamp) -> Option<Timestamp> {
    let text = text.trim();
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let wait_ms = if is_number {
        // A number that is too large is a long time, too.
        text.parse().unwrap_or(i64::MAX).saturating_mul(1_000)
    } else {
        let date = httpdate::parse_http_date(text).ok()?;
        let since = date.duration_since(UNIX_EPOCH).ok()?;
        i64::try_from(since.as_millis()).ok()?.saturating_sub(now.0)
    };
    (wait_ms > 0).then(|| now.plus_ms(wait_ms.min(MOST_PAUSE_MS)))
}

/// Converts bytes to a text that SQLite and PostgreSQL can store.
fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).replace('\0', "\u{fffd}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wish_to_be_left_alone_is_read_as_seconds_or_as_a_date() {
        // 1994-11-06T08:49:37Z
        let now = Timestamp(784_111_777_000);
        let read = |text| retry_after(text, now).map(|time| time.0 - now.0);
        assert_eq!(read("30"), Some(30_000));
        assert_eq!(read(" 30 "), Some(30_000));
        assert_eq!(read("Sun, 06 Nov 1994 08:50:07 GMT"), Some(30_000));
        assert_eq!(read("Sunday, 06-Nov-94 08:50:07 GMT"), Some(30_000));
        assert_eq!(read("Sun Nov  6 08:50:07 1994"), Some(30_000));
        for too_long in [
            "86401",
            "99999999999999999999",
            "Sat, 06 Nov 2094 08:49:37 GMT",
        ] {
            assert_eq!(read(too_long), Some(MOST_PAUSE_MS), "{too_long}");
        }
        for none in [
            "",
            "0",
            "-5",
            "1.5",
            "soon",
            "Sun, 06 Nov 1994 08:49:37 GMT",
        ] {
            assert_eq!(read(none), None, "{none}");
        }
    }
}
