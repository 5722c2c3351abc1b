//! Tests of what is removed from a bucket: objects that nothing refers to, and uploads that never ended.

use heddle_domain::AccountId;
use heddle_store::{Clock, ObjectOptions, ObjectPlace, Objects};
use heddle_testkit::bucket::S3;
use heddle_testkit::{On, TestStore};
use tokio::task::yield_now;

use super::long;
use crate::process::in_time;

/// Runs each case on SQLite and on PostgreSQL.
macro_rules! on_both_engines {
    ($($case:ident),+ $(,)?) => {
        mod on_sqlite {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $case() {
                super::$case(heddle_testkit::On::Sqlite).await;
            })+
        }
        mod on_postgres {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $case() {
                super::$case(heddle_testkit::On::Postgres).await;
            })+
        }
    };
}

const HERE: AccountId = AccountId(1);
const HOUR_MS: i64 = 3_600_000;

/// Opens a store whose objects are in the bucket.
pub(super) async fn opened(on: On, s3: &S3) -> TestStore {
    let options = |folder: &std::path::Path| ObjectOptions {
        place: ObjectPlace::Bucket(s3.options(folder)),
        previous: None,
    };
    TestStore::open_with(on, options).await
}

async fn unreferenced_objects_are_swept_but_not_during_a_backup(on: On) {
    let s3 = S3::start().await;
    let test = opened(on, &s3).await;
    let objects = test.store.objects();
    let old = objects.put(HERE, vec![1; 50_000]).await.expect("written");
    test.clock.advance(24 * HOUR_MS);
    let young = objects.put(HERE, vec![2; 50_000]).await.expect("written");
    let sweep = || test.store.sweep_objects(test.clock.now());
    let other = Objects::open(&test.options.objects, test.store.clock().clone()).expect("open");
    let kept = other.keep().await.expect("no sweeper runs");
    assert_eq!(sweep().await, Ok(0), "a backup keeps the objects");
    objects.discard_named(std::slice::from_ref(&old)).await;
    assert!(objects.has(&old).await, "also from deletions");
    kept.release().await.expect("it was renewed");
    assert_eq!(sweep().await, Ok(1));
    assert!(!objects.has(&old).await && objects.has(&young).await);
    assert_eq!(
        s3.objects(),
        [format!("heddle/here/{young}")],
        "no note is left"
    );
}

async fn a_backup_waits_for_a_sweep_that_has_begun(on: On) {
    let s3 = S3::start().await;
    let test = opened(on, &s3).await;
    let objects = test.store.objects();
    let name = objects.put(HERE, vec![1; 50_000]).await.expect("written");
    test.clock.advance(24 * HOUR_MS);
    s3.hold(&format!("DELETE /attachments/heddle/here/{name}"));
    let (store, now) = (test.store.clone(), test.clock.now());
    let sweep = tokio::spawn(async move { store.sweep_objects(now).await });
    in_time("the deletion", s3.until_held()).await;
    let other = Objects::open(&test.options.objects, test.store.clock().clone()).expect("open");
    let _ = s3.take_requests();
    let keeping = tokio::spawn(async move { other.keep().await });
    let looks = |request: &String| request.starts_with("GET") && request.contains("removals");
    let looked = async {
        let mut count = 0;
        while count < 2 {
            count += s3.take_requests().iter().filter(|it| looks(it)).count();
            yield_now().await;
        }
    };
    in_time("two looks", looked).await;
    assert!(!keeping.is_finished());
    s3.release();
    assert_eq!(sweep.await.expect("no panic"), Ok(1));
    let kept = in_time("the backup's turn", keeping)
        .await
        .expect("no panic");
    kept.expect("its turn").release().await.expect("released");
    assert_eq!(s3.objects(), Vec::<String>::new());
}

async fn an_upload_whose_client_goes_away_leaves_nothing(on: On) {
    let s3 = S3::start().await;
    let test = opened(on, &s3).await;
    let objects = test.store.objects().clone();
    s3.hold("partNumber=2");
    let bytes = long(20 << 20).into_bytes();
    let upload = tokio::spawn(async move { objects.put(HERE, bytes).await });
    in_time("the second part", s3.until_held()).await;
    assert_eq!(s3.parts(), 1);
    upload.abort();
    assert!(upload.await.expect_err("it was aborted").is_cancelled());
    let cleaned = async {
        while s3.parts() > 0 || !s3.objects().is_empty() {
            yield_now().await;
        }
    };
    in_time("the end of the upload", cleaned).await;
    assert_eq!(test.store.sizes().await.expect("sizes").objects, 0);
}

async fn an_object_is_written_only_if_there_is_none(on: On) {
    let s3 = S3::start().await;
    let test = opened(on, &s3).await;
    let name = test
        .store
        .objects()
        .put(HERE, vec![1; 50_000])
        .await
        .expect("written");
    let requests = s3.take_requests();
    let line = format!("PUT /attachments/heddle/here/{name} if-none-match");
    assert_eq!(requests, [line]);
    let file = s3.bucket().join("heddle/here").join(&name);
    assert_eq!(std::fs::read(file).expect("read"), vec![1; 50_000]);
}

on_both_engines!(
    unreferenced_objects_are_swept_but_not_during_a_backup,
    a_backup_waits_for_a_sweep_that_has_begun,
    an_upload_whose_client_goes_away_leaves_nothing,
    an_object_is_written_only_if_there_is_none,
);
