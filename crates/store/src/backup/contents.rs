//! Reads what a database contains, for the manifest of its backup. The database may have an older schema.

use std::collections::{BTreeMap, BTreeSet};

use heddle_domain::Timestamp;
use heddle_domain::id::AccountId;

use crate::error::{Result, Trouble};
use crate::migrate;
use crate::rows::{account, backup as rows, check, feed, sealing_key};
use crate::stmt::{Row, Stmt, params};
use crate::tx::{Cost, Read, Rows};

/// How many accounts are read at once.
const ACCOUNTS_AT_ONCE: i64 = 500;
/// The migration that brought the attachments, the uploads and the feed.
const OLDEST_SCHEMA: i64 = 4;
/// The migration that brought the webhooks, which have sealed texts.
const WEBHOOKS: i64 = 6;
/// The migration that brought the id of the sealing key.
const SEALING_KEY: i64 = 23;

/// What a database contains, as the manifest of its backup says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contents {
    /// The version of the schema.
    pub schema: i64,
    /// When the store was made. A restored store keeps this time, and different stores hardly ever have the same.
    pub made_at: Timestamp,
    /// The position of the last event of each account that has events.
    pub last_events: BTreeMap<AccountId, i64>,
    /// The recorded id of the key with which secrets are sealed.
    pub sealing_key: Option<String>,
    /// A sealed text. It shows the id of the key if none is recorded.
    pub sealed_text: Option<String>,
    /// The names of the objects that attachments and uploads refer to.
    pub objects: BTreeSet<String>,
}

/// Reads [`Contents`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct ReadContents;

impl Read for ReadContents {
    type Out = Contents;
    const NAME: &'static str = "backup_contents";
    const SNAPSHOT: bool = true;

    fn cost(&self) -> Cost {
        Cost::Everything
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Contents> {
        let found = rows.fetch_one(&migrate::SCHEMA, params![], |row| {
            Ok((row.opt_int()?, row.opt_time()?))
        });
        let Some((Some(schema), Some(made_at))) = found.await? else {
            return Err(Trouble::Internal("the database contains no store".into()).into());
        };
        if schema < OLDEST_SCHEMA {
            let text =
                format!("schema {schema} is too old for a backup: run `heddle migrate` first");
            return Err(Trouble::Internal(text).into());
        }
        if schema > migrate::newest() {
            let text = format!(
                "schema {schema} is newer than this program: use the program that serves the store"
            );
            return Err(Trouble::Internal(text).into());
        }
        let mut contents = Contents {
            schema,
            made_at,
            last_events: BTreeMap::new(),
            sealing_key: None,
            sealed_text: None,
            objects: BTreeSet::new(),
        };
        if schema >= SEALING_KEY {
            let key = rows.fetch_one(&sealing_key::GET, params![], |row| row.text());
            contents.sealing_key = key.await?;
        }
        if schema >= WEBHOOKS {
            let text = rows.fetch_one(&sealing_key::SEALED, params![], |row| row.text());
            contents.sealed_text = text.await?;
        }
        contents.add_accounts(rows).await?;
        Ok(contents)
    }
}

impl Contents {
    async fn add_accounts(&mut self, rows: &mut Rows<'_>) -> Result<()> {
        let mut last = 0;
        loop {
            let page = params![last, ACCOUNTS_AT_ONCE];
            let accounts = rows
                .fetch(&account::LIST_IDS, page, |row| row.int())
                .await?;
            let Some(end) = accounts.last() else {
                return Ok(());
            };
            last = *end;
            for account in accounts.into_iter().map(AccountId) {
                let head = rows
                    .fetch_one(&feed::HEAD, params![account], |row| row.int())
                    .await?;
                self.last_events.extend(head.map(|head| (account, head)));
                self.add_objects(rows, account, &check::OBJECTS).await?;
                self.add_objects(rows, account, &rows::UPLOADED).await?;
            }
        }
    }

    async fn add_objects(
        &mut self,
        rows: &mut Rows<'_>,
        account: AccountId,
        stmt: &'static Stmt,
    ) -> Result<()> {
        let mut after = 0;
        loop {
            let name = |row: &mut Row<'_>| Ok((row.int()?, row.text()?));
            let page = rows.fetch(stmt, params![account, after], name).await?;
            let Some((last, _)) = page.last() else {
                return Ok(());
            };
            after = *last;
            self.objects.extend(page.into_iter().map(|(_, name)| name));
        }
    }
}
