//! Tests read what a thread logs.
//!
//! One subscriber serves the whole process, because subscribers of single threads can miss lines: which lines are wanted at all
//! is decided for the whole process when some thread's subscriber comes or goes.

use std::cell::RefCell;
use std::io;
use std::sync::{Arc, Once};

use parking_lot::Mutex;

thread_local! {
    static LOG: RefCell<Option<Log>> = const { RefCell::new(None) };
}

/// What a thread has logged.
#[derive(Clone, Debug, Default)]
pub struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    /// Captures what this thread logs from now on, until another log is begun.
    ///
    /// # Panics
    /// Panics if the process has another subscriber.
    #[must_use]
    pub fn begin() -> Self {
        static START: Once = Once::new();
        START.call_once(|| {
            let subscriber = tracing_subscriber::fmt()
                .json()
                .with_writer(|| ThreadLog)
                .finish();
            tracing::subscriber::set_global_default(subscriber).expect("no other subscriber");
        });
        let log = Self::default();
        LOG.set(Some(log.clone()));
        log
    }

    /// Captures what all threads log at any level. For a test program whose other tests read no log.
    ///
    /// # Panics
    /// Panics if the process has another subscriber.
    #[must_use]
    pub fn of_process() -> Self {
        let log = Self::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt()
            .json()
            .with_max_level(tracing::Level::TRACE)
            .with_writer(move || SharedLog(writer.clone()))
            .finish();
        tracing::subscriber::set_global_default(subscriber).expect("no other subscriber");
        log
    }

    /// Returns the captured lines, each as JSON.
    ///
    /// # Panics
    /// Panics if a line is not JSON.
    #[must_use]
    pub fn lines(&self) -> Vec<serde_json::Value> {
        let text = String::from_utf8(self.0.lock().clone()).expect("UTF-8");
        let lines = text.lines();
        lines
            .map(|line| serde_json::from_str(line).expect("JSON"))
            .collect()
    }
}

/// Writes to one log.
struct SharedLog(Log);

impl io::Write for SharedLog {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.0.lock().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Writes to the log of the thread; without one, nowhere.
struct ThreadLog;

impl io::Write for ThreadLog {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LOG.with_borrow(|log| {
            if let Some(log) = log {
                log.0.lock().extend_from_slice(bytes);
            }
        });
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
