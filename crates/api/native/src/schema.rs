//! Holds a JSON value to the schema that the OpenAPI document shows for it.
//!
//! The schema of a request is derived from its struct, published, and enforced here: what the document says is what is
//! checked, and every fault is told at once, with its place. Invariant: a keyword that this module does not enforce
//! cannot stand in a request's schema ([`Shape::of`] panics, and a test compiles every schema of the document).

use std::collections::BTreeMap;

use heddle_domain::customer::normalise_email;
use serde_json::{Map, Value};

use crate::error::FieldError;
use crate::time;
use heddle_http::json;

/// An answer names no more bad fields: a body of small mistakes must not grow into an answer a hundred times its size.
pub(crate) const MOST_FAULTS: usize = 100;

/// What a value must look like.
#[derive(Clone, Debug)]
pub(crate) struct Shape {
    nullable: bool,
    kind: Kind,
}

#[derive(Clone, Debug)]
enum Kind {
    Any,
    Boolean,
    Integer {
        least: i64,
        most: i64,
    },
    Number,
    Text(Text),
    List {
        items: Box<Shape>,
        least: usize,
        most: usize,
        unique: bool,
    },
    Members {
        known: BTreeMap<String, Shape>,
        required: Vec<String>,
        others: Others,
        most: usize,
    },
    OneOf(Vec<Shape>),
}

#[derive(Clone, Debug)]
struct Text {
    least: usize,
    most: usize,
    words: Vec<String>,
    format: Option<Check>,
    pattern: Option<Check>,
}

/// A test of a text, and what is told when it fails.
#[derive(Clone, Copy, Debug)]
struct Check {
    passes: fn(&str) -> bool,
    wanted: &'static str,
}

/// What may stand in an object beside its known members.
#[derive(Clone, Debug)]
enum Others {
    Refused,
    Of(Box<Shape>),
}

/// Keywords that explain and do not restrict.
const EXPLANATIONS: [&str; 9] = [
    "title",
    "description",
    "default",
    "example",
    "examples",
    "deprecated",
    "readOnly",
    "writeOnly",
    "discriminator",
];

/// The patterns that may stand in a schema. There is no engine for any other.
const PATTERNS: [(&str, Check); 1] = [(
    r"\S",
    Check {
        passes: |text| text.chars().any(|c| !c.is_whitespace()),
        wanted: "must not be blank",
    },
)];

/// Members that had another name once: the old name is still accepted where the new one is known.
const OLD_NAMES: [(&str, &str); 1] = [("door", "api")];

impl Shape {
    /// Renames members that a client still calls by their old names.
    pub(crate) fn accept_old_names(&self, value: &mut Value) {
        let (Kind::Members { known, .. }, Value::Object(members)) = (&self.kind, value) else {
            return;
        };
        for (old, new) in OLD_NAMES {
            let is_old = known.contains_key(new) && !known.contains_key(old);
            if is_old
                && !members.contains_key(new)
                && let Some(value) = members.remove(old)
            {
                members.insert(new.to_owned(), value);
            }
        }
    }

    /// Compiles a JSON schema; `refs` holds what its references name.
    ///
    /// # Panics
    /// If the schema says something that is not enforced here: a mistake in a request's struct, which its tests show.
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
        // What a field says about a shape that it shares stands beside that shape.
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
        let mut shapes: Vec<Self> = variants.map(|variant| Self::of(variant, refs)).collect();
        let kind = match shapes.len() {
            1 => shapes.remove(0).kind,
            _ => Kind::OneOf(shapes),
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
            ["array"] => keywords.list(refs),
            ["object"] => keywords.members(refs),
            other => panic!("no shape of the types {other:?}"),
        };
        keywords.must_be_spent();
        Self { nullable, kind }
    }

    /// Checks a value and tells every fault, at most [`MOST_FAULTS`]. A whole number that was written as `1.0` or `1e3`
    /// becomes an integer.
    pub(crate) fn check(&self, value: &mut Value) -> Vec<FieldError> {
        let mut faults = Vec::new();
        self.look(value, "", &mut faults);
        faults.truncate(MOST_FAULTS);
        faults
    }

    fn look(&self, value: &mut Value, at: &str, faults: &mut Vec<FieldError>) {
        if faults.len() >= MOST_FAULTS || (self.nullable && value.is_null()) {
            return;
        }
        let mut fault = |code, detail: String| faults.push(FieldError::new(at, code, detail));
        match &self.kind {
            Kind::Any => {}
            Kind::Boolean if value.is_boolean() => {}
            Kind::Boolean => fault("type", "must be true or false".into()),
            Kind::Number if value.is_number() => {}
            Kind::Number => fault("type", "must be a number".into()),
            Kind::Integer { least, most } => match json::as_i64_exact(value) {
                None => fault("type", "must be a whole number".into()),
                Some(number) if (*least..=*most).contains(&number) => *value = number.into(),
                Some(_) => fault("range", format!("must be {least} to {most}")),
            },
            Kind::Text(text) => match value.as_str() {
                None => fault("type", "must be a string".into()),
                Some(found) => {
                    if let Some((code, detail)) = text.fault(found) {
                        fault(code, detail);
                    }
                }
            },
            Kind::List { .. } => self.look_at_items(value, at, faults),
            Kind::Members { .. } => self.look_at_members(value, at, faults),
            Kind::OneOf(shapes) => one_of(shapes, value, at, faults),
        }
    }

    fn look_at_items(&self, value: &mut Value, at: &str, faults: &mut Vec<FieldError>) {
        let Kind::List {
            items,
            least,
            most,
            unique,
        } = &self.kind
        else {
            return;
        };
        let Some(found) = value.as_array_mut() else {
            faults.push(FieldError::new(at, "type", "must be an array"));
            return;
        };
        if !(*least..=*most).contains(&found.len()) {
            let detail = format!("must have {} items", between(*least, *most));
            faults.push(FieldError::new(at, "length", detail));
            return;
        }
        for (index, item) in found.iter_mut().enumerate() {
            items.look(item, &format!("{at}[{index}]"), faults);
        }
        let doubled = (1..found.len()).find(|index| found[..*index].contains(&found[*index]));
        if let (true, Some(index)) = (*unique, doubled) {
            let place = format!("{at}[{index}]");
            faults.push(FieldError::new(&place, "duplicate", "stands there twice"));
        }
    }

    fn look_at_members(&self, value: &mut Value, at: &str, faults: &mut Vec<FieldError>) {
        let Kind::Members {
            known,
            required,
            others,
            most,
        } = &self.kind
        else {
            return;
        };
        let Some(found) = value.as_object_mut() else {
            faults.push(FieldError::new(at, "type", "must be an object"));
            return;
        };
        if found.len() > *most && matches!(others, Others::Of(_)) {
            let detail = format!("must have at most {most} members");
            faults.push(FieldError::new(at, "length", detail));
            return;
        }
        for name in required.iter().filter(|name| !found.contains_key(*name)) {
            faults.push(FieldError::new(&below(at, name), "required", "is missing"));
        }
        for (name, member) in found.iter_mut() {
            let place = below(at, name);
            match (known.get(name), others) {
                (Some(shape), _) => shape.look(member, &place, faults),
                (None, Others::Of(shape)) => shape.look(member, &place, faults),
                (None, Others::Refused) if faults.len() < MOST_FAULTS => {
                    faults.push(FieldError::new(&place, "unknown", "does not exist"));
                }
                (None, Others::Refused) => {}
            }
        }
    }

    /// Turns the texts of a query parameter into the value that the shape wants; a text that is no such value stays a
    /// text and is refused by [`Self::check`].
    pub(crate) fn read_texts(&self, texts: &[&str]) -> Result<Value, &'static str> {
        match (&self.kind, texts) {
            (Kind::List { items, .. }, texts) => {
                Ok(texts.iter().map(|text| items.read_text(text)).collect())
            }
            (_, [text]) => Ok(self.read_text(text)),
            _ => Err("may be given only once"),
        }
    }

    fn read_text(&self, text: &str) -> Value {
        let parsed = match &self.kind {
            Kind::Integer { .. } => text.parse::<i64>().ok().map(Value::from),
            Kind::Boolean => text.parse::<bool>().ok().map(Value::from),
            _ => None,
        };
        parsed.unwrap_or_else(|| text.into())
    }
}

/// Whether a schema restricts nothing but the type.
fn only_explains(schema: &Value) -> bool {
    let mut keywords = schema.as_object().into_iter().flat_map(Map::keys);
    keywords.all(|keyword| keyword == "type" || EXPLANATIONS.contains(&keyword.as_str()))
}

/// One of several shapes: if none fits, the faults of the one that comes closest are told. What is of another type is
/// farthest.
fn one_of(shapes: &[Shape], value: &mut Value, at: &str, faults: &mut Vec<FieldError>) {
    let distance = |found: &[FieldError]| {
        let is_other = |fault: &FieldError| fault.field == at && fault.code == "type";
        (found.iter().any(is_other), found.len())
    };
    let mut closest: Option<Vec<FieldError>> = None;
    for shape in shapes {
        let mut tried = value.clone();
        let mut found = Vec::new();
        shape.look(&mut tried, at, &mut found);
        if found.is_empty() {
            *value = tried;
            return;
        }
        if closest
            .as_ref()
            .is_none_or(|best| distance(&found) < distance(best))
        {
            closest = Some(found);
        }
    }
    faults.extend(closest.unwrap_or_default());
}

impl Text {
    fn fault(&self, found: &str) -> Option<(&'static str, String)> {
        if !self.words.is_empty() {
            let known = self.words.iter().any(|word| word == found);
            return (!known).then(|| {
                (
                    "choice",
                    format!("must be one of {}", self.words.join(", ")),
                )
            });
        }
        if !(self.least..=self.most).contains(&found.chars().count()) {
            let detail = format!("must have {} characters", between(self.least, self.most));
            return Some(("length", detail));
        }
        [self.format, self.pattern]
            .into_iter()
            .flatten()
            .find(|check| !(check.passes)(found))
            .map(|check| ("format", check.wanted.to_owned()))
    }
}

fn between(least: usize, most: usize) -> String {
    match (least, most) {
        (0, most) => format!("at most {most}"),
        (least, usize::MAX) => format!("at least {least}"),
        (least, most) if least == most => format!("exactly {least}"),
        (least, most) => format!("{least} to {most}"),
    }
}

/// The path of a member: `messages[0].body`. What no field is called like is shortened.
fn below(at: &str, name: &str) -> String {
    let name: String = name.chars().take(100).collect();
    if at.is_empty() {
        name
    } else {
        format!("{at}.{name}")
    }
}

/// The keywords of a schema; each must be taken once, so that none is published and not enforced.
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

    fn must_be_spent(&self) {
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
            Some(other) => panic!("no integers of the format {other}"),
        };
        Kind::Integer {
            least: bound(self.take("minimum")).unwrap_or(low),
            most: bound(self.take("maximum")).unwrap_or(high),
        }
    }

    fn text(&mut self) -> Kind {
        let format = self.take("format").and_then(Value::as_str);
        let pattern = self.take("pattern").and_then(Value::as_str);
        let words = self.take("enum").and_then(Value::as_array);
        let words = words.into_iter().flatten().filter_map(Value::as_str);
        let words = words.chain(self.take("const").and_then(Value::as_str));
        Kind::Text(Text {
            words: words.map(str::to_owned).collect(),
            least: self.size("minLength", 0),
            most: self.size("maxLength", usize::MAX),
            format: format.and_then(check_of_format),
            pattern: pattern.map(check_of_pattern),
        })
    }

    fn list(&mut self, refs: &BTreeMap<String, Value>) -> Kind {
        let items = self.take("items").expect("an array has items");
        Kind::List {
            items: Box::new(Shape::of(items, refs)),
            least: self.size("minItems", 0),
            most: self.size("maxItems", usize::MAX),
            unique: self.take("uniqueItems") == Some(&Value::Bool(true)),
        }
    }

    fn members(&mut self, refs: &BTreeMap<String, Value>) -> Kind {
        let known = self.take("properties").and_then(Value::as_object);
        let known = known.into_iter().flatten();
        let required = self.take("required").and_then(Value::as_array);
        let required = required.into_iter().flatten().filter_map(Value::as_str);
        let others = match self.take("additionalProperties") {
            Some(Value::Bool(false)) => Others::Refused,
            Some(schema) => Others::Of(Box::new(Shape::of(schema, refs))),
            None => panic!("a request must say what other members it takes: deny_unknown_fields"),
        };
        if let Some(names) = self.take("propertyNames") {
            panic!("names of members are not checked: {names}");
        }
        Kind::Members {
            known: known
                .map(|(name, schema)| (name.clone(), Shape::of(schema, refs)))
                .collect(),
            required: required.map(str::to_owned).collect(),
            others,
            most: self.size("maxProperties", usize::MAX),
        }
    }
}

fn check_of_format(format: &str) -> Option<Check> {
    let check = match format {
        "date-time" => Check {
            passes: |text| time::parse(text).is_some(),
            wanted: "must be a date and time such as 2026-03-04T09:15:00Z",
        },
        "email" => Check {
            passes: |text| normalise_email(text).is_some(),
            wanted: "must be an e-mail address",
        },
        "uuid" => Check {
            passes: |text| text.len() == 36 && text.parse::<uuid::Uuid>().is_ok(),
            wanted: "must be a UUID",
        },
        "uri" => Check {
            passes: |text| {
                text.parse::<http::Uri>()
                    .is_ok_and(|uri| uri.scheme().is_some())
            },
            wanted: "must be a URL with its scheme",
        },
        // What these mean to people cannot be checked.
        "password" => return None,
        other => panic!("no texts of the format {other}"),
    };
    Some(check)
}

fn check_of_pattern(pattern: &str) -> Check {
    let found = PATTERNS.iter().find(|(known, _)| *known == pattern);
    found.expect("a pattern stands in the list of patterns").1
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn faults(schema: Value, mut value: Value) -> Vec<String> {
        let shape = Shape::of(&schema, &BTreeMap::new());
        let found = shape.check(&mut value);
        found
            .iter()
            .map(|fault| format!("{} {}", fault.field, fault.code))
            .collect()
    }

    #[test]
    fn every_fault_is_told_with_its_place() {
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
        let told = |value: Value| faults(schema.clone(), value);
        assert!(told(json!({"name": "x", "id": 1.0, "at": null, "word": null})).is_empty());
        assert!(
            told(json!({"name": "üüü", "id": 9, "word": "b", "list": [true, false]})).is_empty()
        );
        assert_eq!(told(json!([])), [" type"]);
        assert_eq!(
            told(json!({"more": 1})),
            ["name required", "id required", "more unknown"]
        );
        assert_eq!(
            told(json!({"name": "   ", "id": 0, "at": "noon", "word": "c", "list": [true, 1]})),
            [
                "at format",
                "id range",
                "list[1] type",
                "name format",
                "word choice"
            ]
        );
        assert_eq!(
            told(json!({"name": "long", "id": 1.5})),
            ["id type", "name length"]
        );
        assert_eq!(
            told(json!({"name": "", "id": null})),
            ["id type", "name length"]
        );
        assert_eq!(
            told(json!({"name": "x", "id": 1, "list": [true, true]})),
            ["list[1] duplicate"]
        );
        assert_eq!(
            told(json!({"name": "x", "id": 1, "list": [true, false, true]})),
            ["list length"]
        );
    }

    #[test]
    fn of_several_shapes_the_closest_is_told() {
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
    fn a_shared_shape_may_be_explained_beside_it() {
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
    fn no_more_faults_are_told_than_a_hundred() {
        let schema = json!({"type": "array", "items": {"type": "boolean"}});
        assert_eq!(faults(schema, json!(vec![1; 5_000])).len(), MOST_FAULTS);
    }

    #[test]
    #[should_panic(expected = "not enforced")]
    fn a_keyword_that_nobody_enforces_cannot_be_published() {
        faults(json!({"type": "integer", "multipleOf": 7}), json!(7));
    }

    #[test]
    fn texts_of_a_query_become_what_is_wanted() {
        let read =
            |schema: Value, texts: &[&str]| Shape::of(&schema, &BTreeMap::new()).read_texts(texts);
        assert_eq!(read(json!({"type": "integer"}), &["7"]), Ok(json!(7)));
        assert_eq!(read(json!({"type": "integer"}), &["7.5"]), Ok(json!("7.5")));
        assert_eq!(read(json!({"type": "boolean"}), &["true"]), Ok(json!(true)));
        assert_eq!(read(json!({"type": "string"}), &["7"]), Ok(json!("7")));
        assert!(read(json!({"type": "string"}), &["7", "8"]).is_err());
        let list = json!({"type": "array", "items": {"type": "integer"}});
        assert_eq!(read(list, &["7", "8"]), Ok(json!([7, 8])));
    }
}
