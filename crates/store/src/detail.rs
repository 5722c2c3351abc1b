//! The detail of an event: the JSON object in `event.detail`.
//!
//! `changes` names every field that changed with its value before and after: `{"changes":{"status":["new","open"]}}`. The
//! audit history shows the changes, and readers of the feed use them. A new entity has `null` before. A detail never
//! contains secrets or texts of messages; the texts are only in the messages, where an erasure removes them.

use serde_json::{Map, Value, json};

/// Builds the detail of an event.
#[derive(Clone, Debug, Default)]
pub struct Detail {
    changes: Map<String, Value>,
    more: Map<String, Value>,
}

impl Detail {
    /// Records a field if it changed.
    pub fn change<V: Into<Value>>(&mut self, field: &str, before: V, after: V) -> &mut Self {
        let (before, after) = (before.into(), after.into());
        if before != after {
            self.changes
                .insert(field.to_owned(), json!([before, after]));
        }
        self
    }

    /// Adds a member that is not a changed field.
    pub fn with(&mut self, name: &str, value: impl Into<Value>) -> &mut Self {
        self.more.insert(name.to_owned(), value.into());
        self
    }

    /// Whether no field changed.
    #[must_use]
    pub fn is_unchanged(&self) -> bool {
        self.changes.is_empty()
    }

    /// The JSON text; `None` if the detail is empty.
    #[must_use]
    pub fn into_text(mut self) -> Option<String> {
        if !self.changes.is_empty() {
            let changes = Value::Object(std::mem::take(&mut self.changes));
            self.more.insert("changes".to_owned(), changes);
        }
        (!self.more.is_empty()).then(|| Value::Object(self.more).to_string())
    }
}

/// Members without personal data: ids, states and the server's own words.
const IMPERSONAL: [&str; 11] = [
    "status",
    "split_from",
    "into",
    "messages",
    "merged",
    "origin",
    "erased",
    "job",
    "conversation",
    "count",
    "imported",
];
/// Changed fields without personal data.
const IMPERSONAL_CHANGES: [&str; 11] = [
    "status",
    "assignee",
    "archived",
    "inbox",
    "home_inbox",
    "state",
    "customer",
    "guest",
    "merged_into",
    "snoozed_until",
    "conversation",
];

/// Removes personal data from a detail, for the erasure of a customer. Keeps states and ids, because readers of the feed
/// count with them. Adds `"erased": true` if something was removed; otherwise returns the text unchanged.
#[must_use]
pub(crate) fn redacted(text: &str) -> String {
    let Ok(Value::Object(mut detail)) = serde_json::from_str(text) else {
        return r#"{"erased":true}"#.to_owned();
    };
    let mut went = false;
    if let Some(Value::Object(changes)) = detail.get_mut("changes") {
        let all = changes.len();
        changes.retain(|field, _| IMPERSONAL_CHANGES.contains(&field.as_str()));
        went = changes.len() < all;
        if changes.is_empty() {
            detail.remove("changes");
        }
    }
    let all = detail.len();
    detail.retain(|name, _| name == "changes" || IMPERSONAL.contains(&name.as_str()));
    if !went && detail.len() == all {
        return text.to_owned();
    }
    detail.insert("erased".to_owned(), Value::Bool(true));
    Value::Object(detail).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_changed_is_told() {
        let mut detail = Detail::default();
        detail.change("status", "new", "new");
        assert!(detail.is_unchanged());
        assert_eq!(detail.clone().into_text(), None);
        detail
            .change("assignee", None, Some(7))
            .with("origin", "auto");
        let text = detail.into_text().expect("something to tell");
        assert_eq!(text, r#"{"changes":{"assignee":[null,7]},"origin":"auto"}"#);
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
        ] {
            assert_eq!(redacted(before), after);
        }
    }
}
