//! Tests of the native API: the account, the health probes, and the response to every path that belongs to no other
//! API.

use heddle_access::provision;
use heddle_domain::credential::Grant;
use heddle_domain::credential::Scope;
use heddle_domain::id::InboxId;
use heddle_domain::{EntityKind, InboxScope};
use heddle_testkit::On;
use http::Method;
use serde_json::{Value, json};

use crate::harness::{Answer, World};
use heddle_testkit::on_both;

mod account;
mod agents;
mod attachments;
mod audit;
mod conversations;
mod credentials;
mod customer_ends;
mod customers;
mod document;
mod events;
mod fields;
mod followers;
mod inboxes;
mod live;
mod messages;
mod opt_outs;
mod preferences;
mod profiles;
mod public_ids;
mod requests;
mod rights;
mod search;
pub(crate) mod webhooks;

const ACCOUNT: &str = "/api/v1/account";

async fn get(world: &World, path: &str, token: Option<&str>) -> Answer {
    let bearer = token.map(|token| format!("Bearer {token}"));
    let headers: Vec<(&str, &str)> = bearer
        .iter()
        .map(|value| ("authorization", value.as_str()))
        .collect();
    world.send(Method::GET, path, &headers, "").await
}

/// A client of the native API with a token.
#[derive(Clone)]
pub(crate) struct Api<'a> {
    world: &'a World,
    token: String,
    headers: Vec<(&'static str, String)>,
}

impl<'a> Api<'a> {
    pub(crate) fn new(world: &'a World, token: &str) -> Self {
        Self {
            world,
            token: token.to_owned(),
            headers: Vec::new(),
        }
    }

    pub(crate) fn token(&self) -> &str {
        &self.token
    }

    pub(crate) fn world(&self) -> &World {
        self.world
    }

    /// Creates a client whose token has all scopes and inboxes.
    pub(crate) fn full(world: &'a World) -> Self {
        Self::new(world, &world.here.native_token)
    }

    /// Creates a client with a new token.
    pub(crate) async fn granted(world: &'a World, grant: Grant) -> Self {
        let token = heddle_access::secrets::mint_key();
        let made = provision::create_key(world.store(), &world.here.account, grant, &token).await;
        made.expect("a key");
        Self::new(world, &token)
    }

    /// Creates a client whose token has all scopes, limited to some inboxes.
    pub(crate) async fn limited(world: &'a World, inboxes: &[InboxId]) -> Self {
        let grant = Grant::full(
            heddle_native::NAME,
            InboxScope::only(inboxes.iter().copied()),
        );
        Self::granted(world, grant).await
    }

    /// Returns the same client with one more header.
    pub(crate) fn with(&self, name: &'static str, value: &str) -> Self {
        let mut api = self.clone();
        api.headers.push((name, value.to_owned()));
        api
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(Method::POST, path, Some(body)).await
    }

    pub(crate) async fn post_bare(&self, path: &str) -> Answer {
        self.send(Method::POST, path, None).await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> Answer {
        self.send(Method::PATCH, path, Some(body)).await
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Answer {
        self.send(Method::PUT, path, Some(body)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, None).await
    }

    pub(crate) async fn send(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        let body = body.map(|body| body.to_string());
        self.send_text(method, path, body.as_deref()).await
    }

    pub(crate) async fn send_text(&self, method: Method, path: &str, body: Option<&str>) -> Answer {
        let bearer = format!("Bearer {}", self.token);
        let mut headers = vec![("authorization", bearer.as_str())];
        let given = |name: &str| self.headers.iter().any(|(known, _)| *known == name);
        if body.is_some() && !given("content-type") {
            headers.push(("content-type", "application/json"));
        }
        headers.extend(
            self.headers
                .iter()
                .map(|(name, value)| (*name, value.as_str())),
        );
        let body = body.unwrap_or_default().to_owned();
        self.world.send(method, path, &headers, body).await
    }

    /// Returns every item of a list, page by page.
    pub(crate) async fn walk(&self, path: &str, limit: usize) -> Vec<Value> {
        let separator = if path.contains('?') { '&' } else { '?' };
        let mut path = format!("{path}{separator}limit={limit}");
        let first = path.clone();
        let mut all = Vec::new();
        loop {
            let answer = self.get(&path).await;
            let page = answer.json();
            assert_eq!(answer.status, 200, "{page}");
            let data = page["data"].as_array().expect("a list");
            assert!(data.len() <= limit);
            all.extend_from_slice(data);
            let Some(cursor) = page["next_cursor"].as_str() else {
                return all;
            };
            path = format!("{first}&cursor={cursor}");
        }
    }
}

/// Returns the faults of a 422 response as `field code`, in order.
pub(crate) fn faults(answer: &Answer) -> Vec<String> {
    let body = problem(answer, 422, "invalid");
    let errors = body["errors"].as_array().expect("errors");
    let told = errors.iter().map(|error| {
        assert!(
            error["detail"]
                .as_str()
                .is_some_and(|text| !text.is_empty())
        );
        let text = |name: &str| error[name].as_str().expect("a text").to_owned();
        format!("{} {}", text("field"), text("code"))
    });
    told.collect()
}

/// Checks that the response is a problem document with every member of RFC 9457; returns it.
pub(crate) fn problem(answer: &Answer, status: u16, kind: &str) -> Value {
    let body = answer.json();
    assert_eq!(answer.status, status, "{body}");
    assert_eq!(answer.header("content-type"), "application/problem+json");
    assert_eq!(
        body["type"],
        json!(format!("urn:heddle:problem:{kind}")),
        "{body}"
    );
    assert_eq!(body["status"], json!(status));
    for member in ["title", "detail"] {
        assert!(body[member].as_str().is_some_and(|text| !text.is_empty()));
    }
    let instance = body["instance"].as_str().expect("an instance");
    assert_eq!((&instance[..9], instance.len()), ("urn:uuid:", 45));
    body
}

on_both! {
    async fn a_token_sees_its_own_account(world: World) {
        let (tenant, kind) = (&world.here, EntityKind::Inbox);
        let main = world.public_id(tenant, kind, tenant.main.get(), heddle_native::NAME).await;
        let second = world.public_id(tenant, kind, tenant.second.get(), heddle_native::NAME).await;
        let account = tenant.account.id.get();
        let public_id = world.public_id(tenant, EntityKind::Account, account, heddle_native::NAME).await;
        let answer = get(&world, ACCOUNT, Some(&tenant.native_token)).await;
        assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, "application/json"));
        let credential = answer.json()["credential"].clone();
        assert_eq!(answer.json(), json!({
            "credential": {
                "id": credential["id"],
                "name": "native",
                "scopes": Scope::ALL.iter().map(|scope| scope.as_str()).collect::<Vec<_>>(),
                "inbox_ids": null,
                "agent_id": null,
            },
            "id": account,
            "public_id": public_id,
            "name": "Here",
            "created_at": "2026-03-04T09:15:00.000Z",
            "settings": {
                "thread_cap": 100,
                "lock_after_days": 0,
                "thread_editing": 0,
                "helpscout_rate": "off",
                "magicline_rate": "off",
                "mews_rate": "off",
                "merge_redirect_days": 0,
            },
            "inboxes": [
                {"id": tenant.main.get(), "public_id": main, "name": "Main"},
                {"id": tenant.second.get(), "public_id": second, "name": "Second"},
            ],
        }));
        let foreign = get(&world, ACCOUNT, Some(&world.foreign.native_token)).await.json();
        assert_eq!(foreign["name"], json!("Foreign"));
        assert_eq!(foreign["inboxes"][0]["id"], json!(world.foreign.main.get()));
    }
}

on_both! {
    async fn a_token_limited_to_inboxes_lists_only_these(world: World) {
        let token = heddle_access::secrets::mint_key();
        let grant = Grant::full(heddle_native::NAME, InboxScope::only([world.here.second]));
        provision::create_key(world.store(), &world.here.account, grant, &token).await.expect("a key");
        let inboxes = get(&world, ACCOUNT, Some(&token)).await.json()["inboxes"].clone();
        assert_eq!(inboxes.as_array().expect("a list").len(), 1);
        let credential = get(&world, ACCOUNT, Some(&token)).await.json()["credential"].clone();
        assert_eq!(credential["inbox_ids"], json!([world.here.second.get()]));
        assert_eq!(inboxes[0]["id"], json!(world.here.second.get()));
    }
}

on_both! {
    async fn tokens_and_scopes_are_checked(world: World) {
        let missing = get(&world, ACCOUNT, None).await;
        problem(&missing, 401, "unauthorized");
        assert_eq!(missing.header("www-authenticate"), "Bearer realm=\"Heddle\"");
        let basic = [("authorization", "Basic Zm9vOmJhcg==")];
        problem(&world.send(Method::GET, ACCOUNT, &basic, "").await, 401, "unauthorized");
        let long = "k".repeat(257);
        for wrong in ["wrong", "", &world.here.magicline_key, &world.here.mykaarma.0, &long] {
            let answer = get(&world, ACCOUNT, Some(wrong)).await;
            let kind = if wrong.is_empty() { "unauthorized" } else { "wrong-token" };
            problem(&answer, 401, kind);
            assert!(answer.header("www-authenticate").starts_with("Bearer "));
        }
        let token = heddle_access::secrets::mint_key();
        let grant = Grant::full(heddle_native::NAME, InboxScope::All).without(Scope::AccountRead);
        provision::create_key(world.store(), &world.here.account, grant, &token).await.expect("a key");
        let answer = get(&world, ACCOUNT, Some(&token)).await;
        let body = problem(&answer, 403, "forbidden");
        assert!(body["detail"].as_str().expect("words").contains("account.read"));
        assert!(answer.header("www-authenticate").contains("insufficient_scope"));
    }
}

#[tokio::test]
async fn wrong_tokens_are_limited_by_address_but_a_valid_one_is_never_refused() {
    let world = World::new(On::Sqlite).await;
    for _ in 0..120 {
        problem(
            &get(&world, ACCOUNT, Some("wrong")).await,
            401,
            "wrong-token",
        );
    }
    let over = get(&world, ACCOUNT, Some("wrong")).await;
    problem(&over, 429, "too-many-requests");
    assert!(
        over.header("retry-after")
            .parse::<u32>()
            .is_ok_and(|seconds| (1..=60).contains(&seconds))
    );
    problem(&get(&world, ACCOUNT, None).await, 401, "unauthorized");
    assert_eq!(
        get(&world, ACCOUNT, Some(&world.here.native_token))
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn paths_of_no_api_get_the_native_404() {
    let world = World::new(On::Sqlite).await;
    let paths = [
        "/v1",
        "/v10/x",
        "/api/v1/nothing",
        "/api/v1/account/",
        "/favicon.ico",
        "/%ff",
    ];
    for path in paths {
        for method in [Method::GET, Method::POST, Method::DELETE] {
            problem(&world.send(method, path, &[], "").await, 404, "not-found");
        }
    }
}

#[tokio::test]
async fn other_methods_get_405_with_the_allowed_ones() {
    let world = World::new(On::Sqlite).await;
    for path in [ACCOUNT, "/healthz", "/readyz"] {
        for method in [Method::POST, Method::PUT, Method::DELETE, Method::OPTIONS] {
            let answer = world.send(method, path, &[], "").await;
            problem(&answer, 405, "method-not-allowed");
            let allowed = if path == ACCOUNT {
                "GET,HEAD,PATCH"
            } else {
                "GET,HEAD"
            };
            assert_eq!(answer.header("allow"), allowed, "{path}");
        }
    }
}

on_both! {
    async fn probes_answer_without_credentials(world: World) {
        for (path, status) in [("/healthz", "up"), ("/readyz", "ready")] {
            let answer = get(&world, path, None).await;
            assert_eq!(answer.status, 200);
            assert_eq!(answer.json(), json!({ "status": status }));
        }
    }
}
