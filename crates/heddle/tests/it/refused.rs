//! Tests that a refused call changes nothing: for each API and each kind of 4xx, rows and files are the same before and
//! after (except rows of counters and slots).

use std::path::Path;

use http::Method;
use serde_json::{Value, json};

use crate::catalogue::{Fixture, Row, Sample, rows};
use crate::harness::World;
use crate::matrix::dump;
use heddle_testkit::on_both;

/// A request that must be refused.
struct Refusal {
    what: String,
    sample: Sample,
    body: Option<Vec<u8>>,
    status: u16,
}

impl Refusal {
    fn new(what: &str, sample: Sample, status: u16) -> Self {
        Self {
            what: what.to_owned(),
            sample,
            body: None,
            status,
        }
    }
}

fn api_word(row: &Row) -> String {
    format!("{} {}", row.method, row.template)
}

/// Returns requests that every route refuses, with the status that its API uses.
fn general(row: &Row) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    let name = api_word(row);
    if let Some((sample, status)) = &row.anonymous {
        refusals.push(Refusal::new(
            &format!("{name} without a credential"),
            sample.clone(),
            *status,
        ));
    }
    if let Some((sample, status)) = &row.foreign_caller {
        refusals.push(Refusal::new(
            &format!("{name} by a stranger"),
            sample.clone(),
            *status,
        ));
    }
    if row.sample.body.is_some() && !is_raw(row) {
        // The native API has different statuses for a body that cannot be parsed and for a wrong field.
        let array = if is_native(row) { 422 } else { 400 };
        for (what, body, status) in [
            ("broken JSON", &b"{\"a\": "[..], 400),
            ("an array", b"[]", array),
            ("nothing", b"", 400),
        ] {
            if what == "an array" && takes_arrays(row) {
                continue;
            }
            let mut refusal =
                Refusal::new(&format!("{name} with {what}"), row.sample.clone(), status);
            refusal.body = Some(body.to_vec());
            refusals.push(refusal);
        }
        let mut nul = row.sample.clone();
        *used_text(nul.body.as_mut().expect("a body")) = json!("a\0b");
        refusals.push(Refusal::new(&format!("{name} with U+0000"), nul, 400));
    }
    refusals.extend(credentials(row));
    refusals.extend(media(row));
    if is_native(row) {
        refusals.extend(native(row));
    }
    let wrong = Sample {
        method: match row.api.as_str() {
            "native" | "helpscout" => Method::TRACE,
            _ => Method::DELETE,
        },
        ..row.sample.clone()
    };
    let status = match row.api.as_str() {
        "helpscout" => 400,
        "mews" => 404,
        _ => 405,
    };
    refusals.push(Refusal::new(
        &format!("{name} by {}", wrong.method),
        wrong,
        status,
    ));
    let path = row.sample.path.split('?').next().unwrap_or_default();
    let path = format!("{}/no/such/path", path.trim_end_matches('/'));
    let lost = Sample {
        path,
        ..row.sample.clone()
    };
    refusals.push(Refusal::new(
        &format!("{name} on an unknown path"),
        lost,
        404,
    ));
    refusals
}

/// Whether the route accepts any bytes as a body.
fn is_raw(row: &Row) -> bool {
    row.template == "/api/v1/attachments"
}

fn is_native(row: &Row) -> bool {
    row.api == heddle_native::NAME
}

/// Returns requests that every native route refuses: unknown parameters and members, invalid conditions and idempotency
/// keys.
fn native(row: &Row) -> Vec<Refusal> {
    let name = api_word(row);
    let mut refusals = Vec::new();
    if row.anonymous.is_none() {
        return refusals;
    }
    let mut unknown = row.sample.clone();
    let separator = if unknown.path.contains('?') { '&' } else { '?' };
    unknown.path = format!("{}{separator}no_such_parameter=1", unknown.path);
    refusals.push(Refusal::new(
        &format!("{name} with an unknown parameter"),
        unknown,
        422,
    ));
    if row.sample.body.is_some() && !is_raw(row) {
        let mut unknown = row.sample.clone();
        unknown.body.as_mut().expect("a body")["no_such_member"] = json!(1);
        refusals.push(Refusal::new(
            &format!("{name} with an unknown member"),
            unknown,
            422,
        ));
    }
    if row.method != Method::GET {
        let mut bad = row.sample.clone();
        bad.headers.push(("idempotency-key", "k".repeat(256)));
        refusals.push(Refusal::new(&format!("{name} with a bad key"), bad, 400));
    }
    if matches!(row.method, Method::PATCH | Method::PUT | Method::DELETE) {
        for (tag, status) in [("\"1\"", 412), ("one", 400)] {
            let mut stale = row.sample.clone();
            stale.headers.push(("if-match", tag.to_owned()));
            let what = format!("{name} with If-Match: {tag}");
            refusals.push(Refusal::new(&what, stale, status));
        }
    }
    refusals
}

/// Returns the request with a wrong secret, which every API refuses with 401.
fn credentials(row: &Row) -> Option<Refusal> {
    row.anonymous.as_ref()?;
    let mut sample = row.sample.clone();
    for (name, value) in &mut sample.headers {
        match *name {
            "x-api-key" => "wrong".clone_into(value),
            "authorization" if value.starts_with("Bearer") => "Bearer wrong".clone_into(value),
            "authorization" => "Basic d3Jvbmc6d3Jvbmc=".clone_into(value),
            _ => {}
        }
    }
    if let Some(token) = sample
        .body
        .as_mut()
        .and_then(|body| body.get_mut("AccessToken"))
    {
        *token = json!("wrong");
    }
    Some(Refusal::new(
        &format!("{} with a wrong credential", api_word(row)),
        sample,
        401,
    ))
}

/// Whether the route is a native one whose bodies may contain long texts.
fn takes_messages(row: &Row) -> bool {
    let part = row.template.strip_prefix("/api/v1/conversations");
    let is_message = part.is_some_and(|part| part.contains("/messages") || part == "/{}/notes");
    is_message || (part == Some("") && row.method == Method::POST)
}

/// Returns requests that must be refused: one whose `Content-Type` is not JSON, and one whose body is too large. Each
/// API has its own statuses for them.
fn media(row: &Row) -> Vec<Refusal> {
    if row.sample.body.is_none() || row.template == "/v2/oauth2/token" {
        return Vec::new();
    }
    let (media, large, limit) = match row.api.as_str() {
        "helpscout" => (415, 413, 25 << 20),
        "magicline" => (415, 400, 1 << 20),
        "mews" => (400, 413, 8 << 20),
        "native" if is_raw(row) => (0, 413, 25 << 20),
        "native" if takes_messages(row) => (415, 413, 4 << 20),
        _ => (415, 413, 1 << 20),
    };
    let mut text = row.sample.clone();
    text.headers.retain(|(name, _)| *name != "content-type");
    text.headers.push(("content-type", "text/plain".into()));
    let mut refusals = Vec::new();
    if media != 0 {
        let what = format!("{} as text", api_word(row));
        refusals.push(Refusal::new(&what, text, media));
    }
    // One route per API is enough for bodies of many megabytes.
    if matches!(
        row.template,
        "/v2/conversations/{}/phones" | "/api/connector/v1/messages/add" | "/api/v1/attachments"
    ) || limit <= 4 << 20
    {
        let mut refusal = Refusal::new(
            &format!("{} with too large a body", api_word(row)),
            row.sample.clone(),
            large,
        );
        refusal.body = Some(vec![b' '; limit + 1]);
        refusals.push(refusal);
    }
    refusals
}

/// Returns the valid request with one field replaced, and the expected status.
fn edited(row: &Row, pointer: &str, value: Value, status: u16) -> Refusal {
    let mut sample = row.sample.clone();
    let place = sample
        .body
        .as_mut()
        .and_then(|body| body.pointer_mut(pointer))
        .expect("the place exists");
    *place = value;
    Refusal::new(
        &format!("{} with a bad {pointer}", api_word(row)),
        sample,
        status,
    )
}

/// Returns the request with Magicline's key without COMMUNICATION_WRITE.
fn read_only(world: &World, row: &Row) -> Refusal {
    let mut sample = row.sample.clone();
    sample.headers.retain(|(name, _)| *name != "x-api-key");
    sample
        .headers
        .push(("x-api-key", world.here.magicline_read_only_key.clone()));
    Refusal::new(&format!("{} without its scope", api_word(row)), sample, 403)
}

/// Returns requests that would create a customer, a conversation, a message or a file, but whose last part is wrong.
fn particular(world: &World, row: &Row) -> Vec<Refusal> {
    let new_customer = json!({ "email": "nobody.yet@example.com", "firstName": "Nobody" });
    let large = json!([
        { "fileName": "large.bin", "mimeType": "application/octet-stream", "data": "QUJD".repeat(20_000) },
        { "fileName": "bad.bin", "mimeType": "application/octet-stream", "data": "!!" },
    ]);
    match (row.method.as_str(), row.template) {
        ("POST" | "PUT", template)
            if template.starts_with("/v1/") && template.contains("/threads") =>
        {
            vec![
                read_only(world, row),
                edited(row, "/communicationChannel", json!("PIGEON"), 400),
                edited(row, "/communicationDateTime", json!("2022-06-22"), 400),
            ]
        }
        ("PUT", "/v1/communications/{}/communication-preferences") => vec![
            edited(row, "/0/channels/0/active", json!(1), 400),
            edited(row, "/0/messageCategory", json!("x"), 400),
        ],
        ("POST", "/v1/customers/create") => vec![
            edited(row, "/language/languageCode", json!("german"), 400),
            edited(row, "/email", json!(world.here.customer_email), 400),
        ],
        ("POST", "/v1/leads/create") => vec![
            edited(row, "/address/city", json!(""), 400),
            edited(
                row,
                "/leadCustomer/email",
                json!(world.here.customer_email),
                400,
            ),
        ],
        ("POST", "/v2/conversations") => {
            let mut late = edited(row, "/threads/0/text", json!(""), 400);
            late.sample.body.as_mut().expect("a body")["customer"] = new_customer;
            let mut many = row.sample.clone();
            let thread = many.body.as_ref().expect("a body")["threads"][0].clone();
            many.body.as_mut().expect("a body")["threads"] = Value::Array(vec![thread; 101]);
            vec![
                late,
                edited(row, "/mailboxId", json!(999_999), 400),
                edited(row, "/assignTo", json!(999_999), 400),
                Refusal::new("a conversation of 101 threads", many, 412),
            ]
        }
        ("POST", "/v2/conversations/{}/threads/{}/attachments") => {
            let mut late = edited(row, "/mimeType", json!(""), 400);
            late.sample.body.as_mut().expect("a body")["data"] = large[0]["data"].clone();
            let mut lost = edited(row, "/data", large[0]["data"].clone(), 404);
            lost.sample.path = lost.sample.path.replacen("/threads/", "/threads/99", 1);
            let bad = edited(row, "/data", json!("!!"), 400);
            vec![late, lost, bad]
        }
        ("POST", template)
            if template.starts_with("/v2/conversations/{}/") && !template.ends_with("notes") =>
        {
            let mut late = edited(row, "/text", Value::Null, 400);
            late.sample.body.as_mut().expect("a body")["customer"] = new_customer.clone();
            let mut files = edited(row, "/attachments", large.clone(), 400);
            files.sample.body.as_mut().expect("a body")["customer"] = new_customer.clone();
            let mut lost = row.sample.clone();
            lost.path = lost
                .path
                .replacen("/v2/conversations/", "/v2/conversations/99", 1);
            let body = lost.body.as_mut().expect("a body");
            body["customer"] = new_customer;
            body["attachments"] = json!([large[0]]);
            vec![
                late,
                files,
                Refusal::new("a thread on an unknown conversation", lost, 404),
            ]
        }
        ("POST", "/api/connector/v1/messageThreads/add") => {
            vec![edited(row, "/Subject", json!(""), 400)]
        }
        ("POST", "/api/connector/v1/customers/add") => vec![
            edited(row, "/LastName", json!(""), 400),
            edited(row, "/ChainId", json!("x"), 400),
            edited(row, "/Email", json!("nobody"), 400),
        ],
        ("POST", "/api/connector/v1/messages/add") => {
            let mut sample = row.sample.clone();
            let messages = sample.body.as_mut().expect("a body")["Messages"]
                .as_array_mut()
                .expect("an array");
            messages.push(
                json!({ "MessageThreadId": "00000000-0000-4000-8000-000000000000", "Text": "x" }),
            );
            vec![
                Refusal::new("a batch with one bad thread", sample, 400),
                edited(row, "/Messages/0/Text", json!(""), 400),
            ]
        }
        ("POST", template) if template.ends_with("/message") => vec![
            edited(row, "/messageAttributes/type", json!("PIGEON"), 400),
            edited(row, "/messageAttributes/body", Value::Null, 400),
        ],
        ("POST" | "PUT", "/customer/v2/department/{}/customer") => {
            // The number would be opted out before the address is found to be taken.
            let mut taken = edited(row, "/customer/lastName", json!("Okafor"), 400);
            taken.sample.body.as_mut().expect("a body")["customer"]["emails"] =
                json!([{ "emailAddress": world.here.customer_email }]);
            vec![
                edited(row, "/customer/lastName", json!(""), 400),
                edited(row, "/customer/phoneNumbers/0/phoneNumber", json!(""), 400),
                taken,
            ]
        }
        ("PUT", "/communications/dealers/{}/delegate") => {
            vec![edited(
                row,
                "/userDelegationDetail/delegatedToUUID",
                json!("nobody"),
                400,
            )]
        }
        ("POST" | "PUT", template) if template.starts_with("/v2/webhooks") => vec![
            edited(row, "/secret", json!(""), 400),
            edited(row, "/events/0", json!("convo.sung"), 400),
            edited(row, "/url", json!("http://10.0.0.1/"), 400),
        ],
        _ => Vec::new(),
    }
}

on_both! {
    async fn a_refused_request_changes_no_row_and_no_file(world: World) {
        let fixture = Fixture::new(&world).await;
        let mut kinds = std::collections::BTreeSet::new();
        let mut problems: Vec<String> = Vec::new();
        for row in rows(&world, &fixture) {
            // The clock moves by a minute, so that the limit of wrong credentials per minute starts again for each row.
            world.test.clock.advance(60_000);
            for refusal in general(&row).into_iter().chain(particular(&world, &row)) {
                let before = (dump(&world).await, files(&world));
                let answer = match &refusal.body {
                    Some(body) => refusal.sample.send_text(&world, body.clone()).await,
                    None => refusal.sample.send(&world).await,
                };
                let body = String::from_utf8_lossy(&answer.body);
                if answer.status != refusal.status {
                    problems.push(format!("{}: {} instead of {}: {body}", refusal.what, answer.status, refusal.status));
                }
                if (dump(&world).await, files(&world)) != before {
                    problems.push(format!("{} left something behind", refusal.what));
                }
                kinds.insert((row.api.as_str(), refusal.status));
            }
        }
        assert!(problems.is_empty(), "{}", problems.join("\n"));
        // The requests cover every kind of 4xx that an API has (the suites of the APIs test 429 and 409).
        let kinds = |api: &str| kinds.iter().filter(|(d, _)| *d == api).map(|(_, k)| *k).collect::<Vec<u16>>();
        assert_eq!(kinds("helpscout"), [400, 401, 404, 412, 413, 415]);
        assert_eq!(kinds("magicline"), [400, 401, 403, 404, 405, 415]);
        assert_eq!(kinds("mews"), [400, 401, 404, 413]);
        assert_eq!(kinds("mykaarma"), [400, 401, 403, 404, 405, 413, 415]);
        assert_eq!(kinds("native"), [400, 401, 404, 405, 412, 413, 415, 422]);
    }
}

/// Returns the paths of all objects (attachment files) in the store's folder.
fn files(world: &World) -> Vec<String> {
    let mut found = Vec::new();
    walk(&world.test.folder.path().join("objects"), &mut found);
    found.sort();
    found
}

fn walk(folder: &Path, found: &mut Vec<String>) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for entry in entries {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            walk(&path, found);
        } else {
            found.push(path.display().to_string());
        }
    }
}

/// Whether the body of the request may be an array, even an empty one.
fn takes_arrays(row: &Row) -> bool {
    let takes = [
        ("PATCH", "/v2/customers/{}"),
        ("PUT", "/v1/communications/{}/communication-preferences"),
    ];
    takes.contains(&(row.method.as_str(), row.template))
}

/// Returns a text of a body that every operation with this body reads.
fn used_text(body: &mut Value) -> &mut Value {
    let places = [
        "/content",
        "/text",
        "/subject",
        "/Subject",
        "/Messages/0/Text",
        "/messageAttributes/body",
        "/sortOrder",
        "/MessageThreadIds/0",
        "/firstName",
        "/customer/firstName",
        "/url",
        "/grant_type",
        "/userDelegationDetail/delegatedToUUID",
        "/bulkAutoDelegate/toDealerAssociateUUID",
        "/assigneeUserUUID",
        "/value",
        "/tags/0",
        "/fields/0/value",
        "/fileName",
        "/city",
        "/EnterpriseId",
        "/EnterpriseIds/0",
        "/CustomerIds/0",
        "/LastName",
        "/Client",
        "/leadCustomer/firstname",
        "/0/channels/0/communicationChannel",
        "/preferences/0/category",
        "/event",
        "/lastMessageReceivedOn",
        "/customerUUIDList/0",
        "/communicationList/0/communicationValue",
        "/saveMessageRequestList/0/sourceUuid",
        "/userEvents/0/user/uuid",
        "/internalSubscriptionsAdded/0/userUuid",
    ];
    let found = places
        .into_iter()
        .find(|place| body.pointer(place).is_some());
    match found {
        Some(place) => body.pointer_mut(place).expect("it was found"),
        // The native API reads every member: it refuses unknown ones.
        None => &mut body["Anything"],
    }
}
