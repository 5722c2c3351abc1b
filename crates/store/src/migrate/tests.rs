//! Tests of the migrations: the lease of PostgreSQL, and what the log says.

use heddle_testkit::captured_log::Log;

use super::*;

#[test]
fn a_file_splits_into_statements_without_comments() {
    let file =
        "-- a\nCREATE TABLE a (\n  x TEXT -- why; not\n);\n\n-- b\nCREATE INDEX b ON a (x);\n";
    let found: Vec<String> = statements(file).collect();
    assert_eq!(
        found,
        [
            "CREATE TABLE a (\n  x TEXT -- why; not\n)",
            "CREATE INDEX b ON a (x)"
        ]
    );
}

/// The clock of two nodes.
#[derive(Debug, Default)]
struct TestClock(std::sync::atomic::AtomicI64);

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(std::sync::atomic::Ordering::SeqCst))
    }
}

/// A database where the migrations of messages and deliveries have to run again, and a lock that the first of them waits
/// for.
struct Blocked {
    database: heddle_testkit::postgres::Database,
    address: Address,
    blocker: Client,
    clock: TestClock,
}

impl Blocked {
    async fn new() -> Self {
        let database = heddle_testkit::postgres::Cluster::shared()
            .create_database()
            .await;
        let address = Address::parse(&database.url()).expect("a URL");
        let (blocker, clock) = (database.connect().await, TestClock::default());
        let migrated = Migrator::new(&blocker, &address, &clock).run().await;
        migrated.expect("it is migrated");
        let forget = "DELETE FROM migration WHERE number IN (20, 21)";
        let lock = "BEGIN; LOCK TABLE message, delivery IN ACCESS EXCLUSIVE MODE";
        for sql in [forget, lock] {
            blocker.batch_execute(sql).await.expect("it is locked");
        }
        Self {
            database,
            address,
            blocker,
            clock,
        }
    }

    /// Waits until a query returns true.
    async fn wait(&self, condition: &str) {
        let waiting = async {
            while !self.holds(condition).await {
                tokio::task::yield_now().await;
            }
        };
        let waited = tokio::time::timeout(heddle_testkit::TIMEOUT, waiting).await;
        waited.unwrap_or_else(|_| panic!("never: {condition}"));
    }

    async fn holds(&self, condition: &str) -> bool {
        let rows = self.blocker.query(condition, &[]).await.expect("a query");
        rows.iter().any(|row| row.get(0))
    }

    /// Migrates on another node while `meanwhile` runs.
    async fn migrate<R>(&self, meanwhile: impl Future<Output = R>) -> (Result<()>, R) {
        let client = self.database.connect().await;
        let mut migrator = Migrator::new(&client, &self.address, &self.clock);
        migrator.renew_every = Duration::from_millis(1);
        tokio::join!(migrator.run(), meanwhile)
    }
}

const STEP_WAITS: &str = "SELECT count(*) > 0 FROM pg_locks
    WHERE NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";

#[tokio::test]
async fn the_lease_is_renewed_while_a_step_runs() {
    let blocked = Blocked::new().await;
    let (migrated, ()) = blocked
        .migrate(async {
            blocked.wait(STEP_WAITS).await;
            let later = 3 * LEASE_MS;
            let clock = &blocked.clock.0;
            clock.fetch_add(later, std::sync::atomic::Ordering::SeqCst);
            let renewed = format!("SELECT until_ms > {later} FROM lease");
            blocked.wait(&renewed).await;
            blocked.blocker.batch_execute("COMMIT").await.expect("free");
        })
        .await;
    migrated.expect("it is migrated");
    assert!(!blocked.holds("SELECT count(*) > 0 FROM lease").await);
}

#[tokio::test]
async fn a_node_that_lost_the_lease_looks_at_the_schema_again() {
    let blocked = Blocked::new().await;
    let (migrated, ()) = blocked
        .migrate(async {
            blocked.wait(STEP_WAITS).await;
            let other = format!(
                "UPDATE lease SET holder = 'other', until_ms = -1;
                INSERT INTO migration (number, name, applied_at) VALUES ({}, 'newer', 0); COMMIT",
                newest() + 1
            );
            blocked.blocker.batch_execute(&other).await.expect("free");
        })
        .await;
    let refused = format!("{migrated:?}");
    assert!(refused.contains("start a newer one"), "{refused}");
}

#[test]
fn migrations_are_in_the_order_of_their_numbers() {
    assert!(MIGRATIONS.is_sorted_by(|a, b| a.number < b.number));
    for migration in MIGRATIONS {
        // A change of the search index may concern one engine only.
        let all = statements(migration.sqlite).chain(statements(migration.postgres));
        assert!(all.count() > 0);
    }
}

/// Returns the fields of the lines that a thread has logged.
fn fields(log: &Log) -> Vec<serde_json::Value> {
    let lines = log.lines().into_iter();
    lines.map(|line| line["fields"].clone()).collect()
}

/// Returns the log of an upgrade that joins two tags, renames others, and files an agent's e-mail address again.
fn told() -> Vec<serde_json::Value> {
    let start = |number: i64, name: &str| serde_json::json!({ "message": "updating the schema", "migration": number, "name": name });
    let end = |number: i64, name: &str, rows: u64| serde_json::json!({ "message": "updated the schema", "migration": number, "name": name, "rows": rows });
    vec![
        start(27, "wishes_and_tags"),
        serde_json::json!({
            "message": "giving the tags their names; joined tags become part of another one",
            "joined": 1, "renamed": 2,
        }),
        // One bearer more of the tag that stays, two less of the other one, which ends; and two names.
        end(27, "wishes_and_tags", 1 + 2 + 1 + 2),
        start(29, "places_of_tags"),
        serde_json::json!({
            "message": "filing the e-mail addresses of agents again",
            "refiled": 1, "removed": 0, "doubles": 0,
        }),
        end(29, "places_of_tags", 2 + 1),
    ]
}

/// Tags and agents as an older version left them, and the migrations that have to run again.
const OLD: &str = "DELETE FROM migration WHERE number IN (27, 29);
    INSERT INTO tag (account_id, id, name, created_at) VALUES (1, 1, 'Refund', 0), (1, 2, ' refund', 0), (1, 3, 'VIP', 0);
    INSERT INTO conversation (account_id, id, number, inbox_id, customer_id, subject, kind, status, phase, closed, state,
        archived, created_at, started_at, updated_at, last_message_at, last_message_id, last_event_id, last_live_at, last_live_id,
        customer_wrote_last, messages, published, contacts)
        VALUES (1, 1, 1, 7, 1, '', 'email', 'open', 1, 0, 'published', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
        (1, 2, 2, 8, 1, '', 'email', 'open', 1, 0, 'published', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    INSERT INTO conversation_tag (account_id, conversation_id, tag_id, inbox_id, phase, started_at)
        VALUES (1, 1, 1, 0, 1, 0), (1, 1, 2, 0, 1, 0), (1, 2, 2, 0, 1, 0);
    INSERT INTO agent (account_id, id, first_name, last_name, email, built_in, created_at, version)
        VALUES (1, 1, '', '', 'Éva@here.example', 0, 0, 0)";

#[test]
fn the_log_says_what_an_upgrade_changes_on_sqlite() {
    let mut connection = Connection::open_in_memory().expect("a database");
    migrate_sqlite(&mut connection, Timestamp(0)).expect("it is made");
    connection.execute_batch(OLD).expect("old rows");
    let log = Log::begin();
    migrate_sqlite(&mut connection, Timestamp(0)).expect("it is migrated");
    assert_eq!(fields(&log), told());
}

#[tokio::test]
async fn the_log_says_what_an_upgrade_changes_on_postgres() {
    let database = heddle_testkit::postgres::Cluster::shared()
        .create_database()
        .await;
    let address = Address::parse(&database.url()).expect("a URL");
    let (client, clock) = (database.connect().await, TestClock::default());
    let migrator = Migrator::new(&client, &address, &clock);
    migrator.run().await.expect("it is migrated");
    // Migration 27 ran before the columns had to be given.
    let early = "ALTER TABLE conversation_tag ALTER COLUMN inbox_id SET DEFAULT 0, ALTER COLUMN phase SET DEFAULT 0,
        ALTER COLUMN started_at SET DEFAULT 0";
    for sql in [early, OLD] {
        client.batch_execute(sql).await.expect("old rows");
    }
    let log = Log::begin();
    migrator.run().await.expect("it is migrated");
    assert_eq!(fields(&log), told());
}
