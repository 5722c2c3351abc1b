//! Tests that the audit shows every change of a value that a user can see, with the value before and after.
//!
//! A [`Watch`] compares all rows before and after a command with the events that the command wrote. Every case of
//! `refusals.rs` runs under a watch, and every command has a case there, so a new command is covered by itself. A new
//! column of an audited table must be in an event or in a list below, with the reason.

mod cases;
mod tables;

use std::collections::{BTreeMap, BTreeSet};

use heddle_testkit::TestStore;
use serde_json::{Value, json};

use crate::opening::sqlite;
use tables::{AUDITED, Audited, OTHER_FORM, PARTS, SILENT};

/// A row: its columns, as texts.
type Row = BTreeMap<String, Value>;
/// All rows, by table and by key within the table.
type Rows = BTreeMap<String, BTreeMap<String, Row>>;

fn text(row: &Row, column: &str) -> String {
    match row.get(column) {
        None | Some(Value::Null) => String::new(),
        Some(value) => plain(value),
    }
}

/// Returns a value of a row or an event in the same form: flags as numbers, lists joined by commas.
fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(flag) => i32::from(*flag).to_string(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Reads all rows of all tables.
async fn read(test: &TestStore) -> Rows {
    let mut rows = Rows::new();
    for (table, row) in match &test.database {
        Some(database) => read_postgres(&database.connect().await).await,
        None => read_sqlite(&sqlite(&test.options)),
    } {
        let key = key(&table, &row);
        rows.entry(table).or_default().insert(key, row);
    }
    let tags = rows.remove("conversation_tag").unwrap_or_default();
    let own = tags.into_values().map(|row| without_copies(row, &rows));
    let own = own
        .map(|row| (key("conversation_tag", &row), row))
        .collect();
    rows.insert("conversation_tag".to_owned(), own);
    rows
}

/// Checks that a tag of a conversation has the conversation's values, and removes them: events of the conversation show their
/// changes.
fn without_copies(mut row: Row, rows: &Rows) -> Row {
    let conversation = [text(&row, "account_id"), text(&row, "conversation_id")].join("|");
    let conversation = &rows["conversation"][&conversation];
    for column in COPIED {
        let copy = row.remove(column);
        assert_eq!(copy.as_ref(), conversation.get(column), "{column} of a tag");
    }
    row
}

/// Columns that a conversation's tags copy from it.
const COPIED: [&str; 3] = ["inbox_id", "phase", "started_at"];

/// Returns what identifies a row: account and id, or all columns of a row without an id.
fn key(table: &str, row: &Row) -> String {
    match (table, row.get("id")) {
        ("account_setting", _) => ["account_id", "api", "name"]
            .map(|name| text(row, name))
            .join("|"),
        ("account", Some(id)) => plain(id),
        (_, Some(id)) => format!("{}|{}", text(row, "account_id"), plain(id)),
        (_, None) => json!(row).to_string(),
    }
}

async fn read_postgres(client: &tokio_postgres::Client) -> Vec<(String, Row)> {
    let tables = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'";
    let mut rows = Vec::new();
    for table in client.query(tables, &[]).await.expect("tables") {
        let table: String = table.get(0);
        let all = format!("SELECT CAST(row_to_json(t) AS TEXT) FROM {table} t");
        for row in client.query(&all, &[]).await.expect("rows") {
            let row = serde_json::from_str(row.get(0)).expect("an object");
            rows.push((table.clone(), row));
        }
    }
    rows
}

fn read_sqlite(connection: &rusqlite::Connection) -> Vec<(String, Row)> {
    use rusqlite::types::Value as Stored;
    let mut tables = connection
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")
        .expect("a statement");
    let tables = tables.query_map([], |row| row.get::<_, String>(0));
    let mut rows = Vec::new();
    for table in tables.expect("tables").map(|name| name.expect("a name")) {
        let all = format!("SELECT * FROM {table}");
        let mut all = connection.prepare(&all).expect("a statement");
        let names: Vec<String> = all.column_names().map(str::to_owned).collect();
        let mut found = all.query([]).expect("rows");
        while let Some(row) = found.next().expect("a row") {
            let value = |at| match row.get(at).expect("a value") {
                Stored::Null => Value::Null,
                Stored::Integer(number) => number.into(),
                Stored::Real(number) => number.into(),
                Stored::Text(text) => text.into(),
                Stored::Blob(bytes) => format!("{bytes:?}").into(),
            };
            let row = names.iter().enumerate();
            rows.push((
                table.clone(),
                row.map(|(at, name)| (name.clone(), value(at))).collect(),
            ));
        }
    }
    rows
}

/// The events that a command wrote.
struct Events(Vec<(Row, Value)>);

impl Events {
    fn between(before: &Rows, after: &Rows) -> Self {
        let old = before.get("event");
        let new = after.get("event").into_iter().flatten();
        let new = new.filter(|(key, _)| old.is_none_or(|old| !old.contains_key(*key)));
        let detail = |row: &Row| serde_json::from_str(&text(row, "detail")).unwrap_or_default();
        Self(new.map(|(_, row)| (row.clone(), detail(row))).collect())
    }

    /// Returns the events about an entity; for a conversation, also those about its messages.
    fn about<'a>(
        &'a self,
        table: &'a str,
        account: &'a str,
        id: &'a str,
    ) -> impl Iterator<Item = &'a (Row, Value)> {
        self.0.iter().filter(move |(event, _)| {
            let is_about = match table {
                "conversation" => text(event, "conversation_id") == id,
                _ => {
                    text(event, "kind").starts_with(&format!("{table}."))
                        && text(event, "entity_id") == id
                }
            };
            text(event, "account_id") == account && is_about
        })
    }

    fn has_kind(&self, kind: &str, id: &str) -> bool {
        let mut events = self.0.iter();
        events.any(|(event, _)| text(event, "kind") == kind && text(event, "entity_id") == id)
    }

    /// Whether other events stand for the changes of an entity.
    fn waive(&self, table: &str, row: &Row, id: &str) -> bool {
        let account = text(row, "account_id");
        let mut all = self.0.iter();
        match table {
            // An erasure keeps no values. The addresses of a merged customer go to the survivor, whose event shows them.
            "customer" => {
                let is_address = row.contains_key("customer_id");
                let is_merged = is_address && self.has_kind("customer.merged", id);
                // The erasure of a customer is also that of the customers merged into it.
                let mut survivors = [id.to_owned(), text(row, "merged_into_id")].into_iter();
                is_merged || survivors.any(|id| self.has_kind("customer.erased", &id))
            }
            "conversation" => all.any(|(event, detail)| {
                let is_it =
                    text(event, "conversation_id") == id && text(event, "account_id") == account;
                let is_merged = plain(&detail["merged"]["conversation"]) == id;
                (is_it && detail["erased"] == true) || is_merged
            }),
            "agent" => text(row, "built_in") == "1",
            "webhook" => self.has_kind("webhook.deleted", id),
            _ => false,
        }
    }
}

/// The rows before a command.
pub(crate) struct Watch(Rows);

impl Watch {
    pub(crate) async fn begin(test: &TestStore) -> Self {
        Self(read(test).await)
    }

    /// Checks that the events since the beginning show every change; returns the columns whose change they show, and
    /// whether the row was there before.
    pub(crate) async fn end(self, test: &TestStore, command: &str) -> BTreeSet<(String, bool)> {
        let (before, after) = (self.0, read(test).await);
        let events = Events::between(&before, &after);
        let mut seen = BTreeSet::new();
        let mut missing = Vec::new();
        for table in &AUDITED {
            check_entities(table, (&before, &after), &events, &mut seen, &mut missing);
        }
        check_parts((&before, &after), &events, &mut missing);
        check_messages((&before, &after), &events, &mut missing);
        check_public_ids((&before, &after), &events, &mut missing);
        check_tables(&after);
        assert!(
            missing.is_empty(),
            "{command}: the audit does not show {missing:#?}\nin {:#?}",
            events.0
        );
        seen
    }
}

const NO_ROWS: &BTreeMap<String, Row> = &BTreeMap::new();

fn of<'a>(rows: &'a Rows, table: &str) -> &'a BTreeMap<String, Row> {
    rows.get(table).unwrap_or(NO_ROWS)
}

fn check_entities(
    table: &Audited,
    (before, after): (&Rows, &Rows),
    events: &Events,
    seen: &mut BTreeSet<(String, bool)>,
    missing: &mut Vec<String>,
) {
    let old_rows = of(before, table.table);
    for (key, new) in of(after, table.table) {
        let (old, id) = (old_rows.get(key), text(new, "id"));
        if old == Some(new) || events.waive(table.table, new, &id) {
            continue;
        }
        for column in new.keys().filter(|column| !is_silent(table, column)) {
            let values = [
                old.map_or_else(String::new, |old| text(old, column)),
                text(new, column),
            ];
            let is_unset = old.is_none() && ["", "0", "{}"].contains(&values[1].as_str());
            if values[0] == values[1] || is_unset {
                continue;
            }
            if is_shown(table, (column, &values), new, events) {
                seen.insert((format!("{}.{column}", table.table), old.is_some()));
            } else {
                missing.push(format!("{}.{column} of {key}: {values:?}", table.table));
            }
        }
    }
}

fn is_silent(table: &Audited, column: &str) -> bool {
    let mut silent = table.silent.iter();
    silent.any(|(columns, _)| columns.contains(&column))
}

fn field_of<'a>(table: &Audited, column: &'a str) -> &'a str {
    let named = table.named.iter().find(|(of, _)| *of == column);
    named.map_or(column, |(_, field)| *field)
}

/// Whether an event has the field with these values. A new conversation's inbox is that of its event.
fn is_shown(
    table: &Audited,
    (column, values): (&str, &[String; 2]),
    row: &Row,
    events: &Events,
) -> bool {
    let (account, id) = (text(row, "account_id"), text(row, "id"));
    let account = if table.table == "account" {
        &id
    } else {
        &account
    };
    let field = field_of(table, column);
    let mut about = events.about(table.table, account, &id);
    about.any(|(event, detail)| {
        let change = &detail["changes"][field];
        let is_equal = change.is_array() && [0, 1].map(|at| plain(&change[at])) == *values;
        let is_named = change.is_array() && OTHER_FORM.contains(&field);
        let is_first_inbox =
            column == "inbox_id" && values[0].is_empty() && text(event, "inbox_id") == values[1];
        is_equal || is_named || is_first_inbox
    })
}

fn check_parts((before, after): (&Rows, &Rows), events: &Events, missing: &mut Vec<String>) {
    for (table, entity, column, fields) in PARTS {
        let (old, new) = (of(before, table), of(after, table));
        let changed = old.iter().filter(|(key, row)| new.get(*key) != Some(*row));
        let added = new.iter().filter(|(key, row)| old.get(*key) != Some(*row));
        for (key, row) in changed.chain(added) {
            let (account, id) = (text(row, "account_id"), text(row, column));
            let mut about = events.about(entity, &account, &id);
            let is_shown = about.any(|(_, detail)| {
                let changes = detail["changes"].as_object();
                let mut names = changes.into_iter().flat_map(|changes| changes.keys());
                names.any(|name| fields.is_empty() || fields.contains(&name.as_str()))
            });
            if !is_shown && !events.waive(entity, row, &id) {
                missing.push(format!("{table} {key}"));
            }
        }
    }
}

/// Checks that an event names each new message, and each change of a message's state, format and text. Everything else of a
/// message never changes.
fn check_messages((before, after): (&Rows, &Rows), events: &Events, missing: &mut Vec<String>) {
    let old = of(before, "message");
    for (key, row) in of(after, "message") {
        let (account, id) = (text(row, "account_id"), text(row, "id"));
        let conversation = text(row, "conversation_id");
        let Some(old) = old.get(key) else {
            let names = |detail: &Value| detail["messages"].to_string().contains(&id);
            let mut own = events.about("message", &account, &id);
            let mut of_all = events.about("conversation", &account, &conversation);
            let is_named = own.next().is_some()
                || of_all.any(|(event, detail)| {
                    names(detail) || text(event, "kind") == "conversation.merged"
                });
            if !is_named {
                missing.push(format!("message {key}"));
            }
            continue;
        };
        if events.waive("conversation", &json_row(&account), &conversation) {
            continue;
        }
        for column in ["state", "format", "body"] {
            let values = [text(old, column), text(row, column)];
            let mut own = events.about("message", &account, &id);
            let is_shown = own.any(|(_, detail)| match column {
                "body" => detail["body"] == "changed",
                _ => detail["changes"][column] == json!(values),
            });
            if values[0] != values[1] && !is_shown {
                missing.push(format!("message {key} {column}: {values:?}"));
            }
        }
    }
}

fn json_row(account: &str) -> Row {
    [("account_id".to_owned(), account.into())].into()
}

/// Checks that events show the public ids that a command names. The others are random.
fn check_public_ids((before, after): (&Rows, &Rows), events: &Events, missing: &mut Vec<String>) {
    let old = of(before, "public_id");
    let new = of(after, "public_id").iter();
    for (key, row) in new.filter(|(key, _)| !old.contains_key(*key)) {
        let [account, kind, id, api] =
            ["account_id", "kind", "entity_id", "api"].map(|name| text(row, name));
        let is_random = kind == "account" || (kind == "customer" && api.is_empty());
        let is_built_in = kind == "agent" && events.has_kind("account.created", &account);
        let name = if api.is_empty() { "default" } else { &api };
        let shows = |detail: &Value| {
            plain(&detail["changes"]["public_ids"][1][name]) == text(row, "public_id")
        };
        let mut about = events.about(&kind, &account, &id);
        if !is_random && !is_built_in && !about.any(|(_, detail)| shows(detail)) {
            missing.push(format!("public_id {key}"));
        }
    }
}

/// Checks that every table has a rule.
fn check_tables(rows: &Rows) {
    for table in rows.keys() {
        let is_known = AUDITED.iter().any(|audited| audited.table == table)
            || PARTS.iter().any(|(part, ..)| part == table)
            || SILENT.iter().any(|(silent, _)| silent == table);
        assert!(
            is_known,
            "{table}: does the audit show changes of its rows?"
        );
    }
}
