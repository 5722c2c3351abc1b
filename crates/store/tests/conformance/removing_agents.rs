//! Removals of agents: what they had goes to another one, nothing takes them any more, and old messages keep their names.

use std::collections::BTreeSet;

use heddle_domain::credential::Grant;
use heddle_domain::customer::FollowerChange;
use heddle_domain::event::EventKind;
use heddle_domain::id::{AgentId, ConversationId};
use heddle_domain::message::{Author, Channel, Direction};
use heddle_domain::{InboxScope, Status};
use heddle_store::read::account::{GetAgent, GetInbox, ListAgents};
use heddle_store::read::feed::ReadFeed;
use heddle_store::read::people::GetTeam;
use heddle_store::removal::agents::{CountDuties, Duties};
use heddle_store::write::NewMessage;
use heddle_store::write::account::{CreateAgent, UpdateInbox};
use heddle_store::write::agent::RemoveAgent;
use heddle_store::write::change::{Change, ChangeConversation};
use heddle_store::write::credential::CreateCredential;
use heddle_store::write::customers::UpdateFollowers;
use heddle_store::write::delete::DeleteConversation;
use heddle_store::write::team::CreateTeam;
use heddle_store::{Entity, Error, Refusal};
use heddle_testkit::On;

use crate::consents::set_password;
use crate::tenant::{HELPSCOUT, Tenant, count, opened};

on_both!(
    a_removed_agent_hands_everything_over,
    a_removed_agent_can_leave_everything_to_nobody,
    an_interrupted_removal_goes_on,
    an_agent_that_cannot_be_removed_is_refused,
);

async fn change(tenant: &Tenant, id: ConversationId, change: Change) -> Result<(), Error> {
    let command = ChangeConversation::new(tenant.caller.clone(), id, change);
    tenant.store.write(command).await.map(drop)
}

async fn assign(tenant: &Tenant, id: ConversationId, agent: AgentId) -> Result<(), Error> {
    let assigned = Change {
        assignee: Some(Some(agent)),
        ..Change::default()
    };
    change(tenant, id, assigned).await
}

/// Gives the second agent some of everything; returns its conversations (open, closed) and its team.
async fn furnish(tenant: &Tenant) -> ([ConversationId; 2], AgentId) {
    let [first, second] = tenant.agents;
    let conversations = [
        tenant.conversation().await.id,
        tenant.conversation().await.id,
    ];
    for id in conversations {
        assign(tenant, id, second).await.expect("assigned");
    }
    let closed = Change {
        status: Some(Status::Closed),
        ..Change::default()
    };
    change(tenant, conversations[1], closed)
        .await
        .expect("closed");
    let written = NewMessage::new(
        Channel::Phone,
        Direction::Outgoing,
        Author::Agent(second),
        "By Ann",
    );
    tenant
        .append(conversations[0], written)
        .await
        .expect("written");
    let team = CreateTeam {
        caller: tenant.caller.clone(),
        name: "Front desk".to_owned(),
        members: BTreeSet::from([first, second]),
        public_ids: Vec::new(),
    };
    let team = tenant.store.write(team).await.expect("a team").agent.id;
    let inbox = UpdateInbox {
        caller: tenant.caller.clone(),
        id: tenant.inboxes[0],
        expected: None,
        name: None,
        default_agent: Some(Some(second)),
        messaging_off: None,
    };
    tenant.store.write(inbox).await.expect("changed");
    let follow = UpdateFollowers {
        caller: tenant.caller.clone(),
        inboxes: InboxScope::All,
        id: tenant.customer,
        expected: None,
        changes: tenant
            .inboxes
            .map(|inbox| FollowerChange {
                inbox,
                agent: second,
                notes: Some(true),
                messages: None,
            })
            .to_vec(),
    };
    tenant.store.write(follow).await.expect("followed");
    let credential = CreateCredential {
        caller: tenant.caller.clone(),
        grant: Grant {
            agent: Some(second),
            ..Grant::full(HELPSCOUT, InboxScope::All)
        },
        public_name: "app".into(),
        key_hash: [9; 32],
        secret_hash: None,
        new_application: None,
    };
    tenant.store.write(credential).await.expect("a credential");
    set_password(tenant, second, Some("hash")).await;
    (conversations, team)
}

async fn duties(tenant: &Tenant, id: AgentId) -> Option<Duties> {
    let count = CountDuties {
        account: tenant.account,
        id,
    };
    let counted = tenant.store.read(count).await.expect("it reads");
    counted.map(|it| it.duties)
}

async fn a_removed_agent_hands_everything_over(on: On) {
    let (test, tenant) = opened(on).await;
    let [first, second] = tenant.agents;
    let ([open, closed], team) = furnish(&tenant).await;
    let deleted = tenant.conversation().await.id;
    assign(&tenant, deleted, second).await.expect("assigned");
    let delete = DeleteConversation {
        caller: tenant.caller.clone(),
        inboxes: InboxScope::All,
        conversation: deleted,
        expected: None,
    };
    tenant.store.write(delete).await.expect("deleted");
    let expected = Duties {
        conversations: 2,
        inboxes: 1,
        teams: 1,
        followed: 1,
        credentials: 1,
    };
    assert_eq!(duties(&tenant, second).await, Some(expected));
    let messages = tenant.messages(open).await;

    let removed = tenant
        .store
        .remove_agent(&tenant.caller, second, Some(first))
        .await;
    assert_eq!(removed, Ok(()));
    assert_eq!(duties(&tenant, second).await, Some(Duties::default()));
    for id in [open, closed] {
        let conversation = tenant.get(id).await;
        assert_eq!(conversation.assignee, Some(first));
    }
    assert_eq!(tenant.get(closed).await.status, Status::Closed);
    assert_eq!(tenant.messages(open).await, messages, "the history stays");
    let (account, id) = (tenant.account, second);
    let gone = tenant.store.read(GetAgent { account, id }).await;
    assert_eq!(gone, Ok(None));
    let list = ListAgents {
        account,
        after: AgentId(0),
        limit: 100,
    };
    let listed = tenant.store.read(list).await.expect("agents");
    assert!(listed.iter().all(|agent| agent.id != second), "{listed:?}");
    let shown = tenant.find(open).await.expect("a conversation");
    assert_eq!(shown.conversation.assignee, Some(first));
    let team = GetTeam { account, id: team };
    let team = tenant.store.read(team).await.expect("it reads");
    assert_eq!(team.expect("a team").members, [first]);
    let inbox = GetInbox {
        account,
        id: tenant.inboxes[0],
    };
    let inbox = tenant.store.read(inbox).await.expect("it reads");
    assert_eq!(inbox.expect("an inbox").default_agent, Some(first));
    for table in [
        "customer_follower",
        "agent_password",
        "consent_token",
        "team_member",
    ] {
        let sql = format!(
            "SELECT count(*) FROM {table} WHERE account_id = {account} AND agent_id = {second}"
        );
        assert_eq!(count(&test, &sql).await, 0, "{table}");
    }
    let valid = format!(
        "SELECT count(*) FROM credential WHERE account_id = {account} AND agent_id = {second} AND revoked_at IS NULL"
    );
    assert_eq!(count(&test, &valid).await, 0);

    // Nothing takes the agent any more, and another agent can get the address.
    let refused = Err(Refusal::NotFound(Entity::Agent).into());
    assert_eq!(assign(&tenant, open, second).await, refused);
    let rows = tenant.rows().await;
    let again = tenant
        .store
        .remove_agent(&tenant.caller, second, None)
        .await;
    assert_eq!(again, Ok(()));
    assert_eq!(tenant.rows().await, rows, "the second run changes nothing");
    let heir = tenant
        .store
        .remove_agent(&tenant.caller, first, Some(second))
        .await;
    assert_eq!(heir, refused);
    let create = CreateAgent {
        caller: tenant.caller.clone(),
        first_name: "Ann".into(),
        last_name: "Again".into(),
        email: "ann2@example.com".into(),
        public_ids: Vec::new(),
    };
    let made = tenant.store.write(create).await.expect("an agent");
    assert!(made.id > second);

    // The feed says all of it.
    tenant.store.drain_feed().await.expect("positions");
    let feed = ReadFeed {
        account,
        after: 0,
        limit: 1_000,
    };
    let events = tenant.store.read(feed).await.expect("events").events;
    let last = |kind: EventKind, entity: i64| {
        let mut found = events.iter().rev();
        found.any(|event| event.kind == kind && event.entity == entity)
    };
    assert!(last(EventKind::AgentUpdated, second.get()));
    assert!(last(EventKind::ConversationUpdated, open.get()));
    assert!(last(EventKind::InboxUpdated, tenant.inboxes[0].get()));
}

async fn a_removed_agent_can_leave_everything_to_nobody(on: On) {
    let (_test, tenant) = opened(on).await;
    let [first, second] = tenant.agents;
    let ([open, closed], _) = furnish(&tenant).await;
    // More conversations than one command changes.
    let mut more = Vec::new();
    for _ in 0..105 {
        let id = tenant.conversation().await.id;
        assign(&tenant, id, second).await.expect("assigned");
        more.push(id);
    }
    let other = tenant.conversation().await.id;
    assign(&tenant, other, first).await.expect("assigned");
    let removed = tenant
        .store
        .remove_agent(&tenant.caller, second, None)
        .await;
    assert_eq!(removed, Ok(()));
    more.extend([open, closed]);
    for id in more {
        assert_eq!(tenant.get(id).await.assignee, None);
    }
    assert_eq!(tenant.get(other).await.assignee, Some(first));
}

/// The removal was killed when the agent was marked, and the agent had got everything a moment before.
async fn an_interrupted_removal_goes_on(on: On) {
    let (test, tenant) = opened(on).await;
    let [first, second] = tenant.agents;
    let ([open, closed], team) = furnish(&tenant).await;
    let remove = RemoveAgent {
        caller: tenant.caller.clone(),
        id: second,
    };
    tenant.store.write(remove).await.expect("marked");
    let left = duties(&tenant, second).await.expect("an agent");
    assert_eq!((left.conversations, left.followed, left.teams), (2, 1, 1));

    let again = tenant
        .store
        .remove_agent(&tenant.caller, second, Some(first))
        .await;
    assert_eq!(again, Ok(()));
    assert_eq!(duties(&tenant, second).await, Some(Duties::default()));
    for id in [open, closed] {
        assert_eq!(tenant.get(id).await.assignee, Some(first));
    }
    let account = tenant.account;
    let team = tenant.store.read(GetTeam { account, id: team }).await;
    let team = team.expect("it reads").expect("a team");
    assert_eq!(team.members, [first]);
    assert_eq!(test.store.check().await, Ok(Vec::new()));
}

async fn an_agent_that_cannot_be_removed_is_refused(on: On) {
    let (_test, tenant) = opened(on).await;
    let [first, second] = tenant.agents;
    let (_, team) = furnish(&tenant).await;
    let rows = tenant.rows().await;
    let remove = async |agent, heir| {
        let removed = tenant.store.remove_agent(&tenant.caller, agent, heir).await;
        let Err(Error::Refused(refusal)) = removed else {
            panic!("{removed:?}");
        };
        refusal
    };
    for agent in [tenant.integration, team] {
        let refusal = remove(agent, Some(first)).await;
        assert!(matches!(refusal, Refusal::Conflict(_)), "{refusal:?}");
    }
    let refusal = remove(second, Some(second)).await;
    assert!(matches!(refusal, Refusal::Invalid { .. }), "{refusal:?}");
    for (agent, heir) in [(AgentId(999), None), (second, Some(AgentId(999)))] {
        assert_eq!(remove(agent, heir).await, Refusal::NotFound(Entity::Agent));
    }
    assert_eq!(tenant.rows().await, rows, "nothing has changed");
}
