//! Reads a JSON body and its members. Every fault is collected, because an error names all bad fields at once.
//!
//! Null means absent (contract section 2); unknown members are ignored; the last of duplicate members wins.

use axum::extract::Request;
use bytes::Bytes;
use heddle_domain::Timestamp;
use serde_json::{Map, Value};

use crate::error::{Error, Fault, Reason, Source};
use crate::time;
use heddle_http::media::Media;
use heddle_http::{body, json};

/// Largest request body, in bytes: room for two of the largest attachments in base64 (contract section 5.4).
const BODY_LIMIT: usize = 25 << 20;
/// Longest string that an error returns as the rejected value, in bytes.
const LONGEST_REJECTED: usize = 200;
/// Most bad fields in one error: a body of small mistakes must not cause a response a hundred times its size.
pub(crate) const MOST_FAULTS: usize = 100;

/// The bad fields of a body, at most [`MOST_FAULTS`].
#[derive(Debug, Default)]
pub(crate) struct Faults(Vec<Fault>);

impl Faults {
    pub(crate) fn add(&mut self, path: impl Into<String>, reason: Reason, message: &str) {
        self.push(path.into(), reason, message, None);
    }

    fn push(&mut self, path: String, reason: Reason, message: &str, rejected: Option<Value>) {
        if self.0.len() < MOST_FAULTS {
            self.0.push(Fault {
                path,
                reason,
                message: message.to_owned(),
                rejected,
                source: Source::Json,
            });
        }
    }

    /// Adds a fault with the rejected value, if that is short.
    pub(crate) fn add_with_value(
        &mut self,
        path: impl Into<String>,
        reason: Reason,
        message: &str,
        value: &Value,
    ) {
        let short = match value {
            Value::String(text) => text.len() <= LONGEST_REJECTED,
            Value::Number(_) | Value::Bool(_) => true,
            Value::Null | Value::Array(_) | Value::Object(_) => false,
        };
        self.push(path.into(), reason, message, short.then(|| value.clone()));
    }

    /// Adds the fault of an id that does not exist.
    pub(crate) fn add_unknown(&mut self, path: impl Into<String>, what: &str, id: i64) {
        let message = format!("this {what} does not exist");
        self.add_with_value(path, Reason::NotFound, &message, &id.into());
    }

    pub(crate) fn append(&mut self, mut other: Self) {
        self.0.append(&mut other.0);
        self.0.truncate(MOST_FAULTS);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// # Errors
    /// [`Error::Invalid`] if there are faults.
    pub(crate) fn into_result(self) -> Result<(), Error> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(Error::Invalid(self.0))
        }
    }

    #[cfg(test)]
    pub(crate) fn paths(&self) -> Vec<&str> {
        self.0.iter().map(|fault| fault.path.as_str()).collect()
    }
}

/// Reads the bytes of a body. Its media type must be JSON, or absent.
pub(crate) async fn read_body(request: Request) -> Result<Bytes, Error> {
    let (parts, body) = request.into_parts();
    let bytes = body::read(body, BODY_LIMIT).await?;
    match Media::of(&parts.headers) {
        Media::Json | Media::None => Ok(bytes),
        Media::Form | Media::Multipart | Media::Other if bytes.is_empty() => Ok(bytes),
        Media::Form | Media::Multipart | Media::Other => Err(Error::MediaType),
    }
}

/// Parses a body, which must be an object. The character U+0000 anywhere in it is a fault.
pub(crate) fn object(bytes: &[u8], faults: &mut Faults) -> Result<Map<String, Value>, Error> {
    let value = json::parse(bytes).map_err(|_| Error::NotJson)?;
    if let Some(path) = json::first_nul(&value) {
        faults.add(path, Reason::Characters, "contains the character U+0000");
    }
    match value {
        Value::Object(members) => Ok(members),
        _ => Err(Error::NotJson),
    }
}

/// The members of an object in the body, with its path.
#[derive(Clone, Debug)]
pub(crate) struct Members<'a> {
    members: &'a Map<String, Value>,
    path: String,
}

impl<'a> Members<'a> {
    /// The members of the whole body.
    pub(crate) fn of(members: &'a Map<String, Value>) -> Self {
        let path = String::new();
        Self { members, path }
    }

    /// The members of a value that must be an object; `None` after a fault.
    pub(crate) fn at(value: &'a Value, path: String, faults: &mut Faults) -> Option<Self> {
        match value {
            Value::Object(members) => Some(Self { members, path }),
            _ => {
                faults.add(path, Reason::Type, "must be an object");
                None
            }
        }
    }

    /// The path of the object itself.
    pub(crate) fn own_path(&self) -> &str {
        &self.path
    }

    /// The path of a member.
    pub(crate) fn path(&self, name: &str) -> String {
        if self.path.is_empty() {
            name.to_owned()
        } else {
            format!("{}.{name}", self.path)
        }
    }

    /// A member of any type; `None` for null.
    pub(crate) fn get(&self, name: &str) -> Option<&'a Value> {
        json::member(self.members, name).value()
    }

    /// A string.
    pub(crate) fn text(&self, name: &str, faults: &mut Faults) -> Option<&'a str> {
        let value = self.get(name)?;
        let text = value.as_str();
        if text.is_none() {
            faults.add_with_value(self.path(name), Reason::Type, "must be a string", value);
        }
        text
    }

    /// A required string, which must not be empty; an empty one after a fault.
    pub(crate) fn required_text(&self, name: &str, faults: &mut Faults) -> &'a str {
        let is_missing = match self.get(name) {
            None => true,
            Some(value) => value == "",
        };
        if is_missing {
            self.add_missing(name, faults);
            return "";
        }
        self.text(name, faults).unwrap_or_default()
    }

    /// Adds the fault of a required member that is absent or empty.
    pub(crate) fn add_missing(&self, name: &str, faults: &mut Faults) {
        faults.add(self.path(name), Reason::NotEmpty, "may not be empty");
    }

    /// A required string whose value must not appear in an error; `None` after a fault.
    pub(crate) fn secret_text(&self, name: &str, faults: &mut Faults) -> Option<&'a str> {
        match self.get(name) {
            Some(Value::String(text)) if !text.is_empty() => return Some(text),
            None | Some(Value::String(_)) => self.add_missing(name, faults),
            Some(_) => faults.add(self.path(name), Reason::Type, "must be a string"),
        }
        None
    }

    /// A string of `least` to `most` characters.
    pub(crate) fn sized_text(
        &self,
        name: &str,
        least: usize,
        most: usize,
        faults: &mut Faults,
    ) -> Option<&'a str> {
        let text = self.text(name, faults)?;
        if !(least..=most).contains(&text.chars().count()) {
            let message = format!("must have {least} to {most} characters");
            faults.add(self.path(name), Reason::Size, &message);
        }
        Some(text)
    }

    /// One of `words`.
    pub(crate) fn word(
        &self,
        name: &str,
        words: &[&'static str],
        faults: &mut Faults,
    ) -> Option<&'static str> {
        let value = self.get(name)?;
        let known = value
            .as_str()
            .and_then(|text| words.iter().find(|word| **word == text));
        if known.is_none() {
            let list = words.iter().map(|word| format!("'{word}'"));
            let list = list.collect::<Vec<_>>().join(", ");
            let message = format!("Expected one of these: {list}");
            faults.add_with_value(self.path(name), Reason::EnumValue, &message, value);
        }
        known.copied()
    }

    /// A boolean; false if it is absent.
    pub(crate) fn flag(&self, name: &str, faults: &mut Faults) -> bool {
        let Some(value) = self.get(name) else {
            return false;
        };
        let flag = value.as_bool();
        if flag.is_none() {
            let message = "must be true or false";
            faults.add_with_value(self.path(name), Reason::Type, message, value);
        }
        flag.unwrap_or_default()
    }

    /// An id: a whole number, or one written as a string.
    pub(crate) fn id(&self, name: &str, faults: &mut Faults) -> Option<i64> {
        let value = self.get(name)?;
        let id = match value {
            Value::String(text) => text.trim().parse().ok(),
            other => json::as_i64_exact(other),
        };
        if id.is_none() {
            faults.add_with_value(self.path(name), Reason::Type, "must be a number", value);
        }
        id
    }

    /// A required id.
    pub(crate) fn required_id(&self, name: &str, faults: &mut Faults) -> Option<i64> {
        if self.get(name).is_none() {
            self.add_missing(name, faults);
        }
        self.id(name, faults)
    }

    /// A date-time. `allowed` says why it must be absent, if it must.
    pub(crate) fn instant(
        &self,
        name: &str,
        allowed: Result<(), &str>,
        faults: &mut Faults,
    ) -> Option<Timestamp> {
        let value = self.get(name)?;
        if let Err(why) = allowed {
            faults.add_with_value(self.path(name), Reason::ImportedOnly, why, value);
            return None;
        }
        let at = value.as_str().and_then(time::parse);
        if at.is_none() {
            let message = "must be a date and time such as 2026-03-04T09:15:00Z";
            faults.add_with_value(self.path(name), Reason::DateTime, message, value);
        }
        at
    }

    /// The items of an array with their paths; none if it is absent.
    pub(crate) fn items(
        &self,
        name: &str,
        faults: &mut Faults,
    ) -> impl ExactSizeIterator<Item = (String, &'a Value)> + use<'a> {
        let path = self.path(name);
        let items: &[Value] = match self.get(name) {
            None => &[],
            Some(Value::Array(items)) => items,
            Some(_) => {
                faults.add(path.clone(), Reason::Type, "must be an array");
                &[]
            }
        };
        let place = move |(at, item)| (format!("{path}[{at}]"), item);
        items.iter().enumerate().map(place)
    }

    /// An array of strings that are not empty.
    pub(crate) fn texts(&self, name: &str, faults: &mut Faults) -> Vec<String> {
        let mut texts = Vec::new();
        for (path, item) in self.items(name, faults) {
            match item.as_str().map(str::trim) {
                Some("") => faults.add(path, Reason::NotEmpty, "may not be empty"),
                Some(text) => texts.push(text.to_owned()),
                None => faults.add_with_value(path, Reason::Type, "must be a string", item),
            }
        }
        texts
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_fault_is_collected_with_its_path() {
        let body = json!({"a": {"text": 5, "word": "x", "flag": "yes", "id": "x", "at": "soon", "list": {},
            "texts": ["ok", "", 7]}});
        let mut faults = Faults::default();
        let members = Members::at(&body["a"], "a".into(), &mut faults).expect("an object");
        members.text("text", &mut faults);
        members.word("word", &["y"], &mut faults);
        members.flag("flag", &mut faults);
        members.id("id", &mut faults);
        members.instant("at", Ok(()), &mut faults);
        assert_eq!(members.items("list", &mut faults).len(), 0);
        assert_eq!(members.texts("texts", &mut faults), ["ok"]);
        members.required_text("missing", &mut faults);
        members.required_id("missing", &mut faults);
        assert_eq!(
            faults.paths(),
            [
                "a.text",
                "a.word",
                "a.flag",
                "a.id",
                "a.at",
                "a.list",
                "a.texts[1]",
                "a.texts[2]",
                "a.missing",
                "a.missing"
            ]
        );
    }

    #[test]
    fn null_is_absent() {
        let body = json!({"x": null});
        let members = Members::of(body.as_object().expect("an object"));
        let mut faults = Faults::default();
        assert!(members.text("x", &mut faults).is_none());
        assert!(members.id("x", &mut faults).is_none());
        assert!(members.instant("x", Err("never"), &mut faults).is_none());
        assert_eq!(members.items("x", &mut faults).len(), 0);
        assert!(!members.flag("x", &mut faults));
        assert!(faults.is_empty());
    }

    #[test]
    fn ids_may_be_strings() {
        let body = json!({"a": 5, "b": "5", "c": 5.0, "d": 5.5, "e": "5.5", "f": true});
        let members = Members::of(body.as_object().expect("an object"));
        let mut faults = Faults::default();
        for name in ["a", "b", "c"] {
            assert_eq!(members.id(name, &mut faults), Some(5), "{name}");
        }
        for name in ["d", "e", "f"] {
            assert_eq!(members.id(name, &mut faults), None, "{name}");
        }
        assert_eq!(faults.paths(), ["d", "e", "f"]);
    }

    #[test]
    fn long_values_are_not_returned() {
        let mut faults = Faults::default();
        faults.add_with_value("a", Reason::Type, "no", &json!("x".repeat(201)));
        faults.add_with_value("b", Reason::Type, "no", &json!([1]));
        faults.add_with_value("c", Reason::Type, "no", &json!("x"));
        let returned: Vec<_> = faults.0.iter().map(|f| f.rejected.is_some()).collect();
        assert_eq!(returned, [false, false, true]);
    }

    #[test]
    fn the_list_of_faults_is_limited() {
        let mut faults = Faults::default();
        for at in 0..MOST_FAULTS + 5 {
            faults.add(format!("a[{at}]"), Reason::Type, "no");
        }
        let mut more = Faults::default();
        more.add_with_value("b", Reason::Type, "no", &json!("x"));
        faults.append(more);
        assert_eq!(faults.len(), MOST_FAULTS);
        assert_eq!(faults.paths().last(), Some(&"a[99]"));
    }

    #[test]
    fn only_an_object_is_a_body() {
        for text in ["", "[]", "5", "null", "{", "{}x", "\u{feff}{}"] {
            let mut faults = Faults::default();
            assert!(object(text.as_bytes(), &mut faults).is_err(), "{text}");
        }
        let mut faults = Faults::default();
        object(br#"{"a":[{"b":"x\u0000"}]}"#, &mut faults).expect("JSON");
        assert_eq!(faults.paths(), ["a[0].b"]);
    }
}
