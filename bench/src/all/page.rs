//! The page with the tables and plots of one run.

use anyhow::Result;

use crate::plots::{self, Plot};
use crate::results::Results;
use crate::tables;

/// Returns the page in Markdown.
pub(super) fn text(results: &Results) -> Result<String> {
    let mut parts = vec![head(results)];
    for part in &results.requests {
        let engine = part.engine.name();
        let what = format!(
            "64 connections: medians of {} rounds of {} seconds, in brackets the least and the greatest. Other numbers of connections: one \
             round of {} seconds. Each server held {} conversations before the first round.",
            part.rounds, part.seconds, part.other_seconds, part.stored
        );
        let heading = format!("Requests on {engine}");
        let plots = plots::requests(part)?;
        parts.push(section(&heading, &what, &plots, &tables::requests(part)));
    }
    for part in &results.nodes {
        let what = format!(
            "64 connections to one server, or 32 to each of two, which use the same database: medians of {} rounds of {} seconds, in brackets \
             the least and the greatest. The database held {} conversations before the first round. Of the times and the memory of two \
             servers the greatest is shown.",
            part.rounds, part.seconds, part.stored
        );
        let heading = "Two nodes on PostgreSQL";
        parts.push(section(heading, &what, &[], &tables::nodes(part)));
    }
    for part in &results.open {
        let heading = format!("Rates of arrival on {}", part.engine.name());
        let what = format!(
            "{} seconds at each rate. Times count from the moment when a request was due.",
            part.seconds
        );
        let plots: Vec<Plot> = plots::open(part)?.into_iter().collect();
        parts.push(section(&heading, &what, &plots, &tables::open(part)));
    }
    for part in &results.scale {
        let heading = format!("Scale on {}", part.engine.name());
        let what = "Times over one connection, in brackets the least and the greatest of the rounds over 64. \
                    \"Of the smallest\" divides by the value of the smallest store. \"Rows read\" are the rows that statements \
                    returned or changed, \"steps\" those of SQLite's machine, at least one for each row that was read: the most of ten calls.";
        let plots = plots::scale(part)?;
        parts.push(section(&heading, what, &plots, &tables::scale(part)));
    }
    for part in &results.lists {
        let heading = format!("Lists of {}", part.of);
        let what = format!(
            "In a store of {} conversations on SQLite, without HTTP.",
            part.conversations
        );
        let plots = plots::lists(part)?;
        parts.push(section(&heading, &what, &plots, &tables::lists(part)));
    }
    for part in &results.search {
        let heading = format!("Search on {}", part.engine.name());
        let what = "Without HTTP.";
        parts.push(section(&heading, what, &[], &tables::search(part)));
    }
    Ok(parts.join("\n\n") + "\n")
}

fn head(results: &Results) -> String {
    let mut lines = vec![
        "# Figures".to_owned(),
        format!(
            "This page was written by `{}` in {:.0} minutes. Do not change it by hand: repeat the command. [Benchmarks](../benchmarks.md) \
             explains what is measured. [results.json](results.json) has the same figures for programs.",
            results.command,
            results.took_seconds / 60.0
        ),
    ];
    if results.machine.build != "release" {
        lines.push(
            "**A debug build was measured, to try the bench itself. These figures say nothing about Heddle.**"
                .to_owned(),
        );
    }
    for failure in &results.failed {
        lines.push(format!(
            "**Failed and missing here: {}: {}**",
            failure.part,
            failure.why.replace('\n', " ")
        ));
    }
    lines.push(tables::machine(&results.machine));
    lines.join("\n\n")
}

fn section(heading: &str, what: &str, plots: &[Plot], tables: &str) -> String {
    let mut parts = vec![format!("## {heading}"), what.to_owned()];
    let images = plots
        .iter()
        .map(|plot| format!("![{}]({})", plot.title, plot.file));
    parts.extend(images);
    parts.push(tables.to_owned());
    parts.join("\n\n")
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::engine::Engine;
    use crate::figures::{Series, Spread};
    use crate::machine::Machine;
    use crate::results::{
        Call, Counted, Failure, List, Lists, Memory, Nodes, NodesOf, Open, Rate, Requests, Scale,
        Search, Sheet, Size, StatementPlan, StatementRun,
    };
    use crate::times::Percentiles;
    use crate::wrk::Run;

    const TIMES: Percentiles = Percentiles {
        calls: 100,
        p50_ms: 1.5,
        p95_ms: 2.5,
        p99_ms: 3.5,
        p999_ms: 4.5,
        worst_ms: 5.5,
    };

    fn memory(server: &str) -> Memory {
        Memory {
            server: server.to_owned(),
            idle_mib: 30.0,
            most_mib: 150.0,
            after_mib: 120.0,
        }
    }

    fn series(connections: u32, server: &str, per_second: f64) -> Series {
        let run = Run {
            per_second,
            p50_ms: 1.0,
            p99_ms: 4.0,
            p999_ms: 9.0,
            requests: 100,
            cpu_us: 30.0,
            database_cpu_us: None,
            most_mib: 90.0,
        };
        Series::new("create (Magicline)", connections, server, vec![run; 2])
    }

    /// Returns results with every part.
    pub(in crate::all) fn sample() -> Results {
        let floors = [1, 64].map(|count| series(count, "floor", 2_000.0));
        let heddle = [1, 64].map(|count| series(count, "heddle", 1_500.0));
        let beside = floors.iter().zip(heddle).flat_map(|(floor, heddle)| {
            let heddle = heddle.compared_to(floor);
            [floor.clone(), heddle]
        });
        let rate = |share: u32| Rate {
            operation: "create (Magicline)".to_owned(),
            greatest: 1_500.0,
            share,
            due: 15.0 * f64::from(share),
            answered: 15.0 * f64::from(share),
            late: 0.5,
            times: TIMES,
            cpu_us: 60.0,
            most_mib: 80.0,
        };
        let size = |messages: u64, rate: f64| Size {
            messages,
            conversations: messages / 10,
            start_ms: 90.0,
            start_after_kill_ms: 110.0,
            memory: memory("heddle"),
            disk_mib: 1_000.0,
            calls: vec![Call {
                name: "native get".to_owned(),
                times: TIMES,
                cpu_us: 40.0,
                bytes: 2_000,
                per_second: Some(Spread::of([rate].into_iter())),
                counted: Some(Counted {
                    rows: 77,
                    steps: 888,
                    statements: vec![StatementRun {
                        name: "conversation::GET".to_owned(),
                        runs: 1,
                        rows: 77,
                        steps: 888,
                    }],
                }),
            }],
        };
        let machine = Machine {
            date: "2026-12-01T00:00:00Z".to_owned(),
            cores: 2,
            cpu: "A processor".to_owned(),
            memory_mib: 24_000,
            kernel: "6.1".to_owned(),
            sync_ms: 0.25,
            commit: "abcdef012345".to_owned(),
            build: "release".to_owned(),
            sqlite: "3.50.4".to_owned(),
            postgres: "15.14".to_owned(),
            wrk: String::new(),
        };
        Results {
            command: "cargo xtask bench all --into FOLDER".to_owned(),
            took_seconds: 1_800.0,
            requests: vec![Requests {
                engine: Engine::Sqlite,
                seconds: 10,
                other_seconds: 4,
                rounds: 5,
                stored: 10_000,
                bare: Vec::new(),
                series: beside.collect(),
                memory: vec![memory("heddle"), memory("floor")],
            }],
            nodes: vec![Nodes {
                seconds: 5,
                rounds: 3,
                stored: 10_000,
                operations: vec![NodesOf {
                    one: series(64, "one node", 1_000.0),
                    two: series(64, "two nodes", 1_230.0),
                    of_one_node: 1.23,
                }],
            }],
            open: vec![Open {
                engine: Engine::Sqlite,
                seconds: 8,
                stored: 10_000,
                rates: [25, 50, 75].map(rate).to_vec(),
                memory: memory("heddle"),
            }],
            scale: vec![Scale {
                engine: Engine::Sqlite,
                sizes: vec![size(10_000, 900.0), size(1_000_000, 850.0)],
                plans: vec![StatementPlan {
                    statement: "conversation::GET".to_owned(),
                    steps: vec!["SEARCH conversation".to_owned()],
                }],
            }],
            lists: vec![Lists {
                of: "customers".to_owned(),
                conversations: 1_000_000,
                lists: vec![List {
                    name: "no filter".to_owned(),
                    items: 200_000,
                    rows_read: 218,
                    times: TIMES,
                }],
            }],
            search: vec![Search {
                engine: Engine::Postgres,
                tables: vec![Sheet::new("Suggestions", ["p50 ms"], [["0.6".to_owned()]])],
            }],
            ..Results::on(machine)
        }
    }

    #[test]
    fn the_page_has_every_part_with_its_plots_and_tables() {
        let text = text(&sample()).expect("a page");
        for part in [
            "# Figures\n",
            "`cargo xtask bench all --into FOLDER` in 30 minutes",
            "A processor",
            "## Requests on SQLite\n",
            "](requests-sqlite-ratio.svg)",
            "## Two nodes on PostgreSQL\n",
            "| two nodes | 1230",
            "## Rates of arrival on SQLite\n",
            "](open-sqlite.svg)",
            "75 % of 1500",
            "## Scale on SQLite\n",
            "](scale-sqlite.svg)",
            "| 77        | 888   |",
            "SEARCH conversation",
            "## Lists of customers\n",
            "](lists-customers.svg)",
            "## Search on PostgreSQL\n",
            "Suggestions:",
        ] {
            assert!(text.contains(part), "{part:?} is not in\n{text}");
        }
        assert!(
            !text.contains("debug build") && !text.contains("Failed"),
            "{text}"
        );
        // 850 of 900 requests a second.
        assert!(text.contains("0.94"), "{text}");
    }

    /// Returns the names of all members of a value.
    fn members(value: &serde_json::Value, names: &mut std::collections::BTreeSet<String>) {
        for (name, value) in value.as_object().into_iter().flatten() {
            names.insert(name.clone());
            members(value, names);
        }
        for value in value.as_array().into_iter().flatten() {
            members(value, names);
        }
    }

    #[test]
    fn the_document_explains_each_member_of_the_results() {
        let mut results = sample();
        results.failed.push(Failure {
            part: "lists".to_owned(),
            why: "no disk".to_owned(),
        });
        let mut names = std::collections::BTreeSet::new();
        members(&serde_json::to_value(results).expect("JSON"), &mut names);
        let document = include_str!("../../../docs/benchmarks.md");
        for name in names {
            let named = format!("`{name}`");
            assert!(document.contains(&named), "{named} is not explained");
        }
    }

    #[test]
    fn the_page_says_what_failed_and_what_was_built() {
        let mut results = sample();
        results.machine.build = "debug".to_owned();
        results.failed.push(Failure {
            part: "lists".to_owned(),
            why: "the disk\nis full".to_owned(),
        });
        let text = text(&results).expect("a page");
        assert!(text.contains("lists: the disk is full"), "{text}");
        assert!(text.contains("A debug build was measured"), "{text}");
    }
}
