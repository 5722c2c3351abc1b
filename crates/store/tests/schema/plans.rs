//! How SQLite reads: the lists from the index made for them and in its order, single rows by a key, and nothing by
//! walking a table. The plans are those of an empty file: the store keeps no statistics, so they are the plans of a full
//! one too.

use std::collections::HashMap;

use heddle_store::diagnostics::statements;
use heddle_testkit::{On, TestStore};

use crate::{sqlite_of, sqlite_plan};

/// SQLite's name for the unique key (account, conversation, id) of `message`.
pub(crate) const MESSAGE_KEY: &str = "sqlite_autoindex_message_1";

/// Lists, the index of each, and how many of its columns must narrow the search: an account alone is no narrowing.
const LISTS: [(&str, &str, usize); 47] = [
    ("conversation::CREATED_ASC", "conversation_by_creation", 4),
    ("conversation::CREATED_DESC", "conversation_by_creation", 4),
    ("conversation::STARTED_ASC", "conversation_by_start", 4),
    ("conversation::STARTED_DESC", "conversation_by_start", 4),
    ("conversation::UPDATED_ASC", "conversation_by_update", 3),
    ("conversation::UPDATED_DESC", "conversation_by_update", 4),
    ("conversation::CONTACTED_ASC", "conversation_by_customer", 6),
    (
        "conversation::CONTACTED_DESC",
        "conversation_by_customer",
        6,
    ),
    ("conversation::NEXT_INBOX", "conversation_by_customer", 3),
    (
        "conversation::DELEGATIONS_PAGE",
        "delegation_by_conversation",
        3,
    ),
    ("message::PAGE_ASC", "message_by_occurrence", 3),
    ("message::RECORDED_ASC", MESSAGE_KEY, 3),
    ("message::RECORDED_DESC", MESSAGE_KEY, 3),
    ("message::FACTS", MESSAGE_KEY, 2),
    ("upload::EXPIRED", "upload_by_age", 2),
    (
        "conversation::BY_LAST_MESSAGE_DESC",
        "conversation_by_customer",
        5,
    ),
    (
        "conversation::BY_LAST_MESSAGE_ASC",
        "conversation_by_customer",
        5,
    ),
    (
        "conversation::UNDELEGATED_DESC",
        "conversation_by_customer",
        5,
    ),
    (
        "conversation::UNDELEGATED_ASC",
        "conversation_by_customer",
        5,
    ),
    (
        "conversation::BY_DELEGATION_DESC",
        "conversation_by_delegation",
        6,
    ),
    (
        "conversation::BY_DELEGATION_ASC",
        "conversation_by_delegation",
        6,
    ),
    (
        "conversation::ASSIGNED_BY_LAST_MESSAGE_DESC",
        "conversation_by_assignee",
        6,
    ),
    (
        "conversation::ASSIGNED_BY_LAST_MESSAGE_ASC",
        "conversation_by_assignee",
        6,
    ),
    (
        "conversation::ASSIGNED_BY_DELEGATION_DESC",
        "conversation_by_assignee_delegation",
        7,
    ),
    (
        "conversation::ASSIGNED_BY_DELEGATION_ASC",
        "conversation_by_assignee_delegation",
        7,
    ),
    ("conversation::NEWEST_OF_RUN", "conversation_by_customer", 5),
    (
        "conversation::BY_APPLICATION",
        "conversation_by_application",
        5,
    ),
    (
        "conversation::BY_APPLICATION_UPDATED",
        "conversation_by_application",
        5,
    ),
    (
        "conversation::POSITIONS_BY_UPDATE",
        "conversation_by_application_update",
        5,
    ),
    ("conversation::GET_MANY", "PRIMARY KEY", 2),
    ("conversation::DELEGATIONS", "delegation_by_conversation", 2),
    ("message::PAGE", "message_by_occurrence", 3),
    ("message::CONTACTS_DESC", MESSAGE_KEY, 4),
    ("attachment::OF_MESSAGE", "attachment_by_message", 3),
    ("customer::ADDRESSES", "PRIMARY KEY", 2),
    ("customer::PLACED", "PRIMARY KEY", 2),
    ("customer::BY_CREATION", "customer_by_creation", 3),
    ("customer::FOLLOWERS", "customer_by_survivor", 3),
    ("guest::CONVERSATIONS", "PRIMARY KEY", 2),
    ("job::OF_CUSTOMER", "PRIMARY KEY", 2),
    ("erasure::MESSAGES", MESSAGE_KEY, 3),
    ("erasure::SOME_CONVERSATIONS", "conversation_by_customer", 2),
    ("customer::GET_MANY", "PRIMARY KEY", 2),
    ("tag::OF_CONVERSATION", "PRIMARY KEY", 2),
    ("account::PUBLIC_IDS", "PRIMARY KEY", 3),
    ("event::AUDIT", "PRIMARY KEY", 2),
    ("feed::AFTER", "PRIMARY KEY", 2),
];

/// Lists that sort what they found, and why they may.
const SORTED: [(&str, &str, usize, &str); 9] = [
    (
        "message::KEYS_DESC",
        MESSAGE_KEY,
        4,
        "named conversations merged by id; the caller bounds what they hold at 50,000 keys",
    ),
    (
        "message::POSITION",
        "message_by_occurrence",
        2,
        "turns the page that the inner list found",
    ),
    (
        "conversation::OPEN_OF_CUSTOMER",
        "conversation_by_customer",
        5,
        "one customer's conversations, for a bulk delegation",
    ),
    (
        "conversation::OPEN_OF_ASSIGNEE",
        "conversation_by_assignee_delegation",
        4,
        "by customer from the index; only one customer's are sorted at a time",
    ),
    (
        "customer::REACHED",
        "customer_by_creation",
        2,
        "takes the last of those that the inner list walked",
    ),
    (
        "customer::BY_ADDRESS",
        "customer_address_by_value",
        3,
        "the customers of one telephone number",
    ),
    (
        "erasure::REACHED_EVENT",
        "PRIMARY KEY",
        2,
        "takes the last of those that the inner list walked",
    ),
    (
        "erasure::REACHED_DELIVERY",
        "PRIMARY KEY",
        2,
        "takes the last of those that the inner list walked",
    ),
    (
        "erasure::CONVERSATIONS",
        "conversation_by_customer",
        2,
        "one customer's conversations, for an erasure",
    ),
];

/// Walks of tables that stay small, by statement.
const FEW: [(&str, &str); 3] = [
    (
        "account::SETTINGS",
        "SEARCH account_setting USING PRIMARY KEY (account_id=?)",
    ),
    ("webhook::WORK_ANYWHERE", "SCAN w"),
    ("webhook::WORK", "SEARCH w USING PRIMARY KEY (account_id=?)"),
];

/// Statements that begin at one end of an account's rows, or of those that a partial index holds.
const NEWEST: [&str; 2] = ["feed::HEAD", "job::NEXT"];

/// Statements that look at all rows of an account, and may sort them: dumps and checks.
fn reads_whole_accounts(name: &str) -> bool {
    name.starts_with("dump::") || name.starts_with("check::")
}

/// The plan of every statement.
async fn plans() -> HashMap<String, Vec<String>> {
    let store = TestStore::open(On::Sqlite).await;
    let connection = sqlite_of(&store);
    let plan = |stmt: heddle_store::diagnostics::Statement| {
        (stmt.name, sqlite_plan(&connection, stmt.sqlite))
    };
    statements().into_iter().map(plan).collect()
}

fn sorts(plan: &[String]) -> bool {
    plan.iter().any(|step| step.contains("TEMP B-TREE"))
}

/// Whether the first search of a plan goes through an index by so many columns.
fn narrows(plan: &[String], index: &str, columns: usize) -> bool {
    let search = plan.iter().find(|step| step.starts_with("SEARCH "));
    search.is_some_and(|step| {
        step.contains(&format!("{index} (")) && step.split(" AND ").count() >= columns
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_come_from_their_index_in_its_order() {
    let plans = plans().await;
    for (name, index, columns) in LISTS {
        let plan = &plans[name];
        assert!(narrows(plan, index, columns), "{name}: {plan:?}");
        assert!(!sorts(plan), "{name}: {plan:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_listed_statements_sort() {
    let plans = plans().await;
    for (name, index, columns, _) in SORTED {
        let plan = &plans[name];
        assert!(narrows(plan, index, columns), "{name}: {plan:?}");
        assert!(sorts(plan), "{name} sorts no more: {plan:?}");
    }
    for (name, plan) in &plans {
        let may = reads_whole_accounts(name) || SORTED.iter().any(|(listed, ..)| listed == name);
        assert!(may || !sorts(plan), "{name}: {plan:?}");
    }
}

/// Every search of a table names a key's columns beyond the account, or is a list by the table's own key.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_walks_a_table() {
    for (name, plan) in plans().await {
        for step in &plan {
            let list_of_ids = step.starts_with("SCAN json_each");
            let inner_list = step == "SCAN newest" || step == "SCAN walked";
            let few = FEW.iter().any(|(stmt, scan)| *stmt == name && scan == step);
            assert!(
                !step.starts_with("SCAN ") || list_of_ids || inner_list || few,
                "{name}: {plan:?}"
            );
            let whole_account = step.ends_with("(account_id=?)");
            assert!(
                !whole_account || few || reads_whole_accounts(&name) || NEWEST.contains(&&*name),
                "{name}: {plan:?}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn single_rows_are_found_by_a_whole_key() {
    let plans = plans().await;
    let by_key = [
        (
            "conversation::GET",
            "USING PRIMARY KEY (account_id=? AND id=?)",
        ),
        (
            "conversation::LOCK",
            "USING PRIMARY KEY (account_id=? AND id=?)",
        ),
        (
            "conversation::UPDATE_ACTIVITY",
            "USING PRIMARY KEY (account_id=? AND id=?)",
        ),
        (
            "conversation::UPDATE_STANDING",
            "USING PRIMARY KEY (account_id=? AND id=?)",
        ),
        ("customer::PIN", "USING PRIMARY KEY (account_id=? AND id=?)"),
        (
            "customer::PEEK",
            "USING PRIMARY KEY (account_id=? AND id=?)",
        ),
        (
            "customer::LOCK",
            "USING PRIMARY KEY (account_id=? AND id=?)",
        ),
        ("customer::GET", "USING PRIMARY KEY (account_id=? AND id=?)"),
        (
            "customer::EMAIL_OWNER",
            "USING PRIMARY KEY (account_id=? AND email=?)",
        ),
        ("account::GET", "USING INTEGER PRIMARY KEY (rowid=?)"),
        (
            "account::GET_INBOX",
            "USING PRIMARY KEY (account_id=? AND id=?)",
        ),
        (
            "account::GET_AGENT",
            "USING PRIMARY KEY (account_id=? AND id=?)",
        ),
        (
            "account::BY_PUBLIC_ID",
            "(account_id=? AND kind=? AND public_id=? AND api=?)",
        ),
        (
            "account::PUBLIC_ID_OF",
            "(account_id=? AND kind=? AND entity_id=? AND api=?)",
        ),
        (
            "credential::GET",
            "USING PRIMARY KEY (account_id=? AND id=?)",
        ),
        ("credential::FIND_KEY", "USING PRIMARY KEY (key_hash=?)"),
        (
            "message::GET",
            "(account_id=? AND conversation_id=? AND id=?)",
        ),
        ("attachment::CONTENT", "(account_id=? AND id=?)"),
        ("tag::FIND", "(account_id=? AND name=?)"),
        ("attachment::GET", "(account_id=? AND id=?)"),
        ("upload::GET", "(account_id=? AND id=?)"),
        ("upload::LOCK", "(account_id=? AND id=?)"),
        ("upload::CONTENT", "(account_id=? AND id=?)"),
        ("upload::DROP", "(account_id=? AND id=?)"),
        ("upload::ATTACH", "(account_id=? AND id=?)"),
    ];
    for (name, key) in by_key {
        assert!(plans[name][0].ends_with(key), "{name}: {:?}", plans[name]);
    }
}
