//! Tests of the log that an operator's OpenTelemetry collector gets.

use heddle_testkit::On;
use heddle_testkit::receiver::{Received, Receiver, Reply};
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value as AnyValue;
use opentelemetry_proto::tonic::common::v1::{AnyValue as Any, KeyValue};
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use prost::Message as _;
use serde_json::Value;

use crate::commands::{furnished, secret, with};
use crate::process::{Answer, Home, Serving, in_time};

/// A store with a server that sends its log to a collector, and a token for it.
struct Logging {
    server: Serving,
    token: String,
}

impl Logging {
    /// `traces` is the collector of the traces, if there are any.
    async fn start(home: &Home, on: On, collector: &str, traces: Option<&str>) -> Self {
        let source = furnished(home, on).await;
        let command = "credential create --account 1 --api native --name k";
        let words: Vec<&str> = command.split(' ').collect();
        let made = home.json(&with(&words, &source)).await;
        let token = secret(&made, "token");
        let example = "#otlp_endpoint = \"http://127.0.0.1:4318\"";
        let key = |url: Option<&str>| {
            url.map_or(String::new(), |url| {
                example[1..].replace("http://127.0.0.1:4318", url)
            })
        };
        let file = home.read("data/heddle.toml");
        assert_eq!(
            file.matches(example).count(),
            2,
            "of the traces and of the log"
        );
        let file = file
            .replacen(example, &key(traces), 1)
            .replacen(example, &key(Some(collector)), 1)
            .replace("#listen = \"127.0.0.1:9464\"", "listen = \"127.0.0.1:0\"")
            .replace("format = \"text\"", "format = \"json\"");
        home.write("data/heddle.toml", &file);
        let server = home.serve(&with(&["serve"], &source)).await;
        Self { server, token }
    }

    async fn get(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        let token = format!("Bearer {}", self.token);
        let headers = [&[("authorization", &*token)], headers].concat();
        self.server.send("GET", path, &headers, "").await
    }
}

/// A record, with the target of its line.
#[derive(Clone, Debug)]
struct Line {
    target: String,
    record: LogRecord,
}

impl Line {
    /// Returns an attribute as a text; empty if there is none.
    fn attribute(&self, name: &str) -> String {
        let found = self
            .record
            .attributes
            .iter()
            .find(|attribute| attribute.key == name);
        found
            .map(|found| text(found.value.as_ref()))
            .unwrap_or_default()
    }

    fn message(&self) -> String {
        text(self.record.body.as_ref())
    }
}

fn text(value: Option<&Any>) -> String {
    match value.and_then(|value| value.value.clone()) {
        Some(AnyValue::StringValue(text)) => text,
        Some(AnyValue::IntValue(number)) => number.to_string(),
        Some(AnyValue::DoubleValue(number)) => number.to_string(),
        Some(AnyValue::BoolValue(value)) => value.to_string(),
        other => panic!("{other:?}"),
    }
}

/// Returns everything that a collector got.
fn lines(received: &[Received]) -> Vec<Line> {
    let requests = received.iter().map(|request| {
        assert_eq!(request.path, "/v1/logs");
        assert_eq!(request.header("content-type"), "application/x-protobuf");
        ExportLogsServiceRequest::decode(request.body.clone()).expect("OTLP")
    });
    let mut lines = Vec::new();
    for resource in requests.flat_map(|request| request.resource_logs) {
        let of_process = resource.resource.expect("a resource").attributes;
        let is_named = |attribute: &KeyValue| {
            attribute.key == "service.name" && text(attribute.value.as_ref()) == "heddle"
        };
        assert!(of_process.iter().any(is_named), "{of_process:?}");
        for scope in resource.scope_logs {
            let target = scope.scope.map(|scope| scope.name).unwrap_or_default();
            lines.extend(scope.log_records.into_iter().map(|record| Line {
                target: target.clone(),
                record,
            }));
        }
    }
    lines
}

fn hex(bytes: &[u8]) -> String {
    base16ct::lower::encode_string(bytes)
}

/// The lines that are written in order to be sent: all but those about collectors.
fn written(log: &str) -> Vec<Value> {
    let lines = log
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"));
    lines
        .filter(|line: &Value| line["target"] != "heddle::otlp")
        .collect()
}

#[tokio::test]
async fn the_collector_gets_the_lines_of_the_log_with_their_fields() {
    for on in On::BOTH {
        let collector = Receiver::start().await;
        let home = Home::new();
        let logging = Logging::start(&home, on, collector.url(), None).await;
        assert_eq!(logging.get("/api/v1/conversations", &[]).await.status, 200);
        let refused = logging
            .server
            .send(
                "GET",
                "/api/v1/conversations",
                &[("authorization", "Bearer wrong")],
                "",
            )
            .await;
        assert_eq!(refused.status, 401);
        let ended = logging.server.stop().await;
        assert_eq!(ended.code, Some(0), "{}", ended.log);
        let (got, wanted) = (lines(&collector.received()), written(&ended.log));
        let mut got_words: Vec<_> = got
            .iter()
            .map(|line| {
                (
                    line.record.severity_text.clone(),
                    line.target.clone(),
                    line.message(),
                )
            })
            .collect();
        let word = |value: &Value| value.as_str().expect("a text").to_owned();
        let mut wanted_words: Vec<_> = wanted
            .iter()
            .map(|line| {
                (
                    word(&line["level"]),
                    word(&line["target"]),
                    word(&line["fields"]["message"]),
                )
            })
            .collect();
        got_words.sort();
        wanted_words.sort();
        assert_eq!(got_words, wanted_words, "{on:?}");
        for line in &wanted {
            let Some(id) = line["span"]["request.id"].as_str() else {
                continue;
            };
            let message = line["fields"]["message"].as_str().expect("a text");
            let same = |got: &&Line| got.attribute("request.id") == id && got.message() == message;
            let record = got.iter().find(same).expect("a record");
            let own = [&line["fields"], &line["span"]];
            for (name, value) in own
                .iter()
                .flat_map(|fields| fields.as_object().expect("fields"))
            {
                if name != "message" && name != "name" {
                    let shown = value.as_str().map_or(value.to_string(), str::to_owned);
                    assert_eq!(record.attribute(name), shown, "{name} of {line}");
                }
            }
            assert!(record.record.observed_time_unix_nano > 0);
            assert!(record.record.trace_id.is_empty(), "there are no traces");
        }
        let answered = |line: &&Line| line.attribute("http.path") == "/api/v1/conversations";
        let statuses = got
            .iter()
            .filter(answered)
            .map(|line| line.attribute("http.status"));
        assert!(statuses.collect::<Vec<_>>().contains(&"401".to_owned()));
    }
}

#[tokio::test]
async fn a_line_has_the_trace_and_the_span_in_which_it_was_written() {
    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
    let (collector, of_traces) = (Receiver::start().await, Receiver::start().await);
    let home = Home::new();
    let logging = Logging::start(&home, On::Sqlite, collector.url(), Some(of_traces.url())).await;
    let parent = format!("00-{TRACE}-00f067aa0ba902b7-01");
    let answer = logging
        .get("/api/v1/conversations", &[("traceparent", &parent)])
        .await;
    assert_eq!(answer.status, 200);
    assert_eq!(logging.server.stop().await.code, Some(0));
    let got = lines(&collector.received());
    let answered = got
        .iter()
        .find(|line| line.attribute("http.path") == "/api/v1/conversations");
    let answered = answered.expect("the line of the request");
    assert_eq!(hex(&answered.record.trace_id), TRACE);
    let spans = of_traces.received().into_iter().flat_map(|request| {
        let request = ExportTraceServiceRequest::decode(request.body).expect("OTLP");
        request.resource_spans
    });
    let mut spans = spans
        .flat_map(|resource| resource.scope_spans)
        .flat_map(|scope| scope.spans);
    let server = spans.find(|span| span.kind() == SpanKind::Server);
    assert_eq!(
        server.expect("the request").span_id,
        answered.record.span_id
    );
    let outside = got.iter().find(|line| line.message() == "stopped");
    assert!(outside.expect("the end").record.trace_id.is_empty());
}

#[tokio::test]
async fn no_secret_and_no_text_of_a_client_reaches_the_collector() {
    let collector = Receiver::start().await;
    let home = Home::new();
    let logging = Logging::start(&home, On::Sqlite, collector.url(), None).await;
    let token = logging.token.clone();
    for path in [
        "/api/v1/conversations?q=s3cret-query",
        "/api/v1/customers?email=q@mail.example",
    ] {
        logging.get(path, &[("x-own", "s3cret-header")]).await;
    }
    let wrong = [("authorization", "Bearer s3cret-token")];
    let conversation = r#"{"subject":"Quillfeather"}"#;
    let server = &logging.server;
    server
        .send("POST", "/api/v1/conversations", &wrong, conversation)
        .await;
    assert_eq!(logging.server.stop().await.code, Some(0));
    let received = collector.received();
    assert!(lines(&received).len() >= 5, "{received:?}");
    for request in &received {
        let text = String::from_utf8_lossy(&request.body);
        for private in [&*token, "s3cret", "Quillfeather", "mail.example"] {
            assert!(!text.contains(private), "{private}: {text}");
        }
    }
}

#[tokio::test]
async fn a_collector_that_is_away_or_silent_holds_nobody_up() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let away = format!("http://{}", closed.local_addr().expect("its address"));
    drop(closed);
    let silent = Receiver::answering(|_| Reply::Silence).await;
    for collector in [&away, silent.url()] {
        let home = Home::new();
        let logging = Logging::start(&home, On::Sqlite, collector, None).await;
        for _ in 0..20 {
            assert_eq!(logging.get("/api/v1/conversations", &[]).await.status, 200);
        }
        // The harness ends the test if this takes too long.
        let ended = in_time("the end", logging.server.stop()).await;
        assert_eq!(ended.code, Some(0), "{}", ended.log);
        let complaint = format!("{collector}/v1/logs does not take log lines");
        let lines = ended.log.lines().filter(|line| line.contains(&complaint));
        assert_eq!(lines.count(), 1, "{}", ended.log);
    }
}

#[tokio::test]
async fn dropped_lines_are_counted_and_those_about_the_collector_stay_here() {
    let collector = Receiver::answering(|_| Reply::status(503)).await;
    let home = Home::new();
    let logging = Logging::start(&home, On::Sqlite, collector.url(), None).await;
    collector.wait_for(1).await;
    collector.answer(|_| Reply::ok());
    logging.get("/api/v1/conversations", &[]).await;
    collector.wait_for(2).await;
    let metrics = format!("http://{}", logging.server.text("/metrics"));
    let shown = crate::process::send_to(&metrics, "GET", "/metrics", &[], "").await;
    let line = shown
        .body
        .lines()
        .find_map(|line| line.strip_prefix("heddle_log_dropped_lines_total "));
    let dropped: u64 = line.and_then(|n| n.parse().ok()).expect("a number");
    assert!(dropped >= 1, "{}", shown.body);
    let log = logging.server.stop().await.log;
    assert!(log.contains("takes log lines again"), "{log}");
    assert_eq!(log.matches("does not take log lines").count(), 1, "{log}");
    for line in lines(&collector.received()) {
        assert_ne!(line.target, "heddle::otlp");
        assert!(!line.message().contains("log lines"), "{line:?}");
    }
}

#[tokio::test]
async fn a_start_that_fails_is_sent_too() {
    let collector = Receiver::start().await;
    let home = Home::new();
    let mut serve = home.command(&["serve", "--data", "nowhere", "--listen", "127.0.0.1:0"]);
    serve.env("HEDDLE_LOG__OTLP_ENDPOINT", collector.url());
    let output = in_time("a refusal", serve.output()).await.expect("it runs");
    assert!(!output.status.success());
    let got = lines(&collector.received());
    let said = got
        .iter()
        .any(|line| line.message().starts_with("sending the log to"));
    assert!(said, "{got:?}");
}

#[tokio::test]
async fn a_demo_refuses_to_send_its_log() {
    let home = Home::new();
    let mut demo = home.command(&["demo", "--listen", "127.0.0.1:0"]);
    demo.env("HEDDLE_LOG__OTLP_ENDPOINT", "http://127.0.0.1:4318");
    let output = in_time("a refusal", demo.output()).await.expect("it runs");
    assert!(!output.status.success());
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        said.contains("log.otlp_endpoint is for `heddle serve`"),
        "{said}"
    );
}
