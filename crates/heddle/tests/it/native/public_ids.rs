//! Tests of the public ids that a new inbox, agent or customer can have in vendor APIs.

use heddle::apis;
use heddle_domain::{ApiName, EntityKind};
use heddle_store::read::account::GetPublicId;
use http::Method;
use serde_json::{Value, json};

use super::{Api, faults, problem};
use crate::catalogue::mykaarma;
use crate::harness::World;
use crate::matrix::dump;
use heddle_testkit::on_both;

const GUID: &str = "0B3F2C5E-8D1A-4F6B-9C2D-7E5A1B3C4D5F";

/// The kinds of entity, each with its path and a body that creates one. `number` makes the body different from others.
fn kinds(number: usize) -> [(EntityKind, &'static str, Value); 3] {
    let email = format!("mina{number}@here.example");
    let agent = json!({ "first_name": "Mina", "last_name": "Roth", "email": email });
    [
        (
            EntityKind::Inbox,
            "/api/v1/inboxes",
            json!({ "name": "Annexe" }),
        ),
        (EntityKind::Agent, "/api/v1/agents", agent),
        (
            EntityKind::Customer,
            "/api/v1/customers",
            json!({ "first_name": "Mina" }),
        ),
    ]
}

fn with(mut body: Value, public_ids: Value) -> Value {
    body["public_ids"] = public_ids;
    body
}

on_both! {
    async fn a_new_entity_takes_a_public_id_for_each_api_that_shows_texts(world: World) {
        let api = Api::full(&world);
        let texts: Vec<ApiName> = apis::descriptions().iter().filter(|api| api.public_id.is_some()).map(|api| api.name()).collect();
        assert_eq!(texts.iter().map(|api| api.as_str()).collect::<Vec<_>>(), ["mews", "mykaarma"]);
        for (kind, path, body) in kinds(1) {
            let ids = json!({ "mews": GUID, "mykaarma": "Kd_annexe-1" });
            let made = api.post(path, with(body, ids)).await;
            assert_eq!(made.status, 201, "{}", made.json());
            let made = made.json();
            let shown = async |of: ApiName| {
                let id = made["id"].as_i64().expect("an id");
                let read = GetPublicId { account: world.here.account.id, kind, entity: id, api: of };
                world.store().read(read).await.expect("a read").expect("an id")
            };
            assert_eq!(shown(texts[0]).await, GUID.to_lowercase());
            assert_eq!(shown(texts[1]).await, "Kd_annexe-1");
            assert_eq!(made["public_id"], shown(heddle_native::NAME).await);
            let told = api.get(&format!("/api/v1/audit?kind={}.created&limit=1", kind.as_str())).await.json();
            let changes = told["data"][0]["changes"].as_array().expect("changes").iter();
            let told = changes.clone().find(|change| change["field"] == "public_ids").expect("it is told");
            assert_eq!(told["after"]["mykaarma"], "Kd_annexe-1");

            let before = dump(&world).await.len();
            for taken in [json!({ "mews": GUID.to_lowercase() }), json!({ "mykaarma": "Kd_annexe-1" })] {
                let (_, _, other) = kinds(2).into_iter().find(|(of, ..)| *of == kind).expect("a body");
                problem(&api.post(path, with(other, taken)).await, 409, "conflict");
            }
            assert_eq!(dump(&world).await.len(), before);
        }
    }
}

on_both! {
    async fn a_vendor_api_finds_a_customer_by_its_public_id(world: World) {
        let api = Api::full(&world);
        let body = json!({ "first_name": "Mina", "home_inbox_id": world.here.main.get(), "public_ids": { "mykaarma": "Kd_mina" } });
        let customer = api.post("/api/v1/customers", body).await.json();
        let new = json!({ "inbox_id": world.here.main.get(), "customer_id": customer["id"] });
        assert_eq!(api.post("/api/v1/conversations", new).await.status, 201);
        let main = world.public_id(&world.here, EntityKind::Inbox, world.here.main.get(), ApiName::named("mykaarma")).await;
        let list = format!("/communications/departments/{main}/customers/Kd_mina/threads");
        let threads = mykaarma(Method::POST, list, &world.here.mykaarma, Some(json!({}))).send(&world).await;
        assert_eq!(threads.status, 200, "{}", threads.json());
        assert_eq!(threads.json()["customerThreads"][0]["customerUuid"], "Kd_mina");
    }
}

on_both! {
    async fn wrong_public_ids_are_named_and_nothing_is_made(world: World) {
        let api = Api::full(&world);
        let before = dump(&world).await.len();
        let long = "a".repeat(129);
        for (kind, path, body) in kinds(1) {
            for (ids, fault) in [
                (json!({ "mews": "plain" }), "public_ids.mews format"),
                (json!({ "mykaarma": "a b" }), "public_ids.mykaarma format"),
                (json!({ "mykaarma": "" }), "public_ids.mykaarma length"),
                (json!({ "mykaarma": long }), "public_ids.mykaarma length"),
                (json!({ "helpscout": "7" }), "public_ids.helpscout unknown"),
                (json!({ "mews": 7 }), "public_ids.mews type"),
                (json!(null), "public_ids type"),
            ] {
                let answer = api.post(path, with(body.clone(), ids.clone())).await;
                assert_eq!(faults(&answer), [fault], "{}: {ids}", kind.as_str());
            }
        }
        let new = |ids: Value| json!({ "customers": [{ "first_name": "Mina", "public_ids": ids }] });
        let bulk = "/api/v1/customers/bulk";
        let wrong = api.post(bulk, new(json!({ "mews": "plain" }))).await;
        assert_eq!(faults(&wrong), ["customers[0].public_ids.mews format"]);
        let changed = json!({ "customers": [{ "id": world.here.customer.get(), "public_ids": { "mews": GUID } }] });
        assert_eq!(faults(&api.post(bulk, changed).await), ["customers[0].public_ids conflict"]);
        assert_eq!(dump(&world).await.len(), before);
        let made = api.post(bulk, new(json!({ "mews": GUID }))).await.json();
        assert_eq!(made["results"][0]["status"], 201, "{made}");
        let taken = api.post(bulk, new(json!({ "mews": GUID }))).await.json();
        assert_eq!(taken["results"][0]["status"], 409, "{taken}");
    }
}
