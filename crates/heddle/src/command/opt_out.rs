//! `heddle opt-out`: shows and records which addresses an inbox must not write to.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Subcommand};
use heddle_access::provision;
use heddle_domain::account::Account;
use heddle_domain::id::InboxId;
use heddle_domain::opt_out::{OptOut, OptOutAddress, OptOutKind, OptOutState};
use heddle_store::read::account::GetInbox;
use heddle_store::read::opt_outs::GetOptOuts;
use heddle_store::write::opt_out::SetOptOuts;
use heddle_store::{Entity, Error, Refusal, Store};
use serde::Serialize;

use super::argument::{InAccount, id};
use super::failure::{Code, Failure};
use super::outcome::Outcome;
use super::output::{Columns, Row};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show whether an inbox may write to an address
    Show(Place),
    /// Record whether an inbox may write to an address
    Set(Set),
}

/// An address of an inbox.
#[derive(Args, Debug)]
pub(crate) struct Place {
    #[command(flatten)]
    account: InAccount,
    /// The inbox's number
    #[arg(long, value_name = "INBOX", value_parser = id)]
    inbox: i64,
    /// How the address is reached
    #[arg(long, value_name = "KIND", value_parser = kinds())]
    kind: OptOutKind,
    /// The telephone number or e-mail address
    #[arg(long, value_name = "ADDRESS")]
    value: String,
}

#[derive(Args, Debug)]
pub(crate) struct Set {
    #[command(flatten)]
    place: Place,
    /// The new state
    #[arg(long, value_name = "STATE", value_parser = states())]
    state: OptOutState,
}

fn kinds() -> impl TypedValueParser<Value = OptOutKind> {
    let words = OptOutKind::ALL.iter().map(|kind| kind.as_str());
    PossibleValuesParser::new(words)
        .map(|word| OptOutKind::parse(&word).expect("one of the possible values"))
}

fn states() -> impl TypedValueParser<Value = OptOutState> {
    let words = OptOutState::ALL.iter().map(|state| state.as_str());
    PossibleValuesParser::new(words)
        .map(|word| OptOutState::parse(&word).expect("one of the possible values"))
}

impl Command {
    pub(crate) async fn perform(self, store: &Store) -> anyhow::Result<Outcome> {
        match self {
            Self::Show(place) => place.show(store).await,
            Self::Set(set) => set.perform(store).await,
        }
    }
}

impl Place {
    async fn show(self, store: &Store) -> anyhow::Result<Outcome> {
        let account = self.account.get(store).await?;
        let address = self.address()?;
        let inbox = GetInbox {
            account: account.id,
            id: InboxId(self.inbox),
        };
        if store.read(inbox).await?.is_none() {
            let missing = Error::Refused(Refusal::NotFound(Entity::Inbox));
            return Err(self.failure(missing, &account).into());
        }
        let read = GetOptOuts {
            account: account.id,
            inbox: InboxId(self.inbox),
            addresses: vec![address.clone()],
        };
        let recorded = store.read(read).await?.pop().flatten();
        Outcome::one("opt_out", &OptOutView::of(&address, recorded))
    }

    /// Returns the address.
    ///
    /// # Errors
    /// Fails if the text is no address of the kind.
    fn address(&self) -> Result<OptOutAddress, Failure> {
        let text = format!("--value is no address of the kind {}", self.kind.as_str());
        let address = OptOutAddress::new(self.kind, &self.value);
        address.ok_or_else(|| Failure::new(Code::Invalid, text))
    }

    fn failure(&self, error: Error, account: &Account) -> Failure {
        Failure::naming(error, account.id, &[(Entity::Inbox, self.inbox)])
    }
}

impl Set {
    async fn perform(self, store: &Store) -> anyhow::Result<Outcome> {
        let place = &self.place;
        let account = place.account.get(store).await?;
        let address = place.address()?;
        let command = SetOptOuts {
            caller: provision::operator_caller(&account),
            inbox: InboxId(place.inbox),
            addresses: vec![address.clone()],
            state: self.state,
        };
        let written = store.write(command).await;
        let recorded = written.map_err(|error| place.failure(error, &account))?;
        let recorded = recorded.first().copied();
        Outcome::one("opt_out", &OptOutView::of(&address, recorded))
    }
}

/// An opt-out as the command line shows it.
#[derive(Debug, Serialize)]
struct OptOutView {
    kind: &'static str,
    value: String,
    state: &'static str,
    changed_at: Option<String>,
}

impl OptOutView {
    fn of(address: &OptOutAddress, recorded: Option<OptOut>) -> Self {
        Self {
            kind: address.kind().as_str(),
            value: address.value().to_owned(),
            state: recorded
                .map_or(OptOutState::OptedIn, |it| it.state)
                .as_str(),
            changed_at: recorded.map(|it| it.changed_at.to_text_with_ms()),
        }
    }
}

impl Row for OptOutView {
    fn columns() -> Columns<Self> {
        Columns::new()
            .with("kind", |it: &Self| it.kind.to_owned())
            .with("address", |it| it.value.clone())
            .with("state", |it| it.state.to_owned())
            .with("changed", |it| it.changed_at.clone().unwrap_or_default())
    }
}
