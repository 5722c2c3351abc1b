//! Credentials, tokens, applications, and the one look-up that finds the account.

use heddle_domain::Timestamp;
use heddle_domain::account::SettingChange;
use heddle_domain::credential::{Credential, Scope, Scopes};
use heddle_domain::id::{ApplicationId, CredentialId};
use heddle_store::read::account::{ListApplications, ListCredentials};
use heddle_store::read::principal::{FindPrincipal, Principal};
use heddle_store::write::account::UpdateAccount;
use heddle_store::write::credential::{
    CreateApplication, CreateCredential, IssueToken, RevokeCredential, SecretHash,
};
use heddle_store::{Clock, Counted, Entity, Error, Store};
use heddle_testkit::On;

use crate::tenant::{HELPSCOUT, MEWS, Tenant, opened};

async fn new_credential(tenant: &Tenant, key: u8) -> CreateCredential {
    CreateCredential {
        caller: tenant.caller.clone(),
        credential: Credential {
            account: tenant.account,
            id: CredentialId(tenant.reserve(Counted::Credential, 1).await),
            api: HELPSCOUT.as_str().into(),
            name: "Front desk".into(),
            scopes: [Scope::MessagesRead, Scope::MessagesWrite]
                .into_iter()
                .collect(),
            inboxes: vec![tenant.inboxes[1]],
            agent: Some(tenant.agents[0]),
            application: None,
            portfolio: true,
            revoked: false,
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

async fn a_key_leads_to_everything_an_api_must_know(on: On) {
    let (test, tenant) = opened(on).await;
    let create = new_credential(&tenant, 1).await;
    test.store
        .write(create.clone())
        .await
        .expect("a credential");
    let settings = vec![SettingChange {
        api: MEWS,
        name: "rate",
        shown_as: "mews_rate",
        default: 0,
        value: 12,
    }];
    let update = UpdateAccount {
        caller: None,
        id: tenant.account,
        expected: None,
        name: None,
        settings,
    };
    let account = test.store.write(update).await.expect("a change");
    let principal = find(&test.store, 1).await.expect("the principal");
    assert_eq!(principal.account, account);
    assert_eq!(principal.credential, create.credential);
    assert_eq!(principal.public_name, "front-desk");
    assert_eq!(principal.secret_hash.as_deref(), Some([200; 32].as_slice()));
    assert_eq!((principal.client_hash, principal.expires_at), (None, None));
    assert_eq!(
        principal.account_public_id,
        format!("account-{}", tenant.account)
    );
    let reached: Vec<_> = principal.inboxes.iter().map(|view| view.inbox.id).collect();
    assert_eq!(reached, [tenant.inboxes[1]]);
    assert!(find(&test.store, 2).await.is_none());
    let elsewhere = FindPrincipal {
        api: MEWS,
        key_hash: [1; 32],
    };
    let found = test.store.read(elsewhere).await.expect("a read");
    assert!(found.is_none(), "a credential opens one API");
}

async fn no_inboxes_named_means_all(on: On) {
    let (test, tenant) = opened(on).await;
    let mut create = new_credential(&tenant, 1).await;
    create.credential.inboxes = Vec::new();
    create.credential.scopes = Scopes::default();
    create.secret_hash = None;
    test.store.write(create).await.expect("a credential");
    let principal = find(&test.store, 1).await.expect("the principal");
    assert_eq!(principal.inbox_ids(), tenant.inboxes);
    assert_eq!(principal.credential.scopes, Scopes::default());
    assert_eq!(principal.secret_hash, None);
}

async fn a_key_belongs_to_one_credential_of_one_account(on: On) {
    let (test, tenant) = opened(on).await;
    let other = Tenant::in_store(&test.store).await;
    test.store
        .write(new_credential(&tenant, 1).await)
        .await
        .expect("a credential");
    let contender = new_credential(&other, 1).await;
    let rows = other.rows().await;
    let refused = test.store.write(contender).await;
    assert!(matches!(refused, Err(Error::Conflict(_))), "{refused:?}");
    assert_eq!(other.rows().await, rows);
    let principal = find(&test.store, 1).await.expect("the principal");
    assert_eq!(principal.account.id, tenant.account);
}

async fn a_revoked_credential_says_so_with_its_tokens(on: On) {
    let (test, tenant) = opened(on).await;
    let create = new_credential(&tenant, 1).await;
    let id = create.credential.id;
    test.store.write(create).await.expect("a credential");
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
    assert_eq!(again, Err(Error::NotFound(Entity::Credential)));
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

async fn tokens_end_and_are_dropped_a_day_later(on: On) {
    let (test, tenant) = opened(on).await;
    let create = new_credential(&tenant, 1).await;
    let id = create.credential.id;
    test.store.write(create).await.expect("a credential");
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
    assert!(find(&test.store, 2).await.is_some(), "not a moment before");
    test.clock.advance(1);
    issue(&tenant, id, 4, test.clock.now().plus_ms(60_000)).await;
    assert!(find(&test.store, 2).await.is_none());
    // The credential's own key never ends.
    for key in [1, 3, 4] {
        assert!(find(&test.store, key).await.is_some(), "key {key}");
    }
}

async fn an_application_brings_its_client_token(on: On) {
    let (test, tenant) = opened(on).await;
    let id = ApplicationId(tenant.reserve(Counted::Application, 1).await);
    let client_hash: SecretHash = [77; 32];
    let create = CreateApplication {
        caller: tenant.caller.clone(),
        id,
        name: "Concierge".into(),
        client_hash,
    };
    test.store.write(create).await.expect("an application");
    let mut credential = new_credential(&tenant, 1).await;
    credential.credential.application = Some(id);
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
        Ok(vec![(id, "Concierge".to_owned())])
    );
}

async fn credentials_are_listed_by_id(on: On) {
    let (test, tenant) = opened(on).await;
    let mut ids = Vec::new();
    for key in 1..=3 {
        let create = new_credential(&tenant, key).await;
        ids.push(create.credential.id);
        test.store.write(create).await.expect("a credential");
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
    a_key_leads_to_everything_an_api_must_know,
    no_inboxes_named_means_all,
    a_key_belongs_to_one_credential_of_one_account,
    a_revoked_credential_says_so_with_its_tokens,
    tokens_end_and_are_dropped_a_day_later,
    an_application_brings_its_client_token,
    credentials_are_listed_by_id,
);
