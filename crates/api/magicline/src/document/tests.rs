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
    let there: BTreeSet<_> = routes
        .iter()
        .map(|route| (route.method.as_str(), route.template.as_str()))
        .collect();
    let described: BTreeSet<_> = CALLS
        .iter()
        .map(|call| (call.method.as_str(), call.template))
        .collect();
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
            for scheme in operation["security"].as_array().expect("a list") {
                let name = scheme.as_object().and_then(|scheme| scheme.keys().next());
                let name = name.expect("a name");
                let scheme = &document["components"]["securitySchemes"][name];
                assert_eq!(scheme["name"], "X-API-KEY");
            }
        }
    }
    let routes = crate::routes().list_all();
    let name = |route: &Route| format!("{} {}", route.method, route.template);
    assert_eq!(found, routes.iter().map(name).collect());
    // The vendor's names (contract section 5).
    for id in [
        "createCommunicationInNewCommunicationThread",
        "createCommunicationInExistingCommunicationThread",
        "getCommunicationPreferences",
        "updateCommunicationPreferences",
    ] {
        assert!(ids.contains(id), "{ids:?}");
    }
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
        let mut found = BTreeSet::new();
        if let Some(body) = call_of(&route).expect("a description").body {
            members(&body(), "", &mut found);
        }
        let read: BTreeSet<String> = route.body.iter().flat_map(|shape| shape.paths()).collect();
        assert_eq!(found, read, "{} {}", route.method, route.template);
    }
}
