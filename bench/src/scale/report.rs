//! The results as a table: for each kind of call, one row for each size of the store.

use super::calls::Measured;
use crate::times::{ms, table};

/// What was measured on a store of one size.
pub(super) struct OfSize {
    pub(super) messages: u64,
    pub(super) start_ms: f64,
    pub(super) idle_mib: f64,
    pub(super) loaded_mib: f64,
    pub(super) calls: Vec<Measured>,
}

/// Returns the tables. The first size is the one that the others are compared with.
pub(super) fn text(sizes: &[OfSize]) -> String {
    let head = [
        "call",
        "messages",
        "p50 ms",
        "p95 ms",
        "p99 ms",
        "of the smallest",
        "CPU µs",
        "KB",
        "64 connections, a second",
        "of the smallest",
    ];
    let mut rows = Vec::new();
    for (at, first) in sizes
        .first()
        .into_iter()
        .flat_map(|size| size.calls.iter().enumerate())
    {
        for size in sizes {
            rows.push(row(size.messages, &size.calls[at], first));
        }
    }
    let servers = sizes.iter().map(|size| {
        [
            size.messages.to_string(),
            ms(size.start_ms),
            ms(size.idle_mib),
            ms(size.loaded_mib),
        ]
    });
    format!(
        "{}\n\n{}",
        table(head, rows),
        table(
            ["messages", "start ms", "idle MiB", "MiB after the load"],
            servers
        )
    )
}

fn row(messages: u64, call: &Measured, first: &Measured) -> [String; 10] {
    let p50 = |call: &Measured| call.times.percentile(50);
    let rate = |call: &Measured| median(call.rounds.iter().map(|run| run.per_second).collect());
    let many = rate(call);
    [
        call.name.to_owned(),
        messages.to_string(),
        ms(p50(call)),
        ms(call.times.percentile(95)),
        ms(call.times.percentile(99)),
        format!("{:.2}", p50(call) / p50(first)),
        format!("{:.0}", call.cpu_us),
        format!("{:.1}", call.bytes as f64 / 1e3),
        many.map_or_else(String::new, |many| format!("{many:.0}")),
        many.zip(rate(first))
            .map_or_else(String::new, |(many, few)| format!("{:.2}", many / few)),
    ]
}

/// Returns the middle value, or the lower of the two.
fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len().saturating_sub(1) / 2).copied()
}
