//! Customers: how a request names one (by id, by e-mail address, or a new one; `rules.md` 14 to 16), and the commands
//! that create, change, merge and erase them.
//!
//! A customer's first e-mail address and first phone number are also stored in its own row, where APIs filter by
//! them. A customer owns each of its e-mail addresses; the rows of the owners are locked before the customer's row.

mod addresses;
mod bulk;
mod create;
mod erase;
mod extras;
mod followers;
mod merge;
mod named;
mod postal;
mod preferences;
mod record;
mod seen;
mod update;

pub use addresses::{AddressChange, AddressEdit};
pub use bulk::{BulkCustomers, BulkItem};
pub use create::{CreateCustomer, RegisterCustomer};
pub use erase::{EraseCustomer, ErasureLimit};
pub use extras::Extras;
pub use followers::{FOLLOWERS, UpdateFollowers};
pub use merge::MergeCustomers;
pub(crate) use named::{Customers, pin, pin_all};
pub use postal::{PostalChange, PostalPart};
pub use preferences::UpdatePreferences;
pub use update::{CustomerChange, UpdateCustomer};
