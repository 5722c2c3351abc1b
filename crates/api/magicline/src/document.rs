//! The OpenAPI description of this API as Heddle serves it. Its paths are those of the route table; `calls` says what each
//! does, `bodies` what it reads, and `answers` what it returns.
//!
//! Whoever adds a route adds a line to `calls`; a test names the routes without one. Other tests compare the description with the
//! parsers and with every answer that the tests of this API get.

mod answers;
mod bodies;
mod calls;

use bytes::Bytes;
use heddle_api::Route;
use heddle_api::openapi::examples::Section;
use heddle_api::openapi::schema::integer;
use heddle_api::openapi::{Document, headers, named};
use serde_json::{Map, Value, json};

use calls::{CALLS, Call};

const JSON: &str = "application/json";
/// The name of the way in which a client authenticates.
const KEY: &str = "ApiKeyAuth";

/// The errors that every call can return: status and meaning.
const ERRORS: [(&str, &str); 5] = [
    (
        "400",
        "A member or parameter is wrong; `reference` names it",
    ),
    ("401", "No valid key"),
    ("429", "Too many requests"),
    ("500", "An unexpected error"),
    ("503", "The service cannot answer at the moment"),
];

/// The parts of the description.
const SECTIONS: &[Section] = &[
    Section {
        name: "Studio",
        text: "The studio of the key, and its employees.",
        paths: &["/v1/studios", "/v1/employees"],
    },
    Section {
        name: "Communication",
        text: "Threads with a customer, and what the customer wants to receive.",
        paths: &["/v1/communications"],
    },
    Section {
        name: "Customers",
        text: "The members of the studio.",
        paths: &["/v1/customers"],
    },
    Section {
        name: "Leads",
        text: "People who may become members.",
        paths: &["/v1/leads"],
    },
];

/// Returns the description of some routes as JSON.
pub(crate) fn text(routes: &[Route]) -> Bytes {
    let document = Document {
        title: "Magicline Open API, as Heddle serves it",
        text: "The calls that Heddle offers to clients of the Magicline Open API. A key gives access to one studio. Written \
            for Heddle; Sport Alliance neither made nor reviewed it.",
        version: env!("CARGO_PKG_VERSION"),
        schemas: answers::schemas(),
        security: Some(json!({ KEY: { "type": "apiKey", "in": "header", "name": "X-API-KEY" } })),
        sections: SECTIONS,
        examples: include_str!("document/examples.json"),
    };
    document.describe(routes, operation)
}

/// Returns what `calls` says about a route.
fn call_of(route: &Route) -> Option<&'static Call> {
    let mut calls = CALLS.iter();
    calls.find(|call| route.method == call.method && call.template == route.template)
}

fn operation(route: &Route) -> Value {
    let call = call_of(route);
    let mut operation = json!({
        "summary": call.map_or("", |call| call.summary),
        "operationId": call.map_or("", |call| call.id),
        "security": [{ KEY: [] }],
        "parameters": parameters(route, call),
        "responses": responses(route, call),
    });
    if let Some(schema) = call.and_then(|call| call.body) {
        let content = json!({ JSON: { "schema": schema() } });
        operation["requestBody"] = json!({ "required": true, "content": content });
    }
    operation
}

fn parameters(route: &Route, call: Option<&Call>) -> Vec<Value> {
    let segments = route.template.split('/');
    let names = segments.filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'));
    let in_path = names
        .map(|name| json!({ "name": name, "in": "path", "required": true, "schema": integer() }));
    let query = call.map_or(&[][..], |call| call.query);
    let in_query = query.iter().map(|it| {
        json!({ "name": it.name, "in": "query", "description": it.text, "schema": (it.schema)() })
    });
    in_path.chain(in_query).collect()
}

fn responses(route: &Route, call: Option<&Call>) -> Value {
    let mut responses = Map::new();
    if let Some(call) = call {
        let done = match call.answer {
            Some(schema) => response("Done", schema),
            None => json!({ "description": "Done; no body" }),
        };
        responses.insert("200".into(), done);
    }
    for (status, text) in ERRORS.into_iter().chain(more_errors(route, call)) {
        let mut response = response(text, "Error");
        if matches!(status, "429" | "503") {
            response["headers"] = headers(&["Retry-After"]);
        }
        responses.insert(status.into(), response);
    }
    responses.into()
}

/// Returns the errors that some calls can return beside [`ERRORS`].
fn more_errors(
    route: &Route,
    call: Option<&Call>,
) -> impl Iterator<Item = (&'static str, &'static str)> {
    let has_body = call.is_some_and(|call| call.body.is_some());
    let names_one = route.template.contains('{');
    let forbidden = call.is_some_and(|call| call.has_scope);
    let not_found = names_one || call.is_some_and(|call| call.finds_one);
    let errors = [
        forbidden.then_some(("403", "The key lacks the scope")),
        not_found.then_some(("404", "The studio has no such customer, thread or employee")),
        has_body.then_some(("415", "The body is not JSON")),
        (has_body && names_one)
            .then_some(("409", "Another request changed the customer or the thread")),
    ];
    errors.into_iter().flatten()
}

fn response(text: &str, schema: &str) -> Value {
    json!({ "description": text, "content": { JSON: { "schema": named(schema) } } })
}

#[cfg(test)]
mod tests;
