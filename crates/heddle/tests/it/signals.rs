//! Tests of what signals do to a server and to the demo.

use heddle_testkit::On;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use crate::commands::{furnished, initialised, with};
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
async fn an_open_stream_of_events_does_not_hold_up_the_end() {
    let home = Home::new();
    let source = furnished(&home, On::Sqlite).await;
    let new = [
        "credential",
        "create",
        "--account",
        "1",
        "--api",
        "native",
        "--name",
        "live",
    ];
    let made = home.json(&with(&new, &source)).await;
    let token = made["credential"]["secrets"]["token"]
        .as_str()
        .expect("a token")
        .to_owned();
    let server = home.serve(&with(&["serve"], &source)).await;
    let address = server.text("/url").trim_start_matches("http://").to_owned();
    let mut stream = TcpStream::connect(address)
        .await
        .expect("the server listens");
    let request = format!(
        "GET /api/v1/events/stream HTTP/1.0\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n"
    );
    stream
        .write_all(request.as_bytes())
        .await
        .expect("the server reads");
    let mut text = String::new();
    let mut lines = BufReader::new(stream);
    while !text.contains("event: ready") {
        let read = in_time("the begin of the stream", lines.read_line(&mut text)).await;
        assert!(read.expect("it can be read") > 0, "{text}");
    }
    let ended = server.signal("TERM").await;
    assert_eq!(ended.code, Some(0), "{}", ended.log);
    assert!(!ended.log.contains("the grace is over"), "{}", ended.log);
    let rest = in_time("the end of the stream", lines.read_to_string(&mut text)).await;
    assert!(rest.is_ok() && text.ends_with("\n\n"), "{text}");
    assert_eq!(text.matches("retry: ").count(), 2, "{text}");
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
