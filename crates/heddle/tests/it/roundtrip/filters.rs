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
    ("tag", "/tags"),
    ("updated_since", "/updated_at"),
    ("from", "/at"),
];

/// Filters that find later items, too.
const SPANS: [&str; 2] = ["updated_since", "from"];

/// Filters whose value no list shows.
const WITHOUT_VALUE: [(&str, &str); 2] = [
    ("to", "ends before the item itself"),
    ("address", "the requests of these tests have no address"),
];

/// Returns the texts that an item shows at the place of a filter.
fn texts(item: &Value, name: &str) -> Vec<String> {
    let place = PLACES.iter().find(|(filter, _)| *filter == name);
    let place = place.map_or_else(|| format!("/{name}"), |(_, place)| (*place).to_owned());
    let shown = match item.pointer(&place) {
        Some(Value::Array(values)) => values.clone(),
        other => other.into_iter().cloned().collect(),
    };
    let shown = shown.into_iter().filter(|value| !value.is_null());
    let text = |value: Value| value.as_str().map_or(value.to_string(), str::to_owned);
    shown.map(text).collect()
}

/// Checks that a filter with the value of an item finds this item, and no item without the value.
async fn finds(api: &Api<'_>, path: &str, name: &str, item: &Value) -> Result<(), String> {
    let texts_of_item = texts(item, name);
    let text = texts_of_item.first().ok_or("no item shows a value")?;
    let sent = utf8_percent_encode(text, NON_ALPHANUMERIC);
    let answer = api.get(&format!("{path}?limit=100&{name}={sent}")).await;
    let page = answer.json();
    let found = page["data"].as_array().ok_or_else(|| page.to_string())?;
    if !found.iter().any(|found| found["id"] == item["id"]) {
        return Err(format!("{text:?}: {} without the item", answer.status));
    }
    let is_other = |found: &&Value| !texts(found, name).contains(text);
    match found
        .iter()
        .find(is_other)
        .filter(|_| !SPANS.contains(&name))
    {
        None => Ok(()),
        Some(other) => Err(format!("{text:?}: also finds {other}")),
    }
}

/// Returns an item of the list in which a filter's value is present, preferably one whose value another item does not show.
fn item(items: &[Value], name: &str) -> Value {
    let has = |item: &&Value| !texts(item, name).is_empty();
    let differs = |item: &&Value| {
        let own = texts(item, name);
        let is_other = |other: &Value| {
            own.first()
                .is_some_and(|own| !texts(other, name).contains(own))
        };
        has(item) && items.iter().any(is_other)
    };
    let item = items
        .iter()
        .find(differs)
        .or_else(|| items.iter().find(has));
    item.cloned().unwrap_or_default()
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
            // What a search asks for is no value of an item; `native::search` tests it.
            if template.starts_with("/api/v1/search") {
                continue;
            }
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
