//! The position at which a page of a list begins.

/// A position in a list: sort time and id. The page begins after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The time.
    pub at: i64,
    /// The id.
    pub id: i64,
}
