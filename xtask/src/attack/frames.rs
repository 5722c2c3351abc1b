//! The bytes of HTTP/2 that attackers send. A library would not send what they do.

/// How a client begins: the preface, and its settings, all with their defaults.
pub(super) const BEGIN: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";

/// The most bytes of a frame that the server takes.
pub(super) const LONGEST: usize = 16 * 1024;

const DATA: u8 = 0x0;
const HEADERS: u8 = 0x1;
const RST_STREAM: u8 = 0x3;
const SETTINGS: u8 = 0x4;
const PING: u8 = 0x6;
const CONTINUATION: u8 = 0x9;

const END_STREAM: u8 = 0x1;
const END_HEADERS: u8 = 0x4;

/// The reason of a reset: the client does not need the answer any more.
const CANCEL: u32 = 0x8;

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("a short payload");
    let mut frame = length.to_be_bytes()[1..].to_vec();
    frame.extend([kind, flags]);
    frame.extend(stream.to_be_bytes());
    frame.extend_from_slice(payload);
    frame
}

/// Returns the number of the client's stream with this index.
pub(super) const fn stream(index: u32) -> u32 {
    2 * index + 1
}

/// A request without a body.
pub(super) fn get(stream: u32) -> Vec<u8> {
    let head = head(0x82, "/api/v1/openapi.json", &[]);
    frame(HEADERS, END_HEADERS | END_STREAM, stream, &head)
}

/// The head of a request whose body follows.
pub(super) fn post(stream: u32, path: &str, headers: &[(&str, &str)]) -> Vec<u8> {
    frame(HEADERS, END_HEADERS, stream, &head(0x83, path, headers))
}

/// A part of a body.
pub(super) fn data(stream: u32, bytes: &[u8]) -> Vec<u8> {
    frame(DATA, 0, stream, bytes)
}

/// The end of a stream that the client does not want any more.
pub(super) fn reset(stream: u32) -> Vec<u8> {
    frame(RST_STREAM, 0, stream, &CANCEL.to_be_bytes())
}

/// Settings that change nothing: the server must confirm them.
pub(super) fn settings() -> Vec<u8> {
    // The size of the table of headers, with its default.
    frame(SETTINGS, 0, 0, &[0, 1, 0, 0, 0x10, 0])
}

/// A question that the server must answer.
pub(super) fn ping() -> Vec<u8> {
    frame(PING, 0, 0, b"attacked")
}

/// The beginning of a head that does not end.
pub(super) fn endless_head(stream: u32) -> Vec<u8> {
    frame(HEADERS, END_STREAM, stream, &head(0x82, "/", &[]))
}

/// A part of a head. The last part ends it.
pub(super) fn more_head(stream: u32, headers: &[u8], is_last: bool) -> Vec<u8> {
    let flags = if is_last { END_HEADERS } else { 0 };
    frame(CONTINUATION, flags, stream, headers)
}

/// A head of a few kilobytes that takes some megabytes when it is unpacked: it names one long header again and again.
pub(super) fn packed_head(stream: u32) -> Vec<u8> {
    let mut packed = head(0x82, "/", &[]);
    // This header gets the first place (62) in the table of the connection.
    packed.push(0x40);
    text(&mut packed, b"x");
    text(&mut packed, &[b'x'; 3_900]);
    packed.resize(LONGEST, 0x80 | 62);
    frame(HEADERS, END_HEADERS | END_STREAM, stream, &packed)
}

/// One header, of about this many bytes.
pub(super) fn header(length: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(length + 8);
    put(&mut bytes, b"x-attack", &vec![b'x'; length]);
    bytes
}

fn head(method: u8, path: &str, headers: &[(&str, &str)]) -> Vec<u8> {
    // `method` and the scheme `https` are places in the table that both sides know; so are the names 4, `:path`, and 1, `:authority`.
    let mut head = vec![method, 0x87, 0x04];
    text(&mut head, path.as_bytes());
    head.push(0x01);
    text(&mut head, b"localhost");
    for (name, value) in headers {
        put(&mut head, name.as_bytes(), value.as_bytes());
    }
    head
}

/// Adds a header that no table gets.
fn put(head: &mut Vec<u8>, name: &[u8], value: &[u8]) {
    head.push(0x00);
    text(head, name);
    text(head, value);
}

/// Adds a text: its length, of which the first byte holds seven bits, and its bytes.
fn text(head: &mut Vec<u8>, bytes: &[u8]) {
    const FIRST: usize = 127;
    let low = |rest: usize| u8::try_from(rest & 0x7f).expect("seven bits");
    if bytes.len() < FIRST {
        head.push(low(bytes.len()));
    } else {
        head.push(0x7f);
        let mut rest = bytes.len() - FIRST;
        while rest > 0x7f {
            head.push(0x80 | low(rest));
            rest >>= 7;
        }
        head.push(low(rest));
    }
    head.extend_from_slice(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_have_the_form_of_the_standard() {
        for (length, expected) in [
            (10, &[10_u8][..]),
            (126, &[126]),
            (127, &[0x7f, 0]),
            (1_337, &[0x7f, 0xba, 0x09]),
        ] {
            let mut bytes = Vec::new();
            text(&mut bytes, &vec![b'x'; length]);
            assert_eq!(&bytes[..bytes.len() - length], expected, "{length}");
        }
        assert_eq!(reset(3), [0_u8, 0, 4, 3, 0, 0, 0, 0, 3, 0, 0, 0, 8]);
    }
}
