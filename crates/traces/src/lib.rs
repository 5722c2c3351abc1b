//! Spans of OpenTelemetry: one for each request, each command of the store and each delivery of a webhook.
//!
//! Nothing is recorded until [`install`] was called; until then, every function here returns `None` after one look at a
//! variable. The program installs a tracer if the operator has named a collector.
//!
//! Invariants: attributes are names from the code, numbers and ids. They never contain bodies, secrets, names of people, addresses,
//! paths as the client sent them, or query strings. A span that has a parent is exported exactly if its parent was sampled.

mod caller;
mod events;
mod span;
mod tracer;

pub use caller::Caller;
pub use events::note_event;
pub use span::{Command, Run, Span};
pub use tracer::{AlreadyInstalled, SCOPE, install};
