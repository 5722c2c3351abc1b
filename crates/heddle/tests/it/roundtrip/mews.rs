//! Mews: what `add` writes is read back with `getAll`. The filters of `getAll` take the ids and times that it shows.

use heddle_testkit::on_both;
use serde_json::{Value, json};

use super::values::texts;
use super::{Member, at, check, names, never, none, vendors, with_whole};
use crate::catalogue::{Fixture, mews};
use crate::harness::World;

pub(super) const CALLS: &[&str] = &[GET_THREADS, ADD_THREAD, GET_MESSAGES, ADD_MESSAGES];
const GET_THREADS: &str = "POST /api/connector/v1/messageThreads/getAll";
const ADD_THREAD: &str = "POST /api/connector/v1/messageThreads/add";
const GET_MESSAGES: &str = "POST /api/connector/v1/messages/getAll";
const ADD_MESSAGES: &str = "POST /api/connector/v1/messages/add";

/// What differs from one thread or message to the next.
const VOLATILE: [&str; 4] = ["Id", "CreatedUtc", "UpdatedUtc", "Cursor"];
/// The longest name, in characters.
const NAME: usize = 1_000;
/// The longest message, in characters.
const TEXT: usize = 64 << 10;

pub(super) async fn call(world: &World, call: &str, body: Value) -> Result<Value, String> {
    let operation = call.trim_start_matches("POST /api/connector/v1/");
    let sample = mews(
        operation,
        &world.here.mews_client,
        &world.here.mews_token,
        body,
    );
    let answer = sample.send(world).await;
    match answer.status.is_success() {
        true => Ok(answer.json()),
        false => Err(format!("{} {}", answer.status, answer.json())),
    }
}

/// The members that hold the credentials.
pub(super) fn credentials() -> Vec<Member> {
    let names = ["Client", "ClientToken", "AccessToken"];
    names
        .map(|name| never(name, "is a credential", Vec::new()))
        .into()
}

pub(super) fn page() -> Value {
    json!({ "Count": 1_000 })
}

on_both! {
    async fn every_member_that_mews_stores_makes_the_round_trip(world: World) {
        let fixture = Fixture::new(&world).await;
        let mut members = credentials();
        members.push(at("OriginalSender", "/MessageThreads/0/OriginalSender", texts(1, NAME)));
        members.push(at("Subject", "/MessageThreads/0/Subject", texts(1, NAME)));
        let base = json!({ "OriginalSender": "Mara", "Subject": "Van" });
        let send = async |body: Value| {
            let added = call(&world, ADD_THREAD, body).await?;
            let ids = json!([added["MessageThreads"][0]["Id"]]);
            let list = json!({ "MessageThreadIds": ids, "Limitation": page() });
            let listed = call(&world, GET_THREADS, list).await?;
            assert_eq!(listed["MessageThreads"], added["MessageThreads"]);
            Ok(with_whole(listed, &VOLATILE))
        };
        let known = vendors::members("mews", ADD_THREAD);
        let mut faults = check(ADD_THREAD, &known, &base, &members, send).await;

        let mut members = credentials();
        let thread = &fixture.here.mews_thread;
        members.push(at("Messages.MessageThreadId", "/Messages/0/MessageThreadId", vec![json!(thread)]));
        members.push(names("Messages.ThreadId", vec![json!(thread)]));
        members.push(at("Messages.Text", "/Messages/0/Text", texts(1, TEXT)));
        members.push(at("Messages.Identifier", "/Identifier", texts(0, 20_000)));
        let base = json!({ "Messages": [{ "MessageThreadId": thread, "Text": "Hello" }] });
        let send = async |body: Value| {
            let added = call(&world, ADD_MESSAGES, body).await?;
            let list = json!({ "MessageThreadIds": [thread], "Limitation": { "Count": 1 } });
            let mut listed = call(&world, GET_MESSAGES, list).await?;
            assert_eq!(listed["Messages"][0], added["Messages"][0]["Message"]);
            listed["Identifier"] = added["Messages"][0]["Identifier"].clone();
            Ok(with_whole(listed, &VOLATILE))
        };
        let known = vendors::members("mews", ADD_MESSAGES);
        faults.extend(check(ADD_MESSAGES, &known, &base, &members, send).await);
        none(&faults);
    }
}

on_both! {
    async fn the_filters_of_mews_take_what_its_lists_show(world: World) {
        let fixture = Fixture::new(&world).await;
        let thread = json!(fixture.here.mews_thread);
        let message = json!({ "Messages": [{ "MessageThreadId": thread, "Text": "Hello" }] });
        call(&world, ADD_MESSAGES, message).await.expect("a message");
        let mut faults = Vec::new();
        for (get, list) in [(GET_THREADS, "MessageThreads"), (GET_MESSAGES, "Messages")] {
            let all = json!({ "MessageThreadIds": [thread], "Limitation": page() });
            let seen = call(&world, get, all.clone()).await.expect("a list");
            let first = &seen[list][0];
            let mut members = credentials();
            members.push(names("EnterpriseIds", vec![json!([fixture.here.enterprise])]));
            members.push(names("MessageThreadIds", vec![json!([thread])]));
            members.push(names("Limitation.Count", vec![json!(1), json!(1_000)]));
            members.push(names("Limitation.Cursor", vec![Value::Null, seen["Cursor"].clone()]));
            for (name, time) in [("CreatedUtc", &first["CreatedUtc"]), ("UpdatedUtc", &first["UpdatedUtc"])] {
                if get == GET_MESSAGES && name == "UpdatedUtc" {
                    continue;
                }
                let span = json!({ "StartUtc": time, "EndUtc": time });
                let mut body = all.clone();
                body[name] = span.clone();
                let found = call(&world, get, body).await.expect("a list");
                assert_eq!(found[list][0], *first, "{get} {name}");
                for side in ["StartUtc", "EndUtc"] {
                    let path = String::leak(format!("{name}.{side}"));
                    members.push(names(path, vec![time.clone()]).with(json!({ name: span })));
                }
            }
            let known = vendors::members("mews", get);
            let send = async |body: Value| call(&world, get, body).await;
            faults.extend(check(get, &known, &all, &members, send).await);
        }
        none(&faults);
    }
}
