//! Attacks with connections: many of them, and such that do not read their answers.

use std::net::TcpStream;
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use super::super::crowd::{closed, open, until};
use super::super::server::Server;
use super::super::socket::{self, Client};

/// The default limits of the server: open connections, and those of one client.
const MAX_CONNECTIONS: usize = 4096;
const MAX_PER_CLIENT: usize = MAX_CONNECTIONS / 4;

/// How long the server may take to close connections above the limit.
const PATIENCE: Duration = Duration::from_secs(5);

/// A request with a long answer that needs no credential.
const LONG_ANSWER: &[u8] = b"GET /api/v1/openapi.json HTTP/1.1\r\nHost: heddle.test\r\n\r\n";

/// Five clients open as many connections as they may, and send nothing. Others must still get in.
pub(super) fn idle(server: &Server, duration: Duration) -> Result<String> {
    let end = Instant::now() + duration;
    let mut connections = Vec::new();
    for client in 1..=5 {
        connections.extend(open(server, Client(client), MAX_PER_CLIENT));
    }
    until(end, || sleep(Duration::from_millis(50)));
    Ok(format!(
        "{} of {} closed",
        closed(&connections),
        connections.len()
    ))
}

/// One client opens more connections than it may have. The server closes those above the limit.
pub(super) fn too_many(server: &Server, duration: Duration) -> Result<String> {
    let connections = open(server, Client(1), MAX_PER_CLIENT + 500);
    let end = Instant::now() + duration.max(PATIENCE);
    let mut refused = 0;
    while refused < 500 && Instant::now() < end {
        sleep(Duration::from_millis(50));
        refused = closed(&connections);
    }
    let opened = connections.len();
    ensure!(refused >= 500, "only {refused} of {opened} were closed");
    Ok(format!("{refused} of {opened} closed"))
}

/// One client uses all its connections to ask for long answers, and reads none of them.
pub(super) fn unread(server: &Server, duration: Duration) -> Result<String> {
    ask_and_wait(server, &[Client(1)], duration)
}

/// Five clients use all connections to ask for long answers, and read none of them.
pub(super) fn unread_everywhere(server: &Server, duration: Duration) -> Result<String> {
    ask_and_wait(server, &[1, 2, 3, 4, 5].map(Client), duration)
}

fn ask_and_wait(server: &Server, clients: &[Client], duration: Duration) -> Result<String> {
    let end = Instant::now() + duration;
    let mut connections: Vec<TcpStream> = Vec::new();
    let requests = LONG_ANSWER.repeat(40);
    for client in clients {
        let mut opened = open(server, *client, MAX_PER_CLIENT);
        opened.retain(|stream| socket::write_without_waiting(stream, &requests).is_ok());
        connections.extend(opened);
    }
    until(end, || {
        for stream in &connections {
            let _ = socket::write_without_waiting(stream, LONG_ANSWER);
        }
        sleep(Duration::from_millis(500));
    });
    let lost = connections.iter().filter(|stream| is_reset(stream)).count();
    Ok(format!("{lost} of {} closed", connections.len()))
}

/// Whether the server has closed the connection, as a client sees it that does not read.
fn is_reset(stream: &TcpStream) -> bool {
    socket::write_without_waiting(stream, b"\r\n").is_err()
}
