//! The floor on PostgreSQL: the same rows as [`floor`](crate::floor), by `tokio-postgres` alone.
//!
//! Each request takes one of a few connections and sends BEGIN, its four statements and COMMIT together, so that a write waits
//! for the server once. The ids come from counters of this process, so that no statement needs the answer of another. As in
//! the other floor there is no authentication, no rule and no error handling.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::UNIX_EPOCH;

use anyhow::Result;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path as Id, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::{Mutex, mpsc};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, NoTls, Statement};

const SCHEMA: &str = "
CREATE TABLE conversation (id BIGINT PRIMARY KEY, account_id BIGINT NOT NULL, customer_id BIGINT NOT NULL,
  status TEXT NOT NULL, subject TEXT NOT NULL, ticket TEXT, messages BIGINT NOT NULL, last_message_at BIGINT NOT NULL);
CREATE TABLE message (id BIGINT PRIMARY KEY, account_id BIGINT NOT NULL, conversation_id BIGINT NOT NULL,
  direction TEXT NOT NULL, channel TEXT NOT NULL, agent TEXT, body TEXT NOT NULL, occurred_at BIGINT NOT NULL);
CREATE TABLE event (id BIGINT PRIMARY KEY, account_id BIGINT NOT NULL, kind TEXT NOT NULL,
  conversation_id BIGINT NOT NULL, message_id BIGINT NOT NULL, at BIGINT NOT NULL);
CREATE TABLE outbox (event_id BIGINT PRIMARY KEY, account_id BIGINT NOT NULL, due_at BIGINT NOT NULL);
CREATE INDEX conversation_by_customer ON conversation (account_id, customer_id, last_message_at, id);
CREATE INDEX message_by_conversation ON message (account_id, conversation_id, id);";

/// Fills the tables with `$1` conversations of one message each.
const PRELOAD: [&str; 4] = [
    "INSERT INTO conversation SELECT n, 1, 1, 'CREATED', 'Question about my membership', 'T-20417', 1, n
       FROM generate_series(1, $1::BIGINT) n",
    "INSERT INTO message SELECT n, 1, n, 'INCOMING', 'EMAIL', 'Jo', repeat('Good morning ', 25), n
       FROM generate_series(1, $1::BIGINT) n",
    "INSERT INTO event SELECT n, 1, 'created', n, n, n FROM generate_series(1, $1::BIGINT) n",
    "INSERT INTO outbox SELECT n, 1, n FROM generate_series(1, $1::BIGINT) n",
];

const INSERT_CONVERSATION: &str = "INSERT INTO conversation VALUES ($1, 1, $2, $3, $4, $5, 1, $6)";
const INSERT_MESSAGE: &str = "INSERT INTO message VALUES ($1, 1, $2, $3, $4, $5, $6, $7)";
const INSERT_EVENT: &str = "INSERT INTO event VALUES ($1, 1, $2, $3, $4, $5)";
const INSERT_OUTBOX: &str = "INSERT INTO outbox VALUES ($1, 1, $2)";
const TOUCH_CONVERSATION: &str =
    "UPDATE conversation SET messages = messages + 1, status = 'open', last_message_at = $2
  WHERE id = $1";

/// The number of connections. A server of Heddle has the same number by default (`store.pool_size`).
const CONNECTIONS: usize = 16;

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Contact {
    communication_thread_status: String,
    subject: String,
    content: String,
    communication_direction: String,
    communication_channel: String,
    ticket_number: Option<String>,
    agent: Option<String>,
}

#[derive(Deserialize)]
struct Phone {
    text: String,
}

/// A connection with its statements.
struct Connection {
    client: Client,
    conversation: Statement,
    message: Statement,
    event: Statement,
    outbox: Statement,
    touch: Statement,
}

struct Floor {
    idle: Mutex<mpsc::Receiver<Connection>>,
    give_back: mpsc::Sender<Connection>,
    conversations: AtomicI64,
    messages: AtomicI64,
}

type Params<'a> = Vec<&'a (dyn ToSql + Sync)>;

/// A write, with the ids of its rows.
struct Write {
    conversation: i64,
    message: i64,
    at: i64,
    what: What,
}

enum What {
    Create(i64, Contact),
    Append(String),
}

/// Serves until the process is killed. Prints the address when it accepts connections.
#[tokio::main]
pub(crate) async fn serve(store: &str, preload: u64) -> Result<()> {
    let preload = i64::try_from(preload)?;
    let first = connect(store).await?;
    first.batch_execute(SCHEMA).await?;
    for fill in PRELOAD {
        first.execute(fill, &[&preload]).await?;
    }
    let (give_back, idle) = mpsc::channel(CONNECTIONS);
    for _ in 0..CONNECTIONS {
        let client = connect(store).await?;
        let connection = Connection {
            conversation: client.prepare(INSERT_CONVERSATION).await?,
            message: client.prepare(INSERT_MESSAGE).await?,
            event: client.prepare(INSERT_EVENT).await?,
            outbox: client.prepare(INSERT_OUTBOX).await?,
            touch: client.prepare(TOUCH_CONVERSATION).await?,
            client,
        };
        give_back.send(connection).await?;
    }
    let floor = Floor {
        idle: Mutex::new(idle),
        give_back,
        conversations: AtomicI64::new(preload + 1),
        messages: AtomicI64::new(preload + 1),
    };
    let router = Router::new()
        .route("/v1/communications/{customer}/threads", post(create))
        .route("/v2/conversations/{conversation}/phones", post(append))
        .route("/echo", post(echo))
        .with_state(Arc::new(floor));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("http://{}", listener.local_addr()?);
    Ok(axum::serve(listener, router).await?)
}

async fn connect(store: &str) -> Result<Client> {
    let (client, connection) = tokio_postgres::connect(store, NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

impl Floor {
    async fn take(&self) -> Connection {
        let taken = self.idle.lock().await.recv().await;
        taken.expect("this holds a sender")
    }

    async fn give_back(&self, connection: Connection) {
        let given = self.give_back.send(connection).await;
        assert!(given.is_ok(), "this holds the receiver");
    }
}

fn now() -> i64 {
    UNIX_EPOCH.elapsed().expect("after 1970").as_millis() as i64
}

type Answer = Result<Response, StatusCode>;

fn parse<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, StatusCode> {
    serde_json::from_slice(body).map_err(|_| StatusCode::BAD_REQUEST)
}

fn answer(value: &Value) -> Response {
    let kind = [(header::CONTENT_TYPE, "application/json")];
    (kind, value.to_string()).into_response()
}

async fn create(State(floor): State<Arc<Floor>>, Id(customer): Id<i64>, body: Bytes) -> Answer {
    let mut shown: Value = parse(&body)?;
    let write = Write {
        conversation: floor.conversations.fetch_add(1, Ordering::Relaxed),
        message: floor.messages.fetch_add(1, Ordering::Relaxed),
        at: now(),
        what: What::Create(customer, parse(&body)?),
    };
    shown["customerId"] = json!(customer);
    shown["threadId"] = json!(write.conversation);
    shown["communicationId"] = json!(write.message);
    run(floor, write).await;
    Ok(answer(&shown))
}

async fn append(State(floor): State<Arc<Floor>>, Id(conversation): Id<i64>, body: Bytes) -> Answer {
    let Phone { text } = parse(&body)?;
    let write = Write {
        conversation,
        message: floor.messages.fetch_add(1, Ordering::Relaxed),
        at: now(),
        what: What::Append(text),
    };
    let id = write.message.to_string();
    run(floor, write).await;
    Ok((StatusCode::CREATED, [("resource-id", id)]).into_response())
}

/// Runs a write in a task of its own, so that a client that goes does not take the connection with it.
async fn run(floor: Arc<Floor>, write: Write) {
    let task = tokio::spawn(async move {
        let on = floor.take().await;
        on.write(&write).await;
        floor.give_back(on).await;
    });
    task.await.expect("a floor has no errors");
}

impl Connection {
    /// Runs one transaction. All its statements are sent before the first answer is awaited.
    async fn write(&self, write: &Write) {
        let Write {
            conversation,
            message,
            at,
            what,
        } = write;
        let incoming = ("INCOMING", "PHONE", None::<&str>);
        let (first, row, of_message, kind): (_, Params<'_>, Params<'_>, _) = match what {
            What::Create(customer, new) => (
                &self.conversation,
                vec![
                    conversation,
                    customer,
                    &new.communication_thread_status,
                    &new.subject,
                    &new.ticket_number,
                    at,
                ],
                vec![
                    message,
                    conversation,
                    &new.communication_direction,
                    &new.communication_channel,
                    &new.agent,
                    &new.content,
                    at,
                ],
                "created",
            ),
            What::Append(text) => (
                &self.touch,
                vec![conversation, at],
                vec![
                    message,
                    conversation,
                    &incoming.0,
                    &incoming.1,
                    &incoming.2,
                    text,
                    at,
                ],
                "appended",
            ),
        };
        let of_event: Params<'_> = vec![message, &kind, conversation, message, at];
        let of_outbox: Params<'_> = vec![message, at];
        let done = tokio::try_join!(
            biased;
            self.client.batch_execute("BEGIN"),
            self.client.execute(first, &row),
            self.client.execute(&self.message, &of_message),
            self.client.execute(&self.event, &of_event),
            self.client.execute(&self.outbox, &of_outbox),
            self.client.batch_execute("COMMIT"),
        );
        done.expect("a floor has no errors");
    }
}

async fn echo(body: Bytes) -> Answer {
    Ok(answer(&parse(&body)?))
}
