//! Named steps of the delivery, for tests. A test can end the process at a step, as `kill -9` would, or wait until a
//! step was passed and then look again. A build without the feature `crash-points` contains none of this; with it,
//! nothing happens unless a step is armed.

/// Marks a step of the delivery. Here it does nothing.
#[cfg(not(feature = "crash-points"))]
pub(super) fn point(_: &str) {}

#[cfg(feature = "crash-points")]
pub(super) use armed::point;
#[cfg(feature = "crash-points")]
pub use armed::{arm, passed};

#[cfg(feature = "crash-points")]
mod armed {
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::sync::{LazyLock, OnceLock};

    use tokio::sync::watch;

    #[derive(Debug)]
    struct Armed {
        step: String,
        left: AtomicU32,
    }

    static ARMED: OnceLock<Armed> = OnceLock::new();
    static PASSED: LazyLock<watch::Sender<u64>> = LazyLock::new(|| watch::Sender::new(0));

    /// Returns the number of steps that the workers of this process have passed. It also changes after each of their
    /// commits.
    pub fn passed() -> watch::Receiver<u64> {
        PASSED.subscribe()
    }

    /// Makes the process end when it reaches a step for the n-th time, as in `before_send:3`.
    ///
    /// # Panics
    /// Panics if the text is not a step with a number.
    pub fn arm(text: &str) {
        let (step, nth) = text.split_once(':').expect("STEP:NTH");
        let left = AtomicU32::new(nth.parse().expect("a number"));
        let step = step.to_owned();
        // The error is ignored: only the first call counts, because a process ends once.
        let _ = ARMED.set(Armed { step, left });
    }

    pub(crate) fn point(step: &str) {
        PASSED.send_modify(|passed| *passed += 1);
        let Some(armed) = ARMED.get().filter(|armed| armed.step == step) else {
            return;
        };
        if armed.left.fetch_sub(1, Ordering::SeqCst) == 1 {
            std::process::abort();
        }
    }
}
