//! A strict client of server-sent events, as the HTML standard defines it.

use std::collections::VecDeque;

use axum::Router;
use axum::body::Body;
use heddle_testkit::TIMEOUT;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;
use serde_json::Value;
use tokio::time::timeout;
use tokio_util::task::AbortOnDropHandle;
use tower::ServiceExt;

use super::STREAM;
use crate::harness::{Answer, World};
use crate::native::Api;

/// Assigns positions to events until it is dropped, as every serving node does.
pub(super) fn sequencer(world: &World) -> AbortOnDropHandle<()> {
    let store = world.store().clone();
    AbortOnDropHandle::new(tokio::spawn(async move {
        store.sequence(std::future::pending()).await;
    }))
}

/// An event that the client was given.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Message {
    pub(super) id: String,
    pub(super) event: String,
    pub(super) data: Value,
}

/// An open stream.
#[derive(Debug)]
pub(super) struct Client {
    body: Body,
    pub(super) headers: HeaderMap,
    pub(super) parser: Parser,
    messages: VecDeque<Message>,
    /// The greatest frame, in bytes.
    pub(super) largest: usize,
}

/// What the client knows between two bytes.
#[derive(Clone, Debug, Default)]
pub(super) struct Parser {
    line: Vec<u8>,
    /// The id that the client sends when it comes back.
    pub(super) last_id: String,
    id: String,
    event: String,
    data: Option<String>,
    pub(super) retry: Option<u64>,
    pub(super) comments: usize,
}

impl Parser {
    fn feed(&mut self, byte: u8) -> Option<Message> {
        if byte != b'\n' {
            self.line.push(byte);
            return None;
        }
        let line = String::from_utf8(std::mem::take(&mut self.line)).expect("UTF-8");
        assert!(
            !line.contains('\r') && !line.starts_with('\u{feff}'),
            "{line:?}"
        );
        if line.is_empty() {
            return self.dispatch();
        }
        let (name, value) = line.split_once(':').unwrap_or((&line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match name {
            "" => self.comments += 1,
            "id" => value.clone_into(&mut self.id),
            "event" => value.clone_into(&mut self.event),
            "data" => {
                assert!(self.data.is_none(), "one line of data");
                self.data = Some(value.to_owned());
            }
            "retry" => self.retry = Some(value.parse().expect("a number")),
            name => panic!("unknown field {name}"),
        }
        None
    }

    fn dispatch(&mut self) -> Option<Message> {
        self.last_id.clone_from(&self.id);
        let event = std::mem::take(&mut self.event);
        let data = serde_json::from_str(&self.data.take()?).expect("JSON");
        Some(Message {
            id: self.id.clone(),
            event,
            data,
        })
    }
}

impl Client {
    /// Opens a stream; fails if the server refuses it.
    pub(super) async fn open(api: &Api<'_>, query: &str, last: Option<&str>) -> Self {
        let refused = match Self::try_open(api, query, last).await {
            Ok(client) => return client,
            Err(refused) => refused,
        };
        panic!("{}: {}", refused.status, refused.json());
    }

    /// Opens a stream and reads its first event; returns the place where it begins.
    pub(super) async fn ready(api: &Api<'_>, query: &str) -> (Self, i64) {
        api.world().store().drain_feed().await.expect("numbered");
        let mut client = Self::open(api, query, None).await;
        let ready = client.next().await.expect("an event");
        assert_eq!(
            (ready.event.as_str(), &ready.data["position"].to_string()),
            ("ready", &ready.id)
        );
        let position = ready.data["position"].as_i64().expect("a position");
        (client, position)
    }

    pub(super) async fn try_open(
        api: &Api<'_>,
        query: &str,
        last: Option<&str>,
    ) -> Result<Self, Answer> {
        Self::open_at(&api.world().router, api.token(), query, last).await
    }

    /// Opens a stream of the node that has this router.
    pub(super) async fn open_at(
        router: &Router,
        token: &str,
        query: &str,
        last: Option<&str>,
    ) -> Result<Self, Answer> {
        let mut request = Request::get(format!("{STREAM}?{query}"))
            .header("host", "heddle.test")
            .header("authorization", format!("Bearer {token}"));
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        let request = request.body(Body::empty()).expect("a request");
        let answer = router.clone().oneshot(request).await;
        let (parts, body) = answer.expect("the router never fails").into_parts();
        if parts.status != StatusCode::OK {
            let body = body.collect().await.expect("a body").to_bytes().to_vec();
            return Err(Answer {
                status: parts.status,
                headers: parts.headers,
                body,
            });
        }
        Ok(Self {
            body,
            headers: parts.headers,
            parser: Parser::default(),
            messages: VecDeque::new(),
            largest: 0,
        })
    }

    /// Reads one frame of at most `most` bytes; the rest is lost, as if the connection broke. Returns the number of
    /// bytes that came through; `None` at the end.
    pub(super) async fn read(&mut self, most: usize) -> Option<usize> {
        let frame = timeout(TIMEOUT, self.body.frame()).await;
        let frame = frame.expect("a frame, or the end")?;
        let bytes = frame.expect("readable").into_data().expect("bytes");
        self.largest = self.largest.max(bytes.len());
        for byte in bytes.iter().take(most) {
            self.messages.extend(self.parser.feed(*byte));
        }
        Some(bytes.len().min(most))
    }

    /// Returns the events that were read and not taken yet.
    pub(super) fn take(&mut self) -> Vec<Message> {
        self.messages.drain(..).collect()
    }

    /// Returns the next event; `None` at the end of the stream.
    pub(super) async fn next(&mut self) -> Option<Message> {
        loop {
            if let Some(message) = self.messages.pop_front() {
                return Some(message);
            }
            self.read(usize::MAX).await?;
        }
    }

    /// Returns the next events.
    pub(super) async fn some(&mut self, count: usize) -> Vec<Message> {
        let mut some = Vec::new();
        for _ in 0..count {
            some.push(self.next().await.expect("an event"));
        }
        some
    }

    /// Reads until a sign of life that was sent after everything else that could be sent until now, and checks that nothing
    /// else came.
    pub(super) async fn is_told_nothing(&mut self) {
        let until = self.parser.comments + 2;
        while self.parser.comments < until {
            assert!(self.read(usize::MAX).await.is_some(), "the stream goes on");
        }
        assert_eq!(self.take(), []);
    }

    /// Reads events until one has this id.
    pub(super) async fn until(&mut self, id: i64) -> Vec<Message> {
        let mut all = Vec::new();
        loop {
            let message = self.next().await.expect("an event");
            let is_last = message.id == id.to_string();
            all.push(message);
            if is_last {
                return all;
            }
        }
    }
}
