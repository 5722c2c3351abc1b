//! Many clients at once on one conversation: no update is lost, nothing is doubled, and no call fails.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use heddle_domain::InboxScope;
use heddle_domain::custom_field::FieldKind;
use heddle_domain::id::ConversationId;
use heddle_store::read::contents::ShowConversation;
use heddle_store::write::custom_field::DefineField;
use http::Method;
use serde_json::{Value, json};

use crate::harness::World;
use crate::{Client, created, done, operator, thread, with};
use heddle_testkit::on_both;

const CLIENTS: usize = 64;

on_both! {
    async fn sixty_four_clients_change_one_conversation(world: World) {
        let client = Client::new(&world).await;
        let settings = vec![heddle_helpscout::settings::THREAD_CAP.to(0)];
        let account = world.here.account.id;
        let change = heddle_store::write::account::UpdateAccount { caller: None, expected: None, id: account, name: None, settings };
        world.store().write(change).await.expect("changed");
        world.app.authentication.forget_account(account);
        let field = DefineField { caller: operator(&world.here), inbox: world.here.main, name: "Serial".into(), kind: FieldKind::SingleLine,
            order: None, required: false, options: Vec::new() };
        let field = world.store().write(field).await.expect("a field").field;
        let id = client.conversation().await;
        let draft = created(&client.add(id, "reply", &with(&thread(&world), json!({"draft": true}))).await);
        let agents = [world.here.agent.get(), world.here.default_agent.get()];
        let (main, second) = (world.here.main.get(), world.here.second.get());
        let customers = [world.here.customer.get(), world.here.second_customer.get()];
        let at = |path: &str| format!("/v2/conversations/{id}{path}");
        let operation = |op: &str, path: &str, value: Value| json!({"op": op, "path": path, "value": value});
        let calls = (0..CLIENTS).map(|n| {
            let (client, at, operation, field) = (&client, &at, &operation, &field);
            async move {
                let even = n % 2;
                let operations = [
                    operation("replace", "/subject", json!(format!("Subject {n}"))),
                    operation("replace", "/status", json!(["active", "pending", "closed", "spam"][n % 4])),
                    operation("replace", "/assignTo", json!(agents[even])),
                    operation("remove", "/assignTo", json!(null)),
                    operation("replace", "/primaryCustomer.id", json!(customers[even])),
                    operation("move", "/mailboxId", json!([main, second][even])),
                    operation("replace", "/draft", json!(false)),
                ];
                let mut statuses = Vec::new();
                for body in operations {
                    statuses.push(client.send(Method::PATCH, &at(""), Some(body)).await.status.as_u16());
                }
                let body = json!({"tags": [format!("t{n}"), "all"]});
                statuses.push(client.send(Method::PUT, &at("/tags"), Some(body)).await.status.as_u16());
                let body = operation("replace", "/text", json!(format!("Draft {n}")));
                statuses.push(client.send(Method::PATCH, &at(&format!("/threads/{draft}")), Some(body)).await.status.as_u16());
                assert_eq!(statuses, [204; 9], "{n}");
                // The inbox of the field changes meanwhile, so that the field may be unknown.
                let body = json!({"fields": [{"id": field.id, "value": format!("SN {n}")}]});
                let answer = client.send(Method::PUT, &at("/fields"), Some(body)).await;
                assert!([204, 400, 409].contains(&answer.status.as_u16()), "{n}: {}", answer.status);
                let thread = created(&client.add(id, "notes", &json!({"text": format!("Note {n}")})).await);
                let file = json!({"fileName": format!("{n}.txt"), "mimeType": "text/plain", "data": "cmluZw=="});
                let file = created(&client.post(&at(&format!("/threads/{thread}/attachments")), &file).await);
                (thread, file)
            }
        });
        let made = join_all(calls).await;
        let threads: BTreeSet<i64> = made.iter().map(|(thread, _)| *thread).collect();
        let files: BTreeSet<i64> = made.iter().map(|(_, file)| *file).collect();
        assert_eq!((threads.len(), files.len()), (CLIENTS, CLIENTS));
        let mut listed = client.threads(id).await;
        listed.extend(client.get(&at("/threads?page=2")).await.json()["_embedded"]["threads"].as_array().expect("threads").clone());
        let notes: BTreeSet<i64> = listed.iter().filter(|thread| thread["type"] == "note").map(|thread| thread["id"].as_i64().expect("an id")).collect();
        assert_eq!(notes, threads, "every note is there, once");
        let names: BTreeSet<String> = listed.iter().flat_map(|thread| thread["_embedded"]["attachments"].as_array().expect("a list"))
            .map(|file| file["filename"].as_str().expect("a name").to_owned()).collect();
        assert_eq!(names, (0..CLIENTS).map(|n| format!("{n}.txt")).collect::<BTreeSet<_>>());
        let shown = client.shown(id).await;
        let tags: Vec<_> = shown["tags"].as_array().expect("tags").iter().map(|tag| tag["tag"].as_str().expect("a name")).collect();
        assert_eq!((tags.len(), tags[0]), (2, "all"), "the tags of one client, not of two: {tags:?}");
        assert_eq!(shown["threads"], json!(1 + CLIENTS));
        assert_eq!(world.store().check().await, Ok(Vec::new()));
    }
}

on_both! {
    async fn two_agents_edit_different_things_and_both_stay(world: World) {
        let client = Client::new(&world).await;
        let id = client.conversation().await;
        let path = format!("/v2/conversations/{id}");
        for round in 0..16 {
            let operation = |path: &str, value: Value| Some(json!({"op": "replace", "path": path, "value": value}));
            let subject = operation("/subject", json!(format!("Round {round}")));
            let status = operation("/status", json!(["closed", "active"][round % 2]));
            let assign = operation("/assignTo", json!([world.here.agent.get(), world.here.default_agent.get()][round % 2]));
            let tags = Some(json!({"tags": [format!("round {round}")]}));
            let tags_path = format!("{path}/tags");
            let answers = tokio::join!(
                client.send(Method::PATCH, &path, subject),
                client.send(Method::PATCH, &path, status),
                client.send(Method::PATCH, &path, assign),
                client.send(Method::PUT, &tags_path, tags),
            );
            for answer in [&answers.0, &answers.1, &answers.2, &answers.3] {
                done(answer);
            }
            let shown = client.shown(id).await;
            assert_eq!(shown["subject"], format!("Round {round}"));
            assert_eq!(shown["status"], ["closed", "active"][round % 2]);
            assert_eq!(shown["assignee"]["id"], json!([world.here.agent.get(), world.here.default_agent.get()][round % 2]));
            assert_eq!(shown["tags"][0]["tag"], format!("round {round}"));
        }
        let read = ShowConversation { account: world.here.account.id, inboxes: InboxScope::All, id: ConversationId(id) };
        let stored = world.store().read(read).await.expect("a conversation");
        assert_eq!(stored.labels.tags.len(), 1);
    }
}
