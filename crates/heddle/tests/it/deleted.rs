//! A conversation that was deleted through one API is unknown in all of them, and search does not find it.

use http::Method;
use serde_json::{Value, json};

use crate::across::ok;
use crate::catalogue::native::native;
use crate::catalogue::{Fixture, Sample, helpscout, magicline, mews, mykaarma};
use crate::harness::World;
use heddle_testkit::on_both;

/// What every API says about a conversation.
async fn seen(world: &World, fixture: &Fixture, thread: i64, guid: &str) -> Value {
    let here = &world.here;
    world.store().drain_feed().await.expect("drained");
    world
        .store()
        .index(here.account.id)
        .await
        .expect("an index");
    let get = async |sample: Sample| sample.send(world).await;
    let listed = |list: &Value, id: &Value| {
        let list = list.as_array().expect("a list").iter();
        list.filter(|one| one["id"] == *id || one["Id"] == *id || one["conversation"]["id"] == *id)
            .count()
    };
    let span = json!({ "StartUtc": "2026-02-14T00:00:00Z", "EndUtc": "2026-04-14T00:00:00Z" });
    let of_mews =
        |operation: &str, body: Value| mews(operation, &here.mews_client, &here.mews_token, body);
    let all = of_mews(
        "messageThreads/getAll",
        json!({ "CreatedUtc": span, "Limitation": { "Count": 1000 } }),
    );
    let all = ok(world, &all).await.json();
    let updated = of_mews(
        "messageThreads/getAll",
        json!({ "UpdatedUtc": span, "Limitation": { "Count": 1000 } }),
    );
    let updated = ok(world, &updated).await.json();
    let messages = of_mews(
        "messages/getAll",
        json!({ "MessageThreadIds": [guid], "Limitation": { "Count": 10 } }),
    );
    let messages = ok(world, &messages).await.json();
    let add = of_mews(
        "messages/add",
        json!({ "Messages": [{ "MessageThreadId": guid, "Text": "More" }] }),
    );
    let path = |path: &str| format!("/v2/conversations/{thread}{path}");
    let search = native(
        Method::GET,
        "/api/v1/search?q=parking".into(),
        &here.native_token,
        None,
    );
    let search = ok(world, &search).await.json();
    let native_list = native(
        Method::GET,
        "/api/v1/conversations?limit=100".into(),
        &here.native_token,
        None,
    );
    let native_list = ok(world, &native_list).await.json();
    let (id, guid) = (json!(thread), json!(guid));
    json!({
        "helpscout": get(helpscout(Method::GET, path(""), &fixture.here.helpscout_token, None)).await.status.as_u16(),
        "helpscout threads": get(helpscout(Method::GET, path("/threads"), &fixture.here.helpscout_token, None)).await.status.as_u16(),
        "native": get(native(Method::GET, format!("/api/v1/conversations/{thread}"), &here.native_token, None)).await.status.as_u16(),
        "native list": listed(&native_list["data"], &id),
        "search": search["data"].as_array().expect("hits").len(),
        "mews by creation": listed(&all["MessageThreads"], &guid),
        "mews by update": listed(&updated["MessageThreads"], &guid),
        "mews messages": messages["Messages"].as_array().expect("messages").len(),
        "mews add": get(add).await.status.as_u16(),
    })
}

/// Creates a conversation with a message through Mews; returns its GUID and its id.
async fn asked_about_parking(world: &World) -> (String, i64) {
    let here = &world.here;
    let send =
        |call: &'static str, body: Value| mews(call, &here.mews_client, &here.mews_token, body);
    let thread = json!({ "OriginalSender": "Mara", "Subject": "Parking" });
    let added = ok(world, &send("messageThreads/add", thread)).await.json();
    let guid = added["MessageThreads"][0]["Id"]
        .as_str()
        .expect("an id")
        .to_owned();
    let message = json!({ "MessageThreadId": guid, "Text": "Is there parking?" });
    ok(
        world,
        &send("messages/add", json!({ "Messages": [message] })),
    )
    .await;
    let parts = heddle_domain::Guid::parse(&guid)
        .and_then(|guid| guid.decode(heddle_domain::guid::GuidKind::Conversation));
    (guid, parts.expect("a computed GUID").id)
}

on_both! {
    async fn a_deleted_conversation_is_unknown_in_every_api(world: World) {
        let fixture = Fixture::new(&world).await;
        let here = &world.here;
        let (guid, thread) = asked_about_parking(&world).await;
        let shown = |found: u64, status: u16, added: u16| json!({
            "helpscout": status, "helpscout threads": status, "native": status, "native list": found, "mews by creation": found,
            "mews by update": found, "mews add": added,
        });
        let without_hits = |mut seen: Value| {
            let members = seen.as_object_mut().expect("an object");
            let hits = ["search", "mews messages"].map(|name| members.remove(name).and_then(|hits| hits.as_u64()));
            (seen, hits)
        };
        let (before, [hits, messages]) = without_hits(seen(&world, &fixture, thread, &guid).await);
        assert_eq!(before, shown(1, 200, 200));
        let delete = helpscout(Method::DELETE, format!("/v2/conversations/{thread}"), &fixture.here.helpscout_token, None);
        assert_eq!(ok(&world, &delete).await.status, 204);
        let (gone, [fewer, none]) = without_hits(seen(&world, &fixture, thread, &guid).await);
        assert_eq!((gone, none), (shown(0, 404, 400), Some(0)));
        assert!(fewer < hits, "search finds {fewer:?} instead of {hits:?}");
        let restore = native(Method::POST, format!("/api/v1/conversations/{thread}/restore"), &here.native_token, None);
        ok(&world, &restore).await;
        let (back, [again, more]) = without_hits(seen(&world, &fixture, thread, &guid).await);
        assert_eq!((back, again), (shown(1, 200, 200), hits));
        assert!(more > messages, "a message was added before the deletion");
    }
}

on_both! {
    async fn the_conversations_of_an_erased_customer_are_unknown_in_every_api(world: World) {
        let fixture = Fixture::new(&world).await;
        let (here, token) = (&world.here, &fixture.here.helpscout_token);
        let (guid, thread) = asked_about_parking(&world).await;
        let of_helpscout = |method: Method, path: String| helpscout(method, path, token, None);
        let shown = ok(&world, &of_helpscout(Method::GET, format!("/v2/conversations/{thread}"))).await.json();
        let before = seen(&world, &fixture, thread, &guid).await;
        let customer = &shown["primaryCustomer"]["id"];
        let erase = of_helpscout(Method::DELETE, format!("/v2/customers/{customer}"));
        assert_eq!(ok(&world, &erase).await.status, 204);
        // Nothing is different before and after the job.
        for _ in 0..2 {
            let gone = seen(&world, &fixture, thread, &guid).await;
            for (what, expected) in [("helpscout", 404), ("helpscout threads", 404), ("native", 404), ("native list", 0),
                ("mews by creation", 0), ("mews by update", 0), ("mews messages", 0), ("mews add", 400)] {
                assert_eq!(gone[what], expected, "{what}: {gone}");
            }
            assert!(gone["search"].as_u64() < before["search"].as_u64(), "{gone}");
            let listed = of_helpscout(Method::GET, "/v2/conversations?status=all&pageSize=100".into());
            let listed = ok(&world, &listed).await.json();
            let listed = listed["_embedded"]["conversations"].as_array().expect("a list").iter();
            assert_eq!(listed.filter(|one| one["id"] == thread).count(), 0);
            let add = json!({ "text": "Rang", "customer": { "id": here.second_customer.get() } });
            let add = helpscout(Method::POST, format!("/v2/conversations/{thread}/phones"), token, Some(add));
            assert_eq!(add.send(&world).await.status, 404);
            world.store().run_jobs(here.account.id, "test").await.expect("the job runs");
        }
        assert_eq!(world.store().check().await, Ok(Vec::new()));
    }
}

on_both! {
    async fn magicline_and_mykaarma_do_not_know_a_deleted_conversation(world: World) {
        let fixture = Fixture::new(&world).await;
        let (here, names) = (&world.here, &fixture.here);
        let put = magicline(Method::PUT, format!("/v1/communications/{}/threads/{}", here.customer, names.thread), &here.magicline_key);
        ok(&world, &put).await;
        let list = format!("/communications/departments/{}/customers/{}/threads", names.main_public, names.customer_public);
        let list = mykaarma(Method::POST, list, &here.mykaarma, Some(json!({})));
        let has = async || {
            let body = list.send(&world).await.json().to_string();
            body.contains(&format!("\"id\":{},", names.thread)) || body.contains(&format!("\"id\":{}}}", names.thread))
        };
        let listed = has().await;
        let delete = helpscout(Method::DELETE, format!("/v2/conversations/{}", names.thread), &names.helpscout_token, None);
        assert_eq!(ok(&world, &delete).await.status, 204);
        assert_eq!(put.send(&world).await.status, 404);
        assert!(listed && !has().await, "listed before: {listed}");
    }
}
