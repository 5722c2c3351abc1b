//! Work that goes on although its caller is gone: in a task of its own, or on the pool of threads that may block.
//!
//! All of it runs as one type of task. A task for each type of command and of read would make the program a tenth larger, and so
//! the memory that its code takes.

use std::future::Future;

use futures_util::future::BoxFuture;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::error::Trouble;

/// Runs a future in a task of its own, to its end.
///
/// # Errors
/// Fails with the name if the future panics, or if the runtime ends before it.
pub(crate) async fn run<T: Send + 'static>(
    name: &'static str,
    future: impl Future<Output = T> + Send + 'static,
) -> Result<T, Trouble> {
    let (sender, result) = oneshot::channel();
    let task = start(Box::pin(async move {
        // The send fails if the caller no longer waits.
        let _ = sender.send(future.await);
    }));
    finish(name, task, result).await
}

/// Runs work that may block on a thread of the pool, to its end.
///
/// # Errors
/// As [`run`].
pub(crate) async fn block<T: Send + 'static>(
    name: &'static str,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Trouble> {
    let (sender, result) = oneshot::channel();
    let task = start_blocking(Box::new(move || {
        let _ = sender.send(work());
    }));
    finish(name, task, result).await
}

/// Starts a task, which nobody needs to wait for.
pub(crate) fn start(future: BoxFuture<'static, ()>) -> JoinHandle<()> {
    tokio::spawn(future)
}

fn start_blocking(work: Box<dyn FnOnce() + Send>) -> JoinHandle<()> {
    tokio::task::spawn_blocking(work)
}

async fn finish<T>(
    name: &'static str,
    task: JoinHandle<()>,
    mut result: oneshot::Receiver<T>,
) -> Result<T, Trouble> {
    let failed = |why: &dyn std::fmt::Display| Trouble::Internal(format!("{name}: {why}"));
    task.await.map_err(|error| failed(&error))?;
    result.try_recv().map_err(|error| failed(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn results_come_back_and_panics_are_named() {
        assert_eq!(run("a", async { 7 }).await, Ok(7));
        assert_eq!(block("b", || 8).await, Ok(8));
        let failed = run("read", async { panic!("too small") }).await;
        let failed: Result<(), _> = failed;
        let text = format!("{failed:?}");
        assert!(
            text.contains("read: task") && text.contains("too small"),
            "{text}"
        );
        let failed: Result<(), _> = block("list", || panic!("too large")).await;
        let text = format!("{failed:?}");
        assert!(
            text.contains("list: task") && text.contains("too large"),
            "{text}"
        );
    }

    #[tokio::test]
    async fn work_goes_on_without_its_caller() {
        let (begun, begins) = oneshot::channel();
        let (go, goes) = oneshot::channel();
        let (done, ends) = oneshot::channel();
        let mut waiting = Box::pin(run("work", async move {
            begun.send(()).expect("heard");
            goes.await.expect("told");
            done.send(()).expect("heard");
        }));
        assert!(futures_util::poll!(&mut waiting).is_pending());
        begins.await.expect("begun");
        drop(waiting);
        go.send(()).expect("heard");
        ends.await.expect("done although nobody waits");
    }
}
