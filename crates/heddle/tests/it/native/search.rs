//! Tests of search through the native API, on both engines: what is found, what a token may find, and how answers look.

use std::collections::BTreeMap;
use std::time::Duration;

use heddle_domain::InboxScope;
use heddle_domain::credential::{Grant, Scope};
use heddle_domain::id::InboxId;
use heddle_native::NAME;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::Api;
use super::conversations::{ALL, made, path, said, say};
use crate::harness::{Answer, World};

mod answers;
mod changes;
mod hostile;
mod language;
mod paging;
mod rights;
mod suggestions;

const SEARCH: &str = "/api/v1/search";
const POLL: Duration = Duration::from_millis(20);

/// Brings the indexes of both accounts up to date.
async fn index(world: &World) {
    let store = world.store();
    store.drain_feed().await.expect("positions");
    for account in [world.here.account.id, world.foreign.account.id] {
        store.index(account).await.expect("an index");
    }
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

/// Searches with further parameters, such as `&sort=relevance`.
async fn search(api: &Api<'_>, query: &str, more: &str) -> Answer {
    api.get(&format!("{SEARCH}?q={}{more}", encoded(query)))
        .await
}

/// Returns the body of a successful search.
async fn results(api: &Api<'_>, query: &str, more: &str) -> Value {
    let answer = search(api, query, more).await;
    assert_eq!(answer.status, 200, "{query}: {}", answer.json());
    answer.json()
}

/// Conversations of the account `here`, with names that tests use.
struct Desk<'a> {
    world: &'a World,
    api: Api<'a>,
    /// The ids of the conversations, with their names.
    names: BTreeMap<i64, String>,
}

impl<'a> Desk<'a> {
    fn new(world: &'a World) -> Self {
        Self {
            world,
            api: Api::full(world),
            names: BTreeMap::new(),
        }
    }

    /// Creates a conversation of the customer "Ito Marsh" in the main inbox, with other members if `new` has them.
    async fn open(&mut self, name: &str, new: Value) -> Value {
        let mut body = json!({ "inbox_id": self.world.here.main.get() });
        for (member, value) in new.as_object().expect("an object") {
            body[member] = value.clone();
        }
        if !["customer_id", "customer", "customer_name"]
            .iter()
            .any(|way| body.get(way).is_some())
        {
            body["customer_id"] = json!(self.world.here.customer.get());
        }
        let made = made(self.api.post(ALL, body).await).await;
        self.names
            .insert(made["id"].as_i64().expect("an id"), name.to_owned());
        made
    }

    /// Creates a conversation with one message from the customer.
    async fn told(&mut self, name: &str, body: &str) -> Value {
        self.open(name, json!({ "messages": [said(body)] })).await
    }

    /// Returns the names of the conversations that a client finds, sorted.
    async fn found_by(&self, api: &Api<'_>, query: &str) -> Vec<&str> {
        let page = results(api, query, "&limit=100").await;
        assert_eq!(
            (&page["next_cursor"], &page["complete"]),
            (&Value::Null, &json!(true)),
            "{query}"
        );
        let data = page["data"].as_array().expect("a list").iter();
        let mut names: Vec<&str> = data
            .map(|one| {
                let id = one["conversation"]["id"].as_i64().expect("an id");
                self.names
                    .get(&id)
                    .map_or("a conversation without a name", String::as_str)
            })
            .collect();
        names.sort_unstable();
        names
    }

    async fn found(&self, query: &str) -> Vec<&str> {
        self.found_by(&self.api, query).await
    }
}

/// A client with all scopes except some, for some inboxes.
async fn without<'a>(world: &'a World, missing: &[Scope], inboxes: &[InboxId]) -> Api<'a> {
    let inboxes = match inboxes {
        [] => InboxScope::All,
        some => InboxScope::only(some.iter().copied()),
    };
    let grant = missing
        .iter()
        .fold(Grant::full(NAME, inboxes), |grant, scope| {
            grant.without(*scope)
        });
    Api::granted(world, grant).await
}
