//! Customers by contract section 9: the object, creating, replacing and deleting, who sees whom, and merged ones.

mod address;
mod entries;
mod erasing;
mod list;
mod patch;
mod searching;

use heddle_access::provision;
use heddle_access::secrets::{mint_key, mint_name};
use heddle_domain::InboxScope;
use heddle_domain::Scope;
use heddle_domain::credential::Grant;
use heddle_domain::id::CustomerId;
use heddle_helpscout::NAME;
use heddle_store::write::customers::MergeCustomers;
use http::Method;
use serde_json::{Value, json};

use crate::harness::World;
use crate::{Client, created, is_empty, operator, refused, rows, with};
use heddle_testkit::on_both;

const BASE: &str = "http://heddle.test";

/// Returns a body with every member of a new customer.
fn full() -> Value {
    json!({
        "firstName": "Ivo", "lastName": "Tarn", "phone": "+1 555 0100", "photoUrl": "https://p.example/ito.png",
        "photoType": "gravatar", "jobTitle": "Head of kettles", "background": "Likes tea", "location": "Ulm",
        "organization": "Kettle & Co", "gender": "Male", "age": "30-35",
        "emails": [{ "type": "work", "value": "Ito@Example.com" }, { "type": "home", "value": "ito@home.example" }],
        "phones": [{ "type": "fax", "value": "1" }, { "type": "mobile", "value": "2" }],
        "chats": [{ "type": "skype", "value": "ito.m" }],
        "socialProfiles": [{ "type": "twitter", "value": "@ito" }],
        "websites": [{ "value": "https://ito.example" }],
        "address": { "city": "Ulm", "state": "BW", "postalCode": "89073", "country": "de", "lines": ["1 Mill Lane"] },
    })
}

/// Returns the customer object that shows [`full`], without the times.
fn shown(id: i64) -> Value {
    let href = |rel: &str| json!({ "href": format!("{BASE}/v2/customers/{id}{rel}") });
    let entry = |at: i64, kind: &str, value: &str| json!({ "id": id * 10_000 + at, "type": kind, "value": value });
    json!({
        "id": id, "firstName": "Ivo", "lastName": "Tarn", "gender": "Male", "jobTitle": "Head of kettles",
        "location": "Ulm", "organization": "Kettle & Co", "photoType": "gravatar",
        "photoUrl": "https://p.example/ito.png", "age": "30-35", "background": "Likes tea", "conversationCount": 0,
        "_embedded": {
            "emails": [entry(1, "work", "ito@example.com"), entry(2, "home", "ito@home.example")],
            "phones": [entry(0, "other", "+1 555 0100"), entry(3, "fax", "1"), entry(4, "mobile", "2")],
            "chats": [entry(5, "skype", "ito.m")],
            "social_profiles": [entry(6, "twitter", "@ito")],
            "websites": [{ "id": id * 10_000 + 7, "value": "https://ito.example" }],
            "properties": [],
            "address": { "city": "Ulm", "state": "BW", "postalCode": "89073", "country": "DE", "lines": ["1 Mill Lane"],
                "_links": { "self": href("/address/") } },
        },
        "_links": { "self": href(""), "address": href("/address/"), "chats": href("/chats/"), "emails": href("/emails/"),
            "phones": href("/phones/"), "social-profiles": href("/social-profiles/"), "websites": href("/websites/") },
    })
}

fn path(id: i64) -> String {
    format!("/v2/customers/{id}")
}

impl Client<'_> {
    /// Creates a customer, which must succeed.
    async fn new_customer(&self, body: &Value) -> i64 {
        let answer = self.post("/v2/customers", body).await;
        let id = created(&answer);
        assert_eq!(
            answer.header("location"),
            format!("{BASE}/v2/customers/{id}")
        );
        id
    }

    /// Returns the customer object, without the times, which must be there.
    async fn customer(&self, id: i64) -> Value {
        let answer = self.get(&path(id)).await;
        assert_eq!(answer.status, 200);
        assert_eq!(
            answer.header("content-type"),
            "application/hal+json;charset=UTF-8"
        );
        let mut body = answer.json();
        for time in ["createdAt", "updatedAt"] {
            let text = body.as_object_mut().expect("an object").remove(time);
            let text = text.expect("a time");
            assert_eq!(
                text.as_str().expect("a text").len(),
                "2026-03-04T09:15:00Z".len()
            );
        }
        body
    }

    async fn entries(&self, id: i64, kind: &str) -> Value {
        let answer = self.get(&format!("{}/{kind}", path(id))).await;
        assert_eq!(answer.status, 200);
        let body = answer.json();
        let this = format!("{BASE}/v2/customers/{id}/{kind}/");
        assert_eq!(body["_links"], json!({ "self": { "href": this } }));
        assert_eq!(body.as_object().expect("an object").len(), 2);
        body["_embedded"][kind].clone()
    }
}

/// Returns a client whose app has this grant.
async fn client_with<'a>(world: &'a World, grant: Grant) -> Client<'a> {
    let (name, secret) = (mint_name(), mint_key());
    let grant = Grant {
        agent: Some(world.here.agent),
        ..grant
    };
    let made =
        provision::create_named(world.store(), &world.here.account, grant, &name, &secret).await;
    made.expect("a client");
    let form = format!("grant_type=client_credentials&client_id={name}&client_secret={secret}");
    let media = [("content-type", "application/x-www-form-urlencoded")];
    let answer = world
        .send(Method::POST, "/v2/oauth2/token", &media, form)
        .await;
    let token = answer.json()["access_token"]
        .as_str()
        .expect("a token")
        .to_owned();
    Client { world, token }
}

async fn merge_customers(world: &World, from: i64, into: i64) {
    let merge = MergeCustomers {
        caller: operator(&world.here),
        from: CustomerId(from),
        into: CustomerId(into),
        expected: None,
    };
    world.store().write(merge).await.expect("a merge");
}

on_both! {
    async fn a_customer_with_everything_is_created_and_shown(world: World) {
        let client = Client::new(&world).await;
        let id = client.new_customer(&full()).await;
        assert_eq!(client.customer(id).await, shown(id));
        let conversation = json!({
            "subject": "Broken kettle", "type": "phone", "mailboxId": world.here.main.get(), "status": "active",
            "customer": { "id": id }, "threads": [{ "type": "phone", "text": "Rang", "customer": { "id": id } }],
        });
        client.create(&conversation).await;
        assert_eq!(client.customer(id).await["conversationCount"], 1);
        let again = client.get(&format!("{}/?embed=whatever", path(id))).await;
        assert_eq!((again.status.as_u16(), &again.json()["id"]), (200, &json!(id)));
    }
}

on_both! {
    async fn a_small_customer_shows_empty_texts_and_lists(world: World) {
        let client = Client::new(&world).await;
        let id = client.new_customer(&json!({ "firstName": "Ada" })).await;
        let body = client.customer(id).await;
        for name in ["lastName", "jobTitle", "location", "organization", "photoUrl", "age", "background"] {
            assert_eq!(body[name], "", "{name}");
        }
        assert_eq!((&body["gender"], &body["photoType"]), (&json!("Unknown"), &json!("unknown")));
        assert_eq!(body["_embedded"], json!({ "emails": [], "phones": [], "chats": [], "websites": [],
            "social_profiles": [], "properties": [] }));
        for kind in ["emails", "phones", "chats", "social-profiles", "websites"] {
            assert_eq!(client.entries(id, kind).await, json!([]), "{kind}");
        }
    }
}

/// The SDK names every member on every create (contract section 14).
fn null_filled() -> Value {
    json!({
        "id": null, "createdAt": null, "updatedAt": null, "firstName": "Ada", "lastName": null, "gender": null,
        "jobTitle": null, "location": null, "organization": null, "organizationId": null, "photoType": null,
        "photoUrl": null, "background": null, "age": null, "phone": null, "emails": [], "phones": null, "chats": [],
        "socialProfiles": [], "websites": [], "address": null, "properties": [], "draft": null, "state": "x",
    })
}

on_both! {
    async fn bodies_of_the_sdk_are_accepted(world: World) {
        let client = Client::new(&world).await;
        let id = client.new_customer(&null_filled()).await;
        assert_eq!(client.customer(id).await["firstName"], "Ada");
        let full = client.new_customer(&full()).await;
        let before = client.customer(full).await;
        // A PUT replaces the profile; the SDK sends entries, which stay as they are.
        let body = with(&null_filled(), json!({ "emails": [{ "id": 5, "type": "home", "value": "x@y" }] }));
        is_empty(&client.call(Method::PUT, &path(full), Some(&body)).await, 204);
        let after = client.customer(full).await;
        assert_eq!(after["_embedded"], before["_embedded"]);
        assert_eq!((&after["firstName"], &after["lastName"], &after["gender"]), (&json!("Ada"), &json!(""), &json!("Unknown")));
        // What a GET shows, a PUT takes back.
        is_empty(&client.call(Method::PUT, &path(full), Some(&before)).await, 204);
        assert_eq!(client.customer(full).await, before);
        let small = client.customer(id).await;
        is_empty(&client.call(Method::PUT, &format!("//v2//customers/{id}/"), Some(&small)).await, 204);
        assert_eq!(client.customer(id).await, small);
    }
}

on_both! {
    async fn an_organization_id_is_ignored(world: World) {
        let client = Client::new(&world).await;
        for id in [json!(7), json!("7"), json!(null), json!(7.5), json!({ "id": 7 })] {
            let body = json!({ "firstName": "Ada", "organizationId": id });
            let made = client.new_customer(&body).await;
            is_empty(&client.call(Method::PUT, &path(made), Some(&body)).await, 204);
            let shown = client.customer(made).await;
            assert!(shown.get("organizationId").is_none(), "{shown}");
            let patch = json!([{ "op": "replace", "path": "/organizationId", "value": id }]);
            assert_eq!(refused(&client.call(Method::PATCH, &path(made), Some(&patch)).await, 400), ["[0].path"]);
        }
    }
}

on_both! {
    async fn an_email_in_use_is_a_conflict(world: World) {
        let client = Client::new(&world).await;
        let email = world.here.customer_email.to_uppercase();
        let before = rows(&world).await;
        let body = json!({ "firstName": "Ada", "emails": [{ "type": "work", "value": email }] });
        assert_eq!(refused(&client.post("/v2/customers", &body).await, 409), Vec::<String>::new());
        assert_eq!(rows(&world).await, before);
        // Repeats within one request collapse.
        let twice = json!({ "emails": [{ "value": "new@example.com" }, { "type": "work", "value": "NEW@example.com " }] });
        let id = client.new_customer(&twice).await;
        assert_eq!(client.entries(id, "emails").await.as_array().expect("a list").len(), 1);
        // E-mail addresses are unique within an account only, so the other account may use the same ones.
        let other = Client::of(&world, &world.foreign).await;
        other.new_customer(&twice).await;
    }
}

on_both! {
    async fn every_fault_of_a_new_customer_is_named(world: World) {
        let client = Client::new(&world).await;
        let before = rows(&world).await;
        let body = json!({
            "firstName": "x".repeat(41), "lastName": 5, "photoUrl": "x".repeat(201), "photoType": "drawn", "gender": "x",
            "age": 30, "jobTitle": "x".repeat(61), "emails": [{ "type": "car", "value": "a@b" }, { "value": "nobody" }, 7],
            "phones": [{}], "websites": [{ "value": "" }], "chats": {}, "socialProfiles": [{ "type": "x", "value": "y" }],
            "address": { "country": "DEU", "lines": "x" },
        });
        let mut paths = refused(&client.post("/v2/customers", &body).await, 400);
        paths.sort_unstable();
        assert_eq!(paths, ["address.city", "address.country", "address.lines", "address.postalCode", "address.state", "age",
            "chats", "emails[0].type", "emails[1].value", "emails[2]", "firstName", "firstName", "gender", "jobTitle", "lastName",
            "phones[0].value", "photoType", "photoUrl", "socialProfiles[0].type", "websites[0].value"]);
        for (body, path) in [
            (json!({}), "firstName"),
            (json!({ "lastName": "Marsh", "email": "a@b" }), "firstName"),
            (json!({ "firstName": "", "emails": [] }), "firstName"),
            (json!({ "firstName": "a\u{0}" }), "firstName"),
        ] {
            assert_eq!(refused(&client.post("/v2/customers", &body).await, 400)[0], path, "{body}");
        }
        for text in ["", "[]", "{", "7"] {
            refused(&client.post_text("/v2/customers", text.to_owned()).await, 400);
        }
        let many: Vec<Value> = (0..101).map(|at| json!({ "value": format!("{at}") })).collect();
        refused(&client.post("/v2/customers", &json!({ "firstName": "A", "phones": many })).await, 400);
        assert_eq!(rows(&world).await, before);
    }
}

on_both! {
    async fn an_app_of_one_inbox_sees_its_customers_and_those_without_a_home(world: World) {
        let here = &world.here;
        let all = Client::new(&world).await;
        let homeless = all.new_customer(&json!({ "firstName": "Ada" })).await;
        let limited = client_with(&world, Grant::full(NAME, InboxScope::only([here.main]))).await;
        for (id, status) in [(homeless, 200), (here.customer.get(), 200), (here.second_customer.get(), 404),
            (world.foreign.customer.get(), 404), (777_777_777, 404), (0, 404), (-1, 404)] {
            assert_eq!(limited.get(&path(id)).await.status, status, "{id}");
        }
        // An invisible customer answers exactly as an unknown one, whatever is wrong besides.
        for id in [here.second_customer.get(), world.foreign.customer.get(), 777_777_777] {
            for (method, below, body) in [
                (Method::GET, "", None),
                (Method::PUT, "", Some(json!({ "firstName": 5 }))),
                (Method::PATCH, "", Some(json!([{ "op": "x" }]))),
                (Method::DELETE, "", None),
                (Method::GET, "/address", None),
                (Method::POST, "/address", Some(json!({}))),
                (Method::PUT, "/address", Some(json!({}))),
                (Method::DELETE, "/address", None),
                (Method::GET, "/emails", None),
                (Method::POST, "/emails", Some(json!({}))),
                (Method::PUT, "/emails/1", Some(json!({}))),
                (Method::DELETE, "/emails/1", None),
            ] {
                let answer = limited.call(method.clone(), &format!("{}{below}", path(id)), body.as_ref()).await;
                assert_eq!(refused(&answer, 404), Vec::<String>::new(), "{method} {id}{below}");
            }
        }
        assert_eq!(limited.get("/v2/customers/x").await.status, 404);
        for (scope, method, below) in [
            (Scope::CustomersErase, Method::DELETE, ""),
            (Scope::CustomersWrite, Method::PATCH, ""),
            (Scope::CustomersWrite, Method::POST, "/emails"),
            (Scope::CustomersRead, Method::GET, ""),
        ] {
            let client = client_with(&world, Grant::full(NAME, InboxScope::All).without(scope)).await;
            let answer = client.call(method, &format!("{}{below}", path(homeless)), Some(&json!({}))).await;
            assert_eq!(refused(&answer, 403), Vec::<String>::new());
        }
    }
}

on_both! {
    async fn the_id_of_a_merged_customer_leads_to_the_survivor(world: World) {
        let client = Client::new(&world).await;
        let into = client.new_customer(&json!({ "firstName": "Ada", "phones": [{ "value": "1" }] })).await;
        let from = client.new_customer(&full()).await;
        merge_customers(&world, from, into).await;
        let body = client.customer(from).await;
        assert_eq!((&body["id"], &body["firstName"]), (&json!(into), &json!("Ada")));
        assert_eq!(body["_embedded"]["address"]["city"], "Ulm");
        assert_eq!(body["_links"]["self"]["href"], format!("{BASE}/v2/customers/{into}"));
        let emails = client.get(&format!("{}/emails", path(from))).await.json();
        assert_eq!(emails["_embedded"]["emails"][0]["value"], "ito@example.com");
        let change = json!({ "op": "replace", "path": "/lastName", "value": "Quill" });
        is_empty(&client.call(Method::PATCH, &path(from), Some(&change)).await, 204);
        let made = created(&client.post(&format!("{}/websites", path(from)), &json!({ "value": "x.example" })).await);
        let shown = client.customer(into).await;
        assert_eq!(shown["lastName"], "Quill");
        let sites = shown["_embedded"]["websites"].as_array().expect("a list");
        assert!(sites.contains(&json!({ "id": made, "value": "x.example" })));
        let entry = format!("{}/websites/{made}", path(from));
        is_empty(&client.call(Method::PUT, &entry, Some(&json!({ "value": "y.example" }))).await, 204);
        is_empty(&client.call(Method::DELETE, &entry, None).await, 204);
        is_empty(&client.call(Method::DELETE, &format!("{}/address", path(from)), None).await, 204);
        assert!(client.customer(into).await["_embedded"].get("address").is_none());
        let list = client.get("/v2/customers?email=ito@example.com").await.json();
        assert_eq!(list["_embedded"]["customers"][0]["id"], into);
    }
}

on_both! {
    async fn sixty_four_clients_add_one_email_and_one_wins(world: World) {
        let client = Client::new(&world).await;
        let mut ids = Vec::new();
        for at in 0..64 {
            ids.push(client.new_customer(&json!({ "firstName": format!("C{at}") })).await);
        }
        let body = json!({ "type": "work", "value": "one@example.com" });
        let add = async |id: i64| {
            let answer = client.post(&format!("{}/emails", path(id)), &body).await;
            (answer.status.as_u16(), id)
        };
        let outcomes = futures_util::future::join_all(ids.iter().map(|id| add(*id))).await;
        let winners: Vec<i64> = outcomes.iter().filter(|(status, _)| *status == 201).map(|(_, id)| *id).collect();
        assert_eq!(winners.len(), 1, "{outcomes:?}");
        assert!(outcomes.iter().all(|(status, _)| [201, 409].contains(status)), "{outcomes:?}");
        let found = client.get("/v2/customers?email=one@example.com").await.json();
        assert_eq!(found["page"]["totalElements"], 1);
        assert_eq!(found["_embedded"]["customers"][0]["id"], winners[0]);
    }
}

on_both! {
    async fn changes_at_once_are_all_kept(world: World) {
        let client = Client::new(&world).await;
        let id = client.new_customer(&json!({ "firstName": "Ada" })).await;
        let path = path(id);
        let phones = (0..32).map(|at| json!({ "op": "add", "path": "/phones", "value": { "value": format!("{at}") } }));
        let fields = ["/lastName", "/jobTitle", "/location", "/organization", "/background", "/age"];
        let fields = fields.iter().map(|path| json!({ "op": "replace", "path": path, "value": "x" }));
        let all: Vec<Value> = phones.chain(fields).collect();
        let send = |change| client.call(Method::PATCH, &path, Some(change));
        for answer in futures_util::future::join_all(all.iter().map(send)).await {
            is_empty(&answer, 204);
        }
        let shown = client.customer(id).await;
        assert_eq!(shown["_embedded"]["phones"].as_array().expect("a list").len(), 32);
        for name in ["lastName", "jobTitle", "location", "organization", "background", "age"] {
            assert_eq!(shown[name], "x", "{name}");
        }
    }
}

on_both! {
    async fn properties_and_workflows_are_empty_lists(world: World) {
        let client = Client::new(&world).await;
        let answer = client.get("/v2/customer-properties").await;
        assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, "application/hal+json;charset=UTF-8"));
        assert_eq!(answer.json(), json!({ "_embedded": { "customer-properties": [] },
            "_links": { "self": { "href": format!("{BASE}/v2/customer-properties/") } } }));
        let answer = client.get("/v2/workflows?mailboxId=12&type=manual&status=active").await;
        let all = format!("{BASE}/v2/workflows/?mailboxId=12&type=manual&status=active");
        let href = |text: String| json!({ "href": text });
        assert_eq!(answer.json(), json!({
            "_embedded": { "workflows": [] },
            "_links": { "self": href(all.clone()), "first": href(format!("{all}&page=1")), "last": href(format!("{all}&page=1")),
                "page": { "href": format!("{all}{{&page}}"), "templated": true } },
            "page": { "size": 50, "totalElements": 0, "totalPages": 0, "number": 1 },
        }));
        for (query, path) in [("type=x", "type"), ("status=x", "status"), ("page=0", "page")] {
            assert_eq!(refused(&client.get(&format!("/v2/workflows?{query}")).await, 400), [path]);
        }
        for (method, path) in [(Method::POST, "/v2/customer-properties"), (Method::PATCH, "/v2/workflows/1"),
            (Method::PATCH, "/v2/customers/1/properties")] {
            let answer = client.call(method.clone(), path, Some(&json!({}))).await;
            assert_eq!(answer.status, 404);
            assert!(answer.header("heddle-unsupported").starts_with(method.as_str()), "{path}");
        }
    }
}
