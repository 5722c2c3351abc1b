//! `heddle check-config`: prints the effective configuration without secrets. Opens no store.

use super::output;
use super::serve::Arguments;

pub(crate) fn run(arguments: Arguments, json: bool) -> anyhow::Result<()> {
    let config = arguments.load()?;
    if json {
        output::print_json(&config.with_whole_paths())
    } else {
        output::print(config.print_effective().trim_end())
    }
}
