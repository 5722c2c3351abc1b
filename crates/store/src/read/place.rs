//! Where a page of a list begins.

/// A place in a list: the time that it is sorted by, and the id. The page begins behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The time.
    pub at: i64,
    /// The id.
    pub id: i64,
}
