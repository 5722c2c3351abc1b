//! The first wrong property (member) of a body, in the form in which the error shows it (contract section 6).

use std::borrow::Cow;

use crate::error::Error;
use heddle_http::members::{Fault, Problem};

/// The code of a rule whose text is a complete sentence.
const SENTENCE: &str = "sentence";

pub(crate) const IDENTIFIER: Problem = Problem::rule("must be an identifier");

/// Returns a rule whose text is a complete sentence.
pub(crate) fn sentence(text: impl Into<Cow<'static, str>>) -> Problem {
    Problem::Rule(SENTENCE, text.into())
}

impl From<Fault> for Error {
    /// Builds the error. It names a property (member) of the body; if the fault is in a list of objects, it names a
    /// property of the object.
    fn from(Fault { path, problem, .. }: Fault) -> Self {
        let names: Vec<&str> = path.names().collect();
        let element = path.outermost_item();
        let (property, subject) = match (names.as_slice(), element) {
            ([], _) => ("", "It"),
            ([.., innermost], Some(_)) => (*innermost, "It"),
            ([only], None) => (*only, "It"),
            ([outermost, ..], None) => (*outermost, path.last_member()),
        };
        let error = match problem {
            Problem::Rule(SENTENCE, text) => Self::invalid_because(property, text),
            // In these cases the vendor's message contains the name alone.
            Problem::Nul | Problem::Missing if subject == "It" => Self::invalid(property),
            problem => Self::invalid_because(property, format!("{subject} {problem}.")),
        };
        match element {
            Some(element) => error.within(element.to_owned()),
            None => error,
        }
    }
}

#[cfg(test)]
mod tests {
    use heddle_http::member_path::MemberPath;
    use heddle_http::members::Body;
    use heddle_http::shape::Shape;

    use super::*;

    fn path(text: &str) -> MemberPath {
        text.split('.').fold(MemberPath::default(), |path, step| {
            match step.split_once('[') {
                Some((name, at)) => {
                    let at = at.trim_end_matches(']').parse().expect("a number");
                    path.member(name).item(at)
                }
                None => path.member(step),
            }
        })
    }

    #[test]
    fn a_name_of_the_client_is_shown_whole_but_not_longer_than_a_hundred_characters() {
        let (long, shown) = ("ü".repeat(1 << 20), "ü".repeat(100));
        for (body, expected) in [
            (r#"{"a.b": "\u0000"}"#.into(), "Invalid a.b".into()),
            (r#"{"a[0]": "\u0000"}"#.into(), "Invalid a[0]".into()),
            (r#"{"a": [{"b.c": "\u0000"}]}"#.into(), "Invalid b.c".into()),
            (
                r#"{"a.b": {"c.d": "\u0000"}}"#.into(),
                "Invalid a.b. c.d contains the character U+0000.".into(),
            ),
            (
                format!(r#"{{"{long}": "\u0000"}}"#),
                format!("Invalid {shown}"),
            ),
            (
                format!(r#"{{"{long}": {{"{long}": "\u0000"}}}}"#),
                format!("Invalid {shown}. {shown} contains the character U+0000."),
            ),
        ] {
            let body: String = body;
            let expected: String = expected;
            let body = Body::parse(body.as_bytes(), &Shape::Whole).expect("an object");
            let fault = body.read(|body| body.to_json()).expect_err("a fault");
            assert_eq!(Error::from(fault).message(), expected);
        }
    }

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
            (
                "Extra[0].deep[1]",
                Problem::Nul,
                "deep",
                "",
                Some("Extra[0]"),
            ),
            ("CreatedUtc", sentence(months), "CreatedUtc", months, None),
        ] {
            let Error::Invalid {
                parameter: shown_parameter,
                reason: shown_reason,
                place: shown_place,
            } = Fault::new(self::path(path), problem).into()
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
