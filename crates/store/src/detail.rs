//! What an event tells beside its kind: the JSON object in `event.detail`.
//!
//! `changes` names every field that changed with its value before and after: `{"changes":{"status":["new","open"]}}`. The
//! audit shows it, the readers of the feed follow it. What came to be has `null` before. Secrets never stand here, nor
//! the texts of messages; those stay where they are erased with their customer.

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

    /// Adds something that is no change of a field.
    pub fn with(&mut self, name: &str, value: impl Into<Value>) -> &mut Self {
        self.more.insert(name.to_owned(), value.into());
        self
    }

    /// Whether no field changed.
    #[must_use]
    pub fn is_unchanged(&self) -> bool {
        self.changes.is_empty()
    }

    /// The JSON text; `None` if there is nothing to tell.
    #[must_use]
    pub fn into_text(mut self) -> Option<String> {
        if !self.changes.is_empty() {
            let changes = Value::Object(std::mem::take(&mut self.changes));
            self.more.insert("changes".to_owned(), changes);
        }
        (!self.more.is_empty()).then(|| Value::Object(self.more).to_string())
    }
}

/// Members that tell nothing of a person: ids, states, the server's own words.
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
/// Fields of which the same is true.
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

/// What stays of a detail when the customer whom it may tell of is erased: states and ids, which readers of the feed
/// count with. What went is told by `"erased": true`; a text that holds nothing else comes back as it is.
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
