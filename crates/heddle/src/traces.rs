//! Sends traces to an OpenTelemetry collector, as OTLP (protobuf) over HTTP.
//!
//! The spans are made where the work is done (`crates/traces`). They wait here in a queue with a limit, and a thread of the library
//! sends them in batches. Nobody waits for that thread but the end of the server, for a limited time. When the queue is full, or the
//! collector does not take a batch, spans are dropped and counted, and the log has one line until the collector works again.
//!
//! Deliberately missing: https://, because a collector belongs on the same machine or network; logs and metrics over OTLP, because a
//! collector reads both from standard error and from the Prometheus endpoint.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::Context as _;
use bytes::Bytes;
use heddle::config::Traces;
use heddle_traces::SCOPE;
use http::header::HOST;
use http::{HeaderValue, Request, Response, Uri};
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use opentelemetry::global::BoxedTracer;
use opentelemetry::trace::TracerProvider;
use opentelemetry::{Context, KeyValue};
use opentelemetry_http::{HttpClient, HttpError};
use opentelemetry_otlp::{Protocol, RetryPolicy, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, Sampler, SdkTracerProvider, Span, SpanData,
    SpanExporter, SpanProcessor,
};
use tokio::net::TcpStream;
use tokio::runtime::Handle;
use tokio::time::timeout;
use tokio_util::task::AbortOnDropHandle;
use uuid::Uuid;

/// Spans that were not sent, because the queue was full or the collector did not take them.
const DROPPED: &str = "heddle_traces_dropped_spans_total";
/// The maximum number of spans that wait, those on their way included.
const MOST_WAITING: usize = 4_096;
/// The maximum number of spans in one request.
const BATCH: usize = 512;
/// How long spans wait for others, at most.
const DELAY: Duration = Duration::from_secs(2);
/// Time limit of one request to the collector.
const PATIENCE: Duration = Duration::from_secs(3);
/// Time limit for sending the last spans when the server ends.
const LAST: Duration = Duration::from_secs(5);
/// The maximum length of the collector's response, in bytes.
const LONGEST_RESPONSE: usize = 64 << 10;

/// The running exporter.
pub(crate) struct Exporter {
    provider: SdkTracerProvider,
}

impl Exporter {
    /// Begins to make and send spans. Returns `None` if no collector is configured. Does not wait for the collector.
    ///
    /// # Errors
    /// Fails if the environment has settings for OpenTelemetry that cannot be used.
    pub(crate) fn start(config: &Traces) -> anyhow::Result<Option<Self>> {
        let Some(endpoint) = &config.otlp_endpoint else {
            return Ok(None);
        };
        let url = format!("{}/v1/traces", endpoint.as_str());
        let exporter = opentelemetry_otlp::SpanExporter::builder()
            .with_http()
            .with_http_client(Client(Handle::current()))
            .with_endpoint(&url)
            .with_protocol(Protocol::HttpBinary)
            .with_timeout(PATIENCE)
            // A batch that fails is dropped, so that an absent collector holds up neither the next batch nor the end.
            .with_retry_policy(RetryPolicy::disabled())
            .build()
            .context("cannot send traces")?;
        let tally = Arc::new(Tally::default());
        let counted = Counted {
            exporter,
            url: url.clone(),
            is_failing: AtomicBool::new(false),
            tally: Arc::clone(&tally),
        };
        let batches = BatchConfigBuilder::default()
            .with_max_queue_size(MOST_WAITING)
            .with_max_export_batch_size(BATCH)
            .with_scheduled_delay(DELAY)
            .build();
        let processor = BatchSpanProcessor::builder(counted)
            .with_batch_config(batches)
            .build();
        let sampler = Sampler::TraceIdRatioBased(config.sample_ratio.into());
        let provider = SdkTracerProvider::builder()
            .with_span_processor(Limit { processor, tally })
            .with_sampler(Sampler::ParentBased(Box::new(sampler)))
            .with_resource(resource())
            .build();
        let tracer = BoxedTracer::new(Box::new(provider.tracer(SCOPE)));
        if heddle_traces::install(tracer).is_err() {
            anyhow::bail!("the process sends traces already");
        }
        tracing::info!(url, "sending traces to {url}");
        Ok(Some(Self { provider }))
    }

    /// Sends the spans that wait, for a limited time, and stops.
    pub(crate) async fn finish(self) {
        let stopping =
            tokio::task::spawn_blocking(move || self.provider.shutdown_with_timeout(LAST));
        if let Ok(Err(error)) = stopping.await {
            tracing::warn!(%error, "the last traces were not sent: {error}");
        }
    }
}

/// What the collector learns about this process.
fn resource() -> Resource {
    Resource::builder_empty()
        .with_service_name("heddle")
        .with_attributes([
            KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
            KeyValue::new("service.instance.id", Uuid::new_v4().to_string()),
        ])
        .build()
}

/// How many spans wait, and how many were dropped.
#[derive(Debug, Default)]
struct Tally {
    waiting: AtomicUsize,
    /// Dropped since the log last said so.
    dropped: AtomicUsize,
    is_full: AtomicBool,
}

impl Tally {
    fn drop_spans(&self, count: usize) {
        self.dropped.fetch_add(count, Ordering::Relaxed);
        metrics::counter!(DROPPED).increment(count as u64);
    }
}

/// Passes spans on to the library's queue while that has room, and counts the others.
#[derive(Debug)]
struct Limit {
    processor: BatchSpanProcessor,
    tally: Arc<Tally>,
}

impl SpanProcessor for Limit {
    fn on_start(&self, span: &mut Span, context: &Context) {
        self.processor.on_start(span, context);
    }

    fn on_end(&self, span: SpanData) {
        let Tally {
            waiting, is_full, ..
        } = &*self.tally;
        if waiting.fetch_add(1, Ordering::AcqRel) < MOST_WAITING {
            self.processor.on_end(span);
            return;
        }
        waiting.fetch_sub(1, Ordering::AcqRel);
        self.tally.drop_spans(1);
        if !is_full.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                "traces are made faster than the collector takes them: some spans are dropped; lower traces.sample_ratio, or give the collector more room"
            );
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.processor.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.processor.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.processor.set_resource(resource);
    }
}

/// Sends batches, counts those that fail, and logs when the collector begins and ends to fail.
#[derive(Debug)]
struct Counted {
    exporter: opentelemetry_otlp::SpanExporter,
    url: String,
    is_failing: AtomicBool,
    tally: Arc<Tally>,
}

impl SpanExporter for Counted {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let count = batch.len();
        let sent = self.exporter.export(batch).await;
        self.tally.waiting.fetch_sub(count, Ordering::AcqRel);
        let url = &self.url;
        match &sent {
            Ok(()) => {
                if self.is_failing.swap(false, Ordering::Relaxed) {
                    let dropped = self.tally.dropped.swap(0, Ordering::Relaxed);
                    tracing::info!(
                        url,
                        dropped,
                        "{url} takes traces again; {dropped} spans were dropped"
                    );
                }
            }
            Err(error) => {
                self.tally.drop_spans(count);
                if !self.is_failing.swap(true, Ordering::Relaxed) {
                    tracing::warn!(url, %error, "{url} does not take traces: {error}; spans are dropped until it does");
                }
            }
        }
        sent
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}

/// Sends the requests of the library's thread on the server's runtime, one connection for each. That thread has no timers of
/// its own. Reads no proxies from the environment.
#[derive(Debug)]
struct Client(Handle);

impl HttpClient for Client {
    fn send_bytes<'client, 'future>(
        &'client self,
        request: Request<Bytes>,
    ) -> Pin<Box<dyn Future<Output = Result<Response<Bytes>, HttpError>> + Send + 'future>>
    where
        'client: 'future,
        Self: 'future,
    {
        let sending = self
            .0
            .spawn(async move { timeout(PATIENCE, send(request)).await });
        Box::pin(async move {
            match AbortOnDropHandle::new(sending).await? {
                Ok(answered) => answered,
                Err(_) => Err(format!("no response within {} s", PATIENCE.as_secs()).into()),
            }
        })
    }
}

async fn send(request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
    let (mut head, body) = request.into_parts();
    let authority = head.uri.authority().cloned();
    let authority = authority.ok_or("the URL has no host")?;
    let port = authority.port_u16().unwrap_or(80);
    let host = authority.host().trim_matches(['[', ']']);
    let stream = TcpStream::connect((host, port)).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let _driver = AbortOnDropHandle::new(tokio::spawn(connection));
    head.headers
        .insert(HOST, HeaderValue::from_str(authority.as_str())?);
    head.uri = match head.uri.path_and_query() {
        Some(path) => Uri::from(path.clone()),
        None => Uri::from_static("/"),
    };
    let request = Request::from_parts(head, Full::new(body));
    let (head, body) = sender.send_request(request).await?.into_parts();
    let body = Limited::new(body, LONGEST_RESPONSE).collect().await?;
    Ok(Response::from_parts(head, body.to_bytes()))
}
