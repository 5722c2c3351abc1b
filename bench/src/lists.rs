//! `cargo xtask bench lists`: how long a page of Help Scout's lists of conversations and customers takes, filter by filter.
//!
//! The store runs in this process, without HTTP. Each call gets other values and its results are not kept, so that neither the
//! query nor the page is the same twice. One caller asks at a time.
//!
//! Deliberately missing: thresholds (a person reads the table), PostgreSQL.

mod conversations;
mod customers;
mod desk;

use std::path::PathBuf;
use std::time::Instant;

use anyhow::Result;
use clap::{Args, ValueEnum};
use heddle_store::{Read, Store};

use crate::times::{Times, ms, table};
use desk::{Desk, Kind};

/// The options of `lists`.
#[derive(Args, Debug)]
pub(crate) struct Options {
    /// Conversations in the store; a fifth as many customers
    #[arg(long, default_value_t = 1_000_000)]
    conversations: usize,
    /// Calls of each kind
    #[arg(long, default_value_t = 200)]
    calls: usize,
    /// Lists to measure
    #[arg(long, value_delimiter = ',', default_value = "conversations,customers")]
    only: Vec<List>,
    /// Where the database is made [default: beside this program]
    #[arg(long)]
    work_dir: Option<PathBuf>,
    /// Keep the store in this folder, and use it again if it is there
    #[arg(long)]
    keep: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum List {
    Conversations,
    Customers,
}

#[tokio::main]
pub(crate) async fn run(options: &Options) -> Result<()> {
    let beside = std::env::current_exe()?.with_file_name("");
    let within = options.work_dir.as_deref().unwrap_or(&beside);
    let temporary = tempfile::Builder::new()
        .prefix("bench-")
        .tempdir_in(within)?;
    let folder = options.keep.as_deref().unwrap_or(temporary.path());
    std::fs::create_dir_all(folder)?;
    let started = Instant::now();
    let desk = Desk::open(folder, options.conversations).await?;
    println!(
        "\n## Lists of {} conversations on SQLite\n\nFilled or opened in {:.0} s.\n",
        options.conversations,
        started.elapsed().as_secs_f64()
    );
    for list in &options.only {
        let (name, table) = match list {
            List::Conversations => ("conversations", conversations(&desk, options.calls).await?),
            List::Customers => ("customers", customers(&desk, options.calls).await?),
        };
        println!("### List of {name}\n\n{table}\n");
    }
    desk.store.close().await?;
    Ok(())
}

async fn conversations(desk: &Desk, calls: usize) -> Result<String> {
    let kinds = conversations::kinds(desk).await?;
    measure(&desk.store, kinds, calls, |page| {
        (page.total, page.rows_read)
    })
    .await
}

async fn customers(desk: &Desk, calls: usize) -> Result<String> {
    let kinds = customers::kinds(desk).await?;
    measure(&desk.store, kinds, calls, |page| {
        (page.total, page.rows_read)
    })
    .await
}

/// Measures each kind of list. `size` returns how many items a list has, and how many rows its page read.
async fn measure<R: Read>(
    store: &Store,
    kinds: Vec<Kind<'_, R>>,
    calls: usize,
    size: fn(&R::Out) -> (i64, usize),
) -> Result<String> {
    let mut rows = Vec::new();
    for (name, list) in kinds {
        let (mut times, mut total, mut most_read) = (Times::default(), 0, 0);
        for call in 0..calls {
            let list = list(call);
            let started = Instant::now();
            let page = store.read(list).await?;
            times.add(started.elapsed());
            let (items, read) = size(&page);
            total = items;
            most_read = most_read.max(read);
        }
        rows.push([
            name.to_owned(),
            total.to_string(),
            most_read.to_string(),
            ms(times.percentile(50)),
            ms(times.percentile(95)),
            ms(times.worst()),
        ]);
    }
    let head = ["list", "items", "rows read", "p50 ms", "p95 ms", "worst ms"];
    Ok(table(head, rows))
}
