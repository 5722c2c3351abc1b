//! Finds inconsistent rows; for the operator's check, and for tests after a crash.

use std::collections::BTreeMap;

use heddle_domain::id::{AttachmentId, InboxId};
use heddle_domain::{AccountId, InboxScope, Status};

use crate::error::Result;
use crate::read::feed::{ConversationCounts, ReaderPosition};
use crate::rows::{check as rows, count};
use crate::stmt::{Stmt, keys, params};
use crate::tx::{Cost, Read, Rows};
use crate::write::counts::Counts;
use crate::write::reader::Reader;

const CHECKS: [(&str, &Stmt); 8] = [
    (
        "conversation with a wrong count of messages",
        &rows::WRONG_COUNTS,
    ),
    ("conversation without its last event", &rows::LOST_EVENTS),
    ("conversation without its customer", &rows::LOST_CUSTOMERS),
    ("message without its conversation", &rows::ORPHANS),
    ("message without its long body", &rows::LOST_BODIES),
    (
        "message without all its attachments",
        &rows::LOST_ATTACHMENTS,
    ),
    ("e-mail address without its owner", &rows::LOST_OWNERS),
    (
        "conversation whose tags say another inbox, phase or start",
        &rows::LOST_TAGS,
    ),
];

/// Finds the inconsistencies in one account's rows and counts, as texts; empty if there are none.
#[derive(Clone, Debug)]
pub struct CheckAccount(pub AccountId);

impl Read for CheckAccount {
    type Out = Vec<String>;
    const NAME: &'static str = "check_account";
    const SNAPSHOT: bool = true;

    fn cost(&self) -> Cost {
        Cost::Everything
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Self::Out> {
        let mut found = CheckRows(self.0).run(rows).await?;
        if !CountDifferences(self.0).run(rows).await?.is_empty() {
            found.push(format!("account {}: counts by inbox and status", self.0));
        }
        Ok(found)
    }
}

/// Finds the inconsistencies in one account's rows, as texts.
#[derive(Clone, Debug)]
pub(crate) struct CheckRows(pub(crate) AccountId);

impl Read for CheckRows {
    type Out = Vec<String>;
    const NAME: &'static str = "check_rows";
    const SNAPSHOT: bool = true;

    fn cost(&self) -> Cost {
        Cost::Everything
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Self::Out> {
        let mut found = Vec::new();
        for (what, stmt) in CHECKS {
            let ids = rows.fetch(stmt, params![self.0], |row| row.int()).await?;
            found.extend(
                ids.iter()
                    .map(|id| format!("account {}: {what}: {id}", self.0)),
            );
        }
        Ok(found)
    }
}

/// Compares the stored counts with the conversations. Reads what must be added to each wrong count; nothing while the reader
/// that updates the counts has not read all events.
#[derive(Clone, Debug)]
pub(crate) struct CountDifferences(pub(crate) AccountId);

impl Read for CountDifferences {
    type Out = Vec<(InboxId, Status, i64)>;
    const NAME: &'static str = "count_differences";
    const SNAPSHOT: bool = true;

    fn cost(&self) -> Cost {
        Cost::Everything
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Self::Out> {
        let position = ReaderPosition {
            account: self.0,
            reader: Counts::NAME.to_owned(),
        };
        let position = position.run(rows).await?;
        let unread = rows
            .fetch(&rows::UNREAD, params![self.0, position], |row| row.int())
            .await?;
        if !unread.is_empty() {
            return Ok(Vec::new());
        }
        let kept = ConversationCounts {
            account: self.0,
            inboxes: InboxScope::All,
        };
        let kept = kept.run(rows).await?;
        let truth = rows
            .fetch(&rows::TRUE_COUNTS, params![self.0], count::count)
            .await?;
        let mut differences = BTreeMap::new();
        for (inbox, status, count) in truth {
            *differences.entry((inbox, status)).or_insert(0) += count;
        }
        for (inbox, status, count) in kept {
            *differences.entry((inbox, status)).or_insert(0) -= count;
        }
        let wrong = differences.into_iter().filter(|(_, by)| *by != 0);
        Ok(wrong
            .map(|((inbox, status), by)| (inbox, status, by))
            .collect())
    }
}

/// Reads the objects that an account's attachments refer to, after a given attachment.
#[derive(Clone, Debug)]
pub struct ListObjects {
    /// Account whose data is read.
    pub account: AccountId,
    /// The last attachment of the previous page; 0 for the first page.
    pub after: AttachmentId,
}

impl Read for ListObjects {
    type Out = Vec<(AttachmentId, String)>;
    const NAME: &'static str = "list_objects";

    fn cost(&self) -> Cost {
        Cost::List(self.account)
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Self::Out> {
        let params = params![self.account, self.after];
        rows.fetch(&rows::OBJECTS, params, |row| {
            Ok((AttachmentId(row.int()?), row.text()?))
        })
        .await
    }
}

/// Finds which of the given objects (attachment files) no attachment refers to.
#[derive(Clone, Debug)]
pub(crate) struct Unreferred {
    pub(crate) account: AccountId,
    pub(crate) names: Vec<String>,
}

impl Read for Unreferred {
    type Out = Vec<String>;
    const NAME: &'static str = "unreferred";

    fn cost(&self) -> Cost {
        Cost::List(self.account)
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Self::Out> {
        let keys = keys(self.account, &self.names);
        let found = rows
            .fetch_many(&rows::REFERRED, &keys, |row| row.int())
            .await?;
        let names = self.names.iter().zip(found);
        let unreferred = names.filter(|(_, attachments)| attachments.is_empty());
        Ok(unreferred.map(|(name, _)| name.clone()).collect())
    }
}
