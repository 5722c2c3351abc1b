//! The OpenAPI description of this API is true. Every answer that a test of this API gets is compared with it, in the harness;
//! here the bodies of requests are.

use std::sync::OnceLock;

use heddle_testkit::described::{Reader, operation, places};
use heddle_testkit::on_both;
use http::Method;
use serde_json::{Value, json};

use crate::client::{Client, customers_path, message};
use crate::harness::{Answer, World};

/// Returns the description.
pub(crate) fn document() -> &'static Value {
    static DOCUMENT: OnceLock<Value> = OnceLock::new();
    DOCUMENT.get_or_init(|| {
        let text = heddle_mykaarma::description()
            .openapi
            .expect("a description");
        serde_json::from_slice(&text()).expect("JSON")
    })
}

/// Members with other rules than their schema says: they are required together or alone, or must be a number or address.
const RULED: [&str; 10] = [
    "/messageAttributes/protocol",
    "/messageAttributes/attachments/0/mimeType",
    "/messageSendingAttributes/communicationValueOfCustomer",
    "/saveMessageRequestList/0/sentOn",
    "/saveMessageRequestList/0/receivedOn",
    "/saveMessageRequestList/0/userUuid",
    "/saveMessageRequestList/0/messageAttributes/protocol",
    "/communicationList/0/communicationValue",
    "/communicationAttributesList/0/communicationValue",
    "/searchForDuplicate",
];

/// Returns for each call a body that has every member of the description.
fn bodies(client: &Client<'_>) -> Vec<(Method, String, Value)> {
    let mut all = of_messages(client);
    all.extend(of_opt_outs(client));
    all.push((
        Method::POST,
        customers_path(&client.department),
        new_customer(client),
    ));
    all.extend(of_followers(client));
    let filter = json!({ "assigneeUserUUID": client.user, "isArchived": false, "isClosed": false, "maxResults": 7,
        "sortOrderKey": "LAST_DELEGATION_ON", "sortOrder": "ASC" });
    let of_user = json!({ "outOfOfficeTurnOffDelegation": null, "delegator": "OTHER", "bulkAutoDelegate": null,
        "userDelegationDetail": { "delegatedFromUUID": client.user, "delegatedToUUID": client.default_user,
            "delegatorUUID": client.user, "delegator": "ADMIN_TOOL" } });
    let of_customers = json!({ "delegator": "OTHER", "userDelegationDetail": null, "bulkAutoDelegate": {
        "applyRuleToCheckForOutgoingCommExistsForDA": false, "logInMongo": true, "customerUUIDList": [client.customer],
        "toDealerAssociateUUID": client.user } });
    all.extend([
        (Method::POST, client.threads_path(), filter),
        (Method::PUT, client.delegate_path(), of_user),
        (Method::PUT, client.delegate_path(), of_customers),
    ]);
    all
}

/// Returns `messageAttributes` with every member.
fn attributes(kind: &str, protocol: &str) -> Value {
    json!({
        "body": "Ready", "type": kind, "protocol": protocol, "subject": "Pick-up", "isManual": true,
        "updateThreadTimestamp": true, "updateTotalMessageCount": false, "showInCustomerConversation": true,
        "purpose": "F", "tags": ["VIP"], "metaData": { "order": 7 },
        "draftAttributes": { "draftStatus": "DRAFTED", "scheduledOn": null },
        "attachments": [{ "fileURL": "https://files.example/a.pdf", "originalFileName": "a.pdf", "mimeType": "application/pdf" }],
    })
}

fn of_messages(client: &Client<'_>) -> Vec<(Method, String, Value)> {
    let message = |attributes: Value| {
        json!({
            "messageAttributes": attributes,
            "messageSendingAttributes": { "sendSynchronously": true, "addSignature": true, "addFooter": false,
                "addTCPAFooter": false, "sendVCard": false,
                "communicationValueOfCustomer": client.tenant.customer_email },
            "notificationAttributes": { "any": 1 },
            "editor": { "uuid": client.user, "name": "Ada", "type": "USER", "departmentUuid": client.department },
            "isFreeMarkerMessage": false, "incomingMessageAttributes": {}, "internalCommentAttributes": {},
            "messageMetadata": {}, "freeMarkerMetadata": {},
        })
    };
    let import = json!({ "callBackPathUrl": "https://x.example/done", "saveMessageRequestList": [{
        "sourceUuid": "old-1", "callBackPathUrl": "https://x.example/done", "sentOn": "2019-05-01T09:00:00Z",
        "receivedOn": "2019-05-01T09:00:01Z", "userUuid": client.user, "messageUuid": "m-1", "communicationUid": "c-1",
        "messageAttributes": attributes("OUTGOING", "TEXT"),
    }] });
    let history = json!({ "lastMessageReceivedOn": "2019-05-01T09:00:00+0700", "protocolsSupported": ["TEXT", "E"],
        "messageUuidsReceivedAtSameTime": ["x"], "maxResults": 7, "fetchDrafts": true, "maxDraftsToBeFetched": 7,
        "isManual": true });
    let (department, customer) = (&client.department, &client.customer);
    let historical = format!(
        "/communications/department/{department}/customer/{customer}/communication/historical"
    );
    let send = client.message_path(&client.user);
    vec![
        (Method::POST, format!("{send}/list"), history),
        (Method::POST, send, message(attributes("OUTGOING", "EMAIL"))),
        (
            Method::POST,
            client.note_path(),
            message(attributes("NOTE", "NONE")),
        ),
        (Method::PUT, historical, import),
    ]
}

fn of_followers(client: &Client<'_>) -> [(Method, String, Value); 2] {
    let event = json!({ "type": "INTERNAL", "category": { "name": "MANUAL", "events": ["INTERNAL_NOTE"] } });
    let followers = json!({ "customerUuid": client.customer, "departmentUuid": client.department, "userEvents": [{
        "user": { "uuid": client.user, "name": "Ada", "type": "USER", "departmentUuid": client.department },
        "addedEvents": [event], "revokedEvents": [event], "events": [],
    }] });
    let subscription = json!({ "userUuid": client.user, "isAsignee": false });
    let subscriptions = json!({
        "internalSubscriptionsAdded": [subscription], "internalSubscriptionsRevoked": [subscription],
        "externalSubscriptionsAdded": [subscription], "externalSubscriptionsRevoked": [subscription],
        "dealerAssociateUuid": null, "isHistoricalSubbscription": false,
    });
    let (department, customer) = (&client.department, &client.customer);
    let path =
        |rest: &str| format!("/communications/department/{department}/customer/{customer}/{rest}");
    [
        (Method::POST, path("followers"), followers),
        (Method::PUT, path("subscription"), subscriptions),
    ]
}

fn of_opt_outs(client: &Client<'_>) -> Vec<(Method, String, Value)> {
    let communication = json!({ "communicationType": "TEXT", "communicationValue": "+49 30 77",
        "okToCommunicate": true, "customerUUID": client.customer });
    let change = json!({
        "customerUUID": client.customer, "messageUUID": null, "userUUID": client.user, "apiCallSource": "TEST",
        "communicationAttributesList": [communication], "event": "OPTIN_MESSAGE_RECEIVED", "updateType": "MESSAGE",
        "processSynchronously": true,
    });
    let path = |rest: &str| format!("/communications/department/{}/{rest}", client.department);
    let customers = json!({ "customerUUIDList": [client.customer] });
    let list = json!({ "communicationList": [communication] });
    [
        ("customers/optoutstatus/list", customers),
        ("communications/optoutstatus/list", list),
        ("optoutstatus", change),
    ]
    .map(|(rest, body)| (Method::POST, path(rest), body))
    .into()
}

fn new_customer(client: &Client<'_>) -> Value {
    json!({
        "requesterUserUUID": client.user, "dealerUUIDList": [client.dealer], "vehicles": [], "validateVin": false,
        "searchForDuplicate": true,
        "customer": {
            "customerUuid": "", "customerKey": "K-1", "firstName": "Mara", "middleName": "J", "lastName": "Okafor",
            "company": "Okafor Ltd", "isBusiness": false, "preferredLocale": "en-us", "preferredCommunication": "text",
            "addresses": [{ "line1": "1 Mill Lane", "line2": "Flat 2", "city": "Ilford", "state": "Essex", "zip": "IG1",
                "country": "GB", "type": "PRIMARY", "addressType": "P", "isValid": true, "isPreferred": true }],
            "emails": [{ "emailAddress": "mara@x.example", "label": "home", "okToEmail": true, "isPreferred": true }],
            "phoneNumbers": [{ "phoneNumber": "+44 20 1", "label": "work", "okToCall": true, "okToText": true,
                "isPreferred": true }],
        },
    })
}

/// Whether a body was refused for its form, and not because it names what is not there.
fn is_malformed(answer: &Answer) -> bool {
    let names =
        ["CUSTOMER", "DEPARTMENT", "USER", "MESSAGE"].map(|kind| format!("INVALID_{kind}_UUID"));
    let error = answer.json()["errors"][0].clone();
    let code = match &error["errorCode"] {
        Value::String(_) => &error["errorCode"],
        _ => &error["errorTitle"],
    };
    answer.status == 400 && !names.iter().any(|name| code == name)
}

on_both! {
    async fn bodies_are_read_as_described(world: World) {
        let client = Client::here(&world).await;
        client.send(&client.user, message("OUTGOING")).await;
        let reader = Reader { document: document(), is_closed: false };
        let values = [json!(null), json!(true), json!(7), json!(0), json!(1_001), json!(-1), json!(""), json!("x"), json!([]),
            json!({}), json!("x".repeat(70_000)), json!(["x"]), json!([null])];
        let (mut accepted, mut refused) = (0, 0);
        for (method, path, whole) in bodies(&client) {
            let operation = operation(document(), &method, &path).expect("an operation");
            let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
            assert_eq!(reader.faults(&whole, schema), Vec::<String>::new(), "{path}");
            let answer = client.call(method.clone(), &path, &whole).await;
            assert_eq!(answer.status, 200, "{path}: {}", answer.json());
            let mut all = Vec::new();
            places(&whole, "", &mut all);
            for place in all.iter().filter(|place| !RULED.contains(&place.as_str())) {
                for value in &values {
                    let mut body = whole.clone();
                    *body.pointer_mut(place).expect("a place") = value.clone();
                    let fits = reader.fits(&body, schema);
                    let answer = client.call(method.clone(), &path, &body).await;
                    let text = String::from_utf8_lossy(&answer.body);
                    assert_eq!(is_malformed(&answer), !fits, "{path} {place} {:.80}: {text}", value.to_string());
                    match fits {
                        true => accepted += 1,
                        false => refused += 1,
                    }
                }
            }
        }
        assert!(accepted > 300 && refused > 600, "{accepted} {refused}");
    }
}
