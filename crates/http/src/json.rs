//! Strict parsing of JSON, and checks of the parsed values. APIs read bodies with [`crate::members`].
//!
//! Invariants: a parsed text is RFC 8259 JSON in UTF-8 without a byte order mark, nested at most 128 levels deep, with numbers in
//! the range of a double and without lone surrogates. Of duplicate members, the last one counts. A parsed value may contain
//! U+0000, which the store's engines treat differently: check it with [`first_nul`] first.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::HeaderValue;
use http::header::CONTENT_TYPE;
use serde::Serialize;
use serde_json::Value;

use crate::member_path::MemberPath;

/// The room for a [`LongJson`] at its beginning, in bytes.
const LONG: usize = 16 * 1024;

/// A response like [`Json`], for pages of lists. `Json` begins with room for 128 bytes, and copies a long text many times while
/// it grows.
#[derive(Clone, Copy, Debug)]
pub struct LongJson<T>(pub T);

impl<T: Serialize> IntoResponse for LongJson<T> {
    fn into_response(self) -> Response {
        let mut text = Vec::with_capacity(LONG);
        match serde_json::to_writer(&mut text, &self.0) {
            Ok(()) => {
                let kind = HeaderValue::from_static("application/json");
                ([(CONTENT_TYPE, kind)], text).into_response()
            }
            // This has the same error, and an answer for it.
            Err(_) => Json(self.0).into_response(),
        }
    }
}

/// The error for a text that is not valid JSON. It contains the place of the mistake, but not the text there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.words())]
pub struct Syntax {
    /// Line of the mistake, from 1; 0 if the text is empty.
    pub line: usize,
    /// Column of the mistake in bytes, from 1.
    pub column: usize,
    /// Whether the text begins with a byte order mark, which JSON must not have.
    pub marked: bool,
}

impl Syntax {
    /// Returns the error of the parser for a text.
    pub(crate) fn of(bytes: &[u8], error: &serde_json::Error) -> Self {
        const MARKS: [&[u8]; 3] = [b"\xef\xbb\xbf", b"\xfe\xff", b"\xff\xfe"];
        Self {
            line: error.line(),
            column: error.column(),
            marked: MARKS.iter().any(|mark| bytes.starts_with(mark)),
        }
    }

    fn words(self) -> String {
        if self.marked {
            return "invalid JSON: it begins with a byte order mark; send UTF-8 without one".into();
        }
        format!("invalid JSON at line {}, column {}", self.line, self.column)
    }
}

/// Parses `bytes` as one JSON value.
pub fn parse(bytes: &[u8]) -> Result<Value, Syntax> {
    serde_json::from_slice(bytes).map_err(|error| Syntax::of(bytes, &error))
}

/// Returns `value` as an integer if it is exactly one that fits: `10` and `10.0` are 10; `10.5` and `"10"` are not
/// integers.
///
/// The parser reads a number with a point or an exponent as a double, and from 2^53 on a double cannot represent every
/// integer. Such a number is refused, not rounded.
pub fn as_i64_exact(value: &Value) -> Option<i64> {
    const FIRST_AMBIGUOUS: f64 = 9_007_199_254_740_992.0;
    let number = value.as_number()?;
    if let Some(integer) = number.as_i64() {
        return Some(integer);
    }
    let double = number.as_f64()?;
    (number.is_f64() && double.fract() == 0.0 && double.abs() < FIRST_AMBIGUOUS)
        .then_some(double as i64)
}

/// Whether the value is an integer that an `i64` cannot hold.
pub fn is_beyond_i64(value: &Value) -> bool {
    const FIRST_BEYOND: f64 = 9_223_372_036_854_775_808.0;
    let Some(number) = value.as_number() else {
        return false;
    };
    let double = number.as_f64().unwrap_or_default();
    let is_large = double >= FIRST_BEYOND || double <= -FIRST_BEYOND;
    !number.is_i64() && (number.is_u64() || is_large)
}

/// Whether the text is a decimal integer that an `i64` cannot hold.
pub fn is_text_beyond_i64(text: &str) -> bool {
    use std::num::IntErrorKind::{NegOverflow, PosOverflow};
    let parsed = text.parse::<i64>();
    parsed.is_err_and(|error| matches!(error.kind(), PosOverflow | NegOverflow))
}

/// Returns the path (`customer.firstName`, `attachments[0].data`) of the first string or member name that holds U+0000.
pub fn first_nul(value: &Value) -> Option<MemberPath> {
    first_nul_below(value, &MemberPath::default())
}

/// Does the same as [`first_nul`] for a value at a path.
pub(crate) fn first_nul_below(value: &Value, at: &MemberPath) -> Option<MemberPath> {
    let steps = steps_to_nul(value)?.into_iter().rev();
    Some(steps.fold(at.clone(), |path, step| step.below(&path)))
}

/// One step of a path into a value.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step<'a> {
    Member(&'a str),
    Item(usize),
}

impl Step<'_> {
    /// Returns the path of the value that is this step below `parent`.
    pub(crate) fn below(self, parent: &MemberPath) -> MemberPath {
        match self {
            Self::Item(at) => parent.item(at),
            Self::Member(name) => parent.member(name),
        }
    }
}

/// Returns the steps to the first U+0000, the last step first. The depth that [`parse`] allows limits the recursion.
fn steps_to_nul(value: &Value) -> Option<Vec<Step<'_>>> {
    let (mut steps, step) = match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => return None,
        Value::String(text) => return text.contains('\0').then(Vec::new),
        Value::Array(items) => {
            let mut items = items.iter().enumerate();
            items.find_map(|(at, item)| Some((steps_to_nul(item)?, Step::Item(at))))?
        }
        Value::Object(members) => members.iter().find_map(|(name, member)| {
            let in_name = name.contains('\0').then(Vec::new);
            let steps = in_name.or_else(|| steps_to_nul(member))?;
            Some((steps, Step::Member(name)))
        })?,
    };
    steps.push(step);
    Some(steps)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn hostile_texts_are_syntax_errors() {
        let deep = "[".repeat(5_000) + &"]".repeat(5_000);
        let cases: [&[u8]; 16] = [
            b"",
            b"  ",
            b"\xef\xbb\xbf{}",
            b"{} x",
            b"{}{}",
            b"1e400",
            b"-1e400",
            br#""\ud800""#,
            br#""\ud800\u0041""#,
            br#""\udc00""#,
            b"\"\xff\"",
            b"\"a\0b\"",
            b"{'a':1}",
            b"[1,]",
            b"01",
            b"NaN",
        ];
        for case in cases {
            assert!(parse(case).is_err(), "{:?}", String::from_utf8_lossy(case));
        }
        assert!(parse(deep.as_bytes()).is_err());
    }

    #[test]
    fn the_error_holds_line_and_column() {
        let syntax = parse(b"{\n  \"a\": x}").expect_err("broken");
        assert_eq!((syntax.line, syntax.column, syntax.marked), (2, 8, false));
        assert_eq!(syntax.to_string(), "invalid JSON at line 2, column 8");
    }

    #[test]
    fn a_byte_order_mark_is_named() {
        for text in [&b"\xef\xbb\xbf{}"[..], b"\xff\xfe{\0}\0", b"\xfe\xff\0{\0}"] {
            let syntax = parse(text).expect_err("a mark");
            assert!(syntax.to_string().contains("byte order mark"), "{text:?}");
        }
    }

    #[test]
    fn the_last_duplicate_wins() {
        assert_eq!(
            parse(br#"{"a":1,"b":0,"a":{"c":2}}"#),
            Ok(json!({"a":{"c":2},"b":0}))
        );
    }

    #[test]
    fn surrogate_pairs_and_scalars_parse() {
        assert_eq!(parse(br#""\ud83d\ude00""#), Ok(json!("😀")));
        assert_eq!(parse(b" null "), Ok(Value::Null));
    }

    #[test]
    fn only_exact_integers_are_accepted() {
        for (text, expected) in [
            ("10", Some(10)),
            ("10.0", Some(10)),
            ("1e3", Some(1000)),
            ("-0.0", Some(0)),
            ("-5", Some(-5)),
            ("9223372036854775807", Some(i64::MAX)),
            ("-9223372036854775808", Some(i64::MIN)),
            ("9007199254740991.0", Some(9_007_199_254_740_991)),
            ("9007199254740993.0", None),
            ("9007199254740992.0", None),
            ("9223372036854775808", None),
            ("-9223372036854775809", None),
            ("18446744073709551616", None),
            ("1e300", None),
            ("10.5", None),
            ("\"10\"", None),
            ("true", None),
            ("null", None),
            ("[10]", None),
        ] {
            let value = parse(text.as_bytes()).expect("valid JSON");
            assert_eq!(as_i64_exact(&value), expected, "{text}");
        }
    }

    #[test]
    fn integers_beyond_64_bits_are_known_as_integers() {
        for (text, expected) in [
            ("9223372036854775807", false),
            ("9223372036854775808", true),
            ("-9223372036854775808", false),
            ("-9223372036854775809", true),
            ("18446744073709551616", true),
            ("1e30", true),
            ("-1e30", true),
            ("9007199254740993.0", false),
            ("0.5", false),
            ("\"9223372036854775808\"", false),
        ] {
            let value = parse(text.as_bytes()).expect("valid JSON");
            assert_eq!(is_beyond_i64(&value), expected, "{text}");
        }
        assert!(is_text_beyond_i64("9223372036854775808"));
        assert!(is_text_beyond_i64("-99999999999999999999"));
        for text in ["9223372036854775807", "", "x", "1.5", "1e30"] {
            assert!(!is_text_beyond_i64(text), "{text}");
        }
    }

    #[test]
    fn a_nul_character_is_reported_with_its_path() {
        for (value, expected) in [
            (
                json!({"customer": {"firstName": "a\0"}}),
                Some("customer.firstName"),
            ),
            (
                json!({"attachments": [{"data": "\0"}]}),
                Some("attachments[0].data"),
            ),
            (json!({"tags": ["a", ["b", "\0"]]}), Some("tags[1][1]")),
            (json!({"a": "x", "b\0c": 1}), Some("b\u{fffd}c")),
            (json!("\0"), Some("")),
            (json!(["\0"]), Some("[0]")),
            (json!({"a": [1, "x", {"b": null}]}), None),
        ] {
            let path = first_nul(&value);
            assert_eq!(path.as_ref().map(MemberPath::as_str), expected, "{value}");
        }
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            if let Ok(value) = parse(&bytes) {
                prop_assert_eq!(first_nul(&value).is_some(), value.to_string().contains("\\u0000"));
            }
        }

        #[test]
        fn every_integer_is_read_back(integer in any::<i64>()) {
            prop_assert_eq!(as_i64_exact(&json!(integer)), Some(integer));
        }

        #[test]
        fn a_whole_double_is_never_rounded(whole in -(1i64 << 53) + 1..(1i64 << 53)) {
            let value = parse(format!("{whole}.0").as_bytes()).expect("valid JSON");
            prop_assert_eq!(as_i64_exact(&value), Some(whole));
        }
    }
}
