//! Tests of credentials, tokens, applications, and the look-up that finds the account.

use heddle_domain::account::SettingChange;
use heddle_domain::credential::{Credential, Grant, Scope, Scopes};
use heddle_domain::id::{AgentId, ApplicationId, CredentialId, InboxId};
use heddle_domain::{InboxScope, Timestamp};
use heddle_store::read::account::{Application, ListApplications, ListCredentials};
use heddle_store::read::principal::{FindPrincipal, Principal};
use heddle_store::write::account::UpdateAccount;
use heddle_store::write::credential::{
    CreateApplication, CreateCredential, IssueToken, NewApplication, RevokeCredential, SecretHash,
};
use heddle_store::{Clock, Entity, Error, Refusal, Store};
use heddle_testkit::On;

use crate::tenant::{HELPSCOUT, MEWS, Tenant, opened};

fn new_credential(tenant: &Tenant, key: u8) -> CreateCredential {
    CreateCredential {
        caller: tenant.caller.clone(),
        grant: Grant {
            api: HELPSCOUT,
            name: "Front desk".into(),
            scopes: [Scope::MessagesRead, Scope::MessagesWrite]
                .into_iter()
                .collect(),
            inboxes: InboxScope::only([tenant.inboxes[1]]),
            agent: Some(tenant.agents[0]),
            application: None,
            portfolio: true,
            redirect_url: None,
        },
        public_name: "front-desk".into(),
        new_application: None,
        key_hash: [key; 32],
        secret_hash: Some([200; 32]),
    }
}

async fn find(store: &Store, key: u8) -> Option<Principal> {
    let read = FindPrincipal {
        api: HELPSCOUT,
        key_hash: [key; 32],
    };
    store.read(read).await.expect("a read")
}

/// Returns a command that sets a rate limit.
fn rate_of(tenant: &Tenant) -> UpdateAccount {
    UpdateAccount {
        caller: None,
        id: tenant.account,
        expected: None,
        name: None,
        settings: vec![SettingChange {
            api: MEWS,
            name: "rate",
            shown_as: "mews_rate",
            default: 0,
            value: 12,
        }],
    }
}

async fn a_key_finds_credential_account_and_inboxes(on: On) {
    let (test, tenant) = opened(on).await;
    let create = new_credential(&tenant, 1);
    let made = test.store.write(create.clone()).await;
    let account = test.store.write(rate_of(&tenant)).await;
    let principal = find(&test.store, 1).await.expect("the principal");
    let (grant, id) = (create.grant, made.expect("a credential").credential.id);
    let expected = Credential {
        account: tenant.account,
        id,
        api: HELPSCOUT.as_str().into(),
        name: grant.name,
        scopes: grant.scopes,
        inboxes: grant.inboxes,
        agent: grant.agent,
        application: None,
        portfolio: true,
        redirect_url: None,
        revoked: false,
    };
    assert_eq!(principal.credential, expected);
    assert_eq!(principal.public_name, "front-desk");
    assert_eq!(principal.secret_hash.as_deref(), Some([200; 32].as_slice()));
    let reached = principal.inbox_ids();
    assert_eq!((principal.client_hash, principal.expires_at), (None, None));
    assert_eq!(Ok(principal.account.clone()), account);
    assert_eq!(principal.account_public_id, "loom");
    assert_eq!(reached, [tenant.inboxes[1]]);
    assert!(find(&test.store, 2).await.is_none());
    let elsewhere = FindPrincipal {
        api: MEWS,
        key_hash: [1; 32],
    };
    let found = test.store.read(elsewhere).await.expect("a read");
    assert!(found.is_none(), "a credential opens one API");
}

async fn all_inboxes_are_reached_or_none(on: On) {
    let (test, tenant) = opened(on).await;
    let mut nothing = new_credential(&tenant, 2);
    nothing.grant.inboxes = InboxScope::only([]);
    nothing.public_name = "nothing".into();
    test.store.write(nothing).await.expect("a credential");
    let principal = find(&test.store, 2).await.expect("the principal");
    assert_eq!(principal.inbox_ids(), []);
    assert_eq!(principal.credential.inboxes, InboxScope::only([]));
    let mut create = new_credential(&tenant, 1);
    create.grant.inboxes = InboxScope::All;
    create.grant.scopes = Scopes::default();
    create.secret_hash = None;
    test.store.write(create).await.expect("a credential");
    let principal = find(&test.store, 1).await.expect("the principal");
    assert_eq!(principal.inbox_ids(), tenant.inboxes);
    assert_eq!(principal.credential.inboxes, InboxScope::All);
    assert_eq!(principal.credential.scopes, Scopes::default());
    assert_eq!(principal.secret_hash, None);
}

async fn a_key_belongs_to_one_credential_of_one_account(on: On) {
    let (test, tenant) = opened(on).await;
    let other = Tenant::in_store(&test.store).await;
    test.store
        .write(new_credential(&tenant, 1))
        .await
        .expect("a credential");
    let contender = new_credential(&other, 1);
    let rows = other.rows().await;
    let refused = test.store.write(contender).await;
    assert!(
        matches!(refused, Err(Error::Refused(Refusal::Conflict(_)))),
        "{refused:?}"
    );
    assert_eq!(other.rows().await, rows);
    let principal = find(&test.store, 1).await.expect("the principal");
    assert_eq!(principal.account.id, tenant.account);
}

async fn a_revoked_credential_and_its_tokens_are_found_as_revoked(on: On) {
    let (test, tenant) = opened(on).await;
    let create = new_credential(&tenant, 1);
    let made = test.store.write(create).await.expect("a credential");
    let id = made.credential.id;
    issue(&tenant, id, 2, test.clock.now().plus_ms(1_000)).await;
    let revoke = RevokeCredential {
        expected: None,
        within: heddle_store::write::credential::Within::everything(),
        caller: tenant.caller.clone(),
        id,
    };
    test.store
        .write(revoke.clone())
        .await
        .expect("it is revoked");
    for key in [1, 2] {
        assert!(find(&test.store, key).await.expect("it").credential.revoked);
    }
    let again = test.store.write(revoke).await;
    assert_eq!(
        again,
        Err(Error::Refused(Refusal::NotFound(Entity::Credential)))
    );
}

async fn issue(tenant: &Tenant, credential: CredentialId, key: u8, expires_at: Timestamp) {
    let issue = IssueToken {
        account: tenant.account,
        credential,
        key_hash: [key; 32],
        expires_at,
    };
    tenant.store.write(issue).await.expect("a token");
}

async fn tokens_expire_and_are_deleted_a_day_later(on: On) {
    let (test, tenant) = opened(on).await;
    let create = new_credential(&tenant, 1);
    let made = test.store.write(create).await.expect("a credential");
    let id = made.credential.id;
    let end = test.clock.now().plus_ms(60_000);
    issue(&tenant, id, 2, end).await;
    let principal = find(&test.store, 2).await.expect("it");
    assert_eq!(
        (principal.credential.id, principal.expires_at),
        (id, Some(end))
    );

    const DAY_MS: i64 = 86_400_000;
    test.clock.advance(60_000 + DAY_MS);
    issue(&tenant, id, 3, test.clock.now().plus_ms(60_000)).await;
    assert!(
        find(&test.store, 2).await.is_some(),
        "not before it expires"
    );
    test.clock.advance(1);
    issue(&tenant, id, 4, test.clock.now().plus_ms(60_000)).await;
    assert!(find(&test.store, 2).await.is_none());
    // The credential's own key never expires.
    for key in [1, 3, 4] {
        assert!(find(&test.store, key).await.is_some(), "key {key}");
    }
}

async fn the_credential_of_an_application_has_its_client_token(on: On) {
    let (test, tenant) = opened(on).await;
    let client_hash: SecretHash = [77; 32];
    let create = CreateApplication {
        caller: tenant.caller.clone(),
        application: NewApplication {
            name: "Concierge".into(),
            client_hash,
        },
    };
    let id = test.store.write(create).await.expect("an application");
    let mut credential = new_credential(&tenant, 1);
    credential.grant.application = Some(id);
    test.store.write(credential).await.expect("a credential");
    let principal = find(&test.store, 1).await.expect("it");
    assert_eq!(
        principal.client_hash.as_deref(),
        Some(client_hash.as_slice())
    );
    let list = ListApplications {
        account: tenant.account,
        after: ApplicationId(0),
        limit: 10,
    };
    assert_eq!(
        test.store.read(list).await,
        Ok(vec![Application {
            id,
            name: "Concierge".to_owned(),
            created_at: test.clock.now(),
        }])
    );
}

async fn a_refused_credential_leaves_no_application(on: On) {
    let (test, tenant) = opened(on).await;
    test.store
        .write(new_credential(&tenant, 1))
        .await
        .expect("the first");
    let with_application = |key| CreateCredential {
        new_application: Some(NewApplication {
            name: "Concierge".into(),
            client_hash: [77; 32],
        }),
        ..new_credential(&tenant, key)
    };
    let mut nowhere = with_application(2);
    nowhere.grant.inboxes = InboxScope::only([InboxId(999_999)]);
    let mut nobody = with_application(2);
    nobody.grant.agent = Some(AgentId(999_999));
    let rows = tenant.rows().await;
    for refused in [with_application(1), nowhere, nobody] {
        let refused = test.store.write(refused).await;
        assert!(matches!(refused, Err(Error::Refused(_))), "{refused:?}");
        assert_eq!(tenant.rows().await, rows);
    }
    test.store.write(with_application(2)).await.expect("both");
    assert_eq!(tenant.table("application").await.len(), 1);
    let details = tenant.event_details("application.created", 1).await;
    assert_eq!(
        details,
        [serde_json::json!({"changes": {"name": [null, "Concierge"]}})]
    );
    let details = tenant.event_details("credential.created", 2).await;
    assert_eq!(
        details[0]["changes"]["application"],
        serde_json::json!([null, 1])
    );
}

async fn credentials_are_listed_by_id(on: On) {
    let (test, tenant) = opened(on).await;
    let mut ids = Vec::new();
    for key in 1..=3 {
        let made = test.store.write(new_credential(&tenant, key)).await;
        ids.push(made.expect("a credential").credential.id);
    }
    let list = ListCredentials {
        account: tenant.account,
        after: ids[0].get(),
        limit: 1,
    };
    let listed = test.store.read(list).await.expect("a list");
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].credential.id, ids[1]);
    assert_eq!(listed[0].created_at, test.clock.now());
}

on_both!(
    a_key_finds_credential_account_and_inboxes,
    all_inboxes_are_reached_or_none,
    a_key_belongs_to_one_credential_of_one_account,
    a_revoked_credential_and_its_tokens_are_found_as_revoked,
    tokens_expire_and_are_deleted_a_day_later,
    the_credential_of_an_application_has_its_client_token,
    a_refused_credential_leaves_no_application,
    credentials_are_listed_by_id,
);
