//! Tests of what a request may name if its credential is limited to some inboxes (`rules.md` 23).

use heddle_access::provision;
use heddle_domain::InboxScope;
use heddle_domain::credential::Grant;
use http::Method;
use serde_json::json;

use crate::harness::World;
use crate::{Client, conversation, created, merge, refused, thread, with};
use heddle_testkit::on_both;

on_both! {
    async fn other_inboxes_are_unknown(world: World) {
        let all = Client::new(&world).await;
        let tenant = &world.here;
        let (name, secret) = (heddle_access::secrets::mint_name(), heddle_access::secrets::mint_key());
        let grant = Grant { agent: Some(tenant.agent), ..Grant::full(heddle_helpscout::NAME, InboxScope::only([tenant.main])) };
        provision::create_named(world.store(), &tenant.account, grant, &name, &secret).await.expect("a client");
        let form = format!("grant_type=client_credentials&client_id={name}&client_secret={secret}");
        let answer = world.send(Method::POST, "/v2/oauth2/token", &[], form).await.json();
        let main = Client { world: &world, token: answer["access_token"].as_str().expect("a token").to_owned() };
        let elsewhere = with(&conversation(&world), json!({"mailboxId": tenant.second.get()}));
        let hidden = all.create(&elsewhere).await;
        let seen = main.conversation().await;
        for path in ["", "/threads"] {
            refused(&main.get(&format!("/v2/conversations/{hidden}{path}")).await, 404);
            assert_eq!(main.get(&format!("/v2/conversations/{seen}{path}")).await.status, 200);
        }
        refused(&main.add(hidden, "phones", &thread(&world)).await, 404);
        refused(&main.add(hidden, "phones", &json!({})).await, 404);
        assert_eq!(refused(&main.post("/v2/conversations", &elsewhere).await, 400), ["mailboxId"]);
        // Every credential may name any customer, because customers belong to the account.
        let body = json!({"text": "x", "customer": {"id": tenant.second_customer.get()}});
        created(&main.add(seen, "phones", &body).await);
        // The response does not redirect to a conversation that the caller may not see.
        merge(&world, seen, hidden).await;
        refused(&main.get(&format!("/v2/conversations/{seen}")).await, 404);
        assert_eq!(all.get(&format!("/v2/conversations/{seen}")).await.status, 301);
    }
}

on_both! {
    async fn an_unknown_customer_is_named_by_its_id(world: World) {
        let client = Client::new(&world).await;
        let id = client.conversation().await;
        for body in [json!({"text": "x", "customer": {"id": 99_999}}), json!({"text": "", "customer": {"id": 99_999}})] {
            let answer = client.add(id, "phones", &body).await;
            assert!(refused(&answer, 400).contains(&"customer.id".to_owned()));
            let errors = answer.json()["_embedded"]["errors"].clone();
            let named = errors.as_array().expect("errors").iter().find(|e| e["path"] == "customer.id").expect("an error");
            assert_eq!(named["rejectedValue"], 99_999, "{body}");
        }
    }
}
