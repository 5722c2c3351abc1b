//! Who may call: credentials, what each API's need ([`rules`]), their secrets, the sealing of secrets, and the making of
//! accounts, inboxes, people and credentials ([`provision`]).
//!
//! Invariant: nothing here knows an API. What differs between APIs is a value that each of them states
//! ([`rules::CredentialRules`]).

pub mod authentication;
pub mod provision;
pub mod rules;
pub mod seal;
pub mod sealing_key;
pub mod secrets;
