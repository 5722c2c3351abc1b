//! The OpenAPI description of this API as Heddle serves it. Its paths are those of the route table; `calls` says what each
//! does, `bodies` what it reads, and `schemas.json` what the answers look like.
//!
//! Whoever adds a route adds a line to `calls`; a test names the routes without one.

mod bodies;
mod call;
mod calls;

use bytes::Bytes;
use heddle_api::Route;
use serde_json::{Map, Value, json};

use call::{Call, Success};

const SCHEMAS: &str = include_str!("document/schemas.json");

/// Returns the description of some routes as JSON.
pub(crate) fn text(routes: &[Route]) -> Bytes {
    let text = serde_json::to_vec_pretty(&document(routes));
    text.expect("a document is plain data").into()
}

fn document(routes: &[Route]) -> Value {
    let mut paths = Map::new();
    for route in routes {
        let operations = paths.entry(&route.template).or_insert_with(|| json!({}));
        let method = route.method.as_str().to_lowercase();
        operations[method] = operation(route);
    }
    let schemas: Value = serde_json::from_str(SCHEMAS).expect("the file is JSON");
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Magicline Open API, as Heddle serves it",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "The calls that Heddle offers to clients of the Magicline Open API. Written for Heddle; \
                Sport Alliance neither made nor reviewed it.",
        },
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "ApiKeyAuth": { "type": "apiKey", "in": "header", "name": "X-API-KEY" },
            },
        },
        "security": [{ "ApiKeyAuth": [] }],
    })
}

/// Returns what `calls` says about a route.
fn call_of(route: &Route) -> Option<&'static Call> {
    let mut calls = calls::CALLS.iter();
    calls.find(|call| route.method == call.method && call.template == route.template)
}

fn operation(route: &Route) -> Value {
    let call = call_of(route);
    let mut operation = json!({
        "summary": call.map_or("", |call| call.summary),
        "operationId": call.map_or("", |call| call.id),
        "parameters": parameters(route, call),
        "responses": responses(route, call),
    });
    if let Some(schema) = call.and_then(|call| call.body) {
        let content = json!({ "application/json": { "schema": schema() } });
        operation["requestBody"] = json!({ "required": true, "content": content });
    }
    operation
}

fn parameters(route: &Route, call: Option<&Call>) -> Vec<Value> {
    let segments = route.template.split('/');
    let names = segments.filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'));
    let in_path = names.map(|name| {
        let schema = json!({ "type": "integer", "format": "int64" });
        json!({ "name": name, "in": "path", "required": true, "schema": schema })
    });
    let query = call.map_or(&[][..], |call| call.query);
    let in_query = query.iter().map(|it| {
        json!({ "name": it.name, "in": "query", "description": it.text, "schema": (it.schema)() })
    });
    in_path.chain(in_query).collect()
}

/// Returns a reference to a schema.
fn named(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

fn responses(route: &Route, call: Option<&Call>) -> Value {
    let mut responses = Map::new();
    if let Some(call) = call {
        responses.insert("200".into(), success(call.success));
    }
    for (status, text) in errors(route, call) {
        let content = json!({ "application/json": { "schema": named("Error") } });
        let mut response = json!({ "description": text, "content": content });
        if matches!(status, "429" | "503") {
            let seconds = json!({ "schema": { "type": "string" } });
            response["headers"] = json!({ "Retry-After": seconds });
        }
        responses.insert(status.into(), response);
    }
    responses.into()
}

fn success(success: Success) -> Value {
    let list = |item: &str| json!({ "type": "array", "items": named(item) });
    let schema = match success {
        Success::Empty => return json!({ "description": "Done; no body" }),
        Success::Object(name) => named(name),
        Success::List(item) => list(item),
        Success::Slice(item) => json!({
            "type": "object",
            "required": ["result", "offset", "hasNext"],
            "properties": {
                "result": list(item),
                "offset": { "type": "string", "description": "Where the next slice begins" },
                "hasNext": { "type": "boolean" },
            },
        }),
    };
    json!({ "description": "The answer", "content": { "application/json": { "schema": schema } } })
}

/// Returns the errors that a call can answer, each with its description.
fn errors(route: &Route, call: Option<&Call>) -> Vec<(&'static str, &'static str)> {
    let mut errors = vec![
        ("401", "No valid key"),
        ("429", "Too many requests"),
        ("500", "An unexpected error"),
        ("503", "The service cannot answer at the moment"),
    ];
    let is_found_by_query = route.template.ends_with("/by");
    let has_body = call.is_some_and(|call| call.body.is_some());
    if has_body || !parameters(route, call).is_empty() {
        errors.push(("400", "A field or parameter is wrong; `reference` names it"));
    }
    if call.is_none_or(|call| call.has_scope) {
        errors.push(("403", "The key lacks the scope"));
    }
    if route.template.contains('{') || is_found_by_query {
        errors.push(("404", "The studio has no such customer, thread or employee"));
    }
    if has_body {
        errors.push(("415", "The body is not JSON"));
    }
    if has_body && route.template.contains('{') {
        errors.push(("409", "Another request changed the customer or the thread"));
    }
    errors
}

#[cfg(test)]
mod tests;
