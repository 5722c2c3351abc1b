//! Reads a request: its path, its body, and the members of the body. Errors name the path of a wrong member.

use axum::extract::{FromRequestParts, Request};
use http::request::Parts;
use serde_json::{Map, Value};

use crate::context::Context;
use crate::error::{Code, Error};
use heddle_http::body;
use heddle_http::json;
use heddle_http::media::Media;
use heddle_http::path::Params;

/// Largest request body, in bytes.
const BODY_LIMIT: usize = 1 << 20;

/// The path parameters: decoded once, without U+0000. Any other text is accepted as an id that may be unknown.
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
    /// A parameter.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.0.get(name)
    }
}

/// Reads the body, which must be one JSON object without U+0000.
pub(crate) async fn object(request: Request) -> Result<Map<String, Value>, Error> {
    let (parts, body) = request.into_parts();
    let bytes = body::read(body, BODY_LIMIT).await?;
    if bytes.is_empty() {
        return Err(Error::body("A request body is required."));
    }
    if Media::of(&parts.headers) != Media::Json {
        return Err(Error::UnsupportedMediaType);
    }
    let value = json::parse(&bytes)
        .map_err(|syntax| Error::body(format!("The request body is {syntax}.")))?;
    if let Some(path) = json::first_nul(&value) {
        return Err(Error::body(format!(
            "{path} contains the character U+0000."
        )));
    }
    match value {
        Value::Object(members) => Ok(members),
        _ => Err(Error::body("The request body must be a JSON object.")),
    }
}

/// The members of an object in the body. Null means absent; unknown members are ignored.
#[derive(Clone, Debug)]
pub(crate) struct Members<'a> {
    pub(crate) map: &'a Map<String, Value>,
    path: String,
}

impl<'a> Members<'a> {
    /// The members of the whole body.
    pub(crate) fn of(map: &'a Map<String, Value>) -> Self {
        Self {
            map,
            path: String::new(),
        }
    }

    /// The path of a member, for errors.
    pub(crate) fn name(&self, name: &str) -> String {
        format!("{}{name}", self.path)
    }

    /// A member of any type.
    pub(crate) fn value(&self, name: &str) -> Option<&'a Value> {
        json::member(self.map, name).value()
    }

    /// A string.
    pub(crate) fn text(&self, name: &str) -> Result<Option<&'a str>, Error> {
        self.typed(name, "a string", Value::as_str)
    }

    /// A required string.
    pub(crate) fn required_text(&self, name: &str) -> Result<&'a str, Error> {
        self.text(name)?.ok_or_else(|| self.missing(name))
    }

    /// A boolean.
    pub(crate) fn flag(&self, name: &str) -> Result<Option<bool>, Error> {
        self.typed(name, "a boolean", Value::as_bool)
    }

    /// A list.
    pub(crate) fn list(&self, name: &str) -> Result<Option<&'a [Value]>, Error> {
        self.typed(name, "a list", |value| value.as_array().map(Vec::as_slice))
    }

    /// A list of strings.
    pub(crate) fn texts(&self, name: &str) -> Result<Option<Vec<&'a str>>, Error> {
        self.typed(name, "a list of strings", |value| {
            value.as_array()?.iter().map(Value::as_str).collect()
        })
    }

    /// An object.
    pub(crate) fn object(&self, name: &str) -> Result<Option<Self>, Error> {
        let map = self.typed(name, "an object", Value::as_object)?;
        Ok(map.map(|map| Self {
            map,
            path: format!("{}{name}.", self.path),
        }))
    }

    /// A list of objects.
    pub(crate) fn objects(&self, name: &str) -> Result<Vec<Self>, Error> {
        let items = self.list(name)?.unwrap_or_default().iter().enumerate();
        let object = |(at, value): (usize, &'a Value)| {
            let path = format!("{}[{at}]", self.name(name));
            let map = value
                .as_object()
                .ok_or_else(|| Error::body(format!("{path} must be an object.")))?;
            let path = format!("{path}.");
            Ok(Self { map, path })
        };
        items.map(object).collect()
    }

    /// The error for a required member that is absent.
    pub(crate) fn missing(&self, name: &str) -> Error {
        Error::body(format!("{} is required.", self.name(name)))
    }

    fn typed<T>(
        &self,
        name: &str,
        kind: &str,
        read: impl FnOnce(&'a Value) -> Option<T>,
    ) -> Result<Option<T>, Error> {
        let Some(value) = self.value(name) else {
            return Ok(None);
        };
        let wrong = || Error::body(format!("{} must be {kind}.", self.name(name)));
        read(value).map(Some).ok_or_else(wrong)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn errors_name_the_member() {
        let body = json!({"a": {"b": 1, "c": null, "d": [{}, 5], "e": ["x", 2]}});
        let members = Members::of(body.as_object().expect("an object"));
        let a = members.object("a").expect("an object").expect("a member");
        let text = |error: Error| match error {
            Error::Invalid { text, .. } => text,
            other => panic!("{other:?}"),
        };
        assert_eq!(text(a.text("b").unwrap_err()), "a.b must be a string.");
        assert_eq!(text(a.flag("b").unwrap_err()), "a.b must be a boolean.");
        assert_eq!(text(a.object("b").unwrap_err()), "a.b must be an object.");
        assert_eq!(
            text(a.objects("d").unwrap_err()),
            "a.d[1] must be an object."
        );
        assert_eq!(
            text(a.texts("e").unwrap_err()),
            "a.e must be a list of strings."
        );
        assert_eq!(text(a.required_text("c").unwrap_err()), "a.c is required.");
        assert_eq!(a.text("c"), Ok(None));
        assert_eq!(a.text("z"), Ok(None));
    }
}
