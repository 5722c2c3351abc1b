//! Waits for work on the index, and shows its progress on standard error.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{IsTerminal, Write, stderr};
use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use heddle_domain::AccountId;
use heddle_store::Store;

use super::super::failure::{Code, Failure};
use super::super::hand_over::hand_over;
use super::super::outcome::Reply;
use super::of_account::OfAccount;
use super::status::{self, Rebuild, Status};

/// The pause between two looks.
const PAUSE: Duration = Duration::from_millis(500);

/// Indexes that are being built anew.
pub(crate) struct Rebuilding(pub(super) OfAccount);

impl Rebuilding {
    /// Builds the indexes in this process. Returns how far they are then.
    pub(crate) async fn finish(self, store: &Store) -> anyhow::Result<Reply> {
        let accounts = self.0.get(store).await?;
        bring_up_to_date(store, &accounts).await?;
        Ok(status::show(store, &accounts).await?.reply)
    }

    /// Waits until the server at this socket has built the indexes. Returns how far they are then.
    pub(crate) async fn watch(self, socket: &Path) -> anyhow::Result<Reply> {
        let mut words: Vec<OsString> = ["heddle", "search", "status"].map(Into::into).into();
        if let Some(account) = self.0.account {
            words.extend(["--account".into(), account.to_string().into()]);
        }
        let mut shown = Shown::default();
        loop {
            let Ok(answer) = hand_over(socket, &words).await else {
                let text = "the server has stopped; the rebuild goes on when a server starts (look with `heddle search status`)";
                return Err(Failure::new(Code::OutcomeUnknown, text).into());
            };
            let reply = answer?;
            let all: BTreeMap<String, Vec<Status>> =
                serde_json::from_str(&reply.json).context("the server is another version")?;
            let mut left = all.values().flatten().filter(|one| one.rebuild.is_some());
            let Some(first) = left.next() else {
                shown.end();
                return Ok(reply);
            };
            shown.show(first);
            tokio::time::sleep(PAUSE).await;
        }
    }
}

/// Brings the indexes of these accounts up to date.
pub(super) async fn bring_up_to_date(store: &Store, accounts: &[AccountId]) -> anyhow::Result<()> {
    store.drain_feed().await?;
    for account in accounts {
        let mut shown = Shown::default();
        let work = store.index(*account);
        tokio::pin!(work);
        loop {
            tokio::select! {
                done = &mut work => break done?,
                () = tokio::time::sleep(PAUSE) => {
                    let progress = store.index_progress(*account).await?;
                    shown.show(&Status::of(&progress));
                }
            }
        }
        shown.end();
    }
    Ok(())
}

/// What was shown last.
#[derive(Default)]
struct Shown(Option<String>);

impl Shown {
    /// Shows how far an index is, if that has changed: on a terminal in one line, elsewhere a line each.
    fn show(&mut self, status: &Status) {
        let state = match status.rebuild {
            Some(Rebuild { done, total }) => format!("{done} of {total}"),
            None if status.up_to_date => return,
            None => "reading what has happened since".to_owned(),
        };
        let text = format!("index of account {}: {state}", status.account);
        if self.0.as_ref() == Some(&text) {
            return;
        }
        let (start, end) = match stderr().is_terminal() {
            true => ("\r\u{1b}[K", ""),
            false => ("", "\n"),
        };
        // The error is ignored: a closed terminal must not stop the work.
        let _ = write!(stderr(), "{start}{text}{end}");
        self.0 = Some(text);
    }

    /// Ends the line on a terminal.
    fn end(self) {
        if self.0.is_some() && stderr().is_terminal() {
            let _ = writeln!(stderr());
        }
    }
}
