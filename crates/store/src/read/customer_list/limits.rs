//! How much a list of customers may read.

/// How much a list may read, apart from its page and the pages before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The maximum number of customers that the index of a condition may select, so that they are sorted in memory.
    pub sorted: usize,
    /// The maximum number of customers that a walk reads for one page, to test a condition.
    pub tested: usize,
    /// The maximum number of index entries that a walk without conditions examines for one page.
    pub walked: usize,
}

impl Limits {
    /// The limits of every list, except in tests with few customers.
    pub const USUAL: Self = Self {
        sorted: 4_000,
        tested: 10_000,
        walked: 100_000,
    };
}
