//! The first wrong field of a body, as the error shows it (contract section 6): a text, and the field as `reference`.

use std::borrow::Cow;

use crate::error::Error;
use crate::text::Text;
use heddle_api::date_time::{self, Wrong};
use heddle_http::members::{Fault, Problem};

/// The codes of this API's own rules.
mod code {
    pub(super) const DATE_TIME: &str = "date-time";
    pub(super) const RANGE: &str = "range";
}

pub(crate) const DATE_TIME: Problem =
    Problem::Rule(code::DATE_TIME, Cow::Borrowed("must be a date and time"));

/// Returns what is wrong with a date-time.
pub(crate) const fn of_time(wrong: Wrong) -> Problem {
    match wrong {
        Wrong::Form => DATE_TIME,
        Wrong::Range => Problem::Rule(code::RANGE, Cow::Borrowed(date_time::RANGE)),
    }
}

/// Returns the text that names the limit of a field.
fn too_long(field: &str) -> Text {
    match field {
        "subject" => Text::LongSubject,
        "ticketNumber" => Text::LongTicketNumber,
        "ticketLink" => Text::LongTicketLink,
        "agent" => Text::LongAgent,
        _ => Text::UnknownValue,
    }
}

impl From<Fault> for Error {
    fn from(Fault { path, problem, .. }: Fault) -> Self {
        let text = match problem {
            Problem::Missing | Problem::Empty => Text::Required,
            Problem::Type(_) | Problem::Integer(_) | Problem::Beyond => Text::WrongType,
            Problem::Nul => Text::NulCharacter,
            Problem::Rule(code::DATE_TIME, _) => Text::BadDateTime,
            Problem::Rule(code::RANGE, _) => Text::OutsideCalendar,
            Problem::Length(_) => too_long(path.as_str()),
            Problem::Count(_) | Problem::Word(_) | Problem::Rule(..) => Text::UnknownValue,
        };
        Self::field(text, path.as_str())
    }
}

#[cfg(test)]
mod tests {
    use heddle_http::members::{Body, Type};
    use heddle_http::shape::Shape;

    use super::*;

    fn parts(error: Error) -> (Text, String) {
        match error {
            Error::Invalid { text, reference } => (text, reference.expect("a reference")),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn each_problem_has_its_text() {
        for (problem, text) in [
            (Problem::Missing, Text::Required),
            (Problem::Type(Type::Text), Text::WrongType),
            (Problem::Word(vec!["A"]), Text::UnknownValue),
            (Problem::Length(0..=9), Text::LongSubject),
            (Problem::rule("must be odd"), Text::UnknownValue),
            (DATE_TIME, Text::BadDateTime),
            (of_time(Wrong::Range), Text::OutsideCalendar),
        ] {
            let error = Fault::new("subject", problem).into();
            assert_eq!(parts(error), (text, "subject".to_owned()));
        }
    }

    #[test]
    fn a_long_name_is_cut() {
        let body = format!(r#"{{"{}": {{"b": "\u0000"}}}}"#, "a".repeat(1 << 20));
        let body = Body::parse(body.as_bytes(), &Shape::Whole).expect("an object");
        let fault = body.read(|body| body.to_json()).expect_err("a fault");
        let expected = (Text::NulCharacter, format!("{}.b", "a".repeat(100)));
        assert_eq!(parts(fault.into()), expected);
    }
}
