//! Statements and row mappings, one module per table, with the functions that write or lock its whole rows. What a row
//! contains is decided elsewhere.

pub(crate) mod account;
pub(crate) mod attachment;
pub(crate) mod backup;
pub(crate) mod check;
pub(crate) mod conversation;
pub(crate) mod count;
pub(crate) mod credential;
pub(crate) mod custom_field;
pub(crate) mod customer;
pub(crate) mod customer_list;
pub(crate) mod delivery;
pub(crate) mod dump;
pub(crate) mod entry;
pub(crate) mod erased;
pub(crate) mod erasure;
pub(crate) mod event;
pub(crate) mod export;
pub(crate) mod feed;
pub(crate) mod field;
pub(crate) mod folder;
pub(crate) mod follower;
pub(crate) mod guest;
pub(crate) mod idempotent;
pub(crate) mod import;
pub(crate) mod inbox_profile;
pub(crate) mod job;
pub(crate) mod mend;
pub(crate) mod message;
pub(crate) mod message_source;
pub(crate) mod node;
pub(crate) mod opt_out;
pub(crate) mod preference;
pub(crate) mod removal;
pub(crate) mod retention;
pub(crate) mod sealing_key;
pub(crate) mod search;
pub(crate) mod tag;
pub(crate) mod upload;
pub(crate) mod webhook;

use crate::stmt::Stmt;

/// The statements that exist on one engine only, by module.
pub(crate) static POSTGRES: &[(&str, &[&Stmt])] = &[
    ("feed", feed::POSTGRES),
    ("import", import::POSTGRES),
    ("removal", removal::POSTGRES),
    ("search", search::index::ALL),
    ("search", search::postgres::ALL),
];

/// The statements on SQLite's search index.
pub(crate) static INDEX: &[(&str, &[&Stmt])] = &[
    ("search index", search::index::ALL),
    ("search index", search::sqlite::ALL),
];

/// All statements of the store, by module. Tests prepare and explain each of them on SQLite and PostgreSQL.
pub(crate) static ALL: &[(&str, &[&Stmt])] = &[
    ("account", account::ALL),
    ("attachment", attachment::ALL),
    ("backup", backup::ALL),
    ("check", check::ALL),
    ("conversation", conversation::ALL),
    ("count", count::ALL),
    ("credential", credential::ALL),
    ("custom_field", custom_field::ALL),
    ("customer", customer::ALL),
    ("customer_list", customer_list::ALL),
    ("delivery", delivery::ALL),
    ("dump", dump::ALL),
    ("entry", entry::ALL),
    ("erased", erased::ALL),
    ("erasure", erasure::ALL),
    ("event", event::ALL),
    ("export", export::ALL),
    ("field", field::ALL),
    ("feed", feed::ALL),
    ("folder", folder::ALL),
    ("follower", follower::ALL),
    ("guest", guest::ALL),
    ("idempotent", idempotent::ALL),
    ("import", import::ALL),
    ("inbox_profile", inbox_profile::ALL),
    ("job", job::ALL),
    ("mend", mend::ALL),
    ("message", message::ALL),
    ("message_source", message_source::ALL),
    ("node", node::ALL),
    ("preference", preference::ALL),
    ("opt_out", opt_out::ALL),
    ("removal", removal::ALL),
    ("removal", removal::LEFT_OUT),
    ("retention", retention::ALL),
    ("sealing_key", sealing_key::ALL),
    ("search", search::ALL),
    ("tag", tag::ALL),
    ("webhook", webhook::ALL),
    ("upload", upload::ALL),
];
