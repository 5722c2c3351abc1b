//! Webhooks.

use heddle_domain::InboxScope;
use heddle_domain::id::WebhookId;
use heddle_store::read::webhooks::GetWebhook;
use heddle_store::write::webhook::WebhookReach;
use heddle_testkit::on_both;
use heddle_webhooks::endpoint::{URL_PURPOSE, unseal};
use serde_json::{Value, json};

use super::super::values::{times, words};
use super::super::{Shown, none};
use super::{Trip, change, done, get};
use crate::catalogue::Fixture;
use crate::harness::World;
use crate::native::Api;

pub(super) const CALLS: &[&str] = &[
    "POST /api/v1/webhooks",
    "PATCH /api/v1/webhooks/{id}",
    "POST /api/v1/webhooks/{id}/rotate-secret",
    "POST /api/v1/webhooks/{id}/replay",
];
const LIST: &str = "/api/v1/webhooks";
const GUID: &str = "3f0c2a3e-5b0e-4d2f-9d0e-0a1b2c3d4e5f";
const URL: &str = "http://127.0.0.1:9/in";
const SECRET: &str = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz";

/// Returns what webhooks for Help Scout, Mews and myKaarma need.
fn of_vendors(world: &World) -> [Value; 3] {
    let inboxes = [world.here.main.get()];
    [
        json!({ "api": "helpscout", "events": ["convo.created"] }),
        json!({ "api": "mews", "events": ["MessageAdded"], "inbox_ids": inboxes, "secret": null, "application_id": 1,
            "options": { "integration_id": GUID } }),
        json!({ "api": "mykaarma", "events": ["messages"], "inbox_ids": inboxes, "options": { "username": "bob" } }),
    ]
}

/// Returns a usual body, and the values and needs of fields that the schema does not tell.
fn trip(call: &'static str, base: Value) -> Trip {
    let mut trip = Trip::new(call, base);
    trip.values = vec![
        (
            "url",
            words(&[
                "http://127.0.0.1:9/%C3%A4/~b;c=d",
                "https://hooks.example.com:8443/",
            ]),
        ),
        (
            "events",
            vec![
                json!(["*"]),
                json!(["message.added"]),
                json!(["message.added", "webhook.disabled"]),
            ],
        ),
        ("allow", vec![json!([]), json!(["127.0.0.1/32"])]),
        ("options", vec![json!({})]),
        ("options.notification", vec![json!(true), json!(false)]),
        ("options.payload_version", words(&["V2", "V3"])),
        (
            "options.integration_id",
            words(&[GUID, "ffffffff-5b0e-4d2f-9d0e-0a1b2c3d4e5f"]),
        ),
        ("options.username", words(&["bob", "b\u{f6}b"])),
    ];
    trip
}

fn with_url(mut body: Value) -> Value {
    body["url"] = json!(URL);
    body
}

on_both! {
    async fn every_field_of_a_webhook_makes_the_round_trip(world: World) {
        let _allowed = Fixture::new(&world).await;
        let api = Api::full(&world);
        let base = json!({ "url": URL, "events": ["message.added"], "secret": SECRET });
        let [of_helpscout, of_mews, of_mykaarma] = of_vendors(&world);
        let mut create = trip(CALLS[0], base.clone());
        create.values.extend([
            ("api", words(&["native"])),
            ("application_id", vec![json!(1)]),
            ("secret", words(&[SECRET])),
            ("state", words(&["enabled", "disabled"])),
        ]);
        create.with = vec![
            ("options.notification", of_helpscout.clone()),
            ("options.payload_version", of_helpscout),
            ("options.integration_id", of_mews.clone()),
            ("application_id", of_mews),
            ("options.username", of_mykaarma),
        ];
        let faults = create.check(&world, async |body: Value| {
            let made = done(&api.post(LIST, body).await)?;
            let path = format!("{LIST}/{}", made["id"]);
            let mut seen = get(&api, &path).await?;
            seen["secret"] = made["secret"].clone();
            done(&api.delete(&path).await)?;
            Ok(seen)
        }).await;
        none(&faults);
    }
}

/// Creates a webhook for each API that has options, because a webhook keeps its API. Returns the options with its path.
async fn webhooks_of_vendors(
    world: &World,
    api: &Api<'_>,
    update: &mut Trip,
) -> Vec<(&'static [&'static str], String)> {
    let options: [&'static [&'static str]; 3] = [
        &["notification", "payload_version"],
        &["integration_id"],
        &["username"],
    ];
    let mut found = Vec::new();
    for (options, body) in options.into_iter().zip(of_vendors(world)) {
        let made = done(&api.post(LIST, with_url(body)).await).expect("a webhook");
        found.push((options, format!("{LIST}/{}", made["id"])));
        for name in options {
            let path = String::leak(format!("options.{name}"));
            update.with.push((path, json!({ "events": null })));
        }
    }
    found
}

on_both! {
    async fn every_field_of_a_changed_webhook_makes_the_round_trip(world: World) {
        let fixture = Fixture::new(&world).await;
        let api = Api::full(&world);
        let one = format!("{LIST}/{}", fixture.here.webhook);
        let mut update = trip(CALLS[1], json!({ "events": ["message.added"] }));
        update.shown = vec![
            ("adopt", Shown::Never("the credential is shown")),
            ("skip_backlog", Shown::Never("decides only where deliveries begin")),
        ];
        update.values.push(("skip_backlog", vec![json!(false)]));
        let of_options = webhooks_of_vendors(&world, &api, &mut update).await;
        let mut faults = update.check(&world, async |body: Value| {
            let named = |options: &[&str]| options.iter().any(|name| !body["options"][name].is_null());
            let other = of_options.iter().find(|(options, _)| named(options));
            change(&api, other.map_or(&one, |(_, path)| path), body).await
        }).await;

        let mut rotate = Trip::new(CALLS[2], json!({ "secret": SECRET }));
        rotate.shown = vec![("keep_previous_seconds", Shown::Never("the time until then is shown"))];
        rotate.values = vec![("secret", words(&[SECRET]))];
        faults.extend(rotate.check(&world, async |body| {
            done(&api.post(&format!("{one}/rotate-secret"), body).await)
        }).await);

        let mut replay = Trip::new(CALLS[3], json!({ "from": "0001-01-01T00:00:00Z" }));
        replay.shown = ["from", "to", "from_delivery_id", "state"].map(|name| (name, Shown::Elsewhere)).into();
        replay.with = vec![("to", json!({ "from": "0001-01-01T00:00:00Z" }))];
        replay.values = vec![
            ("from", times()),
            ("to", times().split_off(1)),
            ("from_delivery_id", vec![json!(fixture.here.delivery.parse::<i64>().expect("an id"))]),
        ];
        faults.extend(replay.check(&world, async |body| {
            done(&api.post(&format!("{one}/replay"), body).await)
        }).await);
        none(&faults);
    }
}

on_both! {
    async fn a_url_that_is_shown_masked_stays_as_it_is(world: World) {
        let _allowed = Fixture::new(&world).await;
        let api = Api::full(&world);
        let url = "http://127.0.0.1:9/a?Token=geheim&x=1";
        let made = done(&api.post(LIST, json!({ "url": url, "events": ["message.added"] })).await).expect("a webhook");
        let id = WebhookId(made["id"].as_i64().expect("an id"));
        let shown = &made["url"];
        assert_eq!(shown, "http://127.0.0.1:9/a?***");
        let one = format!("{LIST}/{id}");
        let seen = change(&api, &one, json!({ "url": shown, "label": "x" })).await.expect("a change");
        assert_eq!((&seen["url"], &seen["label"]), (shown, &json!("x")));
        let account = world.here.account.id;
        let reach = WebhookReach { inboxes: InboxScope::All, api: None };
        let stored = world.store().read(GetWebhook { account, reach, id }).await.expect("a read").expect("a webhook");
        let open = unseal(&world.app.sealer, URL_PURPOSE, account, &stored, &stored.url).expect("a URL");
        assert_eq!(open, url);
        // Another masked URL stands for nothing.
        let refused = api.patch(&one, json!({ "url": "http://127.0.0.1:9/b?***" })).await;
        assert_eq!(refused.status, 422);
    }
}
