//! The little HTTP of the measurement: JSON over one connection that stays open.

use std::io::{self, BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

/// How long an answer may take.
const TIMEOUT: Duration = Duration::from_secs(60);

/// A client of the native API.
pub(crate) struct Client {
    stream: BufReader<TcpStream>,
}

impl Client {
    /// Connects to the server.
    ///
    /// # Errors
    /// Fails if the server does not accept the connection.
    pub(crate) fn connect(server: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(server)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(TIMEOUT))?;
        Ok(Self {
            stream: BufReader::new(stream),
        })
    }

    /// Sends a request; a body makes it a POST. Returns the status and the body of the answer.
    ///
    /// # Errors
    /// Fails if the connection breaks, or the answer is not JSON.
    pub(super) fn send(
        &mut self,
        token: &str,
        path: &str,
        body: Option<&Value>,
    ) -> Result<(u16, Value)> {
        self.send_with("", token, path, body)
    }

    /// Sends a POST that may be repeated with the same key, and must succeed.
    ///
    /// # Errors
    /// Same as [`Client::ask`].
    pub(crate) fn ask_once(
        &mut self,
        token: &str,
        path: &str,
        body: &Value,
        key: &str,
    ) -> Result<Value> {
        let key = format!("Idempotency-Key: {key}\r\n");
        let (status, answer) = self.send_with(&key, token, path, Some(body))?;
        ensure!((200..300).contains(&status), "{path}: {status} {answer}");
        Ok(answer)
    }

    fn send_with(
        &mut self,
        headers: &str,
        token: &str,
        path: &str,
        body: Option<&Value>,
    ) -> Result<(u16, Value)> {
        let method = if body.is_some() { "POST" } else { "GET" };
        let body = body.map_or(String::new(), Value::to_string);
        let headers = format!("{headers}Content-Type: application/json\r\n");
        let (status, body) = self.exchange(method, token, path, &headers, body.as_bytes())?;
        Ok((status, serde_json::from_slice(&body)?))
    }

    /// Sends any request, with further header lines. Returns the status and the body of the answer.
    ///
    /// # Errors
    /// Fails if the connection breaks.
    pub(crate) fn exchange(
        &mut self,
        method: &str,
        token: &str,
        path: &str,
        headers: &str,
        body: &[u8],
    ) -> Result<(u16, Vec<u8>)> {
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: heddle.test\r\nAuthorization: Bearer {token}\r\n{headers}\
             Content-Length: {}\r\n\r\n",
            body.len()
        );
        let request = [head.as_bytes(), body].concat();
        self.stream.get_mut().write_all(&request)?;
        let (head, body) = read(&mut self.stream)?.context("no answer")?;
        let status = head
            .split(' ')
            .nth(1)
            .and_then(|status| status.parse().ok());
        Ok((status.context("no status")?, body))
    }

    /// Sends a request that must succeed.
    ///
    /// # Errors
    /// Same as [`Client::send`], and if the status is not 2xx.
    pub(crate) fn ask(&mut self, token: &str, path: &str, body: Option<&Value>) -> Result<Value> {
        let (status, answer) = self.send(token, path, body)?;
        ensure!((200..300).contains(&status), "{path}: {status} {answer}");
        Ok(answer)
    }
}

/// Reads a message with a `Content-Length`: its head and its body. `None` at the end of the connection.
///
/// # Errors
/// Fails if the connection breaks inside the message.
pub(super) fn read(stream: &mut impl BufRead) -> io::Result<Option<(String, Vec<u8>)>> {
    let mut head = String::new();
    let mut length = 0;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line)? == 0 {
            return match head.is_empty() {
                true => Ok(None),
                false => Err(io::ErrorKind::UnexpectedEof.into()),
            };
        }
        if line == "\r\n" {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value
                .trim()
                .parse()
                .map_err(|_| io::ErrorKind::InvalidData)?;
        }
        head.push_str(&line);
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body)?;
    Ok(Some((head, body)))
}
