//! What is said of a call: summary, query parameters, body and answer.

use serde_json::Value;

/// What a call does.
pub(super) struct Call {
    pub(super) method: &'static str,
    pub(super) template: &'static str,
    /// The vendor's name of the operation, or ours in its style.
    pub(super) id: &'static str,
    pub(super) summary: &'static str,
    pub(super) success: Success,
    pub(super) query: &'static [Parameter],
    /// The schema of the body, if the call reads one.
    pub(super) body: Option<fn() -> Value>,
    /// Whether the key needs a scope.
    pub(super) has_scope: bool,
}

/// A query parameter.
#[derive(Clone, Copy)]
pub(super) struct Parameter {
    pub(super) name: &'static str,
    pub(super) text: &'static str,
    pub(super) schema: fn() -> Value,
}

/// The answer with status 200. The names are those of schemas in `schemas.json`.
#[derive(Clone, Copy)]
pub(super) enum Success {
    /// No body.
    Empty,
    /// An object.
    Object(&'static str),
    /// A list of items.
    List(&'static str),
    /// A part of a list of items.
    Slice(&'static str),
}

impl Call {
    pub(super) const fn new(
        (method, template): (&'static str, &'static str),
        id: &'static str,
        summary: &'static str,
        success: Success,
    ) -> Self {
        Self {
            method,
            template,
            id,
            summary,
            success,
            query: &[],
            body: None,
            has_scope: true,
        }
    }

    pub(super) const fn query(self, query: &'static [Parameter]) -> Self {
        Self { query, ..self }
    }

    pub(super) const fn body(self, schema: fn() -> Value) -> Self {
        Self {
            body: Some(schema),
            ..self
        }
    }

    pub(super) const fn without_scope(self) -> Self {
        Self {
            has_scope: false,
            ..self
        }
    }
}
