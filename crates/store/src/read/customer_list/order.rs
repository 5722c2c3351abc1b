//! The orders of a list of customers, and places in them.

use crate::rows::customer_list::Facts;

/// The sort order of a list; equal values are sorted by id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Sorted by creation. A customer's place never changes.
    Created,
    /// Sorted by last change.
    Updated,
    /// Sorted by first name, without regard to case.
    FirstName,
    /// Sorted by last name, without regard to case.
    LastName,
}

/// The value by which a list is sorted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SortValue {
    /// A time, in milliseconds.
    Time(i64),
    /// A name, as [`heddle_domain::customer::name_key`] returns it.
    Name(String),
}

/// A place in a list: behind the customer with this value and id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The value by which the list is sorted.
    pub value: SortValue,
    /// Id of the customer.
    pub id: i64,
}

impl Order {
    /// Returns the value of a customer.
    pub(super) fn value(self, customer: &Facts) -> SortValue {
        match self {
            Self::Created => SortValue::Time(customer.created_at.0),
            Self::Updated => SortValue::Time(customer.updated_at.0),
            Self::FirstName => SortValue::Name(customer.first_key.clone()),
            Self::LastName => SortValue::Name(customer.last_key.clone()),
        }
    }

    /// Whether a place can be one in this order.
    #[must_use]
    pub const fn has(self, place: &Place) -> bool {
        match (self, &place.value) {
            (Self::Created | Self::Updated, SortValue::Time(_))
            | (Self::FirstName | Self::LastName, SortValue::Name(_)) => true,
            (Self::Created | Self::Updated, SortValue::Name(_))
            | (Self::FirstName | Self::LastName, SortValue::Time(_)) => false,
        }
    }
}
