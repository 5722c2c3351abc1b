//! The readers: one thread serves all of their connections. Each follows the standard: it keeps the id of the last whole event, and
//! comes back with it after a pause.

use std::collections::HashMap;
use std::io::{self, BufRead, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use rustix::event::{Timespec, epoll};
use rustix::fd::OwnedFd;

use super::writers::Written;

/// The pause before a reader comes back, in milliseconds, besides a random part.
const PAUSE_MS: u64 = 200;
/// How often connections are cut, and how many at once.
const CUT: Duration = Duration::from_millis(100);
const CUT_AT_ONCE: usize = 5;
/// How long the readers may take to connect.
const CONNECT: Duration = Duration::from_secs(60);

/// What the readers do besides reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// Nothing.
    Read,
    /// Some lose their connections, again and again.
    Cut,
    /// The first of them read nothing.
    Stall(usize),
}

enum Message {
    Order(Order),
    /// Asks for the number of readers that are connected.
    Connected(Sender<usize>),
    /// Ends the thread when all readers have the last position, or at the instant.
    Finish(i64, Instant),
}

/// The readers' thread.
pub(super) struct Readers {
    messages: Sender<Message>,
    thread: JoinHandle<Vec<Reader>>,
}

/// What a reader received.
struct Receipt {
    position: i64,
    at: Instant,
    /// Since when the reader was connected and reading.
    since: Instant,
}

struct Reader {
    stream: Option<TcpStream>,
    /// Bytes of a line that is not complete.
    line: Vec<u8>,
    has_head: bool,
    is_ready: bool,
    since: Instant,
    id: String,
    is_event: bool,
    last_id: String,
    receipts: Vec<Receipt>,
    come_at: Instant,
    connects: usize,
    fault: Option<String>,
}

/// What all readers received.
pub(super) struct Found {
    readers: Vec<Reader>,
    /// How many readers got every event once and in order.
    pub(super) complete: usize,
    pub(super) reconnects: usize,
    pub(super) faults: Vec<String>,
}

impl Readers {
    /// Starts readers that begin at the end of the feed.
    pub(super) fn start(server: SocketAddr, token: &str, count: usize) -> Self {
        let (messages, inbox) = mpsc::channel();
        let token = token.to_owned();
        let thread = std::thread::spawn(move || serve(server, &token, count, &inbox));
        Self { messages, thread }
    }

    pub(super) fn order(&self, order: Order) {
        self.send(Message::Order(order));
    }

    fn send(&self, message: Message) {
        self.messages
            .send(message)
            .expect("the readers run until they are finished");
    }

    /// Waits until so many readers are connected.
    ///
    /// # Errors
    /// Fails if that takes too long.
    pub(super) fn until_connected(&self, count: usize) -> Result<()> {
        let begun = Instant::now();
        loop {
            let (answer, connected) = mpsc::channel();
            self.send(Message::Connected(answer));
            let connected = connected.recv()?;
            if connected == count {
                return Ok(());
            }
            ensure!(
                begun.elapsed() < CONNECT,
                "only {connected} of {count} readers are connected"
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Waits until all readers have the last event, but not longer than `patience`. Compares what they received.
    pub(super) fn finish(self, expected: &[(i64, i64)], patience: Duration) -> Found {
        let last = expected.last().map_or(0, |(position, _)| *position);
        self.send(Message::Finish(last, Instant::now() + patience));
        let readers = self.thread.join().expect("the readers do not panic");
        let mut found = Found {
            complete: 0,
            reconnects: readers.iter().map(|reader| reader.connects - 1).sum(),
            faults: Vec::new(),
            readers: Vec::new(),
        };
        for (number, reader) in readers.iter().enumerate() {
            let got = reader.receipts.iter().map(|receipt| receipt.position);
            let differs = got.ne(expected.iter().map(|(position, _)| *position));
            match (&reader.fault, differs) {
                (None, false) => found.complete += 1,
                (fault, _) if found.faults.len() < 5 => found.faults.push(format!(
                    "reader {number}: {} events, {}",
                    reader.receipts.len(),
                    fault.as_deref().unwrap_or("not those that were written")
                )),
                _ => {}
            }
        }
        found.readers = readers;
        found
    }
}

impl Found {
    /// Returns how long each event took to each reader that was connected when the write was answered.
    pub(super) fn times(&self, expected: &[(i64, i64)], written: &Written) -> Vec<Duration> {
        let answered: HashMap<i64, Instant> = expected
            .iter()
            .filter_map(|(position, entity)| Some((*position, *written.answered.get(entity)?)))
            .collect();
        let receipts = self.readers.iter().flat_map(|reader| &reader.receipts);
        let times = receipts.filter_map(|receipt| {
            let answered = answered.get(&receipt.position)?;
            (*answered >= receipt.since).then(|| receipt.at.saturating_duration_since(*answered))
        });
        times.collect()
    }
}

/// A simple generator of random numbers.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % below.max(1) as u64) as usize
    }
}

fn serve(server: SocketAddr, token: &str, count: usize, inbox: &Receiver<Message>) -> Vec<Reader> {
    let poll = epoll::create(epoll::CreateFlags::CLOEXEC).expect("the system has epoll");
    let mut readers: Vec<Reader> = (0..count).map(|_| Reader::new()).collect();
    let (mut order, mut end) = (Order::Read, None);
    let (mut dice, mut cut_at) = (Dice(0x9e37_79b9_7f4a_7c15), Instant::now());
    let mut buffer = vec![0; 256 * 1024];
    let mut due_at = Instant::now();
    loop {
        while let Ok(message) = inbox.try_recv() {
            match message {
                Message::Order(new) => {
                    if let Order::Stall(some) = order {
                        readers
                            .iter_mut()
                            .take(some)
                            .for_each(|reader| reader.since = Instant::now() + CONNECT * 10);
                    }
                    order = new;
                }
                Message::Connected(answer) => {
                    let connected = readers.iter().filter(|reader| reader.is_ready).count();
                    let _ = answer.send(connected);
                }
                Message::Finish(last, until) => end = Some((last, until)),
            }
        }
        if let Some((last, until)) = end
            && (Instant::now() > until || readers.iter().all(|reader| reader.has(last)))
        {
            return readers;
        }
        if order == Order::Cut && cut_at <= Instant::now() {
            cut_at = Instant::now() + CUT;
            for _ in 0..CUT_AT_ONCE {
                let reader = &mut readers[dice.roll(count)];
                reader.lose(&mut dice);
            }
        }
        if due_at <= Instant::now() {
            due_at = Instant::now() + Duration::from_millis(20);
            come_back(&mut readers, (server, token), &poll, &mut dice);
        }
        let stalled = match order {
            Order::Stall(some) => some,
            _ => 0,
        };
        read_ready(&mut readers, &poll, stalled, &mut buffer, &mut dice);
    }
}

/// Connects the readers whose pause is over, some at a time.
fn come_back(readers: &mut [Reader], to: (SocketAddr, &str), poll: &OwnedFd, dice: &mut Dice) {
    let now = Instant::now();
    let due = readers
        .iter_mut()
        .enumerate()
        .filter(|(_, reader)| reader.stream.is_none() && reader.come_at <= now);
    for (number, reader) in due.take(100) {
        if reader.connect(to, number, poll).is_err() {
            reader.lose(dice);
        }
    }
}

fn read_ready(
    readers: &mut [Reader],
    poll: &OwnedFd,
    stalled: usize,
    buffer: &mut [u8],
    dice: &mut Dice,
) {
    let mut events = Vec::with_capacity(2_048);
    let wait = Timespec {
        tv_sec: 0,
        tv_nsec: 10_000_000,
    };
    if epoll::wait(
        poll,
        rustix::buffer::spare_capacity(&mut events),
        Some(&wait),
    )
    .is_err()
    {
        return;
    }
    let mut is_idle = true;
    for event in events {
        let number = event.data.u64() as usize;
        if number < stalled {
            continue;
        }
        is_idle = false;
        let reader = &mut readers[number];
        if !reader.read(buffer) {
            reader.lose(dice);
        }
    }
    if is_idle {
        std::thread::sleep(Duration::from_millis(2));
    }
}

impl Reader {
    fn new() -> Self {
        Self {
            stream: None,
            line: Vec::new(),
            has_head: false,
            is_ready: false,
            since: Instant::now(),
            id: String::new(),
            is_event: false,
            last_id: String::new(),
            receipts: Vec::new(),
            come_at: Instant::now(),
            connects: 0,
            fault: None,
        }
    }

    fn has(&self, last: i64) -> bool {
        self.fault.is_some()
            || self
                .receipts
                .last()
                .is_some_and(|receipt| receipt.position >= last)
    }

    fn lose(&mut self, dice: &mut Dice) {
        self.stream = None;
        self.is_ready = false;
        let pause = PAUSE_MS + dice.roll(PAUSE_MS as usize) as u64;
        self.come_at = Instant::now() + Duration::from_millis(pause);
    }

    /// Connects. HTTP/1.0, so that the body is not in chunks.
    fn connect(
        &mut self,
        (server, token): (SocketAddr, &str),
        number: usize,
        poll: &OwnedFd,
    ) -> io::Result<()> {
        let mut stream = TcpStream::connect(server)?;
        let last = match self.last_id.as_str() {
            "" => String::new(),
            id => format!("Last-Event-ID: {id}\r\n"),
        };
        let request = format!(
            "GET /api/v1/events/stream?kind=agent.created HTTP/1.0\r\nHost: heddle.test\r\n\
             Authorization: Bearer {token}\r\n{last}\r\n"
        );
        stream.write_all(request.as_bytes())?;
        stream.set_nonblocking(true)?;
        let data = epoll::EventData::new_u64(number as u64);
        epoll::add(poll, &stream, data, epoll::EventFlags::IN)?;
        self.stream = Some(stream);
        self.line.clear();
        (self.has_head, self.is_event) = (false, false);
        self.connects += 1;
        Ok(())
    }

    /// Reads what has arrived; false if the connection has ended.
    fn read(&mut self, buffer: &mut [u8]) -> bool {
        let Some(stream) = &mut self.stream else {
            return true;
        };
        match stream.read(buffer) {
            Ok(0) => false,
            Ok(length) => {
                self.take(&buffer[..length]);
                true
            }
            Err(error) => error.kind() == io::ErrorKind::WouldBlock,
        }
    }

    fn take(&mut self, mut bytes: &[u8]) {
        let at = Instant::now();
        while !bytes.is_empty() {
            // This cannot fail, because the bytes are in memory.
            let _ = bytes.read_until(b'\n', &mut self.line);
            if self.line.last() != Some(&b'\n') {
                return;
            }
            let line = std::mem::take(&mut self.line);
            self.take_line(line.trim_ascii_end(), at);
            self.line = line;
            self.line.clear();
        }
    }

    fn take_line(&mut self, line: &[u8], at: Instant) {
        if !self.has_head {
            if line.starts_with(b"HTTP/1")
                && !line.contains_str(b" 200 ")
                && !line.contains_str(b" 503 ")
            {
                self.fault = Some(String::from_utf8_lossy(line).into_owned());
            }
            self.has_head = line.is_empty();
            return;
        }
        if let Some(id) = line.strip_prefix(b"id: ") {
            self.id = String::from_utf8_lossy(id).into_owned();
        } else if line == b"event: ready" {
            (self.is_ready, self.since) = (true, at);
        } else if line.starts_with(b"event: ") {
            self.is_event = true;
        } else if line.is_empty() {
            self.last_id.clone_from(&self.id);
            if std::mem::take(&mut self.is_event) {
                let position = self.id.parse().unwrap_or_default();
                self.receipts.push(Receipt {
                    position,
                    at,
                    since: self.since,
                });
            }
        }
    }
}

/// Looks for bytes in bytes.
trait ContainsStr {
    fn contains_str(&self, part: &[u8]) -> bool;
}

impl ContainsStr for [u8] {
    fn contains_str(&self, part: &[u8]) -> bool {
        self.windows(part.len()).any(|window| window == part)
    }
}
