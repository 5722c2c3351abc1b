//! The OpenAPI description of this API as Heddle serves it. Its paths are those of the route table; `calls` says what each
//! does, `bodies` what it reads, and `answers` what it returns.
//!
//! Whoever adds a route adds a line to `calls`; a test names the routes without one. Other tests compare the description with the
//! parsers and with every answer that the tests of this API get.

mod answers;
mod bodies;
mod calls;
mod schema;

use bytes::Bytes;
use heddle_api::Route;
use heddle_api::openapi::examples::Section;
use heddle_api::openapi::schema::{text, word_of};
use heddle_api::openapi::{Document, headers, named, operation_id};
use serde_json::{Map, Value, json};

use crate::request::opt_out::KINDS;
use calls::{CALLS, Call};

const JSON: &str = "application/json";

/// The errors that every call can return: status and meaning.
const ERRORS: [(&str, &str); 7] = [
    (
        "400",
        "The path or the body is wrong, or names what is not there",
    ),
    ("401", "The user name or the password is missing or wrong"),
    (
        "403",
        "The account may not do this, or not in this department or dealer",
    ),
    ("404", "The path is spelled in another way"),
    ("429", "Too many wrong passwords"),
    ("500", "An unexpected error"),
    ("503", "The service cannot answer at the moment"),
];

/// The errors of calls that read a body.
const BODY_ERRORS: [(&str, &str); 3] = [
    ("408", "The body did not arrive in time"),
    ("413", "The body is larger than 1 MiB"),
    ("415", "The body is not JSON"),
];

/// The parts of the description.
const SECTIONS: &[Section] = &[
    Section {
        name: "Messages",
        text: "Threads and messages of a customer, their delegation and import.",
        paths: &["/communications"],
    },
    Section {
        name: "Opt-out",
        text: "Whether a customer may be written to.",
        paths: &[
            "/communications/department/{departmentUUID}/communicationType",
            "/communications/department/{departmentUUID}/communications/",
            "/communications/department/{departmentUUID}/customers/",
            "/communications/department/{departmentUUID}/optoutstatus",
        ],
    },
    Section {
        name: "Followers",
        text: "Who is told of messages of a customer.",
        paths: &[
            "/communications/department/{departmentUUID}/customer/{customerUUID}/followers",
            "/communications/department/{departmentUUID}/customer/{customerUUID}/subscription",
        ],
    },
    Section {
        name: "Customers",
        text: "Customers of a department.",
        paths: &["/customer"],
    },
    Section {
        name: "Department",
        text: "The people of a department.",
        paths: &["/manage"],
    },
];

/// Returns the description of some routes as JSON.
pub(crate) fn describe(routes: &[Route]) -> Bytes {
    let document = Document {
        title: "myKaarma Communications API, as Heddle serves it",
        text: "The calls that Heddle offers to clients of the myKaarma Communications API and of the parts of its manage and \
            customer APIs that they need. Written for Heddle; myKaarma neither made nor reviewed it.",
        version: env!("CARGO_PKG_VERSION"),
        schemas: answers::schemas(),
        security: Some(json!({ "basicAuth": { "type": "http", "scheme": "basic" } })),
        sections: SECTIONS,
        examples: include_str!("document/examples.json"),
    };
    document.describe(routes, operation)
}

/// Returns what `calls` says about a route.
fn call_of(route: &Route) -> Option<&'static Call> {
    let is_same = |call: &&Call| route.method == call.method && call.template == route.template;
    CALLS.iter().find(is_same)
}

fn operation(route: &Route) -> Value {
    let call = call_of(route);
    let summary = call.map_or(route.template.as_str(), |call| call.summary);
    let mut operation = json!({
        "summary": summary,
        "operationId": operation_id(route, 0),
        "parameters": parameters(route, call),
        "responses": responses(route, call),
        "security": [{ "basicAuth": [] }],
    });
    if let Some(body) = call.and_then(|call| call.body) {
        operation["requestBody"] =
            json!({ "required": true, "content": { JSON: { "schema": body() } } });
    }
    operation
}

/// Returns the parameters of path and query. Ids are opaque texts.
fn parameters(route: &Route, call: Option<&Call>) -> Vec<Value> {
    let segments = route.template.split('/');
    let names = segments.filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'));
    let in_path = names.map(|name| {
        let schema = match name {
            "type" => word_of(&KINDS),
            _ => text(),
        };
        json!({ "name": name, "in": "path", "required": true, "schema": schema })
    });
    let query = call.map_or(&[][..], |call| call.query);
    let in_query = query.iter().map(|it| {
        json!({ "name": it.name, "in": "query", "description": it.text, "required": it.is_required,
            "schema": (it.schema)() })
    });
    in_path.chain(in_query).collect()
}

fn responses(route: &Route, call: Option<&Call>) -> Value {
    let mut responses = Map::new();
    let error = match route.template.starts_with("/communications/") {
        true => "Error",
        false => "ManageError",
    };
    if let Some(call) = call {
        responses.insert("200".into(), response("Done", named(call.answer), &[]));
    }
    let schema = match call {
        Some(Call {
            answer,
            counts_failures: true,
            ..
        }) => {
            json!({ "anyOf": [named(error), named(answer)] })
        }
        _ => named(error),
    };
    let has_body = call.is_some_and(|call| call.body.is_some());
    let more = BODY_ERRORS.iter().filter(|_| has_body);
    for (status, text) in ERRORS.iter().chain(more) {
        let names: &[&str] = match *status {
            "401" => &["WWW-Authenticate"],
            "429" | "503" => &["Retry-After"],
            _ => &[],
        };
        responses.insert((*status).into(), response(text, schema.clone(), names));
    }
    responses.into()
}

fn response(text: &str, schema: Value, names: &[&str]) -> Value {
    let mut response = json!({ "description": text, "content": { JSON: { "schema": schema } } });
    if !names.is_empty() {
        response["headers"] = headers(names);
    }
    response
}

#[cfg(test)]
mod tests;
