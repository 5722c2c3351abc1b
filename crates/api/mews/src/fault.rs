//! The first wrong property (member) of a body, in the form in which the error shows it (contract section 6).

use std::borrow::Cow;

use crate::error::Error;
use heddle_http::members::{Fault, Problem};

/// The code of a rule whose text is a complete sentence.
const SENTENCE: &str = "sentence";

pub(crate) const IDENTIFIER: Problem = rule("must be an identifier");

/// Returns a rule about a property (member) inside another one. The error puts the property's name in front of the
/// text.
pub(crate) const fn rule(text: &'static str) -> Problem {
    Problem::Rule("", Cow::Borrowed(text))
}

/// Returns a rule whose text is a complete sentence.
pub(crate) fn sentence(text: impl Into<Cow<'static, str>>) -> Problem {
    Problem::Rule(SENTENCE, text.into())
}

impl From<Fault> for Error {
    /// Builds the error. It names a property (member) of the body; if the fault is in a list of objects, it names a
    /// property of the object.
    fn from(Fault { path, problem, .. }: Fault) -> Self {
        let end = path.find(['.', '[']).unwrap_or(path.len());
        let (property, inside) = path.split_at(end);
        let element = inside.find(']').filter(|_| inside.starts_with('['));
        let (property, subject) = match (element, inside.rsplit_once('.')) {
            (Some(_), Some((_, inner))) => (inner, "It"),
            (None, Some((_, inner))) => (property, inner),
            (_, None) => (property, "It"),
        };
        let error = match problem {
            Problem::Rule(SENTENCE, text) => Self::invalid_because(property, text),
            // In these cases the vendor's message contains the name alone.
            Problem::Nul | Problem::Missing if subject == "It" => Self::invalid(property),
            problem => Self::invalid_because(property, format!("{subject} {problem}.")),
        };
        match element {
            Some(at) => error.within(path[..=end + at].to_owned()),
            None => error,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_property_and_its_element_are_named() {
        let months = "The interval must not exceed 1 month.";
        for (path, problem, parameter, reason, place) in [
            ("Subject", Problem::Missing, "Subject", "", None),
            (
                "Subject",
                Problem::Length(0..=9),
                "Subject",
                "It must have at most 9 characters.",
                None,
            ),
            (
                "Limitation.Count",
                Problem::Integer(1..=9),
                "Limitation",
                "Count must be an integer from 1 to 9.",
                None,
            ),
            (
                "Messages[17].Text",
                Problem::Missing,
                "Text",
                "",
                Some("Messages[17]"),
            ),
            (
                "Messages[0]",
                Problem::Missing,
                "Messages",
                "",
                Some("Messages[0]"),
            ),
            ("Extra[0].deep", Problem::Nul, "deep", "", Some("Extra[0]")),
            ("CreatedUtc", sentence(months), "CreatedUtc", months, None),
        ] {
            let Error::Invalid {
                parameter: shown_parameter,
                reason: shown_reason,
                place: shown_place,
            } = Fault::new(path, problem).into()
            else {
                panic!("{path}")
            };
            let shown_reason = shown_reason.unwrap_or_default();
            let shown = (
                shown_parameter.as_str(),
                &*shown_reason,
                shown_place.as_deref(),
            );
            assert_eq!(shown, (parameter, reason, place), "{path}");
        }
    }
}
