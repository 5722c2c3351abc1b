//! The catalogue's rows for Help Scout's customers, and for the lists that are always empty.

use http::Method;
use serde_json::{Value, json};

use super::{Fixture, Row, UNKNOWN_NUMBER, helpscout, inboxes, slot, without_headers};
use crate::harness::World;

const LIST: &str = "/v2/customers";
const ONE: &str = "/v2/customers/{}";
const WORKFLOWS: &str = "/v2/workflows";
const ADDRESS: &str = "/v2/customers/{}/address";
/// The kinds of entries: their names, the templates of list and entry, and a value.
const KINDS: [(&str, &str, &str, &str); 5] = [
    (
        "emails",
        "/v2/customers/{}/emails",
        "/v2/customers/{}/emails/{}",
        "ada@entry.example",
    ),
    (
        "phones",
        "/v2/customers/{}/phones",
        "/v2/customers/{}/phones/{}",
        "+1 555 0100",
    ),
    (
        "chats",
        "/v2/customers/{}/chats",
        "/v2/customers/{}/chats/{}",
        "ada",
    ),
    (
        "social-profiles",
        "/v2/customers/{}/social-profiles",
        "/v2/customers/{}/social-profiles/{}",
        "ada",
    ),
    (
        "websites",
        "/v2/customers/{}/websites",
        "/v2/customers/{}/websites/{}",
        "ada.example",
    ),
];

/// Customers that were made through Help Scout's API.
#[derive(Debug)]
pub(crate) struct Made {
    /// A customer with a postal address and two entries of each kind; another with a postal address; one without; and one that a
    /// request may delete.
    full: String,
    with_address: String,
    plain: String,
    spare: String,
    /// Of each kind, the ids of the two entries of `full`, in the order of `KINDS`.
    entries: Vec<[String; 2]>,
}

fn address() -> Value {
    json!({ "city": "Ulm", "state": "BW", "postalCode": "89073", "country": "DE", "lines": ["1 Mill Lane"] })
}

fn entry(kind: &str, value: &str) -> Value {
    match kind {
        "websites" => json!({ "value": value }),
        _ => json!({ "type": "other", "value": value }),
    }
}

/// Makes the customers of one account.
pub(super) async fn made(world: &World, token: &str) -> Made {
    let make = async |path: String, body: Value| {
        let sample = helpscout(Method::POST, path, token, Some(body));
        let answer = sample.send(world).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        answer.header("resource-id").to_owned()
    };
    let named = |name: &str| json!({ "firstName": name });
    let located = |name: &str| json!({ "firstName": name, "address": address() });
    let full = make(LIST.into(), located("Full")).await;
    let mut entries = Vec::new();
    for (kind, ..) in KINDS {
        let path = format!("{LIST}/{full}/{kind}");
        let first = make(path.clone(), entry(kind, &format!("one@{full}.example"))).await;
        let second = make(path, entry(kind, &format!("two@{full}.example"))).await;
        entries.push([first, second]);
    }
    Made {
        full,
        with_address: make(LIST.into(), located("Located")).await,
        plain: make(LIST.into(), named("Plain")).await,
        spare: make(LIST.into(), named("Spare")).await,
        entries,
    }
}

pub(super) fn rows(fixture: &Fixture) -> Vec<Row> {
    let here = &fixture.here.helpscout_customers;
    let create = json!({
        "firstName": "Ada", "lastName": "Quill", "phone": "+1 555 0100", "gender": "female", "age": "30",
        "emails": [{ "type": "work", "value": "ada@new.example" }], "websites": [{ "value": "ada.example" }],
        "address": address(),
    });
    let profile =
        json!({ "firstName": "Ada", "lastName": "Quill", "jobTitle": "Head", "gender": "female" });
    let patch = patch(&here.entries[0][0]);
    let mut rows = vec![
        row(fixture, Method::GET, LIST, None, None, 200),
        row(fixture, Method::POST, LIST, None, Some(create), 201),
        row(fixture, Method::GET, ONE, Some(&here.full), None, 200),
        row(
            fixture,
            Method::PUT,
            ONE,
            Some(&here.full),
            Some(profile),
            204,
        ),
        with_entry_in_body(
            fixture,
            row(
                fixture,
                Method::PATCH,
                ONE,
                Some(&here.full),
                Some(patch),
                204,
            ),
        ),
        row(fixture, Method::DELETE, ONE, Some(&here.spare), None, 204),
        row(fixture, Method::GET, ADDRESS, Some(&here.full), None, 200),
        row(
            fixture,
            Method::PUT,
            ADDRESS,
            Some(&here.full),
            Some(address()),
            204,
        ),
        row(
            fixture,
            Method::POST,
            ADDRESS,
            Some(&here.plain),
            Some(address()),
            201,
        ),
        row(
            fixture,
            Method::DELETE,
            ADDRESS,
            Some(&here.with_address),
            None,
            204,
        ),
        row(
            fixture,
            Method::GET,
            "/v2/customer-properties",
            None,
            None,
            200,
        ),
        row(fixture, Method::GET, WORKFLOWS, None, None, 200),
    ];
    for (template, name) in [(LIST, "mailbox"), (WORKFLOWS, "mailboxId")] {
        let mut lists = rows.iter_mut();
        let row = lists.find(|row| row.template == template && row.method == Method::GET);
        let path = move |id: &str| format!("{template}?{name}={id}");
        let place = inboxes::at(name, 200, &fixture.foreign.main, path);
        row.expect("the list").slots.push(place);
    }
    for (at, (kind, list, one, value)) in KINDS.into_iter().enumerate() {
        let body = || Some(entry(kind, value));
        rows.push(row(fixture, Method::GET, list, Some(&here.full), None, 200));
        rows.push(row(
            fixture,
            Method::POST,
            list,
            Some(&here.plain),
            body(),
            201,
        ));
        for (method, which, success) in [(Method::PUT, 0, 204), (Method::DELETE, 1, 204)] {
            let body = (method == Method::PUT).then(|| entry(kind, &format!("x{value}")));
            rows.push(entry_row(fixture, method, (at, one, which), body, success));
        }
    }
    rows
}

/// Returns a patch of an entry: one operation, which stands for an array of one.
fn patch(entry: &str) -> Value {
    let path = format!("/emails/{entry}/value");
    json!({ "op": "replace", "path": path, "value": "three@entry.example" })
}

/// Puts ids into the only parameters of a template.
fn path_of(template: &str, ids: &[&str]) -> String {
    let mut path = template.to_owned();
    for id in ids {
        path = path.replacen("{}", id, 1);
    }
    path
}

fn row(
    fixture: &Fixture,
    method: Method,
    template: &'static str,
    id: Option<&String>,
    body: Option<Value>,
    success: u16,
) -> Row {
    let ids: Vec<&str> = id.into_iter().map(String::as_str).collect();
    let path = path_of(template, &ids);
    let sample = helpscout(
        method.clone(),
        path.clone(),
        &fixture.here.helpscout_token,
        body.clone(),
    );
    let stranger = helpscout(
        method.clone(),
        path,
        &fixture.foreign.helpscout_token,
        body.clone(),
    );
    let mut slots = Vec::new();
    if id.is_some() {
        let foreign = &fixture.foreign;
        let foreign = [&foreign.customer, &foreign.helpscout_customers.full];
        let method = method.clone();
        slots.push(slot(
            "customerId",
            404,
            &foreign,
            UNKNOWN_NUMBER,
            move |_, fixture, id| {
                let token = &fixture.here.helpscout_token;
                helpscout(
                    method.clone(),
                    path_of(template, &[id]),
                    token,
                    body.clone(),
                )
            },
        ));
    }
    Row {
        api: heddle_helpscout::NAME,
        template,
        success,
        slots,
        // A list, and a new customer, are the caller's own.
        foreign_caller: id.is_some().then_some((stranger, 404)),
        anonymous: Some((without_headers(&sample, &["authorization"]), 401)),
        method,
        sample,
    }
}

fn entry_row(
    fixture: &Fixture,
    method: Method,
    (at, template, which): (usize, &'static str, usize),
    body: Option<Value>,
    success: u16,
) -> Row {
    let (here, foreign) = (
        &fixture.here.helpscout_customers,
        &fixture.foreign.helpscout_customers,
    );
    let own = here.entries[at][which].clone();
    let path = path_of(template, &[&here.full, &own]);
    let by = |token: &str| helpscout(method.clone(), path.clone(), token, body.clone());
    let sample = by(&fixture.here.helpscout_token);
    let stranger = by(&fixture.foreign.helpscout_token);
    let send = {
        let (method, body) = (method.clone(), body.clone());
        move |fixture: &Fixture, ids: [&str; 2]| {
            let token = &fixture.here.helpscout_token;
            helpscout(method.clone(), path_of(template, &ids), token, body.clone())
        }
    };
    let of_customer = send.clone();
    // An entry of another account, and one of another kind of the same customer.
    let other_kind = &here.entries[(at + 1) % KINDS.len()][0];
    let entries = [&foreign.entries[at][0], other_kind];
    Row {
        api: heddle_helpscout::NAME,
        template,
        success,
        slots: vec![
            slot(
                "customerId",
                404,
                &[&foreign.full, &here.plain],
                UNKNOWN_NUMBER,
                move |_, fixture, id| of_customer(fixture, [id, &own]),
            ),
            slot(
                "entryId",
                404,
                &entries,
                UNKNOWN_NUMBER,
                move |_, fixture, id| send(fixture, [&fixture.here.helpscout_customers.full, id]),
            ),
        ],
        foreign_caller: Some((stranger, 404)),
        anonymous: Some((without_headers(&sample, &["authorization"]), 401)),
        method,
        sample,
    }
}

/// Adds the entry's id in the body to a row, as a place that the tests vary.
fn with_entry_in_body(fixture: &Fixture, mut row: Row) -> Row {
    let foreign = [&fixture.foreign.helpscout_customers.entries[0][0]];
    row.slots.push(slot(
        "path",
        400,
        &foreign,
        UNKNOWN_NUMBER,
        |_, fixture, id| {
            let customer = &fixture.here.helpscout_customers.full;
            let token = &fixture.here.helpscout_token;
            helpscout(
                Method::PATCH,
                path_of(ONE, &[customer]),
                token,
                Some(patch(id)),
            )
        },
    ));
    row
}
