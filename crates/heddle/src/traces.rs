//! Sends traces to an OpenTelemetry collector.
//!
//! The spans are made where the work is done (`crates/traces`), and wait in a queue with a limit (`otlp.rs`).
//!
//! Deliberately missing: https://, because a collector belongs on the same machine or network; metrics over OTLP, because a
//! collector reads them from the Prometheus endpoint.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use heddle::config::Traces;
use heddle_traces::SCOPE;
use opentelemetry::Context;
use opentelemetry::global::BoxedTracer;
use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::{Protocol, RetryPolicy, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, Sampler, SdkTracerProvider, Span, SpanData,
    SpanExporter, SpanProcessor,
};
use uuid::Uuid;

use crate::otlp::{self, BATCH, Client, DELAY, Kind, LAST, MOST_WAITING, PATIENCE, Tally};

const KIND: Kind = Kind {
    name: "traces",
    items: "spans",
    dropped: "heddle_traces_dropped_spans_total",
    advice: "lower traces.sample_ratio",
};

/// The running exporter.
pub(crate) struct Exporter {
    provider: SdkTracerProvider,
}

impl Exporter {
    /// Begins to make and send spans of this process, which the collector knows as `instance`. Returns `None` if no collector is
    /// configured. Does not wait for the collector.
    ///
    /// # Errors
    /// Fails if the environment has settings for OpenTelemetry that cannot be used.
    pub(crate) fn start(config: &Traces, instance: Uuid) -> anyhow::Result<Option<Self>> {
        let Some(endpoint) = &config.otlp_endpoint else {
            return Ok(None);
        };
        let url = format!("{}/v1/traces", endpoint.as_str());
        let exporter = opentelemetry_otlp::SpanExporter::builder()
            .with_http()
            .with_http_client(Client::new())
            .with_endpoint(&url)
            .with_protocol(Protocol::HttpBinary)
            .with_timeout(PATIENCE)
            // A batch that fails is dropped, so that an absent collector holds up neither the next batch nor the end.
            .with_retry_policy(RetryPolicy::disabled())
            .build()
            .context("cannot send traces")?;
        let tally = Arc::new(Tally::new(KIND, url.clone()));
        let counted = Counted {
            exporter,
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
            .with_resource(otlp::resource(instance))
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
        if self.tally.admit() {
            self.processor.on_end(span);
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

/// Sends batches, and counts those that fail.
#[derive(Debug)]
struct Counted {
    exporter: opentelemetry_otlp::SpanExporter,
    tally: Arc<Tally>,
}

impl SpanExporter for Counted {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let count = batch.len();
        let sent = self.exporter.export(batch).await;
        self.tally.note_batch(count, &sent);
        sent
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}
