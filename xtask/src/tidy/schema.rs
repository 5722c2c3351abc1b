//! Checks the schema: migrations come in pairs, and every key of a tenant table begins with the account.
//!
//! The store's tests check the rest: they create the schema partitioned by account on PostgreSQL.

use std::collections::{BTreeMap, BTreeSet};

use super::file::File;
use super::project::Project;
use super::rust::{line_of, words};
use super::sql::{statements, without_comments};
use super::violation::Violation;
use crate::layout::{MIGRATIONS, STORE_SOURCE};

/// Tables whose rows belong to no account, each with the reason.
const GLOBAL: [(&str, &str); 11] = [
    ("account", "it lists the accounts"),
    (
        "credential_key",
        "a credential is looked up by its hash before the account is known",
    ),
    ("lease", "work is shared out among nodes"),
    ("migration", "it describes the schema itself"),
    (
        "node_slot",
        "a node's slot in ids is the same for all accounts",
    ),
    ("clock_span", "the clock is the same for all accounts"),
    ("trusted_time", "the clock is the same for all accounts"),
    ("serving_node", "a server serves all accounts"),
    ("sealing_key", "all secrets of a store have one key"),
    ("unfinished_import", "an import can bring several accounts"),
    (
        "unfinished_removal",
        "its row is the last one of an account",
    ),
];

/// Keys that do not begin with the account: table, first column, engine and reason.
const KEYS_APART: [(&str, &str, &str, &str); 1] = [(
    "message",
    "row_key",
    "sqlite",
    "search points at messages by a row key of SQLite's own",
)];

/// The beginning of the comment above a statement that reads all accounts; the reason follows it.
const ACROSS: &str = "tidy: across accounts:";

const ENGINES: [&str; 2] = ["sqlite", "postgres"];

pub(super) fn check(project: &Project) -> Vec<Violation> {
    let migrations: Vec<&File> = project
        .files
        .iter()
        .filter(|file| file.path.starts_with(MIGRATIONS) && file.path.ends_with(".sql"))
        .collect();
    let mut violations = pairs(&migrations);
    let mut tenant = BTreeSet::new();
    for file in migrations {
        let engine = if file.path.ends_with(".sqlite.sql") {
            "sqlite"
        } else {
            "postgres"
        };
        let steps = steps(&file.text);
        tenant.extend(
            steps
                .iter()
                .filter_map(Step::table)
                .filter(Table::is_tenant)
                .map(|table| table.name),
        );
        violations.extend(mixed(file, &steps));
        violations.extend(
            steps
                .iter()
                .flat_map(|step| keys_apart(file, engine, step, &tenant)),
        );
    }
    violations.extend(accountless_statements(project, &tenant));
    violations
}

fn pairs(migrations: &[&File]) -> Vec<Violation> {
    let mut violations = Vec::new();
    let mut names: BTreeMap<u32, BTreeSet<(&str, &str)>> = BTreeMap::new();
    for file in migrations {
        match parts_of_name(&file.path) {
            Some((number, name, engine)) => {
                names.entry(number).or_default().insert((name, engine));
            }
            None => violations.push(Violation::new(
                &file.path,
                0,
                "is not named NNNN_name.sqlite.sql or NNNN_name.postgres.sql",
            )),
        }
    }
    for (expected, (number, files)) in (1..).zip(&names) {
        if *number != expected {
            violations.push(Violation::new(
                MIGRATIONS,
                0,
                format!(
                    "{number:04} follows {:04}: numbers have no gaps",
                    expected - 1
                ),
            ));
            break;
        }
        let one_name: BTreeSet<&str> = files.iter().map(|(name, _)| *name).collect();
        if files.len() != ENGINES.len() || one_name.len() != 1 {
            let what = format!(
                "{number:04} is not one pair: NNNN_name.sqlite.sql and NNNN_name.postgres.sql, one name for both"
            );
            violations.push(Violation::new(MIGRATIONS, 0, what));
        }
    }
    violations
}

fn parts_of_name(path: &str) -> Option<(u32, &str, &str)> {
    let (name, engine) = path
        .strip_prefix(MIGRATIONS)?
        .strip_suffix(".sql")?
        .rsplit_once('.')?;
    let (number, name) = name.split_once('_')?;
    let good =
        number.len() == 4 && ENGINES.contains(&engine) && !name.is_empty() && !name.contains('.');
    Some((number.parse().ok().filter(|_| good)?, name, engine))
}

/// One statement of a migration: its tokens (words, commas, brackets) with their lines.
struct Step {
    tokens: Vec<(usize, String)>,
}

struct Table {
    name: String,
    columns: Vec<String>,
    keys: Vec<Key>,
}

/// A primary, unique or foreign key, or an index.
struct Key {
    line: usize,
    kind: &'static str,
    first: String,
}

fn steps(text: &str) -> Vec<Step> {
    let sql = without_comments(text);
    let mut steps = vec![Step { tokens: Vec::new() }];
    let mut word_starts: BTreeMap<usize, &str> = words(&sql).collect();
    for (at, char) in sql.char_indices() {
        let token = word_starts
            .remove(&at)
            .map(str::to_owned)
            .or_else(|| "(),".contains(char).then(|| char.to_string()));
        if char == ';' {
            steps.push(Step { tokens: Vec::new() });
        } else if let Some(token) = token {
            steps
                .last_mut()
                .expect("there is always one")
                .tokens
                .push((line_of(&sql, at), token));
        }
    }
    steps.retain(|step| !step.tokens.is_empty());
    steps
}

impl Step {
    fn line(&self) -> usize {
        self.tokens[0].0
    }

    fn is(&self, index: usize, word: &str) -> bool {
        self.tokens
            .get(index)
            .is_some_and(|(_, token)| token.eq_ignore_ascii_case(word))
    }

    fn position(&self, word: &str) -> Option<usize> {
        (0..self.tokens.len()).find(|index| self.is(*index, word))
    }

    fn changes_data(&self) -> bool {
        ["INSERT", "UPDATE", "DELETE", "SELECT", "WITH"]
            .iter()
            .any(|verb| self.is(0, verb))
    }

    /// Parses the statement as CREATE TABLE; `None` if it is another statement.
    fn table(&self) -> Option<Table> {
        let open = self.position("(")?;
        if !self.is(0, "CREATE") || !(1..=2).any(|index| self.is(index, "TABLE")) {
            return None;
        }
        let mut table = Table {
            name: self.tokens[open - 1].1.to_ascii_lowercase(),
            columns: Vec::new(),
            keys: Vec::new(),
        };
        for item in items(&self.tokens[open + 1..]) {
            table.take(item);
        }
        Some(table)
    }

    /// Parses the statement as CREATE INDEX: the table and the key. A GIN index is left out, because it serves
    /// searches, whose conditions contain the account.
    fn index(&self) -> Option<(String, Key)> {
        let on = self.position("ON")?;
        let open = self.position("(")?;
        let index = self.is(0, "CREATE") && (self.is(1, "INDEX") || self.is(1, "UNIQUE"));
        let gin = self.is(open - 1, "gin");
        let first = self.tokens.get(open + 1)?.1.to_ascii_lowercase();
        let key = Key {
            line: self.line(),
            kind: "index",
            first,
        };
        (index && !gin).then(|| (self.tokens[on + 1].1.to_ascii_lowercase(), key))
    }
}

/// Splits tokens at the commas that are inside no inner brackets.
fn items(tokens: &[(usize, String)]) -> Vec<&[(usize, String)]> {
    let mut items = Vec::new();
    let mut depth = 0;
    let mut start = 0;
    for (index, (_, token)) in tokens.iter().enumerate() {
        match token.as_str() {
            "(" => depth += 1,
            ")" if depth > 0 => depth -= 1,
            ")" => {
                items.push(&tokens[start..index]);
                break;
            }
            "," if depth == 0 => {
                items.push(&tokens[start..index]);
                start = index + 1;
            }
            _ => {}
        }
    }
    items
}

impl Table {
    fn is_tenant(&self) -> bool {
        self.columns.iter().any(|column| column == "account_id") && !is_global(&self.name)
    }

    fn take(&mut self, item: &[(usize, String)]) {
        let named = item
            .first()
            .is_some_and(|(_, word)| word.eq_ignore_ascii_case("CONSTRAINT"));
        let item = if named {
            item.get(2..).unwrap_or_default()
        } else {
            item
        };
        let Some((line, first)) = item.first() else {
            return;
        };
        let kind = |word: &str| {
            ["PRIMARY", "UNIQUE", "FOREIGN"]
                .into_iter()
                .find(|kind| word.eq_ignore_ascii_case(kind))
        };
        let first = first.to_ascii_lowercase();
        if let Some(kind) = kind(&first) {
            let open = item.iter().position(|(_, token)| token == "(");
            let column = open
                .and_then(|open| item.get(open + 1))
                .map(|(_, column)| column.to_ascii_lowercase());
            self.keys.push(Key {
                line: *line,
                kind,
                first: column.unwrap_or_default(),
            });
        } else if first != "check" {
            let own = item.iter().skip(1).find_map(|(_, word)| kind(word));
            self.keys.extend(own.map(|kind| Key {
                line: *line,
                kind,
                first: first.clone(),
            }));
            self.columns.push(first);
        }
    }
}

fn is_global(table: &str) -> bool {
    GLOBAL.iter().any(|(name, _)| *name == table)
}

// Finds migrations whose steps are of different kinds: an interrupted migration can be repeated only if all of its
// steps are of one kind.
fn mixed(file: &File, steps: &[Step]) -> Vec<Violation> {
    let data = steps.iter().find(|step| step.changes_data());
    let shape = steps.iter().any(|step| !step.changes_data());
    let what = "changes rows in a migration that changes the schema: give it a number of its own";
    data.filter(|_| shape)
        .map(|step| Violation::new(&file.path, step.line(), what))
        .into_iter()
        .collect()
}

fn keys_apart(file: &File, engine: &str, step: &Step, tenant: &BTreeSet<String>) -> Vec<Violation> {
    let mut violations = Vec::new();
    let mut complain = |line, what: String| violations.push(Violation::new(&file.path, line, what));
    let mut check = |table: &str, key: &Key| {
        let apart = KEYS_APART
            .iter()
            .any(|(name, first, on, _)| (*name, *first, *on) == (table, &key.first, engine));
        if key.first != "account_id" && !apart {
            let what = format!(
                "{} key of {table} begins with {}: every key of a tenant's table begins with account_id",
                key.kind, key.first
            );
            complain(key.line, what);
        }
    };
    if let Some(table) = step.table() {
        if table.is_tenant() {
            table.keys.iter().for_each(|key| check(&table.name, key));
        } else if !is_global(&table.name) {
            complain(
                step.line(),
                format!(
                    "{} has no account_id and is not on the list of global tables",
                    table.name
                ),
            );
        }
    } else if let Some((table, key)) = step.index().filter(|(table, _)| tenant.contains(table)) {
        check(&table, &key);
    }
    violations
}

fn accountless_statements(project: &Project, tenant: &BTreeSet<String>) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (file, rust) in project.rust_under(STORE_SOURCE) {
        let lines: Vec<&str> = file.text.lines().collect();
        for literal in statements(file, rust) {
            let above = &lines[literal.line.saturating_sub(5)..literal.line];
            let excused = above.iter().any(|line| line.contains(ACROSS));
            let touched = tables_of(&literal.text)
                .into_iter()
                .find(|table| tenant.contains(table));
            if let Some(table) = touched.filter(|_| !excused && !names_account(&literal.text)) {
                let what = format!(
                    "touches {table} without account_id; if it must, say why above it: `// {ACROSS} ...`"
                );
                violations.push(Violation::new(&file.path, literal.line, what));
            }
        }
    }
    violations
}

/// Whether a statement is limited to one account: by a comparison, or by the columns of an INSERT.
fn names_account(sql: &str) -> bool {
    let flat = sql.split_whitespace().collect::<Vec<_>>().join(" ");
    let compared = ["account_id = ", "account_id IN ("]
        .iter()
        .any(|test| flat.contains(test));
    compared || flat.starts_with("INSERT") && flat.contains("(account_id")
}

/// Returns the tables that a statement reads or writes.
fn tables_of(sql: &str) -> Vec<String> {
    let plain = without_comments(sql).to_ascii_lowercase();
    let words: Vec<(usize, &str)> = words(&plain).collect();
    let mut tables = Vec::new();
    for (index, (_, word)) in words.iter().enumerate() {
        let before = index.checked_sub(1).map_or("", |before| words[before].1);
        let names_table = match *word {
            "join" | "into" => true,
            "from" => before != "distinct",
            "update" => !["for", "do", "key"].contains(&before),
            _ => false,
        };
        if let Some((_, table)) = words.get(index + 1).filter(|_| names_table) {
            tables.push((*table).to_owned());
        }
    }
    tables
}

#[cfg(test)]
mod tests;
