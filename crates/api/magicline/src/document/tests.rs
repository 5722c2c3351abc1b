//! The description names every route and no other, refers only to schemas that there are, and has the members that the
//! parsers read.

use std::collections::BTreeSet;

use super::*;

fn name(method: &str, template: &str) -> String {
    format!("{method} {template}")
}

fn described() -> Value {
    serde_json::from_slice(&text(&crate::routes().list_all())).expect("JSON")
}

#[test]
fn every_route_is_described_and_nothing_else() {
    let routes = crate::routes().list_all();
    let routes = routes.iter();
    let there: BTreeSet<_> = routes
        .map(|route| name(route.method.as_str(), &route.template))
        .collect();
    let calls = calls::CALLS.iter();
    let described: BTreeSet<_> = calls.map(|call| name(call.method, call.template)).collect();
    assert_eq!(
        there, described,
        "describe these calls in `document/calls.rs`"
    );
    assert_eq!(
        described.len(),
        calls::CALLS.len(),
        "one is described twice"
    );
    let ids: BTreeSet<_> = calls::CALLS.iter().map(|call| call.id).collect();
    assert_eq!(ids.len(), calls::CALLS.len(), "two have one id");
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
    let document = described();
    let mut found = BTreeSet::new();
    references(&document, &mut found);
    let schemas = document["components"]["schemas"].as_object();
    let there = schemas.expect("schemas").keys();
    let there = there.map(|name| format!("#/components/schemas/{name}"));
    assert_eq!(found, there.collect());
}

/// Adds the path of each member of a schema, written as in [`heddle_http::shape::Shape::paths`].
fn members(schema: &Value, at: &str, found: &mut BTreeSet<String>) {
    if let Some(items) = schema.get("items") {
        members(items, at, found);
    }
    for (name, schema) in schema["properties"].as_object().into_iter().flatten() {
        let path = match at {
            "" => name.clone(),
            at => format!("{at}.{name}"),
        };
        members(schema, &path, found);
        found.insert(path);
    }
}

#[test]
fn the_request_bodies_have_the_members_that_the_parsers_read() {
    for route in crate::routes().list_all() {
        let body = call_of(&route).and_then(|call| call.body);
        let mut found = BTreeSet::new();
        if let Some(schema) = body {
            members(&schema(), "", &mut found);
        }
        let read: BTreeSet<_> = route.body.iter().flat_map(|shape| shape.paths()).collect();
        assert_eq!(found, read, "{} {}", route.method, route.template);
    }
}
