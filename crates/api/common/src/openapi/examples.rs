//! Examples of requests. Each API has a file of them, `examples.json` beside its description; a demo answers each of them with
//! success, as a test of the program checks. So a reader of the reference page can send an operation as it is.
//!
//! The file has two members. `parameters` has an example for a path parameter wherever it appears: its name is the path template up
//! to that parameter. `operations` has what one operation needs: examples of its `parameters`, which go before the others, and of
//! its `body`.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

/// The examples of an API.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Examples {
    parameters: BTreeMap<String, Value>,
    operations: BTreeMap<String, Example>,
}

/// The example of one operation.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Example {
    #[serde(default)]
    parameters: BTreeMap<String, Value>,
    body: Option<Value>,
}

impl Examples {
    /// Reads the file of an API.
    ///
    /// # Panics
    /// Panics if the text is no file of examples: the files are part of the program.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        serde_json::from_str(text).expect("a file of examples")
    }

    /// Returns the example of a parameter of an operation, if it has one. `place` is where the parameter is: `path`, `query` or
    /// `header`.
    #[must_use]
    pub fn parameter(
        &self,
        (method, template): (&str, &str),
        place: &str,
        name: &str,
    ) -> Option<&Value> {
        let own = self.operation(method, template);
        let own = own.and_then(|example| example.parameters.get(name));
        own.or_else(|| {
            let parameter = format!("{{{name}}}");
            let start = template.find(&parameter).filter(|_| place == "path")?;
            self.parameters.get(&template[..start + parameter.len()])
        })
    }

    /// Returns the example of the body of an operation, if it has one.
    #[must_use]
    pub fn body(&self, method: &str, template: &str) -> Option<&Value> {
        self.operation(method, template)?.body.as_ref()
    }

    fn operation(&self, method: &str, template: &str) -> Option<&Example> {
        self.operations.get(&format!("{method} {template}"))
    }

    /// Adds the examples of an operation to its description.
    pub(super) fn add_to(&self, operation: &mut Value, (method, template): (&str, &str)) {
        let parameters = operation.get_mut("parameters");
        for parameter in parameters
            .and_then(Value::as_array_mut)
            .into_iter()
            .flatten()
        {
            let (place, name) = (parameter["in"].as_str(), parameter["name"].as_str());
            let (place, name) = (place.unwrap_or_default(), name.unwrap_or_default());
            if let Some(value) = self.parameter((method, template), place, name) {
                parameter["example"] = value.clone();
            }
        }
        let Some(body) = self.body(method, template) else {
            return;
        };
        let content = operation.pointer_mut("/requestBody/content");
        for media in content.and_then(Value::as_object_mut).into_iter().flatten() {
            media.1["example"] = body.clone();
        }
    }
}

/// A part of the reference page: operations that belong together.
#[derive(Clone, Copy, Debug)]
pub struct Section {
    /// Title of the section.
    pub name: &'static str,
    /// What the section is about, in a sentence.
    pub text: &'static str,
    /// The beginnings of the paths of its operations. If several sections fit, the longest beginning decides.
    pub paths: &'static [&'static str],
}

/// Returns the name of the section of a path.
pub(super) fn section_of(sections: &[Section], template: &str) -> Option<&'static str> {
    let all = sections.iter().flat_map(|section| {
        let paths = section.paths.iter();
        paths.map(|path| (path.len(), section.name, *path))
    });
    let fitting = all.filter(|(_, _, path)| template.starts_with(path));
    fitting
        .max_by_key(|(length, ..)| *length)
        .map(|(_, name, _)| name)
}

/// Returns the sections as the tags of a description, in reading order.
pub(super) fn tags(sections: &[Section]) -> Value {
    let tag = |it: &Section| json!({ "name": it.name, "description": it.text });
    sections.iter().map(tag).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"{
        "parameters": { "/a/{id}": 1, "/a/{id}/b/{of}": 2 },
        "operations": { "PUT /a/{id}": { "parameters": { "id": 3 }, "body": { "x": 1 } } }
    }"#;

    #[test]
    fn an_operation_has_its_own_examples_before_those_of_its_path() {
        let examples = Examples::parse(FILE);
        let example = |method, template, name| examples.parameter((method, template), "path", name);
        assert_eq!(example("GET", "/a/{id}", "id"), Some(&json!(1)));
        assert_eq!(example("PUT", "/a/{id}", "id"), Some(&json!(3)));
        assert_eq!(example("PUT", "/a/{id}/b/{of}", "id"), Some(&json!(1)));
        assert_eq!(example("PUT", "/a/{id}/b/{of}", "of"), Some(&json!(2)));
        assert_eq!(example("PUT", "/c/{id}", "id"), None);
        assert_eq!(examples.parameter(("GET", "/a/{id}"), "query", "id"), None);
    }

    #[test]
    fn the_longest_beginning_of_a_path_decides_its_section() {
        let section = |name, paths| Section {
            name,
            text: "",
            paths,
        };
        let sections = [section("All", &["/a"]), section("One", &["/a/{id}"])];
        assert_eq!(section_of(&sections, "/a"), Some("All"));
        assert_eq!(section_of(&sections, "/a/{id}/b"), Some("One"));
        assert_eq!(section_of(&sections, "/b"), None);
    }
}
