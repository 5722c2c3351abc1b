//! Exports and imports: what one store exports, another takes completely, on the other engine, too, and after an
//! interruption. The rows are made up for every table and column of the schema, so a new one is covered by itself.

use std::collections::BTreeSet;
use std::io::BufReader;

use heddle_domain::conversation::ConversationKind;
use heddle_domain::customer::{Category, JobKind, JobStage};
use heddle_domain::event::EventKind;
use heddle_domain::message::{Channel, Direction, Format, Kind, State};
use heddle_domain::opt_out::OptOutState;
use heddle_domain::{AccountId, Status};
use heddle_store::backup::{DatabaseCopy, DatabaseSnapshot, copy_database};
use heddle_store::diagnostics::{exported_tables, tables_left_out};
use heddle_store::export::{ExportError, Source};
use heddle_store::import::{self, Export, ImportError, Imported, Limits};
use heddle_store::{COUNTED, Engine};
use heddle_testkit::{On, TestStore};
use rusqlite::Connection;
use rusqlite::types::Value;

use crate::opening::sqlite;

/// The accounts of the furnished stores.
pub(crate) const ACCOUNTS: [i64; 2] = [7, 8];
/// How many rows a table of one account has.
const ROWS: i64 = 9;
/// A text in every column and table that an export must leave out.
const SECRET: &str = "hush-hush";
/// An object, of more than one record of an export.
const LARGE: usize = 500_000;

/// A postal address, as the store writes it.
const ADDRESS: &str =
    r#"{"lines":["1 Loom Lane"],"city":"York","state":"","postal_code":"YO1","country":"GB"}"#;

/// The limits of tests: many steps.
const SMALL_STEPS: Limits = Limits {
    rows: 7,
    bytes: 2 << 20,
};

on_both!(
    an_interrupted_import_continues_with_the_same_export,
    an_import_is_discarded_completely,
    an_export_that_cannot_be_taken_is_refused,
    an_export_with_an_unknown_word_is_refused,
    an_existing_account_is_refused,
    one_account_is_moved_beside_another,
);

/// Returns the columns of a table: name, type, whether it must have a value.
fn columns(connection: &Connection, table: &str) -> Vec<(String, String, bool)> {
    let sql = format!("SELECT name, type, \"notnull\" FROM pragma_table_info('{table}')");
    let mut statement = connection.prepare(&sql).expect("a query");
    let found = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
    found
        .expect("rows")
        .map(|row| row.expect("a row"))
        .collect()
}

/// Returns the tables with rows of accounts.
pub(crate) fn tenant_tables(connection: &Connection) -> Vec<String> {
    let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY rowid";
    let mut statement = connection.prepare(sql).expect("a query");
    let all = statement.query_map([], |row| row.get::<_, String>(0));
    let all = all.expect("rows").map(|name| name.expect("a name"));
    let of_account = |table: &String| {
        let mut columns = columns(connection, table).into_iter();
        columns.any(|(column, ..)| column == "account_id")
    };
    all.filter(of_account).collect()
}

/// Makes up a value of a column.
fn value(table: &str, (column, kind, needed): &(String, String, bool), number: i64) -> Value {
    let spec = exported_tables()
        .into_iter()
        .find(|spec| spec.name == table);
    let field = spec.as_ref().and_then(|spec| {
        let mut fields = spec.fields.iter();
        fields.find(|field| field.column == column)
    });
    let is_hidden = field.is_none() && !["account_id", "row_key"].contains(&column.as_str());
    match (&**column, &**kind) {
        ("row_key" | "object_name", _) => Value::Null,
        (_, _) if !needed && number % 3 == 0 && !is_hidden => Value::Null,
        (_, "INTEGER") if field.is_some_and(|field| field.kind == "flag") => {
            Value::Integer(number % 2)
        }
        ("id" | "event_id" | "position", _) if table == "event" => Value::Integer(number + 100),
        (_, "INTEGER") => Value::Integer(number + 1),
        ("state", _) if table == "webhook" => Value::Text("enabled".to_owned()),
        (_, "TEXT") if known(table, column, number).is_some() => {
            Value::Text(known(table, column, number).unwrap_or_default().to_owned())
        }
        (_, "TEXT") if is_hidden => Value::Text(format!("{SECRET} {number}")),
        (_, "TEXT") => Value::Text(format!(
            "Zoë \"{column}\"\\ {number}\n\t\u{2028}🙂 {}",
            table.len()
        )),
        (_, "BLOB") if is_hidden => Value::Blob(format!("{SECRET} {number}").into_bytes()),
        (_, "BLOB") => Value::Blob(vec![0, 255, number as u8]),
        (_, other) => panic!("{table}.{column} is {other}"),
    }
}

/// Returns the text of a column that does not take every text.
fn known(table: &str, column: &str, number: i64) -> Option<&'static str> {
    Some(match (table, column) {
        ("inbox_profile", "profile") | ("customer_detail", "details") => "{}",
        ("custom_field", "kind") => "dropdown",
        ("custom_field", "options") => "[]",
        ("credential" | "webhook", "inbox_scope") => "1,2",
        ("customer", "postal_address") => ADDRESS,
        ("customer_address", "kind") | ("opt_out", "kind") => "email",
        ("customer_preference", "category") => Category::ALL[0].as_str(),
        ("customer_preference" | "message", "channel") | ("conversation", "first_channel") => {
            Channel::Phone.as_str()
        }
        ("customer_job", "kind") => JobKind::Merge.as_str(),
        ("customer_job", "stage") => JobStage::Guests.as_str(),
        ("customer_job", "address") => "127.0.0.1",
        ("opt_out", "state") => OptOutState::OptedOut.as_str(),
        ("conversation", "kind") => ConversationKind::ALL[0].as_str(),
        ("conversation", "status") | ("message", "status_set") => Status::Closed.as_str(),
        ("conversation" | "message", "state") => State::Published.as_str(),
        ("erasure", "stage") => "events",
        ("message", "kind") => Kind::ALL[0].as_str(),
        ("message", "direction") => Direction::Incoming.as_str(),
        ("message", "format" | "original_format") => Format::ALL[0].as_str(),
        ("message", "author") if number % 3 == 0 => "customer",
        ("message", "author") => "agent",
        ("message", "recipients") => r#"{"bcc":[],"cc":["a@example.com"]}"#,
        ("message", "status_wish") => "keep",
        ("event", "kind") => EventKind::ConversationUpdated.as_str(),
        ("event", "detail") => r#"{"erased":true}"#,
        _ => return None,
    })
}

fn insert(connection: &Connection, table: &str, row: &[(String, Value)]) {
    let names: Vec<&str> = row.iter().map(|(name, _)| &**name).collect();
    let places: Vec<String> = (1..=row.len()).map(|at| format!("?{at}")).collect();
    let sql = format!(
        "INSERT INTO {table} ({}) VALUES ({})",
        names.join(", "),
        places.join(", ")
    );
    let values = rusqlite::params_from_iter(row.iter().map(|(_, value)| value.clone()));
    connection.execute(&sql, values).expect(table);
}

/// Fills every table of an account with made-up rows.
fn fill(connection: &Connection, account: i64) {
    let text = |text: &str| Value::Text(text.to_owned());
    let own = [
        ("id", account),
        ("guid_tag", 5),
        ("integration_agent_id", 1),
        ("created_at", 9),
        ("version", 3),
    ];
    let mut row: Vec<_> = own
        .map(|(name, value)| (name.to_owned(), Value::Integer(value)))
        .to_vec();
    row.push(("name".to_owned(), text("Larkspur")));
    insert(connection, "account", &row);
    for table in tenant_tables(connection) {
        let columns = columns(connection, &table);
        let is_single =
            ["feed_start", "webhook_allow", "erasure", "retention_run"].contains(&&*table);
        let count = match &*table {
            "counter" => COUNTED.len() as i64,
            _ if is_single => 1,
            _ => ROWS,
        };
        for number in 0..count {
            let mut row: Vec<_> = columns
                .iter()
                .map(|column| (column.0.clone(), value(&table, column, number)))
                .collect();
            for (name, value) in &mut row {
                match (&*table, &**name) {
                    (_, "account_id") => *value = Value::Integer(account),
                    // Beyond all ids.
                    ("counter", "kind") => *value = text(COUNTED[number as usize].as_str()),
                    ("counter", "next_id") => *value = Value::Integer(1_000 + number),
                    ("feed_start", _) => *value = Value::Integer(50),
                    // The table of keys belongs to no account, so its key must differ.
                    ("credential_key", "key_hash") => {
                        *value = Value::Blob(format!("{SECRET} {account} {number}").into_bytes());
                    }
                    _ => {}
                }
            }
            insert(connection, &table, &row);
        }
    }
}

/// A store on SQLite with made-up rows of two accounts, and with an object.
pub(crate) async fn furnished() -> TestStore {
    let test = TestStore::open(On::Sqlite).await;
    let connection = sqlite(&test.options);
    for account in ACCOUNTS {
        fill(&connection, account);
        let bytes: Vec<u8> = (0..LARGE).map(|at| (at % 251) as u8).collect();
        let object = test.store.objects().put(AccountId(account), bytes).await;
        let object = object.expect("an object");
        let sql = "UPDATE attachment SET object_name = ?1, data = NULL, size = ?2 WHERE account_id = ?3 AND id = 4";
        connection
            .execute(sql, rusqlite::params![object, LARGE as i64, account])
            .expect("it runs");
    }
    test
}

/// Returns a state of a store for exports.
async fn state(test: &TestStore) -> Source {
    match &test.options.engine {
        Engine::Sqlite(options) => {
            let copy = test.folder.path().join("copy");
            let _ = std::fs::remove_file(&copy);
            copy_database(&options.path, &copy, false, &mut |_, _| {}).expect("a copy");
            Source::Copy(DatabaseCopy::open(&copy).expect("a copy"))
        }
        Engine::Postgres(options) => {
            let snapshot = DatabaseSnapshot::take(&options.url)
                .await
                .expect("it answers");
            Source::Snapshot(Box::new(snapshot.expect("a store")))
        }
    }
}

pub(crate) async fn try_export(
    test: &TestStore,
    accounts: &[AccountId],
) -> Result<Vec<u8>, ExportError> {
    let mut state = state(test).await;
    let mut output = Vec::new();
    let exported = state
        .export(accounts, test.store.objects(), &mut output, &mut |_| {})
        .await;
    if let Source::Snapshot(snapshot) = state {
        snapshot.end().await;
    }
    assert_eq!(exported?.bytes, output.len() as u64);
    Ok(output)
}

/// Exports all accounts of a store.
pub(crate) async fn exported(test: &TestStore) -> Vec<u8> {
    let accounts = state(test).await.accounts().await.expect("accounts");
    try_export(test, &accounts).await.expect("an export")
}

pub(crate) async fn imported(
    test: &TestStore,
    export: &[u8],
    limits: Limits,
) -> Result<Imported, ImportError> {
    let mut input = BufReader::new(export);
    let export = Export::open(&mut input)?;
    import::import(&test.store, export, limits, &mut |_| {}).await
}

fn verified(export: &[u8]) -> Result<Vec<AccountId>, ImportError> {
    import::verify(&mut BufReader::new(export), &mut |_| {})
}

fn text(error: Result<impl std::fmt::Debug, ImportError>) -> String {
    error.expect_err("it is refused").to_string()
}

/// Where the line begins that is so far in the export, of 100.
fn line_at(export: &[u8], percent: usize) -> usize {
    let at = export.len() * percent / 100;
    let end = export[at..].iter().position(|byte| *byte == b'\n');
    at + end.expect("a line") + 1
}

pub(crate) fn ids(numbers: &[i64]) -> Vec<AccountId> {
    numbers.iter().copied().map(AccountId).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_moves_to_the_other_engine_and_back() {
    let first = furnished().await;
    let export = exported(&first).await;
    assert_eq!(verified(&export).expect("an export"), ids(&ACCOUNTS));
    let secrets = export.windows(SECRET.len());
    let mut secrets = secrets.filter(|part| *part == SECRET.as_bytes());
    assert_eq!(secrets.next(), None, "an export has no secrets");
    let mut before = export;
    for on in [On::Postgres, On::Sqlite] {
        let next = TestStore::open(on).await;
        let taken = imported(&next, &before, SMALL_STEPS)
            .await
            .expect("it imports");
        assert_eq!(taken.accounts, ids(&ACCOUNTS));
        assert_eq!(taken.webhooks, 2 * ROWS as u64);
        assert!(!taken.continued);
        let after = exported(&next).await;
        let lines = |export: &[u8]| {
            let text = String::from_utf8_lossy(export).into_owned();
            text.lines().map(str::to_owned).collect::<Vec<_>>()
        };
        for (before, after) in lines(&before).iter().zip(&lines(&after)) {
            assert_eq!(before, after);
        }
        assert!(before == after, "the exports are equal");
        before = after;
    }
}

async fn an_interrupted_import_continues_with_the_same_export(on: On) {
    let export = exported(&furnished().await).await;
    let test = TestStore::open(on).await;
    let mut reached = 0;
    for percent in [20, 45, 46, 80] {
        // The end of the input stands for the end of the process: only whole steps are in the store.
        let cut = &export[..line_at(&export, percent) - 1];
        let said = text(imported(&test, cut, SMALL_STEPS).await);
        assert!(said.contains("was cut off"), "{said}");
        let unfinished = test.store.unfinished_import().await.expect("it reads");
        let unfinished = unfinished.expect("it is unfinished");
        assert_eq!(unfinished.accounts, ids(&ACCOUNTS));
        assert!(unfinished.bytes >= reached && unfinished.bytes <= cut.len() as u64);
        reached = unfinished.bytes;
        assert_eq!(
            test.store.account_ids().await,
            Ok(Vec::new()),
            "nothing is visible"
        );
    }
    assert!(reached > export.len() as u64 / 2, "{reached}");
    // Another export does not continue it.
    let mut other = export.clone();
    let at = line_at(&export, 10) - 3;
    other[at] ^= 1;
    for wrong in [&other[..], &exported(&furnished().await).await[..200]] {
        let said = text(imported(&test, wrong, SMALL_STEPS).await);
        assert!(
            said.contains("--discard") || said.contains("cut off") || said.contains("line "),
            "{said}"
        );
    }
    let taken = imported(&test, &export, SMALL_STEPS)
        .await
        .expect("it continues");
    assert!(taken.continued);
    assert_eq!(test.store.account_ids().await, Ok(ids(&ACCOUNTS)));
    assert_eq!(test.store.unfinished_import().await, Ok(None));
    assert!(exported(&test).await == export, "the exports are equal");
}

/// Returns the tables that have rows of accounts.
async fn occupied(test: &TestStore) -> BTreeSet<String> {
    let source = TestStore::open(On::Sqlite).await;
    let tables = tenant_tables(&sqlite(&source.options));
    let mut found = BTreeSet::new();
    for table in tables {
        let sql = format!("SELECT count(*) FROM {table} WHERE account_id > 0");
        let count: i64 = match &test.database {
            Some(database) => {
                let row = database.connect().await.query_one(&sql, &[]).await;
                row.expect("a count").get(0)
            }
            None => {
                let connection = sqlite(&test.options);
                let count = connection.query_row(&sql, [], |row| row.get(0));
                count.expect("a count")
            }
        };
        if count > 0 {
            found.insert(table);
        }
    }
    found
}

async fn an_import_is_discarded_completely(on: On) {
    let export = exported(&furnished().await).await;
    let test = TestStore::open(on).await;
    let last = export.len() - 300;
    text(imported(&test, &export[..last], SMALL_STEPS).await);
    assert!(occupied(&test).await.len() > 30);
    assert_eq!(test.store.discard_import().await, Ok(ids(&ACCOUNTS)));
    assert_eq!(occupied(&test).await, BTreeSet::new());
    assert_eq!(test.store.unfinished_import().await, Ok(None));
    assert_eq!(test.store.discard_import().await, Ok(Vec::new()));
    imported(&test, &export, Limits::default())
        .await
        .expect("it imports");
    assert!(exported(&test).await == export, "the exports are equal");
}

async fn an_export_that_cannot_be_taken_is_refused(on: On) {
    let export = exported(&furnished().await).await;
    let whole = String::from_utf8(export.clone()).expect("UTF-8");
    let changed = |from: &str, to: &str| {
        assert!(whole.contains(from), "{from}");
        whole.replacen(from, to, 1).into_bytes()
    };
    let cases = [
        (Vec::new(), "cut off"),
        (b"{}\n".to_vec(), "this is no export"),
        (b"PK\x03\x04\n".to_vec(), "this is no export"),
        (
            changed("\"version\":1", "\"version\":2"),
            "version 2 of the format",
        ),
        (export[..export.len() - 1].to_vec(), "cut off"),
        (export[..export.len() - 90].to_vec(), "cut off"),
        ([&export[..], b"{}\n"].concat(), "more after the last line"),
        (changed("Larkspur", "Larkspun"), "checksum"),
        (changed("\"number\":3", "\"number\":4"), "checksum"),
    ];
    for (wrong, part) in &cases {
        let said = text(verified(wrong));
        assert!(said.contains(part), "{part}: {said}");
        let test = TestStore::open(on).await;
        let said = text(imported(&test, wrong, Limits::default()).await);
        assert!(said.contains(part), "{part}: {said}");
        assert_eq!(test.store.account_ids().await, Ok(Vec::new()), "{part}");
    }
    // These would have a right checksum only if a program had made it so.
    for (from, to, part) in [
        (
            "{\"record\":\"tag\"",
            "{\"record\":\"tagg\"",
            "no record tagg",
        ),
        ("\"first_name\":", "\"firstname\":", "first_name is missing"),
        ("\"built_in\":false", "\"built_in\":0", "built_in is wrong"),
        (
            "\"built_in\":false",
            "\"built_in\":false,\"more\":1",
            "more is unknown",
        ),
        (
            "\"next_id\":",
            "\"next_id\":9223372036854775807,\"x\":",
            "next_id is out of range",
        ),
        (
            "{\"record\":\"tag\",\"account\":7,\"id\":",
            "{\"record\":\"tag\",\"account\":7,\"id\":-",
            "id is out of range",
        ),
        ("\"at\":0,", "\"at\":5,", "not the next bytes"),
        (
            "\"at\":0,\"data\":\"AAEC",
            "\"at\":0,\"data\":\"AAED",
            "bytes of attachment 4 are wrong",
        ),
        (
            "{\"record\":\"account\",\"account\":7",
            "{\"record\":\"account\",\"account\":9",
            "does not name account 9",
        ),
    ] {
        is_refused(on, &changed(from, to), part).await;
    }
}

/// Checks that an import refuses an export because of one line, and that nothing of it stays.
async fn is_refused(on: On, export: &[u8], part: &str) {
    let test = TestStore::open(on).await;
    let said = text(imported(&test, export, SMALL_STEPS).await);
    assert!(
        said.contains(part) && said.contains("line "),
        "{part}: {said}"
    );
    assert_eq!(test.store.account_ids().await, Ok(Vec::new()), "{part}");
    assert_eq!(test.store.unfinished_import().await, Ok(None), "{part}");
    assert_eq!(occupied(&test).await, BTreeSet::new(), "{part}");
}

/// A row with a word that no read knows would make every list fail that has the row.
async fn an_export_with_an_unknown_word_is_refused(on: On) {
    let export = exported(&furnished().await).await;
    let whole = String::from_utf8(export).expect("UTF-8");
    for (record, field) in [
        ("inbox_profile", "profile"),
        ("custom_field", "kind"),
        ("custom_field", "options"),
        ("credential", "inbox_scope"),
        ("webhook", "inbox_scope"),
        ("customer", "postal_address"),
        ("customer_address", "kind"),
        ("customer_detail", "details"),
        ("customer_preference", "category"),
        ("customer_preference", "channel"),
        ("customer_job", "kind"),
        ("customer_job", "stage"),
        ("opt_out", "kind"),
        ("opt_out", "state"),
        ("conversation", "status"),
        ("conversation", "state"),
        ("conversation", "first_channel"),
        ("message", "kind"),
        ("message", "channel"),
        ("message", "direction"),
        ("message", "state"),
        ("message", "format"),
        ("message", "author"),
        ("message", "recipients"),
        ("message", "status_set"),
        ("event", "kind"),
        ("event", "detail"),
    ] {
        let begin = format!("{{\"record\":\"{record}\",");
        let name = format!("\"{field}\":\"");
        let mut lines: Vec<String> = whole.lines().map(str::to_owned).collect();
        let wrong = lines
            .iter_mut()
            .find(|line| line.starts_with(&begin) && line.contains(&name));
        let wrong = wrong.unwrap_or_else(|| panic!("no {record} has a {field}"));
        *wrong = wrong.replacen(&name, &format!("{name}un"), 1);
        let said = format!("the field {field} has an unknown value");
        is_refused(on, (lines.join("\n") + "\n").as_bytes(), &said).await;
    }
    let wrong = whole.replacen("\"author_agent_id\":", "\"assign_wish\":", 1);
    is_refused(on, wrong.as_bytes(), "author_agent_id is missing").await;
}

async fn an_existing_account_is_refused(on: On) {
    let export = exported(&furnished().await).await;
    let test = TestStore::open(on).await;
    imported(&test, &export, Limits::default())
        .await
        .expect("it imports");
    let said = text(imported(&test, &export, Limits::default()).await);
    assert!(said.contains("account 7 exists already"), "{said}");
    assert_eq!(test.store.unfinished_import().await, Ok(None));
    assert!(exported(&test).await == export, "nothing has changed");
}

async fn one_account_is_moved_beside_another(on: On) {
    let source = furnished().await;
    let [seven, eight] = ACCOUNTS.map(AccountId);
    let test = TestStore::open(on).await;
    for account in [eight, seven] {
        let export = try_export(&source, &[account]).await.expect("an export");
        let taken = imported(&test, &export, Limits::default()).await;
        assert_eq!(taken.expect("it imports").accounts, [account]);
    }
    assert!(
        exported(&test).await == exported(&source).await,
        "the exports are equal"
    );
    // The next accounts get other numbers.
    let next = test
        .store
        .take_id(AccountId(0), heddle_domain::EntityKind::Account)
        .await;
    assert!(next.expect("a number") > 8);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_missing_file_of_an_attachment_ends_the_export() {
    let test = furnished().await;
    let folder = test.folder.path().join("objects/7");
    let objects: Vec<_> = std::fs::read_dir(&folder).expect("a folder").collect();
    let object = objects[0].as_ref().expect("an object").path();
    for damage in ["changed", ""] {
        match damage {
            "" => std::fs::remove_file(&object).expect("removed"),
            bytes => std::fs::write(&object, bytes).expect("written"),
        }
        let error = try_export(&test, &ids(&[7])).await.expect_err("it fails");
        let said = error.to_string();
        assert!(
            said.contains("attachment 4") && said.contains("account 7"),
            "{said}"
        );
        try_export(&test, &ids(&[8]))
            .await
            .expect("the other account is whole");
    }
}

#[tokio::test]
async fn every_table_and_column_is_exported_or_left_out_on_purpose() {
    let test = TestStore::open(On::Sqlite).await;
    let connection = sqlite(&test.options);
    let exported = exported_tables();
    let mut named = BTreeSet::from(["account_id".to_owned()]);
    for table in tenant_tables(&connection) {
        let spec = exported.iter().find(|spec| spec.name == table);
        let is_left_out = tables_left_out().iter().any(|(name, _)| *name == table);
        assert!(
            spec.is_some() != is_left_out,
            "{table} belongs to `rows::export`, in one of its lists"
        );
        let Some(spec) = spec else { continue };
        let fields = spec.fields.iter().map(|field| field.column);
        let fields: BTreeSet<_> = fields.chain(spec.left_out.iter().copied()).collect();
        for (column, kind, needed) in columns(&connection, &table) {
            if column == "account_id" {
                continue;
            }
            assert!(
                fields.contains(&*column),
                "{table}.{column} belongs to `rows::export`"
            );
            if let Some(field) = spec.fields.iter().find(|field| field.column == column) {
                assert_eq!(field.optional, !needed, "{table}.{column}");
                let expected: &[&str] = match &*kind {
                    "INTEGER" => &["number", "flag"],
                    "TEXT" => &["text", "SHA-256"],
                    _ => &["base64"],
                };
                assert!(expected.contains(&field.kind), "{table}.{column}");
            }
            named.insert(format!("{table}.{column}"));
        }
        for column in fields {
            let is_known = named.contains(&format!("{table}.{column}"));
            // Only PostgreSQL has a column for the position.
            assert!(
                is_known || (&*table, column) == ("event", "position"),
                "{table}.{column}"
            );
        }
    }
}

/// If this test fails, put the printed lines into the table of the page.
#[test]
fn the_page_lists_every_record() {
    let page = include_str!("../../../../docs/export.md");
    let lines: Vec<String> = exported_tables().iter().map(line_of_page).collect();
    let missing: Vec<_> = lines.iter().filter(|line| !page.contains(*line)).collect();
    assert!(
        missing.is_empty(),
        "docs/export.md lacks:\n{}",
        lines.join("\n")
    );
    for (table, reason) in tables_left_out() {
        let line = format!("| `{table}` | {reason} |");
        assert!(page.contains(&line), "docs/export.md lacks:\n{line}");
    }
}

fn line_of_page(table: &heddle_store::diagnostics::ExportedTable) -> String {
    let mut fields = Vec::new();
    for field in &table.fields {
        let kind = match (field.kind, field.optional) {
            ("text", false) => String::new(),
            ("text", true) => "?".to_owned(),
            (kind, false) => format!(" {kind}"),
            (kind, true) => format!("? {kind}"),
        };
        fields.push(format!("`{}`{kind}", field.name));
    }
    format!("| `{}` | {} |", table.name, fields.join(", "))
}
