//! Tests of contract section 11.1: creating, listing, replacing and deleting webhooks.

use heddle_access::provision;
use heddle_domain::InboxScope;
use heddle_domain::credential::Grant;
use heddle_domain::credential::Scope;
use heddle_domain::id::{AgentId, WebhookId};
use heddle_domain::webhook::WebhookState;
use heddle_helpscout::NAME;
use heddle_store::StoredWebhook;
use heddle_store::read::webhooks::GetWebhook;
use heddle_store::write::webhook::{AllowWebhooks, UpdateWebhook, WebhookReach};
use http::Method;
use serde_json::{Value, json};

use crate::harness::World;
use crate::{Client, created, fragments, operator, refused, rows, with};
use heddle_testkit::on_both;

const WEBHOOKS: &str = "/v2/webhooks";
const URL: &str = "https://hooks.example.com/helpscout?key=sesame";

/// Returns a webhook with its required members only.
fn webhook() -> Value {
    json!({ "url": URL, "events": ["convo.created"], "secret": "wren" })
}

impl Client<'_> {
    /// Creates a webhook, which must succeed; returns its path.
    async fn make(&self, body: &Value) -> String {
        let answer = self.post(WEBHOOKS, body).await;
        let path = format!("{WEBHOOKS}/{}", created(&answer));
        let location = answer.header("location");
        assert_eq!(location, format!("http://heddle.test{path}"));
        path
    }
}

async fn stored(world: &World, path: &str) -> StoredWebhook {
    let id = path.rsplit('/').next().expect("an id");
    let read = GetWebhook {
        account: world.here.account.id,
        reach: WebhookReach::ALL,
        id: WebhookId(id.parse().expect("a number")),
    };
    let found = world.store().read(read).await.expect("a read");
    found.expect("a webhook")
}

/// Returns a client whose app has this grant.
pub(crate) async fn client_with<'a>(world: &'a World, grant: Grant) -> Client<'a> {
    let (name, secret) = (
        heddle_access::secrets::mint_name(),
        heddle_access::secrets::mint_key(),
    );
    let grant = Grant {
        agent: Some(AgentId(world.here.agent.get())),
        ..grant
    };
    let account = &world.here.account;
    let made = provision::create_named(world.store(), account, grant, &name, &secret).await;
    made.expect("a client");
    let form = format!("grant_type=client_credentials&client_id={name}&client_secret={secret}");
    let media = [("content-type", "application/x-www-form-urlencoded")];
    let answer = world
        .send(Method::POST, "/v2/oauth2/token", &media, form)
        .await;
    let token = answer.json()["access_token"]
        .as_str()
        .expect("a token")
        .to_owned();
    Client { world, token }
}

on_both! {
    async fn a_webhook_is_made_and_shown_without_its_secret(world: World) {
        let client = Client::new(&world).await;
        let path = client.make(&webhook()).await;
        let answer = client.get(&path).await;
        assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, "application/hal+json;charset=UTF-8"));
        let id: i64 = path.rsplit('/').next().expect("an id").parse().expect("a number");
        assert_eq!(answer.json(), json!({
            "id": id, "url": URL, "state": "enabled", "events": ["convo.created"], "notification": false,
            "payloadVersion": "V2", "label": "", "mailboxIds": [],
            "_links": { "self": { "href": format!("http://heddle.test{path}") } },
        }));
        let main = world.here.main.get();
        let path = client.make(&with(&webhook(), json!({
            "events": ["customer.created", "convo.created", "customer.created"], "label": "Sync", "notification": true,
            "payloadVersion": "V3", "mailboxIds": [main, main], "whatever": 1,
        }))).await;
        let shown = client.get(&path).await.json();
        let text = client.make(&with(&webhook(), json!({"mailboxIds": [main.to_string()]}))).await;
        assert_eq!(client.get(&text).await.json()["mailboxIds"], json!([main]));
        assert_eq!(shown["events"], json!(["convo.created", "customer.created"]));
        assert_eq!((&shown["label"], &shown["notification"]), (&json!("Sync"), &json!(true)));
        assert_eq!((&shown["payloadVersion"], &shown["mailboxIds"]), (&json!("V3"), &json!([main])));
        assert!(!rows(&world).await.join(" ").contains("sesame"));
    }
}

on_both! {
    async fn the_list_is_paged(world: World) {
        let client = Client::new(&world).await;
        let empty = client.get(WEBHOOKS).await.json();
        assert_eq!(empty["_embedded"], json!({ "webhooks": [] }));
        assert_eq!(empty["page"], json!({ "size": 50, "totalElements": 0, "totalPages": 0, "number": 1 }));
        for at in 0..51 {
            client.make(&with(&webhook(), json!({ "label": at.to_string() }))).await;
        }
        let mut labels = Vec::new();
        let mut path = format!("{WEBHOOKS}?a=b");
        loop {
            let page = client.get(&path).await.json();
            assert_eq!(page["page"]["totalElements"], json!(51));
            let items = page["_embedded"]["webhooks"].as_array().expect("a list");
            labels.extend(items.iter().map(|it| it["label"].as_str().expect("a label").to_owned()));
            let Some(next) = page["_links"]["next"]["href"].as_str() else { break };
            assert!(next.contains("a=b"), "{next}");
            path = next.trim_start_matches("http://heddle.test").to_owned();
        }
        assert_eq!(labels, (0..51).map(|at| at.to_string()).collect::<Vec<_>>());
        let beyond = client.get(&format!("{WEBHOOKS}?page=9")).await.json();
        assert_eq!(beyond["_embedded"], json!({ "webhooks": [] }));
        assert_eq!(refused(&client.get(&format!("{WEBHOOKS}?page=0")).await, 400), ["page"]);
    }
}

on_both! {
    async fn a_put_replaces_everything_and_enables_again(world: World) {
        let client = Client::new(&world).await;
        let main = world.here.main.get();
        let path = client.make(&with(&webhook(), json!({
            "label": "Sync", "notification": true, "mailboxIds": [main],
        }))).await;
        let before = stored(&world, &path).await;
        let off = UpdateWebhook {
            enabled: Some(false),
            ..UpdateWebhook::new(operator(&world.here), WebhookReach::ALL, before.id)
        };
        world.store().write(off).await.expect("switched off");
        assert_eq!(client.get(&path).await.json()["state"], json!("disabled"));
        let body = json!({ "url": "https://b.example/", "events": ["convo.tags"], "secret": "robin" });
        let answer = client.send(Method::PUT, &path, Some(body)).await;
        assert_eq!((answer.status.as_u16(), answer.body.len()), (204, 0));
        let shown = client.get(&path).await.json();
        assert_eq!(shown, with(&shown, json!({
            "url": "https://b.example/", "state": "enabled", "events": ["convo.tags"], "notification": false, "label": "",
            "mailboxIds": [],
        })));
        let after = stored(&world, &path).await;
        assert_eq!((after.state, &after.previous_secret), (WebhookState::Enabled, &None));
        assert_ne!(after.secret, before.secret);
    }
}

on_both! {
    async fn a_deleted_webhook_is_gone(world: World) {
        let client = Client::new(&world).await;
        let path = client.make(&webhook()).await;
        let answer = client.send(Method::DELETE, &path, None).await;
        assert_eq!((answer.status.as_u16(), answer.body.len()), (204, 0));
        assert_eq!(answer.header("content-type"), "text/plain; charset=UTF-8");
        refused(&client.get(&path).await, 404);
        refused(&client.send(Method::DELETE, &path, None).await, 404);
        // The error for an unknown webhook comes before the errors for a bad body.
        refused(&client.send(Method::PUT, &path, Some(json!({}))).await, 404);
        refused(&client.get(&format!("{WEBHOOKS}/x")).await, 404);
        assert_eq!(client.get(WEBHOOKS).await.json()["page"]["totalElements"], json!(0));
    }
}

on_both! {
    async fn every_bad_field_is_named(world: World) {
        let client = Client::new(&world).await;
        let before = rows(&world).await;
        for (changes, expected) in [
            (json!({ "url": null, "events": null, "secret": null }), &["url NotEmpty", "events NotEmpty", "secret NotEmpty"][..]),
            (json!({ "url": 7, "events": {}, "secret": 12345 }), &["url Type", "events Type", "secret Type"]),
            (json!({ "events": [] }), &["events NotEmpty"]),
            (json!({ "events": ["convo.created", "convo.sung", 7] }), &["events[1] EnumValue", "events[2] EnumValue"]),
            (json!({ "secret": "s".repeat(41) }), &["secret Size"]),
            (json!({ "label": "l".repeat(201), "payloadVersion": "V4", "notification": "yes" }),
                &["label Size", "payloadVersion EnumValue", "notification Type"]),
            (json!({ "mailboxIds": [world.foreign.main.get(), "x"] }), &["mailboxIds[0] NotFound", "mailboxIds[1] Type"]),
            (json!({ "url": "hooks.example.com" }), &["url Url"]),
            (json!({ "url": "http://127.0.0.1/" }), &["url Url"]),
            (json!({ "url": "http://2130706433/" }), &["url Url"]),
            (json!({ "url": "https://crm.internal/" }), &["url Url"]),
        ] {
            let answer = client.post(WEBHOOKS, &with_null(changes.clone())).await;
            let mut found: Vec<_> = refused(&answer, 400).into_iter().zip(fragments(&answer))
                .map(|(path, fragment)| format!("{path} {fragment}")).collect();
            found.sort_unstable();
            let mut expected = expected.to_vec();
            expected.sort_unstable();
            assert_eq!(found, expected, "{changes}");
            let echoed = answer.json().to_string();
            assert!(!echoed.contains("12345") && !echoed.contains("ssss"), "{echoed}");
        }
        assert_eq!(rows(&world).await, before);
    }
}

/// Returns a webhook with some members replaced, null included.
fn with_null(changes: Value) -> Value {
    let mut body = webhook();
    for (name, value) in changes.as_object().expect("an object") {
        body[name] = value.clone();
    }
    body
}

on_both! {
    async fn every_name_of_the_contract_is_an_event(world: World) {
        let client = Client::new(&world).await;
        let names: Vec<&str> = "convo.assigned convo.created convo.deleted convo.merged convo.moved convo.status convo.tags \
            convo.custom-fields convo.customer.reply.created convo.agent.reply.created convo.note.created customer.created \
            customer.updated customer.deleted satisfaction.ratings beacon.chat.created beacon.chat.customer.replied \
            tag.created tag.updated tag.deleted message.survey.response.received user.status.changed organization.created \
            organization.updated organization.deleted convo.ai-answers.created beacon.chat.agent.replied beacon.chat.assigned"
            .split_whitespace().collect();
        let path = client.make(&with(&webhook(), json!({ "events": names }))).await;
        assert_eq!(client.get(&path).await.json()["events"], json!(names));
    }
}

on_both! {
    async fn an_app_of_some_inboxes_gets_their_events_only(world: World) {
        let (main, second) = (world.here.main, world.here.second);
        let some = client_with(&world, Grant::full(NAME, InboxScope::only([main]))).await;
        let path = some.make(&webhook()).await;
        assert_eq!(some.get(&path).await.json()["mailboxIds"], json!([main.get()]));
        let other = with(&webhook(), json!({ "mailboxIds": [second.get()] }));
        assert_eq!(refused(&some.post(WEBHOOKS, &other).await, 400), ["mailboxIds[0]"]);
        let all = Client::new(&world).await;
        let wide = all.make(&webhook()).await;
        refused(&some.get(&wide).await, 404);
        assert_eq!(some.get(WEBHOOKS).await.json()["page"]["totalElements"], json!(1));
        assert_eq!(all.get(WEBHOOKS).await.json()["page"]["totalElements"], json!(2));
    }
}

on_both! {
    async fn an_app_needs_the_scopes(world: World) {
        let path = Client::new(&world).await.make(&webhook()).await;
        let full = || Grant::full(NAME, InboxScope::All);
        let reader = client_with(&world, full().without(Scope::WebhooksWrite)).await;
        assert_eq!(reader.get(&path).await.status, 200);
        for (method, path, body) in [
            (Method::POST, WEBHOOKS, Some(webhook())),
            (Method::PUT, path.as_str(), Some(webhook())),
            (Method::DELETE, path.as_str(), None),
        ] {
            refused(&reader.send(method, path, body).await, 403);
        }
        let writer = client_with(&world, full().without(Scope::WebhooksRead)).await;
        refused(&writer.get(WEBHOOKS).await, 403);
        refused(&writer.get(&path).await, 403);
        // An app subscribes only to events whose resources it may read.
        let no_messages = client_with(&world, full().without(Scope::MessagesRead)).await;
        refused(&no_messages.post(WEBHOOKS, &webhook()).await, 403);
        no_messages.make(&with(&webhook(), json!({ "events": ["customer.created"] }))).await;
    }
}

on_both! {
    async fn an_internal_url_needs_the_operators_permission(world: World) {
        let client = Client::new(&world).await;
        let inside = with(&webhook(), json!({ "url": "http://127.0.0.1:9/x" }));
        assert_eq!(refused(&client.post(WEBHOOKS, &inside).await, 400), ["url"]);
        let allow = AllowWebhooks {
            caller: operator(&world.here),
            entries: "127.0.0.0/8".into(),
        };
        world.store().write(allow).await.expect("allowed");
        client.make(&inside).await;
    }
}
