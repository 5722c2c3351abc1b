//! Leads (contract section 9).

use heddle_testkit::on_both;
use http::Method;
use serde_json::{Value, json};

use crate::calls::{done, invalid, lead};
use crate::harness::World;

fn whole_lead() -> Value {
    json!({
        "leadCustomer": {
            "firstname": "Ito", "lastname": "Lead", "email": "ito.lead@studio.example", "gender": "FEMALE",
            "dateOfBirth": "2000-02-29", "telephone": "+49 30 7", "language": { "languageCode": "en" },
            "thirdPartyId": "ad-1",
        },
        "address": { "street": "Weg", "houseNumber": "1", "zipCode": "53111", "city": "Bonn", "countryCode": "de" },
        "communicationPreferences": [
            { "messageCategory": "NEWSLETTER", "channels": [{ "communicationChannel": "PHONE", "active": true }] },
        ],
    })
}

on_both! {
    async fn a_lead_is_a_prospect_of_the_studio(world: World) {
        let made = done(&world, Method::POST, "/v1/leads/create", Some(&whole_lead())).await;
        let id = made["customerId"].as_i64().expect("an id");
        let (uuid, studio) = (made["uuid"].as_str().expect("a uuid"), world.here.main.get());
        let number = format!("{studio}-{id}");
        assert_eq!(made, json!({ "id": id, "customerId": id, "uuid": uuid, "customerNumber": number }));
        let shown = done(&world, Method::GET, &format!("/v1/customers/{id}"), None).await;
        assert_eq!(shown, json!({
            "id": id, "uuid": uuid, "customerNumber": number, "studioId": studio, "status": "PROSPECT",
            "accessRefusal": false, "firstName": "Ito", "lastName": "Lead", "dateOfBirth": "2000-02-29",
            "email": "ito.lead@studio.example", "gender": "FEMALE", "street": "Weg", "houseNumber": "1",
            "zipCode": "53111", "city": "Bonn", "country": "DE", "phonePrivate": "+49 30 7",
            "preferredLanguage": { "languageCode": "en" }, "thirdPartyId": "ad-1",
        }));
        let preferences = format!("/v1/communications/{id}/communication-preferences");
        let shown = done(&world, Method::GET, &preferences, None).await;
        assert_eq!(shown[3]["channels"][3]["active"], json!(true));
    }
}

on_both! {
    async fn wrong_leads_are_refused_with_their_member(world: World) {
        let mut cases: Vec<(&str, Option<Value>)> = Vec::new();
        for path in [
            "leadCustomer", "leadCustomer.firstname", "leadCustomer.lastname", "leadCustomer.email", "address.street",
            "address.houseNumber", "address.zipCode", "address.city", "address.countryCode",
        ] {
            cases.push((path, None));
        }
        cases.push(("leadCustomer.gender", Some(json!("x"))));
        cases.push(("leadCustomer.email", Some(json!("x"))));
        cases.push(("leadCustomer.email", Some(json!(world.here.customer_email))));
        cases.push(("leadCustomer.telephone", Some(json!("\u{7}"))));
        cases.push(("address", Some(json!("x"))));
        for (path, value) in cases {
            let mut body = whole_lead();
            let pointer = format!("/{}", path.replace('.', "/"));
            *body.pointer_mut(&pointer).expect("the place exists") = value.unwrap_or_default();
            invalid(&world, Method::POST, "/v1/leads/create", Some(&body), Some(path)).await;
        }
        // Null as an address means none.
        let mut none = lead("Ito", "none@studio.example");
        none["address"] = Value::Null;
        done(&world, Method::POST, "/v1/leads/create", Some(&none)).await;
    }
}

on_both! {
    async fn a_validation_says_whether_a_lead_can_be_created(world: World) {
        let path = "/v1/leads/validate";
        let mut wrong = whole_lead();
        wrong["leadCustomer"]["email"] = json!("x");
        let taken = lead("Ito", &world.here.customer_email);
        for (body, status) in [
            (whole_lead(), "POSSIBLE"),
            (wrong, "INVALID_LEAD_DATA"),
            (json!({}), "INVALID_LEAD_DATA"),
            (taken, "DUPLICATE_CUSTOMER"),
        ] {
            assert_eq!(done(&world, Method::POST, path, Some(&body)).await, json!({ "status": status }));
        }
        invalid(&world, Method::POST, path, Some(&json!([])), None).await;
        // A validation creates nothing.
        done(&world, Method::POST, "/v1/leads/create", Some(&whole_lead())).await;
        let again = done(&world, Method::POST, path, Some(&whole_lead())).await;
        assert_eq!(again, json!({ "status": "DUPLICATE_CUSTOMER" }));
    }
}

on_both! {
    async fn the_configuration_names_the_members_of_a_lead(world: World) {
        let shown = done(&world, Method::GET, "/v1/leads/config", None).await;
        let customer = format!("/v1/communications/{}/communication-preferences", world.here.customer);
        let usual = done(&world, Method::GET, &customer, None).await;
        assert_eq!(shown, json!({
            "firstname": "MANDATORY", "lastname": "MANDATORY", "email": "MANDATORY", "gender": "OPTIONAL",
            "dateOfBirth": "OPTIONAL", "telephone": "OPTIONAL", "language": "OPTIONAL", "thirdPartyId": "OPTIONAL",
            "address": "OPTIONAL", "communicationPreferences": usual,
        }));
    }
}
