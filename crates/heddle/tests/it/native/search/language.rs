//! Tests of what a query finds: every text, every operator, and their combinations.

use heddle_domain::credential::Grant;
use http::Method;
use serde_json::{Value, json};

use super::*;
use heddle_testkit::on_both;

async fn upload(world: &World, name: &str) -> Value {
    let bearer = format!("Bearer {}", world.here.native_token);
    let headers = [
        ("authorization", bearer.as_str()),
        ("content-type", "image/jpeg"),
    ];
    let path = format!("/api/v1/attachments?filename={}", encoded(name));
    let file = world
        .send(Method::POST, &path, &headers, b"picture".to_vec())
        .await;
    made(file).await["id"].clone()
}

/// Creates the conversations of a small help desk.
async fn desk(world: &World) -> Desk<'_> {
    let mut desk = Desk::new(world);
    let here = &world.here;
    desk.open("locker", json!({
        "subject": "Broken locker", "ticket_number": "T-4711", "tags": ["repair", "Very Urgent"],
        "messages": [said("It does not close über Nacht.")],
    })).await;
    let file = upload(world, "Holiday-photo 2026.jpg").await;
    let mirela =
        json!({ "email": "mirela.popa@mail.example", "first_name": "Mirela", "last_name": "Popa" });
    let invoice = desk.open("invoice", json!({
        "subject": "Invoice RE123456", "customer": mirela, "assignee_id": here.agent.get(), "status": "pending",
        "messages": [{ "channel": "email", "direction": "incoming", "body": "<p>The <b>total</b> is wrong.</p>",
            "format": "html", "attachment_ids": [file], "occurred_at": "2026-02-10T12:00:00Z" }],
    })).await;
    let note = json!({ "body": "Ask the caretaker.", "author_agent_id": here.agent.get() });
    made(
        desk.api
            .post(&format!("{}/notes", path(&invoice)), note)
            .await,
    )
    .await;
    desk.open("tokyo", json!({
        "subject": "予約の変更", "inbox_id": here.second.get(), "customer_name": "東京太郎", "status": "closed",
        "messages": [{ "channel": "chat", "direction": "outgoing", "author": "agent", "author_agent_id": here.agent.get(),
            "body": "東京都のホテルです。 Gladly confirmed." }],
    })).await;
    index(world).await;
    desk
}

on_both! {
    async fn every_text_is_searched(world: World) {
        let desk = desk(&world).await;
        for (query, found) in [
            ("broken", &["locker"][..]),
            ("BROKEN Locker", &["locker"]),
            ("close", &["locker"]),
            ("total", &["invoice"]),
            ("caretaker", &["invoice"]),
            ("popa", &["invoice"]),
            ("mirela.popa@mail.example", &["invoice"]),
            ("mail.example", &["invoice"]),
            ("Holiday-photo", &["invoice"]),
            ("photo", &["invoice"]),
            ("T-4711", &["locker"]),
            ("4711", &["locker"]),
            ("RE123456", &["invoice"]),
            ("123456", &["invoice"]),
            ("uber", &["locker"]),
            ("ÜBER", &["locker"]),
            ("u\u{308}ber", &["locker"]),
            ("東京", &["tokyo"]),
            ("ホテル", &["tokyo"]),
            ("予約", &["tokyo"]),
            ("太郎", &["tokyo"]),
            ("b", &[]),
            ("zebra", &[]),
        ] {
            assert_eq!(desk.found(query).await, found, "{query}");
        }
    }
}

on_both! {
    async fn words_are_combined(world: World) {
        let desk = desk(&world).await;
        for (query, found) in [
            ("\"does not close\"", &["locker"][..]),
            ("\"close does not\"", &[]),
            ("„does not close“", &["locker"]),
            ("clos*", &["locker"]),
            ("clos", &[]),
            ("inv*", &["invoice"]),
            ("broken close", &["locker"]),
            ("broken total", &[]),
            ("broken OR total", &["invoice", "locker"]),
            ("(broken OR total) AND subject:invoice", &["invoice"]),
            ("broken OR total subject:invoice", &["invoice", "locker"]),
            ("* -subject:invoice", &["locker", "tokyo"]),
            ("* NOT (subject:invoice OR subject:locker)", &["tokyo"]),
            ("NOT tag:repair", &["invoice", "tokyo"]),
            ("*", &["invoice", "locker", "tokyo"]),
        ] {
            assert_eq!(desk.found(query).await, found, "{query}");
        }
    }
}

on_both! {
    async fn every_operator_selects(world: World) {
        let desk = desk(&world).await;
        let number = |name: &str| desk.names.iter().find(|(_, known)| *known == name).map(|(id, _)| *id).expect("a name");
        let (agent, customer) = (world.here.agent, world.here.customer);
        let (main, second) = (world.here.main, world.here.second);
        for (query, found) in [
            ("from:popa", &["invoice"][..]),
            ("from:mirela.popa@mail.example", &["invoice"]),
            ("from:Ada", &["invoice", "tokyo"]),
            ("to:太郎", &["tokyo"]),
            ("subject:locker", &["locker"]),
            ("subject:close", &[]),
            ("body:close", &["locker"]),
            ("body:broken", &[]),
            ("tag:repair", &["locker"]),
            ("tag:\"very urgent\"", &["locker"]),
            ("tag:rep", &[]),
            ("is:new", &["locker"]),
            ("is:pending", &["invoice"]),
            ("status:closed", &["tokyo"]),
            ("is:open", &["invoice", "locker"]),
            ("is:unassigned", &["locker", "tokyo"]),
            ("is:waiting", &["invoice", "locker"]),
            ("is:archived", &[]),
            ("has:attachment", &["invoice"]),
            ("has:note", &["invoice"]),
            (&format!("in:{second}"), &["tokyo"]),
            ("in:main", &["invoice", "locker"]),
            (&format!("in:({main} OR {second})"), &["invoice", "locker", "tokyo"]),
            (&format!("assignee:{agent}"), &["invoice"]),
            ("assignee:ada", &["invoice"]),
            ("assignee:none", &["locker", "tokyo"]),
            ("assignee:me", &[]),
            ("channel:email", &["invoice"]),
            ("channel:phone", &["locker"]),
            ("direction:out", &["invoice", "tokyo"]),
            ("direction:in", &["invoice", "locker"]),
            ("before:2026-03-01", &["invoice"]),
            ("after:today", &["invoice", "locker", "tokyo"]),
            ("after:2026-02-10 before:2026-02-11", &["invoice"]),
            ("after:2026-03-05", &[]),
            (&format!("number:{}", number("tokyo")), &["tokyo"]),
            (&format!("number:#{}", number("locker")), &["locker"]),
            (&format!("customer:{customer}"), &["locker"]),
            ("customer:popa", &["invoice"]),
            ("customer:ito", &["locker"]),
            ("Re: broken", &[]),
        ] {
            assert_eq!(desk.found(query).await, found, "{query}");
        }
        let grant = Grant { agent: Some(agent), ..Grant::full(NAME, InboxScope::All) };
        let me = Api::granted(&world, grant).await;
        assert_eq!(desk.found_by(&me, "assignee:me").await, ["invoice"]);
    }
}

on_both! {
    async fn days_are_those_of_the_time_zone(world: World) {
        let mut desk = Desk::new(&world);
        let mut message = said("late");
        message["occurred_at"] = json!("2026-03-03T23:30:00Z");
        desk.open("late", json!({ "messages": [message] })).await;
        index(&world).await;
        let count = async |query: &str, zone: &str| {
            let page = results(&desk.api, query, zone).await;
            page["data"].as_array().expect("a list").len()
        };
        // Now is 2026-03-04T09:15Z.
        for (query, utc, berlin) in [("late after:today", 0, 1), ("late before:2026-03-04", 1, 0), ("late after:yesterday", 1, 1)] {
            let zones = (count(query, "").await, count(query, "&time_zone=Europe/Berlin").await);
            assert_eq!(zones, (utc, berlin), "{query}");
        }
        let wrong = search(&desk.api, "late", "&time_zone=Europe/Atlantis").await;
        assert_eq!(crate::native::faults(&wrong), ["time_zone invalid"]);
    }
}
