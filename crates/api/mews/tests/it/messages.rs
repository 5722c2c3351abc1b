//! Tests of items 1, 6, 14 and 16 of the list, as far as messages go; contract sections 10 and 11.

use futures_util::future::join_all;
use heddle_domain::message::{Format, Kind, State};
use heddle_store::write::NewAttachment;
use serde_json::{Value, json};

use super::*;
use heddle_testkit::on_both;

const MEMBERS: [&str; 5] = ["Id", "MessageThreadId", "Text", "Sender", "CreatedUtc"];

on_both! {
    async fn added_messages_are_returned_and_listed(world: World) {
        let tokens = plain(&world.here);
        let thread = add_thread(&world, tokens, "Parking").await;
        world.test.clock.advance(1_840);
        let text = "\t<i>2.4 m</i> &lt; \u{1F690}\n";
        let elements = json!([
            { "MessageThreadId": thread["Id"], "Text": text, "Identifier": "outbox-1187", "ClientToken": "repeated" },
            { "ThreadId": thread["Id"], "Text": "second", "Identifier": null },
            { "MessageThreadId": null, "ThreadId": thread["Id"], "Text": "third" },
        ]);
        let body = ok(&world, ADD_MESSAGES, tokens, json!({ "Messages": elements })).await;
        assert_members(&body, &["Messages"]);
        let added = body["Messages"].as_array().expect("an array");
        let labels: Vec<&Value> = added.iter().map(|element| &element["Identifier"]).collect();
        assert_eq!(labels, [&json!("outbox-1187"), &Value::Null, &Value::Null]);
        for element in added {
            assert_members(element, &["Identifier", "Message"]);
            let message = &element["Message"];
            assert_members(message, &MEMBERS);
            assert_eq!(message["MessageThreadId"], thread["Id"]);
            assert_eq!(message["Sender"], json!({ "Discriminator": "Application", "Value": null }));
            assert_eq!(message["CreatedUtc"], json!("2026-03-04T09:15:01Z"));
        }
        assert_eq!(added[0]["Message"]["Text"], json!(text));
        let listed = messages(&world, tokens, json!({ "MessageThreadIds": [thread["Id"]] })).await;
        let newest_first: Vec<&Value> = added.iter().rev().map(|element| &element["Message"]).collect();
        assert_eq!(listed.iter().collect::<Vec<_>>(), newest_first);
    }
}

on_both! {
    async fn an_empty_batch_is_accepted(world: World) {
        let body = ok(&world, ADD_MESSAGES, plain(&world.here), json!({ "Messages": [] })).await;
        assert_eq!(body, json!({ "Messages": [] }));
    }
}

on_both! {
    async fn one_bad_thread_refuses_the_whole_batch(world: World) {
        let tokens = plain(&world.here);
        let thread = add_thread(&world, tokens, "Parking").await;
        let theirs = add_thread(&world, other(&world.here), "Theirs").await;
        let own = parts(&thread["Id"], GuidKind::Conversation);
        let guid = |parts| json!(Guid::encode(GuidKind::Conversation, parts).to_string());
        let wrong_instant = GuidParts { created_at: own.created_at.plus_ms(1), ..own };
        let wrong_tag = GuidParts { tag: own.tag ^ 1, ..own };
        for bad in [
            theirs["Id"].clone(),
            guid(GuidParts { id: own.id + 1_000, ..own }),
            guid(wrong_instant),
            guid(wrong_tag),
            json!(Guid::encode(GuidKind::Message, own).to_string()),
            json!("52e6b438-f2a7-4269-9944-b44a0089c667"),
        ] {
            let elements = json!([
                { "MessageThreadId": thread["Id"], "Text": "good" },
                { "MessageThreadId": bad, "Text": "bad" },
                { "MessageThreadId": thread["Id"], "Text": "good" },
            ]);
            let answer = ask(&world, ADD_MESSAGES, tokens, json!({ "Messages": elements })).await;
            refused(&answer, 400, "Invalid MessageThreadId");
        }
        let named = json!({ "MessageThreadIds": [thread["Id"]] });
        assert!(messages(&world, tokens, named.clone()).await.is_empty());
        assert_eq!(threads(&world, tokens, named).await, [thread]);
    }
}

on_both! {
    async fn a_thousand_messages_go_to_a_thousand_threads(world: World) {
        let tokens = plain(&world.here);
        let mut made = Vec::new();
        for _ in 0..40 {
            made.extend(join_all((0..25).map(|_| add_thread(&world, tokens, "One of many"))).await);
        }
        world.test.clock.advance(60_000);
        let element = |at: usize, thread: &Value| json!({
            "MessageThreadId": thread["Id"], "Text": "x".repeat(at + 1), "Identifier": at.to_string(),
        });
        let elements: Vec<Value> = made.iter().enumerate().map(|(at, thread)| element(at, thread)).collect();
        let body = ok(&world, ADD_MESSAGES, tokens, json!({ "Messages": elements })).await;
        let added = body["Messages"].as_array().expect("an array");
        assert_eq!(added.len(), 1_000);
        for (at, element) in added.iter().enumerate() {
            assert_eq!(element["Identifier"], json!(at.to_string()));
            assert_eq!(element["Message"]["MessageThreadId"], made[at]["Id"]);
        }
        let ids: Vec<&Value> = made.iter().map(|thread| &thread["Id"]).collect();
        let listed = messages(&world, tokens, json!({ "MessageThreadIds": ids })).await;
        assert_eq!(listed.len(), 1_000);
        for (message, element) in listed.iter().rev().zip(added) {
            assert_eq!(message, &element["Message"]);
        }
        let minute = json!({ "StartUtc": "2026-03-04T09:16:00Z", "EndUtc": "2026-03-04T09:17:00Z" });
        let updated = threads(&world, tokens, json!({ "UpdatedUtc": minute })).await;
        assert_eq!(updated.len(), 1_000);
        let one = json!({ "MessageThreadId": made[7]["Id"], "Text": "again" });
        let body = ok(&world, ADD_MESSAGES, tokens, json!({ "Messages": vec![one; 1_000] })).await;
        let ids = body["Messages"].as_array().expect("an array").iter();
        let ids: Vec<i64> = ids.map(|element| parts(&element["Message"]["Id"], GuidKind::Message).id).collect();
        assert!(ids.is_sorted_by(|a, b| a < b), "later elements are newer");
        let listed = messages(&world, tokens, json!({ "MessageThreadIds": [made[7]["Id"]] })).await;
        assert_eq!(listed.len(), 1_000, "Count is 1,000 of 1,001");
    }
}

on_both! {
    async fn messages_are_filtered_by_interval(world: World) {
        let tokens = plain(&world.here);
        let thread = add_thread(&world, tokens, "Parking").await;
        for text in ["0", "1", "2"] {
            add_message(&world, tokens, &thread, text).await;
            world.test.clock.advance(1_000);
        }
        for (start, end, expected) in [
            ("00Z", "02Z", &["1", "0"][..]),
            ("01Z", "02Z", &["1"]),
            ("00.001Z", "02.001Z", &["2", "1"]),
            ("01Z", "01Z", &["1"]),
            ("01.001Z", "01.001Z", &[]),
            ("03Z", "04Z", &[]),
        ] {
            let at = |seconds: &str| format!("2026-03-04T09:15:{seconds}");
            let filter = json!({
                "MessageThreadIds": [thread["Id"]],
                "CreatedUtc": { "StartUtc": at(start), "EndUtc": at(end) },
            });
            assert_eq!(column(&messages(&world, tokens, filter).await, "Text"), expected, "{start} {end}");
        }
    }
}

on_both! {
    async fn messages_of_other_apis_are_plain_text_and_never_empty(world: World) {
        let here = &world.here;
        let thread = add_thread(&world, plain(here), "Parking").await;
        let id = conversation(&thread);
        let agent = Author::Agent(here.agent);
        let incoming = |body: &str| NewMessage::new(Channel::Email, Direction::Incoming, Author::Customer, body);
        let outgoing = |author, body: &str| NewMessage::new(Channel::Email, Direction::Outgoing, author, body);
        let html = |message| NewMessage { format: Format::Html, ..message };
        let file = |name: &str| NewAttachment {
            file_name: name.into(),
            mime_type: "text/plain".into(),
            size: 1,
            data: Some(vec![b'x']),
            object: None,
            link: None,
            extra: None,
        };
        for message in [
            incoming("from the customer"),
            html(outgoing(agent, "<p>Dear <b>guest</b>,</p>1 &lt; 2")),
            outgoing(Author::Application, "an automation's"),
            incoming(""),
            html(incoming("<p> </p>")),
            NewMessage { attachments: vec![file("plan.pdf")], ..incoming("") },
            NewMessage { attachments: vec![file("a\r\nb.txt"), file("c.txt")], ..html(outgoing(agent, "<br>")) },
            NewMessage { attachments: vec![file("d.txt")], ..incoming("see attached") },
        ] {
            append(&world, here, id, message).await;
        }
        let mut found = messages(&world, plain(here), json!({ "MessageThreadIds": [thread["Id"]] })).await;
        found.reverse();
        let shown: Vec<(&str, &str)> = found
            .iter()
            .map(|m| (m["Sender"]["Discriminator"].as_str().expect("a text"), m["Text"].as_str().expect("a text")))
            .collect();
        assert_eq!(shown, [
            ("Application", "from the customer"),
            ("Enterprise", "Dear guest,\n1 < 2"),
            ("Enterprise", "an automation's"),
            ("Application", "(no text)"),
            ("Application", "(no text)"),
            ("Application", "[Attachment: plan.pdf]"),
            ("Enterprise", "[Attachments: a  b.txt, c.txt]"),
            ("Application", "see attached"),
        ]);
    }
}

on_both! {
    async fn an_empty_subject_gets_a_placeholder(world: World) {
        let here = &world.here;
        let thread = add_thread(&world, plain(here), "Parking").await;
        let message = NewMessage {
            subject: Some(String::new()),
            ..NewMessage::new(Channel::Email, Direction::Incoming, Author::Customer, "text")
        };
        append(&world, here, conversation(&thread), message).await;
        let found = threads(&world, plain(here), json!({ "MessageThreadIds": [thread["Id"]] })).await;
        assert_eq!(found[0]["Subject"], json!("(no subject)"));
    }
}

on_both! {
    async fn notes_line_items_and_drafts_are_never_shown(world: World) {
        let here = &world.here;
        let thread = add_thread(&world, plain(here), "Parking").await;
        let agent = Author::Agent(here.agent);
        let message = |body: &str| NewMessage::new(Channel::Chat, Direction::Outgoing, agent, body);
        let unseen = [
            NewMessage { kind: Kind::Note, ..message("note") },
            NewMessage { kind: Kind::LineItem, ..message("") },
            NewMessage { state: State::Draft, ..message("draft") },
            NewMessage { state: State::Hidden, ..message("hidden") },
        ];
        let id = conversation(&thread);
        append(&world, here, id, message("first")).await;
        for at in 0..60 {
            append(&world, here, id, unseen[at % unseen.len()].clone()).await;
        }
        append(&world, here, id, message("last")).await;
        for count in [1, 2, 1_000] {
            let filter = json!({ "MessageThreadIds": [thread["Id"]], "Limitation": { "Count": count } });
            let found = column(&messages(&world, plain(here), filter).await, "Text");
            assert_eq!(found, ["last", "first"][..count.min(2)]);
        }
    }
}

/// The most bytes of texts on one page.
const PAGE_BYTES: usize = 8 << 20;

on_both! {
    async fn a_thousand_long_texts_are_added_at_once_and_listed_in_pages_of_8_mib(world: World) {
        let tokens = plain(&world.here);
        let thread = add_thread(&world, tokens, "Long").await;
        let add = async |count: usize, length: usize| {
            let text = |at: usize| format!("{at:04}").repeat(length / 4);
            let element = |at| json!({ "MessageThreadId": thread["Id"], "Text": text(at) });
            let elements: Vec<Value> = (0..count).map(element).collect();
            ask(&world, ADD_MESSAGES, tokens, json!({ "Messages": elements })).await
        };
        let mut added = Vec::new();
        for (count, length) in [(1_000, 8_000), (120, 60_000), (120, 60_000)] {
            let answer = add(count, length).await;
            assert_eq!(answer.status, 200);
            let messages = answer.json()["Messages"].as_array().expect("an array").clone();
            assert_eq!(messages.len(), count);
            added.extend(messages.into_iter().map(|element| element["Message"]["Id"].clone()));
        }
        // Larger than the limit of a body: nothing is stored.
        refused(&add(1_000, 8_400).await, 413, "The request body is too large. At most 8 MiB");
        let (mut cursor, mut listed, mut sizes) = (Value::Null, Vec::new(), Vec::new());
        loop {
            let limitation = json!({ "Count": 1_000, "Cursor": cursor });
            let asked = json!({ "MessageThreadIds": [thread["Id"]], "Limitation": limitation });
            let page = messages(&world, tokens, asked).await;
            let Some(last) = page.last() else { break };
            cursor = last["Id"].clone();
            sizes.push(page.iter().map(|message| message["Text"].as_str().expect("a text").len()).sum::<usize>());
            listed.extend(page.into_iter().map(|message| message["Id"].clone()));
        }
        assert!(sizes.len() >= 3 && sizes.iter().all(|size| *size <= PAGE_BYTES), "{sizes:?}");
        listed.reverse();
        assert_eq!(listed, added);
    }
}
