//! Small numbers from blocks: never twice, whoever asks for them at once and whatever was restarted.

use std::collections::HashSet;

use heddle_domain::AccountId;
use heddle_store::{Counted, Store};
use heddle_testkit::On;

use crate::tenant::{Tenant, opened};

async fn numbers_start_at_one_and_count_each_account_and_kind_alone(on: On) {
    let (test, _tenant) = opened(on).await;
    for account in [AccountId(50), AccountId(51)] {
        for kind in [Counted::Tag, Counted::Customer] {
            for number in 1..=40 {
                assert_eq!(test.store.reserve(account, kind, 1).await, Ok(number));
            }
        }
    }
    // Consecutive ones are consecutive, also where a block ends.
    let account = AccountId(52);
    assert_eq!(test.store.reserve(account, Counted::Tag, 10).await, Ok(1));
    let first = test
        .store
        .reserve(account, Counted::Tag, 10)
        .await
        .expect("ids");
    let next = test
        .store
        .reserve(account, Counted::Tag, 5_000)
        .await
        .expect("ids");
    assert!(first > 10 && next >= first + 10);
}

async fn takers_at_once_never_get_the_same(on: On) {
    let (test, _tenant) = opened(on).await;
    let takers = (0..40).map(|taker| {
        let store = test.store.clone();
        tokio::spawn(async move {
            let mut taken = Vec::new();
            for _ in 0..25 {
                let count = 1 + taker % 3;
                let first = store.reserve(AccountId(9), Counted::Tag, count).await;
                let first = first.expect("ids");
                taken.extend(first..first + count);
            }
            taken
        })
    });
    let mut seen = HashSet::new();
    for taken in futures_util::future::join_all(takers).await {
        for number in taken.expect("no panic") {
            assert!(seen.insert(number), "{number} was given twice");
        }
    }
}

async fn a_restart_repeats_no_number_and_an_orderly_end_skips_none(on: On) {
    let (test, _tenant) = opened(on).await;
    let account = AccountId(9);
    let mut store = test.store.clone();
    for expected in 1..=3 {
        assert_eq!(store.reserve(account, Counted::Tag, 1).await, Ok(expected));
        store.close().await.expect("it closes");
        store = Store::open(&test.options, test.clock.clone() as _)
            .await
            .expect("it opens");
    }
}

async fn raised_counters_go_on_above(on: On) {
    let (test, tenant) = opened(on).await;
    let store = &test.store;
    let taken = store
        .reserve(tenant.account, Counted::Tag, 1)
        .await
        .expect("an id");
    store
        .raise_counters(tenant.account, 1_000_000)
        .await
        .expect("counters");
    for kind in Counted::ALL {
        assert_eq!(store.reserve(tenant.account, kind, 1).await, Ok(1_000_000));
    }
    // Lower is no raise, and other accounts count on where they were.
    store
        .raise_counters(tenant.account, taken)
        .await
        .expect("counters");
    let next = store
        .reserve(tenant.account, Counted::Tag, 1)
        .await
        .expect("an id");
    assert!(next > 1_000_000);
    let other = Tenant::in_store(store).await;
    assert!(other.agents[0].get() < 1_000);
}

on_both!(
    numbers_start_at_one_and_count_each_account_and_kind_alone,
    takers_at_once_never_get_the_same,
    a_restart_repeats_no_number_and_an_orderly_end_skips_none,
    raised_counters_go_on_above,
);
