//! Consents: an agent allows an app to act for them; codes and refresh tokens.

use heddle_domain::InboxScope;
use heddle_domain::credential::Grant;
use heddle_domain::id::{AgentId, CredentialId};
use heddle_store::read::people::FindSignIn;
use heddle_store::read::principal::FindPrincipal;
use heddle_store::write::agent::{SetPassword, UpdateAgent};
use heddle_store::write::consent::{Exchange, ExchangeTokens, Exchanged, GiveConsent, NewTokens};
use heddle_store::write::credential::{
    CreateCredential, RevokeCredential, UpdateCredential, Within,
};
use heddle_store::{Entity, Error, Refusal};
use heddle_testkit::{On, TestStore};

use crate::tenant::{HELPSCOUT, Tenant, opened};

on_both!(
    a_consent_gives_tokens_that_act_as_the_agent,
    a_code_works_once_and_its_second_use_ends_the_consent,
    a_code_is_for_one_app_and_expires,
    a_challenge_must_be_solved_and_no_other_is_taken,
    a_refresh_token_rotates_with_a_grace_period,
    without_a_password_there_is_no_consent,
    only_an_app_with_a_redirect_url_gets_a_consent,
    a_password_belongs_to_the_agent_with_the_address,
);

const GRACE_MS: i64 = 60_000;

/// Returns a tenant whose first agent may sign in.
pub(crate) async fn signed_in(on: On) -> (TestStore, Tenant) {
    let (test, tenant) = opened(on).await;
    let address = UpdateAgent {
        caller: tenant.caller.clone(),
        id: tenant.agents[0],
        expected: None,
        first_name: None,
        last_name: None,
        email: Some("Signs.In@example.com".into()),
    };
    test.store.write(address).await.expect("changed");
    set_password(&tenant, tenant.agents[0], Some("hash")).await;
    (test, tenant)
}

pub(crate) async fn set_password(tenant: &Tenant, agent: AgentId, hash: Option<&str>) {
    let set = SetPassword {
        caller: tenant.caller.clone(),
        id: agent,
        expected: None,
        hash: hash.map(str::to_owned),
    };
    tenant.store.write(set).await.expect("set");
}

/// Creates an app that may ask people; returns its id.
pub(crate) async fn app(tenant: &Tenant) -> CredentialId {
    made(tenant, 100, Some("https://app.example/")).await
}

async fn made(tenant: &Tenant, key: u8, redirect_url: Option<&str>) -> CredentialId {
    let create = CreateCredential {
        caller: tenant.caller.clone(),
        grant: Grant {
            agent: Some(tenant.agents[1]),
            redirect_url: redirect_url.map(str::to_owned),
            ..Grant::full(HELPSCOUT, InboxScope::All)
        },
        public_name: "app".into(),
        key_hash: [key; 32],
        secret_hash: None,
        new_application: None,
    };
    let made = tenant.store.write(create).await.expect("an app");
    made.credential.id
}

/// Returns the consent of the first agent, with a code of this hash.
pub(crate) fn consent(tenant: &Tenant, app: CredentialId, code_hash: [u8; 32]) -> GiveConsent {
    GiveConsent {
        caller: tenant.caller.clone(),
        credential: app,
        agent: tenant.agents[0],
        code_hash,
        challenge: None,
        expires_at: tenant.store.clock().now().plus_ms(60_000),
    }
}

fn exchange(
    tenant: &Tenant,
    app: CredentialId,
    exchanged: Exchanged,
    [access, refresh]: [u8; 2],
) -> ExchangeTokens {
    ExchangeTokens {
        account: tenant.account,
        credential: app,
        exchanged,
        new: NewTokens {
            access: [access; 32],
            access_expires_at: tenant.store.clock().now().plus_ms(1_000_000),
            refresh: [refresh; 32],
        },
    }
}

/// Returns the exchange of a code for an access token and a refresh token of these hashes.
pub(crate) fn code(
    tenant: &Tenant,
    app: CredentialId,
    hash: [u8; 32],
    new: [u8; 2],
) -> ExchangeTokens {
    let exchanged = Exchanged::Code {
        hash,
        challenge: None,
    };
    exchange(tenant, app, exchanged, new)
}

/// Returns the exchange of a refresh token.
pub(crate) fn refresh(
    tenant: &Tenant,
    app: CredentialId,
    hash: [u8; 32],
    new: [u8; 2],
) -> ExchangeTokens {
    let exchanged = Exchanged::Refresh {
        hash,
        grace_ms: GRACE_MS,
    };
    exchange(tenant, app, exchanged, new)
}

async fn done(tenant: &Tenant, command: ExchangeTokens) -> Exchange {
    tenant.store.write(command).await.expect("an answer")
}

/// Returns the agent as whom the access token acts; `None` if there is no such token.
async fn acts_as(tenant: &Tenant, token: u8) -> Option<AgentId> {
    let read = FindPrincipal {
        api: HELPSCOUT,
        key_hash: [token; 32],
    };
    let found = tenant.store.read(read).await.expect("a read")?;
    found.credential.agent
}

async fn a_consent_gives_tokens_that_act_as_the_agent(on: On) {
    let (_test, tenant) = signed_in(on).await;
    let app = app(&tenant).await;
    let given = consent(&tenant, app, [5; 32]);
    tenant.store.write(given).await.expect("a consent");
    assert_eq!(acts_as(&tenant, 5).await, None, "a code is no token");
    assert_eq!(
        done(&tenant, code(&tenant, app, [5; 32], [6, 7])).await,
        Exchange::Issued
    );
    assert_eq!(acts_as(&tenant, 6).await, Some(tenant.agents[0]));
    assert_eq!(
        acts_as(&tenant, 7).await,
        None,
        "a refresh token is no access token"
    );
    assert_eq!(
        acts_as(&tenant, 100).await,
        Some(tenant.agents[1]),
        "the app itself"
    );
    assert_eq!(
        done(&tenant, refresh(&tenant, app, [5; 32], [8, 9])).await,
        Exchange::Refused
    );
    assert_eq!(
        done(&tenant, code(&tenant, app, [7; 32], [8, 9])).await,
        Exchange::Refused
    );
    assert_eq!(
        done(&tenant, refresh(&tenant, app, [7; 32], [8, 9])).await,
        Exchange::Issued
    );
    assert_eq!(acts_as(&tenant, 8).await, Some(tenant.agents[0]));
}

async fn a_code_works_once_and_its_second_use_ends_the_consent(on: On) {
    let (_test, tenant) = signed_in(on).await;
    let (app, other) = (
        app(&tenant).await,
        made(&tenant, 101, Some("https://b.example/")).await,
    );
    for (app, hash, new) in [(app, [5; 32], [6, 7]), (other, [15; 32], [16, 17])] {
        tenant
            .store
            .write(consent(&tenant, app, hash))
            .await
            .expect("a consent");
        assert_eq!(
            done(&tenant, code(&tenant, app, hash, new)).await,
            Exchange::Issued
        );
    }
    assert_eq!(
        done(&tenant, code(&tenant, app, [5; 32], [8, 9])).await,
        Exchange::Refused
    );
    assert_eq!(
        (acts_as(&tenant, 6).await, acts_as(&tenant, 8).await),
        (None, None)
    );
    assert_eq!(
        done(&tenant, refresh(&tenant, app, [7; 32], [8, 9])).await,
        Exchange::Refused
    );
    assert!(
        acts_as(&tenant, 16).await.is_some(),
        "another app keeps its tokens"
    );
}

async fn a_code_is_for_one_app_and_expires(on: On) {
    let (test, tenant) = signed_in(on).await;
    let (app, other) = (
        app(&tenant).await,
        made(&tenant, 101, Some("https://b.example/")).await,
    );
    for hash in [5, 6] {
        let given = consent(&tenant, app, [hash; 32]);
        tenant.store.write(given).await.expect("a consent");
    }
    assert_eq!(
        done(&tenant, code(&tenant, other, [5; 32], [8, 9])).await,
        Exchange::Refused
    );
    test.clock.advance(59_999);
    assert_eq!(
        done(&tenant, code(&tenant, app, [5; 32], [8, 9])).await,
        Exchange::Issued
    );
    test.clock.advance(1);
    assert_eq!(
        done(&tenant, code(&tenant, app, [6; 32], [10, 11])).await,
        Exchange::Refused
    );
    assert!(
        acts_as(&tenant, 8).await.is_some(),
        "an expired code was never used"
    );
    // The next consent deletes what expired more than a day ago.
    test.clock.advance(2 * 86_400_000);
    let given = consent(&tenant, app, [7; 32]);
    tenant.store.write(given).await.expect("a consent");
    assert_eq!(
        tenant.table("consent_token").await.len(),
        2,
        "the refresh token and the code"
    );
}

async fn a_challenge_must_be_solved_and_no_other_is_taken(on: On) {
    let (_test, tenant) = signed_in(on).await;
    let app = app(&tenant).await;
    for (hash, asked, sent, outcome) in [
        (20, Some("c"), Some("c"), Exchange::Issued),
        (21, Some("c"), Some("d"), Exchange::Refused),
        (22, Some("c"), None, Exchange::Refused),
        (23, None, Some("c"), Exchange::Refused),
        (24, None, None, Exchange::Issued),
    ] {
        let given = GiveConsent {
            challenge: asked.map(str::to_owned),
            ..consent(&tenant, app, [hash; 32])
        };
        tenant.store.write(given).await.expect("a consent");
        let exchanged = Exchanged::Code {
            hash: [hash; 32],
            challenge: sent.map(str::to_owned),
        };
        let new = [hash + 20, hash + 40];
        let answer = done(&tenant, exchange(&tenant, app, exchanged, new)).await;
        assert_eq!(answer, outcome, "{asked:?} {sent:?}");
    }
}

async fn a_refresh_token_rotates_with_a_grace_period(on: On) {
    let (test, tenant) = signed_in(on).await;
    let app = app(&tenant).await;
    let given = consent(&tenant, app, [5; 32]);
    tenant.store.write(given).await.expect("a consent");
    done(&tenant, code(&tenant, app, [5; 32], [6, 7])).await;
    test.clock.advance(400 * 86_400_000);
    assert_eq!(
        done(&tenant, refresh(&tenant, app, [7; 32], [8, 9])).await,
        Exchange::Issued
    );
    test.clock.advance(GRACE_MS - 1);
    assert_eq!(
        done(&tenant, refresh(&tenant, app, [7; 32], [10, 11])).await,
        Exchange::Issued
    );
    test.clock.advance(1);
    assert_eq!(
        done(&tenant, refresh(&tenant, app, [7; 32], [12, 13])).await,
        Exchange::Refused
    );
    assert_eq!(
        done(&tenant, refresh(&tenant, app, [9; 32], [14, 15])).await,
        Exchange::Issued
    );
    assert_eq!(
        done(&tenant, refresh(&tenant, app, [11; 32], [16, 17])).await,
        Exchange::Issued
    );
    assert_eq!(acts_as(&tenant, 14).await, Some(tenant.agents[0]));
}

async fn without_a_password_there_is_no_consent(on: On) {
    let (_test, tenant) = signed_in(on).await;
    let app = app(&tenant).await;
    let given = consent(&tenant, app, [5; 32]);
    tenant.store.write(given).await.expect("a consent");
    done(&tenant, code(&tenant, app, [5; 32], [6, 7])).await;
    set_password(&tenant, tenant.agents[0], Some("another")).await;
    assert!(
        acts_as(&tenant, 6).await.is_some(),
        "a new password ends nothing"
    );
    set_password(&tenant, tenant.agents[0], None).await;
    assert_eq!(acts_as(&tenant, 6).await, None);
    assert_eq!(
        done(&tenant, refresh(&tenant, app, [7; 32], [8, 9])).await,
        Exchange::Refused
    );
    let refused = tenant.store.write(consent(&tenant, app, [10; 32])).await;
    assert_eq!(
        refused,
        Err(Error::Refused(Refusal::NotFound(Entity::Agent)))
    );
    // Nothing to remove: no event.
    let before = tenant.rows().await;
    set_password(&tenant, tenant.agents[0], None).await;
    assert_eq!(tenant.rows().await, before);
}

async fn only_an_app_with_a_redirect_url_gets_a_consent(on: On) {
    let (_test, tenant) = signed_in(on).await;
    let refused = Err(Error::Refused(Refusal::NotFound(Entity::Credential)));
    let plain = made(&tenant, 101, None).await;
    assert_eq!(
        tenant.store.write(consent(&tenant, plain, [5; 32])).await,
        refused
    );
    let app = app(&tenant).await;
    let change = |url: Option<&str>| UpdateCredential {
        caller: tenant.caller.clone(),
        id: app,
        expected: None,
        name: None,
        scopes: None,
        inboxes: None,
        redirect_url: Some(url.map(str::to_owned)),
        within: Within::everything(),
    };
    let changed = tenant.store.write(change(None)).await.expect("changed");
    assert_eq!(changed.credential.redirect_url, None);
    assert_eq!(
        tenant.store.write(consent(&tenant, app, [5; 32])).await,
        refused
    );
    let changed = tenant.store.write(change(Some("https://c.example/"))).await;
    let url = changed.expect("changed").credential.redirect_url;
    assert_eq!(url.as_deref(), Some("https://c.example/"));
    let revoke = RevokeCredential {
        caller: tenant.caller.clone(),
        id: app,
        expected: None,
        within: Within::everything(),
    };
    tenant.store.write(revoke).await.expect("revoked");
    assert_eq!(
        tenant.store.write(consent(&tenant, app, [5; 32])).await,
        refused
    );
}

async fn a_password_belongs_to_the_agent_with_the_address(on: On) {
    let (test, tenant) = signed_in(on).await;
    let other = Tenant::in_store(&test.store).await;
    let find = async |account, email: &str| {
        let email = email.to_owned();
        let found = test.store.read(FindSignIn { account, email }).await;
        found
            .expect("a read")
            .map(|found| (found.agent, found.password_hash))
    };
    let expected = Some((tenant.agents[0], "hash".to_owned()));
    assert_eq!(
        find(tenant.account, "signs.in@EXAMPLE.com ").await,
        expected
    );
    assert_eq!(find(other.account, "signs.in@example.com").await, None);
    assert_eq!(find(tenant.account, "").await, None);
    let nobody = SetPassword {
        caller: tenant.caller.clone(),
        id: tenant.integration,
        expected: None,
        hash: Some("hash".into()),
    };
    let refused = tenant.store.write(nobody).await;
    assert!(
        matches!(refused, Err(Error::Refused(Refusal::Conflict(_)))),
        "{refused:?}"
    );
    let foreign = SetPassword {
        caller: other.caller.clone(),
        id: AgentId(tenant.agents[0].get() + 1_000),
        expected: None,
        hash: None,
    };
    let refused = tenant.store.write(foreign).await;
    assert_eq!(
        refused,
        Err(Error::Refused(Refusal::NotFound(Entity::Agent)))
    );
}
