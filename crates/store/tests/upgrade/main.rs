//! Opens a store that the previous version has written: every row is there, everything can be read, and new commands
//! work. `before.*.sql` are dumps of such stores, made by `make.py`.

mod before;
mod reading;

use heddle_domain::InboxScope;
use heddle_domain::conversation::Locks;
use heddle_domain::customer::CustomerRef;
use heddle_domain::id::{AccountId, AgentId, ConversationId, CustomerId, InboxId};
use heddle_domain::message::{Author, Channel, Direction};
use heddle_store::Store;
use heddle_store::diagnostics::postgres_migrations;
use heddle_store::read::feed::ReadFeed;
use heddle_store::write::account::operator;
use heddle_store::write::{CreateConversation, NewConversation, NewMessage};
use heddle_testkit::On;
use tokio_postgres::error::SqlState;

use before::{Before, Rows};

/// Makes one test of each case and engine.
macro_rules! on_both {
    ($($case:ident),+ $(,)?) => {
        mod on_sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                super::$case(heddle_testkit::On::Sqlite).await;
            })+
        }
        mod on_postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                super::$case(heddle_testkit::On::Postgres).await;
            })+
        }
    };
}

mod names;

on_both!(
    the_store_is_of_the_version_before,
    every_row_is_there_afterwards,
    everything_can_be_read,
    the_feed_is_in_order,
    new_commands_work_afterwards,
    contacts_dated_in_the_future_no_longer_hold_their_conversations,
);

/// Renamed columns: table, old name, new name.
const RENAMED: [(&str, &str, &str); 5] = [
    ("public_id", "door", "api"),
    ("credential", "door", "api"),
    ("event", "door", "api"),
    ("customer_job", "door", "api"),
    ("webhook", "door", "api"),
];

/// Columns of `account` that became rows of `account_setting`, with their defaults; a default is not stored.
const SETTINGS: [(&str, i64); 5] = [
    ("thread_cap", 100),
    ("lock_after_days", 0),
    ("helpscout_rate", 0),
    ("magicline_rate", 0),
    ("mews_rate", 0),
];

/// Tables with a column `inboxes` that became `inbox_scope`. An empty text in the old column and NULL in the new one
/// both mean all inboxes.
const LIMITED: [&str; 2] = ["credential", "webhook"];

/// Tables that opening a store changes: node slots, applied migrations, leases.
const OPENING_WRITES: [&str; 3] = ["node_slot", "migration", "lease"];

/// Checks that the dump is of the previous version and holds enough rows for the other tests.
async fn the_store_is_of_the_version_before(on: On) {
    let before = Before::load(on).await;
    let rows = before.rows().await;
    for (table, old, new) in RENAMED {
        let filled = |row: &before::Row| row[old].as_str().is_some_and(|name| !name.is_empty());
        assert!(rows[table].iter().any(filled), "{table}.{old}");
        assert!(
            rows[table].iter().all(|row| !row.contains_key(new)),
            "{table}.{new}"
        );
    }
    assert_eq!(rows["migration"].len(), 7);
    for table in LIMITED {
        let some = |inboxes: &str| rows[table].iter().any(|row| row["inboxes"] == inboxes);
        assert!(some("") && some("1"), "{table}");
    }
    let mut credentials = rows["credential"].iter();
    assert!(credentials.any(|row| row["inboxes"] == "1,2"));
    for (table, least) in [
        ("account", 2),
        ("agent", 4),
        ("conversation", 10),
        ("message", 20),
        ("message_body", 3),
        ("attachment", 6),
        ("conversation_tag", 3),
        ("conversation_field", 3),
        ("customer", 5),
        ("customer_address", 3),
        ("customer_job", 2),
        ("credential", 8),
        ("credential_key", 4),
        ("application", 1),
        ("webhook", 4),
        ("delivery", 4),
        ("delivery_attempt", 4),
        ("event", 60),
        ("conversation_count", 2),
    ] {
        let found = rows[table].len();
        assert!(found >= least, "{table}: {found} rows");
    }
    let some = |table: &str, column: &str| rows[table].iter().any(|row| !row[column].is_null());
    assert!(some("attachment", "object_name") && some("attachment", "data"));
    let chained = |row: &before::Row| {
        let conversations = &rows["conversation"];
        !row["merged_into_id"].is_null()
            && before::last_survivor(conversations, row) != row["merged_into_id"]
    };
    assert!(rows["conversation"].iter().any(chained));
    assert!(some("conversation", "merged_into_id") && some("customer", "merged_into_id"));
    assert!(some("customer", "erased_at") && some("credential", "revoked_at"));
    assert!(some("delivery", "next_attempt_at") && some("webhook", "parked"));
}

fn renamed(table: &str, old: &[before::Row]) -> Vec<before::Row> {
    let mut rows = old.to_vec();
    for (_, old, new) in RENAMED.iter().filter(|(of, ..)| *of == table) {
        for row in &mut rows {
            let value = row.remove(*old).expect("the old column");
            row.insert((*new).to_owned(), value);
        }
    }
    if table == "conversation" {
        for row in &mut rows {
            if !row["merged_into_id"].is_null() {
                let survivor = before::last_survivor(old, row);
                row.insert("merged_into_id".to_owned(), survivor);
                // No list shows it.
                row.insert("phase".to_owned(), 9.into());
            }
        }
    }
    if table == "message" {
        for row in &mut rows {
            let value = row.remove("occurred_at").expect("the old column");
            row.insert("effective_at".to_owned(), value);
        }
    }
    if LIMITED.contains(&table) {
        for row in &mut rows {
            let inboxes = row.remove("inboxes").expect("the old column");
            let scope = Some(inboxes).filter(|inboxes| inboxes != "");
            row.insert("inbox_scope".to_owned(), scope.unwrap_or_default());
        }
    }
    if table == "account" {
        for row in &mut rows {
            row.retain(|column, _| SETTINGS.iter().all(|(old, _)| old != column));
        }
    }
    rows
}

/// Returns how many settings of the old accounts differ from their defaults.
fn settings(accounts: &[before::Row]) -> usize {
    let of_account = |row: &before::Row| {
        let own = SETTINGS.iter();
        own.filter(|(column, default)| row[*column].as_i64() != Some(*default))
            .count()
    };
    accounts.iter().map(of_account).sum()
}

async fn every_row_is_there_afterwards(on: On) {
    let before = Before::load(on).await;
    let old: Rows = before.rows().await;
    before.open().await.close().await.expect("it closes");
    let new = before.rows().await;
    assert_eq!(new["account_setting"].len(), settings(&old["account"]));
    // Every conversation is counted once.
    let counted = new["folder_count"]
        .iter()
        .filter_map(|row| row["conversations"].as_i64());
    assert_eq!(counted.sum::<i64>(), old["conversation"].len() as i64);
    assert_eq!(new["conversation_place"].len(), old["conversation"].len());
    for (table, rows) in old
        .iter()
        .filter(|(table, _)| !OPENING_WRITES.contains(&&***table))
    {
        let mut expected = renamed(table, rows);
        let mut found = new[table].clone();
        // A new column has no old value to compare with, so it is left out.
        for row in &mut found {
            row.retain(|column, _| expected.first().is_none_or(|of| of.contains_key(column)));
        }
        let key = |row: &before::Row| serde_json::to_string(row).expect("JSON");
        expected.sort_by_key(key);
        found.sort_by_key(key);
        assert_eq!(found, expected, "{table}");
    }
}

async fn everything_can_be_read(on: On) {
    let before = Before::load(on).await;
    let rows = before.rows().await;
    let store = before.open().await;
    reading::accounts(&store, &rows).await;
    reading::conversations(&store, &rows).await;
    reading::customers(&store, &rows).await;
    reading::credentials(&store, &rows).await;
    reading::webhooks(&store, &rows).await;
    assert_eq!(store.check().await, Ok(Vec::new()));
    assert_eq!(store.sweep_objects(before.now()).await, Ok(0));
}

/// Returns each account's events from the feed; checks that they are in order.
async fn feed_of(store: &Store, account: AccountId) -> Vec<(i64, i64)> {
    let (mut events, mut after): (Vec<(i64, i64)>, i64) = (Vec::new(), 0);
    loop {
        let limit = 7;
        let page = ReadFeed {
            account,
            after,
            limit,
        };
        let page = store.read(page).await.expect("a page");
        assert!(!page.gone);
        events.extend(
            page.events
                .iter()
                .map(|event| (event.position, event.id.get())),
        );
        if page.reached == after {
            break;
        }
        after = page.reached;
    }
    assert!(events.is_sorted_by(|a, b| a.0 < b.0), "{events:?}");
    events
}

async fn the_feed_is_in_order(on: On) {
    let before = Before::load(on).await;
    let rows = before.rows().await;
    let store = before.open().await;
    // On PostgreSQL the dump's last events have no position yet.
    store.drain_feed().await.expect("positions");
    for account in before::ids(&rows, "account", "id") {
        let of = |row: &&before::Row| row["account_id"] == account && row["kind"] != "void";
        let events = rows["event"].iter().filter(of);
        let mut expected: Vec<i64> = events.filter_map(|row| row["id"].as_i64()).collect();
        let events = feed_of(&store, AccountId(account)).await;
        let mut found: Vec<i64> = events.iter().map(|(_, id)| *id).collect();
        expected.sort_unstable();
        found.sort_unstable();
        assert_eq!(found, expected);
    }
}

/// A server of a version before `inbox_scope` may still run while PostgreSQL is migrated, although the operator should
/// have stopped it. It must not insert a credential: without a value in the new column it would reach all inboxes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_older_server_cannot_insert_credentials_during_the_migration() {
    const INSERT: &str = "INSERT INTO credential
        (account_id, id, api, name, scopes, inboxes, portfolio, public_name, created_at)
        VALUES (1, 1000, 'native', 'old', '', '1', 0, '', 0)";
    let before = Before::load(On::Postgres).await;
    let client = before.client().await;
    let migrations = postgres_migrations();
    // The dump has the first seven migrations.
    for step in migrations[7..11].concat() {
        client.batch_execute(&step).await.expect("a step");
    }
    client
        .batch_execute(INSERT)
        .await
        .expect("the old server may insert");
    client
        .batch_execute("DELETE FROM credential WHERE id = 1000")
        .await
        .expect("undone");
    for step in migrations[11..14].concat() {
        client.batch_execute(&step).await.expect("a step");
        let refused = client.batch_execute(INSERT).await.expect_err(&step);
        assert_eq!(refused.code(), Some(&SqlState::UNDEFINED_COLUMN), "{step}");
    }
}

/// Returns a command that creates a conversation of an existing customer.
fn creation(rows: &Rows) -> CreateConversation {
    let account = rows["inbox"][0]["account_id"].as_i64().expect("an id");
    let of = |table: &str| {
        let row = rows[table].iter().find(|row| {
            let ended = |column: &str| row.get(column).is_some_and(|value| !value.is_null());
            row["account_id"] == account && !ended("merged_into_id") && !ended("erased_at")
        });
        row.expect("a row")["id"].as_i64().expect("an id")
    };
    let (inbox, customer, agent) = (of("inbox"), of("customer"), of("agent"));
    let call = NewMessage::new(
        Channel::Phone,
        Direction::Incoming,
        Author::Customer,
        "Still there?",
    );
    CreateConversation {
        caller: operator(AccountId(account), AgentId(agent)),
        reach: InboxScope::All,
        locks: Locks::NONE,
        conversation: NewConversation {
            inbox: InboxId(inbox),
            application: None,
            subject: "After the upgrade".into(),
            kind: None,
            status: None,
            assignee: None,
            ticket_number: None,
            ticket_link: None,
            original_sender: None,
            started_at: None,
            closed_at: None,
            tags: ["vip", "upgraded"]
                .map(heddle_domain::TagName::nearest)
                .into(),
            fields: Default::default(),
            imported: false,
        },
        customer: CustomerRef::Id(CustomerId(customer)),
        messages: vec![call],
    }
}

async fn new_commands_work_afterwards(on: On) {
    let before = Before::load(on).await;
    let rows = before.rows().await;
    let store = before.open().await;
    let command = creation(&rows);
    let account = command.caller.account;
    store.drain_feed().await.expect("positions");
    let last = feed_of(&store, account)
        .await
        .last()
        .copied()
        .expect("events");
    let made = store.write(command).await.expect("it is made");
    let largest = |table: &str| before::ids(&rows, table, "id").into_iter().max();
    assert!(largest("message") < Some(made.messages[0].id.get()));
    assert!(largest("event") < Some(made.conversation.last_event_id));
    let of = |row: &&before::Row| row["account_id"] == account.get();
    let numbers = rows["conversation"].iter().filter(of);
    let numbers = numbers.filter_map(|row| row["id"].as_i64());
    assert!(numbers.max().map(ConversationId) < Some(made.conversation.id));
    store.drain_feed().await.expect("positions");
    let events = feed_of(&store, account).await;
    let (position, event) = events.last().copied().expect("events");
    assert_eq!(event, made.conversation.last_event_id);
    assert!(position > last.0);
    assert_eq!(store.check().await, Ok(Vec::new()));

    // Opens the store again, with nothing left to migrate.
    store.close().await.expect("it closes");
    let store = before.open().await;
    reading::conversations(&store, &before.rows().await).await;
}

/// Dates the first live contact of every conversation in the year 2099, and gives the conversation what the earlier
/// version would have stored.
const FUTURE: &str = "
    UPDATE message SET occurred_at = 4070908800000 WHERE imported = 0 AND kind = 'message' AND state = 'published'
        AND version = 0 AND occurred_at = (id >> 12) + 1735689600000 AND (direction = 'incoming' OR automated = 0)
        AND NOT EXISTS (SELECT 1 FROM message m WHERE m.account_id = message.account_id
        AND m.conversation_id = message.conversation_id AND m.id < message.id);
    UPDATE conversation SET last_message_at = 4070908800000, last_live_at = 4070908800000,
        last_live_id = (SELECT min(m.id) FROM message m WHERE m.account_id = conversation.account_id
        AND m.conversation_id = conversation.id),
        customer_wrote_last = 1 - customer_wrote_last
        WHERE EXISTS (SELECT 1 FROM message m WHERE m.account_id = conversation.account_id
        AND m.conversation_id = conversation.id AND m.occurred_at = 4070908800000)";

async fn contacts_dated_in_the_future_no_longer_hold_their_conversations(on: On) {
    let before = Before::load(on).await;
    let sorted = |rows: &Rows, table: &str| {
        let mut rows = rows[table].clone();
        rows.sort_by_key(|row| (row["account_id"].as_i64(), row["id"].as_i64()));
        rows
    };
    before.open().await.close().await.expect("it closes");
    let expected = before.rows().await;

    let before = Before::load(on).await;
    before.execute(FUTURE).await;
    before.open().await.close().await.expect("it closes");
    let found = before.rows().await;
    let future = |row: &&before::Row| row["occurred_at"] == 4_070_908_800_000_i64;
    assert!(found["message"].iter().filter(future).count() > 3);
    let [expected_conversations, conversations] =
        [&expected, &found].map(|rows| sorted(rows, "conversation"));
    assert_eq!(conversations, expected_conversations);
    let [expected_times, times] = [&expected, &found].map(|rows| {
        let messages = sorted(rows, "message").into_iter();
        messages
            .map(|row| row["effective_at"].clone())
            .collect::<Vec<_>>()
    });
    assert_eq!(times, expected_times);
}
