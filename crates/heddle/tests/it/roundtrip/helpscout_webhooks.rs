//! Help Scout's webhooks are read back with `GET /v2/webhooks/{webhookId}`.

use heddle_testkit::on_both;
use http::Method;
use serde_json::{Value, json};

use super::helpscout::{Client, VOLATILE, lower};
use super::values::{flags, texts, trimmed, words};
use super::{Member, at, check, never, none, vendors, with_whole};
use crate::catalogue::Fixture;
use crate::harness::World;

fn webhook(world: &World) -> (Value, Vec<Member>) {
    let base =
        json!({ "url": "http://127.0.0.1:9/in", "events": ["convo.created"], "secret": "wren" });
    let [main, second] = [world.here.main.get(), world.here.second.get()];
    let urls = [
        "http://127.0.0.1:9/%C3%A4?a=b%20c&d=%22",
        "http://127.0.0.1:9/a;b=c/~d,e'f(g)!*",
        "https://hooks.example.com:8443/",
    ];
    let members = vec![
        at("url", "/url", words(&urls)),
        at(
            "events",
            "/events",
            vec![json!(["convo.tags", "tag.created"]), json!(all_events())],
        )
        .normal(lower),
        never("secret", "a secret is never shown", trimmed(13, 40)),
        at("label", "/label", texts(0, 200)),
        at(
            "mailboxIds",
            "/mailboxIds",
            vec![json!([main]), json!([main, second])],
        ),
        at("notification", "/notification", flags()),
        at("payloadVersion", "/payloadVersion", words(&["V2", "V3"])),
    ];
    (base, members)
}

/// Returns every event that a webhook of this API may name.
fn all_events() -> Vec<&'static str> {
    let apis = heddle::apis::descriptions();
    let hook = apis.find("helpscout").expect("an API").hook;
    hook.expect("webhooks").event_names().to_vec()
}

on_both! {
    async fn every_member_of_a_webhook_makes_the_round_trip(world: World) {
        let _allowed = Fixture::new(&world).await;
        let client = Client::new(&world).await;
        let (base, members) = webhook(&world);
        let known = vendors::members("helpscout", "POST /v2/webhooks");
        let read = async |id: &str| {
            let path = format!("/v2/webhooks/{id}");
            let mut seen = client.call(Method::GET, &path, None).await?.json();
            seen["events"] = lower(&seen["events"]);
            Ok::<_, String>(with_whole(seen, &VOLATILE))
        };
        let create = async |body: Value| {
            let id = client.make(Method::POST, "/v2/webhooks", &body).await?;
            let seen = read(&id).await?;
            client.call(Method::DELETE, &format!("/v2/webhooks/{id}"), None).await?;
            Ok(seen)
        };
        let mut faults = check("POST /v2/webhooks", &known, &base, &members, create).await;
        let id = client.make(Method::POST, "/v2/webhooks", &base).await.expect("a webhook");
        let replace = async |body: Value| {
            client.call(Method::PUT, &format!("/v2/webhooks/{id}"), Some(body)).await?;
            read(&id).await
        };
        faults.extend(check("PUT /v2/webhooks/{webhookId}", &known, &base, &members, replace).await);
        none(&faults);
    }
}
