//! Who gets a place among the connections, and who loses it.

use super::*;
use heddle_testkit::captured_log::Log;

#[tokio::test]
async fn clients_beyond_the_cap_wait_their_turn() {
    let told = Arc::new(Mutex::new(Vec::new()));
    let begun = Arc::new(Notify::new());
    let release = Arc::new(Notify::new());
    let slow = {
        let (told, begun, release) = (told.clone(), begun.clone(), release.clone());
        move || async move {
            told.lock().push("slow begins");
            begun.notify_one();
            release.notified().await;
            told.lock().push("slow ends");
        }
    };
    let quick = {
        let told = told.clone();
        move || async move { told.lock().push("quick") }
    };
    let options = Options {
        max_connections: 1,
        max_connections_per_client: Some(1),
        ..Options::default()
    };
    let router = Router::new()
        .route("/slow", get(slow))
        .route("/quick", get(quick));
    let server = start(router, options).await;
    let mut first = server.connect().await;
    first
        .send("GET /slow HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        .await;
    begun.notified().await;
    let mut second = server.connect().await;
    second.send("GET /quick HTTP/1.1\r\nHost: x\r\n\r\n").await;
    release.notify_one();
    assert_eq!(first.answer().await.0, OK);
    assert_eq!(second.answer().await.0, OK);
    assert_eq!(*told.lock(), ["slow begins", "slow ends", "quick"]);
    server.stop().await;
}

fn with_large_answer() -> Router {
    apis().route("/large", get(|| async { vec![b'x'; 64 << 20] }))
}

#[tokio::test]
async fn a_client_that_does_not_read_loses_its_connection() {
    let options = Options {
        max_connections: 1,
        write_timeout: Duration::from_millis(10),
        ..Options::default()
    };
    let server = start(with_large_answer(), options).await;
    let mut lazy = server.connect().await;
    lazy.send("GET /large HTTP/1.1\r\nHost: x\r\n\r\n").await;
    let mut next = server.connect().await;
    assert_eq!(next.ask("/peer").await.0, OK);
    server.stop().await;
}

#[tokio::test]
async fn a_slow_reader_gets_its_whole_answer() {
    let options = Options {
        write_timeout: Duration::from_millis(500),
        ..Options::default()
    };
    let server = start(with_large_answer(), options).await;
    let mut slow = server.connect().await;
    slow.send("GET /large HTTP/1.1\r\nHost: x\r\n\r\n").await;
    assert_eq!(slow.answer().await.1.len(), 64 << 20);
    server.stop().await;
}

#[tokio::test]
async fn when_all_places_are_used_an_idle_connection_closes_first() {
    let begun = Arc::new(Notify::new());
    let release = Arc::new(Notify::new());
    let slow = {
        let (begun, release) = (begun.clone(), release.clone());
        move || async move {
            begun.notify_one();
            release.notified().await;
            "done"
        }
    };
    let options = Options {
        max_connections: 2,
        max_connections_per_client: Some(2),
        least_wait: Duration::from_millis(1),
        ..Options::default()
    };
    let server = start(apis().route("/slow", get(slow)), options).await;
    let mut busy = server.connect().await;
    busy.send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n").await;
    begun.notified().await;
    let mut idle = server.connect().await;
    assert_eq!(idle.ask("/peer").await.0, OK);
    let mut next = server.connect().await;
    assert_eq!(next.ask("/peer").await.0, OK);
    assert!(idle.is_closed().await);
    release.notify_one();
    assert_eq!(busy.answer().await, (OK.into(), "done".into()));
    server.stop().await;
}

#[tokio::test]
async fn when_all_places_are_used_a_client_that_does_not_read_loses_its_place() {
    let options = Options {
        max_connections: 1,
        max_connections_per_client: Some(2),
        least_wait: Duration::from_millis(1),
        write_timeout: Duration::from_secs(300),
        ..Options::default()
    };
    let server = start(with_large_answer(), options).await;
    let mut unread = server.connect().await;
    unread.send("GET /large HTTP/1.1\r\nHost: x\r\n\r\n").await;
    let mut next = server.connect().await;
    assert_eq!(next.ask("/peer").await.0, OK);
    server.stop().await;
}

#[tokio::test]
async fn one_client_gets_a_quarter_of_the_places_unless_it_is_a_proxy() {
    let options = Options {
        max_connections: 8,
        ..Options::default()
    };
    let server = start(apis(), options.clone()).await;
    let mut first = server.connect().await;
    let mut second = server.connect().await;
    assert_eq!(first.ask("/peer").await.0, OK);
    assert_eq!(second.ask("/peer").await.0, OK);
    assert!(server.connect().await.is_closed().await);
    drop(first);
    // The place is free once the server has seen the end of the first connection.
    while server.connect().await.try_ask("/peer").await.is_none() {}
    server.stop().await;

    let loopback = "127.0.0.1/32".parse().expect("a network");
    let proxies = TrustedProxies::new([loopback]);
    let server = start(apis(), Options { proxies, ..options }).await;
    for mut client in [
        server.connect().await,
        server.connect().await,
        server.connect().await,
    ] {
        assert_eq!(client.ask("/peer").await.0, OK);
    }
    server.stop().await;
}

#[tokio::test]
async fn the_operator_is_warned_once_when_nine_tenths_of_the_places_are_used() {
    let log = Log::begin();
    let options = Options {
        max_connections: 10,
        max_connections_per_client: Some(10),
        ..Options::default()
    };
    let places = Arc::new(Places::new(options));
    let address = IpAddr::from([192, 0, 2, 1]);
    let mut taken = Vec::new();
    // One warning for each time that the places become scarce after at least a quarter was free.
    for (used, warnings) in [(8, 0), (9, 1), (10, 1), (6, 1), (9, 2)] {
        taken.truncate(used);
        while taken.len() < used {
            let free = places.free().await;
            taken.push(places.take(address, free).expect("a place"));
        }
        assert_eq!(log.lines().len(), warnings, "with {used} places used");
    }
    let first = &log.lines()[0];
    assert_eq!(first["level"], "WARN");
    assert_eq!(first["fields"]["connections"], 9);
}

#[tokio::test(start_paused = true)]
async fn nobody_loses_a_place_for_which_nobody_waits() {
    let options = Options {
        max_connections: 1,
        ..Options::default()
    };
    let least_wait = options.least_wait;
    let server = start(apis(), options).await;
    let mut only = server.connect().await;
    assert_eq!(only.ask("/peer").await.0, OK);
    tokio::time::advance(least_wait * 3).await;
    assert_eq!(only.ask("/peer").await.0, OK);
    server.stop().await;
}
