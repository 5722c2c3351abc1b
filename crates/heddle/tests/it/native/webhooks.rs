//! Tests of webhooks over the native API: accepted and refused fields, visibility, secrets, deliveries and replays.

use heddle_access::provision;
use heddle_domain::InboxScope;
use heddle_domain::credential::Grant;
use heddle_domain::credential::Scope;
use heddle_domain::id::{EventId, WebhookId};
use heddle_domain::webhook::{DisableRule, Policy, Schedule};
use heddle_native::NAME;
use heddle_store::write::delivery::{
    AttemptOutcome, NewAttempt, NewDelivery, SentDelivery, SettleDeliveries, Settled,
};
use heddle_store::write::lease::ClaimWebhook;
use heddle_store::write::webhook::AllowWebhooks;
use heddle_testkit::Receiver;
use heddle_testkit::receiver::Reply;
use http::Method;
use serde_json::{Value, json};

use super::problem;
use crate::catalogue::native;
use crate::harness::{Answer, Tenant, World};
use crate::matrix::dump;
use heddle_testkit::on_both;

const WEBHOOKS: &str = "/api/v1/webhooks";
const URL: &str = "https://hooks.example.com/in?Token=sesame";

/// A client with a token.
struct Client<'a> {
    world: &'a World,
    token: String,
}

impl<'a> Client<'a> {
    fn new(world: &'a World) -> Self {
        Self {
            world,
            token: world.here.native_token.clone(),
        }
    }

    async fn with(world: &'a World, grant: Grant) -> Self {
        let token = heddle_access::secrets::mint_key();
        let account = &world.here.account;
        let made = provision::create_key(world.store(), account, grant, &token).await;
        made.expect("a key");
        Self { world, token }
    }

    async fn limited(world: &'a World) -> Self {
        Self::with(
            world,
            Grant::full(NAME, InboxScope::only([world.here.main])),
        )
        .await
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
        extra: &[(&'static str, String)],
    ) -> Answer {
        let mut sample = native(method, path.to_owned(), &self.token, body);
        sample.headers.extend_from_slice(extra);
        sample.send(self.world).await
    }

    async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None, &[]).await
    }

    async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(Method::POST, path, Some(body), &[]).await
    }

    async fn patch(&self, path: &str, body: Value) -> Answer {
        self.send(Method::PATCH, path, Some(body), &[]).await
    }

    /// Creates a webhook, which must succeed; returns it with its path.
    async fn make(&self, body: Value) -> (Value, String) {
        let answer = self.post(WEBHOOKS, body).await;
        assert_eq!(answer.status, 201, "{}", answer.json());
        let path = answer.header("location").to_owned();
        assert_eq!(path, format!("{WEBHOOKS}/{}", answer.json()["id"]));
        (answer.json(), path)
    }
}

fn new_webhook() -> Value {
    json!({ "api": "native", "url": URL, "events": ["message.added"] })
}

/// Replaces members of a body.
fn with(mut body: Value, members: Value) -> Value {
    let members = members.as_object().expect("an object").clone();
    body.as_object_mut().expect("an object").extend(members);
    body
}

/// Returns the faults of a 422 response: field and code.
fn faults(answer: &Answer) -> Vec<String> {
    let body = problem(answer, 422, "invalid");
    let errors = body["errors"].as_array().expect("errors");
    let text = |error: &Value, name: &str| error[name].as_str().expect("a text").to_owned();
    errors
        .iter()
        .map(|error| format!("{} {}", text(error, "field"), text(error, "code")))
        .collect()
}

fn secret_of(body: &Value) -> String {
    body["secret"].as_str().expect("a secret").to_owned()
}

on_both! {
    async fn a_webhook_is_created_shown_changed_and_deleted(world: World) {
        let client = Client::new(&world);
        let main = world.here.main.get();
        let (made, path) = client.make(with(new_webhook(), json!({
            "label": "Warehouse", "events": ["message.added", "customer.created"], "inbox_ids": [main, main], "ordered": true,
        }))).await;
        assert!(secret_of(&made).starts_with("whsec_"));
        let mut shown = made.clone();
        shown.as_object_mut().expect("an object").remove("secret");
        let got = client.get(&path).await;
        assert_eq!(got.json(), shown);
        assert_eq!(shown, json!({
            "id": made["id"], "api": "native", "label": "Warehouse", "url": "https://hooks.example.com/in?***",
            "events": ["message.added", "customer.created"], "inbox_ids": [main], "ordered": true, "allow": [],
            "application_id": null, "options": {}, "state": "enabled", "disabled_reason": null, "disabled_at": null,
            "previous_secret_until": null, "credential_id": made["credential_id"],
            "created_at": "2026-03-04T09:15:00.000Z",
        }));
        assert!(made["credential_id"].is_i64());
        world.store().drain_feed().await.expect("positions");
        let standing = client.get(&format!("{path}/standing")).await.json();
        assert_eq!(standing, json!({
            "events_behind": 1, "oldest_event_at": "2026-03-04T09:15:00.000Z", "oldest_event_age_seconds": 0, "paused_until": null,
            "failing_since": null, "given_up_in_a_row": 0, "last_success_at": null, "next_attempt_at": null,
        }));
        let listed = client.get(WEBHOOKS).await.json();
        assert_eq!(listed, json!({ "data": [shown], "next_cursor": null }));

        let change = json!({
            "label": "", "url": "https://b.example/x", "events": ["inbox.created"], "inbox_ids": null, "ordered": false,
            "state": "disabled",
        });
        let changed = client.patch(&path, change).await;
        assert_eq!(changed.status, 200, "{}", changed.json());
        let body = changed.json();
        assert_eq!(body, with(shown, json!({
            "label": "", "url": "https://b.example/x", "events": ["inbox.created"], "inbox_ids": null, "ordered": false,
            "state": "disabled", "disabled_reason": "asked", "disabled_at": "2026-03-04T09:15:00.000Z",
        })));
        assert_ne!(changed.header("etag"), got.header("etag"));

        let deleted = client.send(Method::DELETE, &path, None, &[]).await;
        assert_eq!((deleted.status.as_u16(), deleted.body.len()), (204, 0));
        for path in [path.clone(), format!("{path}/deliveries"), format!("{path}/standing")] {
            problem(&client.get(&path).await, 404, "not-found");
        }
        assert_eq!(client.get(WEBHOOKS).await.json()["data"], json!([]));
    }
}

on_both! {
    async fn the_store_holds_secrets_and_urls_only_encrypted(world: World) {
        let client = Client::new(&world);
        let key = [("idempotency-key", "one".to_owned())];
        let answer = client.send(Method::POST, WEBHOOKS, Some(new_webhook()), &key).await;
        let secret = secret_of(&answer.json());
        let again = client.send(Method::POST, WEBHOOKS, Some(new_webhook()), &key).await;
        assert_eq!((again.header("idempotent-replayed"), again.json()), ("true", answer.json()));
        let path = answer.header("location");
        let change = json!({ "url": "https://hooks.example.com/in?Token=other" });
        assert_eq!(client.patch(path, change).await.status, 200);
        let rotated = client.post(&format!("{path}/rotate-secret"), json!({})).await.json();
        let rows = dump(&world).await.join("\n");
        assert!(rows.contains("webhook|") && rows.contains("idempotency_key|"), "{rows}");
        for secret in [secret.as_str(), &secret_of(&rotated), "sesame", "Token=other"] {
            assert!(!rows.contains(secret), "{secret}");
        }
    }
}

on_both! {
    async fn every_bad_field_is_named(world: World) {
        let client = Client::new(&world);
        let main = world.here.main.get();
        for (members, expected) in [
            (json!({ "events": ["message.added", "convo.created", "messages"] }), &["events[1] invalid", "events[2] invalid"][..]),
            (json!({ "events": ["message.added", "void"] }), &["events[1] choice"]),
            (json!({ "events": ["message.added", "message.added"] }), &["events[1] duplicate"]),
            (json!({ "events": [] }), &["events length"]),
            (json!({ "events": ["tag.created", "message.added", "account.updated"], "inbox_ids": [main] }),
                &["events[0] invalid", "events[2] invalid"]),
            (json!({ "inbox_ids": [] }), &["inbox_ids length"]),
            (json!({ "inbox_ids": [main, 999_999] }), &["inbox_ids not-found"]),
            (json!({ "secret": "sesame", "application_id": 1, "allow": ["10.0.0.0/8", "a b"] }),
                &["application_id invalid", "secret invalid", "allow[1] invalid", "allow invalid"]),
            (json!({ "options": { "notification": true } }), &["options.notification invalid"]),
            (json!({ "options": { "colour": "red" } }), &["options.colour unknown"]),
            (json!({ "api": "magicline2" }), &["api choice"]),
            (json!({ "state": "deleted" }), &["state choice"]),
            (json!({ "url": "hooks.example.com" }), &["url format"]),
        ] {
            let answer = client.post(WEBHOOKS, with(new_webhook(), members.clone())).await;
            assert_eq!(faults(&answer), expected, "{members}");
        }
        let (_, path) = client.make(new_webhook()).await;
        for (change, expected) in [
            (json!({ "events": ["convo.created"], "skip_backlog": true }), &["skip_backlog invalid", "events[0] invalid"][..]),
            (json!({ "inbox_ids": [main], "events": ["agent.created"] }), &["events[0] invalid"]),
            (json!({ "url": null }), &["url type"]),
            (json!({ "url": "ftp://hooks.example.com/" }), &["url invalid"]),
            (json!({ "allow": ["crm.lan"] }), &["allow invalid"]),
            (json!({ "api": "mews" }), &["api unknown"]),
            (json!({ "secret": "x" }), &["secret unknown"]),
        ] {
            assert_eq!(faults(&client.patch(&path, change.clone()).await), expected, "{change}");
        }
        for (body, expected) in [
            (json!({ "secret": "whsec_" }), "secret invalid"),
            (json!({ "keep_previous_seconds": 604_801 }), "keep_previous_seconds range"),
        ] {
            assert_eq!(faults(&client.post(&format!("{path}/rotate-secret"), body).await), [expected]);
        }
    }
}

on_both! {
    async fn an_internal_url_needs_the_operator(world: World) {
        let client = Client::new(&world);
        let at = |url: &str| with(new_webhook(), json!({ "url": url }));
        for url in [
            "http://127.0.0.1:9/x", "http://2130706433/", "http://0x7f.1/", "http://[::1]/", "http://[::ffff:10.0.0.1]/",
            "http://169.254.169.254/latest", "https://localhost/", "https://crm/", "https://crm.internal/",
            "https://user:pw@hooks.example.com/", "https://hooks.example.com/#x", "https://hooks.example.com:0/",
        ] {
            assert_eq!(faults(&client.post(WEBHOOKS, at(url)).await), ["url invalid"], "{url}");
        }
        let allow = AllowWebhooks {
            caller: provision::operator_caller(&world.here.account),
            entries: "127.0.0.0/8,crm.internal".into(),
        };
        world.store().write(allow).await.expect("allowed");
        let (_, path) = client.make(at("http://127.0.0.1:9/x")).await;
        client.make(at("https://crm.internal/")).await;
        // A webhook's own allow list restricts what it may reach, for a new URL and for the existing one.
        let narrowed = json!({ "allow": ["127.0.0.2/32"] });
        assert_eq!(faults(&client.patch(&path, narrowed).await), ["url invalid"]);
        let kept = client.patch(&path, json!({ "allow": ["127.0.0.1/32"] })).await;
        assert_eq!(kept.json()["allow"], json!(["127.0.0.1/32"]));
        let moved = json!({ "url": "http://127.0.0.3/" });
        assert_eq!(faults(&client.patch(&path, moved).await), ["url invalid"]);
        // An address allowed for one account stays refused for another.
        let foreign = Client { world: &world, token: world.foreign.native_token.clone() };
        assert_eq!(faults(&foreign.post(WEBHOOKS, at("http://127.0.0.1:9/x")).await), ["url invalid"]);
    }
}

on_both! {
    async fn a_token_limited_to_inboxes_creates_and_sees_only_webhooks_of_these(world: World) {
        let (all, some) = (Client::new(&world), Client::limited(&world).await);
        let (main, second) = (world.here.main.get(), world.here.second.get());
        let of = |inboxes: Value| with(new_webhook(), json!({ "inbox_ids": inboxes }));
        let (wide, wide_path) = all.make(new_webhook()).await;
        let (_, both_path) = all.make(of(json!([main, second]))).await;
        let (mine, mine_path) = some.make(of(json!([main]))).await;
        assert_eq!(faults(&some.post(WEBHOOKS, new_webhook()).await), ["inbox_ids invalid"]);
        assert_eq!(faults(&some.post(WEBHOOKS, of(json!([main, second]))).await), ["inbox_ids[1] not-found"]);
        assert_eq!(faults(&some.patch(&mine_path, json!({ "inbox_ids": null })).await), ["inbox_ids invalid"]);
        let listed = some.get(WEBHOOKS).await.json();
        let ids: Vec<&Value> = listed["data"].as_array().expect("a list").iter().map(|it| &it["id"]).collect();
        assert_eq!(ids, [&mine["id"]]);
        for path in [&wide_path, &both_path] {
            let before = dump(&world).await;
            problem(&some.get(path).await, 404, "not-found");
            problem(&some.patch(path, json!({ "label": "x" })).await, 404, "not-found");
            problem(&some.post(&format!("{path}/rotate-secret"), json!({})).await, 404, "not-found");
            problem(&some.post(&format!("{path}/replay"), json!({ "from_delivery_id": 1 })).await, 404, "not-found");
            for action in ["ping", "deliveries/1/replay"] {
                let answer = some.send(Method::POST, &format!("{path}/{action}"), None, &[]).await;
                problem(&answer, 404, "not-found");
            }
            problem(&some.send(Method::DELETE, path, None, &[]).await, 404, "not-found");
            assert_eq!(dump(&world).await, before);
        }
        assert_eq!(all.get(WEBHOOKS).await.json()["data"].as_array().map(Vec::len), Some(3));
        assert!(wide["inbox_ids"].is_null());
    }
}

on_both! {
    async fn a_caller_cannot_subscribe_to_events_that_it_may_not_read(world: World) {
        let full = Client::new(&world);
        let grant = Grant::full(NAME, InboxScope::All).without(Scope::CredentialsRead);
        let less = Client::with(&world, grant).await;
        let about = |event: &str| with(new_webhook(), json!({ "events": ["message.added", event] }));
        let forbidden = |answer: &Answer| {
            let body = problem(answer, 403, "forbidden");
            assert!(body["detail"].as_str().expect("words").contains("credentials.read"), "{body}");
        };
        forbidden(&less.post(WEBHOOKS, about("credential.created")).await);
        let (_, own) = less.make(about("agent.created")).await;
        forbidden(&less.patch(&own, json!({ "events": ["credential.revoked"] })).await);
        // A caller without this scope cannot change the URL of another webhook.
        let (_, other) = full.make(about("credential.created")).await;
        forbidden(&less.patch(&other, json!({ "url": "https://me.example/" })).await);
        assert_eq!(less.patch(&other, json!({ "label": "x" })).await.status, 200);
        // Nor can this caller read that webhook's deliveries.
        settle(&world, &world.here, &other, &[("credential.created", 200), ("message.added", 200)]).await;
        let ids = delivery_ids(&full, &other, "").await;
        forbidden(&less.get(&format!("{other}/deliveries/{}", ids[1])).await);
        assert_eq!(less.get(&format!("{other}/deliveries/{}", ids[0])).await.status, 200);
        assert_eq!(full.get(&format!("{other}/deliveries/{}", ids[1])).await.status, 200);
    }
}

on_both! {
    async fn all_events_of_some_inboxes_need_no_scopes_for_the_others(world: World) {
        use Scope::{AgentsRead, CredentialsRead, MessagesRead};
        let main = world.here.main.get();
        let all_events = |inboxes: Value| with(new_webhook(), json!({ "events": ["*"], "inbox_ids": inboxes }));
        let grant = Grant::full(NAME, InboxScope::All).without(AgentsRead).without(CredentialsRead);
        let less = Client::with(&world, grant.clone()).await;
        let (_, path) = less.make(all_events(json!([main]))).await;
        problem(&less.post(WEBHOOKS, all_events(Value::Null)).await, 403, "forbidden");
        problem(&less.patch(&path, json!({ "inbox_ids": null })).await, 403, "forbidden");
        // These occur in its inboxes.
        for scope in [MessagesRead, Scope::AccountRead] {
            let blind = Client::with(&world, grant.clone().without(scope)).await;
            problem(&blind.post(WEBHOOKS, all_events(json!([main]))).await, 403, "forbidden");
            problem(&blind.patch(&path, json!({ "url": "https://me.example/" })).await, 403, "forbidden");
        }
    }
}

on_both! {
    async fn a_change_applies_only_to_the_version_that_the_client_names(world: World) {
        let client = Client::new(&world);
        let (_, path) = client.make(new_webhook()).await;
        let tag = client.get(&path).await.header("etag").to_owned();
        let seen = [("if-none-match", tag.clone())];
        let unchanged = client.send(Method::GET, &path, None, &seen).await;
        assert_eq!((unchanged.status.as_u16(), unchanged.body.len()), (304, 0));
        let based = [("if-match", tag)];
        let label = |label: &str| Some(json!({ "label": label }));
        let first = client.send(Method::PATCH, &path, label("first"), &based).await;
        assert_eq!(first.status, 200);
        let rotate = format!("{path}/rotate-secret");
        for (method, path, body) in [
            (Method::PATCH, &path, label("second")),
            (Method::POST, &rotate, Some(json!({}))),
            (Method::DELETE, &path, None),
        ] {
            problem(&client.send(method, path, body, &based).await, 412, "stale");
        }
        assert_eq!(client.get(&path).await.json()["label"], json!("first"));
        let based = [("if-match", first.header("etag").to_owned())];
        assert_eq!(client.send(Method::DELETE, &path, None, &based).await.status, 204);
    }
}

on_both! {
    async fn the_old_secret_stays_valid_for_a_while_after_a_rotation(world: World) {
        let client = Client::new(&world);
        let (made, path) = client.make(new_webhook()).await;
        let rotate = format!("{path}/rotate-secret");
        let first = client.post(&rotate, json!({})).await;
        assert_eq!(first.status, 200, "{}", first.json());
        let body = first.json();
        assert_ne!(secret_of(&body), secret_of(&made));
        assert_eq!(body["previous_secret_until"], json!("2026-03-05T09:15:00.000Z"));
        assert!(!first.header("etag").is_empty());
        let chosen = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz";
        let second = json!({ "secret": chosen, "keep_previous_seconds": 60 });
        let key = [("idempotency-key", "turn".to_owned())];
        let second = client.send(Method::POST, &rotate, Some(second), &key).await.json();
        assert_eq!(second["previous_secret_until"], json!("2026-03-04T09:16:00.000Z"));
        assert_eq!(secret_of(&second), chosen);
        let third = client.post(&rotate, json!({ "keep_previous_seconds": 0 })).await.json();
        assert_eq!(third["previous_secret_until"], Value::Null);
        assert!(client.get(&path).await.json().get("secret").is_none());
    }
}

on_both! {
    async fn a_disabled_webhook_can_be_enabled_again(world: World) {
        let client = Client::new(&world);
        let (made, path) = client.make(with(new_webhook(), json!({ "state": "disabled" }))).await;
        assert_eq!((&made["state"], &made["disabled_reason"]), (&json!("disabled"), &json!("asked")));
        let on = json!({ "state": "enabled", "skip_backlog": true });
        let enabled = client.patch(&path, on.clone()).await;
        assert_eq!(enabled.status, 200, "{}", enabled.json());
        let body = enabled.json();
        assert_eq!((&body["state"], &body["disabled_at"]), (&json!("enabled"), &Value::Null));
        problem(&client.patch(&path, on).await, 409, "conflict");
        let again = client.patch(&path, json!({ "state": "enabled" })).await;
        assert_eq!(again.json()["state"], json!("enabled"));
    }
}

/// Records first attempts, as a node does that sends for the webhook.
pub(crate) async fn settle(world: &World, tenant: &Tenant, path: &str, sent: &[(&str, u16)]) {
    let id = path.rsplit('/').next().expect("an id");
    let id = WebhookId(id.parse().expect("a number"));
    let (account, holder) = (tenant.account.id, "a test".to_owned());
    let claim = ClaimWebhook {
        account,
        id,
        holder: holder.clone(),
        lease_ms: 1_000,
    };
    let claimed = world.store().write(claim).await.expect("a write");
    let claimed = claimed.expect("it is free");
    let position = claimed.position;
    let outcome = |(name, status): &(&str, u16)| AttemptOutcome {
        sent: SentDelivery::First(NewDelivery {
            event: EventId(7),
            events: 1,
            name: (*name).into(),
            headers: r#"{"content-type":"application/json"}"#.into(),
            body: format!(r#"{{"type":"{name}"}}"#),
        }),
        attempt: NewAttempt {
            started_at: world.app.now(),
            ended_at: world.app.now().plus_ms(12),
            duration_ms: 12,
            status: (*status > 0).then_some(*status),
            answer: (*status > 0).then(|| "thanks".into()),
            error: (*status == 0).then(|| "nobody there".into()),
            retry_after: None,
        },
        chance: 0.5,
    };
    let settle = SettleDeliveries {
        account,
        id,
        holder,
        lease_ms: 1_000,
        token: claimed.webhook.settled + 1,
        from: position,
        to: position,
        inboxes_since: claimed.webhook.inboxes_since,
        policy: Policy {
            schedule: Schedule::Fixed(&[60_000]),
            disable: DisableRule::Never,
            gone_disables: false,
        },
        outcomes: sent.iter().map(outcome).collect(),
    };
    let settled = world.store().write(settle).await.expect("a write");
    assert!(matches!(settled, Settled::Kept { .. }), "{settled:?}");
}

/// Returns the ids of a webhook's deliveries, in order, page by page.
async fn delivery_ids(client: &Client<'_>, path: &str, filter: &str) -> Vec<i64> {
    let mut ids = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = client
            .get(&format!("{path}/deliveries?limit=2{filter}{cursor}"))
            .await;
        assert_eq!(page.status, 200, "{}", page.json());
        let body = page.json();
        let data = body["data"].as_array().expect("a list");
        assert!(data.len() <= 2);
        ids.extend(data.iter().map(|it| it["id"].as_i64().expect("an id")));
        match body["next_cursor"].as_str() {
            None => return ids,
            Some(next) => cursor = format!("&cursor={next}"),
        }
    }
}

on_both! {
    async fn deliveries_are_shown_with_every_attempt(world: World) {
        let client = Client::new(&world);
        let (_, path) = client.make(new_webhook()).await;
        settle(&world, &world.here, &path, &[("message.added", 200), ("message.updated", 500), ("message.added", 0)]).await;
        let all = delivery_ids(&client, &path, "").await;
        assert_eq!(all.len(), 3);
        assert!(all.is_sorted_by(|a, b| a > b), "newest first: {all:?}");
        assert_eq!(delivery_ids(&client, &path, "&state=delivered").await, [all[2]]);
        assert_eq!(delivery_ids(&client, &path, "&state=pending").await, all[..2]);
        assert_eq!(delivery_ids(&client, &path, "&state=failed").await, [0; 0]);
        assert_eq!(delivery_ids(&client, &path, "&event=message.added").await, [all[0], all[2]]);
        assert_eq!(delivery_ids(&client, &path, "&event=message.added&state=pending").await, [all[0]]);
        assert_eq!(faults(&client.get(&format!("{path}/deliveries?state=lost")).await), ["state choice"]);

        let one = client.get(&format!("{path}/deliveries/{}", all[0])).await.json();
        assert_eq!(one, json!({
            "id": all[0], "event": "message.added", "event_id": 7, "events": 1, "state": "pending", "attempt_count": 1,
            "next_attempt_at": "2026-03-04T09:16:00.012Z", "problem": null, "created_at": "2026-03-04T09:15:00.000Z",
            "request": { "headers": { "content-type": "application/json" }, "body": "{\"type\":\"message.added\"}" },
            "attempts": [{
                "number": 1, "started_at": "2026-03-04T09:15:00.000Z", "duration_ms": 12, "status": null, "answer": null,
                "error": "nobody there",
            }],
        }));
        let taken = client.get(&format!("{path}/deliveries/{}", all[2])).await.json();
        assert_eq!((&taken["attempts"][0]["status"], &taken["attempts"][0]["answer"]), (&json!(200), &json!("thanks")));
        let standing = client.get(&format!("{path}/standing")).await.json();
        assert_eq!(standing["failing_since"], json!("2026-03-04T09:15:00.012Z"));
        assert_eq!(standing["last_success_at"], json!("2026-03-04T09:15:00.012Z"));
        assert_eq!(standing["next_attempt_at"], json!("2026-03-04T09:16:00.012Z"));
    }
}

on_both! {
    async fn deliveries_are_sent_again_one_by_one_or_by_range(world: World) {
        let client = Client::new(&world);
        let (_, path) = client.make(new_webhook()).await;
        settle(&world, &world.here, &path, &[("message.added", 200), ("message.added", 500)]).await;
        world.test.clock.advance(60_000);
        settle(&world, &world.here, &path, &[("message.added", 200)]).await;
        let ids = delivery_ids(&client, &path, "").await;
        let pending = || async { delivery_ids(&client, &path, "&state=pending").await };
        assert_eq!(pending().await, [ids[1]]);
        let one = format!("{path}/deliveries/{}/replay", ids[0]);
        let key = [("idempotency-key", "again".to_owned())];
        for replayed in ["", "true"] {
            let answer = client.send(Method::POST, &one, None, &key).await;
            assert_eq!(answer.status, 202, "{}", answer.json());
            assert_eq!(answer.json(), json!({ "deliveries": 1, "next_delivery_id": null }));
            assert_eq!(answer.header("idempotent-replayed"), replayed);
        }
        assert_eq!(pending().await, ids[..2]);

        let replay = format!("{path}/replay");
        for (range, many) in [
            (json!({ "from": "2026-03-04T09:15:00Z", "to": "2026-03-04T09:16:00Z", "state": "delivered" }), 1),
            (json!({ "from": "2026-03-04T10:16:00+01:00" }), 1),
            (json!({ "from_delivery_id": ids[1] }), 2),
            (json!({ "from": "2026-03-04T09:17:00Z" }), 0),
        ] {
            let answer = client.post(&replay, range.clone()).await;
            assert_eq!(answer.status, 202, "{range}: {}", answer.json());
            assert_eq!(answer.json(), json!({ "deliveries": many, "next_delivery_id": null }), "{range}");
        }
        assert_eq!(pending().await, ids);
        assert_eq!(faults(&client.post(&replay, json!({})).await), ["from invalid"]);
        let backwards = json!({ "from": "2026-03-04T09:15:00Z", "to": "2026-03-04T09:15:00Z" });
        assert_eq!(faults(&client.post(&replay, backwards).await), ["to invalid"]);
    }
}

on_both! {
    async fn a_ping_returns_the_receivers_response(world: World) {
        let client = Client::new(&world);
        let receiver = Receiver::answering(|_| Reply::With(418, "x".repeat(5_000))).await;
        let allow = AllowWebhooks {
            caller: provision::operator_caller(&world.here.account),
            entries: "127.0.0.1".into(),
        };
        world.store().write(allow).await.expect("allowed");
        let url = json!({ "url": format!("{}/in?Token=sesame", receiver.url()), "state": "disabled" });
        let (made, path) = client.make(with(new_webhook(), url)).await;
        let ping = format!("{path}/ping");
        let key = [("idempotency-key", "ping".to_owned())];
        let answer = client.send(Method::POST, &ping, None, &key).await;
        assert_eq!(answer.status, 200, "{}", answer.json());
        let body = answer.json();
        assert_eq!((&body["taken"], &body["status"], &body["error"]), (&json!(false), &json!(418), &Value::Null));
        assert_eq!(body["answer"].as_str().map(str::len), Some(2_048));
        let got = receiver.received();
        assert_eq!((got.len(), got[0].path.as_str()), (1, "/in?Token=sesame"));
        assert_eq!(got[0].json()["data"]["webhook_id"], made["id"]);
        let again = client.send(Method::POST, &ping, None, &key).await;
        assert_eq!((again.json(), receiver.received().len()), (body, 1));
        assert_eq!(client.get(&format!("{path}/deliveries")).await.json()["data"], json!([]));
    }
}

on_both! {
    async fn deliveries_about_other_inboxes_stay_hidden(world: World) {
        let (all, some) = (Client::new(&world), Client::limited(&world).await);
        let (main, second) = (world.here.main.get(), world.here.second.get());
        let (_, path) = all.make(with(new_webhook(), json!({ "inbox_ids": [main, second] }))).await;
        settle(&world, &world.here, &path, &[("message.added", 200)]).await;
        assert_eq!(all.patch(&path, json!({ "inbox_ids": [main] })).await.status, 200);
        settle(&world, &world.here, &path, &[("message.added", 200)]).await;
        let ids = delivery_ids(&all, &path, "").await;
        assert_eq!(ids.len(), 2);
        assert_eq!(delivery_ids(&some, &path, "").await, ids[..1]);
        let old = format!("{path}/deliveries/{}", ids[1]);
        problem(&some.get(&old).await, 404, "not-found");
        problem(&some.send(Method::POST, &format!("{old}/replay"), None, &[]).await, 404, "not-found");
        let range = json!({ "from_delivery_id": 1 });
        let replayed = some.post(&format!("{path}/replay"), range.clone()).await.json();
        assert_eq!(replayed["deliveries"], json!(1));
        // Whoever reaches all inboxes sees the old one, but the webhook does not send it to its receiver any more.
        assert_eq!(all.post(&format!("{path}/replay"), range).await.json()["deliveries"], json!(1));
        let again = all.send(Method::POST, &format!("{old}/replay"), None, &[]).await;
        assert_eq!(faults(&again), ["delivery invalid"]);
        assert_eq!(all.get(&old).await.status, 200);
    }
}

on_both! {
    async fn the_audit_history_shows_every_change_without_secrets(world: World) {
        let client = Client::new(&world);
        let (_, path) = client.make(new_webhook()).await;
        client.patch(&path, json!({ "events": ["message.updated"], "url": "https://b.example/?k=sesame" })).await;
        client.post(&format!("{path}/rotate-secret"), json!({})).await;
        client.send(Method::DELETE, &path, None, &[]).await;
        let told = client.get("/api/v1/audit?limit=4").await.json();
        let kinds: Vec<&str> = told["data"].as_array().expect("a list").iter()
            .map(|event| event["kind"].as_str().expect("a kind")).collect();
        assert_eq!(kinds, ["webhook.deleted", "webhook.updated", "webhook.updated", "webhook.created"]);
        let change = &told["data"][2]["changes"];
        assert_eq!(change[0], json!({ "field": "events", "before": ["message.added"], "after": ["message.updated"] }));
        assert!(!told.to_string().contains("sesame"), "{told}");
        assert!(told.to_string().contains("https://b.example/?***"), "{told}");
    }
}
