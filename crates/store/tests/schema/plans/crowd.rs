//! The rows that the statements run on: a few that they search for, and optionally a crowd of thousands that each
//! differ in one column. If an index lacks a column or is not used, a statement reads rows of the crowd.

use heddle_testkit::On;

/// The rows to search for, one of each kind.
const ROWS: &str = include_str!("rows.sql");
/// The tables that say of which rows copies are made, and in which columns the copies differ.
const COPIES: &str = include_str!("crowd.md");
/// The heading in `COPIES` where the crowd begins.
const CROWD: &str = "# The crowd";

/// SQL for times outside 1,001 to 1,030, below and above.
const AWAY: &str = "(CASE WHEN n.i % 2 = 0 THEN n.i % 1000 ELSE 1100 + n.i END)";
/// SQL for times outside those of `AWAY`.
const FAR: &str = "(CASE WHEN n.i % 2 = 0 THEN 0 - n.i ELSE 5000 + n.i END)";
/// The columns of time by which conversations are listed.
const TIMES: [&str; 4] = ["created_at", "started_at", "updated_at", "last_message_at"];

/// Returns the statements that insert the rows on an engine, with or without the crowd. `columns` returns the columns
/// of a table.
pub(super) fn rows(on: On, crowd: bool, columns: impl Fn(&str) -> Vec<String>) -> Vec<String> {
    let (more, noise) = COPIES.split_once(CROWD).expect("two tables");
    let noise = if crowd { noise } else { "" };
    let first = ROWS.split(";\n").map(|insert| spell_bytes(on, insert));
    // The search index is part of the database on PostgreSQL only.
    let exists = |insert: &String| {
        let table = insert
            .split_once("INSERT INTO ")
            .and_then(|(_, rest)| rest.split(' ').next());
        table.is_some_and(|table| !columns(table).is_empty())
    };
    let first = first.filter(exists);
    let copies = [more, noise].into_iter().flat_map(str::lines);
    let copies = copies.filter(|line| line.starts_with("| ") && line.contains(" = "));
    let of_here = |line: &&str| {
        let table = line.split(' ').nth(1).unwrap_or_default();
        !columns(table).is_empty() || !table.starts_with("search_")
    };
    let copies = copies.filter(of_here);
    first
        .chain(copies.map(|line| copy(on, line, &columns)))
        .collect()
}

/// Returns the statement that inserts the copies of one line.
fn copy(on: On, line: &str, columns: impl Fn(&str) -> Vec<String>) -> String {
    // SQL in a cell uses only `||`, never a single `|`. So ` | ` always separates two cells.
    let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
    let [table, which, each, different] = cells[..] else {
        panic!("four columns: {line}");
    };
    let columns = columns(table);
    let different = differences(different);
    for (name, _) in &different {
        assert!(columns.contains(name), "{name}: {line}");
    }
    let value = |column: &String| {
        let found = different.iter().find(|(name, _)| name == column);
        found.map_or_else(|| format!("b.{column}"), |(_, value)| value.clone())
    };
    let values: Vec<String> = columns.iter().map(value).collect();
    let bytes = match on {
        On::Sqlite => "BLOB",
        On::Postgres => "BYTEA",
    };
    format!(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {each})
        INSERT INTO {table} ({}) SELECT {} FROM (SELECT * FROM {table} WHERE {which}) b CROSS JOIN n",
        columns.join(", "),
        values.join(", ").replace("BYTES", bytes).replace("AWAY", AWAY).replace("FAR", FAR),
    )
}

/// Returns the columns that differ in a copy, and their values. A conversation that was never delegated stays so.
fn differences(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for part in text.split("; ") {
        let (column, value) = part.split_once(" = ").expect("a column and its value");
        if column == "TIME" {
            found.extend(TIMES.map(|time| (time.to_owned(), value.to_owned())));
            let delegated = format!("b.delegated_at - b.created_at + {value}");
            found.push(("delegated_at".to_owned(), delegated));
        } else {
            found.push((column.to_owned(), value.to_owned()));
        }
    }
    found
}

/// Formats a byte literal for the engine.
fn spell_bytes(on: On, text: &str) -> String {
    let open = match on {
        On::Sqlite => "x'",
        On::Postgres => "'\\x",
    };
    let mut parts = text.split("BYTES(");
    let mut spelt = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (digits, rest) = part.split_once(')').expect("closed");
        spelt.extend([open, digits, "'", rest]);
    }
    spelt
}
