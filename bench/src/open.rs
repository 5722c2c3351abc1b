//! `cargo xtask bench open`: times at fixed rates of arrival, below the greatest rate that the server can serve.
//!
//! In the other loads each connection waits for its answer before it asks again, so that a slow server gets fewer requests, and the
//! time that clients would have waited is not counted. Here requests are due at fixed times, and a time counts from the moment when
//! its request was due. The greatest rate of each operation is measured first, with `wrk`.
//!
//! Deliberately missing: thresholds (a person reads the table), a floor.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use clap::Args;

use crate::cluster::Databases;
use crate::engine::Engine;
use crate::http::Client;
use crate::operation::{ALL, MAIN_CONNECTIONS, Operation, prepare};
use crate::place::{Output, Place, Placed};
use crate::results::{Memory, Open, Rate};
use crate::server::{self, Heddle, Server};
use crate::times::Times;
use crate::wrk::{self, Request};

/// A request that is sent later than this after it was due had to wait for a connection.
const LATE: Duration = Duration::from_millis(1);

/// The options of `open`.
#[derive(Args, Debug)]
pub(crate) struct Options {
    /// Operations to measure
    #[arg(long, value_delimiter = ',', default_values_t = ALL)]
    only: Vec<Operation>,
    /// Engines to measure
    #[arg(long, value_delimiter = ',', default_value = "sqlite")]
    engines: Vec<Engine>,
    /// Rates, in percent of the greatest rate
    #[arg(long, value_delimiter = ',', default_value = "25,50,75")]
    shares: Vec<u32>,
    /// Seconds at each rate
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..))]
    seconds: u32,
    /// Seconds in which the greatest rate is measured
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    greatest_seconds: u32,
    /// Conversations in the server before the first request
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u64).range(1..))]
    preload: u64,
    #[command(flatten)]
    placed: Placed,
    #[command(flatten)]
    output: Output,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    wrk::ensure_installed()?;
    let place = Place::open(&options.placed)?;
    let each = options.greatest_seconds + options.seconds * u32::try_from(options.shares.len())?;
    let count = u32::try_from(options.only.len() * options.engines.len())?;
    eprintln!("This takes about {} seconds.", each * count);
    let mut results = options.output.begin(place.folder())?;
    for &engine in &options.engines {
        results.open.push(measure(options, &place, engine)?);
    }
    options.output.finish(results)
}

fn measure(options: &Options, place: &Place, engine: Engine) -> Result<Open> {
    let databases = match engine {
        Engine::Sqlite => None,
        Engine::Postgres => Some(Databases::start()?),
    };
    let heddle = Heddle {
        program: place.heddle(),
        data: place.subfolder(engine.word())?,
        store: databases.as_ref().map(Databases::create),
        search: true,
        log_statements: false,
    };
    let (server, demo) = heddle.start()?;
    let idle_mib = server.resident_mib()?;
    let url = demo.text("/url")?;
    heddle.disable_cap()?;
    let ids = server::create_conversations(url, &demo.create()?, options.preload)?;
    let mut rates: Vec<Rate> = Vec::new();
    for &operation in &options.only {
        let request = prepare(operation, url, &demo, &ids)?;
        let greatest = server
            .load(url, &request, MAIN_CONNECTIONS, options.greatest_seconds)?
            .per_second;
        for &share in &options.shares {
            let due = greatest * f64::from(share) / 100.0;
            eprintln!("{}: {due:.0} a second", operation.name());
            let load = Load {
                url,
                request: &request,
                per_second: due,
                connections: MAIN_CONNECTIONS,
            };
            let rate = load.rate(&server, options.seconds);
            let rate =
                rate.with_context(|| format!("{} at {due:.0} a second", operation.name()))?;
            rates.push(Rate {
                operation: operation.name().to_owned(),
                greatest,
                share,
                ..rate
            });
        }
    }
    Ok(Open {
        engine,
        seconds: options.seconds,
        stored: options.preload,
        memory: Memory {
            server: "heddle".to_owned(),
            idle_mib,
            most_mib: server.most_ever_mib()?,
            after_mib: server.resident_mib()?,
        },
        rates,
    })
}

/// Requests at a rate, over some connections.
struct Load<'a> {
    url: &'a str,
    request: &'a Request,
    per_second: f64,
    connections: u32,
}

/// What came of a load.
#[derive(Debug, Default)]
struct Arrived {
    /// From the moments when the requests were due.
    times: Times,
    /// Requests that were sent late.
    late: usize,
}

impl Load<'_> {
    /// Sends requests for some seconds, and looks at the server's memory and processor time.
    fn rate(&self, server: &Server, seconds: u32) -> Result<Rate> {
        server.forget_most();
        let cpu_before = server.cpu_seconds()?;
        let count = (self.per_second * f64::from(seconds)) as usize;
        ensure!(count > 0, "not one request is due");
        let clients = self.connect()?;
        let began = Instant::now();
        let arrived = self.send(clients, began, count)?;
        let took = began.elapsed().as_secs_f64();
        let calls = count as f64;
        Ok(Rate {
            operation: String::new(),
            greatest: 0.0,
            share: 0,
            due: self.per_second,
            answered: calls / took,
            late: 100.0 * arrived.late as f64 / calls,
            times: arrived.times.percentiles(),
            cpu_us: (server.cpu_seconds()? - cpu_before) * 1e6 / calls,
            most_mib: server.most_mib()?,
        })
    }

    fn connect(&self) -> Result<Vec<Client>> {
        (0..self.connections)
            .map(|_| Client::connect(self.url))
            .collect()
    }

    /// Sends as many requests, of which the first is due at a moment. A request whose moment has passed is sent as soon as a
    /// connection is free, and its time counts from its moment all the same.
    fn send(&self, clients: Vec<Client>, began: Instant, count: usize) -> Result<Arrived> {
        let next = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            let running: Vec<_> = clients
                .into_iter()
                .map(|client| scope.spawn(|| self.over(client, began, &next, count)))
                .collect();
            let mut all = Arrived::default();
            for arrived in running {
                let arrived = arrived.join().expect("a client does not panic")?;
                all.times.add_all(arrived.times);
                all.late += arrived.late;
            }
            Ok(all)
        })
    }

    /// Sends the requests that are next, over one connection.
    fn over(
        &self,
        mut client: Client,
        began: Instant,
        next: &AtomicUsize,
        count: usize,
    ) -> Result<Arrived> {
        let mut arrived = Arrived::default();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= count {
                return Ok(arrived);
            }
            let due = began + Duration::from_secs_f64(number as f64 / self.per_second);
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
            arrived.late += usize::from(due.elapsed() > LATE);
            let path = &self.request.paths[number % self.request.paths.len()];
            let answer = client.send_to(path, self.request)?;
            ensure!((200..300).contains(&answer.status), "{answer:?}");
            arrived.times.add(due.elapsed());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead as _, BufReader, Write as _};
    use std::net::TcpListener;

    use super::*;
    use crate::requests;

    /// Answers every request at once, over any number of connections, until the process ends.
    fn echo() -> String {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                std::thread::spawn(move || {
                    let mut stream = BufReader::new(stream);
                    let mut line = String::new();
                    while stream.read_line(&mut line).is_ok_and(|read| read > 0) {
                        if line == "\r\n" {
                            let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
                            stream.get_mut().write_all(answer).expect("a client");
                        }
                        line.clear();
                    }
                });
            }
        });
        url
    }

    #[test]
    fn times_count_from_the_moment_when_a_request_was_due() {
        let (url, request) = (echo(), requests::get("/"));
        let load = Load {
            url: &url,
            request: &request,
            per_second: 1_000.0,
            connections: 2,
        };
        // Two hundred requests that were due within 0.2 seconds, of which the first was due ten seconds ago.
        let began = Instant::now()
            .checked_sub(Duration::from_secs(10))
            .expect("the machine runs for ten seconds");
        let clients = load.connect().expect("connections");
        let arrived = load.send(clients, began, 200).expect("answers");
        assert_eq!((arrived.times.count(), arrived.late), (200, 200));
        let (least, most) = (arrived.times.per_mille(1), arrived.times.worst());
        assert!(least >= 9_800.0, "{least}");
        assert!(most >= 10_000.0, "{most}");
    }

    #[test]
    fn requests_are_not_sent_before_they_are_due() {
        let (url, request) = (echo(), requests::get("/"));
        let load = Load {
            url: &url,
            request: &request,
            per_second: 1_000.0,
            connections: 2,
        };
        let clients = load.connect().expect("connections");
        let began = Instant::now();
        let arrived = load.send(clients, began, 50).expect("answers");
        assert_eq!(arrived.times.count(), 50);
        assert!(began.elapsed() >= Duration::from_millis(49));
    }
}
