//! The OpenAPI document: derived from the handlers, completed here, served, and committed as `docs/openapi.json`.
//!
//! A handler declares its path, parameters, body, scope and successes. This module adds what all operations of a kind
//! share, so that no handler can forget it: the errors, `If-Match`, `If-None-Match` and `Idempotency-Key`.

use std::collections::BTreeMap;
use std::fmt;

use bytes::Bytes;
use heddle_api::Apis;
use heddle_api::openapi::examples::Examples;
use http::Method;
use serde_json::Value;
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::response::ResponseBuilder;
use utoipa::openapi::schema::ArrayItems;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{
    ContentBuilder, Header, InfoBuilder, ObjectBuilder, OpenApi, PathItem, Ref, RefOr, Required,
    Schema, Type,
};
use utoipa::{PartialSchema, ToSchema};

use crate::api_schemas;
use crate::problem::Problem;
use crate::schema::RequestSchema;

/// The name of the security scheme. A handler declares it together with its scope: `security(("token" =
/// ["agents.read"]))`.
const SCHEME: &str = "token";

/// The parts of the description, in reading order: the tag of their operations, and what they are about.
const SECTIONS: [(&str, &str); 15] = [
    (
        "account",
        "The account of the token, and what the token may do.",
    ),
    (
        "inboxes",
        "Places at which customers reach the account, with profile, custom fields and opt-outs.",
    ),
    ("agents", "The people who answer."),
    ("teams", "Groups of agents."),
    (
        "customers",
        "The people who write, and how they are reached.",
    ),
    (
        "conversations",
        "Conversations of a customer with an inbox.",
    ),
    (
        "messages",
        "What was said in a conversation, and notes about it.",
    ),
    ("attachments", "Files of messages."),
    ("tags", "Tags of conversations."),
    ("search", "Conversations by words."),
    ("events", "What has changed, as a list and as a stream."),
    (
        "webhooks",
        "Where Heddle reports changes, and whether the reports arrived.",
    ),
    ("audit", "Who changed what."),
    (
        "credentials",
        "Who may call the APIs, and what they may do.",
    ),
    ("probes", "Whether the server works."),
];

pub(crate) struct Document {
    text: Bytes,
    /// The names of each operation's query parameters, by path template.
    parameters: BTreeMap<String, Vec<(Method, Vec<String>)>>,
    /// The compiled schemas of request bodies, by name.
    bodies: BTreeMap<String, RequestSchema>,
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Document")
    }
}

impl Document {
    pub(crate) fn new(declared: OpenApi, apis: &Apis) -> Self {
        let openapi = completed(declared, apis);
        let text = openapi.to_pretty_json();
        let text = text.expect("a document is plain data") + "\n";
        Self {
            text: text.into(),
            parameters: parameters(&openapi),
            bodies: bodies(&openapi),
        }
    }

    /// Returns the document as JSON.
    pub(crate) fn text(&self) -> Bytes {
        self.text.clone()
    }

    /// Returns the names of an operation's query parameters. HEAD has the same parameters as GET.
    pub(crate) fn parameters(&self, method: &Method, template: &str) -> &[String] {
        let method = match *method {
            Method::HEAD => &Method::GET,
            _ => method,
        };
        let known = self.parameters.get(template).into_iter().flatten();
        let mut known = known.filter(|(of, _)| of == method);
        known.next().map_or(&[], |(_, names)| names.as_slice())
    }

    /// Returns the schema of a request's body.
    pub(crate) fn body<T: ToSchema>(&self) -> &RequestSchema {
        let schema = self.bodies.get(&*T::name());
        schema.expect("a handler that reads a body declares it")
    }
}

/// Completes what the handlers declare. The schemas of API names, secrets and webhook options depend on `apis`.
fn completed(declared: OpenApi, apis: &Apis) -> OpenApi {
    let examples = Examples::parse(include_str!("document/examples.json"));
    let mut openapi = declared;
    let tag = |(name, text): &(&str, &str)| {
        TagBuilder::new()
            .name(*name)
            .description(Some(*text))
            .build()
    };
    openapi.tags = Some(SECTIONS.iter().map(tag).collect());
    openapi.info = InfoBuilder::new()
        .title("Heddle")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(include_str!("document.md")))
        .build();
    let components = openapi.components.get_or_insert_default();
    let mut schemas = vec![(Problem::name().into_owned(), Problem::schema())];
    Problem::schemas(&mut schemas);
    components.schemas.extend(schemas);
    components.schemas.extend(api_schemas::all(apis));
    let scheme = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
    components
        .security_schemes
        .insert(SCHEME.to_owned(), scheme.into());
    name_items(&mut components.schemas);
    for (path, item) in &mut openapi.paths.paths {
        for (method, operation) in [
            (Method::GET, &mut item.get),
            (Method::POST, &mut item.post),
            (Method::PUT, &mut item.put),
            (Method::PATCH, &mut item.patch),
            (Method::DELETE, &mut item.delete),
        ] {
            if let Some(operation) = operation {
                complete(path, &method, operation);
                add_examples(&examples, (method.as_str(), path), operation);
            }
        }
    }
    openapi
}

fn parameters(openapi: &OpenApi) -> BTreeMap<String, Vec<(Method, Vec<String>)>> {
    let mut all: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for (template, method, operation) in operations(openapi) {
        let names = query_parameters(operation).map(|parameter| parameter.name.clone());
        let of_template = all.entry(template.to_owned()).or_default();
        of_template.push((method, names.collect()));
    }
    all
}

/// Compiles the schemas of all JSON bodies. All of them have names, because each body is a struct.
fn bodies(openapi: &OpenApi) -> BTreeMap<String, RequestSchema> {
    let components = serde_json::to_value(&openapi.components);
    let mut components = components.expect("schemas are plain data");
    let named = serde_json::from_value(components["schemas"].take());
    let named: BTreeMap<String, Value> = named.expect("schemas have names");
    let mut bodies = BTreeMap::new();
    for (_, _, operation) in operations(openapi) {
        let body = serde_json::to_value(&operation.request_body);
        let body = body.expect("a body's description is plain data");
        let schema = body.pointer("/content/application~1json/schema/$ref");
        let name = schema.and_then(|schema| schema.as_str()?.rsplit('/').next());
        if let Some(name) = name {
            bodies.insert(name.to_owned(), RequestSchema::of(&named[name], &named));
        }
    }
    bodies
}

/// Makes the items of every page refer to the schema of their resource.
fn name_items(schemas: &mut BTreeMap<String, RefOr<Schema>>) {
    let pages: Vec<String> = schemas.keys().cloned().collect();
    for page in pages {
        let Some(name) = page.strip_prefix("Page_") else {
            continue;
        };
        let Some(RefOr::T(Schema::Object(list))) = schemas.get_mut(&page) else {
            continue;
        };
        let Some(RefOr::T(Schema::Array(data))) = list.properties.get_mut("data") else {
            continue;
        };
        let named = Box::new(RefOr::Ref(Ref::from_schema_name(name)));
        if let ArrayItems::RefOrSchema(item) = &mut data.items {
            let item = std::mem::replace(item, named);
            schemas.entry(name.to_owned()).or_insert(*item);
        }
    }
}

/// Returns every operation of a document.
pub(crate) fn operations(openapi: &OpenApi) -> impl Iterator<Item = (&str, Method, &Operation)> {
    openapi.paths.paths.iter().flat_map(|(path, item)| {
        let all = METHODS.iter();
        all.filter_map(move |method| {
            Some((path.as_str(), method.clone(), operation(item, method)?))
        })
    })
}

const METHODS: [Method; 5] = [
    Method::GET,
    Method::POST,
    Method::PUT,
    Method::PATCH,
    Method::DELETE,
];

fn operation<'a>(item: &'a PathItem, method: &Method) -> Option<&'a Operation> {
    match *method {
        Method::GET => item.get.as_ref(),
        Method::POST => item.post.as_ref(),
        Method::PUT => item.put.as_ref(),
        Method::PATCH => item.patch.as_ref(),
        Method::DELETE => item.delete.as_ref(),
        _ => None,
    }
}

fn query_parameters(operation: &Operation) -> impl Iterator<Item = &Parameter> {
    let all = operation.parameters.iter().flatten();
    let inline = all.filter_map(|parameter| match parameter {
        RefOr::T(parameter) => Some(parameter),
        RefOr::Ref(_) => None,
    });
    inline.filter(|parameter| parameter.parameter_in == ParameterIn::Query)
}

/// Adds the errors and headers that all operations of this kind share.
fn complete(path: &str, method: &Method, operation: &mut Operation) {
    correct_media_type_of_problems(operation);
    let is_write = *method != Method::GET;
    let has_id = path.contains('{');
    let has_body = operation.request_body.is_some();
    let has_query = query_parameters(operation).next().is_some();
    let is_open = operation.security.is_none();
    if is_open {
        refuse(operation, &[500, 503]);
        return;
    }
    refuse(operation, &[401, 403, 422, 429, 500, 503]);
    if has_query {
        refuse(operation, &[400]);
    }
    if has_id {
        refuse(operation, &[404]);
    }
    refuse_merged(path, is_write, operation);
    if is_write {
        refuse(operation, &[400, 408, 409, 413]);
        header(
            operation,
            "Idempotency-Key",
            ObjectBuilder::new()
                .min_length(Some(1))
                .max_length(Some(255))
                .pattern(Some(r"^[\x20-\x7E]+$")),
            "Makes the request safe to repeat: 1 to 255 printable ASCII characters, stored for a day.",
        );
    }
    if has_body {
        refuse(operation, &[415]);
    }
    let is_tagged = is_tagged(operation) || *method == Method::DELETE;
    if is_write && is_tagged && has_success(operation, &["200", "202", "204"]) {
        refuse(operation, &[412]);
        header(
            operation,
            "If-Match",
            ObjectBuilder::new().pattern(Some(r#"^(\*|(W/)?"[^"]*")$"#)),
            "The `ETag` that the change is based on, or `*`. Refused with 412 if the resource has changed since.",
        );
    }
    // The account has no such header, because its body shows the token's inboxes, which change without a new version.
    if !is_write && is_tagged && has_id {
        let unchanged = ResponseBuilder::new().description("The client has this version");
        let responses = &mut operation.responses.responses;
        responses.insert("304".into(), unchanged.build().into());
        header(
            operation,
            "If-None-Match",
            ObjectBuilder::new(),
            "The `ETag` of the version that the client has. The answer is 304 if it is still the latest.",
        );
    }
}

/// Adds what the file of examples has for an operation.
fn add_examples(examples: &Examples, place: (&str, &str), operation: &mut Operation) {
    for parameter in operation.parameters.iter_mut().flatten() {
        let RefOr::T(parameter) = parameter else {
            continue;
        };
        let of = match parameter.parameter_in {
            ParameterIn::Path => "path",
            ParameterIn::Query | ParameterIn::QueryString => "query",
            ParameterIn::Header | ParameterIn::Cookie => "header",
        };
        if let Some(value) = examples.parameter(place, of, &parameter.name) {
            let described = std::mem::replace(parameter, Parameter::new(""));
            *parameter = ParameterBuilder::from(described)
                .example(Some(value.clone()))
                .build();
        }
    }
    let Some(body) = examples.body(place.0, place.1) else {
        return;
    };
    let Some(RefOr::T(described)) = &mut operation.request_body else {
        return;
    };
    for (media, content) in &mut described.content {
        // A form has a name for each part.
        if media != "multipart/form-data"
            && let RefOr::T(content) = content
        {
            content.example = Some(body.clone());
        }
    }
}

/// Declares the errors for merged and erased resources: conversations and customers can be merged, and customers can be
/// erased. Of such a customer only the jobs stay readable.
fn refuse_merged(path: &str, is_write: bool, operation: &mut Operation) {
    let is_customer = path.starts_with("/api/v1/customers/{id}") && !path.ends_with("/jobs");
    if is_customer {
        refuse(operation, &[410]);
    }
    if is_customer || path.starts_with("/api/v1/conversations/{id}") {
        refuse(operation, &[if is_write { 409 } else { 301 }]);
    }
}

fn has_success(operation: &Operation, statuses: &[&str]) -> bool {
    let responses = &operation.responses.responses;
    statuses
        .iter()
        .any(|status| responses.contains_key(*status))
}

fn is_tagged(operation: &Operation) -> bool {
    let responses = operation.responses.responses.values();
    responses.into_iter().any(
        |response| matches!(response, RefOr::T(response) if response.headers.contains_key("ETag")),
    )
}

/// Corrects the media type of errors: all of them are problem documents, which utoipa declares as plain JSON.
fn correct_media_type_of_problems(operation: &mut Operation) {
    for (status, response) in &mut operation.responses.responses {
        let RefOr::T(response) = response else {
            continue;
        };
        if status.starts_with('2') {
            continue;
        }
        if let Some(content) = response.content.shift_remove("application/json") {
            response
                .content
                .insert("application/problem+json".to_owned(), content);
        }
    }
}

/// Declares errors with these statuses, except those that the handler describes itself.
fn refuse(operation: &mut Operation, statuses: &[u16]) {
    for status in statuses {
        let schema = Ref::from_schema_name(Problem::name());
        let content = ContentBuilder::new().schema(Some(schema)).build();
        let mut response = ResponseBuilder::new()
            .description(meaning(*status))
            .content("application/problem+json", content);
        match *status {
            301 => response = response.header("Location", Header::default()),
            429 | 503 => response = response.header("Retry-After", Header::default()),
            _ => {}
        }
        let responses = &mut operation.responses.responses;
        responses
            .entry(status.to_string())
            .or_insert_with(|| response.build().into());
    }
}

const fn meaning(status: u16) -> &'static str {
    match status {
        301 => "The conversation or customer was merged into another, which `Location` names",
        400 => "The request cannot be read: broken JSON, a bad header, a character U+0000",
        401 => "No token, or one that is not valid",
        403 => "The token lacks the scope, or is limited to some inboxes",
        404 => "No resource with this id, or the token does not reach it",
        408 => "The request did not arrive in time",
        409 => {
            "It is taken already, the conversation or customer was merged into another, or the stored answer for this \
             `Idempotency-Key` was erased; `detail` says which"
        }
        410 => "The customer was erased",
        412 => "The resource has another version than `If-Match` names",
        413 => "The body is too large",
        415 => "The body has another media type",
        422 => "A field or parameter is invalid; `errors` names each",
        429 => "Too many wrong tokens from this address",
        500 => "An error of the server",
        503 => "The server cannot answer at the moment; try again later",
        _ => "Refused",
    }
}

fn header(operation: &mut Operation, name: &str, schema: ObjectBuilder, description: &str) {
    let parameter = ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(description))
        .schema(Some(schema.schema_type(Type::String).build()));
    operation
        .parameters
        .get_or_insert_default()
        .push(parameter.build().into());
}

#[cfg(test)]
mod tests;
