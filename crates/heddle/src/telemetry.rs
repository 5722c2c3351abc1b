//! Logs, including panics: to standard error, as text or as JSON, and to whatever else a caller of [`init_with`] names.
//!
//! Invariant: standard output is only for the results of commands. Heddle's own crates are logged at the configured level,
//! libraries from `warn` up. Metrics and traces leave
//! the process by other ways.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::io;
use std::panic::{self, PanicHookInfo};

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::{SubscriberInitExt, TryInitError};
use tracing_subscriber::{Layer, Registry, fmt};

use crate::config::{Format, Level, Log};

/// What gets the lines of the log.
pub type Lines = Box<dyn Layer<Registry> + Send + Sync>;

/// Starts logging for the whole process. Panics are logged in the span in which they happen.
///
/// # Errors
/// Fails if logging was already started.
pub fn init(log: &Log) -> Result<(), TryInitError> {
    init_with(log, None)
}

/// Like [`init`]; `also` gets the same lines as standard error.
///
/// # Errors
/// Fails if logging was already started.
pub fn init_with(log: &Log, also: Option<Lines>) -> Result<(), TryInitError> {
    let lines = match log.format {
        Format::Text => fmt::layer()
            .with_writer(io::stderr)
            .with_ansi(false)
            .boxed(),
        Format::Json => fmt::layer()
            .json()
            .with_span_list(false)
            .with_writer(io::stderr)
            .boxed(),
    };
    // Each has the filter itself, because the fields of spans are kept for each by itself, too.
    let all: Vec<Lines> = [Some(lines), also]
        .into_iter()
        .flatten()
        .map(|lines| lines.with_filter(targets(log.level)).boxed())
        .collect();
    tracing_subscriber::registry().with(all).try_init()?;
    panic::set_hook(Box::new(log_panic));
    Ok(())
}

fn targets(level: Level) -> Targets {
    let level = LevelFilter::from(level);
    Targets::new()
        .with_default(level.min(LevelFilter::WARN))
        // This prefix selects all crates of Heddle.
        .with_target("heddle", level)
        // Only errors, because hyper warns about every idle connection that it closes.
        .with_target("hyper", LevelFilter::ERROR)
}

impl From<Level> for LevelFilter {
    fn from(level: Level) -> Self {
        match level {
            Level::Error => Self::ERROR,
            Level::Warn => Self::WARN,
            Level::Info => Self::INFO,
            Level::Debug => Self::DEBUG,
            Level::Trace => Self::TRACE,
        }
    }
}

fn log_panic(info: &PanicHookInfo<'_>) {
    let message = info.payload_as_str().unwrap_or("no message");
    let location = info.location().map(ToString::to_string).unwrap_or_default();
    let backtrace = Backtrace::capture();
    let backtrace =
        (backtrace.status() == BacktraceStatus::Captured).then(|| backtrace.to_string());
    tracing::error!(location, backtrace, "panicked: {message}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libraries_log_fewer_levels_than_heddle() {
        let would = |level, target, at| targets(level).would_enable(target, &at);
        assert!(would(Level::Debug, "heddle_http", tracing::Level::DEBUG));
        assert!(would(Level::Debug, "heddle_store", tracing::Level::DEBUG));
        assert!(!would(Level::Debug, "tokio_postgres", tracing::Level::INFO));
        assert!(would(Level::Debug, "tokio_postgres", tracing::Level::WARN));
        assert!(!would(Level::Error, "tokio_postgres", tracing::Level::WARN));
        assert!(!would(Level::Error, "heddle_store", tracing::Level::WARN));
        assert!(!would(Level::Trace, "hyper::proto", tracing::Level::WARN));
    }
}
