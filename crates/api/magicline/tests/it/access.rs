//! Who may call, how often, and how; and the language of errors (contract sections 2, 3, 6 and 7).

use heddle_domain::RateLimit;
use heddle_magicline::settings::RATE;
use heddle_testkit::{On, on_both, world};
use http::Method;

use crate::harness::{World, config};
use crate::{create, five, post, refused, thread};

on_both! {
    async fn keys_and_scopes_are_checked(world: World) {
        let path = format!("/v1/communications/{}/threads", world.here.customer);
        let json_type = ("content-type", "application/json");
        let bearer = format!("Bearer {}", world.here.magicline_key);
        let long = "k".repeat(257);
        for headers in [
            vec![json_type],
            vec![json_type, ("x-api-key", "wrong")],
            vec![json_type, ("x-api-key", "")],
            vec![json_type, ("x-api-key", &long)],
            vec![json_type, ("x-api-key", &world.here.native_token)],
            vec![json_type, ("authorization", &bearer)],
        ] {
            refused(&world.send(Method::POST, &path, &headers, five().to_string()).await, 401, None);
        }
        let answer = post(&world, Method::POST, &path, &world.here.magicline_read_only_key, &five()).await;
        refused(&answer, 403, None);
    }
}

async fn limited(on: On) {
    let settings = [RATE.to_rate(RateLimit::Own(3))].into_iter().collect();
    let world = World::with(on, settings, world::options(), config()).await;
    let path = thread(&world).await;
    for _ in 0..2 {
        assert_eq!(create(&world, &five()).await.status, 200);
    }
    let over = create(&world, &five()).await;
    refused(&over, 429, None);
    assert!(
        over.header("retry-after")
            .parse::<u32>()
            .is_ok_and(|seconds| (1..=60).contains(&seconds))
    );
    // The limit of another endpoint is not affected.
    assert_eq!(
        post(
            &world,
            Method::PUT,
            &path,
            &world.here.magicline_key,
            &five()
        )
        .await
        .status,
        200
    );
    // Every request of the following minute is refused; then the counter starts at 0 again.
    world.test.clock.advance(30_000);
    refused(&create(&world, &five()).await, 429, None);
    world.test.clock.advance(61_000);
    assert_eq!(create(&world, &five()).await.status, 200);
}

mod a_limit_is_kept_for_each_endpoint {
    use super::*;

    #[tokio::test]
    async fn sqlite() {
        limited(On::Sqlite).await;
    }

    #[tokio::test]
    async fn postgres() {
        limited(On::Postgres).await;
    }
}

#[tokio::test]
async fn wrong_keys_are_limited_by_address_but_a_valid_key_is_never_refused() {
    let world = World::new(On::Sqlite).await;
    let path = format!("/v1/communications/{}/threads", world.here.customer);
    for _ in 0..120 {
        refused(
            &post(&world, Method::POST, &path, "wrong", &five()).await,
            401,
            None,
        );
    }
    refused(
        &post(&world, Method::POST, &path, "wrong", &five()).await,
        429,
        None,
    );
    let without_key = [("content-type", "application/json")];
    refused(
        &world
            .send(Method::POST, &path, &without_key, five().to_string())
            .await,
        401,
        None,
    );
    assert_eq!(create(&world, &five()).await.status, 200);
    world.test.clock.advance(61_000);
    refused(
        &post(&world, Method::POST, &path, "wrong", &five()).await,
        401,
        None,
    );
}

on_both! {
    async fn head_checks_the_key_and_nothing_else(world: World) {
        for path in ["/v1/communications/0/threads", "/v1/customers", "/v1/nothing/at/all"] {
            for (key, status) in [(world.here.magicline_key.as_str(), 200), ("wrong", 401)] {
                let answer = world.send(Method::HEAD, path, &[("x-api-key", key)], "").await;
                assert_eq!(answer.status, status, "{path}");
            }
            assert_eq!(world.send(Method::HEAD, path, &[], "").await.status, 401);
        }
    }
}

on_both! {
    async fn other_methods_and_paths(world: World) {
        let key = [("x-api-key", world.here.magicline_key.as_str())];
        let posts = format!("/v1/communications/{}/threads", world.here.customer);
        let puts = thread(&world).await;
        for (path, allow) in [(&posts, "POST"), (&puts, "PUT")] {
            for method in ["GET", "DELETE", "PATCH", "OPTIONS", "TRACE", if allow == "PUT" { "POST" } else { "PUT" }] {
                let method: Method = method.parse().expect("a method");
                let answer = world.send(method.clone(), path, &key, "").await;
                refused(&answer, 405, None);
                assert_eq!(answer.header("allow"), allow, "{method} {path}");
            }
        }
        for path in ["/v1/", "/v1/customer", "/v1/communications", "/v1/communications/1/threads/2/3"] {
            refused(&world.send(Method::GET, path, &key, "").await, 404, None);
        }
        refused(&world.send(Method::POST, "/v1/communications/%ff/threads", &key, "").await, 400, None);
    }
}

on_both! {
    async fn messages_come_in_the_clients_language(world: World) {
        let path = format!("/v1/communications/{}/threads", world.here.customer);
        for (language, start) in [("de-CH", "Der API-Schlüssel"), ("fr", "The API key"), ("", "The API key")] {
            let answer = world.send(Method::POST, &path, &[("accept-language", language)], "").await;
            assert!(answer.json()["errorMessage"].as_str().expect("a message").starts_with(start), "{language}");
        }
    }
}
