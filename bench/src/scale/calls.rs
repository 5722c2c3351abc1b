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

/// Measures all calls.
pub(super) fn measure(
    server: &Server,
    demo: &Demo,
    filled: &Filled,
    (calls, rounds, seconds): (usize, u32, u32),
) -> Result<Vec<Call>> {
    let url = demo.text("/url")?;
    let mut client = Client::connect(url)?;
    let moments = moments(&mut client, demo, filled)?;
    let token: Value = serde_json::from_str(&client.send_expecting_success(&demo.token()?)?)?;
    let token = token["access_token"].as_str().context("an access token")?;
    let conversations = spread(&filled.conversations);
    let page = demo.conversations()?;
    let kinds: [(&str, Vec<Request>, bool); 8] = [
        (
            "Mews messages/getAll, 1,000 threads, 1 s",
            moments.messages,
            false,
        ),
        (
            "Mews messageThreads/getAll, page of 50",
            moments.threads,
            false,
        ),
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
    let mut measured = Vec::new();
    for (name, requests, is_write) in kinds {
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
    })
}

/// Requests around moments that are spread over the time of the filling.
struct Moments {
    messages: Vec<Request>,
    threads: Vec<Request>,
}

fn moments(client: &mut Client, demo: &Demo, filled: &Filled) -> Result<Moments> {
    let mut moments = Moments {
        messages: Vec::new(),
        threads: Vec::new(),
    };
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
        let ids: Vec<&str> = threads
            .iter()
            .filter_map(|thread| thread["Id"].as_str())
            .collect();
        // Before the first moments nothing may have been written yet.
        let Some(window) = short_window(client, demo, &ids)? else {
            continue;
        };
        moments
            .messages
            .push(demo.messages_between(&ids, Some(window))?);
        moments.threads.push(demo.threads_between(all, 50)?);
    }
    ensure!(!moments.threads.is_empty(), "no thread has messages");
    Ok(moments)
}

/// Returns the second in which one of the threads' messages was recorded: the middle one of the newest. `None` if there are none.
fn short_window(
    client: &mut Client,
    demo: &Demo,
    threads: &[&str],
) -> Result<Option<(Timestamp, Timestamp)>> {
    if threads.is_empty() {
        return Ok(None);
    }
    let page = client.send_expecting_success(&demo.messages_between(threads, None)?)?;
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
