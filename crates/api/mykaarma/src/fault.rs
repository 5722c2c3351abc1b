//! The first wrong member of a body, as the error shows it (contract section 3).

use crate::error::{Code, Error};
use heddle_http::members::{Fault, Problem};

/// The fault of a value that the vendor knows and Heddle does not support.
pub(crate) const UNSUPPORTED: Problem = Problem::rule("is not supported");

/// Returns the error for a wrong member. The text is a sentence whose subject is the member.
pub(crate) fn error(code: Code, Fault { path, problem, .. }: &Fault) -> Error {
    // A fault of the whole body has no path, so the sentence begins differently.
    let sentence = format!("{path} {problem}.");
    Error::invalid(code, sentence.trim_start())
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        error(Code::Body, &fault)
    }
}

#[cfg(test)]
mod tests {
    use heddle_http::members::Body;
    use heddle_http::shape::Shape;

    use super::*;

    #[test]
    fn a_long_name_is_cut() {
        let body = format!(r#"{{"{}": {{"b": "\u0000"}}}}"#, "a".repeat(1 << 20));
        let body = Body::parse(body.as_bytes(), &Shape::Whole).expect("an object");
        let fault = body.read(|body| body.to_json()).expect_err("a fault");
        let text = format!("{}.b contains the character U+0000.", "a".repeat(100));
        assert_eq!(Error::from(fault), Error::body(text));
    }
}
