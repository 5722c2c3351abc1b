//! Opt-outs: whether an address may be written to.
//!
//! An opt-out belongs to an inbox and an address, not to a customer: it outlasts a change of the customer's addresses, a merge
//! and an erasure.

use crate::code::coded;
use crate::customer::normalise_email;
use crate::time::Timestamp;

coded! {
    /// Whether an address may be written to.
    pub enum OptOutState {
        /// It may be written to, and somebody said so.
        OptedIn = "opted_in",
        /// It must not be written to.
        OptedOut = "opted_out",
        /// The person may have asked not to be written to; somebody should look.
        Suspected = "opt_out_suspected",
    }
}

coded! {
    /// How an address is reached.
    pub enum OptOutKind {
        /// A telephone number, by text message.
        Text = "text",
        /// An e-mail address.
        Email = "email",
    }
}

/// An address in the form in which opt-outs are recorded: of a telephone number only the digits, an e-mail address in lower
/// case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct OptOutAddress {
    kind: OptOutKind,
    value: String,
}

/// The most digits of a telephone number.
const MOST_DIGITS: usize = 32;

impl OptOutAddress {
    /// Reads an address in any spelling; `None` if the text is no address of this kind.
    #[must_use]
    pub fn new(kind: OptOutKind, text: &str) -> Option<Self> {
        let value = match kind {
            OptOutKind::Email => normalise_email(text)?,
            OptOutKind::Text => digits(text)?,
        };
        Some(Self { kind, value })
    }

    /// How the address is reached.
    #[must_use]
    pub const fn kind(&self) -> OptOutKind {
        self.kind
    }

    /// The digits of the number, or the e-mail address.
    #[must_use]
    pub fn value(&self) -> &str {
        &self.value
    }
}

/// Returns the digits of a telephone number; `None` if it has none, too many, or letters.
fn digits(text: &str) -> Option<String> {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let has_letters = text.contains(char::is_alphabetic);
    ((1..=MOST_DIGITS).contains(&digits.len()) && !has_letters).then_some(digits)
}

/// What was recorded about an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OptOut {
    /// Whether the address may be written to.
    pub state: OptOutState,
    /// When the state changed.
    pub changed_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_an_address_are_one_address() {
        let text = |text| OptOutAddress::new(OptOutKind::Text, text);
        assert_eq!(text("+49 (30) 12-34"), text("49301234"));
        assert_ne!(text("301234"), text("49301234"));
        let email = |text| OptOutAddress::new(OptOutKind::Email, text);
        assert_eq!(email(" Ito@Here.example "), email("ito@here.example"));
        for wrong in ["", "+", "ito@here.example", "12x", &"1".repeat(33)] {
            assert_eq!(text(wrong), None, "{wrong}");
        }
        assert_eq!(email("49301234"), None);
    }
}
