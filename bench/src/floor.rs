//! The floors: a separate server that shows what axum and SQLite cost without Heddle.
//!
//! The same JSON is parsed, the same four rows (conversation, message, event, outbox) with two secondary indexes are written
//! with the same PRAGMAs by one writer thread with group commit, and answered after COMMIT. There is no authentication, no rule
//! and no error handling, so that the ratio shows the cost of everything that Heddle adds. It has fewer than 200 lines of code, so
//! that a reader can check it.

use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::time::UNIX_EPOCH;

use anyhow::Result;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path as Id, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use rusqlite::TransactionBehavior::Immediate;
use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::sync::oneshot;

const SCHEMA: &str = "
CREATE TABLE conversation (id INTEGER PRIMARY KEY, account_id INTEGER NOT NULL, customer_id INTEGER NOT NULL,
  status TEXT NOT NULL, subject TEXT NOT NULL, ticket TEXT, messages INTEGER NOT NULL, last_message_at INTEGER NOT NULL) STRICT;
CREATE TABLE message (id INTEGER PRIMARY KEY, account_id INTEGER NOT NULL, conversation_id INTEGER NOT NULL,
  direction TEXT NOT NULL, channel TEXT NOT NULL, agent TEXT, body TEXT NOT NULL, occurred_at INTEGER NOT NULL) STRICT;
CREATE TABLE event (id INTEGER PRIMARY KEY, account_id INTEGER NOT NULL, kind TEXT NOT NULL,
  conversation_id INTEGER NOT NULL, message_id INTEGER NOT NULL, at INTEGER NOT NULL) STRICT;
CREATE TABLE outbox (event_id INTEGER PRIMARY KEY, account_id INTEGER NOT NULL, due_at INTEGER NOT NULL) STRICT;
CREATE INDEX conversation_by_customer ON conversation (account_id, customer_id, last_message_at, id);
CREATE INDEX message_by_conversation ON message (account_id, conversation_id, id);";

/// The body of a Magicline create. With the ids it is also the response.
#[derive(Clone, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
struct Contact {
    customer_id: i64,
    communication_id: i64,
    thread_id: i64,
    communication_thread_status: String,
    subject: String,
    content: String,
    communication_direction: String,
    communication_channel: String,
    ticket_number: Option<String>,
    agent: Option<String>,
}

const INSERT_CONVERSATION: &str = "INSERT INTO conversation
  (account_id, customer_id, status, subject, ticket, messages, last_message_at) VALUES (1, ?1, ?2, ?3, ?4, 1, ?5)";
const INSERT_MESSAGE: &str = "INSERT INTO message
  (account_id, conversation_id, direction, channel, agent, body, occurred_at) VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6)";
const INSERT_EVENT: &str = "INSERT INTO event (account_id, kind, conversation_id, message_id, at) VALUES (1, ?1, ?2, ?3, ?4)";
const INSERT_OUTBOX: &str = "INSERT INTO outbox (event_id, account_id, due_at) VALUES (?1, 1, ?2)";
const TOUCH_CONVERSATION: &str = "UPDATE conversation SET messages = messages + 1, status = 'open', last_message_at = ?2 WHERE id = ?1";
const SELECT_LATEST: &str = "SELECT id, status, subject FROM conversation
  WHERE account_id = 1 AND customer_id = ?1 ORDER BY last_message_at DESC, id DESC LIMIT 20";

#[derive(Deserialize)]
struct Phone {
    text: String,
}

enum Write {
    Create(Contact),
    Append(i64, String),
}

/// The ids of the conversation and the message; `None` if the conversation is unknown.
type Written = Option<(i64, i64)>;
type Job = (Write, oneshot::Sender<Written>);

struct Floor {
    writer: SyncSender<Job>,
    readers: Mutex<Vec<Connection>>,
}

/// Serves until the process is killed. Prints the address when it accepts connections.
#[tokio::main]
pub(crate) async fn serve(folder: &Path, preload: u64) -> Result<()> {
    let file = folder.join("floor.db");
    let mut db = open(&file)?;
    db.execute_batch(SCHEMA)?;
    let first = Write::Create(serde_json::from_str(crate::requests::CREATE)?);
    let tx = db.transaction()?;
    for _ in 0..preload {
        run(&tx, &first)?;
    }
    tx.commit()?;
    let cores = std::thread::available_parallelism()?.get();
    let readers = Mutex::new((0..cores).map(|_| open(&file)).collect::<Result<_>>()?);
    let (writer, queue) = sync_channel(4096);
    std::thread::spawn(move || write_batches(&mut db, &queue));
    let router = Router::new()
        .route("/v1/communications/{customer}/threads", post(create))
        .route("/v2/conversations/{conversation}/phones", post(append))
        .route("/read/{customer}", get(read))
        .route("/echo", post(echo))
        .route("/empty", get(async || ""))
        .with_state(Arc::new(Floor { writer, readers }));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("http://{}", listener.local_addr()?);
    Ok(axum::serve(listener, router).await?)
}

fn open(file: &Path) -> Result<Connection> {
    let db = Connection::open(file)?;
    db.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY;
         PRAGMA cache_size = -65536; PRAGMA wal_autocheckpoint = 2000; PRAGMA mmap_size = 0;",
    )?;
    Ok(db)
}

fn write_batches(db: &mut Connection, queue: &Receiver<Job>) {
    let mut done = Vec::new();
    while let Ok(first) = queue.recv() {
        let tx = db.transaction_with_behavior(Immediate).expect("BEGIN");
        for (write, reply) in std::iter::once(first).chain(queue.try_iter()).take(64) {
            done.push((run(&tx, &write).expect("a floor has no errors"), reply));
        }
        tx.commit().expect("COMMIT");
        for (written, reply) in done.drain(..) {
            let _ = reply.send(written); // The error is ignored: a client that has disconnected does not wait for the reply.
        }
    }
}

fn run(db: &Connection, write: &Write) -> rusqlite::Result<Written> {
    let at = UNIX_EPOCH.elapsed().expect("after 1970").as_millis() as i64;
    let mut message = db.prepare_cached(INSERT_MESSAGE)?;
    let (conversation, kind) = match write {
        Write::Create(c) => {
            let row = params![
                c.customer_id,
                c.communication_thread_status,
                c.subject,
                c.ticket_number,
                at
            ];
            db.prepare_cached(INSERT_CONVERSATION)?.execute(row)?;
            let id = db.last_insert_rowid();
            let (direction, channel) = (&c.communication_direction, &c.communication_channel);
            message.execute(params![id, direction, channel, c.agent, c.content, at])?;
            (id, "created")
        }
        Write::Append(conversation, text) => {
            let mut touch = db.prepare_cached(TOUCH_CONVERSATION)?;
            if touch.execute([*conversation, at])? == 0 {
                return Ok(None);
            }
            message.execute(params![
                conversation,
                "INCOMING",
                "PHONE",
                None::<&str>,
                text,
                at
            ])?;
            (*conversation, "appended")
        }
    };
    let message = db.last_insert_rowid();
    let mut event = db.prepare_cached(INSERT_EVENT)?;
    event.execute(params![kind, conversation, message, at])?;
    let mut outbox = db.prepare_cached(INSERT_OUTBOX)?;
    outbox.execute([db.last_insert_rowid(), at])?;
    Ok(Some((conversation, message)))
}

async fn submit(floor: &Floor, write: Write) -> Result<(i64, i64), StatusCode> {
    let (reply, answer) = oneshot::channel();
    let queued = floor.writer.try_send((write, reply));
    queued.map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
    let written = answer.await.expect("the writer answers every job");
    written.ok_or(StatusCode::NOT_FOUND)
}

fn parse<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, StatusCode> {
    serde_json::from_slice(body).map_err(|_| StatusCode::BAD_REQUEST)
}

fn answer(value: &impl Serialize) -> Response {
    let body = serde_json::to_vec(value).expect("plain values serialise");
    ([(header::CONTENT_TYPE, "application/json")], body).into_response()
}

type Answer = Result<Response, StatusCode>;

async fn create(State(floor): State<Arc<Floor>>, Id(customer_id): Id<i64>, body: Bytes) -> Answer {
    let mut contact: Contact = parse(&body)?;
    contact.customer_id = customer_id;
    let ids = submit(&floor, Write::Create(contact.clone())).await?;
    (contact.thread_id, contact.communication_id) = ids;
    Ok(answer(&contact))
}

async fn append(State(floor): State<Arc<Floor>>, Id(conversation): Id<i64>, body: Bytes) -> Answer {
    let Phone { text } = parse(&body)?;
    let (_, message) = submit(&floor, Write::Append(conversation, text)).await?;
    Ok((StatusCode::CREATED, [("resource-id", message.to_string())]).into_response())
}

async fn echo(body: Bytes) -> Answer {
    Ok(answer(&parse::<Value>(&body)?))
}

/// Returns the 20 latest conversations of a customer: one indexed read, on the thread that answers.
async fn read(State(floor): State<Arc<Floor>>, Id(customer): Id<i64>) -> Response {
    let idle = || floor.readers.lock().expect("no panic");
    let db = idle().pop().expect("a reader per worker");
    let list = latest(&db, customer).expect("a floor has no errors");
    idle().push(db);
    answer(&list)
}

fn latest(db: &Connection, customer: i64) -> rusqlite::Result<Vec<Value>> {
    let mut query = db.prepare_cached(SELECT_LATEST)?;
    let rows = query.query_map([customer], |row| {
        let (id, status, subject): (i64, String, String) = row.try_into()?;
        Ok(json!({ "id": id, "status": status, "subject": subject }))
    })?;
    rows.collect()
}
