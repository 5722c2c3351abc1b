//! Tests of the limit of tags.

use heddle_domain::id::{ConversationId, InboxId, TagId};
use heddle_domain::{InboxScope, TagName};
use heddle_store::read::tags::ListTags;
use heddle_store::write::change::{Change, ChangeConversation, TagChange};
use heddle_store::{Error, Refusal};
use heddle_testkit::On;

use crate::tenant::{Tenant, opened, tamper};

/// Adds and removes tags, and returns how many the conversation has afterwards.
async fn edit(
    tenant: &Tenant,
    id: ConversationId,
    add: &[&str],
    remove: &[&str],
) -> Result<usize, Error> {
    let owned = |names: &[&str]| names.iter().map(|name| TagName::nearest(name)).collect();
    let change = Change {
        tags: TagChange::Edit {
            add: owned(add),
            remove: owned(remove),
        },
        ..Change::default()
    };
    let change = ChangeConversation::new(tenant.caller.clone(), id, change);
    let changed = tenant.store.write(change).await?;
    Ok(changed.labels.tags.len())
}

async fn at_a_hundred_tags_one_can_be_exchanged_and_none_added(on: On) {
    let (_test, tenant) = opened(on).await;
    let id = tenant.conversation().await.id;
    let names: Vec<String> = (0..100).map(|at| format!("tag {at:02}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    assert_eq!(edit(&tenant, id, &names, &[]).await, Ok(100));
    assert_eq!(edit(&tenant, id, &["new"], &["tag 07"]).await, Ok(100));
    assert_eq!(
        edit(&tenant, id, &["new", "tag 08"], &["none"]).await,
        Ok(100)
    );
    let refused = Err(Error::Refused(Refusal::Invalid {
        field: "tags",
        reason: "more than 100 tags".to_owned(),
    }));
    for (add, remove) in [
        (&["newer"][..], &[][..]),
        (&["newer"], &["none"]),
        (&["newer", "newest"], &["new"]),
    ] {
        assert_eq!(edit(&tenant, id, add, remove).await, refused);
    }
    // A tag that is added and removed is removed.
    assert_eq!(
        edit(&tenant, id, &["newer"], &["newer", "new"]).await,
        Ok(99)
    );
}

/// Gives a tag of the account to 25,000 conversations of the second inbox.
fn many_bearers(tenant: &Tenant, tag: &str) -> String {
    let inbox = tenant.inboxes[1];
    format!(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 25000)
        INSERT INTO conversation_tag (account_id, conversation_id, tag_id, inbox_id, phase, started_at)
        SELECT t.account_id, 1000000 + n.i, t.id, {inbox}, 0, 0 FROM tag t CROSS JOIN n
        WHERE t.account_id = {} AND t.name = '{tag}'",
        tenant.account
    )
}

/// Lists tags page by page; returns the names on each page. A page before the last is never empty.
async fn pages(tenant: &Tenant, inboxes: InboxScope, limit: usize) -> Vec<Vec<String>> {
    let (mut after, mut pages) = (TagId(0), Vec::new());
    loop {
        let list = ListTags {
            account: tenant.account,
            inboxes: inboxes.clone(),
            after,
            limit,
        };
        let page = tenant.store.read(list).await.expect("a page");
        pages.push(
            page.tags
                .into_iter()
                .map(|tag| tag.name)
                .collect::<Vec<_>>(),
        );
        let Some(next) = page.next else { return pages };
        assert!(after < next && pages.last().is_some_and(|page| !page.is_empty()));
        after = next;
    }
}

async fn tags_of_an_inbox_are_found_past_a_tag_with_25_000_bearers_elsewhere(on: On) {
    let (test, tenant) = opened(on).await;
    let ours = tenant.conversation().await.id;
    edit(&tenant, ours, &["busy"], &[]).await.expect("a tag");
    edit(&tenant, ours, &["ours", "last"], &["busy"])
        .await
        .expect("tags");
    tamper(&test, &many_bearers(&tenant, "busy")).await;
    let [here, there] = tenant.inboxes;
    let read = async |inboxes: &[InboxId], limit| {
        let inboxes = InboxScope::only(inboxes.iter().copied());
        pages(&tenant, inboxes, limit).await
    };
    assert_eq!(read(&[here], 5).await, [["last", "ours"]]);
    assert_eq!(read(&[there], 5).await, [["busy"]]);
    assert_eq!(read(&[here, there], 5).await, [["busy", "last", "ours"]]);
    let one_by_one = [vec!["busy"], vec!["last"], vec!["ours"]];
    assert_eq!(read(&[here, there], 1).await, one_by_one);
    assert_eq!(read(&[], 5).await, [Vec::<String>::new()]);
}

async fn a_page_of_tags_for_thousands_of_inboxes_is_cut_and_never_empty(on: On) {
    let (test, tenant) = opened(on).await;
    let ours = tenant.conversation().await.id;
    let names: Vec<String> = (0..30).map(|at| format!("tag {at:02}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    edit(&tenant, ours, &names, &[]).await.expect("tags");
    // The first inbox has 30 tags, the second one has the last of them.
    let last = format!(
        "INSERT INTO conversation_tag (account_id, conversation_id, tag_id, inbox_id, phase, started_at)
        SELECT account_id, 1000000, max(id), {}, 0, 0 FROM tag WHERE account_id = {} GROUP BY account_id",
        tenant.inboxes[1], tenant.account
    );
    tamper(&test, &last).await;
    let inboxes = (0..1_000)
        .map(|at| InboxId(10_000 + at))
        .chain(tenant.inboxes);
    let read = pages(&tenant, InboxScope::only(inboxes), 20).await;
    assert_eq!(read.iter().map(Vec::len).max(), Some(4));
    assert_eq!(read.concat(), names);
}

async fn tags_follow_a_conversation_to_another_inbox(on: On) {
    let (test, tenant) = opened(on).await;
    let id = tenant.conversation().await.id;
    edit(&tenant, id, &["kept", "removed"], &[])
        .await
        .expect("tags");
    let change = Change {
        inbox: Some(tenant.inboxes[1]),
        tags: TagChange::Edit {
            add: vec![TagName::nearest("added")],
            remove: vec![TagName::nearest("removed")],
        },
        ..Change::default()
    };
    let change = ChangeConversation::new(tenant.caller.clone(), id, change);
    tenant.store.write(change).await.expect("it is moved");
    let read = async |inbox| pages(&tenant, InboxScope::only([inbox]), 5).await.concat();
    assert_eq!(read(tenant.inboxes[0]).await, Vec::<String>::new());
    assert_eq!(read(tenant.inboxes[1]).await, ["kept", "added"]);
    assert_eq!(test.store.check().await, Ok(Vec::new()));
    let fault = format!(
        "account {}: conversation whose tags say another inbox, phase or start: {id}",
        tenant.account
    );
    for (wrong, right) in [
        ("inbox_id = 77", "inbox_id = c.inbox_id"),
        ("phase = 77", "phase = c.phase"),
        ("started_at = 77", "started_at = c.started_at"),
    ] {
        tamper(&test, &format!("UPDATE conversation_tag SET {wrong}")).await;
        let found = test.store.check().await.expect("it is checked");
        assert_eq!(found, [fault.clone(), fault.clone()], "{wrong}");
        let mended = format!(
            "UPDATE conversation_tag SET {right} FROM conversation c
            WHERE c.account_id = conversation_tag.account_id AND c.id = conversation_tag.conversation_id"
        );
        tamper(&test, &mended).await;
    }
}

on_both!(
    at_a_hundred_tags_one_can_be_exchanged_and_none_added,
    tags_of_an_inbox_are_found_past_a_tag_with_25_000_bearers_elsewhere,
    a_page_of_tags_for_thousands_of_inboxes_is_cut_and_never_empty,
    tags_follow_a_conversation_to_another_inbox,
);
