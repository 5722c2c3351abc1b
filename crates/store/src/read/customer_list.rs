//! Lists customers by pages with numbers, for the Help Scout API: any condition, four orders, two directions. `filter` lists them
//! by cursors, for the Mews API.
//!
//! A page begins after a place in its order (a sort value and an id), or, if the caller knows only its number, after as many
//! customers as the earlier pages have. A walk from place to place neither repeats nor skips a customer that does not change
//! its place meanwhile.
//!
//! Every read is limited. A condition that selects few customers has its own index, which finds them; they are sorted in
//! memory, and their number is exact. Otherwise the index of the order is walked along; a page may then have few customers, or
//! none, although the list goes on.

mod condition;
mod filter;
mod limits;
mod list;
mod order;
mod page;
mod walk;

pub use self::condition::Condition;
pub use self::filter::{FilterCustomers, FilteredPage};
pub use self::limits::Limits;
pub use self::list::{ListCustomers, MOST_COUNTED, NumberedPage};
pub use self::order::{Order, Place, SortValue};
