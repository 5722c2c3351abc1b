//! The description has exactly the routes of the API, and every schema that it refers to exists.

use std::collections::BTreeSet;

use heddle_testkit::described::{members, references};

use super::*;

fn document() -> Value {
    serde_json::from_slice(&text(&crate::routes().list_all())).expect("JSON")
}

#[test]
fn every_route_is_described_and_nothing_else() {
    let routes = crate::routes().list_all();
    let there: BTreeSet<_> = routes.iter().map(|route| route.template.as_str()).collect();
    let described: BTreeSet<_> = CALLS.iter().map(|call| call.template).collect();
    assert_eq!(
        there, described,
        "describe each call in `document/calls.rs`"
    );
    assert_eq!(described.len(), CALLS.len(), "a call is described twice");
}

#[test]
fn the_description_has_the_paths_of_the_route_table() {
    let document = document();
    assert_eq!(document["openapi"], "3.1.0");
    let (mut found, mut ids) = (BTreeSet::new(), BTreeSet::new());
    for (path, operations) in document["paths"].as_object().expect("paths") {
        for (method, operation) in operations.as_object().expect("operations") {
            found.insert(format!("{} {path}", method.to_uppercase()));
            let id = operation["operationId"].as_str().expect("an id");
            assert!(ids.insert(id.to_owned()), "{id} twice");
            assert!(operation["responses"].get("200").is_some(), "{path}");
            assert_eq!(operation["requestBody"]["required"], true, "{path}");
        }
    }
    let routes = crate::routes().list_all();
    let name = |route: &Route| format!("{} {}", route.method, route.template);
    assert_eq!(found, routes.iter().map(name).collect());
    assert!(ids.contains("post_messageThreads_getAll"), "{ids:?}");
}

#[test]
fn every_reference_leads_to_a_schema_and_every_schema_is_used() {
    let document = document();
    let mut found = BTreeSet::new();
    references(&document, &mut found);
    let schemas = document["components"]["schemas"].as_object();
    let names = schemas.expect("schemas").keys();
    let there = names.map(|name| format!("#/components/schemas/{name}"));
    assert_eq!(found, there.collect());
}

#[test]
fn the_request_bodies_have_the_members_that_the_parsers_read() {
    for route in crate::routes().list_all() {
        let shape = route.body.expect("every call reads a body");
        let body = call_of(&route).expect("a description").body;
        let mut found = BTreeSet::new();
        members(&body(), "", &mut found);
        let read: BTreeSet<String> = shape.paths().into_iter().collect();
        assert_eq!(found, read, "{}", route.template);
    }
}
