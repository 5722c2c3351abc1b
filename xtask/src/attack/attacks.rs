//! The attacks. Each runs for a given time and then says what became of the attackers, or how the server failed.

mod bodies;
mod connections;
mod heads;
mod streams;

use std::time::Duration;

use anyhow::Result;

use super::server::Server;
use super::target::Listener;

/// One kind of hostile client.
pub(super) struct Attack {
    pub(super) name: &'static str,
    /// What the server listens for.
    pub(super) listener: Listener,
    pub(super) run: fn(&Server, Duration) -> Result<String>,
}

macro_rules! attacks {
    ($($listener:ident { $($name:literal => $run:path,)* })*) => {
        /// All attacks, in the order in which they run.
        pub(super) const ATTACKS: &[Attack] = &[$($(
            Attack { name: $name, listener: Listener::$listener, run: $run },
        )*)*];
    };
}

attacks! {
    Plain {
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
    Tls {
        "streams reset at once" => streams::rapid_reset,
        "too many streams" => streams::many_streams,
        "bodies on many streams" => streams::stopped_bodies,
        "flood of settings" => streams::settings,
        "flood of pings" => streams::pings,
        "endless HTTP/2 heads" => streams::endless_heads,
        "empty parts of heads" => streams::tiny_parts,
        "large HTTP/2 heads" => streams::large_heads,
        "packed HTTP/2 heads" => streams::packed_heads,
    }
}
