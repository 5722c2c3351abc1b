//! Tests of suggestions while somebody is typing.

use serde_json::json;

use super::*;
use crate::native::{faults, problem};
use heddle_testkit::on_both;

const SUGGESTIONS: &str = "/api/v1/search/suggestions";

async fn suggested(api: &Api<'_>, text: &str, more: &str) -> Value {
    let answer = api
        .get(&format!("{SUGGESTIONS}?text={}{more}", encoded(text)))
        .await;
    assert_eq!(answer.status, 200, "{text}: {}", answer.json());
    answer.json()
}

/// Returns one member of each suggestion of a kind.
fn members(body: &Value, kind: &str, member: &str) -> Vec<Value> {
    let all = body[kind].as_array().expect("a list").iter();
    all.map(|one| one[member].clone()).collect()
}

on_both! {
    async fn names_that_begin_like_the_text_are_suggested(world: World) {
        let mut desk = Desk::new(&world);
        let jurgen = json!({ "email": "j.weiss@mail.example", "first_name": "Jürgen", "last_name": "Weiß", "organization": "Weiß & Co" });
        let customer = made(desk.api.post("/api/v1/customers", jurgen).await).await["id"].clone();
        desk.open("one", json!({ "customer_id": customer, "tags": ["Adapter", "spare adapter", "other"] })).await;
        index(&world).await;
        for text in ["jur", "JÜR", "wei", "jurgen w", "j.weiss@ma", "weiss jur"] {
            assert_eq!(members(&suggested(&desk.api, text, "").await, "customers", "id"), std::slice::from_ref(&customer), "{text}");
        }
        let one = suggested(&desk.api, "jurgen", "").await["customers"][0].clone();
        assert_eq!(one, json!({ "id": customer, "first_name": "Jürgen", "last_name": "Weiß",
            "organization": "Weiß & Co", "email": "j.weiss@mail.example" }));
        let all = suggested(&desk.api, "ada", "").await;
        assert_eq!(members(&all, "agents", "id"), [json!(world.here.agent.get())]);
        assert_eq!((&all["tags"], &all["customers"]), (&json!(["adapter", "spare adapter"]), &json!([])));
        assert_eq!(suggested(&desk.api, "ada", "&kinds=tag&limit=1").await, json!({ "customers": [], "agents": [], "tags": ["adapter"] }));
        assert_eq!(suggested(&desk.api, "urgen", "").await["customers"], json!([]));
        for text in ["!", "\"", "*", " "] {
            assert_eq!(suggested(&desk.api, text, "").await, json!({ "customers": [], "agents": [], "tags": [] }), "{text}");
        }
        assert_eq!(faults(&desk.api.get(SUGGESTIONS).await), ["text required"]);
        assert_eq!(faults(&desk.api.get(&format!("{SUGGESTIONS}?text=a&kinds=inbox")).await), ["kinds[0] choice"]);
    }
}

on_both! {
    async fn each_kind_needs_its_scope(world: World) {
        let mut desk = Desk::new(&world);
        let customer = json!({ "email": "x@mail.example", "first_name": "Adam" });
        desk.open("one", json!({ "customer": customer, "tags": ["adapter"] })).await;
        index(&world).await;
        let kinds = [("customers", Scope::CustomersRead), ("agents", Scope::AgentsRead), ("tags", Scope::ConversationsRead)];
        let all = suggested(&desk.api, "ada", "").await;
        for (hidden, missing) in kinds {
            let seen = suggested(&without(&world, &[missing], &[]).await, "ada", "").await;
            for (kind, _) in kinds {
                let expected = if kind == hidden { json!([]) } else { all[kind].clone() };
                assert_eq!(seen[kind], expected, "{kind} without {}", missing.as_str());
                assert_ne!(all[kind], json!([]), "{kind}");
            }
        }
        let none = without(&world, &kinds.map(|(_, scope)| scope), &[]).await;
        problem(&none.get(&format!("{SUGGESTIONS}?text=ada")).await, 403, "forbidden");
        let blind = without(&world, &[Scope::CustomersRead], &[]).await;
        problem(&blind.get(&format!("{SUGGESTIONS}?text=ada&kinds=customer")).await, 403, "forbidden");
        assert_eq!(suggested(&blind, "ada", "&kinds=customer,tag").await["tags"], json!(["adapter"]));
    }
}

on_both! {
    async fn a_limited_token_is_suggested_nothing_of_a_hidden_inbox(world: World) {
        let mut desk = Desk::new(&world);
        for (inbox, name) in [(world.here.main, "main"), (world.here.second, "second")] {
            let customer = json!({ "email": format!("zora.{name}@mail.example"), "first_name": "Zora" });
            desk.open(name, json!({ "inbox_id": inbox.get(), "customer": customer, "tags": [format!("zone {name}")] })).await;
        }
        index(&world).await;
        for (inbox, name) in [(world.here.main, "main"), (world.here.second, "second")] {
            let api = Api::limited(&world, &[inbox]).await;
            let seen = suggested(&api, "zo", "").await;
            assert_eq!(members(&seen, "customers", "email"), [json!(format!("zora.{name}@mail.example"))]);
            assert_eq!(seen["tags"], json!([format!("zone {name}")]));
        }
        assert_eq!(suggested(&desk.api, "zo", "").await["customers"].as_array().map(Vec::len), Some(2));
    }
}
