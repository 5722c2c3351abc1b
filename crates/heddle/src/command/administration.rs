//! Runs administration commands: in this process, or in the server that holds the database.
//!
//! With SQLite, one process holds the database. If that is a server, the command sends it the request through its socket;
//! otherwise, and always on PostgreSQL, the command opens the store itself.

use std::io;
use std::path::Path;

use anyhow::{anyhow, bail};
use heddle::config::{Config, Overrides};
use heddle::telemetry;
use heddle_api::App;
use heddle_store::{Entity, Error, Refusal, Store};
use serde::{Deserialize, Serialize};

use super::outcome::{Outcome, Reply};
use super::source::Source;
use super::{account, agent, credential, customer, inbox, output, webhook};
use crate::admin_socket;
use crate::storage::{self, OpenError};

/// An administration command, in the form in which it is sent to a server.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Request {
    Account(account::Command),
    Inbox(inbox::Command),
    Agent(agent::Command),
    Customer(customer::Command),
    Credential(credential::Command),
    Webhook(webhook::Command),
}

impl Request {
    /// Returns the command's name for logs, without its arguments.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Account(command) => command.name(),
            Self::Inbox(command) => command.name(),
            Self::Agent(command) => command.name(),
            Self::Customer(command) => command.name(),
            Self::Credential(command) => command.name(),
            Self::Webhook(command) => command.name(),
        }
    }
}

/// The response of a server to a command: the result, or a sentence that says why there is none.
type Answer = Result<Reply, String>;

/// Runs a command on the store.
///
/// # Errors
/// Fails if the command is refused or the store fails; then nothing is changed.
async fn perform(request: Request, store: &Store) -> anyhow::Result<Outcome> {
    let outcome = match request {
        Request::Account(command) => command.perform(store).await,
        Request::Inbox(command) => command.perform(store).await,
        Request::Agent(command) => command.perform(store).await,
        Request::Customer(command) => command.perform(store).await,
        Request::Credential(command) => command.perform(store).await,
        Request::Webhook(command) => command.perform(store).await,
    };
    outcome.map_err(explain)
}

/// Turns an error of the store into a sentence for the operator; returns other errors unchanged.
fn explain(error: anyhow::Error) -> anyhow::Error {
    let what = match error.downcast() {
        Err(other) => return other,
        Ok(Error::Refused(Refusal::NotFound(entity))) => entity,
        Ok(other) => return anyhow!(other),
    };
    let perhaps = match what {
        Entity::Credential => " (or it is revoked already)",
        _ => "",
    };
    anyhow!("there is no such {what}{perhaps} in this account")
}

/// Runs a command that another process has sent as a line of JSON, on the server's own store. Returns the response as a
/// line of JSON.
pub(crate) async fn answer(line: String, app: App) -> String {
    let answer: Answer = match serde_json::from_str(&line) {
        Ok(request) => perform_on_server(request, &app).await,
        Err(error) => Err(format!(
            "the server does not know this command; is it another version? ({error})"
        )),
    };
    serde_json::to_string(&answer).expect("an answer consists of texts")
}

async fn perform_on_server(request: Request, app: &App) -> Answer {
    let name = request.name();
    match perform(request, &app.store).await {
        Ok(outcome) => {
            tracing::info!(command = name, "administration: {name}");
            outcome.invalidation.apply(&app.authentication);
            Ok(outcome.reply)
        }
        Err(failure) => Err(format!("{failure:#}")),
    }
}

/// Runs an administration command and prints its result.
pub(crate) async fn run(request: Request, source: &Source, json: bool) -> anyhow::Result<()> {
    let config = source.load(Overrides::default())?;
    telemetry::init(&config.log)?;
    if !config.store.data.is_dir() {
        let folder = config.store.data.display();
        bail!("there is no data folder {folder}; make one with `heddle init {folder}`");
    }
    let reply = perform_or_hand_over(request, &config).await?;
    output::print(if json { &reply.json } else { &reply.text })
}

/// Opens the store and runs the command, or sends it to the process that holds the store.
async fn perform_or_hand_over(request: Request, config: &Config) -> anyhow::Result<Reply> {
    for _ in 0..storage::TRIES {
        let busy = match storage::try_open(config).await {
            Ok(store) => {
                let outcome = perform(request, &store).await;
                store.close().await?;
                return outcome.map(|outcome| outcome.reply);
            }
            Err(OpenError::Busy(path)) => path,
            Err(error) => return Err(error.into()),
        };
        match hand_over(&admin_socket::path_of(&busy), &request).await {
            Ok(answer) => return answer.map_err(|sentence| anyhow!(sentence)),
            Err(error) if is_nobody_listening(&error) => tokio::time::sleep(storage::PAUSE).await,
            Err(error) => bail!(
                "the server did not answer ({error}); look with `list` whether the command was carried out"
            ),
        }
    }
    let busy = storage::socket_path(config).unwrap_or_default();
    bail!(
        "another process holds the database, but none listens at {}",
        busy.display()
    )
}

async fn hand_over(socket: &Path, request: &Request) -> io::Result<Answer> {
    let line = admin_socket::ask(socket, &serde_json::to_string(request)?).await?;
    Ok(serde_json::from_str(&line)?)
}

/// Whether the error means that no process listens. If true, no process got the command.
fn is_nobody_listening(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused
    )
}
