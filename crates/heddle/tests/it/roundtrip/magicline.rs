//! Magicline: the answer to a call shows the values of its request.

mod people;

use heddle_domain::limits::{
    LONGEST_AGENT_NAME, LONGEST_SUBJECT, LONGEST_TICKET_LINK, LONGEST_TICKET_NUMBER,
};
use heddle_testkit::on_both;
use http::Method;
use serde_json::Value;

use super::values::{texts, times, words};
use super::{Member, at, check, never, none, vendors, with_whole};
use crate::catalogue::magicline;
use crate::harness::World;

pub(super) const CALLS: &[&str] = &[
    "POST /v1/communications/{customerId}/threads",
    "PUT /v1/communications/{customerId}/threads/{threadId}",
    people::PREFERENCES,
    people::SEARCH,
    people::CUSTOMER,
    people::LEAD,
    people::VALIDATION,
];

const LONG: usize = 100_000;

fn members() -> Vec<Member> {
    let zoned = [
        "2022-06-22T08:00:00.000+02:00[Europe/Berlin]",
        "2022-06-22T08:00+02:00[GMT+02:00]",
    ];
    let times = [times(), words(&zoned)].concat();
    vec![
        at(
            "communicationThreadStatus",
            "/communicationThreadStatus",
            words(&["CREATED", "ONGOING", "CLOSED"]),
        ),
        at("subject", "/subject", texts(0, LONGEST_SUBJECT)),
        at("content", "/content", texts(0, LONG)),
        at(
            "communicationDirection",
            "/communicationDirection",
            words(&["INCOMING", "OUTGOING"]),
        ),
        at(
            "communicationChannel",
            "/communicationChannel",
            words(&[
                "LETTER",
                "EMAIL",
                "TEXT_MESSAGE",
                "PHONE",
                "FAX",
                "CONVERSATION",
                "CHAT",
                "OTHER",
            ]),
        ),
        at(
            "ticketNumber",
            "/ticketNumber",
            texts(0, LONGEST_TICKET_NUMBER),
        ),
        at("ticketLink", "/ticketLink", texts(0, LONGEST_TICKET_LINK)),
        at("agent", "/agent", texts(0, LONGEST_AGENT_NAME)),
        never(
            "communicationDateTime",
            "is not part of the answer (contract section 5.2)",
            times,
        ),
    ]
}

async fn send(world: &World, method: Method, path: &str, body: Value) -> Result<Value, String> {
    let mut sample = magicline(method, path.to_owned(), &world.here.magicline_key);
    sample.body = Some(body);
    let answer = sample.send(world).await;
    match answer.status.is_success() {
        true => Ok(with_whole(answer.json(), &["threadId", "communicationId"])),
        false => Err(format!("{} {}", answer.status, answer.json())),
    }
}

on_both! {
    async fn every_member_of_magicline_makes_the_round_trip(world: World) {
        let list = format!("/v1/communications/{}/threads", world.here.customer);
        let base = magicline(Method::POST, list.clone(), "").body.expect("a body");
        let thread = send(&world, Method::POST, &list, base.clone()).await.expect("a thread");
        let one = format!("{list}/{}", thread["threadId"]);
        let mut faults = Vec::new();
        for (call, method, path) in [(CALLS[0], Method::POST, &list), (CALLS[1], Method::PUT, &one)] {
            let known = vendors::members("magicline", call);
            let send = async |body| send(&world, method.clone(), path, body).await;
            faults.extend(check(call, &known, &base, &members(), send).await);
        }
        none(&faults);
    }
}
