//! The calls that are measured, and their times.

use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use heddle_domain::Timestamp;
use serde_json::Value;

use super::filling::Filled;
use crate::figures::Spread;
use crate::http::Client;
use crate::requests::{self, Demo};
use crate::results::Call;
use crate::server::Server;
use crate::times::Times;
use crate::wrk::Request;

/// The connections over which creates and appends are also measured.
const CONNECTIONS: u32 = 64;
/// Moments of the filling around which Mews' messages and threads are read.
const MOMENTS: usize = 60;
/// Threads whose messages one call reads.
const THREADS: usize = 1_000;
/// The period of these messages, in milliseconds.
const SHORT_WINDOW_MS: i64 = 1_000;
/// Conversations that are read one by one, and get appends.
const CONVERSATIONS: usize = 10_000;

/// One kind of call, with its requests, which are sent in turn.
pub(super) struct Kind {
    pub(super) name: &'static str,
    pub(super) requests: Vec<Request>,
    pub(super) is_write: bool,
}

/// Returns the kinds of calls.
pub(super) fn kinds(demo: &Demo, filled: &Filled, moments: &[Moment]) -> Result<Vec<Kind>> {
    let mut client = Client::connect(demo.text("/url")?)?;
    let messages = moments.iter().map(|moment| moment.messages(demo));
    let threads = moments.iter().map(|moment| moment.threads(demo));
    let (messages, threads) = (
        messages.collect::<Result<_>>()?,
        threads.collect::<Result<_>>()?,
    );
    let token: Value = serde_json::from_str(&client.send_expecting_success(&demo.token()?)?)?;
    let token = token["access_token"].as_str().context("an access token")?;
    let conversations = spread(&filled.conversations);
    let page = demo.conversations()?;
    let kinds: [(&str, Vec<Request>, bool); 8] = [
        ("Mews messages/getAll, 1,000 threads, 1 s", messages, false),
        ("Mews messageThreads/getAll, page of 50", threads, false),
        (
            "myKaarma thread list, 20 of a customer",
            vec![demo.customer_threads()?],
            false,
        ),
        ("native list, page of 50", vec![page], false),
        ("native get", demo.each_conversation(&conversations)?, false),
        (
            "Help Scout list, page of 25",
            vec![requests::help_scout_list(token)],
            false,
        ),
        ("Magicline create", vec![demo.create()?], true),
        (
            "Help Scout append",
            vec![demo.append(token, &conversations)?],
            true,
        ),
    ];
    let kinds = kinds.into_iter().map(|(name, requests, is_write)| Kind {
        name,
        requests,
        is_write,
    });
    Ok(kinds.collect())
}

/// Measures all calls.
pub(super) fn measure(
    server: &Server,
    url: &str,
    kinds: Vec<Kind>,
    (calls, rounds, seconds): (usize, u32, u32),
) -> Result<Vec<Call>> {
    let mut measured = Vec::new();
    for kind in kinds {
        let Kind {
            name,
            requests,
            is_write,
        } = kind;
        // The server closes a connection that was idle during the rounds before.
        let mut client = Client::connect(url)?;
        let mut call = one_by_one(server, &mut client, name, &requests, calls)?;
        if is_write && rounds > 0 {
            let mut runs = Vec::new();
            for round in 1..=rounds {
                eprintln!("  {name}, {CONNECTIONS} connections, round {round} of {rounds}");
                let run = server.load(url, &requests[0], CONNECTIONS, seconds)?;
                runs.push(run.per_second);
            }
            call.per_second = Some(Spread::of(runs.into_iter()));
        }
        measured.push(call);
    }
    Ok(measured)
}

/// Sends a tenth of the calls to warm up, and measures the rest.
fn one_by_one(
    server: &Server,
    client: &mut Client,
    name: &str,
    requests: &[Request],
    calls: usize,
) -> Result<Call> {
    eprintln!("  {name}, one connection");
    for request in requests.iter().cycle().take(calls / 10) {
        client.send_expecting_success(request)?;
    }
    let (mut times, mut bytes) = (Times::default(), 0);
    let before = server.cpu_seconds()?;
    for number in 0..calls {
        let request = &requests[number % requests.len()];
        let path = &request.paths[number % request.paths.len()];
        let began = Instant::now();
        let answer = client.send_to(path, request)?;
        times.add(began.elapsed());
        ensure!((200..300).contains(&answer.status), "{path}: {answer:?}");
        bytes = bytes.max(answer.body.len());
    }
    Ok(Call {
        name: name.to_owned(),
        times: times.percentiles(),
        cpu_us: (server.cpu_seconds()? - before) * 1e6 / calls as f64,
        bytes,
        per_second: None,
        counted: None,
    })
}

/// A moment of the filling.
pub(super) struct Moment {
    /// The time before the moment.
    all: (Timestamp, Timestamp),
    /// The last threads before it.
    threads: Vec<String>,
    /// A second in which one of their messages was recorded.
    window: (Timestamp, Timestamp),
}

impl Moment {
    fn messages(&self, demo: &Demo) -> Result<Request> {
        let threads: Vec<&str> = self.threads.iter().map(String::as_str).collect();
        demo.messages_between(&threads, Some(self.window))
    }

    fn threads(&self, demo: &Demo) -> Result<Request> {
        demo.threads_between(self.all, 50)
    }
}

/// Finds moments that are spread over the time of the filling.
pub(super) fn moments(demo: &Demo, filled: &Filled) -> Result<Vec<Moment>> {
    let mut client = Client::connect(demo.text("/url")?)?;
    let mut moments = Vec::new();
    let (from, length) = (Timestamp(filled.from), filled.until - filled.from);
    for number in 1..=MOMENTS {
        let at = from.plus_ms(length * number as i64 / MOMENTS as i64);
        // The page is newest first: the last threads before the moment.
        let all = (from.plus_ms(-1_000), at);
        let page = client.send_expecting_success(&demo.threads_between(all, THREADS)?)?;
        let page: Value = serde_json::from_str(&page)?;
        let threads = page["MessageThreads"]
            .as_array()
            .context("a page of threads")?;
        let threads: Vec<String> = threads
            .iter()
            .filter_map(|thread| Some(thread["Id"].as_str()?.to_owned()))
            .collect();
        // Before the first moments nothing may have been written yet.
        if let Some(window) = short_window(&mut client, demo, &threads)? {
            moments.push(Moment {
                all,
                threads,
                window,
            });
        }
    }
    ensure!(!moments.is_empty(), "no thread has messages");
    Ok(moments)
}

/// Returns the second in which one of the threads' messages was recorded: the middle one of the newest. `None` if there are none.
fn short_window(
    client: &mut Client,
    demo: &Demo,
    threads: &[String],
) -> Result<Option<(Timestamp, Timestamp)>> {
    if threads.is_empty() {
        return Ok(None);
    }
    let threads: Vec<&str> = threads.iter().map(String::as_str).collect();
    let page = client.send_expecting_success(&demo.messages_between(&threads, None)?)?;
    let page: Value = serde_json::from_str(&page)?;
    let messages = page["Messages"].as_array().context("a page of messages")?;
    let Some(middle) = messages.get(messages.len() / 2) else {
        return Ok(None);
    };
    let shown = middle["CreatedUtc"].as_str().context("CreatedUtc")?;
    let from = Timestamp(shown.parse::<jiff::Timestamp>()?.as_millisecond());
    Ok(Some((from, from.plus_ms(SHORT_WINDOW_MS))))
}

/// Returns some of the conversations, spread evenly.
fn spread(all: &[i64]) -> Vec<i64> {
    let step = all.len().div_ceil(CONVERSATIONS).max(1);
    all.iter().copied().step_by(step).collect()
}
