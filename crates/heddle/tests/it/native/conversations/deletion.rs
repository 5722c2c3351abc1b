//! Deleting and restoring conversations, and the first text of a message that was rewritten.

use heddle_domain::credential::{Grant, Scope};
use heddle_domain::id::{ConversationId, MessageId};
use heddle_domain::message::Format;
use heddle_store::write::amend::AmendMessage;

use super::*;

on_both! {
    async fn a_deleted_conversation_is_unknown_until_it_is_restored(world: World) {
        let api = Api::full(&world);
        let talk = conversation(&api, &world).await;
        let message = say(&api, &talk, said("It does not close.")).await;
        let shown = api.get(&path(&talk)).await;
        let (shown, tag) = (shown.json(), shown.header("etag").to_owned());
        problem(&api.with("if-match", "\"1\"").delete(&path(&talk)).await, 412, "stale");
        let gone = api.with("if-match", &tag).delete(&path(&talk)).await;
        assert_eq!((gone.status.as_u16(), gone.body.as_slice()), (204, &b""[..]));
        for (method, path, body) in [
            (Method::GET, path(&talk), None), (Method::GET, format!("{}/messages", path(&talk)), None), (Method::DELETE, path(&talk), None),
            (Method::PATCH, path(&talk), Some(json!({ "status": "closed" }))), (Method::POST, format!("{}/messages", path(&talk)), Some(said("x"))),
            (Method::GET, format!("{}/messages/{}", path(&talk), message["id"]), None), (Method::GET, format!("{}/locks", path(&talk)), None),
        ] {
            assert_eq!(api.send(method.clone(), &path, body).await.status, 404, "{method} {path}");
        }
        assert_eq!(api.get(ALL).await.json()["data"], json!([]));
        world.store().drain_feed().await.expect("drained");
        let audit = format!("/api/v1/audit?kind=conversation.deleted&conversation_id={}", talk["id"]);
        let audit = api.get(&audit).await.json();
        let changes = json!([{ "field": "state", "before": "published", "after": "hidden" }, { "field": "status", "before": "new", "after": null }]);
        assert_eq!(audit["data"][0]["changes"], changes, "{audit}");
        let restored = api.post_bare(&format!("{}/restore", path(&talk))).await;
        assert_eq!(restored.status, 200, "{}", restored.json());
        let restored = restored.json();
        let mut same = shown.clone();
        for moved in ["version", "updated_at"] {
            same[moved] = restored[moved].clone();
        }
        assert_eq!(restored, same);
        assert_eq!(api.get(&path(&talk)).await.json(), restored);
        assert_eq!(api.get(ALL).await.json()["data"], json!([restored]));
        let again = api.post_bare(&format!("{}/restore", path(&talk))).await;
        assert_eq!((again.status.as_u16(), again.json()), (200, restored));
    }
}

on_both! {
    async fn only_an_administrator_restores(world: World) {
        let api = Api::full(&world);
        let talk = conversation(&api, &world).await;
        let restore = format!("{}/restore", path(&talk));
        for missing in [Scope::AccountWrite, Scope::ConversationsWrite] {
            let grant = Grant::full(heddle_native::NAME, InboxScope::All).without(missing);
            let other = Api::granted(&world, grant).await;
            problem(&other.post_bare(&restore).await, 403, "forbidden");
        }
        assert_eq!(api.delete(&path(&talk)).await.status, 204);
        let elsewhere = Api::limited(&world, &[world.here.second]).await;
        problem(&elsewhere.post_bare(&restore).await, 404, "not-found");
        let here = Api::limited(&world, &[world.here.main]).await;
        assert_eq!(here.post_bare(&restore).await.status, 200);
    }
}

on_both! {
    async fn the_first_text_of_a_rewritten_message_is_shown(world: World) {
        let api = Api::full(&world);
        let talk = conversation(&api, &world).await;
        let message = say(&api, &talk, said("Said")).await;
        let original = format!("{}/messages/{}/original", path(&talk), message["id"]);
        problem(&api.get(&original).await, 404, "not-found");
        for text in ["<p>Meant</p>", "<p>Really meant</p>"] {
            let amend = AmendMessage {
                caller: heddle_access::provision::operator_caller(&world.here.account),
                inboxes: InboxScope::All,
                conversation: ConversationId(talk["id"].as_i64().expect("an id")),
                message: MessageId(message["id"].as_i64().expect("an id")),
                text: Some((text.into(), Format::Html)),
                hidden: None,
            };
            world.store().write(amend).await.expect("amended");
            assert_eq!(api.get(&original).await.json(), json!({ "body": "Said", "format": "plain" }));
        }
    }
}
