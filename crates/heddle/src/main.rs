//! The program `heddle`: parses its arguments, runs one command and reports how it ended.
//!
//! Results go to standard output, everything else to standard error. The exit status says how the command ended
//! (`command/failure.rs`).

mod admin_socket;
mod backup;
mod command;
mod demo;
mod logs;
mod memory;
mod metrics;
mod open_files;
mod otlp;
mod sealing;
mod server;
mod stop_signal;
mod storage;
mod traces;

use std::ffi::OsString;
use std::process::ExitCode;

fn main() -> ExitCode {
    #[cfg(feature = "crash-points")]
    if let Ok(step) = std::env::var("HEDDLE_CRASH_AT") {
        heddle_webhooks::crash::arm(&step);
    }
    let arguments: Vec<OsString> = std::env::args_os().collect();
    match command::execute(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(command::wants_json(&arguments)),
    }
}
