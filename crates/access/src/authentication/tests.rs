//! Tests of the cache of callers.

use heddle_domain::account::{Account, AccountSettings};
use heddle_domain::credential::Grant;
use heddle_domain::{InboxScope, Timestamp};
use heddle_testkit::{On, TestStore};

use super::*;
use crate::provision;

const NAME: ApiName = ApiName::named("test");
const NOW: Timestamp = Timestamp(1_000_000);
const PEER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

async fn account(store: &Store, keys: &[&str]) -> Account {
    let account = provision::create_account(store, "Here", AccountSettings::default());
    let account = account.await.expect("an account");
    for key in keys {
        let grant = Grant::full(NAME, InboxScope::All);
        let made = provision::create_key(store, &account, grant, key).await;
        made.expect("a key");
    }
    account
}

/// Returns a principal as the store returns it, and the hash of its key.
async fn caller() -> (SecretHash, Arc<Principal>) {
    let test = TestStore::open(On::Sqlite).await;
    account(&test.store, &["key"]).await;
    let key_hash = key_hash(NAME, Lookup::Secret("key"));
    let read = FindPrincipal {
        api: NAME,
        key_hash,
    };
    let found = test.store.read(read).await;
    let found = found.expect("a read").expect("a caller");
    (key_hash, Arc::new(found))
}

#[tokio::test]
async fn a_principal_is_cached_for_five_seconds() {
    let (hash, principal) = caller().await;
    let mut cache = Cache::default();
    let before = cache.caller(&hash, NOW).expect_err("nobody is known");
    cache.keep_caller(hash, principal, NOW, before);
    assert!(cache.caller(&hash, NOW.plus_ms(4_999)).is_ok());
    assert!(cache.caller(&hash, NOW.plus_ms(5_000)).is_err());
    assert!(cache.caller(&hash, NOW.plus_ms(-1)).is_err());
    cache.forget_caller(&hash);
    assert!(cache.caller(&hash, NOW).is_err());
}

#[tokio::test]
async fn a_principal_read_before_a_revocation_is_not_cached_after_it() {
    let (hash, principal) = caller().await;
    let mut cache = Cache::default();
    let before = cache.caller(&hash, NOW).expect_err("nobody is known");
    // In this test the node revokes the credential after another request has read it, and before that request
    // caches the result.
    let credential = &principal.credential;
    cache.record(Changed::Credential(credential.account, credential.id));
    cache.keep_caller(hash, Arc::clone(&principal), NOW, before);
    let after = cache.caller(&hash, NOW).expect_err("nobody is known");
    cache.keep_caller(hash, Arc::clone(&principal), NOW, after);
    assert!(cache.caller(&hash, NOW).is_ok());
    cache.record(Changed::Account(principal.credential.account));
    assert!(cache.caller(&hash, NOW).is_err());
}

#[tokio::test]
async fn cached_principals_do_not_stay_after_they_expire() {
    let (hash, principal) = caller().await;
    let mut cache = Cache::default();
    drop(cache.turn(NOW));
    cache.keep_caller(hash, Arc::clone(&principal), NOW, 0);
    for (at, kept) in [(5_000, true), (10_000, false)] {
        drop(cache.turn(NOW.plus_ms(at)));
        assert_eq!(cache.len() == 1, kept, "after {at} ms");
    }
    assert_eq!(Arc::strong_count(&principal), 1);
}

/// A change is remembered as long as an entry from before it could be used.
#[tokio::test]
async fn a_revocation_outlasts_what_was_read_before_it() {
    let (hash, principal) = caller().await;
    let mut cache = Cache::default();
    drop(cache.turn(NOW));
    let before = cache.caller(&hash, NOW).expect_err("nobody is known");
    let credential = &principal.credential;
    cache.record(Changed::Credential(credential.account, credential.id));
    for at in [0, 4_999, 5_000, 9_999, 10_000] {
        let now = NOW.plus_ms(at);
        drop(cache.turn(now));
        cache.keep_caller(hash, Arc::clone(&principal), NOW, before);
        assert!(cache.caller(&hash, now).is_err(), "after {at} ms");
    }
}

#[tokio::test]
async fn the_callers_of_an_account_share_its_inboxes() {
    for on in On::BOTH {
        let test = TestStore::open(on).await;
        let here = account(&test.store, &["first", "second"]).await;
        let inbox = provision::create_inbox(&test.store, &here, "Main", None, Vec::new());
        let inbox = inbox.await.expect("an inbox");
        let authentication = Authentication::new(test.store.clone(), 0);
        let find = async |key| {
            let found = authentication.by_secret(NAME, key, PEER).await;
            found.expect("a caller")
        };
        let (first, second) = (find("first").await, find("second").await);
        assert!(Arc::ptr_eq(&first.account_inboxes, &second.account_inboxes));
        assert_eq!(first.inbox_ids(), [inbox]);

        // After a change of the account both are read again; then they share the new list.
        authentication.forget_account(here.id);
        let (third, fourth) = (find("first").await, find("second").await);
        assert!(!Arc::ptr_eq(&first.account_inboxes, &third.account_inboxes));
        assert!(Arc::ptr_eq(&third.account_inboxes, &fourth.account_inboxes));
    }
}

#[tokio::test]
async fn a_change_drops_only_what_it_concerns() {
    let test = TestStore::open(On::Sqlite).await;
    let here = account(&test.store, &["first", "second"]).await;
    account(&test.store, &["elsewhere"]).await;
    let authentication = Authentication::new(test.store.clone(), 0);
    let find = async |key| {
        let found = authentication.by_secret(NAME, key, PEER).await;
        found.expect("a caller")
    };
    let first = find("first").await;
    let (second, elsewhere) = (find("second").await, find("elsewhere").await);
    authentication.forget(here.id, first.credential.id);
    assert!(!Arc::ptr_eq(&first, &find("first").await));
    assert!(Arc::ptr_eq(&second, &find("second").await));
    authentication.forget_account(here.id);
    assert!(!Arc::ptr_eq(&second, &find("second").await));
    assert!(Arc::ptr_eq(&elsewhere, &find("elsewhere").await));
}

/// The inboxes of the account are as old as their read, whichever caller's request caused it.
#[tokio::test]
async fn shared_inboxes_are_no_older_than_five_seconds() {
    let test = TestStore::open(On::Sqlite).await;
    let here = account(&test.store, &["first", "second"]).await;
    let authentication = Authentication::new(test.store.clone(), 0);
    let inboxes = async |key| {
        let found = authentication.by_secret(NAME, key, PEER).await;
        found.expect("a caller").inbox_ids().len()
    };
    assert_eq!(inboxes("first").await, 0);
    let inbox = provision::create_inbox(&test.store, &here, "Main", None, Vec::new());
    inbox.await.expect("an inbox");
    test.clock.advance(4_000);
    assert_eq!(inboxes("second").await, 0);
    test.clock.advance(1_000);
    assert_eq!((inboxes("first").await, inboxes("second").await), (1, 1));
}

/// Another node creates the inbox and the credential, so nothing is dropped from this node's cache.
#[tokio::test]
async fn a_new_credential_reaches_a_new_inbox_at_once() {
    let test = TestStore::open(On::Sqlite).await;
    let here = account(&test.store, &["first"]).await;
    let authentication = Authentication::new(test.store.clone(), 0);
    let inboxes = async |key| {
        let found = authentication.by_secret(NAME, key, PEER).await;
        found.expect("a caller").inbox_ids()
    };
    assert_eq!(inboxes("first").await, []);
    let inbox = provision::create_inbox(&test.store, &here, "Main", None, Vec::new());
    let inbox = inbox.await.expect("an inbox");
    let grant = Grant::full(NAME, InboxScope::only([inbox]));
    let made = provision::create_key(&test.store, &here, grant, "second").await;
    made.expect("a key");
    assert_eq!(inboxes("second").await, [inbox]);
}
