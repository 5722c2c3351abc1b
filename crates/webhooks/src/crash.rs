//! Named steps at which a test can end the process as kill -9 would. Nothing of this is in a build without the feature
//! `crash-points`; with it, nothing happens unless a step is armed.

/// Comes by a step.
#[cfg(not(feature = "crash-points"))]
pub(super) fn point(_: &str) {}

#[cfg(feature = "crash-points")]
pub use armed::arm;
#[cfg(feature = "crash-points")]
pub(super) use armed::point;

#[cfg(feature = "crash-points")]
mod armed {
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU32, Ordering};

    #[derive(Debug)]
    struct Armed {
        step: String,
        left: AtomicU32,
    }

    static ARMED: OnceLock<Armed> = OnceLock::new();

    /// Lets the process end when it comes by a step for the n-th time: `before_send:3`.
    ///
    /// # Panics
    /// If the text is no step with a number.
    pub fn arm(text: &str) {
        let (step, nth) = text.split_once(':').expect("STEP:NTH");
        let left = AtomicU32::new(nth.parse().expect("a number"));
        let step = step.to_owned();
        // Only the first counts: a process ends once.
        let _ = ARMED.set(Armed { step, left });
    }

    pub(crate) fn point(step: &str) {
        let Some(armed) = ARMED.get().filter(|armed| armed.step == step) else {
            return;
        };
        if armed.left.fetch_sub(1, Ordering::SeqCst) == 1 {
            std::process::abort();
        }
    }
}
