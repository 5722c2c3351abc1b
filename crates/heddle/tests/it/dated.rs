//! A contact dated in the future must not stay the last one of its conversation in any API (`rules.md` 19). Mews and
//! myKaarma take no time of a contact; they show what the other APIs made.

use heddle_testkit::on_both;
use http::Method;
use serde_json::{Value, json};

use crate::across::{list, ok};
use crate::catalogue::{Fixture, helpscout, magicline, mykaarma};
use crate::harness::World;
use crate::native::Api;

const FUTURE: &str = "2099-01-01T00:00:00Z";

/// Creates a conversation with a contact in 2099 through each API that takes such a time.
async fn create(world: &World, fixture: &Fixture, api: &str) -> i64 {
    let customer = world.here.customer;
    match api {
        "magicline" => {
            let path = format!("/v1/communications/{customer}/threads");
            let mut sample = magicline(Method::POST, path, &world.here.magicline_key);
            sample.body.as_mut().expect("a body")["communicationDateTime"] = json!(FUTURE);
            let answer = ok(world, &sample).await.json();
            answer["threadId"].as_i64().expect("an id")
        }
        "helpscout" => {
            let from = json!({ "id": customer.get() });
            let body = json!({
                "subject": "Kettle", "type": "phone", "mailboxId": world.here.main.get(), "status": "active", "customer": from,
                "threads": [{ "type": "phone", "text": "Rang", "customer": from, "createdAt": FUTURE }],
            });
            let (path, token) = ("/v2/conversations".into(), &fixture.here.helpscout_token);
            let answer = ok(world, &helpscout(Method::POST, path, token, Some(body))).await;
            answer.header("resource-id").parse().expect("an id")
        }
        _ => {
            let message = json!({ "channel": "phone", "direction": "incoming", "body": "Rang", "occurred_at": FUTURE });
            let body = json!({ "inbox_id": world.here.main.get(), "customer_id": customer.get(), "subject": "Kettle",
                "messages": [message] });
            let answer = Api::full(world).post("/api/v1/conversations", body).await;
            assert_eq!(answer.status, 201, "{}", answer.json());
            answer.json()["id"].as_i64().expect("an id")
        }
    }
}

async fn thread(world: &World, fixture: &Fixture, id: i64) -> Value {
    let threads = list(world, fixture, &fixture.here.customer_public).await;
    let found = threads.into_iter().find(|thread| thread["id"] == id);
    found.expect("the thread is listed")
}

on_both! {
    async fn a_contact_dated_in_the_future_does_not_hold_a_conversation_in_any_api(world: World) {
        let fixture = Fixture::new(&world).await;
        let native = Api::full(&world);
        for api in ["magicline", "helpscout", "native"] {
            world.test.clock.advance(60_000);
            let id = create(&world, &fixture, api).await;
            let before = thread(&world, &fixture, id).await;
            assert_eq!(before["isWaitingForResponse"], true, "{api}");
            let day = before["lastMessageOn"].as_str().expect("a time");
            assert!(day.starts_with("2026-"), "{api}: {before}");

            world.test.clock.advance(60_000);
            let path = format!(
                "/communications/department/{}/user/{}/customer/{}/message",
                fixture.here.main_public, fixture.here.agent_public, fixture.here.customer_public
            );
            let answer = json!({ "messageAttributes": { "body": "It is fixed", "type": "OUTGOING", "protocol": "TEXT", "isManual": true } });
            ok(&world, &mykaarma(Method::POST, path, &world.here.mykaarma, Some(answer))).await;
            let after = thread(&world, &fixture, id).await;
            assert_eq!(after["isWaitingForResponse"], false, "{api}: {after}");
            assert!(after["lastMessageOn"].as_str() > before["lastMessageOn"].as_str(), "{api}: {after}");

            let shown = native.get(&format!("/api/v1/conversations/{id}")).await.json();
            assert_eq!((&shown["waiting"], &shown["last_message_at"]), (&json!(false), &after["lastMessageOn"]), "{api}");
            let messages = native.get(&format!("/api/v1/conversations/{id}/messages?sort=-occurred")).await.json();
            assert_eq!(messages["data"][0]["body"], "It is fixed", "{api}");
            assert_eq!(messages["data"][1]["occurred_at"], "2099-01-01T00:00:00.000Z", "{api}");
            let at = format!("/v2/conversations/{id}/threads");
            let threads = ok(&world, &helpscout(Method::GET, at, &fixture.here.helpscout_token, None)).await.json();
            assert_eq!(threads["_embedded"]["threads"][0]["body"], "It is fixed", "{api}");
            let at = format!("/v2/conversations/{id}");
            let seen = ok(&world, &helpscout(Method::GET, at, &fixture.here.helpscout_token, None)).await.json();
            let since = seen["customerWaitingSince"]["time"].as_str().expect("a time");
            assert!(since.starts_with("2026-"), "{api}: {seen}");
        }
    }
}
