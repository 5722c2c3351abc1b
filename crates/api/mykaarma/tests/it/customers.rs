//! Tests of the customer API (contract section 9).

use heddle_access::provision;
use heddle_domain::InboxScope;
use heddle_domain::credential::{Grant, Scope};
use heddle_domain::customer::Profile;
use heddle_domain::id::CustomerId;
use heddle_store::write::customers::{EraseCustomer, MergeCustomers};
use heddle_testkit::{On, on_both};
use http::Method;
use serde_json::{Value, json};

use crate::client::{
    Client, basic, customers_path, manage_refused, message, message_path, refused, threads_path,
};
use crate::harness::{Answer, World};

impl Client<'_> {
    async fn create(&self, body: &Value) -> Answer {
        let path = customers_path(&self.department);
        self.call(Method::POST, &path, body).await
    }

    /// Creates a customer, which must succeed; returns its uuid.
    async fn created(&self, customer: Value) -> String {
        let answer = self.create(&json!({ "customer": customer })).await;
        let body = answer.json();
        assert_eq!(answer.status, 200, "{body}");
        assert_eq!(
            (&body["errors"], &body["warnings"]),
            (&json!([]), &json!([]))
        );
        assert_eq!(body.as_object().map(serde_json::Map::len), Some(3));
        body["customerUuid"].as_str().expect("a uuid").to_owned()
    }

    async fn get(&self, path: &str) -> Answer {
        self.call(Method::GET, path, &json!({})).await
    }

    /// Returns the customer as the API shows it.
    async fn shown(&self, uuid: &str) -> Value {
        let path = format!("{}/{uuid}", customers_path(&self.department));
        let answer = self.get(&path).await;
        let body = answer.json();
        assert_eq!(answer.status, 200, "{body}");
        assert_eq!(body["customerWithVehicles"]["vehicles"], json!([]));
        body["customerWithVehicles"]["customer"].clone()
    }

    /// Returns the number of matches, and the uuids of the customers in the list.
    async fn found(&self, query: &str) -> (i64, Vec<String>) {
        let path = format!("{}/list?{query}", customers_path(&self.department));
        let answer = self.get(&path).await;
        let body = answer.json();
        assert_eq!(answer.status, 200, "{query}: {body}");
        let list = body["matchingCustomers"].as_array().expect("a list");
        let uuid = |item: &Value| {
            let uuid = item["customer"]["customerUuid"].as_str();
            uuid.expect("a uuid").to_owned()
        };
        let count = body["matchingCount"].as_i64().expect("a number");
        (count, list.iter().map(uuid).collect())
    }

    async fn customer_id(&self, uuid: &str) -> CustomerId {
        CustomerId(self.shown(uuid).await["id"].as_i64().expect("an id"))
    }
}

fn named(first: &str, last: &str, more: Value) -> Value {
    let mut customer = json!({ "firstName": first, "lastName": last });
    let more = more.as_object().expect("an object").clone();
    customer.as_object_mut().expect("an object").extend(more);
    customer
}

fn email(address: &str) -> Value {
    json!({ "emails": [{ "emailAddress": address }] })
}

fn phone(number: &str) -> Value {
    json!({ "phoneNumbers": [{ "phoneNumber": number }] })
}

on_both! {
    async fn a_created_customer_is_shown_and_can_be_written_to(world: World) {
        let client = Client::here(&world).await;
        let body = json!({
            "requesterUserUUID": client.user, "dealerUUIDList": [client.dealer], "vehicles": [], "validateVin": true,
            "searchForDuplicate": false,
            "customer": {
                "customerKey": "DOM-1", "firstName": "Mara", "middleName": "Jo", "lastName": "Okafor",
                "company": "Okafor Ltd", "isBusiness": true, "preferredLocale": "fr-CA", "preferredCommunication": "email",
                "addresses": [{ "line1": "1 Mill Lane", "line2": "Flat 2", "city": "Ilford", "state": "Essex",
                    "zip": "IG1 1AA", "country": "gb", "type": "COMMON", "isValid": true, "isPreferred": true }],
                "emails": [{ "emailAddress": "old@okafor.example" }, { "emailAddress": "Mara@okafor.example", "label": "work",
                    "okToEmail": true, "isPreferred": true }],
                "phoneNumbers": [{ "phoneNumber": "+44 20 77", "label": "mobile", "okToCall": true, "okToText": false }],
            },
        });
        let answer = client.create(&body).await;
        assert_eq!(answer.status, 200, "{}", answer.json());
        let uuid = answer.json()["customerUuid"].as_str().expect("a uuid").to_owned();
        let shown = client.shown(&uuid).await;
        let id = client.customer_id(&uuid).await;
        assert_eq!(shown, json!({
            "id": id.get(), "customerUuid": uuid, "customerKey": "DOM-1", "firstName": "Mara", "middleName": "Jo",
            "lastName": "Okafor", "company": "Okafor Ltd", "isBusiness": true, "preferredLocale": "fr-ca",
            "preferredCommunication": "email",
            "addresses": [{ "line1": "1 Mill Lane", "line2": "Flat 2", "city": "Ilford", "state": "Essex", "zip": "IG1 1AA",
                "country": "GB", "addressType": "P", "type": "COMMON", "isValid": true, "isPreferred": true }],
            "emails": [
                { "emailAddress": "mara@okafor.example", "label": "work", "okToEmail": true, "isPreferred": true },
                { "emailAddress": "old@okafor.example", "label": null, "okToEmail": true, "isPreferred": false },
            ],
            "phoneNumbers": [{ "phoneNumber": "+44 20 77", "label": "mobile", "okToCall": true, "okToText": false,
                "isPreferred": true }],
        }));
        // What the API shows, it accepts.
        let mut again = shown.clone();
        again["customerUuid"] = Value::Null;
        let found = client.create(&json!({ "customer": again, "searchForDuplicate": true })).await;
        assert_eq!(found.json()["customerUuid"], json!(uuid));
        for exclusion in ["true", "false", ""] {
            let path = format!("{}/{uuid}?excludeVehicles={exclusion}", customers_path(&client.department));
            assert_eq!(client.get(&path).await.json()["customerWithVehicles"]["customer"], shown);
        }
        // The customer is at home in the department, so messages reach it there.
        let path = message_path(&client.department, &client.user, &uuid);
        let sent = client.call(Method::POST, &path, &json!({ "messageAttributes": message("INCOMING") })).await;
        assert_eq!((sent.status.as_u16(), &sent.json()["customerUUID"]), (200, &json!(uuid)));
        let threads = client.call(Method::POST, &threads_path(&client.department, &uuid), &json!({})).await.json();
        assert_eq!(threads["customerThreads"].as_array().map(Vec::len), Some(1));
    }
}

on_both! {
    async fn put_and_a_slash_at_the_end_create_too(world: World) {
        let client = Client::here(&world).await;
        let path = customers_path(&client.department);
        let body = json!({ "customer": named("Mara", "Okafor", json!({})) });
        let mut uuids = Vec::new();
        for (method, path) in [(Method::PUT, path.clone()), (Method::POST, format!("{path}/")), (Method::PUT, format!("{path}/"))] {
            let answer = client.call(method, &path, &body).await;
            assert_eq!(answer.status, 200, "{}", answer.json());
            uuids.push(answer.json()["customerUuid"].clone());
        }
        assert!(uuids[0] != uuids[1] && uuids[1] != uuids[2] && uuids[0] != uuids[2], "{uuids:?}");
    }
}

on_both! {
    async fn a_duplicate_is_the_owner_of_an_address_and_a_number_identifies_nobody(world: World) {
        let client = Client::here(&world).await;
        let searching = |customer: Value| json!({ "customer": customer, "searchForDuplicate": true });
        let both = json!({ "emails": [{ "emailAddress": "mara@okafor.example" }], "phoneNumbers": [{ "phoneNumber": "+44205550" }] });
        let first = client.created(named("Mara", "Okafor", both.clone())).await;
        for more in [email("MARA@okafor.example"), both] {
            let answer = client.create(&searching(named("M", "O", more.clone()))).await;
            assert_eq!(answer.json()["customerUuid"], json!(first), "{more}");
        }
        assert_eq!(client.shown(&first).await["firstName"], json!("Mara"), "nothing changes");
        // A number may have several customers.
        let second = client.create(&searching(named("Sol", "O", phone("+44205550")))).await.json();
        assert_eq!(client.shown(second["customerUuid"].as_str().expect("a uuid")).await["firstName"], json!("Sol"));
        // Without the search, the address is taken.
        let taken = client.create(&json!({ "customer": named("M", "O", email("mara@okafor.example")) })).await;
        manage_refused(&taken, 400);
        // A customer of another department is not found, and its address stays its own.
        client.customer_at(world.here.second, "elsewhere", Some("far@okafor.example")).await;
        let answer = client.create(&searching(named("M", "O", email("far@okafor.example")))).await;
        assert!(!manage_refused(&answer, 400).to_string().contains("elsewhere"));
        let new = client.create(&searching(named("M", "O", email("new@okafor.example")))).await.json();
        assert_eq!(client.shown(new["customerUuid"].as_str().expect("a uuid")).await["firstName"], json!("M"));
    }
}

on_both! {
    async fn an_address_that_must_not_be_written_to_is_opted_out(world: World) {
        let client = Client::here(&world).await;
        let state = async |kind: &str, value: &str| {
            let path = format!("/communications/department/{}/communicationType/{kind}/communicationValue/{value}/optoutstatus", client.department);
            client.get(&path).await.json()["optOutStatus"]["optOutState"].clone()
        };
        let numbers = json!({
            "emails": [{ "emailAddress": "mara@okafor.example", "okToEmail": false }],
            "phoneNumbers": [{ "phoneNumber": "+44 20 1", "okToText": false }, { "phoneNumber": "+44 20 2", "okToText": true }],
        });
        let uuid = client.created(named("Mara", "Okafor", numbers)).await;
        assert_eq!(state("TEXT", "44201").await, json!("OPTED_OUT"));
        assert_eq!(state("TEXT", "44202").await, json!("OPTED_IN"));
        assert_eq!(state("EMAIL", "mara@okafor.example").await, json!("OPTED_OUT"));
        let path = message_path(&client.department, &client.user, &uuid);
        let send = async |value: &str| {
            let body = json!({ "messageAttributes": message("OUTGOING"),
                "messageSendingAttributes": { "communicationValueOfCustomer": value } });
            client.call(Method::POST, &path, &body).await
        };
        assert_eq!(send("+44 20 1").await.json()["errors"][0]["errorCode"], json!("RECIPIENT_OPTED_OUT"));
        assert_eq!(send("+44 20 2").await.status, 200);
        // A refused creation opts nobody out, and a permission does not end an opt-out.
        let taken = json!({ "emails": [{ "emailAddress": "mara@okafor.example" }],
            "phoneNumbers": [{ "phoneNumber": "+44 20 3", "okToText": false }] });
        manage_refused(&client.create(&json!({ "customer": named("M", "O", taken) })).await, 400);
        assert_eq!(state("TEXT", "44203").await, json!("OPTED_IN"));
        let permitted = json!({ "phoneNumbers": [{ "phoneNumber": "+44 20 1", "okToText": true }] });
        let other = client.created(named("M", "O", permitted)).await;
        assert_eq!(client.shown(&other).await["phoneNumbers"][0]["okToText"], json!(false));
        // A search that finds a duplicate records the opt-outs all the same.
        let mut found = json!({ "emails": [{ "emailAddress": "mara@okafor.example" }],
            "phoneNumbers": [{ "phoneNumber": "+44 20 4", "okToText": false }] });
        let body = |more: &Value| json!({ "customer": named("M", "O", more.clone()), "searchForDuplicate": true });
        assert_eq!(client.create(&body(&found)).await.json()["customerUuid"], json!(uuid));
        assert_eq!(state("TEXT", "44204").await, json!("OPTED_OUT"));
        // They are not recorded if the owner is a customer of another department.
        client.customer_at(world.here.second, "elsewhere", Some("far@okafor.example")).await;
        found["emails"][0]["emailAddress"] = json!("far@okafor.example");
        found["phoneNumbers"][0]["phoneNumber"] = json!("+44 20 5");
        manage_refused(&client.create(&body(&found)).await, 400);
        assert_eq!(state("TEXT", "44205").await, json!("OPTED_IN"));
    }
}

on_both! {
    async fn a_search_finds_names_addresses_and_numbers(world: World) {
        let client = Client::here(&world).await;
        let mara = json!({ "company": "Bobbin Works", "emails": [{ "emailAddress": "mara@okafor.example" }],
            "phoneNumbers": [{ "phoneNumber": "+44205551" }] });
        let mara = client.created(named("Mara", "Okafor", mara)).await;
        let max = client.created(named("Max", "Marlow", json!({}))).await;
        // Customers of another department and of another dealer have the same names.
        let store = world.store();
        for (tenant, home) in [(&world.here, world.here.second), (&world.foreign, world.foreign.main)] {
            let profile = Profile { first_name: Some("Mara".into()), last_name: Some("Okafor".into()),
                phone: Some("+44205551".into()), organization: Some("Bobbin Works".into()), ..Profile::default() };
            let made = provision::create_customer(store, &tenant.account, Some(home), None, profile, Vec::new()).await;
            made.expect("a customer");
        }
        let check = async |query: &str, expected: &[&String]| {
            let (count, found) = client.found(query).await;
            assert_eq!(found.iter().collect::<Vec<_>>(), expected, "{query}");
            assert_eq!(usize::try_from(count), Ok(expected.len()), "{query}");
        };
        for query in ["searchTerm=mara%40okafor.example", "searchTerm=%2B44+20+5551", "searchTerm=44205551", "searchTerm=Mara",
            "searchTerm=oka", "searchTerm=mara+okafor", "searchTerm=OKAFOR+MAR", "searchTerm=mara&searchPreference=customer"] {
            check(query, &[&mara]).await;
        }
        // By last name, then by first name.
        check("searchTerm=ma", &[&max, &client.customer, &mara]).await;
        assert_eq!(client.found("searchTerm=ma&maxResults=2").await, (3, vec![max.clone(), client.customer.clone()]));
        for query in ["searchTerm=Sol", "searchTerm=ara", "searchTerm=mara+marlow", "searchTerm=mara&searchPreference=Vehicle"] {
            check(query, &[]).await;
        }
        // Other words are found as soon as the index has them.
        check("searchTerm=bobbin", &[]).await;
        store.drain_feed().await.expect("positions");
        store.index(world.here.account.id).await.expect("an index");
        check("searchTerm=bobbin+wor", &[&mara]).await;
        check("searchTerm=okafor.exa", &[&mara]).await;
        check("searchTerm=Sol", &[]).await;
    }
}

on_both! {
    async fn the_survivor_of_a_merge_is_shown_and_an_erased_customer_is_unknown(world: World) {
        let client = Client::here(&world).await;
        let account = &world.here.account;
        let caller = provision::operator_caller(account);
        let first = client.created(named("Mara", "Okafor", json!({ "customerKey": "K-1" }))).await;
        let second = client.created(named("Maria", "Okafor", json!({}))).await;
        let (from, into) = (client.customer_id(&first).await, client.customer_id(&second).await);
        let merge = MergeCustomers { caller: caller.clone(), from, into, expected: None };
        world.store().write(merge).await.expect("a merge");
        let shown = client.shown(&first).await;
        assert_eq!((&shown["customerUuid"], &shown["firstName"]), (&json!(second), &json!("Maria")));
        assert_eq!(shown["customerKey"], json!("K-1"), "the survivor gets what it lacks");
        let (_, found) = client.found("searchTerm=Okafor").await;
        assert_eq!(found, std::slice::from_ref(&second));
        let erase = EraseCustomer { caller, id: into, expected: None, limit: None };
        world.store().write(erase).await.expect("an erasure");
        for uuid in [&first, &second] {
            let path = format!("{}/{uuid}", customers_path(&client.department));
            manage_refused(&client.get(&path).await, 400);
        }
        assert_eq!(client.found("searchTerm=Okafor").await, (0, Vec::new()));
    }
}

on_both! {
    async fn wrong_requests_are_refused_in_the_envelope_of_the_customer_api(world: World) {
        let client = Client::here(&world).await;
        let foreign = Client::of(&world, &world.foreign).await;
        let customer = named("Mara", "Okafor", json!({}));
        for (body, status, text) in [
            (json!({ "customer": customer, "vehicles": [{ "vin": "1" }] }), 400, "vehicles is not supported."),
            (json!({ "customer": { "firstName": "Mara" } }), 400, "customer.lastName is required."),
            (json!({ "customer": customer, "requesterUserUUID": "nobody" }), 400, "requesterUserUUID names no user."),
            (json!({ "customer": customer, "requesterUserUUID": foreign.user }), 400, "requesterUserUUID names no user."),
            (json!({ "customer": customer, "dealerUUIDList": [foreign.dealer] }), 403, "ApiScope does not exist for this dealer."),
            (json!([]), 400, "The request body must be a JSON object."),
        ] {
            let refused = manage_refused(&client.create(&body).await, status);
            assert_eq!(refused["errors"][0]["errorMessage"], json!(text));
        }
        for department in [&client.second_department, &foreign.department] {
            let path = customers_path(department);
            for (method, path) in [
                (Method::POST, path.clone()),
                (Method::GET, format!("{path}/list?searchTerm=x")),
                (Method::GET, format!("{path}/{}", client.second_customer)),
            ] {
                manage_refused(&client.call(method, &path, &json!({ "customer": customer })).await, 403);
            }
        }
        let path = customers_path(&client.department);
        for rest in ["nobody", &client.second_customer, &foreign.customer, "%00", "list", "list?searchTerm=a&maxResults=0",
            &format!("{}?excludeVehicles=yes", client.customer)] {
            manage_refused(&client.get(&format!("{path}/{rest}")).await, 400);
        }
        let (count, _) = client.found("searchTerm=Okafor").await;
        assert_eq!(count, 0, "nothing was created");
    }
}

#[tokio::test]
async fn each_call_needs_its_scope() {
    let world = World::new(On::Sqlite).await;
    let mut client = Client::here(&world).await;
    let (account, store) = (&world.here.account, world.store());
    for scope in [Scope::CustomersRead, Scope::CustomersWrite] {
        let grant = Grant::full(heddle_mykaarma::NAME, InboxScope::only([world.here.main]));
        let grant = grant.without(scope);
        let name = format!("without-{}", scope.as_str());
        let made = provision::create_named(store, account, grant, &name, "password").await;
        made.expect("a subscriber");
        client.authorization = basic(&name, "password");
        let body = json!({ "customer": named("Mara", "Okafor", json!({})) });
        let path = customers_path(&client.department);
        let statuses = [
            client.create(&body).await.status.as_u16(),
            client
                .get(&format!("{path}/list?searchTerm=x"))
                .await
                .status
                .as_u16(),
            client
                .get(&format!("{path}/{}", client.customer))
                .await
                .status
                .as_u16(),
        ];
        let expected = match scope {
            Scope::CustomersRead => [200, 403, 403],
            _ => [403, 200, 200],
        };
        assert_eq!(statuses, expected, "{scope:?}");
    }
    let path = format!("{}/{}", customers_path(&client.department), client.customer);
    let other = client.call(Method::PUT, &path, &json!({})).await;
    manage_refused(&other, 404);
    assert!(other.headers.contains_key("heddle-unsupported"));
    refused(
        &client
            .call(Method::POST, "/communications/x", &json!({}))
            .await,
        404,
        "NOT_FOUND",
    );
}
