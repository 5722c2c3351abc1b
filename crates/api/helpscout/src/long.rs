//! A page of threads whose bodies together are too long for the memory. Pages have numbers, so they cannot be cut: such a
//! page is sent thread by thread, and each long body is read when its thread is sent.

use std::collections::BTreeSet;
use std::io;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use futures_util::{Stream, StreamExt, stream};
use heddle_domain::id::{AccountId, ConversationId, MessageId};
use heddle_store::Error;
use heddle_store::read::conversations::GetMessage;
use serde::Serialize;

use crate::map;
use crate::response::HAL;
use crate::wire::{Page, Thread, Threads};
use heddle_api::App;

/// What separates the two halves of a page without threads.
const EMPTY_LIST: &str = r#""threads":[]"#;
const OPENED_LIST: usize = EMPTY_LIST.len() - 1;

/// The bodies of one conversation that are read when they are sent.
pub(crate) struct LongBodies {
    pub(crate) account: AccountId,
    pub(crate) conversation: ConversationId,
    /// The messages that they belong to.
    pub(crate) apart: Vec<MessageId>,
}

/// Returns a response that sends the page with all its bodies.
pub(crate) fn response(mut page: Page<Threads>, app: App, bodies: LongBodies) -> Response {
    let threads = std::mem::take(&mut page.embedded.threads);
    let frame = json(&page);
    let (start, end) = frame.split_at(frame.find(EMPTY_LIST).map_or(0, |at| at + OPENED_LIST));
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
            thread.body = bodies.read(app, MessageId(thread.id)).await?;
        }
        let comma = if at == 0 { "" } else { "," };
        let text = format!("{comma}{}", json(&thread));
        Ok(Some((text, (threads, rest))))
    })
}

impl LongBodies {
    /// Reads a body. A message that was moved away meanwhile has an empty one.
    async fn read(&self, app: &App, id: MessageId) -> Result<Option<String>, io::Error> {
        let read = GetMessage {
            account: self.account,
            conversation: self.conversation,
            id,
        };
        let found = app.store.read(read).await.map_err(cut)?;
        Ok(found.map_or_else(|| Some(String::new()), |message| map::body(&message)))
    }
}

/// Ends the answer in the middle, because its status was sent already.
fn cut(error: Error) -> io::Error {
    tracing::error!(%error, "an answer of long threads was cut: the store could not be read");
    io::Error::other("the store could not be read")
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("our bodies have text keys only")
}
