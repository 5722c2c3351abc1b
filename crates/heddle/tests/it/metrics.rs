//! Tests of the metrics that an operator's Prometheus reads.

use std::collections::BTreeSet;

use heddle_testkit::On;

use crate::commands::{furnished, with};
use crate::process::{Home, Serving, in_time, send_to};

/// Starts a server that shows metrics on a free port.
async fn measured(home: &Home, on: On) -> Serving {
    let source = furnished(home, on).await;
    let file = home.read("data/heddle.toml");
    let file = file.replace("#listen = \"127.0.0.1:9464\"", "listen = \"127.0.0.1:0\"");
    home.write("data/heddle.toml", &file);
    home.serve(&with(&["serve"], &source)).await
}

async fn metrics(server: &Serving) -> String {
    let url = format!("http://{}", server.text("/metrics"));
    let answer = send_to(&url, "GET", "/metrics", &[], "").await;
    assert_eq!(answer.status, 200);
    assert!(answer.header("content-type").starts_with("text/plain"));
    answer.body
}

/// Returns the number in the line that begins so.
fn number(metrics: &str, line: &str) -> Option<f64> {
    let rest = metrics.lines().find_map(|shown| shown.strip_prefix(line))?;
    rest.trim().parse().ok()
}

#[tokio::test]
async fn requests_are_counted_by_api_template_and_status() {
    for on in On::BOTH {
        let home = Home::new();
        let server = measured(&home, on).await;
        for path in ["/api/v1/conversations/77", "/api/v1/conversations/78"] {
            assert_eq!(server.send("GET", path, &[], "").await.status, 401);
        }
        assert_eq!(server.send("GET", "/no/such", &[], "").await.status, 404);
        assert_eq!(
            server
                .send("GET", "/v2/reports/company", &[], "")
                .await
                .status,
            404
        );
        let shown = metrics(&server).await;
        let requests = |api: &str, template: &str, status: &str| {
            let labels = format!("api=\"{api}\",template=\"{template}\",status=\"{status}\"");
            number(
                &shown,
                &format!("heddle_http_request_seconds_count{{{labels}}}"),
            )
        };
        let get = requests("native", "/api/v1/conversations/{id}", "4xx");
        assert_eq!(get, Some(2.0), "{on:?}: {shown}");
        assert_eq!(requests("native", "none", "4xx"), Some(1.0), "{shown}");
        let unsupported = "heddle_http_unsupported_calls_total{call=\"GET /v2/reports/company\"}";
        assert_eq!(number(&shown, unsupported), Some(1.0), "{shown}");
        assert!(!shown.contains("conversations/77"), "{shown}");
        let ended = server.stop().await;
        assert_eq!(ended.code, Some(0), "{}", ended.log);
    }
}

#[tokio::test]
async fn the_store_the_feed_and_the_process_are_shown() {
    for on in On::BOTH {
        let home = Home::new();
        let server = measured(&home, on).await;
        // On SQLite the server carries out the command, so that there is a commit.
        let config = home.text("data/heddle.toml");
        home.json(&["account", "create", "--name", "Second", "--config", &config])
            .await;
        let shown = metrics(&server).await;
        for positive in [
            "heddle_ready",
            "heddle_store_reads_total",
            "process_resident_memory_bytes",
            "process_open_fds",
        ] {
            let found = number(&shown, positive);
            assert!(found.is_some_and(|n| n > 0.0), "{on:?} {positive}: {shown}");
        }
        for present in [
            "heddle_store_queued_commands",
            "heddle_store_commands_total",
            "heddle_store_commits_total",
            "heddle_feed_events_behind{reader=\"counts\"}",
            "heddle_feed_events_behind{reader=\"folders\"}",
            "heddle_feed_events_behind{reader=\"search\"}",
            "process_cpu_seconds_total",
        ] {
            assert!(
                number(&shown, present).is_some(),
                "{on:?} {present}: {shown}"
            );
        }
        let of_commits = [
            "heddle_store_commit_seconds_count",
            "heddle_store_batch_commands_count",
        ];
        for positive in of_commits.iter().filter(|_| on == On::Sqlite) {
            let found = number(&shown, positive);
            assert!(found.is_some_and(|n| n > 0.0), "{positive}: {shown}");
        }
        let database = number(&shown, "heddle_store_file_bytes{file=\"database\"}");
        assert_eq!(database.is_some(), on == On::Sqlite, "{shown}");
        assert!(shown.contains("heddle_build_info{version="), "{shown}");
    }
}

#[tokio::test]
async fn without_an_address_there_are_no_metrics() {
    let home = Home::new();
    let source = furnished(&home, On::Sqlite).await;
    let server = home.serve(&with(&["serve"], &source)).await;
    assert!(server.line.get("metrics").is_none(), "{}", server.line);
    assert_eq!(server.send("GET", "/metrics", &[], "").await.status, 404);
}

#[tokio::test]
async fn a_demo_refuses_to_show_metrics() {
    let home = Home::new();
    let mut demo = home.command(&["demo", "--listen", "127.0.0.1:0"]);
    demo.env("HEDDLE_METRICS__LISTEN", "127.0.0.1:0");
    let output = in_time("a refusal", demo.output()).await.expect("it runs");
    assert!(!output.status.success());
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        said.contains("metrics.listen is for `heddle serve`"),
        "{said}"
    );
}

/// The names of metrics in a text: words that begin like one.
fn named(text: &str) -> BTreeSet<String> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let words = text.split(|c: char| !is_part(c));
    let ends = ["_bucket", "_count", "_sum"];
    words
        .filter(|word| word.starts_with("heddle_") || word.starts_with("process_"))
        .map(|word| {
            let end = ends.iter().find(|end| word.ends_with(**end));
            word[..word.len() - end.map_or(0, |end| end.len())].to_owned()
        })
        .collect()
}

#[test]
fn dashboard_alerts_and_documents_name_metrics_that_exist() {
    let top = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    let read = |path: &str| std::fs::read_to_string(format!("{top}/{path}")).expect(path);
    let sources = [
        "crates/heddle/src/indexing.rs",
        "crates/heddle/src/logs.rs",
        "crates/heddle/src/metrics.rs",
        "crates/heddle/src/traces.rs",
        "crates/http/src/budget/state.rs",
        "crates/http/src/request_log.rs",
        "crates/http/src/serve/places.rs",
        "crates/store/src/health.rs",
        "crates/webhooks/src/worker/batch.rs",
    ];
    let known: BTreeSet<String> = sources
        .iter()
        .flat_map(|path| quoted(&read(path)))
        .collect();
    for path in ["contrib/grafana-dashboard.json", "contrib/alerts.yml"] {
        let named = named(&read(path));
        assert!(named.len() > 5, "{path}");
        assert!(named.is_subset(&known), "{path}: {:?}", &named - &known);
    }
    let documented = named(&read("docs/operating.md"));
    let missing: Vec<_> = known.difference(&documented).collect();
    assert!(missing.is_empty(), "docs/operating.md lacks {missing:?}");
}

/// The names of metrics that stand in quotes in a source.
fn quoted(source: &str) -> BTreeSet<String> {
    let texts = source.split('"').skip(1).step_by(2);
    let is_name = |text: &&str| {
        let is_part = |c: char| c.is_ascii_lowercase() || c == '_';
        (text.starts_with("heddle_") || text.starts_with("process_")) && text.chars().all(is_part)
    };
    texts.filter(is_name).map(str::to_owned).collect()
}
