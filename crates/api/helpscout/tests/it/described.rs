//! The answers look as the OpenAPI description of this API says.

use serde_json::{Value, json};

use crate::harness::World;
use crate::{Client, with};
use heddle_access::provision;
use heddle_testkit::on_both;

fn document() -> Value {
    let text = heddle_helpscout::description()
        .openapi
        .expect("a description");
    serde_json::from_slice(&text()).expect("JSON")
}

/// Returns what in a value differs from a schema: another type, a missing member, a member that the schema does not name.
fn differences(value: &Value, schema: &Value, document: &Value, at: &str, found: &mut Vec<String>) {
    if let Some(reference) = schema["$ref"].as_str() {
        let pointer = reference.trim_start_matches('#');
        let schema = document.pointer(pointer).expect("a schema");
        return differences(value, schema, document, at, found);
    }
    let is_one_of = schema["enum"]
        .as_array()
        .is_none_or(|words| words.contains(value));
    let is_type = match schema["type"].as_str() {
        Some("string") => value.is_string(),
        Some("integer") => value.is_i64(),
        Some("boolean") => value.is_boolean(),
        Some("array") => value.is_array(),
        Some("object") => value.is_object(),
        _ => true,
    };
    if !is_type || !is_one_of {
        found.push(format!("{at}: {value} is not {schema}"));
    }
    for item in value.as_array().into_iter().flatten() {
        differences(item, &schema["items"], document, &format!("{at}[]"), found);
    }
    let Some(known) = schema["properties"].as_object() else {
        return;
    };
    for (name, member) in value.as_object().into_iter().flatten() {
        match known.get(name) {
            Some(schema) => differences(member, schema, document, &format!("{at}.{name}"), found),
            None => found.push(format!("{at}.{name} is not described")),
        }
    }
    for name in schema["required"].as_array().into_iter().flatten() {
        if value.get(name.as_str().expect("a name")).is_none() {
            found.push(format!("{at}.{name} is missing"));
        }
    }
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
        crate::created(&client.add(conversation, "notes", &note).await);
        let webhook = json!({ "url": "https://hooks.example.com/", "events": ["convo.created"], "secret": "wren" });
        let webhook = crate::created(&client.post("/v2/webhooks", &webhook).await);
        let tag = client.shown(conversation).await["tags"][0]["id"].as_i64().expect("a tag");
        let document = document();
        let paths = document["paths"].as_object().expect("paths");
        let mut seen = 0;
        for (template, operations) in paths {
            let schema = &operations["get"]["responses"]["200"]["content"]["application/hal+json"]["schema"];
            if schema.is_null() {
                continue;
            }
            let mut path = template.clone();
            for (name, id) in [
                ("conversationId", conversation), ("userId", world.here.agent.get()), ("teamId", team.get()), ("webhookId", webhook),
                ("customerId", world.here.customer.get()), ("tagId", tag), ("mailboxId", world.here.main.get()),
            ] {
                path = path.replace(&format!("{{{name}}}"), &id.to_string());
            }
            if path.contains("attachmentId") || path.ends_with("/address") {
                // Their own tests compare them.
                continue;
            }
            let query = if path.starts_with("/v2/conversations") { "embed=threads&page=1&status=all" } else { "page=1" };
            let answer = client.get(&format!("{path}?{query}")).await;
            assert_eq!(answer.status, 200, "{path}");
            let mut found = Vec::new();
            differences(&answer.json(), schema, &document, template, &mut found);
            assert!(found.is_empty(), "{found:#?}");
            seen += 1;
        }
        assert!(seen >= 8, "{seen}");
        let refused = client.post("/v2/conversations", &json!({ "type": "fax" })).await;
        let mut found = Vec::new();
        differences(&refused.json(), &document["components"]["schemas"]["Error"], &document, "error", &mut found);
        assert!(found.is_empty(), "{found:#?}");
    }
}
