//! The OpenAPI description of this API is true. Every answer that a test of this API gets is compared with it, in the harness;
//! here the bodies of requests are.

use std::sync::OnceLock;

use heddle_testkit::described::{Reader, operation, places};
use heddle_testkit::on_both;
use http::Method;
use serde_json::{Value, json};

use crate::calls::{call, lead, whole_customer};
use crate::harness::World;
use crate::{five, thread};

/// Returns the description.
pub(crate) fn document() -> &'static Value {
    static DOCUMENT: OnceLock<Value> = OnceLock::new();
    DOCUMENT.get_or_init(|| {
        let text = heddle_magicline::description().openapi;
        serde_json::from_slice(&text.expect("a description")()).expect("JSON")
    })
}

/// A place with another rule than its schema says: a category without channels may lack it.
const CATEGORY: &str = "/messageCategory";

/// Returns the calls that have a body, with every member of the description.
async fn calls(world: &World) -> Vec<(Method, String, Value)> {
    let customer = world.here.customer;
    let mut message = five();
    message["communicationDateTime"] = json!("2022-06-22T08:00:00.000+02:00[Europe/Berlin]");
    message["ticketNumber"] = json!("T-1");
    message["ticketLink"] = json!("https://tickets.example/1");
    message["agent"] = json!("Ada Quill");
    let mut person = whole_customer();
    let channel =
        json!({ "communicationChannel": "EMAIL", "customerOverridable": true, "active": true });
    let preferences = json!([{ "messageCategory": "NEWSLETTER", "channels": [channel] }]);
    person["communicationPreferences"] = preferences.clone();
    person["email"] = json!("m@studio.example");
    let mut lead = lead("Ito", "m@studio.example");
    lead["leadCustomer"]["gender"] = json!("MALE");
    lead["leadCustomer"]["dateOfBirth"] = json!("2000-02-29");
    lead["leadCustomer"]["telephone"] = json!("+49 30 7");
    lead["leadCustomer"]["language"] = json!({ "languageCode": "en", "countryCode": "GB" });
    lead["leadCustomer"]["thirdPartyId"] = json!("ad-1");
    lead["address"] = json!({ "street": "Weg", "houseNumber": "1", "zipCode": "53111", "city": "Bonn", "countryCode": "DE" });
    lead["communicationPreferences"] = preferences.clone();
    let search = json!({ "firstName": "M", "lastName": "R", "email": "m@studio.example", "dateOfBirth": "1990-12-31",
        "cardNumberFormat": "DECIMAL" });
    let of_customer = format!("/v1/communications/{customer}");
    vec![
        (
            Method::POST,
            format!("{of_customer}/threads"),
            message.clone(),
        ),
        (Method::PUT, thread(world).await, message),
        (
            Method::PUT,
            format!("{of_customer}/communication-preferences"),
            preferences,
        ),
        (Method::POST, "/v1/customers/search".to_owned(), search),
        (Method::POST, "/v1/customers/create".to_owned(), person),
        (Method::POST, "/v1/leads/create".to_owned(), lead.clone()),
        (Method::POST, "/v1/leads/validate".to_owned(), lead),
    ]
}

/// Sends a body; returns whether it is accepted. Each body that has an e-mail address gets another one, because each belongs
/// to one customer.
async fn accepts(
    world: &World,
    method: &Method,
    path: &str,
    body: &Value,
    number: usize,
) -> (bool, String) {
    let body = body
        .to_string()
        .replace("m@studio", &format!("m{number}@studio"));
    let body: Value = serde_json::from_str(&body).expect("JSON");
    let answer = call(world, method.clone(), path, Some(&body)).await;
    let text = String::from_utf8_lossy(&answer.body).into_owned();
    assert!([200, 400].contains(&answer.status.as_u16()), "{text}");
    let is_invalid = text.contains("INVALID_LEAD_DATA");
    (answer.status == 200 && !is_invalid, text)
}

on_both! {
    async fn bodies_are_read_as_described(world: World) {
        let reader = Reader { document: document(), is_closed: false };
        let values = [json!(null), json!(true), json!(7), json!(0), json!(1_001), json!(""), json!("x"), json!([]), json!({}), json!("x".repeat(70_000)), json!(["x"])];
        let (mut accepted, mut refused) = (0, 0);
        for (method, path, whole) in calls(&world).await {
            let operation = operation(document(), &method, &path).expect("an operation");
            let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
            assert_eq!(reader.faults(&whole, schema), Vec::<String>::new(), "{path}");
            let (is_accepted, text) = accepts(&world, &method, &path, &whole, accepted + refused).await;
            assert!(is_accepted, "{path}: {text}");
            accepted += 1;
            let mut all = Vec::new();
            places(&whole, "", &mut all);
            for place in &all {
                for value in values.iter().filter(|value| !value.is_null() || !place.ends_with(CATEGORY)) {
                    let mut body = whole.clone();
                    *body.pointer_mut(place).expect("a place") = value.clone();
                    let fits = reader.fits(&body, schema);
                    let (is_accepted, text) = accepts(&world, &method, &path, &body, accepted + refused).await;
                    assert_eq!(is_accepted, fits, "{path} {place} {:.80}: {text}", value.to_string());
                    match fits {
                        true => accepted += 1,
                        false => refused += 1,
                    }
                }
            }
        }
        assert!(accepted > 100 && refused > 300, "{accepted} {refused}");
    }
}
