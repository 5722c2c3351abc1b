//! Tests of pages of conversations and messages over HTTP while other requests write. The store's tests cover every
//! order and filter; these tests cover the cursors.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{ALL, conversation, path, said, say};
use crate::harness::World;
use crate::native::{Api, faults};
use heddle_testkit::on_both;

/// Reads a list in small pages and calls `between` after each. Returns how often each id occurred.
async fn walk(api: &Api<'_>, list: &str, mut between: impl AsyncFnMut()) -> BTreeMap<i64, usize> {
    let separator = if list.contains('?') { '&' } else { '?' };
    let mut times = BTreeMap::new();
    let mut next = format!("{list}{separator}limit=3");
    loop {
        let page = api.get(&next).await.json();
        for item in page["data"].as_array().expect("a page") {
            *times
                .entry(item["id"].as_i64().expect("an id"))
                .or_default() += 1;
        }
        let Some(cursor) = page["next_cursor"].as_str() else {
            return times;
        };
        next = format!("{list}{separator}limit=3&cursor={cursor}");
        between().await;
    }
}

fn id(value: &Value) -> i64 {
    value["id"].as_i64().expect("an id")
}

on_both! {
    async fn paging_returns_each_conversation_once_while_others_write(world: World) {
        let api = Api::full(&world);
        for (sort, stays) in [("created", true), ("-created", true), ("started", true), ("-updated", false), ("updated", false)] {
            let mut there = Vec::new();
            for _ in 0..10 {
                world.test.clock.advance(7);
                there.push(conversation(&api, &world).await);
            }
            let list = format!("{ALL}?sort={sort}&status=new&status=open&status=closed");
            let (mut turn, mut touched, mut added) = (0, Vec::new(), Vec::new());
            let times = walk(&api, &list, async || {
                turn += 1;
                if turn <= 4 {
                    world.test.clock.advance(7);
                    added.push(id(&conversation(&api, &world).await));
                    let other = &there[turn * 2];
                    touched.push(id(other));
                    api.patch(&path(other), json!({ "status": "closed" })).await;
                    say(&api, other, said("again")).await;
                }
            }).await;
            for one in there.iter().map(id) {
                if stays || !touched.contains(&one) {
                    assert_eq!(times.get(&one), Some(&1), "{sort} {one}");
                }
            }
            if sort == "created" {
                assert!(added.iter().all(|one| times.get(one) == Some(&1)), "{sort}");
            }
        }
    }
}

on_both! {
    async fn paging_returns_each_message_once_in_either_order(world: World) {
        let api = Api::full(&world);
        let one = conversation(&api, &world).await;
        let list = format!("{}/messages", path(&one));
        let mut there = Vec::new();
        for at in 0..8 {
            let mut message = said("x");
            // The messages have times in the past, some of them equal.
            message["occurred_at"] = json!(format!("2026-01-0{}T00:00:00Z", 1 + at % 4));
            there.push(id(&say(&api, &one, message).await));
        }
        for sort in ["created", "-created", "occurred", "-occurred"] {
            let mut added = 0;
            let times = walk(&api, &format!("{list}?sort={sort}"), async || {
                if added < 2 {
                    added += 1;
                    say(&api, &one, said("later")).await;
                }
            }).await;
            assert!(there.iter().all(|one| times.get(one) == Some(&1)), "{sort}");
        }
        let sorted = async |sort: &str| api.walk(&format!("{list}?sort={sort}"), 100).await;
        let (down, up) = (sorted("-occurred").await, sorted("occurred").await);
        assert!(down.iter().eq(up.iter().rev()));
        let times: Vec<_> = up.iter().map(|m| m["occurred_at"].as_str().expect("a time").to_owned()).collect();
        assert!(times.is_sorted());
    }
}

on_both! {
    async fn contradictory_filters_are_refused(world: World) {
        let api = Api::full(&world);
        for (query, told) in [
            ("sort=last_message", "sort invalid"),
            ("sort=name", "sort choice"),
            ("status=done", "status[0] choice"),
            ("customer_id=0", "customer_id range"),
            ("updated_since=yesterday", "updated_since format"),
            ("archived=yes", "archived type"),
            ("include=cat", "include[0] choice"),
        ] {
            assert_eq!(faults(&api.get(&format!("{ALL}?{query}")).await), [told], "{query}");
        }
        for unknown in ["customer_id=777", "assignee_id=777", "inbox_id=777", "tag=none", "application_id=777"] {
            assert!(api.walk(&format!("{ALL}?{unknown}"), 10).await.is_empty());
        }
    }
}
