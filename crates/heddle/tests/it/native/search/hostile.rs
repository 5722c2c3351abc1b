//! Tests of queries that want to do harm: each gets an answer, or a 4xx that says where the query is wrong.

use serde_json::Value;

use super::*;
use crate::native::problem;
use heddle_testkit::On;
use heddle_testkit::on_both;

#[tokio::test]
async fn a_search_that_takes_too_long_says_so() {
    let world = World::new(On::Postgres).await;
    let api = Api::full(&world);
    let paths = [
        format!("{SEARCH}?q=locker"),
        format!("{SEARCH}/suggestions?text=locker&kinds=customer"),
    ];
    // Each connection prepares its statements first, which waits for the lock, too, but not as a search.
    for path in paths.iter().cycle().take(40) {
        assert_eq!(api.get(path).await.status, 200, "{path}");
    }
    let held = world.test.hold_searches().await;
    for path in &paths {
        let answer = api.get(path).await;
        let body = problem(&answer, 503, "slow-search");
        let detail = body["detail"].as_str().expect("a detail");
        assert!(
            detail.contains("2 seconds") && detail.contains("narrower"),
            "{detail}"
        );
    }
    drop(held);
}

fn queries() -> Vec<String> {
    let mut queries: Vec<String> = [
        "\"",
        "'",
        "\"\"",
        "''",
        "\"'",
        "`",
        "*",
        "**",
        "* *",
        "a*b",
        "*a",
        "-",
        "--",
        "-*",
        "- -",
        "\\",
        "\\\"",
        "%",
        "_",
        "?",
        "AND",
        "OR",
        "NOT",
        "AND OR NOT",
        "NOT NOT NOT",
        "OR OR",
        "(",
        ")",
        "()",
        "(()",
        ")(",
        "( OR )",
        "(AND)",
        "NOT ()",
        ":",
        "::",
        "a:",
        ":a",
        "tag:",
        "tag::",
        "tag:\"",
        "tag:()",
        "tag:(a OR",
        "in:-1",
        "in:99999999999999999999",
        "number:-1",
        "number:0x10",
        "customer:9223372036854775807",
        "before:0000-00-00",
        "after:9999-12-31",
        "after:99999y",
        "before:-1d",
        // The engines' own syntax.
        "NEAR(a b)",
        "NEAR(a b, 5)",
        "a NEAR/2 b",
        "a^2",
        "^a",
        "^ a",
        "{x}:y",
        "{subject body}: a",
        "- subject : a",
        "subject : a",
        "'a':*",
        "'a' & 'b'",
        "a & b",
        "a | b",
        "!a",
        "!(a | b)",
        "a <-> b",
        "a <2> b",
        "a:A",
        "a:AB*",
        "a + b",
        "a +",
        "rank MATCH 'x'",
        "'); --",
        "' OR 1=1 --",
        "$1",
        "?1",
        ":1",
        "@a",
        "%00",
        "a\\0b",
        "x' AND rowid = 1 --",
        "\"a\" \"b",
        "a\"b\"c",
        // Characters.
        "\u{1}\u{2}\u{1f}",
        "a\u{7}b",
        "\u{7f}",
        "\u{85}",
        "\u{200b}",
        "\u{feff}",
        "\u{202e}abc",
        "\u{fffd}",
        "\u{ffff}",
        "\u{10ffff}",
        "\u{a6}",
        "a \u{a6} b",
        "\u{308}",
        "\u{e0001}",
        "👨‍👩‍👧‍👦",
        "\r\n\t",
        "ﷺ",
        "İ",
        "ß",
        "ǆ",
        "a\u{300}\u{301}\u{302}\u{303}\u{304}",
    ]
    .map(str::to_owned)
    .into();
    queries.extend([
        "a".repeat(10_240),
        "a ".repeat(5_120),
        "\u{1F9F5}".repeat(2_560),
        "\"".repeat(2_000),
        "*".repeat(2_000),
        "OR ".repeat(600),
        "NOT ".repeat(500),
        "-".repeat(2_000),
        "tag:".repeat(500),
        "(".repeat(1_000) + &")".repeat(1_000),
        format!("{}a{}", "(".repeat(999), ")".repeat(999)),
        "(".repeat(2_000),
        ")".repeat(2_000),
        "(a OR ".repeat(20) + "b" + &")".repeat(20),
        "a* ".repeat(100),
        "a* OR ".repeat(99) + "a*",
        "-a* ".repeat(100),
        "NOT (a* OR b*) ".repeat(18),
        "東".repeat(2_000),
        "a\u{300}".repeat(1_000),
        "x".repeat(64) + " " + &"y".repeat(1_900),
        "a@b.c.d.e.f.g.h.i.j.k ".repeat(60),
    ]);
    queries
}

on_both! {
    async fn every_query_gets_an_answer_or_the_column(world: World) {
        let mut desk = Desk::new(&world);
        desk.open("one", json!({ "subject": "a b", "tags": ["a"], "messages": [said("a b c 東 x")] })).await;
        index(&world).await;
        let mut answered = 0;
        for query in queries() {
            let shown: String = query.chars().take(30).collect();
            for more in ["", "&sort=relevance&facets=true"] {
                let answer = search(&desk.api, &query, more).await;
                let body = answer.json();
                if answer.status == 200 {
                    answered += 1;
                    continue;
                }
                assert_eq!(answer.status, 422, "{shown:?}: {body}");
                let error = &body["errors"][0];
                assert_eq!((&error["field"], &error["code"]), (&json!("q"), &json!("query")), "{shown:?}");
                let column = error["column"].as_u64().expect("a column");
                assert!((1..=query.chars().count() as u64 + 1).contains(&column), "{shown:?}: {column}");
            }
            let typed: String = query.chars().take(200).collect();
            let typed = desk.api.get(&format!("{SEARCH}/suggestions?text={}", encoded(&typed))).await;
            assert_eq!(typed.status, 200, "{shown:?}: {}", typed.json());
        }
        assert!(answered > 60, "{answered}");
        let nul = search(&desk.api, "a\0b", "").await;
        let body = crate::native::problem(&nul, 400, "nul");
        assert_eq!(body["errors"][0]["field"], "q");
        let bytes = desk.api.get(&format!("{SEARCH}?q=%ff%fe")).await;
        crate::native::problem(&bytes, 400, "not-utf-8");
    }
}

on_both! {
    async fn the_engines_own_syntax_is_text(world: World) {
        let mut desk = Desk::new(&world);
        desk.told("near", "near a b").await;
        desk.told("other", "a then b").await;
        index(&world).await;
        for (query, found) in [
            ("NEAR(a b)", &["near"][..]),
            ("\"near a b\"", &["near"]),
            ("a | b", &["near", "other"]),
            ("a & zebra", &[]),
            ("!then", &["other"]),
            ("'a':*", &["near", "other"]),
            ("a <-> b", &["near", "other"]),
            ("^then", &["other"]),
        ] {
            assert_eq!(desk.found(query).await, found, "{query}");
        }
    }
}

on_both! {
    async fn a_strange_cursor_is_refused(world: World) {
        let api = Api::full(&world);
        index(&world).await;
        for cursor in ["x", "AAAA", "AQAAAAAAAAAAWzEsMiwzLDRd", "%00", "%F0%9F%A7%B5"] {
            let answer = search(&api, "a", &format!("&cursor={cursor}")).await;
            let body: Value = answer.json();
            assert!(matches!(answer.status.as_u16(), 400 | 422), "{cursor}: {body}");
        }
    }
}
