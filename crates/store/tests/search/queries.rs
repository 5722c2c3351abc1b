//! Random queries from the whole grammar.

use heddle_search::document::{Limits, tokens};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use crate::commands::TAGS;
use crate::texts::{WORDS, word};

/// A word as somebody types it: as it stands, in capitals, without diacritics, or only its beginning.
fn typed() -> impl Strategy<Value = String> {
    (word(), 0..6_usize, 1..4_usize).prop_map(|(word, how, length)| match how {
        0 => word.to_uppercase(),
        1 => tokens(&word, Limits::HEADING)
            .first()
            .cloned()
            .unwrap_or(word),
        2 | 3 => format!("{}*", word.chars().take(length).collect::<String>()),
        _ => word,
    })
}

fn phrase() -> impl Strategy<Value = String> {
    vec(select(&WORDS[..]), 1..4).prop_map(|words| format!("\"{}\"", words.join(" ")))
}

fn value() -> impl Strategy<Value = String> {
    prop_oneof![4 => typed(), 1 => phrase()]
}

fn time() -> impl Strategy<Value = String> {
    prop_oneof![
        (1..100_i32).prop_map(|days| format!("{days}d")),
        (1..12_u8, 1..29_u8).prop_map(|(month, day)| format!("2025-{month:02}-{day:02}")),
        (1..5_u8).prop_map(|day| format!("2026-03-{day:02}")),
        (0..24_u8).prop_map(|hour| format!("2026-03-03T{hour:02}:30:00Z")),
        select(vec!["today", "yesterday", "2026-02", "2026", "3m"]).prop_map(str::to_owned),
    ]
}

fn fixed() -> impl Strategy<Value = String> {
    select(vec![
        "is:open",
        "is:new",
        "is:pending",
        "is:closed",
        "is:spam",
        "is:archived",
        "is:waiting",
        "is:unassigned",
        "is:note",
        "status:closed",
        "has:attachment",
        "has:note",
        "assignee:me",
        "assignee:none",
        "channel:email",
        "channel:phone",
        "channel:(chat OR letter)",
        "direction:in",
        "direction:out",
        "*",
    ])
    .prop_map(str::to_owned)
}

fn condition() -> impl Strategy<Value = String> {
    let number = || 1..14_i64;
    prop_oneof![
        8 => typed(),
        3 => phrase(),
        5 => (select(vec!["from", "to", "subject", "body", "customer"]), value()).prop_map(|(field, value)| format!("{field}:{value}")),
        3 => fixed(),
        1 => select(&TAGS[..]).prop_map(|tag| format!("tag:\"{tag}\"")),
        1 => Just("tag:unknown".to_owned()),
        1 => (number(), select(vec!["in", "assignee", "number", "customer"])).prop_map(|(id, field)| format!("{field}:{id}")),
        1 => (value(), select(vec!["in", "assignee"])).prop_map(|(value, field)| format!("{field}:{value}")),
        1 => Just("in:inbox".to_owned()),
        2 => (time(), select(vec!["before", "after"])).prop_map(|(time, field)| format!("{field}:{time}")),
    ]
}

/// A query.
pub(crate) fn query() -> impl Strategy<Value = String> {
    let is_alone =
        |part: &String| !part.contains(' ') || part.starts_with('(') && part.ends_with(')');
    let in_group = move |part: String| match is_alone(&part) {
        true => part,
        false => format!("({part})"),
    };
    condition().prop_recursive(3, 10, 3, move |inner| {
        prop_oneof![
            4 => vec(inner.clone(), 2..4).prop_map(move |parts| parts.into_iter().map(in_group).collect::<Vec<_>>().join(" ")),
            1 => vec(inner.clone(), 2..3).prop_map(move |parts| parts.into_iter().map(in_group).collect::<Vec<_>>().join(" AND ")),
            2 => vec(inner.clone(), 2..4).prop_map(|parts| format!("({})", parts.join(" OR "))),
            1 => inner.clone().prop_map(|part| format!("NOT ({part})")),
            1 => inner.prop_map(move |part| format!("-{}", in_group(part))),
        ]
    })
}

/// What somebody has typed of a name so far.
pub(crate) fn beginning() -> impl Strategy<Value = String> {
    let begin = |(word, length): (String, usize)| word.chars().take(length).collect::<String>();
    vec(
        (
            prop_oneof![word(), select(&TAGS[..]).prop_map(str::to_owned)],
            1..6_usize,
        )
            .prop_map(begin),
        1..3,
    )
    .prop_map(|words| words.join(" "))
}
