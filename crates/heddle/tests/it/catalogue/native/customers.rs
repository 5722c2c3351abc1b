//! The rows of customers.

use http::Method;
use serde_json::json;

use super::{Fixture, Native};
use crate::harness::World;

pub(super) fn customers(world: &World, fixture: &Fixture) -> Vec<Native> {
    let (list, one) = ("/api/v1/customers", "/api/v1/customers/{}");
    let (bulk, inbox) = ("/api/v1/customers/bulk", world.here.main.get());
    let filter = format!(
        "{list}?email=ito@here.example&phone=%2B49%2030%201234&home_inbox_id={inbox}&include=inbox,conversations"
    );
    let new = json!({
        "home_inbox_id": inbox,
        "first_name": "Mina",
        "email": "mina.roth@here.example",
        "gender": "female",
    });
    let change = json!({ "home_inbox_id": inbox, "first_name": "Mina", "phone": "+49 30 1234" });
    let many = json!({ "customers": [{ "home_inbox_id": inbox, "last_name": "Roth" }] });
    let ids = customer_of(&fixture.here.customer, fixture);
    let inboxes = [&fixture.foreign.main];
    vec![
        Native::row(world, Method::GET, list, filter, None),
        Native::row(world, Method::POST, list, list.into(), Some(new))
            .body_id("/home_inbox_id", &inboxes),
        Native::row(world, Method::POST, bulk, bulk.into(), Some(many)).success(200),
        Native::with_ids(world, Method::GET, one, &ids, None),
        Native::with_ids(world, Method::PATCH, one, &ids, Some(change))
            .body_id("/home_inbox_id", &inboxes),
    ]
}

fn customer_of(id: &str, fixture: &Fixture) -> [(&'static str, String, Vec<String>); 1] {
    let foreign = vec![
        fixture.foreign.customer.clone(),
        fixture.foreign.spare_customers[0].clone(),
    ];
    [("id", id.to_owned(), foreign)]
}

pub(super) fn customer_addresses(world: &World, fixture: &Fixture) -> Vec<Native> {
    let all = "/api/v1/customers/{}/addresses";
    let one = "/api/v1/customers/{}/addresses/{}";
    let ids = customer_of(&fixture.here.customer, fixture);
    let [customer] = ids.clone();
    let at = |position: &str| {
        let position = ("position", position.to_owned(), Vec::new());
        [customer.clone(), position]
    };
    let fax = json!({ "kind": "fax", "value": "+49 30 9" });
    let phone = json!({ "kind": "phone", "value": "+49 30 5678" });
    let gone = json!({ "kind": "fax", "value": "+49 30 8" });
    let list =
        json!({ "addresses": [{ "kind": "email", "value": "ito@here.example" }, &phone, gone] });
    vec![
        Native::with_ids(world, Method::GET, all, &ids, None),
        Native::with_ids(world, Method::POST, all, &ids, Some(fax)),
        // Numbers the addresses from 0, for the next two.
        Native::with_ids(world, Method::PUT, all, &ids, Some(list)),
        Native::with_ids(world, Method::PATCH, one, &at("1"), Some(phone)),
        Native::with_ids(world, Method::DELETE, one, &at("2"), None).success(204),
    ]
}

pub(super) fn customer_preferences(world: &World, fixture: &Fixture) -> Vec<Native> {
    let all = "/api/v1/customers/{}/preferences";
    let ids = customer_of(&fixture.here.customer, fixture);
    let fax = json!({ "preferences": [
        { "category": "newsletter", "channel": "fax", "active": true, "customer_overridable": false },
    ] });
    vec![
        Native::with_ids(world, Method::GET, all, &ids, None),
        Native::with_ids(world, Method::PUT, all, &ids, Some(fax)),
    ]
}

pub(super) fn customer_followers(world: &World, fixture: &Fixture) -> Vec<Native> {
    let all = "/api/v1/customers/{}/followers";
    let ids = customer_of(&fixture.here.customer, fixture);
    let body = json!({ "followers": [
        { "inbox_id": world.here.main.get(), "agent_id": world.here.agent.get(), "notes": true, "messages": false },
    ] });
    vec![
        Native::with_ids(world, Method::GET, all, &ids, None),
        Native::with_ids(world, Method::PUT, all, &ids, Some(body))
            .body_id("/followers/0/inbox_id", &[&fixture.foreign.main])
            .body_id("/followers/0/agent_id", &[&fixture.foreign.agent]),
    ]
}

pub(super) fn customer_ends(world: &World, fixture: &Fixture) -> Vec<Native> {
    let [ended, erased] = &fixture.here.spare_customers;
    let (merge, one) = ("/api/v1/customers/{}/merge", "/api/v1/customers/{}");
    let jobs = "/api/v1/customers/{}/jobs";
    let into = json!({ "into": world.here.customer.get() });
    let (ended, erased) = (customer_of(ended, fixture), customer_of(erased, fixture));
    vec![
        Native::with_ids(world, Method::POST, merge, &ended, Some(into))
            .success(202)
            .body_id("/into", &[&fixture.foreign.customer]),
        Native::with_ids(world, Method::DELETE, one, &erased, None).success(202),
        Native::with_ids(world, Method::GET, jobs, &ended, None),
    ]
}
