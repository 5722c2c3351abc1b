//! Runs a search: reads what the index finds, checks it, and makes the page.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Instant;

use heddle_domain::Timestamp;
use heddle_domain::id::{ConversationId, MessageId, TagId};
use heddle_domain::message::{Channel, Message, State};

use super::hits::{Hit, Hits};
use super::names::Names;
use super::plan::{Condition, Plan};
use super::property::Property;
use super::terms::Terms;
use super::{
    COUNTED, EXAMINED, Facets, Found, LONGEST, MESSAGES_SHOWN, Order, Place, Search, SearchPage,
};
use crate::error::{Result, Trouble};
use crate::read::contents::{bytes_of, read_labels};
use crate::read::room::Room;
use crate::rows::search::{self as rows, Standing, standing};
use crate::rows::{conversation as conversation_rows, message as message_rows, tag as tag_rows};
use crate::stmt::params;
use crate::tx::{Cost, Read, Rows};

/// How many documents of one conversation are looked at to find its newest ones.
const OF_CONVERSATION: usize = 64;
/// The maximum number of tags that facets name.
const MOST_TAGS: usize = 100;

impl Read for Search {
    type Out = SearchPage;
    const NAME: &'static str = "search";

    fn cost(&self) -> Cost {
        Cost::Search(self.account)
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<SearchPage> {
        let names = Names::of(rows, self).await?;
        let plan = Plan::of(&self.query, &names)?;
        let mut run = Run::new(self, plan);
        let mut page = match self.order {
            Order::Newest => run.newest(rows).await?,
            Order::Relevance => run.by_relevance(rows).await?,
        };
        if self.with_facets {
            page.facets = Some(run.facets(rows).await?);
        }
        Ok(page)
    }
}

/// A search that runs.
pub(super) struct Run<'s> {
    pub(super) search: &'s Search,
    pub(super) plan: Plan,
    /// The conversations that the caller may find, and those that it may not.
    standings: HashMap<ConversationId, Option<Standing>>,
    /// The tags of conversations, of those tags that the query asks for.
    tags: HashSet<(ConversationId, TagId)>,
    /// Which documents of a conversation fulfil what the index must still find.
    rests: HashMap<(ConversationId, Terms), HashSet<MessageId>>,
    until: Instant,
}

impl<'s> Run<'s> {
    fn new(search: &'s Search, plan: Plan) -> Self {
        Self {
            search,
            plan,
            standings: HashMap::new(),
            tags: HashSet::new(),
            rests: HashMap::new(),
            until: Instant::now() + LONGEST,
        }
    }

    /// The times between which messages are sought, both included.
    pub(super) fn times(&self) -> (Timestamp, Timestamp) {
        (
            self.plan.from,
            Timestamp(self.plan.before.0.saturating_sub(1)),
        )
    }

    pub(super) fn must_be_in_time(&self) -> Result<()> {
        match Instant::now() < self.until {
            true => Ok(()),
            false => Err(Trouble::TimedOut("the search took too long").into()),
        }
    }

    /// Reads the page of a search by time.
    async fn newest(&mut self, rows: &mut Rows<'_>) -> Result<SearchPage> {
        let after = self.search.after;
        let (from, mut up_to) = self.times();
        up_to = up_to.min(after.map_or(up_to, |place| place.at));
        let account = self.search.account;
        let mut hits = Hits::new(rows, account, &self.plan.terms, (from, up_to)).await?;
        let (mut found, mut done) = (Vec::new(), HashSet::new());
        let (mut examined, mut reached) = (0, None);
        loop {
            self.must_be_in_time()?;
            let chunk = hits.next(rows).await?;
            if chunk.is_empty() {
                break;
            }
            examined += chunk.len();
            self.learn(rows, &chunk).await?;
            for hit in chunk {
                let place = place_of(&hit);
                if after.is_some_and(|after| place >= after) || done.contains(&hit.conversation) {
                    continue;
                }
                reached = Some(place);
                if !self.fulfils(rows, &hit).await? {
                    continue;
                }
                done.insert(hit.conversation);
                // It stands on an earlier page if it has a newer message that fulfils the query.
                if after.is_some() && self.best_place(rows, hit.conversation).await? != Some(place)
                {
                    continue;
                }
                if found.len() == self.search.limit {
                    let next = found.last().copied();
                    return self.page(rows, found, (next, true)).await;
                }
                found.push(place);
            }
            if examined >= EXAMINED {
                return self.page(rows, found, (reached, false)).await;
            }
        }
        self.page(rows, found, (None, true)).await
    }

    pub(super) async fn page(
        &mut self,
        rows: &mut Rows<'_>,
        places: Vec<Place>,
        (next, is_complete): (Option<Place>, bool),
    ) -> Result<SearchPage> {
        let (found, is_cut) = self.shown(rows, places).await?;
        let next = match is_cut {
            true => found.last().map(|found| found.place),
            false => next,
        };
        Ok(SearchPage {
            found,
            next,
            is_complete,
            facets: None,
        })
    }

    /// Reads what must be known of the conversations of some hits.
    pub(super) async fn learn(&mut self, rows: &mut Rows<'_>, hits: &[Hit]) -> Result<()> {
        let mut ids: Vec<i64> = hits.iter().map(|hit| hit.conversation.get()).collect();
        ids.sort_unstable();
        ids.dedup();
        ids.retain(|id| !self.standings.contains_key(&ConversationId(*id)));
        if ids.is_empty() {
            return Ok(());
        }
        let account = self.search.account;
        let params = params![account, ids.as_slice()];
        let read = rows.fetch(&rows::STANDINGS, params, standing);
        for found in read.await? {
            let is_listed = !found.is_merged && found.state != State::Hidden;
            let may_find = is_listed && self.search.inboxes.contains(found.inbox);
            self.standings.insert(found.id, may_find.then_some(found));
        }
        for id in &ids {
            self.standings.entry(ConversationId(*id)).or_default();
        }
        for tag in self.plan.tags() {
            for some in ids.chunks(2_000) {
                let params = params![account, tag, some];
                let bearers = rows.fetch(&tag_rows::BEARERS_AMONG, params, |row| row.int());
                let bearers = bearers.await?.into_iter();
                self.tags
                    .extend(bearers.map(|id| (ConversationId(id), tag)));
            }
        }
        Ok(())
    }

    pub(super) fn standing(&self, conversation: ConversationId) -> Option<Standing> {
        self.standings.get(&conversation).copied().flatten()
    }

    /// Whether the caller may find a document, and it fulfils the whole query. Its conversation must be known.
    pub(super) async fn fulfils(&mut self, rows: &mut Rows<'_>, hit: &Hit) -> Result<bool> {
        let Some(standing) = self.standing(hit.conversation) else {
            return Ok(false);
        };
        let rest = self
            .plan
            .rest(&|condition| self.holds(condition, &standing, hit.at));
        match rest {
            Terms::All => Ok(true),
            Terms::None => Ok(false),
            rest => {
                let key = (hit.conversation, rest);
                if !self.rests.contains_key(&key) {
                    let found = self.documents(rows, hit.conversation, &key.1).await?;
                    self.rests.insert(key.clone(), found);
                }
                Ok(self
                    .rests
                    .get(&key)
                    .is_some_and(|found| found.contains(&hit.message)))
            }
        }
    }

    /// Returns the messages of a conversation that fulfil a query of the index.
    async fn documents(
        &self,
        rows: &mut Rows<'_>,
        conversation: ConversationId,
        terms: &Terms,
    ) -> Result<HashSet<MessageId>> {
        let terms = of_conversation(terms.clone(), conversation);
        let mut hits = Hits::new(rows, self.search.account, &terms, self.times()).await?;
        let mut found = HashSet::new();
        loop {
            self.must_be_in_time()?;
            let chunk = hits.next(rows).await?;
            if chunk.is_empty() {
                return Ok(found);
            }
            found.extend(chunk.into_iter().map(|hit| hit.message));
        }
    }

    fn holds(&self, condition: &Condition, of: &Standing, at: Timestamp) -> bool {
        match condition {
            Condition::Tag(tag) => tag.is_some_and(|tag| self.tags.contains(&(of.id, tag))),
            Condition::Status(status) => of.status == *status,
            Condition::Open => !of.status.is_closed(),
            Condition::Archived => of.archived,
            Condition::Waiting => of.customer_wrote_last && !of.status.is_closed(),
            Condition::Inbox(inboxes) => inboxes.contains(&of.inbox),
            Condition::Assignee(agents) => of.assignee.is_some_and(|agent| agents.contains(&agent)),
            Condition::Unassigned => of.assignee.is_none(),
            Condition::Number(number) => of.number == *number,
            Condition::Before(time) => at < *time,
        }
    }

    /// Returns the newest documents of a conversation that fulfil the query.
    async fn best(
        &mut self,
        rows: &mut Rows<'_>,
        conversation: ConversationId,
        most: usize,
    ) -> Result<Vec<Hit>> {
        let terms = of_conversation(self.plan.terms.clone(), conversation);
        let hits = Hits::new(rows, self.search.account, &terms, self.times()).await?;
        let mut hits = hits.by(OF_CONVERSATION);
        let mut best = Vec::new();
        loop {
            self.must_be_in_time()?;
            let chunk = hits.next(rows).await?;
            if chunk.is_empty() {
                return Ok(best);
            }
            self.learn(rows, &chunk).await?;
            for hit in chunk {
                if self.fulfils(rows, &hit).await? {
                    best.push(hit);
                    if best.len() == most {
                        return Ok(best);
                    }
                }
            }
        }
    }

    async fn best_place(
        &mut self,
        rows: &mut Rows<'_>,
        conversation: ConversationId,
    ) -> Result<Option<Place>> {
        let best = self.best(rows, conversation, 1).await?;
        Ok(best.first().map(place_of))
    }

    /// Reads the conversations at some places, with the messages that show why they were found. Returns also whether the last ones are
    /// missing, because all custom fields together are longer than [`MOST_BYTES`](crate::read::room::MOST_BYTES).
    pub(super) async fn shown(
        &mut self,
        rows: &mut Rows<'_>,
        places: Vec<Place>,
    ) -> Result<(Vec<Found>, bool)> {
        let account = self.search.account;
        let mut shown = Vec::with_capacity(places.len());
        let mut room = Room::new();
        for place in places {
            let params = params![account, place.conversation];
            let read = rows.fetch_one(
                &conversation_rows::GET,
                params,
                conversation_rows::conversation,
            );
            // It is gone, or may not be found any more, if it changed in between.
            let Some(conversation) = read.await?.filter(|found| {
                found.merged_into.is_none()
                    && found.state != State::Hidden
                    && self.search.inboxes.contains(found.inbox)
            }) else {
                continue;
            };
            let of = std::slice::from_ref(&conversation);
            let labels = read_labels(rows, account, of).await?.pop();
            let labels = labels.unwrap_or_default();
            if !room.takes(bytes_of(&labels)) {
                break;
            }
            let best = self.best(rows, place.conversation, MESSAGES_SHOWN).await?;
            let mut messages: Vec<Message> = Vec::with_capacity(best.len());
            for hit in best.iter().filter(|hit| hit.message.get() > 0) {
                let params = params![account, hit.conversation, hit.message];
                let read = rows.fetch_one(&message_rows::BEGINNING, params, message_rows::message);
                messages.extend(read.await?);
            }
            shown.push(Found {
                conversation,
                labels,
                place,
                messages,
            });
        }
        Ok((shown, room.is_full()))
    }

    /// Counts the newest conversations that fulfil the query by their properties.
    async fn facets(&mut self, rows: &mut Rows<'_>) -> Result<Facets> {
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
        let account = self.search.account;
        let mut hits = Hits::new(rows, account, &self.plan.terms, self.times()).await?;
        let (mut ids, mut done, mut examined) = (Vec::new(), HashSet::new(), 0);
        loop {
            self.must_be_in_time()?;
            let chunk = hits.next(rows).await?;
            if chunk.is_empty() {
                return Ok((ids, true));
            }
            examined += chunk.len();
            self.learn(rows, &chunk).await?;
            for hit in chunk {
                if !done.contains(&hit.conversation) && self.fulfils(rows, &hit).await? {
                    if ids.len() == COUNTED {
                        return Ok((ids, false));
                    }
                    done.insert(hit.conversation);
                    ids.push(hit.conversation);
                }
            }
            if examined >= EXAMINED {
                return Ok((ids, false));
            }
        }
    }
}

fn of_conversation(terms: Terms, conversation: ConversationId) -> Terms {
    Terms::all(vec![
        Terms::property(Property::Conversation(conversation)),
        terms,
    ])
}

pub(super) fn place_of(hit: &Hit) -> Place {
    Place {
        score: 0,
        at: hit.at,
        conversation: hit.conversation,
    }
}

#[derive(Default)]
struct Counts {
    status: BTreeMap<heddle_domain::conversation::Status, u64>,
    channel: BTreeMap<Channel, u64>,
    inbox: BTreeMap<heddle_domain::id::InboxId, u64>,
    assignee: BTreeMap<Option<heddle_domain::id::AgentId>, u64>,
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
