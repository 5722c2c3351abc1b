//! Reads a request: its path, and the JSON object in its body. An error names one fault, the first that is found.

use std::borrow::Cow;

use axum::extract::{FromRequestParts, Request};
use http::request::Parts;

use crate::context::Context;
use crate::error::{Code, Error};
use heddle_http::members::{Body, Fault, Object, Problem};
use heddle_http::path::Params;

/// The maximum size of a request body, in bytes.
const BODY_LIMIT: usize = 1 << 20;

/// The path parameters: decoded once, without U+0000. Any other text is accepted as an id, which may be unknown.
pub(crate) struct Path(Params);

impl FromRequestParts<Context> for Path {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, context: &Context) -> Result<Self, Error> {
        let params = Params::from_request_parts(parts, context).await?;
        match params.first_nul() {
            None => Ok(Self(params)),
            Some(name) => Err(Error::invalid(
                Code::of_parameter(name),
                format!("{name} contains the character U+0000."),
            )),
        }
    }
}

impl Path {
    /// Returns the parameter with this name.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.0.get(name)
    }
}

/// Reads the body, which must be one JSON object without U+0000.
pub(crate) async fn read<T>(
    request: Request,
    read: impl for<'a> FnOnce(&Object<'a>) -> T,
) -> Result<T, Error> {
    let (parts, body) = request.into_parts();
    let body = Body::receive(&parts.headers, body, BODY_LIMIT).await?;
    Ok(body.read(read)?)
}

/// Reads a required string. After a fault, returns an empty string.
pub(crate) fn required_text(body: &Object<'_>, name: &'static str) -> String {
    let text = body.get(name).required().text();
    text.unwrap_or_default().to_owned()
}

/// The fault of a value that the vendor knows and Heddle does not support.
pub(crate) const UNSUPPORTED: Problem = rule("is not supported");

/// Returns a rule about one member. The error puts the member's name in front of the text, which makes a sentence.
pub(crate) const fn rule(text: &'static str) -> Problem {
    Problem::Rule("", Cow::Borrowed(text))
}

impl From<Fault> for Error {
    fn from(Fault { path, problem, .. }: Fault) -> Self {
        // A fault of the whole body has no path, so the sentence begins differently.
        let sentence = format!("{path} {problem}.");
        Self::invalid(Code::of_member(&path), sentence.trim_start())
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// Parses a body whose request has no media type.
    pub(crate) fn parse<T>(
        value: &Value,
        read: impl for<'a> FnOnce(&Object<'a>) -> T,
    ) -> Result<T, Error> {
        Ok(Body::parse(value.to_string().as_bytes())?.read(read)?)
    }

    #[test]
    fn errors_name_the_member() {
        let body = json!({"a": {"b": 1, "c": null, "d": [{}, 5], "e": ["x", 2]}});
        let text = |read: fn(&Object<'_>)| {
            let read = |body: &Object<'_>| read(&body.get("a").object().expect("an object"));
            match parse(&body, read) {
                Err(Error::Invalid { text, .. }) => text,
                other => panic!("{other:?}"),
            }
        };
        let expected = [
            (
                text(|a| drop(a.get("b").text().map(str::to_owned))),
                "a.b must be a string.",
            ),
            (
                text(|a| assert!(a.get("b").flag().is_none())),
                "a.b must be a boolean.",
            ),
            (
                text(|a| assert!(a.get("b").object().is_none())),
                "a.b must be an object.",
            ),
            (
                text(|a| {
                    let items = a.get("d").list(0..=9).expect("a list");
                    assert_eq!(items.filter_map(|item| item.object()).count(), 1);
                }),
                "a.d[1] must be an object.",
            ),
            (
                text(|a| assert!(a.get("e").texts().is_none())),
                "a.e must be a list of strings.",
            ),
            (text(|a| drop(a.get("c").required())), "a.c is required."),
        ];
        for (found, expected) in expected {
            assert_eq!(found, expected);
        }
    }
}
