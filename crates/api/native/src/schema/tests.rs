//! Tests of what a schema accepts, and how it reports the rest.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::*;

fn faults(schema: Value, mut value: Value) -> Vec<String> {
    let schema = RequestSchema::of(&schema, &BTreeMap::new());
    let found = schema.validate(&mut value);
    found
        .iter()
        .map(|fault| format!("{} {}", fault.field, fault.code))
        .collect()
}

#[test]
fn every_fault_is_reported_with_its_path() {
    let schema = json!({
        "type": "object",
        "required": ["name", "id"],
        "additionalProperties": false,
        "properties": {
            "name": {"type": "string", "minLength": 1, "maxLength": 3, "pattern": "\\S"},
            "id": {"type": "integer", "format": "int64", "minimum": 1},
            "at": {"type": ["string", "null"], "format": "date-time"},
            "word": {"oneOf": [{"type": "null"}, {"type": "string", "enum": ["a", "b"]}]},
            "list": {"type": "array", "maxItems": 2, "uniqueItems": true, "items": {"type": "boolean"}},
        },
    });
    let found = |value: Value| faults(schema.clone(), value);
    assert!(found(json!({"name": "x", "id": 1.0, "at": null, "word": null})).is_empty());
    assert!(found(json!({"name": "üüü", "id": 9, "word": "b", "list": [true, false]})).is_empty());
    assert_eq!(found(json!([])), [" type"]);
    assert_eq!(
        found(json!({"more": 1})),
        ["name required", "id required", "more unknown"]
    );
    assert_eq!(
        found(json!({"name": "   ", "id": 0, "at": "noon", "word": "c", "list": [true, 1]})),
        [
            "at format",
            "id range",
            "list[1] type",
            "name format",
            "word choice"
        ]
    );
    assert_eq!(
        found(json!({"name": "long", "id": 1.5})),
        ["id type", "name length"]
    );
    assert_eq!(
        found(json!({"name": "", "id": null})),
        ["id type", "name length"]
    );
    assert_eq!(
        found(json!({"name": "x", "id": 1, "list": [true, true]})),
        ["list[1] duplicate"]
    );
    assert_eq!(
        found(json!({"name": "x", "id": 1, "list": [true, false, true]})),
        ["list length"]
    );
}

#[test]
fn of_several_schemas_the_closest_is_reported() {
    let member = |name: &str| {
        json!({
            "type": "object",
            "required": ["kind", name],
            "additionalProperties": false,
            "properties": {
                "kind": {"type": "string", "enum": [name]},
                (name): {"type": "integer"},
            },
        })
    };
    let schema = json!({"oneOf": [member("a"), member("b")]});
    assert!(faults(schema.clone(), json!({"kind": "b", "b": 1})).is_empty());
    assert_eq!(faults(schema, json!({"kind": "b", "b": "1"})), ["b type"]);
}

#[test]
fn a_referenced_schema_may_be_described_beside_it() {
    let schema = json!({
        "allOf": [
            {"type": "object", "additionalProperties": {"type": "boolean"}, "maxProperties": 1},
            {"type": "object", "description": "What it is for."},
        ],
    });
    assert!(faults(schema.clone(), json!({"a": true})).is_empty());
    assert_eq!(faults(schema, json!({"a": 1})), ["a type"]);
}

#[test]
fn at_most_a_hundred_faults_are_reported() {
    let schema = json!({"type": "array", "items": {"type": "boolean"}});
    assert_eq!(faults(schema, json!(vec![1; 5_000])).len(), MOST_FAULTS);
}

/// If each item were compared with each other one, this test would take hours.
#[test]
fn items_that_may_be_equal_are_not_compared() {
    let schema = json!({"type": "array", "items": {"type": "integer"}});
    let items: Vec<i64> = (0..1_000_000).collect();
    assert!(faults(schema, json!(items)).is_empty());
}

#[test]
#[should_panic(expected = "not enforced")]
fn a_keyword_that_is_not_enforced_panics() {
    faults(json!({"type": "integer", "multipleOf": 7}), json!(7));
}

#[test]
fn texts_of_a_query_become_values_of_the_schema() {
    let read = |schema: Value, texts: &[&str]| {
        RequestSchema::of(&schema, &BTreeMap::new()).read_texts(texts)
    };
    assert_eq!(read(json!({"type": "integer"}), &["7"]), Ok(json!(7)));
    assert_eq!(read(json!({"type": "integer"}), &["7.5"]), Ok(json!("7.5")));
    assert_eq!(read(json!({"type": "boolean"}), &["true"]), Ok(json!(true)));
    assert_eq!(read(json!({"type": "string"}), &["7"]), Ok(json!("7")));
    assert!(read(json!({"type": "string"}), &["7", "8"]).is_err());
    let list = json!({"type": "array", "items": {"type": "integer"}});
    assert_eq!(read(list, &["7", "8"]), Ok(json!([7, 8])));
}

#[test]
fn an_unknown_name_gets_the_most_similar_known_one() {
    let known = [
        "first_name",
        "last_name",
        "email",
        "home_inbox_id",
        "public_id",
    ]
    .map(str::to_owned);
    for (name, expected) in [
        ("name", Some("last_name")),
        ("firstName", Some("first_name")),
        ("first-name", Some("first_name")),
        ("fist_name", Some("first_name")),
        ("e_mail", Some("email")),
        ("inbox_id", Some("home_inbox_id")),
        ("colour", None),
        ("x", None),
        ("", None),
    ] {
        let found = super::validate::closest(name, known.iter());
        assert_eq!(found.map(String::as_str), expected, "{name}");
    }
    let long = "n".repeat(1 << 20);
    assert_eq!(super::validate::closest(&long, known.iter()), None);
}
