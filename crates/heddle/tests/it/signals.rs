//! Tests of what signals do to a server and to the demo.

use heddle_testkit::On;

use crate::commands::{initialised, with};
use crate::process::{Home, in_time, send_signal};

#[tokio::test]
async fn every_signal_ends_a_server_cleanly() {
    for signal in ["HUP", "TERM", "INT"] {
        let home = Home::new();
        let source = initialised(&home, On::Sqlite).await;
        let server = home.serve(&with(&["serve"], &source)).await;
        assert!(home.path("data/heddle.sock").exists());
        let ended = server.signal(signal).await;
        assert_eq!(ended.code, Some(0), "{signal}: {}", ended.log);
        assert!(ended.log.contains("stopped"), "{}", ended.log);
        for name in [
            "heddle.sock",
            "heddle.sqlite-wal",
            "heddle.sqlite-shm",
            "store.new",
        ] {
            assert!(!home.path("data").join(name).exists(), "{signal}: {name}");
        }
    }
}

#[tokio::test]
async fn a_signal_during_the_start_of_a_demo_leaves_nothing() {
    let home = Home::new();
    let arguments = ["demo", "--listen", "127.0.0.1:0", "--json"];
    let mut demo = home.command(&arguments).spawn().expect("it starts");
    let begun = async {
        while home.left_in_tmp() == 0 {
            tokio::task::yield_now().await;
        }
    };
    in_time("the demo's folder", begun).await;
    send_signal(demo.id().expect("it runs"), "HUP").await;
    let ended = in_time("the end", demo.wait()).await;
    assert_eq!(ended.expect("it can be waited for").code(), Some(0));
    assert_eq!(home.left_in_tmp(), 0);
}

#[tokio::test]
async fn a_server_under_nohup_stays_when_the_terminal_is_closed() {
    let home = Home::new();
    let source = initialised(&home, On::Sqlite).await;
    let arguments = with(&["serve"], &source);
    let server = home.serve_with("--ignore-signal=HUP", &arguments).await;
    send_signal(server.pid(), "HUP").await;
    // The log names the signal that ended the server.
    let ended = server.signal("TERM").await;
    assert_eq!(ended.code, Some(0), "{}", ended.log);
    assert!(ended.log.contains("SIGTERM"), "{}", ended.log);
}
