//! Customers (contract section 9).

use heddle_testkit::on_both;
use http::Method;
use serde_json::{Value, json};

use crate::calls::{call, created, customer, done, get, ids, invalid, whole_customer};
use crate::harness::World;
use crate::refused;

on_both! {
    async fn a_created_customer_is_read_back_whole(world: World) {
        let id = created(&world, &whole_customer()).await;
        let path = format!("/v1/customers/{id}");
        let shown = done(&world, Method::GET, &path, None).await;
        let uuid = shown["uuid"].as_str().expect("a uuid");
        assert_eq!(uuid.len(), 36);
        let studio = world.here.main.get();
        let expected = json!({
            "id": id,
            "uuid": uuid,
            "customerNumber": format!("{studio}-{id}"),
            "studioId": studio,
            "status": "MEMBER",
            "accessRefusal": false,
            "firstName": "Mina",
            "secondFirstName": "Ada",
            "lastName": "Roth",
            "secondLastName": "Quill",
            "dateOfBirth": "1990-12-31",
            "email": "mina@studio.example",
            "gender": "UNISEX",
            "street": "Mill Lane",
            "houseNumber": "5a",
            "zipCode": "80331",
            "city": "Ulm",
            "country": "DE",
            "phonePrivate": "+49 30 1",
            "phonePrivateMobile": "+49 170 1",
            "phoneBusiness": "+49 30 2",
            "phoneBusinessMobile": "+49 30 1",
            "preferredLanguage": { "languageCode": "de", "countryCode": "AT" },
            "thirdPartyId": "crm-17",
        });
        assert_eq!(shown, expected);
        for format in ["DECIMAL", "HEX_MSB", "HEX_LSB"] {
            let path = format!("{path}?cardNumberFormat={format}&more=1");
            assert_eq!(done(&world, Method::GET, &path, None).await, expected);
        }
        let preferences = format!("/v1/communications/{id}/communication-preferences");
        let shown = done(&world, Method::GET, &preferences, None).await;
        assert_eq!(shown[3]["channels"][1]["active"], json!(true));
    }
}

on_both! {
    async fn a_customer_shows_only_what_is_known(world: World) {
        let id = created(&world, &customer("Mina", "Roth", "m@studio.example")).await;
        let shown = done(&world, Method::GET, &format!("/v1/customers/{id}"), None).await;
        let mut names: Vec<_> = shown.as_object().expect("an object").keys().map(String::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, [
            "accessRefusal", "city", "country", "customerNumber", "dateOfBirth", "email", "firstName", "id", "lastName",
            "preferredLanguage", "status", "street", "studioId", "uuid", "zipCode",
        ]);
        assert_eq!(shown["preferredLanguage"], json!({ "languageCode": "de" }));
    }
}

on_both! {
    async fn unknown_customers_and_those_of_other_studios_are_not_found(world: World) {
        for unknown in [world.here.second_customer.get(), world.foreign.customer.get(), 0, -1, i64::MAX] {
            refused(&get(&world, &format!("/v1/customers/{unknown}")).await, 404, None);
        }
        for (path, reference) in [
            ("/v1/customers/abc", "customerId"),
            ("/v1/customers/9223372036854775808", "customerId"),
            ("/v1/customers/1?cardNumberFormat=hex", "cardNumberFormat"),
        ] {
            refused(&get(&world, path).await, 400, Some(reference));
        }
    }
}

on_both! {
    async fn wrong_new_customers_are_refused_with_their_member(world: World) {
        let create = "/v1/customers/create";
        for name in ["firstName", "lastName", "dateOfBirth", "email", "street", "city", "zipCode", "countryCode", "language"] {
            for absent in [true, false] {
                let mut body = whole_customer();
                match absent {
                    true => drop(body.as_object_mut().expect("an object").remove(name)),
                    false => body[name] = Value::Null,
                }
                invalid(&world, Method::POST, create, Some(&body), Some(name)).await;
            }
        }
        for (name, wrong) in [
            ("firstName", json!("")),
            ("lastName", json!(1)),
            ("lastName", json!("x".repeat(256))),
            ("dateOfBirth", json!("31.12.1990")),
            ("dateOfBirth", json!("1990-02-30")),
            ("dateOfBirth", json!("1990-12-31T00:00:00Z")),
            ("email", json!("no address")),
            ("countryCode", json!("Germany")),
            ("gender", json!("male")),
            ("language", json!("de")),
            ("phonePrivate", json!(" ")),
            ("thirdPartyId", json!("a\0b")),
            ("communicationPreferences", json!({})),
        ] {
            let mut body = whole_customer();
            body[name] = wrong;
            invalid(&world, Method::POST, create, Some(&body), Some(name)).await;
        }
        for (name, wrong, reference) in [
            ("language", json!({}), "language.languageCode"),
            ("language", json!({ "languageCode": "german" }), "language.languageCode"),
            ("language", json!({ "languageCode": "de", "countryCode": "1" }), "language.countryCode"),
            ("communicationPreferences", json!([{ "messageCategory": "X" }]), "communicationPreferences.messageCategory"),
        ] {
            let mut body = whole_customer();
            body[name] = wrong;
            invalid(&world, Method::POST, create, Some(&body), Some(reference)).await;
        }
    }
}

on_both! {
    async fn an_address_of_another_customer_is_refused(world: World) {
        let mut body = whole_customer();
        body["email"] = json!(world.here.customer_email.to_uppercase());
        invalid(&world, Method::POST, "/v1/customers/create", Some(&body), Some("email")).await;
    }
}

/// Reads a list slice by slice; returns the ids.
async fn all(world: &World, query: &str) -> Vec<i64> {
    let mut found = Vec::new();
    let mut offset = String::new();
    loop {
        let path = format!("/v1/customers?sliceSize=50{query}&offset={offset}");
        let slice = done(world, Method::GET, &path, None).await;
        assert_eq!(slice.as_object().expect("an object").len(), 3, "{slice}");
        found.extend(ids(&slice["result"]));
        offset = slice["offset"].as_str().expect("an offset").to_owned();
        if slice["hasNext"] == json!(false) {
            return found;
        }
    }
}

on_both! {
    async fn the_list_has_the_studios_members_or_prospects_in_slices(world: World) {
        let mut made = vec![world.here.customer.get()];
        for at in 0..110 {
            world.test.clock.advance(1);
            made.push(created(&world, &customer("Ada", "Roth", &format!("m{at}@studio.example"))).await);
        }
        let mut prospects = Vec::new();
        for at in 0..3 {
            let lead = crate::calls::lead("Ito", &format!("p{at}@studio.example"));
            let answer = done(&world, Method::POST, "/v1/leads/create", Some(&lead)).await;
            prospects.push(answer["customerId"].as_i64().expect("an id"));
        }
        assert_eq!(all(&world, "").await, made);
        assert_eq!(all(&world, "&customerStatus=MEMBER").await, made);
        assert_eq!(all(&world, "&customerStatus=PROSPECT").await, prospects);
        let first = done(&world, Method::GET, "/v1/customers", None).await;
        assert_eq!((ids(&first["result"]), &first["hasNext"]), (made[..100].to_vec(), &json!(true)));
        // The id of the last customer is a place, too; with both parameters, the later place counts.
        for query in [format!("lastOffsetId={}", made[99]), format!("offset=0-0&lastOffsetId={}", made[99])] {
            let rest = done(&world, Method::GET, &format!("/v1/customers?{query}"), None).await;
            assert_eq!((ids(&rest["result"]), &rest["hasNext"]), (made[100..].to_vec(), &json!(false)));
        }
        // After the end there is nothing, and the offset stays.
        let end = done(&world, Method::GET, &format!("/v1/customers?lastOffsetId={}", made[110]), None).await;
        assert_eq!((&end["result"], &end["hasNext"]), (&json!([]), &json!(false)));
        let again = format!("/v1/customers?offset={}", end["offset"].as_str().expect("an offset"));
        assert_eq!(done(&world, Method::GET, &again, None).await, end);
    }
}

on_both! {
    async fn wrong_parameters_of_the_list_are_refused(world: World) {
        let foreign = format!("lastOffsetId={}", world.here.second_customer);
        for (query, reference) in [
            ("sliceSize=49", "sliceSize"),
            ("sliceSize=501", "sliceSize"),
            ("sliceSize=x", "sliceSize"),
            ("customerStatus=FORMER_MEMBER", "customerStatus"),
            ("customerStatus=member", "customerStatus"),
            ("cardNumberFormat=OCTAL", "cardNumberFormat"),
            ("offset=abc", "offset"),
            ("offset=1-x", "offset"),
            ("offset=%00", "offset"),
            ("lastOffsetId=x", "lastOffsetId"),
            ("lastOffsetId=999999", "lastOffsetId"),
            (&foreign, "lastOffsetId"),
        ] {
            refused(&get(&world, &format!("/v1/customers?{query}")).await, 400, Some(reference));
        }
    }
}

on_both! {
    async fn a_search_matches_beginnings_of_names_and_everything_that_is_given(world: World) {
        let mina = created(&world, &whole_customer()).await;
        let mila = created(&world, &customer("Mila", "Rothschild", "mila@studio.example")).await;
        let ada = created(&world, &customer("Ada", "Quill", "ada@studio.example")).await;
        for (body, expected) in [
            (json!({ "firstName": "mi" }), vec![mina, mila]),
            (json!({ "lastName": "ROTH" }), vec![mina, mila]),
            (json!({ "firstName": "Mina", "lastName": "Roth" }), vec![mina]),
            (json!({ "lastName": "oth" }), vec![]),
            (json!({ "email": "ADA@studio.example" }), vec![ada]),
            (json!({ "email": "ADA@studio.example", "firstName": "Mina" }), vec![]),
            (json!({ "email": "no address" }), vec![]),
            (json!({ "dateOfBirth": "1980-02-29" }), vec![ada, mila]),
            (json!({ "dateOfBirth": "1990-12-31", "firstName": "M", "lastName": "", "cardNumberFormat": "DECIMAL" }), vec![mina]),
            (json!({ "dateOfBirth": "1990-12-30", "firstName": "M" }), vec![]),
        ] {
            let found = done(&world, Method::POST, "/v1/customers/search", Some(&body)).await;
            assert_eq!(ids(&found), expected, "{body}");
        }
        let found = done(&world, Method::POST, "/v1/customers/search", Some(&json!({ "firstName": "Mina" }))).await;
        let one = done(&world, Method::GET, &format!("/v1/customers/{mina}"), None).await;
        assert_eq!(found, json!([one]));
    }
}

on_both! {
    async fn a_search_does_not_find_customers_of_other_studios(world: World) {
        let read = heddle_store::read::customers::FindCustomer {
            account: world.here.account.id,
            inboxes: heddle_domain::InboxScope::All,
            id: world.here.second_customer,
        };
        let second = world.store().read(read).await.expect("a customer");
        let profile = &second.customer.profile;
        for (name, text) in [("firstName", &profile.first_name), ("lastName", &profile.last_name), ("email", &second.customer.email)] {
            if let Some(text) = text.as_deref().filter(|text| !text.is_empty()) {
                let found = done(&world, Method::POST, "/v1/customers/search", Some(&json!({ name: text }))).await;
                assert!(!ids(&found).contains(&world.here.second_customer.get()), "{name}");
            }
        }
    }
}

on_both! {
    async fn a_search_needs_something_to_search_by(world: World) {
        for (body, reference) in [
            (json!({}), None),
            (json!({ "firstName": "", "lastName": " " }), None),
            (json!({ "cardNumberFormat": "DECIMAL" }), None),
            (json!({ "firstName": 1 }), Some("firstName")),
            (json!({ "firstName": "M", "dateOfBirth": "yesterday" }), Some("dateOfBirth")),
            (json!({ "firstName": "M", "cardNumberFormat": "x" }), Some("cardNumberFormat")),
        ] {
            invalid(&world, Method::POST, "/v1/customers/search", Some(&body), reference).await;
        }
    }
}

on_both! {
    async fn a_customer_is_found_by_its_number(world: World) {
        let (studio, id) = (world.here.main, world.here.customer);
        let one = done(&world, Method::GET, &format!("/v1/customers/{id}"), None).await;
        let number = one["customerNumber"].as_str().expect("a number");
        let by = |query: String| format!("/v1/customers/by?{query}");
        assert_eq!(done(&world, Method::GET, &by(format!("customerNumber={number}")), None).await, one);
        for unknown in [
            format!("customerNumber={studio}-777777"),
            format!("customerNumber={}-{id}", world.here.second),
            format!("customerNumber={studio}-{}", world.here.second_customer),
            format!("customerNumber={studio}-0{id}"),
            "customerNumber=".into(),
            "cardNumber=17".into(),
            "barcode=17".into(),
            "debtorId=17".into(),
            "qrCodeUuid=00000000-0000-4000-8000-000000000000".into(),
        ] {
            refused(&get(&world, &by(unknown)).await, 404, None);
        }
        for (query, reference) in [
            (String::new(), None),
            ("barcode=1&cardNumber=1".into(), None),
            (format!("customerNumber={number}&cardNumberFormat=x"), Some("cardNumberFormat")),
            ("barcode=%00".into(), Some("barcode")),
        ] {
            refused(&get(&world, &by(query)).await, 400, reference);
        }
    }
}

on_both! {
    async fn a_street_that_another_api_changed_is_shown_whole(world: World) {
        let id = created(&world, &whole_customer()).await;
        let change = heddle_store::write::customers::UpdateCustomer {
            caller: heddle_access::provision::operator_caller(&world.here.account),
            inboxes: heddle_domain::InboxScope::All,
            id: heddle_domain::CustomerId(id),
            expected: None,
            change: heddle_store::write::customers::CustomerChange {
                postal_address: vec![heddle_store::write::customers::PostalChange::Part(
                    heddle_store::write::customers::PostalPart::Lines(vec!["Weg 7".into(), "Hof".into()]),
                )],
                ..Default::default()
            },
        };
        world.store().write(change).await.expect("a change");
        let shown = done(&world, Method::GET, &format!("/v1/customers/{id}"), None).await;
        assert_eq!((&shown["street"], shown.get("houseNumber")), (&json!("Weg 7, Hof"), None));
    }
}

on_both! {
    async fn messages_of_new_errors_come_in_german(world: World) {
        let headers = [("x-api-key", world.here.magicline_key.as_str()), ("accept-language", "de-AT")];
        let answer = world.send(Method::GET, "/v1/customers/by", &headers, "").await;
        let message = answer.json()["errorMessage"].clone();
        assert!(message.as_str().expect("a text").starts_with("Genau einer"), "{message}");
        let none = call(&world, Method::POST, "/v1/customers/search", Some(&json!({}))).await;
        assert!(none.json()["errorMessage"].as_str().expect("a text").starts_with("A search needs"));
    }
}
