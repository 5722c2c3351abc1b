//! Tests that a stream shows only what its token may read, also after the token has lost rights.

use heddle_access::secrets::mint_key;
use heddle_domain::InboxScope;
use heddle_domain::credential::{Grant, Scope};
use heddle_testkit::on_both;
use serde_json::json;

use super::client::{Client, sequencer};
use super::{Api, converse, listed, write_many};
use crate::catalogue::Fixture;
use crate::harness::World;
use crate::native::problem;

/// Creates a token by the API; returns its client and its path.
async fn granted<'a>(
    api: &Api<'a>,
    world: &'a World,
    body: serde_json::Value,
) -> (Api<'a>, String) {
    let made = api.post("/api/v1/credentials", body).await.json();
    let token = made["secrets"]["token"]
        .as_str()
        .unwrap_or_else(|| panic!("{made}"));
    (
        Api::new(world, token),
        format!("/api/v1/credentials/{}", made["id"]),
    )
}

with_signs_of_life! {
    async fn a_hidden_inbox_is_never_shown(world: World) {
        let _sequencer = sequencer(&world);
        let api = Api::full(&world);
        let limited = Api::limited(&world, &[world.here.second]).await;
        let foreign = Api::new(&world, &world.foreign.native_token);
        let (mut client, _) = Client::ready(&limited, "").await;
        let (mut named, _) = Client::ready(&limited, &format!("inbox_id={}", world.here.main)).await;
        let (mut other, _) = Client::ready(&foreign, "").await;
        let hidden = converse(&api, world.here.main, "Hidden").await;
        let path = format!("/api/v1/conversations/{hidden}");
        api.patch(&path, json!({ "subject": "Secret" })).await;
        let (mut about, _) = Client::ready(&limited, &format!("conversation_id={hidden}")).await;
        api.patch(&path, json!({ "subject": "Very secret" })).await;
        let seen = converse(&api, world.here.second, "Seen").await;
        let first = client.next().await.expect("an event");
        assert_eq!(first.data["conversation_id"], json!(seen));
        // What leaves and comes back is told so.
        let path = format!("/api/v1/conversations/{seen}");
        api.patch(&path, json!({ "inbox_id": world.here.main.get() })).await;
        let left = client.next().await.expect("an event");
        assert_eq!((left.event.as_str(), &left.data["inbox_id"]), ("conversation.left", &json!(null)));
        // Neither filter helps, and the other account sees nothing.
        for silent in [&mut named, &mut about, &mut other] {
            silent.is_told_nothing().await;
        }
    }
}

on_both! {
    async fn a_revoked_token_gets_nothing_more(world: World) {
        let _sequencer = sequencer(&world);
        let api = Api::full(&world);
        let body = json!({ "api": "native", "name": "Live", "inbox_ids": null, "scopes": ["events.read", "conversations.read"] });
        let (reader, path) = granted(&api, &world, body).await;
        let (mut client, _) = Client::ready(&reader, "").await;
        write_many(&world, 0, 1, false).await;
        assert_eq!(client.next().await.expect("an event").event, "conversation.updated");
        assert_eq!(api.delete(&path).await.status, 204);
        write_many(&world, 1, 3, false).await;
        assert_eq!(client.next().await, None, "the stream has ended");
        let refused = Client::try_open(&reader, "", Some(&client.parser.last_id)).await.expect_err("a refusal");
        problem(&refused, 401, "wrong-token");
    }
}

on_both! {
    async fn a_token_that_loses_rights_sees_less_from_then_on(world: World) {
        let _sequencer = sequencer(&world);
        let api = Api::full(&world);
        let both = [world.here.main.get(), world.here.second.get()];
        let scopes = ["events.read", "conversations.read", "agents.read"];
        let body = json!({ "api": "native", "name": "Live", "inbox_ids": both, "scopes": scopes });
        let (reader, path) = granted(&api, &world, body).await;
        let (mut client, _) = Client::ready(&reader, "").await;
        let change = json!({ "inbox_ids": [world.here.second.get()] });
        let changed = api.patch(&path, change).await;
        assert_eq!(changed.status, 200, "{}", changed.json());
        converse(&api, world.here.main, "Hidden").await;
        let seen = converse(&api, world.here.second, "Seen").await;
        let next = client.next().await.expect("an event");
        assert_eq!((next.event.as_str(), &next.data["entity_id"]), ("conversation.created", &json!(seen)));
        let changed = api.patch(&path, json!({ "scopes": ["events.read", "agents.read"] })).await;
        assert_eq!(changed.status, 200, "{}", changed.json());
        converse(&api, world.here.second, "Hidden too").await;
        let changed = api.patch(&path, json!({ "scopes": ["agents.read"] })).await;
        assert_eq!(changed.status, 200, "{}", changed.json());
        assert_eq!(client.next().await, None, "without events.read the stream ends");
    }
}

on_both! {
    async fn a_token_without_the_scope_gets_no_stream(world: World) {
        let grant = Grant::full(heddle_native::NAME, InboxScope::All).without(Scope::EventsRead);
        let api = Api::granted(&world, grant).await;
        problem(&Client::try_open(&api, "", None).await.expect_err("a refusal"), 403, "forbidden");
        let stranger = Api::new(&world, &mint_key());
        problem(&Client::try_open(&stranger, "", None).await.expect_err("a refusal"), 401, "wrong-token");
    }
}

on_both! {
    async fn a_token_that_another_node_revokes_gets_nothing_more(world: World) {
        let _sequencer = sequencer(&world);
        let api = Api::full(&world);
        let (mut client, _) = Client::ready(&api, "").await;
        // Nothing here is told of the change: no event, and the token stays in the cache for a while.
        world.test.revoke_all_credentials(world.here.account.id.get()).await;
        world.test.clock.advance(5_000);
        assert_eq!(client.next().await, None, "the stream ends at the next look at the rights");
    }
}

on_both! {
    async fn every_token_gets_by_the_stream_what_it_gets_by_the_list(world: World) {
        let _sequencer = sequencer(&world);
        let _fixture = Fixture::new(&world).await;
        let scopes = Scope::ALL.iter().filter(|scope| **scope != Scope::EventsRead);
        let all = listed(&Api::full(&world), "", 0).await.len();
        let mut fewer = 0;
        for scope in scopes {
            for inboxes in [InboxScope::All, InboxScope::only([world.here.second]), InboxScope::only([])] {
                let grant = Grant::full(heddle_native::NAME, inboxes).without(*scope);
                let api = Api::granted(&world, grant).await;
                let expected = listed(&api, "", 0).await;
                fewer += usize::from(expected.len() < all);
                let mut client = Client::open(&api, "", Some("0")).await;
                assert_eq!(client.next().await.expect("an event").event, "ready");
                let streamed = client.some(expected.len()).await.into_iter().map(|message| message.data);
                assert!(streamed.eq(expected), "without {}", scope.as_str());
            }
        }
        assert!(fewer > 20, "{fewer}");
    }
}
