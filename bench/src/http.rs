//! The HTTP client that prepares a run: one keep-alive connection, and only responses with a `Content-Length`.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;

use anyhow::{Context as _, Result, bail, ensure};

use crate::wrk::Request;

pub(crate) struct Client {
    stream: BufReader<TcpStream>,
    host: String,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: String,
}

impl Client {
    /// Connects to `url`, which has the form `http://HOST:PORT`.
    pub(crate) fn connect(url: &str) -> Result<Self> {
        let host = url
            .strip_prefix("http://")
            .context("an http:// address")?
            .to_owned();
        let stream = TcpStream::connect(&host).with_context(|| format!("cannot reach {url}"))?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream: BufReader::new(stream),
            host,
        })
    }

    /// Sends the request to the first of its paths.
    pub(crate) fn send(&mut self, request: &Request) -> Result<Answer> {
        let path = request.paths.first().context("a request has a path")?;
        self.send_to(path, request)
    }

    /// Sends the request to this path instead of its own.
    pub(crate) fn send_to(&mut self, path: &str, request: &Request) -> Result<Answer> {
        let mut head = format!(
            "{} {path} HTTP/1.1\r\nHost: {}\r\n",
            request.method, self.host
        );
        for (name, value) in &request.headers {
            head += &format!("{name}: {value}\r\n");
        }
        let message = format!(
            "{head}Content-Length: {}\r\n\r\n{}",
            request.body.len(),
            request.body
        );
        self.stream.get_mut().write_all(message.as_bytes())?;
        read_answer(&mut self.stream)
    }

    /// Does the same as [`Client::send`], but a status other than a success is an error, which shows the response.
    pub(crate) fn send_expecting_success(&mut self, request: &Request) -> Result<String> {
        let answer = self.send(request)?;
        let said = || {
            format!(
                "{} {}: {} {}",
                request.method, request.paths[0], answer.status, answer.body
            )
        };
        ensure!((200..300).contains(&answer.status), "{}", said());
        Ok(answer.body)
    }
}

fn read_answer(stream: &mut impl BufRead) -> Result<Answer> {
    let mut line = String::new();
    stream.read_line(&mut line)?;
    let status = line.split(' ').nth(1).and_then(|code| code.parse().ok());
    let status = status.with_context(|| format!("not an HTTP answer: {line:?}"))?;
    let mut length = 0;
    loop {
        line.clear();
        ensure!(stream.read_line(&mut line)? > 0, "the answer broke off");
        let Some((name, value)) = line.trim_end().split_once(':') else {
            break;
        };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.trim().parse()?,
            "transfer-encoding" => bail!(
                "the answer is {}, which this client cannot read",
                value.trim()
            ),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body)?;
    Ok(Answer {
        status,
        body: String::from_utf8(body)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_responses_on_one_connection_are_separated() {
        let mut stream: &[u8] =
            b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX: y\r\n\r\n{}HTTP/1.1 404 Not Found\r\n\r\n";
        assert_eq!(
            read_answer(&mut stream).expect("one"),
            Answer {
                status: 200,
                body: "{}".into()
            }
        );
        assert_eq!(
            read_answer(&mut stream).expect("two"),
            Answer {
                status: 404,
                body: String::new()
            }
        );
        assert!(read_answer(&mut stream).is_err());
    }

    #[test]
    fn unreadable_output_is_an_error() {
        for answer in [
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort",
            "HTTP/1.1 200 OK\r\n",
            "hello\r\n",
        ] {
            assert!(read_answer(&mut answer.as_bytes()).is_err(), "{answer}");
        }
    }
}
