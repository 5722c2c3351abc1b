//! The stored text of an [`EventDetail`]: a JSON object.
//!
//! `changes` names every field that changed with its value before and after: `{"changes":{"status":["new","open"]}}`. Every
//! other member is a fact.

use heddle_domain::{EventDetail, Fact, Field, InboxId, InboxScope};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

const CHANGES: &str = "changes";
/// The name of the changed field with a customer's followers.
pub const FOLLOWERS: &str = "followers";

/// The stored detail of an event. Keeps what this version does not know, so that it can be shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoredDetail(Map<String, Value>);

impl StoredDetail {
    /// Reads a stored text; empty if it is no JSON object.
    #[must_use]
    pub fn of_text(text: &str) -> Self {
        Self(parse(text).unwrap_or_default())
    }

    /// Returns the stored form of a detail.
    #[must_use]
    pub fn of(detail: &EventDetail) -> Self {
        Self(to_json(detail))
    }

    /// Returns about how many bytes the names and texts of the detail have. For limits on memory.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0
            .iter()
            .map(|(name, value)| name.len() + weight(value))
            .sum()
    }

    /// Whether the detail says nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns what the event says, as far as this version knows it.
    #[must_use]
    pub fn known(&self) -> EventDetail {
        from_json(self.0.clone())
    }

    /// Removes every changed field that `keep` refuses or that this version does not know.
    pub fn retain_changes(&mut self, keep: impl Fn(&Field) -> bool) {
        match self.0.get_mut(CHANGES) {
            Some(Value::Object(changes)) => changes.retain(|name, change| {
                let field = Map::from_iter([(name.clone(), change.clone())]);
                Field::deserialize(field).is_ok_and(|field| keep(&field))
            }),
            _ => {
                self.0.remove(CHANGES);
            }
        }
    }

    /// Removes the followers in inboxes that a reader may not use, and the field if none is left.
    pub fn limit_followers(&mut self, inboxes: &InboxScope) {
        if *inboxes == InboxScope::All {
            return;
        }
        let Some(Value::Object(changes)) = self.0.get_mut(CHANGES) else {
            return;
        };
        let Some(Value::Array(lists)) = changes.get_mut(FOLLOWERS) else {
            changes.remove(FOLLOWERS);
            return;
        };
        let may_see = |follower: &Value| {
            let inbox = follower.get("inbox").and_then(Value::as_i64);
            inbox.is_some_and(|inbox| inboxes.contains(InboxId(inbox)))
        };
        let mut left = 0;
        for list in lists {
            match list {
                Value::Array(followers) => {
                    followers.retain(may_see);
                    left += followers.len();
                }
                other => *other = Value::Null,
            }
        }
        if left == 0 {
            changes.remove(FOLLOWERS);
        }
    }

    /// Returns the whole detail as JSON.
    #[must_use]
    pub fn into_json(self) -> Map<String, Value> {
        self.0
    }
}

/// Returns about how many bytes a value has.
fn weight(value: &Value) -> usize {
    const PLAIN: usize = 16;
    match value {
        Value::String(text) => PLAIN + text.len(),
        Value::Array(values) => PLAIN + values.iter().map(weight).sum::<usize>(),
        Value::Object(members) => {
            let members = members
                .iter()
                .map(|(name, value)| name.len() + weight(value));
            PLAIN + members.sum::<usize>()
        }
        _ => PLAIN,
    }
}

/// The detail as JSON.
#[must_use]
pub fn to_json(detail: &EventDetail) -> Map<String, Value> {
    let mut members = join(&detail.facts);
    if !detail.changes.is_empty() {
        members.insert(CHANGES.to_owned(), join(&detail.changes).into());
    }
    members
}

/// Reads JSON. Leaves out what this version does not know: other names, and known names with another type of value.
#[must_use]
pub fn from_json(mut members: Map<String, Value>) -> EventDetail {
    let changes = match members.remove(CHANGES) {
        Some(Value::Object(changes)) => split(changes),
        _ => Vec::new(),
    };
    let facts = split(members);
    EventDetail { changes, facts }
}

/// Joins items, each of which is an object with one member, to one object.
fn join<T: Serialize>(items: &[T]) -> Map<String, Value> {
    let items = items.iter().map(serde_json::to_value);
    let objects = items.filter_map(|item| match item.expect("names are texts") {
        Value::Object(object) => Some(object),
        _ => None,
    });
    objects.flatten().collect()
}

/// The reverse of [`join`].
fn split<T: DeserializeOwned>(members: Map<String, Value>) -> Vec<T> {
    let objects = members.into_iter().map(|member| Map::from_iter([member]));
    objects
        .filter_map(|object| T::deserialize(object).ok())
        .collect()
}

/// The text to store; `None` if the detail is empty.
#[must_use]
pub fn to_text(detail: &EventDetail) -> Option<String> {
    let json = to_json(detail);
    (!json.is_empty()).then(|| Value::Object(json).to_string())
}

/// Reads a stored text; `None` if it is no JSON object.
#[must_use]
pub fn parse(text: &str) -> Option<Map<String, Value>> {
    serde_json::from_str(text).ok()
}

/// Returns a stored text without the personal data of an erased customer. A text without such data is returned
/// unchanged; to any other text [`Fact::Erased`] is added.
#[must_use]
pub(crate) fn redacted(text: &str) -> String {
    let stored = parse(text);
    let mut detail = stored.clone().map(from_json).unwrap_or_default();
    detail.redact();
    if stored == Some(to_json(&detail)) {
        return text.to_owned();
    }
    detail.with(Fact::Erased(true));
    Value::Object(to_json(&detail)).to_string()
}

#[cfg(test)]
mod tests {
    use heddle_domain::{AgentId, Status};
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_changed_is_stored() {
        let mut detail = EventDetail::default();
        detail.change(Field::Status, &Status::New, &Status::New);
        assert_eq!(to_text(&detail), None);
        detail
            .set(Field::Assignee, &AgentId(7))
            .with(Fact::Origin("auto".into()));
        let text = to_text(&detail).expect("a detail that is not empty");
        assert_eq!(text, r#"{"changes":{"assignee":[null,7]},"origin":"auto"}"#);
        assert_eq!(parse(&text).map(from_json), Some(detail));
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
    fn what_is_stored_comes_back_letter_for_letter() {
        for text in [
            r#"{"changes":{"api":[null,"mews"],"inboxes":[null,[1,2]],"scopes":[null,"a,b"]}}"#,
            r#"{"changes":{"addresses":[[],[{"kind":"email","position":0,"value":"a@x"}]]}}"#,
            r#"{"changes":{"custom_fields":[{"colour":null},{"colour":"red"}],"tags":[null,["vip"]]}}"#,
            r#"{"changes":{"age":[null,"7"],"photo_url":["a","b"],"thread_cap":[100,7]}}"#,
            r#"{"merged":{"conversation":2,"inbox":6,"status":"spam"},"messages":[1,2]}"#,
            r#"{"job":1,"merged":5,"reason":"gone","split_from":3,"status":"open"}"#,
        ] {
            let detail = from_json(parse(text).expect("an object"));
            assert_eq!(to_text(&detail).as_deref(), Some(text));
        }
    }

    #[test]
    fn an_unknown_member_does_not_hide_the_others() {
        for (text, known) in [
            (
                r#"{"changes":{"door":[null,"mews"],"status":["new","open"]},"weight":[{"of":true}]}"#,
                r#"{"changes":{"status":["new","open"]}}"#,
            ),
            (
                r#"{"merged":5,"reason":"a reason of tomorrow"}"#,
                r#"{"merged":5}"#,
            ),
            (
                r#"{"changes":{"inbox":[1,2],"status":["new"]},"job":1,"status":7}"#,
                r#"{"changes":{"inbox":[1,2]},"job":1}"#,
            ),
            (
                r#"{"changes":[1],"job":1.5,"origin":"auto"}"#,
                r#"{"origin":"auto"}"#,
            ),
        ] {
            let detail = from_json(parse(text).expect("an object"));
            assert_eq!(to_text(&detail).as_deref(), Some(known));
        }
    }

    #[test]
    fn a_limited_reader_sees_the_followers_of_its_inboxes() {
        let follower =
            |inbox: i64| json!({"inbox": inbox, "agent": 7, "notes": true, "messages": false});
        let stored = |followers: Value| json!({"changes": {"followers": followers}}).to_string();
        let (one, two) = (follower(1), follower(2));
        let here = InboxScope::only([InboxId(1)]);
        for (followers, left) in [
            (json!([[], [one, two]]), Some(json!([[], [one]]))),
            (json!([[one, two], [two]]), Some(json!([[one], []]))),
            (json!([[two], []]), None),
            (json!([null, [one]]), Some(json!([null, [one]]))),
            (json!([[{"agent": 7}], [7]]), None),
            (json!("nobody"), None),
        ] {
            let whole = StoredDetail::of_text(&stored(followers));
            let mut limited = whole.clone();
            limited.limit_followers(&here);
            let shown = Value::Object(limited.into_json());
            let expected = left.map_or(
                json!({"changes": {}}),
                |left| json!({"changes": {"followers": left}}),
            );
            assert_eq!(shown, expected);
            let mut all = whole.clone();
            all.limit_followers(&InboxScope::All);
            assert_eq!(all, whole);
        }
    }

    #[test]
    fn a_scope_is_stored_as_a_list() {
        let mut detail = EventDetail::default();
        let one = InboxScope::only([InboxId(5)]);
        let nothing = InboxScope::only([]);
        for (before, after, text) in [
            (Some(&InboxScope::All), &one, "[[],[5]]"),
            (Some(&one), &nothing, "[[5],null]"),
            (None, &nothing, "[null,null]"),
            (None, &InboxScope::All, "[null,[]]"),
        ] {
            match before {
                Some(before) => detail.change(Field::Inboxes, &before.listed(), &after.listed()),
                None => detail.set(Field::Inboxes, &after.listed()),
            };
            let expected = format!(r#"{{"changes":{{"inboxes":{text}}}}}"#);
            assert_eq!(to_text(&std::mem::take(&mut detail)), Some(expected));
        }
    }
}
