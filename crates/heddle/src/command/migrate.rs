//! `heddle migrate`: brings the schema up to date before a server starts. `serve` does this itself, too.

use heddle::config::Overrides;
use heddle::telemetry;
use serde_json::json;

use super::output;
use super::source::Source;
use crate::storage;

pub(crate) async fn run(source: &Source, json: bool) -> anyhow::Result<()> {
    let config = source.load(Overrides::default())?;
    telemetry::init(&config.log)?;
    let store = storage::open(&config, source.opening()).await?;
    store.close().await?;
    let schema = heddle_store::newest_schema();
    if json {
        output::print_json(&json!({ "schema": schema }))
    } else {
        output::print(&format!("The store has schema {schema}."))
    }
}
