//! The OpenAPI description of this API as Heddle serves it. Its paths are those of the route table; `calls` says what each
//! does, and `schemas.json` what the answers look like. Request bodies have the members that the parsers read
//! ([`heddle_api::Route::body`]).
//!
//! Whoever adds a route adds a line to `calls`; a test names the routes without one.

mod calls;

use bytes::Bytes;
use heddle_api::Route;
use heddle_http::shape::Shape;
use http::Method;
use serde_json::{Map, Value, json};

use calls::{Call, Success};

const SCHEMAS: &str = include_str!("document/schemas.json");
const HAL: &str = "application/hal+json";
const ERROR_JSON: &str = "application/vnd.error+json";
/// The media types of the token call, which takes forms, too.
const FORM: &str = "application/x-www-form-urlencoded";
/// Members whose name ends like that of a list, but that are no lists.
const NO_LISTS: [&str; 2] = ["address", "status"];

/// Returns the description of some routes as JSON.
pub(crate) fn text(routes: &[Route]) -> Bytes {
    let document = document(routes);
    let text = serde_json::to_vec_pretty(&document);
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
            "title": "Help Scout Mailbox API 2.0, as Heddle serves it",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "The calls that Heddle offers to clients of the Help Scout Mailbox API. Written for Heddle; \
                Help Scout neither made nor reviewed it.",
        },
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": { "token": { "type": "http", "scheme": "bearer" } },
        },
    })
}

/// Returns what `calls` says about a route.
fn call_of(route: &Route) -> Option<&'static Call> {
    calls::all().find(|call| route.method == call.method && call.template == route.template)
}

fn operation(route: &Route) -> Value {
    let name = format!("{} {}", route.method, route.template);
    let call = call_of(route);
    let summary = call.map_or(name.as_str(), |call| call.summary);
    let mut operation = json!({
        "summary": summary,
        "operationId": operation_id(route),
        "parameters": parameters(route, call),
        "responses": responses(route, call),
    });
    if call.is_none_or(|call| !call.is_open) {
        operation["security"] = json!([{ "token": [] }]);
    }
    if let Some(shape) = route.body {
        let media = match call {
            Some(call) if call.is_open => vec!["application/json", FORM],
            _ => vec!["application/json"],
        };
        let schema = json!({ "schema": request_schema("", shape) });
        let content: Map<_, _> = media
            .iter()
            .map(|media| ((*media).to_owned(), schema.clone()))
            .collect();
        operation["requestBody"] = json!({ "content": content });
    }
    operation
}

/// Returns a name for an operation that no other one has, such as `get_users_by_userId`.
fn operation_id(route: &Route) -> String {
    let segments = route.template.split('/').skip(2);
    let words = segments.map(|segment| match segment.strip_prefix('{') {
        Some(name) => format!("by_{}", name.trim_end_matches('}')),
        None => segment.replace('-', "_"),
    });
    let words: Vec<_> = words.collect();
    format!(
        "{}_{}",
        route.method.as_str().to_lowercase(),
        words.join("_")
    )
}

fn parameters(route: &Route, call: Option<&Call>) -> Vec<Value> {
    let segments = route.template.split('/');
    let names = segments.filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'));
    let in_path = names.map(|name| {
        let kind = if name == "slug" { "string" } else { "integer" };
        json!({ "name": name, "in": "path", "required": true, "schema": { "type": kind } })
    });
    let paged = call.is_some_and(|call| matches!(call.success, Success::Page { .. }));
    let page = paged.then_some(("page", "Number of the page, from 1 on"));
    let query = call.map_or(&[][..], |call| call.query);
    let in_query = query.iter().copied().chain(page).map(|(name, text)| {
        json!({ "name": name, "in": "query", "description": text, "schema": { "type": "string" } })
    });
    in_path.chain(in_query).collect()
}

fn responses(route: &Route, call: Option<&Call>) -> Value {
    let mut responses = Map::new();
    if let Some(call) = call {
        let (status, response) = success(call.success);
        responses.insert(status.into(), response);
        for (status, text) in call.more {
            responses.insert((*status).into(), json!({ "description": text }));
        }
    }
    let is_open = call.is_some_and(|call| call.is_open);
    let mut statuses = vec![(400, "A field or parameter is wrong")];
    if !is_open {
        statuses.extend([
            (401, "No valid token"),
            (403, "The app lacks the right"),
            (
                429,
                "Too many requests: both retry headers say for how long to wait",
            ),
        ]);
    }
    if route.template.contains('{') {
        statuses.push((404, "No such resource, or one that the app may not see"));
    }
    if !matches!(route.method, Method::GET | Method::DELETE) && !is_open {
        statuses.extend([
            (413, "The body is too large"),
            (415, "The body is not JSON"),
        ]);
    }
    let error = json!({ "schema": { "$ref": "#/components/schemas/Error" } });
    for (status, text) in statuses {
        let response = json!({ "description": text, "content": { ERROR_JSON: error } });
        responses.entry(status.to_string()).or_insert(response);
    }
    responses.into()
}

/// Returns the status of a success, and its description.
fn success(success: Success) -> (&'static str, Value) {
    let named = |name: &str| json!({ "$ref": format!("#/components/schemas/{name}") });
    let hal = |schema: Value| json!({ HAL: { "schema": schema } });
    let headers = |names: &[&str]| {
        let header = |name: &&str| {
            (
                (*name).to_owned(),
                json!({ "schema": { "type": "string" } }),
            )
        };
        names.iter().map(header).collect::<Map<_, _>>()
    };
    match success {
        Success::Object(schema) => (
            "200",
            json!({ "description": "The resource", "content": hal(named(schema)) }),
        ),
        Success::Json(schema) => {
            let content = json!({ "application/json": { "schema": named(schema) } });
            (
                "200",
                json!({ "description": "The answer", "content": content }),
            )
        }
        Success::Page { rel, item } => {
            let embedded = json!({ "type": "object", "required": [rel],
                "properties": { rel: { "type": "array", "items": named(item) } } });
            let schema = json!({
                "type": "object",
                "required": ["_embedded", "_links", "page"],
                "properties": { "_embedded": embedded, "_links": named("PageLinks"), "page": named("Page") },
            });
            (
                "200",
                json!({ "description": "A page", "content": hal(schema) }),
            )
        }
        Success::Unpaged { rel, item } => {
            let embedded = json!({ "type": "object", "required": [rel],
                "properties": { rel: { "type": "array", "items": named(item) } } });
            let schema = json!({
                "type": "object",
                "required": ["_embedded", "_links"],
                "properties": { "_embedded": embedded, "_links": named("SelfLinks") },
            });
            (
                "200",
                json!({ "description": "The whole list", "content": hal(schema) }),
            )
        }
        Success::CreatedHere => ("201", json!({ "description": "Created; no body" })),
        Success::File { media, text } => (
            "200",
            json!({ "description": text, "content": { media: {} } }),
        ),
        Success::Created { location } => {
            let names = if location {
                &["Resource-ID", "Location"][..]
            } else {
                &["Resource-ID"]
            };
            (
                "201",
                json!({ "description": "Created; no body", "headers": headers(names) }),
            )
        }
        Success::NoContent => ("204", json!({ "description": "Done; no body" })),
        Success::SentBack => {
            let text = "The browser goes back to the app's registered URL";
            (
                "303",
                json!({ "description": text, "headers": headers(&["Location"]) }),
            )
        }
    }
}

/// Returns the schema of a body that the API reads with this shape. Other members are ignored.
fn request_schema(name: &str, shape: &Shape) -> Value {
    let (Shape::Known(members) | Shape::Open(members)) = shape else {
        return match shape {
            Shape::Scalar => json!({ "type": ["string", "number", "boolean", "null"] }),
            _ => json!({}),
        };
    };
    if members.is_empty() {
        return json!({ "type": "array", "items": { "type": ["string", "number", "boolean"] } });
    }
    let properties = members.iter();
    let properties: Map<_, _> = properties
        .map(|(name, shape)| ((*name).to_owned(), request_schema(name, shape)))
        .collect();
    let object = json!({ "type": "object", "properties": properties });
    match name.ends_with('s') && !NO_LISTS.contains(&name) {
        true => json!({ "type": "array", "items": object }),
        false => object,
    }
}

#[cfg(test)]
mod tests;
