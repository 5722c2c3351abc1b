//! The place at which a page of a list begins.

/// A place in a sorted list: sort time and id of a row. The page begins after this row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Time by which the list is sorted, in milliseconds.
    pub at: i64,
    /// Id of the row.
    pub id: i64,
}
