//! Tests of contract section 6.2.1: the query language finds what a simple filter finds, on random data.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Value, json};

use crate::harness::World;
use crate::{Client, conversation, refused, with};
use heddle_testkit::on_both;

const WORDS: [&str; 6] = ["kettle", "lid", "Straße", "refund", "blue", "late"];
const TAGS: [&str; 3] = ["vip", "lid", "two words"];
const EMAILS: [&str; 3] = ["a@q.example", "b@q.example", "c@q.example"];

/// A random source with a fixed seed.
fn dice() -> TestRunner {
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    TestRunner::new_with_rng(Config::default(), rng)
}

fn roll<T>(dice: &mut TestRunner, strategy: impl Strategy<Value = T>) -> T {
    strategy.new_tree(dice).expect("a value").current()
}

/// A random query.
#[derive(Clone, Debug)]
enum Query {
    Field(&'static str, String),
    Not(Box<Self>),
    And(Vec<Self>),
    Or(Vec<Self>),
}

/// Values of the data, for queries about ids.
#[derive(Clone, Debug)]
struct Ids {
    conversations: Vec<i64>,
    customers: Vec<i64>,
    inboxes: [i64; 2],
    agents: [i64; 2],
}

fn queries(ids: &Ids) -> impl Strategy<Value = Query> + use<> {
    let text = |list: &'static [&'static str]| prop::sample::select(list).prop_map(str::to_owned);
    let number = |list: &[i64]| prop::sample::select(list.to_vec()).prop_map(|id| id.to_string());
    let phrase = prop::collection::vec(prop::sample::select(&WORDS[..]), 1..3)
        .prop_map(|words| words.join(" "));
    let minute = (0_u32..40).prop_map(|at| format!("2026-03-04T09:{:02}:00Z", 15 + at));
    let range = (minute.clone(), minute, 0..3).prop_map(|(from, to, open)| match open {
        0 => format!("[{from} TO *]"),
        1 => format!("[* TO {to}]"),
        _ => format!("[{} TO {}]", from.clone().min(to.clone()), from.max(to)),
    });
    let field = |name: &'static str| move |value| Query::Field(name, value);
    let leaf = prop_oneof![
        3 => phrase.clone().prop_map(field("subject")),
        3 => phrase.prop_map(field("body")),
        3 => text(&TAGS).prop_map(field("tag")),
        2 => text(&EMAILS).prop_map(field("email")),
        2 => text(&["active", "pending", "closed", "spam", "open", "all"]).prop_map(field("status")),
        1 => number(&ids.conversations).prop_map(field("number")),
        1 => number(&ids.conversations).prop_map(field("id")),
        1 => number(&ids.customers).prop_map(field("customerIds")),
        1 => number(&ids.inboxes).prop_map(field("mailboxid")),
        1 => number(&ids.agents).prop_map(field("assigned")),
        1 => Just(Query::Field("assigned", "unassigned".into())),
        2 => range.clone().prop_map(field("createdAt")),
        1 => range.prop_map(field("modifiedAt")),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        let some = prop::collection::vec(inner.clone(), 2..4);
        prop_oneof![
            some.clone().prop_map(Query::And),
            some.prop_map(Query::Or),
            inner.prop_map(|inner| Query::Not(Box::new(inner))),
        ]
    })
}

impl Query {
    fn text(&self) -> String {
        let joined = |parts: &[Self], with: &str| {
            let parts: Vec<_> = parts.iter().map(Self::text).collect();
            format!("({})", parts.join(with))
        };
        match self {
            Self::Field(name, value) if value.starts_with('[') => format!("({name}:{value})"),
            Self::Field(name, value) => format!("{name}:\"{value}\""),
            Self::Not(inner) => format!("NOT {}", inner.text()),
            Self::And(parts) => joined(parts, " AND "),
            Self::Or(parts) => joined(parts, " OR "),
        }
    }

    fn holds(&self, of: &Stored) -> bool {
        match self {
            Self::Field(name, value) => of.fulfils(name, value),
            Self::Not(inner) => !inner.holds(of),
            Self::And(parts) => parts.iter().all(|part| part.holds(of)),
            Self::Or(parts) => parts.iter().any(|part| part.holds(of)),
        }
    }
}

/// A conversation as the API shows it, with its threads.
#[derive(Debug)]
struct Stored {
    shown: Value,
    threads: Vec<Value>,
    modified_at: String,
}

/// Whether a text contains the words of a phrase beside each other, in the spelling of this test's words.
fn contains(text: &str, phrase: &str) -> bool {
    let words =
        |text: &str| -> Vec<String> { text.split_whitespace().map(str::to_lowercase).collect() };
    let (text, phrase) = (words(text), words(phrase));
    text.windows(phrase.len()).any(|window| window == phrase)
}

/// Whether a JSON number is written like this.
fn is_number(shown: &Value, text: &str) -> bool {
    text.parse::<i64>().is_ok_and(|number| *shown == number)
}

fn within(range: &str, at: &str) -> bool {
    let (from, to) = range
        .trim_matches(['[', ']'])
        .split_once(" TO ")
        .expect("a range");
    (from == "*" || from <= at) && (to == "*" || at <= to)
}

impl Stored {
    fn fulfils(&self, field: &str, value: &str) -> bool {
        let shown = &self.shown;
        match field {
            "subject" => contains(shown["subject"].as_str().expect("a text"), value),
            "body" => self
                .threads
                .iter()
                .any(|thread| contains(thread["body"].as_str().unwrap_or(""), value)),
            "tag" => shown["tags"]
                .as_array()
                .expect("tags")
                .iter()
                .any(|tag| tag["tag"] == value),
            "email" => shown["primaryCustomer"]["email"] == value,
            "status" => match value {
                "all" => true,
                "open" => shown["status"] == "active" || shown["status"] == "pending",
                status => shown["status"] == status,
            },
            "number" => is_number(&shown["number"], value),
            "id" => is_number(&shown["id"], value),
            "customerIds" => is_number(&shown["primaryCustomer"]["id"], value),
            "mailboxid" => is_number(&shown["mailboxId"], value),
            "assigned" => match value {
                "unassigned" => shown["assignee"].is_null(),
                agent => is_number(&shown["assignee"]["id"], agent),
            },
            "createdAt" => within(value, shown["createdAt"].as_str().expect("a time")),
            "modifiedAt" => within(value, &self.modified_at),
            other => panic!("{other}"),
        }
    }
}

async fn create(client: &Client<'_>, dice: &mut TestRunner) -> Stored {
    let world = client.world;
    world.test.clock.advance(60_000);
    let modified_at = heddle_domain::Timestamp(world.store().clock().now().0).to_string();
    let pick = |dice: &mut TestRunner, list: &'static [&'static str]| {
        roll(dice, prop::sample::select(list))
    };
    let phrase = |dice: &mut TestRunner| {
        let words = prop::collection::vec(prop::sample::select(&WORDS[..]), 1..5);
        roll(dice, words).join(" ")
    };
    let customer = json!({"email": pick(dice, &EMAILS)});
    let threads: Vec<Value> = (0..roll(dice, 1..4))
        .map(|_| json!({"type": pick(dice, &["phone", "chat", "customer"]), "text": phrase(dice), "customer": customer}))
        .collect();
    let agent = roll(
        dice,
        prop::option::of(prop::sample::select(vec![
            world.here.agent.get(),
            world.here.default_agent.get(),
        ])),
    );
    let inbox = roll(
        dice,
        prop::sample::select(vec![world.here.main.get(), world.here.second.get()]),
    );
    let tags = roll(dice, prop::sample::subsequence(&TAGS[..], 0..=2));
    let body = with(
        &conversation(world),
        json!({
            "subject": phrase(dice), "status": pick(dice, &["active", "pending", "closed"]), "mailboxId": inbox,
            "customer": customer, "threads": threads, "tags": tags, "assignTo": agent,
        }),
    );
    let id = client.create(&body).await;
    Stored {
        shown: client.shown(id).await,
        threads: client.threads(id).await,
        modified_at,
    }
}

async fn compare(client: &Client<'_>, dice: &mut TestRunner, all: &[Stored], count: usize) {
    let id = |of: &Stored, path: &str| {
        of.shown
            .pointer(path)
            .and_then(Value::as_i64)
            .expect("an id")
    };
    let ids = Ids {
        conversations: all.iter().map(|of| id(of, "/id")).collect(),
        customers: all.iter().map(|of| id(of, "/primaryCustomer/id")).collect(),
        inboxes: [client.world.here.main.get(), client.world.here.second.get()],
        agents: [
            client.world.here.agent.get(),
            client.world.here.default_agent.get(),
        ],
    };
    for _ in 0..count {
        let query = roll(dice, queries(&ids));
        let text = query.text();
        let encoded = utf8_percent_encode(&text, NON_ALPHANUMERIC);
        let path =
            format!("/v2/conversations?status=all&sortField=number&sortOrder=asc&query={encoded}");
        let answer = client.get(&path).await;
        assert_eq!(
            answer.status,
            200,
            "{text}: {}",
            String::from_utf8_lossy(&answer.body)
        );
        let body = answer.json();
        let found = body["_embedded"]["conversations"]
            .as_array()
            .expect("a list");
        let found: Vec<i64> = found
            .iter()
            .map(|c| c["id"].as_i64().expect("an id"))
            .collect();
        let expected: Vec<i64> = all
            .iter()
            .filter(|of| query.holds(of))
            .map(|of| id(of, "/id"))
            .collect();
        assert_eq!(found, expected[..expected.len().min(25)], "{text}");
        assert_eq!(
            body["page"]["totalElements"],
            json!(expected.len()),
            "{text}"
        );
    }
}

on_both! {
    async fn queries_find_what_a_simple_filter_finds(world: World) {
        let client = Client::new(&world).await;
        let mut dice = dice();
        let mut all = Vec::new();
        for _ in 0..24 { all.push(create(&client, &mut dice).await); }
        // Without an index, with one, and with one that has not read the last events.
        compare(&client, &mut dice, &all, 60).await;
        world.store().drain_feed().await.expect("drained");
        world.store().index(world.here.account.id).await.expect("indexed");
        compare(&client, &mut dice, &all, 60).await;
        for _ in 0..6 { all.push(create(&client, &mut dice).await); }
        world.store().drain_feed().await.expect("drained");
        compare(&client, &mut dice, &all, 60).await;
    }
}

on_both! {
    async fn names_stand_for_inboxes_and_agents(world: World) {
        let client = Client::new(&world).await;
        let agent = world.here.agent;
        let plain = client.conversation().await;
        let held = client.create(&with(&conversation(&world), json!({"assignTo": agent.get()}))).await;
        let view = world.store().read(heddle_store::read::account::GetAgent { account: world.here.account.id, id: agent })
            .await.expect("a read").expect("an agent");
        let inbox = world.store().read(heddle_store::read::account::GetInbox { account: world.here.account.id, id: world.here.main })
            .await.expect("a read").expect("an inbox");
        for (query, expected) in [
            (format!("assigned:\"{} {}\"", view.first_name.to_uppercase(), view.last_name), vec![held]),
            (format!("assigned:{}", view.email), vec![held]),
            ("assigned:Unassigned".into(), vec![plain]),
            ("assigned:\"Nobody Known\"".into(), vec![]),
            (format!("mailboxName:\"{}\"", inbox.name.to_uppercase()), vec![held, plain]),
            ("mailboxName:elsewhere".into(), vec![]),
            (format!("email:\u{201c}{}\u{201d}", world.here.customer_email.to_uppercase()), vec![held, plain]),
            ("subject:kett*".into(), vec![held, plain]),
            ("subject:(broken AND NOT lid)".into(), vec![held, plain]),
            ("(subject:\"kettle broken\")".into(), vec![]),
        ] {
            let encoded = utf8_percent_encode(&query, NON_ALPHANUMERIC);
            let answer = client.get(&format!("/v2/conversations?query={encoded}")).await;
            let body = answer.json();
            let found = body["_embedded"]["conversations"].as_array().unwrap_or_else(|| panic!("{query}: {body}"));
            let found: Vec<i64> = found.iter().map(|c| c["id"].as_i64().expect("an id")).collect();
            assert_eq!(found, expected, "{query}");
        }
    }
}

on_both! {
    async fn arbitrary_queries_get_200_or_400(world: World) {
        let client = Client::new(&world).await;
        client.conversation().await;
        let mut dice = dice();
        let parts = prop_oneof![
            "\\PC{0,12}".boxed(),
            prop::sample::select(vec!["(", ")", "AND ", "OR ", "NOT ", "tag:", "subject:", "body:", "email:", "id:", "createdAt:[", "]",
                " TO ", "*", "\"", "\u{201c}", "\\", "2026-01-01T00:00:00Z", "9999-12-31", "0001-01-01", "99999999999999999999", "-1"]).prop_map(str::to_owned),
        ];
        let texts = prop::collection::vec(parts, 1..10).prop_map(|parts| parts.concat());
        for _ in 0..200 {
            let text = roll(&mut dice, &texts);
            let encoded = utf8_percent_encode(&text, NON_ALPHANUMERIC);
            let answer = client.get(&format!("/v2/conversations?query={encoded}")).await;
            match answer.status.as_u16() {
                200 => {}
                _ => assert_eq!(refused(&answer, 400), ["query"], "{text:?}"),
            }
        }
    }
}
