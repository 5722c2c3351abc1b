//! Tests of objects (files on disk that hold large attachments), and of the sweeper that removes unreferenced ones
//! (`store.md` 7).

use bytes::Bytes;
use heddle_domain::AccountId;
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
    test.store
        .objects()
        .discard_unnamed(std::slice::from_ref(&a))
        .await;
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
    std::fs::write(test.objects_folder().join("1").join("not ours"), b"").expect("a file");
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
    assert!(test.objects_folder().join("1").join("not ours").exists());
    assert_eq!(sweep().await, Ok(0), "nothing is left to do");
    test.clock.advance(24 * HOUR_MS);
    assert_eq!(sweep().await, Ok(1));
    assert!(objects.has(&kept).await && !objects.has(&young).await);
    assert_eq!(tenant.get(id).await.messages, 1);
    assert_eq!(test.store.check().await, Ok(Vec::new()));
}

/// Returns the names of an account's files.
fn files(test: &TestStore, account: AccountId) -> Vec<String> {
    let folder = test.objects_folder().join(account.to_string());
    let files = std::fs::read_dir(folder).expect("a folder");
    let names = files.map(|file| file.expect("a file").file_name().into_string());
    names.map(|name| name.expect("UTF-8")).collect()
}

async fn files_that_a_loss_of_power_left_unfinished_are_swept(on: On) {
    let (test, tenant) = opened(on).await;
    let other = Tenant::in_store(&test.store).await;
    let begin = async |account| {
        let begun = test.store.objects().begin(account).await;
        let mut object = begun.expect("it begins");
        let written = object.write(Bytes::from_static(b"piece")).await;
        written.expect("it is written");
        object
    };
    // A process that ends runs no destructors.
    for account in [tenant.account, tenant.account, other.account] {
        std::mem::forget(begin(account).await);
    }
    let whole = upload(&test, &tenant, b"whole").await;
    let staged = test.objects_folder().join(format!("{whole}#1"));
    std::fs::write(staged, b"who").expect("a file");
    let folder = test.objects_folder().join(tenant.account.to_string());
    for name in ["notes#1", "incoming.x#1", "#"] {
        std::fs::write(folder.join(name), b"not ours").expect("a file");
    }
    let id = tenant
        .create(vec![with_object(&whole)])
        .await
        .conversation
        .id;
    test.clock.advance(23 * HOUR_MS);
    let sweep = || test.store.sweep_objects(test.clock.now());
    assert_eq!(sweep().await, Ok(0), "they may still be written");
    test.clock.advance(HOUR_MS);
    let mut running = begin(tenant.account).await;
    assert_eq!(sweep().await, Ok(4));
    assert_eq!(files(&test, other.account), Vec::<String>::new());
    assert_eq!(
        files(&test, tenant.account).len(),
        5,
        "three others, one object, and one that is being written"
    );
    let more = running.write(Bytes::from_static(b" and more")).await;
    more.expect("it goes on");
    let written = running.finish().await.expect("it is complete");
    let found = test.store.objects().get(&written.name).await;
    assert_eq!(found, Ok(b"piece and more".to_vec()));
    assert!(test.store.objects().has(&whole).await);
    assert_eq!(tenant.get(id).await.messages, 1);
}

async fn more_objects_than_one_batch_are_swept(on: On) {
    let (test, tenant) = opened(on).await;
    for at in 0..520_i32 {
        upload(&test, &tenant, &at.to_le_bytes()).await;
    }
    test.clock.advance(24 * HOUR_MS);
    assert_eq!(test.store.sweep_objects(test.clock.now()).await, Ok(520));
}

async fn nothing_is_swept_while_a_backup_keeps_the_objects(on: On) {
    let (test, tenant) = opened(on).await;
    let name = upload(&test, &tenant, b"named by the backup").await;
    test.clock.advance(24 * HOUR_MS);
    let sweep = || test.store.sweep_objects(test.clock.now());
    let objects = test.store.objects();
    let [first, second] = [objects.keep().await, objects.keep().await];
    assert_eq!(sweep().await, Ok(0));
    drop(first.expect("a backup"));
    assert_eq!(sweep().await, Ok(0), "the other backup keeps them");
    assert!(test.store.objects().has(&name).await);
    drop(second.expect("a backup"));
    assert_eq!(sweep().await, Ok(1));
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
    files_that_a_loss_of_power_left_unfinished_are_swept,
    more_objects_than_one_batch_are_swept,
    nothing_is_swept_while_a_backup_keeps_the_objects,
    an_upload_older_than_an_hour_is_refused,
    an_object_of_another_account_is_refused,
);
