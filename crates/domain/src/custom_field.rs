//! Custom fields that an inbox defines, and which values they take.
//!
//! A conversation stores the value of a field under the field's name, as people read it: for a dropdown this is the label of the
//! option. So the fields that an inbox defines and those that a client makes up are the same fields; a definition only adds a
//! type, an order and ids.

use serde::{Deserialize, Serialize};

use crate::code::coded;
use crate::id::{CustomFieldId, InboxId};

/// The maximum number of custom fields that an inbox defines.
pub const MOST_DEFINED: usize = 100;
/// The maximum number of options of a dropdown.
pub const MOST_OPTIONS: usize = 500;
/// The maximum length of a field's name and of an option's label, in characters.
pub const LONGEST_NAME: usize = 100;
/// The maximum length of a value with one line, in characters.
pub const LONGEST_LINE: usize = 255;
/// The maximum length of a value with several lines, in characters.
pub const LONGEST_VALUE: usize = 10_000;
/// The maximum length of a number, in characters.
const LONGEST_NUMBER: usize = 40;

coded! {
    /// Which values a custom field takes.
    pub enum FieldKind {
        /// A text of one line.
        SingleLine = "singleline",
        /// A text of several lines.
        MultiLine = "multiline",
        /// A day, such as 2026-03-04.
        Date = "date",
        /// A decimal number, such as -12.5.
        Number = "number",
        /// One of the field's options.
        Dropdown = "dropdown",
    }
}

/// An option of a dropdown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldOption {
    /// Id of the option; no other option or field of the account has it.
    pub id: i64,
    /// What people read, and what a conversation stores. Never changes.
    pub label: String,
}

/// A custom field that an inbox defines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomField {
    /// Id of the field within the account.
    pub id: CustomFieldId,
    /// The inbox that defines the field.
    pub inbox: InboxId,
    /// Name of the field, unique in its inbox. Never changes.
    pub name: String,
    /// Which values the field takes. Never changes.
    pub kind: FieldKind,
    /// The place of the field among those of its inbox; equal places are ordered by id.
    pub order: i64,
    /// Whether people must fill in the field. The server does not enforce it.
    pub required: bool,
    /// The options of a dropdown, in order; empty for other kinds.
    pub options: Vec<FieldOption>,
}

impl CustomField {
    /// Returns the value that a conversation stores for a text that a person wrote.
    ///
    /// # Errors
    /// Says in words which values the field takes, if the text is none of them.
    pub fn accept(&self, text: &str) -> Result<String, String> {
        match self.kind {
            FieldKind::SingleLine => {
                let is_line = !text.contains(['\n', '\r']);
                taken(text, is_line && fits(text, LONGEST_LINE), || {
                    format!("must be one line of 1 to {LONGEST_LINE} characters")
                })
            }
            FieldKind::MultiLine => taken(text, fits(text, LONGEST_VALUE), || {
                format!("must have 1 to {LONGEST_VALUE} characters")
            }),
            FieldKind::Date => taken(text.trim(), is_day(text.trim()), || {
                "must be a day such as 2026-03-04".to_owned()
            }),
            FieldKind::Number => taken(text.trim(), is_number(text.trim()), || {
                "must be a decimal number such as 12.5".to_owned()
            }),
            FieldKind::Dropdown => taken(text, self.option(text).is_some(), || {
                "must be one of the field's options".to_owned()
            }),
        }
    }

    /// Returns the option with a label.
    #[must_use]
    pub fn option(&self, label: &str) -> Option<&FieldOption> {
        self.options.iter().find(|option| option.label == label)
    }
}

fn taken(text: &str, is_taken: bool, wrong: impl FnOnce() -> String) -> Result<String, String> {
    is_taken.then(|| text.to_owned()).ok_or_else(wrong)
}

fn fits(text: &str, most: usize) -> bool {
    (1..=most).contains(&text.chars().count())
}

fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let are_digits =
        |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.len() <= LONGEST_NUMBER && are_digits(whole) && are_digits(fraction)
}

/// Whether a text is a day of the years 0001 to 9999, written as `2026-03-04`.
fn is_day(text: &str) -> bool {
    let parts: Option<Vec<u32>> = text.split('-').map(digits).collect();
    let lengths = text.split('-').map(str::len);
    let Some(&[year, month, day]) = parts.as_deref() else {
        return false;
    };
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        1..=12 => 31,
        _ => 0,
    };
    lengths.eq([4, 2, 2]) && year > 0 && (1..=days).contains(&day)
}

fn digits(text: &str) -> Option<u32> {
    let are_digits = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| are_digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(kind: FieldKind) -> CustomField {
        let option = |id, label: &str| FieldOption {
            id,
            label: label.into(),
        };
        CustomField {
            id: CustomFieldId(8),
            inbox: InboxId(1),
            name: "Model".into(),
            kind,
            order: 1,
            required: false,
            options: vec![option(21, "K-200"), option(22, "K-300")],
        }
    }

    #[test]
    fn each_kind_takes_its_values_only() {
        let long = "x".repeat(LONGEST_LINE + 1);
        let longer = "x".repeat(LONGEST_VALUE + 1);
        for (kind, taken, refused) in [
            (
                FieldKind::SingleLine,
                vec!["a", " a b ", &long[1..]],
                vec!["", "a\nb", "a\rb", &long],
            ),
            (
                FieldKind::MultiLine,
                vec!["a\nb", &longer[1..]],
                vec!["", &longer],
            ),
            (
                FieldKind::Date,
                vec!["2026-03-04", "2024-02-29", "0001-01-01"],
                vec![
                    "",
                    "2026-02-29",
                    "2026-13-01",
                    "2026-3-4",
                    "04.03.2026",
                    "2026-00-10",
                    "2026-01-00",
                    "２026-01-01",
                ],
            ),
            (
                FieldKind::Number,
                vec!["0", "-12.5", "007"],
                vec!["", "-", ".5", "5.", "1e3", "12x", "--1", "1.2.3", "+1"],
            ),
            (FieldKind::Dropdown, vec!["K-200"], vec!["", "21", "k-200"]),
        ] {
            for text in taken {
                assert_eq!(field(kind).accept(text).as_deref(), Ok(text), "{kind:?}");
            }
            for text in refused {
                assert!(field(kind).accept(text).is_err(), "{kind:?} {text}");
            }
        }
        assert_eq!(field(FieldKind::Number).accept(" 5 ").as_deref(), Ok("5"));
        let most = "9".repeat(LONGEST_NUMBER + 1);
        assert!(field(FieldKind::Number).accept(&most).is_err());
    }
}
