//! Counts the rows that PostgreSQL reads, as PostgreSQL reports them.

use heddle_testkit::{On, TestStore};
use serde_json::Value as Json;
use tokio_postgres::{Client, SimpleQueryMessage};

use super::{CASES, Fault, MORE_ON_POSTGRES, Value, by_name, crowd, values};

/// Gives every event a position, except those of account 3, which stay pending.
const POSITIONS: &str = "UPDATE event SET position = id WHERE account_id <> 3;
    INSERT INTO feed (account_id, head) SELECT id, 20 FROM account";

/// After this many executions the server may switch to a generic plan.
const RUNS: usize = 7;

/// A database with the rows and the crowd, and with the statistics that the server gathers itself.
pub(super) struct Crowd {
    client: Client,
    _store: TestStore,
}

impl Crowd {
    pub(super) async fn make() -> Self {
        let store = TestStore::open(On::Postgres).await;
        let client = store.database.as_ref().expect("a database").connect().await;
        let sql = "SELECT table_name, column_name FROM information_schema.columns
            WHERE table_schema = 'public' ORDER BY ordinal_position";
        let all = client.query(sql, &[]).await.expect("the columns");
        let columns = |table: &str| {
            let of = all.iter().filter(|row| row.get::<_, &str>(0) == table);
            of.map(|row| row.get(1)).collect()
        };
        for sql in crowd::rows(On::Postgres, true, columns) {
            let made = client.batch_execute(&sql).await;
            made.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
        }
        client.batch_execute(POSITIONS).await.expect("positions");
        client
            .batch_execute("VACUUM ANALYZE")
            .await
            .expect("statistics");
        Self {
            client,
            _store: store,
        }
    }

    /// Returns the faults of the statements whose names `which` selects.
    pub(super) async fn faults(&self, which: impl Fn(&str) -> bool) -> Vec<Fault> {
        let stmts = by_name();
        let mut faults = Vec::new();
        for (name, with, most) in CASES.iter().filter(|(name, ..)| which(name)) {
            let more = MORE_ON_POSTGRES.iter().find(|(stmt, ..)| stmt == name);
            let most = more.map_or(*most, |(_, most, _)| *most) as u64;
            let read = self.rows_read(stmts[*name].postgres, &values(with)).await;
            for (when, (read, pages)) in [("first", read[0]), ("in the end", read[1])] {
                if read == 0 || read > most || pages > 20 + 3 * most {
                    faults.push(format!("{name}: reads {read} rows on {pages} pages {when}"));
                }
            }
        }
        faults
    }

    /// Returns the faults of some statements after an index is dropped.
    pub(super) async fn faults_without(
        &self,
        index: &str,
        which: impl Fn(&str) -> bool,
    ) -> Vec<Fault> {
        let made = "SELECT indexdef FROM pg_indexes WHERE indexname = $1";
        let made = self.client.query_one(made, &[&index]).await;
        let made: String = made.expect("the index is there").get(0);
        self.run(&format!("DROP INDEX {index}")).await;
        let faults = self.faults(which).await;
        self.run(&made).await;
        faults
    }

    /// Returns the rows that a statement reads at its first execution, and with the plan that the server uses in the
    /// end. Its changes are rolled back.
    async fn rows_read(&self, sql: &str, with: &[Value]) -> [(u64, u64); 2] {
        let list: Vec<String> = with.iter().map(literal).collect();
        let list = match list.is_empty() {
            true => String::new(),
            false => format!("({})", list.join(", ")),
        };
        // A search has its statements planned for its words.
        let mode = match sql.contains("TSQUERY") {
            true => "force_custom_plan",
            false => "auto",
        };
        self.run(&format!(
            "SET plan_cache_mode = {mode}; PREPARE asked AS {sql}"
        ))
        .await;
        let explain = format!("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) EXECUTE asked{list}");
        let mut read = Vec::new();
        for _ in 0..RUNS {
            self.run("BEGIN").await;
            let answer = self.client.simple_query(&explain).await;
            let answer = answer.unwrap_or_else(|error| panic!("{sql} {list}: {error:?}"));
            self.run("ROLLBACK").await;
            let text = answer.iter().find_map(|message| match message {
                SimpleQueryMessage::Row(row) => row.get(0),
                _ => None,
            });
            let plans: Json = serde_json::from_str(text.expect("a plan")).expect("JSON");
            let plan = &plans[0]["Plan"];
            read.push((rows_read(plan), pages_read(plan)));
        }
        self.run("DEALLOCATE asked").await;
        [read[0], read[RUNS - 1]]
    }

    async fn run(&self, sql: &str) {
        let ran = self.client.batch_execute(sql).await;
        ran.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
    }
}

fn literal(value: &Value) -> String {
    match value {
        Value::Null => "NULL".to_owned(),
        Value::Int(number) => number.to_string(),
        Value::Text(text) => format!("'{text}'"),
        Value::Ints(list) => format!("'{{{}}}'", format!("{list:?}").trim_matches(['[', ']'])),
        Value::Bytes(bytes) => {
            let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("'\\x{hex}'")
        }
    }
}

/// Returns the pages that a plan reads, because an index scan does not report the entries that it skips. For a change
/// it reads more pages, in every index.
fn pages_read(plan: &Json) -> u64 {
    let number = |name: &str| plan[name].as_u64().unwrap_or_default();
    match plan["Node Type"].as_str() {
        Some("ModifyTable") => 0,
        _ => number("Shared Hit Blocks") + number("Shared Read Blocks"),
    }
}

/// Returns the rows that the scans of a plan returned plus those that they discarded, times the number of loops.
fn rows_read(node: &Json) -> u64 {
    let number = |name: &str| node[name].as_f64().unwrap_or_default();
    let kind = node["Node Type"].as_str().unwrap_or_default();
    let table = kind.ends_with("Scan") && node["Relation Name"].is_string();
    let thrown = number("Rows Removed by Filter") + number("Rows Removed by Index Recheck");
    let parts = || node["Plans"].as_array().into_iter().flatten();
    let own = match kind {
        // Rows found in two indexes; only rows that occur in both are read.
        "BitmapAnd" => {
            let named = parts().map(|part| part["Actual Rows"].as_f64());
            named.map(Option::unwrap_or_default).sum()
        }
        _ if table => number("Actual Rows") + thrown,
        _ => 0.0,
    };
    (own * number("Actual Loops")) as u64 + parts().map(rows_read).sum::<u64>()
}
