//! Search by relevance. Each engine has ranking functions of its own, with different results; so the rank is computed here, from
//! what both indexes can answer: a word in the subject counts most, then the customer, then a message with all words beside each
//! other.
//!
//! Not all messages can be compared. Compared are the newest that fulfil the query, and the newest of those with each thing that
//! counts: so an old message with all words in its subject is found among very many others.

use std::collections::HashMap;

use heddle_domain::id::ConversationId;

use super::hits::Hit;
use super::query::{FIRST, LAST, Run, place_of};
use super::terms::Terms;
use super::{Place, RANKED, SearchPage};
use crate::error::Result;
use crate::tx::Rows;

impl Run<'_> {
    /// Reads the page of a search by relevance.
    pub(super) async fn by_relevance(&mut self, rows: &mut Rows<'_>) -> Result<SearchPage> {
        let mut kinds = vec![(Terms::All, 0)];
        kinds.extend(self.plan.points.clone());
        let mut scores: HashMap<Hit, i64> = HashMap::new();
        let mut is_complete = true;
        for (terms, points) in kinds {
            let (hits, are_all) = self.candidates(rows, terms).await?;
            is_complete &= are_all;
            for hit in hits {
                *scores.entry(hit).or_default() += points;
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

    /// Returns the newest documents that fulfil the query and `terms`, and whether they are all.
    async fn candidates(&mut self, rows: &mut Rows<'_>, terms: Terms) -> Result<(Vec<Hit>, bool)> {
        let mut hits = self.hits(rows, terms, (FIRST, LAST), None).await?;
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
