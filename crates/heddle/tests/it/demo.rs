//! Tests of `heddle demo`: its line of JSON, its sample data, and a second start in the same folder.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use heddle_testkit::On;
use heddle_testkit::postgres::Cluster;
use serde_json::{Value, json};

use crate::process::{Answer, Home, Serving, mode, paste};

mod control;
mod examples;
mod fixed;
mod recorded;

/// The keys that `docs/operating.md` lists, with their types: `i` is an integer, `t` a text, `l` a list of texts.
const KEYS: &str = "url:t pid:i data:t
    helpscout.client_id:t helpscout.client_secret:t helpscout.access_token:t helpscout.mailbox_id:i helpscout.user_id:i helpscout.customer_id:i
    helpscout.customer_email:t helpscout.conversation_id:i helpscout.closed_conversation_id:i
    helpscout.conversation_id_98_threads:i helpscout.conversation_id_99_threads:i
    helpscout.merged_conversation_id:i helpscout.merged_into_id:i
    mews.client_token:t mews.access_token:t mews.portfolio_access_token:t mews.enterprise_ids:l
    mews.other_client_token:t mews.other_access_token:t
    magicline.api_key:t magicline.read_only_api_key:t magicline.customer_id:i magicline.other_studio_customer_id:i
    mykaarma.username:t mykaarma.password:t mykaarma.dealer_uuid:t mykaarma.department_uuid:t mykaarma.user_uuid:t
    mykaarma.default_user_uuid:t mykaarma.customer_uuid:t mykaarma.other_department_uuid:t
    native.token:t";

/// Collects the path of every value, with its type.
fn shape(value: &Value, prefix: &str, found: &mut BTreeSet<String>) {
    let kind = match value {
        Value::Object(members) => {
            for (name, value) in members {
                let path = format!("{prefix}{}{name}", if prefix.is_empty() { "" } else { "." });
                shape(value, &path, found);
            }
            return;
        }
        Value::String(_) => "t",
        Value::Number(number) if number.is_i64() => "i",
        Value::Array(items) if items.iter().all(Value::is_string) => "l",
        other => panic!("{prefix} is {other}"),
    };
    found.insert(format!("{prefix}:{kind}"));
}

/// Returns the line without address and process id, which are different at every start.
fn lasting(line: &Value) -> Value {
    let mut line = line.clone();
    let members = line.as_object_mut().expect("an object");
    members.remove("url");
    members.remove("pid");
    line
}

fn magicline_body() -> String {
    json!({
        "communicationThreadStatus": "CREATED",
        "subject": "Broken locker",
        "content": "Locker 12 does not close.",
        "communicationDirection": "INCOMING",
        "communicationChannel": "PHONE",
    })
    .to_string()
}

async fn magicline(demo: &Serving, key: &str, customer: i64) -> Answer {
    let path = format!("/v1/communications/{customer}/threads");
    let headers = [("x-api-key", key), ("content-type", "application/json")];
    demo.send("POST", &path, &headers, &magicline_body()).await
}

async fn helpscout(demo: &Serving, method: &str, path: &str, body: &str) -> Answer {
    let grant = json!({
        "grant_type": "client_credentials",
        "client_id": demo.text("/helpscout/client_id"),
        "client_secret": demo.text("/helpscout/client_secret"),
    });
    let json = ("content-type", "application/json");
    let token = demo
        .send("POST", "/v2/oauth2/token", &[json], &grant.to_string())
        .await;
    assert_eq!(token.status, 200, "{token:?}");
    let bearer = format!(
        "Bearer {}",
        token.json()["access_token"].as_str().expect("a token")
    );
    demo.send(method, path, &[json, ("authorization", &bearer)], body)
        .await
}

async fn phone(demo: &Serving, conversation: i64) -> Answer {
    let body =
        json!({ "text": "Called.", "customer": { "id": demo.id("/helpscout/customer_id") } });
    let path = format!("/v2/conversations/{conversation}/phones");
    helpscout(demo, "POST", &path, &body.to_string()).await
}

async fn mews(demo: &Serving, client: &str, access: &str) -> Answer {
    let body = json!({
        "ClientToken": demo.text(client),
        "AccessToken": demo.text(access),
        "Client": "Test 1.0",
        "UpdatedUtc": { "StartUtc": day(-1), "EndUtc": day(2) },
        "Limitation": { "Count": 100 },
    });
    let path = "/api/connector/v1/messageThreads/getAll";
    let headers = [("content-type", "application/json")];
    demo.send("POST", path, &headers, &body.to_string()).await
}

/// Returns the time some days after the sample data were recorded.
fn day(offset: i64) -> String {
    let recorded: jiff::Timestamp = "2026-01-12T09:00:00Z".parse().expect("a time");
    let at = recorded + jiff::SignedDuration::from_hours(24 * offset);
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

async fn mykaarma(demo: &Serving, department: &str, filter: Value) -> Answer {
    let user = format!(
        "{}:{}",
        demo.text("/mykaarma/username"),
        demo.text("/mykaarma/password")
    );
    let basic = format!("Basic {}", STANDARD.encode(user));
    let path = format!(
        "/communications/departments/{}/customers/{}/threads",
        demo.text(department),
        demo.text("/mykaarma/customer_uuid")
    );
    let headers = [
        ("authorization", basic.as_str()),
        ("content-type", "application/json"),
    ];
    demo.send("POST", &path, &headers, &filter.to_string())
        .await
}

/// Checks that each API accepts its secret.
async fn all_apis_open(demo: &Serving) {
    let customer = demo.id("/magicline/customer_id");
    let key = demo.text("/magicline/api_key");
    assert_eq!(magicline(demo, key, customer).await.status, 200);
    assert_eq!(
        phone(demo, demo.id("/helpscout/conversation_id"))
            .await
            .status,
        201
    );
    assert_eq!(
        mews(demo, "/mews/client_token", "/mews/access_token")
            .await
            .status,
        200
    );
    let threads = mykaarma(demo, "/mykaarma/department_uuid", json!({})).await;
    assert_eq!(threads.status, 200);
    let bearer = format!("Bearer {}", demo.text("/native/token"));
    let native = demo
        .send("GET", "/api/v1/account", &[("authorization", &bearer)], "")
        .await;
    assert_eq!(native.status, 200);
}

/// Returns the arguments of a demo with a permanent data folder, on an engine.
async fn lasting_store(on: On, home: &Home) -> Vec<String> {
    let mut arguments = vec!["demo".to_owned(), "--data".to_owned(), home.text("data")];
    if on == On::Postgres {
        let database = Cluster::shared().create_database().await;
        arguments.extend(["--store".to_owned(), database.url()]);
    }
    arguments
}

fn words(arguments: &[String]) -> Vec<&str> {
    arguments.iter().map(String::as_str).collect()
}

#[tokio::test]
async fn the_line_has_exactly_the_documented_keys() {
    let home = Home::new();
    let demo = home.serve(&["demo"]).await;
    let mut found = BTreeSet::new();
    shape(&demo.line, "", &mut found);
    let wanted: BTreeSet<String> = KEYS.split_whitespace().map(str::to_owned).collect();
    assert_eq!(found, wanted);
    assert_eq!(demo.id("/pid"), i64::from(demo.pid()));
    assert!(demo.text("/url").starts_with("http://127.0.0.1:"));
    assert!(!demo.text("/url").ends_with('/'));
    assert!(std::path::Path::new(demo.text("/data")).is_dir());
    assert_eq!(
        demo.id("/helpscout/customer_id"),
        demo.id("/magicline/customer_id")
    );
    assert_ne!(
        demo.text("/mykaarma/user_uuid"),
        demo.text("/mykaarma/default_user_uuid")
    );
}

#[tokio::test]
async fn a_signal_stops_the_server_and_no_file_is_left() {
    for signal in ["TERM", "INT", "HUP"] {
        let home = Home::new();
        let demo = home.serve(&["demo"]).await;
        let data = demo.text("/data").to_owned();
        let secret = demo.text("/magicline/api_key").to_owned();
        let customer = demo.id("/magicline/customer_id");
        assert_eq!(magicline(&demo, &secret, customer).await.status, 200);
        assert_eq!(home.left_in_tmp(), 1, "the data folder");
        let ended = demo.signal(signal).await;
        assert_eq!(
            (ended.code, ended.rest.as_str()),
            (Some(0), ""),
            "{}",
            ended.log
        );
        assert!(ended.log.contains("answered 200"), "{}", ended.log);
        assert!(!ended.log.contains(&secret));
        assert!(!std::path::Path::new(&data).exists());
        assert_eq!(home.left_in_tmp(), 0);
    }
}

async fn is_served_again(on: On) {
    let home = Home::new();
    let arguments = lasting_store(on, &home).await;
    let first = home.serve(&words(&arguments)).await;
    all_apis_open(&first).await;
    let line = lasting(&first.line);
    assert_eq!(mode(&home.path("data/demo.json")), 0o600);
    assert_eq!(mode(&home.path("data")), 0o700);
    first.kill().await;
    let second = home.serve(&words(&arguments)).await;
    assert_eq!(lasting(&second.line), line);
    assert_eq!(second.id("/pid"), i64::from(second.pid()));
    all_apis_open(&second).await;
    let ended = second.stop().await;
    assert_eq!(ended.code, Some(0), "{}", ended.log);
    assert_eq!(home.left_in_tmp(), 0);
}

#[tokio::test]
async fn a_killed_demo_is_served_again_on_sqlite() {
    is_served_again(On::Sqlite).await;
}

#[tokio::test]
async fn a_killed_demo_is_served_again_on_postgres() {
    is_served_again(On::Postgres).await;
}

#[tokio::test]
async fn the_samples_long_and_merged_conversations_exist() {
    let home = Home::new();
    let demo = home.serve(&["demo"]).await;
    let nearly_full = demo.id("/helpscout/conversation_id_98_threads");
    assert_eq!(phone(&demo, nearly_full).await.status, 201);
    assert_eq!(phone(&demo, nearly_full).await.status, 412);
    assert_eq!(
        phone(&demo, demo.id("/helpscout/conversation_id_99_threads"))
            .await
            .status,
        412
    );
    let merged = demo.id("/helpscout/merged_conversation_id");
    assert_eq!(phone(&demo, merged).await.status, 404);
    let moved = helpscout(&demo, "GET", &format!("/v2/conversations/{merged}"), "").await;
    let survivor = format!("/v2/conversations/{}", demo.id("/helpscout/merged_into_id"));
    assert_eq!(moved.status, 301);
    assert!(moved.header("location").ends_with(&survivor), "{moved:?}");
    let open = format!(
        "/v2/conversations/{}",
        demo.id("/helpscout/conversation_id")
    );
    let open = helpscout(&demo, "GET", &open, "").await.json();
    assert_eq!(open["status"], "active");
    assert!(open["threads"].as_i64().is_some_and(|count| count <= 20));
    assert_eq!(
        open["primaryCustomer"]["email"],
        demo.text("/helpscout/customer_email")
    );
    let closed = format!(
        "/v2/conversations/{}",
        demo.id("/helpscout/closed_conversation_id")
    );
    let closed = helpscout(&demo, "GET", &closed, "").await.json();
    assert_eq!(closed["status"], "closed");
    assert_eq!(closed["assignee"]["id"], demo.id("/helpscout/user_id"));
}

#[tokio::test]
async fn each_credential_sees_only_permitted_data() {
    let home = Home::new();
    let demo = home.serve(&["demo"]).await;
    let customer = demo.id("/magicline/customer_id");
    let elsewhere = demo.id("/magicline/other_studio_customer_id");
    let key = demo.text("/magicline/api_key");
    let read_only = demo.text("/magicline/read_only_api_key");
    assert_eq!(magicline(&demo, read_only, customer).await.status, 403);
    assert_eq!(magicline(&demo, key, elsewhere).await.status, 404);
    let threads = mews(&demo, "/mews/client_token", "/mews/access_token")
        .await
        .json();
    let threads = threads["MessageThreads"]
        .as_array()
        .expect("a list")
        .clone();
    let resolved = threads.iter().filter(|thread| thread["IsResolved"] == true);
    assert_eq!((threads.len(), resolved.count()), (3, 1));
    let portfolio = mews(&demo, "/mews/client_token", "/mews/portfolio_access_token").await;
    assert_eq!(
        portfolio.json()["MessageThreads"].as_array().map(Vec::len),
        Some(3)
    );
    let other = mews(
        &demo,
        "/mews/other_client_token",
        "/mews/other_access_token",
    )
    .await;
    assert_eq!(
        (other.status, &other.json()["MessageThreads"]),
        (200, &json!([]))
    );
    let mixed = mews(&demo, "/mews/other_client_token", "/mews/access_token").await;
    assert_eq!(mixed.status, 401);
    let department = "/mykaarma/department_uuid";
    let all = mykaarma(&demo, department, json!({})).await.json();
    assert_eq!(
        all["customerThreads"].as_array().map(Vec::len),
        Some(3),
        "{all}"
    );
    let archived = mykaarma(&demo, department, json!({ "isArchived": true }))
        .await
        .json();
    assert_eq!(
        archived["customerThreads"].as_array().map(Vec::len),
        Some(1)
    );
    assert_ne!(archived["customerThreads"][0]["userUuid"], "");
    let elsewhere = mykaarma(&demo, "/mykaarma/other_department_uuid", json!({})).await;
    assert_eq!(elsewhere.status, 403);
}

#[tokio::test]
async fn the_printed_calls_work_as_they_are() {
    let home = Home::new();
    let (_demo, text) = prose(&home, &["demo", "--listen", "127.0.0.1:0"]).await;
    let calls: Vec<&str> = text
        .lines()
        .filter(|line| line.starts_with("curl "))
        .collect();
    let mut statuses = Vec::new();
    for call in &calls {
        let answer = paste(call).await;
        statuses.push(answer.status);
        if call.contains("messageThreads") {
            assert_eq!(
                answer.json()["MessageThreads"].as_array().map(Vec::len),
                Some(3)
            );
        }
        if call.contains("/communications/departments/") {
            // The thread that existed, and the thread that the second call has just created.
            assert_eq!(
                answer.json()["customerThreads"].as_array().map(Vec::len),
                Some(2)
            );
        }
    }
    assert_eq!(statuses, [201, 200, 200, 200, 200]);
}

/// Starts a demo without `--json`; returns it with the text that it printed.
async fn prose(home: &Home, arguments: &[&str]) -> (tokio::process::Child, String) {
    use tokio::io::{AsyncBufReadExt, BufReader};
    let mut demo = home
        .command(arguments)
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::null())
        .spawn()
        .expect("it starts");
    let mut lines = BufReader::new(demo.stdout.take().expect("piped")).lines();
    let mut text = String::new();
    let read = async {
        while let Ok(Some(line)) = lines.next_line().await {
            text.push_str(&line);
            text.push('\n');
            if line.starts_with("Stop with") {
                return;
            }
        }
        panic!("it ended early: {text}");
    };
    crate::process::in_time("the printed calls", read).await;
    (demo, text)
}

/// Creates a native webhook at the demo; returns the status of the response.
async fn webhook_to(demo: &Serving, url: &str) -> u16 {
    let token = format!("Bearer {}", demo.text("/native/token"));
    let headers = [
        ("authorization", token.as_str()),
        ("content-type", "application/json"),
    ];
    let body = json!({ "url": url, "events": ["message.added"] }).to_string();
    demo.send("POST", "/api/v1/webhooks", &headers, &body)
        .await
        .status
}

#[tokio::test]
async fn webhooks_of_a_demo_reach_the_loopback_and_nothing_else_inside() {
    let home = Home::new();
    let demo = home.serve(&["demo"]).await;
    for url in [
        "http://127.0.0.1:9/x",
        "http://[::1]:9/x",
        "http://localhost:9/x",
    ] {
        assert_eq!(webhook_to(&demo, url).await, 201, "{url}");
    }
    for url in ["http://10.0.0.1/", "http://169.254.169.254/", "http://crm/"] {
        assert_eq!(webhook_to(&demo, url).await, 422, "{url}");
    }
}

#[tokio::test]
async fn vendor_limits_are_on_when_asked_for_and_later_too() {
    let home = Home::new();
    let data = home.text("data");
    let remaining = async |demo: &Serving| {
        let answer = helpscout(demo, "GET", "/v2/users/me", "").await;
        let header = |name| answer.header(name).parse::<i64>().expect("a number");
        header("x-ratelimit-limit-minute") - header("x-ratelimit-remaining-minute")
    };
    let demo = home.serve(&["demo", "--data", &data]).await;
    assert_eq!(remaining(&demo).await, 0);
    demo.stop().await;
    let demo = home
        .serve(&["demo", "--data", &data, "--vendor-limits"])
        .await;
    assert_eq!(remaining(&demo).await, 1);
}

#[tokio::test]
async fn a_demo_without_its_database_is_created_again_with_the_same_secrets() {
    let home = Home::new();
    let data = home.text("data");
    let demo = home.serve(&["demo", "--data", &data]).await;
    let line = demo.line.clone();
    demo.stop().await;
    std::fs::remove_file(home.path("data/heddle.sqlite")).expect("removed");
    let demo = home.serve(&["demo", "--data", &data]).await;
    for secret in ["/magicline/api_key", "/mews/access_token", "/native/token"] {
        assert_eq!(line.pointer(secret), demo.line.pointer(secret));
    }
    all_apis_open(&demo).await;
}

/// Makes a complete demo look like one that was killed before its last step: replaces its native credential. Returns
/// Magicline's key in the demo.
fn unfinish(home: &Home) -> String {
    let mut kept: Value = serde_json::from_str(&home.read("data/demo.json")).expect("JSON");
    kept["seeded"] = json!(false);
    kept["native"]["token"] = json!("0123456789abcdef0123456789abcdef");
    home.write("data/demo.json", &kept.to_string());
    kept["magicline"]["api_key"]
        .as_str()
        .expect("a key")
        .to_owned()
}

#[tokio::test]
async fn an_interrupted_demo_is_created_again_in_its_own_folder() {
    let home = Home::new();
    let data = home.text("data");
    let demo = home.serve(&["demo", "--data", &data]).await;
    all_apis_open(&demo).await;
    demo.stop().await;
    let key = unfinish(&home);
    let demo = home.serve(&["demo", "--data", &data]).await;
    assert_eq!(demo.text("/magicline/api_key"), key);
    all_apis_open(&demo).await;
    let threads = mews(&demo, "/mews/client_token", "/mews/access_token")
        .await
        .json();
    assert_eq!(
        threads["MessageThreads"].as_array().map(Vec::len),
        Some(3),
        "once"
    );
}

#[tokio::test]
async fn a_database_that_is_not_the_demos_own_is_never_cleared() {
    let home = Home::new();
    let arguments = lasting_store(On::Postgres, &home).await;
    home.serve(&words(&arguments)).await.stop().await;
    unfinish(&home);
    let said = home.refused(&words(&arguments)).await;
    assert!(
        said.contains("interrupted") && said.contains("--store"),
        "{said}"
    );
    let elsewhere = [&arguments[..2], &[home.text("other")], &arguments[3..]].concat();
    let said = home.refused(&words(&elsewhere)).await;
    assert!(
        said.contains("--data") && said.contains("demo.json"),
        "{said}"
    );
}

#[tokio::test]
async fn data_that_no_demo_created_is_not_changed() {
    let home = Home::new();
    std::fs::create_dir(home.path("documents")).expect("made");
    home.write("documents/letter.txt", "Dear");
    let said = home
        .refused(&["demo", "--data", &home.text("documents")])
        .await;
    assert!(
        said.contains("letter.txt") && said.contains("--data"),
        "{said}"
    );
    // The store holds other data, and its folder looks like a demo's.
    let data = home.text("data");
    std::fs::create_dir(home.path("data")).expect("made");
    let create = ["account", "create", "--name", "Real", "--create"];
    home.json(&[&create[..], &["--data", &data]].concat()).await;
    let said = home.refused(&["demo", "--data", &data]).await;
    assert!(
        said.contains("holds data") && said.contains("--data"),
        "{said}"
    );
    let accounts = home.json(&["account", "list", "--data", &data]).await;
    assert_eq!(accounts["accounts"].as_array().map(Vec::len), Some(1));
    assert!(!home.path("data/demo.json").exists());
}

const OWN: &str = r#"
    account = "Quay Street Cycles"
    inboxes = [{ key = "shop", name = "Shop" }]
    agents = [{ key = "una", first_name = "Una", last_name = "Voss", email = "una@quay.example" }]
    customers = [{ key = "bo", first_name = "Bo", last_name = "Adair", email = "bo@mail.example" }]

    [[conversations]]
    inbox = "shop"
    customer = "bo"
    subject = "Wheel"
    [[conversations.messages]]
    direction = "incoming"
    channel = "chat"
    body = "It wobbles."
"#;

#[tokio::test]
async fn the_operators_sample_data_replaces_the_built_in() {
    let home = Home::new();
    home.write("own.toml", OWN);
    let (seed, data) = (home.text("own.toml"), home.text("data"));
    let demo = home
        .serve(&["demo", "--seed", &seed, "--data", &data])
        .await;
    assert_eq!(demo.text("/helpscout/customer_email"), "bo@mail.example");
    assert_eq!(
        demo.line["mews"]["enterprise_ids"].as_array().map(Vec::len),
        Some(1)
    );
    for missing in [
        "/helpscout/closed_conversation_id",
        "/helpscout/merged_into_id",
        "/magicline/other_studio_customer_id",
        "/mykaarma/default_user_uuid",
        "/mykaarma/other_department_uuid",
    ] {
        assert_eq!(demo.line.pointer(missing), Some(&Value::Null), "{missing}");
    }
    all_apis_open(&demo).await;
    demo.stop().await;
    // The same folder works without sample data and with the same sample data, but not with other sample data.
    home.serve(&["demo", "--data", &data]).await.stop().await;
    home.serve(&["demo", "--seed", &seed, "--data", &data])
        .await
        .stop()
        .await;
    home.write("own.toml", &OWN.replace("wobbles", "squeaks"));
    let said = home
        .refused(&["demo", "--seed", &seed, "--data", &data])
        .await;
    assert!(said.contains("other sample data"), "{said}");
    home.write("own.toml", &OWN.replace("subject", "topic"));
    let said = home.refused(&["demo", "--seed", &seed]).await;
    assert!(
        said.contains("topic") && said.contains("own.toml"),
        "{said}"
    );
    assert_eq!(home.left_in_tmp(), 0);
}

#[tokio::test]
async fn an_address_in_use_is_named() {
    let home = Home::new();
    let demo = home.serve(&["demo"]).await;
    let address = demo.text("/url").trim_start_matches("http://").to_owned();
    let said = home.refused(&["demo", "--listen", &address]).await;
    assert!(
        said.contains(&address) && said.contains("--listen"),
        "{said}"
    );
}
