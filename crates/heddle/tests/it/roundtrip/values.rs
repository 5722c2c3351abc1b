//! The values that the tests write.

use serde_json::{Value, json};

/// Texts of at most `most` characters that programs often get wrong.
pub(super) fn texts(least: usize, most: usize) -> Vec<Value> {
    let plain = [
        "x",
        "O'Neil & Söhne <\"Qualität\"> \\ / % $1 {} [] ; -- #",
        "名前 имя اسم שם नाम",
        "e\u{301} \u{1F9F5}\u{200d}\u{1F468} \u{202e}abc \u{2028}\u{2029} \u{feff} \u{ffff}",
        "  blanks around  ",
        "line one\r\nline two\n\ttab",
        "null",
        "true",
        "1e21",
        "12345678901234567890",
        "2031-05-06T07:08:09Z",
        "(no subject)",
        "\u{1}\u{7f}",
    ];
    let mut texts: Vec<String> = plain.iter().map(|text| (*text).to_owned()).collect();
    texts.push("\u{1F9F5}".repeat(most.min(3_000)));
    texts.push("ß".repeat(most.min(20_000)));
    if least == 0 {
        texts.push(String::new());
        texts.push("  ".into());
    }
    let fits = |text: &String| (least..=most).contains(&text.chars().count());
    texts.into_iter().filter(fits).map(Value::from).collect()
}

/// Texts that are not blank at either end.
pub(super) fn trimmed(least: usize, most: usize) -> Vec<Value> {
    let mut texts = texts(least, most);
    texts.retain(|text| text.as_str().is_some_and(|text| text == text.trim()));
    texts
}

pub(super) fn words(words: &[&str]) -> Vec<Value> {
    words.iter().map(|word| json!(word)).collect()
}

/// Media types of files, with and without parameters.
pub(super) const MEDIA_TYPES: &[&str] = &[
    "text/plain",
    "plain/text",
    "X/y+z; charset=utf-8",
    "a/b;c=\"d; \\\"e\"",
];

pub(super) fn flags() -> Vec<Value> {
    vec![json!(true), json!(false)]
}

/// Times at the ends of the calendar, with offsets and with fractions, in the form that every API takes.
pub(super) fn times() -> Vec<Value> {
    words(&[
        "0001-01-01T00:00:00Z",
        "0001-01-01T14:00:00.001+14:00",
        "0099-12-31T23:59:59-08:00",
        "1582-10-10T12:00:00Z",
        "1969-12-31T23:59:59.999Z",
        "1970-01-01T00:00:00Z",
        "2024-02-29T23:30:00.5-11:00",
        "2026-03-04T09:15:00.1234567+05:45",
        "9999-12-31T00:00:00+14:00",
        "9999-12-31T12:59:59.999-11:00",
        "9999-12-31T23:59:59.9999999Z",
    ])
}

/// Times that are well-formed and outside the calendar.
pub(super) fn times_outside() -> Vec<Value> {
    words(&[
        "0000-12-31T23:59:59Z",
        "0001-01-01T00:00:00+14:00",
        "-000001-01-01T00:00:00Z",
        "9999-12-31T23:59:59-01:00",
        "+010000-01-01T00:00:00.000Z",
        "10000-01-01T00:00:00Z",
    ])
}

/// E-mail addresses in unusual spellings.
pub(super) fn emails() -> Vec<Value> {
    let long = format!("{}@x.example", "a".repeat(244));
    let mut emails = words(&[
        "mina.o'neil+tag@sub.here.example",
        "ÄRGER@Bücher.example",
        "\"quoted\"@x.example",
        "用户@例子.example",
        "!#$%&'*/=?^_`{|}~-@x.example",
        "İ@x.example",
    ]);
    emails.push(json!(long));
    emails
}
