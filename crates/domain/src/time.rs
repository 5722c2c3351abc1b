//! Instants: integer milliseconds UTC. Reading a clock is the caller's business.

/// An instant in milliseconds since 1970-01-01T00:00:00Z. Negative values are instants before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// The instant `ms` milliseconds later.
    #[must_use]
    pub const fn plus_ms(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// The start of the second that holds this instant (times on most wires have whole seconds, truncated).
    #[must_use]
    pub const fn floor_second(self) -> Self {
        Self(self.0.div_euclid(1000) * 1000)
    }
}
