//! Tests of the query language.

use heddle_domain::Timestamp;
use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::field::Vocabulary;
use super::*;
use crate::document::{Limits, tokens};

/// Returns a short notation of a query: `&` all of, `|` one of, `!` not, `~` the beginning of a word.
fn show(expr: &Expr) -> String {
    let list = |sign: &str, parts: &[Expr]| {
        let parts: Vec<_> = parts.iter().map(show).collect();
        format!("({})", parts.join(sign))
    };
    match expr {
        Expr::All => "*".to_owned(),
        Expr::Text(Scope::Any, term) => words(term),
        Expr::Text(scope, term) => format!("{scope:?}={}", words(term)),
        Expr::Filter(Filter::Tag(tag)) => format!("Tag={}", tag.as_str()),
        Expr::Filter(filter) => format!("{filter:?}"),
        Expr::Not(inner) => format!("!{}", show(inner)),
        Expr::And(parts) => list("&", parts),
        Expr::Or(parts) => list("|", parts),
    }
}

fn words(term: &Term) -> String {
    let end = if term.is_prefix { "~" } else { "" };
    format!("{}{end}", term.words.join("_"))
}

fn shown(query: &str) -> String {
    match parse(query, &NATIVE) {
        Ok(expr) => show(&expr),
        Err(error) => error.to_string(),
    }
}

#[test]
fn queries_mean_what_a_reader_expects() {
    for (query, meaning) in [
        ("invoice", "invoice"),
        ("Über Größe", "(uber&grosse)"),
        ("a b OR c d", "((a&b)|(c&d))"),
        ("a AND b", "(a&b)"),
        ("a and b", "(a&and&b)"),
        ("a AND (b OR c)", "(a&(b|c))"),
        ("NOT a b", "(!a&b)"),
        ("-a -\"b c\" -(d e)", "(!a&!b_c&!(d&e))"),
        ("NOT NOT a", "a"),
        ("well-known", "well_known"),
        ("a - b", "(a&b)"),
        ("\"the mail\"", "the_mail"),
        ("\u{201e}die Post\u{201c}", "die_post"),
        ("refu*", "refu~"),
        ("\"refu*\"", "refu"),
        ("*", "*"),
        ("jo.smith@example.com", "jo_smith_example_com"),
        ("INV-2024-17", "inv_2024_17"),
        ("東京", "東京"),
        ("東京都", "東京_京都"),
        ("京", "京~"),
        ("\"京 hotel\"", "京_hotel"),
        ("\"東京 hotel\"", "東京_京_hotel"),
        ("tag:Refund", "Tag=refund"),
        ("tag:(vip OR \"two words\")", "(Tag=vip|Tag=two words)"),
        ("-tag:vip", "!Tag=vip"),
        ("subject:hello world", "(Subject=hello&world)"),
        (
            "from:\"Jo Smith\" to:me@x.org",
            "(From=jo_smith&To=me_x_org)",
        ),
        ("is:open", "Open"),
        ("is:closed has:attachment", "(Status(Closed)&Attachment)"),
        ("in:3", "Inbox(3)"),
        (
            "in:Support",
            "InboxNamed(Term { words: [\"support\"], is_prefix: false })",
        ),
        ("assignee:me", "Assignee(Me)"),
        ("assignee:none", "Assignee(Nobody)"),
        ("is:unassigned", "Assignee(Nobody)"),
        ("assignee:7", "Assignee(Agent(7))"),
        ("channel:text-message", "Channel(TextMessage)"),
        ("direction:in", "Direction(Incoming)"),
        ("number:#42", "Number(42)"),
        ("customer:12", "Customer(12)"),
        ("customer:Smith", "Customer=smith"),
        ("before:2026-05", "Before(Day(2026-05-01))"),
        ("after:7d", "After(DaysAgo(7))"),
        // Text with colons that no field has.
        ("Re: hello", "(re&hello)"),
        ("https://example.com/tag:x", "https_example_com_tag_x"),
        ("12:30", "12_30"),
        ("TAG:x", "Tag=x"),
    ] {
        assert_eq!(shown(query), meaning, "{query}");
    }
}

#[test]
fn a_text_shows_the_terms_that_may_occur_in_it() {
    let query = "any subject:line (body:said OR NOT body:never) from:jo -gone tag:vip";
    let query = parse(query, &NATIVE).expect("a query");
    let of = |terms: Vec<&Term>| -> Vec<String> { terms.into_iter().map(words).collect() };
    assert_eq!(of(query.terms()), ["any", "line", "said", "jo"]);
    assert_eq!(of(query.terms_in(Scope::Subject)), ["any", "line"]);
    assert_eq!(of(query.terms_in(Scope::Body)), ["any", "said"]);
}

#[test]
fn errors_name_the_column() {
    for (query, error) in [
        ("", "column 1: there is nothing to search for"),
        ("!!!", "column 1: there is nothing to search for"),
        ("\u{0}", "column 1: there is nothing to search for"),
        ("AND", "column 1: AND needs a condition before it"),
        ("a OR", "column 3: OR needs a condition after it"),
        ("a AND OR b", "column 3: AND needs a condition after it"),
        ("ü (OR b)", "column 4: OR needs a condition before it"),
        ("a NOT", "column 3: NOT needs a condition after it"),
        ("a \"b", "column 3: this quotation mark has no second one"),
        ("(a b", "column 1: this parenthesis is not closed"),
        ("a) b", "column 2: this parenthesis closes nothing"),
        (
            "tag: vip",
            "column 1: tag needs a value directly after the colon",
        ),
        (
            "a tag:",
            "column 3: tag needs a value directly after the colon",
        ),
        ("tag:(", "column 5: tag needs a value"),
        ("tag:(a b)", "column 5: this parenthesis is not closed"),
        ("number:many", "column 8: number needs a number"),
        (
            "number:99999999999999999999",
            "column 8: number needs a number",
        ),
        (
            "channel:pigeon",
            "column 9: channel needs one of: letter, email, text_message, phone, fax, in_person, chat, other",
        ),
        ("direction:up", "column 11: direction needs one of: in, out"),
        ("has:legs", "column 5: has needs one of: attachment, note"),
        (
            "before:soon",
            "column 8: before needs a time such as 2026-05-17, 2026-05-17T08:00:00Z, today or 7d",
        ),
        ("before:[2026 TO *]", "column 8: before has no ranges"),
        ("subject:!", "column 9: subject needs a word to search for"),
    ] {
        assert_eq!(shown(query), error, "{query}");
    }
}

#[test]
fn a_query_has_limits() {
    let deep = format!("{}a{}", "(".repeat(900), ")".repeat(900));
    assert_eq!(
        shown(&deep),
        "column 13: parentheses and NOT can be 12 levels deep"
    );
    assert!(shown(&"NOT ".repeat(400)).contains("levels deep"));
    assert!(shown(&"-".repeat(1_000)).contains("nothing"));
    assert!(shown(&"a ".repeat(MOST_CONDITIONS + 1)).contains("at most 100 words"));
    assert!(
        shown(&"x".repeat(LONGEST_QUERY + 1)).starts_with("column 2001: a query has at most 2000")
    );
    let most = format!("{}a{}", "(".repeat(DEEPEST), ")".repeat(DEEPEST));
    assert_eq!(shown(&most), "a");
}

#[test]
fn a_strict_vocabulary_refuses_other_names() {
    const STRICT: Vocabulary = Vocabulary {
        fields: &[
            ("createdat", Field::Times),
            ("email", Field::Text(Scope::Customer)),
        ],
        is_strict: true,
    };
    let shown = |query: &str| match parse(query, &STRICT) {
        Ok(expr) => show(&expr),
        Err(error) => error.to_string(),
    };
    for (query, meaning) in [
        (
            "(email:(\"a@x.org\" OR \"b@x.org\"))",
            "(Customer=a_x_org|Customer=b_x_org)",
        ),
        (
            "createdAt:[2026-01-01T00:00:00Z TO *]",
            "After(Instant(Timestamp(1767225600000)))",
        ),
        ("createdAt:[* TO *]", "*"),
        (
            "createdAt:2026-01-31",
            "(After(Day(2026-01-31))&Before(Day(2026-02-01)))",
        ),
        (
            "createdAt:[2026]",
            "column 11: createdat needs a range such as [2026-01-01 TO *]",
        ),
        (
            "createdAt:[2026 TO *",
            "column 11: this bracket is not closed",
        ),
        (
            "tag:x",
            "column 1: tag is not a field; the fields are createdat, email",
        ),
    ] {
        assert_eq!(shown(query), meaning, "{query}");
    }
}

#[test]
fn times_are_those_of_the_one_who_asks() {
    // Noon of 31 March 2026 in Berlin.
    let now = Timestamp(1_774_951_200_000);
    let berlin = TimeZone::get("Europe/Berlin").expect("a zone");
    for (text, expected) in [
        ("today", "2026-03-30T22:00:00Z"),
        ("yesterday", "2026-03-29T22:00:00Z"),
        ("2w", "2026-03-16T23:00:00Z"),
        ("1m", "2026-02-27T23:00:00Z"),
        ("1y", "2025-03-30T22:00:00Z"),
        ("2026-12-24", "2026-12-23T23:00:00Z"),
        ("2026", "2025-12-31T23:00:00Z"),
        ("2026-05-17T08:00:00+02:00", "2026-05-17T06:00:00Z"),
    ] {
        let moment = Moment::parse(text).unwrap_or_else(|| panic!("{text}"));
        assert_eq!(moment.instant(now, &berlin).to_string(), expected, "{text}");
    }
    for text in [
        "",
        "d",
        "-1d",
        "99999d",
        "2026-13-01",
        "2026-02-30",
        "26-01-01",
        "2026-1-1",
        "noon",
        "+2026",
    ] {
        assert_eq!(Moment::parse(text), None, "{text}");
    }
}

fn occurs(query: &str, text: &str) -> bool {
    match parse(query, &NATIVE) {
        Ok(Expr::Text(_, term)) => {
            term.occurs_in(tokens(text, Limits::BODY).iter().map(String::as_str))
        }
        other => panic!("{query}: {other:?}"),
    }
}

#[test]
fn terms_are_found_where_a_reader_sees_them() {
    for (query, text, is_found) in [
        ("uber", "Das ist ÜBER Nacht", true),
        ("über", "uber", true),
        ("straße", "HAUPTSTRASSE", false),
        ("hauptstr*", "HAUPTSTRASSE", true),
        ("123456", "Ticket RE123456", true),
        ("RE123456", "Ticket re123456", true),
        ("\"RE123456 123456\"", "Ticket RE123456", false),
        ("example.com", "write to jo@example.com today", true),
        ("jo@example.com", "JO@EXAMPLE.COM", true),
        ("jo@example.com", "joe@example.com", false),
        ("東京", "私は東京都に住む", true),
        ("京", "東京", true),
        ("京東", "東京", false),
        ("학교", "학교에서", true),
        ("สวัสดี", "ขอสวัสดีครับ", true),
        ("👍", "thanks 👍🏽", true),
        ("don't", "I don\u{2019}t", true),
    ] {
        assert_eq!(occurs(query, text), is_found, "{query} in {text}");
    }
}

proptest! {
    #[test]
    fn no_text_makes_the_parser_fail_badly(query in "\\PC{0,80}|[a(): \"*\\[\\]-]{0,60}|((AND|OR|NOT|\\(|\\)|tag:|-|x) ?){0,30}") {
        if let Err(error) = parse(&query, &NATIVE) {
            prop_assert!((1..=query.chars().count() + 1).contains(&error.column), "{}", error);
        }
    }

    #[test]
    fn a_text_contains_its_own_words(text in "[\\p{L}\\p{N}\\p{S} .@-]{1,60}") {
        if let Some(term) = Term::of(&text, false) {
            prop_assert!(term.occurs_in(tokens(&text, Limits::BODY).iter().map(String::as_str)));
        }
    }

    #[test]
    fn tokens_can_be_joined_with_blanks(text in ".*") {
        for token in tokens(&text, Limits::BODY) {
            prop_assert!(!token.is_empty() && !token.contains(|c: char| c.is_whitespace() || c.is_control()), "{:?}", token);
            let is_plain = |c: char| !c.is_ascii() || c.is_ascii_lowercase() || c.is_ascii_digit();
            prop_assert!(token.chars().all(is_plain), "{:?}", token);
        }
    }
}
