use heddle_http::members::Body;
use heddle_http::shape::Shape;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn ms(text: &str) -> Option<i64> {
    moment(text).ok().map(|at| at.floor().0)
}

fn read(interval_: Value, months: i32) -> Result<Option<Span>, String> {
    let body = json!({ "CreatedUtc": interval_ }).to_string();
    let body = Body::parse(body.as_bytes(), &Shape::Whole).expect("an object");
    let read = body.read(|body| interval(&body.get("CreatedUtc"), months));
    read.map_err(|fault| format!("{fault:?}"))
}

fn between(start: &str, end: &str, months: i32) -> Result<Option<Span>, String> {
    read(json!({ "StartUtc": start, "EndUtc": end }), months)
}

#[test]
fn an_instant_can_have_several_formats() {
    let second = 1_778_746_897_000;
    for (text, expected) in [
        ("2026-05-14T08:21:37Z", second),
        ("2026-05-14T08:21:37z", second),
        ("2026-05-14t08:21:37Z", second),
        ("2026-05-14T08:21:37+00:00", second),
        ("2026-05-14T10:21:37+02:00", second),
        ("2026-05-14T10:21:37+0200", second),
        ("2026-05-14T10:21:37+02", second),
        ("2026-05-14T02:51:37-05:30", second),
        ("2026-05-14T08:21:37", second),
        ("2026-05-14T08:21:37.5Z", second + 500),
        ("2026-05-14T08:21:37.123Z", second + 123),
        ("2026-05-14T08:21:37.1234567+00:00", second + 123),
        ("2026-05-14T08:21Z", second - 37_000),
        ("1970-01-01T00:00:00Z", 0),
    ] {
        assert_eq!(ms(text), Some(expected), "{text}");
    }
}

#[test]
fn other_texts_are_refused() {
    for text in [
        "",
        "2026-05-14",
        "2026-05-14 08:21:37Z",
        "2026-02-30T08:21:37Z",
        "2026-05-14T24:00:00Z",
        "2026-05-14T08:60:00Z",
        "2026-05-14T08:21:60Z",
        "2026-05-14T08:21:37.Z",
        "2026-05-14T08:21:37.12345678Z",
        "2026-05-14T08:21:37,5Z",
        "2026-05-14T08:21:37ZZ",
        "2026-05-14T08:21:37+",
        "2026-05-14T08:21:37+2:00",
        "2026-05-14T08:21:37+24:00",
        "2026-05-14T08:21:37+02:60",
        "2026-05-14T08:21:37[UTC]",
        "20260514T082137Z",
        "１026-05-14T08:21:37Z",
    ] {
        assert_eq!(moment(text), Err(Wrong::Form), "{text}");
    }
}

#[test]
fn an_interval_is_half_open_at_full_precision() {
    let found = between("2026-05-14T08:21:37.001Z", "2026-05-14T08:21:38Z", 1);
    let second = 1_778_746_897_000;
    let expected = |start, end| {
        Ok(Some(Span {
            start: Timestamp(start),
            end: Timestamp(end),
        }))
    };
    assert_eq!(found, expected(second + 1, second + 1_000));
    let finer = between(
        "2026-05-14T08:21:37.0010001Z",
        "2026-05-14T08:21:37.9999999Z",
        1,
    );
    assert_eq!(finer, expected(second + 2, second + 1_000));
}

#[test]
fn equal_ends_mean_that_second_or_that_millisecond() {
    let second = 1_778_746_897_000;
    for (text, start, length) in [
        ("2026-05-14T08:21:37Z", second, 1_000),
        ("2026-05-14T08:21:37.000Z", second, 1_000),
        ("2026-05-14T08:21:37.250Z", second + 250, 1),
        ("2026-05-14T08:21:37.2505Z", second + 250, 1),
    ] {
        let expected = Span {
            start: Timestamp(start),
            end: Timestamp(start + length),
        };
        assert_eq!(between(text, text, 1), Ok(Some(expected)), "{text}");
    }
    let other_offset = between("2026-05-14T10:21:37+02:00", "2026-05-14T08:21:37Z", 1);
    assert_eq!(
        other_offset.map(|span| span.map(|s| s.end.0)),
        Ok(Some(second + 1_000))
    );
}

#[test]
fn an_interval_has_calendar_months_and_a_day() {
    for (start, end, months, allowed) in [
        ("2026-01-14T00:00:00Z", "2026-04-14T00:00:00Z", 3, true),
        ("2026-01-14T00:00:00Z", "2026-04-15T00:00:00Z", 3, true),
        ("2026-01-14T00:00:00Z", "2026-04-15T00:00:00.001Z", 3, false),
        ("2026-01-14T00:00:00Z", "2026-04-16T00:00:00Z", 3, false),
        // Three months with 92 days.
        ("2026-07-01T00:00:00Z", "2026-10-01T00:00:00Z", 3, true),
        // 30 November plus three months is the last day of February.
        ("2025-11-30T00:00:00Z", "2026-03-01T00:00:00Z", 3, true),
        ("2025-11-30T00:00:00Z", "2026-03-01T00:00:01Z", 3, false),
        ("2026-01-31T00:00:00Z", "2026-03-01T00:00:00Z", 1, true),
        ("2026-01-31T00:00:00Z", "2026-03-01T00:00:01Z", 1, false),
        ("2026-07-01T00:00:00Z", "2026-08-02T00:00:00Z", 1, true),
        ("2026-07-01T00:00:00Z", "2026-08-10T00:00:00Z", 1, false),
        ("9999-12-01T00:00:00Z", "9999-12-30T00:00:00Z", 3, true),
    ] {
        let found = between(start, end, months);
        assert_eq!(found.is_ok(), allowed, "{start} {end}");
    }
}

#[test]
fn an_interval_needs_both_sides_in_order() {
    let start = "2026-05-14T08:21:37Z";
    for wrong in [
        json!({}),
        json!({ "StartUtc": start }),
        json!({ "EndUtc": start }),
        json!({ "StartUtc": start, "EndUtc": null }),
        json!({ "StartUtc": start, "EndUtc": 5 }),
        json!({ "StartUtc": start, "EndUtc": "2026-05-14T08:21:36Z" }),
        json!([start, start]),
        json!(start),
        json!(false),
    ] {
        assert!(read(wrong.clone(), 3).is_err(), "{wrong}");
    }
    assert_eq!(read(Value::Null, 3), Ok(None));
}

#[test]
fn preferences_are_read_as_the_header_has_them() {
    for (lines, minimal) in [
        (&["return=minimal"][..], true),
        (&["Return = \"minimal\"; x=y"], true),
        (&["respond-async, return=minimal"], true),
        (&["respond-async", "return=minimal"], true),
        (&["return=representation", "return=minimal"], false),
        (&["return"], false),
        (&["x=minimal"], false),
        (&[], false),
    ] {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append("prefer", line.parse().expect("a header value"));
        }
        assert_eq!(prefers_minimal(&headers), minimal, "{lines:?}");
    }
}

#[test]
fn the_ends_of_the_calendar_are_read_and_what_is_beyond_is_out_of_range() {
    let last = between("9999-12-31T00:00:00Z", "9999-12-31T23:59:59.9999999Z", 1);
    let expected = Span {
        start: Timestamp(253_402_214_400_000),
        end: Timestamp(253_402_300_800_000),
    };
    assert_eq!(last, Ok(Some(expected)));
    assert_eq!(ms("0001-01-01T00:00:00"), Some(Timestamp::FIRST.0));
    for text in [
        "0000-05-14T08:21:37Z",
        "9999-12-31T23:59:59-01:00",
        "0001-01-01T00:00:00+14:00",
        "+010000-01-01T00:00:00Z",
    ] {
        assert_eq!(moment(text), Err(Wrong::Range), "{text}");
        let refused = between(text, text, 1).expect_err("outside the calendar");
        assert!(
            refused.contains("must be from 0001-01-01T00:00:00Z to 9999-12-31"),
            "{refused}"
        );
    }
}

proptest! {
    #[test]
    fn reading_any_text_does_not_panic(text in "\\PC{0,40}") {
        let _ = moment(&text);
    }

    #[test]
    fn a_printed_instant_parses_to_the_same_value(at in Timestamp::FIRST.0..=Timestamp::LAST.0) {
        prop_assert_eq!(ms(&Timestamp(at).to_text_with_ms()), Some(at));
    }
}
