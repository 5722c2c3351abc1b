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
use heddle_api::openapi::{Document, headers, named, operation_id};
use serde_json::{Map, Value, json};

use calls::{CALLS, Call};

const JSON: &str = "application/json";
/// How many segments all paths begin with: `api`, `connector` and `v1`.
const PREFIX: usize = 3;

/// The errors that every call can return: status and meaning.
const ERRORS: [(&str, &str); 9] = [
    (
        "400",
        "The body is not JSON, or a property is missing or wrong",
    ),
    (
        "401",
        "A token is unknown, or the integration may not do this",
    ),
    ("404", "The path is spelled in another way"),
    ("408", "The request took too long"),
    ("409", "The data was changed by another request"),
    ("413", "The body is too large"),
    ("429", "Too many requests"),
    ("500", "An unexpected error"),
    ("503", "The service cannot answer at the moment"),
];

/// The parts of the description.
const SECTIONS: &[Section] = &[
    Section {
        name: "Configuration",
        text: "The enterprises of the access token, and what they can be.",
        paths: &[
            "/api/connector/v1/configuration",
            "/api/connector/v1/enterprises",
            "/api/connector/v1/languages",
        ],
    },
    Section {
        name: "Messages",
        text: "Message threads of the client's own application, and their messages.",
        paths: &[
            "/api/connector/v1/messageThreads",
            "/api/connector/v1/messages",
        ],
    },
    Section {
        name: "Customers",
        text: "The guests.",
        paths: &["/api/connector/v1/customers"],
    },
];

/// Returns the description of some routes as JSON.
pub(crate) fn text(routes: &[Route]) -> Bytes {
    let document = Document {
        title: "Mews Connector API, as Heddle serves it",
        text: "The calls that Heddle offers to clients of the Mews Connector API. Every call is a POST whose body has the \
            credentials. Written for Heddle; Mews neither made nor reviewed it.",
        version: env!("CARGO_PKG_VERSION"),
        schemas: answers::schemas(),
        security: None,
        sections: SECTIONS,
        examples: include_str!("document/examples.json"),
    };
    document.describe(routes, operation)
}

/// Returns what `calls` says about a route.
fn call_of(route: &Route) -> Option<&'static Call> {
    CALLS.iter().find(|call| call.template == route.template)
}

fn operation(route: &Route) -> Value {
    let call = call_of(route);
    let summary = call.map_or(route.template.as_str(), |call| call.summary);
    let mut operation = json!({
        "summary": summary,
        "operationId": operation_id(route, PREFIX),
        "responses": responses(call),
    });
    if call.is_some_and(|call| call.is_list) {
        let text = "`return=minimal`: an empty page is 204 without a body";
        operation["parameters"] = json!([
            { "name": "Prefer", "in": "header", "description": text, "schema": { "type": "string" } },
        ]);
    }
    if let Some(call) = call {
        let schema = (call.body)();
        operation["requestBody"] =
            json!({ "required": true, "content": { JSON: { "schema": schema } } });
    }
    operation
}

fn responses(call: Option<&Call>) -> Value {
    let mut responses = Map::new();
    if let Some(call) = call {
        responses.insert("200".into(), response("Done", Some(call.answer), &[]));
        if call.is_list {
            let text = "The page is empty, and the client prefers no body";
            responses.insert("204".into(), response(text, None, &[]));
        }
        if let Some(text) = call.forbidden {
            responses.insert("403".into(), response(text, Some("Error"), &[]));
        }
    }
    for (status, text) in ERRORS {
        let more: &[&str] = match status {
            "429" | "503" => &["Retry-After"],
            _ => &[],
        };
        responses.insert(status.into(), response(text, Some("Error"), more));
    }
    responses.into()
}

fn response(text: &str, schema: Option<&str>, more: &[&str]) -> Value {
    let names: Vec<&str> = ["Request-Id"]
        .into_iter()
        .chain(more.iter().copied())
        .collect();
    let mut response = json!({ "description": text, "headers": headers(&names) });
    if let Some(schema) = schema {
        response["content"] = json!({ JSON: { "schema": named(schema) } });
    }
    response
}

#[cfg(test)]
mod tests;
