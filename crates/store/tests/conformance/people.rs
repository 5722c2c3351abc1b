//! Teams, and lists of agents with numbered pages.

use std::collections::BTreeSet;

use heddle_domain::InboxScope;
use heddle_domain::credential::Grant;
use heddle_domain::id::AgentId;
use heddle_domain::person::Team;
use heddle_store::read::people::{AgentGroup, AgentPage, GetTeam, ListAgentPage, ListTeams};
use heddle_store::write::account::{CreateAgent, CreateInbox};
use heddle_store::write::agent::{SetPassword, UpdateAgent};
use heddle_store::write::credential::CreateCredential;
use heddle_store::write::team::{CreateTeam, MOST_MEMBERS, UpdateTeam};
use heddle_store::{Entity, Error, Refusal, Result};
use heddle_testkit::On;

use crate::tenant::{NATIVE, Tenant, by_email, call, opened};

on_both!(
    a_team_has_members_and_keeps_its_place_among_agents,
    a_change_of_a_team_is_exact,
    a_team_is_no_person,
    a_conversation_is_assigned_to_a_team,
    pages_of_agents_are_whole,
);

fn team(tenant: &Tenant, name: &str, members: &[AgentId]) -> CreateTeam {
    CreateTeam {
        caller: tenant.caller.clone(),
        name: name.to_owned(),
        members: members.iter().copied().collect(),
        public_ids: Vec::new(),
    }
}

async fn created(tenant: &Tenant, name: &str, members: &[AgentId]) -> Team {
    let made = tenant.store.write(team(tenant, name, members)).await;
    made.expect("a team")
}

async fn get(tenant: &Tenant, id: AgentId) -> Option<Team> {
    let read = GetTeam {
        account: tenant.account,
        id,
    };
    tenant.store.read(read).await.expect("a read")
}

async fn page(tenant: &Tenant, group: AgentGroup, page: i64, size: i64) -> AgentPage {
    let read = ListAgentPage {
        account: tenant.account,
        group,
        skipped: (page - 1).saturating_mul(size),
        size,
    };
    tenant.store.read(read).await.expect("a page")
}

async fn a_team_has_members_and_keeps_its_place_among_agents(on: On) {
    let (test, tenant) = opened(on).await;
    let other = Tenant::in_store(&test.store).await;
    let [one, two] = tenant.agents;
    let made = created(&tenant, "Looms", &[two, one, two]).await;
    assert_eq!(made.members, [one, two]);
    assert!(made.agent.team && !made.agent.signs_in && made.agent.email.is_empty());
    assert!(made.agent.id > two);
    assert_eq!(get(&tenant, made.agent.id).await, Some(made.clone()));
    assert_eq!(get(&tenant, one).await, None);
    assert_eq!(get(&other, made.agent.id).await, None);
    let empty = created(&tenant, "Nobody", &[]).await;
    let list = |after| ListTeams {
        account: tenant.account,
        after,
        limit: 1,
    };
    let first = tenant.store.read(list(AgentId(0))).await.expect("a page");
    assert_eq!(first, std::slice::from_ref(&made));
    let second = tenant
        .store
        .read(list(made.agent.id))
        .await
        .expect("a page");
    assert_eq!(second, [empty]);
}

async fn a_change_of_a_team_is_exact(on: On) {
    let (_test, tenant) = opened(on).await;
    let [one, two] = tenant.agents;
    let made = created(&tenant, "Looms", &[one]).await;
    let change = |expected, name: Option<&str>, members: Option<&[AgentId]>| UpdateTeam {
        caller: tenant.caller.clone(),
        id: made.agent.id,
        expected,
        name: name.map(str::to_owned),
        members: members.map(|members| members.iter().copied().collect()),
    };
    let before = tenant.rows().await;
    let same = tenant
        .store
        .write(change(None, Some("Looms"), Some(&[one])))
        .await;
    assert_eq!(same.as_ref(), Ok(&made));
    assert_eq!(tenant.rows().await, before);
    let changed = tenant
        .store
        .write(change(Some(made.agent.version), None, Some(&[two])))
        .await;
    let changed = changed.expect("changed");
    assert_eq!(
        (changed.agent.first_name.as_str(), &*changed.members),
        ("Looms", &[two][..])
    );
    assert_eq!(get(&tenant, made.agent.id).await, Some(changed));
    let stale = tenant
        .store
        .write(change(Some(made.agent.version), Some("x"), None))
        .await;
    assert_eq!(stale, Err(Error::Refused(Refusal::Stale)));
    let cleared = tenant
        .store
        .write(change(None, Some("Weavers"), Some(&[])))
        .await;
    let cleared = cleared.expect("changed");
    assert_eq!(
        (cleared.agent.first_name.as_str(), cleared.members.len()),
        ("Weavers", 0)
    );
}

fn is_unknown<T>(refused: Result<T, Error>) -> bool {
    matches!(
        refused,
        Err(Error::Refused(Refusal::NotFound(Entity::Agent)))
    )
}

async fn a_team_is_no_person(on: On) {
    let (_test, tenant) = opened(on).await;
    let store = &tenant.store;
    let id = created(&tenant, "Looms", &[]).await.agent.id;
    assert!(is_unknown(store.write(team(&tenant, "All", &[id])).await));
    assert!(is_unknown(
        store.write(team(&tenant, "All", &[AgentId(999)])).await
    ));
    let mut many = team(&tenant, "All", &[]);
    many.members = (1..=MOST_MEMBERS as i64 + 1)
        .map(AgentId)
        .collect::<BTreeSet<_>>();
    let refused = store.write(many).await;
    assert!(
        matches!(refused, Err(Error::Refused(Refusal::Invalid { .. }))),
        "{refused:?}"
    );
    let acting = CreateCredential {
        caller: tenant.caller.clone(),
        grant: Grant {
            agent: Some(id),
            ..Grant::full(NATIVE, InboxScope::All)
        },
        public_name: String::new(),
        key_hash: [1; 32],
        secret_hash: None,
        new_application: None,
    };
    assert!(is_unknown(store.write(acting).await));
    let inbox = CreateInbox {
        caller: tenant.caller.clone(),
        name: "Third".into(),
        default_agent: Some(id),
        public_ids: Vec::new(),
    };
    assert!(is_unknown(store.write(inbox).await));
    let rename = UpdateAgent {
        caller: tenant.caller.clone(),
        id,
        expected: None,
        first_name: None,
        last_name: None,
        email: Some("team@example.com".into()),
    };
    let refused = store.write(rename).await;
    assert!(
        matches!(refused, Err(Error::Refused(Refusal::Conflict(_)))),
        "{refused:?}"
    );
    let password = SetPassword {
        caller: tenant.caller.clone(),
        id,
        expected: None,
        hash: Some("hash".into()),
    };
    let refused = store.write(password).await;
    assert!(
        matches!(refused, Err(Error::Refused(Refusal::Conflict(_)))),
        "{refused:?}"
    );
    let update = UpdateTeam {
        caller: tenant.caller.clone(),
        id: tenant.agents[0],
        expected: None,
        name: Some("x".into()),
        members: None,
    };
    assert!(is_unknown(store.write(update).await));
}

async fn a_conversation_is_assigned_to_a_team(on: On) {
    let (_test, tenant) = opened(on).await;
    let id = created(&tenant, "Looms", &[]).await.agent.id;
    let mut create = tenant.creation(by_email("ito@example.com"), vec![call("one")]);
    create.conversation.assignee = Some(id);
    let made = tenant.store.write(create).await.expect("a conversation");
    assert_eq!(made.conversation.assignee, Some(id));
}

async fn pages_of_agents_are_whole(on: On) {
    let (_test, tenant) = opened(on).await;
    for number in 0..5 {
        let create = CreateAgent {
            caller: tenant.caller.clone(),
            first_name: format!("Agent {number}"),
            last_name: String::new(),
            email: format!("agent{number}@example.com"),
            public_ids: Vec::new(),
        };
        tenant.store.write(create).await.expect("an agent");
    }
    let members = [tenant.agents[0], tenant.agents[1]];
    let team = created(&tenant, "Looms", &members).await.agent;
    let all = page(&tenant, AgentGroup::All, 1, 100).await;
    assert_eq!((all.total, all.agents.len()), (9, 9));
    assert!(all.agents.is_sorted_by(|a, b| a.id < b.id));
    let mut walked = Vec::new();
    for number in 1..=4 {
        let part = page(&tenant, AgentGroup::All, number, 4).await;
        assert_eq!(part.total, 9);
        walked.extend(part.agents);
    }
    assert_eq!(walked, all.agents);
    for (number, size) in [(4, 4), (i64::MAX, 50), (i64::MAX, i64::MAX)] {
        let past = page(&tenant, AgentGroup::All, number, size).await;
        assert_eq!((past.total, past.agents.len()), (9, 0));
    }
    let ids = |found: AgentPage| {
        found
            .agents
            .iter()
            .map(|agent| agent.id)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        ids(page(&tenant, AgentGroup::Teams, 1, 50).await),
        [team.id]
    );
    assert_eq!(
        ids(page(&tenant, AgentGroup::MembersOf(team.id), 1, 50).await),
        members
    );
    let one = AgentGroup::WithEmail(" AGENT3@example.com".into());
    let found = page(&tenant, one, 1, 50).await;
    assert_eq!(found.agents.len(), 1);
    assert_eq!(found.agents[0].email, "agent3@example.com");
    for nobody in ["", "nobody@example.com", "agent3@example.co"] {
        let group = AgentGroup::WithEmail(nobody.into());
        assert_eq!(page(&tenant, group, 1, 50).await.total, 0);
    }
}
