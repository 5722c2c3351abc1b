//! The OpenAPI description of this API is true. Every answer that a test of this API gets is compared with it
//! ([`check_answer`]); requests are compared with it in `bodies` and here.

mod bodies;

use std::sync::OnceLock;

use heddle_access::provision;
use heddle_testkit::described::{self, Reader};
use heddle_testkit::on_both;
use heddle_testkit::world::Answer;
use http::Method;
use serde_json::{Value, json};

use crate::harness::World;
use crate::{Client, with};

/// Returns the description.
fn document() -> &'static Value {
    static DOCUMENT: OnceLock<Value> = OnceLock::new();
    DOCUMENT.get_or_init(|| {
        let text = heddle_helpscout::description()
            .openapi
            .expect("a description");
        serde_json::from_slice(&text()).expect("JSON")
    })
}

/// Checks that an answer is described.
pub(crate) fn check_answer(method: &Method, path: &str, answer: &Answer) {
    described::check_answer(document(), method, path, answer);
}

on_both! {
    async fn every_read_answers_as_described(world: World) {
        let client = Client::new(&world).await;
        let (store, account) = (world.store(), &world.here.account);
        let team = provision::create_team(store, account, "Desk", [world.here.agent].into()).await;
        let team = team.expect("a team").agent.id;
        let body = with(&crate::conversation(&world), json!({ "assignTo": team.get(), "tags": ["vip"], "status": "closed" }));
        let conversation = client.create(&body).await;
        let file = json!([{ "fileName": "a.txt", "mimeType": "text/plain", "data": "YQ==" }]);
        let note = json!({ "text": "Seen", "attachments": file });
        let thread = crate::created(&client.add(conversation, "notes", &note).await);
        let file = client.threads(conversation).await[0]["_embedded"]["attachments"][0]["id"].as_i64().expect("a file");
        let webhook = json!({ "url": "https://hooks.example.com/", "events": ["convo.created"], "secret": "wren" });
        let webhook = crate::created(&client.post("/v2/webhooks", &webhook).await);
        let tag = client.shown(conversation).await["tags"][0]["id"].as_i64().expect("a tag");
        let located = json!({ "firstName": "Ada", "address": { "city": "Ulm", "state": "BW", "postalCode": "89073", "country": "DE" } });
        let customer = crate::created(&client.post("/v2/customers", &located).await);
        let mut seen = 0;
        for (template, operations) in document()["paths"].as_object().expect("paths") {
            let Some(responses) = operations["get"]["responses"].as_object() else {
                continue;
            };
            if template.starts_with("/authentication") || !responses.contains_key("200") {
                continue;
            }
            let mut path = template.clone();
            for (name, id) in [
                ("conversationId", conversation), ("userId", world.here.agent.get()), ("teamId", team.get()), ("webhookId", webhook),
                ("customerId", customer), ("tagId", tag), ("mailboxId", world.here.main.get()), ("attachmentId", file), ("threadId", thread),
            ] {
                path = path.replace(&format!("{{{name}}}"), &id.to_string());
            }
            let query = if path.starts_with("/v2/conversations") { "embed=threads&page=1&status=all" } else { "page=1" };
            // The harness compares the whole answer with the description.
            let answer = client.get(&format!("{path}?{query}")).await;
            assert_eq!(answer.status, 200, "{path}");
            seen += 1;
        }
        assert!(seen > 25, "{seen}");
    }
}

/// Whether a value of a query parameter fits its schema. An empty one counts as absent; texts may have further rules.
fn may_be(value: &str, schema: &Value) -> Option<bool> {
    let read = match schema["type"].as_str() {
        _ if value.is_empty() => return Some(true),
        Some("integer") => value
            .parse::<i64>()
            .map_or_else(|_| json!(value), |number| json!(number)),
        _ => json!(value),
    };
    let is_free = schema["type"] == "string"
        && schema.get("enum").is_none()
        && schema.get("format").is_none();
    let reader = Reader {
        document: document(),
        is_closed: false,
    };
    (!is_free).then(|| reader.fits(&read, schema))
}

on_both! {
    async fn query_parameters_are_read_as_described(world: World) {
        let client = Client::new(&world).await;
        let conversation = client.conversation().await;
        let mut seen = 0;
        for (template, operations) in document()["paths"].as_object().expect("paths") {
            let operation = &operations["get"];
            if operation.get("security").is_none() {
                continue;
            }
            let team = provision::create_team(world.store(), &world.here.account, "Desk", [].into()).await.expect("a team");
            let mut path = template.clone();
            for (name, id) in [
                ("conversationId", conversation), ("teamId", team.agent.id.get()), ("mailboxId", world.here.main.get()),
            ] {
                path = path.replace(&format!("{{{name}}}"), &id.to_string());
            }
            for parameter in operation["parameters"].as_array().expect("parameters").iter().filter(|it| it["in"] == "query") {
                let (name, schema) = (parameter["name"].as_str().expect("a name"), &parameter["schema"]);
                let words = schema["enum"].as_array().into_iter().flatten().filter_map(Value::as_str);
                for value in ["", "x", "7", "0", "-1", "1.5", "2026-03-04T09:15:00Z", "2026-03-04"].into_iter().chain(words) {
                    let Some(fits) = may_be(value, schema) else { continue };
                    for query in [format!("{name}={value}"), format!("{name}=%00&{name}={value}")] {
                        let answer = client.get(&format!("{path}?{query}")).await;
                        assert_eq!(answer.status == 400, !fits, "{path}?{query}: {}", String::from_utf8_lossy(&answer.body));
                        seen += 1;
                    }
                }
            }
        }
        assert!(seen > 300, "{seen}");
    }
}
