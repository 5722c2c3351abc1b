//! Tests of contract sections 10.1 and 10.5: inboxes, their folders, and tags.

use std::collections::BTreeSet;

use heddle_access::provision;
use heddle_domain::InboxScope;
use heddle_store::read::tags::MOST_COUNTED;
use heddle_store::write::folders::FolderCounts;
use heddle_store::write::inbox::UpdateInbox;
use serde_json::{Value, json};

use crate::harness::World;
use crate::{Client, conversation, created, done, merge, operator, refused, with};
use heddle_testkit::on_both;

async fn count(world: &World) {
    world.store().drain_feed().await.expect("drained");
    let account = world.here.account.id;
    world
        .store()
        .catch_up::<FolderCounts>(account)
        .await
        .expect("counted");
}

fn link(path: &str) -> Value {
    json!({"href": format!("http://heddle.test{path}")})
}

on_both! {
    async fn inboxes_are_shown_whole(world: World) {
        let client = Client::new(&world).await;
        let (main, second) = (world.here.main.get(), world.here.second.get());
        let answer = client.get("/v2/mailboxes").await;
        assert_eq!(answer.status, 200);
        let mut body = answer.json();
        let list = body["_embedded"]["mailboxes"].as_array_mut().expect("a list");
        assert_eq!(list.iter().map(|m| m["id"].clone()).collect::<Vec<_>>(), [json!(main), json!(second)]);
        let alone = client.get(&format!("/v2/mailboxes/{main}")).await;
        assert_eq!((alone.status.as_u16(), alone.json()), (200, list[0].clone()));
        let at = format!("/v2/mailboxes/{main}");
        let slug = list[0]["slug"].take();
        let slug = slug.as_str().expect("a slug");
        assert!(slug.len() == 16 && slug.chars().all(|c| c.is_ascii_hexdigit()), "{slug}");
        let view = world.store().read(heddle_store::read::account::GetInbox {
            account: world.here.account.id, id: world.here.main,
        }).await.expect("a read").expect("an inbox");
        assert_eq!(list[0], json!({
            "id": main, "name": view.name, "slug": null, "email": "", "createdAt": "2026-03-04T09:15:00Z",
            "updatedAt": "2026-03-04T09:15:00Z",
            "_links": {"self": link(&at), "folders": link(&format!("{at}/folders/")), "fields": link(&format!("{at}/fields/"))},
        }));
        assert_eq!(body["page"], json!({"size": 50, "totalElements": 2, "totalPages": 1, "number": 1}));
        assert_eq!(body["_links"]["first"], link("/v2/mailboxes?page=1"));
        for path in [format!("/v2/mailboxes/{}", world.foreign.main), "/v2/mailboxes/77777".into(), "/v2/mailboxes/x".into(),
            format!("/v2/mailboxes/{}/folders", world.foreign.main), "/v2/mailboxes/77777/folders".into()] {
            assert_eq!(refused(&client.get(&path).await, 404), [] as [&str; 0], "{path}");
        }
        assert_eq!(refused(&client.get("/v2/mailboxes?page=x").await, 400), ["page"]);
        assert_eq!(refused(&client.get(&format!("/v2/mailboxes/{main}/folders?page=x")).await, 400), ["page"]);
    }
}

on_both! {
    async fn folders_have_kept_counts(world: World) {
        let client = Client::new(&world).await;
        let main = world.here.main.get();
        let agent = world.here.agent.get();
        let other = world.here.default_agent.get();
        let create = |changes: Value| with(&conversation(&world), changes);
        let free = client.create(&create(json!({}))).await;
        client.create(&create(json!({"status": "pending"}))).await;
        client.create(&create(json!({"assignTo": agent}))).await;
        client.create(&create(json!({"assignTo": other, "status": "pending"}))).await;
        client.create(&create(json!({"status": "closed", "assignTo": agent}))).await;
        let spam = client.create(&create(json!({}))).await;
        created(&client.add(spam, "notes", &json!({"text": "x", "status": "spam"})).await);
        let customer = json!({"id": world.here.customer.get()});
        let draft = json!({"type": "reply", "text": "soon", "customer": customer, "draft": true});
        let drafted = client.create(&create(json!({"type": "email", "threads": [draft]}))).await;
        let gone = client.create(&create(json!({}))).await;
        count(&world).await;
        merge(&world, gone, free).await;
        let answer = client.get(&format!("/v2/mailboxes/{main}/folders/")).await;
        let shown = |body: &Value| -> Vec<(String, i64, i64)> {
            let list = body["_embedded"]["folders"].as_array().expect("a list");
            let number = |value: &Value| value.as_i64().expect("a number");
            list.iter().map(|f| (f["type"].as_str().expect("a type").into(), number(&f["totalCount"]), number(&f["activeCount"]))).collect()
        };
        let counts = |open: (i64, i64), drafts: (i64, i64)| vec![
            ("open".into(), open.0, open.1), ("mytickets".into(), 1, 1), ("needs_attn".into(), 0, 0), ("drafts".into(), drafts.0, drafts.1),
            ("assigned".into(), 2, 1), ("closed".into(), 1, 0), ("spam".into(), 1, 0),
        ];
        assert_eq!(shown(&answer.json()), counts((3, 2), (1, 1)), "as far as the feed was read");
        // The draft gets a published message, and the merge is counted.
        created(&client.add(drafted, "phones", &json!({"text": "hi", "customer": customer})).await);
        count(&world).await;
        let answer = client.get(&format!("/v2/mailboxes/{main}/folders/")).await;
        assert_eq!(shown(&answer.json()), counts((3, 2), (0, 0)));
        count(&world).await;
        let mut body = answer.json();
        let first = body["_embedded"]["folders"][1].take();
        assert_eq!(first, json!({
            "id": main * 10 + 2, "name": "Mine", "type": "mytickets", "userId": agent, "totalCount": 1, "activeCount": 1,
            "updatedAt": "2026-03-04T09:15:00Z",
        }));
        assert_eq!(body["_links"], json!({"self": link(&format!("/v2/mailboxes/{main}/folders/"))}));
        assert_eq!(body["page"], json!({"size": 50, "totalElements": 7, "totalPages": 1, "number": 1}));
        // Each folder has as many conversations as its filter finds.
        let again = client.get(&format!("/v2/mailboxes/{main}/folders/")).await.json();
        for folder in again["_embedded"]["folders"].as_array().expect("a list") {
            let found = client.get(&format!("/v2/conversations?status=all&folder={}", folder["id"])).await.json();
            assert_eq!(found["page"]["totalElements"], folder["totalCount"], "{folder}");
        }
    }
}

/// Creates a team without members; returns its id.
async fn team(world: &World, name: &str) -> i64 {
    let made = provision::create_team(world.store(), &world.here.account, name, BTreeSet::new());
    made.await.expect("a team").agent.id.get()
}

/// Returns the folders of an inbox on a page, and the page's numbers.
async fn folders(client: &Client<'_>, inbox: i64, page: i64) -> (Vec<Value>, Value) {
    let path = format!("/v2/mailboxes/{inbox}/folders?page={page}");
    let mut body = client.get(&path).await.json();
    let list = body["_embedded"]["folders"].as_array().expect("a list");
    (list.clone(), body["page"].take())
}

async fn listed(client: &Client<'_>, query: &str) -> Vec<i64> {
    let path = format!("/v2/conversations?{query}");
    let page = client.get(&path).await.json();
    let list = page["_embedded"]["conversations"].as_array();
    let list = list.unwrap_or_else(|| panic!("{query}: {page}")).iter();
    list.map(|c| c["id"].as_i64().expect("an id")).collect()
}

on_both! {
    async fn each_team_has_a_folder(world: World) {
        let client = Client::new(&world).await;
        let (main, second) = (world.here.main.get(), world.here.second.get());
        let [looms, dyes] = [team(&world, "Looms").await, team(&world, "Dyes").await];
        let create = |changes: Value| with(&conversation(&world), changes);
        let open = client.create(&create(json!({"assignTo": looms}))).await;
        let waiting = client.create(&create(json!({"assignTo": looms, "status": "pending"}))).await;
        client.create(&create(json!({"assignTo": looms, "status": "closed"}))).await;
        client.create(&create(json!({"assignTo": world.here.agent.get()}))).await;
        let elsewhere = client.create(&create(json!({"assignTo": looms, "mailboxId": second}))).await;
        assert_eq!(client.shown(open).await["folderId"], json!(main * 10 + 5), "section 13: assigned");
        count(&world).await;
        let (mut list, numbers) = folders(&client, main, 1).await;
        assert_eq!(numbers, json!({"size": 50, "totalElements": 9, "totalPages": 1, "number": 1}));
        let of_looms = list[7].take();
        assert_eq!(of_looms, json!({
            "id": of_looms["id"], "name": "Looms", "type": "team", "userId": 0, "totalCount": 2, "activeCount": 1,
            "updatedAt": "2026-03-04T09:15:00Z",
        }));
        let of_dyes = list[8].take();
        assert_eq!((&of_dyes["name"], &of_dyes["totalCount"], &of_dyes["activeCount"]), (&json!("Dyes"), &json!(0), &json!(0)));
        assert_eq!((&list[4]["totalCount"], &list[4]["activeCount"]), (&json!(3), &json!(2)), "Assigned has the teams', too");
        let of_second = folders(&client, second, 1).await.0[7].take();
        assert_eq!((&of_second["name"], &of_second["totalCount"]), (&json!("Looms"), &json!(1)));
        let id = |folder: &Value| folder["id"].as_i64().expect("an id");
        for (query, expected) in [
            (format!("folder={}", id(&of_looms)), vec![open]),
            (format!("folder={}&status=all", id(&of_looms)), vec![waiting, open]),
            (format!("folder={}&status=all", id(&of_dyes)), vec![]),
            (format!("folder={}&status=all", id(&of_second)), vec![elsewhere]),
        ] {
            assert_eq!(listed(&client, &query).await, expected, "{query}");
        }
        // The counts move with the conversation.
        done(&client.patch(waiting, "replace", "/assignTo", json!(dyes)).await);
        done(&client.patch(open, "replace", "/status", json!("closed")).await);
        count(&world).await;
        let counts = folders(&client, main, 1).await.0;
        let counts: Vec<_> = counts[7..].iter().map(|folder| (id(folder), folder["totalCount"].clone())).collect();
        assert_eq!(counts, [(id(&of_looms), json!(0)), (id(&of_dyes), json!(1))], "and the ids stay");
    }
}

on_both! {
    async fn the_folder_of_a_team_that_does_not_exist_is_unknown(world: World) {
        let client = Client::new(&world).await;
        let foreign = Client::of(&world, &world.foreign).await;
        let looms = team(&world, "Looms").await;
        let conversation = client.create(&with(&conversation(&world), json!({"assignTo": looms}))).await;
        let agent = world.here.agent.get();
        client.create(&with(&crate::conversation(&world), json!({"assignTo": agent}))).await;
        let folder = folders(&client, world.here.main.get(), 1).await.0[7]["id"].as_i64().expect("an id");
        assert_eq!(listed(&client, &format!("folder={folder}&status=all")).await, [conversation]);
        assert_eq!(listed(&foreign, &format!("folder={folder}&status=all")).await, [] as [i64; 0]);
        assert_eq!(folders(&foreign, world.foreign.main.get(), 1).await.0.len(), 7);
        // A user is no team, whatever the number in the id says.
        let pair = |inbox: i64, team: i64| ((inbox + team) * (inbox + team + 1) / 2 + team) * 10 + 8;
        let main = world.here.main.get();
        assert_eq!(pair(main, looms), folder);
        for id in [pair(main, agent), pair(main, looms + 1), pair(main + 77_777, looms), pair(world.foreign.main.get(), looms)] {
            assert_eq!(listed(&client, &format!("folder={id}&status=all")).await, [] as [i64; 0], "{id}");
        }
    }
}

on_both! {
    async fn the_folders_of_many_teams_have_pages(world: World) {
        let client = Client::new(&world).await;
        let mut teams = Vec::new();
        for number in 0..95 {
            teams.push(team(&world, &format!("Team {number}")).await);
        }
        let main = world.here.main.get();
        let mut names = Vec::new();
        for (page, length) in [(1, 50), (2, 50), (3, 2), (4, 0)] {
            let (list, numbers) = folders(&client, main, page).await;
            assert_eq!(list.len(), length, "{page}");
            assert_eq!(numbers, json!({"size": 50, "totalElements": 102, "totalPages": 3, "number": page}));
            names.extend(list.into_iter().map(|folder| folder["name"].as_str().expect("a name").to_owned()));
        }
        let expected: Vec<String> = (0..95).map(|number| format!("Team {number}")).collect();
        assert_eq!(names[7..], expected);
        let (list, _) = folders(&client, main, i64::MAX).await;
        assert!(list.is_empty());
    }
}

on_both! {
    async fn tags_are_listed_by_name(world: World) {
        let client = Client::new(&world).await;
        let body = |changes: Value| with(&conversation(&world), changes);
        let empty = client.get("/v2/tags").await.json();
        assert_eq!(empty["_embedded"], json!({"tags": []}));
        let first = client.create(&body(json!({"tags": ["zebra", "VIP client"]}))).await;
        client.create(&body(json!({"tags": ["zebra"], "mailboxId": world.here.second.get()}))).await;
        let tags: Vec<Value> = client.shown(first).await["tags"].as_array().expect("tags").clone();
        let page = client.get("/v2/tags").await.json();
        let named = |name: &str, slug: &str, count: i64| {
            let id = tags.iter().find(|tag| tag["tag"] == name).expect("a tag")["id"].clone();
            json!({"id": id, "name": name, "slug": slug, "color": "#A5B2BD", "createdAt": "2026-03-04T09:15:00Z",
                "updatedAt": "2026-03-04T09:15:00Z", "ticketCount": count})
        };
        // A name without letters and digits has a slug, too.
        let happy = client.create(&body(json!({"tags": ["\u{1F600}"]}))).await;
        let id = client.shown(happy).await["tags"][0]["id"].clone();
        let shown = client.get(&format!("/v2/tags/{id}")).await.json();
        assert_eq!((&shown["name"], &shown["slug"]), (&json!("\u{1F600}"), &json!(format!("tag-{id}"))));
        let (vip, zebra) = (named("vip client", "vip-client", 1), named("zebra", "zebra", 2));
        assert_eq!(page["_embedded"]["tags"], json!([vip, zebra]));
        assert_eq!(page["page"], json!({"size": 50, "totalElements": 2, "totalPages": 1, "number": 1}));
        assert_eq!(page["_links"]["last"], link("/v2/tags?page=1"));
        let alone = client.get(&format!("/v2/tags/{}", zebra["id"])).await;
        assert_eq!((alone.status.as_u16(), alone.json()), (200, zebra.clone()));
        let foreign = Client::of(&world, &world.foreign).await;
        for client in [&foreign, &client] {
            let unknown = if std::ptr::eq(client, &foreign) { zebra["id"].to_string() } else { "77777".into() };
            assert_eq!(refused(&client.get(&format!("/v2/tags/{unknown}")).await, 404), [] as [&str; 0]);
        }
        // A caller of one inbox sees only the tags of its conversations.
        let read = heddle_store::read::tags::TagsByName {
            account: world.here.account.id, inboxes: InboxScope::only([world.here.second]), page: 1, size: 50,
        };
        let limited = world.store().read(read).await.expect("a read");
        let shown: Vec<_> = limited.tags.iter().map(|(tag, count)| (tag.name.as_str(), *count)).collect();
        assert_eq!(shown, [("zebra", 1)]);
        let read = heddle_store::read::tags::CountedTag {
            account: world.here.account.id, inboxes: InboxScope::only([world.here.second]),
            id: heddle_domain::id::TagId(vip["id"].as_i64().expect("an id")),
        };
        assert_eq!(world.store().read(read).await.expect("a read"), None);
        assert!(limited.total < MOST_COUNTED);
    }
}

on_both! {
    async fn every_inbox_has_the_seven_folders(world: World) {
        let client = Client::new(&world).await;
        let second = world.here.second.get();
        let body = client.get(&format!("/v2/mailboxes/{second}/folders")).await.json();
        let folders = body["_embedded"]["folders"].as_array().expect("a list");
        let shown: Vec<Value> = folders.iter().map(|folder| json!([folder["name"], folder["type"], folder["userId"]])).collect();
        let me = world.here.agent.get();
        assert_eq!(json!(shown), json!([
            ["Unassigned", "open", 0], ["Mine", "mytickets", me], ["Needs Attention", "needs_attn", 0], ["Drafts", "drafts", 0],
            ["Assigned", "assigned", 0], ["Closed", "closed", 0], ["Spam", "spam", 0],
        ]));
    }
}

on_both! {
    async fn a_change_of_an_inbox_is_its_updated_at(world: World) {
        let client = Client::new(&world).await;
        let path = format!("/v2/mailboxes/{}", world.here.main);
        let before = client.get(&path).await.json();
        world.test.clock.advance(90_000);
        let rename = UpdateInbox { caller: operator(&world.here), id: world.here.main, expected: None, name: Some("Renamed".into()),
            default_agent: None, messaging_off: None };
        world.store().write(rename).await.expect("renamed");
        // The server keeps what it knows of a token for five seconds.
        world.test.clock.advance(6_000);
        let after = Client::new(&world).await.get(&path).await.json();
        assert_eq!(after, with(&before, json!({ "name": "Renamed", "updatedAt": "2026-03-04T09:16:30Z" })));
    }
}

/// Walks a list by its `next` links; returns the names of its items and how many pages there were.
async fn walk(client: &Client<'_>, path: &str, rel: &str) -> (Vec<String>, usize) {
    let (mut names, mut pages, mut next) = (Vec::new(), 0, Some(path.to_owned()));
    while let Some(path) = next {
        let page = client.get(&path).await.json();
        pages += 1;
        assert_eq!(page["page"]["number"], json!(pages));
        let items = page["_embedded"][rel].as_array().expect("a list");
        assert!(items.len() <= 50);
        names.extend(
            items
                .iter()
                .map(|item| item["name"].as_str().expect("a name").to_owned()),
        );
        let link = page["_links"]["next"]["href"].as_str();
        next = link.map(|link| link.trim_start_matches("http://heddle.test").to_owned());
    }
    (names, pages)
}

on_both! {
    async fn many_inboxes_and_tags_are_on_several_pages(world: World) {
        for number in 0..101 {
            let name = format!("Inbox {number}");
            let made = provision::create_inbox(world.store(), &world.here.account, &name, None, Vec::new());
            made.await.expect("an inbox");
        }
        let client = Client::new(&world).await;
        let (names, pages) = walk(&client, "/v2/mailboxes", "mailboxes").await;
        assert_eq!((names.len(), pages), (103, 3));
        let made: Vec<_> = (0..101).map(|number| format!("Inbox {number}")).collect();
        assert_eq!(names[2..], made);
        let tags: Vec<String> = (0..120).map(|number| format!("tag {number:03}")).collect();
        for some in tags.chunks(60) {
            client.create(&with(&conversation(&world), json!({ "tags": some }))).await;
        }
        assert_eq!(walk(&client, "/v2/tags", "tags").await, (tags, 3));
    }
}
