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
}
