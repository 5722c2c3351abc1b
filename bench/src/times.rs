//! Times of many calls, and how they are shown.

use std::time::Duration;

use comfy_table::{Table, presets};
use serde::{Deserialize, Serialize};

/// The times of calls of one kind.
#[derive(Clone, Debug, Default)]
pub(crate) struct Times(Vec<Duration>);

impl Times {
    pub(crate) fn add(&mut self, time: Duration) {
        self.0.push(time);
    }

    pub(crate) fn add_all(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    pub(crate) const fn count(&self) -> usize {
        self.0.len()
    }

    /// Returns the time that so many percent of the calls did not exceed, in milliseconds.
    pub(crate) fn percentile(&self, percent: usize) -> f64 {
        self.per_mille(percent * 10)
    }

    /// Returns the time that so many of 1,000 calls did not exceed, in milliseconds.
    pub(crate) fn per_mille(&self, calls: usize) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        let at = (sorted.len() * calls).div_ceil(1_000).saturating_sub(1);
        sorted.get(at).map_or(0.0, |time| time.as_secs_f64() * 1e3)
    }

    pub(crate) fn worst(&self) -> f64 {
        self.percentile(100)
    }

    /// Returns the times as the results have them.
    pub(crate) fn percentiles(&self) -> Percentiles {
        Percentiles {
            calls: self.count(),
            p50_ms: self.percentile(50),
            p95_ms: self.percentile(95),
            p99_ms: self.percentile(99),
            p999_ms: self.per_mille(999),
            worst_ms: self.worst(),
        }
    }
}

/// Times of calls, in milliseconds.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub(crate) struct Percentiles {
    pub(crate) calls: usize,
    pub(crate) p50_ms: f64,
    pub(crate) p95_ms: f64,
    pub(crate) p99_ms: f64,
    pub(crate) p999_ms: f64,
    pub(crate) worst_ms: f64,
}

/// Returns a table in Markdown.
pub(crate) fn table<const N: usize>(
    head: [&str; N],
    rows: impl IntoIterator<Item = [String; N]>,
) -> String {
    let head: Vec<String> = head.map(str::to_owned).to_vec();
    table_of(&head, rows.into_iter().map(Vec::from))
}

/// Returns a table in Markdown whose number of columns is not known here.
pub(crate) fn table_of(head: &[String], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN);
    table.set_header(head);
    for row in rows {
        table.add_row(row);
    }
    table.to_string()
}

/// Shows milliseconds.
pub(crate) fn ms(time: f64) -> String {
    match time < 10.0 {
        true => format!("{time:.2}"),
        false => format!("{time:.0}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_times_that_were_measured() {
        let mut times = Times::default();
        assert_eq!(times.percentile(95), 0.0);
        for time in (1..=200).rev() {
            times.add(Duration::from_millis(time));
        }
        assert_eq!(
            [50, 95, 99, 100].map(|p| times.percentile(p)),
            [100.0, 190.0, 198.0, 200.0]
        );
        let mut all = times.clone();
        all.add_all(times);
        assert_eq!((all.count(), all.per_mille(995)), (400, 199.0));
    }
}
