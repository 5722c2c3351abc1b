//! Work on large bodies, such as parsing: off the threads that serve requests, and few at once.
//!
//! Invariant: work on more than [`LARGE`] bytes never keeps a thread of the runtime from other requests, and takes at most
//! [`TURNS`] processors. Small work runs at once, because handing it over would cost more than the work.

use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::sync::Semaphore;
use tokio::task::block_in_place;

/// The number of bytes up to which work runs at once: on a slow processor a millisecond or two.
pub const LARGE: usize = 256 * 1024;
/// How much large work runs at the same time in this process.
pub const TURNS: usize = 2;

static FREE: Semaphore = Semaphore::const_new(TURNS);

/// Runs `work`, which goes through so many bytes, and returns its result. Waits for a turn if the work is large.
pub async fn run<T>(bytes: usize, work: impl FnOnce() -> T) -> T {
    if bytes <= LARGE {
        return work();
    }
    let _turn = FREE.acquire().await.expect("the semaphore is never closed");
    match Handle::current().runtime_flavor() {
        // There is no other thread to which the tasks of this one could go.
        RuntimeFlavor::CurrentThread => work(),
        // The other tasks of this thread go to another one until `work` ends.
        _ => block_in_place(work),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc;

    use super::*;

    #[tokio::test(flavor = "multi_thread", worker_threads = 1)]
    async fn large_work_does_not_keep_other_tasks_waiting() {
        let (told, hears) = mpsc::channel();
        let work = tokio::spawn(async move { run(LARGE + 1, move || hears.recv()).await });
        let other = tokio::spawn(async move { told.send("I run") });
        assert_eq!(work.await.expect("no panic"), Ok("I run"));
        other.await.expect("no panic").expect("heard");
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn few_large_works_run_at_once() {
        let running = Arc::new(AtomicUsize::new(0));
        let works: Vec<_> = (0..16)
            .map(|_| {
                let running = running.clone();
                tokio::spawn(run(LARGE + 1, move || {
                    let now = running.fetch_add(1, Ordering::SeqCst) + 1;
                    (0..1_000).for_each(|_| std::thread::yield_now());
                    running.fetch_sub(1, Ordering::SeqCst);
                    now
                }))
            })
            .collect();
        for work in works {
            assert!(work.await.expect("no panic") <= TURNS);
        }
    }

    #[tokio::test]
    async fn small_work_waits_for_nobody() {
        let all = FREE.acquire_many(TURNS as u32).await.expect("open");
        assert_eq!(run(LARGE, || 7).await, 7);
        drop(all);
    }
}
