//! Runs administration commands: in this process, or in the server that holds the database.
//!
//! With SQLite, one process holds the database. If that process is a server, the command sends its arguments through
//! the server's socket, and the server parses them as the command line does. Otherwise, and always on PostgreSQL, the
//! command opens the store itself.

use std::ffi::OsString;
use std::io;

use clap::{ArgMatches, Args, CommandFactory, FromArgMatches, Parser, Subcommand};
use heddle::config::{Config, Overrides};
use heddle::telemetry;
use heddle_api::App;
use heddle_store::Store;

use super::failure::{Code, EXIT_STATUSES, Failure};
use super::hand_over::{Answer, hand_over};
use super::outcome::{Outcome, Reply};
use super::place::Place;
use super::source::Source;
use super::{
    account, agent, conversation, credential, customer, field, inbox, opt_out, output, retention,
    search, status, team, webhook,
};
use crate::admin_socket;
use crate::storage::{self, OpenError, Opening};

/// One server for every contact with a customer.
#[derive(Debug, Parser)]
#[command(name = "heddle", version, max_term_width = 100, after_help = EXIT_STATUSES)]
pub(crate) struct CommandLine<C: Subcommand> {
    /// Print the result as one line of JSON
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[command(subcommand)]
    pub(crate) command: C,
}

/// The commands on the store.
#[derive(Debug, Subcommand)]
pub(crate) enum Administration {
    /// Accounts: one tenant each
    Account(Administer<account::Command>),
    /// Inboxes: mailbox, studio, enterprise, department
    Inbox(Administer<inbox::Command>),
    /// Agents: the employees who answer
    Agent(Administer<agent::Command>),
    /// Teams of agents
    Team(Administer<team::Command>),
    /// Customers: the people and firms in contact
    Customer(Administer<customer::Command>),
    /// Conversations: delete them, restore deleted ones, and merge them
    Conversation(Administer<conversation::Command>),
    /// Custom fields: what an inbox wants to know about its conversations
    Field(Administer<field::Command>),
    /// Opt-outs: which addresses an inbox must not write to
    OptOut(Administer<opt_out::Command>),
    /// Retention: after how many days old conversations are erased
    Retention(Administer<retention::Command>),
    /// Credentials: access to one account through one API
    Credential(Administer<credential::Command>),
    /// Webhooks: which internal addresses they may reach
    Webhook(Administer<webhook::Command>),
    /// Search: find conversations, and build the index anew
    Search(Administer<search::Command>),
    /// Show how the store and its server are: sizes, readers of the feed, the newest backup
    Status(status::Arguments),
}

#[derive(Debug, Args)]
pub(crate) struct Administer<C: Subcommand> {
    #[command(flatten)]
    source: Source,
    #[command(subcommand)]
    command: C,
}

impl Administration {
    fn source(&self) -> &Source {
        match self {
            Self::Account(it) => &it.source,
            Self::Inbox(it) => &it.source,
            Self::Agent(it) => &it.source,
            Self::Team(it) => &it.source,
            Self::Customer(it) => &it.source,
            Self::Conversation(it) => &it.source,
            Self::Field(it) => &it.source,
            Self::OptOut(it) => &it.source,
            Self::Retention(it) => &it.source,
            Self::Credential(it) => &it.source,
            Self::Webhook(it) => &it.source,
            Self::Search(it) => &it.source,
            Self::Status(it) => &it.source,
        }
    }

    /// Refuses a command that needs search if the configuration has switched it off.
    fn check(&self, has_search: bool) -> Result<(), Failure> {
        match self {
            Self::Search(it) if !has_search => it.command.check_without_search(),
            _ => Ok(()),
        }
    }

    /// Whether a waiting command sends this one again and again, so that the log does not name each.
    fn is_poll(&self) -> bool {
        matches!(self, Self::Search(it) if it.command.is_poll())
    }

    /// Returns the indexes that the command has begun to build, for which it waits.
    fn rebuilding(&self) -> Option<search::Rebuilding> {
        match self {
            Self::Search(it) => it.command.rebuilding(),
            _ => None,
        }
    }

    /// Runs the command on the store.
    ///
    /// # Errors
    /// Fails if the command is refused or the store fails.
    async fn perform(self, store: &Store, place: Place) -> Result<Outcome, Failure> {
        let outcome = match self {
            Self::Account(it) => it.command.perform(store).await,
            Self::Inbox(it) => it.command.perform(store).await,
            Self::Agent(it) => it.command.perform(store).await,
            Self::Team(it) => it.command.perform(store).await,
            Self::Customer(it) => it.command.perform(store).await,
            Self::Conversation(it) => it.command.perform(store).await,
            Self::Field(it) => it.command.perform(store).await,
            Self::OptOut(it) => it.command.perform(store).await,
            Self::Retention(it) => it.command.perform(store).await,
            Self::Credential(it) => it.command.perform(store).await,
            Self::Webhook(it) => it.command.perform(store).await,
            Self::Search(it) => it.command.perform(store).await,
            Self::Status(_) => status::show(store, place).await,
        };
        outcome.map_err(Failure::from)
    }
}

/// Runs a command that another process has sent as a line of JSON, on the server's own store. Returns the response as a
/// line of JSON.
pub(crate) async fn answer(line: String, app: App) -> String {
    let answer: Answer = match parse(&line) {
        Ok((name, command)) => perform_on_server(&name, command, &app).await,
        Err(error) => Err(Failure::new(
            Code::Usage,
            format!("the server does not know this command; is it another version? ({error})"),
        )),
    };
    serde_json::to_string(&answer).expect("an answer consists of texts")
}

/// Parses a command that was sent as a line. Returns its name for logs, without its arguments, and the command. The
/// options that name a store are ignored, because the server has one; so it does not matter that clap takes `--config`
/// from the environment of the server if the command does not name it.
fn parse(line: &str) -> anyhow::Result<(String, Administration)> {
    let arguments: Vec<String> = serde_json::from_str(line)?;
    let parser = CommandLine::<Administration>::command();
    let matches = parser.try_get_matches_from(arguments)?;
    let command = Administration::from_arg_matches(&matches)?;
    Ok((name(&matches), command))
}

fn name(matches: &ArgMatches) -> String {
    let steps = std::iter::successors(matches.subcommand(), |(_, inner)| inner.subcommand());
    let words: Vec<&str> = steps.map(|(word, _)| word).collect();
    words.join(" ")
}

async fn perform_on_server(name: &str, command: Administration, app: &App) -> Answer {
    command.check(app.search.is_some())?;
    let is_poll = command.is_poll();
    match command.perform(&app.store, Place::Server).await {
        Ok(outcome) => {
            match is_poll {
                true => tracing::debug!(command = name, "administration: {name}"),
                false => tracing::info!(command = name, "administration: {name}"),
            }
            outcome.invalidation.apply(&app.authentication);
            if let Some(search) = &app.search {
                outcome
                    .reindex
                    .iter()
                    .for_each(|account| search.indexing.wake(*account));
            }
            Ok(outcome.reply)
        }
        Err(failure) => Err(failure),
    }
}

/// Runs an administration command and prints its result. `arguments` are the arguments of this process.
pub(crate) async fn run(
    command: Administration,
    arguments: &[OsString],
    json: bool,
) -> anyhow::Result<()> {
    if let Administration::Account(it) = &command
        && let Some(removal) = it.command.removal()
    {
        return removal.run(&it.source, json).await;
    }
    let opening = command.source().opening();
    let config = command.source().load(Overrides::default())?;
    telemetry::init(&config.log)?;
    let folder = std::fs::metadata(&config.store.data);
    if folder.is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound) {
        let folder = config.store.data.display();
        let text =
            format!("there is no data folder {folder}; make one with `heddle init {folder}`");
        return Err(Failure::new(Code::StoreMissing, text).into());
    }
    let reply = perform_or_hand_over(command, arguments, (&config, opening)).await?;
    match json {
        true => output::print(&reply.json),
        false => output::print_marked(&reply.text),
    }
}

/// Opens the store and runs the command, or sends it to the process that holds the store.
async fn perform_or_hand_over(
    command: Administration,
    arguments: &[OsString],
    (config, opening): (&Config, Opening),
) -> anyhow::Result<Reply> {
    let rebuilding = command.rebuilding();
    for _ in 0..storage::TRIES {
        let busy = match storage::try_open(config, opening).await {
            Ok(store) => {
                let outcome = perform_here(command, &store, config.search.enabled).await;
                store.close().await?;
                return outcome;
            }
            Err(OpenError::Busy(path)) => path,
            Err(error) => return Err(Failure::from(error).into()),
        };
        match hand_over(&admin_socket::path_of(&busy), arguments).await {
            Ok(answer) => {
                let reply = answer?;
                return match rebuilding {
                    Some(rebuilding) => rebuilding.watch(&admin_socket::path_of(&busy)).await,
                    None => Ok(reply),
                };
            }
            Err(error) if is_nobody_listening(&error) => tokio::time::sleep(storage::PAUSE).await,
            Err(error) => {
                let text = format!(
                    "the server did not answer ({error}); look with `list` whether the command was carried out"
                );
                return Err(Failure::new(Code::OutcomeUnknown, text).into());
            }
        }
    }
    let busy = storage::socket_path(config).unwrap_or_default();
    let text = format!(
        "another process holds the database, but none listens at {}",
        busy.display()
    );
    Err(Failure::new(Code::StoreBusy, text).into())
}

/// Runs the command on the store that this process has opened, and waits for the work that it has begun.
async fn perform_here(
    command: Administration,
    store: &Store,
    has_search: bool,
) -> anyhow::Result<Reply> {
    command.check(has_search)?;
    if let Administration::Search(it) = &command {
        it.command.prepare(store).await?;
    }
    let rebuilding = command.rebuilding();
    let outcome = command.perform(store, Place::Here).await?;
    match rebuilding {
        Some(rebuilding) => rebuilding.finish(store).await,
        None => Ok(outcome.reply),
    }
}

/// Whether the error means that no process listens. If true, no process got the command.
fn is_nobody_listening(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn handed_over(words: &str, last: &str) -> anyhow::Result<(String, Administration)> {
        let words = words.split(' ').chain([last]);
        parse(&json!(words.collect::<Vec<_>>()).to_string())
    }

    #[test]
    fn a_command_handed_to_the_server_is_checked_like_the_command_line() {
        let set = "heddle --json account --data x update --account 1 --thread-cap 7 --mews-rate";
        let (name, command) = handed_over(set, "12").expect("a command");
        assert_eq!(name, "account update");
        assert!(matches!(command, Administration::Account(_)));
        let create = "heddle credential create --account 1 --api native --name x --scope";
        assert!(handed_over(create, "messages.write").is_ok());
        for (words, wrong) in [
            (create, "everything"),
            ("heddle account create --name", "a\0b"),
            (
                "heddle inbox update --account 1 --inbox 1 --messaging",
                "maybe",
            ),
            ("heddle account update --account 1 --thread-cap", "-1"),
            ("heddle account update --account 1 --thread-cap", "1000001"),
            ("heddle account update --account 1 --thread-cap", "seven"),
            ("heddle account update --account 1 --mews-rate", "often"),
            ("heddle account update --account 1 --other", "1"),
            ("heddle", "serve"),
        ] {
            assert!(handed_over(words, wrong).is_err(), "{words} {wrong}");
        }
        assert!(parse("{}").is_err());
    }
}
