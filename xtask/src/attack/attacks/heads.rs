//! Attacks with the head of a request.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use super::super::crowd::{closed, open, until};
use super::super::server::Server;
use super::super::socket::{self, Client};
use super::super::wire;

/// Heads that two servers may read differently, or that ask for what is not supported, and the status of the refusal.
const AMBIGUOUS: &[(&str, u16)] = &[
    ("GET /healthz HTTP/1.1\r\n\r\n", 400),
    ("GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
    (
        "POST /healthz HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        400,
    ),
    (
        "POST /healthz HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        501,
    ),
    (
        "POST /healthz HTTP/1.1\r\nHost: a\r\nExpect: a-present\r\nContent-Length: 0\r\n\r\n",
        417,
    ),
];

/// Sends each ambiguous head again and again. Each must be refused, and each connection closed.
pub(super) fn ambiguous(server: &Server, duration: Duration) -> Result<String> {
    let end = Instant::now() + duration;
    let mut rounds = 0;
    while rounds == 0 || Instant::now() < end {
        for (head, status) in AMBIGUOUS {
            let stream = Client(1).connect(server.target.address)?;
            let answer = wire::exchange(&mut &stream, head.as_bytes())
                .with_context(|| format!("no answer to {head:?}"))?;
            let refused = answer.status == *status && answer.closes;
            ensure!(refused, "{answer:?} instead of {status} to {head:?}");
        }
        rounds += 1;
    }
    Ok(format!(
        "{rounds} rounds of {}, all refused",
        AMBIGUOUS.len()
    ))
}

/// A thousand connections send a head so slowly that it never ends.
pub(super) fn slow(server: &Server, duration: Duration) -> Result<String> {
    let end = Instant::now() + duration;
    let connections = open(server, Client(1), 1_000);
    for stream in &connections {
        let _ =
            socket::write_without_waiting(stream, b"GET /healthz HTTP/1.1\r\nHost: a\r\nX-Slow: ");
    }
    until(end, || {
        for stream in &connections {
            let _ = socket::write_without_waiting(stream, b"x");
        }
        std::thread::sleep(Duration::from_millis(500));
    });
    Ok(format!(
        "{} of {} closed",
        closed(&connections),
        connections.len()
    ))
}
