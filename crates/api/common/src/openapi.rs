//! What the OpenAPI descriptions of the vendor APIs share. Each API says what its calls do; the paths are those of its route
//! table.

pub mod examples;
pub mod schema;

use bytes::Bytes;
use serde_json::{Map, Value, json};

use crate::Route;
use examples::{Examples, Section};

/// What the description of an API says beside its calls.
#[derive(Debug)]
pub struct Document {
    /// Name of the API that the calls are compatible with.
    pub title: &'static str,
    /// What a reader must know first.
    pub text: &'static str,
    /// Version of the crate that describes the API.
    pub version: &'static str,
    /// The schemas that operations refer to, by name.
    pub schemas: Value,
    /// The ways in which a client authenticates, by name; none if credentials are a part of the bodies.
    pub security: Option<Value>,
    /// The parts of the description, in reading order.
    pub sections: &'static [Section],
    /// The file of examples ([`examples`]).
    pub examples: &'static str,
}

impl Document {
    /// Returns the description of some routes as JSON. `operation` describes a route.
    ///
    /// # Panics
    /// Panics if `examples` is no file of examples.
    #[must_use]
    pub fn describe(self, routes: &[Route], operation: impl Fn(&Route) -> Value) -> Bytes {
        let examples = Examples::parse(self.examples);
        let mut paths = Map::new();
        for route in routes {
            let operations = paths.entry(&route.template).or_insert_with(|| json!({}));
            let mut operation = operation(route);
            if let Some(section) = examples::section_of(self.sections, &route.template) {
                operation["tags"] = json!([section]);
            }
            let method = route.method.as_str();
            examples.add_to(&mut operation, (method, &route.template));
            operations[method.to_lowercase()] = operation;
        }
        let mut document = json!({
            "openapi": "3.1.0",
            "info": { "title": self.title, "version": self.version, "description": self.text },
            "tags": examples::tags(self.sections),
            "paths": paths,
            "components": { "schemas": self.schemas },
        });
        if let Some(security) = self.security {
            document["components"]["securitySchemes"] = security;
        }
        let text = serde_json::to_vec_pretty(&document);
        text.expect("a document is plain data").into()
    }
}

/// Returns a name for an operation that no other one has, such as `get_users_by_userId`: from the method, and from the segments
/// of the path but the first ones.
#[must_use]
pub fn operation_id(route: &Route, skipped: usize) -> String {
    let segments = route.template.split('/').skip(1 + skipped);
    let words = segments.map(|segment| match segment.strip_prefix('{') {
        Some(name) => format!("by_{}", name.trim_end_matches('}')),
        None => segment.replace('-', "_"),
    });
    let words: Vec<_> = words.collect();
    let method = route.method.as_str().to_lowercase();
    format!("{method}_{}", words.join("_"))
}

/// Returns a reference to a schema of the document.
#[must_use]
pub fn named(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

/// Returns the description of headers, which are texts.
#[must_use]
pub fn headers(names: &[&str]) -> Value {
    let header = |name: &&str| {
        let schema = json!({ "schema": { "type": "string" } });
        ((*name).to_owned(), schema)
    };
    names.iter().map(header).collect::<Map<_, _>>().into()
}
