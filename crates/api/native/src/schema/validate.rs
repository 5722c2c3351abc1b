//! Checks values against a [`RequestSchema`].

use serde_json::{Map, Value};

use super::{ArraySchema, Kind, MOST_FAULTS, ObjectSchema, RequestSchema, TextSchema};
use crate::error::FieldError;
use heddle_http::json;

impl RequestSchema {
    /// Returns every fault, at most [`MOST_FAULTS`]. Turns whole numbers written as `1.0` or `1e3` into integers.
    pub(crate) fn validate(&self, value: &mut Value) -> Vec<FieldError> {
        let mut faults = Vec::new();
        self.check(value, "", &mut faults);
        faults.truncate(MOST_FAULTS);
        faults
    }

    /// Checks the value at a path, and adds its faults.
    fn check(&self, value: &mut Value, at: &str, faults: &mut Vec<FieldError>) {
        if faults.len() >= MOST_FAULTS || (self.nullable && value.is_null()) {
            return;
        }
        let mut fault = |code, detail: String| faults.push(FieldError::new(at, code, detail));
        match (&self.kind, &mut *value) {
            (Kind::Any, _) | (Kind::Boolean, Value::Bool(_)) | (Kind::Number, Value::Number(_)) => {
            }
            (Kind::Boolean, _) => fault("type", "must be true or false".into()),
            (Kind::Number, _) => fault("type", "must be a number".into()),
            (Kind::Integer { least, most }, _) => match json::as_i64_exact(value) {
                None if json::is_beyond_i64(value) => {
                    fault("range", format!("must be {least} to {most}"));
                }
                None => fault("type", "must be a whole number".into()),
                Some(number) if (*least..=*most).contains(&number) => *value = number.into(),
                Some(_) => fault("range", format!("must be {least} to {most}")),
            },
            (Kind::Text(schema), Value::String(text)) => {
                if let Some((code, detail)) = schema.fault(text) {
                    fault(code, detail);
                }
            }
            (Kind::Text(_), _) => fault("type", "must be a string".into()),
            (Kind::Array(schema), Value::Array(items)) => schema.check(items, at, faults),
            (Kind::Array(_), _) => fault("type", "must be an array".into()),
            (Kind::Object(schema), Value::Object(members)) => schema.check(members, at, faults),
            (Kind::Object(_), _) => fault("type", "must be an object".into()),
            (Kind::OneOf(schemas), _) => check_one_of(schemas, value, at, faults),
        }
    }

    /// Converts the texts of a query parameter to the value that the schema describes. A text that does not parse stays
    /// a text, and [`Self::validate`] refuses it.
    pub(crate) fn read_texts(&self, texts: &[&str]) -> Result<Value, &'static str> {
        match (&self.kind, texts) {
            (Kind::Array(ArraySchema { items, .. }), texts) => {
                Ok(texts.iter().map(|text| items.read_text(text)).collect())
            }
            (_, [text]) => Ok(self.read_text(text)),
            _ => Err("may be given only once"),
        }
    }

    fn read_text(&self, text: &str) -> Value {
        let parsed = match &self.kind {
            // One that 64 bits cannot hold becomes a double, so that its fault names the range.
            Kind::Integer { .. } if json::is_text_beyond_i64(text) => {
                text.parse::<f64>().ok().map(Value::from)
            }
            Kind::Integer { .. } => text.parse::<i64>().ok().map(Value::from),
            Kind::Boolean => text.parse::<bool>().ok().map(Value::from),
            _ => None,
        };
        parsed.unwrap_or_else(|| text.into())
    }
}

impl ArraySchema {
    fn check(&self, found: &mut [Value], at: &str, faults: &mut Vec<FieldError>) {
        if !(self.least..=self.most).contains(&found.len()) {
            let detail = format!("must have {} items", between(self.least, self.most));
            faults.push(FieldError::new(at, "length", detail));
            return;
        }
        for (index, item) in found.iter_mut().enumerate() {
            self.items.check(item, &format!("{at}[{index}]"), faults);
        }
        // Each item is compared with each one before it, which takes long for a long array.
        let repeats = |index: &usize| found[..*index].contains(&found[*index]);
        if self.unique
            && let Some(index) = (1..found.len()).find(repeats)
        {
            let path = format!("{at}[{index}]");
            faults.push(FieldError::new(&path, "duplicate", "stands there twice"));
        }
    }
}

impl ObjectSchema {
    fn check(&self, found: &mut Map<String, Value>, at: &str, faults: &mut Vec<FieldError>) {
        if found.len() > self.most && self.others.is_some() {
            let detail = format!("must have at most {} members", self.most);
            faults.push(FieldError::new(at, "length", detail));
            return;
        }
        for name in self
            .required
            .iter()
            .filter(|name| !found.contains_key(*name))
        {
            faults.push(FieldError::new(&path(at, name), "required", "is missing"));
        }
        for (name, member) in found.iter_mut() {
            match self.known.get(name).or(self.others.as_deref()) {
                Some(schema) => schema.check(member, &path(at, name), faults),
                None if faults.len() < MOST_FAULTS => {
                    let detail = match closest(name, self.known.keys()) {
                        Some(known) => format!("unknown field; did you mean {known}?"),
                        None => "unknown field".to_owned(),
                    };
                    faults.push(FieldError::new(&path(at, name), "unknown", detail));
                }
                None => {}
            }
        }
    }
}

/// The most names and the longest name that are compared with an unknown one.
const COMPARED: usize = 64;

/// Returns the known name that is most like an unknown one; `None` if none is like it.
pub(super) fn closest<'a>(
    name: &str,
    known: impl Iterator<Item = &'a String>,
) -> Option<&'a String> {
    if name.chars().count() > COMPARED {
        return None;
    }
    let plain = |name: &str| name.replace(['_', '-'], "").to_lowercase();
    let given = plain(name);
    let likeness = |known: &String| {
        let known = plain(known);
        let steps = edits(&given, &known);
        let is_part = given.len() > 2 && (known.contains(&given) || given.contains(&known));
        (is_part || steps <= 1 + given.len() / 5).then_some(steps)
    };
    let like = known
        .take(COMPARED)
        .filter_map(|known| Some((likeness(known)?, known)));
    like.min_by_key(|(steps, _)| *steps).map(|(_, known)| known)
}

/// Returns how many characters must be inserted, deleted or replaced to turn one text into the other.
fn edits(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (at, wanted) in from.chars().enumerate() {
        let mut above = row[0];
        row[0] = at + 1;
        for (place, given) in to.iter().enumerate() {
            let replaced = above + usize::from(*given != wanted);
            above = row[place + 1];
            row[place + 1] = replaced.min(above + 1).min(row[place] + 1);
        }
    }
    row[to.len()]
}

/// Checks a value against several schemas, one of which must fit. If none fits, adds the faults of the closest one: the
/// right type first, then the fewest faults.
fn check_one_of(
    schemas: &[RequestSchema],
    value: &mut Value,
    at: &str,
    faults: &mut Vec<FieldError>,
) {
    let distance = |found: &Vec<FieldError>| {
        let is_type = |fault: &FieldError| fault.field == at && fault.code == "type";
        (found.iter().any(is_type), found.len())
    };
    let mut closest: Option<Vec<FieldError>> = None;
    for schema in schemas {
        let mut copy = value.clone();
        let mut found = Vec::new();
        schema.check(&mut copy, at, &mut found);
        if found.is_empty() {
            *value = copy;
            return;
        }
        let best = closest.as_ref().map(distance);
        if best.is_none_or(|best| distance(&found) < best) {
            closest = Some(found);
        }
    }
    faults.extend(closest.unwrap_or_default());
}

impl TextSchema {
    fn fault(&self, found: &str) -> Option<(&'static str, String)> {
        if !self.choices.is_empty() {
            let is_known = self.choices.iter().any(|choice| choice == found);
            let detail = || format!("must be one of {}", self.choices.join(", "));
            return (!is_known).then(|| ("choice", detail()));
        }
        if !(self.least..=self.most).contains(&found.chars().count()) {
            let detail = format!("must have {} characters", between(self.least, self.most));
            return Some(("length", detail));
        }
        [self.format, self.pattern]
            .into_iter()
            .flatten()
            .find_map(|rule| rule(found).err())
            .map(|(code, message)| (code, message.to_owned()))
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

/// Returns the path of a member, such as `messages[0].body`. Cuts names to 100 characters, because unknown names come
/// from the client.
fn path(at: &str, name: &str) -> String {
    let name: String = name.chars().take(100).collect();
    if at.is_empty() {
        name
    } else {
        format!("{at}.{name}")
    }
}
