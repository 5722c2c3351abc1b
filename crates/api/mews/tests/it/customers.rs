//! Tests of `customers/getAll` and `customers/add` (contract sections 13.3 and 13.4).

use heddle_domain::EntityKind;
use heddle_domain::customer::PostalAddress;
use heddle_domain::id::CustomerId;
use heddle_store::write::account::CreateCustomer;
use heddle_store::write::customers::{EraseCustomer, MergeCustomers};
use serde_json::{Value, json};

use super::*;
use crate::refusals::each;
use heddle_testkit::on_both;

/// The members of a customer of which Heddle knows nothing.
const UNKNOWN: [&str; 29] = [
    "Title",
    "SecondLastName",
    "NationalityCode",
    "PreferredLanguageCode",
    "LanguageCode",
    "BirthDate",
    "BirthCountryCode",
    "BirthCountrySubdivisionCode",
    "BirthPlace",
    "TaxIdentificationNumber",
    "LoyaltyCode",
    "AccountingCode",
    "BillingCode",
    "CarRegistrationNumber",
    "DietaryRequirements",
    "Passport",
    "IdentityCard",
    "Visa",
    "DriversLicense",
    "Address",
    "AddressId",
    "ItalianDestinationCode",
    "ItalianFiscalCode",
    "ItalianLotteryCode",
    "CompanyId",
    "MergeTargetId",
    "CreatorProfileId",
    "UpdaterProfileId",
    "Notes",
];

async fn id_of(world: &World, tenant: &Tenant, customer: i64) -> String {
    let kind = EntityKind::Customer;
    world
        .public_id(tenant, kind, customer, heddle_mews::NAME)
        .await
}

async fn chain(world: &World, tenant: &Tenant) -> String {
    let (kind, id) = (EntityKind::Account, tenant.account.id.get());
    world.public_id(tenant, kind, id, heddle_mews::NAME).await
}

/// Requests customers; returns the body.
async fn found(world: &World, tokens: Tokens<'_>, properties: Value) -> Value {
    let mut properties = properties;
    for (name, usual) in [
        ("Extent", json!({ "Customers": true })),
        ("Limitation", json!({ "Count": 1000 })),
    ] {
        if properties.get(name).is_none() {
            properties[name] = usual;
        }
    }
    let body = ok(world, GET_CUSTOMERS, tokens, properties).await;
    assert_members(&body, &["Customers", "Documents", "Cursor"]);
    assert_eq!(body["Documents"], Value::Null);
    body
}

/// Requests customers; returns their first names.
async fn names(world: &World, tokens: Tokens<'_>, properties: Value) -> Vec<String> {
    let body = found(world, tokens, properties).await;
    let customers = body["Customers"].as_array().expect("an array").clone();
    let last = customers
        .last()
        .map_or(Value::Null, |last| last["Id"].clone());
    assert_eq!(body["Cursor"], last);
    column(&customers, "FirstName")
}

/// Adds a customer with a first name, a second later than the one before.
async fn add(world: &World, tokens: Tokens<'_>, first_name: &str, more: Value) -> Value {
    world.test.clock.advance(1_000);
    let mut properties = json!({ "FirstName": first_name, "LastName": "Okafor" });
    let Value::Object(more) = more else {
        panic!("members are an object");
    };
    properties.as_object_mut().expect("an object").extend(more);
    ok(world, ADD_CUSTOMER, tokens, properties).await
}

on_both! {
    async fn a_customer_is_added_and_found(world: World) {
        let here = &world.here;
        let given = json!({ "FirstName": "Mara", "LastName": "Okafor", "Email": " Mara@Guest.example", "Phone": "+49 40 1", "Sex": "Female",
            "Occupation": "Weaver", "Notes": "Window seat", "OverwriteExisting": false, "Title": null, "Classifications": [], "Unknown": 7 });
        let added = ok(&world, ADD_CUSTOMER, plain(here), given).await;
        let (id, number) = (added["Id"].clone(), added["Number"].clone());
        assert!(Guid::parse(id.as_str().expect("a text")).is_some());
        assert!(number.as_str().is_some_and(|number| number.parse::<i64>().is_ok()), "{number}");
        let mut expected = json!({
            "Id": id, "ChainId": chain(&world, here).await, "Number": number, "Sex": "Female", "FirstName": "Mara", "LastName": "Okafor",
            "Occupation": "Weaver", "Email": "mara@guest.example", "HasOtaEmail": false, "Phone": "+49 40 1",
            "CreatedUtc": "2026-03-04T09:15:00Z", "UpdatedUtc": "2026-03-04T09:15:00Z", "Classifications": [], "Options": [],
            "ActivityState": "Active", "IsActive": true, "PreferredSpaceFeatures": [],
        });
        for name in UNKNOWN {
            expected[name] = Value::Null;
        }
        expected["Notes"] = json!("Window seat");
        assert_eq!(added, expected);
        for filter in [
            json!({ "CustomerIds": [id] }), json!({ "Emails": ["MARA@guest.example"] }), json!({ "FirstNames": ["mara"], "LastNames": ["OKAFOR"] }),
            json!({ "CustomerIds": [id], "Emails": ["mara@guest.example"], "ActivityStates": ["Active", "Deleted"] }),
        ] {
            let body = found(&world, plain(here), filter.clone()).await;
            assert_eq!((&body["Customers"], &body["Cursor"]), (&json!([expected]), &id), "{filter}");
        }
        let body = found(&world, plain(here), json!({ "CustomerIds": [id], "Extent": { "Addresses": true } })).await;
        assert_eq!((&body["Customers"], &body["Cursor"]), (&json!([]), &id), "only the cursor is asked for");
    }
}

on_both! {
    async fn an_address_is_shown_if_it_is_asked_for(world: World) {
        let here = &world.here;
        let address = PostalAddress { lines: vec!["Mill Lane 1".into(), "Yard".into(), "Gate 2".into()], city: "Ulm".into(), state: "BW".into(),
            postal_code: "89073".into(), country: "DE".into() };
        let command = CreateCustomer {
            caller: provision::operator_caller(&here.account),
            public_ids: vec![("mews".into(), "11e20b8f-3d9c-4173-a344-b109009450c0".into())],
            home: Some(here.main),
            email: None,
            profile: heddle_domain::Profile { last_name: None, gender: Some("unknown".into()), ..heddle_domain::Profile::default() },
            addresses: Vec::new(),
            postal_address: Some(address),
        };
        world.store().write(command).await.expect("a customer");
        let ids = json!(["11E20B8F-3d9c-4173-a344-b109009450c0"]);
        let shown = |extent: Value| json!({ "CustomerIds": ids, "Extent": extent });
        let body = found(&world, plain(here), shown(json!({ "Customers": true, "Addresses": true, "Documents": true }))).await;
        let customer = &body["Customers"][0];
        let id = customer["AddressId"].clone();
        assert!(Guid::parse(id.as_str().expect("a text")).is_some());
        assert_eq!(customer["Address"], json!({ "Id": id, "Line1": "Mill Lane 1", "Line2": "Yard, Gate 2", "City": "Ulm", "PostalCode": "89073",
            "CountryCode": "DE", "CountrySubdivisionCode": null, "Latitude": null, "Longitude": null }));
        assert_eq!((&customer["LastName"], &customer["FirstName"], &customer["Sex"]), (&json!(""), &Value::Null, &Value::Null));
        let body = found(&world, plain(here), shown(json!({ "Customers": true }))).await;
        assert_eq!((&body["Customers"][0]["Address"], &body["Customers"][0]["AddressId"]), (&Value::Null, &id));
    }
}

on_both! {
    async fn customers_are_walked_newest_first(world: World) {
        let here = &world.here;
        for name in ["1", "2", "3", "4", "5"] {
            add(&world, plain(here), name, json!({})).await;
        }
        let span = json!({ "StartUtc": "2026-03-04T09:15:01Z", "EndUtc": "2026-03-04T09:15:06Z" });
        for filter in [json!({ "LastNames": ["Okafor"] }), json!({ "CreatedUtc": span }), json!({ "UpdatedUtc": span })] {
            let mut cursor = Value::Null;
            let mut pages = Vec::new();
            loop {
                let mut properties = filter.clone();
                properties["Limitation"] = json!({ "Count": 2, "Cursor": cursor });
                let body = found(&world, plain(here), properties).await;
                pages.push(column(body["Customers"].as_array().expect("an array"), "FirstName"));
                cursor = body["Cursor"].clone();
                if cursor.is_null() {
                    break;
                }
                // A customer who is added meanwhile is newer than the cursor.
                add(&world, plain(here), "new", json!({ "LastName": "Late" })).await;
            }
            assert_eq!(pages, [vec!["5", "4"], vec!["3", "2"], vec!["1"], vec![]], "{filter}");
        }
        let unknown = json!({ "LastNames": ["Okafor"], "Limitation": { "Count": 1, "Cursor": "52e6b438-f2a7-4269-9944-b44a0089c667" } });
        assert!(names(&world, plain(here), unknown).await.is_empty());
    }
}

on_both! {
    async fn customers_are_filtered(world: World) {
        let here = &world.here;
        let ada = add(&world, plain(here), "Ada", json!({ "Email": "ada@guest.example" })).await;
        let bo = add(&world, plain(here), "Bo", json!({ "Email": "bo@guest.example", "LastName": "Quill" })).await;
        let day = json!({ "StartUtc": "2026-03-04T09:15:01Z", "EndUtc": "2026-03-04T23:00:00Z" });
        let second = json!({ "StartUtc": bo["CreatedUtc"], "EndUtc": bo["CreatedUtc"] });
        for (filter, expected) in [
            (json!({ "CustomerIds": [ada["Id"], bo["Id"], ada["Id"]] }), vec!["Bo", "Ada"]),
            (json!({ "CustomerIds": [ada["Id"]], "Emails": ["bo@guest.example"] }), vec![]),
            (json!({ "CustomerIds": [ada["Id"], bo["Id"]], "FirstNames": ["Bo"] }), vec!["Bo"]),
            (json!({ "CustomerIds": ["52e6b438-f2a7-4269-9944-b44a0089c667"] }), vec![]),
            (json!({ "Emails": ["ada@guest.example", "not an address", "nobody@guest.example"] }), vec!["Ada"]),
            (json!({ "Emails": ["not an address"] }), vec![]),
            (json!({ "FirstNames": ["Ada", "BO", "Cy"] }), vec!["Bo", "Ada"]),
            (json!({ "FirstNames": ["Ada", "Bo"], "LastNames": ["Okafor"] }), vec!["Ada"]),
            (json!({ "FirstNames": ["Ad"] }), vec![]),
            (json!({ "CreatedUtc": day }), vec!["Bo", "Ada"]),
            (json!({ "CreatedUtc": second }), vec!["Bo"]),
            (json!({ "UpdatedUtc": second, "CreatedUtc": day }), vec!["Bo"]),
            (json!({ "UpdatedUtc": day, "LastNames": ["Okafor", "Nobody"] }), vec!["Ada"]),
            (json!({ "CreatedUtc": day, "LoyaltyCodes": ["L"] }), vec![]),
            (json!({ "CreatedUtc": day, "CompanyIds": [ada["Id"]] }), vec![]),
            (json!({ "CreatedUtc": day, "DeletedUtc": day }), vec![]),
            (json!({ "CreatedUtc": day, "ActivityStates": ["Deleted"] }), vec![]),
            (json!({ "CreatedUtc": day, "ActivityStates": ["Active"] }), vec!["Bo", "Ada"]),
            (json!({ "CreatedUtc": day, "ChainIds": ["52e6b438-f2a7-4269-9944-b44a0089c667"] }), vec!["Bo", "Ada"]),
        ] {
            assert_eq!(names(&world, plain(here), filter.clone()).await, expected, "{filter}");
        }
    }
}

on_both! {
    async fn a_token_sees_the_customers_of_its_enterprises(world: World) {
        let (here, own) = (&world.here, chain(&world, &world.here).await);
        let ids = [id_of(&world, here, here.customer.get()).await, id_of(&world, here, here.second_customer.get()).await, id_of(&world, &world.foreign, world.foreign.customer.get()).await];
        let all = json!({ "CustomerIds": ids, "ChainIds": [own] });
        assert_eq!(names(&world, plain(here), all.clone()).await, ["Ito"]);
        assert_eq!(names(&world, portfolio(here), all).await, ["Sol", "Ito"]);
        let everywhere = add(&world, portfolio(here), "Eve", json!({ "ChainId": own, "Email": "eve@guest.example" })).await;
        assert_eq!(names(&world, plain(here), json!({ "CustomerIds": [everywhere["Id"]] })).await, ["Eve"]);
        // The guest of a thread is a customer, too.
        add_thread(&world, plain(here), "Parking").await;
        assert_eq!(names(&world, plain(here), json!({ "LastNames": ["Okafor"], "FirstNames": ["Mara"] })).await, ["Mara"]);
        for chains in [Value::Null, json!([]), json!([chain(&world, &world.foreign).await]), json!([own, "52e6b438-f2a7-4269-9944-b44a0089c667"]), json!(["x"])] {
            let properties = json!({ "ChainIds": chains, "FirstNames": ["Eve"], "Extent": { "Customers": true }, "Limitation": { "Count": 1 } });
            refused(&ask(&world, GET_CUSTOMERS, portfolio(here), properties).await, 400, "Invalid ChainIds");
        }
        for chain in [Value::Null, json!("x"), json!(chain(&world, &world.foreign).await)] {
            let properties = json!({ "ChainId": chain, "LastName": "x" });
            refused(&ask(&world, ADD_CUSTOMER, portfolio(here), properties).await, 400, "Invalid ChainId");
        }
    }
}

on_both! {
    async fn a_merged_customer_leads_to_the_survivor_and_an_erased_one_is_gone(world: World) {
        let here = &world.here;
        let ada = add(&world, plain(here), "Ada", json!({ "Email": "ada@guest.example" })).await;
        let bo = add(&world, plain(here), "Bo", json!({ "Email": "bo@guest.example" })).await;
        let number = |customer: &Value| CustomerId(customer["Number"].as_str().expect("a text").parse().expect("a number"));
        let merge = MergeCustomers {
            caller: provision::operator_caller(&here.account),
            from: number(&ada),
            into: number(&bo),
            expected: None,
        };
        world.store().write(merge).await.expect("merged");
        for filter in [json!({ "CustomerIds": [ada["Id"]] }), json!({ "CustomerIds": [ada["Id"], bo["Id"]] }), json!({ "Emails": ["ada@guest.example"] }), json!({ "LastNames": ["Okafor"] })] {
            assert_eq!(names(&world, plain(here), filter.clone()).await, ["Bo"], "{filter}");
        }
        let after = json!({ "LastNames": ["Okafor", "Marsh"], "Limitation": { "Count": 9, "Cursor": ada["Id"] } });
        assert_eq!(names(&world, plain(here), after.clone()).await, ["Ito"], "a cursor keeps its position");
        let erase = EraseCustomer {
            caller: provision::operator_caller(&here.account),
            id: number(&bo),
            expected: None,
            limit: None,
        };
        world.store().write(erase).await.expect("erased");
        let day = json!({ "StartUtc": "2026-03-04T00:00:00Z", "EndUtc": "2026-03-05T00:00:00Z" });
        for filter in [json!({ "CustomerIds": [ada["Id"], bo["Id"]] }), json!({ "Emails": ["bo@guest.example"] }), json!({ "LastNames": ["Okafor"] })] {
            assert!(names(&world, plain(here), filter.clone()).await.is_empty(), "{filter}");
        }
        assert_eq!(names(&world, plain(here), json!({ "UpdatedUtc": day })).await, ["Ito"]);
        assert_eq!(names(&world, plain(here), after).await, ["Ito"]);
    }
}

on_both! {
    async fn an_existing_customer_is_overwritten_only_on_request(world: World) {
        let here = &world.here;
        let made = add(&world, plain(here), "Mara", json!({ "Email": "mara@guest.example", "Phone": "1", "Notes": "a" })).await;
        let taken = "A customer with this e-mail address exists already.";
        for overwrite in [Value::Null, json!(false)] {
            let again = json!({ "LastName": "Other", "Email": "MARA@guest.example", "OverwriteExisting": overwrite });
            refused(&ask(&world, ADD_CUSTOMER, plain(here), again).await, 403, taken);
        }
        let again = json!({ "Email": "MARA@guest.example", "LastName": "Other", "Phone": "2", "Sex": "Male", "Notes": "", "OverwriteExisting": true });
        let changed = add(&world, plain(here), "Mara", again.clone()).await;
        let mut expected = made.clone();
        for (name, value) in [("LastName", "Other"), ("Phone", "2"), ("Sex", "Male"), ("UpdatedUtc", "2026-03-04T09:15:02Z")] {
            expected[name] = json!(value);
        }
        assert_eq!(changed, expected);
        assert_eq!(found(&world, plain(here), json!({ "Emails": ["mara@guest.example"] })).await["Customers"], json!([expected]));
        // Without an address, nobody can be the same person.
        let nameless = |overwrite: bool| json!({ "OverwriteExisting": overwrite });
        let [first, second] = [add(&world, plain(here), "Same", nameless(true)).await, add(&world, plain(here), "Same", nameless(false)).await];
        assert_ne!(first["Id"], second["Id"]);
        // A customer of an enterprise that the token does not reach is not changed.
        let theirs = CreateCustomer {
            caller: provision::operator_caller(&here.account),
            public_ids: Vec::new(),
            home: Some(here.second),
            email: Some("sol@guest.example".into()),
            profile: heddle_domain::Profile::default(),
            addresses: Vec::new(),
            postal_address: None,
        };
        world.store().write(theirs).await.expect("a customer");
        for overwrite in [true, false] {
            let again = json!({ "LastName": "Other", "Email": "sol@guest.example", "OverwriteExisting": overwrite });
            refused(&ask(&world, ADD_CUSTOMER, plain(here), again).await, 403, taken);
        }
    }
}

on_both! {
    async fn wrong_properties_of_customers(world: World) {
        let good = json!({ "FirstNames": ["x"], "Extent": { "Customers": true }, "Limitation": { "Count": 1 } });
        let many = vec!["x"; 1_001];
        let guid = "52e6b438-f2a7-4269-9944-b44a0089c667";
        for name in ["CustomerIds", "ChainIds"] {
            each(&world, GET_CUSTOMERS, &good, name, vec![json!([]), json!(["x"]), json!([7]), json!(guid), json!(vec![guid; 1_001])]).await;
        }
        for name in ["Emails", "FirstNames", "LastNames", "LoyaltyCodes"] {
            each(&world, GET_CUSTOMERS, &good, name, vec![json!([]), json!([7]), json!("x"), json!(many), json!([["x"]])]).await;
        }
        each(&world, GET_CUSTOMERS, &good, "CompanyIds", vec![json!([]), json!(["x"]), json!([guid, guid])]).await;
        each(&world, GET_CUSTOMERS, &good, "ActivityStates", vec![json!([]), json!(["active"]), json!([true]), json!("Active")]).await;
        each(&world, GET_CUSTOMERS, &good, "Extent", vec![Value::Null, json!(true), json!({ "Customers": "true" }), json!({ "Documents": 1 })]).await;
        each(&world, GET_CUSTOMERS, &good, "Limitation", vec![Value::Null, json!({ "Count": 0 }), json!({ "Count": 1001 }), json!({ "Count": 1, "Cursor": "x" })]).await;
        let late = json!({ "StartUtc": "2026-03-04T00:00:00Z", "EndUtc": "2026-03-03T00:00:00Z" });
        let long = json!({ "StartUtc": "2026-01-01T00:00:00Z", "EndUtc": "2026-04-02T00:00:01Z" });
        for name in ["CreatedUtc", "UpdatedUtc", "DeletedUtc"] {
            each(&world, GET_CUSTOMERS, &good, name, vec![late.clone(), long.clone(), json!({ "StartUtc": "2026-03-04T00:00:00Z" })]).await;
        }
        for none in [json!({}), json!({ "ActivityStates": ["Active"] }), json!({ "ChainIds": [guid] }), json!({ "CustomerIds": null })] {
            let mut properties = none;
            properties["Extent"] = json!({ "Customers": true });
            properties["Limitation"] = json!({ "Count": 1 });
            let answer = ask(&world, GET_CUSTOMERS, plain(&world.here), properties).await;
            refused(&answer, 400, "Invalid CustomerIds. At least one of CustomerIds, Emails, FirstNames, LastNames, LoyaltyCodes, CompanyIds, CreatedUtc, UpdatedUtc and DeletedUtc must be given.");
        }
    }
}

on_both! {
    async fn wrong_properties_of_a_new_customer(world: World) {
        let good = json!({ "LastName": "Okafor" });
        let long = |length: usize| json!("x".repeat(length));
        each(&world, ADD_CUSTOMER, &good, "LastName", vec![Value::Null, json!(""), json!(7), long(101)]).await;
        each(&world, ADD_CUSTOMER, &good, "FirstName", vec![json!(7), long(101), json!("a\u{0}")]).await;
        each(&world, ADD_CUSTOMER, &good, "Occupation", vec![json!([]), long(101)]).await;
        each(&world, ADD_CUSTOMER, &good, "Notes", vec![json!({}), long(10_001)]).await;
        each(&world, ADD_CUSTOMER, &good, "Email", vec![json!("x"), json!(7), json!("a@b@c")]).await;
        each(&world, ADD_CUSTOMER, &good, "Phone", vec![json!(7), json!(" "), json!("1\u{7}"), long(501)]).await;
        each(&world, ADD_CUSTOMER, &good, "Sex", vec![json!("male"), json!(1)]).await;
        each(&world, ADD_CUSTOMER, &good, "OverwriteExisting", vec![json!("true"), json!(1)]).await;
        each(&world, ADD_CUSTOMER, &good, "ChainId", vec![json!("x"), json!(7)]).await;
        for name in UNKNOWN.iter().filter(|name| !["LanguageCode", "AddressId", "CreatorProfileId", "UpdaterProfileId", "Notes"].contains(name)) {
            each(&world, ADD_CUSTOMER, &good, name, vec![json!("x"), json!({ "Number": "x" }), json!(false), json!(["x"])]).await;
            let mut empty = good.clone();
            for nothing in [Value::Null, json!(""), json!([])] {
                empty[name] = nothing;
                ok(&world, ADD_CUSTOMER, plain(&world.here), empty.clone()).await;
            }
        }
        for name in ["Classifications", "Options", "PreferredSpaceFeatures", "Number"] {
            each(&world, ADD_CUSTOMER, &good, name, vec![json!(["x"]), json!("7")]).await;
        }
    }
}
