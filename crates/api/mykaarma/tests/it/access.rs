//! Tests of credentials, scopes, unknown paths and methods: item 6 of the acceptance list.

use heddle_access::provision;
use heddle_domain::InboxScope;
use heddle_domain::credential::Grant;
use heddle_domain::credential::Scope;
use heddle_testkit::On;
use http::Method;
use serde_json::json;

use crate::client::{Client, basic, manage_refused, message, message_path, refused, threads_path};
use crate::harness::{Answer, World};
use heddle_testkit::on_both;

fn default_path(department: &str) -> String {
    format!("/manage/v2/department/{department}/dealerAssociate/default")
}

async fn with_header(world: &World, path: &str, header: Option<&str>) -> Answer {
    let mut headers = vec![("content-type", "application/json")];
    headers.extend(header.map(|value| ("authorization", value)));
    world.send(Method::POST, path, &headers, "{}").await
}

on_both! {
    async fn missing_wrong_and_malformed_credentials_are_refused(world: World) {
        let client = Client::here(&world).await;
        let (username, password) = &world.here.mykaarma;
        let bearer = format!("Bearer {password}");
        let long = basic(username, &"p".repeat(300));
        let stranger = basic("stranger", password);
        let wrong = basic(username, "wrong");
        let foreign = basic(username, &world.foreign.mykaarma.1);
        let helpscout = basic(&world.here.helpscout_client.0, &world.here.helpscout_client.1);
        let key = basic(&world.here.magicline_key, "");
        let empty = basic("", "");
        let headers = [
            None, Some(""), Some("Basic"), Some("Basic !!!"), Some("Basic bm9jb2xvbg=="), Some(bearer.as_str()),
            Some(&long), Some(&stranger), Some(&wrong), Some(&foreign), Some(&helpscout), Some(&key), Some(&empty),
        ];
        for header in headers {
            let answer = with_header(&world, &client.threads_path(), header).await;
            refused(&answer, 401, "UNAUTHORIZED");
            assert!(answer.header("www-authenticate").starts_with("Basic realm="), "{header:?}");
        }
        let answer = world.send(Method::GET, &default_path(&client.department), &[], "").await;
        manage_refused(&answer, 401);
        assert!(answer.header("www-authenticate").starts_with("Basic realm="));
        assert_eq!(with_header(&world, &client.threads_path(), Some(&client.authorization)).await.status, 200);
    }
}

on_both! {
    async fn unknown_and_not_granted_ids_are_forbidden_alike(world: World) {
        let client = Client::here(&world).await;
        let foreign = Client::of(&world, &world.foreign).await;
        let body = json!({ "messageAttributes": message("OUTGOING") });
        for department in [&client.second_department, &foreign.department, "nowhere", ""] {
            for path in [
                threads_path(department, &client.customer),
                message_path(department, &client.user, &client.customer),
                format!("/communications/department/{department}/customer/{}/message", client.customer),
            ] {
                let answer = refused(&client.call(Method::POST, &path, &body).await, 403, "API_SCOPE_NOT_FOUND");
                let text = answer["errors"][0]["errorDescription"].as_str().expect("words").to_owned();
                assert!(text.contains("ApiScope does not exist"), "{text}");
            }
            let answer = client.call(Method::GET, &default_path(department), &json!({})).await;
            let text = manage_refused(&answer, 403)["errors"][0]["errorMessage"].to_string();
            assert!(text.contains("ApiScope does not exist"), "{text}");
        }
        for dealer in [foreign.dealer.as_str(), "nobody"] {
            let path = format!("/communications/dealers/{dealer}/delegate");
            refused(&client.call(Method::PUT, &path, &json!({})).await, 403, "API_SCOPE_NOT_FOUND");
        }
    }
}

on_both! {
    async fn each_call_needs_its_scope(world: World) {
        let mut client = Client::here(&world).await;
        let calls = [
            (Scope::ConversationsRead, Method::POST, client.threads_path()),
            (Scope::MessagesWrite, Method::POST, client.message_path(&client.user)),
            (Scope::MessagesWrite, Method::POST, client.note_path()),
            (Scope::DelegationsWrite, Method::PUT, client.delegate_path()),
        ];
        let store = world.store();
        for (scope, method, path) in calls {
            let grant = Grant::full(heddle_mykaarma::NAME, InboxScope::only([world.here.main])).without(scope);
            let username = heddle_access::secrets::mint_name();
            provision::create_named(store, &world.here.account, grant, &username, "password").await.expect("a subscriber");
            client.authorization = basic(&username, "password");
            refused(&client.call(method, &path, &json!({})).await, 403, "API_SCOPE_NOT_FOUND");
        }
        let grant = Grant::full(heddle_mykaarma::NAME, InboxScope::only([world.here.main])).without(Scope::AgentsRead);
        provision::create_named(store, &world.here.account, grant, "agentless", "password").await.expect("a subscriber");
        client.authorization = basic("agentless", "password");
        manage_refused(&client.call(Method::GET, &default_path(&client.department), &json!({})).await, 403);
    }
}

#[tokio::test]
async fn wrong_passwords_are_limited_by_address_but_nothing_else_is() {
    let world = World::new(On::Sqlite).await;
    let client = Client::here(&world).await;
    let path = client.threads_path();
    let wrong = basic(&world.here.mykaarma.0, "wrong");
    for _ in 0..120 {
        let answer = with_header(&world, &path, Some(&wrong)).await;
        refused(&answer, 401, "UNAUTHORIZED");
        // A malformed header does not count as a failed attempt.
        assert_eq!(
            with_header(&world, &path, Some("Basic !")).await.status,
            401
        );
    }
    let answer = with_header(&world, &path, Some(&wrong)).await;
    refused(&answer, 429, "TOO_MANY_REQUESTS");
    let seconds = answer.header("retry-after").parse::<u32>();
    assert!(seconds.is_ok_and(|seconds| (1..=60).contains(&seconds)));
    refused(&with_header(&world, &path, None).await, 401, "UNAUTHORIZED");
    let valid = with_header(&world, &path, Some(&client.authorization)).await;
    assert_eq!(valid.status, 200);
    world.test.clock.advance(61_000);
    let answer = with_header(&world, &path, Some(&wrong)).await;
    refused(&answer, 401, "UNAUTHORIZED");
}

#[tokio::test]
async fn unknown_paths_have_the_envelope_of_their_prefix() {
    let world = World::new(On::Sqlite).await;
    let client = Client::here(&world).await;
    let (department, customer) = (&client.department, &client.customer);
    for path in [
        "/communications/".to_owned(),
        "/communications/nothing/at/all".into(),
        format!("/communications/department/{department}/customers/{customer}/threads"),
        format!("/communications/departments/{department}/customers/{customer}/threads/"),
        format!("/communications/department/{department}/customer/{customer}/nothing"),
        format!(
            "/communications/department/{department}/user/u/customer/{customer}/message/list/x"
        ),
    ] {
        for method in [Method::GET, Method::POST] {
            refused(
                &client.call(method, &path, &json!({})).await,
                404,
                "NOT_FOUND",
            );
        }
    }
    for path in [
        "/manage/",
        "/manage/v2/x",
        "/customer/",
        "/customer/v2/department/d/customers",
    ] {
        manage_refused(&client.call(Method::POST, path, &json!({})).await, 404);
    }
}

#[tokio::test]
async fn a_wrong_method_is_405_with_the_allowed_one() {
    let world = World::new(On::Sqlite).await;
    let client = Client::here(&world).await;
    for (path, allow) in [
        (client.threads_path(), "POST"),
        (client.message_path(&client.user), "POST"),
        (client.note_path(), "POST"),
        (client.delegate_path(), "PUT"),
    ] {
        for method in [Method::GET, Method::DELETE, Method::PATCH, Method::OPTIONS] {
            let answer = client.call(method, &path, &json!({})).await;
            refused(&answer, 405, "METHOD_NOT_ALLOWED");
            assert_eq!(answer.header("allow"), allow, "{path}");
        }
    }
    let answer = client
        .call(Method::POST, &default_path(&client.department), &json!({}))
        .await;
    manage_refused(&answer, 405);
    assert_eq!(answer.header("allow"), "GET,HEAD");
}

on_both! {
    async fn the_default_associate_is_returned(world: World) {
        let client = Client::here(&world).await;
        let answer = client.call(Method::GET, &default_path(&client.department), &json!({})).await;
        assert_eq!(answer.status, 200);
        let expected = json!({"dealerAssociate": {"userUuid": client.default_user}, "errors": [], "warnings": []});
        assert_eq!(answer.json(), expected);
        // For a department without a default associate, the response contains the built-in agent, whose messages
        // delegate nothing either.
        let (store, account) = (world.store(), &world.here.account);
        let inbox = provision::create_inbox(store, account, "Sales", None, Vec::new()).await.expect("an inbox");
        let grant = Grant::full(heddle_mykaarma::NAME, InboxScope::only([inbox]));
        provision::create_named(store, account, grant, "sales", "password").await.expect("a subscriber");
        let kind = heddle_domain::EntityKind::Inbox;
        let department = world.public_id(&world.here, kind, inbox.get(), heddle_mykaarma::NAME).await;
        let mut client = Client::here(&world).await;
        client.authorization = basic("sales", "password");
        let answer = client.call(Method::GET, &default_path(&department), &json!({})).await.json();
        let user = answer["dealerAssociate"]["userUuid"].as_str().expect("a user").to_owned();
        let customer = provision::create_customer(store, account, None, None, heddle_domain::customer::Profile::default(), Vec::new())
            .await
            .expect("a customer");
        let kind = heddle_domain::EntityKind::Customer;
        let customer = world.public_id(&world.here, kind, customer.get(), heddle_mykaarma::NAME).await;
        let body = json!({ "messageAttributes": message("OUTGOING") });
        let sent = client.call(Method::POST, &message_path(&department, &user, &customer), &body).await;
        assert_eq!(sent.status, 200, "{}", sent.json());
        let threads = client.call(Method::POST, &threads_path(&department, &customer), &json!({})).await.json();
        assert_eq!(threads["customerThreads"][0]["userUuid"], json!(""));
        assert_eq!(threads["customerThreads"][0]["lastDelegationOn"], json!(0));
    }
}
