//! Attacks with the body of a request.

use std::io::{self, Write};
use std::net::TcpStream;
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::Result;

use super::super::crowd::{Tally, closed, crowd, open, until};
use super::super::server::Server;
use super::super::socket::{self, Client};
use super::super::wire::{self, Answer};

const MEWS: &str = "/api/connector/v1/messageThreads/getAll";
const HELPSCOUT: &str = "/v2/conversations";
const JSON: (&str, &str) = ("Content-Type", "application/json");
/// The answers to a body without a valid credential; 0: the connection was closed. A body that takes long on a busy machine gets 408.
const REFUSED: [u16; 7] = [0, 400, 401, 408, 413, 429, 503];

/// Eight attackers send wrong credentials as fast as they can. Soon they get 429, and the server stays fast.
pub(super) fn wrong_credentials(server: &Server, duration: Duration) -> Result<String> {
    let body = r#"{"ClientToken":"wrong","AccessToken":"wrong","Client":"Attack 1.0"}"#;
    let request = post(MEWS, &[JSON], body.as_bytes());
    let tally = crowd(8, |_| repeat(server, Client(1), &request, duration));
    tally.only(&[401, 429])
}

/// Attackers with four addresses send bodies of 7.8 MB to Mews and 24 MB to Help Scout, without a valid credential.
pub(super) fn large(server: &Server, duration: Duration) -> Result<String> {
    let numbers = "[1,2,3],".repeat(975_000);
    let mews = format!(
        r#"{{"ClientToken":"wrong","AccessToken":"wrong","Client":"Attack 1.0","Unknown":[{numbers}0]}}"#
    );
    let mews = post(MEWS, &[JSON], mews.as_bytes());
    let wide = format!(r#"{{"subject":"{}"}}"#, "\\u0041".repeat(4_000_000));
    let helpscout = post(
        HELPSCOUT,
        &[JSON, ("Authorization", "Bearer wrong")],
        wide.as_bytes(),
    );
    let tally = crowd(16, |number| {
        let client = Client(1 + number % 4);
        let request = if number % 2 == 0 { &mews } else { &helpscout };
        repeat(server, client, request, duration)
    });
    tally.only(&REFUSED)
}

/// Attackers send bodies that are nested as deeply as their size allows.
pub(super) fn deep(server: &Server, duration: Duration) -> Result<String> {
    let body = format!(
        r#"{{"Client":"Attack 1.0","Unknown":{}"#,
        "[{\"a\":".repeat(800_000)
    );
    let request = post(MEWS, &[JSON], body.as_bytes());
    let tally = crowd(8, |number| {
        repeat(server, Client(1 + number % 4), &request, duration)
    });
    tally.only(&REFUSED)
}

/// Four hundred attackers announce a body of 7 MB, send nearly all of it or only its beginning, and stop.
pub(super) fn stopped(server: &Server, duration: Duration) -> Result<String> {
    let end = Instant::now() + duration;
    let head = wire::head("POST", MEWS, &[JSON], 7_000_000);
    let connections = open(server, Client(1), 400);
    let beginning = vec![b' '; 6_900_000];
    std::thread::scope(|scope| {
        for (number, stream) in connections.iter().enumerate() {
            let _ = (&mut &*stream).write_all(head.as_bytes());
            let length = if number % 10 == 0 {
                beginning.len()
            } else {
                64 * 1024
            };
            let bytes = &beginning[..length];
            if number % 10 == 0 {
                scope.spawn(move || trickle(stream, bytes, end));
            } else {
                let _ = socket::write_without_waiting(stream, bytes);
            }
        }
    });
    until(end, || sleep(Duration::from_millis(50)));
    Ok(format!(
        "{} of {} answered or closed",
        closed(&connections),
        connections.len()
    ))
}

/// Attackers send a large body in chunks of one byte.
pub(super) fn tiny_chunks(server: &Server, duration: Duration) -> Result<String> {
    let head = format!(
        "POST {MEWS} HTTP/1.1\r\nHost: heddle.test\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    );
    let request = [
        head.into_bytes(),
        b"1\r\n \r\n".repeat(1_000_000),
        b"0\r\n\r\n".to_vec(),
    ]
    .concat();
    let tally = crowd(4, |number| {
        repeat(server, Client(1 + number), &request, duration)
    });
    tally.only(&REFUSED)
}

/// Attackers send forms whose first part never begins, or whose part has an endless header.
pub(super) fn multipart(server: &Server, duration: Duration) -> Result<String> {
    let kind = ("Content-Type", "multipart/form-data; boundary=b");
    let bearer = format!("Bearer {}", server.text("/native/token"));
    let headers = [kind, ("Authorization", bearer.as_str())];
    let preamble = post("/api/v1/attachments", &headers, &vec![b'x'; 4_000_000]);
    let mut endless = b"--b\r\nContent-Disposition: form-data; name=\"".to_vec();
    endless.resize(4_000_000, b'x');
    let header = post("/api/v1/attachments", &headers, &endless);
    let tally = crowd(8, |number| {
        let request = if number % 2 == 0 { &preamble } else { &header };
        repeat(server, Client(1 + number % 4), request, duration)
    });
    tally.only(&[0, 400, 404, 408, 413, 415, 422, 429, 503])
}

fn post(path: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let head = wire::head("POST", path, headers, body.len());
    [head.as_bytes(), body].concat()
}

/// Sends the same request until the time is over, each time on a new connection.
fn repeat(server: &Server, client: Client, request: &[u8], duration: Duration) -> Tally {
    let mut tally = Tally::default();
    until(Instant::now() + duration, || {
        tally.add(&once(server, client, request));
    });
    tally
}

fn once(server: &Server, client: Client, request: &[u8]) -> io::Result<Answer> {
    let stream = client.connect(server.target.address)?;
    wire::exchange(&mut &stream, request)
}

/// Sends bytes as the server takes them, until the time is over.
fn trickle(stream: &TcpStream, mut bytes: &[u8], end: Instant) {
    while Instant::now() < end && !bytes.is_empty() {
        match socket::write_without_waiting(stream, bytes) {
            Ok(sent) => bytes = &bytes[sent..],
            Err(_) => return,
        }
        sleep(Duration::from_millis(20));
    }
}
