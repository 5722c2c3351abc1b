//! The attacks. Each runs for a given time and then says what became of the attackers, or how the server failed.

mod bodies;
mod connections;
mod heads;

use std::time::Duration;

use anyhow::Result;

use super::server::Server;

/// One kind of hostile client.
pub(super) struct Attack {
    pub(super) name: &'static str,
    pub(super) run: fn(&Server, Duration) -> Result<String>,
}

macro_rules! attacks {
    ($($name:literal => $run:path,)*) => {
        /// All attacks, in the order in which they run.
        pub(super) const ATTACKS: &[Attack] = &[$(Attack { name: $name, run: $run },)*];
    };
}

attacks! {
    "ambiguous heads" => heads::ambiguous,
    "slow heads" => heads::slow,
    "many idle connections" => connections::idle,
    "one client, too many" => connections::too_many,
    "answers never read" => connections::unread,
    "unread from all sides" => connections::unread_everywhere,
    "wrong credentials" => bodies::wrong_credentials,
    "large anonymous bodies" => bodies::large,
    "deep anonymous bodies" => bodies::deep,
    "bodies that stop" => bodies::stopped,
    "one byte per chunk" => bodies::tiny_chunks,
    "endless multipart" => bodies::multipart,
}
