//! Tests that changes are found soon: a task follows the feed and keeps the index up to date, as in a server.

use heddle::{indexing, jobs};
use heddle_testkit::TIMEOUT;
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::*;
use heddle_testkit::on_both;

/// The tasks of a server that numbers events, runs jobs and keeps the index up to date.
struct Following {
    ending: CancellationToken,
    tasks: [JoinHandle<()>; 3],
}

fn follow(world: &World) -> Following {
    let ending = CancellationToken::new();
    let (store, until) = (world.store().clone(), ending.clone());
    let tasks = [
        tokio::spawn(async move { store.sequence(until.cancelled()).await }),
        tokio::spawn(indexing::follow(world.app.clone(), ending.clone())),
        tokio::spawn(jobs::work(world.app.clone(), ending.clone())),
    ];
    Following { ending, tasks }
}

impl Following {
    async fn end(self) {
        self.ending.cancel();
        for task in self.tasks {
            task.await.expect("it ends without a panic");
        }
    }
}

/// Waits until a query finds these conversations.
async fn until(desk: &Desk<'_>, query: &str, names: &[&str]) {
    let look = async {
        // The progress of the index gives no hint, so this asks for polls of the feed.
        let mut feed = desk.world.store().feed();
        while desk.found(query).await != names {
            feed.look_within(POLL);
            feed.changed().await;
        }
    };
    let found = tokio::time::timeout(TIMEOUT, look).await;
    assert!(found.is_ok(), "{query}: {:?}", desk.found(query).await);
}

on_both! {
    async fn changes_of_conversations_are_found(world: World) {
        let following = follow(&world);
        let mut desk = Desk::new(&world);
        let one = desk.told("one", "the first locker").await;
        until(&desk, "locker", &["one"]).await;
        let mut draft = said("a mistake");
        (draft["state"], draft["direction"]) = (json!("draft"), json!("outgoing"));
        let edited = say(&desk.api, &one, draft).await;
        until(&desk, "mistake", &["one"]).await;
        let message = format!("{}/messages/{}", path(&one), edited["id"]);
        assert_eq!(desk.api.patch(&message, json!({ "body": "corrected" })).await.status, 200);
        until(&desk, "corrected", &["one"]).await;
        assert!(desk.found("mistake").await.is_empty());
        let change = json!({ "subject": "Renamed", "status": "closed", "add_tags": ["late"], "ticket_number": "T-9",
            "assignee_id": world.here.agent.get(), "archived": true });
        assert_eq!(desk.api.patch(&path(&one), change).await.status, 200);
        until(&desk, "subject:renamed tag:late is:closed is:archived assignee:ada \"T-9\"", &["one"]).await;
        // Moves into another inbox: with it goes who finds it.
        let (main, second) = (Api::limited(&world, &[world.here.main]).await, Api::limited(&world, &[world.here.second]).await);
        assert_eq!(desk.found_by(&main, "locker").await, ["one"]);
        assert_eq!(desk.api.patch(&path(&one), json!({ "inbox_id": world.here.second.get() })).await.status, 200);
        // The right to find it changes at once, whatever the index has.
        assert!(desk.found_by(&main, "locker").await.is_empty());
        until(&desk, "locker in:second", &["one"]).await;
        assert_eq!(desk.found_by(&second, "locker").await, ["one"]);
        following.end().await;
    }
}

on_both! {
    async fn merged_and_split_conversations_are_found(world: World) {
        let following = follow(&world);
        let mut desk = Desk::new(&world);
        let from = desk.open("from", json!({ "subject": "Fromward", "messages": [said("apple")] })).await;
        let into = desk.open("into", json!({ "subject": "Intoward", "messages": [said("pear")] })).await;
        until(&desk, "apple OR pear", &["from", "into"]).await;
        let merged = desk.api.post(&format!("{}/merge", path(&from)), json!({ "into": into["id"] })).await;
        assert_eq!(merged.status, 200, "{}", merged.json());
        assert!(!desk.found("apple").await.contains(&"from"), "a merged conversation is never shown");
        until(&desk, "apple", &["into"]).await;
        until(&desk, "subject:intoward apple", &["into"]).await;
        assert!(desk.found("subject:fromward").await.is_empty());
        let moved = say(&desk.api, &into, said("cherry")).await;
        until(&desk, "cherry", &["into"]).await;
        let split = desk.api.post(&format!("{}/split", path(&into)), json!({ "message_ids": [moved["id"]], "subject": "Parted" })).await;
        assert_eq!(split.status, 200, "{}", split.json());
        let new = split.json()["new"]["id"].as_i64().expect("an id");
        desk.names.insert(new, "parted".to_owned());
        until(&desk, "cherry subject:parted", &["parted"]).await;
        assert_eq!(desk.found("cherry").await, ["parted"]);
        following.end().await;
    }
}

on_both! {
    async fn changes_of_customers_are_found(world: World) {
        let following = follow(&world);
        let mut desk = Desk::new(&world);
        let customer = |name: &str| json!({ "email": format!("{name}@mail.example"), "first_name": name });
        let one = desk.open("one", json!({ "customer": customer("bruna"), "messages": [said("about bruna")] })).await;
        let two = desk.open("two", json!({ "customer": customer("carlo"), "messages": [said("about carlo")] })).await;
        until(&desk, "customer:bruna OR customer:carlo", &["one", "two"]).await;
        let at = |conversation: &Value| format!("/api/v1/customers/{}", conversation["customer_id"]);
        assert_eq!(desk.api.patch(&at(&one), json!({ "first_name": "Brunhilde" })).await.status, 200);
        until(&desk, "customer:brunhilde", &["one"]).await;
        let merged = desk.api.post(&format!("{}/merge", at(&one)), json!({ "into": two["customer_id"] })).await;
        assert_eq!(merged.status, 202, "{}", merged.json());
        until(&desk, &format!("customer:{}", two["customer_id"]), &["one", "two"]).await;
        until(&desk, "customer:carlo", &["one", "two"]).await;
        assert_eq!(desk.api.delete(&at(&two)).await.status, 202);
        for query in ["carlo", "bruna", "carlo@mail.example", "about"] {
            until(&desk, query, &[]).await;
        }
        following.end().await;
    }
}

on_both! {
    async fn a_rebuild_that_a_command_has_begun_is_done(world: World) {
        let mut desk = Desk::new(&world);
        desk.told("one", "the first locker").await;
        index(&world).await;
        let following = follow(&world);
        until(&desk, "locker", &["one"]).await;
        let account = world.here.account.id;
        world.store().rebuild_index(account).await.expect("begun");
        // Nothing is written, so only this tells the task.
        world.app.search.as_ref().expect("search is on").indexing.wake(account);
        let done = async {
            let mut feed = world.store().feed();
            while desk.api.get(&format!("{SEARCH}/status")).await.json()["up_to_date"] != true {
                feed.look_within(POLL);
                feed.changed().await;
            }
        };
        tokio::time::timeout(TIMEOUT, done).await.expect("the rebuild ends");
        assert_eq!(desk.found("locker").await, ["one"]);
        following.end().await;
    }
}
