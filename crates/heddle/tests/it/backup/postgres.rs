//! Tests of backups of PostgreSQL, which `pg_dump` and `pg_restore` copy.

use heddle_store::{Engine, Options, PostgresOptions};
use heddle_testkit::postgres::{Cluster, Database};

use super::damage::change_byte;
use super::*;

/// Restores the newest backup of the series; returns the arguments that name the restored store.
async fn restored(store: &Furnished, database: &Database) -> Vec<String> {
    let (url, target) = (database.url(), store.home.text("target"));
    let restore = ["restore", "series", "--into", &target, "--store", &url];
    store.home.json(&restore).await;
    ["--data", &target, "--store", &url]
        .map(str::to_owned)
        .to_vec()
}

#[tokio::test]
async fn a_postgres_store_is_backed_up_while_it_serves_and_restored_elsewhere() {
    let store = Furnished::new(On::Postgres).await;
    let server = store.home.serve(&with(&["serve"], &store.source)).await;
    store.write_to(&server, &["Moth in the wardrobe"]).await;
    let first = store.backup().await;
    assert_eq!(first["manifest"]["engine"], "postgres");
    assert_eq!(first["copied_objects"], 1);
    store.write_to(&server, &["Mouse in the pantry"]).await;
    let second = store.backup().await;
    assert_eq!(second["copied_objects"], 1, "{second}");
    assert_eq!(second["manifest"]["objects"]["count"], 2);
    store.write_to(&server, &["Moss on the roof"]).await;
    store.home.json(&["backup", "verify", "series"]).await;
    let database = Cluster::shared().create_database().await;
    let there = restored(&store, &database).await;
    assert_eq!(store.objects("target/objects").len(), 2);
    let options = Options {
        engine: Engine::Postgres(PostgresOptions {
            url: database.url(),
            pool_size: 2,
            notify: false,
        }),
        objects: store.home.path("target/objects").into(),
    };
    let opened = Store::open(&options, Arc::new(SystemClock))
        .await
        .expect("it opens");
    assert_eq!(opened.check().await, Ok(Vec::new()));
    opened.close().await.expect("it closes");
    let key = std::fs::read(store.home.path("data/sealing.key")).expect("a key");
    std::fs::write(store.home.path("target/sealing.key"), key).expect("written");
    for (word, subjects) in [
        ("wardrobe", json!(["Moth in the wardrobe"])),
        ("pantry", json!(["Mouse in the pantry"])),
        ("roof", json!([])),
    ] {
        let found = store
            .home
            .json(&with(&["search", "find", word], &there))
            .await;
        let found = found["search"]["found"].as_array().expect("a list").iter();
        let found: Vec<_> = found.map(|one| one["subject"].clone()).collect();
        assert_eq!(json!(found), subjects, "{word}");
    }
    assert_eq!(server.stop().await.code, Some(0));
    // The restored store serves, although its first node had the lease of a slot.
    let server = store.home.serve(&with(&["serve"], &there)).await;
    store.write_to(&server, &["Mole in the garden"]).await;
    assert_eq!(server.stop().await.code, Some(0));
}

#[tokio::test]
async fn a_backup_of_postgres_is_restored_only_whole_and_only_into_an_empty_database() {
    let store = Furnished::new(On::Postgres).await;
    let taken = store.backup().await;
    let own = store.home.read("url");
    let empty = Cluster::shared().create_database().await.url();
    let restore = ["restore", "series", "--into", "target"];
    for (more, part) in [
        (&[][..], "name an empty database with --store"),
        (
            &["--store", "sqlite:x"],
            "name an empty database with --store",
        ),
        (&["--store", &*own], "is not empty"),
        (&["--store-file", "url"], "is not empty"),
    ] {
        let (code, message) = store.fails(&[&restore, more].concat(), 4).await;
        assert_eq!(code, "refused", "{message}");
        assert!(message.contains(part), "{part}: {message}");
    }
    let dump = PathBuf::from(taken["folder"].as_str().expect("a path")).join("database.pgdump");
    assert_eq!(mode(&dump), 0o600);
    let whole = std::fs::read(&dump).expect("read");
    change_byte(&dump, whole.len() / 2);
    let into_empty = [&restore[..], &["--store", &*empty]].concat();
    for command in [&["backup", "verify", "series"][..], &into_empty] {
        let output = store.home.run(command).await;
        let said = format!("{:?}", (output.status.code(), output.stdout, output.stderr));
        assert!(said.starts_with("(Some(1)"), "{said}");
    }
    std::fs::write(&dump, whole).expect("mended");
    assert!(!store.home.path("target").exists());
    store.home.json(&into_empty).await;
    std::fs::remove_dir_all(store.home.path("target")).expect("removed");
    let (_, message) = store.fails(&into_empty, 4).await;
    assert!(message.contains("is not empty"), "{message}");
}

#[tokio::test]
async fn a_missing_program_of_postgres_is_named_with_its_package() {
    let store = Furnished::new(On::Postgres).await;
    let mut backup = store
        .home
        .command(&with(&["backup", "series"], &store.source));
    let output = backup.env("PATH", store.home.path("tmp")).output().await;
    let output = output.expect("it starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(
        said.contains("pg_dump is not installed") && said.contains("postgresql-client"),
        "{said}"
    );
    let listed = store.home.json(&["backup", "list", "series"]).await;
    assert_eq!(listed["backups"], json!([]));
    let empty = Cluster::shared().create_database().await.url();
    let fresh = with(&["backup", "other", "--store", &empty], &store.source);
    assert_eq!(store.fails(&fresh, 5).await.0, "store_missing");
}
