//! Tests of several nodes on PostgreSQL: a reader on one sees the writes of the others, with notices and by polling alone.

use std::sync::Arc;

use axum::Router;
use heddle::apis;
use heddle::config::{Config, Overrides};
use heddle_api::App;
use heddle_domain::id::ConversationId;
use heddle_http::base_url::BaseUrl;
use heddle_store::{Engine, Store};
use heddle_testkit::{On, TIMEOUT};
use tokio::time::timeout;
use tokio_util::task::AbortOnDropHandle;

use super::client::{Client, sequencer};
use super::{Api, ManyEvents, listed};
use crate::harness::World;

/// One more node on the database of a world.
struct Node {
    store: Store,
    router: Router,
    _tasks: [AbortOnDropHandle<()>; 2],
}

impl Node {
    async fn start(world: &World, notify: bool) -> Self {
        let mut options = world.test.options.clone();
        if let Engine::Postgres(options) = &mut options.engine {
            options.notify = notify;
        }
        let clock = Arc::clone(&world.test.clock);
        let store = Store::open(&options, clock as _)
            .await
            .expect("the store opens");
        let key = Overrides::default().set("secrets.sealing_key", Some("5".repeat(64)));
        let config =
            Config::load(None, key, &apis::descriptions()).expect("the default configuration");
        let url = BaseUrl::new(None, "127.0.0.1:8080".parse().expect("an address"));
        let app = App::new(store.clone(), url, config.app_options());
        let router = apis::router(&app, &config);
        let (one, two) = (store.clone(), store.clone());
        let tasks = [
            tokio::spawn(async move { one.sequence(std::future::pending()).await }),
            tokio::spawn(async move { two.exchange_notices(std::future::pending()).await }),
        ];
        Self {
            store,
            router,
            _tasks: tasks.map(AbortOnDropHandle::new),
        }
    }

    async fn write(&self, world: &World, first: usize, count: usize) {
        let command = ManyEvents {
            caller: heddle_access::provision::operator_caller(&world.here.account),
            inbox: world.here.main,
            conversation: ConversationId(7_777),
            first,
            count,
            imported: false,
        };
        self.store.write(command).await.expect("written");
    }

    async fn until_it_hears(&self, hears: bool) {
        let heard = async {
            while self.store.hears_other_nodes() != hears {
                tokio::task::yield_now().await;
            }
        };
        timeout(TIMEOUT, heard).await.expect("notices come or go");
    }
}

/// A reader on one node gets what two others write.
async fn follow_others(notify: bool) {
    let world = World::new(On::Postgres).await;
    let _sequencer = sequencer(&world);
    let api = Api::full(&world);
    let (_, start) = Client::ready(&api, "").await;
    let (one, two) = (
        Node::start(&world, notify).await,
        Node::start(&world, notify).await,
    );
    let reader = Node::start(&world, notify).await;
    let nodes = [&one, &two, &reader];
    for node in nodes {
        node.until_it_hears(notify).await;
    }
    let token = &world.here.native_token;
    let opened = Client::open_at(&reader.router, token, "", Some(&start.to_string())).await;
    let mut client = opened.expect("a stream");
    assert_eq!(client.next().await.expect("an event").event, "ready");
    let mut streamed = Vec::new();
    for round in 0..6 {
        let node = if round % 2 == 0 { &one } else { &two };
        node.write(&world, round * 3, 3).await;
        streamed.extend(client.some(3).await.into_iter().map(|message| message.data));
    }
    assert_eq!(streamed, listed(&api, "", start).await);
}

#[tokio::test]
async fn a_reader_sees_the_writes_of_other_nodes() {
    follow_others(true).await;
}

#[tokio::test]
async fn a_reader_sees_the_writes_of_other_nodes_by_polling_alone() {
    follow_others(false).await;
}

#[tokio::test]
async fn presence_is_shared_between_nodes() {
    let world = World::new(On::Postgres).await;
    let api = Api::full(&world);
    let id = super::converse(&api, world.here.main, "It leaks").await;
    let (one, two) = (
        Node::start(&world, true).await,
        Node::start(&world, true).await,
    );
    one.until_it_hears(true).await;
    two.until_it_hears(true).await;
    let token = &world.here.native_token;
    let opened = Client::open_at(&two.router, token, "presence=true", None).await;
    let mut client = opened.expect("a stream");
    assert_eq!(client.next().await.expect("an event").event, "ready");
    let agent = world.here.agent.get();
    let body = serde_json::json!({ "state": "typing", "agent_id": agent }).to_string();
    let request = http::Request::put(format!("/api/v1/conversations/{id}/presence"))
        .header("host", "heddle.test")
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", "application/json")
        .body(axum::body::Body::from(body));
    let request = request.expect("a request");
    let entered = tower::ServiceExt::oneshot(one.router.clone(), request).await;
    assert_eq!(entered.expect("the router never fails").status(), 200);
    let told = client.next().await.expect("an event");
    assert_eq!(
        (told.event.as_str(), &told.data["conversation_id"]),
        ("presence", &serde_json::json!(id))
    );
    assert_eq!(
        told.data["present"][0]["agent_id"],
        serde_json::json!(agent)
    );
}

#[tokio::test]
async fn a_notice_tells_which_feed_has_grown_and_comes_again_after_its_connection_broke() {
    let world = World::new(On::Postgres).await;
    let (writer, reader) = (
        Node::start(&world, true).await,
        Node::start(&world, true).await,
    );
    world.store().drain_feed().await.expect("numbered");
    for round in 0..2 {
        writer.until_it_hears(true).await;
        reader.until_it_hears(true).await;
        let mut all = reader.store.feed_of_all_nodes();
        assert!(all.changed().await.look, "the first time it looks");
        writer.write(&world, round, 1).await;
        // Other accounts may be told of, too: their events from the start of the test get positions now.
        let here = world.here.account.id;
        let notice = async { while !all.changed().await.accounts.contains(&here) {} };
        timeout(TIMEOUT, notice).await.expect("a notice");
        writer.store.tell_other_nodes("a word".to_owned());
        let mut texts = reader
            .store
            .texts_of_other_nodes()
            .expect("there are other nodes");
        let mut own = writer
            .store
            .texts_of_other_nodes()
            .expect("there are other nodes");
        writer.store.tell_other_nodes("a second word".to_owned());
        let text =
            async { while texts.recv().await.expect("a text").as_ref() != "a second word" {} };
        timeout(TIMEOUT, text).await.expect("a text");
        assert!(own.try_recv().is_err(), "a node does not hear itself");
        world.test.break_notices().await;
        writer.until_it_hears(false).await;
        reader.until_it_hears(false).await;
    }
}
