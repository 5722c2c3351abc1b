//! Tests of what the documentation of the private cluster promises.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use heddle_testkit::postgres::{Cluster, Options};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::inotify::{self, CreateFlags, WatchFlags};

#[tokio::test]
async fn databases_are_separate_and_templates_are_copied() {
    let cluster = Cluster::shared();
    let fill = |url: String| async move {
        let config: tokio_postgres::Config = url.parse().expect("the url is well-formed");
        let (client, connection) = config
            .connect(tokio_postgres::NoTls)
            .await
            .expect("the template accepts connections");
        let driver = tokio::spawn(connection);
        client
            .batch_execute("CREATE TABLE thread (id bigint); INSERT INTO thread VALUES (7)")
            .await
            .unwrap();
        drop(client);
        driver.await.unwrap().unwrap();
    };
    let template = cluster.template("thread", fill).await;
    let again = cluster
        .template("thread", |_| async { panic!("filled twice") })
        .await;
    let one = cluster.create_database_from(&template).await;
    let two = cluster.create_database_from(&again).await;
    let client = one.connect().await;
    client
        .execute("UPDATE thread SET id = 8", &[])
        .await
        .unwrap();
    let read = "SELECT id FROM thread";
    assert_eq!(
        client.query_one(read, &[]).await.unwrap().get::<_, i64>(0),
        8
    );
    assert_eq!(
        two.connect()
            .await
            .query_one(read, &[])
            .await
            .unwrap()
            .get::<_, i64>(0),
        7
    );
    one.remove().await;
    assert!(
        client.query_one(read, &[]).await.is_err(),
        "a removed database cuts its connections"
    );
}

#[tokio::test]
async fn a_parameter_set_on_a_database_holds_for_new_connections() {
    let database = Cluster::shared().create_database().await;
    database.set("deadlock_timeout", "10ms").await;
    database
        .set("default_transaction_isolation", "serializable")
        .await;
    let client = database.connect().await;
    let row = client
        .query_one("SHOW deadlock_timeout", &[])
        .await
        .unwrap();
    assert_eq!(row.get::<_, String>(0), "10ms");
    let row = client
        .query_one("SHOW transaction_isolation", &[])
        .await
        .unwrap();
    assert_eq!(row.get::<_, String>(0), "serializable");
}

#[tokio::test]
async fn a_durable_cluster_keeps_what_it_acknowledged_through_a_crash() {
    let cluster = Cluster::start(Options::durable());
    let database = cluster.create_database().await;
    let client = database.connect().await;
    let fsync = client.query_one("SHOW fsync", &[]).await.unwrap();
    assert_eq!(fsync.get::<_, String>(0), "on");
    client
        .batch_execute("CREATE TABLE kept (id bigint); INSERT INTO kept VALUES (1)")
        .await
        .unwrap();
    cluster.crash();
    assert!(
        client
            .execute("INSERT INTO kept VALUES (2)", &[])
            .await
            .is_err(),
        "the server is gone"
    );
    cluster.restart();
    let kept = database
        .connect()
        .await
        .query("SELECT id FROM kept", &[])
        .await
        .unwrap();
    assert_eq!(
        kept.iter()
            .map(|row| row.get::<_, i64>(0))
            .collect::<Vec<_>>(),
        [1]
    );
    assert!(
        cluster.log().contains("automatic recovery in progress"),
        "it was a crash, not a stop"
    );
    cluster.stop();
    cluster.restart();
    let count = "SELECT count(*) FROM kept";
    let row = database.connect().await.query_one(count, &[]).await;
    assert_eq!(row.unwrap().get::<_, i64>(0), 1);
    let folder = cluster.socket_dir();
    drop(cluster);
    assert!(
        !folder.parent().unwrap().exists(),
        "a dropped cluster leaves nothing behind"
    );
}

#[test]
#[should_panic(expected = "unrecognized configuration parameter \"no_such_parameter\"")]
fn a_cluster_that_does_not_start_says_why() {
    let settings = vec![("no_such_parameter".to_owned(), "1".to_owned())];
    Cluster::start(Options {
        settings,
        ..Options::default()
    });
}

#[test]
fn a_killed_process_leaves_no_cluster_behind() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_hold-cluster"))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut folder = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut folder)
        .unwrap();
    let folder = Path::new(folder.trim_end());
    let pid_file = std::fs::read_to_string(folder.join("data/postmaster.pid")).unwrap();
    let postmaster = Path::new("/proc").join(pid_file.lines().next().unwrap());
    assert!(postmaster.exists(), "the cluster runs");
    let watch = inotify::init(CreateFlags::CLOEXEC).unwrap();
    inotify::add_watch(&watch, folder, WatchFlags::DELETE_SELF).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    let patience = Timespec {
        tv_sec: 60,
        tv_nsec: 0,
    };
    let gone = poll(&mut [PollFd::new(&watch, PollFlags::IN)], Some(&patience));
    assert_eq!(gone, Ok(1), "{} is still there", folder.display());
    assert!(!folder.exists());
    // The folder is removed last, so everything else is gone, too.
    assert!(!postmaster.exists());
}
