//! The audit history consists of the rows of `event`. No statement may change or delete them, except those named
//! here.

use std::collections::BTreeSet;

use heddle_store::diagnostics::{
    postgres_migrations, postgres_statements, sqlite_migrations, statements,
};

/// The statements that may change or delete events: name, how the statement begins, and the reason.
const EXCEPTIONS: [(&str, &str, &str); 4] = [
    (
        "feed::STAMP",
        "UPDATE event SET position =",
        "the sequencer gives a position to an event that has none; it changes nothing else",
    ),
    (
        "erasure::REDACT_EVENT",
        "UPDATE event SET detail = $3 WHERE account_id = $1 AND id = $2",
        "an erasure removes the customer's data from the details of events; all other columns stay",
    ),
    (
        "feed::DELETE_UP_TO",
        "DELETE FROM event WHERE account_id = $1 AND",
        "events older than `events.keep_days` are deleted, oldest first",
    ),
    (
        "export::remove_event",
        "DELETE FROM event WHERE account_id = $1 AND (account_id, id) IN",
        "a removed account leaves nothing, and an import that is given up neither",
    ),
];

/// Returns the words of a statement, separated by one blank.
fn words(sql: &str) -> String {
    sql.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether a statement changes or deletes rows of `event`.
fn changes_events(sql: &str) -> bool {
    let text = format!("{} ", words(sql).to_uppercase());
    let verbs = [
        "UPDATE ",
        "DELETE FROM ",
        "REPLACE INTO ",
        "TRUNCATE ",
        "TRUNCATE TABLE ",
        "DROP TABLE ",
    ];
    let event = ["EVENT ", "ONLY EVENT ", "\"EVENT\" "];
    let pairs = verbs
        .iter()
        .flat_map(|verb| event.map(|event| format!("{verb}{event}")));
    let upserts = text.contains("INTO EVENT ") && text.contains("DO UPDATE");
    upserts || pairs.into_iter().any(|pair| text.contains(&pair))
}

#[test]
fn a_change_of_events_is_recognised() {
    for sql in [
        "UPDATE event SET detail = ''",
        "delete from  event",
        "INSERT INTO event (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET id = 2",
        "WITH x AS (DELETE FROM event WHERE id = 1 RETURNING id) SELECT id FROM x",
    ] {
        assert!(changes_events(sql), "{sql}");
    }
    for sql in [
        "SELECT id FROM event",
        "INSERT INTO event (id) VALUES ($1)",
        "UPDATE feed SET head = 1",
    ] {
        assert!(!changes_events(sql), "{sql}");
    }
}

#[test]
fn events_are_only_added() {
    let mut found = BTreeSet::new();
    for stmt in statements().into_iter().chain(postgres_statements()) {
        for text in [stmt.sqlite, stmt.postgres] {
            if !changes_events(text) {
                continue;
            }
            let excepted = EXCEPTIONS.iter().find(|(name, ..)| *name == stmt.name);
            let (name, begins, _) = excepted.unwrap_or_else(|| panic!("{}: {text}", stmt.name));
            // SQLite's text marks parameters with `?`.
            let text = words(text).replace('?', "$");
            assert!(text.starts_with(begins), "{name}: {text}");
            found.insert(*name);
        }
    }
    assert_eq!(found.len(), EXCEPTIONS.len(), "{found:?}");
}

#[test]
fn no_migration_changes_events() {
    let sqlite = sqlite_migrations().concat();
    for step in sqlite.iter().chain(&postgres_migrations().concat()) {
        assert!(!changes_events(step), "{step}");
        assert!(!step.to_uppercase().contains("TRIGGER"), "{step}");
    }
}
