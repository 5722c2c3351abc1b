//! Authentication: credentials, the rules of each API for them ([`rules`]), their secrets, the passwords of people
//! ([`passwords`]), the encryption of secrets
//! ([`seal`]), and the creation of accounts, inboxes, people and credentials ([`provision`]).
//!
//! Invariant: nothing here knows an API. Each API describes its differences in a value ([`rules::CredentialRules`]).

pub mod authentication;
mod cache;
mod create_command;
pub mod passwords;
pub mod provision;
pub mod redirect_url;
pub mod rules;
pub mod seal;
pub mod sealing_key;
pub mod secrets;
