//! `heddle retention`: after how many days the old conversations of an account are erased.

use std::str::FromStr;

use clap::{Args, Subcommand};
use heddle_access::provision;
use heddle_domain::Timestamp;
use heddle_domain::account::{Account, AccountSettings};
use heddle_domain::detail::Contents;
use heddle_domain::retention::{MOST_DAYS, Retained};
use heddle_store::Store;
use heddle_store::retention::Rule;
use heddle_store::write::account::UpdateAccount;
use serde_json::{Map, Value, json};

use super::argument::InAccount;
use super::failure::{Code, Failure};
use super::outcome::{Invalidation, Outcome};
use super::output;

const DAY_MS: i64 = 86_400_000;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Set rules; those that are not given stay. The server applies them once a day
    Set(Set),
    /// Show the rules
    Show(InAccount),
    /// Apply the rules now
    Run(Run),
}

#[derive(Args, Debug)]
#[group(required = true, multiple = true, args = ["closed", "spam", "archived", "deleted"])]
pub(crate) struct Set {
    #[command(flatten)]
    account: InAccount,
    /// Erase closed conversations so many days after their last contact
    #[arg(long, value_name = "DAYS|never")]
    closed: Option<Days>,
    /// Erase spam so many days after its last contact
    #[arg(long, value_name = "DAYS|never")]
    spam: Option<Days>,
    /// Erase archived conversations, whatever their status is, so many days after their last contact
    #[arg(long, value_name = "DAYS|never")]
    archived: Option<Days>,
    /// Erase deleted conversations so many days after their deletion and their last contact
    #[arg(long, value_name = "DAYS|never")]
    deleted: Option<Days>,
    /// Only count what the rules would erase now
    #[arg(long)]
    dry_run: bool,
}

#[derive(Args, Debug)]
pub(crate) struct Run {
    #[command(flatten)]
    account: InAccount,
    /// Only count what would be erased
    #[arg(long)]
    dry_run: bool,
    /// Really erase. Without this option the command shows what would be erased, and fails
    #[arg(long)]
    yes: bool,
}

/// The days of a rule; `None`: never.
#[derive(Clone, Copy, Debug)]
struct Days(Option<i64>);

impl FromStr for Days {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "never" {
            return Ok(Self(None));
        }
        let days = text.parse().ok();
        let days = days.filter(|days| (1..=MOST_DAYS).contains(days));
        days.map(|days| Self(Some(days))).ok_or_else(|| {
            format!("expected never, or a whole number of days from 1 to {MOST_DAYS}")
        })
    }
}

impl Command {
    pub(crate) async fn perform(self, store: &Store) -> anyhow::Result<Outcome> {
        match self {
            Self::Set(set) => set.perform(store).await,
            Self::Show(account) => {
                let account = account.get(store).await?;
                shown(&account, &account.settings)
            }
            Self::Run(run) => run.perform(store).await,
        }
    }
}

impl Set {
    async fn perform(self, store: &Store) -> anyhow::Result<Outcome> {
        let account = self.account.get(store).await?;
        let given = [
            (Retained::Closed, self.closed),
            (Retained::Spam, self.spam),
            (Retained::Archived, self.archived),
            (Retained::Deleted, self.deleted),
        ];
        let given = given.into_iter().filter_map(|(retained, days)| {
            let days = days?;
            Some(retained.change(days.0.unwrap_or(0)))
        });
        let changes: Vec<_> = given.collect();
        if self.dry_run {
            let mut settings = account.settings.clone();
            for change in &changes {
                settings.apply(change);
            }
            return counted(store, &account, &settings).await;
        }
        let update = UpdateAccount {
            caller: None,
            id: account.id,
            expected: None,
            name: None,
            settings: changes,
        };
        let account = store.write(update).await?;
        shown(&account, &account.settings)
    }
}

impl Run {
    async fn perform(self, store: &Store) -> anyhow::Result<Outcome> {
        let account = self.account.get(store).await?;
        let rules = rules(&account.settings, store.clock().now());
        if rules.is_empty() {
            let text = format!(
                "account {} has no retention rules: set some with `heddle retention set`",
                account.id
            );
            return Err(Failure::new(Code::Refused, text).into());
        }
        if self.dry_run {
            return counted(store, &account, &account.settings).await;
        }
        if !self.yes {
            let contents = store.count_old(account.id, &rules).await?;
            let has = rules.iter().zip(contents).map(|((retained, _), contents)| {
                format!("{}: {}", retained.as_str(), contents.conversations)
            });
            let text = format!(
                "the rules of account {} would erase these conversations: {}. Nothing was changed: add --yes to erase them",
                account.id,
                has.collect::<Vec<_>>().join(", ")
            );
            return Err(Failure::new(Code::Refused, text).into());
        }
        let caller = provision::operator_caller(&account);
        let erased = store.erase_old(&caller, &rules).await?;
        let value = json!({ "account": account.id.get(), "dry_run": false, "erased": erased });
        let text = format!(
            "Erased {} conversations with {} messages and {} attachments, of which {} were files.",
            erased.conversations, erased.messages, erased.attachments, erased.files
        );
        Outcome::new("retention", &value, text)
    }
}

/// Returns the rules that are in force at a time.
fn rules(settings: &AccountSettings, now: Timestamp) -> Vec<Rule> {
    let rule = |retained: &Retained| {
        let days = retained.days(settings)?;
        Some((*retained, now.plus_ms(-days * DAY_MS)))
    };
    Retained::ALL.iter().filter_map(rule).collect()
}

/// Shows the rules.
fn shown(account: &Account, settings: &AccountSettings) -> anyhow::Result<Outcome> {
    let mut value = Map::new();
    value.insert("account".to_owned(), json!(account.id.get()));
    let mut rows = Vec::new();
    for retained in Retained::ALL {
        let days = retained.days(settings);
        value.insert(retained.as_str().to_owned(), json!(days));
        let days = days.map_or_else(|| "never".to_owned(), |days| days.to_string());
        rows.push(vec![retained.as_str().to_owned(), days]);
    }
    let table = output::draw(&["conversations", "erased after days"], rows);
    let outcome = Outcome::new("retention", &Value::Object(value), table)?;
    Ok(outcome.invalidating(Invalidation::Account(account.id)))
}

/// Counts what rules would erase.
async fn counted(
    store: &Store,
    account: &Account,
    settings: &AccountSettings,
) -> anyhow::Result<Outcome> {
    let rules = rules(settings, store.clock().now());
    let contents = store.count_old(account.id, &rules).await?;
    let mut value = Map::new();
    let mut rows = Vec::new();
    for ((retained, _), contents) in rules.iter().zip(contents) {
        let word = retained.as_str();
        value.insert(word.to_owned(), json!(contents));
        let Contents {
            conversations,
            messages,
            attachments,
            files,
        } = contents;
        let counts = [conversations, messages, attachments, files];
        let counts = counts.iter().map(ToString::to_string);
        rows.push([word.to_owned()].into_iter().chain(counts).collect());
    }
    let table = output::draw(
        &["conversations", "count", "messages", "attachments", "files"],
        rows,
    );
    let value = json!({ "account": account.id.get(), "dry_run": true, "contents": value });
    let text = format!("The rules would erase:\n{table}\nNothing was changed.");
    Outcome::new("retention", &value, text)
}
