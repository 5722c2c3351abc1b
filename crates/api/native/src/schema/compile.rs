//! Compiles the JSON of a schema to a [`RequestSchema`].

use std::collections::BTreeMap;

use heddle_api::date_time::{self, Wrong};
use heddle_domain::customer::normalise_email;
use serde_json::{Map, Value};

use super::{ArraySchema, Kind, ObjectSchema, RequestSchema, TextRule, TextSchema};
use crate::time;
use heddle_http::json;

/// Keywords that only explain the schema and restrict nothing.
const EXPLANATIONS: [&str; 10] = [
    "title",
    "description",
    "default",
    "example",
    "examples",
    "x-enum-varnames",
    "deprecated",
    "readOnly",
    "writeOnly",
    "discriminator",
];

/// Returns the fault of a text that does not pass a check.
const fn must(passes: bool, message: &'static str) -> Result<(), (&'static str, &'static str)> {
    match passes {
        true => Ok(()),
        false => Err(("format", message)),
    }
}

/// The supported values of `pattern`.
const PATTERNS: [(&str, TextRule); 1] = [(r"\S", |text| {
    let is_blank = text.chars().all(char::is_whitespace);
    must(!is_blank, "must not be blank")
})];

impl RequestSchema {
    /// Compiles a JSON schema; `refs` are the schemas that it refers to, by name.
    ///
    /// # Panics
    /// Panics if the schema has a keyword that is not enforced: a mistake in a request's struct, which the tests show.
    pub(crate) fn of(schema: &Value, refs: &BTreeMap<String, Value>) -> Self {
        if let Value::Bool(true) = schema {
            return Self::plain(Kind::Any);
        }
        let members = schema.as_object().expect("a schema is an object");
        if let Some(name) = members.get("$ref").and_then(Value::as_str) {
            let name = name.rsplit('/').next().unwrap_or_default();
            let found = refs.get(name);
            return Self::of(found.expect("a reference names a schema"), refs);
        }
        for choice in ["oneOf", "anyOf"] {
            if let Some(variants) = members.get(choice).and_then(Value::as_array) {
                return Self::one_of(variants, refs);
            }
        }
        // This is a field with a referenced type: one part is the type, the other parts describe the field.
        if let Some(parts) = members.get("allOf").and_then(Value::as_array) {
            let restricting: Vec<_> = parts.iter().filter(|part| !only_explains(part)).collect();
            if let [only] = restricting.as_slice() {
                return Self::of(only, refs);
            }
        }
        Self::typed(members, refs)
    }

    const fn plain(kind: Kind) -> Self {
        Self {
            nullable: false,
            kind,
        }
    }

    fn one_of(variants: &[Value], refs: &BTreeMap<String, Value>) -> Self {
        let is_null = |variant: &&Value| variant["type"] == "null";
        let nullable = variants.iter().any(|variant| is_null(&variant));
        let variants = variants.iter().filter(|variant| !is_null(variant));
        let mut schemas: Vec<Self> = variants.map(|variant| Self::of(variant, refs)).collect();
        let kind = match schemas.len() {
            1 => schemas.remove(0).kind,
            _ => Kind::OneOf(schemas),
        };
        Self { nullable, kind }
    }

    fn typed(members: &Map<String, Value>, refs: &BTreeMap<String, Value>) -> Self {
        let mut types: Vec<&str> = match members.get("type") {
            Some(Value::String(one)) => vec![one],
            Some(Value::Array(some)) => some.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        let nullable = types.contains(&"null");
        types.retain(|name| *name != "null");
        let mut keywords = Keywords::of(members);
        let kind = match types.as_slice() {
            [] => Kind::Any,
            ["boolean"] => Kind::Boolean,
            ["integer"] => keywords.integer(),
            ["number"] => {
                keywords.take("format");
                Kind::Number
            }
            ["string"] => keywords.text(),
            ["array"] => keywords.array(refs),
            ["object"] => keywords.object(refs),
            other => panic!("no schema of the types {other:?}"),
        };
        keywords.must_be_empty();
        Self { nullable, kind }
    }
}

/// Whether a schema restricts nothing but the type.
fn only_explains(schema: &Value) -> bool {
    let mut keywords = schema.as_object().into_iter().flat_map(Map::keys);
    keywords.all(|keyword| keyword == "type" || EXPLANATIONS.contains(&keyword.as_str()))
}

/// The restricting keywords of a schema that are not compiled yet. At the end none may be left: it would be published
/// but not enforced.
struct Keywords<'a>(BTreeMap<&'a str, &'a Value>);

impl<'a> Keywords<'a> {
    fn of(members: &'a Map<String, Value>) -> Self {
        let restricting = members
            .iter()
            .filter(|(name, _)| !EXPLANATIONS.contains(&name.as_str()) && *name != "type");
        Self(
            restricting
                .map(|(name, value)| (name.as_str(), value))
                .collect(),
        )
    }

    fn take(&mut self, name: &str) -> Option<&'a Value> {
        self.0.remove(name)
    }

    fn size(&mut self, name: &str, default: usize) -> usize {
        let found = self.take(name).and_then(json::as_i64_exact);
        found.map_or(default, |size| usize::try_from(size).expect("a size"))
    }

    fn must_be_empty(&self) {
        assert!(
            self.0.is_empty(),
            "these keywords are not enforced: {:?}",
            self.0
        );
    }

    fn integer(&mut self) -> Kind {
        let bound = |found: Option<&Value>| found.and_then(json::as_i64_exact);
        let format = self.take("format").and_then(Value::as_str);
        let (low, high) = match format {
            Some("int32") => (i64::from(i32::MIN), i64::from(i32::MAX)),
            Some("int64") | None => (i64::MIN, i64::MAX),
            Some(other) => panic!("the format {other} is not enforced"),
        };
        Kind::Integer {
            least: bound(self.take("minimum")).unwrap_or(low),
            most: bound(self.take("maximum")).unwrap_or(high),
        }
    }

    fn text(&mut self) -> Kind {
        let format = self.take("format").and_then(Value::as_str);
        let pattern = self.take("pattern").and_then(Value::as_str);
        let choices = self.take("enum").and_then(Value::as_array);
        let choices = choices.into_iter().flatten().filter_map(Value::as_str);
        let choices = choices.chain(self.take("const").and_then(Value::as_str));
        Kind::Text(TextSchema {
            choices: choices.map(str::to_owned).collect(),
            least: self.size("minLength", 0),
            most: self.size("maxLength", usize::MAX),
            format: format.and_then(rule_of_format),
            pattern: pattern.map(rule_of_pattern),
        })
    }

    fn array(&mut self, refs: &BTreeMap<String, Value>) -> Kind {
        let items = self.take("items").expect("an array has items");
        Kind::Array(ArraySchema {
            items: Box::new(RequestSchema::of(items, refs)),
            least: self.size("minItems", 0),
            most: self.size("maxItems", usize::MAX),
            unique: self.take("uniqueItems") == Some(&Value::Bool(true)),
        })
    }

    fn object(&mut self, refs: &BTreeMap<String, Value>) -> Kind {
        let known = self.take("properties").and_then(Value::as_object);
        let known = known.into_iter().flatten();
        let required = self.take("required").and_then(Value::as_array);
        let required = required.into_iter().flatten().filter_map(Value::as_str);
        let others = match self.take("additionalProperties") {
            Some(Value::Bool(false)) => None,
            Some(schema) => Some(Box::new(RequestSchema::of(schema, refs))),
            None => panic!("a request's struct needs deny_unknown_fields"),
        };
        Kind::Object(ObjectSchema {
            known: known
                .map(|(name, schema)| (name.clone(), RequestSchema::of(schema, refs)))
                .collect(),
            required: required.map(str::to_owned).collect(),
            others,
            most: self.size("maxProperties", usize::MAX),
        })
    }
}

fn rule_of_format(format: &str) -> Option<TextRule> {
    let rule: TextRule = match format {
        "date-time" => |text| match time::parse(text) {
            Ok(_) => Ok(()),
            Err(Wrong::Form) => must(
                false,
                "must be a date and time such as 2026-03-04T09:15:00Z",
            ),
            Err(Wrong::Range) => Err(("range", date_time::RANGE)),
        },
        "email" => |text| must(normalise_email(text).is_some(), "must be an e-mail address"),
        "uuid" => |text| {
            let is_uuid = text.len() == 36 && text.parse::<uuid::Uuid>().is_ok();
            must(is_uuid, "must be a UUID")
        },
        "uri" => |text| {
            let uri = text.parse::<http::Uri>();
            let has_scheme = uri.is_ok_and(|uri| uri.scheme().is_some());
            must(has_scheme, "must be a URL with its scheme")
        },
        // The format `password` has a meaning for people only, so it needs no check.
        "password" => return None,
        other => panic!("the format {other} is not enforced"),
    };
    Some(rule)
}

fn rule_of_pattern(pattern: &str) -> TextRule {
    let found = PATTERNS.iter().find(|(known, _)| *known == pattern);
    found.expect("a pattern is one of the supported ones").1
}
