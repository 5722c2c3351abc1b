//! The little HTTP that attackers and probes need: they send bytes as they like, and read the head of an answer.

use std::io::{self, Read, Write};

/// The longest head of an answer that is read.
const MAX_HEAD: usize = 64 * 1024;

/// An answer, as far as attackers look at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) status: u16,
    /// Whether the server says that it closes the connection.
    pub(super) closes: bool,
}

/// Returns the head of a request with a body of `length` bytes.
pub(super) fn head(method: &str, path: &str, headers: &[(&str, &str)], length: usize) -> String {
    let mut head = format!("{method} {path} HTTP/1.1\r\nHost: heddle.test\r\n");
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str(&format!("Content-Length: {length}\r\n\r\n"));
    head
}

/// Sends a request and reads its answer.
///
/// # Errors
/// Fails if the connection breaks before the answer is complete, or takes too long.
pub(super) fn exchange(stream: &mut (impl Read + Write), request: &[u8]) -> io::Result<Answer> {
    let sent = stream.write_all(request);
    match answer(stream) {
        // A server that refuses a request may close before it has read all of it.
        Err(error) => sent.and(Err(error)),
        answer => answer,
    }
}

/// Reads an answer to its end.
///
/// # Errors
/// Fails if it is not HTTP, or if it breaks off.
pub(super) fn answer(stream: &mut impl Read) -> io::Result<Answer> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 16 * 1024];
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end + 4;
        }
        let read = stream.read(&mut buffer)?;
        if read == 0 || bytes.len() > MAX_HEAD {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        bytes.extend_from_slice(&buffer[..read]);
    };
    let head = String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase();
    let mut missing = header(&head, "content-length")
        .and_then(|length| length.parse().ok())
        .unwrap_or(0_usize)
        .saturating_sub(bytes.len() - end);
    while missing > 0 {
        let read = stream.read(&mut buffer)?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        missing = missing.saturating_sub(read);
    }
    let status = head
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok());
    Ok(Answer {
        status: status.ok_or(io::ErrorKind::InvalidData)?,
        closes: header(&head, "connection") == Some("close"),
    })
}

/// Returns the value of a header; the head is in lower case.
fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().find_map(|line| {
        let (found, value) = line.split_once(':')?;
        (found == name).then(|| value.trim())
    })
}
