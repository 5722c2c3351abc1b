//! Tests of the followers of customers.

use heddle_domain::InboxScope;
use heddle_domain::customer::{Follower, FollowerChange, MOST_FOLLOWERS};
use heddle_domain::id::{AgentId, CustomerId, InboxId};
use heddle_store::read::followers::{FindFollowers, FollowersView};
use heddle_store::write::customers::{MergeCustomers, UpdateFollowers};
use heddle_store::{Entity, Error, Refusal};
use heddle_testkit::On;
use serde_json::json;

use crate::tenant::{Tenant, opened};

fn change(
    inbox: InboxId,
    agent: AgentId,
    notes: Option<bool>,
    messages: Option<bool>,
) -> FollowerChange {
    FollowerChange {
        inbox,
        agent,
        notes,
        messages,
    }
}

fn follower(inbox: InboxId, agent: AgentId, notes: bool, messages: bool) -> Follower {
    Follower {
        inbox,
        agent,
        notes,
        messages,
    }
}

impl Tenant {
    fn following(&self, id: CustomerId, changes: Vec<FollowerChange>) -> UpdateFollowers {
        UpdateFollowers {
            caller: self.caller.clone(),
            inboxes: InboxScope::All,
            id,
            expected: None,
            changes,
        }
    }

    async fn follow(
        &self,
        id: CustomerId,
        changes: Vec<FollowerChange>,
    ) -> Result<FollowersView, Error> {
        self.store.write(self.following(id, changes)).await
    }

    async fn followers(&self, id: CustomerId, inboxes: InboxScope) -> Result<FollowersView, Error> {
        let find = FindFollowers {
            account: self.account,
            inboxes,
            id,
        };
        self.store.read(find).await
    }
}

async fn a_change_is_stored_once_and_writes_an_event(on: On) {
    let (test, tenant) = opened(on).await;
    let ([here, there], [ada, dan]) = (tenant.inboxes, tenant.agents);
    let id = tenant.new_customer(None, None).await;
    test.clock.advance(1_000);
    let changes = vec![
        change(there, dan, None, Some(true)),
        change(here, dan, Some(true), Some(true)),
        change(here, ada, Some(true), None),
    ];
    let after = tenant.follow(id, changes.clone()).await.expect("a change");
    let expected = [
        follower(here, ada, true, false),
        follower(here, dan, true, true),
        follower(there, dan, false, true),
    ];
    assert_eq!(after.followers, expected);
    assert_eq!(tenant.view(id).await.customer.version, after.version);
    assert_eq!(
        tenant.followers(id, InboxScope::All).await,
        Ok(after.clone())
    );
    let seen = tenant.followers(id, InboxScope::only([there])).await;
    assert_eq!(seen.expect("followers").followers, expected[2..]);
    // The same again changes nothing and writes no event.
    assert_eq!(tenant.follow(id, changes).await, Ok(after));
    let ended = vec![
        change(here, dan, Some(false), Some(false)),
        change(here, ada, Some(false), None),
        change(there, ada, None, Some(false)),
    ];
    let left = tenant.follow(id, ended).await.expect("a change");
    assert_eq!(left.followers, expected[2..]);
    let events = tenant.event_details("customer.updated", id.get()).await;
    let one = |it: &Follower| json!(it);
    let (all, gone) = (expected.each_ref().map(one), expected[..2].iter().map(one));
    let gone: Vec<_> = gone.collect();
    assert_eq!(
        events,
        [
            json!({"changes": {"followers": [[], all]}}),
            json!({"changes": {"followers": [gone, []]}}),
        ]
    );
    assert_eq!(tenant.table("customer_follower").await.len(), 1);
}

async fn unknown_and_foreign_names_are_refused(on: On) {
    let (_test, tenant) = opened(on).await;
    let ([here, there], [ada, _]) = (tenant.inboxes, tenant.agents);
    let id = tenant.new_customer(Some(here), None).await;
    let homeless = tenant.new_customer(None, None).await;
    let rows = tenant.rows().await;
    let refused = |entity| Err(Error::Refused(Refusal::NotFound(entity)));
    let valid = change(here, ada, Some(true), None);
    let limited = |id, changes| UpdateFollowers {
        inboxes: InboxScope::only([there]),
        ..tenant.following(id, changes)
    };
    for (command, expected) in [
        (limited(homeless, vec![valid]), refused(Entity::Inbox)),
        (limited(id, vec![valid]), refused(Entity::Customer(0))),
        (
            tenant.following(id, vec![change(InboxId(999), ada, Some(true), None)]),
            refused(Entity::Inbox),
        ),
        (
            tenant.following(id, vec![change(here, AgentId(999), Some(true), None)]),
            refused(Entity::Agent),
        ),
        (
            tenant.following(CustomerId(999), vec![valid]),
            refused(Entity::Customer(0)),
        ),
        (
            UpdateFollowers {
                expected: Some(1),
                ..tenant.following(id, vec![valid])
            },
            Err(Error::Refused(Refusal::Stale)),
        ),
    ] {
        assert_eq!(
            tenant.store.write(command.clone()).await,
            expected,
            "{command:?}"
        );
    }
    assert_eq!(tenant.rows().await, rows);
    let unseen = tenant.followers(id, InboxScope::only([there])).await;
    assert_eq!(unseen, refused(Entity::Customer(0)));
}

async fn a_merge_joins_the_followers_and_an_erasure_removes_them(on: On) {
    let (test, tenant) = opened(on).await;
    let ([here, there], [ada, dan]) = (tenant.inboxes, tenant.agents);
    let (from, into) = (
        tenant.new_customer(None, None).await,
        tenant.new_customer(None, None).await,
    );
    let theirs = vec![
        change(here, ada, Some(true), None),
        change(there, dan, None, Some(true)),
    ];
    tenant.follow(from, theirs).await.expect("a change");
    let own = vec![change(here, ada, None, Some(true))];
    tenant.follow(into, own.clone()).await.expect("a change");
    let merge = MergeCustomers {
        caller: tenant.caller.clone(),
        from,
        into,
        expected: None,
    };
    tenant.store.write(merge).await.expect("a merge");
    let joined = [
        follower(here, ada, true, true),
        follower(there, dan, false, true),
    ];
    let found = tenant.followers(into, InboxScope::All).await;
    assert_eq!(found.expect("followers").followers, joined);
    let merged = Err(Error::Refused(Refusal::MergedCustomer(into)));
    assert_eq!(tenant.followers(from, InboxScope::All).await, merged);
    assert_eq!(tenant.follow(from, own.clone()).await, merged);
    assert_eq!(tenant.table("customer_follower").await.len(), 2);
    tenant.erase(into).await.expect("it is marked");
    let ran = test.store.run_jobs(tenant.account, "node").await;
    ran.expect("it runs");
    let erased = Err(Error::Refused(Refusal::ErasedCustomer));
    assert_eq!(tenant.followers(into, InboxScope::All).await, erased);
    assert_eq!(tenant.follow(into, own).await, erased);
    assert!(tenant.table("customer_follower").await.is_empty());
}

async fn a_customer_has_a_limited_number_of_followers(on: On) {
    let (_test, tenant) = opened(on).await;
    let [here, there] = tenant.inboxes;
    let id = tenant.new_customer(None, None).await;
    let mut agents = tenant.agents.to_vec();
    for number in 3..=MOST_FOLLOWERS as i64 + 1 {
        agents.push(tenant.new_agent(number).await);
    }
    let of = |inbox, agents: &[AgentId]| -> Vec<FollowerChange> {
        let agents = agents.iter();
        agents
            .map(|agent| change(inbox, *agent, Some(true), None))
            .collect()
    };
    let fitting = &agents[..MOST_FOLLOWERS];
    tenant
        .follow(id, of(here, fitting))
        .await
        .expect("a change");
    let rows = tenant.rows().await;
    let refused = tenant.follow(id, of(here, &agents[1..])).await;
    let reason = format!("more than {MOST_FOLLOWERS} in an inbox");
    let expected = Refusal::Invalid {
        field: "followers",
        reason,
    };
    assert_eq!(refused, Err(Error::Refused(expected)));
    assert_eq!(tenant.rows().await, rows);
    // Another inbox has followers of its own.
    let both = tenant.follow(id, of(there, fitting)).await;
    assert_eq!(both.expect("a change").followers.len(), 2 * MOST_FOLLOWERS);
}

on_both!(
    a_change_is_stored_once_and_writes_an_event,
    unknown_and_foreign_names_are_refused,
    a_merge_joins_the_followers_and_an_erasure_removes_them,
    a_customer_has_a_limited_number_of_followers,
);
