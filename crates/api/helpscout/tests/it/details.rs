//! Tests of single facts of the contract that belong to no larger story.

use serde_json::{Value, json};

use crate::harness::World;
use crate::{Client, conversation, created, done, fragments, refused, thread, with};
use heddle_testkit::on_both;

/// Returns the links of a value and of everything in it, without templates.
fn links(of: &Value, found: &mut Vec<String>) {
    match of {
        Value::Object(members) => {
            for (name, value) in members {
                if name != "_links" {
                    links(value, found);
                    continue;
                }
                let all = value.as_object().expect("links").values();
                let plain = all.filter(|link| link["templated"] != true);
                found.extend(plain.map(|link| link["href"].as_str().expect("a link").to_owned()));
            }
        }
        Value::Array(items) => items.iter().for_each(|item| links(item, found)),
        _ => {}
    }
}

on_both! {
    async fn every_link_works_when_it_is_followed(world: World) {
        let client = Client::new(&world).await;
        let file = json!([{ "fileName": "a.txt", "mimeType": "text/plain", "data": "YQ==" }]);
        let changes = json!({ "assignTo": world.here.agent.get(), "tags": ["kettle"] });
        let id = client.create(&with(&conversation(&world), changes)).await;
        created(&client.add(id, "notes", &json!({ "text": "Seen", "attachments": file })).await);
        done(&client.patch(id, "replace", "/status", json!("closed")).await);
        let located = json!({ "city": "Ulm", "state": "BW", "postalCode": "89073", "country": "DE" });
        assert_eq!(client.post(&format!("/v2/customers/{}/address", world.here.customer), &located).await.status, 201);
        let mut seen = Vec::new();
        for path in [
            format!("/v2/conversations/{id}?embed=threads"), "/v2/conversations?status=all".to_owned(),
            format!("/v2/conversations/{id}/threads"), format!("/v2/customers/{}", world.here.customer),
            "/v2/mailboxes".to_owned(), format!("/v2/mailboxes/{}/folders", world.here.main),
            format!("/v2/mailboxes/{}/fields", world.here.main), "/v2/users".to_owned(), "/v2/teams".to_owned(), "/v2/tags".to_owned(),
        ] {
            let answer = client.get(&path).await;
            assert_eq!(answer.status, 200, "{path}");
            links(&answer.json(), &mut seen);
        }
        seen.sort_unstable();
        seen.dedup();
        assert!(seen.iter().any(|link| link.contains("/attachments/")) && seen.len() > 25, "{seen:?}");
        for link in seen {
            let path = link.strip_prefix("http://heddle.test").expect("our base");
            assert_eq!(client.get(path).await.status, 200, "{path}");
        }
    }
}

on_both! {
    async fn a_thread_finds_its_customer_by_any_of_its_addresses(world: World) {
        let client = Client::new(&world).await;
        let customer = world.here.customer.get();
        let other = json!({ "type": "work", "value": "second.address@example.com" });
        created(&client.post(&format!("/v2/customers/{customer}/emails"), &other).await);
        let id = client.conversation().await;
        let by_address = json!({ "text": "x", "customer": { "email": "Second.Address@example.com" } });
        created(&client.add(id, "phones", &by_address).await);
        assert_eq!(client.threads(id).await[0]["customer"]["id"], customer);
    }
}

on_both! {
    async fn errors_lead_to_their_explanation(world: World) {
        let client = Client::new(&world).await;
        let id = client.conversation().await;
        let body = json!({ "text": "x", "customer": { "email": "nobody" } });
        assert_eq!(fragments(&client.add(id, "phones", &body).await), ["Email"]);
        let file = json!([{ "fileName": "a", "mimeType": "text/plain", "data": "%" }]);
        let body = with(&thread(&world), json!({ "attachments": file }));
        assert_eq!(fragments(&client.add(id, "phones", &body).await), ["Base64"]);
        let grant = json!({ "grant_type": "client_credentials", "client_id": "x", "client_secret": "y" });
        let answer = client.post("/v2/oauth2/token", &grant).await;
        assert_eq!(answer.status, 401);
        assert_eq!(answer.json()["error_description"], "Invalid client authentication");
    }
}

on_both! {
    async fn one_thread_has_no_resource(world: World) {
        let client = Client::new(&world).await;
        let id = client.conversation().await;
        let thread = client.threads(id).await[0]["id"].clone();
        refused(&client.get(&format!("/v2/conversations/{id}/threads/{thread}")).await, 400);
    }
}

on_both! {
    async fn a_preview_has_185_characters(world: World) {
        let client = Client::new(&world).await;
        let id = client.conversation().await;
        let text = "ä1".repeat(200);
        created(&client.add(id, "phones", &with(&thread(&world), json!({ "text": text }))).await);
        let preview = client.shown(id).await["preview"].as_str().expect("a preview").to_owned();
        assert!(text.starts_with(&preview), "{preview}");
        assert_eq!(preview.chars().count(), 185);
    }
}

on_both! {
    async fn contradiction_19_the_state_of_a_new_conversation_is_ignored(world: World) {
        let client = Client::new(&world).await;
        let body = with(&conversation(&world), json!({ "state": "draft" }));
        let id = client.create(&body).await;
        assert_eq!(client.shown(id).await["state"], "published");
    }
}

on_both! {
    async fn no_attachments_may_be_sent_as_an_empty_list(world: World) {
        let client = Client::new(&world).await;
        let id = client.conversation().await;
        for kind in crate::FIVE {
            let body = with(&thread(&world), json!({ "attachments": [] }));
            created(&client.add(id, kind, &body).await);
        }
        assert_eq!(client.threads(id).await.len(), 1 + crate::FIVE.len());
    }
}
