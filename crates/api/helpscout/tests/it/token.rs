//! Tests of contract section 4: tokens and `users/me`.

use heddle_http::budget;
use heddle_store::read::account::ListCredentials;
use heddle_store::write::credential::RevokeCredential;
use http::Method;
use serde_json::{Value, json};

use crate::harness::{Answer, World};
use crate::{Client, operator, refused};
use heddle_testkit::on_both;

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");
const JSON: (&str, &str) = ("content-type", "application/json");

async fn ask(world: &World, path: &str, headers: &[(&str, &str)], body: String) -> Answer {
    world.send(Method::POST, path, headers, body).await
}

fn form(world: &World) -> String {
    let (id, secret) = &world.here.helpscout_client;
    format!("grant_type=client_credentials&client_id={id}&client_secret={secret}")
}

fn oauth_error(answer: &Answer, status: u16) -> String {
    let body = answer.json();
    assert_eq!(answer.status, status, "{body}");
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.header("cache-control"), "no-store");
    assert!(body["error_description"].is_string());
    assert_eq!(body.as_object().expect("an object").len(), 2);
    body["error"].as_str().expect("a code").to_owned()
}

on_both! {
    async fn a_token_is_given_for_json_form_and_query(world: World) {
        let (id, secret) = &world.here.helpscout_client;
        let json = json!({"grant_type": "client_credentials", "client_id": id, "client_secret": secret});
        let path = "/v2/oauth2/token";
        let query = format!("{path}?{}", form(&world));
        let mut tokens = Vec::new();
        for answer in [
            ask(&world, path, &[JSON], json.to_string()).await,
            ask(&world, path, &[FORM], form(&world)).await,
            ask(&world, &query, &[], String::new()).await,
            ask(&world, &query, &[JSON], "{}".into()).await,
            ask(&world, &format!("{path}/"), &[FORM], form(&world)).await,
        ] {
            let body = answer.json();
            assert_eq!(answer.status, 200, "{body}");
            assert_eq!(answer.header("content-type"), "application/json");
            assert_eq!(answer.header("cache-control"), "no-store");
            assert_eq!(answer.header("pragma"), "no-cache");
            assert_eq!(answer.header("x-ratelimit-limit-minute"), "");
            assert_eq!((&body["token_type"], &body["expires_in"]), (&json!("bearer"), &json!(172_800)));
            assert_eq!(body.as_object().expect("an object").len(), 3, "no refresh token: {body}");
            tokens.push(body["access_token"].as_str().expect("a token").to_owned());
        }
        for token in &tokens {
            let client = Client { world: &world, token: token.clone() };
            assert_eq!(client.get("/v2/users/me").await.status, 200);
        }
        tokens.sort_unstable();
        tokens.dedup();
        assert_eq!(tokens.len(), 5, "several live tokens at once");
    }
}

on_both! {
    async fn refusals_are_plain_oauth_errors(world: World) {
        let (id, _) = &world.here.helpscout_client;
        let (foreign, _) = &world.foreign.helpscout_client;
        let (_, secret) = &world.here.helpscout_client;
        for (form, status, code) in [
            (format!("grant_type=client_credentials&client_id={id}&client_secret=wrong"), 401, "invalid_client"),
            (format!("grant_type=client_credentials&client_id={foreign}&client_secret={secret}"), 401, "invalid_client"),
            (format!("grant_type=client_credentials&client_id=nobody&client_secret={secret}"), 401, "invalid_client"),
            (format!("grant_type=client_credentials&client_id={id}"), 401, "invalid_client"),
            ("grant_type=client_credentials".into(), 401, "invalid_client"),
            (format!("client_id={id}&client_secret={secret}"), 400, "invalid_request"),
            (String::new(), 400, "invalid_request"),
            (format!("grant_type=authorization_code&client_id={id}&client_secret=wrong&code=x"), 401, "invalid_client"),
            (format!("grant_type=authorization_code&client_id={id}&client_secret={secret}&code=x"), 400, "invalid_grant"),
            (format!("grant_type=authorization_code&client_id={id}&client_secret={secret}"), 400, "invalid_request"),
            (format!("grant_type=refresh_token&client_id={id}&client_secret={secret}&refresh_token=x"), 400, "invalid_request"),
            (format!("grant_type=refresh_token&client_id={id}&client_secret={secret}"), 400, "invalid_request"),
            ("grant_type=password".into(), 400, "unsupported_grant_type"),
        ] {
            let answer = ask(&world, "/v2/oauth2/token", &[FORM], form.clone()).await;
            assert_eq!(oauth_error(&answer, status), code, "{form}");
        }
        let answer = ask(&world, "/v2/oauth2/token", &[JSON], "{".into()).await;
        assert_eq!(oauth_error(&answer, 400), "invalid_request");
    }
}

on_both! {
    async fn only_a_valid_token_is_accepted(world: World) {
        let client = Client::new(&world).await;
        let (id, secret) = &world.here.helpscout_client;
        for header in ["", "Bearer", "Bearer nobody", "Basic eDp5", secret, id, &format!("Bearer {id}"),
            &format!("Bearer {secret}"), &format!("Bearer {}", world.here.magicline_key),
            &format!("Bearer {}", world.here.native_token)] {
            let answer = world.send(Method::GET, "/v2/users/me", &[("authorization", header)], "").await;
            assert_eq!(refused(&answer, 401), Vec::<String>::new(), "{header}");
        }
        let missing = world.send(Method::GET, "/v2/users/me", &[], "").await;
        assert_eq!(refused(&missing, 401), Vec::<String>::new());
        for scheme in ["bearer", "BEARER"] {
            let header = format!("{scheme} {}", client.token);
            let answer = world.send(Method::GET, "/v2/users/me", &[("authorization", &header)], "").await;
            assert_eq!(answer.status, 200, "{scheme}");
        }
    }
}

on_both! {
    async fn a_token_expires_after_its_lifetime(world: World) {
        let client = Client::new(&world).await;
        world.test.clock.advance(172_799_000);
        assert_eq!(client.get("/v2/users/me").await.status, 200);
        world.test.clock.advance(1_000);
        refused(&client.get("/v2/users/me").await, 401);
        assert_eq!(Client::new(&world).await.get("/v2/users/me").await.status, 200);
    }
}

on_both! {
    async fn a_revoked_app_has_no_tokens(world: World) {
        let client = Client::new(&world).await;
        let account = world.here.account.id;
        let list = ListCredentials { account, after: 0, limit: 100 };
        let all = world.store().read(list).await.expect("a list");
        let app = all.iter().find(|c| c.public_name == world.here.helpscout_client.0).expect("the app");
        let id = app.credential.id;
        world.store().write(RevokeCredential { expected: None, within: heddle_store::write::credential::Within::everything(), caller: operator(&world.here), id }).await.expect("revoked");
        world.app.authentication.forget(account, id);
        refused(&client.get("/v2/users/me").await, 401);
        let answer = ask(&world, "/v2/oauth2/token", &[FORM], form(&world)).await;
        assert_eq!(oauth_error(&answer, 401), "invalid_client");
    }
}

on_both! {
    async fn wrong_secrets_are_limited_by_address_and_right_ones_never(world: World) {
        let (id, _) = &world.here.helpscout_client;
        let wrong = format!("grant_type=client_credentials&client_id={id}&client_secret=wrong");
        for _ in 0..119 {
            ask(&world, "/v2/oauth2/token", &[FORM], wrong.clone()).await;
        }
        let header = [("authorization", "Bearer nobody")];
        assert_eq!(world.send(Method::GET, "/v2/users/me", &header, "").await.status, 401);
        for answer in [
            ask(&world, "/v2/oauth2/token", &[FORM], wrong).await,
            world.send(Method::GET, "/v2/users/me", &header, "").await,
        ] {
            assert_eq!(answer.status, 429);
            assert_eq!(answer.header("retry-after"), answer.header("x-ratelimit-retry-after"));
        }
        assert_eq!(world.send(Method::GET, "/v2/users/me", &[], "").await.status, 401);
        assert_eq!(ask(&world, "/v2/oauth2/token", &[FORM], form(&world)).await.status, 200);
        // Of a larger body nothing more is read, so the secret in it does not count.
        let large = format!("{}&padding={}", form(&world), "x".repeat(budget::FREE));
        assert_eq!(ask(&world, "/v2/oauth2/token", &[FORM], large).await.status, 429);
    }
}

on_both! {
    async fn me_is_the_resource_owner(world: World) {
        let client = Client::new(&world).await;
        let answer = client.get("/v2/users/me").await;
        let body = answer.json();
        let agent = world.here.agent.get();
        let expected: Value = json!({
            "id": agent, "firstName": "Ada", "lastName": "Quill", "email": "ada@here.example", "role": "user",
            "timezone": "UTC", "createdAt": "2026-03-04T09:15:00Z", "updatedAt": "2026-03-04T09:15:00Z",
            "type": "user", "mention": "ada", "initials": "AQ", "jobTitle": "", "phone": "", "alternateEmails": [],
            "companyId": world.here.account.id.get(),
            "_links": {"self": {"href": format!("http://heddle.test/v2/users/{agent}")}},
        });
        assert_eq!(body, expected);
    }
}
