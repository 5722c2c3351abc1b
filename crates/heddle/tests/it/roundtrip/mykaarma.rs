//! What myKaarma shows of what it takes: the ids of threads, users and customers, and `metaData`.

use heddle_domain::limits::{LONGEST_AGENT_NAME, LONGEST_SUBJECT};
use heddle_testkit::{On, on_both};
use http::Method;
use serde_json::{Value, json};

use super::values::{MEDIA_TYPES, flags, texts, words};
use super::{Member, at, check, names, never, none, roomy, vendors, with_whole};
use crate::catalogue::{Fixture, mykaarma};
use crate::harness::World;

pub(super) const CALLS: &[&str] = &[LIST, SEND, NOTE, DELEGATE];
const LIST: &str =
    "POST /communications/departments/{departmentUUID}/customers/{customerUUID}/threads";
const SEND: &str = "POST /communications/department/{departmentUUID}/user/{userUUID}/customer/{customerUUID}/message";
const NOTE: &str =
    "POST /communications/department/{departmentUUID}/customer/{customerUUID}/message";
const DELEGATE: &str = "PUT /communications/dealers/{dealerUUID}/delegate";

/// What differs from one message to the next.
const VOLATILE: [&str; 2] = ["messageUUID", "requestUUID"];
const STORED: &str = "the message list shows it";
const NO_EFFECT: &str = "is stored without effect";

pub(super) async fn call(
    world: &World,
    method: Method,
    path: String,
    body: Value,
) -> Result<Value, String> {
    let sample = mykaarma(method, path, &world.here.mykaarma, Some(body));
    let answer = sample.send(world).await;
    match answer.status.is_success() {
        true => Ok(answer.json()),
        false => Err(format!("{} {}", answer.status, answer.json())),
    }
}

/// Returns the path of a message to the customer.
pub(super) fn message_path(fixture: &Fixture) -> String {
    let here = &fixture.here;
    let (department, user) = (&here.main_public, &here.agent_public);
    let customer = &here.customer_public;
    format!("/communications/department/{department}/user/{user}/customer/{customer}/message")
}

fn message(fixture: &Fixture, is_note: bool) -> (Value, Vec<Member>) {
    let (kind, protocol) = if is_note {
        ("NOTE", "NONE")
    } else {
        ("OUTGOING", "TEXT")
    };
    let attributes = json!({ "body": "Ready", "type": kind, "protocol": protocol });
    let mut members = Vec::from(words_of_message(is_note));
    members.extend(attributes_of_message());
    members.extend(files(&attributes));
    members.extend(editor(fixture));
    members.extend(sending());
    members.extend(without_effect());
    (json!({ "messageAttributes": attributes }), members)
}

fn words_of_message(is_note: bool) -> [Member; 2] {
    let types = if is_note {
        &["NOTE", "N"][..]
    } else {
        &["OUTGOING", "INCOMING", "NOTE", "DRAFT", "S", "I", "N", "D"]
    };
    let protocols = if is_note {
        &["NONE", "N"][..]
    } else {
        &["TEXT", "EMAIL", "VOICE_CALL", "NONE", "X", "E", "V", "N"]
    };
    [
        never("messageAttributes.type", STORED, words(types)),
        never("messageAttributes.protocol", STORED, words(protocols)),
    ]
}

pub(super) fn attributes_of_message() -> Vec<Member> {
    let meta = json!({ "größe": 12345678901234567_i64, "n": 1e21, "f": 0.1, "u": "\u{1F9F5}\u{ffff}", "d": { "": [null, true] } });
    let tags = vec![json!([]), json!(["A", "ä"])];
    let of = |name: &str| -> &'static str { String::leak(format!("messageAttributes.{name}")) };
    vec![
        at(of("metaData"), "/metaData", vec![json!({}), meta]),
        never(of("body"), STORED, texts(0, 20_000)),
        never(of("subject"), STORED, texts(0, LONGEST_SUBJECT)),
        never(of("isManual"), STORED, flags()),
        never(of("updateThreadTimestamp"), STORED, flags()),
        never(of("updateTotalMessageCount"), NO_EFFECT, flags()),
        never(of("showInCustomerConversation"), NO_EFFECT, flags()),
        never(of("purpose"), NO_EFFECT, texts(0, 64)),
        never(of("tags"), NO_EFFECT, tags),
        never(
            of("draftAttributes.draftStatus"),
            NO_EFFECT,
            words(&["DRAFTED"]),
        ),
        never(
            of("draftAttributes.scheduledOn"),
            "is not supported",
            Vec::new(),
        ),
    ]
}

/// Returns the members of a file. `attributes` are those of a usual message.
fn files(attributes: &Value) -> [Member; 3] {
    let mut filed = attributes.clone();
    filed["attachments"] = json!([{ "fileURL": "https://x.example/a" }]);
    let filed = json!({ "messageAttributes": filed });
    let of = |name: &str| -> &'static str {
        String::leak(format!("messageAttributes.attachments.{name}"))
    };
    [
        never(of("fileURL"), STORED, words(&["https://x.example/ä b?c=d"])),
        never(of("originalFileName"), STORED, texts(0, 255)),
        never(of("mimeType"), STORED, words(MEDIA_TYPES)),
    ]
    .map(|member| member.with(filed.clone()))
}

fn editor(fixture: &Fixture) -> [Member; 4] {
    let agent = vec![json!(fixture.here.agent_public)];
    [
        never("editor.uuid", STORED, agent),
        never("editor.name", STORED, texts(0, LONGEST_AGENT_NAME)),
        never("editor.type", STORED, words(&["USER"])),
        never("editor.departmentUuid", STORED, words(&["x"])),
    ]
}

fn sending() -> Vec<Member> {
    let of =
        |name: &str| -> &'static str { String::leak(format!("messageSendingAttributes.{name}")) };
    let receiver = words(&["ito@here.example"]);
    let mut members = vec![never(of("communicationValueOfCustomer"), STORED, receiver)];
    for name in [
        "sendSynchronously",
        "addSignature",
        "addFooter",
        "addTCPAFooter",
        "sendVCard",
    ] {
        members.push(never(of(name), NO_EFFECT, flags()));
    }
    members
}

fn without_effect() -> Vec<Member> {
    let any = || vec![json!({ "any": [1] })];
    let mut members = vec![
        never("notificationAttributes", NO_EFFECT, any()),
        never("isFreeMarkerMessage", NO_EFFECT, vec![json!(false)]),
    ];
    for name in [
        "incomingMessageAttributes",
        "internalCommentAttributes",
        "messageMetadata",
        "freeMarkerMetadata",
    ] {
        members.push(never(name, NO_EFFECT, any()));
    }
    members
}

async fn messages(on: On) {
    let world = roomy(on).await;
    let fixture = Fixture::new(&world).await;
    let here = &fixture.here;
    let (department, user, customer) =
        (&here.main_public, &here.agent_public, &here.customer_public);
    let mut faults = Vec::new();
    for (name, is_note, path) in [
        (
            SEND,
            false,
            format!(
                "/communications/department/{department}/user/{user}/customer/{customer}/message"
            ),
        ),
        (
            NOTE,
            true,
            format!("/communications/department/{department}/customer/{customer}/message"),
        ),
    ] {
        let (base, members) = message(&fixture, is_note);
        let known = vendors::members("mykaarma", name);
        let send = async |body: Value| {
            let seen = call(&world, Method::POST, path.clone(), body).await?;
            Ok(with_whole(seen, &VOLATILE))
        };
        faults.extend(check(name, &known, &base, &members, send).await);
    }
    none(&faults);
}

#[tokio::test]
async fn every_member_of_a_message_makes_the_round_trip_on_sqlite() {
    messages(On::Sqlite).await;
}

#[tokio::test]
async fn every_member_of_a_message_makes_the_round_trip_on_postgres() {
    messages(On::Postgres).await;
}

on_both! {
    async fn the_list_and_the_delegation_of_mykaarma_take_what_the_list_shows(world: World) {
        let fixture = Fixture::new(&world).await;
        let here = &fixture.here;
        let list = format!("/communications/departments/{}/customers/{}/threads", here.main_public, here.customer_public);
        let delegate = format!("/communications/dealers/{}/delegate", here.dealer);
        let bulk = json!({ "customerUUIDList": [here.customer_public], "toDealerAssociateUUID": here.agent_public });
        let body = json!({ "bulkAutoDelegate": bulk });
        call(&world, Method::PUT, delegate.clone(), body.clone()).await.expect("delegated");
        let seen = call(&world, Method::POST, list.clone(), json!({})).await.expect("a list");
        let thread = &seen["customerThreads"][0];
        assert_eq!(thread["userUuid"], here.agent_public.as_str());
        let members = vec![
            names("assigneeUserUUID", vec![thread["userUuid"].clone(), json!("")]),
            names("isArchived", flags()),
            names("isClosed", flags()),
            names("maxResults", vec![json!(0), json!(1_000)]),
            names("sortOrderKey", words(&["LAST_MESSAGE_ON", "LAST_DELEGATION_ON"])),
            names("sortOrder", words(&["ASC", "DESC"])),
        ];
        let send = async |body: Value| call(&world, Method::POST, list.clone(), body).await;
        let mut faults = check(LIST, &vendors::members("mykaarma", LIST), &json!({}), &members, send).await;
        let user = json!({ "userDelegationDetail": {
            "delegatedFromUUID": thread["userUuid"], "delegatedToUUID": thread["userUuid"] } });
        let of_user = |path, values| names(path, values).with(json!({
            "userDelegationDetail": user["userDelegationDetail"], "bulkAutoDelegate": null }));
        let delegators = words(&["DEALER_ASSOCIATE", "AUTO_DELEGATION", "ADMIN_TOOL", "OTHER"]);
        let members = vec![
            never("outOfOfficeTurnOffDelegation", "is not supported", vec![Value::Null]),
            never("delegator", "only the event has it", delegators.clone()),
            of_user("userDelegationDetail.delegatedFromUUID", vec![thread["userUuid"].clone()]),
            of_user("userDelegationDetail.delegatedToUUID", vec![thread["userUuid"].clone()]),
            of_user("userDelegationDetail.delegatorUUID", vec![thread["userUuid"].clone()]),
            of_user("userDelegationDetail.delegator", delegators),
            never("bulkAutoDelegate.applyRuleToCheckForOutgoingCommExistsForDA", "is not supported", vec![json!(false)]),
            never("bulkAutoDelegate.logInMongo", "has no effect", flags()),
            names("bulkAutoDelegate.customerUUIDList", vec![json!([thread["customerUuid"]])]),
            names("bulkAutoDelegate.toDealerAssociateUUID", vec![thread["userUuid"].clone()]),
        ];
        let send = async |body: Value| call(&world, Method::PUT, delegate.clone(), body).await.map(|_| Value::Null);
        faults.extend(check(DELEGATE, &vendors::members("mykaarma", DELEGATE), &body, &members, send).await);
        none(&faults);
    }
}
