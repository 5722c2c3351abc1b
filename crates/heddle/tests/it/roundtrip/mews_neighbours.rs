//! Mews: what `customers/add` writes is read back with `customers/getAll`. The filters of enterprises and customers take the ids,
//! names and times that the lists show.

use heddle_testkit::on_both;
use serde_json::{Value, json};

use super::mews::{call, credentials, page};
use super::values::{flags, texts, trimmed, words};
use super::{Member, at, check, names, never, none, vendors, with_whole};
use crate::catalogue::Fixture;
use crate::harness::World;

pub(super) const CALLS: &[&str] = &[
    GET_CONFIGURATION,
    GET_ENTERPRISES,
    GET_CUSTOMERS,
    ADD_CUSTOMER,
    GET_LANGUAGES,
];
const GET_CONFIGURATION: &str = "POST /api/connector/v1/configuration/get";
const GET_ENTERPRISES: &str = "POST /api/connector/v1/enterprises/getAll";
const GET_CUSTOMERS: &str = "POST /api/connector/v1/customers/getAll";
const ADD_CUSTOMER: &str = "POST /api/connector/v1/customers/add";
const GET_LANGUAGES: &str = "POST /api/connector/v1/languages/getAll";

/// What differs from one customer to the next.
const VOLATILE: [&str; 5] = ["Id", "Number", "CreatedUtc", "UpdatedUtc", "Cursor"];

fn lower(value: &Value) -> Value {
    value
        .as_str()
        .map_or_else(|| value.clone(), |text| json!(text.to_lowercase()))
}

/// Returns texts that can be telephone numbers: a control character cannot.
fn numbers() -> Vec<Value> {
    let mut texts = trimmed(1, 500);
    texts.retain(|text| {
        text.as_str()
            .is_some_and(|text| !text.contains(char::is_control))
    });
    texts
}

/// Returns the members of a new customer that are kept.
fn kept() -> Vec<Member> {
    let overwrite = || json!({ "OverwriteExisting": true });
    vec![
        at("FirstName", "/Customers/0/FirstName", texts(0, 100)),
        at("LastName", "/Customers/0/LastName", texts(1, 100)),
        at(
            "Email",
            "/Customers/0/Email",
            words(&["Mara@Guest.example", "ä.b@x.example"]),
        )
        .with(overwrite())
        .normal(lower),
        at("Phone", "/Customers/0/Phone", numbers()),
        at("Sex", "/Customers/0/Sex", words(&["Male", "Female"])),
        at("Occupation", "/Customers/0/Occupation", texts(0, 100)),
        at("Notes", "/Customers/0/Notes", texts(0, 10_000)),
        names("OverwriteExisting", flags()),
        names("ChainId", Vec::new()),
    ]
}

on_both! {
    async fn every_member_of_a_new_mews_customer_makes_the_round_trip(world: World) {
        let known = vendors::members("mews", ADD_CUSTOMER);
        let mut members = credentials();
        members.extend(kept());
        for name in &known {
            if !members.iter().any(|member| member.path == name) {
                members.push(never(String::leak(name.clone()), "a value is refused", Vec::new()));
            }
        }
        let send = async |body: Value| {
            let added = call(&world, ADD_CUSTOMER, body).await?;
            let list = json!({ "CustomerIds": [added["Id"]], "Extent": { "Customers": true }, "Limitation": page() });
            let listed = call(&world, GET_CUSTOMERS, list).await?;
            assert_eq!(listed["Customers"][0], added);
            Ok(with_whole(listed, &VOLATILE))
        };
        let faults = check(ADD_CUSTOMER, &known, &json!({ "LastName": "Okafor" }), &members, send).await;
        none(&faults);
    }
}

/// Returns the members of a list with intervals, whose filters select an item by its times.
fn list_members(times: &[(&'static str, &Value)], item: &Value) -> Vec<Member> {
    let mut members = credentials();
    members.push(names("Limitation.Count", vec![json!(1), json!(1_000)]));
    members.push(names(
        "Limitation.Cursor",
        vec![Value::Null, item["Id"].clone()],
    ));
    for (name, time) in times {
        let span = json!({ "StartUtc": time, "EndUtc": time });
        for side in ["StartUtc", "EndUtc"] {
            let path = String::leak(format!("{name}.{side}"));
            members.push(names(path, vec![(*time).clone()]).with(json!({ *name: span })));
        }
    }
    members
}

on_both! {
    async fn the_filters_of_mews_enterprises_take_what_the_list_shows(world: World) {
        let all = json!({ "Limitation": page() });
        let shown = call(&world, GET_ENTERPRISES, all.clone()).await.expect("a list");
        let first = &shown["Enterprises"][0];
        let times = [("LinkedUtc", &first["LinkedUtc"]), ("UpdatedUtc", &first["UpdatedUtc"])];
        for (name, time) in times {
            let mut body = all.clone();
            body[name] = json!({ "StartUtc": time, "EndUtc": time });
            let found = call(&world, GET_ENTERPRISES, body).await.expect("a list");
            assert_eq!(found["Enterprises"][0], *first, "{name}");
        }
        let mut members = list_members(&times, first);
        members.push(names("EnterpriseIds", vec![json!([first["Id"]])]));
        members.push(names("ExternalIdentifiers", vec![json!(["H-1"])]));
        let send = async |body: Value| call(&world, GET_ENTERPRISES, body).await;
        let mut faults = check(GET_ENTERPRISES, &vendors::members("mews", GET_ENTERPRISES), &all, &members, send).await;

        let mut members = credentials();
        members.push(names("EnterpriseId", vec![first["Id"].clone(), Value::Null]));
        let send = async |body: Value| call(&world, GET_CONFIGURATION, body).await;
        faults.extend(check(GET_CONFIGURATION, &vendors::members("mews", GET_CONFIGURATION), &json!({}), &members, send).await);
        let send = async |body: Value| call(&world, GET_LANGUAGES, body).await;
        faults.extend(check(GET_LANGUAGES, &vendors::members("mews", GET_LANGUAGES), &json!({}), &credentials(), send).await);
        none(&faults);
    }
}

on_both! {
    async fn the_filters_of_mews_customers_take_what_the_list_shows(world: World) {
        let fixture = Fixture::new(&world).await;
        let all = json!({ "CustomerIds": [fixture.here.customer_public], "Extent": { "Customers": true }, "Limitation": page() });
        let shown = call(&world, GET_CUSTOMERS, all.clone()).await.expect("a list");
        let first = &shown["Customers"][0];
        let span = |time: &Value| json!({ "StartUtc": time, "EndUtc": time });
        for (name, value) in [
            ("Emails", json!([first["Email"]])), ("FirstNames", json!([first["FirstName"]])), ("LastNames", json!([first["LastName"]])),
            ("CreatedUtc", span(&first["CreatedUtc"])), ("UpdatedUtc", span(&first["UpdatedUtc"])),
        ] {
            let body = json!({ name: value, "Extent": { "Customers": true }, "Limitation": page() });
            let found = call(&world, GET_CUSTOMERS, body).await.expect("a list");
            let is_found = found["Customers"].as_array().expect("an array").contains(first);
            assert!(is_found, "{name}: {found}");
        }
        let times = [("CreatedUtc", &first["CreatedUtc"]), ("UpdatedUtc", &first["UpdatedUtc"]), ("DeletedUtc", &first["CreatedUtc"])];
        let mut members = list_members(&times, first);
        for (path, value) in [
            ("ChainIds", &first["ChainId"]), ("CustomerIds", &first["Id"]), ("Emails", &first["Email"]), ("FirstNames", &first["FirstName"]),
            ("LastNames", &first["LastName"]), ("CompanyIds", &first["Id"]), ("ActivityStates", &first["ActivityState"]), ("LoyaltyCodes", &json!("L")),
        ] {
            members.push(names(path, vec![json!([value])]));
        }
        for path in ["Extent.Customers", "Extent.Addresses", "Extent.Documents"] {
            members.push(names(path, flags()));
        }
        let send = async |body: Value| call(&world, GET_CUSTOMERS, body).await;
        none(&check(GET_CUSTOMERS, &vendors::members("mews", GET_CUSTOMERS), &all, &members, send).await);
    }
}
