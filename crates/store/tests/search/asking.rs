//! Asks a store, and walks through all pages of the answer.

use heddle_domain::Timestamp;
use heddle_search::query::{Expr, NATIVE, parse};
use heddle_store::search::{Facets, Found, Order, Search, SearchPage};

use crate::matcher::Eyes;
use crate::world::World;

/// A page size for each page, from a random number.
pub(crate) fn sizes(seed: u64) -> impl Iterator<Item = usize> {
    let mut state = seed | 1;
    std::iter::repeat_with(move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        1 + (state >> 33) as usize % 5
    })
}

/// Returns the tree of a query; `None` if it has nothing to search for.
pub(crate) fn parsed(query: &str, now: Timestamp) -> Option<Expr> {
    let zone = jiff::tz::TimeZone::get("Europe/Berlin").expect("a zone");
    Some(parse(query, &NATIVE).ok()?.at(now, &zone))
}

impl World {
    pub(crate) fn search(&self, query: &Expr, eyes: &Eyes, order: Order) -> Search {
        Search {
            account: self.account(),
            inboxes: eyes.inboxes.clone(),
            sees_customers: eyes.sees_customers,
            sees_agents: true,
            me: eyes.me,
            query: query.clone(),
            order,
            after: None,
            limit: 100,
            with_facets: false,
        }
    }

    /// Returns everything that is found, page by page, and checks that the pages are whole.
    pub(crate) async fn walk(&self, search: &Search, seed: u64) -> Vec<Found> {
        let mut search = search.clone();
        let mut all = Vec::new();
        for limit in sizes(seed) {
            search.limit = limit;
            let SearchPage {
                found,
                next,
                is_complete,
                facets,
            } = self.store.read(search.clone()).await.expect("a page");
            assert!(is_complete && found.len() <= limit, "{search:?}");
            assert!(
                found.len() == limit || next.is_none(),
                "a page is short: {search:?}"
            );
            assert!(facets.is_none());
            all.extend(found);
            match next {
                Some(place) => search.after = Some(place),
                None => return all,
            }
            assert!(all.len() < 10_000, "no end: {search:?}");
        }
        all
    }

    pub(crate) async fn facets(&self, search: &Search) -> Facets {
        let search = Search {
            with_facets: true,
            limit: 1,
            ..search.clone()
        };
        let page = self.store.read(search).await.expect("a page");
        page.facets.expect("facets were asked for")
    }
}
