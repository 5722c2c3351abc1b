//! The resident memory of a process that a measurement has started.

use anyhow::{Context, Result};

/// Returns the resident memory of a process in MiB.
///
/// # Errors
/// Fails if the process has ended.
pub(crate) fn now(process: u32) -> Result<u64> {
    status(process, "VmRSS:")
}

/// Returns the most resident memory that a process has had, in MiB.
///
/// # Errors
/// Fails if the process has ended.
pub(crate) fn most(process: u32) -> Result<u64> {
    status(process, "VmHWM:")
}

fn status(process: u32, line: &str) -> Result<u64> {
    let path = format!("/proc/{process}/status");
    let status = std::fs::read_to_string(path).context("the server has ended")?;
    let kibibytes = status
        .lines()
        .find_map(|found| found.strip_prefix(line)?.split_whitespace().next())
        .context("the server has ended")?;
    Ok(kibibytes.parse::<u64>()? / 1024)
}
