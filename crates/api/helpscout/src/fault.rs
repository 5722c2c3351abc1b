//! The bad fields of a request as the error shows them (contract section 5.1).

use heddle_http::member_path::MemberPath;
use heddle_http::members::{Fault, Problem};

/// The codes of this API's own rules. They are also the fragments (the part after `#`) of the URL in `_links.about`.
pub(crate) mod code {
    pub(crate) const NOT_EMPTY: &str = "NotEmpty";
    pub(crate) const ENUM_VALUE: &str = "EnumValue";
    pub(crate) const SIZE: &str = "Size";
    pub(crate) const EMAIL: &str = "Email";
    pub(crate) const BASE64: &str = "Base64";
    pub(crate) const MEDIA_TYPE: &str = "MediaType";
    pub(crate) const NOT_FOUND: &str = "NotFound";
    pub(crate) const DATE_TIME: &str = "DateTime";
    pub(crate) const IMPORTED_ONLY: &str = "ImportedOnly";
    pub(crate) const PAGE: &str = "Page";
    pub(crate) const NOT_ALLOWED: &str = "NotAllowed";
    pub(crate) const QUERY: &str = "Query";
    pub(crate) const URL: &str = "Url";
}

/// Returns the fault of an id that does not exist.
pub(crate) fn unknown(path: impl Into<MemberPath>, what: &str, id: i64) -> Fault {
    Fault {
        value: Some(id.into()),
        ..missing(path, what)
    }
}

/// Returns the fault of something that does not exist and has no id in the request.
pub(crate) fn missing(path: impl Into<MemberPath>, what: &str) -> Fault {
    let text = format!("this {what} does not exist");
    Fault::new(path, Problem::Rule(code::NOT_FOUND, text.into()))
}

/// Returns the code and the message of a problem.
pub(crate) fn code_and_message(problem: &Problem) -> (&'static str, String) {
    let code = match problem {
        Problem::Missing | Problem::Empty => return (code::NOT_EMPTY, "may not be empty".into()),
        Problem::Word(words) => {
            let words: Vec<_> = words.iter().map(|word| format!("'{word}'")).collect();
            let message = format!("Expected one of these: {}", words.join(", "));
            return (code::ENUM_VALUE, message);
        }
        Problem::Type(_) | Problem::Integer(_) | Problem::Beyond => "Type",
        Problem::Length(_) | Problem::Count(_) => code::SIZE,
        Problem::Nul => "Characters",
        Problem::Rule(code, _) => code,
    };
    (code, problem.to_string())
}

#[cfg(test)]
pub(crate) mod tests {
    use heddle_http::members::{Body, Type};
    use heddle_http::shape::Shape;
    use serde_json::Value;

    use super::*;

    pub(crate) fn body(value: &Value) -> Body {
        Body::parse(value.to_string().as_bytes(), &Shape::Whole).expect("an object")
    }

    pub(crate) fn paths(faults: &[Fault]) -> Vec<&str> {
        faults.iter().map(|fault| fault.path.as_str()).collect()
    }

    #[test]
    fn a_long_name_is_cut() {
        let body = format!(r#"{{"{}": {{"b": "\u0000"}}}}"#, "a".repeat(1 << 20));
        let body = Body::parse(body.as_bytes(), &Shape::Whole).expect("an object");
        let (_, faults) = body.read_all(|body| body.to_json());
        assert_eq!(paths(&faults), [format!("{}.b", "a".repeat(100))]);
    }

    #[test]
    fn messages_say_what_is_allowed() {
        for (problem, code, message) in [
            (Problem::Missing, "NotEmpty", "may not be empty"),
            (Problem::Empty, "NotEmpty", "may not be empty"),
            (Problem::Type(Type::Text), "Type", "must be a string"),
            (Problem::Type(Type::Flag), "Type", "must be a boolean"),
            (Problem::Type(Type::List), "Type", "must be a list"),
            (Problem::Type(Type::Object), "Type", "must be an object"),
            (
                Problem::Integer(i64::MIN..=i64::MAX),
                "Type",
                "must be an integer",
            ),
            (Problem::Nul, "Characters", "contains the character U+0000"),
            (
                Problem::Beyond,
                "Type",
                "must be an integer from -9223372036854775808 to 9223372036854775807",
            ),
            (
                Problem::Integer(0..=1),
                "Type",
                "must be an integer from 0 to 1",
            ),
            (
                Problem::Length(1..=40),
                "Size",
                "must have 1 to 40 characters",
            ),
            (
                Problem::Count(0..=100),
                "Size",
                "must have at most 100 items",
            ),
            (
                Problem::Word(vec!["active", "closed"]),
                "EnumValue",
                "Expected one of these: 'active', 'closed'",
            ),
            (Problem::Rule(code::URL, "is bad".into()), "Url", "is bad"),
        ] {
            let shown = code_and_message(&problem);
            assert_eq!((shown.0, shown.1.as_str()), (code, message));
        }
    }
}
