//! Tests of assignees, the history of delegations, and the lists that use them (myKaarma).

use heddle_domain::conversation::Status;
use heddle_domain::id::{AgentId, ConversationId, CustomerId, EventId};
use heddle_domain::{EntityKind, InboxScope};
use heddle_store::read::account::GetPublicId;
use heddle_store::read::contents::{Delegation, WalkDelegations};
use heddle_store::read::threads::{ListCustomerThreads, ThreadOrder};
use heddle_store::write::change::{Change, ChangeConversation};
use heddle_store::write::delegate::{AssignConversations, CollectDelegated, Delegated};
use heddle_store::{Clock, Entity, Error, Refusal};
use heddle_testkit::On;

use crate::tenant::{MYKAARMA, Tenant, opened};

async fn assign(tenant: &Tenant, id: ConversationId, assignee: Option<AgentId>) {
    let change = ChangeConversation::new(
        tenant.caller.clone(),
        id,
        Change {
            assignee: Some(assignee),
            ..Change::default()
        },
    );
    tenant.store.write(change).await.expect("a change");
}

async fn the_history_holds_assignee_time_and_actor(on: On) {
    let (test, tenant) = opened(on).await;
    let id = tenant.conversation().await.id;
    let [a, b] = tenant.agents;
    let mut expected = Vec::new();
    let by = tenant.caller.actor.agent;
    for (agent, before) in [(Some(a), None), (Some(b), Some(a)), (None, Some(b))] {
        test.clock.advance(1_000);
        assign(&tenant, id, agent).await;
        expected.push((agent, before, by, test.clock.now()));
        // The same assignee a second time changes nothing and writes no row.
        assign(&tenant, id, agent).await;
    }
    let read = WalkDelegations {
        account: tenant.account,
        inboxes: InboxScope::All,
        conversation: id,
        after: EventId(0),
        limit: 1_000,
    };
    let found = test.store.read(read).await.expect("a history");
    let columns = |d: &Delegation| (d.agent, d.previous, d.by, d.at);
    assert_eq!(found.iter().map(columns).collect::<Vec<_>>(), expected);
}

fn collect(tenant: &Tenant, whose: Delegated) -> CollectDelegated {
    CollectDelegated {
        account: tenant.account,
        inbox: tenant.inboxes[0],
        whose,
        after: (CustomerId(0), ConversationId(0)),
    }
}

async fn open_conversations_are_delegated_in_bulk(on: On) {
    let (test, tenant) = opened(on).await;
    let [from, to] = tenant.agents;
    let mut ids = Vec::new();
    for at in 0..6 {
        let id = tenant.conversation().await.id;
        if at < 4 {
            assign(&tenant, id, Some(from)).await;
        }
        ids.push(id);
    }
    let closing = ChangeConversation::new(
        tenant.caller.clone(),
        ids[1],
        Change {
            status: Some(Status::Closed),
            ..Change::default()
        },
    );
    test.store.write(closing).await.expect("a change");

    let of_agent = collect(&tenant, Delegated::AssignedTo(from));
    let found = test.store.read(of_agent.clone()).await.expect("a read");
    let key = |id: ConversationId| (tenant.customer, id);
    assert_eq!(found, [key(ids[0]), key(ids[2]), key(ids[3])]);
    let behind = CollectDelegated {
        after: key(ids[2]),
        ..of_agent
    };
    assert_eq!(test.store.read(behind).await, Ok(vec![key(ids[3])]));
    let of_customer = collect(&tenant, Delegated::Of(tenant.customer));
    assert_eq!(test.store.read(of_customer).await.expect("a read").len(), 5);

    // Meanwhile one conversation was assigned to another agent, so it is skipped, and so is the closed conversation.
    assign(&tenant, ids[2], Some(to)).await;
    let assigning = AssignConversations {
        caller: tenant.caller.clone(),
        conversations: vec![
            ids[3],
            ids[2],
            ids[1],
            ids[0],
            ids[0],
            ConversationId(999_999),
        ],
        only_from: Some(from),
        to,
        origin: Some("bulk".into()),
    };
    assert_eq!(test.store.write(assigning.clone()).await, Ok(2));
    assert_eq!(tenant.get(ids[0]).await.assignee, Some(to));
    assert_eq!(tenant.get(ids[1]).await.assignee, Some(from));
    assert_eq!(test.store.write(assigning.clone()).await, Ok(0));
    let nobody = AssignConversations {
        to: AgentId(999),
        ..assigning
    };
    let refused = test.store.write(nobody).await;
    assert_eq!(
        refused,
        Err(Error::Refused(Refusal::NotFound(Entity::Agent)))
    );
}

async fn bulk_delegations_at_once_do_not_block_each_other(on: On) {
    let (_test, tenant) = opened(on).await;
    let mut ids = Vec::new();
    for _ in 0..40 {
        ids.push(tenant.conversation().await.id);
    }
    let mut turned = ids.clone();
    turned.reverse();
    let mut changes = 0;
    for _ in 0..5 {
        let assigning = |conversations: &[ConversationId], to| {
            tenant.store.write(AssignConversations {
                caller: tenant.caller.clone(),
                conversations: conversations.to_vec(),
                only_from: None,
                to,
                origin: None,
            })
        };
        let [a, b] = tenant.agents;
        let outcomes = tokio::join!(
            assigning(&ids, a),
            assigning(&turned, b),
            assigning(&ids[10..], b),
            assigning(&turned[20..], a)
        );
        let (all, turned, most, half) = outcomes;
        for (outcome, most) in [(all, 40), (turned, 40), (most, 30), (half, 20)] {
            let assigned = outcome.expect("it is not blocked");
            assert!(assigned <= most, "{assigned} of {most}");
            changes += assigned;
        }
        // Only changes are counted, and each is in the history.
        assert_eq!(tenant.table("delegation").await.len(), changes);
    }
}

async fn threads(tenant: &Tenant, list: &ListCustomerThreads) -> Vec<ConversationId> {
    let found = tenant.store.read(list.clone()).await.expect("a list");
    found.threads.iter().map(|(c, _)| c.id).collect()
}

async fn a_customers_threads_come_in_the_order_asked(on: On) {
    let (test, tenant) = opened(on).await;
    let [a, b] = tenant.agents;
    let mut ids = Vec::new();
    for _ in 0..5 {
        test.clock.advance(1_000);
        ids.push(tenant.conversation().await.id);
    }
    for (at, agent) in [(3, a), (0, b), (2, a)] {
        test.clock.advance(1_000);
        assign(&tenant, ids[at], Some(agent)).await;
    }
    let public = GetPublicId {
        account: tenant.account,
        kind: EntityKind::Customer,
        entity: tenant.customer.get(),
        api: MYKAARMA,
    };
    let customer = test.store.read(public).await.expect("a read").expect("it");
    let list = ListCustomerThreads {
        account: tenant.account,
        inbox: tenant.inboxes[0],
        api: MYKAARMA,
        customer: customer.clone(),
        assignee: None,
        archived: None,
        closed: None,
        order: ThreadOrder::LastMessage,
        ascending: true,
        limit: 10,
    };
    let order = |at: &[usize]| at.iter().map(|at| ids[*at]).collect::<Vec<_>>();
    assert_eq!(threads(&tenant, &list).await, ids);
    let delegated = ListCustomerThreads {
        order: ThreadOrder::LastDelegation,
        ..list.clone()
    };
    // Conversations that were never delegated come last in both directions.
    assert_eq!(threads(&tenant, &delegated).await, order(&[3, 0, 2, 1, 4]));
    let newest = ListCustomerThreads {
        ascending: false,
        limit: 4,
        ..delegated.clone()
    };
    assert_eq!(threads(&tenant, &newest).await, order(&[2, 0, 3, 4]));
    let of_agent = ListCustomerThreads {
        assignee: Some("agent-1".into()),
        ..delegated
    };
    assert_eq!(threads(&tenant, &of_agent).await, order(&[3, 2]));
    let nobodys = ListCustomerThreads {
        assignee: Some("nobody".into()),
        ..list.clone()
    };
    assert!(threads(&tenant, &nobodys).await.is_empty());
    let unknown = ListCustomerThreads {
        customer: "nobody".into(),
        ..list
    };
    let refused = test.store.read(unknown).await.err();
    assert_eq!(
        refused,
        Some(Error::Refused(Refusal::NotFound(Entity::Customer(0))))
    );
}

on_both!(
    the_history_holds_assignee_time_and_actor,
    open_conversations_are_delegated_in_bulk,
    bulk_delegations_at_once_do_not_block_each_other,
    a_customers_threads_come_in_the_order_asked,
);
