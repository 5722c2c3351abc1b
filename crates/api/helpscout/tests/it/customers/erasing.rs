//! Deleting customers: an erasure with conversations (contract section 9.2).

use heddle_domain::InboxScope;
use heddle_domain::credential::Grant;
use heddle_helpscout::NAME;
use http::Method;
use serde_json::json;

use super::{client_with, full, path};
use crate::harness::World;
use crate::{Client, conversation, is_empty, refused, rows, with};
use heddle_testkit::on_both;

on_both! {
    async fn a_deleted_customer_is_gone_at_once(world: World) {
        let client = Client::new(&world).await;
        for (query, status) in [("", 204), ("?async=true", 202), ("?async=false", 204)] {
            let id = client.new_customer(&full()).await;
            let of = json!({ "id": id });
            let body = with(&conversation(&world), json!({ "customer": of,
                "threads": [{ "type": "phone", "text": "Rang", "customer": of }] }));
            client.create(&body).await;
            is_empty(&client.call(Method::DELETE, &format!("{}{query}", path(id)), None).await, status);
            for (method, below, body) in [
                (Method::GET, "", None),
                (Method::DELETE, "", None),
                (Method::PUT, "", Some(json!({}))),
                (Method::GET, "/emails", None),
                (Method::GET, "/address", None),
                (Method::POST, "/emails", Some(json!({ "value": "a@b" }))),
            ] {
                let answer = client.call(method, &format!("{}{below}", path(id)), body.as_ref()).await;
                assert_eq!(refused(&answer, 404), Vec::<String>::new());
            }
            let list = client.get("/v2/customers?lastName=Tarn").await.json();
            assert_eq!(list["page"]["totalElements"], 0);
            assert!(!rows(&world).await.iter().any(|row| row.starts_with("customer") && row.contains("Tarn")));
        }
    }
}

on_both! {
    async fn more_than_a_hundred_conversations_are_not_deleted(world: World) {
        let client = Client::new(&world).await;
        let id = client.new_customer(&full()).await;
        let of = json!({ "id": id });
        let body = with(&conversation(&world), json!({ "customer": of,
            "threads": [{ "type": "phone", "text": "Rang", "customer": of }] }));
        for _ in 0..101 {
            client.create(&body).await;
        }
        assert_eq!(client.customer(id).await["conversationCount"], 101);
        let before = rows(&world).await;
        assert_eq!(refused(&client.call(Method::DELETE, &path(id), None).await, 403), Vec::<String>::new());
        assert_eq!(rows(&world).await, before);
    }
}

on_both! {
    async fn a_customer_with_invisible_conversations_is_not_deleted(world: World) {
        let here = &world.here;
        let all = Client::new(&world).await;
        let limited = client_with(&world, Grant::full(NAME, InboxScope::only([here.main]))).await;
        let in_inbox = async |inbox: i64, own: i64, of_thread: i64| {
            let body = with(&conversation(&world), json!({ "mailboxId": inbox, "customer": { "id": own },
                "threads": [{ "type": "phone", "text": "Rang", "customer": { "id": of_thread } }] }));
            all.create(&body).await
        };
        let new = async |name: &str| all.new_customer(&json!({ "firstName": name })).await;
        let (own, guest, fine) = (new("Own").await, new("Guest").await, new("Fine").await);
        in_inbox(here.second.get(), own, own).await;
        in_inbox(here.second.get(), fine, guest).await;
        let before = rows(&world).await;
        for id in [own, guest, fine] {
            assert_eq!(refused(&limited.call(Method::DELETE, &path(id), None).await, 403), Vec::<String>::new());
        }
        assert_eq!(rows(&world).await, before);
        // It does not count conversations that it does not see.
        assert_eq!(limited.customer(own).await["conversationCount"], 0);
        assert_eq!(all.customer(own).await["conversationCount"], 1);
        let visible = new("Visible").await;
        in_inbox(here.main.get(), visible, visible).await;
        is_empty(&limited.call(Method::DELETE, &path(visible), None).await, 204);
        is_empty(&all.call(Method::DELETE, &path(own), None).await, 204);
    }
}
