//! Statements and row mappings, one module a table. Nothing here decides anything.

pub(crate) mod account;
pub(crate) mod attachment;
pub(crate) mod check;
pub(crate) mod conversation;
pub(crate) mod credential;
pub(crate) mod customer;
pub(crate) mod dump;
pub(crate) mod event;
pub(crate) mod message;
pub(crate) mod node;
pub(crate) mod tag;

use crate::tx::Stmt;

/// Every statement of the store, for the tests that prepare and explain them on both engines.
pub(crate) fn all() -> Vec<&'static Stmt> {
    [
        account::ALL,
        attachment::ALL,
        check::ALL,
        conversation::ALL,
        credential::ALL,
        customer::ALL,
        dump::ALL,
        event::ALL,
        message::ALL,
        node::ALL,
        tag::ALL,
    ]
    .concat()
}
