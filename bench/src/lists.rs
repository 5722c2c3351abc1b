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

use crate::place::{Output, Place, Placed};
use crate::results::{List, Lists};
use crate::times::Times;
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
    only: Vec<Kinds>,
    /// Keep the store in this folder, and use it again if it is there
    #[arg(long)]
    keep: Option<PathBuf>,
    #[command(flatten)]
    placed: Placed,
    #[command(flatten)]
    output: Output,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Kinds {
    Conversations,
    Customers,
}

#[tokio::main]
pub(crate) async fn run(options: &Options) -> Result<()> {
    let place = Place::open(&options.placed)?;
    let folder = options.keep.as_deref().unwrap_or(place.folder());
    std::fs::create_dir_all(folder)?;
    let mut results = options.output.begin(folder)?;
    let started = Instant::now();
    let desk = Desk::open(folder, options.conversations).await?;
    eprintln!(
        "{} conversations written or found in {:.0} s",
        options.conversations,
        started.elapsed().as_secs_f64()
    );
    for kinds in &options.only {
        eprintln!("  lists of {}", kinds.name());
        let lists = match kinds {
            Kinds::Conversations => conversations(&desk, options.calls).await?,
            Kinds::Customers => customers(&desk, options.calls).await?,
        };
        results.lists.push(Lists {
            of: kinds.name().to_owned(),
            conversations: options.conversations,
            lists,
        });
    }
    desk.store.close().await?;
    options.output.finish(results)
}

impl Kinds {
    const fn name(self) -> &'static str {
        match self {
            Self::Conversations => "conversations",
            Self::Customers => "customers",
        }
    }
}

async fn conversations(desk: &Desk, calls: usize) -> Result<Vec<List>> {
    let kinds = conversations::kinds(desk).await?;
    measure(&desk.store, kinds, calls, |page| {
        (page.total, page.rows_read)
    })
    .await
}

async fn customers(desk: &Desk, calls: usize) -> Result<Vec<List>> {
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
) -> Result<Vec<List>> {
    let mut lists = Vec::new();
    for (name, list) in kinds {
        let (mut times, mut items, mut rows_read) = (Times::default(), 0, 0);
        for call in 0..calls {
            let list = list(call);
            let started = Instant::now();
            let page = store.read(list).await?;
            times.add(started.elapsed());
            let (total, read) = size(&page);
            items = total;
            rows_read = rows_read.max(read);
        }
        lists.push(List {
            name: name.to_owned(),
            items,
            rows_read,
            times: times.percentiles(),
        });
    }
    Ok(lists)
}
