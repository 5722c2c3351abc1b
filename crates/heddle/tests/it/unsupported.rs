//! Tests of calls that a vendor's contract names and Heddle does not offer (`rules.md` 25): each API answers them as its vendor
//! answers for something that does not exist, and marks them. `docs/compatibility.md` lists exactly these calls.

use std::collections::BTreeSet;

use heddle::apis;
use heddle_api::{Description, Route};
use heddle_testkit::{On, on_both};
use http::Method;
use serde_json::Value;

use crate::catalogue::{Fixture, rows};
use crate::harness::{Answer, World};

const MARK: &str = "heddle-unsupported";

/// Returns a path of the route, with the text `1` for each parameter.
fn path_of(route: &Route) -> String {
    let segments = route.template.split('/');
    let segments = segments.map(|part| if part.starts_with('{') { "1" } else { part });
    segments.collect::<Vec<_>>().join("/")
}

fn vendors() -> Vec<Description> {
    let apis = apis::descriptions();
    let vendors = apis.iter().filter(|api| api.name() != apis::NATIVE);
    vendors.cloned().collect()
}

/// Checks that a 404 has the error body of the API.
fn in_its_envelope(api: &str, path: &str, answer: &Answer) {
    let body: Value = serde_json::from_slice(&answer.body).expect("JSON");
    let place = match (api, path) {
        ("helpscout", _) => "/logRef",
        ("magicline", _) => "/errorMessage",
        ("mews", _) => "/Message",
        (_, path) if path.starts_with("/customer/") => "/errors/0/errorTitle",
        _ => "/requestUUID",
    };
    let found = body.pointer(place).is_some() || body.pointer("/errors/0").is_some();
    assert!(found, "{api} {path}: {body}");
}

#[tokio::test]
async fn each_api_marks_the_calls_of_its_contract_that_it_does_not_offer() {
    let world = World::new(On::Sqlite).await;
    for api in vendors() {
        let calls = (api.unsupported)();
        for call in calls {
            let path = path_of(&call);
            let answer = world.send(call.method.clone(), &path, &[], "").await;
            assert_eq!(answer.status, 404, "{} {path}", call.method);
            let mark = format!("{} {}", call.method, call.template);
            assert_eq!(answer.header(MARK), mark);
            in_its_envelope(api.name().as_str(), &path, &answer);
            let is_offered = |route: &Route| route.template == call.template;
            if !(api.routes)().iter().any(is_offered) {
                let answer = world.send(Method::OPTIONS, &path, &[], "").await;
                assert_eq!(answer.status, 404, "OPTIONS {path}");
                assert!(!answer.headers.contains_key(MARK), "OPTIONS {path}");
            }
        }
    }
}

#[tokio::test]
async fn calls_that_sdks_use_are_not_there_and_no_validation_errors() {
    let world = World::new(On::Sqlite).await;
    for (method, path, mark) in [
        (Method::GET, "/v2/organizations", "GET /v2/organizations"),
        (
            Method::GET,
            "/v2/organizations/?sort=name",
            "GET /v2/organizations",
        ),
        (
            Method::PUT,
            "/v2/conversations/1/snooze",
            "PUT /v2/conversations/{conversationId}/snooze",
        ),
        (
            Method::DELETE,
            "/v2/conversations/1/snooze",
            "DELETE /v2/conversations/{conversationId}/snooze",
        ),
    ] {
        let answer = world.send(method, path, &[], "").await;
        assert_eq!(
            (answer.status.as_u16(), answer.header(MARK)),
            (404, mark),
            "{path}"
        );
    }
    // The vendor has no such method, so this is its answer for a wrong method.
    let answer = world
        .send(Method::PUT, "/v2/conversations/1", &[], "")
        .await;
    assert!(!answer.headers.contains_key(MARK));
    assert_eq!(answer.status, 400);
    let text = String::from_utf8_lossy(&answer.body).into_owned();
    assert!(text.contains("GET, PATCH, DELETE"), "{text}");
}

on_both! {
    async fn a_missing_object_and_an_unknown_path_are_not_marked(world: World) {
        let fixture = Fixture::new(&world).await;
        for row in rows(&world, &fixture) {
            let answer = row.sample.send(&world).await;
            assert!(!answer.headers.contains_key(MARK), "{}", row.template);
            for slot in &row.slots {
                let answer = (slot.with)(&world, &fixture, &slot.unknown).send(&world).await;
                assert!(!answer.headers.contains_key(MARK), "{} {}", row.template, slot.name);
            }
        }
        for api in vendors() {
            for prefix in api.mount.prefixes {
                let answer = world.send(Method::GET, &format!("{prefix}nothing/at/all"), &[], "").await;
                assert_eq!(answer.status, 404, "{prefix}");
                assert!(!answer.headers.contains_key(MARK), "{prefix}");
            }
        }
    }
}

/// Returns the calls of one table of the document: those in backticks as `METHOD /path`, and those of rows with a path and a
/// list of methods.
fn calls_in(text: &str) -> BTreeSet<String> {
    let mut calls = BTreeSet::new();
    for line in text.lines().filter(|line| line.starts_with("| ")) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let codes = cells[0].split('`').skip(1).step_by(2);
        for code in codes {
            match code.split_once(' ') {
                Some((method, path)) if path.starts_with('/') => {
                    calls.insert(format!("{method} {path}"));
                }
                None if code.starts_with('/') => {
                    let methods = cells[1].split(", ");
                    calls.extend(methods.map(|method| format!("{method} {code}")));
                }
                _ => {}
            }
        }
    }
    calls
}

#[test]
fn the_document_lists_exactly_what_is_offered_and_what_is_not() {
    let text = include_str!("../../../../docs/compatibility.md");
    for (api, heading) in [
        ("helpscout", "## Help Scout"),
        ("magicline", "## Magicline"),
        ("mews", "## Mews"),
        ("mykaarma", "## myKaarma"),
    ] {
        let section = text
            .split("\n## ")
            .find(|part| heading[3..] == part[..heading.len() - 3]);
        let section = section.unwrap_or_else(|| panic!("{heading}"));
        let (offered, not) = section
            .split_once("\n### Calls that are not offered")
            .unwrap_or_else(|| panic!("{heading}"));
        let api = apis::descriptions().find(api).expect("an API").clone();
        let named = |routes: Vec<Route>| -> BTreeSet<String> {
            let named = routes
                .iter()
                .map(|route| format!("{} {}", route.method, route.template));
            named.collect()
        };
        assert_eq!(calls_in(offered), named((api.routes)()), "{heading}");
        assert_eq!(calls_in(not), named((api.unsupported)()), "{heading}");
    }
}
