//! Search by relevance. Each engine has ranking functions of its own, with different results; so the rank is computed here, from
//! what both indexes can answer: a word in the subject counts most, then the customer, then a message with all words beside each
//! other.

use std::collections::HashMap;

use heddle_domain::id::{ConversationId, MessageId};

use super::hits::Hit;
use super::query::{FIRST, LAST, Run, place_of};
use super::terms::Terms;
use super::{Place, RANKED, SearchPage};
use crate::error::Result;
use crate::tx::Rows;

/// The scores of documents.
type Scores = HashMap<(ConversationId, MessageId), i64>;

impl Run<'_> {
    /// Reads the page of a search by relevance.
    pub(super) async fn by_relevance(&mut self, rows: &mut Rows<'_>) -> Result<SearchPage> {
        let (hits, is_complete) = self.candidates(rows).await?;
        let scores = self.scores(rows, &hits).await?;
        let mut best: HashMap<ConversationId, Place> = HashMap::new();
        for hit in &hits {
            let score = scores
                .get(&(hit.conversation, hit.message))
                .copied()
                .unwrap_or(0);
            let newest = best
                .entry(hit.conversation)
                .or_insert_with(|| place_of(hit));
            newest.score = newest.score.max(score);
        }
        let mut places: Vec<Place> = best.into_values().collect();
        places.sort_unstable_by(|a, b| b.cmp(a));
        if let Some(after) = self.search.after {
            places.retain(|place| *place < after);
        }
        let has_more = places.len() > self.search.limit;
        places.truncate(self.search.limit);
        let next = places.last().copied().filter(|_| has_more);
        self.page(rows, places, (next, is_complete)).await
    }

    /// Returns the newest documents that fulfil the query, and whether they are all.
    async fn candidates(&mut self, rows: &mut Rows<'_>) -> Result<(Vec<Hit>, bool)> {
        let mut hits = self.hits(rows, Terms::All, (FIRST, LAST), None).await?;
        let (mut found, mut examined) = (Vec::new(), 0);
        while let Some(chunk) = self.next(rows, &mut hits, RANKED - examined).await? {
            found.extend(chunk.hits);
            examined += chunk.examined;
            if examined == RANKED {
                return Ok((found, false));
            }
        }
        Ok((found, true))
    }

    /// Returns the scores of documents; 0 for those that it does not name.
    async fn scores(&self, rows: &mut Rows<'_>, hits: &[Hit]) -> Result<Scores> {
        let mut scores = Scores::new();
        let (Some(newest), Some(oldest)) = (hits.first(), hits.last()) else {
            return Ok(scores);
        };
        for (terms, points) in self.plan.points.clone() {
            let mut better = self.hits(rows, terms, (oldest.at, newest.at), None).await?;
            loop {
                let chunk = better.next(rows).await?;
                if chunk.is_empty() {
                    break;
                }
                for hit in chunk {
                    *scores.entry((hit.conversation, hit.message)).or_default() += points;
                }
            }
        }
        Ok(scores)
    }
}
