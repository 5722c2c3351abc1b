//! The spans, and how code runs in them.

use std::fmt;
use std::future::Future;
use std::pin::pin;

use opentelemetry::trace::{FutureExt, SpanKind, Status, TraceContextExt, Tracer};
use opentelemetry::{Context, KeyValue};

use crate::caller::Caller;
use crate::events::{self, Written};
use crate::tracer::tracer;

/// The methods that OpenTelemetry names (RFC 9110 and PATCH); every other one is `_OTHER`, so that clients cannot make names.
const METHODS: [&str; 9] = [
    "CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE",
];

/// A span that has begun. It ends when this value is dropped.
pub struct Span {
    context: Context,
}

impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Span").field(&self.trace_id()).finish()
    }
}

impl Span {
    /// Begins the span of a request: a child of the caller's span, if there is one. `route` is the path with the names of its
    /// parameters, and `id` the request id as the client sees it. Returns `None` if there are no traces.
    pub fn request(
        method: &str,
        route: Option<&str>,
        (api, id): (&'static str, &str),
        caller: impl FnOnce() -> Option<Caller>,
    ) -> Option<Self> {
        let tracer = tracer()?;
        let parent = match caller() {
            Some(Caller(span)) => Context::new().with_remote_span_context(span),
            None => Context::new(),
        };
        let known = METHODS.into_iter().find(|known| *known == method);
        // The names that the OpenTelemetry conventions for HTTP give to spans and attributes.
        let name = match (known.unwrap_or("HTTP"), route) {
            (method, Some(route)) => format!("{method} {route}"),
            (method, None) => method.to_owned(),
        };
        let mut attributes = vec![
            KeyValue::new("http.request.method", known.unwrap_or("_OTHER")),
            KeyValue::new("heddle.api", api),
            KeyValue::new("heddle.request.id", id.to_owned()),
        ];
        if let Some(route) = route {
            attributes.push(KeyValue::new("http.route", route.to_owned()));
        }
        let builder = tracer
            .span_builder(name)
            .with_kind(SpanKind::Server)
            .with_attributes(attributes);
        Some(Self::begin(builder, &parent))
    }

    /// Begins the span of one attempt to deliver an event to a webhook, all by number: a child of the
    /// current span if there is one, else of the command that wrote the event, if this process remembers it. A test of a webhook
    /// has no event. Returns `None` if there are no traces.
    #[must_use]
    pub fn delivery(account: i64, webhook: i64, event: Option<i64>) -> Option<Self> {
        let tracer = tracer()?;
        let mut parent = Context::current();
        if !parent.has_active_span()
            && let Some(command) = event.and_then(|event| events::find((account, event)))
        {
            parent = parent.with_remote_span_context(command);
        }
        let mut attributes = vec![
            KeyValue::new("http.request.method", "POST"),
            KeyValue::new("heddle.account", account),
            KeyValue::new("heddle.webhook", webhook),
        ];
        attributes.extend(event.map(|event| KeyValue::new("heddle.event", event)));
        let builder = tracer
            .span_builder("deliver webhook")
            .with_kind(SpanKind::Client)
            .with_attributes(attributes);
        Some(Self::begin(builder, &parent))
    }

    fn begin(builder: opentelemetry::trace::SpanBuilder, parent: &Context) -> Self {
        let context = match tracer() {
            Some(tracer) => {
                let span = tracer.build_with_context(builder, parent);
                parent.with_span(span)
            }
            None => parent.clone(),
        };
        Self { context }
    }

    /// Returns the id of the trace: 32 hexadecimal digits.
    #[must_use]
    pub fn trace_id(&self) -> String {
        self.context.span().span_context().trace_id().to_string()
    }

    /// Returns the headers that make this span the parent of what the receiver of a request does: `traceparent`, and `tracestate`
    /// if there is one.
    #[must_use]
    pub fn headers(&self) -> Vec<(&'static str, String)> {
        let span = self.context.span();
        let context = span.span_context();
        let flags = u8::from(context.is_sampled());
        let parent = format!(
            "00-{}-{}-{flags:02x}",
            context.trace_id(),
            context.span_id()
        );
        let state = context.trace_state().header();
        let state = (!state.is_empty()).then_some(("tracestate", state));
        [("traceparent", parent)].into_iter().chain(state).collect()
    }

    /// Records the account and the credential of the caller, by number.
    pub fn note_caller(account: i64, credential: i64) {
        if tracer().is_some() {
            Context::map_current(|context| {
                let attributes = [
                    KeyValue::new("heddle.account", account),
                    KeyValue::new("heddle.credential", credential),
                ];
                context.span().set_attributes(attributes);
            });
        }
    }

    /// Records the status of the response that was sent (of a request) or received (of a delivery).
    pub fn note_status(&self, status: u16, is_error: bool) {
        let span = self.context.span();
        span.set_attribute(KeyValue::new(
            "http.response.status_code",
            i64::from(status),
        ));
        if is_error {
            span.set_attribute(KeyValue::new("error.type", status.to_string()));
            span.set_status(Status::error(""));
        }
    }

    /// Records why there is no result: a name from the code, never a text with data.
    pub fn note_error(&self, kind: &'static str) {
        let span = self.context.span();
        span.set_attribute(KeyValue::new("error.type", kind));
        span.set_status(Status::error(""));
    }

    /// Runs a future in a span, if there is one.
    pub async fn around<T>(span: Option<&Self>, future: impl Future<Output = T>) -> T {
        // Pinned first, so that the future has one place in memory and not two.
        let future = pin!(future);
        match span {
            Some(span) => future.with_context(span.context.clone()).await,
            None => future.await,
        }
    }
}

impl Drop for Span {
    fn drop(&mut self) {
        self.context.span().end();
    }
}

/// The span of a command of the store.
#[derive(Debug)]
pub struct Command(Span);

impl Command {
    /// Begins the span of a command, as a child of the current span. Returns `None` if there are no traces, or there is no current
    /// span: commands of background tasks have none.
    #[must_use]
    pub fn begin(name: &'static str) -> Option<Self> {
        let tracer = tracer()?;
        let parent = Context::current();
        if !parent.has_active_span() {
            return None;
        }
        let builder = tracer.span_builder(name).with_kind(SpanKind::Internal);
        let mut span = Span::begin(builder, &parent);
        span.context = span.context.with_value(Written::default());
        Some(Self(span))
    }

    /// Returns what a run of the command needs on another thread or in another task.
    #[must_use]
    pub fn run(&self) -> Run {
        Run(self.0.context.clone())
    }

    /// Records that the command refused to do its work, and why: a name from the code. That is an answer and no failure.
    pub fn note_refusal(&self, kind: &'static str) {
        let span = self.0.context.span();
        span.set_attribute(KeyValue::new("heddle.refusal", kind));
    }

    /// Records that the store failed, and how: a name from the code.
    pub fn note_error(&self, kind: &'static str) {
        self.0.note_error(kind);
    }
}

/// The runs of a command in its span. A command can run more than once.
#[derive(Clone, Debug)]
pub struct Run(Context);

impl Run {
    /// Runs the command once more, if there is a span in it.
    pub async fn around<T, E>(
        run: Option<&Self>,
        future: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        let future = pin!(future);
        let Some(Self(context)) = run else {
            return future.await;
        };
        let forget = || {
            if let Some(written) = context.get() {
                events::forget(written);
            }
        };
        // A run before this one was rolled back.
        forget();
        let result = future.with_context(context.clone()).await;
        if result.is_err() {
            forget();
        }
        result
    }
}
