//! Times at the ends of the calendar: every API reads and shows the years 1 to 9999 (in UTC), and refuses other times in words
//! that name this range.

use heddle_api::date_time::{Cursor, RANGE};
use heddle_domain::Timestamp;
use heddle_testkit::on_both;
use http::Method;
use serde_json::{Value, json};

use super::native::times_in_queries;
use super::values::{times, times_outside};
use crate::catalogue::{Fixture, Sample, helpscout, magicline, mews, rows};
use crate::harness::World;
use crate::native::Api;

/// Returns the time that a text stands for, if it is a date-time with any offset.
pub(super) fn read(text: &str) -> Option<Timestamp> {
    let text = text.split('[').next()?;
    let mut at = Cursor { rest: text };
    let local = at.local(0..=9)?;
    local.timestamp(at.offset_to_end()?).ok()
}

/// Returns every request of the vendor APIs in which a client writes a time. `time` is written there.
fn requests(world: &World, fixture: &Fixture, time: &Value) -> Vec<Sample> {
    let here = &fixture.here;
    let customer = json!({ "id": world.here.customer.get() });
    let thread = json!({ "type": "phone", "text": "Rang", "customer": customer });
    let usual = json!({ "subject": "Kettle", "type": "phone", "mailboxId": world.here.main.get(), "status": "closed",
        "customer": customer, "imported": true, "threads": [thread] });
    let post =
        |path: String, body| helpscout(Method::POST, path, &here.helpscout_token, Some(body));
    let mut samples = Vec::new();
    for place in ["/createdAt", "/closedAt", "/threads/0/createdAt"] {
        let mut body = usual.clone();
        let (parent, name) = place.rsplit_once('/').expect("a place");
        body.pointer_mut(parent).expect("the parent")[name] = time.clone();
        samples.push(post("/v2/conversations".into(), body));
    }
    for kind in ["phones", "chats", "customer", "notes", "reply"] {
        let body =
            json!({ "text": "Rang", "customer": customer, "imported": true, "createdAt": time });
        samples.push(post(
            format!("/v2/conversations/{}/{kind}", here.thread),
            body,
        ));
    }
    let threads = format!("/v1/communications/{}/threads", here.customer);
    for (method, path) in [
        (Method::POST, threads.clone()),
        (Method::PUT, format!("{threads}/{}", here.thread)),
    ] {
        let mut sample = magicline(method, path, &world.here.magicline_key);
        sample.body.as_mut().expect("a body")["communicationDateTime"] = time.clone();
        samples.push(sample);
    }
    for (list, intervals) in [
        ("messageThreads", &["CreatedUtc", "UpdatedUtc"][..]),
        ("messages", &["CreatedUtc"]),
    ] {
        for interval in intervals {
            let body = json!({ "MessageThreadIds": [here.mews_thread], "Limitation": { "Count": 5 },
                *interval: { "StartUtc": time, "EndUtc": time } });
            let operation = format!("{list}/getAll");
            samples.push(mews(
                &operation,
                &world.here.mews_client,
                &world.here.mews_token,
                body,
            ));
        }
    }
    samples
}

on_both! {
    async fn every_vendor_reads_the_whole_calendar_and_names_it_to_others(world: World) {
        let fixture = Fixture::new(&world).await;
        for time in times() {
            for sample in requests(&world, &fixture, &time) {
                let answer = sample.send(&world).await;
                assert!(answer.status.is_success(), "{time} {}: {}", sample.path, answer.json());
            }
        }
        for time in times_outside() {
            for sample in requests(&world, &fixture, &time) {
                let answer = sample.send(&world).await;
                let text = String::from_utf8(answer.body).expect("UTF-8");
                assert_eq!(answer.status, 400, "{time} {}: {text}", sample.path);
                assert!(text.contains(RANGE), "{time} {}: {text}", sample.path);
            }
        }
    }
}

on_both! {
    async fn every_time_in_a_query_may_be_of_the_whole_calendar(world: World) {
        let api = Api::full(&world);
        let known = times_in_queries();
        assert!(known.len() >= 3, "{known:?}");
        let sent = |time: &Value| time.as_str().expect("a text").replace('+', "%2B");
        for (path, name) in known {
            for time in times() {
                let answer = api.get(&format!("{path}?{name}={}", sent(&time))).await;
                assert_eq!(answer.status, 200, "{path} {name}={time}: {}", answer.json());
            }
            for time in times_outside() {
                let answer = api.get(&format!("{path}?{name}={}", sent(&time))).await;
                assert_eq!(answer.status, 422, "{path} {name}={time}");
                assert_eq!(answer.json()["errors"][0]["code"], "range", "{path} {name}={time}");
                assert_eq!(answer.json()["errors"][0]["detail"], RANGE, "{path} {name}={time}");
            }
        }
    }
}

/// Collects the texts that begin like a date with time.
fn dates(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text)
            if text.as_bytes().get(10) == Some(&b'T') && text.as_bytes()[4] == b'-' =>
        {
            found.push(text.clone());
        }
        Value::Array(items) => items.iter().for_each(|item| dates(item, found)),
        Value::Object(members) => members.values().for_each(|member| dates(member, found)),
        _ => {}
    }
}

/// Whether Java's `Instant` and `OffsetDateTime`, .NET's `DateTimeOffset`, Python's `datetime.fromisoformat` (from 3.7 on, with
/// `Z` written as `+00:00`) and JavaScript's `Date` read the text alike: UTC, four-digit year, whole seconds or milliseconds.
fn is_plain(text: &str) -> bool {
    let digits: String = text
        .chars()
        .map(|c| if c.is_ascii_digit() { '0' } else { c })
        .collect();
    let form = digits == "0000-00-00T00:00:00Z" || digits == "0000-00-00T00:00:00.000Z";
    form && !text.starts_with("0000") && read(text).is_some()
}

on_both! {
    async fn every_time_in_every_answer_is_one_that_other_programs_read(world: World) {
        let fixture = Fixture::new(&world).await;
        let ends = times();
        for time in [&ends[0], ends.last().expect("a time")] {
            for sample in requests(&world, &fixture, time) {
                sample.send(&world).await;
            }
        }
        let mut found = Vec::new();
        for row in rows(&world, &fixture) {
            let answer = row.sample.send(&world).await;
            if row.template.contains("openapi") {
                continue;
            }
            if let Ok(body) = serde_json::from_slice(&answer.body) {
                dates(&body, &mut found);
            }
        }
        let feed = Api::full(&world).get("/api/v1/events?limit=100").await.json();
        dates(&feed, &mut found);
        assert!(found.len() > 100, "{}", found.len());
        for end in ["0001-01-01T00:00:00", "9999-12-31T23:59:59"] {
            assert!(found.iter().any(|text| text.starts_with(end)), "{end}");
        }
        let odd: Vec<_> = found.iter().filter(|text| !is_plain(text)).collect();
        assert!(odd.is_empty(), "{odd:?}");
    }
}

on_both! {
    async fn pages_pass_the_ends_of_the_calendar(world: World) {
        let api = Api::full(&world);
        let mut expected = 0;
        for time in times() {
            let message = json!({ "channel": "phone", "direction": "incoming", "imported": true, "occurred_at": time });
            let body = json!({ "inbox_id": world.here.main.get(), "customer_id": world.here.customer.get(),
                "started_at": time, "messages": [message, message] });
            let made = api.post("/api/v1/conversations", body).await;
            assert_eq!(made.status, 201, "{}", made.json());
            expected += 1;
            let messages = format!("/api/v1/conversations/{}/messages", made.json()["id"]);
            for sort in ["occurred", "-occurred"] {
                assert_eq!(api.walk(&format!("{messages}?sort={sort}"), 1).await.len(), 2, "{time}");
            }
        }
        let of = world.here.customer;
        for sort in ["started", "-started", "last_message", "-last_message", "updated", "-created"] {
            let path = format!("/api/v1/conversations?customer_id={of}&sort={sort}");
            assert_eq!(api.walk(&path, 2).await.len(), expected, "{sort}");
        }
    }
}
