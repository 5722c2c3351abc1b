use std::borrow::Cow;

use serde_json::json;

use super::*;

fn body(value: Value) -> Body {
    Body::parse(value.to_string().as_bytes(), &Shape::Whole).expect("an object")
}

fn faults<T>(value: Value, read: impl FnOnce(&Object<'_>) -> T) -> Vec<Fault> {
    body(value).read_all(read).1
}

fn paths(faults: &[Fault]) -> Vec<&str> {
    faults.iter().map(|fault| fault.path.as_str()).collect()
}

const SOON: Problem = Problem::Rule("soon", Cow::Borrowed("must be soon"));

#[test]
fn every_fault_is_collected_with_its_path_its_problem_and_what_is_allowed() {
    let value = json!({"a": {"text": 5, "long": "abc", "flag": "yes", "integer": 11, "word": "x", "meaning": 7, "at": "late",
        "list": {}, "many": [1, 2], "texts": ["ok", 7], "object": [], "blank": "", "none": []}});
    let found = faults(value, |body| {
        let a = body.get("a").object().expect("an object");
        a.get("text").text();
        a.get("long").text_of(1..=2);
        a.get("flag").flag();
        a.get("integer").integer(1..=10);
        a.get("word").word(&["y", "z"]);
        a.get("meaning").meaning(&[("y", 1)]);
        a.get("at")
            .parsed(&SOON, |text| (text == "soon").then_some(()));
        assert!(a.get("list").list(0..=9).is_none());
        assert!(a.get("many").list(0..=1).is_none());
        a.get("texts").texts();
        assert!(a.get("object").object().is_none());
        a.get("missing").required();
        for name in ["blank", "none", "missing"] {
            a.get(name).not_empty();
        }
    });
    let expected = [
        ("a.text", Problem::Type(Type::Text)),
        ("a.long", Problem::Length(1..=2)),
        ("a.flag", Problem::Type(Type::Flag)),
        ("a.integer", Problem::Integer(1..=10)),
        ("a.word", Problem::Word(vec!["y", "z"])),
        ("a.meaning", Problem::Word(vec!["y"])),
        ("a.at", SOON),
        ("a.list", Problem::Type(Type::List)),
        ("a.many", Problem::Count(0..=1)),
        ("a.texts", Problem::Type(Type::Texts)),
        ("a.object", Problem::Type(Type::Object)),
        ("a.missing", Problem::Missing),
        ("a.blank", Problem::Empty),
        ("a.none", Problem::Empty),
        ("a.missing", Problem::Missing),
    ];
    let found: Vec<_> = found
        .iter()
        .map(|fault| (fault.path.as_str(), fault.problem.clone()))
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn what_fits_is_read_without_a_fault() {
    let value = json!({"text": "ünder", "flag": false, "integer": 10.0, "word": "y", "meaning": "y", "at": "soon",
        "list": [{"deep": [null]}, 2], "texts": ["a"], "empty": ""});
    let found = faults(value, |body| {
        assert_eq!(body.get("text").not_empty().text_of(5..=5), Some("ünder"));
        assert_eq!(body.get("flag").required().flag(), Some(false));
        assert_eq!(body.get("integer").integer(10..=10), Some(10));
        assert_eq!(body.get("word").word(&["x", "y"]), Some("y"));
        assert_eq!(body.get("meaning").meaning(&[("x", 1), ("y", 2)]), Some(2));
        assert_eq!(
            body.get("at").parsed(&SOON, |text| Some(text.len())),
            Some(4)
        );
        let items: Vec<_> = body
            .get("list")
            .not_empty()
            .list(2..=2)
            .expect("a list")
            .collect();
        let deep = items[0].object().expect("an object").get("deep");
        assert_eq!(
            (deep.path().as_str(), items[1].path().as_str()),
            ("list[0].deep", "list[1]")
        );
        assert_eq!(body.get("texts").texts(), Some(vec!["a"]));
        assert_eq!(body.get("empty").required().text_of(0..=5), Some(""));
    });
    assert_eq!(found, []);
}

#[test]
fn null_is_absent_but_not_in_a_list() {
    let found = faults(json!({"x": null, "list": [null]}), |body| {
        let item = body.get("x");
        assert!(!item.is_present() && item.text().is_none() && item.flag().is_none());
        assert!(item.integer(0..=1).is_none() && item.word(&["y"]).is_none());
        assert!(item.object().is_none() && item.list(1..=1).is_none() && item.texts().is_none());
        assert_eq!(
            body.all().map(|(name, _)| name).collect::<Vec<_>>(),
            ["list"]
        );
        body.get("list")
            .list(1..=1)
            .expect("a list")
            .for_each(|item| {
                item.text();
            });
        body.get("x").required();
    });
    assert_eq!(paths(&found), ["list[0]", "x"]);
}

#[test]
fn only_short_values_that_are_no_secrets_are_returned() {
    let value = json!({"long": "x".repeat(201), "short": "x".repeat(200), "number": 5, "list": [1], "secret": 7, "object": "x"});
    let found = faults(value, |body| {
        for name in ["long", "short", "number", "list"] {
            body.get(name).word(&[]);
        }
        body.get("secret").secret().text();
        body.get("object").object();
    });
    let returned: Vec<_> = found.iter().map(|fault| fault.value.is_some()).collect();
    assert_eq!(returned, [false, true, true, false, false, false]);
}

#[test]
fn the_list_of_faults_is_limited() {
    let list = vec![json!(1); MOST_FAULTS + 5];
    let found = faults(json!({ "a": list }), |body| {
        body.get("a")
            .list(0..=usize::MAX)
            .expect("a list")
            .for_each(|item| {
                item.text();
            });
    });
    assert_eq!(found.len(), MOST_FAULTS);
    assert_eq!(paths(&found).last(), Some(&"a[99]"));
}

#[test]
fn faults_collected_apart_do_not_count() {
    let body = body(json!({"a": 1, "b": 2, "c": 3}));
    let (apart, found) = body.read_all(|body| {
        body.get("a").text();
        let ((), apart) = body.apart(|| {
            body.get("b").text();
        });
        body.get("c").text();
        apart
    });
    assert_eq!((paths(&apart), paths(&found)), (vec!["b"], vec!["a", "c"]));
}

#[test]
fn a_nul_is_a_fault_only_where_a_member_is_read() {
    let body = body(
        json!({"a": "x\0", "b": ["y", "\0"], "c": {"d": {"e\0": 1}}, "unread": ["\0"], "\0": 1}),
    );
    assert_eq!(body.read(|_| ()), Ok(()));
    type Read = fn(&Object<'_>) -> bool;
    let reads: [(Read, &str); 9] = [
        (|body| body.get("a").text().is_some(), "a"),
        (|body| body.get("a").as_str().is_some(), "a"),
        (|body| body.get("a").word(&["x"]).is_some(), "a"),
        (|body| body.get("a").meaning(&[("x", 1)]).is_some(), "a"),
        (
            |body| body.get("a").parsed(&Problem::Missing, Some).is_some(),
            "a",
        ),
        (|body| body.get("a").integer(0..=1).is_some(), "a"),
        (|body| body.get("b").texts().is_some(), "b[1]"),
        (
            |body| {
                let items = body.get("b").list(0..=9).into_iter().flatten();
                items.skip(1).any(|item| item.text().is_some())
            },
            "b[1]",
        ),
        (
            |body| body.get("c").object_or_empty().to_json().is_empty(),
            "c.d.e\0",
        ),
    ];
    for (read, place) in reads {
        let fault = body.read(|body| assert!(!read(body))).expect_err(place);
        assert_eq!(fault.problem, Problem::Nul, "{place}");
        let shown = place.replace('\0', "\u{fffd}");
        assert_eq!(fault.path.as_str(), shown);
    }
}

#[test]
fn only_an_object_is_a_body() {
    for text in ["", "{", "{}x", "\u{feff}{}"] {
        assert!(
            matches!(
                Body::parse(text.as_bytes(), &Shape::Whole),
                Err(Unreadable::Syntax(_))
            ),
            "{text}"
        );
    }
    for text in ["[]", "5", "null", "\"x\""] {
        assert_eq!(
            Body::parse(text.as_bytes(), &Shape::Whole).unwrap_err(),
            Unreadable::NotAnObject,
            "{text}"
        );
    }
}

#[tokio::test]
async fn a_body_is_received_in_the_order_of_the_checks() {
    let receive = async |media: Option<&'static str>, text: &'static str| {
        let mut headers = HeaderMap::new();
        if let Some(media) = media {
            headers.insert(
                http::header::CONTENT_TYPE,
                http::HeaderValue::from_static(media),
            );
        }
        Body::receive(&headers, text.into(), 5, &Shape::Whole)
            .await
            .map(drop)
    };
    let json = Some("application/json;charset=UTF-8");
    assert_eq!(receive(json, "{}").await, Ok(()));
    assert_eq!(
        receive(None, "123456").await,
        Err(Unreadable::Body(BodyFault::TooLarge))
    );
    assert_eq!(receive(None, "").await, Err(Unreadable::Empty));
    assert_eq!(receive(None, "{}").await, Err(Unreadable::MediaType));
    assert_eq!(receive(json, "[]").await, Err(Unreadable::NotAnObject));
}
