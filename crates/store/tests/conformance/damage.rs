//! Tests of what `heddle doctor` finds and mends beside wrong times.

use heddle_store::{Problem, Remedy, Store};
use heddle_testkit::{On, TestStore};

use crate::clocks::run_sql;
use crate::tenant::opened;

async fn examine(test: &TestStore, mends: bool) -> Vec<Problem> {
    let store = Store::open_alone(&test.options, test.clock.clone() as _).await;
    let store = store.expect("it opens");
    let found = store.find_damage(mends).await.expect("it is examined");
    store.close().await.expect("it closes");
    found
}

async fn wrong_counts_are_mended(on: On) {
    let (test, tenant) = opened(on).await;
    tenant.conversation().await;
    assert_eq!(test.store.check().await, Ok(Vec::new()));
    test.store.close().await.expect("it closes");
    assert_eq!(examine(&test, false).await, []);
    let wrong = "UPDATE conversation_count SET conversations = conversations + 7";
    run_sql(&test, wrong).await;
    for (mends, remedy) in [
        (false, Remedy::Possible),
        (false, Remedy::Possible),
        (true, Remedy::Done),
    ] {
        let found = examine(&test, mends).await;
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].remedy, remedy, "{found:?}");
        assert!(
            found[0].text.contains("1 counts of conversations"),
            "{found:?}"
        );
    }
    assert_eq!(examine(&test, false).await, []);
}

async fn a_reader_beyond_the_end_of_the_feed_is_found(on: On) {
    let (test, tenant) = opened(on).await;
    tenant.conversation().await;
    assert_eq!(test.store.check().await, Ok(Vec::new()));
    test.store.close().await.expect("it closes");
    run_sql(&test, "UPDATE feed_reader SET position = position + 1").await;
    let found = examine(&test, true).await;
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].remedy, Remedy::None);
    assert!(
        found[0].text.contains("the reader counts is at position"),
        "{found:?}"
    );
}

on_both!(
    wrong_counts_are_mended,
    a_reader_beyond_the_end_of_the_feed_is_found,
);
