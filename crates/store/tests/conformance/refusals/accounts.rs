//! The commands on accounts, inboxes, credentials and applications, and those that repeat or follow the feed.

use heddle_domain::InboxProfile;
use heddle_domain::InboxScope;
use heddle_domain::Timestamp;
use heddle_domain::account::SettingChange;
use heddle_domain::credential::Grant;
use heddle_domain::customer::Profile;
use heddle_domain::detail::Contents;
use heddle_domain::id::{CredentialId, CustomerId};
use heddle_domain::opt_out::{OptOutAddress, OptOutKind, OptOutState};
use heddle_store::read::feed::ReadFeed;
use heddle_store::removal::inboxes::{Fate, RemoveInbox};
use heddle_store::write::account::{
    CreateAccount, CreateAgent, CreateCustomer, CreateInbox, UpdateAccount, UpdateInbox,
};
use heddle_store::write::agent::{RemoveAgent, UpdateAgent};
use heddle_store::write::counts::Counts;
use heddle_store::write::credential::{
    CreateApplication, CreateCredential, IssueToken, NewApplication, RevokeCredential,
    UpdateCredential, Within,
};
use heddle_store::write::feed::{Advance, Reader};
use heddle_store::write::inbox_profile::PutInboxProfile;
use heddle_store::write::opt_out::SetOptOuts;

use super::{Stage, people};
use crate::repeating::once;
use crate::tenant::{MEWS, NATIVE};

const RATE: SettingChange = SettingChange {
    api: MEWS,
    name: "rate",
    shown_as: "mews_rate",
    default: 0,
    value: 12,
};

/// Creates one of each, and returns the customer and the credential.
pub(super) async fn create(stage: &Stage<'_>) -> (CustomerId, CredentialId) {
    create_account(stage).await;
    let customer = create_people(stage).await;
    people::change(stage).await;
    (customer, create_credential(stage).await)
}

async fn create_account(stage: &Stage<'_>) {
    let tenant = stage.tenant;
    let caller = tenant.caller.clone();
    let account = CreateAccount {
        name: "New".into(),
        guid_tag: 1,
        public_ids: ["new".into(), "new agent".into()],
        settings: [RATE].into_iter().collect(),
    };
    stage.leaves_nothing(account).await;
    let update = UpdateAccount {
        caller: None,
        expected: None,
        id: tenant.account,
        name: Some("Renamed".into()),
        settings: vec![RATE],
    };
    stage.leaves_nothing(update).await;
    let inbox = CreateInbox {
        caller: caller.clone(),
        name: "New".into(),
        default_agent: Some(tenant.agents[1]),
        public_ids: vec![(String::new(), "new inbox".into())],
    };
    stage.leaves_nothing(inbox).await;
    let update = UpdateInbox {
        expected: None,
        caller: caller.clone(),
        id: tenant.inboxes[0],
        name: Some("Renamed".into()),
        default_agent: None,
        messaging_off: None,
    };
    stage.leaves_nothing(update).await;
    let profile = PutInboxProfile {
        caller: caller.clone(),
        id: tenant.inboxes[0],
        expected: None,
        profile: InboxProfile {
            phone: Some("1".into()),
            ..InboxProfile::default()
        },
    };
    stage.leaves_nothing(profile).await;
    let address = |text| OptOutAddress::new(OptOutKind::Text, text).expect("a number");
    let opt_out = SetOptOuts {
        caller,
        inbox: tenant.inboxes[0],
        addresses: vec![address("+49 30 1"), address("+49 30 2")],
        state: OptOutState::OptedOut,
    };
    stage.leaves_nothing(opt_out).await;
    let inbox = CreateInbox {
        caller: tenant.caller.clone(),
        name: "Old".into(),
        default_agent: Some(tenant.agents[1]),
        public_ids: Vec::new(),
    };
    let old = tenant.store.write(inbox).await.expect("an inbox").id;
    let remove = RemoveInbox {
        caller: tenant.caller.clone(),
        id: old,
        fate: Fate::Move(tenant.inboxes[0]),
        contents: Contents::default(),
    };
    stage.leaves_nothing(remove).await;
}

async fn create_people(stage: &Stage<'_>) -> CustomerId {
    let caller = stage.tenant.caller.clone();
    let agent = CreateAgent {
        caller: caller.clone(),
        first_name: "New".into(),
        last_name: String::new(),
        email: String::new(),
        public_ids: vec![(String::new(), "newer agent".into())],
    };
    stage.leaves_nothing(agent).await;
    let customer = CreateCustomer {
        caller: caller.clone(),
        public_ids: vec![("mews".into(), "at mews".into())],
        home: None,
        email: Some("new@example.com".into()),
        profile: Profile::default(),
        addresses: Vec::new(),
        postal_address: None,
    };
    stage.leaves_nothing(customer).await.customer.id
}

async fn create_credential(stage: &Stage<'_>) -> CredentialId {
    let tenant = stage.tenant;
    let caller = tenant.caller.clone();
    let credential = CreateCredential {
        caller: caller.clone(),
        grant: Grant {
            name: "New".into(),
            ..Grant::full(NATIVE, InboxScope::All)
        },
        public_name: String::new(),
        new_application: Some(NewApplication {
            name: "Newer".into(),
            client_hash: [4; 32],
        }),
        key_hash: [1; 32],
        secret_hash: None,
    };
    let made = stage.leaves_nothing(credential).await;
    let credential = made.credential.id;
    let token = IssueToken {
        account: tenant.account,
        credential,
        key_hash: [2; 32],
        expires_at: Timestamp(i64::MAX),
    };
    stage.leaves_nothing(token).await;
    let application = CreateApplication {
        caller: caller.clone(),
        application: NewApplication {
            name: "New".into(),
            client_hash: [3; 32],
        },
    };
    stage.leaves_nothing(application).await;
    credential
}

/// Checks the commands on agents and credentials, an idempotent command, and the reader of a feed.
pub(super) async fn change_access(stage: &Stage<'_>, credential: CredentialId) {
    let tenant = stage.tenant;
    let caller = tenant.caller.clone();
    let agent = UpdateAgent {
        caller: caller.clone(),
        id: tenant.agents[0],
        expected: None,
        first_name: Some("Renamed".into()),
        last_name: None,
        email: None,
    };
    stage.leaves_nothing(agent).await;
    let remove = RemoveAgent {
        caller: caller.clone(),
        id: tenant.new_agent(9).await,
    };
    stage.leaves_nothing(remove).await;
    let update = UpdateCredential {
        caller: caller.clone(),
        id: credential,
        expected: None,
        name: Some("Renamed".into()),
        scopes: None,
        inboxes: None,
        redirect_url: None,
        within: Within::everything(),
    };
    stage.leaves_nothing(update).await;
    let revoke = RevokeCredential {
        expected: None,
        within: Within::everything(),
        caller,
        id: credential,
    };
    stage.leaves_nothing(revoke).await;
    stage.leaves_nothing(once(tenant)).await;
    tenant.store.drain_feed().await.expect("positions");
    let feed = ReadFeed {
        account: tenant.account,
        after: 0,
        limit: 100,
    };
    let page = tenant.store.read(feed).await.expect("a page");
    let advance = || Advance::<Counts> {
        account: tenant.account,
        from: 0,
        to: page.reached,
        digest: Counts::digest(&page.events),
    };
    stage.leave_nothing(advance).await;
}
