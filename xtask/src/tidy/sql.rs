//! Checks SQL: only the store contains it, and it must run unchanged on SQLite and all PostgreSQL-like engines.

use super::file::File;
use super::project::Project;
use super::rust::{Literal, Rust, line_of, words};
use super::violation::Violation;
use crate::layout::{MIGRATIONS, Role, STORE_SOURCE, place};

/// The roles besides the store that may contain SQL, each with the reason.
const MAY_HAVE_SQL: [(Role, &str); 3] = [
    (
        Role::Bench,
        "the floors are written without anything of ours",
    ),
    (Role::Testkit, "it makes databases, before there is a store"),
    (Role::Xtask, "these checks name what they look for"),
];

/// Words that are not portable, each with the reason. They are compared as whole words, in upper and lower case.
const FORBIDDEN_WORDS: [(&str, &str); 24] = [
    ("SERIAL", "ids are made by the application"),
    ("BIGSERIAL", "ids are made by the application"),
    ("SMALLSERIAL", "ids are made by the application"),
    ("AUTOINCREMENT", "ids are made by the application"),
    ("IDENTITY", "ids are made by the application"),
    ("SEQUENCE", "ids are made by the application"),
    ("NEXTVAL", "ids are made by the application"),
    ("TRIGGER", "what follows a change reads the feed"),
    ("GENERATED", "computed columns are not portable"),
    ("EXCLUDE", "exclusion constraints are not portable"),
    ("DEFERRABLE", "deferred constraints are not portable"),
    ("INHERITS", "inheritance is not portable"),
    ("CREATE EXTENSION", "no extensions"),
    ("CREATE TYPE", "text with a CHECK instead of a type"),
    ("CREATE RULE", "no rules"),
    ("LOCK TABLE", "lock the aggregate's row"),
    ("SKIP LOCKED", "claims are leases"),
    ("CURRENT_TIMESTAMP", "times are parameters"),
    ("CURRENT_DATE", "times are parameters"),
    ("CURRENT_TIME", "times are parameters"),
    ("OFFSET", "pages are positions, not counts"),
    (
        "ON CONFLICT DO",
        "name the full unique key: ON CONFLICT (account_id, ...)",
    ),
    ("CREATE TEMP TABLE", "no session state"),
    ("CREATE TEMPORARY TABLE", "no session state"),
];

/// Functions that are not portable or not repeatable, each with the reason.
const FORBIDDEN_CALLS: [(&str, &str); 9] = [
    ("now", "times are parameters"),
    ("clock_timestamp", "times are parameters"),
    ("statement_timestamp", "times are parameters"),
    ("unixepoch", "times are parameters"),
    ("strftime", "times are parameters"),
    ("datetime", "times are parameters"),
    ("random", "random values are parameters"),
    ("gen_random_uuid", "random values are parameters"),
    ("randomblob", "random values are parameters"),
];

pub(super) fn check(project: &Project) -> Vec<Violation> {
    let mut violations = Vec::new();
    for file in &project.files {
        let migration = file.path.starts_with(MIGRATIONS) && file.path.ends_with(".sql");
        if migration {
            violations.extend(
                unportable(&without_comments(&file.text))
                    .map(|(at, what)| Violation::new(&file.path, line_of(&file.text, at), what)),
            );
            violations.extend(bare_integers(file));
        }
        let Some(rust) = &file.rust else { continue };
        let role = place(&file.path).map(|place| place.role);
        if role == Some(Role::Store) {
            violations.extend(unportable_literals(file, rust));
        } else if !MAY_HAVE_SQL.iter().any(|(may, _)| role == Some(*may)) {
            violations.extend(sql_outside_the_store(file, rust));
        }
    }
    violations
}

fn sql_outside_the_store(file: &File, rust: &Rust) -> Vec<Violation> {
    let sql = rust
        .literals
        .iter()
        .filter(|literal| looks_like_sql(&literal.text));
    sql.map(|literal| Violation::new(&file.path, literal.line, "only crates/store contains SQL"))
        .collect()
}

/// Returns the store's SQL statements: string literals in its code, except in tests.
pub(super) fn statements<'a>(file: &'a File, rust: &'a Rust) -> impl Iterator<Item = &'a Literal> {
    let own = file.path.starts_with(STORE_SOURCE) && file.stem() != "tests";
    rust.literals
        .iter()
        .filter(move |literal| own && !rust.is_test(literal.at) && looks_like_sql(&literal.text))
}

fn unportable_literals(file: &File, rust: &Rust) -> Vec<Violation> {
    let mut violations = Vec::new();
    for literal in statements(file, rust) {
        let found = unportable(&literal.text)
            .map(|(_, what)| Violation::new(&file.path, literal.line, what));
        violations.extend(found);
    }
    violations
}

/// Whether a literal begins like a statement, or contains SQL keywords in capitals. Prose with the word "select" does
/// not count.
pub(super) fn looks_like_sql(text: &str) -> bool {
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let lower = flat.to_ascii_lowercase();
    let starts = |beginning: &str, then: &str| {
        lower
            .strip_prefix(beginning)
            .is_some_and(|rest| rest.contains(then))
    };
    let begins = starts("select ", " from ")
        || starts("with ", " as (")
        || starts("update ", " set ")
        || [
            "insert into ",
            "delete from ",
            "create table ",
            "create index ",
            "create unique index ",
            "alter table ",
            "drop table ",
        ]
        .iter()
        .any(|beginning| lower.starts_with(beginning));
    let capitals = [
        "INSERT INTO ",
        "DELETE FROM ",
        "CREATE TABLE ",
        "ALTER TABLE ",
        "DROP TABLE ",
        "PRAGMA ",
    ];
    begins
        || flat.starts_with("SELECT ")
        || flat.contains("SELECT ") && flat.contains(" FROM ")
        || flat.contains("UPDATE ") && flat.contains(" SET ")
        || capitals.iter().any(|words| flat.contains(words))
}

/// Replaces comments, quoted texts and the quotes of names by blanks; offsets and lines stay.
pub(super) fn without_comments(sql: &str) -> String {
    let mut plain = String::with_capacity(sql.len());
    let mut rest = sql;
    while let Some(first) = rest.chars().next() {
        let length = if rest.starts_with("--") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if first == '\'' {
            rest[1..].find('\'').map_or(rest.len(), |end| end + 2)
        } else {
            plain.push(if first == '"' { ' ' } else { first });
            rest = &rest[first.len_utf8()..];
            continue;
        };
        plain.extend(
            rest[..length]
                .bytes()
                .map(|byte| if byte == b'\n' { '\n' } else { ' ' }),
        );
        rest = &rest[length..];
    }
    plain
}

/// Returns the parts of a statement that are not portable, each with offset and reason.
fn unportable(sql: &str) -> impl Iterator<Item = (usize, String)> {
    let sql = without_comments(sql).to_ascii_uppercase();
    let all: Vec<(usize, String)> = words(&sql)
        .map(|(at, word)| (at, word.to_owned()))
        .collect();
    let mut found = Vec::new();
    for (index, (at, word)) in all.iter().enumerate() {
        for (phrase, why) in FORBIDDEN_WORDS {
            let same = phrase
                .split(' ')
                .enumerate()
                .all(|(step, part)| all.get(index + step).is_some_and(|(_, next)| next == part));
            // Does not find `ON CONFLICT (key) DO`, in which the key separates these words.
            if same
                && !(phrase == "ON CONFLICT DO"
                    && sql[*at..]
                        .split("DO")
                        .next()
                        .is_some_and(|head| head.contains('(')))
            {
                found.push((*at, format!("`{phrase}` is not portable: {why}")));
            }
        }
        let called = sql[at + word.len()..].trim_start().starts_with('(');
        if let Some((call, why)) = FORBIDDEN_CALLS
            .iter()
            .find(|(call, _)| called && call.eq_ignore_ascii_case(word))
        {
            found.push((
                *at,
                format!("`{call}()` gives another answer on each engine and node: {why}"),
            ));
        }
        if word.starts_with("PG_") && word.contains("ADVISORY") {
            found.push((
                *at,
                "advisory locks are not portable: lock a row".to_owned(),
            ));
        }
    }
    if let Some(at) = sql.find(" / ") {
        found.push((
            at,
            "`/` divides integers on one engine and not on another".to_owned(),
        ));
    }
    found.into_iter()
}

// Finds columns of the type INTEGER, which has 64 bits on SQLite but only 32 on PostgreSQL.
fn bare_integers(file: &File) -> Vec<Violation> {
    if !file.path.ends_with(".postgres.sql") {
        return Vec::new();
    }
    let sql = without_comments(&file.text);
    let narrow = |word: &str| {
        ["int", "integer", "int4", "smallint", "int2"].contains(&word.to_ascii_lowercase().as_str())
    };
    let found = words(&sql).filter(|(_, word)| narrow(word));
    found
        .map(|(at, word)| {
            Violation::new(
                &file.path,
                line_of(&sql, at),
                format!("`{word}` is too narrow: bigint"),
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(path: &str, text: &str) -> Vec<String> {
        check(&Project::of(&[(path, text)]))
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    #[test]
    fn sql_is_distinguished_from_prose() {
        for sql in [
            "SELECT 1",
            "select id from message where x",
            "INSERT INTO a VALUES (1)",
            "insert into a values (1)",
            "UPDATE a\n SET b = 1",
            "EXPLAIN SELECT a FROM b",
            "PRAGMA foreign_keys = ON",
            "CREATE UNIQUE INDEX a ON b (c)",
            "WITH x AS (SELECT 1) SELECT * FROM x",
        ] {
            assert!(looks_like_sql(sql), "{sql}");
        }
        for prose in [
            "Select a customer",
            "update the conversation",
            "nothing to delete from",
            "an UPDATE was lost",
            "with care",
            "SELECTED",
        ] {
            assert!(!looks_like_sql(prose), "{prose}");
        }
    }

    #[test]
    fn sql_belongs_to_the_store() {
        let source = "fn f() {\n    run(\"DELETE FROM message\");\n}";
        assert_eq!(
            said("crates/heddle/src/cli.rs", source),
            ["crates/heddle/src/cli.rs:2: only crates/store contains SQL"]
        );
        assert_eq!(said("crates/heddle/tests/it/main.rs", source).len(), 1);
        for path in [
            "crates/store/src/rows.rs",
            "bench/src/floor.rs",
            "crates/testkit/src/postgres.rs",
            "xtask/src/tidy.rs",
        ] {
            assert!(said(path, source).is_empty(), "{path}");
        }
    }

    #[test]
    fn what_is_not_portable_is_named_with_its_line() {
        let path = "crates/store/migrations/0001_x.postgres.sql";
        let sql = "-- SERIAL is fine in a comment\nCREATE TABLE a (\n  id bigserial,\n  n int CHECK (s <> 'TRIGGER'),\n  t bigint DEFAULT now()\n)";
        let said = said(path, sql);
        assert_eq!(said.len(), 3, "{said:?}");
        assert!(
            said[0].contains(":3: `BIGSERIAL`")
                && said[1].contains(":5: `now()`")
                && said[2].contains(":4: `int`")
        );
    }

    #[test]
    fn statements_of_the_store_follow_the_same_rules() {
        let all = |sql: &str| {
            said(
                "crates/store/src/rows.rs",
                &format!("const A: &str = \"{sql}\";"),
            )
            .len()
        };
        assert_eq!(
            all("INSERT INTO a (b) VALUES ($1) ON CONFLICT DO NOTHING"),
            1
        );
        assert_eq!(
            all("INSERT INTO a (b) VALUES ($1) ON CONFLICT (account_id, b) DO NOTHING"),
            0
        );
        assert_eq!(all("SELECT a FROM b LIMIT 1 OFFSET 5"), 1);
        assert_eq!(all("SELECT a FROM b FOR UPDATE SKIP LOCKED"), 1);
        assert_eq!(all("SELECT pg_advisory_xact_lock(a) FROM b"), 1);
        assert_eq!(all("SELECT a / b FROM c"), 1);
        assert_eq!(all("UPDATE a SET t = datetime('now')"), 1);
        assert_eq!(all("SELECT now, serializable, excluded.a FROM b"), 0);
    }

    #[test]
    fn tests_of_the_store_may_use_any_sql() {
        let source =
            "#[cfg(test)]\nmod tests { const A: &str = \"SELECT random() FROM a OFFSET 1\"; }";
        assert!(said("crates/store/src/rows.rs", source).is_empty());
    }
}
