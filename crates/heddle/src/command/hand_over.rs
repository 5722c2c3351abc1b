//! Sends a command to the server that has the database open.

use std::ffi::OsString;
use std::io;
use std::path::Path;

use super::failure::Failure;
use super::outcome::Reply;
use crate::admin_socket;

/// The response of a server to a command: the result, or why there is none.
pub(crate) type Answer = Result<Reply, Failure>;

/// Sends a command to the process that listens at a socket.
pub(crate) async fn hand_over(socket: &Path, arguments: &[OsString]) -> io::Result<Answer> {
    // The lossy conversion does no harm: only the path of a configuration file may be something else than UTF-8, and a
    // server uses its own configuration.
    let arguments = arguments.iter().map(|argument| argument.to_string_lossy());
    let request = serde_json::to_string(&arguments.collect::<Vec<_>>())?;
    let line = admin_socket::ask(socket, &request).await?;
    Ok(serde_json::from_str(&line)?)
}
