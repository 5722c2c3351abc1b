//! Tests of objects (files on disk that hold large attachments), and of the sweeper that removes unreferenced ones
//! (`store.md` 7).

use heddle_store::write::{NewAttachment, NewMessage};
use heddle_store::{Clock, Error, Trouble};
use heddle_testkit::{On, TestStore};

use crate::messages::attached;
use crate::tenant::{Tenant, call, opened};

const HOUR_MS: i64 = 3_600_000;

async fn upload(test: &TestStore, tenant: &Tenant, bytes: &[u8]) -> String {
    let put = test.store.objects().put(tenant.account, bytes.to_vec());
    put.await.expect("it is written")
}

fn with_object(object: &str) -> NewMessage {
    let file = NewAttachment {
        data: None,
        object: Some(object.to_owned()),
        ..attached(b"")
    };
    NewMessage {
        attachments: vec![file],
        ..call("with a file")
    }
}

async fn the_same_bytes_are_two_objects(on: On) {
    let (test, tenant) = opened(on).await;
    let [a, b] = [
        upload(&test, &tenant, b"same").await,
        upload(&test, &tenant, b"same").await,
    ];
    assert_ne!(a, b);
    test.store.objects().discard(std::slice::from_ref(&a)).await;
    assert!(!test.store.objects().has(&a).await);
    assert_eq!(test.store.objects().get(&b).await, Ok(b"same".to_vec()));
}

async fn unreferenced_objects_are_removed_after_a_day(on: On) {
    let (test, tenant) = opened(on).await;
    let other = Tenant::in_store(&test.store).await;
    let kept = upload(&test, &tenant, b"kept").await;
    let lost = upload(&test, &tenant, b"lost").await;
    let others_lost = upload(&test, &other, b"lost").await;
    let id = tenant
        .create(vec![with_object(&kept)])
        .await
        .conversation
        .id;
    std::fs::write(test.options.objects.join("1").join("not ours"), b"").expect("a file");
    test.clock.advance(23 * HOUR_MS);
    let young = upload(&test, &tenant, b"young").await;
    let sweep = || test.store.sweep_objects(test.clock.now());

    assert_eq!(sweep().await, Ok(0));
    test.clock.advance(HOUR_MS);
    assert_eq!(sweep().await, Ok(2));
    let objects = test.store.objects();
    for (name, there) in [
        (&kept, true),
        (&lost, false),
        (&others_lost, false),
        (&young, true),
    ] {
        assert_eq!(objects.has(name).await, there, "{name}");
    }
    assert!(test.options.objects.join("1").join("not ours").exists());
    assert_eq!(sweep().await, Ok(0), "nothing is left to do");
    test.clock.advance(24 * HOUR_MS);
    assert_eq!(sweep().await, Ok(1));
    assert!(objects.has(&kept).await && !objects.has(&young).await);
    assert_eq!(tenant.get(id).await.messages, 1);
    assert_eq!(test.store.check().await, Ok(Vec::new()));
}

async fn more_objects_than_one_batch_are_swept(on: On) {
    let (test, tenant) = opened(on).await;
    for at in 0..520_i32 {
        upload(&test, &tenant, &at.to_le_bytes()).await;
    }
    test.clock.advance(24 * HOUR_MS);
    assert_eq!(test.store.sweep_objects(test.clock.now()).await, Ok(520));
}

async fn an_upload_older_than_an_hour_is_refused(on: On) {
    let (test, tenant) = opened(on).await;
    let id = tenant.conversation().await.id;
    let object = upload(&test, &tenant, b"slow").await;
    test.clock.advance(HOUR_MS);
    tenant
        .append(id, with_object(&object))
        .await
        .expect("just in time");
    let late = upload(&test, &tenant, b"slower").await;
    test.clock.advance(HOUR_MS + 1);
    let rows = tenant.rows().await;
    let refused = tenant.append(id, with_object(&late)).await.err();
    assert!(
        matches!(refused, Some(Error::Trouble(Trouble::TimedOut(_)))),
        "{refused:?}"
    );
    assert_eq!(tenant.rows().await, rows);
}

async fn an_object_of_another_account_is_refused(on: On) {
    let (test, tenant) = opened(on).await;
    let other = Tenant::in_store(&test.store).await;
    let id = tenant.conversation().await.id;
    let foreign = upload(&test, &other, b"theirs").await;
    for name in [foreign.as_str(), "../../etc/passwd", ""] {
        let refused = tenant.append(id, with_object(name)).await.err();
        assert!(
            matches!(refused, Some(Error::Trouble(Trouble::Internal(_)))),
            "{refused:?}"
        );
    }
}

on_both!(
    the_same_bytes_are_two_objects,
    unreferenced_objects_are_removed_after_a_day,
    more_objects_than_one_batch_are_swept,
    an_upload_older_than_an_hour_is_refused,
    an_object_of_another_account_is_refused,
);
