//! Tests of `configuration/get`, `enterprises/getAll` and `languages/getAll` (contract sections 13.1, 13.2 and 13.5).

use heddle_domain::EntityKind;
use heddle_domain::id::InboxId;
use heddle_domain::inbox_profile::{InboxAddress, InboxProfile};
use heddle_store::write::account::CreateInbox;
use heddle_store::write::inbox_profile::PutInboxProfile;
use serde_json::{Value, json};

use super::*;
use crate::refusals::each;
use heddle_testkit::on_both;

const NOW: &str = "2026-03-04T09:15:00Z";

async fn public_id(world: &World, kind: EntityKind, id: i64) -> String {
    world
        .public_id(&world.here, kind, id, heddle_mews::NAME)
        .await
}

async fn enterprise(world: &World, inbox: InboxId) -> String {
    public_id(world, EntityKind::Inbox, inbox.get()).await
}

async fn put(world: &World, inbox: InboxId, profile: InboxProfile) {
    let command = PutInboxProfile {
        caller: provision::operator_caller(&world.here.account),
        id: inbox,
        expected: None,
        profile,
    };
    world.store().write(command).await.expect("a profile");
}

fn text(value: &str) -> Option<String> {
    Some(value.to_owned())
}

fn harbour() -> InboxProfile {
    InboxProfile {
        time_zone: text("Europe/Berlin"),
        language: text("de-DE"),
        legal_environment: text("DE"),
        accommodation_environment: text("DE-2020"),
        accounting_environment: None,
        tax_environment: text("DE-HH"),
        currency: text("CHF"),
        website: text("https://harbour.example"),
        email: text("desk@harbour.example"),
        phone: text("+49 40 1"),
        address: Some(InboxAddress {
            line1: text("Quay 1"),
            line2: text("Yard"),
            city: text("Hamburg"),
            postal_code: text("20457"),
            country_code: text("DE"),
            country_subdivision_code: text("DE-HH"),
            latitude: Some(53.5503.into()),
            longitude: Some(9.9921.into()),
        }),
    }
}

/// Returns the enterprise with the defaults of the contract.
fn plain_enterprise(world: &World, id: &str, chain: &str, name: &str) -> Value {
    json!({
        "Id": id, "ExternalIdentifier": null, "HoldingKey": null, "ChainId": chain, "ChainName": world.here.account.name,
        "CreatedUtc": NOW, "UpdatedUtc": NOW, "Name": name, "ShortName": null, "TimeZoneIdentifier": "UTC",
        "LegalEnvironmentCode": "UK", "AccommodationEnvironmentCode": "UK", "AccountingEnvironmentCode": "UK",
        "TaxEnvironmentCode": "UK", "DefaultLanguageCode": "en-US", "EditableHistoryInterval": "P0M7DT0H0M0S",
        "AccountingEditableHistoryInterval": "P0M7DT0H0M0S", "OperationalEditableHistoryInterval": "P0M7DT0H0M0S",
        "BusinessDayClosingOffset": null, "WebsiteUrl": null, "Email": null, "Phone": null, "LogoImageId": null,
        "CoverImageId": null, "Pricing": "Gross", "TaxPrecision": null, "AddressId": null,
        "Address": { "Id": null, "Line1": null, "Line2": null, "City": null, "PostalCode": null, "CountryCode": null,
            "CountrySubdivisionCode": null, "Latitude": null, "Longitude": null },
        "GroupNames": [], "Subscription": { "TaxIdentifier": null },
    })
}

/// Takes the id of the address out of an enterprise, and checks that it is a GUID that stands there twice.
fn without_address(mut enterprise: Value) -> (Value, String) {
    let id = enterprise["AddressId"].as_str().expect("a GUID").to_owned();
    assert!(Guid::parse(&id).is_some(), "{id}");
    assert_eq!(enterprise["Address"]["Id"], json!(id));
    enterprise["AddressId"] = Value::Null;
    enterprise["Address"]["Id"] = Value::Null;
    (enterprise, id)
}

/// Returns what only `configuration/get` says of an enterprise.
fn configured(mut enterprise: Value, currency: &str, is_portfolio: bool) -> Value {
    enterprise["Currencies"] =
        json!([{ "Currency": currency, "IsDefault": true, "IsEnabled": true }]);
    enterprise["AccountingConfiguration"] = Value::Null;
    enterprise["IsPortfolio"] = json!(is_portfolio);
    enterprise
}

on_both! {
    async fn configuration_get_returns_the_enterprise_of_the_token(world: World) {
        let here = &world.here;
        let (id, chain) = (enterprise(&world, here.main).await, public_id(&world, EntityKind::Account, here.account.id.get()).await);
        let body = ok(&world, GET_CONFIGURATION, plain(here), json!({})).await;
        let (shown, address) = without_address(body["Enterprise"].clone());
        let expected = configured(plain_enterprise(&world, &id, &chain, "Main"), "EUR", false);
        assert_eq!(shown, expected);
        let mut rest = body.clone();
        rest["Enterprise"] = Value::Null;
        assert_eq!(rest, json!({ "NowUtc": NOW, "Enterprise": null, "Service": null, "PaymentCardStorage": null,
            "IsIdentityDocumentNumberRequired": false }));

        world.test.clock.advance(61_000);
        put(&world, here.main, harbour()).await;
        let body = ok(&world, GET_CONFIGURATION, plain(here), json!({ "EnterpriseId": id.to_uppercase() })).await;
        let (shown, same_address) = without_address(body["Enterprise"].clone());
        let mut expected = configured(expected, "CHF", false);
        for (name, value) in [
            ("UpdatedUtc", "2026-03-04T09:16:01Z"), ("TimeZoneIdentifier", "Europe/Berlin"), ("LegalEnvironmentCode", "DE"),
            ("AccommodationEnvironmentCode", "DE-2020"), ("AccountingEnvironmentCode", "DE"), ("TaxEnvironmentCode", "DE-HH"),
            ("DefaultLanguageCode", "de-DE"), ("WebsiteUrl", "https://harbour.example"), ("Email", "desk@harbour.example"), ("Phone", "+49 40 1"),
        ] {
            expected[name] = json!(value);
        }
        expected["Address"] = json!({ "Id": null, "Line1": "Quay 1", "Line2": "Yard", "City": "Hamburg", "PostalCode": "20457",
            "CountryCode": "DE", "CountrySubdivisionCode": "DE-HH", "Latitude": 53.5503, "Longitude": 9.9921 });
        assert_eq!((shown, &body["NowUtc"], same_address), (expected, &json!("2026-03-04T09:16:01Z"), address));
    }
}

on_both! {
    async fn a_portfolio_has_an_enterprise_of_its_own(world: World) {
        let here = &world.here;
        let (main, second) = (enterprise(&world, here.main).await, enterprise(&world, here.second).await);
        let chain = public_id(&world, EntityKind::Account, here.account.id.get()).await;
        let body = ok(&world, GET_CONFIGURATION, portfolio(here), json!({ "EnterpriseId": null })).await;
        let id = body["Enterprise"]["Id"].as_str().expect("a GUID").to_owned();
        assert!(Guid::parse(&id).is_some() && ![&main, &second, &chain].contains(&&id), "{id}");
        let (shown, address) = without_address(body["Enterprise"].clone());
        let expected = plain_enterprise(&world, &id, &chain, &here.account.name);
        assert_eq!(shown, configured(expected, "EUR", true));
        let again = ok(&world, GET_CONFIGURATION, portfolio(here), json!({})).await;
        assert_eq!(again["Enterprise"], body["Enterprise"], "the ids stay");
        for (id, name) in [(&main, "Main"), (&second, "Second")] {
            let body = ok(&world, GET_CONFIGURATION, portfolio(here), json!({ "EnterpriseId": id })).await;
            let (shown, own) = without_address(body["Enterprise"].clone());
            assert_eq!(shown, configured(plain_enterprise(&world, id, &chain, name), "EUR", false));
            assert_ne!(own, address);
        }
        let foreign = world.public_id(&world.foreign, EntityKind::Inbox, world.foreign.main.get(), heddle_mews::NAME).await;
        for (tokens, id) in [(plain(here), &second), (portfolio(here), &foreign), (portfolio(here), &id), (plain(here), &chain)] {
            refused(&ask(&world, GET_CONFIGURATION, tokens, json!({ "EnterpriseId": id })).await, 400, "Invalid EnterpriseId");
        }
        each(&world, GET_CONFIGURATION, &json!({}), "EnterpriseId", vec![json!(""), json!("x"), json!(7), json!([main])]).await;
    }
}

/// Creates a third inbox, and returns its public id.
async fn third(world: &World) -> String {
    let id = uuid("3f0c5b1e-7d1a-4f6b-9c2d-7e5a1b3c4d5f");
    let command = CreateInbox {
        caller: provision::operator_caller(&world.here.account),
        name: "Third".into(),
        default_agent: None,
        public_ids: vec![(String::new(), id.clone())],
    };
    world.store().write(command).await.expect("an inbox");
    id
}

fn uuid(text: &str) -> String {
    Guid::parse(text).expect("a GUID").to_string()
}

async fn enterprises(world: &World, tokens: Tokens<'_>, properties: Value) -> Vec<Value> {
    let mut properties = properties;
    if properties.get("Limitation").is_none() {
        properties["Limitation"] = json!({ "Count": 1000 });
    }
    let body = ok(world, GET_ENTERPRISES, tokens, properties).await;
    page(&body, "Enterprises")
}

on_both! {
    async fn enterprises_are_listed_newest_first(world: World) {
        let here = &world.here;
        let (main, second) = (enterprise(&world, here.main).await, enterprise(&world, here.second).await);
        let chain = public_id(&world, EntityKind::Account, here.account.id.get()).await;
        world.test.clock.advance(1_000);
        let third = third(&world).await;
        let own = enterprises(&world, plain(here), json!({})).await;
        let (shown, _) = without_address(own[0].clone());
        let mut expected = plain_enterprise(&world, &main, &chain, "Main");
        expected["LinkedUtc"] = json!(NOW);
        assert_eq!((own.len(), shown), (1, expected));
        // The token of the portfolio names two inboxes, so a third one is not its own.
        let both = enterprises(&world, portfolio(here), json!({})).await;
        assert_eq!(column(&both, "Id"), [second.as_str(), main.as_str()]);
        let everywhere = every_inbox(&world).await;
        let tokens = Tokens { client: &here.mews_client, access: &everywhere };
        assert_eq!(column(&enterprises(&world, tokens, json!({})).await, "Id"), [&third, &second, &main].map(String::as_str));
        let mut cursor = Value::Null;
        let mut walked = Vec::new();
        for count in [2, 1, 1] {
            let limitation = json!({ "Count": count, "Cursor": cursor });
            let page = enterprises(&world, tokens, json!({ "Limitation": limitation })).await;
            cursor = page.last().map_or(Value::Null, |last| last["Id"].clone());
            walked.push(column(&page, "Id"));
        }
        assert_eq!(walked, [vec![third.clone(), second.clone()], vec![main.clone()], Vec::new()]);
        let after = json!({ "Count": 9, "Cursor": third });
        let page = enterprises(&world, tokens, json!({ "EnterpriseIds": [main, second], "Limitation": after })).await;
        assert_eq!(column(&page, "Id"), [second.as_str(), main.as_str()], "a cursor need not match the filter");
        let unknown = json!({ "Count": 9, "Cursor": chain });
        assert!(enterprises(&world, tokens, json!({ "Limitation": unknown })).await.is_empty());
    }
}

/// Creates an access token for all inboxes of the account.
async fn every_inbox(world: &World) -> String {
    let here = &world.here;
    let grant = heddle_domain::credential::Grant {
        application: Some(application(world, &here.mews_token).await),
        portfolio: true,
        ..heddle_domain::credential::Grant::full(heddle_mews::NAME, InboxScope::All)
    };
    let access = heddle_mews::mint_token();
    let made = provision::create_key(world.store(), &here.account, grant, &access);
    made.await.expect("a key");
    access
}

on_both! {
    async fn enterprises_are_filtered(world: World) {
        let here = &world.here;
        let (main, second) = (enterprise(&world, here.main).await, enterprise(&world, here.second).await);
        world.test.clock.advance(3_600_000);
        put(&world, here.main, harbour()).await;
        let at = |start: &str, end: &str| json!({ "StartUtc": start, "EndUtc": end });
        let (hour, later) = ("2026-03-04T10:15:00Z", "2026-03-04T10:15:01Z");
        for (filter, expected) in [
            (json!({ "EnterpriseIds": [main, main.to_uppercase()] }), vec![&main]),
            (json!({ "UpdatedUtc": at(hour, hour) }), vec![&main]),
            (json!({ "UpdatedUtc": at(hour, later) }), vec![&main]),
            (json!({ "UpdatedUtc": at(NOW, hour) }), vec![&second]),
            (json!({ "LinkedUtc": at(NOW, NOW) }), vec![&second, &main]),
            (json!({ "LinkedUtc": at(hour, later) }), vec![]),
            (json!({ "LinkedUtc": at(NOW, NOW), "UpdatedUtc": at(hour, hour) }), vec![&main]),
            (json!({ "ExternalIdentifiers": ["H-1"] }), vec![]),
            (json!({ "ExternalIdentifiers": null, "UpdatedUtc": null }), vec![&second, &main]),
        ] {
            let found = enterprises(&world, portfolio(here), filter.clone()).await;
            assert_eq!(column(&found, "Id"), expected.into_iter().map(String::as_str).collect::<Vec<_>>(), "{filter}");
        }
        let foreign = world.public_id(&world.foreign, EntityKind::Inbox, world.foreign.main.get(), heddle_mews::NAME).await;
        let good = json!({ "Limitation": { "Count": 1 } });
        let many = vec!["x"; 1_001];
        each(&world, GET_ENTERPRISES, &good, "EnterpriseIds", vec![json!([]), json!(["x"]), json!([foreign]), json!([main, second]), json!("x")]).await;
        each(&world, GET_ENTERPRISES, &good, "ExternalIdentifiers", vec![json!([]), json!([1]), json!(many), json!("x")]).await;
        for name in ["LinkedUtc", "UpdatedUtc"] {
            each(&world, GET_ENTERPRISES, &good, name, vec![at(later, hour), json!({ "StartUtc": hour }), at("2026-01-01T00:00:00Z", "2026-04-02T00:00:01Z"), json!(7)]).await;
            let longest = json!({ name: at("2026-01-01T00:00:00Z", "2026-04-02T00:00:00Z"), "Limitation": { "Count": 1 } });
            ok(&world, GET_ENTERPRISES, plain(here), longest).await;
        }
        each(&world, GET_ENTERPRISES, &json!({}), "Limitation", vec![Value::Null, json!({}), json!({ "Count": 0 }), json!({ "Count": 1001 }), json!({ "Count": "10" }), json!({ "Count": 1, "Cursor": "x" })]).await;
    }
}

on_both! {
    async fn an_empty_page_of_enterprises_is_204_if_the_client_prefers_it(world: World) {
        let tokens = plain(&world.here);
        let body = json!({ "ClientToken": tokens.client, "AccessToken": tokens.access, "Client": "x",
            "ExternalIdentifiers": ["x"], "Limitation": { "Count": 1 } });
        let headers = [("content-type", "application/json"), ("prefer", "return=minimal")];
        let answer = world.send(Method::POST, GET_ENTERPRISES, &headers, body.to_string()).await;
        assert_eq!((answer.status.as_u16(), answer.body.len(), answer.header("content-type")), (204, 0, ""));
        assert_eq!(answer.header("request-id").len(), 32);
    }
}

on_both! {
    async fn languages_are_listed(world: World) {
        for tokens in [plain(&world.here), portfolio(&world.here)] {
            let body = ok(&world, GET_LANGUAGES, tokens, json!({})).await;
            assert_members(&body, &["Languages"]);
            let languages = body["Languages"].as_array().expect("an array");
            assert!(languages.len() > 40, "{}", languages.len());
            for language in languages {
                assert_members(language, &["Code", "FallbackLanguageCode", "EnglishName", "LocalName"]);
            }
            let austrian = languages.iter().find(|language| language["Code"] == "de-AT").expect("de-AT");
            assert_eq!(*austrian, json!({ "Code": "de-AT", "FallbackLanguageCode": "de-DE", "EnglishName": "German (Austria)", "LocalName": "Deutsch (Österreich)" }));
        }
    }
}
