//! How a command fails. Each kind of failure has a code, which is a word that programs compare, and an exit status.
//!
//! Invariant: codes and statuses stay the same in later versions. `docs/operating.md` lists them; a test compares the two.

use std::io::Write;
use std::process::ExitCode;

use heddle::config::ConfigError;
use heddle_domain::AccountId;
use heddle_store::{Entity, Error, Refusal, Trouble};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// The exit statuses, for `heddle help`.
pub(crate) const EXIT_STATUSES: &str = "\
Exit statuses:
  0  success
  1  an unexpected failure; for doctor: problems are left; a backup is broken or incomplete
  2  the command line is wrong
  3  the configuration is wrong
  4  the command was refused, and nothing was changed
  5  the store cannot be used
  6  the server cannot listen at its address
  7  it is not known whether the command was carried out

With --json, an error is the last line on standard error:
  {\"error\":{\"code\":\"...\",\"message\":\"...\"}}";

/// The kind of a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Code {
    /// Anything else: a bug, or a broken environment.
    Failed,
    /// `heddle doctor` has found problems that are left.
    ProblemsLeft,
    /// A backup is broken, or lacks files that the store itself has lost.
    BackupDamaged,
    /// The command line is wrong.
    Usage,
    /// The configuration is wrong.
    Config,
    /// Something that the command names does not exist.
    NotFound,
    /// The command wants to create what exists already.
    Conflict,
    /// A value is wrong by a rule that needs more than the command line to check.
    Invalid,
    /// The command is refused for another reason.
    Refused,
    /// There is no store, and the command may not make one.
    StoreMissing,
    /// Another process uses the store.
    StoreBusy,
    /// The store cannot be opened, reached or used.
    StoreUnavailable,
    /// A file of the store is missing, or an import or a removal is unfinished.
    StoreIncomplete,
    /// The clock contradicts the store.
    WrongClock,
    /// This node lacks the key with which the store's secrets are sealed.
    SealingKey,
    /// The server cannot listen at its address.
    Listen,
    /// It is not known whether the command was carried out.
    OutcomeUnknown,
}

impl Code {
    /// All codes, in the order of their exit statuses.
    #[cfg(test)]
    pub(crate) const ALL: [Self; 17] = [
        Self::Failed,
        Self::ProblemsLeft,
        Self::BackupDamaged,
        Self::Usage,
        Self::Config,
        Self::NotFound,
        Self::Conflict,
        Self::Invalid,
        Self::Refused,
        Self::StoreMissing,
        Self::StoreBusy,
        Self::StoreUnavailable,
        Self::StoreIncomplete,
        Self::WrongClock,
        Self::SealingKey,
        Self::Listen,
        Self::OutcomeUnknown,
    ];

    pub(crate) const fn exit_status(self) -> u8 {
        match self {
            Self::Failed | Self::ProblemsLeft | Self::BackupDamaged => 1,
            Self::Usage => 2,
            Self::Config => 3,
            Self::NotFound | Self::Conflict | Self::Invalid | Self::Refused => 4,
            Self::StoreMissing
            | Self::StoreBusy
            | Self::StoreUnavailable
            | Self::StoreIncomplete
            | Self::WrongClock
            | Self::SealingKey => 5,
            Self::Listen => 6,
            Self::OutcomeUnknown => 7,
        }
    }

    /// Returns the code of an error, by the first of its causes that has one.
    fn of(error: &anyhow::Error) -> Self {
        let known = error.chain().find_map(|cause| {
            if let Some(failure) = cause.downcast_ref::<Failure>() {
                return Some(failure.code);
            }
            if cause.is::<ConfigError>() {
                return Some(Self::Config);
            }
            cause.downcast_ref::<Error>().map(Self::of_store)
        });
        known.unwrap_or(Self::Failed)
    }

    /// Returns the code of an error of the store.
    pub(crate) const fn of_store(error: &Error) -> Self {
        match error {
            Error::Refused(Refusal::NotFound(_)) => Self::NotFound,
            Error::Refused(Refusal::Conflict(_)) => Self::Conflict,
            Error::Refused(Refusal::Invalid { .. }) => Self::Invalid,
            Error::Refused(_) => Self::Refused,
            Error::Trouble(Trouble::WrongClock(_)) => Self::WrongClock,
            Error::Trouble(Trouble::UnknownOutcome(_)) => Self::OutcomeUnknown,
            Error::Trouble(Trouble::LogMissing(_)) => Self::StoreIncomplete,
            Error::Trouble(_) => Self::StoreUnavailable,
        }
    }
}

/// Why a command failed: a code for programs, and a sentence for people.
#[derive(Clone, Debug, Deserialize, Serialize, thiserror::Error)]
#[error("{message}")]
pub(crate) struct Failure {
    pub(crate) code: Code,
    pub(crate) message: String,
}

impl Failure {
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { code, message }
    }

    /// The failure of a command that names an entity of an account that does not exist.
    pub(crate) fn no_such(what: Entity, number: i64, account: AccountId) -> Self {
        let message = format!("there is no {what} {number} in account {account}");
        Self::new(Code::NotFound, message)
    }

    /// A value that the command itself has found to be wrong. Nothing was changed.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(Code::Invalid, message)
    }

    /// Turns a refusal of the store into a sentence. `named` are the entities that the command names, by number.
    pub(crate) fn naming(error: Error, account: AccountId, named: &[(Entity, i64)]) -> Self {
        let Error::Refused(Refusal::NotFound(missing)) = error else {
            return Self::new(Code::of_store(&error), error.to_string());
        };
        let number = named.iter().find(|(entity, _)| *entity == missing);
        match number {
            Some((_, number)) => Self::no_such(missing, *number, account),
            None => Self::new(Code::NotFound, format!("{error} in account {account}")),
        }
    }

    /// Prints the failure on standard error, and returns its exit status.
    pub(crate) fn report(&self, json: bool) -> ExitCode {
        let text = if json {
            json!({ "error": self }).to_string()
        } else {
            format!("heddle: {}", self.message)
        };
        // The error is ignored, because a closed terminal must not change the exit status.
        let _ = writeln!(std::io::stderr(), "{text}");
        ExitCode::from(self.code.exit_status())
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::new(Code::of(&error), format!("{error:#}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manual_lists_every_code_with_its_status() {
        let manual = include_str!("../../../../docs/operating.md");
        for code in Code::ALL {
            let word = serde_json::to_value(code).expect("a word");
            let word = word.as_str().expect("a text");
            let row = format!("| {} | ", code.exit_status());
            let listed = manual
                .lines()
                .any(|line| line.starts_with(&row) && line.contains(&format!("`{word}`")));
            assert!(listed, "{row}{word}");
            let status = format!("\n  {}  ", code.exit_status());
            assert!(EXIT_STATUSES.contains(&status), "{status}");
        }
    }

    #[test]
    fn the_first_known_cause_decides() {
        let missing = Error::Refused(Refusal::NotFound(Entity::Agent));
        let error = anyhow::Error::from(missing).context("cannot do it");
        let failure = Failure::from(error);
        assert_eq!(failure.code, Code::NotFound);
        assert_eq!(failure.message, "cannot do it: there is no such agent");
        let other = Failure::from(anyhow::anyhow!("odd"));
        assert_eq!(other.code, Code::Failed);
    }
}
