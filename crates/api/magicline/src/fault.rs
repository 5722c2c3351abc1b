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
    pub(super) const DATE: &str = "date";
    pub(super) const EMAIL: &str = "email";
    pub(super) const PHONE: &str = "phone";
    pub(super) const COUNTRY: &str = "country";
    pub(super) const LANGUAGE: &str = "language";
}

pub(crate) const DATE_TIME: Problem =
    Problem::Rule(code::DATE_TIME, Cow::Borrowed("must be a date and time"));

/// Declares what a member must be, by the code of a rule.
const fn must_be(code: &'static str, text: &'static str) -> Problem {
    Problem::Rule(code, Cow::Borrowed(text))
}

pub(crate) const DATE: Problem = must_be(code::DATE, "must be a date");
pub(crate) const EMAIL: Problem = must_be(code::EMAIL, "must be an e-mail address");
pub(crate) const PHONE: Problem = must_be(code::PHONE, "must be a telephone number");
pub(crate) const COUNTRY: Problem = must_be(code::COUNTRY, "must be two letters");
pub(crate) const LANGUAGE: Problem = must_be(code::LANGUAGE, "must be two or three letters");

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
        _ => Text::TooLong,
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
            Problem::Rule(code::DATE, _) => Text::BadDate,
            Problem::Rule(code::EMAIL, _) => Text::BadEmail,
            Problem::Rule(code::PHONE, _) => Text::BadPhone,
            Problem::Rule(code::COUNTRY, _) => Text::BadCountry,
            Problem::Rule(code::LANGUAGE, _) => Text::BadLanguage,
            Problem::Length(_) => too_long(path.as_str()),
            Problem::Count(_) => Text::TooMany,
            Problem::Word(_) | Problem::Rule(..) => Text::UnknownValue,
        };
        // The vendor's references name members only, without the places of items in lists.
        let names: Vec<_> = path.names().collect();
        Self::field(text, names.join("."))
    }
}

#[cfg(test)]
mod tests {
    use heddle_http::member_path::MemberPath;
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
            (DATE, Text::BadDate),
            (EMAIL, Text::BadEmail),
            (PHONE, Text::BadPhone),
            (COUNTRY, Text::BadCountry),
            (LANGUAGE, Text::BadLanguage),
            (Problem::Count(0..=9), Text::TooMany),
        ] {
            let error = Fault::new("subject", problem).into();
            assert_eq!(parts(error), (text, "subject".to_owned()));
        }
    }

    #[test]
    fn a_reference_names_members_and_no_places() {
        let path = MemberPath::default().item(3).member("channels").item(1);
        let fault = Fault::new(path.member("active"), Problem::Type(Type::Flag));
        let expected = (Text::WrongType, "channels.active".to_owned());
        assert_eq!(parts(fault.into()), expected);
        let fault = Fault::new("firstName", Problem::Length(0..=9));
        assert_eq!(parts(fault.into()), (Text::TooLong, "firstName".to_owned()));
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
