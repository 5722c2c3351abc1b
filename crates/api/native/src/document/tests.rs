//! Tests of the completed document, and of the checks against its schemas.

use heddle_api::Apis;

use super::*;
use crate::schema::RequestSchema;

fn openapi() -> OpenApi {
    let apis: Apis = [crate::description()].into_iter().collect();
    completed(crate::operations().into_openapi(), &apis)
}

/// The test calls [`RequestSchema::of`] for every schema. It panics if it finds a keyword that is not enforced.
#[test]
fn every_schema_of_a_request_can_be_enforced() {
    let openapi = openapi();
    let document = serde_json::to_value(&openapi).expect("plain data");
    let schemas = document["components"]["schemas"].as_object();
    let refs: BTreeMap<String, Value> = schemas.expect("schemas").clone().into_iter().collect();
    let mut compiled = 0;
    for (_, _, operation) in operations(&openapi) {
        let operation = serde_json::to_value(operation).expect("plain data");
        let body = operation.pointer("/requestBody/content/application~1json/schema");
        let parameters = operation["parameters"].as_array().into_iter().flatten();
        let queries = parameters.filter(|parameter| parameter["in"] == "query");
        for schema in body
            .into_iter()
            .chain(queries.map(|query| &query["schema"]))
        {
            RequestSchema::of(schema, &refs);
            compiled += 1;
        }
    }
    assert!(compiled > 20);
}

#[test]
fn shared_responses_are_added_to_all_operations_of_a_kind() {
    let openapi = openapi();
    let agent = &openapi.paths.paths["/api/v1/agents/{id}"];
    let has = |operation: &Option<Operation>, status: &str| {
        let operation = operation.as_ref().expect("an operation");
        operation.responses.responses.contains_key(status)
    };
    assert!(has(&agent.get, "304") && has(&agent.get, "404") && !has(&agent.get, "412"));
    assert!(has(&agent.patch, "412") && has(&agent.patch, "415") && !has(&agent.patch, "304"));
    let health = &openapi.paths.paths["/healthz"];
    assert!(has(&health.get, "503") && !has(&health.get, "401"));
}

/// A stored answer can be erased with a customer, whatever the request was.
#[test]
fn every_write_with_an_idempotency_key_declares_that_the_answer_can_be_gone() {
    let document = serde_json::to_value(openapi()).expect("JSON");
    let paths = document["paths"].as_object().expect("paths");
    let operations = paths
        .values()
        .flat_map(|path| path.as_object().expect("methods").values());
    let has_key = |operation: &&serde_json::Value| {
        let parameters = operation["parameters"].as_array();
        parameters.is_some_and(|all| all.iter().any(|one| one["name"] == "Idempotency-Key"))
    };
    let writes: Vec<_> = operations.filter(has_key).collect();
    assert!(writes.len() > 20, "{}", writes.len());
    for write in writes {
        assert!(
            write["responses"]["409"].is_object(),
            "{}",
            write["operationId"]
        );
    }
}

#[test]
fn an_operation_declares_its_query_parameters() {
    let document = Document::new(
        crate::operations().into_openapi(),
        &[crate::description()].into_iter().collect(),
    );
    for (method, template, names) in [
        (Method::GET, "/api/v1/agents", &["limit", "cursor"][..]),
        (Method::HEAD, "/api/v1/agents", &["limit", "cursor"]),
        (Method::POST, "/api/v1/agents", &[]),
        (Method::GET, "/api/v1/unknown", &[]),
    ] {
        assert_eq!(document.parameters(&method, template), names);
    }
}
