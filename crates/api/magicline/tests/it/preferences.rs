//! Communication preferences (contract section 5.4).

use heddle_store::write::customers::MergeCustomers;
use heddle_testkit::on_both;
use http::Method;
use serde_json::{Value, json};

use crate::calls::{call_with, created, customer, done, get, invalid};
use crate::harness::World;
use crate::{CHANNELS, refused};

const CATEGORIES: [&str; 5] = [
    "CONTRACT",
    "GENERAL",
    "APPOINTMENT",
    "NEWSLETTER",
    "LOYALTY_PROGRAM",
];
const USUAL: [&str; 4] = ["LETTER", "EMAIL", "TEXT_MESSAGE", "PHONE"];

fn path(customer: impl std::fmt::Display) -> String {
    format!("/v1/communications/{customer}/communication-preferences")
}

fn channel(name: &str, overridable: bool, active: bool) -> Value {
    json!({ "communicationChannel": name, "customerOverridable": overridable, "active": active })
}

/// Returns the preferences of a customer who never expressed any.
fn usual() -> Value {
    let category = |name: &&str| {
        let active = !matches!(*name, "NEWSLETTER" | "LOYALTY_PROGRAM");
        let channels = USUAL.map(|one| channel(one, true, active));
        json!({ "messageCategory": name, "channels": channels })
    };
    CATEGORIES.iter().map(category).collect()
}

on_both! {
    async fn a_customer_without_stored_values_has_the_usual_ones(world: World) {
        let shown = done(&world, Method::GET, &path(world.here.customer), None).await;
        assert_eq!(shown, usual());
    }
}

on_both! {
    async fn an_update_merges_what_it_names_and_returns_all(world: World) {
        let path = path(world.here.customer);
        let sent = json!([
            { "messageCategory": "NEWSLETTER", "channels": [
                { "communicationChannel": "FAX", "active": true },
                { "communicationChannel": "EMAIL", "customerOverridable": false },
            ] },
            { "messageCategory": "CONTRACT", "channels": [{ "communicationChannel": "LETTER", "active": false, "more": 1 }] },
            { "messageCategory": "GENERAL" },
            {},
        ]);
        let mut expected = usual();
        expected[0]["channels"][0] = channel("LETTER", true, false);
        expected[3]["channels"][1] = channel("EMAIL", false, false);
        expected[3]["channels"].as_array_mut().expect("a list").push(channel("FAX", true, true));
        assert_eq!(done(&world, Method::PUT, &path, Some(&sent)).await, expected);
        assert_eq!(done(&world, Method::GET, &path, None).await, expected);
        // A channel whose stored `customerOverridable` is false can still be changed by this call.
        let sent = json!([{ "messageCategory": "NEWSLETTER", "channels": [{ "communicationChannel": "EMAIL", "active": true }] }]);
        expected[3]["channels"][1] = channel("EMAIL", false, true);
        assert_eq!(done(&world, Method::PUT, &path, Some(&sent)).await, expected);
        assert_eq!(done(&world, Method::PUT, &path, Some(&json!([]))).await, expected);
    }
}

on_both! {
    async fn what_was_read_can_be_written_back_and_changes_nothing(world: World) {
        let path = path(world.here.customer);
        let shown = done(&world, Method::GET, &path, None).await;
        assert_eq!(done(&world, Method::PUT, &path, Some(&shown)).await, shown);
    }
}

on_both! {
    async fn every_category_and_channel_is_accepted_and_no_other(world: World) {
        let path = path(world.here.customer);
        let every: Value = CATEGORIES.iter().map(|name| json!({
            "messageCategory": name,
            "channels": CHANNELS.map(|one| channel(one, false, true)),
        })).collect();
        assert_eq!(done(&world, Method::PUT, &path, Some(&every)).await, every);
        for wrong in ["newsletter", "OTHER", ""] {
            let body = json!([{ "messageCategory": wrong, "channels": [channel("EMAIL", true, true)] }]);
            invalid(&world, Method::PUT, &path, Some(&body), Some("messageCategory")).await;
        }
        for wrong in [json!("email"), json!("MAIL"), json!(1), Value::Null] {
            let mut body = json!([{ "messageCategory": "GENERAL", "channels": [channel("EMAIL", true, true)] }]);
            body[0]["channels"][0]["communicationChannel"] = wrong;
            invalid(&world, Method::PUT, &path, Some(&body), Some("channels.communicationChannel")).await;
        }
        assert_eq!(done(&world, Method::GET, &path, None).await, every, "a refused update changes nothing");
    }
}

on_both! {
    async fn of_duplicates_in_one_request_the_last_counts(world: World) {
        let path = path(world.here.customer);
        let of = |active: bool| json!({ "messageCategory": "GENERAL", "channels": [
            { "communicationChannel": "EMAIL", "active": !active, "customerOverridable": false },
            { "communicationChannel": "EMAIL", "active": active },
        ] });
        let shown = done(&world, Method::PUT, &path, Some(&json!([of(true), of(false)]))).await;
        assert_eq!(shown[1]["channels"][1], channel("EMAIL", false, false));
    }
}

on_both! {
    async fn wrong_bodies_are_refused(world: World) {
        let path = path(world.here.customer);
        let channels = json!([{ "communicationChannel": "EMAIL", "active": true }]);
        for (body, reference) in [
            (json!({ "messageCategory": "GENERAL", "channels": channels }), None),
            (json!("x"), None),
            (json!([1]), None),
            (json!([null]), None),
            (json!([{ "channels": channels }]), Some("messageCategory")),
            (json!([{ "messageCategory": 1, "channels": [] }]), Some("messageCategory")),
            (json!([{ "messageCategory": "GENERAL", "channels": {} }]), Some("channels")),
            (json!([{ "messageCategory": "GENERAL", "channels": [1] }]), Some("channels")),
            (json!([{ "messageCategory": "GENERAL", "channels": [{ "active": true }] }]), Some("channels.communicationChannel")),
            (json!([{ "messageCategory": "GENERAL", "channels": [{ "communicationChannel": "FAX", "active": "yes" }] }]), Some("channels.active")),
            (json!([{ "messageCategory": "GENERAL", "channels": [{ "communicationChannel": "FAX", "customerOverridable": 1 }] }]), Some("channels.customerOverridable")),
        ] {
            invalid(&world, Method::PUT, &path, Some(&body), reference).await;
        }
        assert_eq!(done(&world, Method::GET, &path, None).await, usual());
    }
}

on_both! {
    async fn unknown_customers_and_those_of_other_studios_are_not_found(world: World) {
        let body = json!([]);
        for unknown in [world.here.second_customer.get(), world.foreign.customer.get(), 0, -1, i64::MAX] {
            refused(&get(&world, &path(unknown)).await, 404, None);
            let key = &world.here.magicline_key;
            refused(&call_with(&world, key, Method::PUT, &path(unknown), Some(&body)).await, 404, None);
        }
        for wrong in ["abc", "9223372036854775808"] {
            refused(&get(&world, &path(wrong)).await, 400, Some("customerId"));
            invalid(&world, Method::PUT, &path(wrong), Some(&body), Some("customerId")).await;
        }
    }
}

on_both! {
    async fn a_merged_customer_leads_to_the_survivor(world: World) {
        let ended = created(&world, &customer("Ito", "Ende", "ito.ende@studio.example")).await;
        let into = world.here.customer;
        let fax = json!([{ "messageCategory": "GENERAL", "channels": [channel("FAX", false, true)] }]);
        done(&world, Method::PUT, &path(ended), Some(&fax)).await;
        let merge = MergeCustomers {
            caller: heddle_access::provision::operator_caller(&world.here.account),
            from: heddle_domain::CustomerId(ended),
            into,
            expected: None,
        };
        world.store().write(merge).await.expect("a merge");
        let mut expected = usual();
        expected[1]["channels"].as_array_mut().expect("a list").push(channel("FAX", false, true));
        assert_eq!(done(&world, Method::GET, &path(ended), None).await, expected);
        let chat = json!([{ "messageCategory": "GENERAL", "channels": [channel("CHAT", true, true)] }]);
        expected[1]["channels"].as_array_mut().expect("a list").push(channel("CHAT", true, true));
        assert_eq!(done(&world, Method::PUT, &path(ended), Some(&chat)).await, expected);
        assert_eq!(done(&world, Method::GET, &path(into), None).await, expected);
        let shown = done(&world, Method::GET, &format!("/v1/customers/{ended}"), None).await;
        assert_eq!(shown["id"], json!(into.get()));
    }
}
