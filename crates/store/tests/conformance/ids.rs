//! Tests of small ids: never used twice, even by concurrent commands and after restarts; a refused command loses none.

use std::collections::HashSet;

use heddle_domain::customer::CustomerRef;
use heddle_domain::{AccountId, CustomerId, EntityKind};
use heddle_store::{COUNTED, Error, Refusal, Result, Store, Trouble, Tx, Write};
use heddle_testkit::On;

use crate::tenant::{Tenant, call, call_from, count, opened};

const ACCOUNT: AccountId = AccountId(9);

/// A command that takes ids of a kind, and then fails if `refused`.
#[derive(Clone, Copy)]
struct Take {
    kind: EntityKind,
    count: usize,
    refused: bool,
}

const REFUSED: Error = Error::Refused(Refusal::Conflict("the test"));

impl Write for Take {
    type Out = Vec<i64>;
    const NAME: &'static str = "take";

    fn may_repeat(&self) -> bool {
        true
    }

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<Vec<i64>> {
        let taken = (0..self.count).map(|_| tx.next_small_id(ACCOUNT, self.kind));
        let taken = taken.collect::<Result<Vec<_>>>()?;
        match self.refused {
            true => Err(Refusal::Conflict("the test").into()),
            false => Ok(taken),
        }
    }
}

/// Returns a command that takes tag ids.
const fn tags(count: usize) -> Take {
    Take {
        kind: EntityKind::Tag,
        count,
        refused: false,
    }
}

async fn ids_start_at_one_for_each_account_and_kind(on: On) {
    let (test, _tenant) = opened(on).await;
    for account in [AccountId(50), AccountId(51)] {
        for kind in [EntityKind::Tag, EntityKind::Customer] {
            for number in 1..=40 {
                assert_eq!(test.store.take_id(account, kind).await, Ok(number));
            }
        }
    }
}

async fn a_command_takes_as_many_as_it_needs(on: On) {
    let (test, _tenant) = opened(on).await;
    assert_eq!(test.store.write(tags(3)).await, Ok(vec![1, 2, 3]));
    let many = test.store.write(tags(5_000)).await.expect("numbers");
    assert_eq!(many, Vec::from_iter(4..5_004));
}

async fn a_refused_command_uses_no_id(on: On) {
    let (test, _tenant) = opened(on).await;
    for (count, next) in [(1, 1), (100, 2), (3, 3)] {
        let refused = Take {
            refused: true,
            ..tags(count)
        };
        assert_eq!(test.store.write(refused).await, Err(REFUSED));
        assert_eq!(test.store.write(tags(1)).await, Ok(vec![next]));
    }
}

async fn conversation_and_customer_ids_have_no_gaps(on: On) {
    let (_test, tenant) = opened(on).await;
    for number in 1..=20 {
        let nobody = CustomerRef::Id(CustomerId(999));
        let someone = CustomerRef::Named("Guest".into());
        let refused = tenant.creation(someone.clone(), vec![call_from(nobody, "Hello")]);
        assert!(tenant.store.write(refused).await.is_err());
        let create = tenant.creation(someone, vec![call("Hello")]);
        let created = tenant.store.write(create).await.expect("it");
        assert_eq!(created.conversation.id.get(), number);
        // The first customer is the tenant's own.
        assert_eq!(created.conversation.customer.get(), number + 1);
    }
}

async fn concurrent_commands_never_get_the_same_id(on: On) {
    let (test, _tenant) = opened(on).await;
    let takers = (0..40).map(|taker| {
        let store = test.store.clone();
        tokio::spawn(async move {
            let mut taken = Vec::new();
            for turn in 0..25 {
                let take = Take {
                    refused: (taker + turn) % 4 == 0,
                    ..tags(1 + taker % 3)
                };
                match store.write(take).await {
                    Ok(numbers) => taken.extend(numbers),
                    Err(error) => assert_eq!(error, REFUSED),
                }
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
    let next = test.store.write(tags(1)).await.expect("a number");
    assert!(!seen.contains(&next[0]));
}

async fn a_restart_repeats_no_id_and_an_orderly_stop_skips_none(on: On) {
    let (test, _tenant) = opened(on).await;
    let mut store = test.store.clone();
    for number in 1..=3 {
        assert_eq!(store.take_id(ACCOUNT, EntityKind::Tag).await, Ok(number));
        store.close().await.expect("it closes");
        store = Store::open(&test.options, test.clock.clone() as _)
            .await
            .expect("it opens");
    }
}

async fn raised_counters_continue_above_the_number(on: On) {
    let (test, tenant) = opened(on).await;
    let store = &test.store;
    let taken = store
        .take_id(tenant.account, EntityKind::Tag)
        .await
        .expect("an id");
    store
        .raise_counters(tenant.account, 1_000_000)
        .await
        .expect("counters");
    for kind in COUNTED {
        assert_eq!(store.take_id(tenant.account, kind).await, Ok(1_000_000));
    }
    // A lower number changes nothing, and other accounts keep their counters.
    store
        .raise_counters(tenant.account, taken)
        .await
        .expect("counters");
    let next = store
        .take_id(tenant.account, EntityKind::Tag)
        .await
        .expect("an id");
    assert!(next > 1_000_000);
    let other = Tenant::in_store(store).await;
    assert!(other.agents[0].get() < 1_000);
}

async fn a_kind_without_small_ids_gets_no_counter(on: On) {
    let (test, tenant) = opened(on).await;
    let taken = test
        .store
        .take_id(tenant.account, EntityKind::Message)
        .await;
    assert!(
        matches!(taken, Err(Error::Trouble(Trouble::Internal(_)))),
        "{taken:?}"
    );
    let counters = "SELECT count(*) FROM counter WHERE kind = 'message'";
    assert_eq!(count(&test, counters).await, 0);
}

on_both!(
    ids_start_at_one_for_each_account_and_kind,
    a_command_takes_as_many_as_it_needs,
    a_refused_command_uses_no_id,
    conversation_and_customer_ids_have_no_gaps,
    concurrent_commands_never_get_the_same_id,
    a_restart_repeats_no_id_and_an_orderly_stop_skips_none,
    raised_counters_continue_above_the_number,
    a_kind_without_small_ids_gets_no_counter,
);
