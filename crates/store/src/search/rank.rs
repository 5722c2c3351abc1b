//! Search by relevance. Each engine has ranking functions of its own, with different results; so the rank is computed here, from
//! what both indexes can answer: a word in the subject counts most, then the customer, then a message with all words beside each
//! other.
//!
//! Not all messages can be compared. Compared are the newest that fulfil the query, and the newest of those with each thing that
//! counts: so an old message with all words in its subject is found among very many others. Only words beside each other are not
//! sought in all messages if very many fulfil the query, because the index would have to compare the places of the words in each.

use std::collections::HashMap;

use heddle_domain::Timestamp;
use heddle_domain::id::ConversationId;

use super::hits::Hit;
use super::query::{FIRST, LAST, Run, place_of};
use super::terms::Terms;
use super::{Place, RANKED, SearchPage};
use crate::error::Result;
use crate::tx::Rows;

/// Words beside each other are sought in so many times the period of the newest messages that were compared.
const PHRASE_PERIODS: i64 = 20;

impl Run<'_> {
    /// Reads the page of a search by relevance.
    pub(super) async fn by_relevance(&mut self, rows: &mut Rows<'_>) -> Result<SearchPage> {
        let (newest, mut is_complete) = self.candidates(rows, Terms::All, FIRST).await?;
        let phrases_since = match is_complete {
            true => FIRST,
            false => beginning_of(&newest, PHRASE_PERIODS),
        };
        let mut scores: HashMap<Hit, i64> = newest.into_iter().map(|hit| (hit, 0)).collect();
        for merit in self.plan.merits.clone() {
            let since = match merit.is_phrase {
                true => phrases_since,
                false => FIRST,
            };
            let (hits, are_all) = self.candidates(rows, merit.terms, since).await?;
            is_complete &= are_all;
            for hit in hits {
                *scores.entry(hit).or_default() += merit.points;
            }
        }
        let mut places = best_places(scores);
        places.sort_unstable_by(|a, b| b.cmp(a));
        if let Some(after) = self.search.after {
            places.retain(|place| *place < after);
        }
        let has_more = places.len() > self.search.limit;
        places.truncate(self.search.limit);
        let next = places.last().copied().filter(|_| has_more);
        self.page(rows, places, (next, is_complete)).await
    }

    /// Returns the newest documents since a time that fulfil the query and `terms`, and whether they are all of that time.
    async fn candidates(
        &mut self,
        rows: &mut Rows<'_>,
        terms: Terms,
        since: Timestamp,
    ) -> Result<(Vec<Hit>, bool)> {
        let mut hits = self.hits(rows, terms, (since, LAST), None).await?;
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
}

/// Returns the beginning of a time that is some times as long as the period of these documents, and ends with the newest one.
fn beginning_of(hits: &[Hit], periods: i64) -> Timestamp {
    let times = || hits.iter().map(|hit| hit.at.0);
    let (Some(oldest), Some(newest)) = (times().min(), times().max()) else {
        return FIRST;
    };
    let period = newest.saturating_sub(oldest);
    Timestamp(newest.saturating_sub(period.saturating_mul(periods)))
}

/// Returns the place of each conversation: the score of its best document, and its newest one.
fn best_places(scores: HashMap<Hit, i64>) -> Vec<Place> {
    let mut best: HashMap<ConversationId, Place> = HashMap::new();
    for (hit, score) in scores {
        let of_hit = place_of(&hit);
        let place = best.entry(hit.conversation).or_insert(of_hit);
        let score = score.max(place.score);
        if (of_hit.at, of_hit.message) > (place.at, place.message) {
            *place = of_hit;
        }
        place.score = score;
    }
    best.into_values().collect()
}
