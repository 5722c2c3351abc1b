use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::json;

const MESSAGE: Shape = known!("text", "tags": SCALARS);
const BODY: Shape = known!("a", "messages": MESSAGE, "all": Shape::Whole);

fn built(value: &Value) -> Value {
    parse(value.to_string().as_bytes(), &BODY).expect("JSON")
}

#[test]
fn only_known_members_are_built() {
    let body = json!({
        "a": {"b": 1}, "b": [{"c": "long"}], "x": {"a": 1},
        "messages": [{"text": "t", "tags": ["x", {"y": 1}], "more": {}}, 7, [{"text": null}]],
        "all": {"of": [{"it": true}]},
    });
    let expected = json!({
        "a": {},
        "messages": [{"text": "t", "tags": ["x", {}]}, 7, [{"text": null}]],
        "all": {"of": [{"it": true}]},
    });
    assert_eq!(built(&body), expected);
    assert_eq!(parse(br#"{"a":[1],"a":2}"#, &BODY), Ok(json!({"a": 2})));
}

#[test]
fn an_open_object_is_built_whole() {
    const OPEN: Shape = open!("a", "of": open!("b": SCALARS));
    let body = json!({"a": {"x": [1]}, "of": {"b": [{"y": 2}], "c": {"z": 3}}, "more": [{"d": 4}]});
    let built = parse(body.to_string().as_bytes(), &OPEN);
    assert_eq!(built, Ok(body));
    assert_eq!(OPEN.paths(), ["a", "of", "of.b"]);
    assert_eq!(
        BODY.paths(),
        ["a", "messages", "messages.text", "messages.tags", "all"]
    );
}

#[test]
fn a_list_in_the_place_of_a_scalar_is_only_empty_or_not() {
    for (list, expected) in [("[]", json!([])), ("[[1],2,{\"a\":3}]", json!([null]))] {
        let text = format!("{{\"a\":{list}}}");
        let built = parse(text.as_bytes(), &BODY);
        assert_eq!(built, Ok(json!({ "a": expected })));
    }
}

#[test]
fn skipped_members_must_be_json_too() {
    let deep = "[".repeat(127) + &"]".repeat(127);
    let deeper = format!("[{deep}]");
    for text in [
        "1e400",
        "\"\\ud800\"",
        "\"a",
        "[1,]",
        "01",
        "{\"a\":}",
        "{1:2}",
        "nul",
        "\"\u{1}\"",
        "[}",
        &deep,
        &deeper,
    ] {
        let text = format!("{{\"x\": {text},\n \"a\": 1}}");
        let strict = json::parse(text.as_bytes()).map(drop);
        assert_eq!(parse(text.as_bytes(), &BODY).map(drop), strict, "{text}");
    }
    for bytes in [&b"{\"x\":\"\xff\"}"[..], b"{\"x\":1} x", b""] {
        assert_eq!(parse(bytes, &BODY).map(drop), json::parse(bytes).map(drop));
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,5}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 4, |inner| {
        let name = prop_oneof![Just("a".to_owned()), Just("all".to_owned()), ".{0,4}"];
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::btree_map(name, inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn the_whole_shape_builds_what_the_plain_parser_builds(value in any_json()) {
        let text = value.to_string();
        let found = parse(text.as_bytes(), &Shape::Whole).expect("JSON");
        prop_assert_eq!(&found, &value);
    }

    #[test]
    fn mistakes_are_the_same_wherever_they_are(value in any_json(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = format!("{{\"x\":{value}}}").into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        prop_assert_eq!(parse(&bytes, &BODY).map(drop), json::parse(&bytes).map(drop));
    }
}
