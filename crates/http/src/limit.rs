//! Rate limits: the two shapes that vendors use, and the limit on failed authentication.
//!
//! Invariants: no clock is read; every call is given the time in milliseconds since any fixed instant. A limit of 0 is off.
//! Memory is bounded (`windows`). If the time steps back a little, it counts as "no time passed"; if it steps back far, the
//! count starts again, so that a corrected clock locks nobody out. Counts are per process: with several nodes on one
//! database, each node allows the full limit.

mod failures;
mod fixed_penalty;
mod fixed_window;
mod verdict;
mod windows;

pub use failures::Failures;
pub use fixed_penalty::FixedPenalty;
pub use fixed_window::FixedWindow;
pub use verdict::Verdict;

#[cfg(test)]
mod tests;
