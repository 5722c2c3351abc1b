//! Tests of contract sections 6.1, 6.3, 6.4: create a conversation, and read it back.

use http::Method;
use serde_json::{Value, json};

use crate::harness::World;
use crate::{Client, conversation, created, refused, thread, with};
use heddle_testkit::on_both;

async fn refused_create(client: &Client<'_>, body: &Value) -> Vec<String> {
    refused(&client.post("/v2/conversations", body).await, 400)
}

on_both! {
    async fn a_conversation_is_created_and_shown(world: World) {
        let client = Client::new(&world).await;
        let answer = client.post("/v2/conversations", &conversation(&world)).await;
        let id = created(&answer);
        assert_eq!(answer.header("location"), format!("http://heddle.test/v2/conversations/{id}"));
        let customer = world.here.customer.get();
        let person = json!({"id": customer, "type": "customer", "first": "Ito", "last": "Marsh", "email": "ito@here.example"});
        let main = world.here.main.get();
        let link = |path: String| json!({"href": format!("http://heddle.test{path}")});
        assert_eq!(client.shown(id).await, json!({
            "id": id, "number": id, "threads": 1, "type": "phone", "folderId": main * 10 + 1,
            "status": "active", "state": "published", "subject": "Broken kettle", "preview": "Rang about the kettle",
            "mailboxId": main, "createdBy": person, "createdAt": "2026-03-04T09:15:00Z", "closedBy": 0,
            "userUpdatedAt": "2026-03-04T09:15:00Z",
            "customerWaitingSince": {"time": "2026-03-04T09:15:00Z", "friendly": "Just now", "latestReplyFrom": "customer"},
            "source": {"type": "api", "via": "customer"}, "tags": [], "cc": [], "bcc": [], "primaryCustomer": person,
            "customFields": [],
            "_links": {
                "self": link(format!("/v2/conversations/{id}")), "mailbox": link(format!("/v2/mailboxes/{main}")),
                "primaryCustomer": link(format!("/v2/customers/{customer}")),
                "createdByCustomer": link(format!("/v2/customers/{customer}")),
                "threads": link(format!("/v2/conversations/{id}/threads/")),
                "web": link(format!("/v2/conversations/{id}")),
            },
        }));
    }
}

on_both! {
    async fn every_member_is_stored(world: World) {
        let client = Client::new(&world).await;
        let (agent, other) = (world.here.agent.get(), world.here.default_agent.get());
        let customer = json!({"email": "new@example.com", "firstName": "Nia"});
        let body = json!({
            "subject": "History", "type": "email", "mailboxId": world.here.second.get().to_string(), "status": "closed",
            "customer": customer, "autoReply": true, "assignTo": agent, "user": other, "imported": true,
            "createdAt": "2020-01-01T00:00:00Z", "closedAt": "2020-02-01T00:00:00Z", "tags": [" VIP", "vip", "Kettle"],
            "fields": [],
            "threads": [
                {"type": "customer", "text": "<p>Hello <b>there</b></p>", "customer": customer, "cc": ["cc@example.com"],
                 "createdAt": "2020-01-01T00:00:00Z"},
                {"type": "reply", "text": "Hi", "customer": customer, "user": agent, "createdAt": "2020-01-02T00:00:00Z"},
                {"type": "note", "text": "Odd", "createdAt": "2020-01-03T00:00:00Z"},
                {"type": "chat", "text": "Still?", "customer": customer, "createdAt": "2020-01-04T00:00:00Z"},
                {"type": "phone", "text": "Rang", "customer": customer, "createdAt": "2020-01-05T00:00:00Z"},
            ],
        });
        let id = client.create(&body).await;
        let shown = client.shown(id).await;
        for (member, value) in [("status", json!("closed")), ("closedAt", json!("2020-02-01T00:00:00Z")), ("closedBy", json!(other)),
            ("createdAt", json!("2020-01-01T00:00:00Z")), ("type", json!("email")), ("threads", json!(5)),
            ("mailboxId", json!(world.here.second.get())), ("folderId", json!(world.here.second.get() * 10 + 6)),
            ("preview", json!("Rang"))] {
            assert_eq!(shown[member], value, "{member}");
        }
        assert_eq!(shown["assignee"]["id"], json!(agent));
        assert!(shown["_links"]["assignee"]["href"].is_string() && shown["_links"]["closedBy"]["href"].is_string());
        let tags: Vec<_> = shown["tags"].as_array().expect("tags").iter().map(|t| (t["tag"].clone(), t["color"].clone())).collect();
        assert_eq!(tags, [(json!("kettle"), json!("#A5B2BD")), (json!("vip"), json!("#A5B2BD"))]);
        assert_eq!(crate::customers(&world).await, 3, "the same new customer once");
        let threads = client.threads(id).await;
        let kinds: Vec<_> = threads.iter().map(|t| t["type"].as_str().expect("a type")).collect();
        assert_eq!(kinds, ["phone", "chat", "note", "message", "customer"]);
        assert_eq!(threads[4]["body"], "<p>Hello <b>there</b></p>");
        assert_eq!(threads[4]["cc"], json!(["cc@example.com"]));
        assert_eq!(threads[3]["createdBy"]["id"], json!(agent));
        assert_eq!(threads[3]["to"], json!(["new@example.com"]));
        assert_eq!(threads[2]["createdBy"]["id"], json!(other), "the conversation's user by default");
        // The second conversation uses the same tags, so no tag is created.
        let again = client.create(&with(&conversation(&world), json!({"tags": ["vip"]}))).await;
        assert_eq!(client.shown(again).await["tags"][0]["id"], shown["tags"][1]["id"]);
    }
}

on_both! {
    async fn an_answer_names_a_bounded_number_of_faults(world: World) {
        let client = Client::new(&world).await;
        let zeros = vec![0; 10_000];
        let note = json!({"type": "note", "text": "x", "attachments": zeros});
        for member in ["attachments", "cc", "threads", "fields", "tags"] {
            let mut body = with(&conversation(&world), json!({"threads": [note.clone()]}));
            body[member] = json!(zeros);
            assert_eq!(refused_create(&client, &body).await.len(), 100, "{member}");
        }
        let id = client.conversation().await;
        let mut body = json!({"text": "x", "attachments": zeros});
        assert_eq!(refused(&client.add(id, "notes", &body).await, 400).len(), 100);
        // The error lists only the first faults; a client that repairs them gets the next faults.
        body["text"] = json!(7);
        assert_eq!(refused(&client.add(id, "notes", &body).await, 400)[..2], ["text", "attachments[0]"]);
    }
}

on_both! {
    async fn required_and_enumerated_fields(world: World) {
        let client = Client::new(&world).await;
        let good = conversation(&world);
        let mut paths = refused_create(&client, &json!({})).await;
        paths.sort_unstable();
        assert_eq!(paths, ["customer", "mailboxId", "status", "subject", "threads", "type"]);
        for (changes, path) in [
            (json!({"subject": ""}), "subject"), (json!({"subject": 5}), "subject"), (json!({"type": "fax"}), "type"),
            (json!({"status": "open"}), "status"), (json!({"status": "all"}), "status"), (json!({"mailboxId": "x"}), "mailboxId"),
            (json!({"mailboxId": 0}), "mailboxId"), (json!({"mailboxId": "0"}), "mailboxId"),
            (json!({"mailboxId": 77_777}), "mailboxId"), (json!({"mailboxId": world.foreign.main.get()}), "mailboxId"),
            (json!({"customer": {"id": world.foreign.customer.get()}}), "customer.id"), (json!({"customer": {}}), "customer"),
            (json!({"threads": []}), "threads"), (json!({"threads": {}}), "threads"), (json!({"threads": ["x"]}), "threads[0]"),
            (json!({"threads": [{"text": "x"}]}), "threads[0].type"),
            (json!({"threads": [{"type": "lineitem", "text": "x"}]}), "threads[0].type"),
            (json!({"threads": [{"type": "note"}]}), "threads[0].text"),
            (json!({"threads": [{"type": "reply", "text": "x"}]}), "threads[0].customer"),
            (json!({"threads": [{"type": "note", "text": "x", "user": 77_777}]}), "threads[0].user"),
            (json!({"threads": [{"type": "note", "text": "x"}, {"type": "phone", "text": "x", "customer": {"id": 77_777}}]}), "threads[1].customer.id"),
            (json!({"threads": [{"type": "note", "text": "x", "createdAt": "2020-01-01T00:00:00Z"}]}), "threads[0].createdAt"),
            (json!({"threads": [{"type": "note", "text": "x", "attachments": [{"fileName": "a", "mimeType": "a/b", "data": "%"}]}]}), "threads[0].attachments[0].data"),
            (json!({"autoReply": "x"}), "autoReply"), (json!({"imported": "x"}), "imported"),
            (json!({"createdAt": "2020-01-01T00:00:00Z"}), "createdAt"),
            (json!({"closedAt": "2020-01-01T00:00:00Z"}), "closedAt"),
            (json!({"closedAt": "2020-01-01T00:00:00Z", "imported": true}), "closedAt"),
            (json!({"closedAt": "2020-01-01T00:00:00Z", "status": "closed"}), "closedAt"),
            (json!({"tags": "vip"}), "tags"), (json!({"tags": [5]}), "tags[0]"), (json!({"tags": [" "]}), "tags[0]"),
            (json!({"fields": [{"id": 8, "value": "21"}]}), "fields[0].id"), (json!({"fields": {}}), "fields"),
            (json!({"user": 77_777}), "user"), (json!({"user": world.foreign.agent.get()}), "user"),
            (json!({"assignTo": 77_777}), "assignTo"), (json!({"assignTo": world.foreign.agent.get()}), "assignTo"),
            (json!({"assignTo": "x"}), "assignTo"),
        ] {
            assert_eq!(refused_create(&client, &with(&good, changes.clone())).await, [path], "{changes}");
        }
        assert_eq!(crate::customers(&world).await, 2);
        for status in ["active", "pending", "closed", "spam"] {
            for kind in ["email", "chat", "phone"] {
                let id = client.create(&with(&good, json!({"status": status, "type": kind}))).await;
                let shown = client.shown(id).await;
                assert_eq!((&shown["status"], &shown["type"]), (&json!(status), &json!(kind)));
            }
        }
    }
}

on_both! {
    async fn a_refused_creation_leaves_no_customer(world: World) {
        let client = Client::new(&world).await;
        let newcomer = json!({"email": "stray@example.com", "firstName": "x".repeat(41)});
        let body = with(&conversation(&world), json!({"customer": newcomer}));
        assert_eq!(refused_create(&client, &body).await, ["customer.firstName"]);
        let unknown = json!({"type": "phone", "text": "x", "customer": {"id": 77_777}});
        let body = with(&conversation(&world), json!({"customer": {"email": "stray@example.com"}, "threads": [unknown]}));
        assert_eq!(refused_create(&client, &body).await, ["threads[0].customer.id"]);
        assert_eq!(crate::customers(&world).await, 2);
    }
}

on_both! {
    async fn assign_to_is_tri_state(world: World) {
        let client = Client::new(&world).await;
        let good = conversation(&world);
        let absent = client.create(&good).await;
        let mut body = good.clone();
        body["assignTo"] = json!(null);
        let null = client.create(&body).await;
        for id in [absent, null] {
            assert!(client.shown(id).await.get("assignee").is_none());
        }
        let id = client.create(&with(&good, json!({"assignTo": world.here.agent.get()}))).await;
        let shown = client.shown(id).await;
        assert_eq!(shown["assignee"], json!({"id": world.here.agent.get(), "type": "user", "first": "Ada", "last": "Quill", "email": "ada@here.example"}));
        assert_eq!(shown["folderId"], json!(world.here.main.get() * 10 + 5));
    }
}

on_both! {
    async fn a_draft_reply_makes_a_draft_conversation(world: World) {
        let client = Client::new(&world).await;
        let customer = json!({"id": world.here.customer.get()});
        let draft = json!({"type": "reply", "text": "Soon", "customer": customer, "draft": true});
        let id = client.create(&with(&conversation(&world), json!({"type": "email", "threads": [draft]}))).await;
        let shown = client.shown(id).await;
        assert_eq!((&shown["state"], &shown["threads"], &shown["status"]), (&json!("draft"), &json!(0), &json!("active")));
        assert_eq!(shown["folderId"], json!(world.here.main.get() * 10 + 4));
        assert_eq!(shown["createdBy"]["type"], "user");
        assert!(shown.get("customerWaitingSince").is_none());
        created(&client.add(id, "phones", &thread(&world)).await);
        assert_eq!(client.shown(id).await["state"], "published");
    }
}

on_both! {
    async fn threads_can_be_embedded(world: World) {
        let client = Client::new(&world).await;
        let id = client.with_threads(3).await;
        assert!(client.shown(id).await.get("_embedded").is_none());
        for query in ["embed=threads", "embed=x,threads&unknown=1", "embed=x&embed=threads"] {
            let answer = client.get(&format!("/v2/conversations/{id}?{query}")).await;
            assert_eq!(answer.json()["_embedded"]["threads"], json!(client.threads(id).await), "{query}");
        }
        for query in ["embed=x", "embed", "page=0", "size=5&limit=x"] {
            let answer = client.get(&format!("/v2/conversations/{id}?{query}")).await;
            assert_eq!(answer.status, 200, "{query}");
        }
    }
}

on_both! {
    async fn unknown_and_foreign_conversations_get_the_same_error(world: World) {
        let client = Client::new(&world).await;
        let id = client.conversation().await;
        let foreign = Client::of(&world, &world.foreign).await;
        for (client, id) in [(&foreign, id), (&client, 999)] {
            for path in [format!("/v2/conversations/{id}"), format!("/v2/conversations/{id}?embed=threads"), format!("/v2/conversations/{id}/threads"),
                format!("/v2/conversations/{id}/threads?page=0")] {
                assert_eq!(refused(&client.get(&path).await, 404), Vec::<String>::new());
            }
        }
    }
}

#[tokio::test]
async fn links_begin_with_the_public_url() {
    let world = World::new(heddle_testkit::On::Sqlite).await;
    let client = Client::new(&world).await;
    let bearer = format!("Bearer {}", client.token);
    let headers = [
        ("authorization", bearer.as_str()),
        ("content-type", "application/json"),
    ];
    let request = http::Request::builder()
        .method(Method::POST)
        .uri("/v2/conversations")
        .header("host", "api.helpscout.example:8443")
        .header(headers[0].0, headers[0].1)
        .body(conversation(&world).to_string().into())
        .expect("a request");
    let answer = world.request(request).await;
    let location = answer.header("location");
    assert!(
        location.starts_with("http://api.helpscout.example:8443/v2/conversations/"),
        "{location}"
    );
}
