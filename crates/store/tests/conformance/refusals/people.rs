//! The commands on agents, teams, their consents, and customers.

use heddle_domain::InboxScope;
use heddle_domain::customer::{FollowerChange, Profile, ProfileField};
use heddle_domain::id::CustomerId;
use heddle_domain::opt_out::{OptOutAddress, OptOutKind, OptOutState};
use heddle_store::write::account::CreateCustomer;
use heddle_store::write::agent::{SetPassword, UpdateAgent};
use heddle_store::write::customers::{
    BulkCustomers, BulkItem, CustomerChange, EraseCustomer, MergeCustomers, RegisterCustomer,
    UpdateFollowers, UpdatePreferences,
};
use heddle_store::write::opt_out::SetOptOuts;
use heddle_store::write::team::{CreateTeam, UpdateTeam};

use super::Stage;
use crate::consents;

pub(super) async fn change(stage: &Stage<'_>) {
    let tenant = stage.tenant;
    let caller = tenant.caller.clone();
    let [agent, other] = tenant.agents;
    let create = CreateTeam {
        caller: caller.clone(),
        name: "Looms".into(),
        members: [agent].into(),
        public_ids: vec![(String::new(), "new team".into())],
    };
    let team = stage.leaves_nothing(create).await.agent.id;
    let update = UpdateTeam {
        caller: caller.clone(),
        id: team,
        expected: None,
        name: Some("Weavers".into()),
        members: Some([other].into()),
    };
    stage.leaves_nothing(update).await;
    let set = |hash: Option<&str>| SetPassword {
        caller: caller.clone(),
        id: agent,
        expected: None,
        hash: hash.map(str::to_owned),
    };
    let address = UpdateAgent {
        caller: caller.clone(),
        id: agent,
        expected: None,
        first_name: None,
        last_name: None,
        email: Some("signs.in@example.com".into()),
    };
    tenant.store.write(address).await.expect("changed");
    stage.leaves_nothing(set(Some("hash"))).await;
    let app = consents::app(tenant).await;
    stage
        .leaves_nothing(consents::consent(tenant, app, [5; 32]))
        .await;
    stage
        .leaves_nothing(consents::code(tenant, app, [5; 32], [6, 7]))
        .await;
    stage
        .leaves_nothing(consents::refresh(tenant, app, [7; 32], [8, 9]))
        .await;
    stage.leaves_nothing(set(None)).await;
}

pub(super) async fn change_customers(stage: &Stage<'_>, customer: CustomerId) {
    let tenant = stage.tenant;
    let caller = tenant.caller.clone();
    let other = tenant.new_customer(None, Some("other@example.com")).await;
    let named = |name: &str| CustomerChange {
        profile: vec![(ProfileField::FirstName, Some(name.to_owned()))],
        ..CustomerChange::default()
    };
    let update = tenant.changing(other, named("Renamed"));
    stage.leaves_nothing(update).await;
    let create = CreateCustomer {
        caller: caller.clone(),
        public_ids: Vec::new(),
        home: None,
        email: Some("bulk@example.com".into()),
        profile: Profile::default(),
        addresses: Vec::new(),
        postal_address: None,
    };
    let bulk = BulkCustomers(vec![
        BulkItem::Create(Box::new(create)),
        BulkItem::Update(Box::new(tenant.changing(other, named("Again")))),
    ]);
    stage.leaves_nothing(bulk).await;
    let preferences = UpdatePreferences {
        caller: caller.clone(),
        inboxes: InboxScope::All,
        id: other,
        expected: None,
        changes: vec![crate::preferences::fax(Some(true), None)],
    };
    stage.leaves_nothing(preferences).await;
    let followers = UpdateFollowers {
        caller: caller.clone(),
        inboxes: InboxScope::All,
        id: other,
        expected: None,
        changes: vec![FollowerChange {
            inbox: tenant.inboxes[0],
            agent: tenant.agents[0],
            notes: Some(true),
            messages: None,
        }],
    };
    stage.leaves_nothing(followers).await;
    let register = RegisterCustomer {
        customer: tenant.creation_of("registered@example.com"),
        details: Some(crate::preferences::details("1990-01-02")),
        preferences: vec![crate::preferences::fax(Some(true), None)],
        opt_outs: Some(SetOptOuts {
            caller: caller.clone(),
            inbox: tenant.inboxes[0],
            addresses: OptOutAddress::new(OptOutKind::Text, "+49 30 77")
                .into_iter()
                .collect(),
            state: OptOutState::OptedOut,
        }),
    };
    stage.leaves_nothing(register).await;
    let merge = MergeCustomers {
        caller: caller.clone(),
        from: customer,
        into: other,
        expected: None,
    };
    stage.leaves_nothing(merge).await;
    let erase = EraseCustomer {
        caller,
        id: other,
        expected: None,
        limit: None,
    };
    stage.leaves_nothing(erase).await;
}
