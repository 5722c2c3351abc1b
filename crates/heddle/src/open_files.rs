//! The limit of open files: raised at the start, and kept by lowering the number of connections.

use std::num::NonZeroU32;

use heddle::config::{Config, StoreUrl};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Open files that are neither connections nor the database's: the log, the lock, the listener, the administration
/// socket, the runtime's own, and attachments that are read or written.
const OTHERS: u64 = 128;
/// Open files of one SQLite connection: database, log, shared memory, and a temporary file.
const PER_SQLITE_CONNECTION: u64 = 4;

/// Raises the limit of open files as far as the system allows, and lowers `max_connections` if it does not fit.
pub(crate) fn fit(config: &mut Config) {
    let Some(limit) = raise() else { return };
    let fitting = fitting(limit, config);
    if fitting < config.server.max_connections {
        tracing::warn!(
            open_files = limit,
            max_connections = fitting,
            "the system allows {limit} open files: only {fitting} connections are accepted, not the configured {}",
            config.server.max_connections
        );
        config.server.max_connections = fitting;
    }
}

/// Raises the soft limit to the hard limit. Returns the limit; `None` if there is none.
fn raise() -> Option<u64> {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current == maximum {
        return current;
    }
    let raised = Rlimit {
        current: maximum,
        maximum,
    };
    match setrlimit(Resource::Nofile, raised) {
        Ok(()) => maximum,
        Err(error) => {
            tracing::warn!(%error, "cannot raise the limit of open files: {error}");
            current
        }
    }
}

/// Returns how many connections fit beside everything else that needs open files; never more than the configuration
/// says, and at least one.
fn fitting(limit: u64, config: &Config) -> NonZeroU32 {
    let store = match config.store.database() {
        StoreUrl::Sqlite(_) => (u64::from(config.store.readers.get()) + 1) * PER_SQLITE_CONNECTION,
        StoreUrl::Postgres(_) => u64::from(config.store.pool_size.get()) + 2,
    };
    let webhooks = u64::from(config.webhooks.max_connections.get());
    let room = limit.saturating_sub(store + webhooks + OTHERS);
    let room = u32::try_from(room).unwrap_or(u32::MAX);
    let room = NonZeroU32::new(room).unwrap_or(NonZeroU32::MIN);
    room.min(config.server.max_connections)
}

#[cfg(test)]
mod tests {
    use heddle::apis;
    use heddle::config::Overrides;

    use super::*;

    #[test]
    fn connections_leave_room_for_everything_else() {
        let config = Config::load(None, Overrides::default(), &apis::descriptions());
        let config = config.expect("the defaults: 4096 connections, 512 webhooks, 4 readers");
        let others = 512 + 5 * 4 + 128;
        for (limit, connections) in [
            (1_048_576, 4096),
            (4096 + others, 4096),
            (4095 + others, 4095),
            (1024, 1024 - others as u32),
            (others, 1),
            (0, 1),
        ] {
            assert_eq!(fitting(limit, &config).get(), connections, "{limit}");
        }
    }

    #[test]
    fn the_soft_limit_becomes_the_hard_limit() {
        raise();
        let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
        assert_eq!(current, maximum);
    }
}
