//! The memory allocator, and how memory that was freed goes back to the system.
//!
//! The allocator (mimalloc) keeps freed memory for a second, so that it can be used again. It gives it back when a thread
//! allocates or ends later, so an idle server would keep the memory of its last load. Objects of more than 1 MiB go back at
//! once, by a build flag in `.cargo/config.toml`.

use std::hint::black_box;
use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

#[cfg(feature = "mimalloc")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How often freed memory is returned to the system.
const PAUSE: Duration = Duration::from_secs(10);

/// Returns freed memory to the system, until `ending` is cancelled: starts a thread that allocates and ends.
pub(crate) async fn return_freed(ending: CancellationToken) {
    let mut ticks = interval(PAUSE);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while ending.run_until_cancelled(ticks.tick()).await.is_some() {
        // A thread that the system refuses now is started the next time.
        let _ = std::thread::Builder::new().spawn(|| drop(black_box(Box::new(0_u64))));
    }
}
