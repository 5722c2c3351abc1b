//! Tests of contract sections 2 and 5: headers, unknown paths, methods, media types, limits.

use std::num::NonZeroU32;

use heddle_access::provision;
use heddle_domain::account::RateLimit;
use heddle_domain::credential::Grant;
use heddle_domain::{InboxScope, Scope};
use heddle_helpscout::Config;
use heddle_helpscout::settings::RATE;
use heddle_testkit::{On, world};
use http::Method;
use serde_json::json;

use crate::harness::{self, Answer, World};
use crate::{Client, FIVE, conversation, created, refused, thread};
use heddle_testkit::on_both;

fn everywhere(answer: &Answer) {
    let id = answer.header("correlation-id");
    assert_eq!(id.len(), 36, "{id}");
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    assert_eq!(
        answer.header("cache-control"),
        "no-cache, no-store, max-age=0, must-revalidate"
    );
}

fn limit(answer: &Answer) -> (&str, &str) {
    (
        answer.header("x-ratelimit-limit-minute"),
        answer.header("x-ratelimit-remaining-minute"),
    )
}

on_both! {
    async fn every_answer_carries_the_headers(world: World) {
        let client = Client::new(&world).await;
        let id = client.conversation().await;
        for answer in [
            client.get(&format!("/v2/conversations/{id}")).await,
            client.get(&format!("/v2/conversations/{id}/threads")).await,
            client.get("/v2/users/me").await,
            client.get("/v2/conversations/999").await,
            client.add(id, "phones", &thread(&world)).await,
            client.add(id, "phones", &json!({})).await,
        ] {
            everywhere(&answer);
            // The headers are sent although the limit is off (`rules.md` 24).
            assert_eq!(limit(&answer), ("400", "400"));
            if answer.status == 200 {
                assert_eq!(answer.header("content-type"), "application/hal+json;charset=UTF-8");
            }
        }
        for answer in [
            world.send(Method::GET, "/v2/users/me", &[], "").await,
            world.send(Method::GET, "/v2/x", &[], "").await,
            world.send(Method::DELETE, "/v2/users/me", &[], "").await,
        ] {
            everywhere(&answer);
            assert_eq!(limit(&answer), ("", ""));
        }
        let one = client.get("/v2/users/me").await;
        let two = client.get("/v2/users/me").await;
        assert_ne!(one.header("correlation-id"), two.header("correlation-id"));
    }
}

on_both! {
    async fn unknown_paths_and_ids_are_404_in_the_error_shape(world: World) {
        let client = Client::new(&world).await;
        for path in ["/v2/", "/v2/x", "/v2/users/x", "/v2/organizations", "/v2/mailboxes/1/saved-replies", "/v3/",
            "/v3/conversations/1", "/authentication/", "/authentication/x",
            "/v2/conversations/x", "/v2/conversations/%ff", "/v2/conversations/1.0", "/v2/conversations/-1",
            "/v2/conversations/99999999999999999999", "/v2/conversations/x/threads", "/v2//conversations/1"] {
            assert_eq!(refused(&client.get(path).await, 404), Vec::<String>::new(), "{path}");
        }
        for kind in FIVE {
            for id in ["x", "999", "-1", "%00"] {
                let answer = client.post(&format!("/v2/conversations/{id}/{kind}"), &thread(&world)).await;
                refused(&answer, 404);
            }
        }
    }
}

on_both! {
    async fn a_wrong_method_is_400_and_names_the_right_one(world: World) {
        let client = Client::new(&world).await;
        let bearer = format!("Bearer {}", client.token);
        let description = heddle_helpscout::description();
        let routes = (description.routes)();
        let unsupported = (description.unsupported)();
        for route in &routes {
            let path = route.template.replace("{conversationId}", "1").replace("{webhookId}", "1");
            let is = |r: &heddle_api::Route, method: &Method| r.template == route.template && r.method == *method;
            let known = |method: &Method| routes.iter().chain(&unsupported).any(|r| is(r, method));
            for method in [Method::PUT, Method::PATCH, Method::DELETE].into_iter().filter(|method| !known(method)) {
                for path in [path.clone(), format!("{path}/")] {
                    let answer = world.send(method.clone(), &path, &[("authorization", &bearer)], "").await;
                    refused(&answer, 400);
                    let body = answer.json();
                    let href = body["_links"]["about"]["href"].as_str().expect("a link");
                    assert!(href.ends_with("#invalid-http-method"), "{method} {path}");
                    assert!(body["message"].as_str().expect("text").contains(route.method.as_str()), "{body}");
                }
            }
        }
    }
}

on_both! {
    /// `me` is no user's id, so the methods of `/v2/users/{id}` are not among the supported ones.
    async fn a_wrong_method_names_those_of_the_path_itself_once(world: World) {
        let client = Client::new(&world).await;
        let bearer = format!("Bearer {}", client.token);
        let answer = world.send(Method::PATCH, "/v2/users/me", &[("authorization", &bearer)], "").await;
        refused(&answer, 400);
        let body = answer.json();
        let message = body["message"].as_str().expect("text");
        assert!(message.ends_with("supported: GET"), "{message}");
    }
}

on_both! {
    async fn a_slash_at_the_end_changes_nothing(world: World) {
        let client = Client::new(&world).await;
        let id = created(&client.post("/v2/conversations/", &conversation(&world)).await);
        for path in [format!("/v2/conversations/{id}"), format!("/v2/conversations/{id}/threads"), "/v2/users/me".into()] {
            let (plain, slash) = (client.get(&path).await, client.get(&format!("{path}/")).await);
            assert_eq!(slash.status, 200);
            assert_eq!(plain.json(), slash.json(), "{path}");
        }
        for kind in FIVE {
            created(&client.add(id, &format!("{kind}/"), &thread(&world)).await);
        }
    }
}

on_both! {
    async fn head_is_get_without_a_body(world: World) {
        let client = Client::new(&world).await;
        let id = client.conversation().await;
        let bearer = format!("Bearer {}", client.token);
        for (path, status) in [(format!("/v2/conversations/{id}"), 200), ("/v2/conversations/999".into(), 404),
            ("/v2/users/me".into(), 200), (format!("/v2/conversations/{id}/phones"), 400)] {
            let answer = world.send(Method::HEAD, &path, &[("authorization", &bearer)], "").await;
            assert_eq!((answer.status.as_u16(), answer.body.len()), (status, 0), "{path}");
            everywhere(&answer);
        }
    }
}

on_both! {
    async fn the_media_type_must_be_json_or_absent(world: World) {
        let client = Client::new(&world).await;
        let id = client.conversation().await;
        let bearer = format!("Bearer {}", client.token);
        let path = format!("/v2/conversations/{id}/notes");
        let body = json!({"text": "x"}).to_string();
        for media in [Some("application/json"), Some("application/json;charset=UTF-8"), Some("text/json"),
            Some("application/vnd.api+json"), None] {
            let mut headers = vec![("authorization", bearer.as_str())];
            headers.extend(media.map(|media| ("content-type", media)));
            created(&world.send(Method::POST, &path, &headers, body.clone()).await);
        }
        for media in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"] {
            let headers = [("authorization", bearer.as_str()), ("content-type", media)];
            refused(&world.send(Method::POST, &path, &headers, body.clone()).await, 415);
        }
        // A GET may have a Content-Type without a body.
        let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
        assert_eq!(world.send(Method::GET, "/v2/users/me", &headers, "").await.status, 200);
    }
}

on_both! {
    async fn a_body_that_is_no_json_object_is_refused(world: World) {
        let client = Client::new(&world).await;
        let id = client.conversation().await;
        let mut paths: Vec<String> = FIVE.iter().map(|kind| format!("/v2/conversations/{id}/{kind}")).collect();
        paths.push("/v2/conversations".into());
        for path in &paths {
            for body in ["", "{", "[]", "null", "5", "{\"text\":\"\u{1}\"}"] {
                let answer = client.post_text(path, body.into()).await;
                refused(&answer, 400);
                let body = answer.json();
                assert_eq!(body["message"], "Error parsing request body into JSON");
                let href = body["_links"]["about"]["href"].as_str().expect("a link");
                assert!(href.ends_with("#invalid-json"), "{path}");
            }
            // The npm client sends `{}` when it has no data.
            assert!(!refused(&client.post_text(path, "{}".into()).await, 400).is_empty());
            let nul = client.post_text(path, "{\"text\":\"a\\u0000b\",\"subject\":\"\\u0000\"}".into()).await;
            let read = if path.ends_with("conversations") { "subject" } else { "text" };
            assert!(refused(&nul, 400).contains(&read.to_owned()), "{path}");
        }
    }
}

on_both! {
    async fn a_large_body_is_413_and_the_largest_is_not(world: World) {
        let client = Client::new(&world).await;
        let id = client.conversation().await;
        let body = |size: usize| {
            let frame = r#"{"text":""}"#.len();
            format!(r#"{{"text":"{}"}}"#, "x".repeat(size - frame))
        };
        let path = format!("/v2/conversations/{id}/notes");
        refused(&client.post_text(&path, body((25 << 20) + 1)).await, 413);
        created(&client.post_text(&path, body(25 << 20)).await);
    }
}

on_both! {
    async fn a_credential_with_fewer_rights_gets_403(world: World) {
        let tenant = &world.here;
        for (lacking, path) in [
            (Scope::MessagesWrite, Some("phones")),
            (Scope::ConversationsWrite, None),
        ] {
            let (name, secret) = (heddle_access::secrets::mint_name(), heddle_access::secrets::mint_key());
            let grant = Grant::full(heddle_helpscout::NAME, InboxScope::All).without(lacking);
            provision::create_named(world.store(), &tenant.account, grant, &name, &secret).await.expect("a client");
            let form = format!("grant_type=client_credentials&client_id={name}&client_secret={secret}");
            let token = world.send(Method::POST, "/v2/oauth2/token", &[], form).await.json()["access_token"].clone();
            let client = Client { world: &world, token: token.as_str().expect("a token").to_owned() };
            let answer = match path {
                Some(kind) => client.add(1, kind, &thread(&world)).await,
                None => client.post("/v2/conversations", &conversation(&world)).await,
            };
            assert_eq!(refused(&answer, 403), Vec::<String>::new());
            // This app's credential acts as no user.
            let me = client.get("/v2/users/me").await.json();
            assert_eq!(me["id"], json!(tenant.account.integration_agent.get()));
        }
    }
}

async fn limited(on: On) {
    let settings = [RATE.to_rate(RateLimit::Own(5))].into_iter().collect();
    let world = World::with(on, settings, world::options(), harness::config()).await;
    let client = Client::new(&world).await;
    let other = Client::new(&world).await;
    let first = client.get("/v2/users/me").await;
    assert_eq!(limit(&first), ("5", "4"));
    let path = "/v2/conversations";
    let second = client.post(path, &conversation(&world)).await;
    assert_eq!(limit(&second), ("5", "2"));
    // All tokens of an account share the account's limit.
    assert_eq!(limit(&other.get("/v2/users/me").await), ("5", "1"));
    let refusal = client.post(path, &conversation(&world)).await;
    assert_eq!(refusal.status, 429);
    assert_eq!(refusal.header("content-type"), "application/json");
    assert_eq!(
        refusal.json(),
        json!({"message": "API rate limit exceeded"})
    );
    assert_eq!(
        limit(&refusal),
        ("5", "1"),
        "a refused request costs nothing"
    );
    assert_eq!(refusal.header("x-ratelimit-retry-after"), "60");
    assert_eq!(refusal.header("retry-after"), "60");
    assert_eq!(limit(&client.get("/v2/users/me").await), ("5", "0"));
    assert_eq!(client.get("/v2/users/me").await.status, 429);
    let foreign = Client::of(&world, &world.foreign).await;
    assert_eq!(limit(&foreign.get("/v2/users/me").await), ("5", "4"));
    world.test.clock.advance(60_000);
    assert_eq!(limit(&client.get("/v2/users/me").await), ("5", "4"));
}

#[tokio::test]
async fn the_rate_limit_is_per_account_on_sqlite() {
    limited(On::Sqlite).await;
}

#[tokio::test]
async fn the_rate_limit_is_per_account_on_postgres() {
    limited(On::Postgres).await;
}

#[tokio::test]
async fn the_vendors_rate_and_a_shorter_token_lifetime() {
    let settings = [RATE.to_rate(RateLimit::Vendor)].into_iter().collect();
    let config = Config {
        token_lifetime_seconds: NonZeroU32::new(7_200).expect("not zero"),
    };
    let world = World::with(On::Sqlite, settings, world::options(), config).await;
    let client = Client::new(&world).await;
    assert_eq!(limit(&client.get("/v2/users/me").await), ("400", "399"));
    world.test.clock.advance(7_200_000);
    refused(&client.get("/v2/users/me").await, 401);
}
