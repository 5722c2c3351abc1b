//! Tests of accounts, inboxes, agents, public ids, and their reads.

use heddle_domain::EntityKind;
use heddle_domain::account::{AccountSettings, SettingChange};
use heddle_domain::id::{AccountId, AgentId, InboxId};
use heddle_store::read::account::{
    FindByPublicId, FindByPublicIds, GetAccount, GetAgent, GetInbox, GetPublicId, ListAccounts,
    ListAgents, ListInboxes,
};
use heddle_store::write::account::{
    ApiPublicId, CreateAgent, CreateInbox, UpdateAccount, UpdateInbox,
};
use heddle_store::{Entity, Error, Refusal};
use heddle_testkit::On;

use crate::tenant::{MEWS, MYKAARMA, Tenant, opened};

async fn an_account_is_created_changed_and_listed(on: On) {
    let (test, tenant) = opened(on).await;
    let second = Tenant::in_store(&test.store).await;
    let stored = test.store.read(GetAccount(tenant.account)).await;
    let mut account = stored.expect("a read").expect("the account");
    assert_eq!(account.name, "Loom & Sons");
    assert_eq!(account.guid_tag, 4_711);
    assert_eq!(account.integration_agent, tenant.integration);
    assert_eq!(account.settings, AccountSettings::default());

    let settings = vec![SettingChange {
        api: MEWS,
        name: "rate",
        shown_as: "mews_rate",
        default: 0,
        value: 12,
    }];
    account.settings = settings.iter().copied().collect();
    account.name = "Loom".into();
    let update = UpdateAccount {
        caller: None,
        expected: None,
        id: tenant.account,
        name: Some(account.name.clone()),
        settings,
    };
    let before = account.version;
    let changed = test.store.write(update.clone()).await.expect("a change");
    account.version = changed.version;
    assert_eq!(changed, account);
    assert!(before < account.version);
    // A change without effect makes no new version. A change that names an old version is refused.
    let again = test.store.write(update.clone()).await;
    assert_eq!(again, Ok(account.clone()));
    let stale = UpdateAccount {
        expected: Some(before),
        ..update
    };
    assert_eq!(
        test.store.write(stale).await,
        Err(Error::Refused(Refusal::Stale))
    );
    let list = ListAccounts {
        after: AccountId(0),
        limit: 10,
    };
    let listed = test.store.read(list.clone()).await.expect("a list");
    assert_eq!(listed[0], account);
    assert_eq!(listed[1].id, second.account);
    let behind = ListAccounts {
        after: tenant.account,
        ..list
    };
    assert_eq!(test.store.read(behind).await.expect("a list").len(), 1);

    let unknown = UpdateAccount {
        caller: None,
        expected: None,
        id: AccountId(999),
        name: None,
        settings: Vec::new(),
    };
    let refused = test.store.write(unknown).await;
    assert_eq!(
        refused,
        Err(Error::Refused(Refusal::NotFound(Entity::Account)))
    );
}

async fn the_built_in_agent_is_there_from_the_start(on: On) {
    let (test, tenant) = opened(on).await;
    let list = ListAgents {
        account: tenant.account,
        after: AgentId(0),
        limit: 10,
    };
    let agents = test.store.read(list).await.expect("a list");
    let built_in: Vec<_> = agents
        .iter()
        .map(|agent| (agent.id, agent.built_in))
        .collect();
    let [first, second] = tenant.agents;
    assert_eq!(
        built_in,
        [(tenant.integration, true), (first, false), (second, false)]
    );
    let one = GetAgent {
        account: tenant.account,
        id: second,
    };
    let one = test.store.read(one).await.expect("a read");
    assert_eq!(one.as_ref(), agents.get(2));
}

async fn a_change_of_an_inbox_sets_only_the_named_fields(on: On) {
    let (test, tenant) = opened(on).await;
    let id = tenant.inboxes[0];
    let change = UpdateInbox {
        expected: None,
        caller: tenant.caller.clone(),
        id,
        name: None,
        default_agent: Some(Some(tenant.agents[0])),
        messaging_off: Some(true),
    };
    test.store.write(change.clone()).await.expect("a change");
    let get = GetInbox {
        account: tenant.account,
        id,
    };
    let inbox = test
        .store
        .read(get.clone())
        .await
        .expect("a read")
        .expect("it");
    assert_eq!(inbox.name, format!("Inbox {id}"));
    assert_eq!(inbox.default_agent, Some(tenant.agents[0]));
    assert!(inbox.messaging_off);

    let back = UpdateInbox {
        expected: None,
        name: Some("Front desk".into()),
        default_agent: Some(None),
        messaging_off: None,
        ..change.clone()
    };
    test.store.write(back).await.expect("a change");
    let inbox = test.store.read(get).await.expect("a read").expect("it");
    assert_eq!(
        (
            inbox.name.as_str(),
            inbox.default_agent,
            inbox.messaging_off
        ),
        ("Front desk", None, true)
    );

    let nobody = UpdateInbox {
        expected: None,
        default_agent: Some(Some(AgentId(999))),
        ..change.clone()
    };
    let refused = test.store.write(nobody).await;
    assert_eq!(
        refused,
        Err(Error::Refused(Refusal::NotFound(Entity::Agent)))
    );
    let nowhere = UpdateInbox {
        expected: None,
        id: InboxId(999),
        ..change
    };
    let refused = test.store.write(nowhere).await;
    assert_eq!(
        refused,
        Err(Error::Refused(Refusal::NotFound(Entity::Inbox)))
    );
}

async fn concurrent_changes_of_one_inbox_are_all_kept(on: On) {
    let (test, tenant) = opened(on).await;
    let change = UpdateInbox {
        expected: None,
        caller: tenant.caller.clone(),
        id: tenant.inboxes[0],
        name: None,
        default_agent: None,
        messaging_off: None,
    };
    for round in 0..20 {
        let name = UpdateInbox {
            expected: None,
            name: Some(format!("round {round}")),
            ..change.clone()
        };
        let off = UpdateInbox {
            expected: None,
            messaging_off: Some(round % 2 == 0),
            ..change.clone()
        };
        let (a, b) = tokio::join!(test.store.write(name), test.store.write(off));
        assert_eq!((a.is_ok(), b.is_ok()), (true, true));
        let get = GetInbox {
            account: tenant.account,
            id: change.id,
        };
        let inbox = test.store.read(get).await.expect("a read").expect("it");
        assert_eq!(
            (inbox.name, inbox.messaging_off),
            (format!("round {round}"), round % 2 == 0)
        );
    }
}

fn inbox_with(tenant: &Tenant, public_ids: Vec<ApiPublicId>) -> CreateInbox {
    CreateInbox {
        caller: tenant.caller.clone(),
        name: "Another".into(),
        default_agent: None,
        public_ids,
    }
}

async fn an_api_shows_its_own_public_id_else_the_default(on: On) {
    let (test, tenant) = opened(on).await;
    let names = vec![
        (String::new(), "everywhere".to_owned()),
        ("mews".to_owned(), "at-mews".to_owned()),
    ];
    let made = test.store.write(inbox_with(&tenant, names)).await;
    let id = made.expect("an inbox").id.get();
    for (api, shown) in [(MEWS, "at-mews"), (MYKAARMA, "everywhere")] {
        let list = ListInboxes {
            account: tenant.account,
            api,
        };
        let inboxes = test.store.read(list).await.expect("a list");
        let found = inboxes.iter().find(|view| view.inbox.id == InboxId(id));
        assert_eq!(found.map(|view| view.public_id.as_str()), Some(shown));
        let get = GetPublicId {
            account: tenant.account,
            kind: EntityKind::Inbox,
            entity: id,
            api,
        };
        assert_eq!(test.store.read(get).await, Ok(Some(shown.to_owned())));
    }
    let found = |text: &str, api| {
        test.store.read(FindByPublicId {
            account: tenant.account,
            kind: EntityKind::Inbox,
            public_id: text.to_owned(),
            api,
        })
    };
    assert_eq!(found("at-mews", MEWS).await, Ok(Some(id)));
    assert_eq!(found("everywhere", MEWS).await, Ok(Some(id)));
    assert_eq!(found("at-mews", MYKAARMA).await, Ok(None));
    let several = FindByPublicIds {
        account: tenant.account,
        api: MEWS,
        wanted: vec![
            (EntityKind::Inbox, "nowhere".to_owned()),
            (EntityKind::Inbox, "at-mews".to_owned()),
            (EntityKind::Agent, "at-mews".to_owned()),
        ],
    };
    assert_eq!(
        test.store.read(several).await,
        Ok(vec![None, Some(id), None])
    );
}

async fn a_public_id_in_use_is_a_conflict_even_for_concurrent_commands(on: On) {
    let (test, tenant) = opened(on).await;
    for round in 0..10 {
        let contenders = (0..4).map(|_| {
            let names = vec![(String::new(), format!("wanted-{round}"))];
            test.store.write(inbox_with(&tenant, names))
        });
        let outcomes = futures_util::future::join_all(contenders).await;
        let won = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
        let lost = outcomes
            .iter()
            .filter(|outcome| matches!(outcome, Err(Error::Refused(Refusal::Conflict(_)))));
        assert_eq!((won, lost.count()), (1, 3), "{outcomes:?}");
    }
}

async fn agents_have_public_ids_too(on: On) {
    let (test, tenant) = opened(on).await;
    let create = CreateAgent {
        caller: tenant.caller.clone(),
        first_name: "Bo".into(),
        last_name: "Weaver".into(),
        email: String::new(),
        public_ids: vec![(String::new(), "bo".into())],
    };
    let made = test.store.write(create.clone()).await.expect("an agent");
    let agents = tenant.table("agent").await;
    let refused = test.store.write(create).await;
    assert!(
        matches!(refused, Err(Error::Refused(Refusal::Conflict(_)))),
        "{refused:?}"
    );
    assert_eq!(tenant.table("agent").await, agents);
    let read = GetAgent {
        account: tenant.account,
        id: made.id,
    };
    assert_eq!(test.store.read(read).await, Ok(Some(made)));
}

on_both!(
    an_account_is_created_changed_and_listed,
    the_built_in_agent_is_there_from_the_start,
    a_change_of_an_inbox_sets_only_the_named_fields,
    concurrent_changes_of_one_inbox_are_all_kept,
    an_api_shows_its_own_public_id_else_the_default,
    a_public_id_in_use_is_a_conflict_even_for_concurrent_commands,
    agents_have_public_ids_too,
);
