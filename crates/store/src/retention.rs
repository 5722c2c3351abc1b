//! Erases the conversations of an account that are older than its retention rules allow ([`Retained`]).
//!
//! A run reads the conversations of each inbox in the order of their beginning, in pages, and erases those that a rule covers
//! (`erasing`); the command that deletes them checks the rule again. The rules are settings of the account; the row in
//! `retention_run` says when the next run is due, so that one node at a time does it.

use heddle_domain::detail::Contents;
use heddle_domain::id::{AccountId, ConversationId, InboxId};
use heddle_domain::retention::Retained;
use heddle_domain::{ApiName, Timestamp};

use crate::erasing::{AT_ONCE, Erasable, MarkConversations};
use crate::error::{Error, Result};
use crate::read::account::ListInboxes;
use crate::rows::conversation::UNLISTED;
use crate::rows::erased;
use crate::rows::retention as rows;
use crate::stmt::{keys, params};
use crate::store::Store;
use crate::tx::{Cost, Read, Rows};
use crate::write::caller::Caller;
use crate::write::retention::{ClaimRetention, RecordRetention};

/// From the beginning of a run to the next one. An hour less than a day, because nodes look once an hour.
const PERIOD_MS: i64 = 23 * 3_600_000;
/// How many conversations one read looks at.
const PAGE: i64 = 500;

/// A rule in force: which conversations, and before which time they must have begun and had their last contact.
pub type Rule = (Retained, Timestamp);

/// Reads the conversations of one page that a rule covers.
struct OldPage {
    account: AccountId,
    rule: Rule,
    place: Place,
}

/// A position in the walk through the conversations of an inbox and a phase.
#[derive(Clone, Copy, Debug)]
struct Place {
    inbox: InboxId,
    phase: i64,
    after: (Timestamp, i64),
}

/// The conversations that a rule covers, and the position after the page; `None`: it was the last one.
type Page = (Vec<ConversationId>, Option<(Timestamp, i64)>);

impl Read for OldPage {
    type Out = Page;
    const NAME: &'static str = "old_page";

    fn cost(&self) -> Cost {
        Cost::List(self.account)
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Page> {
        let ((retained, before), place) = (self.rule, self.place);
        let (at, id) = place.after;
        let (inbox, phase) = (place.inbox, place.phase);
        let params = params![self.account, inbox, phase, before, at, id, PAGE];
        let found = rows.fetch(&rows::BEGUN_BEFORE, params, rows::aged).await?;
        let last = found.last().map(|it| (it.started_at, it.id.get()));
        let next = last.filter(|_| found.len() as i64 == PAGE);
        let covers = |it: &rows::Aged| {
            !it.is_merged
                && it.last_message_at < before
                && match retained {
                    Retained::Closed | Retained::Spam => true,
                    Retained::Archived => it.archived,
                    Retained::Deleted => it.updated_at < before,
                }
        };
        let old = found.into_iter().filter(covers).map(|it| it.id);
        Ok((old.collect(), next))
    }
}

/// Counts what some conversations have.
struct CountThese(AccountId, Vec<ConversationId>);

impl Read for CountThese {
    type Out = Contents;
    const NAME: &'static str = "count_these";

    fn cost(&self) -> Cost {
        Cost::List(self.0)
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Contents> {
        let keys = keys(self.0, self.1.iter().copied());
        // Without a snapshot: the counts are only shown.
        let messages = rows
            .fetch_many(&erased::COUNT_MESSAGES, &keys, |row| row.int())
            .await?;
        let attachments = rows
            .fetch_many(&erased::COUNT_ATTACHMENTS, &keys, |row| {
                Ok((row.int()?, row.int()?))
            })
            .await?;
        let attachments = attachments.into_iter().flatten();
        Ok(Contents {
            conversations: self.1.len() as i64,
            messages: messages.into_iter().flatten().sum(),
            ..attachments.fold(Contents::default(), |sum, (attachments, files)| Contents {
                attachments: sum.attachments + attachments,
                files: sum.files + files,
                ..sum
            })
        })
    }
}

impl Store {
    /// Counts what each rule would erase now. What two rules cover is counted twice.
    ///
    /// # Errors
    /// Returns the errors of [`Store::read`].
    pub async fn count_old(
        &self,
        account: AccountId,
        rules: &[Rule],
    ) -> Result<Vec<Contents>, Error> {
        let mut counted = Vec::with_capacity(rules.len());
        for rule in rules {
            let mut sum = Contents::default();
            for mut place in self.places(account, rule.0).await? {
                loop {
                    let rule = *rule;
                    let page = OldPage {
                        account,
                        rule,
                        place,
                    };
                    let (old, next) = self.read(page).await?;
                    if !old.is_empty() {
                        sum.add(self.read(CountThese(account, old)).await?);
                    }
                    match next {
                        Some(next) => place.after = next,
                        None => break,
                    }
                }
            }
            counted.push(sum);
        }
        Ok(counted)
    }

    /// Erases what the rules cover, and records the run in the audit. Returns what was erased. It is safe to drop the future: the
    /// next run erases the rest.
    ///
    /// # Errors
    /// Returns the errors of [`Store::write`].
    pub async fn erase_old(&self, caller: &Caller, rules: &[Rule]) -> Result<Contents, Error> {
        self.apply_rules(caller, rules, None).await
    }

    /// Does the same if the daily run of the account is due, and no other node does it. Returns `None` if not.
    ///
    /// # Errors
    /// Returns the errors of [`Store::write`].
    pub async fn erase_old_if_due(
        &self,
        caller: &Caller,
        rules: &[Rule],
    ) -> Result<Option<Contents>, Error> {
        let Some(begun) = self.write(ClaimRetention(caller.account)).await? else {
            return Ok(None);
        };
        let due = begun.plus_ms(PERIOD_MS);
        self.apply_rules(caller, rules, Some(due)).await.map(Some)
    }

    async fn apply_rules(
        &self,
        caller: &Caller,
        rules: &[Rule],
        due: Option<Timestamp>,
    ) -> Result<Contents, Error> {
        let mut erased = Contents::default();
        for rule in rules {
            for place in self.places(caller.account, rule.0).await? {
                erased.add(self.erase_from(caller, *rule, place).await?);
            }
        }
        self.finish_erasure(caller.account).await?;
        let caller = caller.clone();
        let record = RecordRetention {
            caller,
            erased,
            due,
        };
        self.write(record).await?;
        Ok(erased)
    }

    /// Erases what a rule covers in an inbox and a phase, except the texts in events.
    async fn erase_from(
        &self,
        caller: &Caller,
        rule: Rule,
        mut place: Place,
    ) -> Result<Contents, Error> {
        let (account, mut erased) = (caller.account, Contents::default());
        loop {
            let page = OldPage {
                account,
                rule,
                place,
            };
            let (old, next) = self.read(page).await?;
            for some in old.chunks(AT_ONCE as usize) {
                let (retained, before) = rule;
                let mark = MarkConversations {
                    caller: caller.clone(),
                    ids: some.iter().copied().collect(),
                    which: Erasable::Old(retained, before),
                };
                erased.add(self.write(mark).await?);
                while self.erase_rows(account).await? {}
            }
            match next {
                Some(next) => place.after = next,
                None => return Ok(erased),
            }
        }
    }

    /// Returns where the conversations of a rule can be.
    async fn places(&self, account: AccountId, retained: Retained) -> Result<Vec<Place>, Error> {
        let list = ListInboxes {
            account,
            api: ApiName::named(""),
        };
        let inboxes = self.read(list).await?;
        let phases = retained.phases(UNLISTED);
        let of_inbox = |inbox: InboxId| {
            phases.iter().map(move |phase| Place {
                inbox,
                phase: *phase,
                after: (Timestamp(i64::MIN), 0),
            })
        };
        Ok(inboxes
            .iter()
            .flat_map(|view| of_inbox(view.inbox.id))
            .collect())
    }
}
