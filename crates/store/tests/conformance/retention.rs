//! Retention rules: what they erase, what they leave, and that one node at a time applies them.

use heddle_domain::detail::Contents;
use heddle_domain::id::ConversationId;
use heddle_domain::retention::Retained;
use heddle_domain::{Status, Timestamp};
use heddle_store::Clock;
use heddle_store::retention::Rule;
use heddle_store::write::account::UpdateAccount;
use heddle_store::write::change::{Change, ChangeConversation};
use heddle_testkit::{On, TestStore};
use serde_json::json;

use crate::deleting::unknown;
use crate::searching::found;
use crate::tenant::{Tenant, call, count, opened};

on_both!(
    each_rule_erases_what_it_covers,
    a_run_is_due_once_a_day,
    a_rule_that_has_ended_or_was_prolonged_erases_nothing,
    two_nodes_erase_each_conversation_once,
    a_due_time_of_a_wrong_clock_does_not_count,
);

const DAY_MS: i64 = 86_400_000;

async fn change(tenant: &Tenant, id: ConversationId, change: Change) {
    let command = ChangeConversation::new(tenant.caller.clone(), id, change);
    tenant.store.write(command).await.expect("changed");
}

async fn created(tenant: &Tenant, status: Status, archived: bool) -> ConversationId {
    let created = tenant.create(vec![call("mnemosyne")]).await;
    let id = created.conversation.id;
    let new = Change {
        status: Some(status),
        archived: Some(archived),
        ..Change::default()
    };
    change(tenant, id, new).await;
    id
}

/// Gives the account the same days for all rules; 0 ends them.
async fn set_days(tenant: &Tenant, days: i64) {
    let update = UpdateAccount {
        caller: None,
        expected: None,
        id: tenant.account,
        name: None,
        settings: Retained::ALL.iter().map(|it| it.change(days)).collect(),
    };
    tenant.store.write(update).await.expect("set");
}

fn days_ago(test: &TestStore, days: i64) -> Timestamp {
    test.clock.now().plus_ms(-days * DAY_MS)
}

async fn each_rule_erases_what_it_covers(on: On) {
    let (test, tenant) = opened(on).await;
    let closed = created(&tenant, Status::Closed, false).await;
    let spam = created(&tenant, Status::Spam, false).await;
    let archived = created(&tenant, Status::Open, true).await;
    let open = created(&tenant, Status::Open, false).await;
    let [deleted, deleted_late] = [
        created(&tenant, Status::Open, false).await,
        created(&tenant, Status::Open, false).await,
    ];
    tenant.delete(deleted).await.expect("deleted");
    let talked = created(&tenant, Status::Closed, false).await;
    let merged = created(&tenant, Status::Closed, false).await;
    tenant.merge_conversations(merged, open).await;
    let into_closed = created(&tenant, Status::Closed, false).await;
    tenant.merge_conversations(into_closed, closed).await;
    let again = Change {
        status: Some(Status::Closed),
        ..Change::default()
    };
    change(&tenant, closed, again.clone()).await;
    test.clock.advance(40 * DAY_MS);
    let young = created(&tenant, Status::Closed, false).await;
    tenant.append(talked, call("mnemosyne")).await.expect("it");
    change(&tenant, talked, again).await;
    tenant.delete(deleted_late).await.expect("deleted");

    set_days(&tenant, 30).await;
    let before = days_ago(&test, 30);
    let rules: Vec<Rule> = Retained::ALL.iter().map(|it| (*it, before)).collect();
    let counted = tenant.store.count_old(tenant.account, &rules).await;
    let counted: Vec<_> = counted
        .expect("counted")
        .iter()
        .map(|it| it.conversations)
        .collect();
    assert_eq!(counted, [1, 1, 1, 1], "a merged one goes with its survivor");
    let all = [closed, spam, archived, deleted];
    for (rule, erased) in rules.iter().zip(all) {
        let done = tenant.store.erase_old(&tenant.caller, &[*rule]).await;
        assert_eq!(done.expect("it runs").conversations, 1, "{rule:?}");
        assert!(unknown(tenant.find(erased).await));
        assert!(unknown(tenant.restore(erased).await));
        let sql = format!(
            "SELECT count(*) FROM conversation WHERE account_id = {} AND id = {erased}",
            tenant.account
        );
        assert_eq!(count(&test, &sql).await, 0);
    }
    assert!(unknown(tenant.find(into_closed).await));
    let nothing = tenant.store.erase_old(&tenant.caller, &rules).await;
    assert_eq!(nothing, Ok(Contents::default()));
    for id in [open, talked, young] {
        tenant.get(id).await;
    }
    tenant.restore(deleted_late).await.expect("restored");
    let mut left = vec![open.get(), talked.get(), young.get(), deleted_late.get()];
    let mut shown = found(&tenant, "mnemosyne").await;
    left.sort_unstable();
    shown.sort_unstable();
    assert_eq!(shown, left);
    let said = tenant
        .event_details("account.retention_applied", tenant.account.get())
        .await;
    let contents = json!({"conversations": 1, "messages": 2, "attachments": 0, "files": 0});
    assert_eq!(said[0], json!({ "contents": contents }));
    assert_eq!(said.len(), 5, "each run has an entry");
    assert_eq!(test.store.check().await, Ok(Vec::new()));
}

async fn a_run_is_due_once_a_day(on: On) {
    let (test, tenant) = opened(on).await;
    created(&tenant, Status::Closed, false).await;
    set_days(&tenant, 1).await;
    test.clock.advance(2 * DAY_MS);
    let run = async || {
        let rules = [(Retained::Closed, days_ago(&test, 1))];
        let run = tenant.store.erase_old_if_due(&tenant.caller, &rules).await;
        run.expect("it runs").map(|erased| erased.conversations)
    };
    assert_eq!(run().await, Some(1));
    assert_eq!(run().await, None);
    test.clock.advance(22 * 3_600_000);
    assert_eq!(run().await, None);
    test.clock.advance(3_600_000);
    assert_eq!(run().await, Some(0));
}

/// An operator ends a wrong rule while a run erases by it.
async fn a_rule_that_has_ended_or_was_prolonged_erases_nothing(on: On) {
    let (test, tenant) = opened(on).await;
    let closed = created(&tenant, Status::Closed, false).await;
    test.clock.advance(2 * DAY_MS);
    let rules = [(Retained::Closed, days_ago(&test, 1))];
    for days in [0, 2, 30] {
        set_days(&tenant, days).await;
        let done = tenant.store.erase_old(&tenant.caller, &rules).await;
        assert_eq!(done.expect("it runs").conversations, 0, "{days}");
        tenant.get(closed).await;
    }
    set_days(&tenant, 1).await;
    let done = tenant.store.erase_old(&tenant.caller, &rules).await;
    assert_eq!(done.expect("it runs").conversations, 1);
}

async fn two_nodes_erase_each_conversation_once(on: On) {
    let (test, tenant) = opened(on).await;
    set_days(&tenant, 1).await;
    for _ in 0..130 {
        created(&tenant, Status::Closed, false).await;
    }
    test.clock.advance(2 * DAY_MS);
    let rules = [(Retained::Closed, days_ago(&test, 1))];
    let (one, two) = tokio::join!(
        tenant.store.erase_old_if_due(&tenant.caller, &rules),
        tenant.store.erase_old_if_due(&tenant.caller, &rules),
    );
    let runs = [one.expect("it runs"), two.expect("it runs")];
    let erased: Vec<_> = runs.iter().flatten().collect();
    assert_eq!(erased.len(), 1, "{runs:?}");
    assert_eq!(erased[0].conversations, 130);
    // An operator's run beside another one.
    for _ in 0..130 {
        created(&tenant, Status::Closed, false).await;
    }
    test.clock.advance(2 * DAY_MS);
    let rules = [(Retained::Closed, days_ago(&test, 1))];
    let (one, two) = tokio::join!(
        tenant.store.erase_old(&tenant.caller, &rules),
        tenant.store.erase_old(&tenant.caller, &rules),
    );
    let erased = one.expect("it runs").conversations + two.expect("it runs").conversations;
    assert_eq!(erased, 130);
    let left = format!(
        "SELECT count(*) FROM conversation WHERE account_id = {}",
        tenant.account
    );
    assert_eq!(count(&test, &left).await, 0);
    assert_eq!(test.store.check().await, Ok(Vec::new()));
}

async fn a_due_time_of_a_wrong_clock_does_not_count(on: On) {
    let (test, tenant) = opened(on).await;
    let run = async || {
        let rules = [(Retained::Closed, days_ago(&test, 1))];
        let run = tenant.store.erase_old_if_due(&tenant.caller, &rules).await;
        run.expect("it runs").is_some()
    };
    test.clock.advance(300 * DAY_MS);
    assert!(run().await);
    test.clock.advance(-300 * DAY_MS);
    assert!(run().await);
    assert!(!run().await);
}
