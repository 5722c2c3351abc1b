//! Finds what damage, a bug or a copy by hand has left: a broken database, wrong counts, rows without their objects, and objects
//! without a row.

use futures_util::TryStreamExt;
use heddle_domain::Timestamp;
use heddle_domain::id::{AccountId, AttachmentId};

use super::{Problem, Remedy, remedy};
use crate::error::{Error, Result, Trouble};
use crate::objects::object_digest;
use crate::read::check::{CheckRows, CountDifferences, ListObjects, Unreferred};
use crate::rows::feed;
use crate::stmt::params;
use crate::store::Store;
use crate::tx::{Cost, Read, Rows};
use crate::write::counts::Counts;
use crate::write::mend::MendCounts;

const MOST_READERS: i64 = 1_000;
/// How many objects are looked for at once.
const AT_ONCE: usize = 500;

/// Reads the readers of an account's feed that have read further than the feed goes.
struct ReadersAhead(AccountId);

impl Read for ReadersAhead {
    type Out = Vec<String>;
    const NAME: &'static str = "readers_ahead";
    const SNAPSHOT: bool = true;

    fn cost(&self) -> Cost {
        Cost::List(self.0)
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Vec<String>> {
        let mut end = 0;
        // If all events were deleted because of their age, only the second says how far the feed went.
        for stmt in [&feed::HEAD, &feed::START] {
            let found = rows
                .fetch_one(stmt, params![self.0], |row| row.int())
                .await?;
            end = found.unwrap_or(0).max(end);
        }
        let all = params![self.0, "", MOST_READERS];
        let readers = rows.fetch(&feed::READERS, all, feed::reader).await?;
        let ahead = readers.into_iter().filter(|(_, position)| *position > end);
        Ok(ahead
            .map(|(name, position)| {
                format!("the reader {name} is at position {position}, but the feed ends at {end}")
            })
            .collect())
    }
}

impl Store {
    /// Finds damage: runs the engine's integrity check, compares rows, counts and readers with each other, reads every object,
    /// and looks for objects that nothing names. With `mends`, corrects counts, and removes such objects if they are older than a
    /// day. No server may use the store meanwhile. Reads all data.
    ///
    /// # Errors
    /// Returns the errors of [`Store::read`] and [`Store::write`].
    pub async fn find_damage(&self, mends: bool) -> Result<Vec<Problem>, Error> {
        let mut problems = Vec::new();
        let mut lost = |text: String| {
            let remedy = Remedy::None;
            problems.push(Problem { text, remedy });
        };
        for finding in self.find_broken_pages().await? {
            lost(format!("the database is damaged: {finding}"));
        }
        if !problems.is_empty() {
            // Other reads of a damaged file may fail, and the findings would be lost.
            return Ok(problems);
        }
        let mut lost = |text: String| {
            let remedy = Remedy::None;
            problems.push(Problem { text, remedy });
        };
        self.drain_feed().await?;
        let mut mendable = Vec::new();
        for account in self.account_ids().await? {
            self.catch_up::<Counts>(account).await?;
            self.read(CheckRows(account))
                .await?
                .into_iter()
                .for_each(&mut lost);
            for ahead in self.read(ReadersAhead(account)).await? {
                lost(format!("account {account}: {ahead}"));
            }
            self.find_broken_objects(account)
                .await?
                .into_iter()
                .for_each(&mut lost);
            let differences = self.read(CountDifferences(account)).await?;
            if differences.is_empty() {
                continue;
            }
            let counts = differences.len();
            mendable.push(format!(
                "account {account}: {counts} counts of conversations are wrong"
            ));
            if mends {
                let mend = MendCounts {
                    account,
                    differences,
                };
                self.write(mend).await?;
            }
        }
        let now = self.clock().now();
        let unnamed = self.count_unnamed(now).await?;
        if unnamed > 0 {
            mendable.push(format!(
                "{unnamed} attachment files older than a day that nothing names"
            ));
            if mends {
                self.sweep_objects(now).await?;
                // A backup that is being made keeps them.
                let left = self.count_unnamed(now).await?;
                if left > 0 {
                    let text =
                        format!("{left} of these files are left, because a backup is being made");
                    let remedy = remedy(false);
                    problems.push(Problem { text, remedy });
                }
            }
        }
        let remedy = remedy(mends);
        problems.extend(mendable.into_iter().map(|text| Problem { text, remedy }));
        Ok(problems)
    }

    /// Returns what is wrong with the objects of an account that attachments name.
    async fn find_broken_objects(&self, account: AccountId) -> Result<Vec<String>, Error> {
        let mut found = Vec::new();
        let mut after = AttachmentId(0);
        loop {
            let page = self.read(ListObjects { account, after }).await?;
            let Some((last, _)) = page.last() else {
                return Ok(found);
            };
            after = *last;
            for (id, name) in &page {
                if let Some(what) = self.look_at(name).await? {
                    found.push(format!(
                        "account {account}: attachment {id}: its file objects/{name} {what}"
                    ));
                }
            }
        }
    }

    /// Counts the objects that the sweeper would remove.
    async fn count_unnamed(&self, now: Timestamp) -> Result<usize, Error> {
        let mut count = 0;
        let old: Vec<(AccountId, String)> = self.objects().old(now).try_collect().await?;
        for chunk in old
            .chunk_by(|a, b| a.0 == b.0)
            .flat_map(|of| of.chunks(AT_ONCE))
        {
            let names = chunk.iter().map(|(_, name)| name.clone()).collect();
            let account = chunk[0].0;
            count += self.read(Unreferred { account, names }).await?.len();
        }
        Ok(count)
    }

    /// Returns what is wrong with an object; `None` if nothing is.
    async fn look_at(&self, name: &str) -> Result<Option<String>, Error> {
        let Some(expected) = object_digest(name) else {
            return Ok(Some("has a wrong name".to_owned()));
        };
        Ok(match self.objects().digest(name).await {
            Ok(Some(found)) if found == expected => None,
            Ok(Some(_)) => {
                Some("was changed: it has another SHA-256 than its name says".to_owned())
            }
            Ok(None) => Some("is missing".to_owned()),
            Err(Error::Trouble(Trouble::Internal(error))) => {
                Some(format!("cannot be read: {error}"))
            }
            Err(error) => return Err(error),
        })
    }
}
