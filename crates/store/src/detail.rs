//! The stored text of an [`EventDetail`]: a JSON object.
//!
//! `changes` names every field that changed with its value before and after: `{"changes":{"status":["new","open"]}}`. Every
//! other member is a fact.

use heddle_domain::EventDetail;
use heddle_domain::detail::{Plain, Told};
use serde_json::Value;

/// The stored form as JSON.
#[must_use]
pub fn json(plain: Plain) -> Value {
    match plain {
        Plain::Nothing => Value::Null,
        Plain::Flag(flag) => flag.into(),
        Plain::Number(number) => number.into(),
        Plain::Text(text) => text.into(),
        Plain::List(items) => items.into_iter().map(json).collect(),
        Plain::Record(members) => {
            let members = members.into_iter();
            members.map(|(name, value)| (name, json(value))).collect()
        }
    }
}

/// A number that is not whole was never stored; it becomes a text.
fn plain(json: Value) -> Plain {
    match json {
        Value::Null => Plain::Nothing,
        Value::Bool(flag) => Plain::Flag(flag),
        Value::Number(number) => {
            let whole = number.as_i64().map(Plain::Number);
            whole.unwrap_or_else(|| Plain::Text(number.to_string()))
        }
        Value::String(text) => Plain::Text(text),
        Value::Array(items) => Plain::List(items.into_iter().map(plain).collect()),
        Value::Object(members) => {
            let members = members.into_iter();
            Plain::Record(members.map(|(name, value)| (name, plain(value))).collect())
        }
    }
}

/// The text to store; `None` if there is nothing to tell.
#[must_use]
pub fn to_text(detail: &EventDetail) -> Option<String> {
    (*detail != EventDetail::default()).then(|| json(detail.to_plain()).to_string())
}

/// Reads a stored text; `None` if it is no JSON object.
#[must_use]
pub fn parse(text: &str) -> Option<EventDetail> {
    EventDetail::of(&plain(serde_json::from_str(text).ok()?))
}

/// What stays of a text when the customer whom it may tell of is erased. A text that loses nothing comes back as it is.
#[must_use]
pub(crate) fn redacted(text: &str) -> String {
    let Some(mut detail) = parse(text) else {
        return r#"{"erased":true}"#.to_owned();
    };
    match detail.redact() {
        true => json(detail.to_plain()).to_string(),
        false => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use heddle_domain::{AgentId, Fact, Field, Status};

    use super::*;

    #[test]
    fn only_what_changed_is_told() {
        let mut detail = EventDetail::default();
        detail.change(Field::Status, &Status::New, &Status::New);
        assert_eq!(to_text(&detail), None);
        detail
            .set(Field::Assignee, &AgentId(7))
            .with(Fact::Origin("auto".into()));
        let text = to_text(&detail).expect("something to tell");
        assert_eq!(text, r#"{"changes":{"assignee":[null,7]},"origin":"auto"}"#);
        assert_eq!(parse(&text), Some(detail));
    }

    #[test]
    fn states_and_ids_outlast_an_erasure() {
        for (before, after) in [
            (
                r#"{"changes":{"status":["new","open"]}}"#,
                r#"{"changes":{"status":["new","open"]}}"#,
            ),
            (
                r#"{"changes":{"status":["new","open"],"subject":["Ito","Mara"]},"messages":[1]}"#,
                r#"{"changes":{"status":["new","open"]},"erased":true,"messages":[1]}"#,
            ),
            (
                r#"{"changes":{"first_name":["Ito",null]}}"#,
                r#"{"erased":true}"#,
            ),
            (r#"{"note":"Ito called"}"#, r#"{"erased":true}"#),
            ("no JSON", r#"{"erased":true}"#),
            ("[1]", r#"{"erased":true}"#),
            (r#"{"changes":"Ito","into":"Ito"}"#, r#"{"erased":true}"#),
            (r#"{"changes":{"status":"Ito"}}"#, r#"{"erased":true}"#),
            (
                r#"{"changes":{"status":["Ito",null],"inbox":[1,2]}}"#,
                r#"{"changes":{"inbox":[1,2]},"erased":true}"#,
            ),
            (r#"{"erased":true,"job":7}"#, r#"{"erased":true,"job":7}"#),
        ] {
            assert_eq!(redacted(before), after);
        }
    }

    #[test]
    fn what_is_stored_comes_back_word_for_word() {
        for text in [
            r#"{"changes":{"door":[null,"mews"],"inboxes":[null,[1,2]],"scopes":[null,"a,b"]}}"#,
            r#"{"changes":{"addresses":[[],[{"kind":"email","position":0,"value":"a@x"}]]}}"#,
            r#"{"changes":{"custom_fields":[{"colour":null},{"colour":"red"}],"tags":[null,["vip"]]}}"#,
            r#"{"changes":{"thread_cap":[100,7]}}"#,
            r#"{"merged":{"conversation":2,"inbox":6,"status":"spam"},"messages":[1,2]}"#,
            r#"{"merged":5,"reason":"a reason of tomorrow","weight":[{"of":true}]}"#,
            r#"{"changes":{"status":["new"]},"job":1,"split_from":3,"status":"open"}"#,
        ] {
            let detail = parse(text).expect("an object");
            assert_eq!(to_text(&detail).as_deref(), Some(text));
        }
    }
}
