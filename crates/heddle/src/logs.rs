//! Sends the lines of the log to an OpenTelemetry collector.
//!
//! A line becomes a record with its message, its level, its own fields and those of its spans, such as the request id, and the ids of the trace
//! and the span in which it was written. Records wait in a queue with a limit (`otlp.rs`).
//!
//! Invariants: the collector gets the lines that standard error gets, with the same fields, so it learns nothing that the log does not
//! show. The exceptions are the lines about collectors.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use heddle::config::Log;
use heddle::telemetry::Lines;
use heddle_traces::SCOPE;
use opentelemetry::InstrumentationScope;
use opentelemetry::logs::{AnyValue, LogRecord as _, Logger as _, LoggerProvider as _, Severity};
use opentelemetry_otlp::{Protocol, RetryPolicy, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::logs::{
    BatchConfigBuilder, BatchLogProcessor, LogBatch, LogExporter, LogProcessor, SdkLogRecord,
    SdkLogger, SdkLoggerProvider,
};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;
use uuid::Uuid;

use crate::otlp::{self, BATCH, Client, DELAY, Kind, LAST, MOST_WAITING, PATIENCE, Tally};

const KIND: Kind = Kind {
    name: "log lines",
    items: "lines",
    dropped: "heddle_log_dropped_lines_total",
    advice: "raise log.level",
};
/// The longest text of a field or message, in bytes; the rest of a longer one is left out. So the records that wait have a limit in
/// bytes, too.
const LONGEST_TEXT: usize = 8 << 10;

/// The running exporter.
pub(crate) struct Exporter {
    provider: SdkLoggerProvider,
    url: String,
}

impl Exporter {
    /// Begins to send the records that [`Self::lines`] makes, of this process, which the collector knows as `instance`. Returns `None` if
    /// no collector is configured. Does not wait for the collector.
    ///
    /// # Errors
    /// Fails if the environment has settings for OpenTelemetry that cannot be used.
    pub(crate) fn start(config: &Log, instance: Uuid) -> anyhow::Result<Option<Self>> {
        let Some(endpoint) = &config.otlp_endpoint else {
            return Ok(None);
        };
        let url = format!("{}/v1/logs", endpoint.as_str());
        let exporter = opentelemetry_otlp::LogExporter::builder()
            .with_http()
            .with_http_client(Client::new())
            .with_endpoint(&url)
            .with_protocol(Protocol::HttpBinary)
            .with_timeout(PATIENCE)
            // As for traces: a batch that fails is dropped.
            .with_retry_policy(RetryPolicy::disabled())
            .build()
            .context("cannot send the log to a collector")?;
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
        let processor = BatchLogProcessor::builder(counted)
            .with_batch_config(batches)
            .build();
        let provider = SdkLoggerProvider::builder()
            .with_log_processor(Limit { processor, tally })
            .with_resource(otlp::resource(instance))
            .build();
        Ok(Some(Self { provider, url }))
    }

    /// Returns what makes a record of each line.
    pub(crate) fn lines(&self) -> Lines {
        let logger = self.provider.logger(SCOPE);
        Box::new(Records { logger })
    }

    /// Says in the log that it is sent.
    pub(crate) fn announce(&self) {
        let url = &self.url;
        tracing::info!(url, "sending the log to {url}");
    }

    /// Sends the records that wait, for a limited time, and stops.
    pub(crate) async fn finish(self) {
        let stopping =
            tokio::task::spawn_blocking(move || self.provider.shutdown_with_timeout(LAST));
        if let Ok(Err(error)) = stopping.await {
            tracing::warn!(%error, "the last log lines were not sent to the collector: {error}");
        }
    }
}

/// Makes a record of each line.
struct Records {
    logger: SdkLogger,
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Records {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        if let Some(span) = context.span(id) {
            let mut fields = Fields::default();
            attributes.record(&mut fields);
            span.extensions_mut().insert(fields);
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(fields) = span.extensions_mut().get_mut::<Fields>()
        {
            values.record(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let metadata = event.metadata();
        if metadata.target() == otlp::TARGET {
            return;
        }
        let mut fields = Fields::default();
        for span in context.event_scope(event).into_iter().flatten() {
            if let Some(of_span) = span.extensions().get::<Fields>() {
                fields.add_missing(of_span);
            }
        }
        let mut own = Fields::default();
        event.record(&mut own);
        let message = own.take(MESSAGE);
        own.add_missing(&fields);
        let mut record = self.logger.create_log_record();
        let (severity, word) = severity(metadata.level());
        record.set_severity_number(severity);
        record.set_severity_text(word);
        record.set_target(metadata.target());
        if let Some(message) = message {
            record.set_body(message);
        }
        record.add_attributes(own.0);
        self.logger.emit(record);
    }
}

fn severity(level: &Level) -> (Severity, &'static str) {
    let severity = match *level {
        Level::ERROR => Severity::Error,
        Level::WARN => Severity::Warn,
        Level::INFO => Severity::Info,
        Level::DEBUG => Severity::Debug,
        Level::TRACE => Severity::Trace,
    };
    (severity, level.as_str())
}

/// The name under which `tracing` keeps the text of a line.
const MESSAGE: &str = "message";

/// The fields of a span or a line.
#[derive(Default)]
struct Fields(Vec<(&'static str, AnyValue)>);

impl Fields {
    fn set(&mut self, field: &Field, value: impl Into<AnyValue>) {
        let value = value.into();
        match self.0.iter_mut().find(|(name, _)| *name == field.name()) {
            Some((_, known)) => *known = value,
            None => self.0.push((field.name(), value)),
        }
    }

    fn set_text(&mut self, field: &Field, mut text: String) {
        text.truncate(text.floor_char_boundary(LONGEST_TEXT));
        self.set(field, text);
    }

    /// Adds the fields of a span around this one.
    fn add_missing(&mut self, others: &Self) {
        for (name, value) in &others.0 {
            if !self.0.iter().any(|(known, _)| known == name) {
                self.0.push((name, value.clone()));
            }
        }
    }

    fn take(&mut self, name: &str) -> Option<AnyValue> {
        let place = self.0.iter().position(|(known, _)| *known == name)?;
        Some(self.0.remove(place).1)
    }
}

impl Visit for Fields {
    fn record_i64(&mut self, field: &Field, value: i64) {
        self.set(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        match i64::try_from(value) {
            Ok(value) => self.set(field, value),
            Err(_) => self.set(field, value.to_string()),
        }
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.set(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.set(field, value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.set_text(field, value.to_owned());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.set_text(field, format!("{value:?}"));
    }
}

/// Passes records on to the library's queue while that has room, and counts the others.
#[derive(Debug)]
struct Limit {
    processor: BatchLogProcessor,
    tally: Arc<Tally>,
}

impl LogProcessor for Limit {
    fn emit(&self, record: &mut SdkLogRecord, scope: &InstrumentationScope) {
        if self.tally.admit() {
            self.processor.emit(record, scope);
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
    exporter: opentelemetry_otlp::LogExporter,
    tally: Arc<Tally>,
}

impl LogExporter for Counted {
    async fn export(&self, batch: LogBatch<'_>) -> OTelSdkResult {
        let count = batch.iter().count();
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
