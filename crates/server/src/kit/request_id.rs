//! The id of one request, and the span and log line that carry it.
//!
//! Invariants: every request has exactly one id, the one the client sees (in whichever form its vendor uses) and the
//! one in every log line of the request; one info line per request; query strings, bodies and credentials are never
//! logged. An error's inner reason is logged here, once (see [`Cause`]).

use std::convert::Infallible;

use axum::extract::{FromRequestParts, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::request::Parts;
use tokio::time::Instant;
use tracing::field::Empty;
use tracing::{Instrument, Span};
use uuid::Uuid;

use super::api::{ApiLookup, ApiName};
use super::cause::Cause;

/// 128 random bits, shown in the form that the API's vendor uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RequestId(u128);

impl RequestId {
    /// A fresh random id.
    #[expect(
        clippy::new_without_default,
        reason = "two defaults would differ, which nobody expects"
    )]
    pub fn new() -> Self {
        Self(Uuid::new_v4().as_u128())
    }

    /// 32 lower-case hex digits.
    pub fn hex(self) -> String {
        Uuid::from_u128(self.0).simple().to_string()
    }

    /// The hyphenated form of [`Self::hex`].
    pub fn uuid(self) -> String {
        Uuid::from_u128(self.0).hyphenated().to_string()
    }

    /// The low 64 bits as a decimal number: what Datadog calls a trace id.
    pub fn trace_id(self) -> String {
        self.low_bits().to_string()
    }

    fn low_bits(self) -> u64 {
        (self.0 & u128::from(u64::MAX)) as u64
    }
}

impl<S: Sync> FromRequestParts<S> for RequestId {
    type Rejection = Infallible;

    /// The id that [`assign`] gave; a fresh one in a router without it.
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get().copied().unwrap_or_else(Self::new))
    }
}

/// Middleware, outermost of all: gives the request its id and its API and runs it in its span.
pub async fn assign(State(apis): State<ApiLookup>, mut request: Request, next: Next) -> Response {
    let id = RequestId::new();
    let api = (apis.of_path)(request.uri().path());
    let span = span(id, api, &request);
    request.extensions_mut().insert(id);
    request.extensions_mut().insert(api);
    let started = Instant::now();
    async {
        let response = next.run(request).await;
        tell(&response, started);
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

fn tell(response: &Response, started: Instant) {
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
    use std::sync::Arc;

    use axum::Router;
    use axum::body::Body;
    use axum::middleware::from_fn_with_state;
    use axum::response::IntoResponse;
    use http::StatusCode;
    use http_body_util::BodyExt;
    use parking_lot::Mutex;
    use serde_json::json;
    use tower::ServiceExt;
    use tracing_subscriber::fmt::MakeWriter;

    use super::*;

    #[test]
    fn the_three_forms_show_the_same_bits() {
        let id = RequestId(0x0123_4567_89ab_cdef_fedc_ba98_7654_3210);
        assert_eq!(id.hex(), "0123456789abcdeffedcba9876543210");
        assert_eq!(id.uuid(), "01234567-89ab-cdef-fedc-ba9876543210");
        assert_eq!(id.trace_id(), 0xfedc_ba98_7654_3210_u64.to_string());
    }

    #[test]
    fn two_ids_differ() {
        assert_ne!(RequestId::new(), RequestId::new());
    }

    /// What the request to `path` logged, as JSON lines, and the id that its handler saw.
    async fn logged(path: &str) -> (Vec<serde_json::Value>, RequestId) {
        async fn fail(id: RequestId) -> Response {
            let mut response = id.hex().into_response();
            *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
            response.extensions_mut().insert(Cause("disk full".into()));
            response
        }
        let log = Log::default();
        let subscriber = tracing_subscriber::fmt()
            .json()
            .with_writer(log.clone())
            .finish();
        let guard = tracing::subscriber::set_default(subscriber);
        let router = Router::new()
            .fallback(fail)
            .layer(from_fn_with_state(crate::dialect::APIS, assign));
        let request = Request::get(path)
            .body(Body::empty())
            .expect("a valid request");
        let response = router.oneshot(request).await.expect("infallible");
        drop(guard);
        let shown = response
            .into_body()
            .collect()
            .await
            .expect("a whole body")
            .to_bytes();
        let shown = std::str::from_utf8(&shown).expect("UTF-8");
        let id = u128::from_str_radix(shown, 16).expect("hex");
        let text = String::from_utf8(log.0.lock().clone()).expect("UTF-8");
        let lines = text
            .lines()
            .map(|line| serde_json::from_str(line).expect("JSON"));
        (lines.collect(), RequestId(id))
    }

    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl std::io::Write for Log {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    impl MakeWriter<'_> for Log {
        type Writer = Self;

        fn make_writer(&self) -> Self {
            self.clone()
        }
    }

    #[tokio::test]
    async fn the_cause_and_the_answer_are_logged_once_each_with_the_id_the_client_sees() {
        let (lines, id) = logged("/v2/x?secret=1").await;
        let told: Vec<_> = lines
            .iter()
            .map(|line| (&line["level"], &line["fields"]["cause"]))
            .collect();
        assert_eq!(
            told,
            [
                (&json!("ERROR"), &json!("disk full")),
                (&json!("INFO"), &json!(null))
            ]
        );
        for line in &lines {
            let span = &line["span"];
            assert_eq!(span["request.id"], id.hex());
            assert_eq!(span["http.path"], "/v2/x");
            assert_eq!(span["http.method"], "GET");
            assert_eq!(span["api"], "helpscout");
            assert_eq!(span["http.status"], 500);
            assert!(span["duration_ms"].is_number());
            assert!(!line.to_string().contains("secret"));
        }
    }

    #[tokio::test]
    async fn magicline_requests_can_be_found_by_their_trace_id() {
        let (lines, id) = logged("/v1/x").await;
        assert_eq!(lines[0]["span"]["trace.id"].to_string(), id.trace_id());
    }
}
