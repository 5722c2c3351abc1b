//! Tests of customers: get, list, create, change, addresses, bulk requests. `customer_ends` tests merging and erasing.

use heddle_domain::credential::Grant;
use heddle_domain::{InboxScope, Scope};
use http::Method;
use serde_json::{Value, json};

use super::{Api, faults, problem};
use crate::catalogue::Fixture;
use crate::harness::World;
use crate::matrix::dump;
use heddle_testkit::on_both;

pub(super) const CUSTOMERS: &str = "/api/v1/customers";

pub(super) fn path(id: impl std::fmt::Display) -> String {
    format!("{CUSTOMERS}/{id}")
}

/// Returns the id in a response body.
pub(super) fn id(body: &Value) -> i64 {
    body["id"].as_i64().expect("an id")
}

on_both! {
    async fn a_customer_is_created_read_and_changed(world: World) {
        let api = Api::full(&world);
        let inbox = world.here.main.get();
        let made = api.post(CUSTOMERS, json!({
            "home_inbox_id": inbox,
            "first_name": "Mina",
            "email": " Mina.Roth@Here.example ",
            "phone": "+49 30 7",
            "gender": "female",
            "background": null,
        })).await;
        let body = made.json();
        assert_eq!(made.status, 201, "{body}");
        let own = path(id(&body));
        assert_eq!(made.header("location"), own);
        assert_eq!(body, json!({
            "id": body["id"],
            "public_id": body["public_id"],
            "home_inbox_id": inbox,
            "email": "mina.roth@here.example",
            "first_name": "Mina",
            "last_name": null,
            "phone": "+49 30 7",
            "photo_url": null,
            "photo_type": null,
            "job_title": null,
            "background": null,
            "location": null,
            "organization": null,
            "gender": "female",
            "age": null,
            "addresses": [
                {"position": 0, "kind": "email", "value": "mina.roth@here.example", "label": null},
                {"position": 1, "kind": "phone", "value": "+49 30 7", "label": null},
            ],
            "postal_address": null,
            "created_at": "2026-03-04T09:15:00.000Z",
            "updated_at": "2026-03-04T09:15:00.000Z",
        }));
        let read = api.get(&own).await;
        assert_eq!((read.json(), read.header("etag")), (body, made.header("etag")));
        let unchanged = api.with("if-none-match", made.header("etag")).get(&own).await;
        assert_eq!(unchanged.status, 304);

        world.test.clock.advance(1_000);
        let change = json!({ "first_name": null, "last_name": "Roth", "email": null, "home_inbox_id": null });
        let changed = api.with("if-match", made.header("etag")).patch(&own, change.clone()).await;
        let body = changed.json();
        assert_eq!(changed.status, 200, "{body}");
        assert_eq!(
            [&body["first_name"], &body["last_name"], &body["email"], &body["home_inbox_id"], &body["phone"]],
            [&json!(null), &json!("Roth"), &json!(null), &json!(null), &json!("+49 30 7")]
        );
        assert_eq!(body["updated_at"], "2026-03-04T09:15:01.000Z");
        let before = dump(&world).await;
        let late = api.with("if-match", made.header("etag")).patch(&own, json!({ "age": "7" })).await;
        problem(&late, 412, "stale");
        assert_eq!(dump(&world).await, before);
        // A request without a new value keeps the version.
        let again = api.patch(&own, change).await;
        assert_eq!(again.header("etag"), changed.header("etag"));
    }
}

on_both! {
    async fn bad_fields_are_named(world: World) {
        let api = Api::full(&world);
        let own = path(world.here.customer);
        let before = dump(&world).await;
        let wrong = json!({
            "email": "nobody",
            "gender": "f",
            "home_inbox_id": 0,
            "nickname": "M",
            "first_name": 7,
            "addresses": [{ "kind": "smoke", "value": "x" }, { "kind": "phone", "value": " " }],
        });
        let mut told = faults(&api.post(CUSTOMERS, wrong.clone()).await);
        told.sort();
        assert_eq!(told, [
            "addresses[0].kind choice",
            "addresses[1].value format",
            "email format",
            "first_name type",
            "gender choice",
            "home_inbox_id range",
            "nickname unknown",
        ]);
        assert_eq!(faults(&api.patch(&own, wrong).await).len(), 7);
        let bell = json!({ "addresses": [{ "kind": "other", "value": "a\u{7}b" }, { "kind": "email", "value": "x" }] });
        assert_eq!(
            faults(&api.patch(&own, bell).await),
            ["addresses[0].value format", "addresses[1].value format"]
        );
        let twice = json!({ "addresses": [{ "kind": "fax", "value": "1" }, { "kind": "fax", "value": " 1" }] });
        assert_eq!(faults(&api.post(CUSTOMERS, twice).await), ["addresses[1] duplicate"]);
        let both = json!({ "addresses": [], "phone": "1" });
        assert_eq!(faults(&api.patch(&own, both).await), ["addresses conflict"]);
        for (method, at) in [(Method::POST, CUSTOMERS), (Method::PATCH, own.as_str())] {
            let nowhere = api.send(method, at, Some(json!({ "home_inbox_id": 999 }))).await;
            assert_eq!(faults(&nowhere), ["home_inbox_id not-found"]);
        }
        assert_eq!(faults(&api.get("/api/v1/customers?mail=x").await), ["mail unknown"]);
        assert_eq!(faults(&api.get("/api/v1/customers?email=x").await), ["email format"]);
        assert_eq!(dump(&world).await, before);
    }
}

on_both! {
    async fn positions_lift_no_limit_of_addresses(world: World) {
        let api = Api::full(&world);
        let list = |count: i64| {
            let fax = |at: i64| json!({ "kind": "fax", "value": at.to_string(), "position": at });
            json!({ "addresses": (0..count).map(fax).collect::<Vec<_>>() })
        };
        let made = api.post(CUSTOMERS, list(100)).await;
        assert_eq!(made.status, 201);
        let own = format!("{CUSTOMERS}/{}", made.json()["id"]);
        let before = dump(&world).await;
        assert_eq!(faults(&api.post(CUSTOMERS, list(101)).await), ["addresses invalid"]);
        assert_eq!(faults(&api.patch(&own, list(101)).await), ["addresses invalid"]);
        let bulk = api.post(&format!("{CUSTOMERS}/bulk"), json!({ "customers": [list(101)] })).await;
        assert_eq!(bulk.json()["results"][0]["status"], 422, "{}", bulk.json());
        let customers = [list(500), list(501)];
        let bulk = api.post(&format!("{CUSTOMERS}/bulk"), json!({ "customers": customers })).await;
        assert_eq!(faults(&bulk), ["customers range"]);
        assert_eq!(dump(&world).await, before);

        // The answer to an addition must be accepted back.
        let last = json!({ "addresses": [{ "kind": "fax", "value": "1", "position": 1_000_000_000_000_i64 }] });
        assert_eq!(api.patch(&own, last).await.status, 200);
        let more = api.post(&format!("{own}/addresses"), json!({ "kind": "fax", "value": "2" })).await;
        assert_eq!(faults(&more), ["addresses invalid"]);
    }
}

on_both! {
    async fn an_address_that_is_taken_is_named_as_the_request_has_it(world: World) {
        let api = Api::full(&world);
        let email = |value: &str, position: i64| json!({ "kind": "email", "value": value, "position": position });
        let taken = json!({ "addresses": [email("taken@example.com", 0)] });
        assert_eq!(api.post(CUSTOMERS, taken).await.status, 201);
        let list = json!({ "addresses": [email("taken@example.com", 9), email("free@example.com", 1)] });
        let own = api.post(CUSTOMERS, json!({})).await.json();
        let own = format!("{CUSTOMERS}/{}", own["id"]);
        for answer in [
            api.post(CUSTOMERS, list.clone()).await,
            api.patch(&own, list.clone()).await,
            api.send(Method::PUT, &format!("{own}/addresses"), Some(list.clone())).await,
        ] {
            let body = problem(&answer, 409, "conflict");
            assert_eq!(body["errors"][0]["field"], "addresses[0].value", "{body}");
        }
    }
}

on_both! {
    async fn an_address_of_another_customer_is_reported(world: World) {
        let api = Api::full(&world);
        let taken = world.here.customer_email.to_uppercase();
        let conflicts = |answer: crate::harness::Answer| {
            let body = problem(&answer, 409, "conflict");
            let errors = body["errors"].as_array().expect("errors").clone();
            errors.iter().map(|e| format!("{} {}", e["field"].as_str().expect("a field"), e["code"])).collect::<Vec<_>>()
        };
        let other = path(world.here.second_customer);
        let before = dump(&world).await;
        let email = json!({ "email": taken });
        assert_eq!(conflicts(api.post(CUSTOMERS, email.clone()).await), ["email \"taken\""]);
        assert_eq!(conflicts(api.patch(&other, email).await), ["email \"taken\""]);
        let list = json!({ "addresses": [{ "kind": "fax", "value": "1" }, { "kind": "email", "value": taken }] });
        assert_eq!(conflicts(api.post(CUSTOMERS, list.clone()).await), ["addresses[1].value \"taken\""]);
        let addresses = format!("{other}/addresses");
        let replaced = api.send(Method::PUT, &addresses, Some(list)).await;
        assert_eq!(conflicts(replaced), ["addresses[1].value \"taken\""]);
        let one = json!({ "kind": "email", "value": taken });
        assert_eq!(conflicts(api.post(&addresses, one.clone()).await), ["value \"taken\""]);
        assert_eq!(conflicts(api.patch(&format!("{addresses}/0"), one).await), ["value \"taken\""]);
        assert_eq!(dump(&world).await, before);
    }
}

on_both! {
    async fn addresses_are_added_changed_and_removed(world: World) {
        let api = Api::full(&world);
        let own = path(world.here.customer);
        let all = format!("{own}/addresses");
        let listed = api.get(&all).await;
        assert_eq!(listed.json()["data"], json!([
            {"position": 0, "kind": "email", "value": "ito@here.example", "label": null},
            {"position": 1, "kind": "phone", "value": "+49 30 1234", "label": null},
        ]));
        assert_eq!(listed.header("etag"), api.get(&own).await.header("etag"));
        let added = api.post(&all, json!({ "kind": "email", "value": "Second@here.example", "label": " work " })).await;
        assert_eq!(added.json(), json!({"position": 2, "kind": "email", "value": "second@here.example", "label": "work"}));
        assert_eq!((added.status.as_u16(), added.header("location")), (201, format!("{all}/2").as_str()));
        assert_ne!(added.header("etag"), listed.header("etag"));
        let stale = api.with("if-match", listed.header("etag"));
        problem(&stale.delete(&format!("{all}/0")).await, 412, "stale");
        let gone = api.with("if-match", added.header("etag")).delete(&format!("{all}/0")).await;
        assert_eq!(gone.status, 204);
        let shown = api.get(&own).await;
        assert_eq!(shown.json()["email"], "second@here.example");
        assert_eq!(shown.header("etag"), gone.header("etag"));
        for missing in ["0", "9", "01", "x"] {
            problem(&api.delete(&format!("{all}/{missing}")).await, 404, "not-found");
        }
        let moved = api.patch(&format!("{all}/2"), json!({ "kind": "website", "value": "https://here.example" })).await;
        assert_eq!(moved.json()["kind"], "website");
        let list = json!({ "addresses": [{ "kind": "email", "value": "ito@here.example" }] });
        let replaced = api.send(Method::PUT, &all, Some(list)).await;
        assert_eq!(replaced.json(), json!({
            "data": [{"position": 0, "kind": "email", "value": "ito@here.example", "label": null}],
            "next_cursor": null,
        }));
        assert_eq!(api.get(&own).await.json()["phone"], json!(null));
        let many: Vec<_> = (0..101).map(|at| json!({ "kind": "phone", "value": at.to_string() })).collect();
        let too_many = api.send(Method::PUT, &all, Some(json!({ "addresses": many }))).await;
        assert_eq!(faults(&too_many), ["addresses length"]);
        let full = api.send(Method::PUT, &all, Some(json!({ "addresses": many[..100] }))).await;
        assert_eq!(full.status, 200);
        assert_eq!(faults(&api.post(&all, many[100].clone()).await), ["addresses invalid"]);
    }
}

on_both! {
    async fn the_postal_address_and_labels_are_those_of_the_help_scout_api(world: World) {
        let api = Api::full(&world);
        let ulm = json!({ "lines": ["Weg 1"], "city": "Ulm", "state": "BW", "postal_code": "89073", "country": "DE" });
        let made = api.post(CUSTOMERS, json!({
            "first_name": "Ada", "postal_address": ulm,
            "addresses": [
                { "kind": "phone", "value": "1", "label": "Mobile" },
                { "kind": "chat", "value": "ada", "label": "skype" },
                { "kind": "chat", "value": "ada", "label": "icq" },
                { "kind": "social", "value": "ada", "label": "elsewhere" },
                { "kind": "post", "value": "Weg 1, Ulm" },
            ],
        })).await.json();
        let customer = id(&made);
        let token = crate::catalogue::helpscout_token(&world, &world.here).await;
        let call = async |method: Method, path: &str, body: Option<Value>| {
            let sample = crate::catalogue::helpscout(method, format!("/v2/customers/{customer}{path}"), &token, body);
            sample.send(&world).await
        };
        let shown = call(Method::GET, "", None).await.json()["_embedded"].clone();
        let entry = |at: i64, kind: &str, value: &str| json!({ "id": customer * 10_000 + at, "type": kind, "value": value });
        assert_eq!(shown["phones"], json!([entry(0, "mobile", "1")]));
        assert_eq!(shown["chats"], json!([entry(1, "skype", "ada"), entry(2, "icq", "ada")]));
        assert_eq!(shown["social_profiles"], json!([entry(3, "other", "ada")]));
        let address = &shown["address"];
        assert_eq!((&address["lines"], &address["postalCode"]), (&json!(["Weg 1"]), &json!("89073")));
        // And the other way round.
        let added = call(Method::POST, "/emails", Some(json!({ "type": "work", "value": "ada@x.example" }))).await;
        assert_eq!(added.status, 201);
        let bonn = json!({ "city": "Bonn", "state": "NW", "postalCode": "53111", "country": "de" });
        assert_eq!(call(Method::PUT, "/address", Some(bonn)).await.status, 204);
        let own = api.get(&path(customer)).await.json();
        assert_eq!(own["addresses"][5], json!({ "position": 5, "kind": "email", "value": "ada@x.example", "label": "work" }));
        assert_eq!(own["postal_address"], json!({ "lines": [], "city": "Bonn", "state": "NW", "postal_code": "53111", "country": "DE" }));
        // Positions, and so the ids of entries, are not used again.
        assert_eq!(api.delete(&format!("{}/addresses/5", path(customer))).await.status, 204);
        let next = api.post(&format!("{}/addresses", path(customer)), json!({ "kind": "fax", "value": "9" })).await;
        assert_eq!(next.json()["position"], 6);
        let audit = api.get("/api/v1/audit?limit=5").await;
        let text = String::from_utf8_lossy(&audit.body).into_owned();
        assert!(text.contains("postal_address") && text.contains("Bonn"), "{text}");
        let faulty = json!({ "postal_address": { "lines": ["a\u{7}"], "city": "x", "state": "x", "postal_code": "x", "country": "d1" },
            "addresses": [{ "kind": "fax", "value": "1", "label": "a\u{7}" }] });
        assert_eq!(faults(&api.patch(&path(customer), faulty).await), ["postal_address.lines[0] format", "postal_address.country format", "addresses[0].label format"]);
        let faulty = json!({ "postal_address": { "lines": ["a\u{7}"], "city": "x", "state": "x", "postal_code": "x", "country": "DE" },
            "addresses": [{ "kind": "fax", "value": "1", "label": "a\u{7}" }] });
        assert_eq!(faults(&api.patch(&path(customer), faulty).await), ["postal_address.lines[0] format", "addresses[0].label format"]);
        assert_eq!(api.patch(&path(customer), json!({ "postal_address": null })).await.json()["postal_address"], Value::Null);
    }
}

on_both! {
    async fn lists_are_by_creation_and_filtered(world: World) {
        let api = Api::full(&world);
        let mut made = vec![world.here.customer.get(), world.here.second_customer.get()];
        for at in 0..5 {
            world.test.clock.advance(1);
            let inbox = (at % 2 == 0).then_some(world.here.second.get());
            let body = json!({ "first_name": at.to_string(), "home_inbox_id": inbox, "phone": "+49 30 1234" });
            made.push(id(&api.post(CUSTOMERS, body).await.json()));
        }
        let ids = |list: Vec<Value>| list.iter().map(id).collect::<Vec<_>>();
        for limit in [1, 2, 100] {
            assert_eq!(ids(api.walk(CUSTOMERS, limit).await), made);
            let phone = format!("{CUSTOMERS}?phone=%2B49%2030%201234");
            assert_eq!(ids(api.walk(&phone, limit).await), made);
            let home = format!("{CUSTOMERS}?home_inbox_id={}", world.here.second);
            assert_eq!(ids(api.walk(&home, limit).await), [made[1], made[2], made[4], made[6]]);
            let email = format!("{CUSTOMERS}?email=ITO%40here.example");
            assert_eq!(ids(api.walk(&email, limit).await), made[..1]);
        }
        let limited = Api::limited(&world, &[world.here.main]).await;
        assert_eq!(ids(limited.walk(CUSTOMERS, 3).await), [made[0], made[3], made[5]]);
        let page = api.get(&format!("{CUSTOMERS}?limit=2")).await.json();
        let cursor = page["next_cursor"].as_str().expect("a cursor");
        let other = api.get(&format!("{CUSTOMERS}?phone=1&cursor={cursor}")).await;
        assert_eq!(faults(&other), ["cursor cursor"]);
    }
}

on_both! {
    async fn a_token_limited_to_inboxes_changes_only_customers_at_home_there(world: World) {
        let api = Api::limited(&world, &[world.here.main]).await;
        let (own, other) = (path(world.here.customer), path(world.here.second_customer));
        let before = dump(&world).await;
        for at in [other.clone(), format!("{other}/addresses"), format!("{other}/jobs")] {
            problem(&api.get(&at).await, 404, "not-found");
        }
        problem(&api.patch(&other, json!({ "age": "7" })).await, 404, "not-found");
        let second = json!({ "home_inbox_id": world.here.second.get() });
        assert_eq!(faults(&api.patch(&own, second.clone()).await), ["home_inbox_id not-found"]);
        assert_eq!(faults(&api.post(CUSTOMERS, second).await), ["home_inbox_id not-found"]);
        assert_eq!(faults(&api.patch(&own, json!({ "home_inbox_id": null })).await), ["home_inbox_id invalid"]);
        let into = json!({ "into": world.here.second_customer.get() });
        problem(&api.post(&format!("{own}/merge"), into).await, 403, "needs-whole-account");
        problem(&api.delete(&own).await, 403, "needs-whole-account");
        assert_eq!(dump(&world).await, before);
        assert_eq!(api.patch(&own, json!({ "age": "7" })).await.status, 200);
    }
}

on_both! {
    async fn a_write_with_a_key_happens_once(world: World) {
        let api = Api::full(&world).with("idempotency-key", "mina");
        let body = json!({ "email": "mina@here.example" });
        let first = api.post(CUSTOMERS, body.clone()).await;
        let again = api.post(CUSTOMERS, body).await;
        assert_eq!((first.status.as_u16(), again.status.as_u16()), (201, 201));
        assert_eq!(again.header("idempotent-replayed"), "true");
        assert_eq!(first.json(), again.json());
        let other = api.post(CUSTOMERS, json!({ "email": "other@here.example" })).await;
        problem(&other, 422, "idempotency-key-reused");
    }
}

on_both! {
    async fn a_bulk_request_returns_one_result_each(world: World) {
        let api = Api::full(&world).with("idempotency-key", "many");
        let (bulk, own) = (format!("{CUSTOMERS}/bulk"), world.here.customer.get());
        let version = api.get(&path(own)).await.header("etag").trim_matches('"').parse::<i64>().expect("a number");
        let body = json!({ "customers": [
            { "first_name": "Mina", "email": "mina@here.example" },
            { "first_name": "Twin", "email": "MINA@here.example" },
            { "id": own, "version": version, "age": "7" },
            { "id": own, "version": version, "age": "8" },
            { "id": 999_999, "age": "8" },
            { "home_inbox_id": 999 },
            { "id": own, "home_inbox_id": 999 },
            { "id": world.here.second_customer.get(), "phone": null },
        ] });
        let answer = api.post(&bulk, body.clone()).await;
        let results = answer.json()["results"].as_array().expect("results").clone();
        let statuses: Vec<_> = results.iter().map(|r| r["status"].as_u64().expect("a status")).collect();
        assert_eq!(statuses, [201, 409, 200, 412, 404, 422, 422, 200], "{results:?}");
        assert_eq!(results[2]["customer"]["age"], "7");
        assert!(results[2]["version"].as_i64() > Some(version));
        assert_eq!(results[3]["problem"]["type"], "urn:heddle:problem:stale");
        for at in [5, 6] {
            assert_eq!(results[at]["problem"]["errors"][0]["field"], "home_inbox_id");
        }
        assert_eq!(api.get(&path(own)).await.json()["age"], "7");
        assert_eq!(api.walk(CUSTOMERS, 100).await.len(), 3);
        let again = api.post(&bulk, body).await;
        assert_eq!(again.header("idempotent-replayed"), "true");
        assert_eq!(again.json(), answer.json());

        let api = Api::full(&world);
        let before = dump(&world).await;
        let wrong = json!({ "customers": [{ "version": 1 }, { "email": "x@y", "addresses": [] }] });
        assert_eq!(
            faults(&api.post(&bulk, wrong).await),
            ["customers[0].version conflict", "customers[1].addresses conflict"]
        );
        for empty in [json!({ "customers": [] }), json!({ "customers": vec![json!({}); 101] })] {
            assert_eq!(faults(&api.post(&bulk, empty).await), ["customers length"]);
        }
        let long: Vec<_> = (0..100).map(|at| json!({ "kind": "phone", "value": at.to_string() })).collect();
        let heavy = json!({ "customers": vec![json!({ "addresses": long }); 11] });
        assert_eq!(faults(&api.post(&bulk, heavy).await), ["customers range"]);
        assert_eq!(dump(&world).await, before);
    }
}

on_both! {
    async fn related_data_of_customers_is_included(world: World) {
        let fixture = Fixture::new(&world).await;
        let api = Api::full(&world);
        let own = path(world.here.customer);
        let both = api.get(&format!("{own}?include=inbox,conversations")).await;
        let included = both.json()["included"].clone();
        assert_eq!(included["inboxes"][0]["id"], world.here.main.get());
        let threads = included["conversations"].as_array().expect("conversations");
        let ids: Vec<String> = threads.iter().map(|thread| thread["id"].to_string()).collect();
        assert!(ids.contains(&fixture.here.thread), "{ids:?}");
        assert!(threads.len() <= 10);
        // The ETag covers the customer only. Included resources may have changed, so the status is not 304.
        let seen = api.with("if-none-match", both.header("etag"));
        assert_eq!(seen.get(&format!("{own}?include=inbox")).await.status, 200);
        assert_eq!(seen.get(&own).await.status, 304);
        let list = api.get(&format!("{CUSTOMERS}?include=inbox")).await.json();
        assert_eq!(list["included"]["inboxes"].as_array().map(Vec::len), Some(2));
        assert_eq!(list["included"].get("conversations"), None);
        assert_eq!(faults(&api.get(&format!("{own}?include=home")).await), ["include[0] choice"]);
        let grant = Grant::full(heddle_native::NAME, InboxScope::All).without(Scope::ConversationsRead);
        let less = Api::granted(&world, grant).await;
        problem(&less.get(&format!("{own}?include=conversations")).await, 403, "forbidden");
        let limited = Api::limited(&world, &[world.here.second]).await;
        let theirs = limited.get(&format!("{}?include=conversations", path(world.here.second_customer))).await;
        assert_eq!(theirs.json()["included"], json!({ "conversations": [] }));
    }
}
