//! The OpenAPI description of this API as Heddle serves it. Its paths are those of the route table; `calls` says what each
//! does, `bodies` and `parameters` what it reads, and `schemas.json` what the answers look like.
//!
//! Whoever adds a route adds a line to `calls`; a test names the routes without one. Other tests compare the description with the
//! parsers and with every answer that the tests of this API get.

mod bodies;
mod call;
mod calls;
mod parameters;
mod schema;

use bytes::Bytes;
use heddle_api::Route;
use heddle_api::openapi::examples::Section;
use heddle_api::openapi::{Document, headers, named, operation_id};
use serde_json::{Map, Value, json};

use call::{Answer, Call, Success};

const SCHEMAS: &str = include_str!("document/schemas.json");
const HAL: &str = "application/hal+json";

/// The parts of the description.
const SECTIONS: &[Section] = &[
    Section {
        name: "Tokens",
        text: "How an app gets an access token.",
        paths: &["/v2/oauth2", "/authentication"],
    },
    Section {
        name: "Users and teams",
        text: "The people who answer.",
        paths: &["/v2/users", "/v2/teams"],
    },
    Section {
        name: "Mailboxes",
        text: "Mailboxes with their folders and custom fields.",
        paths: &["/v2/mailboxes"],
    },
    Section {
        name: "Conversations",
        text: "Conversations with their tags and custom fields.",
        paths: &["/v2/conversations", "/v2/tags", "/v2/workflows"],
    },
    Section {
        name: "Threads",
        text: "What was said in a conversation: messages, calls, notes and files.",
        paths: &[
            "/v2/conversations/{conversationId}/threads",
            "/v2/conversations/{conversationId}/phones",
            "/v2/conversations/{conversationId}/chats",
            "/v2/conversations/{conversationId}/customer",
            "/v2/conversations/{conversationId}/notes",
            "/v2/conversations/{conversationId}/reply",
            "/v2/conversations/{conversationId}/attachments",
        ],
    },
    Section {
        name: "Customers",
        text: "Customers and their addresses.",
        paths: &["/v2/customers", "/v2/customer-properties"],
    },
    Section {
        name: "Webhooks",
        text: "Where Heddle reports what has happened.",
        paths: &["/v2/webhooks"],
    },
];

/// Returns the description of some routes as JSON.
pub(crate) fn text(routes: &[Route]) -> Bytes {
    let document = Document {
        title: "Help Scout Mailbox API 2.0, as Heddle serves it",
        text: "The calls that Heddle offers to clients of the Help Scout Mailbox API. Written for Heddle; \
            Help Scout neither made nor reviewed it.",
        version: env!("CARGO_PKG_VERSION"),
        schemas: serde_json::from_str(SCHEMAS).expect("the file is JSON"),
        security: Some(json!({ "token": { "type": "http", "scheme": "bearer" } })),
        sections: SECTIONS,
        examples: include_str!("document/examples.json"),
    };
    document.describe(routes, operation)
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
        "operationId": operation_id(route, 1),
        "parameters": all_parameters(route, call),
        "responses": responses(route, call),
    });
    if call.is_none_or(|call| !call.is_open) {
        operation["security"] = json!([{ "token": [] }]);
    }
    if let Some(body) = call.and_then(|call| call.body) {
        let schema = json!({ "schema": (body.schema)() });
        let media = body.media.iter();
        let content: Map<_, _> = media
            .map(|media| ((*media).to_owned(), schema.clone()))
            .collect();
        operation["requestBody"] = json!({ "required": body.required, "content": content });
    }
    operation
}

fn all_parameters(route: &Route, call: Option<&Call>) -> Vec<Value> {
    let segments = route.template.split('/');
    let names = segments.filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'));
    let in_path = names.map(|name| {
        let kind = if name == "slug" { "string" } else { "integer" };
        json!({ "name": name, "in": "path", "required": true, "schema": { "type": kind } })
    });
    let paged = call.is_some_and(|call| matches!(call.success, Success::Page { .. }));
    let page = paged.then_some(parameters::PAGE);
    let query = call.map_or(&[][..], |call| call.query);
    let in_query = query.iter().copied().chain(page).map(|it| {
        json!({ "name": it.name, "in": "query", "description": it.text, "schema": (it.schema)() })
    });
    in_path.chain(in_query).collect()
}

fn responses(route: &Route, call: Option<&Call>) -> Value {
    let mut responses = Map::new();
    if let Some((status, response)) = call.and_then(|call| success(call.success)) {
        responses.insert(status.into(), response);
    }
    let own = call.map_or(&[][..], |call| call.more);
    let usual = usual_answers(route, call);
    for answer in own.iter().chain(&usual) {
        let place = responses.entry(answer.status);
        place.or_insert_with(|| response(answer));
    }
    responses.into()
}

/// Returns the answers that every call of this kind has.
fn usual_answers(route: &Route, call: Option<&Call>) -> Vec<Answer> {
    let mut answers = vec![
        Answer::error("500", "An unexpected error"),
        Answer::UNAVAILABLE,
    ];
    if call.is_some_and(|call| call.is_open) {
        return answers;
    }
    let has_body = call.is_some_and(|call| call.body.is_some());
    let has_query = all_parameters(route, call)
        .iter()
        .any(|it| it["in"] == "query");
    if has_body || has_query {
        answers.push(Answer::error("400", "A field or parameter is wrong"));
    }
    answers.extend([
        Answer::error("401", "No valid token"),
        Answer::error("403", "The app lacks the right"),
        Answer::LIMITED,
    ]);
    if route.template.contains('{') {
        let text = "No such resource, or one that the app may not see";
        answers.push(Answer::error("404", text));
    }
    if has_body {
        answers.extend([
            Answer::error("413", "The body is too large"),
            Answer::error("415", "The body is not JSON"),
        ]);
    }
    answers
}

fn response(answer: &Answer) -> Value {
    let mut response = json!({ "description": answer.text });
    let media = answer.content.iter().map(|(media, schema)| {
        let content = match *schema {
            "" => json!({}),
            schema => json!({ "schema": named(schema) }),
        };
        ((*media).to_owned(), content)
    });
    if !answer.content.is_empty() {
        response["content"] = media.collect::<Map<_, _>>().into();
    }
    if !answer.headers.is_empty() {
        response["headers"] = headers(answer.headers);
    }
    response
}

/// Returns the schema of the list in a page, whose items have this schema.
fn embedded(rel: &str, item: &str) -> Value {
    json!({ "type": "object", "required": [rel],
        "properties": { rel: { "type": "array", "items": named(item) } } })
}

/// Returns the status of a success, and its description; `None` for a call that never succeeds.
fn success(success: Success) -> Option<(&'static str, Value)> {
    let with = |text: &str, media: &str, schema: Value| json!({ "description": text, "content": { media: schema } });
    let hal = |text: &str, schema: Value| with(text, HAL, json!({ "schema": schema }));
    let created = |names: &[&str]| {
        let text = "Created; no body";
        (
            "201",
            json!({ "description": text, "headers": headers(names) }),
        )
    };
    Some(match success {
        Success::Object(schema) => ("200", hal("The resource", named(schema))),
        Success::Json(schema) => {
            let schema = json!({ "schema": named(schema) });
            ("200", with("The answer", "application/json", schema))
        }
        Success::Page { rel, item } => ("200", hal("A page", page(rel, item))),
        Success::Unpaged { rel, item } => ("200", hal("The whole list", whole_list(rel, item))),
        Success::File { media, text } => ("200", with(text, media, json!({}))),
        Success::Created { location: true } => created(&["Resource-ID", "Location"]),
        Success::Created { location: false } => created(&["Resource-ID"]),
        Success::CreatedHere => created(&["Location"]),
        Success::NoContent => ("204", json!({ "description": "Done; no body" })),
        Success::SentBack => {
            let text = "The browser goes back to the app's registered URL";
            ("303", response(&Answer::redirect("303", text)))
        }
        Success::Never => return None,
    })
}

fn page(rel: &str, item: &str) -> Value {
    json!({
        "type": "object",
        "required": ["_embedded", "_links", "page"],
        "properties": {
            "_embedded": embedded(rel, item), "_links": named("PageLinks"), "page": named("Page"),
        },
    })
}

fn whole_list(rel: &str, item: &str) -> Value {
    json!({
        "type": "object",
        "required": ["_embedded", "_links"],
        "properties": { "_embedded": embedded(rel, item), "_links": named("SelfLinks") },
    })
}

#[cfg(test)]
mod tests;
