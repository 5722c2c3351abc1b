//! Customers: the resource with its entries and postal address (contract section 9), and how a conversation or thread names
//! a customer (`named`).
//!
//! The id of a merged customer leads to its survivor, the customer that remains, in every call (`rules.md` 15).

pub(crate) mod address;
pub(crate) mod body;
pub(crate) mod entries;
pub(crate) mod entry;
pub(crate) mod kind;
mod language;
pub(crate) mod list;
mod named;
pub(crate) mod patch;
mod reach;
pub(crate) mod resource;

pub(crate) use named::{Customers, GENDERS, PHOTO_TYPES, SHAPE, longest};
