//! Runs a search: reads what the index finds, checks it, and makes the page.

use std::collections::{HashMap, HashSet};
use std::time::Instant;

use heddle_domain::Timestamp;
use heddle_domain::id::{ConversationId, MessageId, TagId};
use heddle_domain::message::{Message, State};

use super::document::Document;
use super::hits::{Hit, Hits};
use super::names::Names;
use super::plan::{Condition, Plan};
use super::terms::Terms;
use super::{EXAMINED, Found, LONGEST, MESSAGES_SHOWN, Order, Place, Search, SearchPage};
use crate::error::{Result, Trouble};
use crate::read::contents::{bytes_of, read_labels};
use crate::read::documents::documents;
use crate::read::room::Room;
use crate::rows::search::{self as rows, Standing, standing};
use crate::rows::{conversation as conversation_rows, message as message_rows, tag as tag_rows};
use crate::stmt::params;
use crate::tx::{Cost, Read, Rows};

/// How many conversations one query of the index names.
const AT_ONCE: usize = 64;
/// A query seeks only in the conversations with a tag or an assignee if they are at most so many.
const FEW: usize = 200;
/// How many documents are examined to find more messages of the conversations of a page.
const OF_PAGE: usize = 2_000;
/// How many documents are read at once if their texts must be read, too.
const WITH_TEXTS: usize = 256;
/// All times.
pub(super) const FIRST: Timestamp = Timestamp(i64::MIN);
pub(super) const LAST: Timestamp = Timestamp(i64::MAX);

impl Read for Search {
    type Out = SearchPage;
    const NAME: &'static str = "search";

    fn cost(&self) -> Cost {
        Cost::Search(self.account)
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<SearchPage> {
        let names = Names::of(rows, self).await?;
        let mut plan = Plan::of(&self.query, &names)?;
        narrow(rows, self, &mut plan).await?;
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

/// If few conversations have a tag or an assignee that the query asks for, seeks only in these.
async fn narrow(rows: &mut Rows<'_>, search: &Search, plan: &mut Plan) -> Result<()> {
    let mut found = Vec::new();
    for condition in plan.required() {
        let (stmt, keys): (_, Vec<i64>) = match condition {
            Condition::Tag(Some(tag)) => (&tag_rows::BEARERS, vec![tag.get()]),
            Condition::Assignee(agents) => {
                let agents = agents.iter().map(|agent| agent.get());
                (&conversation_rows::OF_ASSIGNEE, agents.collect())
            }
            _ => continue,
        };
        let mut few = Vec::new();
        for key in keys {
            let params = params![search.account, key, FEW as i64 + 1];
            let ids = rows.fetch(stmt, params, |row| row.int().map(ConversationId));
            few.extend(ids.await?);
            if few.len() > FEW {
                break;
            }
        }
        if few.len() <= FEW {
            found.push(few);
        }
    }
    for few in found {
        plan.narrow(&few);
    }
    Ok(())
}

/// A search that runs.
pub(super) struct Run<'s> {
    pub(super) search: &'s Search,
    pub(super) plan: Plan,
    /// The conversations that the caller may find, and those that it may not.
    standings: HashMap<ConversationId, Option<Standing>>,
    /// The tags of conversations, of those tags that the query asks for.
    tags: HashSet<(ConversationId, TagId)>,
    /// The texts of the current hits, if the query asks for them.
    texts: HashMap<(ConversationId, MessageId), Document>,
    until: Instant,
}

impl<'s> Run<'s> {
    fn new(search: &'s Search, plan: Plan) -> Self {
        Self {
            search,
            plan,
            standings: HashMap::new(),
            tags: HashSet::new(),
            texts: HashMap::new(),
            until: Instant::now() + LONGEST,
        }
    }

    /// Begins to read the documents of some times that fulfil `terms` and what the index knows of the query.
    pub(super) async fn hits(
        &self,
        rows: &mut Rows<'_>,
        terms: Terms,
        times: (Timestamp, Timestamp),
        before: Option<Place>,
    ) -> Result<Hits> {
        self.must_be_in_time()?;
        let terms = Terms::all(vec![terms, self.plan.terms.clone()]);
        let times = (
            times.0.max(self.plan.from),
            times.1.min(Timestamp(self.plan.before.0.saturating_sub(1))),
        );
        let before = before.map(|place| Hit {
            at: place.at,
            conversation: place.conversation,
            message: place.message,
        });
        let mut hits = Hits::new(rows, self.search.account, &terms, (times, before)).await?;
        if self.plan.needs_texts() {
            hits.read_at_most(WITH_TEXTS);
        }
        Ok(hits)
    }

    fn must_be_in_time(&self) -> Result<()> {
        match Instant::now() < self.until {
            true => Ok(()),
            false => Err(Trouble::TimedOut("the search took too long").into()),
        }
    }

    /// Reads the next documents, at most `left`, and returns those that the caller may find and that fulfil the whole query;
    /// `None` at the end.
    pub(super) async fn next(
        &mut self,
        rows: &mut Rows<'_>,
        hits: &mut Hits,
        left: usize,
    ) -> Result<Option<Chunk>> {
        self.must_be_in_time()?;
        let mut chunk = hits.next(rows).await?;
        // The engines return chunks of different lengths. Where a search stops must not depend on that.
        chunk.truncate(left);
        let Some(last) = chunk.last() else {
            return Ok(None);
        };
        let reached = place_of(last);
        let examined = chunk.len();
        self.learn(rows, &chunk).await?;
        self.texts = match self.plan.needs_texts() {
            true => documents(rows, self.search.account, &chunk).await?,
            false => HashMap::new(),
        };
        Ok(Some(Chunk {
            hits: self.sift(rows, chunk).await?,
            examined,
            reached,
        }))
    }

    /// Reads the page of a search by time.
    async fn newest(&mut self, rows: &mut Rows<'_>) -> Result<SearchPage> {
        let after = self.search.after;
        let up_to = after.map_or(LAST, |place| place.at);
        let times = (FIRST, up_to);
        let mut hits = self.hits(rows, Terms::All, times, after).await?;
        let (mut places, mut done, mut examined) = (Vec::new(), HashSet::new(), 0);
        while let Some(chunk) = self.next(rows, &mut hits, EXAMINED - examined).await? {
            examined += chunk.examined;
            let mut fresh = Vec::new();
            for hit in chunk.hits {
                if done.insert(hit.conversation) {
                    fresh.push(place_of(&hit));
                }
            }
            for some in fresh.chunks(AT_ONCE) {
                places.extend(self.not_before(rows, some).await?);
                if places.len() > self.search.limit {
                    places.truncate(self.search.limit);
                    let next = places.last().copied();
                    return self.page(rows, places, (next, true)).await;
                }
            }
            if examined == EXAMINED {
                let next = Some(chunk.reached);
                return self.page(rows, places, (next, false)).await;
            }
        }
        self.page(rows, places, (None, true)).await
    }

    /// Leaves out the conversations that stand on an earlier page, because they have a newer message that fulfils the query.
    async fn not_before(&mut self, rows: &mut Rows<'_>, places: &[Place]) -> Result<Vec<Place>> {
        let Some(after) = self.search.after else {
            return Ok(places.to_vec());
        };
        let mut earlier = HashSet::new();
        let ids = conversations(places);
        let of = Terms::of_conversations(&ids);
        let mut hits = self.hits(rows, of, (after.at, LAST), None).await?;
        while let Some(chunk) = self.next(rows, &mut hits, usize::MAX).await? {
            let before = chunk.hits.iter().filter(|hit| place_of(hit) >= after);
            earlier.extend(before.map(|hit| hit.conversation));
            if earlier.len() == places.len() {
                break;
            }
        }
        let places = places.iter().copied();
        Ok(places
            .filter(|place| !earlier.contains(&place.conversation))
            .collect())
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
    async fn learn(&mut self, rows: &mut Rows<'_>, hits: &[Hit]) -> Result<()> {
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

    /// Keeps the hits that the caller may find and that fulfil the whole query. What the index must still say about some of them
    /// is asked for all of them at once.
    async fn sift(&self, rows: &mut Rows<'_>, chunk: Vec<Hit>) -> Result<Vec<Hit>> {
        let (Some(newest), Some(oldest)) = (chunk.first().copied(), chunk.last().copied()) else {
            return Ok(chunk);
        };
        let conditions = self.plan.conditions();
        // Many hits are alike, and what is left of a large query is large.
        let mut alike: HashMap<Vec<bool>, HashSet<Hit>> = HashMap::new();
        for hit in &chunk {
            self.must_be_in_time()?;
            if let Some(standing) = self.standing(hit.conversation) {
                let holds = |condition: &&Condition| self.holds(condition, &standing, hit);
                let holding = conditions.iter().map(holds).collect();
                alike.entry(holding).or_default().insert(*hit);
            }
        }
        let mut kept: HashSet<Hit> = HashSet::new();
        for (holding, asked) in alike {
            let holding = conditions.iter().zip(holding).filter(|(_, holds)| *holds);
            let holding: Vec<_> = holding.map(|(condition, _)| *condition).collect();
            let rest = match self.plan.rest(&holding) {
                Terms::None => continue,
                Terms::All => {
                    kept.extend(asked);
                    continue;
                }
                rest => rest,
            };
            let mut hits = self.hits(rows, rest, (oldest.at, newest.at), None).await?;
            loop {
                self.must_be_in_time()?;
                let found = hits.next(rows).await?;
                if found.is_empty() {
                    break;
                }
                kept.extend(found.into_iter().filter(|hit| asked.contains(hit)));
            }
        }
        Ok(chunk.into_iter().filter(|hit| kept.contains(hit)).collect())
    }

    fn holds(&self, condition: &Condition, of: &Standing, hit: &Hit) -> bool {
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
            Condition::Before(time) => hit.at < *time,
            Condition::Text(section, term) => {
                let document = self.texts.get(&(hit.conversation, hit.message));
                document.is_some_and(|document| document.contains(*section, term))
            }
        }
    }

    /// Returns the newest documents of some conversations that fulfil the query, a few of each.
    async fn best(
        &mut self,
        rows: &mut Rows<'_>,
        places: &[Place],
    ) -> Result<HashMap<ConversationId, Vec<Hit>>> {
        // The one by which it was found is the newest.
        let found = places.iter().map(|place| {
            let hit = Hit {
                at: place.at,
                conversation: place.conversation,
                message: place.message,
            };
            (place.conversation, vec![hit])
        });
        let mut best: HashMap<ConversationId, Vec<Hit>> = found.collect();
        for some in places.chunks(AT_ONCE) {
            let of = Terms::of_conversations(&conversations(some));
            let mut hits = self.hits(rows, of, (FIRST, LAST), None).await?;
            let (mut examined, mut full) = (0, 0);
            while let Some(chunk) = self.next(rows, &mut hits, OF_PAGE - examined).await? {
                for hit in chunk.hits {
                    let of = best.entry(hit.conversation).or_default();
                    if of.len() < MESSAGES_SHOWN && !of.contains(&hit) {
                        of.push(hit);
                        full += usize::from(of.len() == MESSAGES_SHOWN);
                    }
                }
                examined += chunk.examined;
                if full == some.len() || examined == OF_PAGE {
                    break;
                }
            }
        }
        Ok(best)
    }

    /// Reads the conversations at some places, with the messages that show why they were found. Returns also whether the last ones are
    /// missing, because all custom fields together are longer than [`MOST_BYTES`](crate::read::room::MOST_BYTES).
    pub(super) async fn shown(
        &mut self,
        rows: &mut Rows<'_>,
        places: Vec<Place>,
    ) -> Result<(Vec<Found>, bool)> {
        let account = self.search.account;
        let best = self.best(rows, &places).await?;
        let mut shown = Vec::with_capacity(places.len());
        let mut room = Room::new();
        for place in places {
            let params = params![account, place.conversation];
            let read = rows.fetch_one(
                &conversation_rows::GET,
                params,
                conversation_rows::conversation,
            );
            // The conversation was merged, deleted or moved after the index found it.
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
            let hits = best.get(&place.conversation).into_iter().flatten();
            let mut messages: Vec<Message> = Vec::new();
            for hit in hits.filter(|hit| hit.message.get() > 0) {
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
}

/// What a chunk of documents gave.
pub(super) struct Chunk {
    /// Those that the caller may find and that fulfil the whole query.
    pub(super) hits: Vec<Hit>,
    /// How many the index found.
    pub(super) examined: usize,
    /// The place of the last one.
    reached: Place,
}

fn conversations(places: &[Place]) -> Vec<ConversationId> {
    places.iter().map(|place| place.conversation).collect()
}

pub(super) fn place_of(hit: &Hit) -> Place {
    Place {
        score: 0,
        at: hit.at,
        conversation: hit.conversation,
        message: hit.message,
    }
}
