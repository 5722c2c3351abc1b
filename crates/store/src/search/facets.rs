//! Counts what a search finds by its properties.

use std::collections::{BTreeMap, HashMap, HashSet};

use heddle_domain::conversation::Status;
use heddle_domain::id::{AgentId, ConversationId, InboxId};
use heddle_domain::message::Channel;

use super::query::{FIRST, LAST, Run};
use super::terms::Terms;
use super::{COUNTED, EXAMINED, Facets};
use crate::error::{Abort, Result, Trouble};
use crate::rows::search::{self as rows, Standing};
use crate::rows::tag as tag_rows;
use crate::stmt::params;
use crate::tx::Rows;

/// The maximum number of tags that facets name.
const MOST_TAGS: usize = 100;

impl Run<'_> {
    /// Counts the newest conversations that fulfil the query by their properties. If there is no time left for it, the counts are empty.
    pub(super) async fn facets(&mut self, rows: &mut Rows<'_>) -> Result<Facets> {
        match self.counts(rows).await {
            Err(Abort::Trouble(Trouble::TimedOut(_))) => Ok(Facets::default()),
            counted => counted,
        }
    }

    /// Counts the newest conversations that fulfil the query by their properties.
    async fn counts(&mut self, rows: &mut Rows<'_>) -> Result<Facets> {
        let (ids, is_complete) = self.conversations(rows).await?;
        let mut counts = Counts::default();
        for id in &ids {
            counts.extend(self.standing(*id));
        }
        let account = self.search.account;
        let ids: Vec<i64> = ids.iter().map(|id| id.get()).collect();
        let params = params![account, ids.as_slice()];
        let read = rows.fetch(&rows::TAGS, params, |row| {
            row.int()?;
            row.int()
        });
        let mut tags: HashMap<i64, u64> = HashMap::new();
        for tag in read.await? {
            *tags.entry(tag).or_default() += 1;
        }
        let mut tag = Vec::new();
        for (id, count) in most_first(tags).into_iter().take(MOST_TAGS) {
            let key = params![account, id];
            let name = rows.fetch_one(&tag_rows::NAME, key, |row| row.text());
            tag.extend(name.await?.map(|name| (name, count)));
        }
        tag.sort_by(|(a, x), (b, y)| y.cmp(x).then_with(|| a.cmp(b)));
        Ok(Facets {
            counted: ids.len() as u64,
            is_complete,
            status: most_first(counts.status),
            channel: most_first(counts.channel),
            inbox: most_first(counts.inbox),
            assignee: most_first(counts.assignee),
            tag,
        })
    }

    /// Returns the newest conversations that fulfil the query, and whether they are all.
    async fn conversations(&mut self, rows: &mut Rows<'_>) -> Result<(Vec<ConversationId>, bool)> {
        let mut hits = self.hits(rows, Terms::All, (FIRST, LAST), None).await?;
        let (mut ids, mut done, mut examined) = (Vec::new(), HashSet::new(), 0);
        while let Some(chunk) = self.next(rows, &mut hits, EXAMINED - examined).await? {
            for hit in chunk.hits {
                if done.insert(hit.conversation) {
                    ids.push(hit.conversation);
                }
            }
            examined += chunk.examined;
            if ids.len() > COUNTED || examined == EXAMINED {
                ids.truncate(COUNTED);
                return Ok((ids, false));
            }
        }
        Ok((ids, true))
    }
}

#[derive(Default)]
struct Counts {
    status: BTreeMap<Status, u64>,
    channel: BTreeMap<Channel, u64>,
    inbox: BTreeMap<InboxId, u64>,
    assignee: BTreeMap<Option<AgentId>, u64>,
}

impl Extend<Standing> for Counts {
    fn extend<I: IntoIterator<Item = Standing>>(&mut self, standings: I) {
        for standing in standings {
            *self.status.entry(standing.status).or_default() += 1;
            *self.inbox.entry(standing.inbox).or_default() += 1;
            *self.assignee.entry(standing.assignee).or_default() += 1;
            if let Some(channel) = standing.first_channel {
                *self.channel.entry(channel).or_default() += 1;
            }
        }
    }
}

fn most_first<K: Ord>(counts: impl IntoIterator<Item = (K, u64)>) -> Vec<(K, u64)> {
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by(|(a, x), (b, y)| y.cmp(x).then_with(|| a.cmp(b)));
    counts
}
