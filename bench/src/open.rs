//! `cargo xtask bench open`: times at fixed rates of arrival, below the greatest rate that the server can serve.
//!
//! In the other loads each connection waits for its answer before it asks again, so that a slow server gets fewer requests, and the
//! time that clients would have waited is not counted. Here requests are due at fixed times, and a time counts from the moment when
//! its request was due. The greatest rate of each operation is measured first, with `wrk`.
//!
//! Deliberately missing: thresholds (a person reads the table), a floor, PostgreSQL.

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use clap::Args;

use crate::http::Client;
use crate::operation::{MAIN_CONNECTIONS, Operation, prepare};
use crate::server::{self, Heddle};
use crate::times::{Times, ms, table};
use crate::wrk::{self, Request};

/// Conversations in the store before the first request.
const PRELOAD: u64 = 10_000;
/// How long the greatest rate is measured, in seconds.
const GREATEST_SECONDS: u32 = 5;

/// The options of `open`.
#[derive(Args, Debug)]
pub(crate) struct Options {
    /// Operations to measure
    #[arg(
        long,
        value_delimiter = ',',
        default_value = "create,append,mews,mykaarma,native-create,native-append,native-list,native-get"
    )]
    only: Vec<Operation>,
    /// Rates, in percent of the greatest rate
    #[arg(long, value_delimiter = ',', default_value = "25,50,75")]
    shares: Vec<u32>,
    /// Seconds at each rate
    #[arg(long, default_value_t = 10)]
    seconds: u32,
    /// The program to measure [default: heddle, beside this one]
    #[arg(long)]
    heddle: Option<PathBuf>,
    /// Where the database is made [default: beside this program]
    #[arg(long)]
    work_dir: Option<PathBuf>,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    wrk::ensure_installed()?;
    let beside = std::env::current_exe()?.with_file_name("");
    let within = options.work_dir.as_deref().unwrap_or(&beside);
    let work = tempfile::Builder::new()
        .prefix("bench-")
        .tempdir_in(within)?;
    let each = GREATEST_SECONDS + options.seconds * u32::try_from(options.shares.len())?;
    eprintln!(
        "This takes about {} seconds.",
        each * u32::try_from(options.only.len())?
    );
    let data = work.path().join("sqlite");
    std::fs::create_dir(&data)?;
    let heddle = Heddle {
        program: options.heddle.clone().unwrap_or(beside.join("heddle")),
        data,
        store: None,
        search: true,
    };
    let (server, demo) = heddle.start()?;
    let url = demo.text("/url")?.to_owned();
    heddle.disable_cap()?;
    let ids = server::create_conversations(&url, &demo.create()?, PRELOAD)?;
    let mut rows = Vec::new();
    for &operation in &options.only {
        let request = prepare(operation, &url, &demo, &ids)?;
        let greatest = server
            .load(&url, &request, MAIN_CONNECTIONS, GREATEST_SECONDS)?
            .per_second;
        for &share in &options.shares {
            let rate = greatest * f64::from(share) / 100.0;
            eprintln!("{}: {rate:.0} a second", operation.name());
            let times = arrivals(&url, &request, rate, options.seconds)
                .with_context(|| format!("{} at {rate:.0} a second", operation.name()))?;
            rows.push([
                operation.name().to_owned(),
                format!("{share} % of {greatest:.0}"),
                format!("{rate:.0}"),
                ms(times.percentile(50)),
                ms(times.percentile(95)),
                ms(times.percentile(99)),
                ms(times.per_mille(999)),
                ms(times.worst()),
            ]);
        }
    }
    let head = [
        "operation",
        "share",
        "a second",
        "p50 ms",
        "p95 ms",
        "p99 ms",
        "p99.9 ms",
        "worst ms",
    ];
    println!("{}", table(head, rows));
    Ok(())
}

/// Sends requests at a rate for some seconds, over as many connections as the greatest rate was measured with. Returns the times
/// from the moments when the requests were due.
fn arrivals(url: &str, request: &Request, rate: f64, seconds: u32) -> Result<Times> {
    let count = (rate * f64::from(seconds)) as usize;
    let clients: Vec<Client> = (0..MAIN_CONNECTIONS)
        .map(|_| Client::connect(url))
        .collect::<Result<_>>()?;
    let (next, began) = (AtomicUsize::new(0), Instant::now());
    let due = |number: usize| began + Duration::from_secs_f64(number as f64 / rate);
    std::thread::scope(|scope| {
        let running: Vec<_> = clients
            .into_iter()
            .map(|mut client| {
                let (next, due) = (&next, &due);
                scope.spawn(move || -> Result<Times> {
                    let mut times = Times::default();
                    loop {
                        let number = next.fetch_add(1, Ordering::Relaxed);
                        if number >= count {
                            return Ok(times);
                        }
                        let due = due(number);
                        std::thread::sleep(due.saturating_duration_since(Instant::now()));
                        let path = &request.paths[number % request.paths.len()];
                        let answer = client.send_to(path, request)?;
                        ensure!((200..300).contains(&answer.status), "{answer:?}");
                        times.add(due.elapsed());
                    }
                })
            })
            .collect();
        let mut all = Times::default();
        for times in running {
            all.add_all(times.join().expect("a client does not panic")?);
        }
        Ok(all)
    })
}
