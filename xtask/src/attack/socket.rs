//! Sockets that have a chosen client address.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, TcpStream};
use std::time::Duration;

use anyhow::{Context, Result};
use rustix::net::{AddressFamily, SocketType, bind, connect, socket};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// How long one operation on a socket may take before the attacker gives up.
const TIMEOUT: Duration = Duration::from_secs(20);

/// Raises the limit of open files to the most that the system allows, because some attacks open thousands of sockets.
pub(crate) fn raise_open_files() -> Result<()> {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    setrlimit(Resource::Nofile, raised).context("cannot raise the limit of open files")
}

/// A client address of this machine; attackers have the numbers 1 and following.
#[derive(Clone, Copy, Debug)]
pub(super) struct Client(pub(super) u8);

impl Client {
    /// The address of the clients that are no attackers.
    pub(super) const OTHERS: Self = Self(0);

    fn address(self) -> Ipv4Addr {
        Ipv4Addr::new(127, 0, 0, 1 + self.0)
    }

    /// Connects to the server.
    ///
    /// # Errors
    /// Fails if the connection is not made.
    pub(super) fn connect(self, server: SocketAddr) -> io::Result<TcpStream> {
        let stream = socket(AddressFamily::INET, SocketType::STREAM, None)?;
        bind(
            &stream,
            &SocketAddr::V4(SocketAddrV4::new(self.address(), 0)),
        )?;
        connect(&stream, &server)?;
        let stream = TcpStream::from(stream);
        stream.set_read_timeout(Some(TIMEOUT))?;
        stream.set_write_timeout(Some(TIMEOUT))?;
        stream.set_nodelay(true)?;
        Ok(stream)
    }
}

/// Whether the server has closed the connection. Reads what has arrived, without waiting.
pub(super) fn is_closed(stream: &TcpStream) -> bool {
    let mut buffer = [0; 64 * 1024];
    if stream.set_nonblocking(true).is_err() {
        return true;
    }
    let mut reader = stream;
    loop {
        match reader.read(&mut buffer) {
            Ok(0) => return true,
            Ok(_) => {}
            Err(error) => return error.kind() != io::ErrorKind::WouldBlock,
        }
    }
}

/// Writes as much as the server takes without waiting; returns how many bytes that were.
///
/// # Errors
/// Fails if the connection is closed.
pub(super) fn write_without_waiting(stream: &TcpStream, bytes: &[u8]) -> io::Result<usize> {
    stream.set_nonblocking(true)?;
    let mut writer = stream;
    match writer.write(bytes) {
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(0),
        other => other,
    }
}
