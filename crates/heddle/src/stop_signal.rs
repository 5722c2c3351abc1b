//! The signals that stop a process in an orderly way.

use std::io;

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// Returns a token that the first SIGINT, SIGTERM or SIGHUP cancels. A process that was started to outlive its terminal
/// (`nohup`) ignores SIGHUP, and goes on doing so.
pub(crate) fn stop_signal() -> io::Result<CancellationToken> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hangup = match ignores_hangup() {
        true => None,
        false => Some(signal(SignalKind::hangup())?),
    };
    let stop = CancellationToken::new();
    let signalled = stop.clone();
    tokio::spawn(async move {
        let hung_up = async {
            match &mut hangup {
                Some(hangup) => hangup.recv().await,
                None => std::future::pending().await,
            }
        };
        let signal = tokio::select! {
            _ = interrupt.recv() => "SIGINT",
            _ = terminate.recv() => "SIGTERM",
            _ = hung_up => "SIGHUP",
        };
        tracing::info!(signal, "stopping");
        signalled.cancel();
    });
    Ok(stop)
}

/// Whether the process was started with SIGHUP ignored. Only Linux says so; elsewhere the answer is no.
fn ignores_hangup() -> bool {
    std::fs::read_to_string("/proc/self/status").is_ok_and(|status| is_hangup_ignored(&status))
}

/// Whether the status of a process, as Linux shows it, has SIGHUP (number 1) among the ignored signals.
fn is_hangup_ignored(status: &str) -> bool {
    let mask = status
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))
        .and_then(|digits| u64::from_str_radix(digits.trim(), 16).ok());
    mask.is_some_and(|mask| mask & 1 == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ignored_hangup_is_seen() {
        let status =
            |mask: &str| format!("Name:\theddle\nSigBlk:\t0000000000000001\nSigIgn:\t{mask}\n");
        assert!(is_hangup_ignored(&status("0000000000001001")));
        assert!(!is_hangup_ignored(&status("0000000000001000")));
        assert!(!is_hangup_ignored(""));
    }
}
