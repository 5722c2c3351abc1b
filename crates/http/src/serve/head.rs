//! Watches the bytes of a connection for request heads whose length is ambiguous.
//!
//! hyper drops `Content-Length` beside `Transfer-Encoding` before a service sees the request, so the two are looked for
//! in the bytes. A proxy in front may have read such a request differently: a second request could hide in its body.

/// The longest beginning of a line that decides something: `transfer-encoding: chunked`, with some blanks.
const LINE: usize = 64;

/// What was found in a request's head.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Lengths {
    pub(super) content_length: bool,
    pub(super) transfer_encoding: bool,
    /// A transfer coding is not exactly `chunked`.
    pub(super) other_coding: bool,
}

/// Reads the bytes of one head, in pieces as they arrive.
#[derive(Debug)]
pub(super) struct HeadScanner {
    line: [u8; LINE],
    /// Length of the current line; may exceed [`LINE`].
    length: usize,
    /// Whether the request line has been read. Empty lines before it are skipped.
    begun: bool,
    found: Lengths,
}

impl HeadScanner {
    pub(super) fn new() -> Self {
        Self {
            line: [0; LINE],
            length: 0,
            begun: false,
            found: Lengths::default(),
        }
    }

    /// Reads more bytes. Returns what was found, and how many of the bytes belong to the head, once the head is
    /// complete.
    pub(super) fn feed(&mut self, bytes: &[u8]) -> Option<(Lengths, usize)> {
        let mut rest = bytes;
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            self.push(&rest[..end]);
            rest = &rest[end + 1..];
            if self.end_line() {
                return Some((self.found, bytes.len() - rest.len()));
            }
        }
        self.push(rest);
        None
    }

    fn push(&mut self, bytes: &[u8]) {
        if let Some(room) = self.line.get_mut(self.length..) {
            let taken = room.len().min(bytes.len());
            room[..taken].copy_from_slice(&bytes[..taken]);
        }
        self.length += bytes.len();
    }

    /// Handles a complete line. Returns whether it ends the head.
    fn end_line(&mut self) -> bool {
        let line = &self.line[..self.length.min(LINE)];
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let is_empty = line.is_empty();
        if let Some(value) = value_of(line, b"transfer-encoding:") {
            self.found.transfer_encoding = true;
            let fits = self.length <= LINE;
            self.found.other_coding |= !(fits && value.eq_ignore_ascii_case(b"chunked"));
        }
        self.found.content_length |= value_of(line, b"content-length:").is_some();
        self.length = 0;
        let ends = is_empty && self.begun;
        self.begun |= !is_empty;
        ends
    }
}

/// Returns the value of a header line with this name, which ends with a colon.
fn value_of<'a>(line: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let (start, value) = line.split_at_checked(name.len())?;
    start.eq_ignore_ascii_case(name).then(|| value.trim_ascii())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scan(pieces: &[&str]) -> Option<(Lengths, usize)> {
        let mut scanner = HeadScanner::new();
        pieces
            .iter()
            .find_map(|piece| scanner.feed(piece.as_bytes()))
    }

    #[test]
    fn both_lengths_are_found_however_the_bytes_arrive() {
        let head =
            "POST /x HTTP/1.1\r\nhost: x\r\nCONTENT-LENGTH: 4\r\nTransfer-Encoding:chunked\r\n\r\n";
        let wanted = Lengths {
            content_length: true,
            transfer_encoding: true,
            other_coding: false,
        };
        assert_eq!(scan(&[head, "body"]), Some((wanted, head.len())));
        assert_eq!(
            scan(&[&format!("\r\n{head}body")]),
            Some((wanted, head.len() + 2))
        );
        assert_eq!(
            scan(&[&head.replace("\r\n", "\n")]).expect("complete").0,
            wanted
        );
        let bytes: Vec<String> = head.chars().map(String::from).collect();
        let bytes: Vec<&str> = bytes.iter().map(String::as_str).collect();
        assert_eq!(scan(&bytes), Some((wanted, 1)));
    }

    #[test]
    fn a_coding_other_than_chunked_is_found() {
        for (value, other) in [
            ("chunked", false),
            ("  CHUNKED  ", false),
            ("gzip, chunked", true),
            ("chunked, chunked", true),
            ("identity", true),
            ("", true),
            ("chunked\0", true),
            (&format!("chunked{}", " ".repeat(80)), true),
        ] {
            let head = format!("GET / HTTP/1.1\r\nTransfer-Encoding: {value}\r\n\r\n");
            let (found, _) = scan(&[&head]).expect("complete");
            assert_eq!(found.other_coding, other, "{value:?}");
            assert!(found.transfer_encoding && !found.content_length);
        }
    }

    #[test]
    fn other_lines_are_no_lengths() {
        let head = "GET /content-length:1 HTTP/1.1\r\nx-content-length: 1\r\ncontent-lengths: 1\r\n\
                    content-length\r\n\r\n";
        assert_eq!(scan(&[head]), Some((Lengths::default(), head.len())));
        assert_eq!(scan(&["GET / HTTP/1.1\r\nHost: x\r\n"]), None);
        assert_eq!(scan(&["\r\n\r\n\r\n"]), None);
    }
}
