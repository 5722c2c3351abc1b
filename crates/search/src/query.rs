//! The query language: words and phrases, filters such as `tag:refund`, and `AND`, `OR`, `NOT` and parentheses.
//!
//! Words beside each other must all occur. `OR` binds less than that, `NOT` (or `-` before a word) more. `"a phrase"` occurs as it
//! stands, `refu*` is the beginning of a word. The operators are upper case; `and` is a word.

mod error;
mod expr;
mod field;
mod lexer;
mod moment;
mod parser;
mod term;

pub use error::QueryError;
pub use expr::{Assignee, DEEPEST, Expr, Filter, LONGEST_QUERY, MOST_CONDITIONS, Scope};
pub use field::{Field, NATIVE, Vocabulary};
pub use moment::{Edge, Moment};
pub use parser::parse;
pub use term::Term;

#[cfg(test)]
mod tests;
