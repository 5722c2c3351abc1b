//! The results as tables in Markdown.

use crate::engine::Engine;
use crate::figures;
use crate::machine::Machine;
use crate::results::{Call, Counted, Lists, Memory, Nodes, Open, Requests, Results, Scale, Search};
use crate::times::{ms, table, table_of};

/// Returns all results for a reader at a terminal.
pub(crate) fn text(results: &Results) -> String {
    let mut parts = vec![machine(&results.machine)];
    parts.extend(results.requests.iter().map(|part| {
        let heading = heading("Requests", part.engine);
        format!("{heading}\n\n{}", requests(part))
    }));
    parts.extend(results.nodes.iter().map(|part| {
        let heading = heading("Two nodes", Engine::Postgres);
        format!("{heading}\n\n{}", nodes(part))
    }));
    parts.extend(results.open.iter().map(|part| {
        let heading = heading("Rates of arrival", part.engine);
        format!("{heading}\n\n{}", open(part))
    }));
    parts.extend(results.scale.iter().map(|part| {
        let heading = heading("Scale", part.engine);
        format!("{heading}\n\n{}", scale(part))
    }));
    parts.extend(results.lists.iter().map(|part| {
        let conversations = part.conversations;
        format!(
            "## Lists of {} in a store of {conversations} conversations\n\n{}",
            part.of,
            lists(part)
        )
    }));
    parts.extend(results.search.iter().map(|part| {
        let heading = heading("Search", part.engine);
        format!("{heading}\n\n{}", search(part))
    }));
    parts.join("\n\n")
}

fn heading(part: &str, engine: Engine) -> String {
    format!("## {part} on {}", engine.name())
}

/// Returns the description of the machine.
pub(crate) fn machine(machine: &Machine) -> String {
    let Machine {
        date,
        cores,
        cpu,
        memory_mib,
        kernel,
        sync_ms,
        commit,
        build,
        sqlite,
        postgres,
        wrk,
    } = machine;
    let known = |text: &str| match text {
        "" => "unknown".to_owned(),
        text => text.to_owned(),
    };
    let rows = [
        ["date", date],
        ["cores", &cores.to_string()],
        ["CPU", &known(cpu)],
        ["memory", &format!("{memory_mib} MiB")],
        ["disk: sync of 4 KiB", &format!("{sync_ms:.2} ms")],
        ["kernel", kernel],
        ["commit", &known(commit)],
        ["build", build],
        ["SQLite", sqlite],
        ["PostgreSQL", &known(postgres)],
        ["wrk", &known(wrk)],
    ];
    table(
        ["machine", ""],
        rows.map(|[name, value]| [name.to_owned(), value.to_owned()]),
    )
}

/// Returns the series beside their floors, the bare server and the memory.
pub(crate) fn requests(part: &Requests) -> String {
    let mut tables = vec![figures::table(&part.series)];
    if !part.bare.is_empty() {
        tables.push(figures::table(&part.bare));
    }
    tables.push(memory(&part.memory));
    tables.join("\n\n")
}

/// Returns one node and two, operation by operation.
pub(crate) fn nodes(part: &Nodes) -> String {
    let head = [
        "operation",
        "servers",
        "per second",
        "p50 ms",
        "p99 ms",
        "CPU µs",
        "database CPU µs",
        "most MiB",
        "of one node",
    ];
    let rows = part.operations.iter().flat_map(|of| {
        let ratios = [String::new(), format!("{:.2}", of.of_one_node)];
        [&of.one, &of.two]
            .into_iter()
            .zip(ratios)
            .map(|(series, ratio)| {
                let database = series.database_cpu_us.map(|spread| spread.show(0));
                [
                    series.operation.clone(),
                    series.server.clone(),
                    series.per_second.show(0),
                    series.p50_ms.show(2),
                    series.p99_ms.show(2),
                    series.cpu_us.show(0),
                    database.unwrap_or_default(),
                    series.most_mib.show(0),
                    ratio,
                ]
            })
    });
    table(head, rows)
}

fn memory(servers: &[Memory]) -> String {
    let rows = servers.iter().map(|memory| {
        let mib = [memory.idle_mib, memory.most_mib, memory.after_mib].map(ms);
        let [idle, most, after] = mib;
        [memory.server.clone(), idle, most, after]
    });
    table(
        [
            "server",
            "MiB when idle",
            "most MiB under load",
            "MiB after all loads",
        ],
        rows,
    )
}

/// Returns the times at the rates, and the memory.
pub(crate) fn open(part: &Open) -> String {
    let head = [
        "operation",
        "share of the greatest rate",
        "due a second",
        "answered a second",
        "sent late",
        "p50 ms",
        "p95 ms",
        "p99 ms",
        "p99.9 ms",
        "worst ms",
        "CPU µs",
        "most MiB",
    ];
    let rows = part.rates.iter().map(|rate| {
        [
            rate.operation.clone(),
            format!("{} % of {:.0}", rate.share, rate.greatest),
            format!("{:.0}", rate.due),
            format!("{:.0}", rate.answered),
            format!("{:.1} %", rate.late),
            ms(rate.times.p50_ms),
            ms(rate.times.p95_ms),
            ms(rate.times.p99_ms),
            ms(rate.times.p999_ms),
            ms(rate.times.worst_ms),
            format!("{:.0}", rate.cpu_us),
            format!("{:.0}", rate.most_mib),
        ]
    });
    let memory = memory(std::slice::from_ref(&part.memory));
    format!("{}\n\n{memory}", table(head, rows))
}

/// Returns the calls, each with one row for each size, and what each store is. The first size is the one that the others are
/// compared with.
pub(crate) fn scale(part: &Scale) -> String {
    let head = [
        "call",
        "messages",
        "p50 ms",
        "p95 ms",
        "p99 ms",
        "p99.9 ms",
        "of the smallest",
        "CPU µs",
        "rows read",
        "steps",
        "KB",
        "64 connections, a second",
        "of the smallest",
    ];
    let first = part.sizes.first();
    let mut rows = Vec::new();
    for call in first.into_iter().flat_map(|size| &size.calls) {
        for size in &part.sizes {
            if let Some(same) = size.calls.iter().find(|other| other.name == call.name) {
                rows.push(scale_row(size.messages, same, call));
            }
        }
    }
    let stores = part.sizes.iter().map(|size| {
        [
            size.messages.to_string(),
            size.conversations.to_string(),
            format!("{:.0}", size.disk_mib),
            ms(size.start_ms),
            ms(size.start_after_kill_ms),
            ms(size.memory.idle_mib),
            ms(size.memory.most_mib),
            ms(size.memory.after_mib),
        ]
    });
    let of_store = [
        "messages",
        "conversations",
        "MiB on the disk",
        "start to first answer ms",
        "after `kill -9` ms",
        "MiB when idle",
        "most MiB under load",
        "MiB after all loads",
    ];
    [
        table(head, rows),
        table(of_store, stores),
        statements(part),
        plans(part),
    ]
    .join("\n\n")
}

/// Returns what the statements of each call did in the last store.
fn statements(part: &Scale) -> String {
    let calls = part.sizes.last().into_iter().flat_map(|size| &size.calls);
    let rows = calls.flat_map(|call| {
        let counted = call.counted.iter();
        counted.flat_map(|counted| &counted.statements).map(|run| {
            [
                call.name.clone(),
                format!("`{}`", run.name),
                run.runs.to_string(),
                run.rows.to_string(),
                run.steps.to_string(),
            ]
        })
    });
    table(["call", "statement", "runs", "rows", "steps"], rows)
}

/// Returns how SQLite runs the statements.
fn plans(part: &Scale) -> String {
    let rows = part
        .plans
        .iter()
        .map(|plan| [format!("`{}`", plan.statement), plan.steps.join("; ")]);
    table(["statement", "plan in the largest store"], rows)
}

fn scale_row(messages: u64, call: &Call, first: &Call) -> [String; 13] {
    let rate = |call: &Call| call.per_second.map(|spread| spread.median);
    let many = rate(call);
    let counted = |value: fn(&Counted) -> u64| {
        let counted = call.counted.as_ref().map(value);
        counted.map_or_else(String::new, |number| number.to_string())
    };
    [
        call.name.clone(),
        messages.to_string(),
        ms(call.times.p50_ms),
        ms(call.times.p95_ms),
        ms(call.times.p99_ms),
        ms(call.times.p999_ms),
        format!("{:.2}", call.times.p50_ms / first.times.p50_ms),
        format!("{:.0}", call.cpu_us),
        counted(|counted| counted.rows),
        counted(|counted| counted.steps),
        format!("{:.1}", call.bytes as f64 / 1e3),
        call.per_second
            .map_or_else(String::new, |spread| spread.show(0)),
        many.zip(rate(first))
            .map_or_else(String::new, |(many, few)| format!("{:.2}", many / few)),
    ]
}

/// Returns the lists, filter by filter.
pub(crate) fn lists(part: &Lists) -> String {
    let rows = part.lists.iter().map(|list| {
        [
            list.name.clone(),
            list.items.to_string(),
            list.rows_read.to_string(),
            ms(list.times.p50_ms),
            ms(list.times.p95_ms),
            ms(list.times.p99_ms),
            ms(list.times.worst_ms),
        ]
    });
    table(
        [
            "list",
            "items",
            "rows read",
            "p50 ms",
            "p95 ms",
            "p99 ms",
            "worst ms",
        ],
        rows,
    )
}

/// Returns the tables of the searches.
pub(crate) fn search(part: &Search) -> String {
    let tables = part.tables.iter().map(|sheet| {
        let table = table_of(&sheet.columns, sheet.rows.iter().cloned());
        format!("{}:\n\n{table}", sheet.name)
    });
    tables.collect::<Vec<_>>().join("\n\n")
}
