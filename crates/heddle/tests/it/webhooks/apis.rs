//! Tests of what the receivers of each vendor get: bodies, headers and signatures, for changes through any API.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use heddle_access::provision;
use heddle_domain::credential::Credential;
use heddle_domain::webhook::DeliveryState;
use heddle_domain::{EntityKind, InboxScope, Profile};
use heddle_testkit::Receiver;
use heddle_testkit::receiver::Reply;
use heddle_webhooks::sign;
use http::Method;
use serde_json::{Value, json};

use super::stage::{
    RunningNode, WebhookSpec, conversation, create_agents, deliveries, names, until, until_all,
};
use crate::catalogue::{self, helpscout_token};
use crate::harness::World;
use crate::matrix::dump;
use crate::native::Api;
use crate::sending_on_both;

sending_on_both! {
    async fn helpscout_gets_the_bare_resource_signed(world: World) {
        let receiver = Receiver::start().await;
        let spec = WebhookSpec {
            api: "helpscout",
            kinds: vec!["convo.created", "convo.status", "convo.customer.reply.created", "customer.created"],
            secret: "wren".to_owned(),
            ..WebhookSpec::at(receiver.url())
        };
        let id = spec.make(&world).await;
        let _node = RunningNode::one_at_a_time(&world, "a");
        let made = conversation(&world, false).await;
        let first = receiver.wait_for(1).await.remove(0);
        assert_eq!(first.header("x-helpscout-event"), "convo.created");
        let signature = BASE64_STANDARD.encode(sign::sha1(b"wren", &first.body));
        assert_eq!(first.header("x-helpscout-signature"), signature);

        // The body contains the resource as the response to its GET shows it.
        let token = helpscout_token(&world, &world.here).await;
        let path = format!("/v2/conversations/{made}?embed=threads");
        let shown = catalogue::helpscout(Method::GET, path, &token, None).send(&world).await;
        let shown = String::from_utf8(shown.body).expect("text").replace("http://heddle.test", "http://127.0.0.1:8080");
        assert_eq!(first.json(), serde_json::from_str::<Value>(&shown).expect("JSON"));

        // A call that closes or reopens a conversation causes two events; the call's own event comes first.
        let path = format!("/v1/communications/{}/threads/{made}", world.here.customer);
        let mut closing = catalogue::magicline(Method::PUT, path, &world.here.magicline_key);
        closing.body.as_mut().expect("a body")["communicationThreadStatus"] = json!("CLOSED");
        assert_eq!(closing.send(&world).await.status, 200);
        let phone = json!({ "text": "Again", "customer": { "id": world.here.customer.get() } });
        let path = format!("/v2/conversations/{made}/phones");
        let added = catalogue::helpscout(Method::POST, path, &token, Some(phone)).send(&world).await;
        assert_eq!(added.status, 201);
        let all = receiver.wait_for(5).await;
        let names: Vec<_> = all.iter().map(|request| request.header("x-helpscout-event").to_owned()).collect();
        assert_eq!(names, [
            "convo.created", "convo.customer.reply.created", "convo.status", "convo.customer.reply.created", "convo.status",
        ]);

        let profile = Profile { first_name: Some("Mina".into()), ..Profile::default() };
        let email = Some("mina@here.example");
        let (store, account) = (world.store(), &world.here.account);
        let customer = provision::create_customer(store, account, None, email, profile, Vec::new()).await.expect("a customer");
        let body = receiver.wait_for(6).await[5].json();
        assert_eq!((&body["id"], &body["firstName"], &body["gender"]), (&json!(customer.get()), &json!("Mina"), &json!("Unknown")));
        assert_eq!(body["_embedded"]["emails"][0]["value"], "mina@here.example");
        until_all(&world, id, 6, DeliveryState::Delivered).await;
    }
}

/// Returns the Mews application of the main tenant.
pub(crate) async fn application(world: &World) -> heddle_domain::ApplicationId {
    let token = &world.here.mews_token;
    let peer = std::net::Ipv4Addr::LOCALHOST.into();
    let authentication = &world.app.authentication;
    let found = authentication.by_secret(heddle_mews::NAME, token, peer);
    let principal = found.await.expect("the token");
    let Credential { application, .. } = principal.credential.clone();
    application.expect("an application")
}

sending_on_both! {
    async fn mews_gets_batches_of_ids_for_its_own_threads(world: World) {
        let integration = "1fb17c23-f28c-4392-a85c-b10a00a7df00";
        let receiver = Receiver::start().await;
        let spec = WebhookSpec {
            api: "mews",
            kinds: vec!["MessageAdded"],
            application: Some(application(&world).await),
            options: r#"{"integration_id":"1fb17c23-f28c-4392-a85c-b10a00a7df00"}"#,
            ..WebhookSpec::at(&format!("{}/hook?Token=t", receiver.url()))
        };
        spec.make(&world).await;
        let here = &world.here;
        let world = &world;
        let add = |operation: &'static str, body: Value| async move {
            let sample = catalogue::mews(operation, &here.mews_client, &here.mews_token, body);
            let answer = sample.send(world).await;
            assert_eq!(answer.status, 200, "{}", answer.json());
            answer.json()
        };
        let thread = add("messageThreads/add", json!({ "OriginalSender": "Mara", "Subject": "Towels" })).await;
        let thread = thread["MessageThreads"][0]["Id"].clone();
        let messages: Vec<Value> = (0..3).map(|n| json!({ "MessageThreadId": thread, "Text": format!("No {n}") })).collect();
        let added = add("messages/add", json!({ "Messages": messages })).await;
        // One thread belongs to another application, one to no application.
        let other = catalogue::mews("messageThreads/add", &here.mews_other_client, &here.mews_other_token,
            json!({ "OriginalSender": "Ike", "Subject": "Keys" }));
        assert_eq!(other.send(world).await.status, 200);
        conversation(world, false).await;

        let _node = RunningNode::one_at_a_time(world, "a");
        let received = receiver.wait_for(1).await.remove(0);
        assert_eq!(received.path, "/hook?Token=t");
        assert_eq!(received.header("content-type"), "application/json");
        let enterprise = world.public_id(here, EntityKind::Inbox, here.main.get(), heddle_mews::NAME).await;
        let events: Vec<Value> = added["Messages"].as_array().expect("messages").iter()
            .map(|message| json!({ "Discriminator": "MessageAdded", "Value": { "Id": message["Message"]["Id"] } }))
            .collect();
        assert_eq!(received.json(), json!({ "EnterpriseId": enterprise, "IntegrationId": integration, "Events": events }));
    }
}

sending_on_both! {
    async fn magicline_tells_changes_of_preferences_apart_from_other_changes(world: World) {
        let receiver = Receiver::answering(|_| Reply::ok()).await;
        let spec = WebhookSpec {
            api: "magicline",
            kinds: vec!["CUSTOMER_UPDATED", "CUSTOMER_COMMUNICATION_PREFERENCES_UPDATED"],
            inboxes: InboxScope::only([world.here.main]),
            secret: "studio-key".to_owned(),
            ..WebhookSpec::at(receiver.url())
        };
        spec.make(&world).await;
        let _node = RunningNode::one_at_a_time(&world, "a");
        let api = Api::full(&world);
        let customer = format!("/api/v1/customers/{}", world.here.customer);
        let path = format!("/v1/communications/{}/communication-preferences", world.here.customer);
        let mut change = catalogue::magicline(Method::PUT, path, &world.here.magicline_key);
        change.body = Some(json!([{ "messageCategory": "NEWSLETTER", "channels": [
            { "communicationChannel": "FAX", "active": true },
        ] }]));
        assert_eq!(change.send(&world).await.status, 200);
        // The same again changes nothing, so nothing is sent.
        assert_eq!(change.send(&world).await.status, 200);
        assert_eq!(api.patch(&customer, json!({ "first_name": "Mina" })).await.status, 200);
        let all = receiver.wait_for(2).await;
        let told: Vec<_> = all.iter().map(|request| {
            let body = request.json();
            assert_eq!(request.header("x-api-key"), "studio-key");
            assert_eq!(body["payload"].as_array().expect("a payload").len(), 1);
            assert_eq!(body["payload"][0].get("content"), None);
            (body["entityId"].clone(), body["payload"][0]["type"].clone())
        }).collect();
        let id = json!(world.here.customer.get());
        assert_eq!(told, [
            (id.clone(), json!("CUSTOMER_COMMUNICATION_PREFERENCES_UPDATED")),
            (id, json!("CUSTOMER_UPDATED")),
        ]);
    }
}

sending_on_both! {
    async fn magicline_gets_changes_of_customers_with_the_studios_key(world: World) {
        let receiver = Receiver::answering(|_| Reply::status(500)).await;
        let spec = WebhookSpec {
            api: "magicline",
            kinds: vec!["CUSTOMER_CREATED", "EMPLOYEE_CREATED"],
            inboxes: InboxScope::only([world.here.main]),
            secret: "studio-key".to_owned(),
            ..WebhookSpec::at(receiver.url())
        };
        let id = spec.make(&world).await;
        let _node = RunningNode::one_at_a_time(&world, "a");
        let (store, account) = (world.store(), &world.here.account);
        let make = |home| provision::create_customer(store, account, Some(home), None, Profile::default(), Vec::new());
        make(world.here.second).await.expect("a customer elsewhere");
        let customer = make(world.here.main).await.expect("a customer");
        let first = receiver.wait_for(1).await.remove(0);
        assert_eq!(first.header("x-api-key"), "studio-key");
        let body = first.json();
        assert_eq!((&body["entityId"], &body["payload"][0]["type"]), (&json!(customer.get()), &json!("CUSTOMER_CREATED")));
        assert!(body["payload"][0]["timestamp"].is_i64() && body["uuid"].as_str().is_some_and(|uuid| uuid.len() == 36));
        // There are three retries, each after ten minutes. The creation of new employees wakes the worker.
        receiver.answer(|request| match request.json()["payload"][0]["type"].as_str() {
            Some("EMPLOYEE_CREATED") => Reply::ok(),
            _ => Reply::status(500),
        });
        let record = || async { deliveries(&world, id).await.remove(0) };
        until("the record", || async { deliveries(&world, id).await.len() == 1 }).await;
        for attempt in 2..=4 {
            let wait = record().await.next_attempt_at.expect("a time").0 - world.app.now().0;
            assert_eq!(wait, 600_000);
            world.test.clock.advance(wait);
            create_agents(&world, names(attempt..attempt + 1)).await;
            until("another attempt", || async { record().await.attempts == attempt as i64 }).await;
        }
        assert_eq!(record().await.state, DeliveryState::Failed);
        let received = receiver.received();
        assert_eq!(received.iter().filter(|request| request.body == first.body).count(), 4);
    }
}

sending_on_both! {
    async fn mykaarma_gets_messages_as_text_with_two_proofs(world: World) {
        let receiver = Receiver::start().await;
        let spec = WebhookSpec {
            api: "mykaarma",
            kinds: vec!["messages"],
            options: r#"{"username":"partner-here"}"#,
            secret: "shared".to_owned(),
            ..WebhookSpec::at(receiver.url())
        };
        spec.make(&world).await;
        let _node = RunningNode::one_at_a_time(&world, "a");
        conversation(&world, false).await;
        let received = receiver.wait_for(1).await.remove(0);
        assert_eq!(received.header("content-type"), "text/plain");
        assert_eq!(received.header("x-authorization-token"), "shared");
        let signature = base16ct::lower::encode_string(&sign::sha256(b"partner-here", &[&received.body]));
        assert_eq!(received.header("mykaarma-signature-token"), format!("sha256={signature}"));
        let here = &world.here;
        let body = received.json();
        let department = world.public_id(here, EntityKind::Inbox, here.main.get(), heddle_mykaarma::NAME).await;
        assert_eq!((&body["type"], &body["departmentuuid"]), (&json!("messages"), &json!(department)));
        let payload: Value = serde_json::from_str(body["payload"].as_str().expect("a text")).expect("JSON in it");
        assert_eq!(payload["isUpdate"], false);
        let message = &payload["messageDTO"];
        assert_eq!((&message["messageType"], &message["protocol"]), (&json!("I"), &json!("V")));
        assert_eq!(message["messageExtnDTO"]["messageBody"], "Hello");
        let customer = world.public_id(here, EntityKind::Customer, here.customer.get(), heddle_mykaarma::NAME).await;
        assert_eq!(message["customerUuid"], customer);
    }
}

sending_on_both! {
    async fn webhooks_of_every_api_are_created_through_the_native_api(world: World) {
        let api = Api::full(&world);
        let application = application(&world).await.get();
        let url = "https://hook.example.org/in";
        for (name, events, more, secret) in [
            ("helpscout", json!(["convo.created"]), json!({ "secret": "wren" }), true),
            ("magicline", json!(["CUSTOMER_CREATED"]), json!({ "inbox_ids": [world.here.main.get()] }), true),
            ("mews", json!(["MessageAdded"]), json!({
                "application_id": application,
                "options": { "integration_id": "1fb17c23-f28c-4392-a85c-b10a00a7df00" },
            }), false),
            ("mykaarma", json!(["messages"]), json!({ "options": { "username": "partner-here" } }), true),
        ] {
            let mut body = json!({ "api": name, "url": url, "events": events });
            body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
            let made = api.post("/api/v1/webhooks", body).await;
            assert_eq!(made.status, 201, "{name}: {}", made.json());
            assert_eq!(made.json()["secret"].is_string(), secret, "{name}");
            assert_eq!(made.json()["api"], name);
        }
        let wrong = json!({ "api": "mews", "url": url, "events": ["MessageAdded"], "ordered": true,
            "application_id": application });
        let found = crate::native::faults(&api.post("/api/v1/webhooks", wrong).await);
        assert_eq!(found, ["ordered invalid", "options.integration_id invalid"]);
        let strange = json!({ "api": "mews", "url": url, "events": ["MessageAdded"], "application_id": 999_999,
            "options": { "integration_id": "1fb17c23-f28c-4392-a85c-b10a00a7df00" } });
        let found = crate::native::faults(&api.post("/api/v1/webhooks", strange).await);
        assert_eq!(found, ["application_id not-found"]);
    }
}

sending_on_both! {
    async fn webhooks_of_another_api_do_not_exist_at_help_scout(world: World) {
        const WEBHOOKS: &str = "/v2/webhooks";
        let token = helpscout_token(&world, &world.here).await;
        let ask = async |method: Method, path: &str, body: Option<Value>| {
            catalogue::helpscout(method, path.to_owned(), &token, body).send(&world).await
        };
        let own = json!({ "url": "https://hooks.example.com/helpscout?key=sesame", "events": ["convo.created"], "secret": "wren" });
        let api = Api::full(&world);
        let body = json!({ "url": "https://hooks.example.com/native", "events": ["message.added"] });
        let made = api.post("/api/v1/webhooks", body).await;
        assert_eq!(made.status, 201);
        let path = format!("{WEBHOOKS}/{}", made.json()["id"]);
        let before = dump(&world).await;
        for (method, body) in [(Method::GET, None), (Method::PUT, Some(own.clone())), (Method::DELETE, None)] {
            assert_eq!(ask(method, &path, body).await.status, 404);
        }
        assert_eq!(ask(Method::GET, WEBHOOKS, None).await.json()["page"]["totalElements"], json!(0));
        assert_eq!(dump(&world).await, before);
        // The native API shows the webhooks of Help Scout's API, without their secrets.
        let made = ask(Method::POST, WEBHOOKS, Some(own)).await;
        let id = made.header("location").rsplit('/').next().expect("an id").to_owned();
        let shown = api.get(&format!("/api/v1/webhooks/{id}")).await.json();
        assert_eq!((&shown["api"], &shown["url"]), (&json!("helpscout"), &json!("https://hooks.example.com/helpscout?***")));
    }
}
