//! Tests of the traces that an operator's OpenTelemetry collector gets.

use heddle_testkit::On;
use heddle_testkit::receiver::{Received, Receiver, Reply};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value as AnyValue;
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use prost::Message as _;
use serde_json::json;

use crate::commands::{furnished, secret, with};
use crate::process::{Answer, Home, Serving, in_time};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT: &str = "00f067aa0ba902b7";
/// What clients send and what must never reach the collector.
const PRIVATE: [&str; 4] = [
    "Quillfeather",
    "broken kettle",
    "m@mail.example",
    "s3cret-query",
];

/// A store with a server that sends its traces to `collector`, and a token for it.
struct Traced {
    server: Serving,
    token: String,
}

impl Traced {
    async fn start(home: &Home, on: On, collector: Option<&str>, ratio: f64) -> Self {
        let source = furnished(home, on).await;
        let command = "credential create --account 1 --api native --name k";
        let words: Vec<&str> = command.split(' ').collect();
        let made = home.json(&with(&words, &source)).await;
        let token = secret(&made, "token");
        let file = home.read("data/heddle.toml");
        let endpoint = collector.map_or(String::new(), |url| format!("otlp_endpoint = {url:?}"));
        let file = file
            // The first is that of the traces; the log has one, too.
            .replacen("#otlp_endpoint = \"http://127.0.0.1:4318\"", &endpoint, 1)
            .replace("\nallow = []", "\nallow = [\"127.0.0.0/8\"]")
            .replace("#listen = \"127.0.0.1:9464\"", "listen = \"127.0.0.1:0\"")
            .replace("sample_ratio = 1.0", &format!("sample_ratio = {ratio}"));
        home.write("data/heddle.toml", &file);
        let server = home.serve(&with(&["serve"], &source)).await;
        Self { server, token }
    }

    async fn send(&self, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let token = format!("Bearer {}", self.token);
        let own = [
            ("authorization", token.as_str()),
            ("content-type", "application/json"),
        ];
        let headers = [&own, headers].concat();
        self.server.send("POST", path, &headers, body).await
    }

    /// Makes a webhook for new conversations.
    async fn subscribe(&self, receiver: &Receiver) {
        let webhook = json!({ "url": receiver.url(), "events": ["conversation.created"] });
        let made = self
            .send("/api/v1/webhooks", &[], &webhook.to_string())
            .await;
        assert_eq!(made.status, 201, "{made:?}");
    }

    /// Creates a conversation with private texts.
    async fn converse(&self, headers: &[(&str, &str)]) {
        let body = json!({
            "inbox_id": 1,
            "customer": { "email": "q@mail.example", "first_name": "Quillfeather" },
            "subject": "Quillfeather",
            "messages": [{ "channel": "phone", "direction": "incoming", "body": "a broken kettle" }],
        });
        let answer = self
            .send("/api/v1/conversations", headers, &body.to_string())
            .await;
        assert_eq!(answer.status, 201, "{answer:?}");
    }
}

/// Returns the spans of everything that a collector got.
fn spans(received: &[Received]) -> Vec<Span> {
    let requests = received.iter().map(|request| {
        assert_eq!(request.path, "/v1/traces");
        assert_eq!(request.header("content-type"), "application/x-protobuf");
        ExportTraceServiceRequest::decode(request.body.clone()).expect("OTLP")
    });
    requests
        .flat_map(|request| request.resource_spans)
        .flat_map(|resource| resource.scope_spans)
        .flat_map(|scope| scope.spans)
        .collect()
}

/// Waits until the collector has a span for which `is_it` holds, and returns it.
async fn span(collector: &Receiver, what: &str, is_it: impl Fn(&Span) -> bool) -> Span {
    let found = |received: &[Received]| spans(received).into_iter().find(|span| is_it(span));
    let enough = |received: &[Received]| match found(received) {
        Some(_) => Ok(()),
        None => Err(format!("{what} is not among {:?}", spans(received))),
    };
    let received = collector.wait_until(enough).await;
    found(&received).expect("just found")
}

fn hex(bytes: &[u8]) -> String {
    base16ct::lower::encode_string(bytes)
}

/// Returns an attribute as a text; empty if there is none.
fn attribute(span: &Span, name: &str) -> String {
    let found = span
        .attributes
        .iter()
        .find(|attribute| attribute.key == name);
    match found.and_then(|found| found.value.clone()?.value) {
        Some(AnyValue::StringValue(text)) => text,
        Some(AnyValue::IntValue(number)) => number.to_string(),
        Some(other) => panic!("{name} is {other:?}"),
        None => String::new(),
    }
}

#[tokio::test]
async fn a_trace_goes_from_the_caller_over_request_and_command_to_the_receiver_of_a_webhook() {
    for on in On::BOTH {
        let (collector, receiver) = (Receiver::start().await, Receiver::start().await);
        let home = Home::new();
        let traced = Traced::start(&home, on, Some(collector.url()), 1.0).await;
        traced.subscribe(&receiver).await;
        let parent = format!("00-{TRACE}-{PARENT}-01");
        let context = [("traceparent", &*parent), ("tracestate", "vendor=7")];
        traced.converse(&context).await;

        let of_caller = |span: &Span| hex(&span.trace_id) == TRACE;
        let request = span(&collector, "the request", |span| {
            of_caller(span) && span.kind() == SpanKind::Server
        })
        .await;
        assert_eq!(request.name, "POST /api/v1/conversations", "{on:?}");
        assert_eq!(hex(&request.parent_span_id), PARENT);
        assert_eq!(request.trace_state, "vendor=7");
        for (name, value) in [
            ("http.request.method", "POST"),
            ("http.route", "/api/v1/conversations"),
            ("http.response.status_code", "201"),
            ("heddle.api", "native"),
            ("heddle.account", "1"),
        ] {
            assert_eq!(attribute(&request, name), value, "{name}");
        }
        let command = span(&collector, "the command", |span| {
            of_caller(span) && span.parent_span_id == request.span_id
        })
        .await;
        assert_eq!(command.kind(), SpanKind::Internal, "{command:?}");

        let delivery = span(&collector, "the delivery", |span| {
            of_caller(span) && span.kind() == SpanKind::Client
        })
        .await;
        assert_eq!(attribute(&delivery, "http.response.status_code"), "200");
        let above = span(&collector, "the command above the delivery", |span| {
            span.span_id == delivery.parent_span_id
        })
        .await;
        assert_eq!(above.parent_span_id, request.span_id);
        let told = receiver.wait_for(1).await;
        let sent = format!("00-{TRACE}-{}-01", hex(&delivery.span_id));
        assert_eq!(told[0].header("traceparent"), sent);
        assert_eq!(told[0].header("tracestate"), "vendor=7");

        let log = traced.server.stop().await.log;
        assert!(
            log.contains(&format!("trace_id={TRACE}"))
                || log.contains(&format!("trace_id=\"{TRACE}\"")),
            "{log}"
        );
    }
}

#[tokio::test]
async fn without_a_usable_context_a_request_begins_a_trace() {
    let collector = Receiver::start().await;
    let home = Home::new();
    let traced = Traced::start(&home, On::Sqlite, Some(collector.url()), 1.0).await;
    let malformed = format!("00-{TRACE}-{PARENT}");
    let (one, other) = (
        format!("00-{TRACE}-{PARENT}-01"),
        format!("00-{TRACE}-{TRACE:.16}-01"),
    );
    for headers in [
        vec![],
        vec![("traceparent", &*malformed)],
        vec![("traceparent", &*one), ("traceparent", &*other)],
    ] {
        let answer = traced
            .server
            .send("GET", "/api/v1/conversations", &headers, "")
            .await;
        assert_eq!(answer.status, 401, "{answer:?}");
    }
    assert_eq!(traced.server.stop().await.code, Some(0));
    let found = spans(&collector.received());
    let found: Vec<_> = found
        .iter()
        .filter(|span| span.kind() == SpanKind::Server)
        .collect();
    assert_eq!(found.len(), 3, "{found:?}");
    for span in found {
        assert!(span.parent_span_id.is_empty(), "{span:?}");
        assert_ne!(hex(&span.trace_id), TRACE);
        assert_eq!(attribute(span, "http.response.status_code"), "401");
    }
}

#[tokio::test]
async fn the_flag_of_the_caller_decides_and_else_the_ratio() {
    let (collector, receiver) = (Receiver::start().await, Receiver::start().await);
    let home = Home::new();
    let traced = Traced::start(&home, On::Sqlite, Some(collector.url()), 0.0).await;
    traced.subscribe(&receiver).await;
    let unsampled = format!("00-{TRACE}-{PARENT}-00");
    traced.converse(&[("traceparent", &unsampled)]).await;
    // The receiver learns the trace although nobody records it.
    let told = receiver.wait_for(1).await;
    let told = told[0].header("traceparent");
    assert!(told.starts_with(&format!("00-{TRACE}-")), "{told}");
    assert!(told.ends_with("-00"), "{told}");
    let sampled = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    traced.converse(&[("traceparent", sampled)]).await;
    receiver.wait_for(2).await;
    assert_eq!(traced.server.stop().await.code, Some(0));
    let found = spans(&collector.received());
    assert!(found.len() >= 3, "{found:?}");
    for span in found {
        assert_eq!(hex(&span.trace_id), "0af7651916cd43dd8448eb211c80319c");
    }
}

#[tokio::test]
async fn no_text_of_a_client_and_no_secret_reaches_the_collector() {
    let (collector, receiver) = (Receiver::start().await, Receiver::start().await);
    let home = Home::new();
    let traced = Traced::start(&home, On::Sqlite, Some(collector.url()), 1.0).await;
    let url = format!("{}/hook-path?token=s3cret-query", receiver.url());
    let webhook = json!({ "url": url, "events": ["*"], "label": "Quillfeather" });
    let made = traced
        .send("/api/v1/webhooks", &[], &webhook.to_string())
        .await;
    assert_eq!(made.status, 201, "{made:?}");
    traced.converse(&[]).await;
    for path in [
        "/api/v1/Quillfeather?q=s3cret-query",
        "/api/v1/conversations?q=q@mail.example",
        "/v2/Quillfeather",
    ] {
        traced.send(path, &[], "broken kettle").await;
    }
    let odd = traced
        .server
        .send("QUILLFEATHER", "/api/v1/me", &[], "")
        .await;
    assert!(odd.status >= 400, "{odd:?}");
    receiver.wait_for(1).await;
    let token = traced.token.clone();
    assert_eq!(traced.server.stop().await.code, Some(0));
    let received = collector.received();
    assert!(spans(&received).len() >= 7, "{received:?}");
    for request in &received {
        let text = String::from_utf8_lossy(&request.body).to_lowercase();
        let secrets = PRIVATE
            .iter()
            .copied()
            .chain([&*token, "hook-path", "127.0.0.1"]);
        for private in secrets {
            assert!(!text.contains(&private.to_lowercase()), "{private}: {text}");
        }
    }
}

#[tokio::test]
async fn a_collector_that_is_away_or_silent_holds_up_neither_requests_nor_the_end() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let away = format!("http://{}", closed.local_addr().expect("its address"));
    drop(closed);
    let silent = Receiver::answering(|_| Reply::Silence).await;
    for collector in [&away, silent.url()] {
        let home = Home::new();
        let traced = Traced::start(&home, On::Sqlite, Some(collector), 1.0).await;
        for _ in 0..20 {
            traced.converse(&[]).await;
        }
        // The harness ends the test if this takes too long.
        let ended = in_time("the end", traced.server.stop()).await;
        assert_eq!(ended.code, Some(0), "{}", ended.log);
        let complaint = format!("{collector}/v1/traces does not take traces");
        let lines = ended.log.lines().filter(|line| line.contains(&complaint));
        assert_eq!(lines.count(), 1, "{}", ended.log);
    }
}

#[tokio::test]
async fn dropped_spans_are_counted_and_the_log_says_when_the_collector_is_back() {
    let collector = Receiver::answering(|_| Reply::status(503)).await;
    let home = Home::new();
    let traced = Traced::start(&home, On::Sqlite, Some(collector.url()), 1.0).await;
    traced.converse(&[]).await;
    collector.wait_for(1).await;
    collector.answer(|_| Reply::ok());
    traced.converse(&[]).await;
    collector.wait_for(2).await;
    let metrics = format!("http://{}", traced.server.text("/metrics"));
    let shown = crate::process::send_to(&metrics, "GET", "/metrics", &[], "").await;
    let line = shown
        .body
        .lines()
        .find_map(|line| line.strip_prefix("heddle_traces_dropped_spans_total "));
    let dropped: u64 = line.and_then(|n| n.parse().ok()).expect("a number");
    assert!(dropped >= 2, "{}", shown.body);
    let log = traced.server.stop().await.log;
    assert!(log.contains("takes traces again"), "{log}");
    assert_eq!(log.matches("does not take traces").count(), 1, "{log}");
}

#[tokio::test]
async fn without_a_collector_nothing_is_traced() {
    let receiver = Receiver::start().await;
    let home = Home::new();
    let traced = Traced::start(&home, On::Sqlite, None, 1.0).await;
    traced.subscribe(&receiver).await;
    let parent = format!("00-{TRACE}-{PARENT}-01");
    traced.converse(&[("traceparent", &parent)]).await;
    let told = receiver.wait_for(1).await;
    assert_eq!(told[0].header("traceparent"), "");
    let log = traced.server.stop().await.log;
    assert!(!log.contains("trace_id"), "{log}");
}

#[tokio::test]
async fn a_demo_refuses_to_send_traces() {
    let home = Home::new();
    let mut demo = home.command(&["demo", "--listen", "127.0.0.1:0"]);
    demo.env("HEDDLE_TRACES__OTLP_ENDPOINT", "http://127.0.0.1:4318");
    let output = in_time("a refusal", demo.output()).await.expect("it runs");
    assert!(!output.status.success());
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        said.contains("traces.otlp_endpoint is for `heddle serve`"),
        "{said}"
    );
}
