//! The description has exactly the routes of the API, and every schema that it refers to exists.

use std::collections::BTreeSet;

use heddle_http::shape::Shape;
use heddle_testkit::described::{members, references};

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
            // No thread has a source.
            let never = path == crate::template::SOURCE;
            assert_eq!(success.keys().any(is_success), !never, "{method} {path}");
        }
    }
    let there = routes
        .iter()
        .map(|route| name(route.method.as_str(), &route.template));
    assert_eq!(found, there.collect());
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
fn the_request_bodies_have_the_members_that_the_parsers_read() {
    let mut shapes: Vec<(&Shape, BTreeSet<String>)> = Vec::new();
    for route in crate::routes().list_all() {
        let body = call_of(&route).and_then(|call| call.body);
        let (Some(shape), Some(body)) = (route.body, body) else {
            let is_form = route.template == crate::template::AUTHORIZE;
            let are_both_absent = route.body.is_none() && body.is_none();
            assert!(
                are_both_absent || is_form,
                "{} {}",
                route.method,
                route.template
            );
            continue;
        };
        let mut found = BTreeSet::new();
        members(&(body.schema)(), "", &mut found);
        // Several calls have the same shape and read a part of it each.
        match shapes.iter_mut().find(|(known, _)| *known == shape) {
            Some((_, known)) => known.append(&mut found),
            None => shapes.push((shape, found)),
        }
    }
    assert!(shapes.len() > 10, "{}", shapes.len());
    for (shape, found) in shapes {
        let read: BTreeSet<String> = shape.paths().into_iter().collect();
        assert_eq!(found, read);
    }
}

#[test]
fn a_body_is_required_but_for_the_token() {
    let document: Value = serde_json::from_slice(&text(&crate::routes().list_all())).expect("JSON");
    for (path, operations) in document["paths"].as_object().expect("paths") {
        for (method, operation) in operations.as_object().expect("operations") {
            let Some(body) = operation.get("requestBody") else {
                let takes_none = matches!(method.as_str(), "get" | "delete");
                assert!(takes_none, "{method} {path} has no body");
                continue;
            };
            let is_token = path == crate::template::TOKEN;
            assert_eq!(body["required"], !is_token, "{method} {path}");
            let media: Vec<_> = body["content"].as_object().expect("media").keys().collect();
            let expected = match path.as_str() {
                crate::template::TOKEN => vec!["application/json", call::FORM],
                crate::template::AUTHORIZE => vec![call::FORM],
                _ => vec!["application/json"],
            };
            assert_eq!(media, expected, "{method} {path}");
        }
    }
    assert!(
        document["paths"][crate::template::TOKEN]["post"]
            .get("security")
            .is_none()
    );
}
