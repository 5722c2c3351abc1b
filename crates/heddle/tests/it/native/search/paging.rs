//! Tests of pages: every conversation comes exactly once, in order, whatever the size of the pages.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::*;
use crate::native::faults;
use heddle_testkit::on_both;

on_both! {
    async fn every_conversation_comes_exactly_once(world: World) {
        let mut desk = Desk::new(&world);
        for at in 0..23 {
            let mut messages = Vec::new();
            for message in 0..=(at % 3) {
                let mut said = said(&"locker ".repeat(1 + (at + message) % 4));
                let day = 1 + (at * 7 + message * 5) % 28;
                said["occurred_at"] = json!(format!("2026-02-{day:02}T08:00:00Z"));
                messages.push(said);
            }
            desk.open("one", json!({ "messages": messages })).await;
        }
        desk.told("other", "something else").await;
        index(&world).await;
        for sort in ["-time", "relevance"] {
            let mut orders = Vec::new();
            for limit in [1, 4, 100] {
                let found = desk.api.walk(&format!("{SEARCH}?q=locker&sort={sort}"), limit).await;
                let ids: Vec<i64> = found.iter().map(|one| one["conversation"]["id"].as_i64().expect("an id")).collect();
                let once: BTreeSet<i64> = ids.iter().copied().collect();
                assert_eq!((ids.len(), once.len()), (23, 23), "{sort} {limit}");
                if sort == "-time" {
                    let newest = |one: &Value| one["messages"][0]["occurred_at"].as_str().expect("a time").to_owned();
                    let times: Vec<String> = found.iter().map(newest).collect();
                    assert!(times.is_sorted_by(|a, b| a >= b), "{times:?}");
                }
                orders.push(ids);
            }
            assert!(orders.iter().all(|order| *order == orders[0]), "{sort}: {orders:?}");
        }
    }
}

on_both! {
    async fn a_cursor_belongs_to_its_search(world: World) {
        let mut desk = Desk::new(&world);
        for _ in 0..3 {
            desk.told("one", "locker").await;
        }
        index(&world).await;
        let page = results(&desk.api, "locker", "&limit=2").await;
        let cursor = page["next_cursor"].as_str().expect("a cursor").to_owned();
        let next = results(&desk.api, "locker", &format!("&limit=1&cursor={cursor}")).await;
        assert_eq!(next["data"].as_array().map(Vec::len), Some(1));
        for (query, more) in [("lockers", ""), ("locker", "&sort=relevance"), ("locker", "&facets=true"), ("locker", "&time_zone=UTC")] {
            let answer = search(&desk.api, query, &format!("{more}&cursor={cursor}")).await;
            assert_eq!(faults(&answer), ["cursor cursor"], "{query} {more}");
        }
        let foreign = Api::new(&world, &world.foreign.native_token);
        assert_eq!(faults(&search(&foreign, "locker", &format!("&cursor={cursor}")).await), ["cursor cursor"]);
    }
}
