//! myKaarma's message list, historical import and opt-outs. What the list takes selects messages; what the import takes, the list
//! shows.

use std::sync::atomic::{AtomicU32, Ordering};

use heddle_testkit::on_both;
use http::Method;
use serde_json::{Value, json};

use super::mykaarma::{attributes_of_message, call, message_path};
use super::values::{MEDIA_TYPES, flags, texts, times, words};
use super::{Member, Shown, at, check, names, never, none, vendors};
use crate::catalogue::Fixture;
use crate::harness::World;

pub(super) const CALLS: &[&str] = &[HISTORY, IMPORT, CHANGE, OF_CUSTOMERS, OF_COMMUNICATIONS];
const HISTORY: &str = "POST /communications/department/{departmentUUID}/user/{userUUID}/customer/{customerUUID}/message/list";
const IMPORT: &str = "PUT /communications/department/{departmentUUID}/customer/{customerUUID}/communication/historical";
const CHANGE: &str = "POST /communications/department/{departmentUUID}/optoutstatus";
const OF_CUSTOMERS: &str =
    "POST /communications/department/{departmentUUID}/customers/optoutstatus/list";
const OF_COMMUNICATIONS: &str =
    "POST /communications/department/{departmentUUID}/communications/optoutstatus/list";

const LISTED: &str = "the message list shows it";
const NO_EFFECT: &str = "is stored without effect";

/// Sends a message; returns its id.
async fn sent(world: &World, fixture: &Fixture) -> Value {
    let body =
        json!({ "messageAttributes": { "body": "Ready", "type": "INCOMING", "protocol": "TEXT" } });
    let path = message_path(fixture);
    let seen = call(world, Method::POST, path, body).await;
    seen.expect("a message")["messageUUID"].clone()
}

on_both! {
    async fn the_message_list_of_mykaarma_takes_what_it_shows(world: World) {
        let fixture = Fixture::new(&world).await;
        let uuid = sent(&world, &fixture).await;
        let path = format!("{}/list", message_path(&fixture));
        let seen = call(&world, Method::POST, path.clone(), json!({})).await.expect("a list");
        let shown = &seen["messageDTOList"][0];
        assert_eq!(shown["uuid"], uuid);
        let mut received = times();
        received.push(shown["receivedOn"].clone());
        let members = vec![
            names("lastMessageReceivedOn", received),
            names("protocolsSupported", vec![json!([]), json!(["TEXT", "EMAIL", "VOICE_CALL", "NONE"]), json!([shown["protocol"]])]),
            names("messageUuidsReceivedAtSameTime", vec![json!([]), json!([uuid])]),
            names("maxResults", vec![json!(0), json!(1_000)]),
            names("maxDraftsToBeFetched", vec![json!(0), json!(1_000)]),
            names("fetchDrafts", flags()),
            names("isManual", flags()),
        ];
        let send = async |body: Value| call(&world, Method::POST, path.clone(), body).await;
        none(&check(HISTORY, &vendors::members("mykaarma", HISTORY), &json!({}), &members, send).await);
    }
}

/// Returns the members of a message to import.
fn imported(fixture: &Fixture) -> Vec<Member> {
    let of =
        |name: &str| -> &'static str { String::leak(format!("saveMessageRequestList.{name}")) };
    let attribute = |name: &str| of(&format!("messageAttributes.{name}"));
    let mut members = vec![
        at(
            of("sourceUuid"),
            "/saveMessageResponse/0/sourceUuid",
            texts(1, 200),
        ),
        names(of("userUuid"), vec![json!(fixture.here.agent_public)]),
        never(of("sentOn"), LISTED, times()),
        never(of("receivedOn"), LISTED, times()),
        never(of("messageUuid"), NO_EFFECT, words(&["m-1"])),
        never(of("communicationUid"), LISTED, words(&["c-1"])),
        never(
            of("callBackPathUrl"),
            NO_EFFECT,
            words(&["https://x.example/done"]),
        ),
        never(
            attribute("type"),
            LISTED,
            words(&["OUTGOING", "INCOMING", "NOTE", "S", "I", "N"]),
        ),
        never(
            attribute("protocol"),
            LISTED,
            words(&["TEXT", "EMAIL", "VOICE_CALL", "NONE", "X", "E", "V"]),
        ),
        never(
            attribute("attachments.fileURL"),
            LISTED,
            words(&["https://x.example/ä b?c=d"]),
        ),
        never(
            attribute("attachments.originalFileName"),
            LISTED,
            texts(0, 255),
        ),
        never(
            attribute("attachments.mimeType"),
            LISTED,
            words(MEDIA_TYPES),
        ),
        never(
            "callBackPathUrl",
            NO_EFFECT,
            words(&["https://x.example/done"]),
        ),
    ];
    members.extend(attributes_of_message().into_iter().map(|member| Member {
        path: of(member.path),
        shown: Shown::Never(LISTED),
        ..member
    }));
    members
}

on_both! {
    async fn what_is_imported_through_mykaarma_is_taken(world: World) {
        let fixture = Fixture::new(&world).await;
        let here = &fixture.here;
        let path = format!("/communications/department/{}/customer/{}/communication/historical", here.main_public, here.customer_public);
        let usual = json!({ "saveMessageRequestList": [{
            "sourceUuid": "usual", "sentOn": "2019-05-01T09:00:00Z", "messageAttributes": {
                "body": "Old", "type": "OUTGOING", "protocol": "TEXT", "attachments": [{ "fileURL": "https://x.example/a" }] },
        }] });
        let count = AtomicU32::new(0);
        let send = async |mut body: Value| {
            let source = &mut body["saveMessageRequestList"][0]["sourceUuid"];
            if source == "usual" {
                *source = json!(format!("usual-{}", count.fetch_add(1, Ordering::Relaxed)));
            }
            call(&world, Method::PUT, path.clone(), body).await
        };
        none(&check(IMPORT, &vendors::members("mykaarma", IMPORT), &usual, &imported(&fixture), send).await);
    }
}

on_both! {
    async fn opt_outs_of_mykaarma_take_what_they_show(world: World) {
        let fixture = Fixture::new(&world).await;
        let uuid = sent(&world, &fixture).await;
        let here = &fixture.here;
        let path = |rest: &str| format!("/communications/department/{}/{rest}", here.main_public);
        let customer = vec![json!(here.customer_public)];
        let address = json!({ "communicationType": "TEXT", "communicationValue": "+49 30 1234" });
        let communication = |list: &str| {
            let of = |name: &str| -> &'static str { String::leak(format!("{list}.{name}")) };
            vec![
                names(of("communicationType"), words(&["TEXT", "PHONE", "X"])),
                names(of("communicationValue"), words(&["+49 30 1234", "1"])),
                never(of("okToCommunicate"), "the answer has its own", flags()),
                names(of("customerUUID"), customer.clone()),
            ]
        };
        let mut members = communication("communicationAttributesList");
        members.extend([
            names("customerUUID", customer.clone()),
            names("messageUUID", vec![uuid]),
            names("userUUID", vec![json!(here.agent_public)]),
            never("apiCallSource", "says nothing", texts(0, 100)),
            names("event", words(&["STOP_MESSAGE_RECEIVED", "OPTIN_MESSAGE_RECEIVED"])),
            names("updateType", words(&["MESSAGE", "CUSTOMER"])),
            never("processSynchronously", "it always is", flags()),
        ]);
        let base = json!({ "event": "STOP_MESSAGE_RECEIVED", "communicationAttributesList": [address] });
        let send = async |body: Value| call(&world, Method::POST, path("optoutstatus"), body).await;
        let mut faults = check(CHANGE, &vendors::members("mykaarma", CHANGE), &base, &members, send).await;
        let base = json!({ "communicationList": [address] });
        let send = async |body: Value| call(&world, Method::POST, path("communications/optoutstatus/list"), body).await;
        let members = communication("communicationList");
        faults.extend(check(OF_COMMUNICATIONS, &vendors::members("mykaarma", OF_COMMUNICATIONS), &base, &members, send).await);
        let members = [names("customerUUIDList", vec![json!(customer)])];
        let send = async |body: Value| call(&world, Method::POST, path("customers/optoutstatus/list"), body).await;
        faults.extend(check(OF_CUSTOMERS, &vendors::members("mykaarma", OF_CUSTOMERS), &json!({}), &members, send).await);
        none(&faults);
    }
}
