//! The tracing span and the log line of a request.
//!
//! Invariants: each request has one line at level info. Query strings, bodies and credentials are never logged. The internal
//! cause of an error is logged once, here (see [`Cause`]), with the id that the client sees.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use tokio::time::Instant;
use tracing::field::Empty;
use tracing::{Instrument, Span};

use crate::cause::Cause;
use crate::dispatch::{ApiName, Dispatch};
use crate::request_id::RequestId;

/// The outermost middleware: gives the request its id and the name of its API, runs it in its span, and logs the response.
pub async fn record(
    State(dispatch): State<Dispatch>,
    mut request: Request,
    next: Next,
) -> Response {
    let id = RequestId::new();
    let api = dispatch.find(request.uri().path()).name;
    let span = span(id, api, &request);
    request.extensions_mut().insert(id);
    request.extensions_mut().insert(api);
    let started = Instant::now();
    async {
        let response = next.run(request).await;
        log_answer(&response, started);
        response
    }
    .instrument(span)
    .await
}

fn span(id: RequestId, api: ApiName, request: &Request) -> Span {
    tracing::info_span!(
        "request",
        request.id = %id.hex(),
        trace.id = id.low_bits(),
        http.method = %request.method(),
        http.path = request.uri().path(),
        api = api.as_str(),
        http.status = Empty,
        duration_ms = Empty,
    )
}

fn log_answer(response: &Response, started: Instant) {
    let status = response.status().as_u16();
    let duration_ms = (started.elapsed().as_secs_f64() * 100_000.0).round() / 100.0;
    let span = Span::current();
    span.record("http.status", status);
    span.record("duration_ms", duration_ms);
    if let Some(Cause(cause)) = response.extensions().get() {
        tracing::error!(cause, "the request failed inside: {cause}");
    }
    tracing::info!("answered {status} in {duration_ms} ms");
}

#[cfg(test)]
mod tests {

    use axum::Router;
    use axum::body::Body;
    use axum::middleware::from_fn_with_state;
    use axum::response::IntoResponse;
    use http::StatusCode;
    use http_body_util::BodyExt;
    use serde_json::json;
    use tower::ServiceExt;

    use super::*;
    use crate::captured_log::Log;
    use crate::dispatch::Mount;

    /// Returns what the request to `path` logged, as JSON lines, and the id that its handler saw, in hex.
    async fn logged(path: &str) -> (Vec<serde_json::Value>, String) {
        async fn fail(id: RequestId) -> Response {
            let mut response = id.hex().into_response();
            *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
            response.extensions_mut().insert(Cause("disk full".into()));
            response
        }
        let log = Log::begin();
        let mount = Mount {
            name: ApiName::named("vendor"),
            prefixes: &[],
            render: |fault, _| format!("{fault:?}").into_response(),
        };
        let router = Router::new()
            .fallback(fail)
            .layer(from_fn_with_state(Dispatch::from(mount), record));
        let request = Request::get(path)
            .body(Body::empty())
            .expect("a valid request");
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
        let (lines, id) = logged("/v2/x?secret=1").await;
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
    async fn requests_can_be_found_by_their_trace_id() {
        let (lines, id) = logged("/v1/x").await;
        let trace = u64::from_str_radix(&id[16..], 16).expect("hex");
        assert_eq!(lines[0]["span"]["trace.id"], trace);
    }
}
