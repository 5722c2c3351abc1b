//! `heddle doctor`: finds damage and what a wrong clock has stored, and mends what it can, while no server runs.

mod secrets;

use clap::Args;
use heddle::config::Overrides;
use heddle::telemetry;
use heddle_store::{Problem, Remedy};
use serde_json::json;

use super::failure::{Code, Failure};
use super::output;
use super::source::Source;
use crate::storage::{self, Making, Opening};

#[derive(Args, Debug)]
pub(crate) struct Arguments {
    #[command(flatten)]
    source: Source,
    /// Mend what can be mended: set back times, correct counts, remove old files that nothing names; the clock must be right now
    #[arg(long, visible_alias = "mend")]
    fix: bool,
}

/// Prints the problems. Fails if problems are left.
pub(crate) async fn run(arguments: Arguments, json: bool) -> anyhow::Result<()> {
    let opening = arguments.source.opening();
    if opening.making == Making::Allowed {
        let text = "`heddle doctor` looks at a store that exists; remove --create";
        return Err(Failure::new(Code::Usage, text).into());
    }
    let config = arguments.source.load(Overrides::default())?;
    telemetry::init(&config.log)?;
    let opening = Opening {
        making: Making::Refused,
        ..opening
    };
    let store = storage::open_alone(&config, opening).await?;
    let now = store.clock().now();
    let mut problems = store.find_damage(arguments.fix).await?;
    problems.extend(secrets::find_unreadable(&config, &store).await?);
    problems.extend(store.find_future_times(arguments.fix).await?);
    store.close().await?;
    let left = problems
        .iter()
        .filter(|problem| problem.remedy != Remedy::Done);
    let left = left.count();
    if json {
        let list: Vec<_> = problems.iter().map(in_json).collect();
        output::print_json(&json!({ "clock": now.to_string(), "problems": list }))?;
    } else {
        output::print(&format!("The clock shows {now}."))?;
        for problem in &problems {
            output::print(&format!("{}: {}", word(problem.remedy), problem.text))?;
        }
        if problems.is_empty() {
            output::print("No problem was found.")?;
        }
    }
    match left {
        0 => Ok(()),
        1 => Err(Failure::new(Code::ProblemsLeft, "1 problem is left").into()),
        _ => Err(Failure::new(Code::ProblemsLeft, format!("{left} problems are left")).into()),
    }
}

fn in_json(problem: &Problem) -> serde_json::Value {
    json!({ "problem": problem.text, "remedy": word(problem.remedy) })
}

const fn word(remedy: Remedy) -> &'static str {
    match remedy {
        Remedy::Possible => "can be mended with --fix",
        Remedy::Done => "mended",
        Remedy::None => "cannot be mended",
    }
}
