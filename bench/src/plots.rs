//! The results as plots in SVG, drawn by `plotters`.
//!
//! Deliberately missing: a style for dark pages. The plots have a white ground.

mod bars;
mod panels;
mod plot;

use std::collections::BTreeSet;

use anyhow::Result;

use crate::figures::Series;
use crate::operation::MAIN_CONNECTIONS;
use crate::results::{Lists, Memory, Open, Requests, Results, Scale};
use crate::times::ms;
use bars::{Bars, Group, Mark};
use panels::{Line, Panel, Panels};

pub(crate) use plot::Plot;

/// Returns all plots of the results.
pub(crate) fn all(results: &Results) -> Result<Vec<Plot>> {
    let mut plots = Vec::new();
    for part in &results.requests {
        plots.extend(requests(part)?);
    }
    for part in &results.open {
        plots.extend(open(part)?);
    }
    for part in &results.scale {
        plots.extend(scale(part)?);
    }
    for part in &results.lists {
        plots.extend(lists(part)?);
    }
    Ok(plots)
}

/// Returns the value of one server for each operation at 64 connections.
fn of_server(part: &Requests, server: &str, value: fn(&Series) -> f64) -> Vec<(String, f64)> {
    part.series
        .iter()
        .filter(|series| series.connections == MAIN_CONNECTIONS && series.server == server)
        .map(|series| (series.operation.clone(), value(series)))
        .collect()
}

/// Returns a group of bars for each operation: the floor's and Heddle's.
fn beside_floor(part: &Requests, value: fn(&Series) -> f64) -> Vec<Group> {
    let heddle = of_server(part, "heddle", value);
    let floor = of_server(part, "floor", value);
    let groups = floor.into_iter().map(|(name, floor)| {
        let same = heddle.iter().find(|(other, _)| *other == name);
        Group {
            values: vec![Some(floor), same.map(|(_, value)| *value)],
            name,
        }
    });
    groups.collect()
}

/// Plots Heddle beside its floors: requests a second, their ratio, p99, and requests a second by the number of connections.
pub(crate) fn requests(part: &Requests) -> Result<Vec<Plot>> {
    let (engine, word) = (part.engine.name(), part.engine.word());
    let servers = || vec!["floor".to_owned(), "Heddle".to_owned()];
    let whole = |value: f64| format!("{value:.0}");
    let mut plots = Vec::new();
    let title = format!("Requests a second over 64 connections, {engine}");
    let bars = Bars {
        title: &title,
        series: servers(),
        groups: beside_floor(part, |series| series.per_second.median),
        show: whole,
        logarithmic: false,
        marks: Vec::new(),
    };
    plots.extend(bars.plot(format!("requests-{word}-rate.svg"))?);

    let title = format!("Requests a second, divided by those of the floor, {engine}");
    let ratios = part.series.iter().filter_map(|series| {
        let ratio = series
            .of_floor
            .filter(|_| series.connections == MAIN_CONNECTIONS)?;
        Some(Group {
            name: series.operation.clone(),
            values: vec![Some(ratio.per_second)],
        })
    });
    let bars = Bars {
        title: &title,
        series: vec!["Heddle".to_owned()],
        groups: ratios.collect(),
        show: |value| format!("{value:.2}"),
        logarithmic: false,
        marks: vec![Mark::new(0.5, "reads: 0.5"), Mark::new(0.6, "writes: 0.6")],
    };
    plots.extend(bars.plot(format!("requests-{word}-ratio.svg"))?);

    for (name, shown, value) in PERCENTILES {
        let title = format!("{shown} in milliseconds over 64 connections, {engine}");
        let bars = Bars {
            title: &title,
            series: servers(),
            groups: beside_floor(part, value),
            show: ms,
            logarithmic: false,
            marks: Vec::new(),
        };
        plots.extend(bars.plot(format!("requests-{word}-{name}.svg"))?);
    }

    let title = format!("Resident memory of the servers in MiB, {engine}");
    plots.extend(memory(&title, &part.memory).plot(format!("requests-{word}-memory.svg"))?);

    let title = format!("Requests a second by the number of connections, {engine}");
    let counts: BTreeSet<u32> = part
        .series
        .iter()
        .map(|series| series.connections)
        .collect();
    if counts.len() > 1 {
        let panels = Panels {
            title: &title,
            x_name: "connections",
            panels: by_connections(part),
            show_x: |x| format!("{:.0}", x.exp2()),
            show_y: whole,
            logarithmic: false,
        };
        plots.extend(panels.plot(format!("requests-{word}-connections.svg"))?);
    }
    Ok(plots)
}

/// The percentiles that are plotted: name of the file, how they are shown, and the value.
type Percentile = (&'static str, &'static str, fn(&Series) -> f64);
const PERCENTILES: [Percentile; 2] = [
    ("p50", "Median", |series| series.p50_ms.median),
    ("p99", "99th percentile", |series| series.p99_ms.median),
];

fn memory<'a>(title: &'a str, servers: &[Memory]) -> Bars<'a> {
    let groups = servers.iter().map(|memory| Group {
        name: memory.server.clone(),
        values: [memory.idle_mib, memory.most_mib, memory.after_mib]
            .map(Some)
            .to_vec(),
    });
    Bars {
        title,
        series: ["when idle", "most under load", "after all loads"]
            .map(str::to_owned)
            .to_vec(),
        groups: groups.collect(),
        show: |value| format!("{value:.0}"),
        logarithmic: false,
        marks: Vec::new(),
    }
}

fn by_connections(part: &Requests) -> Vec<Panel> {
    let mut panels: Vec<Panel> = Vec::new();
    for series in &part.series {
        let point = (
            f64::from(series.connections).log2(),
            series.per_second.median,
        );
        let panel = match panels
            .iter_mut()
            .find(|panel| panel.name == series.operation)
        {
            Some(panel) => panel,
            None => {
                panels.push(Panel {
                    name: series.operation.clone(),
                    lines: ["floor", "heddle"].map(Line::named).to_vec(),
                });
                panels.last_mut().expect("one was pushed")
            }
        };
        let line = panel
            .lines
            .iter_mut()
            .find(|line| line.name == series.server);
        line.into_iter().for_each(|line| line.points.push(point));
    }
    panels
}

/// Plots the times at the rates, one panel for each operation.
pub(crate) fn open(part: &Open) -> Result<Option<Plot>> {
    let mut panels: Vec<Panel> = Vec::new();
    for rate in &part.rates {
        let at = panels.iter().position(|panel| panel.name == rate.operation);
        let at = at.unwrap_or_else(|| {
            panels.push(Panel {
                name: rate.operation.clone(),
                lines: ["p50", "p99", "p99.9"].map(Line::named).to_vec(),
            });
            panels.len() - 1
        });
        let times = [rate.times.p50_ms, rate.times.p99_ms, rate.times.p999_ms];
        for (line, time) in panels[at].lines.iter_mut().zip(times) {
            line.points.push((f64::from(rate.share), time));
        }
    }
    let title = format!(
        "Milliseconds from the moment when a request was due, {}",
        part.engine.name()
    );
    let panels = Panels {
        title: &title,
        x_name: "% of the greatest rate",
        panels,
        show_x: |x| format!("{x:.0}"),
        show_y: ms,
        logarithmic: true,
    };
    panels.plot(format!("open-{}.svg", part.engine.word()))
}

/// Plots the times of the calls by the size of the store, and the memory.
pub(crate) fn scale(part: &Scale) -> Result<Vec<Plot>> {
    let mut plots = Vec::new();
    let word = part.engine.word();
    let calls = part.sizes.first().map(|size| size.calls.as_slice());
    let panels = calls.unwrap_or_default().iter().map(|call| {
        let mut lines = ["p50", "p95", "p99"].map(Line::named);
        for size in &part.sizes {
            let same = size.calls.iter().find(|other| other.name == call.name);
            let Some(times) = same.map(|same| same.times) else {
                continue;
            };
            let x = (size.messages as f64).log10();
            for (line, time) in lines
                .iter_mut()
                .zip([times.p50_ms, times.p95_ms, times.p99_ms])
            {
                line.points.push((x, time));
            }
        }
        Panel {
            name: call.name.clone(),
            lines: lines.to_vec(),
        }
    });
    let title = format!(
        "Milliseconds of a call by the number of messages, {}",
        part.engine.name()
    );
    let panels = Panels {
        title: &title,
        x_name: "messages",
        panels: panels.collect(),
        show_x: |x| thousands(10f64.powf(x)),
        show_y: ms,
        logarithmic: true,
    };
    plots.extend(panels.plot(format!("scale-{word}.svg"))?);
    plots.extend(steps(part)?);
    let servers = part.sizes.iter().map(|size| Memory {
        server: format!("{} messages", thousands(size.messages as f64)),
        ..size.memory.clone()
    });
    let title = format!(
        "Resident memory of the server in MiB, {}",
        part.engine.name()
    );
    let bars = memory(&title, &servers.collect::<Vec<_>>());
    plots.extend(bars.plot(format!("scale-{word}-memory.svg"))?);
    Ok(plots)
}

/// Plots the steps of SQLite's machine of each call, a bar for each of the first three stores.
fn steps(part: &Scale) -> Result<Option<Plot>> {
    let sizes = part.sizes.iter().take(3);
    let calls = part.sizes.first().map(|size| size.calls.as_slice());
    let groups = calls.unwrap_or_default().iter().map(|call| Group {
        name: call.name.clone(),
        values: sizes
            .clone()
            .map(|size| {
                let same = size.calls.iter().find(|other| other.name == call.name);
                let counted = same.and_then(|same| same.counted.as_ref());
                counted.map(|counted| counted.steps as f64)
            })
            .collect(),
    });
    let title = format!(
        "Steps of SQLite's machine for a call, by messages in the store, {}",
        part.engine.name()
    );
    let bars = Bars {
        title: &title,
        series: sizes
            .clone()
            .map(|size| thousands(size.messages as f64))
            .collect(),
        groups: groups.collect(),
        show: |value| format!("{value:.0}"),
        logarithmic: true,
        marks: Vec::new(),
    };
    bars.plot(format!("scale-{}-steps.svg", part.engine.word()))
}

/// Plots the times and the rows of the lists.
pub(crate) fn lists(part: &Lists) -> Result<Vec<Plot>> {
    let group = |value: f64, name: &str| Group {
        name: name.to_owned(),
        values: vec![Some(value)],
    };
    let mut plots = Vec::new();
    let title = format!("Lists of {}: 95th percentile in milliseconds", part.of);
    let times = part.lists.iter();
    let bars = Bars {
        title: &title,
        series: vec!["p95".to_owned()],
        groups: times
            .map(|list| group(list.times.p95_ms, &list.name))
            .collect(),
        show: ms,
        logarithmic: false,
        marks: vec![Mark::new(20.0, "aim: 20")],
    };
    plots.extend(bars.plot(format!("lists-{}.svg", part.of))?);
    let title = format!("Lists of {}: rows read", part.of);
    let rows = part.lists.iter();
    let bars = Bars {
        title: &title,
        series: vec!["rows".to_owned()],
        groups: rows
            .map(|list| group(list.rows_read as f64, &list.name))
            .collect(),
        show: |value| format!("{value:.0}"),
        logarithmic: true,
        marks: Vec::new(),
    };
    plots.extend(bars.plot(format!("lists-{}-rows.svg", part.of))?);
    Ok(plots)
}

/// Shows a great number in few characters.
fn thousands(value: f64) -> String {
    match value {
        v if v >= 999_500.0 => format!("{:.0} M", v / 1e6),
        v if v >= 999.5 => format!("{:.0} k", v / 1e3),
        v => format!("{v:.0}"),
    }
}
