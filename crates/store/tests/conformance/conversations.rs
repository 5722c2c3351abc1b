//! Tests of conversations: every field, tags, changes, merges.

use heddle_domain::TagName;
use heddle_domain::conversation::{Lock, Locks, Status, StatusWish};
use heddle_domain::customer::CustomerRef;
use heddle_domain::id::{AgentId, ApplicationId, ConversationId};
use heddle_domain::{ConversationKind, EntityKind, InboxScope, Kind, Timestamp};
use heddle_store::read::applications::GetApplicationThread;
use heddle_store::read::conversations::GetConversation;
use heddle_store::write::change::{Change, ChangeConversation};
use heddle_store::write::merge::{EARLIER_MOST, MOVE_MOST, MergeConversations};
use heddle_store::write::split::{Parting, SplitConversation};
use heddle_store::write::{NewConversation, NewMessage};
use heddle_store::{Clock, Entity, Error, Refusal};
use heddle_testkit::{On, TestStore};

use crate::messages::attached;
use crate::tenant::{Tenant, call, count, opened, tamper};

async fn every_field_of_a_draft_is_stored(on: On) {
    let (test, tenant) = opened(on).await;
    let new = NewConversation {
        application: Some(ApplicationId(tenant.take_id(EntityKind::Application).await)),
        kind: Some(ConversationKind::Chat),
        status: Some(Status::Closed),
        assignee: Some(tenant.agents[1]),
        ticket_number: Some("T-17".into()),
        ticket_link: Some("https://tickets.example.com/17".into()),
        original_sender: Some("Guest in 12".into()),
        started_at: Some(Timestamp(1_600_000_000_000)),
        closed_at: Some(Timestamp(1_600_000_100_000)),
        tags: ["late", "vip", "late"].map(TagName::nearest).into(),
        ..tenant.new_conversation()
    };
    let mut create = tenant.creation(CustomerRef::Id(tenant.customer), Vec::new());
    create.conversation = new.clone();
    let created = test.store.write(create).await.expect("it");
    let view = tenant.find(created.conversation.id).await;
    let view = view.expect("a conversation");
    let c = view.conversation.clone();
    assert_eq!(c, created.conversation);
    let now = test.clock.now();
    assert_eq!((c.number, c.inbox), (c.id.get(), new.inbox));
    assert_eq!(
        (c.customer, c.application),
        (tenant.customer, new.application)
    );
    assert_eq!((c.kind, c.status), (new.kind, Status::Closed));
    assert_eq!((c.assignee, c.delegated_at), (new.assignee, Some(now)));
    assert_eq!(
        (&c.ticket_number, &c.ticket_link),
        (&new.ticket_number, &new.ticket_link)
    );
    assert_eq!(
        (&c.subject, &c.original_sender),
        (&new.subject, &new.original_sender)
    );
    assert_eq!((c.created_at, Some(c.started_at)), (now, new.started_at));
    assert_eq!(
        (c.closed_at, c.closed_by),
        (new.closed_at, Some(tenant.caller.agent))
    );
    let names: Vec<&str> = view.tags.iter().map(|(_, name)| name.as_str()).collect();
    assert_eq!(names, ["late", "vip"]);
    assert_eq!(view.customer.id, tenant.customer);
    let mut agents: Vec<AgentId> = view.agents.iter().map(|agent| agent.id).collect();
    agents.sort_unstable();
    assert_eq!(agents, tenant.agents);
}

async fn tags_are_created_once_and_shared(on: On) {
    let (test, tenant) = opened(on).await;
    for tags in [["a", "b"], ["b", "c"], ["c", "a"]] {
        let mut create = tenant.creation(CustomerRef::Id(tenant.customer), Vec::new());
        create.conversation.tags = tags.map(TagName::nearest).to_vec();
        test.store.write(create).await.expect("it");
    }
    assert_eq!(tenant.table("tag").await.len(), 3);
    assert_eq!(tenant.table("conversation_tag").await.len(), 6);
}

async fn a_conversation_outside_the_callers_inboxes_is_not_found(on: On) {
    let (test, tenant) = opened(on).await;
    let id = tenant.conversation().await.id;
    let read = |inboxes, id| {
        test.store.read(GetConversation {
            account: tenant.account,
            inboxes,
            id,
        })
    };
    let [here, there] = tenant.inboxes;
    assert!(read(InboxScope::only([here]), id).await.is_ok());
    let missing = Some(Error::Refused(Refusal::NotFound(Entity::Conversation(0))));
    for inboxes in [InboxScope::only([there]), InboxScope::only([])] {
        assert_eq!(read(inboxes, id).await.err(), missing);
    }
    let unknown = read(InboxScope::All, ConversationId(999)).await;
    assert_eq!(unknown.err(), missing);
}

fn change(tenant: &Tenant, id: ConversationId, change: Change) -> ChangeConversation {
    ChangeConversation::new(tenant.caller.clone(), id, change)
}

async fn a_change_sets_only_the_named_fields_and_writes_one_event(on: On) {
    let (test, tenant) = opened(on).await;
    let before = tenant.conversation().await;
    let events = tenant.table("event").await.len();
    test.clock.advance(1_000);
    let closing = change(
        &tenant,
        before.id,
        Change {
            status: Some(Status::Closed),
            archived: Some(true),
            assignee: Some(Some(tenant.agents[0])),
            ..Change::default()
        },
    );
    let after = test
        .store
        .write(closing.clone())
        .await
        .expect("a change")
        .conversation;
    assert_eq!(tenant.get(before.id).await, after);
    let now = test.clock.now();
    assert_eq!((after.status, after.archived), (Status::Closed, true));
    assert_eq!(
        (after.closed_at, after.closed_by),
        (Some(now), Some(tenant.caller.agent))
    );
    assert_eq!(
        (after.assignee, after.delegated_at),
        (Some(tenant.agents[0]), Some(now))
    );
    assert_eq!(after.updated_at, now);
    assert!(after.last_event_id > before.last_event_id);
    let rows = tenant.table("event").await;
    assert_eq!(rows.len(), events + 1);

    // The same change a second time changes nothing and writes no event.
    test.clock.advance(1_000);
    assert_eq!(
        test.store
            .write(closing)
            .await
            .expect("no change")
            .conversation,
        after
    );
    assert_eq!(tenant.table("event").await, rows);

    let reopening = change(
        &tenant,
        before.id,
        Change {
            status: Some(Status::Open),
            archived: Some(false),
            assignee: Some(None),
            ..Change::default()
        },
    );
    let open = test
        .store
        .write(reopening)
        .await
        .expect("a change")
        .conversation;
    assert_eq!(
        (open.closed_at, open.closed_by, open.assignee),
        (None, None, None)
    );
}

async fn only_agents_of_the_account_can_be_assigned(on: On) {
    let (test, tenant) = opened(on).await;
    let id = tenant.conversation().await.id;
    let rows = tenant.rows().await;
    let stranger = change(
        &tenant,
        id,
        Change {
            assignee: Some(Some(AgentId(999))),
            ..Change::default()
        },
    );
    let refused = test.store.write(stranger).await;
    assert_eq!(
        refused,
        Err(Error::Refused(Refusal::NotFound(Entity::Agent)))
    );
    let mut create = tenant.creation(CustomerRef::Id(tenant.customer), Vec::new());
    create.conversation.assignee = Some(AgentId(999));
    let refused = test.store.write(create).await;
    assert_eq!(
        refused.err(),
        Some(Error::Refused(Refusal::NotFound(Entity::Agent)))
    );
    assert_eq!(tenant.rows().await, rows);
}

async fn updated_at_never_goes_back_with_the_clock(on: On) {
    let (test, tenant) = opened(on).await;
    let before = tenant.conversation().await;
    test.clock.advance(-60_000);
    let closing = change(
        &tenant,
        before.id,
        Change {
            status: Some(Status::Closed),
            ..Change::default()
        },
    );
    let after = test
        .store
        .write(closing)
        .await
        .expect("a change")
        .conversation;
    assert_eq!(after.updated_at, before.updated_at);
    assert!(after.last_event_id > before.last_event_id);
}

async fn additions_are_refused_one_below_the_cap(on: On) {
    let (test, tenant) = opened(on).await;
    let locks = Locks {
        thread_cap: 3,
        after_days: 0,
    };
    let mut create = tenant.creation(
        CustomerRef::Id(tenant.customer),
        vec![call("1"), call("2"), call("3"), call("4")],
    );
    create.locks = locks;
    let refused = test.store.write(create).await;
    assert_eq!(
        refused.err(),
        Some(Error::Refused(Refusal::Locked(Lock::Full)))
    );

    let id = tenant.conversation().await.id;
    let append = |body: &str| {
        let mut append = tenant.appending(vec![(id, call(body), StatusWish::Reopen)]);
        append.locks = locks;
        append
    };
    assert!(test.store.write(append("second")).await.is_ok());
    let rows = tenant.rows().await;
    let refused = test.store.write(append("third")).await;
    assert_eq!(
        refused.err(),
        Some(Error::Refused(Refusal::Locked(Lock::Full)))
    );
    assert_eq!(tenant.rows().await, rows);
}

pub(crate) fn merge(
    tenant: &Tenant,
    from: ConversationId,
    into: ConversationId,
) -> MergeConversations {
    MergeConversations {
        caller: tenant.caller.clone(),
        from,
        into,
        inboxes: InboxScope::All,
        status: None,
        expected: None,
    }
}

async fn a_merge_moves_everything_and_leaves_a_redirect(on: On) {
    let (test, tenant) = opened(on).await;
    let long = "x".repeat(10_000);
    let mut file = call("with a file");
    file.attachments = vec![attached(b"bytes")];
    let from = tenant.create(vec![call(&long), file]).await.conversation;
    test.clock.advance(5_000);
    let into = tenant.conversation().await;
    test.clock.advance(5_000);
    let merged = test
        .store
        .write(merge(&tenant, from.id, into.id))
        .await
        .expect("a merge")
        .conversation;

    assert_eq!(merged.id, into.id);
    assert_eq!(merged.messages, from.messages + into.messages);
    assert_eq!(merged.contacts, 3);
    assert_eq!(tenant.get(into.id).await, merged);
    let merged_into =
        |survivor, at| Some(Error::Refused(Refusal::MergedConversation { at, survivor }));
    assert_eq!(tenant.find(from.id).await.err(), merged_into(into.id, 0));
    let page = tenant.page(into.id, 1, 10).await;
    assert_eq!(page.total, 4, "three messages and the line item");
    let item = &page.messages[0].0;
    assert_eq!(item.kind, Kind::LineItem);
    assert_eq!(merged.last_message_id, item.id.get());
    assert!(
        page.messages
            .iter()
            .any(|(message, _)| message.body == long)
    );
    let files: usize = page.messages.iter().map(|(_, files)| files.len()).sum();
    assert_eq!(files, 1);

    // The merged conversation accepts no further message.
    let gone = merged_into(into.id, 0).expect("a refusal");
    assert_eq!(
        tenant.append(from.id, call("late")).await.err(),
        Some(gone.clone())
    );
    let change = self::change(
        &tenant,
        from.id,
        Change {
            archived: Some(true),
            ..Change::default()
        },
    );
    assert_eq!(test.store.write(change).await.err(), Some(gone));
    assert_eq!(test.store.check().await, Ok(Vec::new()));
}

async fn a_chain_of_merges_redirects_to_the_last_survivor(on: On) {
    let (test, tenant) = opened(on).await;
    let ids = [
        tenant.conversation().await.id,
        tenant.conversation().await.id,
        tenant.conversation().await.id,
    ];
    // Two merges, one against the order of ids and one along it. Both lock the smaller id first.
    for (from, into) in [(ids[1], ids[0]), (ids[0], ids[2])] {
        test.store
            .write(merge(&tenant, from, into))
            .await
            .expect("a merge");
    }
    let merged = |at| {
        let survivor = ids[2];
        Some(Error::Refused(Refusal::MergedConversation { at, survivor }))
    };
    for from in [ids[0], ids[1]] {
        assert_eq!(tenant.find(from).await.err(), merged(0));
    }
    assert_eq!(tenant.get(ids[2]).await.contacts, 3);
    let again = test.store.write(merge(&tenant, ids[1], ids[2])).await;
    assert_eq!(again.err(), merged(0));
    let dead = test.store.write(merge(&tenant, ids[2], ids[0])).await;
    let itself = test.store.write(merge(&tenant, ids[2], ids[2])).await;
    // The id of a merged conversation leads to its survivor.
    for refused in [dead, itself] {
        assert!(matches!(
            refused,
            Err(Error::Refused(Refusal::Invalid { field: "into", .. }))
        ));
    }
}

async fn a_merge_that_is_too_large_is_refused(on: On) {
    let (test, tenant) = opened(on).await;
    let into = tenant.conversation().await.id;
    let many: Vec<NewMessage> = (0..=MOVE_MOST).map(|at| call(&at.to_string())).collect();
    let from = tenant.create(many).await.conversation.id;
    let rows = tenant.rows().await;
    let refused = test.store.write(merge(&tenant, from, into)).await;
    assert!(is_too_large(&refused), "{refused:?}");
    assert_eq!(tenant.rows().await, rows);
}

fn is_too_large<T>(outcome: &Result<T, Error>) -> bool {
    matches!(
        outcome,
        Err(Error::Refused(Refusal::Invalid {
            field: "messages",
            ..
        }))
    )
}

async fn a_merge_of_a_conversation_with_too_many_earlier_merges_is_refused(on: On) {
    let (test, tenant) = opened(on).await;
    let into = tenant.conversation().await.id;
    let from = tenant.conversation().await.id;
    let earlier = (0..=EARLIER_MOST).map(|_| tenant.create(Vec::new()));
    futures_util::future::join_all(earlier).await;
    let redirect =
        format!("UPDATE conversation SET merged_into_id = {from} WHERE id NOT IN ({into}, {from})");
    tamper(&test, &redirect).await;
    let rows = tenant.rows().await;
    let refused = test.store.write(merge(&tenant, from, into)).await;
    assert!(is_too_large(&refused), "{refused:?}");
    // To a caller that may not use the conversation, it does not exist, however many were merged into it.
    let foreign = MergeConversations {
        inboxes: InboxScope::only([tenant.inboxes[1]]),
        ..merge(&tenant, from, into)
    };
    let missing = Error::Refused(Refusal::NotFound(Entity::Conversation(0)));
    assert_eq!(test.store.write(foreign).await.err(), Some(missing));
    assert_eq!(tenant.rows().await, rows);

    // One less is allowed: every id then redirects to the survivor.
    let freed = "SELECT max(id) FROM conversation WHERE merged_into_id IS NOT NULL";
    let freed = count(&test, freed).await;
    let free = format!("UPDATE conversation SET merged_into_id = NULL WHERE id = {freed}");
    tamper(&test, &free).await;
    let merged = test.store.write(merge(&tenant, from, into)).await;
    assert!(merged.is_ok(), "{merged:?}");
    let redirected = format!("SELECT count(*) FROM conversation WHERE merged_into_id = {into}");
    assert_eq!(count(&test, &redirected).await, EARLIER_MOST + 1);
}

async fn a_merge_or_split_that_moves_too_many_rows_is_refused(on: On) {
    let (test, tenant) = opened(on).await;
    let into = tenant.conversation().await.id;
    let from = tenant.create(vec![call("one"), call("two")]).await;
    let last = from.messages[1].id;
    let from = from.conversation.id;
    let (account, agent) = (tenant.account, tenant.agents[0]);
    let many = |table: &str, columns: &str, values: &str| {
        format!(
            "INSERT INTO {table} ({columns}) WITH RECURSIVE n (i) AS
            (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4000) SELECT {values} FROM n"
        )
    };
    let delegations = many(
        "delegation",
        "account_id, id, conversation_id, agent_id, previous_agent_id, by_agent_id, delegated_at",
        &format!("{account}, 1000000 + i, {from}, {agent}, NULL, NULL, i"),
    );
    tamper(&test, &delegations).await;
    let refused = test.store.write(merge(&tenant, from, into)).await;
    assert!(is_too_large(&refused), "{refused:?}");
    tamper(&test, "DELETE FROM delegation").await;

    let guests = many(
        "conversation_guest",
        "account_id, customer_id, conversation_id",
        &format!("{account}, 1000000 + i, {from}"),
    );
    tamper(&test, &guests).await;
    let refused = test.store.write(merge(&tenant, from, into)).await;
    assert!(is_too_large(&refused), "{refused:?}");
    let split = SplitConversation {
        caller: tenant.caller.clone(),
        inboxes: InboxScope::All,
        conversation: from,
        expected: None,
        parting: Parting::From(last),
        subject: None,
    };
    let refused = test.store.write(split.clone()).await;
    assert!(
        matches!(refused, Err(Error::Refused(Refusal::Invalid { .. }))),
        "{refused:?}"
    );
    tamper(&test, "DELETE FROM conversation_guest").await;
    assert!(test.store.write(split).await.is_ok());
    assert!(test.store.write(merge(&tenant, from, into)).await.is_ok());
}

async fn concurrent_chains_of_merges_end_at_unmerged_survivors(on: On) {
    let (test, tenant) = opened(on).await;
    concurrent_chains(&test, &tenant, 4).await;
    assert_eq!(test.store.check().await, Ok(Vec::new()));
}

/// Merges each of some conversations into the next, all at once: no merge may redirect to a conversation that another
/// merge ends.
pub(crate) async fn concurrent_chains(test: &TestStore, tenant: &Tenant, rounds: usize) {
    for round in 0..rounds {
        let mut ids = Vec::new();
        for _ in 0..8 {
            ids.push(tenant.conversation().await.id);
        }
        // Some chains follow the order of the ids, some go against it, some jump.
        match round % 4 {
            0 => {}
            1 => ids.reverse(),
            2 => ids.swap(1, 6),
            _ => ids = [5, 0, 7, 2, 4, 1, 6, 3].map(|at| ids[at]).into(),
        }
        let merges = ids.windows(2).map(|pair| {
            let (store, merge) = (tenant.store.clone(), merge(tenant, pair[0], pair[1]));
            tokio::spawn(async move { store.write(merge).await })
        });
        let merges: Vec<_> = merges.collect();
        for merge in merges {
            match merge.await.expect("no panic") {
                // A conversation that another merge has ended cannot be merged, and nothing can be merged into it.
                Ok(_) | Err(Error::Refused(Refusal::MergedConversation { .. })) => {}
                Err(error) => panic!("{error}"),
            }
        }
        survivors_are_unmerged(test).await;
    }
}

/// Checks that every merged conversation redirects to an unmerged one.
pub(crate) async fn survivors_are_unmerged(test: &TestStore) {
    let chained = "SELECT count(*) FROM conversation merged
        JOIN conversation survivor ON survivor.account_id = merged.account_id AND survivor.id = merged.merged_into_id
        WHERE survivor.merged_into_id IS NOT NULL";
    assert_eq!(count(test, chained).await, 0);
}

async fn opposite_concurrent_merges_leave_one_survivor(on: On) {
    let (test, tenant) = opened(on).await;
    for _ in 0..10 {
        let (a, b) = (
            tenant.conversation().await.id,
            tenant.conversation().await.id,
        );
        let (one, other) = tokio::join!(
            test.store.write(merge(&tenant, a, b)),
            test.store.write(merge(&tenant, b, a)),
        );
        assert!(one.is_ok() != other.is_ok(), "{one:?} {other:?}");
    }
    assert_eq!(test.store.check().await, Ok(Vec::new()));
}

async fn only_its_application_sees_a_conversation(on: On) {
    let (test, tenant) = opened(on).await;
    let first = tenant.take_id(EntityKind::Application).await;
    let mut create = tenant.creation(CustomerRef::Named("Guest".into()), vec![call("1")]);
    create.conversation.application = Some(ApplicationId(first));
    let created = test.store.write(create).await.expect("it");
    let read = |application, inbox| {
        test.store.read(GetApplicationThread {
            account: tenant.account,
            application: ApplicationId(application),
            inboxes: InboxScope::only([inbox]),
            id: created.conversation.id,
        })
    };
    let [here, there] = tenant.inboxes;
    assert_eq!(
        read(first, here).await,
        Ok(Some(created.conversation.clone()))
    );
    assert_eq!(read(first + 1, here).await, Ok(None));
    assert_eq!(read(first, there).await, Ok(None));

    let mut append = tenant.appending(vec![(created.conversation.id, call("2"), StatusWish::Keep)]);
    append.guard.application = Some(ApplicationId(first + 1));
    let refused = test.store.write(append.clone()).await;
    assert_eq!(
        refused.err(),
        Some(Error::Refused(Refusal::NotFound(Entity::Conversation(0))))
    );
    append.guard.application = Some(ApplicationId(first));
    assert!(test.store.write(append).await.is_ok());
}

on_both!(
    every_field_of_a_draft_is_stored,
    tags_are_created_once_and_shared,
    a_conversation_outside_the_callers_inboxes_is_not_found,
    a_change_sets_only_the_named_fields_and_writes_one_event,
    only_agents_of_the_account_can_be_assigned,
    updated_at_never_goes_back_with_the_clock,
    additions_are_refused_one_below_the_cap,
    a_merge_moves_everything_and_leaves_a_redirect,
    a_chain_of_merges_redirects_to_the_last_survivor,
    a_merge_that_is_too_large_is_refused,
    a_merge_of_a_conversation_with_too_many_earlier_merges_is_refused,
    a_merge_or_split_that_moves_too_many_rows_is_refused,
    concurrent_chains_of_merges_end_at_unmerged_survivors,
    opposite_concurrent_merges_leave_one_survivor,
    only_its_application_sees_a_conversation,
);
