//! The catalogue's rows for Magicline's API.

use http::Method;
use serde_json::{Value, json};

use super::native::fill;
use super::{Fixture, Row, Sample, UNKNOWN_NUMBER, magicline, slot, without_headers};
use crate::harness::World;

/// Returns the rows of all calls.
pub(super) fn rows(world: &World, fixture: &Fixture) -> Vec<Row> {
    let mut rows = threads(world, fixture);
    rows.extend(preferences(world, fixture));
    rows.extend(customers(world, fixture));
    rows.extend(leads(world));
    rows.extend(studio(world, fixture));
    rows
}

fn request(method: Method, path: String, key: &str, body: Option<Value>) -> Sample {
    Sample {
        body,
        ..magicline(method, path, key)
    }
}

/// Returns the same request with the key of another account.
fn stranger(world: &World, sample: &Sample) -> Sample {
    let mut sample = without_headers(sample, &["x-api-key"]);
    let key = world.foreign.magicline_key.clone();
    sample.headers.push(("x-api-key", key));
    sample
}

/// Returns a row for a call without ids.
fn row(
    world: &World,
    method: Method,
    (template, query): (&'static str, &str),
    body: Option<Value>,
) -> Row {
    let path = format!("{template}{query}");
    let sample = request(method.clone(), path, &world.here.magicline_key, body);
    Row {
        api: heddle_magicline::NAME,
        method,
        template,
        success: 200,
        slots: Vec::new(),
        foreign_caller: None,
        anonymous: Some((without_headers(&sample, &["x-api-key"]), 401)),
        sample,
    }
}

/// Returns a row for a call with one id in its path.
fn row_of(
    world: &World,
    method: Method,
    template: &'static str,
    (name, id, foreign): (&'static str, &str, &[&String]),
    body: Option<Value>,
) -> Row {
    let path = fill(template, &[id.to_owned()]);
    let key = &world.here.magicline_key;
    let sample = request(method.clone(), path, key, body.clone());
    let of = method.clone();
    let with = move |world: &World, _: &Fixture, id: &str| {
        let path = fill(template, &[id.to_owned()]);
        request(of.clone(), path, &world.here.magicline_key, body.clone())
    };
    Row {
        slots: vec![slot(name, 404, foreign, UNKNOWN_NUMBER, with)],
        foreign_caller: Some((stranger(world, &sample), 404)),
        anonymous: Some((without_headers(&sample, &["x-api-key"]), 401)),
        sample,
        ..row(world, method, (template, ""), None)
    }
}

fn preferences(world: &World, fixture: &Fixture) -> Vec<Row> {
    let template = "/v1/communications/{}/communication-preferences";
    let (here, foreign) = (&fixture.here, &fixture.foreign);
    let foreign = [&here.second_customer, &foreign.customer];
    let of = ("customerId", here.customer.as_str(), &foreign[..]);
    let body = json!([{ "messageCategory": "NEWSLETTER", "channels": [
        { "communicationChannel": "FAX", "customerOverridable": false, "active": true },
    ] }]);
    vec![
        row_of(world, Method::GET, template, of, None),
        row_of(world, Method::PUT, template, of, Some(body)),
    ]
}

fn customers(world: &World, fixture: &Fixture) -> Vec<Row> {
    let (here, foreign) = (&fixture.here, &fixture.foreign);
    let foreign = [&here.second_customer, &foreign.customer];
    let of = ("customerId", here.customer.as_str(), &foreign[..]);
    let by = format!(
        "?customerNumber={}-{}&cardNumberFormat=DECIMAL",
        here.main, here.customer
    );
    let list = "?sliceSize=50&customerStatus=MEMBER&offset=0-0&cardNumberFormat=HEX_LSB";
    let search = json!({
        "firstName": "M", "lastName": "O", "email": "mina@here.example", "dateOfBirth": "1990-01-02",
        "cardNumberFormat": "DECIMAL",
    });
    let create = json!({
        "firstName": "Mina", "lastName": "Roth", "dateOfBirth": "1990-01-02", "email": "new.member@here.example",
        "street": "Mill Lane", "city": "Ulm", "zipCode": "89073", "countryCode": "DE",
        "language": { "languageCode": "de", "countryCode": "DE" }, "secondFirstName": "Ada", "secondLastName": "Quill",
        "houseNumber": "5", "gender": "FEMALE", "phonePrivate": "+49 30 1", "phonePrivateMobile": "+49 30 2",
        "phoneBusiness": "+49 30 3", "phoneBusinessMobile": "+49 30 4", "thirdPartyId": "crm-1",
        "communicationPreferences": [{ "messageCategory": "GENERAL", "channels": [
            { "communicationChannel": "FAX", "customerOverridable": true, "active": true },
        ] }],
    });
    vec![
        row(world, Method::GET, ("/v1/customers", list), None),
        row(world, Method::GET, ("/v1/customers/by", &by), None),
        row(
            world,
            Method::POST,
            ("/v1/customers/search", ""),
            Some(search),
        ),
        row(
            world,
            Method::POST,
            ("/v1/customers/create", ""),
            Some(create),
        ),
        row_of(world, Method::GET, "/v1/customers/{}", of, None),
    ]
}

fn leads(world: &World) -> Vec<Row> {
    let lead = json!({
        "leadCustomer": {
            "firstname": "Mina", "lastname": "Roth", "email": "new.lead@here.example", "gender": "MALE",
            "dateOfBirth": "1990-01-02", "telephone": "+49 30 1", "language": { "languageCode": "de", "countryCode": "DE" },
            "thirdPartyId": "ad-1",
        },
        "address": { "street": "Weg", "houseNumber": "1", "zipCode": "89073", "city": "Ulm", "countryCode": "DE" },
        "communicationPreferences": [{ "messageCategory": "GENERAL", "channels": [
            { "communicationChannel": "FAX", "customerOverridable": true, "active": true },
        ] }],
    });
    vec![
        row(
            world,
            Method::POST,
            ("/v1/leads/create", ""),
            Some(lead.clone()),
        ),
        row(world, Method::POST, ("/v1/leads/validate", ""), Some(lead)),
        row(world, Method::GET, ("/v1/leads/config", ""), None),
    ]
}

fn studio(world: &World, fixture: &Fixture) -> Vec<Row> {
    let foreign = [&fixture.foreign.agent];
    let of = ("employeeId", fixture.here.agent.as_str(), &foreign[..]);
    vec![
        row(
            world,
            Method::GET,
            ("/v1/employees", "?sliceSize=10&offset=0"),
            None,
        ),
        row_of(world, Method::GET, "/v1/employees/{}", of, None),
        row(world, Method::GET, ("/v1/studios/information", ""), None),
        row(
            world,
            Method::POST,
            ("/v1/studios/confirmActivation", ""),
            None,
        ),
    ]
}

fn threads(world: &World, fixture: &Fixture) -> Vec<Row> {
    let (here, foreign) = (&fixture.here, &fixture.foreign);
    let customers = [
        &here.second_customer,
        &foreign.customer,
        &foreign.second_customer,
    ];
    let create = magicline(
        Method::POST,
        format!("/v1/communications/{}/threads", here.customer),
        &world.here.magicline_key,
    );
    let update = magicline(
        Method::PUT,
        format!(
            "/v1/communications/{}/threads/{}",
            here.customer, here.thread
        ),
        &world.here.magicline_key,
    );
    let caller = |sample: &Sample| Some((stranger(world, sample), 404));
    vec![
        Row {
            api: heddle_magicline::NAME,
            method: Method::POST,
            template: "/v1/communications/{}/threads",
            success: 200,
            slots: vec![slot(
                "customerId",
                404,
                &customers,
                UNKNOWN_NUMBER,
                |world, _, id| {
                    magicline(
                        Method::POST,
                        format!("/v1/communications/{id}/threads"),
                        &world.here.magicline_key,
                    )
                },
            )],
            foreign_caller: caller(&create),
            anonymous: Some((without_headers(&create, &["x-api-key"]), 401)),
            sample: create,
        },
        Row {
            api: heddle_magicline::NAME,
            method: Method::PUT,
            template: "/v1/communications/{}/threads/{}",
            success: 200,
            slots: vec![
                slot(
                    "customerId",
                    404,
                    &customers,
                    UNKNOWN_NUMBER,
                    |world, fixture, id| {
                        let path =
                            format!("/v1/communications/{id}/threads/{}", fixture.here.thread);
                        magicline(Method::PUT, path, &world.here.magicline_key)
                    },
                ),
                slot(
                    "threadId",
                    404,
                    &[&foreign.thread],
                    UNKNOWN_NUMBER,
                    |world, fixture, id| {
                        let path =
                            format!("/v1/communications/{}/threads/{id}", fixture.here.customer);
                        magicline(Method::PUT, path, &world.here.magicline_key)
                    },
                ),
            ],
            foreign_caller: caller(&update),
            anonymous: Some((without_headers(&update, &["x-api-key"]), 401)),
            sample: update,
        },
    ]
}
