//! What clients send that looks wrong (contract sections 2 and 14): members that are null or unknown, ids as strings, repeated and
//! empty parameters, slashes at the end and doubled ones. One table of calls; every call takes all of them.

use heddle_access::provision;
use heddle_domain::custom_field::FieldKind;
use heddle_store::write::custom_field::DefineField;
use http::Method;
use serde_json::{Map, Value, json};

use crate::harness::World;
use crate::{Client, conversation, created, operator, with};
use heddle_testkit::on_both;

/// A call: its method, its path, its body, and the status of its success.
type Call = (Method, String, Option<Value>, u16);

/// Returns every call of conversations, threads and files, on things of its own.
async fn calls(client: &Client<'_>, field: i64) -> Vec<Call> {
    let world = client.world;
    let id = client.conversation().await;
    let customer = json!({"id": world.here.customer.get()});
    let note =
        json!({"text": "x", "attachments": [{"fileName": "a", "mimeType": "a/b", "data": "AA=="}]});
    client.add(id, "notes", &note).await;
    let thread = client.threads(id).await[0].clone();
    let (thread, file) = (
        thread["id"].clone(),
        thread["_embedded"]["attachments"][0]["id"].clone(),
    );
    let at = |path: &str| format!("/v2/conversations/{id}{path}");
    let operation =
        |op: &str, path: &str, value: Value| Some(json!({"op": op, "path": path, "value": value}));
    let said = json!({"text": "Said", "customer": customer});
    let new = json!({
        "subject": "Kettle", "type": "phone", "mailboxId": world.here.main.get(), "status": "active", "customer": customer,
        "threads": [{"type": "phone", "text": "Rang", "customer": customer}],
    });
    let mut calls = vec![
        (Method::POST, "/v2/conversations".to_owned(), Some(new), 201),
        (Method::GET, at(""), None, 200),
        (Method::GET, at("/threads"), None, 200),
        (
            Method::PATCH,
            at(""),
            operation("replace", "/subject", json!("New")),
            204,
        ),
        (
            Method::PATCH,
            at(""),
            operation("replace", "/primaryCustomer.id", customer["id"].clone()),
            204,
        ),
        (
            Method::PATCH,
            at(""),
            operation("replace", "/assignTo", json!(world.here.agent.get())),
            204,
        ),
        (
            Method::PATCH,
            at(""),
            operation("move", "/mailboxId", json!(world.here.main.get())),
            204,
        ),
        (
            Method::PATCH,
            at(""),
            operation("replace", "/draft", json!(false)),
            204,
        ),
        (
            Method::PUT,
            at("/tags"),
            Some(json!({"tags": ["vip"]})),
            204,
        ),
        (
            Method::PUT,
            at("/fields"),
            Some(json!({"fields": [{"id": field, "value": "SN"}]})),
            204,
        ),
        (
            Method::PATCH,
            at(&format!("/threads/{thread}")),
            operation("replace", "/text", json!("New")),
            204,
        ),
        (
            Method::POST,
            at(&format!("/threads/{thread}/attachments")),
            Some(json!({"fileName": "a", "mimeType": "a/b", "data": "AA=="})),
            201,
        ),
        (
            Method::GET,
            at(&format!("/attachments/{file}/data")),
            None,
            200,
        ),
        (
            Method::GET,
            at(&format!("/attachments/{file}/file")),
            None,
            200,
        ),
        (
            Method::GET,
            format!("/v2/mailboxes/{}/fields", world.here.main),
            None,
            200,
        ),
    ];
    for kind in crate::FIVE {
        calls.push((
            Method::POST,
            at(&format!("/{kind}")),
            Some(said.clone()),
            201,
        ));
    }
    calls.push((
        Method::DELETE,
        at(&format!("/attachments/{file}")),
        None,
        204,
    ));
    calls.push((Method::DELETE, at(""), None, 204));
    calls
}

/// Returns every call of customers and their entries, on a customer of its own.
async fn customer_calls(client: &Client<'_>) -> Vec<Call> {
    let customers = "/v2/customers".to_owned();
    let new = json!({"firstName": "Ada", "age": "30", "phones": [{"type": "work", "value": "1"}]});
    let id = created(&client.post(&customers, &new).await);
    let at = |path: &str| format!("{customers}/{id}{path}");
    let patch = json!({"op": "replace", "path": "/jobTitle", "value": "Head"});
    let address = json!({"city": "Ulm", "state": "BW", "postalCode": "89073", "country": "DE"});
    let mut calls = vec![
        (Method::GET, customers.clone(), None, 200),
        (Method::POST, customers.clone(), Some(new.clone()), 201),
        (Method::GET, at(""), None, 200),
        (Method::PUT, at(""), Some(new), 204),
        (Method::PATCH, at(""), Some(patch), 204),
        (Method::POST, at("/address"), Some(address.clone()), 201),
        (Method::PUT, at("/address"), Some(address), 204),
        (Method::GET, at("/address"), None, 200),
        (Method::DELETE, at("/address"), None, 204),
        (Method::GET, "/v2/customer-properties".into(), None, 200),
    ];
    for kind in ["emails", "phones", "chats", "social-profiles", "websites"] {
        let list = at(&format!("/{kind}"));
        let entry =
            |text: &str| json!({"type": "other", "value": format!("{text}{id}@odd.example")});
        let one = format!(
            "{list}/{}",
            created(&client.post(&list, &entry("one")).await)
        );
        calls.extend([
            (Method::GET, list.clone(), None, 200),
            (Method::POST, list, Some(entry("two")), 201),
            (Method::PUT, one.clone(), Some(entry("three")), 204),
            (Method::DELETE, one, None, 204),
        ]);
    }
    calls.push((Method::DELETE, at(""), None, 204));
    calls
}

/// Returns every call of webhooks, and every read of mailboxes, users, teams, tags and workflows.
async fn other_calls(client: &Client<'_>) -> Vec<Call> {
    let world = client.world;
    let main = world.here.main;
    let webhooks = "/v2/webhooks".to_owned();
    let webhook = json!({
        "url": "https://hooks.example.com/", "events": ["convo.created"], "secret": "wren", "mailboxIds": [main.get()],
    });
    let one = format!(
        "{webhooks}/{}",
        created(&client.post(&webhooks, &webhook).await)
    );
    let (store, account) = (world.store(), &world.here.account);
    let team = provision::create_team(store, account, "Desk", [world.here.agent].into()).await;
    let team = team.expect("a team").agent.id;
    let tagged = with(&conversation(world), json!({"tags": ["vip"]}));
    let tagged = client.create(&tagged).await;
    let tag = client.shown(tagged).await["tags"][0]["id"].clone();
    let mut calls = vec![
        (Method::POST, webhooks.clone(), Some(webhook.clone()), 201),
        (Method::PUT, one.clone(), Some(webhook), 204),
        (Method::GET, one.clone(), None, 200),
        (Method::DELETE, one, None, 204),
    ];
    for path in [
        webhooks,
        "/v2/conversations".into(),
        "/v2/mailboxes".into(),
        format!("/v2/mailboxes/{main}"),
        format!("/v2/mailboxes/{main}/folders"),
        "/v2/users".into(),
        "/v2/users/me".into(),
        format!("/v2/users/{}", world.here.agent),
        "/v2/teams".into(),
        format!("/v2/teams/{team}/members"),
        "/v2/tags".into(),
        format!("/v2/tags/{tag}"),
        "/v2/workflows".into(),
    ] {
        calls.push((Method::GET, path, None, 200));
    }
    calls
}

/// Doubles every slash, and adds two at the end.
fn doubled(path: &str) -> String {
    format!("{}//", path.replace('/', "//"))
}

/// Adds the members that the official SDK sends with every body, most of them null, and others that nobody knows.
fn filled(body: &Value) -> Value {
    let more = json!({
        "id": null, "state": null, "action": null, "source": {"type": null, "via": null}, "assignedTo": null, "savedReplyId": null, "to": [],
        "cc": [], "bcc": [], "createdAt": null, "folderId": null, "preview": null, "width": null, "height": null, "size": null, "webUrl": null,
        "unknown": {"deep": [1, null]}, "from": "n8n",
    });
    let mut members: Map<String, Value> = more.as_object().expect("an object").clone();
    members.extend(body.as_object().expect("an object").clone());
    if let Some(Value::Array(items)) = members.get_mut("fields") {
        items.iter_mut().for_each(|item| item["text"] = Value::Null);
    }
    Value::Object(members)
}

/// Writes every number as a string.
fn as_strings(value: &Value) -> Value {
    match value {
        Value::Number(number) => json!(number.to_string()),
        Value::Array(items) => items.iter().map(as_strings).collect(),
        Value::Object(members) => {
            let members = members
                .iter()
                .map(|(name, value)| (name.clone(), as_strings(value)));
            Value::Object(members.collect())
        }
        other => other.clone(),
    }
}

on_both! {
    async fn odd_requests_are_accepted_by_every_call(world: World) {
        let client = Client::new(&world).await;
        let field = DefineField { caller: operator(&world.here), inbox: world.here.main, name: "Serial".into(), kind: FieldKind::SingleLine,
            order: None, required: false, options: Vec::new() };
        let field = world.store().write(field).await.expect("a field").field.id.get();
        type Odd = fn(&str, Option<&Value>) -> (String, Option<Value>);
        let oddities: [(&str, Odd); 8] = [
            ("as it is", |path, body| (path.to_owned(), body.cloned())),
            ("a slash at the end", |path, body| (format!("{path}/"), body.cloned())),
            ("doubled slashes", |path, body| (doubled(path), body.cloned())),
            ("null and unknown members", |path, body| (path.to_owned(), body.map(filled))),
            ("numbers as strings", |path, body| (path.to_owned(), body.map(as_strings))),
            ("repeated and unknown parameters", |path, body| (format!("{path}?page=1&page=1&size=5&limit=x&limit=y&embed=&%20=+"), body.cloned())),
            ("empty parameters", |path, body| {
                let names = ["page", "position", "mailbox", "status", "sortField", "sortOrder", "query", "embed", "type", "email", "async", "tag",
                    "modifiedSince", "folder", "number", "assigned_to", "customFieldsByIds", "mailboxId", "firstName", "lastName"];
                (format!("{path}?{}=", names.join("=&")), body.cloned())
            }),
            ("all of it", |path, body| (format!("{}?page=1&page=1&x&page=", doubled(path)), body.map(filled).as_ref().map(as_strings))),
        ];
        for (what, odd) in oddities {
            let mut calls = calls(&client, field).await;
            calls.extend(customer_calls(&client).await);
            calls.extend(other_calls(&client).await);
            for (method, path, body, status) in calls {
                let (path, body) = odd(&path, body.as_ref());
                let answer = client.send(method.clone(), &path, body).await;
                let said = String::from_utf8_lossy(&answer.body);
                assert_eq!(answer.status, status, "{what}: {method} {path}: {said}");
            }
        }
    }
}
