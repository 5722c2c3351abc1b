//! The filters of the native lists take the values that the lists show, and find what shows them.

use heddle_testkit::on_both;
use http::Method;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::native::filters;
use super::none;
use crate::catalogue::{Fixture, rows};
use crate::harness::World;
use crate::native::Api;

/// Parameters that select nothing.
const OTHERS: [&str; 6] = ["limit", "cursor", "sort", "include", "after", "assigned"];

/// Filters that have another name than what they compare, each with its place in an item.
const PLACES: [(&str, &str); 3] = [
    ("tag", "/tags/0"),
    ("updated_since", "/updated_at"),
    ("from", "/at"),
];

/// Filters whose value no list shows.
const WITHOUT_VALUE: [(&str, &str); 2] = [
    ("to", "ends before the item itself"),
    ("address", "the requests of these tests have no address"),
];

/// Checks that a filter with the value of an item finds this item.
async fn finds(api: &Api<'_>, path: &str, name: &str, item: &Value) -> Result<(), String> {
    let place = PLACES.iter().find(|(filter, _)| *filter == name);
    let place = place.map_or_else(|| format!("/{name}"), |(_, place)| (*place).to_owned());
    let text = match item.pointer(&place) {
        None | Some(Value::Null) => return Err(format!("an item without {place}: {item}")),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    let sent = utf8_percent_encode(&text, NON_ALPHANUMERIC);
    let answer = api.get(&format!("{path}?limit=100&{name}={sent}")).await;
    let page = answer.json();
    let found = page["data"]
        .as_array()
        .is_some_and(|data| data.iter().any(|found| found["id"] == item["id"]));
    match found {
        true => Ok(()),
        false => Err(format!("{text:?}: {} without the item", answer.status)),
    }
}

/// Returns an item of the list in which a filter's value is present.
fn item(items: &[Value], name: &str) -> Value {
    let place = PLACES.iter().find(|(filter, _)| *filter == name);
    let place = place.map_or_else(|| format!("/{name}"), |(_, place)| (*place).to_owned());
    let has = |item: &&Value| item.pointer(&place).is_some_and(|value| !value.is_null());
    items.iter().find(has).cloned().unwrap_or_default()
}

on_both! {
    async fn every_filter_of_the_native_lists_finds_what_shows_its_value(world: World) {
        let fixture = Fixture::new(&world).await;
        let api = Api::full(&world);
        // Values that are easily spoilt on their way into a query.
        let customer = json!({ "email": "o'neil+tag&x=1@ärger.example", "phone": "+49 (0)30/1 & 2", "home_inbox_id": world.here.main.get() });
        let made = api.post("/api/v1/customers", customer).await;
        assert_eq!(made.status, 201, "{}", made.json());
        let conversation = json!({ "inbox_id": world.here.main.get(), "customer_id": made.json()["id"], "assignee_id": world.here.agent.get(),
            "tags": ["ärger & %2B+#"] });
        assert_eq!(api.post("/api/v1/conversations", conversation).await.status, 201);
        for row in rows(&world, &fixture).iter().filter(|row| row.api == heddle_native::NAME && row.method == Method::PATCH) {
            row.sample.send(&world).await;
        }
        let mut faults = Vec::new();
        for (template, name) in filters() {
            if OTHERS.contains(&name.as_str()) || WITHOUT_VALUE.iter().any(|(other, _)| *other == name) {
                continue;
            }
            let path = template.replace("{id}", &fixture.here.webhook);
            let items = api.get(&format!("{path}?limit=100")).await.json()["data"].clone();
            let item = item(items.as_array().expect("a list"), &name);
            let tried = finds(&api, &path, &name, &item).await;
            faults.extend(tried.err().map(|why| format!("{template}?{name}: {why}")));
        }
        none(&faults);
    }
}
