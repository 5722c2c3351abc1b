//! The fields of request bodies, and their values, from the OpenAPI document.

use std::sync::LazyLock;

use serde_json::{Value, json};

use super::super::values::{emails, flags, texts, times};
use crate::harness::World;

static DOCUMENT: LazyLock<Value> = LazyLock::new(|| {
    let text = include_str!("../../../../../../docs/openapi.json");
    serde_json::from_str(text).expect("JSON")
});

/// Returns the calls that have a JSON body, such as `POST /api/v1/agents`.
pub(in super::super) fn calls() -> Vec<String> {
    let mut calls = Vec::new();
    for (path, methods) in DOCUMENT["paths"].as_object().expect("paths") {
        for (method, operation) in methods.as_object().expect("methods") {
            if !body_of(operation).is_null() {
                calls.push(format!("{} {path}", method.to_uppercase()));
            }
        }
    }
    calls
}

fn body_of(operation: &Value) -> &Value {
    &operation["requestBody"]["content"]["application/json"]["schema"]
}

/// Returns all query parameters that are times, each as path and name.
pub(in super::super) fn times_in_queries() -> Vec<(String, String)> {
    in_queries(|schema| schema["format"] == "date-time")
}

/// Returns all query parameters that are integers, each as path and name.
pub(in super::super) fn integers_in_queries() -> Vec<(String, String)> {
    in_queries(|schema| schema["type"] == "integer")
}

/// Returns all query parameters of lists, each as path and name.
pub(in super::super) fn filters() -> Vec<(String, String)> {
    let mut all = in_queries(|_| true);
    let lists: Vec<_> = all
        .iter()
        .filter(|(_, name)| name == "limit")
        .map(|(path, _)| path.clone())
        .collect();
    all.retain(|(path, _)| lists.contains(path));
    all
}

fn in_queries(is_meant: impl Fn(&Value) -> bool) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (path, methods) in DOCUMENT["paths"].as_object().expect("paths") {
        let parameters = methods["get"]["parameters"]
            .as_array()
            .into_iter()
            .flatten();
        let meant =
            parameters.filter(|it| it["in"] == "query" && is_meant(&resolved(&it["schema"]).0));
        let names = meant.map(|it| it["name"].as_str().expect("a name").to_owned());
        found.extend(names.map(|name| (path.clone(), name)));
    }
    found
}

/// Returns the places of the integers in a call's body, as JSON pointers. Of a list, the first item is meant.
pub(in super::super) fn integers_in_body(call: &str) -> Vec<String> {
    in_body(call, |schema| schema["type"] == "integer")
}

/// Returns the places of the times in a call's body, as JSON pointers. Of a list, the first item is meant.
pub(in super::super) fn times_in_body(call: &str) -> Vec<String> {
    in_body(call, |schema| schema["format"] == "date-time")
}

fn in_body(call: &str, is_meant: impl Fn(&Value) -> bool) -> Vec<String> {
    let place = |field: Field| {
        let items = resolved(&field.schema["items"]).0;
        if is_meant(&field.schema) {
            return Some(field.pointer);
        }
        is_meant(&items).then(|| format!("{}/0", field.pointer))
    };
    fields(call).into_iter().filter_map(place).collect()
}

/// Returns a body that has only this value, at a JSON pointer.
pub(in super::super) fn nested(pointer: &str, value: &Value) -> Value {
    let around = |inner: Value, name: &str| match name {
        "0" => json!([inner]),
        name => json!({ name: inner }),
    };
    let names = pointer.split('/').skip(1);
    let names: Vec<_> = names.collect();
    names.into_iter().rev().fold(value.clone(), around)
}

/// Returns a JSON pointer as errors write it, such as `messages[0].zone`.
pub(in super::super) fn path_in_errors(pointer: &str) -> String {
    let path = pointer.replace("/0", "[0]").replace('/', ".");
    path.trim_start_matches('.').to_owned()
}

/// A field of a request body.
pub(super) struct Field {
    /// Names, with a dot between them. Lists add nothing.
    pub(super) path: String,
    /// Where a resource shows the field, if it has the same form as the body.
    pub(super) pointer: String,
    schema: Value,
    nullable: bool,
}

/// Returns the fields of a call's body: also the lists and objects whose parts are fields themselves.
pub(super) fn fields(call: &str) -> Vec<Field> {
    let (method, path) = call.split_once(' ').expect("a method and a path");
    let operation = &DOCUMENT["paths"][path][method.to_lowercase()];
    let fields = fields_of(body_of(operation));
    assert!(!fields.is_empty(), "{call}");
    fields
}

/// Returns the fields of the schema of a body.
pub(super) fn fields_of(body: &Value) -> Vec<Field> {
    let mut fields = Vec::new();
    below(&resolved(body).0, "", "", &mut fields);
    fields
}

/// Returns the names of the members of a call's body itself.
pub(in super::super) fn own_fields(call: &str) -> Vec<String> {
    let names = fields(call).into_iter().map(|field| field.path);
    names.filter(|path| !path.contains('.')).collect()
}

/// Adds the members of an object.
fn below(object: &Value, path: &str, pointer: &str, fields: &mut Vec<Field>) {
    for (name, schema) in object["properties"].as_object().into_iter().flatten() {
        let (schema, nullable) = resolved(schema);
        let path = if path.is_empty() {
            name.clone()
        } else {
            format!("{path}.{name}")
        };
        let pointer = format!("{pointer}/{name}");
        match schema["type"].as_str() {
            Some("object") => below(&schema, &path, &pointer, fields),
            Some("array") => {
                let items = resolved(&schema["items"]).0;
                below(&items, &path, &format!("{pointer}/0"), fields);
            }
            _ => {}
        }
        fields.push(Field {
            path,
            pointer,
            schema,
            nullable,
        });
    }
}

/// Returns a schema without references and choices of null, and whether null is allowed.
fn resolved(schema: &Value) -> (Value, bool) {
    if let Some(name) = schema["$ref"].as_str() {
        let name = name.rsplit('/').next().expect("a name");
        return resolved(&DOCUMENT["components"]["schemas"][name]);
    }
    if let Some(parts) = schema["allOf"].as_array() {
        assert_eq!(
            parts.len(),
            1,
            "the fields of other parts would be missed: {schema}"
        );
        return resolved(&parts[0]);
    }
    if let Some(choices) = schema["oneOf"].as_array() {
        let is_null = |choice: &&Value| choice["type"] == "null";
        let nullable = choices.iter().any(|choice| is_null(&choice));
        let others: Vec<&Value> = choices.iter().filter(|choice| !is_null(choice)).collect();
        return match others.as_slice() {
            [only] => (resolved(only).0, nullable),
            _ => (schema.clone(), nullable),
        };
    }
    let mut schema = schema.clone();
    let types = schema["type"].as_array().cloned().unwrap_or_default();
    let nullable = types.contains(&json!("null"));
    if let Some(only) = types.iter().find(|kind| *kind != "null") {
        schema["type"] = only.clone();
    }
    (schema, nullable)
}

impl Field {
    /// Whether the field holds ids by which vendor APIs know something. They show it, and no other thing may have the same id.
    pub(super) fn is_public_id(&self) -> bool {
        self.path.split('.').any(|name| name == "public_ids")
    }

    /// Returns values for the field: the ends of its ranges, every word, and unusual texts.
    pub(super) fn values(&self, world: &World) -> Vec<Value> {
        let name = self.path.rsplit('.').next().expect("a name");
        let ids = |ids: &[i64]| -> Vec<Value> { ids.iter().map(|id| json!(id)).collect() };
        let here = &world.here;
        let (agents, inboxes) = (
            [here.agent.get(), here.default_agent.get()],
            [here.main.get(), here.second.get()],
        );
        if self.is_public_id() {
            let id = json!(uuid::Uuid::new_v4().to_string());
            let all = json!({ "mews": id, "mykaarma": id });
            return vec![if name == "public_ids" { all } else { id }];
        }
        let mut values = match name {
            "default_agent_id" | "assignee_id" | "agent_id" | "author_agent_id" => ids(&agents),
            "inbox_id" | "home_inbox_id" => ids(&inboxes),
            "inbox_ids" => vec![json!([inboxes[0]]), json!(inboxes)],
            "customer_id" => ids(&[here.customer.get(), here.second_customer.get()]),
            _ => of(&self.schema),
        };
        if self.nullable {
            values.push(Value::Null);
        }
        values
    }
}

fn of(schema: &Value) -> Vec<Value> {
    let size = |name: &str, default: u64| schema[name].as_u64().unwrap_or(default) as usize;
    if let Some(choices) = schema["oneOf"].as_array() {
        return choices
            .iter()
            .flat_map(|choice| of(&resolved(choice).0))
            .collect();
    }
    if let Some(words) = schema["enum"].as_array() {
        return words.clone();
    }
    match (schema["type"].as_str(), schema["format"].as_str()) {
        (Some("boolean"), _) => flags(),
        (Some("integer"), _) => {
            let least = schema["minimum"].as_i64().unwrap_or(0);
            let most = schema["maximum"].as_i64().unwrap_or((1 << 53) - 1);
            let mut ends: Vec<i64> = vec![least, (least + 1).min(most), most];
            ends.dedup();
            ends.into_iter().map(Value::from).collect()
        }
        (Some("string"), Some("date-time")) => times(),
        (Some("string"), Some("email")) => emails(),
        (Some("string"), _) => {
            let mut texts = texts(size("minLength", 0), size("maxLength", 100_000));
            let is_blank = |text: &Value| text.as_str().is_some_and(|text| text.trim().is_empty());
            texts.retain(|text| schema["pattern"].is_null() || !is_blank(text));
            texts
        }
        (Some("array"), _) => lists(
            of(&resolved(&schema["items"]).0),
            size("minItems", 0),
            size("maxItems", 100),
        ),
        (Some("object"), _) if schema["additionalProperties"].is_object() => {
            let values = of(&resolved(&schema["additionalProperties"]).0);
            let named = values.iter().enumerate();
            let many =
                named.map(|(at, value)| (format!("{at} größe \u{1F9F5}/~\""), value.clone()));
            vec![json!({}), many.collect()]
        }
        _ => Vec::new(),
    }
}

/// Returns an empty list, one with one item and one with many, as far as the lengths are allowed.
fn lists(items: Vec<Value>, least: usize, most: usize) -> Vec<Value> {
    let mut lists: Vec<Vec<Value>> = vec![Vec::new()];
    lists.extend(items.first().map(|first| vec![first.clone()]));
    lists.push(items.into_iter().take(most).collect());
    lists.dedup();
    let fits = |list: &Vec<Value>| list.len() >= least;
    lists.into_iter().filter(fits).map(Value::from).collect()
}
