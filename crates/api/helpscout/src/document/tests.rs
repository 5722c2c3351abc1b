//! The description names every route and no other, and refers only to schemas that there are.

use std::collections::BTreeSet;

use super::*;

fn name(method: &str, template: &str) -> String {
    format!("{method} {template}")
}

#[test]
fn every_route_is_described_and_nothing_else() {
    let routes = crate::routes().list_all();
    let there = routes
        .iter()
        .map(|route| name(route.method.as_str(), &route.template));
    let described = calls::all().map(|call| name(call.method, call.template));
    let (there, described): (BTreeSet<_>, BTreeSet<_>) = (there.collect(), described.collect());
    let missing: Vec<_> = there.difference(&described).collect();
    assert!(
        missing.is_empty(),
        "describe these calls in `document/calls.rs`: {missing:?}"
    );
    let gone: Vec<_> = described.difference(&there).collect();
    assert!(gone.is_empty(), "there is no route for {gone:?}");
    assert_eq!(
        described.len(),
        calls::all().count(),
        "a call is described twice"
    );
}

#[test]
fn the_description_has_the_paths_of_the_route_table() {
    let routes = crate::routes().list_all();
    let document: Value = serde_json::from_slice(&text(&crate::routes().list_all())).expect("JSON");
    assert_eq!(document["openapi"], "3.1.0");
    let paths = document["paths"].as_object().expect("paths");
    let mut found = BTreeSet::new();
    let mut ids = BTreeSet::new();
    for (path, operations) in paths {
        for (method, operation) in operations.as_object().expect("operations") {
            found.insert(format!("{} {path}", method.to_uppercase()));
            let id = operation["operationId"].as_str().expect("an id");
            assert!(ids.insert(id.to_owned()), "{id} twice");
            let success = operation["responses"].as_object().expect("responses");
            let is_success = |status: &String| status.starts_with('2') || status.starts_with('3');
            assert!(success.keys().any(is_success), "{method} {path}");
        }
    }
    let there = routes
        .iter()
        .map(|route| name(route.method.as_str(), &route.template));
    assert_eq!(found, there.collect());
}

/// Collects everything that a value refers to.
fn references(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            if let Some(Value::String(reference)) = members.get("$ref") {
                found.insert(reference.clone());
            }
            members
                .values()
                .for_each(|member| references(member, found));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

#[test]
fn every_reference_leads_to_a_schema_and_every_schema_is_used() {
    let document: Value = serde_json::from_slice(&text(&crate::routes().list_all())).expect("JSON");
    let mut found = BTreeSet::new();
    references(&document, &mut found);
    let schemas = document["components"]["schemas"]
        .as_object()
        .expect("schemas");
    let there = schemas
        .keys()
        .map(|name| format!("#/components/schemas/{name}"));
    assert_eq!(found, there.collect());
}

#[test]
fn a_request_body_has_the_members_that_the_parser_reads() {
    let document: Value = serde_json::from_slice(&text(&crate::routes().list_all())).expect("JSON");
    let body = &document["paths"]["/v2/conversations"]["post"]["requestBody"];
    let schema = &body["content"]["application/json"]["schema"]["properties"];
    assert_eq!(
        schema["threads"]["items"]["properties"]["attachments"]["type"],
        "array"
    );
    assert_eq!(schema["customer"]["type"], "object");
    assert_eq!(
        schema["tags"]["items"]["type"],
        json!(["string", "number", "boolean"])
    );
    let token = &document["paths"]["/v2/oauth2/token"]["post"];
    assert!(token.get("security").is_none());
    assert!(token["requestBody"]["content"][FORM].is_object());
}
