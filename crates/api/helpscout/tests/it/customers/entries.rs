//! The five kinds of entries (contract section 9.4).

use http::Method;
use serde_json::json;

use super::{full, path};
use crate::harness::World;
use crate::{Client, created, is_empty, refused, rows};
use heddle_testkit::on_both;

/// Each kind, a type of it, another type, and two values. Websites have no types.
const KINDS: [(&str, &str, &str, &str, &str); 5] = [
    (
        "emails",
        "home",
        "work",
        "ada@home.example",
        "ada@work.example",
    ),
    ("phones", "pager", "fax", "+1 555 0100", "+1 555 0101"),
    ("chats", "gtalk", "yahoo", "ada", "ada.q"),
    ("social-profiles", "forsquare", "github", "ada", "ada.q"),
    ("websites", "", "", "ada.example", "quill.example"),
];

fn entry(kind: &str, word: &str, value: &str) -> serde_json::Value {
    match kind {
        "websites" => json!({ "value": value }),
        _ => json!({ "type": word, "value": value }),
    }
}

on_both! {
    async fn entries_of_every_kind_are_added_replaced_and_deleted(world: World) {
        let client = Client::new(&world).await;
        let id = client.new_customer(&json!({ "firstName": "Ada" })).await;
        for (kind, one, other, first, second) in KINDS {
            let list = format!("{}/{kind}", path(id));
            let added = client.post(&list, &entry(kind, one, first)).await;
            let made = created(&added);
            assert!(added.headers.get("location").is_none());
            let expected = |word: &str, value: &str| {
                let mut shown = entry(kind, word, value);
                shown["id"] = json!(made);
                json!([shown])
            };
            assert_eq!(client.entries(id, kind).await, expected(one, first), "{kind}");
            let entry_path = format!("{list}/{made}");
            is_empty(&client.call(Method::PUT, &entry_path, Some(&entry(kind, other, second))).await, 204);
            assert_eq!(client.entries(id, kind).await, expected(other, second), "{kind}");
            // The same again changes nothing.
            let before = rows(&world).await;
            is_empty(&client.call(Method::PUT, &entry_path, Some(&entry(kind, other, second))).await, 204);
            assert_eq!(rows(&world).await, before);
            is_empty(&client.call(Method::DELETE, &format!("{entry_path}/"), None).await, 204);
            assert_eq!(client.entries(id, kind).await, json!([]));
            for (method, body) in [(Method::PUT, Some(entry(kind, one, first))), (Method::DELETE, None)] {
                assert_eq!(refused(&client.call(method, &entry_path, body.as_ref()).await, 404), Vec::<String>::new());
            }
            // The id is not used again.
            let next = created(&client.post(&list, &entry(kind, one, first)).await);
            assert!(next > made, "{kind}");
            is_empty(&client.call(Method::DELETE, &format!("{list}/{next}"), None).await, 204);
        }
    }
}

on_both! {
    async fn an_entry_is_known_only_under_its_customer_and_kind(world: World) {
        let client = Client::new(&world).await;
        let ada = client.new_customer(&full()).await;
        let bo = client.new_customer(&json!({ "firstName": "Bo", "phones": [{ "value": "1" }] })).await;
        let email = client.entries(ada, "emails").await[0]["id"].clone();
        let before = rows(&world).await;
        for (customer, kind, entry) in [
            (bo, "emails", email.clone()),
            (ada, "phones", email.clone()),
            (ada, "chats", email),
            (ada, "emails", json!(777_777_777)),
            (ada, "emails", json!(1)),
            (ada, "emails", json!(-1)),
            (ada, "emails", json!("x")),
            (ada, "emails", json!(i64::MAX)),
            (world.foreign.customer.get(), "emails", json!(world.foreign.customer.get() * 10_000)),
        ] {
            let entry = entry.to_string();
            let path = format!("{}/{kind}/{}", path(customer), entry.trim_matches('"'));
            let body = json!({ "type": "other", "value": "x@y.example" });
            for (method, body) in [(Method::PUT, Some(&body)), (Method::DELETE, None)] {
                assert_eq!(refused(&client.call(method, &path, body).await, 404), Vec::<String>::new(), "{path}");
            }
        }
        assert_eq!(rows(&world).await, before);
    }
}

on_both! {
    async fn an_email_of_another_customer_is_a_conflict(world: World) {
        let client = Client::new(&world).await;
        let ada = client.new_customer(&full()).await;
        let bo = client.new_customer(&json!({ "emails": [{ "value": "bo@example.com" }] })).await;
        let own = client.entries(bo, "emails").await[0]["id"].clone();
        let list = format!("{}/emails", path(bo));
        let before = rows(&world).await;
        for value in ["ITO@example.com", "ito@home.example", "bo@example.com"] {
            assert_eq!(refused(&client.post(&list, &json!({ "value": value })).await, 409), Vec::<String>::new(), "{value}");
        }
        let taken = json!({ "type": "work", "value": "ito@example.com" });
        refused(&client.call(Method::PUT, &format!("{list}/{own}"), Some(&taken)).await, 409);
        let patch = json!([{ "op": "replace", "path": "/firstName", "value": "Bo" },
            { "op": "add", "path": "/emails", "value": { "value": "ito@example.com" } }]);
        refused(&client.call(Method::PATCH, &path(bo), Some(&patch)).await, 409);
        assert_eq!(rows(&world).await, before);
        // A deleted address is free again.
        let email = client.entries(ada, "emails").await[0]["id"].clone();
        is_empty(&client.call(Method::DELETE, &format!("{}/emails/{email}", path(ada)), None).await, 204);
        created(&client.post(&list, &taken).await);
    }
}

on_both! {
    async fn a_number_may_have_several_types_but_an_entry_is_there_once(world: World) {
        let client = Client::new(&world).await;
        let number = |word: &str| json!({ "type": word, "value": "+1 555 0100" });
        let id = client.new_customer(&json!({ "firstName": "Ada", "phones": [number("home"), number("work"), number("home")] })).await;
        let list = format!("{}/phones", path(id));
        for word in ["mobile", "fax", "other"] {
            created(&client.post(&list, &number(word)).await);
        }
        let shown = client.entries(id, "phones").await;
        let types: Vec<_> = shown.as_array().expect("a list").iter().map(|entry| entry["type"].clone()).collect();
        assert_eq!(types, ["home", "work", "mobile", "fax", "other"]);
        let before = rows(&world).await;
        for word in ["home", "work", "mobile", "fax", "other"] {
            assert_eq!(refused(&client.post(&list, &number(word)).await, 409), Vec::<String>::new(), "{word}");
        }
        let work = format!("{list}/{}", shown[1]["id"]);
        refused(&client.call(Method::PUT, &work, Some(&number("home"))).await, 409);
        assert_eq!(rows(&world).await, before);
        for kind in ["chats", "social-profiles", "websites"] {
            let list = format!("{}/{kind}", path(id));
            let entry = entry(kind, "other", "ada");
            created(&client.post(&list, &entry).await);
            assert_eq!(refused(&client.post(&list, &entry).await, 409), Vec::<String>::new(), "{kind}");
        }
    }
}

on_both! {
    async fn faults_of_entries_are_named(world: World) {
        let client = Client::new(&world).await;
        let id = client.new_customer(&full()).await;
        let before = rows(&world).await;
        for (kind, body, expected) in [
            ("emails", json!({}), "value"),
            ("emails", json!({ "type": "home", "value": "nobody" }), "value"),
            ("emails", json!({ "type": "car", "value": "a@b" }), "type"),
            ("phones", json!({ "type": "home", "value": " " }), "value"),
            ("phones", json!({ "type": "home", "value": "x".repeat(501) }), "value"),
            ("chats", json!({ "type": 5, "value": "x" }), "type"),
            ("websites", json!({ "value": null }), "value"),
        ] {
            let list = format!("{}/{kind}", path(id));
            assert_eq!(refused(&client.post(&list, &body).await, 400), [expected], "{kind} {body}");
            let entry = client.entries(id, kind).await[0]["id"].clone();
            let answer = client.call(Method::PUT, &format!("{list}/{entry}"), Some(&body)).await;
            assert_eq!(refused(&answer, 400), [expected], "{kind} {body}");
        }
        assert_eq!(rows(&world).await, before);
    }
}

on_both! {
    async fn a_customer_may_have_a_hundred_entries(world: World) {
        let client = Client::new(&world).await;
        let phones: Vec<_> = (0..99).map(|at| json!({ "value": format!("{at}") })).collect();
        let id = client.new_customer(&json!({ "firstName": "Ada", "phones": phones })).await;
        let list = format!("{}/websites", path(id));
        created(&client.post(&list, &json!({ "value": "a.example" })).await);
        assert_eq!(refused(&client.post(&list, &json!({ "value": "b.example" })).await, 400), ["addresses"]);
    }
}

/// The types of the contract (section 9.4), and those that a second list of the vendor adds.
const TYPES: [(&str, &str); 4] = [
    ("emails", "home other work"),
    ("phones", "fax home mobile other pager work"),
    ("chats", "aim gtalk icq msn other qq skype xmpp yahoo"),
    (
        "social-profiles",
        "aboutme facebook flickr forsquare google googleplus linkedin other quora tungleme twitter youtube \
            instagram pinterest github foursquare",
    ),
];

on_both! {
    async fn every_type_of_the_contract_is_taken_and_shown_and_no_other(world: World) {
        let client = Client::new(&world).await;
        let id = client.new_customer(&json!({ "firstName": "Ada" })).await;
        let mut all: Vec<&str> = TYPES.iter().flat_map(|(_, types)| types.split_whitespace()).collect();
        all.extend(["", "none", "mastodon"]);
        for (kind, types) in TYPES {
            let types: Vec<&str> = types.split_whitespace().collect();
            for (number, word) in all.iter().enumerate() {
                let list = format!("{}/{kind}", path(id));
                let answer = client.post(&list, &json!({ "type": word, "value": format!("v{number}@x.example") })).await;
                if types.contains(word) {
                    let made = created(&answer);
                    let shown = client.entries(id, kind).await;
                    assert_eq!(shown[0]["type"], *word, "{kind}");
                    is_empty(&client.call(Method::DELETE, &format!("{list}/{made}"), None).await, 204);
                } else {
                    assert_eq!(refused(&answer, 400), ["type"], "{kind} {word}");
                }
            }
        }
    }
}
