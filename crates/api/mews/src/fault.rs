//! The first wrong property of a body as the error shows it (contract section 6).

use std::borrow::Cow;

use crate::error::Error;
use heddle_http::members::{Fault, Problem, Unreadable};

/// The code of a rule whose text is a whole sentence.
const SENTENCE: &str = "sentence";

pub(crate) const IDENTIFIER: Problem = rule("must be an identifier");

/// A rule that is shown for a property within another one, whose name is put in front.
pub(crate) const fn rule(text: &'static str) -> Problem {
    Problem::Rule("", Cow::Borrowed(text))
}

/// A rule that is a whole sentence.
pub(crate) fn sentence(text: impl Into<Cow<'static, str>>) -> Problem {
    Problem::Rule(SENTENCE, text.into())
}

impl From<Unreadable> for Error {
    fn from(unreadable: Unreadable) -> Self {
        match unreadable {
            Unreadable::Body(fault) => fault.into(),
            Unreadable::MediaType => Self::ContentType,
            Unreadable::Empty | Unreadable::Syntax(_) | Unreadable::NotAnObject => {
                Self::NotJson(unreadable.to_string())
            }
        }
    }
}

impl From<Fault> for Error {
    /// The property is the one of the body; in a list of objects, it is the one of the object.
    fn from(Fault { path, problem, .. }: Fault) -> Self {
        let end = path.find(['.', '[']).unwrap_or(path.len());
        let (property, inside) = path.split_at(end);
        let reason = match problem {
            Problem::Length(length) => {
                let sentence = format!("It must not be longer than {} characters.", length.end());
                Some(sentence.into())
            }
            Problem::Count(count) => Some(match count.into_inner() {
                (0, most) => format!("There must not be more than {most}.").into(),
                (least, most) => format!("There must be {least} to {most} identifiers.").into(),
            }),
            Problem::Rule(SENTENCE, text) => Some(text),
            problem => {
                let inner = inside.strip_prefix('.').zip(allowed(problem));
                inner.map(|(name, allowed)| format!("{name} {allowed}.").into())
            }
        };
        let element = inside.find(']').filter(|_| inside.starts_with('['));
        let inner = inside.rsplit_once('.').filter(|_| element.is_some());
        let property = inner.map_or(property, |(_, inner)| inner);
        let error = match reason {
            Some(reason) => Self::invalid_because(property, reason),
            None => Self::invalid(property),
        };
        match element {
            Some(at) => error.within(path[..=end + at].to_owned()),
            None => error,
        }
    }
}

fn allowed(problem: Problem) -> Option<Cow<'static, str>> {
    match problem {
        Problem::Missing => Some("must be given".into()),
        Problem::Integer(bounds) => {
            let (least, most) = bounds.into_inner();
            Some(format!("must be a number from {least} to {most}").into())
        }
        Problem::Rule(_, text) => Some(text),
        _ => None,
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
                "It must not be longer than 9 characters.",
                None,
            ),
            (
                "Limitation.Count",
                Problem::Integer(1..=9),
                "Limitation",
                "Count must be a number from 1 to 9.",
                None,
            ),
            (
                "Messages[17].Text",
                Problem::Empty,
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
            ("Extra.deep[0]", Problem::Nul, "Extra", "", None),
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
