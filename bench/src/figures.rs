//! The results: medians, spread and ratios, as a Markdown table and as JSON.

use comfy_table::{Table, presets};
use serde::{Deserialize, Serialize};

use crate::wrk::Run;

/// The runs of one server with one operation and one number of connections.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Series {
    pub(crate) operation: String,
    pub(crate) connections: u32,
    pub(crate) server: String,
    pub(crate) runs: Vec<Run>,
    pub(crate) per_second: Spread,
    pub(crate) p50_ms: Spread,
    pub(crate) p99_ms: Spread,
    pub(crate) p999_ms: Spread,
    /// Processor time of the server for each request, in microseconds.
    pub(crate) cpu_us: Spread,
    /// Processor time of PostgreSQL for each request, in microseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) database_cpu_us: Option<Spread>,
    /// The most resident memory of the server during a run, in MiB.
    pub(crate) most_mib: Spread,
    /// This server's medians divided by the medians of the floor with the same operation and connections; `None` for a
    /// floor. (A floor is a minimal server that does the same work.)
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) of_floor: Option<OfFloor>,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub(crate) struct Spread {
    pub(crate) median: f64,
    pub(crate) least: f64,
    pub(crate) most: f64,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub(crate) struct OfFloor {
    pub(crate) per_second: f64,
    pub(crate) p99: f64,
}

impl Spread {
    /// Returns median, minimum and maximum of the values, of which there must be at least one.
    pub(crate) fn of(values: impl Iterator<Item = f64>) -> Self {
        let mut values: Vec<f64> = values.collect();
        values.sort_unstable_by(f64::total_cmp);
        let (low, high) = (values[(values.len() - 1) / 2], values[values.len() / 2]);
        Self {
            median: f64::midpoint(low, high),
            least: values[0],
            most: values[values.len() - 1],
        }
    }

    pub(crate) fn show(self, digits: usize) -> String {
        let Self {
            median,
            least,
            most,
        } = self;
        if least == most {
            return format!("{median:.digits$}");
        }
        format!("{median:.digits$} ({least:.digits$} to {most:.digits$})")
    }
}

impl Series {
    pub(crate) fn new(operation: &str, connections: u32, server: &str, runs: Vec<Run>) -> Self {
        Self {
            operation: operation.to_owned(),
            connections,
            server: server.to_owned(),
            per_second: Spread::of(runs.iter().map(|run| run.per_second)),
            p50_ms: Spread::of(runs.iter().map(|run| run.p50_ms)),
            p99_ms: Spread::of(runs.iter().map(|run| run.p99_ms)),
            p999_ms: Spread::of(runs.iter().map(|run| run.p999_ms)),
            cpu_us: Spread::of(runs.iter().map(|run| run.cpu_us)),
            database_cpu_us: runs
                .iter()
                .all(|run| run.database_cpu_us.is_some())
                .then(|| Spread::of(runs.iter().filter_map(|run| run.database_cpu_us))),
            most_mib: Spread::of(runs.iter().map(|run| run.most_mib)),
            runs,
            of_floor: None,
        }
    }

    pub(crate) fn compared_to(mut self, floor: &Self) -> Self {
        self.of_floor = Some(OfFloor {
            per_second: self.per_second.median / floor.per_second.median,
            p99: self.p99_ms.median / floor.p99_ms.median,
        });
        self
    }
}

/// Returns a table of medians. In brackets it shows the least and the greatest value of the rounds.
pub(crate) fn table(all: &[Series]) -> String {
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN);
    table.set_header([
        "operation",
        "connections",
        "server",
        "per second",
        "p50 ms",
        "p99 ms",
        "p99.9 ms",
        "CPU µs",
        "database CPU µs",
        "most MiB",
        "of floor",
        "p99 of floor",
    ]);
    for series in all {
        let ratio = |pick: fn(OfFloor) -> f64| {
            series
                .of_floor
                .map_or("".to_owned(), |ratio| format!("{:.2}", pick(ratio)))
        };
        table.add_row([
            series.operation.clone(),
            series.connections.to_string(),
            series.server.clone(),
            series.per_second.show(0),
            series.p50_ms.show(2),
            series.p99_ms.show(2),
            series.p999_ms.show(2),
            series.cpu_us.show(0),
            series
                .database_cpu_us
                .map_or_else(String::new, |spread| spread.show(0)),
            series.most_mib.show(0),
            ratio(|ratio| ratio.per_second),
            ratio(|ratio| ratio.p99),
        ]);
    }
    table.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(server: &str, runs: &[(f64, f64)]) -> Series {
        let runs = runs.iter().map(|&(per_second, p99_ms)| Run {
            per_second,
            p50_ms: 1.0,
            p99_ms,
            p999_ms: 10.0,
            requests: 100,
            cpu_us: 30.0,
            database_cpu_us: (server == "heddle").then_some(40.0),
            most_mib: 50.0,
        });
        Series::new("create", 64, server, runs.collect())
    }

    #[test]
    fn the_median_is_the_middle_whatever_the_order() {
        let odd = Spread::of([9.0, 1.0, 5.0].into_iter());
        assert_eq!(
            odd,
            Spread {
                median: 5.0,
                least: 1.0,
                most: 9.0
            }
        );
        assert_eq!(Spread::of([4.0, 1.0, 2.0, 9.0].into_iter()).median, 3.0);
        assert_eq!(
            Spread::of([7.0].into_iter()),
            Spread {
                median: 7.0,
                least: 7.0,
                most: 7.0
            }
        );
    }

    #[test]
    fn ratios_compare_medians() {
        let floor = series("floor", &[(1000.0, 4.0), (2000.0, 8.0), (9000.0, 9.0)]);
        let heddle =
            series("heddle", &[(500.0, 6.0), (1500.0, 12.0), (1600.0, 90.0)]).compared_to(&floor);
        assert_eq!(
            heddle.of_floor,
            Some(OfFloor {
                per_second: 0.75,
                p99: 1.5
            })
        );
    }

    #[test]
    fn the_table_is_markdown_with_one_line_for_each_series() {
        let floor = series("floor", &[(1000.0, 4.0), (2000.4, 8.0), (9000.0, 9.0)]);
        let heddle = series("heddle", &[(1000.0, 4.0)]).compared_to(&floor);
        let table = table(&[floor, heddle]);
        let cells = |line: usize| -> Vec<String> {
            let line = table.lines().nth(line).expect("a line");
            line.trim_matches('|')
                .split('|')
                .map(|cell| cell.trim().to_owned())
                .collect()
        };
        assert_eq!(table.lines().count(), 4);
        assert!(
            cells(1)
                .iter()
                .all(|cell| cell.trim_matches('-').is_empty()),
            "{table}"
        );
        let floor = [
            "create",
            "64",
            "floor",
            "2000 (1000 to 9000)",
            "1.00",
            "8.00 (4.00 to 9.00)",
            "10.00",
            "30",
            "",
            "50",
            "",
            "",
        ];
        assert_eq!(cells(2), floor);
        assert_eq!(
            cells(3),
            [
                "create", "64", "heddle", "1000", "1.00", "4.00", "10.00", "30", "40", "50",
                "0.50", "0.50"
            ]
        );
    }
}
