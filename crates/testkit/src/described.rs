//! Compares answers, and the bodies of requests, with the OpenAPI description of an API.

use std::collections::BTreeSet;

use http::Method;
use regex::Regex;
use serde_json::Value;

use crate::world::Answer;

/// Returns the operation of a description that a request leads to; `None` if there is none.
///
/// # Panics
/// Panics if the description has no paths.
#[must_use]
pub fn operation<'d>(document: &'d Value, method: &Method, path: &str) -> Option<&'d Value> {
    let path = path.split('?').next().unwrap_or_default();
    let segments: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let matches = |template: &str| {
        let parts: Vec<&str> = template.split('/').skip(1).collect();
        let mut pairs = parts.iter().zip(&segments);
        parts.len() == segments.len() && pairs.all(|(part, is)| part.starts_with('{') || part == is)
    };
    let paths = document["paths"].as_object().expect("paths");
    let found = paths.iter().filter(|(template, _)| matches(template));
    let (_, operations) = found.min_by_key(|(template, _)| template.matches('{').count())?;
    operations.get(method.as_str().to_lowercase())
}

/// Checks that an answer is described.
///
/// # Panics
/// Panics if it is not.
pub fn check_answer(document: &Value, method: &Method, path: &str, answer: &Answer) {
    if let Some(operation) = operation(document, method, path)
        && let Err(fault) = check(answer, operation, document)
    {
        panic!("{method} {path}: {fault}");
    }
}

/// Adds the path of each member of a schema to `found`. The paths are written as by `Shape::paths`.
pub fn members(schema: &Value, at: &str, found: &mut BTreeSet<String>) {
    for choice in ["oneOf", "anyOf"] {
        let choices = schema[choice].as_array().into_iter().flatten();
        choices.for_each(|schema| members(schema, at, found));
    }
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

/// Collects the JSON pointers of all values in a body.
pub fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                let place = format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"));
                found.push(place.clone());
                places(member, &place, found);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                let place = format!("{at}/{index}");
                found.push(place.clone());
                places(item, &place, found);
            }
        }
        _ => {}
    }
}

/// Collects everything that a value refers to.
pub fn references(value: &Value, found: &mut BTreeSet<String>) {
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

/// What a comparison knows.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'d> {
    /// The description, to whose schemas others refer.
    pub document: &'d Value,
    /// Whether members that the schema does not name are faults: in answers, but not in requests.
    pub is_closed: bool,
}

impl<'d> Reader<'d> {
    /// Returns the schema itself, or the one to which it refers.
    fn resolved(self, schema: &'d Value) -> &'d Value {
        match schema["$ref"].as_str() {
            Some(reference) => {
                let pointer = reference.trim_start_matches('#');
                self.document.pointer(pointer).expect("a schema")
            }
            None => schema,
        }
    }

    /// Whether a value fits a schema.
    #[must_use]
    pub fn fits(self, value: &Value, schema: &'d Value) -> bool {
        self.faults(value, schema).is_empty()
    }

    /// Returns what in a value differs from a schema.
    #[must_use]
    pub fn faults(self, value: &Value, schema: &'d Value) -> Vec<String> {
        let mut found = Vec::new();
        self.compare(value, schema, "", &mut found);
        found
    }

    fn compare(self, value: &Value, schema: &'d Value, at: &str, found: &mut Vec<String>) {
        let schema = self.resolved(schema);
        let open = Self {
            is_closed: false,
            ..self
        };
        let choices = |name: &str| {
            let choices = schema[name].as_array()?;
            Some(
                choices
                    .iter()
                    .filter(|choice| open.fits(value, choice))
                    .count(),
            )
        };
        if choices("oneOf").is_some_and(|fitting| fitting != 1) {
            found.push(format!("{at}: {value} fits not exactly one choice"));
        }
        if choices("anyOf").is_some_and(|fitting| fitting == 0) {
            found.push(format!("{at}: {value} fits no choice"));
        }
        if !is_of_type(value, &schema["type"]) || !is_in_bounds(value, schema) {
            found.push(format!("{at}: {value} is not {schema}"));
        }
        open.compare_condition(value, schema, at, found);
        if let Some(items) = schema.get("items") {
            for item in value.as_array().into_iter().flatten() {
                self.compare(item, items, &format!("{at}[]"), found);
            }
        }
        self.compare_members(value, schema, at, found);
    }

    fn compare_condition(
        self,
        value: &Value,
        schema: &'d Value,
        at: &str,
        found: &mut Vec<String>,
    ) {
        let Some(condition) = schema.get("if") else {
            return;
        };
        let branch = match self.fits(value, condition) {
            true => schema.get("then"),
            false => schema.get("else"),
        };
        match branch {
            Some(Value::Bool(false)) => found.push(format!("{at}: {value} is not allowed")),
            Some(branch) => self.compare(value, branch, at, found),
            None => {}
        }
    }

    fn compare_members(self, value: &Value, schema: &'d Value, at: &str, found: &mut Vec<String>) {
        let (Some(members), Some(known)) = (value.as_object(), schema["properties"].as_object())
        else {
            return;
        };
        for (name, member) in members {
            match known.get(name) {
                Some(schema) => self.compare(member, schema, &format!("{at}.{name}"), found),
                None if self.is_closed => found.push(format!("{at}.{name} is not described")),
                None => {}
            }
        }
        for name in schema["required"].as_array().into_iter().flatten() {
            if !members.contains_key(name.as_str().expect("a name")) {
                found.push(format!("{at}.{name} is missing"));
            }
        }
    }

    /// Returns the only choice that a value fits, or the schema itself.
    #[must_use]
    pub fn chosen(self, value: &Value, schema: &'d Value) -> &'d Value {
        let schema = self.resolved(schema);
        let mut choices = schema["oneOf"].as_array().into_iter().flatten();
        match choices.find(|choice| self.fits(value, choice)) {
            Some(choice) => self.chosen(value, choice),
            None => schema,
        }
    }
}

fn is_of_type(value: &Value, kinds: &Value) -> bool {
    let is_of = |kind: &Value| match kind.as_str() {
        Some("string") => value.is_string(),
        Some("integer") => {
            value.is_i64() || value.as_f64().is_some_and(|number| number.fract() == 0.0)
        }
        Some("number") => value.is_number(),
        Some("boolean") => value.is_boolean(),
        Some("array") => value.is_array(),
        Some("object") => value.is_object(),
        Some("null") => value.is_null(),
        _ => panic!("{kinds} is no type"),
    };
    match kinds {
        Value::Null => true,
        Value::Array(kinds) => kinds.iter().any(is_of),
        kind => is_of(kind),
    }
}

/// Whether a value of the right type also fits the rest of its schema.
fn is_in_bounds(value: &Value, schema: &Value) -> bool {
    let words = schema["enum"].as_array();
    if words.is_some_and(|words| !words.contains(value)) {
        return false;
    }
    if schema.get("const").is_some_and(|only| only != value) {
        return false;
    }
    let is_in = |count: usize, least: &str, most: &str| {
        let bound = |name: &str| schema[name].as_u64();
        let count = count as u64;
        bound(least).is_none_or(|least| count >= least)
            && bound(most).is_none_or(|most| count <= most)
    };
    match value {
        Value::String(text) => {
            let pattern = schema["pattern"].as_str();
            let pattern = pattern.map(|pattern| Regex::new(pattern).expect("a pattern"));
            is_in(text.chars().count(), "minLength", "maxLength")
                && is_in_format(text, schema)
                && pattern.is_none_or(|pattern| pattern.is_match(text))
        }
        Value::Array(items) => is_in(items.len(), "minItems", "maxItems"),
        Value::Number(number) => {
            let (least, most) = (schema["minimum"].as_i64(), schema["maximum"].as_i64());
            least.is_none_or(|least| number.as_i64().is_some_and(|number| number >= least))
                && most.is_none_or(|most| number.as_i64().is_some_and(|number| number <= most))
        }
        _ => true,
    }
}

fn is_in_format(text: &str, schema: &Value) -> bool {
    let is_encoded = || text.len().is_multiple_of(4) && !text.is_empty();
    let fits_encoding = schema["contentEncoding"] != "base64" || is_encoded();
    let fits_format = match schema["format"].as_str() {
        None => true,
        Some("int64") => text.parse::<i64>().is_ok(),
        Some("date-time") => text.len() >= "2026-01-01T00:00Z".len() && text.contains('T'),
        Some("date") => text.len() == "2026-01-01".len() && text.split('-').count() == 3,
        Some("email") => text.contains('@'),
        Some("uri") => text.starts_with("https://"),
        Some("uuid") => heddle_domain::Guid::parse(text).is_some(),
        Some(other) => panic!("{other} is no format"),
    };
    fits_encoding && fits_format
}

/// Checks that the description of an operation has this answer: its status, headers, media type and body.
///
/// # Errors
/// Says what the description lacks.
pub fn check(answer: &Answer, operation: &Value, document: &Value) -> Result<(), String> {
    let status = answer.status.as_str();
    let Some(response) = operation["responses"].get(status) else {
        return Err(format!("{status} is not described"));
    };
    let described: BTreeSet<String> = response["headers"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, _)| name.to_lowercase())
        .collect();
    if let Some(missing) = described
        .iter()
        .find(|name| !answer.headers.contains_key(name.as_str()))
    {
        return Err(format!("{status} has no header {missing}"));
    }
    for name in ["location", "resource-id", "retry-after"] {
        if answer.headers.contains_key(name) && !described.contains(name) {
            return Err(format!(
                "{status} has the header {name}, which is not described"
            ));
        }
    }
    if answer.body.is_empty() {
        return Ok(());
    }
    let media = answer
        .header("content-type")
        .split(';')
        .next()
        .unwrap_or_default();
    let content = &response["content"];
    let Some(content) = content.get(media).or_else(|| content.get("*/*")) else {
        return Err(format!("{status} with {media} is not described"));
    };
    // A body of many megabytes is compared elsewhere.
    if content.get("schema").is_none() || answer.body.len() > 1 << 20 {
        return Ok(());
    }
    let reader = Reader {
        document,
        is_closed: true,
    };
    let faults = reader.faults(&answer.json(), &content["schema"]);
    match faults.is_empty() {
        true => Ok(()),
        false => Err(format!("{status}: {faults:#?}")),
    }
}
