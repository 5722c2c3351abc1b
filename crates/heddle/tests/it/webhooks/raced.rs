//! Tests of webhooks that are changed between the check of a caller's rights and its command.

use std::sync::Arc;

use heddle_access::provision;
use heddle_domain::InboxScope;
use heddle_domain::credential::{Grant, Scope};
use heddle_domain::id::{AgentId, WebhookId};
use heddle_native::NAME;
use heddle_store::write::webhook::{UpdateWebhook, WebhookReach};
use heddle_store::{Result, Tx, Write};
use heddle_testkit::TIMEOUT;
use http::Method;
use serde_json::{Value, json};
use tokio::runtime::Handle;
use tokio::sync::Semaphore;

use super::stage::{deliveries, webhook};
use crate::catalogue::{helpscout, helpscout_token};
use crate::harness::{Answer, World};
use crate::native::webhooks::settle;
use crate::native::{Api, problem};
use crate::sending_on_both;

const WEBHOOKS: &str = "/api/v1/webhooks";

/// A change of a webhook that has been made, and is committed once it may end.
struct Held {
    change: UpdateWebhook,
    is_made: Arc<Semaphore>,
    may_end: Arc<Semaphore>,
    /// Set on SQLite, where a command may not wait: it blocks the writer's thread instead.
    runtime: Option<Handle>,
}

impl Write for Held {
    type Out = ();
    const NAME: &'static str = "held";

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        self.change.apply(tx).await?;
        self.is_made.add_permits(1);
        let end = self.may_end.acquire();
        let ended = match &self.runtime {
            Some(runtime) => runtime.block_on(end),
            None => end.await,
        };
        // It is closed if the test has failed.
        drop(ended);
        Ok(())
    }
}

/// Lets the held change end, even if the test fails before.
struct Closing(Arc<Semaphore>);

impl Drop for Closing {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// Sends a request, and changes the webhook after the request has read it and before its command runs.
async fn with_change(
    world: &World,
    change: UpdateWebhook,
    request: impl Future<Output = Answer>,
) -> Answer {
    let (is_made, may_end) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
    let _closing = Closing(Arc::clone(&may_end));
    let is_sqlite = world.test.database.is_none();
    let held = Held {
        change,
        is_made: Arc::clone(&is_made),
        may_end: Arc::clone(&may_end),
        runtime: is_sqlite.then(Handle::current),
    };
    let between = async {
        world.test.until_a_command_waits().await;
        may_end.add_permits(1);
    };
    let request = async {
        let made = is_made.acquire().await;
        drop(made.expect("it is open"));
        tokio::join!(request, between).0
    };
    let both = async { tokio::join!(world.store().write(held), request) };
    let both = tokio::time::timeout(TIMEOUT, both).await;
    let (changed, answer) = both.expect("both end");
    changed.expect("changed");
    answer
}

/// Returns a change of the events of a webhook.
fn changing(world: &World, id: WebhookId, events: &[&str]) -> UpdateWebhook {
    let caller = provision::operator_caller(&world.here.account);
    UpdateWebhook {
        kinds: Some(events.iter().map(|event| (*event).to_owned()).collect()),
        ..UpdateWebhook::new(caller, WebhookReach::ALL, id)
    }
}

/// Creates a webhook; returns its id.
async fn made(world: &World, api: &str, events: Value) -> WebhookId {
    let body = json!({ "api": api, "url": "https://hooks.example.com/a", "events": events, "secret": null });
    let made = Api::full(world).post(WEBHOOKS, body).await;
    assert_eq!(made.status, 201, "{}", made.json());
    WebhookId(made.json()["id"].as_i64().expect("an id"))
}

async fn is_refused_natively(world: &World, method: Method, below: &str, body: Option<Value>) {
    let id = made(world, "native", json!(["agent.created"])).await;
    let path = format!("{WEBHOOKS}/{id}");
    settle(world, &world.here, &path, &[("agent.created", 500)]).await;
    let delivery = deliveries(world, id).await[0].clone();
    let before = webhook(world, id).await;
    let below = below.replace("{delivery}", &delivery.id.to_string());
    let grant = Grant::full(NAME, InboxScope::All).without(Scope::MessagesRead);
    let api = Api::granted(world, grant).await;
    // Its first request is another one, so that nothing else than the write waits.
    assert_eq!(api.get(&path).await.status, 200);
    let change = changing(world, id, &["message.added"]);
    let whole = format!("{path}{below}");
    let request = api.send(method.clone(), &whole, body);
    let answer = with_change(world, change, request).await;
    let place = format!("{method} {below}");
    assert_eq!(answer.status, 403, "{place}: {:?}", answer.body);
    let after = webhook(world, id).await;
    assert_eq!(after.kinds, ["message.added"], "{place}");
    assert_eq!(
        (after.url, after.secret, after.state),
        (before.url, before.secret, before.state),
        "{place}"
    );
    let same = deliveries(world, id).await[0].clone();
    assert_eq!(same.attempts, delivery.attempts, "{place}");
}

sending_on_both! {
    async fn who_may_not_read_what_a_webhook_sends_by_now_does_not_write_it(world: World) {
        let url = json!({ "url": "https://thief.example/" });
        is_refused_natively(&world, Method::PATCH, "", Some(url)).await;
        is_refused_natively(&world, Method::DELETE, "", None).await;
        is_refused_natively(&world, Method::POST, "/rotate-secret", Some(json!({}))).await;
        is_refused_natively(&world, Method::POST, "/deliveries/{delivery}/replay", None).await;
        let range = json!({ "from": "2026-03-01T00:00:00Z" });
        is_refused_natively(&world, Method::POST, "/replay", Some(range)).await;
    }
}

sending_on_both! {
    async fn a_write_is_checked_again_if_the_webhook_was_changed(world: World) {
        let api = Api::full(&world);
        let id = made(&world, "native", json!(["agent.created"])).await;
        let path = format!("{WEBHOOKS}/{id}");
        let etag = api.get(&path).await.header("etag").to_owned();
        let change = changing(&world, id, &["message.added"]);
        let label = json!({ "label": "Till" });
        let answer = with_change(&world, change, api.patch(&path, label.clone())).await;
        assert_eq!(answer.status, 200, "{}", answer.json());
        assert_eq!(answer.json()["events"], json!(["message.added"]));
        assert_eq!(answer.json()["label"], json!("Till"));
        problem(&api.with("if-match", &etag).patch(&path, label).await, 412, "stale");
    }
}

sending_on_both! {
    async fn many_at_once_change_a_webhook_and_none_is_refused(world: World) {
        let api = Api::full(&world);
        let native = format!("{WEBHOOKS}/{}", made(&world, "native", json!(["agent.created"])).await);
        let id = made(&world, "helpscout", json!(["convo.created"])).await;
        let token = helpscout_token(&world, &world.here).await;
        let put = |at: usize| {
            let body = json!({ "url": format!("https://hooks.example.com/{at}"), "events": ["convo.created"], "secret": "wren" });
            helpscout(Method::PUT, format!("/v2/webhooks/{id}"), &token, Some(body))
        };
        let (put, world, api, native) = (&put, &world, &api, native.as_str());
        let all = (0..30).map(|at| async move {
            let put = put(at).send(world).await;
            let patch = api.patch(native, json!({ "label": format!("Till {at}") })).await;
            (put.status.as_u16(), patch.status.as_u16())
        });
        for statuses in futures_util::future::join_all(all).await {
            assert_eq!(statuses, (204, 200));
        }
    }
}

/// Returns a token of a new Help Scout app without a scope.
async fn app_without(world: &World, missing: Scope) -> String {
    let (name, secret) = (
        heddle_access::secrets::mint_name(),
        heddle_access::secrets::mint_key(),
    );
    let grant = Grant {
        agent: Some(AgentId(world.here.agent.get())),
        ..Grant::full(heddle_helpscout::NAME, InboxScope::All).without(missing)
    };
    let account = &world.here.account;
    let made = provision::create_named(world.store(), account, grant, &name, &secret).await;
    made.expect("an app");
    let form = format!("grant_type=client_credentials&client_id={name}&client_secret={secret}");
    let media = [("content-type", "application/x-www-form-urlencoded")];
    let answer = world
        .send(Method::POST, "/v2/oauth2/token", &media, form)
        .await;
    answer.json()["access_token"]
        .as_str()
        .expect("a token")
        .to_owned()
}

sending_on_both! {
    async fn help_scout_checks_a_webhook_that_was_changed_again(world: World) {
        let token = app_without(&world, Scope::MessagesRead).await;
        let body = json!({ "url": "https://thief.example/", "events": ["customer.created"], "secret": "wren" });
        for (method, body) in [(Method::PUT, Some(body)), (Method::DELETE, None)] {
            let id = made(&world, "helpscout", json!(["customer.created"])).await;
            let before = webhook(&world, id).await;
            let path = format!("/v2/webhooks/{id}");
            let get = helpscout(Method::GET, path.clone(), &token, None);
            assert_eq!(get.send(&world).await.status, 200);
            let change = changing(&world, id, &["convo.created"]);
            let request = helpscout(method.clone(), path, &token, body);
            let answer = with_change(&world, change, request.send(&world)).await;
            assert_eq!(answer.status, 403, "{method}");
            let after = webhook(&world, id).await;
            assert_eq!((after.url, after.state), (before.url, before.state), "{method}");
        }
    }
}
