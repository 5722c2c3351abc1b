//! Short calls, and the values of a person whom all calls know.

use http::Method;
use serde_json::{Value, json};

use crate::harness::{Answer, World};
use crate::refused;

pub(crate) async fn call(
    world: &World,
    method: Method,
    path: &str,
    body: Option<&Value>,
) -> Answer {
    call_with(world, &world.here.magicline_key, method, path, body).await
}

pub(crate) async fn call_with(
    world: &World,
    key: &str,
    method: Method,
    path: &str,
    body: Option<&Value>,
) -> Answer {
    let headers = [("x-api-key", key), ("content-type", "application/json")];
    let body = body.map(Value::to_string).unwrap_or_default();
    world.send(method, path, &headers, body).await
}

pub(crate) async fn get(world: &World, path: &str) -> Answer {
    call(world, Method::GET, path, None).await
}

/// Sends a request that must succeed; returns its body.
pub(crate) async fn done(world: &World, method: Method, path: &str, body: Option<&Value>) -> Value {
    let answer = call(world, method, path, body).await;
    let text = String::from_utf8_lossy(&answer.body).into_owned();
    assert_eq!(answer.status, 200, "{path}: {text}");
    assert_eq!(answer.header("content-type"), "application/json");
    answer.json()
}

/// Sends a request that must be refused with 400, naming a reference.
pub(crate) async fn invalid(
    world: &World,
    method: Method,
    path: &str,
    body: Option<&Value>,
    reference: Option<&str>,
) {
    refused(&call(world, method, path, body).await, 400, reference);
}

/// Returns the body of a new customer with all members.
pub(crate) fn whole_customer() -> Value {
    json!({
        "firstName": "Mina",
        "lastName": "Roth",
        "secondFirstName": "Ada",
        "secondLastName": "Quill",
        "dateOfBirth": "1990-12-31",
        "email": "Mina@Studio.example",
        "gender": "UNISEX",
        "street": "Mill Lane",
        "houseNumber": "5a",
        "zipCode": "80331",
        "city": "Ulm",
        "countryCode": "DE",
        "language": { "languageCode": "de", "countryCode": "AT" },
        "phonePrivate": "+49 30 1",
        "phonePrivateMobile": "+49 170 1",
        "phoneBusiness": "+49 30 2",
        "phoneBusinessMobile": "+49 30 1",
        "thirdPartyId": "crm-17",
        "communicationPreferences": [{
            "messageCategory": "NEWSLETTER",
            "channels": [{ "communicationChannel": "EMAIL", "active": true }],
        }],
    })
}

/// Returns the body of a new customer with the required members only.
pub(crate) fn customer(first: &str, last: &str, email: &str) -> Value {
    json!({
        "firstName": first, "lastName": last, "dateOfBirth": "1980-02-29", "email": email, "street": "Weg 1",
        "city": "Bonn", "zipCode": "53111", "countryCode": "DE", "language": { "languageCode": "de" },
    })
}

/// Creates a customer; returns its id.
pub(crate) async fn created(world: &World, body: &Value) -> i64 {
    let answer = done(world, Method::POST, "/v1/customers/create", Some(body)).await;
    assert_eq!(answer.as_object().expect("an object").len(), 1, "{answer}");
    answer["customerId"].as_i64().expect("an id")
}

pub(crate) fn lead(first: &str, email: &str) -> Value {
    json!({ "leadCustomer": { "firstname": first, "lastname": "Lead", "email": email } })
}

/// Returns the ids of a list of customers or employees.
pub(crate) fn ids(list: &Value) -> Vec<i64> {
    let items = list.as_array().expect("a list").iter();
    items
        .map(|item| item["id"].as_i64().expect("an id"))
        .collect()
}
