//! Tests of the commands for webhooks.

use heddle_testkit::On;
use serde_json::json;

use super::{furnished, secret, with};
use crate::process::Home;

#[tokio::test]
async fn the_operator_allows_internal_addresses_for_webhooks() {
    let home = Home::new();
    let source = furnished(&home, On::Sqlite).await;
    let create = ["credential", "create", "--account", "1", "--api", "native"];
    let create = [create.as_slice(), &["--name", "Robot"]].concat();
    let made = home.json(&with(&create, &source)).await;
    let bearer = format!("Bearer {}", secret(&made, "token"));
    let server = home.serve(&with(&["serve"], &source)).await;
    let make = async |url: &str| {
        let headers = [
            ("authorization", bearer.as_str()),
            ("content-type", "application/json"),
        ];
        let body = json!({ "url": url, "events": ["message.added"] }).to_string();
        let path = "/api/v1/webhooks";
        server.send("POST", path, &headers, &body).await.status
    };
    let (loopback, crm) = ("http://127.0.0.1:9/", "http://crm.lan/");
    assert_eq!((make(loopback).await, make(crm).await), (422, 422));
    let allow = [
        "webhook",
        "allow",
        "--account",
        "1",
        "CRM.lan",
        "10.1.0.0/16",
    ];
    let allowed = home.json(&with(&allow, &source)).await;
    let entries = json!(["crm.lan", "10.1.0.0/16"]);
    assert_eq!(allowed["webhook_allow"]["allow"], entries, "{allowed}");
    assert_eq!((make(loopback).await, make(crm).await), (422, 201));
    assert_eq!(make("http://10.1.2.3/").await, 201);
    let show = ["webhook", "allowed", "--account", "1"];
    let shown = home.json(&with(&show, &source)).await;
    assert_eq!(shown["webhook_allow"]["allow"], entries);
    let none = ["webhook", "allow", "--account", "1"];
    home.json(&with(&none, &source)).await;
    assert_eq!(make(crm).await, 422);
    let wrong = ["webhook", "allow", "--account", "1", "10.0.0.0/33"];
    let refused = home.run(&with(&wrong, &source)).await;
    assert_eq!(refused.status.code(), Some(2));
    let told = String::from_utf8_lossy(&refused.stderr);
    assert!(told.contains("10.0.0.0/33"), "{told}");
}

#[tokio::test]
async fn the_operator_adopts_a_webhook() {
    let home = Home::new();
    let source = furnished(&home, On::Sqlite).await;
    let create = ["credential", "create", "--account", "1", "--api", "native"];
    let create = [create.as_slice(), &["--name", "Robot"]].concat();
    let mut bearers = Vec::new();
    for _ in 0..2 {
        let made = home.json(&with(&create, &source)).await;
        bearers.push(format!("Bearer {}", secret(&made, "token")));
    }
    let server = home.serve(&with(&["serve"], &source)).await;
    let ask = async |bearer: &str, method: &str, path: &str, body: &str| {
        let headers = [
            ("authorization", bearer),
            ("content-type", "application/json"),
        ];
        server.send(method, path, &headers, body).await.json()
    };
    let body = json!({ "url": "https://hooks.example.com/", "events": ["message.added"] });
    let path = "/api/v1/webhooks";
    let made = ask(&bearers[0], "POST", path, &body.to_string()).await;
    let id = made["id"].to_string();
    let maker = made["credential_id"].to_string();
    let revoke = [
        "credential",
        "revoke",
        "--account",
        "1",
        "--credential",
        &maker,
    ];
    home.json(&with(&revoke, &source)).await;
    let adopt = ["webhook", "adopt", "--account", "1", &id];
    let adopted = home.json(&with(&adopt, &source)).await;
    let expected = json!({ "id": made["id"], "api": "native", "label": "", "state": "enabled" });
    assert_eq!(adopted["webhook"], expected);
    let shown = ask(&bearers[1], "GET", &format!("{path}/{id}"), "").await;
    assert_eq!(
        (&shown["credential_id"], &shown["state"]),
        (&json!(null), &json!("enabled"))
    );
    let unknown = ["webhook", "adopt", "--account", "1", "777"];
    home.refused(&with(&unknown, &source)).await;
}
