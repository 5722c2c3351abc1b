//! Lists conversations for Help Scout: any expression of conditions, any of its sort orders, pages by number.
//!
//! - If a condition selects few conversations, its index finds them; their facts are compared and sorted in memory.
//! - Otherwise the index of the sort order is read. Conditions that are no part of it are checked for each entry, except that drafts
//!   are read once and left out.
//! - A sort order without an index compares all conversations that fulfil the conditions.
//!
//! A page begins after the place that its caller names, or else after the conversations of the pages before it, which are
//! counted in the index. No snapshot is held, so that a list may take two seconds; what changed meanwhile is left out at the
//! end. `store.md` 6 names the access path and the budget of each filter.

mod candidates;
mod deadline;
mod drafts;
mod expr;
mod list;
mod order;
mod run;
mod scope;
mod total;
mod walk;

pub use expr::{Condition, Expr};
pub use list::{Limits, SelectConversations, Selection};
pub use order::{Place, Sort};
