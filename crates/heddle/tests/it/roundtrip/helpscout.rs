//! Help Scout: conversations and threads are read back with `GET /v2/conversations/{conversationId}?embed=threads`, webhooks
//! with `GET /v2/webhooks/{webhookId}`.

use std::sync::atomic::{AtomicU32, Ordering};

use heddle_domain::limits::LONGEST_SUBJECT;
use http::Method;
use serde_json::{Value, json};

use super::values::{emails, flags, texts, times, words};
use super::{Member, at, check, names, never, none, roomy, vendors, with_whole};
use crate::catalogue::{helpscout, helpscout_token};
use crate::harness::{Answer, World};
use heddle_testkit::On;

mod thread;

use thread::thread;

pub(super) const CALLS: &[&str] = &[
    TOKEN,
    CREATE,
    "POST /v2/conversations/{conversationId}/phones",
    "POST /v2/conversations/{conversationId}/chats",
    "POST /v2/conversations/{conversationId}/customer",
    "POST /v2/conversations/{conversationId}/notes",
    "POST /v2/conversations/{conversationId}/reply",
    "POST /v2/webhooks",
    "PUT /v2/webhooks/{webhookId}",
];
const TOKEN: &str = "POST /v2/oauth2/token";
const CREATE: &str = "POST /v2/conversations";

/// What differs from one resource to the next.
pub(super) const VOLATILE: [&str; 3] = ["id", "number", "_links"];
const LONG: usize = 20_000;
/// Stands for an e-mail address that no customer has yet.
const NEW: &str = "nobody-yet@x.example";
const PROFILE_ONLY_IN_WEBHOOKS: &str =
    "only the body of a webhook shows it: see the tests of the map";

/// A client of the API.
pub(super) struct Client<'a> {
    world: &'a World,
    token: String,
    /// How many addresses were made up.
    made_up: AtomicU32,
}

impl<'a> Client<'a> {
    pub(super) async fn new(world: &'a World) -> Self {
        Self {
            world,
            token: helpscout_token(world, &world.here).await,
            made_up: AtomicU32::new(0),
        }
    }

    pub(super) async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Result<Answer, String> {
        let answer = helpscout(method, path.to_owned(), &self.token, body)
            .send(self.world)
            .await;
        match answer.status.is_success() {
            true => Ok(answer),
            false => Err(format!(
                "{} {}",
                answer.status,
                String::from_utf8_lossy(&answer.body)
            )),
        }
    }

    /// Sends a body, with a new address in place of [`NEW`]. Returns the id of what was made.
    pub(super) async fn make(
        &self,
        method: Method,
        path: &str,
        body: &Value,
    ) -> Result<String, String> {
        let number = self.made_up.fetch_add(1, Ordering::Relaxed);
        let body = body
            .to_string()
            .replace(NEW, &format!("made-up-{number}@x.example"));
        let body = serde_json::from_str(&body).expect("JSON");
        let answer = self.call(method, path, Some(body)).await?;
        Ok(answer.header("resource-id").to_owned())
    }

    /// Reads a conversation. Beside its members are `thread`, the thread with an id or else the newest, and the tags' names.
    pub(super) async fn conversation(
        &self,
        id: &str,
        thread: Option<&str>,
    ) -> Result<Value, String> {
        let path = format!("/v2/conversations/{id}?embed=threads");
        let mut seen = self.call(Method::GET, &path, None).await?.json();
        let threads = seen["_embedded"]["threads"].as_array().expect("threads");
        let is_meant =
            |found: &&Value| thread.is_none_or(|id| found["id"].as_i64() == id.parse().ok());
        let found = threads.iter().find(is_meant).cloned();
        seen["thread"] = found.expect("the thread is embedded");
        let tags = seen["tags"].as_array().expect("tags").iter();
        seen["tagNames"] = tags.map(|tag| tag["tag"].clone()).collect();
        for person in ["/primaryCustomer", "/thread/customer"] {
            let person = seen.pointer_mut(person).expect("a person");
            let email = person["email"].as_str().unwrap_or_default();
            if email.starts_with("made-up-") {
                // A new customer at each call.
                person["id"] = json!(0);
                person["email"] = json!("");
            }
        }
        let mut seen = with_whole(seen, &VOLATILE);
        seen["whole"] = without_made_up(&seen["whole"]);
        Ok(seen)
    }
}

/// Leaves out the addresses that were made up.
fn without_made_up(seen: &Value) -> Value {
    let made_up = regex::Regex::new(r"made-up-\d+@x\.example").expect("a pattern");
    let text = seen.to_string();
    serde_json::from_str(&made_up.replace_all(&text, "")).expect("JSON")
}

pub(super) fn lower(value: &Value) -> Value {
    let lower = |text: &Value| match text.as_str() {
        Some(text) => json!(text.trim().to_lowercase()),
        None => text.clone(),
    };
    match value {
        Value::Array(items) => {
            let mut names: Vec<_> = items.iter().map(|item| lower(item).to_string()).collect();
            names.sort();
            names.dedup();
            let names = names
                .iter()
                .map(|name| serde_json::from_str::<Value>(name).expect("JSON"));
            names.collect()
        }
        one => lower(one),
    }
}

/// Returns the members that name a customer, in the body itself or in its first thread.
fn customers(
    prefix: &'static str,
    person: [&'static str; 4],
    new: &dyn Fn() -> Value,
    customer: i64,
) -> Vec<Member> {
    let path = |name: &str| -> &'static str { String::leak(format!("{prefix}customer.{name}")) };
    let [id, email, first, last] = person;
    let mut members = vec![
        at(path("id"), id, vec![json!(customer)]),
        at(path("email"), email, emails()).normal(lower),
        at(path("firstName"), first, texts(1, 40)),
        at(path("lastName"), last, texts(1, 40)),
        at(
            path("photoUrl"),
            "/thread/customer/photoUrl",
            words(&["", "https://x.example/ä.png?a=b&c=\"d\""]),
        ),
        never(
            path("photoType"),
            PROFILE_ONLY_IN_WEBHOOKS,
            words(&["unknown", "gravatar", "googleplus"]),
        ),
        never(
            path("gender"),
            PROFILE_ONLY_IN_WEBHOOKS,
            words(&["male", "Female", "UNKNOWN"]),
        ),
    ];
    for name in ["jobTitle", "background", "location", "organization"] {
        members.push(never(path(name), PROFILE_ONLY_IN_WEBHOOKS, texts(0, 60)));
    }
    let phones = words(&["", " ", "+49 (0)30/1 ext. 5", " \u{661}\u{662} "]);
    members.push(never(path("phone"), PROFILE_ONLY_IN_WEBHOOKS, phones));
    members.push(never(path("age"), PROFILE_ONLY_IN_WEBHOOKS, texts(0, 40)));
    for member in members.iter_mut().skip(1) {
        member.with = new();
    }
    members
}

/// Returns the members of a new conversation itself.
fn own_members(world: &World) -> Vec<Member> {
    let agents = || {
        vec![
            json!(world.here.agent.get()),
            json!(world.here.default_agent.get()),
        ]
    };
    let tags = vec![
        json!([]),
        json!([
            "vip",
            "Ärger",
            " ÄRGER ",
            "a\u{301}",
            "x y",
            "İ",
            "\u{1F9F5}"
        ]),
    ];
    vec![
        at("subject", "/subject", texts(1, LONGEST_SUBJECT)),
        at("type", "/type", words(&["email", "chat", "phone"])),
        at(
            "mailboxId",
            "/mailboxId",
            vec![json!(world.here.main.get()), json!(world.here.second.get())],
        ),
        at(
            "status",
            "/status",
            words(&["active", "closed", "pending", "spam"]),
        ),
        never("autoReply", "no inbox has an auto-reply", flags()),
        never("imported", "decides only about notices", flags()),
        at("createdAt", "/createdAt", times()).with(json!({ "imported": true })),
        at("closedAt", "/closedAt", times()).with(json!({ "imported": true, "status": "closed" })),
        at("tags", "/tagNames", tags).normal(normal_tags),
        // `helpscout_changes` writes values of fields.
        names("fields.id", Vec::new()),
        names("fields.value", Vec::new()),
        at("assignTo", "/assignee/id", agents()),
        at("user", "/createdBy/id", agents()),
    ]
}

fn conversation(world: &World) -> (Value, Vec<Member>) {
    let customer = json!({ "id": world.here.customer.get() });
    let usual = json!({ "type": "reply", "text": "Rang", "customer": customer });
    let base = json!({
        "subject": "Kettle", "type": "phone", "mailboxId": world.here.main.get(), "status": "active",
        "customer": customer, "threads": [usual],
    });
    let mut members = own_members(world);
    let person = [
        "/primaryCustomer/id",
        "/primaryCustomer/email",
        "/primaryCustomer/first",
        "/primaryCustomer/last",
    ];
    let new = || {
        let mut thread = usual.clone();
        thread["customer"] = json!({ "email": NEW });
        json!({ "customer": { "email": NEW }, "threads": [thread] })
    };
    members.extend(customers("", person, &new, world.here.customer.get()));
    members.extend(thread("threads.", "reply", world, &usual));
    (base, members)
}

pub(super) fn normal_tags(value: &Value) -> Value {
    let names = value
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str);
    let names = names.filter_map(heddle_domain::TagName::parse);
    let names: std::collections::BTreeSet<_> = names.map(|name| name.as_str().to_owned()).collect();
    names.into_iter().map(Value::from).collect()
}

async fn conversations(on: On) {
    let world = roomy(on).await;
    let client = Client::new(&world).await;
    let (base, members) = conversation(&world);
    let send = async |body: Value| {
        let id = client
            .make(Method::POST, "/v2/conversations", &body)
            .await?;
        client.conversation(&id, None).await
    };
    none(
        &check(
            CREATE,
            &vendors::members("helpscout", CREATE),
            &base,
            &members,
            send,
        )
        .await,
    );
}

#[tokio::test]
async fn every_member_of_a_conversation_makes_the_round_trip_on_sqlite() {
    conversations(On::Sqlite).await;
}

#[tokio::test]
async fn every_member_of_a_conversation_makes_the_round_trip_on_postgres() {
    conversations(On::Postgres).await;
}

async fn threads(on: On) {
    let world = roomy(on).await;
    let client = Client::new(&world).await;
    let mut faults = Vec::new();
    let (mut new, _) = conversation(&world);
    new["status"] = json!("pending");
    for kind in ["phones", "chats", "customer", "notes", "reply"] {
        let call = format!("POST /v2/conversations/{{conversationId}}/{kind}");
        let base = json!({ "text": "Rang", "customer": { "id": world.here.customer.get() } });
        let members = thread("", kind, &world, &base);
        let send = async |body: Value| {
            let id = client.make(Method::POST, "/v2/conversations", &new).await?;
            let path = format!("/v2/conversations/{id}/{kind}");
            let thread = client.make(Method::POST, &path, &body).await?;
            let mut seen = client.conversation(&id, Some(&thread)).await?;
            seen["threadStatus"] = seen["thread"]["status"].clone();
            Ok(seen)
        };
        faults.extend(
            check(
                &call,
                &vendors::members("helpscout", &call),
                &base,
                &members,
                send,
            )
            .await,
        );
    }
    none(&faults);
}

#[tokio::test]
async fn every_member_of_a_thread_makes_the_round_trip_on_sqlite() {
    threads(On::Sqlite).await;
}

#[tokio::test]
async fn every_member_of_a_thread_makes_the_round_trip_on_postgres() {
    threads(On::Postgres).await;
}

#[tokio::test]
async fn the_token_call_shows_nothing_of_its_body() {
    let known = vendors::members("helpscout", TOKEN);
    assert_eq!(
        known,
        [
            "grant_type",
            "client_id",
            "client_secret",
            "code",
            "refresh_token",
            "code_verifier",
            "redirect_uri"
        ]
    );
}
