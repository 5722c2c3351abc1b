//! Tests of items 2, 3 and 17 of the list: cursors and empty pages (contract sections 2.6 and 7).

use heddle_domain::Timestamp;
use http::Method;
use serde_json::{Value, json};

use super::*;
use heddle_testkit::on_both;

/// Adds five threads, one per second.
async fn five(world: &World) -> Vec<Value> {
    let mut made = Vec::new();
    for subject in ["1", "2", "3", "4", "5"] {
        made.push(add_thread(world, plain(&world.here), subject).await);
        world.test.clock.advance(1_000);
    }
    made
}

/// Follows the cursors up to the empty page; returns the texts of each page.
async fn walk(
    world: &World,
    (path, list, shown): (&str, &str, &str),
    filter: &Value,
    count: usize,
) -> Vec<Vec<String>> {
    let mut cursor = Value::Null;
    let mut pages = Vec::new();
    loop {
        let mut properties = filter.clone();
        properties["Limitation"] = json!({ "Count": count, "Cursor": cursor });
        let body = ok(world, path, plain(&world.here), properties).await;
        let found = page(&body, list);
        pages.push(column(&found, shown));
        if found.is_empty() {
            return pages;
        }
        cursor = body["Cursor"].clone();
    }
}

const THREADS: (&str, &str, &str) = (GET_THREADS, "MessageThreads", "Subject");
const MESSAGES: (&str, &str, &str) = (GET_MESSAGES, "Messages", "Text");

on_both! {
    async fn paging_ends_with_an_empty_page(world: World) {
        let made = five(&world).await;
        let ids: Vec<&Value> = made.iter().map(|thread| &thread["Id"]).collect();
        for filter in [
            json!({ "CreatedUtc": today() }),
            json!({ "UpdatedUtc": today() }),
            json!({ "MessageThreadIds": ids }),
        ] {
            let pages = walk(&world, THREADS, &filter, 2).await;
            assert_eq!(pages, [&["5", "4"][..], &["3", "2"], &["1"], &[]], "{filter}");
        }
        let pages = walk(&world, THREADS, &json!({ "CreatedUtc": today() }), 5).await;
        assert_eq!(pages.len(), 2);
    }
}

on_both! {
    async fn a_thread_added_while_paging_neither_repeats_nor_skips(world: World) {
        five(&world).await;
        let filter = json!({ "UpdatedUtc": today(), "Limitation": { "Count": 2 } });
        let body = ok(&world, GET_THREADS, plain(&world.here), filter).await;
        add_thread(&world, plain(&world.here), "6").await;
        let rest = json!({ "UpdatedUtc": today(), "Limitation": { "Count": 10, "Cursor": body["Cursor"] } });
        assert_eq!(column(&threads(&world, plain(&world.here), rest).await, "Subject"), ["3", "2", "1"]);
    }
}

on_both! {
    async fn threads_of_one_millisecond_are_walked_one_by_one(world: World) {
        for subject in ["1", "2", "3", "4", "5"] {
            add_thread(&world, plain(&world.here), subject).await;
        }
        for filter in [json!({ "CreatedUtc": today() }), json!({ "UpdatedUtc": today() })] {
            let pages = walk(&world, THREADS, &filter, 1).await.concat();
            assert_eq!(pages, ["5", "4", "3", "2", "1"]);
        }
    }
}

on_both! {
    async fn threads_are_in_creation_order_whatever_the_filter(world: World) {
        let made = five(&world).await;
        add_message(&world, plain(&world.here), &made[1], "Hello").await;
        let pages = walk(&world, THREADS, &json!({ "UpdatedUtc": today() }), 2).await.concat();
        assert_eq!(pages, ["5", "4", "3", "2", "1"]);
    }
}

on_both! {
    async fn a_cursor_need_not_match_the_filter(world: World) {
        let made = five(&world).await;
        let ids: Vec<&Value> = [0, 1, 4].map(|at: usize| &made[at]["Id"]).into();
        let filter = json!({ "MessageThreadIds": ids, "Limitation": { "Count": 10, "Cursor": made[2]["Id"] } });
        assert_eq!(column(&threads(&world, plain(&world.here), filter).await, "Subject"), ["2", "1"]);
        let early = json!({ "StartUtc": "2026-03-04T09:15:00Z", "EndUtc": "2026-03-04T09:15:02Z" });
        let filter = json!({ "CreatedUtc": early, "Limitation": { "Count": 10, "Cursor": made[4]["Id"] } });
        assert_eq!(column(&threads(&world, plain(&world.here), filter).await, "Subject"), ["2", "1"]);
    }
}

on_both! {
    async fn an_unknown_cursor_continues_before_its_instant(world: World) {
        let here = &world.here;
        let made = five(&world).await;
        let third = parts(&made[2]["Id"], GuidKind::Conversation);
        let guid = |kind, parts| Guid::encode(kind, parts).to_string();
        let no_such_thread = GuidParts { id: third.id + 1_000, ..third };
        let another_account = GuidParts { tag: third.tag ^ 1, ..third };
        let another_instant = GuidParts { created_at: Timestamp(third.created_at.0 + 1), ..third };
        let message = GuidParts { created_at: third.created_at, ..third };
        for (cursor, expected) in [
            (guid(GuidKind::Conversation, third), &["2", "1"][..]),
            (guid(GuidKind::Conversation, no_such_thread), &["2", "1"]),
            (guid(GuidKind::Conversation, another_account), &["2", "1"]),
            (guid(GuidKind::Conversation, another_instant), &["3", "2", "1"]),
            (guid(GuidKind::Message, message), &["2", "1"]),
            ("52e6b438-f2a7-4269-9944-b44a0089c667".into(), &[]),
            ("00000000-0000-0000-0000-000000000000".into(), &[]),
            ("ffffffff-ffff-ffff-ffff-ffffffffffff".into(), &[]),
        ] {
            let filter = json!({ "CreatedUtc": today(), "Limitation": { "Count": 10, "Cursor": cursor } });
            let found = threads(&world, plain(here), filter).await;
            assert_eq!(column(&found, "Subject"), expected, "{cursor}");
        }
        let foreign = add_thread(&world, other(here), "Other").await;
        let filter = json!({ "CreatedUtc": today(), "Limitation": { "Count": 10, "Cursor": foreign["Id"] } });
        assert_eq!(threads(&world, plain(here), filter).await.len(), 5);
    }
}

on_both! {
    async fn a_cursor_keeps_its_position_when_its_thread_is_merged(world: World) {
        let mut made = Vec::new();
        for subject in ["1", "2", "3"] {
            made.push(add_thread(&world, plain(&world.here), subject).await);
        }
        crate::threads::merge(&world, conversation(&made[1]), conversation(&made[2])).await;
        let filter = json!({ "CreatedUtc": today(), "Limitation": { "Count": 10, "Cursor": made[1]["Id"] } });
        assert_eq!(column(&threads(&world, plain(&world.here), filter).await, "Subject"), ["1"]);
    }
}

on_both! {
    async fn messages_are_walked_newest_first_across_threads(world: World) {
        let here = &world.here;
        let made = five(&world).await;
        let elements: Vec<Value> = (0..9)
            .map(|at| json!({ "MessageThreadId": made[at % 3]["Id"], "Text": at.to_string() }))
            .collect();
        ok(&world, ADD_MESSAGES, plain(here), json!({ "Messages": elements })).await;
        let ids: Vec<&Value> = made.iter().map(|thread| &thread["Id"]).collect();
        let pages = walk(&world, MESSAGES, &json!({ "MessageThreadIds": ids }), 2).await;
        assert_eq!(pages.concat(), ["8", "7", "6", "5", "4", "3", "2", "1", "0"]);
        assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [2, 2, 2, 2, 1, 0]);
        let two = json!({ "MessageThreadIds": [ids[0], ids[1]] });
        assert_eq!(walk(&world, MESSAGES, &two, 4).await.concat(), ["7", "6", "4", "3", "1", "0"]);
    }
}

on_both! {
    async fn a_message_cursor_is_a_position_too(world: World) {
        let here = &world.here;
        let (one, two) = (add_thread(&world, plain(here), "1").await, add_thread(&world, plain(here), "2").await);
        let mut sent = Vec::new();
        for (thread, text) in [(&one, "a"), (&two, "b"), (&one, "c")] {
            sent.push(add_message(&world, plain(here), thread, text).await);
            world.test.clock.advance(1_000);
        }
        let second = parts(&sent[1]["Id"], GuidKind::Message);
        let guid = |parts| Guid::encode(GuidKind::Message, parts).to_string();
        for (cursor, expected) in [
            (sent[1]["Id"].as_str().expect("a text").to_owned(), &["a"][..]),
            (guid(GuidParts { tag: second.tag ^ 1, ..second }), &["a"]),
            (guid(GuidParts { created_at: Timestamp(second.created_at.0 + 1_001), ..second }), &["c", "a"]),
            (one["Id"].as_str().expect("a text").to_owned(), &[]),
            ("52e6b438-f2a7-4269-9944-b44a0089c667".into(), &[]),
        ] {
            let filter = json!({
                "MessageThreadIds": [one["Id"]],
                "Limitation": { "Count": 10, "Cursor": cursor },
            });
            assert_eq!(column(&messages(&world, plain(here), filter).await, "Text"), expected, "{cursor}");
        }
    }
}

on_both! {
    async fn an_empty_page_is_204_if_the_client_prefers_it(world: World) {
        let here = &world.here;
        let nothing = json!({ "MessageThreadIds": ["52e6b438-f2a7-4269-9944-b44a0089c667"], "Limitation": { "Count": 1 } });
        let mut body = nothing.clone();
        body["ClientToken"] = json!(here.mews_client);
        body["AccessToken"] = json!(here.mews_token);
        body["Client"] = json!("c");
        for path in [GET_THREADS, GET_MESSAGES] {
            let headers = [("content-type", "application/json"), ("prefer", "return=minimal")];
            let answer = world.send(Method::POST, path, &headers, body.to_string()).await;
            assert_eq!((answer.status.as_u16(), answer.body.len()), (204, 0));
            assert_eq!(answer.header("content-type"), "");
            assert_eq!(answer.header("request-id").len(), 32);
            ok(&world, path, plain(here), nothing.clone()).await;
            let mut wrong = body.clone();
            wrong["Limitation"] = json!({});
            let answer = world.send(Method::POST, path, &headers, wrong.to_string()).await;
            refused(&answer, 400, "Invalid Limitation");
        }
        let thread = add_thread(&world, plain(here), "There").await;
        body["MessageThreadIds"] = json!([thread["Id"]]);
        let headers = [("content-type", "application/json"), ("prefer", "return=minimal")];
        let answer = world.send(Method::POST, GET_THREADS, &headers, body.to_string()).await;
        assert_eq!(page(&answer.json(), "MessageThreads").len(), 1);
    }
}
