//! Customers: who one is (by id, by e-mail, or made, `rules.md` 14 to 16), and the commands that make, change, merge
//! and erase them.
//!
//! A customer's first e-mail address and first phone number stand in its own row too, where APIs look for them. Every
//! e-mail address among a customer's addresses is owned by it; the owners' rows are locked before the customer's.

mod addresses;
mod bulk;
mod create;
mod erase;
mod merge;
mod named;
mod record;
mod seen;
mod update;

pub use addresses::AddressChange;
pub use bulk::{BulkCustomers, BulkItem};
pub use create::CreateCustomer;
pub use erase::EraseCustomer;
pub use merge::MergeCustomers;
pub(crate) use named::{Customers, pin};
pub use update::{CustomerChange, UpdateCustomer};
