//! JSON Patch of customers (contract section 9.2).

use http::Method;
use serde_json::{Value, json};

use super::{full, path};
use crate::harness::World;
use crate::{Client, is_empty, refused, rows};
use heddle_testkit::on_both;

on_both! {
    async fn profile_entries_and_address_are_patched_together(world: World) {
        let client = Client::new(&world).await;
        let id = client.new_customer(&full()).await;
        let entry = |at: i64| id * 10_000 + at;
        let patch = json!([
            { "op": "replace", "path": "/firstName", "value": "Ada" },
            { "op": "remove", "path": "/lastName" },
            { "op": "add", "path": "jobTitle", "value": "" },
            { "op": "replace", "path": "/gender", "value": "female" },
            { "op": "replace", "path": "/photoType", "value": "unknown" },
            { "op": "add", "path": "/emails/-", "value": { "type": "other", "value": "ada@example.com" } },
            { "op": "replace", "path": format!("/emails/{}", entry(1)), "value": { "type": "home", "value": "it@example.com" } },
            { "op": "remove", "path": format!("/emails/{}", entry(2)) },
            { "op": "replace", "path": format!("/phones/{}/type", entry(4)), "value": "work" },
            { "op": "replace", "path": format!("/chats/{}/value", entry(5)), "value": "ada" },
            { "op": "add", "path": "/social-profiles", "value": { "type": "GitHub", "value": "ada" } },
            { "op": "replace", "path": "/address/city", "value": "Bonn" },
            { "op": "replace", "path": "/address/lines", "value": [] },
        ]);
        is_empty(&client.call(Method::PATCH, &path(id), Some(&patch)).await, 204);
        let shown = client.customer(id).await;
        let text = |name: &str| shown[name].as_str().expect("a text").to_owned();
        let texts = ["firstName", "lastName", "jobTitle", "gender", "photoType"].map(text);
        assert_eq!(texts, ["Ada", "", "", "Female", "unknown"]);
        let embedded = &shown["_embedded"];
        assert_eq!(embedded["emails"], json!([
            { "id": entry(1), "type": "home", "value": "it@example.com" },
            { "id": entry(8), "type": "other", "value": "ada@example.com" },
        ]));
        assert_eq!(embedded["phones"][2], json!({ "id": entry(4), "type": "work", "value": "2" }));
        assert_eq!(embedded["chats"], json!([{ "id": entry(5), "type": "skype", "value": "ada" }]));
        assert_eq!(embedded["social_profiles"][1]["type"], "github");
        assert_eq!((&embedded["address"]["city"], &embedded["address"]["lines"]), (&json!("Bonn"), &json!([])));
        // One operation may stand alone. Repeated, it changes nothing.
        let one = json!({ "op": "replace", "path": "/firstName", "value": "Eve" });
        is_empty(&client.call(Method::PATCH, &path(id), Some(&one)).await, 204);
        let before = rows(&world).await;
        is_empty(&client.call(Method::PATCH, &path(id), Some(&one)).await, 204);
        is_empty(&client.call(Method::PATCH, &path(id), Some(&json!([]))).await, 204);
        assert_eq!(rows(&world).await, before);
        let remove = json!([{ "op": "remove", "path": "/address" }]);
        is_empty(&client.call(Method::PATCH, &path(id), Some(&remove)).await, 204);
        assert_eq!(refused(&client.call(Method::PATCH, &path(id), Some(&remove)).await, 400), ["[0].path"]);
        let add = json!({ "op": "add", "path": "/address", "value": full()["address"] });
        is_empty(&client.call(Method::PATCH, &path(id), Some(&add)).await, 204);
        assert_eq!(client.customer(id).await["_embedded"]["address"]["city"], "Ulm");
    }
}

on_both! {
    async fn a_refused_patch_changes_nothing(world: World) {
        let client = Client::new(&world).await;
        let id = client.new_customer(&full()).await;
        let other = client.new_customer(&json!({ "emails": [{ "value": "bo@example.com" }] })).await;
        let before = rows(&world).await;
        let first = json!({ "op": "replace", "path": "/age", "value": "1" });
        for (operation, expected) in [
            (json!({ "op": "test", "path": "/age" }), "[1].op"),
            (json!({ "op": "replace", "path": "/id", "value": 5 }), "[1].path"),
            (json!({ "op": "replace", "path": "/organizationId", "value": 5 }), "[1].path"),
            (json!({ "op": "replace", "path": "/firstName", "value": 5 }), "[1].value"),
            (json!({ "op": "remove", "path": format!("/emails/{}", other * 10_000) }), "[1].path"),
            (json!({ "op": "remove", "path": "/emails/777777777" }), "[1].path"),
            (json!({ "op": "remove", "path": format!("/phones/{}", id * 10_000 + 1) }), "[1].path"),
            (json!({ "op": "replace", "path": format!("/emails/{}/value", id * 10_000 + 1), "value": "x" }), "[1].value"),
        ] {
            let patch = json!([first, operation]);
            assert_eq!(refused(&client.call(Method::PATCH, &path(id), Some(&patch)).await, 400), [expected], "{operation}");
        }
        for body in [json!(5), json!([5]), json!("x"), Value::Null] {
            assert_eq!(refused(&client.call(Method::PATCH, &path(id), Some(&body)).await, 400), Vec::<String>::new());
        }
        assert_eq!(rows(&world).await, before);
    }
}
