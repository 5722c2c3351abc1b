//! The acceptance list of `contracts/mykaarma.md` section 11, and the cases of `rules.md` 13, 19, 33 and 34.

mod access;
mod bodies;
mod client;
mod customers;
mod delegate;
mod described;
mod followers;
mod harness;
mod history;
mod import;
mod messages;
mod opt_out;
mod threads;
