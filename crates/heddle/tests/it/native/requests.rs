//! Tests of what all native operations share: bodies, parameters, cursors, ETags, idempotency keys.

use futures_util::future::join_all;
use heddle_domain::InboxScope;
use heddle_testkit::On;
use http::Method;
use serde_json::{Value, json};

use super::{Api, faults, problem};
use crate::harness::World;
use crate::matrix::dump;
use heddle_testkit::on_both;

const AGENTS: &str = "/api/v1/agents";

fn mina() -> Value {
    json!({ "first_name": "Mina", "last_name": "Roth" })
}

async fn count(api: &Api<'_>) -> usize {
    api.walk(AGENTS, 100).await.len()
}

#[tokio::test]
async fn a_body_must_be_a_valid_json_object() {
    let world = World::new(On::Sqlite).await;
    let api = Api::full(&world);
    let post = async |body: &str| api.send_text(Method::POST, AGENTS, Some(body)).await;
    for broken in ["", "{", "{} {}", "nope", "{\"first_name\": \"\\ud800\"}"] {
        problem(&post(broken).await, 400, "not-json");
    }
    let nul = r#"{"first_name": "a\u0000", "last_name": 7}"#;
    let body = problem(&post(nul).await, 400, "nul");
    assert_eq!(
        (&body["errors"][0]["field"], &body["errors"][0]["code"]),
        (&json!("first_name"), &json!("nul"))
    );
    // Of duplicate members the last one counts.
    let twice = post(r#"{"first_name": 7, "last_name": "Roth", "first_name": "Mina"}"#).await;
    assert_eq!(
        (twice.status.as_u16(), &twice.json()["first_name"]),
        (201, &json!("Mina"))
    );
    let large = format!(r#"{{"first_name": "{}"}}"#, "x".repeat(1 << 20));
    problem(&post(&large).await, 413, "too-large");

    let text = mina().to_string();
    for (media, status) in [
        ("application/json; charset=utf-8", 201),
        ("Application/JSON", 201),
        ("text/plain", 415),
        ("application/xml", 415),
        ("application/merge-patch+json", 415),
        ("", 415),
    ] {
        let answer = api
            .with("content-type", media)
            .send_text(Method::POST, AGENTS, Some(&text))
            .await;
        assert_eq!(answer.status, status, "{media}");
    }
    let path = format!("/api/v1/credentials/{}", i64::MAX);
    problem(
        &api.send_text(Method::DELETE, "/api/v1/credentials/1", Some("{}"))
            .await,
        400,
        "unexpected-body",
    );
    problem(&api.delete(&path).await, 404, "not-found");
}

#[tokio::test]
async fn unknown_parameters_are_refused() {
    let world = World::new(On::Sqlite).await;
    let api = Api::full(&world);
    let agent = format!("{AGENTS}/{}", world.here.agent);
    for path in [
        format!("{AGENTS}?page=2"),
        format!("{agent}?limit=2"),
        "/api/v1/account?x".into(),
    ] {
        let told = faults(&api.get(&path).await);
        assert!(told.len() == 1 && told[0].ends_with(" unknown"), "{told:?}");
    }
    problem(&api.get(&format!("{AGENTS}?limit=%00")).await, 400, "nul");
    for limit in ["0", "101", "x", "1.0", ""] {
        let told = faults(&api.get(&format!("{AGENTS}?limit={limit}")).await);
        assert!(told[0].starts_with("limit "), "{told:?}");
    }
    assert_eq!(
        faults(&api.get(&format!("{AGENTS}?limit=1&limit=2")).await),
        ["limit repeated"]
    );
    // Without a token a wrong parameter is not reported.
    let anonymous = world
        .send(Method::GET, &format!("{AGENTS}?page=2"), &[], "")
        .await;
    problem(&anonymous, 401, "unauthorized");
}

#[tokio::test]
async fn a_cursor_belongs_to_its_list_its_filters_and_its_account() {
    let world = World::new(On::Sqlite).await;
    let api = Api::full(&world);
    let cursor_of = async |path: &str| {
        let page = api.get(path).await.json();
        page["next_cursor"].as_str().expect("a cursor").to_owned()
    };
    let agents = cursor_of(&format!("{AGENTS}?limit=1")).await;
    assert_eq!(
        api.get(&format!("{AGENTS}?limit=2&cursor={agents}"))
            .await
            .status,
        200
    );
    let audit = cursor_of("/api/v1/audit?limit=1&kind=agent.created").await;
    for (path, cursor) in [
        ("/api/v1/inboxes", &agents),
        ("/api/v1/audit?kind=agent.updated", &audit),
        ("/api/v1/audit", &audit),
        (AGENTS, &"AAAA".to_owned()),
        (AGENTS, &"not base64!".to_owned()),
    ] {
        let separator = if path.contains('?') { '&' } else { '?' };
        let cursor = cursor.replace(' ', "%20");
        let answer = api.get(&format!("{path}{separator}cursor={cursor}")).await;
        assert_eq!(faults(&answer), ["cursor cursor"], "{path}");
    }
    let foreign = Api::new(&world, &world.foreign.native_token);
    assert_eq!(
        faults(&foreign.get(&format!("{AGENTS}?cursor={agents}")).await),
        ["cursor cursor"]
    );
}

on_both! {
    async fn an_unchanged_resource_is_answered_with_304(world: World) {
        let api = Api::full(&world);
        let path = format!("{AGENTS}/{}", world.here.agent);
        let etag = api.get(&path).await.header("etag").to_owned();
        for seen in [etag.clone(), format!("W/{etag}"), format!("\"x\", {etag}"), "*".into()] {
            let answer = api.with("if-none-match", &seen).get(&path).await;
            assert_eq!((answer.status.as_u16(), answer.body.len()), (304, 0), "{seen}");
            assert_eq!(answer.header("etag"), etag);
        }
        api.patch(&path, json!({ "first_name": "Adele" })).await;
        for seen in [etag.as_str(), "\"x\"", "junk"] {
            assert_eq!(api.with("if-none-match", seen).get(&path).await.status, 200);
        }
    }
}

on_both! {
    async fn the_second_of_two_changes_to_one_resource_is_refused(world: World) {
        let api = Api::full(&world);
        let path = format!("{AGENTS}/{}", world.here.agent);
        let seen = api.get(&path).await.header("etag").to_owned();
        let first = api.with("if-match", &seen).patch(&path, json!({ "first_name": "Adele" })).await;
        assert_eq!(first.status, 200);
        let before = dump(&world).await;
        let change = json!({ "last_name": "Late" });
        for stale in [seen.as_str(), "W/\"1\"", "\"0\"", "\"x\""] {
            problem(&api.with("if-match", stale).patch(&path, change.clone()).await, 412, "stale");
        }
        for bad in ["1", "\"1\", \"2\"", "\"1"] {
            problem(&api.with("if-match", bad).patch(&path, change.clone()).await, 400, "bad-header");
        }
        assert_eq!(dump(&world).await, before);
        for good in [first.header("etag"), "*"] {
            let body = json!({ "last_name": format!("In time {good}") });
            assert_eq!(api.with("if-match", good).patch(&path, body).await.status, 200);
        }
    }
}

on_both! {
    async fn a_write_request_with_a_key_happens_once(world: World) {
        let api = Api::full(&world);
        let before = count(&api).await;
        let keyed = api.with("idempotency-key", "a key");
        let first = keyed.post(AGENTS, mina()).await;
        assert_eq!((first.status.as_u16(), first.header("idempotent-replayed")), (201, ""));
        let again = keyed.post(AGENTS, mina()).await;
        assert_eq!((again.status.as_u16(), &again.body), (201, &first.body));
        assert_eq!(again.header("idempotent-replayed"), "true");
        for name in ["etag", "location", "content-type"] {
            assert_eq!(again.header(name), first.header(name));
        }
        assert_eq!(count(&api).await, before + 1);

        let other = json!({ "first_name": "Mina", "last_name": "Other" });
        problem(&keyed.post(AGENTS, other).await, 422, "idempotency-key-reused");
        // A key belongs to one credential, method and path.
        let robot = Api::granted(&world, heddle_domain::credential::Grant::full(heddle_native::NAME, InboxScope::All)).await;
        assert_eq!(robot.with("idempotency-key", "a key").post(AGENTS, mina()).await.status, 201);
        assert_eq!(keyed.post("/api/v1/inboxes", json!({ "name": "Third" })).await.status, 201);
        let path = format!("{AGENTS}/{}", first.json()["id"]);
        let change = keyed.patch(&path, json!({ "last_name": "Marsh" })).await;
        let seen = change.header("etag").to_owned();
        let again = keyed.with("if-match", "\"1\"").patch(&path, json!({ "last_name": "Marsh" })).await;
        assert_eq!((again.status.as_u16(), again.header("etag")), (200, seen.as_str()), "it was done before");
        assert_eq!(count(&api).await, before + 2);

        // The key expires after a day.
        world.test.clock.advance(24 * 3_600_000);
        assert_eq!(keyed.post(AGENTS, mina()).await.header("idempotent-replayed"), "");
        assert_eq!(count(&api).await, before + 3);
    }
}

on_both! {
    async fn a_refused_request_leaves_its_key_free(world: World) {
        let api = Api::full(&world).with("idempotency-key", "k");
        assert_eq!(faults(&api.post(AGENTS, json!({})).await).len(), 2);
        let path = format!("{AGENTS}/{}", world.here.agent);
        problem(&api.with("if-match", "\"1\"").patch(&path, json!({ "first_name": "A" })).await, 412, "stale");
        assert_eq!(api.post(AGENTS, mina()).await.status, 201);
        assert_eq!(api.patch(&path, json!({ "first_name": "B" })).await.status, 200);
        for bad in ["", &"k".repeat(256), "tab\there"] {
            let api = Api::full(&world).with("idempotency-key", bad);
            problem(&api.post(AGENTS, mina()).await, 400, "bad-header");
        }
    }
}

on_both! {
    async fn concurrent_requests_with_one_key_wait_for_each_other(world: World) {
        let api = Api::full(&world);
        let before = count(&api).await;
        let keyed = api.with("idempotency-key", "at once");
        let answers = join_all((0..100).map(|_| keyed.post(AGENTS, mina()))).await;
        let fresh = answers.iter().filter(|answer| answer.header("idempotent-replayed").is_empty());
        assert_eq!(fresh.count(), 1);
        assert!(answers.iter().all(|answer| answer.status == 201 && answer.body == answers[0].body));
        assert_eq!(count(&api).await, before + 1);
    }
}
