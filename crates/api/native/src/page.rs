//! Cursor paging: a page starts after a position in the list's order (the sort value and id of a row), never after a
//! number of rows.
//!
//! A cursor is opaque to clients. It holds a version, a fingerprint of its list (path, account, all other parameters)
//! and the place of the last row on the page. A list refuses the cursor of another list. A cursor holds no secret and
//! grants no rights: a list shows only what its caller may see, wherever it starts.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::{IntoParams, ToSchema};

use crate::error::Error;

const VERSION: u8 = 1;
const FINGERPRINT_BYTES: usize = 8;
const DEFAULT_LIMIT: usize = 50;

/// Parameters of every list.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Paging {
    /// The most items of a page. Default: 50.
    #[param(minimum = 1, maximum = 100, nullable = false)]
    limit: Option<usize>,
    /// `next_cursor` of the previous page. The other parameters must stay the same.
    #[param(min_length = 1, max_length = 1000, nullable = false)]
    cursor: Option<String>,
}

/// One page of a list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Page<T> {
    /// The items, in the list's order.
    pub(crate) data: Vec<T>,
    /// The cursor of the next page; null on the last.
    #[schema(required)]
    pub(crate) next_cursor: Option<String>,
}

/// The query of a list: its filter and its page.
#[derive(Clone, Debug)]
pub(crate) struct Listing<T> {
    pub(crate) filter: T,
    limit: usize,
    cursor: Option<String>,
    fingerprint: [u8; FINGERPRINT_BYTES],
}

impl<T> Listing<T> {
    /// Creates a listing. `list` is a hash of what identifies the list.
    pub(crate) fn new(filter: T, paging: Paging, list: Sha256) -> Self {
        let digest = list.finalize();
        Self {
            filter,
            limit: paging.limit.unwrap_or(DEFAULT_LIMIT),
            cursor: paging.cursor,
            fingerprint: std::array::from_fn(|at| digest[at]),
        }
    }

    /// Returns the number of rows of a page.
    pub(crate) const fn limit(&self) -> usize {
        self.limit
    }

    /// Returns the number of rows to read: one more than the page has, to know whether another page follows.
    pub(crate) const fn fetch(&self) -> usize {
        self.limit + 1
    }

    /// Returns the place in the list after which the page starts; `None` for the first page.
    ///
    /// # Errors
    /// Returns a 422 for a malformed cursor, or the cursor of another list.
    pub(crate) fn after<P: DeserializeOwned>(&self) -> Result<Option<P>, Error> {
        let Some(cursor) = &self.cursor else {
            return Ok(None);
        };
        let position = self.position(cursor);
        let detail = "is no cursor of this list with these parameters";
        let refused = || Error::invalid("cursor", "cursor", detail);
        position.map(Some).ok_or_else(refused)
    }

    fn position<P: DeserializeOwned>(&self, cursor: &str) -> Option<P> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(cursor).ok()?;
        let (version, rest) = bytes.split_first()?;
        let (fingerprint, position) = rest.split_at_checked(FINGERPRINT_BYTES)?;
        if *version != VERSION || fingerprint != self.fingerprint {
            return None;
        }
        serde_json::from_slice(position).ok()
    }

    /// Builds the page from up to [`Self::fetch`] rows. `position` returns a row's place in the list's order.
    pub(crate) fn page<R, V, P: Serialize>(
        &self,
        mut rows: Vec<R>,
        position: impl Fn(&R) -> P,
        view: impl FnMut(R) -> V,
    ) -> Page<V> {
        let more = rows.len() > self.limit;
        rows.truncate(self.limit);
        let last = rows.last().filter(|_| more);
        Page {
            next_cursor: last.map(|row| self.cursor_at(&position(row))),
            data: rows.into_iter().map(view).collect(),
        }
    }

    /// Returns the cursor with which a page starts after this place in the list.
    pub(crate) fn cursor_at(&self, position: &impl Serialize) -> String {
        let mut bytes = vec![VERSION];
        bytes.extend_from_slice(&self.fingerprint);
        let position = serde_json::to_vec(position).expect("a position is plain data");
        bytes.extend_from_slice(&position);
        BASE64_URL_SAFE_NO_PAD.encode(bytes)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::hash;

    fn listing(filter: &str, cursor: Option<String>) -> Listing<()> {
        let paging = Paging {
            limit: Some(2),
            cursor,
        };
        Listing::new((), paging, hash::of_texts([filter]))
    }

    #[test]
    fn each_page_links_to_the_next_until_the_last() {
        let first = listing("a", None);
        assert_eq!(
            (first.fetch(), first.after::<i64>().expect("none")),
            (3, None)
        );
        let page = first.page(vec![1, 2, 3], |row| *row, |row| row);
        assert_eq!(page.data, [1, 2]);
        let next = listing("a", page.next_cursor);
        assert_eq!(next.after().expect("a position"), Some(2));
        assert_eq!(
            next.page(vec![3, 4], |row| *row, |row| row).next_cursor,
            None
        );
    }

    #[test]
    fn a_cursor_of_other_filters_is_refused() {
        let cursor = listing("a", None).cursor_at(&7);
        assert!(listing("b", Some(cursor.clone())).after::<i64>().is_err());
        assert!(listing("a", Some(cursor)).after::<String>().is_err());
    }

    proptest! {
        #[test]
        fn arbitrary_texts_are_not_valid_cursors(text in "[A-Za-z0-9_-]{0,40}") {
            prop_assert!(listing("a", Some(text)).after::<i64>().is_err());
        }
    }
}
