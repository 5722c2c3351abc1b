//! Times at the ends of the calendar: every API reads and shows the years 1 to 9999 (in UTC), and refuses other times in words
//! that name this range.

use heddle_api::date_time::RANGE;
use heddle_domain::Timestamp;
use heddle_testkit::on_both;
use http::Method;
use jiff::civil::DateTime;
use serde_json::{Value, json};

use super::native::{calls, nested, path_in_errors, times_in_body, times_in_queries};
use super::numbers::path;
use super::values::{times, times_outside};
use crate::catalogue::{Fixture, Sample, helpscout, magicline, mews, rows};
use crate::harness::World;
use crate::native::Api;

/// Returns the time that a text stands for, if it is a date-time of the calendar with any offset. It does not use the parser of
/// the APIs, which these tests are about.
pub(super) fn read(text: &str) -> Option<Timestamp> {
    const EPOCH: DateTime = DateTime::constant(1970, 1, 1, 0, 0, 0, 0);
    let (date, time) = text.split('[').next()?.split_once('T')?;
    let (time, offset) = time.split_at(time.find(['Z', '+', '-']).unwrap_or(time.len()));
    let local: DateTime = format!("{date}T{time}").parse().ok()?;
    let nanos = local.duration_since(EPOCH).as_nanos();
    let ms = i64::try_from(nanos.div_euclid(1_000_000)).ok()?;
    let at = Timestamp(ms - minutes(offset)? * 60_000);
    at.is_in_calendar().then_some(at)
}

/// Reads an offset as minutes east of UTC.
fn minutes(offset: &str) -> Option<i64> {
    let (sign, digits) = match offset.split_at_checked(1) {
        None | Some(("Z", "")) => return Some(0),
        Some(("+", digits)) => (1, digits),
        Some(("-", digits)) => (-1, digits),
        _ => return None,
    };
    let (hours, minutes) = digits.split_once(':').unwrap_or((digits, "0"));
    Some(sign * (hours.parse::<i64>().ok()? * 60 + minutes.parse::<i64>().ok()?))
}

#[test]
fn the_times_of_these_tests_are_read_right() {
    for (text, ms) in [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01T00:00:00.0019+00:01", -59_999),
        ("1969-12-31T23:59:59.9999-01:30", 5_399_999),
        ("2000-03-01T00:00Z", 951_868_800_000),
        ("9999-12-31T12:59:59.999-11:00", Timestamp::LAST.0),
        ("0001-01-01T14:00:00+14:00[x]", Timestamp::FIRST.0),
    ] {
        assert_eq!(read(text), Some(Timestamp(ms)), "{text}");
    }
    for text in ["0001-01-01T00:00:00+00:01", "2025-02-29T00:00:00Z", "Tag"] {
        assert_eq!(read(text), None, "{text}");
    }
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

on_both! {
    async fn every_time_in_a_native_body_outside_the_calendar_is_refused_with_the_range(world: World) {
        let api = Api::full(&world);
        let mut seen = 0;
        for call in calls() {
            let (method, path) = path(&call);
            for place in times_in_body(&call) {
                for time in times_outside() {
                    let answer = api.send(method.clone(), &path, Some(nested(&place, &time))).await;
                    let body = answer.json();
                    assert_eq!(answer.status, 422, "{call} {place} {time}: {body}");
                    let errors = body["errors"].as_array().expect("errors");
                    let fault = errors.iter().find(|fault| fault["field"] == path_in_errors(&place));
                    let fault = fault.unwrap_or_else(|| panic!("{call} {place} {time}: {body}"));
                    assert_eq!((&fault["code"], &fault["detail"]), (&json!("range"), &json!(RANGE)), "{call} {place} {time}");
                    seen += 1;
                }
            }
        }
        assert!(seen > 30, "{seen}");
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
