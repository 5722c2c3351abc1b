//! Cursor paging: a list goes on behind a position in its order, never after a number of rows.
//!
//! A cursor is opaque to clients: a version, a mark of what it belongs to (path, account, every other parameter) and the
//! position of the last row that was given. With other filters than its own it is refused. It holds nothing secret and
//! grants nothing: a list shows what its caller may see, wherever it begins.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::{IntoParams, ToSchema};

use crate::error::{Error, FieldError};

const VERSION: u8 = 1;
const MARK_BYTES: usize = 8;
const DEFAULT_LIMIT: usize = 50;

/// Parameters of every list.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Paging {
    /// How many items a page has at most; 50 if it is not given.
    #[param(minimum = 1, maximum = 100, nullable = false)]
    limit: Option<usize>,
    /// Where to go on: `next_cursor` of the page before. It belongs to the other parameters of that request.
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

/// Which rows a list asks for.
#[derive(Clone, Debug)]
pub(crate) struct Listing<T> {
    /// The other parameters.
    pub(crate) filter: T,
    limit: usize,
    cursor: Option<String>,
    mark: [u8; MARK_BYTES],
}

impl<T> Listing<T> {
    pub(crate) fn new(filter: T, paging: Paging, mark: Mark) -> Self {
        Self {
            filter,
            limit: paging.limit.unwrap_or(DEFAULT_LIMIT),
            cursor: paging.cursor,
            mark: mark.finish(),
        }
    }

    /// How many rows a page has.
    pub(crate) const fn limit(&self) -> usize {
        self.limit
    }

    /// How many rows to read: one more than the page has, which tells whether another follows.
    pub(crate) const fn fetch(&self) -> usize {
        self.limit + 1
    }

    /// The position behind which the page begins; `None` for the first.
    ///
    /// # Errors
    /// 422 for a cursor that is none, or belongs to other filters.
    pub(crate) fn after<P: DeserializeOwned>(&self) -> Result<Option<P>, Error> {
        let Some(cursor) = &self.cursor else {
            return Ok(None);
        };
        let position = self.position(cursor);
        let refused = || {
            let detail = "is no cursor of this list with these parameters";
            Error::Invalid(vec![FieldError::new("cursor", "cursor", detail)])
        };
        position.map(Some).ok_or_else(refused)
    }

    fn position<P: DeserializeOwned>(&self, cursor: &str) -> Option<P> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(cursor).ok()?;
        let (version, rest) = bytes.split_first()?;
        let (mark, position) = rest.split_at_checked(MARK_BYTES)?;
        if *version != VERSION || mark != self.mark {
            return None;
        }
        serde_json::from_slice(position).ok()
    }

    /// The page of the rows that [`Self::fetch`] asked for; `position` tells where a row stands in the list's order.
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

    /// The cursor of the rows behind a position.
    pub(crate) fn cursor_at(&self, position: &impl Serialize) -> String {
        let mut bytes = vec![VERSION];
        bytes.extend_from_slice(&self.mark);
        let position = serde_json::to_vec(position).expect("a position is plain data");
        bytes.extend_from_slice(&position);
        BASE64_URL_SAFE_NO_PAD.encode(bytes)
    }
}

/// What a cursor belongs to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Mark(Sha256);

impl Mark {
    /// Adds one thing; its length goes in too, so that neighbours cannot flow together.
    pub(crate) fn with(self, part: &str) -> Self {
        Self(
            self.0
                .chain_update(part.len().to_le_bytes())
                .chain_update(part),
        )
    }

    fn finish(self) -> [u8; MARK_BYTES] {
        let digest = self.0.finalize();
        std::array::from_fn(|at| digest[at])
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn listing(filter: &str, cursor: Option<String>) -> Listing<()> {
        let paging = Paging {
            limit: Some(2),
            cursor,
        };
        Listing::new((), paging, Mark::default().with(filter))
    }

    #[test]
    fn a_page_leads_to_the_next_until_the_last() {
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
        fn no_text_is_a_cursor_by_chance(text in "[A-Za-z0-9_-]{0,40}") {
            prop_assert!(listing("a", Some(text)).after::<i64>().is_err());
        }
    }
}
