//! Tests of contract section 6.6: a deleted conversation is unknown everywhere.

use heddle_domain::InboxScope;
use heddle_domain::id::ConversationId;
use heddle_store::write::delete::RestoreConversation;
use http::Method;
use serde_json::json;

use crate::harness::World;
use crate::{Client, created, done, merge, operator, refused, rows, thread};
use heddle_testkit::on_both;

on_both! {
    async fn a_deleted_conversation_is_unknown_to_every_call(world: World) {
        let client = Client::new(&world).await;
        let (id, merged) = (client.conversation().await, client.conversation().await);
        merge(&world, merged, id).await;
        let file = json!({"fileName": "a.txt", "mimeType": "text/plain", "data": "cmluZw=="});
        let message = created(&client.add(id, "notes", &json!({"text": "x", "attachments": [file]})).await);
        let attachment = client.threads(id).await[0]["_embedded"]["attachments"][0]["id"].clone();
        let shown = client.shown(id).await;
        done(&client.send(Method::DELETE, &format!("/v2/conversations/{id}"), None).await);
        let before = rows(&world).await;
        let operation = json!({"op": "replace", "path": "/status", "value": "closed"});
        for (method, path, body) in [
            (Method::GET, String::new(), None), (Method::GET, "?embed=threads".into(), None), (Method::GET, "/threads".into(), None),
            (Method::DELETE, String::new(), None), (Method::PATCH, String::new(), Some(operation.clone())),
            (Method::PUT, "/tags".into(), Some(json!({"tags": ["a"]}))), (Method::PUT, "/fields".into(), Some(json!({"fields": []}))),
            (Method::POST, "/phones".into(), Some(thread(&world))), (Method::POST, "/notes".into(), Some(json!({"text": "x"}))),
            (Method::PATCH, format!("/threads/{message}"), Some(json!({"op": "replace", "path": "/text", "value": "x"}))),
            (Method::GET, format!("/threads/{message}/original-source"), None),
            (Method::POST, format!("/threads/{message}/attachments"), Some(json!({"fileName": "a", "mimeType": "a/b", "data": "AA=="}))),
            (Method::GET, format!("/attachments/{attachment}/data"), None), (Method::GET, format!("/attachments/{attachment}/file"), None),
            (Method::DELETE, format!("/attachments/{attachment}"), None),
        ] {
            for id in [id, merged] {
                let answer = client.send(method.clone(), &format!("/v2/conversations/{id}{path}"), body.clone()).await;
                assert_eq!(refused(&answer, 404), Vec::<String>::new(), "{method} {path}");
            }
        }
        assert_eq!(rows(&world).await, before);
        let restore = RestoreConversation { caller: operator(&world.here), inboxes: InboxScope::All, conversation: ConversationId(id) };
        world.store().write(restore).await.expect("restored");
        assert_eq!(client.shown(id).await, shown);
        let answer = client.get(&format!("/v2/conversations/{merged}")).await;
        assert_eq!((answer.status.as_u16(), answer.header("location")), (301, format!("http://heddle.test/v2/conversations/{id}").as_str()));
    }
}

on_both! {
    async fn a_conversation_of_others_cannot_be_deleted(world: World) {
        let client = Client::new(&world).await;
        let id = client.conversation().await;
        let foreign = Client::of(&world, &world.foreign).await;
        let before = rows(&world).await;
        for (client, path) in [(&foreign, format!("/v2/conversations/{id}")), (&client, "/v2/conversations/999".into()), (&client, "/v2/conversations/x".into())] {
            refused(&client.send(Method::DELETE, &path, None).await, 404);
        }
        assert_eq!(rows(&world).await, before);
        done(&client.send(Method::DELETE, &format!("/v2/conversations/{id}/"), None).await);
    }
}
