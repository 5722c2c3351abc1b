//! Tenants can be distributed: if every tenant table is partitioned by the hash of its account, PostgreSQL accepts
//! the schema (each unique key contains the account), and each statement reads one partition of each table.

use std::collections::{BTreeMap, BTreeSet};

use heddle_store::diagnostics::{postgres_migrations, postgres_statements, statements};
use heddle_testkit::postgres::Cluster;
use serde_json::Value;
use tokio_postgres::Client;
use tokio_postgres::types::Type;

const PARTITIONS: usize = 16;

/// Tables whose rows belong to no single account.
const GLOBAL_TABLES: [&str; 9] = [
    "account",
    "clock_span",
    "credential_key",
    "node_slot",
    "sealing_key",
    "serving_node",
    "trusted_time",
    "unfinished_import",
    "unfinished_removal",
];

/// Statements that read only global tables, each with the reason.
const GLOBAL_STATEMENTS: [(&str, &str); 46] = [
    ("account::INSERT", "the table `account` is global"),
    ("account::GET", "the table `account` is global"),
    ("account::LIST", "the operator's list of accounts"),
    (
        "account::LIST_IDS",
        "background tasks look for work in all accounts",
    ),
    ("account::LOCK", "the table `account` is global"),
    ("account::UPDATE", "the table `account` is global"),
    (
        "credential::INSERT_KEY",
        "a credential is looked up by its key before the account is known",
    ),
    (
        "credential::FIND_KEY",
        "a credential is looked up by its key before the account is known",
    ),
    (
        "credential::DROP_EXPIRED",
        "the table `credential_key` is global",
    ),
    (
        "credential::DROP_KEYS_OF_AGENT",
        "the table `credential_key` is global",
    ),
    (
        "credential::DROP_KEYS_OF_CONSENT",
        "the table `credential_key` is global",
    ),
    ("dump::ACCOUNT", "the table `account` is global"),
    (
        "dump::CREDENTIAL_KEY",
        "the table `credential_key` is global",
    ),
    ("import::PROGRESS", "an import can bring several accounts"),
    ("import::BEGIN", "an import can bring several accounts"),
    ("import::ADVANCE", "an import can bring several accounts"),
    ("import::END", "an import can bring several accounts"),
    (
        "removal::GET",
        "a removed account has no other rows that must exist",
    ),
    ("removal::LIST", "asked at the start, for all accounts"),
    ("removal::BEGIN", "the table `unfinished_removal` is global"),
    ("removal::END", "the table `unfinished_removal` is global"),
    ("removal::DELETE_ACCOUNT", "the table `account` is global"),
    (
        "removal::CREDENTIAL_KEYS",
        "the table `credential_key` is global",
    ),
    ("import::RESERVE_SLOT", "node slots belong to no account"),
    ("node::RESERVED", "node slots belong to no account"),
    ("node::RESERVE", "node slots belong to no account"),
    ("node::CLAIM", "node slots belong to no account"),
    ("node::LATEST", "node slots belong to no account"),
    ("node::FREE_UNUSABLE", "node slots belong to no account"),
    ("node::TOUCH", "node slots belong to no account"),
    ("node::LOWER", "node slots belong to no account"),
    ("node::TRUSTED", "the trusted time belongs to no account"),
    ("node::TRUST", "the trusted time belongs to no account"),
    (
        "node::TRUST_FIRST",
        "the trusted time belongs to no account",
    ),
    ("node::SPANS", "the clock is the same for all accounts"),
    ("node::ADD_SPAN", "the clock is the same for all accounts"),
    (
        "node::REMOVE_SPANS",
        "the clock is the same for all accounts",
    ),
    ("node::FIRST", "node slots belong to no account"),
    ("sealing_key::GET", "the sealing key belongs to no account"),
    (
        "sealing_key::CLAIM",
        "the sealing key belongs to no account",
    ),
    (
        "sealing_key::REPLACE",
        "the sealing key belongs to no account",
    ),
    ("node::SEEN", "servers belong to no account"),
    ("node::SERVING", "servers belong to no account"),
    ("node::GONE", "servers belong to no account"),
    ("node::LEAVE", "servers belong to no account"),
    ("node::EXTEND", "node slots belong to no account"),
];

/// Statements that read all accounts at once, each with the reason.
const STATEMENTS_ACROSS: [(&str, &str); 8] = [
    (
        "sealing_key::SEALED",
        "all accounts' secrets are sealed with the same key; asked at the start",
    ),
    (
        "feed::BEHIND",
        "a node follows the feeds of all accounts; asked every ten seconds",
    ),
    (
        "search::BEHIND",
        "a node keeps the indexes of all accounts up to date; asked every ten seconds",
    ),
    (
        "feed::PENDING",
        "a node numbers the events of all accounts; asked once a second",
    ),
    (
        "feed::HEADS",
        "a node polls the feeds of all accounts with live readers, once a second, ten times a second without notices",
    ),
    (
        "webhook::WORK_ANYWHERE",
        "a node sends for the webhooks of all accounts; asked every ten seconds, ten times a second while it sends",
    ),
    (
        "webhook::WAITING",
        "a node sets timers for the retries of all accounts; asked every ten seconds",
    ),
    (
        "webhook::ALL_IDS",
        "old deliveries are looked for in all accounts; asked once an hour",
    ),
];

/// Returns the migrations, changed so that every tenant table is partitioned.
fn partitioned() -> Vec<String> {
    let mut steps = Vec::new();
    for step in postgres_migrations().concat() {
        let Some(table) = table_made(&step).filter(|table| !GLOBAL_TABLES.contains(table)) else {
            steps.push(step);
            continue;
        };
        steps.push(format!("{step} PARTITION BY HASH (account_id)"));
        steps.extend((0..PARTITIONS).map(|rest| {
            format!(
                "CREATE TABLE {table}_p{rest} PARTITION OF {table}
                FOR VALUES WITH (MODULUS {PARTITIONS}, REMAINDER {rest})"
            )
        }));
    }
    steps
}

fn table_made(step: &str) -> Option<&str> {
    let rest = step.strip_prefix("CREATE TABLE IF NOT EXISTS ")?;
    rest.split_whitespace().next()
}

async fn partitioned_database() -> Client {
    let client = Cluster::shared().create_database().await.connect().await;
    for step in partitioned() {
        client
            .batch_execute(&step)
            .await
            .unwrap_or_else(|error| panic!("{step}: {error:?}"));
    }
    client
        .batch_execute("SET plan_cache_mode = force_custom_plan")
        .await
        .expect("plans are made for the values");
    client
}

/// Returns the plan of a statement with a value for each parameter; the account is 7.
async fn plan(client: &Client, sql: &str) -> Value {
    let prepared = client.prepare(sql).await.expect("it prepares");
    let params = prepared.params().iter().enumerate();
    let (types, values): (Vec<_>, Vec<_>) = params.map(|(at, of)| dummy(at, of)).unzip();
    let (types, values) = match types.len() {
        0 => (String::new(), String::new()),
        _ => (
            format!("({})", types.join(", ")),
            format!("({})", values.join(", ")),
        ),
    };
    client
        .batch_execute(&format!("DEALLOCATE ALL; PREPARE asked{types} AS {sql}"))
        .await
        .unwrap_or_else(|error| panic!("{sql}: {error:?}"));
    let explain = format!("EXPLAIN (FORMAT JSON) EXECUTE asked{values}");
    let answer = client.simple_query(&explain).await;
    let answer = answer.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
    let lines = answer.iter().filter_map(|message| match message {
        tokio_postgres::SimpleQueryMessage::Row(row) => row.get(0),
        _ => None,
    });
    serde_json::from_str(&lines.collect::<Vec<_>>().join("\n")).expect("a plan is JSON")
}

/// Returns a parameter's type name and a value of this type. Values grow with the parameter's number, so that no range
/// between two parameters is empty.
fn dummy(at: usize, of: &Type) -> (&'static str, String) {
    let number = at + 7;
    match *of {
        Type::INT8 => ("bigint", number.to_string()),
        Type::TEXT => ("text", "'x'".to_owned()),
        Type::BYTEA => ("bytea", "'\\x00'".to_owned()),
        Type::INT8_ARRAY => ("bigint[]", format!("'{{{number}}}'")),
        Type::TEXT_ARRAY => ("text[]", "'{x}'".to_owned()),
        ref other => panic!("a parameter of the type {other}"),
    }
}

/// Adds every table and index that a plan reads or writes.
fn relations(plan: &Value, found: &mut BTreeSet<String>) {
    match plan {
        Value::Array(list) => list.iter().for_each(|inner| relations(inner, found)),
        Value::Object(node) => {
            if let Some(name) = node.get("Relation Name").and_then(Value::as_str) {
                found.insert(name.to_owned());
            }
            node.values().for_each(|inner| relations(inner, found));
        }
        _ => {}
    }
}

/// What a plan reads: the number of partitions of each tenant table, and whether it reads any tenant table.
#[derive(Debug, Default)]
struct Looked {
    partitions: BTreeMap<String, usize>,
    tenant: bool,
    inserts: bool,
}

async fn look(client: &Client, sql: &str) -> Looked {
    let plan = plan(client, sql).await;
    let mut names = BTreeSet::new();
    relations(&plan, &mut names);
    let mut looked = Looked {
        inserts: plan[0]["Plan"]["Operation"] == "Insert",
        ..Looked::default()
    };
    for name in names {
        looked.tenant |= !GLOBAL_TABLES.contains(&name.as_str());
        if let Some((table, rest)) = name.rsplit_once("_p")
            && rest.parse::<usize>().is_ok()
        {
            *looked.partitions.entry(table.to_owned()).or_default() += 1;
        }
    }
    looked
}

#[tokio::test(flavor = "multi_thread")]
async fn every_statement_of_a_tenant_stays_in_one_partition() {
    let client = partitioned_database().await;
    let mut wrong = Vec::new();
    for stmt in statements().into_iter().chain(postgres_statements()) {
        if STATEMENTS_ACROSS.iter().any(|(name, _)| *name == stmt.name) {
            continue;
        }
        let global = GLOBAL_STATEMENTS.iter().any(|(name, _)| *name == stmt.name);
        let looked = look(&client, stmt.postgres).await;
        let one_each = looked.partitions.values().all(|count| *count == 1)
            && (looked.inserts || !looked.partitions.is_empty());
        if global == looked.tenant || !global && !one_each {
            wrong.push(format!("{}: {looked:?}", stmt.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn exempt_statements_exist() {
    let all = statements().into_iter().chain(postgres_statements());
    let names: BTreeSet<String> = all.map(|stmt| stmt.name).collect();
    for (name, _) in GLOBAL_STATEMENTS.iter().chain(&STATEMENTS_ACROSS) {
        assert!(names.contains(*name), "{name}");
    }
}

/// Proves that the check can fail: a statement without its account reads every partition.
#[tokio::test(flavor = "multi_thread")]
async fn a_statement_without_its_account_reads_every_partition() {
    let client = partitioned_database().await;
    let looked = look(&client, "SELECT subject FROM conversation WHERE id = $1").await;
    assert_eq!(looked.partitions["conversation"], PARTITIONS);
    let looked = look(&client, "UPDATE message SET body = $2 WHERE id = $1").await;
    assert_eq!(looked.partitions["message"], PARTITIONS);
}
