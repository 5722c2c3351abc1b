//! placeholder
use clap::Args;
#[derive(Args, Debug)]
pub(crate) struct Arguments {}
pub(crate) async fn run(_arguments: Arguments, _json: bool) -> anyhow::Result<()> {
    Ok(())
}
