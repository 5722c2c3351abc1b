//! A page of threads whose bodies together are too long for the memory. Pages have numbers, so they cannot be cut: such a
//! page is sent thread by thread, and each long body is read when its thread is sent.

use std::collections::BTreeSet;
use std::io;
use std::time::Duration;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use futures_util::{Stream, StreamExt, stream};
use heddle_domain::id::{AccountId, ConversationId, MessageId};
use heddle_store::read::conversations::GetMessage;
use heddle_store::{Error, Trouble};
use serde::Serialize;
use tracing::{Instrument, Span};

use crate::map;
use crate::response::HAL;
use crate::wire::{Page, Thread, Threads};
use heddle_api::App;

/// What separates the two halves of a page without threads.
const EMPTY_LIST: &str = r#""threads":[]"#;
const OPENED_LIST: usize = EMPTY_LIST.len() - 1;

/// How often a body is read again while the store is busy.
const MORE_TRIES: usize = 3;
/// The pause before each further try.
const PAUSE: Duration = Duration::from_millis(100);

/// The bodies of one conversation that are read when they are sent.
pub(crate) struct LongBodies {
    pub(crate) account: AccountId,
    pub(crate) conversation: ConversationId,
    /// The messages that they belong to.
    pub(crate) apart: Vec<MessageId>,
    /// The span of the request, whose log line is written before the bodies are sent.
    pub(crate) span: Span,
}

/// Returns a response that sends the page with all its bodies.
pub(crate) fn response(mut page: Page<Threads>, app: App, bodies: LongBodies) -> Response {
    let threads = std::mem::take(&mut page.embedded.threads);
    let frame = json(&page);
    let list = frame
        .find(EMPTY_LIST)
        .expect("a page has a list of threads");
    let (start, end) = frame.split_at(list + OPENED_LIST);
    let chunks = stream::once(ready(start.to_owned()))
        .chain(sent(threads, app, bodies))
        .chain(stream::once(ready(end.to_owned())));
    (HAL, Body::from_stream(chunks)).into_response()
}

type Chunk = Result<String, io::Error>;

fn ready(text: String) -> std::future::Ready<Chunk> {
    std::future::ready(Ok(text))
}

/// Returns the JSON of the threads with their commas.
fn sent(threads: Vec<Thread>, app: App, bodies: LongBodies) -> impl Stream<Item = Chunk> + Send {
    let apart: BTreeSet<i64> = bodies.apart.iter().map(|id| id.get()).collect();
    let reading = (threads.into_iter().enumerate(), (app, bodies, apart));
    stream::try_unfold(reading, |(mut threads, rest)| async move {
        let (app, bodies, apart) = &rest;
        let Some((at, mut thread)) = threads.next() else {
            return Ok(None);
        };
        if apart.contains(&thread.id) {
            let read = bodies.read(app, MessageId(thread.id));
            thread.body = read.instrument(bodies.span.clone()).await?;
        }
        let comma = if at == 0 { "" } else { "," };
        let text = format!("{comma}{}", json(&thread));
        Ok(Some((text, (threads, rest))))
    })
}

impl LongBodies {
    /// Reads a body. The answer ends in the middle if there is none, because its status was sent already: the client must not take
    /// a part for the whole.
    async fn read(&self, app: &App, id: MessageId) -> Result<Option<String>, io::Error> {
        let read = GetMessage {
            account: self.account,
            conversation: self.conversation,
            id,
        };
        match with_patience(|| app.store.read(read.clone())).await {
            Ok(Some(message)) => Ok(map::body(&message)),
            Ok(None) => {
                tracing::info!("an answer of long threads was cut: a message has gone meanwhile");
                Err(io::Error::other("a message has gone meanwhile"))
            }
            Err(error) => {
                tracing::error!(%error, "an answer of long threads was cut: the store could not be read");
                Err(io::Error::other("the store could not be read"))
            }
        }
    }
}

/// Reads again if the store is only busy, at most [`MORE_TRIES`] times.
async fn with_patience<T, F>(mut read: impl FnMut() -> F) -> Result<T, Error>
where
    F: Future<Output = Result<T, Error>>,
{
    for _ in 0..MORE_TRIES {
        match read().await {
            Err(Error::Trouble(Trouble::Overloaded(_) | Trouble::TimedOut(_))) => {
                tokio::time::sleep(PAUSE).await;
            }
            done => return done,
        }
    }
    read().await
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("our bodies have text keys only")
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    /// Returns the result of reads of which the first `busy` find the store busy, and how many there were.
    async fn tried(busy: usize, trouble: Trouble) -> (Result<usize, Error>, usize) {
        let reads = Cell::new(0);
        let read = || {
            reads.set(reads.get() + 1);
            let result = match reads.get() <= busy {
                true => Err(Error::Trouble(trouble.clone())),
                false => Ok(7),
            };
            std::future::ready(result)
        };
        (with_patience(read).await, reads.get())
    }

    #[tokio::test(start_paused = true)]
    async fn a_busy_store_is_read_three_times_more() {
        for trouble in [Trouble::Overloaded("queue"), Trouble::TimedOut("read")] {
            assert_eq!(tried(0, trouble.clone()).await, (Ok(7), 1));
            assert_eq!(tried(3, trouble.clone()).await, (Ok(7), 4));
            let refused = Err(trouble.clone().into());
            assert_eq!(tried(4, trouble).await, (refused, 4));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn another_failure_is_final() {
        let (result, reads) = tried(1, Trouble::Unreachable).await;
        assert_eq!((result, reads), (Err(Trouble::Unreachable.into()), 1));
    }
}
