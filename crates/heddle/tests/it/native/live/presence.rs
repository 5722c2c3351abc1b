//! Tests of who is present in a conversation: who may say so, who learns it, and when it ends.

use heddle_domain::InboxScope;
use heddle_domain::credential::{Grant, Scope};
use heddle_testkit::on_both;
use http::Method;
use serde_json::{Value, json};

use super::client::{Client, sequencer};
use super::{Api, converse};
use crate::harness::World;
use crate::matrix::dump;
use crate::native::{faults, problem};

fn path(conversation: i64) -> String {
    format!("/api/v1/conversations/{conversation}/presence")
}

async fn enter(api: &Api<'_>, conversation: i64, agent: Option<i64>, state: &str) -> Value {
    let mut body = json!({ "state": state });
    if let Some(agent) = agent {
        body["agent_id"] = json!(agent);
    }
    let entered = api.send(Method::PUT, &path(conversation), Some(body)).await;
    assert_eq!(entered.status, 200, "{}", entered.json());
    entered.json()
}

async fn list(api: &Api<'_>, conversation: i64) -> Value {
    let listed = api.get(&path(conversation)).await;
    assert_eq!(listed.status, 200, "{}", listed.json());
    listed.json()["data"].clone()
}

on_both! {
    async fn agents_are_present_for_a_while_and_nothing_is_stored(world: World) {
        let api = Api::full(&world);
        let (ada, dan) = (world.here.agent.get(), world.here.default_agent.get());
        let id = converse(&api, world.here.main, "It leaks").await;
        let before = dump(&world).await;
        assert_eq!(list(&api, id).await, json!([]));
        let entered = enter(&api, id, Some(ada), "typing").await;
        assert_eq!((&entered["agent_id"], &entered["state"]), (&json!(ada), &json!("typing")));
        enter(&api, id, Some(dan), "viewing").await;
        let states = |listed: &Value| {
            let people = listed.as_array().expect("a list").iter();
            people.map(|person| (person["agent_id"].clone(), person["state"].clone())).collect::<Vec<_>>()
        };
        let (typing, viewing) = (json!("typing"), json!("viewing"));
        assert_eq!(states(&list(&api, id).await), [(json!(ada), typing), (json!(dan), viewing.clone())]);
        world.test.clock.advance(10_000);
        assert_eq!(states(&list(&api, id).await), [(json!(ada), viewing.clone()), (json!(dan), viewing.clone())]);
        enter(&api, id, Some(dan), "viewing").await;
        world.test.clock.advance(20_000);
        assert_eq!(states(&list(&api, id).await), [(json!(dan), viewing)], "who renews stays");
        let left = api.delete(&format!("{}?agent_id={dan}", path(id))).await;
        assert_eq!(left.status, 204);
        assert_eq!(list(&api, id).await, json!([]));
        assert_eq!(dump(&world).await, before, "it is only in memory");
    }
}

on_both! {
    async fn many_changes_are_told_together(world: World) {
        let _sequencer = sequencer(&world);
        let api = Api::full(&world);
        let (ada, dan) = (world.here.agent.get(), world.here.default_agent.get());
        let id = converse(&api, world.here.main, "It leaks").await;
        let (mut client, _) = Client::ready(&api, "presence=true").await;
        let began = std::time::Instant::now();
        let writing = async {
            for at in 0..300 {
                enter(&api, id, Some(ada), if at % 2 == 0 { "typing" } else { "viewing" }).await;
            }
            enter(&api, id, Some(dan), "viewing").await;
        };
        let reading = async {
            let mut told = 0;
            loop {
                let list = client.next().await.expect("an event");
                told += u128::from(list.event == "presence");
                if list.data["present"].as_array().is_some_and(|people| people.len() == 2) {
                    return told;
                }
            }
        };
        let ((), told) = tokio::join!(writing, reading);
        // Ten times a second, and when the stream has something else to do.
        let most = began.elapsed().as_millis() / 50 + 5;
        assert!(told <= most, "{told} of {most}");
    }
}

with_signs_of_life! {
    async fn streams_that_ask_are_told_and_others_are_not(world: World) {
        let _sequencer = sequencer(&world);
        let api = Api::full(&world);
        let ada = world.here.agent.get();
        let (hidden, seen) = (
            converse(&api, world.here.main, "Hidden").await,
            converse(&api, world.here.second, "Seen").await,
        );
        let limited = Api::limited(&world, &[world.here.second]).await;
        let blind = Grant::full(heddle_native::NAME, InboxScope::All).without(Scope::ConversationsRead);
        let blind = Api::granted(&world, blind).await;
        let foreign = Api::new(&world, &world.foreign.native_token);
        let (mut all, start) = Client::ready(&api, "presence=true").await;
        enter(&api, seen, Some(ada), "viewing").await;
        let (mut some, _) = Client::ready(&limited, "presence=true&kind=agent.created").await;
        let (mut about, _) = Client::ready(&api, &format!("presence=true&conversation_id={hidden}")).await;
        let silent = [
            Client::ready(&api, "").await,
            Client::ready(&blind, "presence=true").await,
            Client::ready(&foreign, "presence=true").await,
        ];
        // Who comes later learns who is there.
        for client in [&mut all, &mut some] {
            let told = client.next().await.expect("an event");
            assert_eq!((told.event.as_str(), &told.data["conversation_id"]), ("presence", &json!(seen)));
            assert_eq!(told.data["present"][0]["agent_id"], json!(ada));
            assert_eq!(told.id, start.to_string(), "it has no id of its own");
        }
        enter(&api, hidden, Some(ada), "typing").await;
        for client in [&mut all, &mut about] {
            let told = client.next().await.expect("an event");
            assert_eq!((&told.data["conversation_id"], &told.data["present"][0]["state"]), (&json!(hidden), &json!("typing")));
        }
        api.delete(&format!("{}?agent_id={ada}", path(seen))).await;
        for client in [&mut all, &mut some] {
            let told = client.next().await.expect("an event");
            assert_eq!(told.data, json!({ "conversation_id": seen, "present": [] }));
        }
        // An end without a request is told, too.
        world.test.clock.advance(10_000);
        assert_eq!(about.next().await.expect("an event").data["present"][0]["state"], "viewing");
        world.test.clock.advance(20_000);
        assert_eq!(about.next().await.expect("an event").data["present"], json!([]));
        for (mut client, _) in silent {
            client.is_told_nothing().await;
        }
        some.is_told_nothing().await;
    }
}

with_signs_of_life! {
    async fn a_moved_conversation_shows_who_is_there_only_in_its_new_inbox(world: World) {
        let _sequencer = sequencer(&world);
        let api = Api::full(&world);
        let ada = world.here.agent.get();
        let limited = Api::limited(&world, &[world.here.main]).await;
        let id = converse(&api, world.here.main, "It moves").await;
        let (mut client, _) = Client::ready(&limited, "presence=true").await;
        enter(&api, id, Some(ada), "viewing").await;
        assert_eq!(client.next().await.expect("an event").event, "presence");
        api.patch(&format!("/api/v1/conversations/{id}"), json!({ "inbox_id": world.here.second.get() })).await;
        assert_eq!(client.next().await.expect("an event").event, "conversation.left");
        problem(&limited.get(&path(id)).await, 404, "not-found");
        // The end of the entry is news for those only who may read the conversation where it is now.
        let (mut full, _) = Client::ready(&api, "presence=true").await;
        assert_eq!(full.next().await.expect("an event").data["present"][0]["agent_id"], json!(ada));
        world.test.clock.advance(30_000);
        assert_eq!(full.next().await.expect("an event").data["present"], json!([]));
        client.is_told_nothing().await;
    }
}

on_both! {
    async fn only_an_agent_of_the_account_is_present(world: World) {
        let api = Api::full(&world);
        let (ada, dan) = (world.here.agent.get(), world.here.default_agent.get());
        let id = converse(&api, world.here.main, "It leaks").await;
        let put = async |api: &Api<'_>, body: Value| api.send(Method::PUT, &path(id), Some(body)).await;
        let nobody = put(&api, json!({ "state": "viewing" })).await;
        assert_eq!(faults(&nobody), ["agent_id required"]);
        let stranger = put(&api, json!({ "state": "viewing", "agent_id": world.foreign.agent.get() })).await;
        assert_eq!(faults(&stranger), ["agent_id not-found"]);
        let wrong = put(&api, json!({ "state": "sleeping", "agent_id": ada })).await;
        assert_eq!(faults(&wrong), ["state choice"]);
        let grant = Grant { agent: Some(world.here.agent), ..Grant::full(heddle_native::NAME, InboxScope::All) };
        let own = Api::granted(&world, grant).await;
        assert_eq!(enter(&own, id, None, "viewing").await["agent_id"], json!(ada));
        let other = put(&own, json!({ "state": "viewing", "agent_id": dan })).await;
        assert_eq!(faults(&other), ["agent_id invalid"]);
        assert_eq!(own.delete(&path(id)).await.status, 204);
        assert_eq!(list(&api, id).await, json!([]));
    }
}
