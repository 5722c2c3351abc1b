//! The reopening table of contract section 7.3 and the state machine of section 13, row by row.

use serde_json::{Value, json};

use crate::harness::World;
use crate::{Client, conversation, created, done, thread, with};
use heddle_testkit::on_both;

const STATUSES: [&str; 4] = ["active", "pending", "closed", "spam"];

/// Creates a conversation with a status.
async fn with_status(client: &Client<'_>, status: &str) -> i64 {
    let body = with(&conversation(client.world), json!({"status": status}));
    client.create(&body).await
}

async fn status(client: &Client<'_>, id: i64) -> String {
    let shown = client.shown(id).await;
    shown["status"].as_str().expect("a status").to_owned()
}

on_both! {
    async fn the_reopening_table_of_section_7_3(world: World) {
        let client = Client::new(&world).await;
        let thread = thread(&world);
        for before in STATUSES {
            for kind in crate::FIVE {
                let takes_status = matches!(kind, "notes" | "reply");
                let usual = if kind == "notes" { before } else { "active" };
                let mut table: Vec<(Value, &str)> = vec![
                    (json!({}), usual),
                    (json!({"status": null}), usual),
                    (json!({"imported": true}), before),
                    (json!({"imported": true, "status": "closed"}), before),
                ];
                for (word, after) in [("active", "active"), ("open", "active"), ("closed", "closed"), ("pending", "pending"), ("spam", "spam"),
                    ("all", before), ("nochange", before), ("inbox_predefined", usual)] {
                    table.push((json!({"status": word}), if takes_status { after } else { "active" }));
                }
                if kind == "reply" {
                    table.push((json!({"draft": true}), before));
                    table.push((json!({"draft": true, "status": "closed"}), before));
                }
                for (members, after) in table {
                    let id = with_status(&client, before).await;
                    let mut body = thread.clone();
                    body.as_object_mut().expect("an object").extend(members.as_object().expect("an object").clone());
                    created(&client.add(id, kind, &body).await);
                    assert_eq!(status(&client, id).await, after, "{before} {kind} {members}");
                }
            }
        }
    }
}

on_both! {
    async fn the_state_machine_of_section_13(world: World) {
        let client = Client::new(&world).await;
        let agent = json!(world.here.agent.get());
        // status: active <-> pending <-> closed, any -> spam -> active. Each change is allowed.
        for from in STATUSES {
            for to in STATUSES {
                let id = with_status(&client, from).await;
                world.test.clock.advance(60_000);
                done(&client.patch(id, "replace", "/status", json!(to)).await);
                let shown = client.shown(id).await;
                assert_eq!(shown["status"], to, "{from}");
                // close: closedBy = caller, closedAt = now; reopen: closedAt cleared, closedBy 0.
                assert_eq!(shown["closedBy"], if to == "closed" { agent.clone() } else { json!(0) }, "{from} {to}");
                assert_eq!(shown.get("closedAt").is_some(), to == "closed", "{from} {to}");
                assert_eq!(shown.get("closedByUser").is_some(), to == "closed", "{from} {to}");
            }
        }
        // state: draft -> published -> deleted.
        let draft = json!({"type": "reply", "text": "Soon", "customer": {"id": world.here.customer.get()}, "draft": true});
        let id = client.create(&with(&conversation(&world), json!({"status": "closed", "threads": [draft]}))).await;
        let shown = client.shown(id).await;
        assert_eq!((&shown["state"], &shown["status"]), (&json!("draft"), &json!("closed")), "draft reply: unchanged until published");
        done(&client.patch(id, "replace", "/draft", json!(false)).await);
        let shown = client.shown(id).await;
        assert_eq!((&shown["state"], &shown["status"]), (&json!("published"), &json!("active")));
        done(&client.send(http::Method::DELETE, &format!("/v2/conversations/{id}"), None).await);
        assert_eq!(client.get(&format!("/v2/conversations/{id}")).await.status, 404);
    }
}

on_both! {
    async fn the_waiting_clock_of_section_13(world: World) {
        let client = Client::new(&world).await;
        let id = client.create(&with(&conversation(&world), json!({"threads": [{"type": "note", "text": "x"}]}))).await;
        assert!(client.shown(id).await.get("customerWaitingSince").is_none());
        for (kind, latest) in [("phones", "customer"), ("reply", "user"), ("chats", "customer"), ("notes", "customer"), ("reply", "user"), ("customer", "customer")] {
            world.test.clock.advance(60_000);
            created(&client.add(id, kind, &thread(&world)).await);
            assert_eq!(client.shown(id).await["customerWaitingSince"]["latestReplyFrom"], latest, "{kind}");
        }
        done(&client.patch(id, "replace", "/status", json!("closed")).await);
        assert!(client.shown(id).await["customerWaitingSince"]["time"].is_string(), "the member stays on a closed conversation");
    }
}

on_both! {
    async fn the_folder_of_section_13_follows_from_the_state(world: World) {
        let client = Client::new(&world).await;
        let main = world.here.main.get() * 10;
        let draft = json!({"type": "reply", "text": "Soon", "customer": {"id": world.here.customer.get()}, "draft": true});
        let agent = world.here.agent.get();
        for (members, folder) in [
            (json!({}), 1), (json!({"assignTo": agent}), 5), (json!({"status": "pending"}), 1), (json!({"status": "closed", "assignTo": agent}), 6),
            (json!({"status": "spam", "assignTo": agent, "threads": [draft]}), 7), (json!({"status": "closed", "assignTo": agent, "threads": [draft]}), 4),
        ] {
            let id = client.create(&with(&conversation(&world), members.clone())).await;
            assert_eq!(client.shown(id).await["folderId"], json!(main + folder), "{members}");
        }
    }
}
