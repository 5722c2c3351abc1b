//! Tests of items 10 to 13 of the list: paths, bodies, tokens, limits, permissions (contract sections 2 to 6).

use heddle_access::provision;
use heddle_api::app::Options;
use heddle_domain::account::{AccountSettings, RateLimit};
use heddle_domain::credential::{Grant, Scopes};
use heddle_domain::{InboxScope, Scope};
use heddle_http::budget;
use heddle_mews::Config;
use heddle_mews::settings::RATE;
use heddle_store::write::account::UpdateInbox;
use heddle_store::write::credential::RevokeCredential;
use heddle_testkit::{On, world};
use http::Method;
use serde_json::{Value, json};

use super::*;
use crate::harness;
use heddle_testkit::on_both;

/// Returns properties (members of the body) that the operation accepts.
fn valid(path: &str) -> Value {
    match path {
        ADD_THREAD => json!({ "OriginalSender": "a", "Subject": "b" }),
        ADD_MESSAGES => json!({ "Messages": [] }),
        ADD_CUSTOMER => json!({ "LastName": "Okafor" }),
        GET_CUSTOMERS => json!({
            "FirstNames": ["Mara"], "Extent": { "Customers": true }, "Limitation": { "Count": 1 },
        }),
        _ => json!({
            "MessageThreadIds": ["52e6b438-f2a7-4269-9944-b44a0089c667"],
            "Limitation": { "Count": 1 },
        }),
    }
}

on_both! {
    async fn every_other_path_and_method_is_404(world: World) {
        let json_body = [("content-type", "application/json")];
        for path in [
            "/api/connector/",
            "/api/connector/v1",
            "/api/connector/v1/messagethreads/getAll",
            "/api/connector/v1/messageThreads/getall",
            "/api/connector/v1/MessageThreads/getAll",
            "/api/connector/V1/messageThreads/getAll",
            "/api/connector/v1/messageThreads/getAll/",
            "/api/connector/v1/messageThreads/getAll/2023-06-06",
            "/api/connector/v1/messageThreads%2FgetAll",
            "/api/connector/v1/messageThreads",
            "/api/connector/v2/messageThreads/getAll",
            "/api/connector/v1/messages/addMessages",
            "/api/connector/v1/%ff/getAll",
        ] {
            refused(&world.send(Method::POST, path, &json_body, "{}").await, 404, "The requested resource was not found.");
        }
        let methods = [Method::GET, Method::PUT, Method::PATCH, Method::DELETE, Method::OPTIONS, Method::TRACE];
        for path in ALL {
            for method in &methods {
                let answer = world.send(method.clone(), path, &[], "").await;
                refused(&answer, 404, "The requested resource was not found.");
                assert_eq!(answer.header("allow"), "");
            }
            let answer = world.send(Method::HEAD, path, &[], "").await;
            assert_eq!(answer.status, 404);
            assert_eq!(answer.header("request-id").len(), 32);
            let answer = ask(&world, &format!("{path}?x=y"), plain(&world.here), valid(path)).await;
            assert_eq!(answer.status, 200, "a query string is ignored");
        }
    }
}

on_both! {
    async fn the_body_must_be_a_json_object_with_its_content_type(world: World) {
        let tokens = plain(&world.here);
        for path in ALL {
            for body in [
                "", "{", "{\"a\":1,}", "// x\n{}", "{'a':1}", "nonsense", "\u{feff}{}", "[]", "null", "\"x\"", "{}{}",
            ] {
                refused(&post(&world, path, body.into()).await, 400, "Invalid JSON");
            }
            for headers in [&[][..], &[("content-type", "text/plain")], &[("content-type", "")]] {
                let answer = world.send(Method::POST, path, headers, "{}").await;
                refused(&answer, 400, "Invalid Content-Type");
            }
            let mut body = valid(path);
            body["ClientToken"] = json!(tokens.client);
            body["AccessToken"] = json!(tokens.access);
            body["Client"] = json!("c");
            body["MaskedSomething"] = json!({ "deep": [1] });
            body["LanguageCode"] = json!(null);
            body["CultureCode"] = json!(5);
            for media in ["application/json; charset=utf-8", "APPLICATION/JSON"] {
                let answer = world.send(Method::POST, path, &[("content-type", media)], body.to_string()).await;
                assert_eq!(answer.status, 200, "{media}");
            }
        }
    }
}

on_both! {
    async fn the_last_of_two_equal_names_counts(world: World) {
        let here = &world.here;
        let body = format!(
            "{{\"AccessToken\":\"x\",\"ClientToken\":\"{}\",\"Client\":\"c\",\"Messages\":5,\"AccessToken\":\"{}\",\"Messages\":[]}}",
            here.mews_client, here.mews_token,
        );
        assert_eq!(post(&world, ADD_MESSAGES, body).await.status, 200);
    }
}

on_both! {
    async fn a_body_above_eight_mebibytes_is_413(world: World) {
        let padding = |bytes: usize| json!({ "Padding": "x".repeat(bytes) });
        let answer = ask(&world, GET_THREADS, plain(&world.here), padding(8 << 20)).await;
        refused(&answer, 413, "The request body is too large.");
        let answer = world.send(Method::POST, GET_THREADS, &[], vec![b'x'; (8 << 20) + 1]).await;
        refused(&answer, 413, "The request body is too large.");
        let answer = ask(&world, GET_THREADS, plain(&world.here), padding((8 << 20) - 1_000)).await;
        refused(&answer, 400, "Invalid Limitation");
    }
}

on_both! {
    async fn three_credential_properties_are_required(world: World) {
        for path in ALL {
            for name in ["ClientToken", "AccessToken", "Client"] {
                for wrong in [json!(null), json!(""), json!(5), json!(["x"]), json!("a\0")] {
                    let mut properties = valid(path);
                    properties[name] = wrong;
                    let answer = ask(&world, path, plain(&world.here), properties).await;
                    refused(&answer, 400, &format!("Invalid {name}"));
                }
            }
            refused(&post(&world, path, "{}".into()).await, 400, "Invalid ClientToken");
        }
    }
}

on_both! {
    async fn tokens_must_be_known_and_belong_together(world: World) {
        let (here, foreign) = (&world.here, &world.foreign);
        for path in ALL {
            for (client, access, wrong) in [
                (here.mews_client.as_str(), "unknown", "Invalid AccessToken"),
                (&here.mews_client, &here.mews_client, "Invalid AccessToken"),
                (&here.mews_client, &here.magicline_key, "Invalid AccessToken"),
                ("unknown", &here.mews_token, "Invalid ClientToken"),
                (&here.mews_token, &here.mews_token, "Invalid ClientToken"),
                (&here.mews_other_client, &here.mews_token, "Invalid ClientToken"),
                (&here.mews_client, &here.mews_other_token, "Invalid ClientToken"),
                (&foreign.mews_client, &here.mews_token, "Invalid ClientToken"),
                (&here.mews_client, &foreign.mews_token, "Invalid ClientToken"),
            ] {
                // The body has a second fault, which is checked later, so the error must be about the tokens.
                let answer = ask(&world, path, Tokens { client, access }, json!({ "Limitation": 5 })).await;
                refused(&answer, 401, wrong);
            }
            let lower = here.mews_token.to_lowercase();
            let answer = ask(&world, path, Tokens { client: &here.mews_client, access: &lower }, valid(path)).await;
            refused(&answer, 401, "Invalid AccessToken");
        }
    }
}

on_both! {
    async fn a_revoked_token_is_unknown(world: World) {
        let here = &world.here;
        let grant = Grant {
            application: Some(application(&world, &here.mews_token).await),
            ..Grant::full(heddle_mews::NAME, InboxScope::only([here.main]))
        };
        let access = heddle_mews::mint_token();
        let id = provision::create_key(world.store(), &here.account, grant, &access).await.expect("a key");
        let tokens = Tokens { client: &here.mews_client, access: &access };
        add_thread(&world, tokens, "Before").await;
        let revoke = RevokeCredential { expected: None, within: heddle_store::write::credential::Within::everything(), caller: provision::operator_caller(&here.account), id };
        world.store().write(revoke).await.expect("revoked");
        world.app.authentication.forget(here.account.id, id);
        refused(&ask(&world, ADD_THREAD, tokens, valid(ADD_THREAD)).await, 401, "Invalid AccessToken");
    }
}

on_both! {
    async fn each_operation_needs_its_scope(world: World) {
        let here = &world.here;
        let application = application(&world, &here.mews_token).await;
        let denied = "The client does not have permission to perform the operation.";
        for (path, scope) in [
            (GET_THREADS, Scope::ConversationsRead),
            (ADD_THREAD, Scope::ConversationsWrite),
            (GET_MESSAGES, Scope::MessagesRead),
            (ADD_MESSAGES, Scope::MessagesWrite),
            (GET_CONFIGURATION, Scope::AccountRead),
            (GET_ENTERPRISES, Scope::AccountRead),
            (GET_LANGUAGES, Scope::AccountRead),
            (GET_CUSTOMERS, Scope::CustomersRead),
            (ADD_CUSTOMER, Scope::CustomersWrite),
        ] {
            let full = Grant { application: Some(application), ..Grant::full(heddle_mews::NAME, InboxScope::only([here.main])) };
            let only: Scopes = [scope].into_iter().collect();
            for (grant, allowed) in [(full.clone().without(scope), false), (Grant { scopes: only, ..full }, true)] {
                let access = heddle_mews::mint_token();
                provision::create_key(world.store(), &here.account, grant, &access).await.expect("a key");
                let tokens = Tokens { client: &here.mews_client, access: &access };
                let answer = ask(&world, path, tokens, valid(path)).await;
                if allowed {
                    assert_eq!(answer.status, 200, "{path}");
                } else {
                    refused(&answer, 401, denied);
                    refused(&ask(&world, path, tokens, json!({ "Limitation": 5 })).await, 401, denied);
                }
            }
        }
        let both = Grant { application: Some(application), ..Grant::full(heddle_mews::NAME, InboxScope::only([here.main, here.second])) };
        let access = heddle_mews::mint_token();
        provision::create_key(world.store(), &here.account, both, &access).await.expect("a key");
        let two_enterprises = Tokens { client: &here.mews_client, access: &access };
        refused(&ask(&world, ADD_THREAD, two_enterprises, valid(ADD_THREAD)).await, 401, denied);
        for properties in [valid(ADD_THREAD), json!({})] {
            refused(&ask(&world, ADD_THREAD, portfolio(here), properties).await, 401, denied);
        }
    }
}

on_both! {
    async fn a_property_without_messaging_is_403(world: World) {
        let here = &world.here;
        let thread = add_thread(&world, plain(here), "Before").await;
        let command = UpdateInbox {
            expected: None,
            caller: provision::operator_caller(&here.account),
            id: here.main,
            name: None,
            default_agent: None,
            messaging_off: Some(true),
        };
        world.store().write(command).await.expect("switched off");
        world.app.authentication.forget_account(here.account.id);
        let off = "Messaging is switched off for this property.";
        refused(&ask(&world, ADD_THREAD, plain(here), valid(ADD_THREAD)).await, 403, off);
        refused(&ask(&world, ADD_THREAD, plain(here), json!({})).await, 400, "Invalid OriginalSender");
        let element = json!({ "MessageThreadId": thread["Id"], "Text": "Hello" });
        let unknown = json!({ "MessageThreadId": "52e6b438-f2a7-4269-9944-b44a0089c667", "Text": "Hello" });
        for tokens in [plain(here), portfolio(here)] {
            let answer = ask(&world, ADD_MESSAGES, tokens, json!({ "Messages": [element] })).await;
            refused(&answer, 403, off);
            let answer = ask(&world, ADD_MESSAGES, tokens, json!({ "Messages": [element, unknown] })).await;
            refused(&answer, 400, "Invalid MessageThreadId");
        }
        let named = json!({ "MessageThreadIds": [thread["Id"]] });
        assert_eq!(threads(&world, plain(here), named.clone()).await, std::slice::from_ref(&thread));
        assert!(messages(&world, plain(here), named).await.is_empty());
    }
}

async fn limited(on: On, rate: RateLimit) -> World {
    let settings = [RATE.to_rate(rate)].into_iter().collect();
    World::with(on, settings, world::options(), harness::config()).await
}

#[tokio::test]
async fn the_201st_request_of_a_burst_waits() {
    for on in On::BOTH {
        a_full_burst(&limited(on, RateLimit::Vendor).await).await;
    }
}

async fn a_full_burst(world: &World) {
    let here = &world.here;
    for at in 0..200 {
        // A request with faults counts against the limit too; a request with wrong tokens does not.
        let properties = if at % 2 == 0 {
            json!({ "Messages": [] })
        } else {
            json!({})
        };
        let answer = ask(world, ADD_MESSAGES, plain(here), properties).await;
        assert_ne!(answer.status, 429, "request {at}");
        world.test.clock.advance(100);
    }
    let again = |tokens| ask(world, ADD_MESSAGES, tokens, json!({ "Messages": [] }));
    let answer = again(plain(here)).await;
    refused(&answer, 429, "Too many requests.");
    assert_eq!(answer.header("retry-after"), "10");
    assert_eq!(
        again(portfolio(here)).await.status,
        200,
        "another access token"
    );
    assert_eq!(again(plain(&world.foreign)).await.status, 200);
    world.test.clock.advance(10_000);
    assert_eq!(again(plain(here)).await.status, 200);
}

#[tokio::test]
async fn the_operator_sets_the_rate() {
    let world = limited(On::Sqlite, RateLimit::Own(2)).await;
    let mut statuses = Vec::new();
    for _ in 0..3 {
        let answer = ask(&world, GET_THREADS, plain(&world.here), valid(GET_THREADS)).await;
        statuses.push(answer.status.as_u16());
    }
    assert_eq!(statuses, [200, 200, 429]);
    let unlimited = limited(On::Sqlite, RateLimit::Off).await;
    for _ in 0..250 {
        ok(
            &unlimited,
            ADD_MESSAGES,
            plain(&unlimited.here),
            json!({ "Messages": [] }),
        )
        .await;
    }
}

#[tokio::test]
async fn wrong_tokens_are_limited_by_address_and_right_ones_never() {
    let options = Options {
        failed_auth_per_minute: 3,
        ..world::options()
    };
    let settings = AccountSettings::default();
    let world = World::with(On::Sqlite, settings, options, harness::config()).await;
    let here = &world.here;
    let unknown = Tokens {
        client: &here.mews_client,
        access: "unknown",
    };
    let mismatched = Tokens {
        client: &here.mews_other_client,
        access: &here.mews_token,
    };
    for tokens in [unknown, mismatched, unknown] {
        assert_eq!(
            ask(&world, GET_THREADS, tokens, valid(GET_THREADS))
                .await
                .status,
            401
        );
    }
    for tokens in [unknown, mismatched] {
        let answer = ask(&world, GET_THREADS, tokens, valid(GET_THREADS)).await;
        refused(&answer, 429, "Too many requests.");
        assert_eq!(answer.header("retry-after"), "60");
    }
    ok(&world, GET_THREADS, plain(here), valid(GET_THREADS)).await;
    // Of a larger body nothing more is read, so the tokens in it do not count.
    let mut large = valid(GET_THREADS);
    large["Padding"] = json!("x".repeat(budget::FREE));
    let answer = ask(&world, GET_THREADS, plain(here), large).await;
    refused(&answer, 429, "Too many requests.");
    assert_eq!(answer.header("retry-after"), "60");
    let answer = ask(
        &world,
        GET_THREADS,
        Tokens {
            client: "",
            access: "",
        },
        valid(GET_THREADS),
    )
    .await;
    refused(&answer, 400, "Invalid ClientToken");
}

#[tokio::test]
async fn the_client_name_is_optional_if_the_operator_chooses_so() {
    let config = Config {
        require_client_name: false,
        ..harness::config()
    };
    let settings = AccountSettings::default();
    let world = World::with(On::Sqlite, settings, world::options(), config).await;
    let tokens = plain(&world.here);
    for client in [json!(null), json!(""), json!("Harbour Chat")] {
        ok(
            &world,
            ADD_MESSAGES,
            tokens,
            json!({ "Client": client, "Messages": [] }),
        )
        .await;
    }
    let answer = ask(
        &world,
        ADD_MESSAGES,
        tokens,
        json!({ "Client": 5, "Messages": [] }),
    )
    .await;
    refused(&answer, 400, "Invalid Client");
}

#[tokio::test]
async fn details_are_sent_in_development_only() {
    let config = Config {
        development: true,
        ..harness::config()
    };
    let settings = AccountSettings::default();
    let world = World::with(On::Sqlite, settings, world::options(), config).await;
    let body = post(&world, GET_THREADS, "{\n 5}".into()).await.json();
    assert_eq!(body["Message"], json!("Invalid JSON"));
    assert!(
        body["Details"]
            .as_str()
            .is_some_and(|text| text.contains("line 2")),
        "{body}"
    );
    let messages = json!({ "Messages": [{ "MessageThreadId": "x", "Text": "y" }] });
    let body = ask(&world, ADD_MESSAGES, plain(&world.here), messages)
        .await
        .json();
    assert_eq!(body["Details"], json!("Messages[0]"));
}
