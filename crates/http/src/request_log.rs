//! The spans, the log line and the metrics of a request.
//!
//! A request has a span of the log, which its lines show, and one of OpenTelemetry, if there are traces.
//!
//! Invariants: each request has one line at level info. Query strings, bodies and secrets are never logged. The request id is
//! spelled as the client sees it. The internal cause of an error is logged once, here (see [`Cause`]).

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{MatchedPath, Request};
use axum::response::Response;
use heddle_traces::{Caller, Span as TraceSpan};
use http::{HeaderMap, HeaderValue};
use tokio::time::Instant;
use tracing::field::Empty;
use tracing::{Instrument, Span};

use crate::cause::Cause;
use crate::dispatch::{Dispatch, Mount};
use crate::peer::Peer;
use crate::request_id::RequestId;
use crate::unsupported::{Counters, Unsupported};

/// The time that requests took, in seconds, with the labels `api`, `template` (the path with the names of its parameters) and
/// `status` (its class, as `2xx`).
pub const REQUESTS: &str = "heddle_http_request_seconds";
/// The calls that a vendor's contract names and Heddle does not offer, with the label `call`.
pub const UNSUPPORTED_CALLS: &str = "heddle_http_unsupported_calls_total";

/// What the log needs to know. Cheap to clone.
#[derive(Clone, Debug)]
pub struct RequestLog {
    dispatch: Dispatch,
    unsupported: Arc<Counters>,
}

impl RequestLog {
    /// Creates a log for the requests to these APIs.
    #[must_use]
    pub fn new(dispatch: Dispatch) -> Self {
        Self {
            dispatch,
            unsupported: Arc::default(),
        }
    }
}

/// Around everything but the client's address: gives the request its id and the name of its API, runs it in its span, and
/// logs the response.
pub(crate) async fn record<F: Future<Output = Response>>(
    log: &RequestLog,
    mut request: Request,
    run: impl FnOnce(Request) -> F,
) -> Response {
    let id = RequestId::new();
    let peer = Peer::of(&request);
    let mount = log.dispatch.of(&request);
    let template = request.extensions().get::<MatchedPath>().cloned();
    let shown_id = (mount.spell)(id);
    let traced = trace(&shown_id, mount, template.as_ref(), &request);
    let span = span(shown_id, mount, peer, &request);
    if let Some(traced) = &traced {
        span.record("trace_id", traced.trace_id());
    }
    request.extensions_mut().insert(id);
    request.extensions_mut().insert(mount.name);
    let started = Instant::now();
    let answered = async {
        let mut response = run(request).await;
        if let Some(call) = response.extensions_mut().remove::<Unsupported>() {
            call.add_header(&mut response);
            note_unsupported(&call, log.unsupported.count(&call));
        }
        let took = started.elapsed();
        log_answer(&response, took);
        measure(mount, template.as_ref(), &response, took);
        response
    };
    let response = TraceSpan::around(traced.as_ref(), answered.instrument(span)).await;
    if let Some(traced) = traced {
        let status = response.status();
        traced.note_status(status.as_u16(), status.is_server_error());
    }
    response
}

/// Begins the span of the request for OpenTelemetry. Returns `None` if there are no traces.
fn trace(
    id: &str,
    mount: &Mount,
    template: Option<&MatchedPath>,
    request: &Request,
) -> Option<TraceSpan> {
    let method = request.method().as_str();
    let route = template.map(MatchedPath::as_str);
    TraceSpan::request(method, route, (mount.name.as_str(), id), || {
        caller(request.headers())
    })
}

/// Reads which span of the caller sent the request. Returns `None` if the headers do not say so, or not unambiguously.
fn caller(headers: &HeaderMap) -> Option<Caller> {
    let mut parents = headers.get_all("traceparent").iter();
    let parent = parents.next()?.to_str().ok()?;
    if parents.next().is_some() {
        return None;
    }
    let states = headers.get_all("tracestate").iter();
    let states: Result<Vec<_>, _> = states.map(HeaderValue::to_str).collect();
    Caller::parse(
        parent,
        states.ok().map(|states| states.join(",")).as_deref(),
    )
}

/// Adds the caller of the current request to its log lines and its trace: the account and the credential, by number.
pub fn note_caller(account: i64, credential: i64) {
    let span = Span::current();
    tracing::record_all!(span, account = account, credential = credential);
    TraceSpan::note_caller(account, credential);
}

/// The id of the request is the text that the client sees.
fn span(id: String, mount: &Mount, Peer(client): Peer, request: &Request) -> Span {
    tracing::info_span!(
        "request",
        request.id = %id,
        trace_id = Empty,
        %client,
        http.method = %request.method(),
        http.path = &*mount.loggable(request.uri().path()),
        api = mount.name.as_str(),
        account = Empty,
        credential = Empty,
        unsupported = Empty,
        unsupported_calls = Empty,
        http.status = Empty,
        duration_ms = Empty,
    )
}

/// Adds the call and its counter to the lines of the request. The first call since the start has a warning of its own.
fn note_unsupported(call: &Unsupported, calls: u64) {
    metrics::counter!(UNSUPPORTED_CALLS, "call" => call.as_str().to_owned()).increment(1);
    let span = Span::current();
    tracing::record_all!(span, unsupported = call.as_str(), unsupported_calls = calls);
    if calls == 1 {
        let call = call.as_str();
        tracing::warn!("a client calls {call}, which the vendor has and Heddle does not offer");
    }
}

/// Counts the request in the metrics. Paths that no route has share one label, so that clients cannot make labels.
fn measure(mount: &Mount, template: Option<&MatchedPath>, response: &Response, took: Duration) {
    let status = match response.status().as_u16() {
        ..200 => "1xx",
        200..300 => "2xx",
        300..400 => "3xx",
        400..500 => "4xx",
        500.. => "5xx",
    };
    let template = template.map_or(Cow::Borrowed("none"), |template| {
        Cow::Owned(template.as_str().to_owned())
    });
    let api = mount.name.as_str();
    metrics::histogram!(REQUESTS, "api" => api, "template" => template, "status" => status)
        .record(took.as_secs_f64());
}

fn log_answer(response: &Response, took: Duration) {
    let status = response.status().as_u16();
    let duration_ms = (took.as_secs_f64() * 100_000.0).round() / 100.0;
    let span = Span::current();
    tracing::record_all!(span, http.status = status, duration_ms = duration_ms);
    if let Some(Cause(cause)) = response.extensions().get() {
        tracing::error!(cause, "the request failed inside: {cause}");
    }
    tracing::info!("answered {status} in {duration_ms} ms");
}

#[cfg(test)]
mod tests {

    use axum::Router;
    use axum::body::Body;
    use axum::extract::State;
    use axum::middleware::{Next, from_fn_with_state};
    use axum::response::IntoResponse;
    use http::StatusCode;
    use http_body_util::BodyExt;
    use serde_json::json;
    use tower::ServiceExt;

    use super::*;
    use crate::dispatch::{ApiName, Spell};
    use heddle_testkit::captured_log::Log;

    fn dispatch(spell: Spell) -> Dispatch {
        Dispatch::from(Mount {
            name: ApiName::named("vendor"),
            prefixes: &[],
            render: |fault, _| format!("{fault:?}").into_response(),
            spell,
            private_after: &["value"],
            joins_slashes: false,
        })
    }

    async fn recorded(State(log): State<RequestLog>, request: Request, next: Next) -> Response {
        record(&log, request, |request| next.run(request)).await
    }

    /// Returns what the request to `path` logged, as JSON lines, and the id that its handler saw, in hex.
    async fn logged(path: &str, spell: Spell) -> (Vec<serde_json::Value>, String) {
        async fn fail(id: RequestId) -> Response {
            note_caller(7, 12);
            let mut response = id.hex().into_response();
            *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
            response.extensions_mut().insert(Cause("disk full".into()));
            response
        }
        let log = Log::begin();
        let layer = from_fn_with_state(RequestLog::new(dispatch(spell)), recorded);
        let router = Router::new().fallback(fail).layer(layer);
        let mut request = Request::get(path)
            .body(Body::empty())
            .expect("a valid request");
        let client = "203.0.113.9".parse().expect("an address");
        request.extensions_mut().insert(Peer(client));
        let response = router.oneshot(request).await.expect("infallible");
        let shown = response
            .into_body()
            .collect()
            .await
            .expect("a whole body")
            .to_bytes();
        let shown = std::str::from_utf8(&shown).expect("UTF-8");
        (log.lines(), shown.to_owned())
    }

    #[tokio::test]
    async fn the_cause_and_the_answer_are_logged_once_each_with_the_id_the_client_sees() {
        let (lines, id) = logged("/v2/x?secret=1", RequestId::hex).await;
        let logged: Vec<_> = lines
            .iter()
            .map(|line| (&line["level"], &line["fields"]["cause"]))
            .collect();
        assert_eq!(
            logged,
            [
                (&json!("ERROR"), &json!("disk full")),
                (&json!("INFO"), &json!(null))
            ]
        );
        for line in &lines {
            let span = &line["span"];
            assert_eq!(span["request.id"], id);
            assert_eq!(span["http.path"], "/v2/x");
            assert_eq!(span["http.method"], "GET");
            assert_eq!(span["api"], "vendor");
            assert_eq!(span["http.status"], 500);
            assert!(span["duration_ms"].is_number());
            assert!(!line.to_string().contains("secret"));
        }
    }

    #[tokio::test]
    async fn personal_data_in_a_path_are_not_logged() {
        let (lines, _) = logged("/v2/value/eva%40example.org/state", RequestId::hex).await;
        for line in &lines {
            assert_eq!(line["span"]["http.path"], "/v2/value/.../state");
            assert!(!line.to_string().contains("eva"), "{line}");
        }
    }

    #[tokio::test]
    async fn requests_can_be_found_by_their_trace_id() {
        let (lines, id) = logged("/v1/x", RequestId::trace_id).await;
        let trace = u64::from_str_radix(&id[16..], 16).expect("hex");
        assert_eq!(lines[0]["span"]["request.id"], trace.to_string());
    }

    #[tokio::test]
    async fn requests_can_be_found_by_their_id_with_dashes() {
        let (lines, id) = logged("/v2/x", RequestId::uuid).await;
        let dashes = lines[0]["span"]["request.id"].as_str().expect("a text");
        assert_eq!(dashes.len(), 36);
        assert_eq!(dashes.replace('-', ""), id);
    }

    #[tokio::test]
    async fn the_lines_of_a_request_have_its_client_account_and_credential() {
        let (lines, _) = logged("/v2/x", RequestId::uuid).await;
        for line in &lines {
            let span = &line["span"];
            assert_eq!(span["client"], "203.0.113.9");
            assert_eq!(
                (&span["account"], &span["credential"]),
                (&json!(7), &json!(12))
            );
        }
    }

    #[tokio::test]
    async fn a_call_that_is_not_offered_has_a_header_a_word_and_a_counter() {
        async fn missing(request: Request) -> Response {
            let mut response = StatusCode::NOT_FOUND.into_response();
            if request.uri().path() == "/v2/tags" {
                Unsupported::new(&http::Method::GET, "/v2/tags").mark(&mut response);
            }
            response
        }
        let log = Log::begin();
        let layer = from_fn_with_state(RequestLog::new(dispatch(RequestId::uuid)), recorded);
        let router = Router::new().fallback(missing).layer(layer);
        let mut headers = Vec::new();
        for path in ["/v2/tags", "/v2/conversations/9", "/v2/tags"] {
            let request = Request::get(path).body(Body::empty());
            let request = request.expect("a valid request");
            let response = router.clone().oneshot(request).await.expect("infallible");
            headers.push(response.headers().get("heddle-unsupported").cloned());
        }
        let call = Some(http::HeaderValue::from_static("GET /v2/tags"));
        assert_eq!(headers, [call.clone(), None, call]);
        let lines = log.lines();
        let seen: Vec<_> = lines
            .iter()
            .map(|line| {
                let span = &line["span"];
                (
                    line["level"].as_str().expect("a level"),
                    span["unsupported"].as_str(),
                    span["unsupported_calls"].as_u64(),
                )
            })
            .collect();
        let call = Some("GET /v2/tags");
        let expected = [
            ("WARN", call, Some(1)),
            ("INFO", call, Some(1)),
            ("INFO", None, None),
            ("INFO", call, Some(2)),
        ];
        assert_eq!(seen, expected);
    }
}
