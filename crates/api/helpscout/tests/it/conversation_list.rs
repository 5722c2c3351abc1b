//! Tests of contract section 6.2: the list of conversations, its filters, sort orders and links.

use serde_json::{Value, json};

use crate::harness::World;
use crate::{Client, conversation, created, merge, refused, with};
use heddle_testkit::on_both;

/// Returns the ids on one page.
fn ids(page: &Value) -> Vec<i64> {
    let list = page["_embedded"]["conversations"]
        .as_array()
        .expect("a list");
    list.iter()
        .map(|c| c["id"].as_i64().expect("an id"))
        .collect()
}

async fn page(client: &Client<'_>, path: &str) -> Value {
    let answer = client.get(path).await;
    assert_eq!(
        answer.status,
        200,
        "{path}: {}",
        String::from_utf8_lossy(&answer.body)
    );
    answer.json()
}

async fn listed(client: &Client<'_>, query: &str) -> Vec<i64> {
    ids(&page(client, &format!("/v2/conversations?{query}")).await)
}

/// Follows `next` to the end; returns the ids of each page.
async fn walk(client: &Client<'_>, query: &str) -> Vec<Vec<i64>> {
    let mut path = format!("/v2/conversations?{query}");
    let mut pages = Vec::new();
    loop {
        let body = page(client, &path).await;
        pages.push(ids(&body));
        match body["_links"]["next"]["href"].as_str() {
            Some(next) => next
                .strip_prefix("http://heddle.test")
                .expect("our base")
                .clone_into(&mut path),
            None => return pages,
        }
    }
}

/// Creates a conversation with other members, a minute after the last one.
async fn made(client: &Client<'_>, changes: Value) -> i64 {
    client.world.test.clock.advance(60_000);
    client
        .create(&with(&conversation(client.world), changes))
        .await
}

on_both! {
    async fn a_page_is_shown_whole(world: World) {
        let client = Client::new(&world).await;
        let id = client.conversation().await;
        let answer = client.get("/v2/conversations").await;
        assert_eq!(answer.header("content-type"), "application/hal+json;charset=UTF-8");
        let at = "http://heddle.test/v2/conversations";
        assert_eq!(answer.json(), json!({
            "_embedded": {"conversations": [client.shown(id).await]},
            "_links": {
                "self": {"href": at}, "first": {"href": format!("{at}?page=1")}, "last": {"href": format!("{at}?page=1")},
                "page": {"href": format!("{at}{{?page}}"), "templated": true},
            },
            "page": {"size": 25, "totalElements": 1, "totalPages": 1, "number": 1},
        }));
    }
}

on_both! {
    async fn contradiction_8_an_empty_list_has_an_empty_array(world: World) {
        let client = Client::new(&world).await;
        let at = "http://heddle.test/v2/conversations?status=all";
        assert_eq!(page(&client, "/v2/conversations/?status=all").await, json!({
            "_embedded": {"conversations": []},
            "_links": {
                "self": {"href": at}, "first": {"href": format!("{at}&page=1")}, "last": {"href": format!("{at}&page=1")},
                "page": {"href": format!("{at}{{&page}}"), "templated": true},
            },
            "page": {"size": 25, "totalElements": 0, "totalPages": 0, "number": 1},
        }));
    }
}

on_both! {
    async fn each_filter_selects(world: World) {
        let client = Client::new(&world).await;
        let (main, second) = (world.here.main.get(), world.here.second.get());
        let (agent, other) = (world.here.agent.get(), world.here.default_agent.get());
        let active = made(&client, json!({"tags": ["Kettle"], "assignTo": agent})).await;
        let pending = made(&client, json!({"status": "pending", "tags": ["vip", "kettle"]})).await;
        let closed = made(&client, json!({"status": "closed", "mailboxId": second})).await;
        let spam = made(&client, json!({"mailboxId": second, "assignTo": other})).await;
        created(&client.add(spam, "notes", &json!({"text": "x", "status": "spam"})).await);
        let free = made(&client, json!({})).await;
        let gone = made(&client, json!({"status": "closed"})).await;
        merge(&world, gone, free).await;
        let noted = "2026-03-04T09:18:30+00:00";
        for (query, expected) in [
            ("", vec![free, active]),
            ("status=", vec![free, active]),
            ("status=all", vec![free, spam, closed, pending, active]),
            ("status=open", vec![free, pending, active]),
            ("status=closed", vec![closed]),
            ("status=spam", vec![spam]),
            ("status=closed&status=pending", vec![pending]),
            (&format!("status=all&mailbox={second}"), vec![spam, closed]),
            (&format!("status=all&mailbox={second},{main}"), vec![free, spam, closed, pending, active]),
            (&format!("mailbox={second}"), vec![]),
            (&format!("status=all&mailbox={}", world.foreign.main), vec![]),
            ("status=all&mailbox=77777", vec![]),
            ("status=all&tag=vip", vec![pending]),
            ("status=all&tag=VIP,%20Kettle", vec![pending, active]),
            ("tag=vip,kettle", vec![active]),
            ("tag=unknown", vec![]),
            (&format!("assigned_to={agent}"), vec![active]),
            (&format!("assigned_to={other}&status=all"), vec![spam]),
            (&format!("assigned_to={}&status=all", world.foreign.agent), vec![]),
            (&format!("number={free}"), vec![free]),
            (&format!("number={closed}"), vec![]),
            (&format!("number={closed}&status=all"), vec![closed]),
            (&format!("number={gone}&status=all"), vec![]),
            (&format!("status=all&modifiedSince={noted}"), vec![free, spam]),
            ("modifiedSince=2030-01-01T00:00:00Z", vec![]),
            (&format!("folder={}", main * 10 + 1), vec![free]),
            (&format!("folder={}&status=all", main * 10 + 1), vec![free, pending]),
            (&format!("folder={}", main * 10 + 2), vec![active]),
            (&format!("folder={}&status=all", main * 10 + 3), vec![]),
            (&format!("folder={}&status=all", main * 10 + 5), vec![active]),
            (&format!("folder={}&status=all", second * 10 + 6), vec![closed]),
            (&format!("folder={}&status=all", second * 10 + 7), vec![spam]),
            ("folder=5&status=all", vec![]),
            (&format!("status=all&assigned_to={agent}&tag=kettle&mailbox={main}"), vec![active]),
            (&format!("status=all&query=(number:{pending})"), vec![pending]),
            ("limit=1&size=1&pageSize=1&unknown=x", vec![free, active]),
        ] {
            assert_eq!(listed(&client, query).await, expected, "{query}");
        }
    }
}

on_both! {
    async fn a_draft_is_in_its_folder_and_a_caller_sees_only_its_inboxes(world: World) {
        let client = Client::new(&world).await;
        let main = world.here.main.get();
        let customer = json!({"id": world.here.customer.get()});
        let draft = json!({"type": "reply", "text": "soon", "customer": customer, "draft": true});
        let id = made(&client, json!({"type": "email", "threads": [draft]})).await;
        assert_eq!(client.shown(id).await["folderId"], json!(main * 10 + 4));
        assert_eq!(listed(&client, "").await, [id]);
        assert_eq!(listed(&client, &format!("folder={}", main * 10 + 4)).await, [id]);
        assert_eq!(listed(&client, &format!("folder={}", main * 10 + 1)).await, [] as [i64; 0]);
        let foreign = Client::of(&world, &world.foreign).await;
        assert_eq!(listed(&foreign, "status=all").await, [] as [i64; 0]);
        let foreign_id = foreign.create(&json!({
            "subject": "x", "type": "phone", "mailboxId": world.foreign.main.get(), "status": "active",
            "customer": {"id": world.foreign.customer.get()},
            "threads": [{"type": "phone", "text": "x", "customer": {"id": world.foreign.customer.get()}}],
        })).await;
        assert_eq!(listed(&foreign, &format!("query=(id:{foreign_id})")).await, [foreign_id]);
        assert_eq!(listed(&client, &format!("query=(id:{foreign_id})")).await, [] as [i64; 0]);
    }
}

on_both! {
    async fn each_order_sorts_both_ways(world: World) {
        let client = Client::new(&world).await;
        let (main, second) = (world.here.main.get(), world.here.second.get());
        let person = |email: &str, first: &str| json!({"email": email, "firstName": first, "lastName": "Ng"});
        let thread = |customer: &Value| json!([{"type": "phone", "text": "x", "customer": customer}]);
        let mut all = Vec::new();
        for (at, (subject, status, inbox, email, first)) in [
            ("delta", "active", main, "d@x.example", "Bo"),
            ("Alpha", "closed", second, "b@x.example", "adam"),
            ("charlie", "pending", main, "c@x.example", "Cy"),
            ("bravo", "active", second, "a@x.example", "Di"),
        ].into_iter().enumerate() {
            let customer = person(email, first);
            let mut changes = json!({"subject": subject, "status": status, "mailboxId": inbox, "customer": customer,
                "threads": thread(&customer)});
            if at == 3 {
                // It began before all others.
                changes["imported"] = json!(true);
                changes["createdAt"] = json!("2020-01-01T00:00:00Z");
            }
            all.push(made(&client, changes).await);
        }
        world.test.clock.advance(60_000);
        created(&client.add(all[0], "notes", &json!({"text": "later"})).await);
        let [a, b, c, d] = all[..] else { panic!("four conversations") };
        for (field, ascending) in [
            ("createdAt", [d, a, b, c]), ("score", [d, a, b, c]), ("modifiedAt", [b, c, d, a]), ("number", [a, b, c, d]),
            ("subject", [b, d, c, a]), ("customerEmail", [d, b, c, a]), ("customerName", [b, a, c, d]),
            ("mailboxid", [a, c, b, d]), ("mailboxId", [a, c, b, d]), ("status", [a, d, b, c]),
        ] {
            let query = format!("status=all&sortField={field}&sortOrder");
            assert_eq!(listed(&client, &format!("{query}=asc")).await, ascending, "{field}");
            let descending: Vec<i64> = ascending.into_iter().rev().collect();
            assert_eq!(listed(&client, &format!("{query}=desc")).await, descending, "{field}");
        }
        assert_eq!(listed(&client, "status=all").await, [c, b, a, d], "createdAt desc by default");
        let waiting = listed(&client, "status=all&sortField=waitingSince&sortOrder=asc").await;
        let since = |shown: &Value| shown["customerWaitingSince"]["time"].as_str().unwrap_or("9").to_owned();
        let mut times = Vec::new();
        for id in &waiting { times.push(since(&client.shown(*id).await)); }
        assert!(times.is_sorted(), "{times:?}");
    }
}

on_both! {
    async fn pages_have_25_conversations_and_links_that_keep_the_filters(world: World) {
        let client = Client::new(&world).await;
        let mut all = Vec::new();
        for _ in 0..55 { all.push(made(&client, json!({"tags": ["many"]})).await); }
        all.reverse();
        let path = "/v2/conversations?status=open&tag=many&page=2&status=active";
        let body = page(&client, path).await;
        let at = "http://heddle.test/v2/conversations?status=active&tag=many";
        let last = all[49];
        let time = body["_embedded"]["conversations"][24]["createdAt"].as_str().expect("a time").to_owned();
        let next = body["_links"]["next"]["href"].as_str().expect("a link").to_owned();
        assert!(next.starts_with(&format!("{at}&page=3&position=3_createdAt_desc_0_")) && next.ends_with(&format!("_{last}_")), "{next} {time}");
        assert_eq!(with(&body["_links"], json!({"next": null})), json!({
            "self": {"href": format!("{at}&page=2")}, "first": {"href": format!("{at}&page=1")},
            "previous": {"href": format!("{at}&page=1")}, "last": {"href": format!("{at}&page=3")},
            "page": {"href": format!("{at}{{&page}}"), "templated": true},
        }));
        assert_eq!(body["page"], json!({"size": 25, "totalElements": 55, "totalPages": 3, "number": 2}));
        assert_eq!(ids(&body), all[25..50]);
        for rel in ["self", "first", "previous", "next", "last"] {
            let href = body["_links"][rel]["href"].as_str().expect("a link");
            let shown = page(&client, href.strip_prefix("http://heddle.test").expect("our base")).await;
            let expected = match rel { "self" => &all[25..50], "next" | "last" => &all[50..], _ => &all[..25] };
            assert_eq!(ids(&shown), expected, "{rel}");
            assert_eq!(shown["page"]["totalElements"], 55, "{rel}");
        }
        let beyond = page(&client, "/v2/conversations?page=500").await;
        assert_eq!((ids(&beyond).len(), &beyond["page"]["totalElements"], &beyond["page"]["number"]), (0, &json!(55), &json!(500)));
        assert!(beyond["_links"]["next"].is_null());
        // A client that changes the number in a link gets that page.
        let other = next.replace("page=3", "page=1");
        let other = page(&client, other.strip_prefix("http://heddle.test").expect("our base")).await;
        assert_eq!(ids(&other), all[..25]);
    }
}

on_both! {
    async fn a_walk_neither_skips_nor_repeats_while_conversations_are_added(world: World) {
        let client = Client::new(&world).await;
        let mut old = Vec::new();
        for at in 0..60 {
            let status = if at % 3 == 0 { "pending" } else { "active" };
            old.push(made(&client, json!({"status": status, "tags": ["w"], "subject": format!("s{:02}", at % 7)})).await);
        }
        for query in [
            "status=all", "status=all&sortOrder=asc", "status=all&sortField=number", "status=all&sortField=mailboxid",
            "status=all&sortField=status", "status=all&tag=w", "status=all&sortField=subject&sortOrder=asc",
            "status=all&sortField=customerName", "status=all&sortField=waitingSince&sortOrder=desc",
        ] {
            let mut path = format!("/v2/conversations?{query}");
            let mut seen = Vec::new();
            loop {
                let body = page(&client, &path).await;
                seen.extend(ids(&body));
                let Some(next) = body["_links"]["next"]["href"].as_str() else { break };
                next.strip_prefix("http://heddle.test").expect("our base").clone_into(&mut path);
                for _ in 0..3 { made(&client, json!({"tags": ["w"], "subject": "s03"})).await; }
            }
            let distinct: std::collections::BTreeSet<i64> = seen.iter().copied().collect();
            assert_eq!(distinct.len(), seen.len(), "{query}: one twice");
            let missing: Vec<_> = old.iter().filter(|id| !distinct.contains(id)).collect();
            assert!(missing.is_empty(), "{query}: {missing:?} missing");
        }
        let pages = walk(&client, "status=pending&sortField=modifiedAt").await;
        assert_eq!(pages.concat().len(), 20);
    }
}

on_both! {
    async fn a_walk_goes_on_at_the_same_text_when_its_last_conversation_has_another(world: World) {
        let client = Client::new(&world).await;
        let mut all = Vec::new();
        for at in 0..60 {
            all.push(made(&client, json!({"subject": format!("s{at:02}")})).await);
        }
        for (order, renamed) in [("asc", "zzz"), ("desc", "aaa")] {
            let expected: Vec<i64> = match order { "asc" => all[25..50].to_vec(), _ => all[10..35].iter().rev().copied().collect() };
            let last = match order { "asc" => all[24], _ => all[35] };
            let first = page(&client, &format!("/v2/conversations?sortField=subject&sortOrder={order}")).await;
            assert_eq!(ids(&first).last(), Some(&last), "{order}");
            let before = first["_embedded"]["conversations"][24]["subject"].clone();
            crate::done(&client.patch(last, "replace", "/subject", json!(renamed)).await);
            let next = first["_links"]["next"]["href"].as_str().expect("a link");
            let next = page(&client, next.strip_prefix("http://heddle.test").expect("our base")).await;
            assert_eq!(ids(&next), expected, "{order}");
            crate::done(&client.patch(last, "replace", "/subject", before).await);
        }
        // A position says nothing about the conversation that it names.
        let id = all[59];
        let at = |text: &str| format!("/v2/conversations?sortField=subject&sortOrder=asc&page=2&position=2_subject_asc_0_0_{id}_{text}");
        assert_eq!(ids(&page(&client, &at("")).await), all[..25]);
    }
}

on_both! {
    async fn embedded_threads_are_those_of_each_conversation(world: World) {
        let client = Client::new(&world).await;
        let first = client.with_threads(3).await;
        let second = made(&client, json!({})).await;
        let body = page(&client, "/v2/conversations?embed=threads").await;
        assert_eq!(ids(&body), [second, first]);
        for (at, id) in [(0, second), (1, first)] {
            let threads = &body["_embedded"]["conversations"][at]["_embedded"]["threads"];
            assert_eq!(threads, &Value::from(client.threads(id).await));
            let alone = client.get(&format!("/v2/conversations/{id}?embed=threads")).await;
            assert_eq!(body["_embedded"]["conversations"][at], alone.json());
        }
        let plain = page(&client, "/v2/conversations").await;
        assert!(plain["_embedded"]["conversations"][0]["_embedded"].is_null());
    }
}

on_both! {
    async fn bad_parameters_are_refused(world: World) {
        let client = Client::new(&world).await;
        for (query, path, fragment) in [
            ("status=gone", "status", "EnumValue"), ("sortField=color", "sortField", "EnumValue"),
            ("sortOrder=up", "sortOrder", "EnumValue"), ("mailbox=x", "mailbox", "Type"),
            ("mailbox=1,2x", "mailbox", "Type"), ("folder=x", "folder", "Type"), ("number=x", "number", "Type"),
            ("assigned_to=x", "assigned_to", "Type"), ("modifiedSince=2026-03-04", "modifiedSince", "DateTime"),
            ("page=0", "page", "Page"), ("page=x", "page", "Page"), ("query=(color:red)", "query", "Query"),
            ("query=(tag:a", "query", "Query"), ("customFieldsByIds=8:1", "customFieldsByIds", "NotFound"),
            ("tag=a%00b", "tag", "Characters"), ("position=x", "position", "Page"),
        ] {
            let answer = client.get(&format!("/v2/conversations?{query}")).await;
            assert_eq!(refused(&answer, 400), [path], "{query}");
            assert_eq!(crate::fragments(&answer), [fragment], "{query}");
            assert_eq!(answer.json()["_embedded"]["errors"][0]["source"], "QUERY", "{query}");
        }
        let answer = world.send(http::Method::GET, "/v2/conversations?status=gone", &[], "").await;
        assert_eq!(answer.status, 401);
    }
}
