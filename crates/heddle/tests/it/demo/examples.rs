//! Sends the example of every operation that the reference page shows, as it is. A request is made from the description alone, with
//! the credentials of the demo; each begins with the sample data.

use std::collections::BTreeSet;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use heddle_testkit::described::Reader;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::process::{Home, Serving, in_time};

/// The APIs, each with the path of its description. `the_page_shows_these_descriptions` compares them with the page.
const DESCRIPTIONS: [(&str, &str); 5] = [
    ("native", "/api/v1/openapi.json"),
    ("helpscout", "/api/v1/openapi/helpscout.json"),
    ("magicline", "/api/v1/openapi/magicline.json"),
    ("mews", "/api/v1/openapi/mews.json"),
    ("mykaarma", "/api/v1/openapi/mykaarma.json"),
];

/// The operations whose example cannot succeed, each with the reason.
const CANNOT_SUCCEED: [(&str, &str); 4] = [
    (
        "POST /authentication/authorizeClientApplication",
        "the form has a token that only the page of the same browser has, and the answer is a redirect",
    ),
    (
        "GET /v2/conversations/{conversationId}/threads/{threadId}/original-source",
        "the answer is always 404, because no thread came by mail",
    ),
    (
        "GET /api/v1/webhooks/{id}/deliveries/{delivery}",
        "a delivery exists only after a receiver was called",
    ),
    (
        "POST /api/v1/webhooks/{id}/deliveries/{delivery}/replay",
        "a delivery exists only after a receiver was called",
    ),
];

/// A request that was made from a description.
struct Request {
    method: String,
    path: String,
    headers: Vec<(String, String)>,
    body: String,
}

/// One operation of a description.
struct Operation<'d> {
    api: &'static str,
    document: &'d Value,
    template: &'d str,
    method: String,
    content: &'d Value,
}

impl Operation<'_> {
    fn name(&self) -> String {
        format!("{} {}", self.method, self.template)
    }

    /// Builds the request from the examples of the description. Fails with what has no example.
    fn request(&self, demo: &Serving) -> Result<Request, String> {
        let (mut path, mut query) = (self.template.to_owned(), Vec::new());
        let mut headers = Vec::new();
        for parameter in self.content["parameters"].as_array().into_iter().flatten() {
            let name = parameter["name"].as_str().expect("a name");
            let Some(example) = parameter.get("example") else {
                if parameter["required"] == true {
                    return Err(format!("the parameter {name} has no example"));
                }
                continue;
            };
            let value = text_of(example);
            let encoded = utf8_percent_encode(&value, NON_ALPHANUMERIC).to_string();
            match parameter["in"].as_str() {
                Some("path") => path = path.replace(&format!("{{{name}}}"), &encoded),
                Some("query") => query.push(format!("{name}={encoded}")),
                Some("header") => headers.push((name.to_owned(), value)),
                place => return Err(format!("{name} is in {place:?}")),
            }
        }
        if !query.is_empty() {
            path += &format!("?{}", query.join("&"));
        }
        headers.extend(self.credentials(demo));
        let mut body = String::new();
        if let Some(contents) = self.content["requestBody"]["content"].as_object() {
            let mut contents = contents.iter();
            let found = contents.find_map(|(media, of)| Some((media, of.get("example")?)));
            let (media, example) = found.ok_or("the body has no example")?;
            body = written(media, example);
            headers.push(("content-type".to_owned(), media.clone()));
        }
        Ok(Request {
            method: self.method.clone(),
            path,
            headers,
            body,
        })
    }

    /// Returns the header that authenticates the request in the way that the description names.
    fn credentials(&self, demo: &Serving) -> Option<(String, String)> {
        let scheme = self.content["security"][0].as_object()?.keys().next()?;
        let scheme = &self.document["components"]["securitySchemes"][scheme];
        let authorization = |text: String| Some(("authorization".to_owned(), text));
        match (scheme["type"].as_str(), scheme["scheme"].as_str()) {
            (Some("http"), Some("bearer")) => authorization(match self.api {
                "helpscout" => format!("Bearer {}", demo.text("/helpscout/access_token")),
                _ => format!("Bearer {}", demo.text("/native/token")),
            }),
            (Some("http"), Some("basic")) => {
                let (user, password) = (
                    demo.text("/mykaarma/username"),
                    demo.text("/mykaarma/password"),
                );
                authorization(format!(
                    "Basic {}",
                    STANDARD.encode(format!("{user}:{password}"))
                ))
            }
            (Some("apiKey"), None) => {
                let header = scheme["name"].as_str().expect("a name");
                Some((
                    header.to_owned(),
                    demo.text("/magicline/api_key").to_owned(),
                ))
            }
            other => panic!("{}: how does one authenticate with {other:?}?", self.name()),
        }
    }
}

fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Returns a body in the form of its media type.
fn written(media: &str, example: &Value) -> String {
    match (media, example) {
        ("application/x-www-form-urlencoded", Value::Object(members)) => {
            let encoded =
                |value: &Value| utf8_percent_encode(&text_of(value), NON_ALPHANUMERIC).to_string();
            let pairs = members
                .iter()
                .map(|(name, value)| format!("{name}={}", encoded(value)));
            pairs.collect::<Vec<_>>().join("&")
        }
        (_, Value::String(text)) => text.clone(),
        (_, other) => other.to_string(),
    }
}

/// Returns every operation of a description.
fn operations<'d>(api: &'static str, document: &'d Value) -> Vec<Operation<'d>> {
    let paths = document["paths"].as_object().expect("paths");
    let all = paths.iter().flat_map(|(template, item)| {
        let methods = item.as_object().expect("operations").iter();
        methods.map(move |(method, content)| Operation {
            api,
            document,
            template,
            method: method.to_uppercase(),
            content,
        })
    });
    all.collect()
}

async fn description(demo: &Serving, path: &str) -> Value {
    let answer = demo.send("GET", path, &[], "").await;
    assert_eq!(answer.status, 200, "{path}");
    answer.json()
}

/// Sends a request. Returns the status, and the body if it is no success: a stream of events has no end.
async fn send(demo: &Serving, request: &Request) -> (u16, String) {
    let host = demo.text("/url").trim_start_matches("http://");
    let mut stream = TcpStream::connect(host).await.expect("the server accepts");
    let (method, path) = (&request.method, &request.path);
    let length = request.body.len();
    let mut text = format!(
        "{method} {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\ncontent-length: {length}\r\n"
    );
    for (name, value) in &request.headers {
        text += &format!("{name}: {value}\r\n");
    }
    text += "\r\n";
    text += &request.body;
    stream.write_all(text.as_bytes()).await.expect("sent");
    let mut status = [0; "HTTP/1.1 200".len()];
    let read = stream.read_exact(&mut status);
    in_time("a status", read).await.expect("it can be read");
    let status = std::str::from_utf8(&status[9..]).expect("ASCII");
    let status: u16 = status.parse().expect("a status");
    let mut rest = Vec::new();
    if !(200..300).contains(&status) {
        let read = stream.read_to_end(&mut rest);
        in_time("an answer", read).await.expect("it can be read");
    }
    (status, String::from_utf8_lossy(&rest).into_owned())
}

async fn reset(demo: &Serving) {
    let answer = demo.send("POST", "/__demo__/reset", &[], "").await;
    assert_eq!(answer.status, 204);
}

#[tokio::test]
async fn every_example_of_the_reference_page_works_as_it_is() {
    let home = Home::new();
    let demo = home.serve(&["demo"]).await;
    let mut faults = Vec::new();
    let mut hopeless: BTreeSet<&str> = CANNOT_SUCCEED.iter().map(|(name, _)| *name).collect();
    for (api, path) in DESCRIPTIONS {
        let document = description(&demo, path).await;
        for operation in operations(api, &document) {
            let name = operation.name();
            let request = match operation.request(&demo) {
                Ok(request) => request,
                Err(missing) => {
                    faults.push(format!("{name}: {missing}"));
                    continue;
                }
            };
            let (status, said) = send(&demo, &request).await;
            let works = (200..300).contains(&status);
            match (works, hopeless.remove(&*name)) {
                (true, true) => faults.push(format!("{name} works: take it off the list")),
                (false, false) => faults.push(format!("{name}: {status} {said}")),
                _ => {}
            }
            if operation.method != "GET" {
                reset(&demo).await;
            }
        }
    }
    faults.extend(
        hopeless
            .iter()
            .map(|name| format!("{name} is no operation")),
    );
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[tokio::test]
async fn the_page_shows_these_descriptions_ready_to_try() {
    let home = Home::new();
    let demo = home.serve(&["demo"]).await;
    let script = demo
        .send("GET", "/api/v1/docs/swagger-initializer.js", &[], "")
        .await;
    assert!(
        script.body.contains(r#""tryItOutEnabled":true"#),
        "{}",
        script.body
    );
    let urls = script.body.matches(r#""url":""#).count();
    assert_eq!(urls, DESCRIPTIONS.len(), "{}", script.body);
    for (_, path) in DESCRIPTIONS {
        assert!(
            script.body.contains(&format!(r#""url":"{path}""#)),
            "{path}"
        );
    }
}

/// A reader finds each operation under one heading, and the headings have an order.
#[tokio::test]
async fn every_operation_is_in_one_described_section() {
    let home = Home::new();
    let demo = home.serve(&["demo"]).await;
    for (api, path) in DESCRIPTIONS {
        let document = description(&demo, path).await;
        let tags = document["tags"].as_array().expect("tags");
        let mut unused: BTreeSet<&str> = tags
            .iter()
            .map(|tag| {
                assert_ne!(
                    tag["description"].as_str().unwrap_or_default(),
                    "",
                    "{api}: {tag}"
                );
                tag["name"].as_str().expect("a name")
            })
            .collect();
        let known = unused.clone();
        for operation in operations(api, &document) {
            let tags = operation.content["tags"]
                .as_array()
                .map_or(&[][..], Vec::as_slice);
            let [Value::String(tag)] = tags else {
                panic!("{}: {tags:?}", operation.name());
            };
            assert!(known.contains(&**tag), "{}: {tag}", operation.name());
            unused.remove(&**tag);
        }
        assert!(unused.is_empty(), "{api}: {unused:?}");
    }
}

#[tokio::test]
async fn examples_of_answers_fit_their_schemas() {
    let home = Home::new();
    let demo = home.serve(&["demo"]).await;
    for (api, path) in DESCRIPTIONS {
        let document = description(&demo, path).await;
        let reader = Reader {
            document: &document,
            is_closed: true,
        };
        for operation in operations(api, &document) {
            let answers = operation.content["responses"].as_object().expect("answers");
            let contents = answers
                .values()
                .filter_map(|answer| answer["content"].as_object());
            for content in contents.flat_map(|content| content.values()) {
                if let Some(example) = content.get("example") {
                    let faults = reader.faults(example, &content["schema"]);
                    assert!(faults.is_empty(), "{}: {faults:?}", operation.name());
                }
                assert!(
                    content.get("examples").is_none(),
                    "{}: use `example`",
                    operation.name()
                );
            }
        }
    }
}

/// An example of an operation that is spelled differently would never be shown.
#[tokio::test]
async fn every_example_of_the_files_is_shown() {
    let home = Home::new();
    let demo = home.serve(&["demo"]).await;
    let apis = Path::new(env!("CARGO_MANIFEST_DIR")).join("../api");
    for (api, path) in DESCRIPTIONS {
        let file = apis.join(api).join("src/document/examples.json");
        let file = std::fs::read_to_string(file).expect("the file of examples");
        let file: Value = serde_json::from_str(&file).expect("JSON");
        let document = description(&demo, path).await;
        let all = operations(api, &document);
        for (name, example) in file["operations"].as_object().expect("operations") {
            let operation = all.iter().find(|operation| operation.name() == *name);
            let operation = operation.unwrap_or_else(|| panic!("{api}: {name} is no operation"));
            let parameters = operation.content["parameters"].as_array();
            let parameters = parameters.map_or(&[][..], Vec::as_slice);
            for (name, value) in example["parameters"].as_object().into_iter().flatten() {
                let mut parameters = parameters.iter();
                let is_shown = parameters.any(|it| it["name"] == **name && it["example"] == *value);
                assert!(is_shown, "{api}: {}: {name}", operation.name());
            }
        }
        for template in file["parameters"].as_object().expect("parameters").keys() {
            let is_used = all
                .iter()
                .any(|operation| operation.template.starts_with(&**template));
            assert!(is_used, "{api}: {template} begins no path");
        }
    }
}
