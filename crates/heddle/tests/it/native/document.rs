//! Tests of the OpenAPI document: equal to the committed file, consistent with the routes, and shown by a page that
//! works without a network.

use heddle_access::provision;
use heddle_domain::InboxScope;
use heddle_domain::credential::Grant;
use heddle_domain::credential::Scope;
use heddle_testkit::On;
use http::Method;
use serde_json::Value;

use super::{get, problem};
use heddle::apis;

use crate::catalogue::{Fixture, rows};
use crate::harness::World;
use heddle_testkit::on_both;

const COMMITTED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/openapi.json");

fn document() -> Value {
    serde_json::from_slice(&heddle_native::openapi(&apis::descriptions())).expect("JSON")
}

/// Returns every operation with its path and method.
fn operations(document: &Value) -> Vec<(String, Method, &Value)> {
    let paths = document["paths"].as_object().expect("paths");
    let all = paths.iter().flat_map(|(path, item)| {
        let operations = item.as_object().expect("an item");
        operations.iter().map(move |(method, operation)| {
            let method = method.to_uppercase().parse().expect("a method");
            (path.clone(), method, operation)
        })
    });
    all.collect()
}

#[test]
fn the_committed_document_is_the_served_one() {
    let served = heddle_native::openapi(&apis::descriptions());
    if std::env::var_os("HEDDLE_BLESS").is_some() {
        std::fs::write(COMMITTED, &served).expect("written");
    }
    let committed = std::fs::read(COMMITTED).unwrap_or_default();
    assert!(
        committed == served,
        "docs/openapi.json is out of date: run this test with HEDDLE_BLESS=1 and look at the difference"
    );
}

#[tokio::test]
async fn the_document_is_served_without_a_token() {
    let world = World::new(On::Sqlite).await;
    let answer = get(&world, "/api/v1/openapi.json", None).await;
    assert_eq!(
        (answer.status.as_u16(), answer.header("content-type")),
        (200, "application/json")
    );
    assert_eq!(answer.json(), document());
    assert_eq!(document()["openapi"], "3.1.0");
}

#[test]
fn every_operation_documents_all_of_its_responses() {
    let document = document();
    let mut names = std::collections::BTreeSet::new();
    for (path, method, operation) in operations(&document) {
        let place = format!("{method} {path}");
        let name = operation["operationId"].as_str().expect("a name");
        assert!(names.insert(name.to_owned()), "{place}: {name} twice");
        let summary = operation["summary"].as_str().unwrap_or_default();
        assert!(!summary.is_empty(), "{place}: no summary");
        let responses = operation["responses"].as_object().expect("responses");
        let needs = |status: &str| assert!(responses.contains_key(status), "{place}: {status}");
        needs("500");
        needs("503");
        if path.starts_with("/api/") {
            ["401", "403", "422", "429"].into_iter().for_each(needs);
            assert!(operation["security"][0]["token"][0].is_string(), "{place}");
        }
        if path.contains('{') {
            needs("404");
        }
        if method != Method::GET {
            ["400", "408", "413"].into_iter().for_each(needs);
            let parameters = operation["parameters"].as_array().expect("parameters");
            assert!(
                parameters.iter().any(|p| p["name"] == "Idempotency-Key"),
                "{place}"
            );
        }
        if operation.get("requestBody").is_some() {
            needs("415");
        }
        if method == Method::PATCH || method == Method::DELETE {
            needs("412");
        }
    }
}

/// Checks the request schemas, and every schema that they refer to, for this rule.
#[test]
fn requests_take_no_unknown_members() {
    fn walk(schema: &Value, document: &Value, place: &str) {
        if let Some(name) = schema["$ref"].as_str() {
            let name = name.rsplit('/').next().unwrap_or_default();
            return walk(&document["components"]["schemas"][name], document, place);
        }
        let is_explanation = schema.get("properties").is_none() && place.ends_with(" (part)");
        if schema["type"] == "object" && !is_explanation {
            let others = schema.get("additionalProperties");
            assert!(
                others.is_some(),
                "{place} does not say what other members it takes"
            );
        }
        // A field with a shared schema has its description in a separate part.
        let parts = schema["allOf"].as_array().into_iter().flatten();
        parts.for_each(|part| walk(part, document, &format!("{place} (part)")));
        let inner = ["properties", "items", "oneOf", "anyOf"].map(|key| &schema[key]);
        for part in inner {
            match part {
                Value::Object(members)
                    if part.get("type").is_none() && part.get("$ref").is_none() =>
                {
                    members
                        .values()
                        .for_each(|member| walk(member, document, place));
                }
                Value::Object(_) => walk(part, document, place),
                Value::Array(items) => items.iter().for_each(|item| walk(item, document, place)),
                _ => {}
            }
        }
    }
    let document = document();
    for (path, method, operation) in operations(&document) {
        let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
        walk(schema, &document, &format!("{method} {path}"));
    }
}

on_both! {
    async fn every_operation_needs_the_scope_that_it_names(world: World) {
        let fixture = Fixture::new(&world).await;
        let document = document();
        let rows = rows(&world, &fixture);
        for (path, method, operation) in operations(&document) {
            let is_it = |template: &str| {
                let mut parts = path.split('/').zip(template.split('/'));
                path.split('/').count() == template.split('/').count()
                    && parts.all(|(a, b)| a == b || (a.starts_with('{') && b == "{}"))
            };
            let row = rows.iter().find(|row| row.method == method && is_it(row.template)).expect("a row");
            for missing in insufficient(operation) {
                let token = heddle_access::secrets::mint_key();
                let full = Grant::full(heddle_native::NAME, InboxScope::All);
                let grant = missing.iter().fold(full, |grant, scope| grant.without(*scope));
                provision::create_key(world.store(), &world.here.account, grant, &token).await.expect("a key");
                let mut sample = row.sample.clone();
                for (name, value) in &mut sample.headers {
                    if *name == "authorization" {
                        *value = format!("Bearer {token}");
                    }
                }
                let answer = sample.send(&world).await;
                let body = problem(&answer, 403, "forbidden");
                let detail = body["detail"].as_str().expect("words");
                assert!(detail.contains(missing[0].as_str()), "{method} {path}: {detail}");
            }
        }
    }
}

/// Returns sets of scopes, of which a token must not lack any: each scope that the operation needs, or all of those of which it
/// needs one.
fn insufficient(operation: &Value) -> Vec<Vec<Scope>> {
    let ways = operation["security"].as_array().into_iter().flatten();
    let ways: Vec<Vec<Scope>> = ways
        .map(|way| {
            let scopes = way["token"].as_array().expect("scopes").iter();
            let scopes = scopes.map(|scope| scope.as_str().and_then(Scope::parse));
            scopes.map(|scope| scope.expect("a scope")).collect()
        })
        .collect();
    match &ways[..] {
        [one] => one.iter().map(|scope| vec![*scope]).collect(),
        [] => Vec::new(),
        several => vec![several.concat()],
    }
}

#[tokio::test]
async fn the_page_loads_nothing_from_anywhere_else() {
    let world = World::new(On::Sqlite).await;
    let page = get(&world, "/api/v1/docs/", None).await;
    assert_eq!(page.status, 200);
    assert!(page.header("content-type").starts_with("text/html"));
    let policy = page.header("content-security-policy");
    assert!(
        policy.starts_with("default-src 'none'; script-src 'self';"),
        "{policy}"
    );
    assert_eq!(page.header("x-content-type-options"), "nosniff");
    let html = String::from_utf8(page.body).expect("text");
    // Every file that the page names exists and is served beside the page.
    let named = html
        .split(['"', '\''])
        .filter(|text| text.starts_with("./"));
    let mut files = 0;
    for name in named {
        let file = get(&world, &format!("/api/v1/docs/{}", &name[2..]), None).await;
        assert_eq!(file.status, 200, "{name}");
        files += 1;
    }
    assert!(
        files >= 4 && !html.contains("http://") && !html.contains("https://"),
        "{html}"
    );
    assert!(
        !html.contains("<script>"),
        "the policy lets no script stand in the page"
    );
    let start = get(&world, "/api/v1/docs/swagger-initializer.js", None).await;
    let start = String::from_utf8(start.body).expect("text");
    assert!(start.contains("\"tryItOutEnabled\":false"), "{start}");
    let (_, options) = start.split_once("options = ").expect("options");
    let (options, _) = options.split_once(";\n").expect("an end");
    let options: Value = serde_json::from_str(options).expect("JSON");
    let shown = options["urls"].as_array().expect("a list");
    let titles: Vec<&str> = shown
        .iter()
        .filter_map(|one| one["name"].as_str())
        .collect();
    assert_eq!(
        titles,
        ["Heddle", "Help Scout", "Magicline", "Mews", "myKaarma"]
    );
    for one in shown {
        let description = get(&world, one["url"].as_str().expect("a path"), None).await;
        assert_eq!(description.status, 200, "{one}");
        assert!(description.json()["paths"].is_object(), "{one}");
    }
    for lost in ["nothing.js", "..%2Fopenapi.json", "%00"] {
        let path = format!("/api/v1/docs/{lost}");
        problem(&get(&world, &path, None).await, 404, "not-found");
    }
}

#[tokio::test]
async fn the_page_is_found_without_its_slash() {
    let world = World::new(On::Sqlite).await;
    let answer = get(&world, "/api/v1/docs", None).await;
    assert_eq!(answer.status, 308);
    assert_eq!(answer.header("location"), "/api/v1/docs/");
}

#[tokio::test]
async fn the_start_page_says_what_the_server_is() {
    let world = World::new(On::Sqlite).await;
    let json = get(&world, "/", None).await;
    assert_eq!(json.status, 200);
    assert_eq!(json.header("content-type"), "application/json");
    assert_eq!(json.header("vary"), "accept");
    let shown = json.json();
    assert_eq!(shown["name"], "Heddle");
    assert_eq!(shown["version"], env!("CARGO_PKG_VERSION"));
    let apis = shown["apis"].as_array().expect("a list");
    let names: Vec<&str> = apis.iter().filter_map(|api| api["name"].as_str()).collect();
    let all = apis::descriptions();
    let all: Vec<&str> = all.names().map(|name| name.as_str()).collect();
    assert_eq!(names, all);
    let mut links: Vec<&Value> = apis.iter().map(|api| &api["openapi"]).collect();
    links.extend([
        &shown["documentation"]["reference"],
        &shown["documentation"]["openapi"],
        &shown["health"]["live"],
        &shown["health"]["ready"],
    ]);
    let accept = [("accept", "text/html,application/xhtml+xml,*/*;q=0.8")];
    let page = world.send(Method::GET, "/", &accept, "").await;
    assert_eq!(page.status, 200);
    assert!(page.header("content-type").starts_with("text/html"));
    assert!(
        page.header("content-security-policy")
            .starts_with("default-src 'none'")
    );
    let html = String::from_utf8(page.body).expect("text");
    for link in links {
        let link = link.as_str().expect("a path");
        assert_eq!(get(&world, link, None).await.status, 200, "{link}");
        assert!(html.contains(&format!("href=\"{link}\"")) || link == "/api/v1/openapi.json");
    }
    for api in apis {
        assert!(
            html.contains(api["title"].as_str().expect("a title")),
            "{api}"
        );
    }
}

#[tokio::test]
async fn the_description_of_a_vendor_api_is_served_without_a_token() {
    let world = World::new(On::Sqlite).await;
    for api in ["helpscout", "magicline", "mews", "mykaarma"] {
        is_described(&world, api).await;
    }
    for path in ["native.json", "helpscout", "helpscout.yaml", "nothing.json"] {
        let path = format!("/api/v1/openapi/{path}");
        problem(&get(&world, &path, None).await, 404, "not-found");
    }
}

/// Checks that the description of an API is served, and has its routes.
async fn is_described(world: &World, name: &str) {
    let path = format!("/api/v1/openapi/{name}.json");
    let answer = get(world, &path, None).await;
    assert_eq!(
        (answer.status.as_u16(), answer.header("content-type")),
        (200, "application/json"),
        "{name}"
    );
    let document = answer.json();
    let paths = document["paths"].as_object().expect("paths");
    let described = paths.iter().flat_map(|(path, operations)| {
        let methods = operations.as_object().expect("operations").keys();
        methods.map(move |method| (method.to_uppercase(), path.clone()))
    });
    let described: std::collections::BTreeSet<_> = described.collect();
    let apis = apis::descriptions();
    let api = apis.find(name).expect("the API");
    let routes = (api.routes)().into_iter();
    let routes = routes.map(|route| (route.method.to_string(), route.template));
    assert_eq!(
        described,
        routes.collect(),
        "each route of {name}, and none more"
    );
}
