//! Tests of the thread list: items 1 to 4, 7, 8 and 10 of the acceptance list.

use heddle_access::provision;
use heddle_domain::conversation::Status;
use heddle_domain::id::ConversationId;
use heddle_domain::{EntityKind, InboxScope, Timestamp};
use http::Method;
use serde_json::{Value, json};

use crate::client::{Client, basic, id, message, message_path, refused, threads_path};
use crate::harness::World;
use heddle_testkit::on_both;

const FIELDS: [&str; 10] = [
    "id",
    "archived",
    "closed",
    "dealerUuid",
    "departmentUuid",
    "userUuid",
    "customerUuid",
    "lastMessageOn",
    "lastDelegationOn",
    "isWaitingForResponse",
];

fn is_date_time(text: &str) -> bool {
    let shape: String = text
        .chars()
        .map(|c| if c.is_ascii_digit() { 'd' } else { c })
        .collect();
    shape == "dddd-dd-ddTdd:dd:dd.dddZ"
}

on_both! {
    async fn a_thread_has_exactly_ten_fields_of_the_right_types(world: World) {
        let client = Client::here(&world).await;
        let conversation = client.conversation(None).await;
        let answer = client.call(Method::POST, &client.threads_path(), &json!({})).await;
        assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, "application/json"));
        let body = answer.json();
        let mut names: Vec<&str> = body.as_object().expect("an object").keys().map(String::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["customerThreads", "errors", "requestUUID", "warnings"]);
        assert_eq!((&body["errors"], &body["warnings"]), (&json!([]), &json!([])));
        assert_eq!(body["requestUUID"].as_str().map(str::len), Some(36));
        let threads = body["customerThreads"].as_array().expect("a list");
        assert_eq!(threads.len(), 1);
        let mut names: Vec<&str> = threads[0].as_object().expect("an object").keys().map(String::as_str).collect();
        let mut fields = FIELDS;
        names.sort_unstable();
        fields.sort_unstable();
        assert_eq!(names, fields);
        assert_eq!(threads[0], json!({
            "id": conversation.get(),
            "archived": false,
            "closed": false,
            "dealerUuid": client.dealer,
            "departmentUuid": client.department,
            "userUuid": "",
            "customerUuid": client.customer,
            "lastMessageOn": "2026-03-04T09:15:00.000Z",
            "lastDelegationOn": 0,
            "isWaitingForResponse": true,
        }));
        // Two requests have two different request ids.
        let again = client.call(Method::POST, &client.threads_path(), &json!({})).await.json();
        assert_ne!(again["requestUUID"], body["requestUUID"]);
    }
}

on_both! {
    async fn instants_have_milliseconds_and_a_delegation_is_counted_in_them(world: World) {
        let client = Client::here(&world).await;
        world.test.clock.advance(7);
        let conversation = client.conversation(None).await;
        let at = client.later();
        client.change(conversation, None, None, Some(Some(world.here.agent))).await;
        let thread = client.only().await;
        assert_eq!(thread["lastMessageOn"], json!("2026-03-04T09:15:00.007Z"));
        assert!(is_date_time(thread["lastMessageOn"].as_str().expect("a text")));
        assert_eq!(thread["lastDelegationOn"], json!(at));
        assert_eq!(thread["lastDelegationOn"].to_string().len(), 13);
        assert_eq!(thread["userUuid"], json!(client.user));
    }
}

on_both! {
    async fn a_customer_without_threads_has_an_empty_list(world: World) {
        let client = Client::here(&world).await;
        assert!(client.list(&json!({})).await.is_empty());
    }
}

on_both! {
    async fn the_vendors_sample_body_is_accepted(world: World) {
        let client = Client::here(&world).await;
        client.conversation(None).await;
        let sample = json!({
            "assigneeUserUUID": "string",
            "isArchived": true,
            "isClosed": true,
            "maxResults": 0,
            "sortOrderKey": "LAST_MESSAGE_ON",
            "sortOrder": "ASC",
        });
        assert!(client.list(&sample).await.is_empty());
    }
}

on_both! {
    async fn filters_have_three_values_and_combine(world: World) {
        let client = Client::here(&world).await;
        let agent = world.here.agent;
        let mut made = Vec::new();
        for archived in [false, true] {
            for status in [Status::Open, Status::Closed] {
                for assignee in [None, Some(agent), Some(world.here.default_agent)] {
                    client.later();
                    let id = client.conversation(None).await;
                    client.change(id, Some(status), Some(archived), Some(assignee)).await;
                    made.push((id.get(), archived, status.is_closed(), assignee));
                }
            }
        }
        made.reverse();
        let assignees = [
            (Value::Null, None),
            (json!(client.user), Some(Some(agent))),
            (json!(client.default_user), Some(Some(world.here.default_agent))),
        ];
        for archived in [None, Some(false), Some(true)] {
            for closed in [None, Some(false), Some(true)] {
                for (name, assignee) in &assignees {
                    let filter = json!({"isArchived": archived, "isClosed": closed, "assigneeUserUUID": name});
                    let expected: Vec<i64> = made
                        .iter()
                        .filter(|(_, a, c, who)| {
                            archived.is_none_or(|wanted| wanted == *a)
                                && closed.is_none_or(|wanted| wanted == *c)
                                && assignee.is_none_or(|wanted| wanted == *who)
                        })
                        .map(|(id, ..)| *id)
                        .collect();
                    assert_eq!(client.ids(&filter).await, expected, "{filter}");
                }
            }
        }
        // No filter matches an unassigned thread, an unknown user or a user of another dealer.
        let foreign = world.public_id(&world.foreign, EntityKind::Agent, world.foreign.agent.get(), heddle_mykaarma::NAME).await;
        for unknown in ["", "nobody", &foreign, &client.customer] {
            assert!(client.ids(&json!({ "assigneeUserUUID": unknown })).await.is_empty(), "{unknown}");
        }
    }
}

on_both! {
    async fn spam_shows_as_closed_and_never_waits(world: World) {
        let client = Client::here(&world).await;
        let conversation = client.conversation(None).await;
        client.change(conversation, Some(Status::Spam), None, None).await;
        let thread = client.only().await;
        assert_eq!((&thread["closed"], &thread["isWaitingForResponse"]), (&json!(true), &json!(false)));
        assert!(client.ids(&json!({"isClosed": false})).await.is_empty());
        assert_eq!(client.ids(&json!({"isClosed": true})).await, [conversation.get()]);
    }
}

/// Creates six conversations: two delegated at the same time, one before them, three never; some archived or closed.
/// Several have equal times.
async fn six(client: &Client<'_>) -> [i64; 6] {
    let at = |minutes: i64| Some(Timestamp(1_700_000_000_000 + minutes * 60_000));
    let mut ids = [ConversationId(0); 6];
    for (id, minutes) in ids.iter_mut().zip([10, 10, 30, 20, 20, 5]) {
        *id = client.conversation(at(minutes)).await;
    }
    let [a, b, c, d, e, _] = ids;
    let agent = Some(Some(client.tenant.agent));
    client.change(b, None, Some(true), None).await;
    client.change(d, Some(Status::Closed), None, None).await;
    client
        .change(e, Some(Status::Closed), Some(true), None)
        .await;
    client.later();
    client.change(c, None, None, agent).await;
    client.later();
    client.change(a, None, None, agent).await;
    client.change(b, None, None, agent).await;
    ids.map(ConversationId::get)
}

on_both! {
    async fn four_orders_are_stable_on_ties_and_pages_are_their_beginnings(world: World) {
        let client = Client::here(&world).await;
        let [a, b, c, d, e, f] = six(&client).await;
        assert_eq!(client.ids(&json!({})).await, [c, e, d, b, a, f]);
        for (key, order, expected) in [
            ("LAST_MESSAGE_ON", "DESC", [c, e, d, b, a, f]),
            ("LAST_MESSAGE_ON", "ASC", [f, a, b, d, e, c]),
            ("LAST_DELEGATION_ON", "DESC", [b, a, c, e, d, f]),
            ("LAST_DELEGATION_ON", "ASC", [c, a, b, f, d, e]),
        ] {
            let mut filter = json!({"sortOrderKey": key, "sortOrder": order});
            assert_eq!(client.ids(&filter).await, expected, "{filter}");
            for limit in 1..=6 {
                filter["maxResults"] = json!(limit);
                assert_eq!(client.ids(&filter).await, expected[..limit], "{filter}");
            }
        }
        for (key, order, expected) in [
            ("LAST_MESSAGE_ON", "DESC", [c, b, a]),
            ("LAST_MESSAGE_ON", "ASC", [a, b, c]),
            ("LAST_DELEGATION_ON", "DESC", [b, a, c]),
            ("LAST_DELEGATION_ON", "ASC", [c, a, b]),
        ] {
            let filter = json!({"sortOrderKey": key, "sortOrder": order, "assigneeUserUUID": client.user});
            assert_eq!(client.ids(&filter).await, expected, "{filter}");
        }
    }
}

on_both! {
    async fn results_are_limited(world: World) {
        let client = Client::here(&world).await;
        for _ in 0..23 {
            client.conversation(None).await;
        }
        for (given, count) in [
            (json!(1), 1),
            (json!(22), 22),
            (json!(0), 20),
            (Value::Null, 20),
            (json!(1001), 23),
            (json!(2_147_483_647), 23),
        ] {
            assert_eq!(client.ids(&json!({ "maxResults": given })).await.len(), count, "{given}");
        }
        assert_eq!(client.ids(&json!({})).await.len(), 20);
        for wrong in [json!(-1), json!("5"), json!(2_147_483_648_i64), json!(1.5), json!(true)] {
            let answer = client.call(Method::POST, &client.threads_path(), &json!({ "maxResults": wrong })).await;
            refused(&answer, 400, "INVALID_MAX_RESULTS");
        }
    }
}

on_both! {
    async fn only_the_customers_conversations_of_the_department_are_listed(world: World) {
        let client = Client::here(&world).await;
        let own = client.conversation(None).await;
        client.conversation_of(world.here.customer, world.here.second, None).await;
        let other = client.new_customer("other").await;
        client.conversation_of(other, world.here.main, None).await;
        assert_eq!(client.ids(&json!({})).await, [own.get()]);
    }
}

on_both! {
    async fn opaque_ids_of_any_length_come_back_as_sent(world: World) {
        let long = "Zz-_0".repeat(26)[..128].to_owned();
        let (sixty_four, forty_three) = ("a1B2".repeat(16), "aB_-1".repeat(9)[..43].to_owned());
        let api = |id: &str| vec![(heddle_mykaarma::NAME.as_str().to_owned(), id.to_owned())];
        let (store, account) = (world.store(), &world.here.account);
        let inbox = provision::create_inbox(store, account, "Service", None, api(&sixty_four)).await.expect("an inbox");
        let user = provision::create_agent(store, account, ("Kay", "Wren"), "kay@here.example", api(&forty_three)).await;
        user.expect("an agent");
        let customer = heddle_domain::customer::Profile::default();
        let made = provision::create_customer(store, account, Some(inbox), None, customer, api(&long)).await;
        made.expect("a customer");
        let grant = heddle_domain::credential::Grant::full(heddle_mykaarma::NAME, InboxScope::only([inbox]));
        provision::create_named(store, account, grant, "service", "password").await.expect("a subscriber");
        let mut client = Client::here(&world).await;
        client.authorization = basic("service", "password");
        let path = message_path(&sixty_four, &forty_three, &long);
        let body = json!({ "messageAttributes": message("OUTGOING") });
        let sent = client.call(Method::POST, &path, &body).await.json();
        assert_eq!(sent["customerUUID"], json!(long), "{sent}");
        // A path segment is decoded only once, so an id that is encoded twice is another id.
        let encode = |text: &str| -> String { text.bytes().map(|byte| format!("%{byte:02x}")).collect() };
        for (department, customer) in [
            (sixty_four.clone(), long.clone()),
            (encode(&sixty_four), encode(&long)),
        ] {
            let answer = client.call(Method::POST, &threads_path(&department, &customer), &json!({})).await;
            let threads = answer.json()["customerThreads"].clone();
            assert_eq!(threads.as_array().map(Vec::len), Some(1), "{department}");
            assert_eq!(threads[0]["departmentUuid"], json!(sixty_four));
            assert_eq!(threads[0]["customerUuid"], json!(long));
            assert_eq!(threads[0]["userUuid"], json!(forty_three));
            assert!(id(&threads[0]) > 0);
        }
        let twice = threads_path(&sixty_four, &encode(&encode(&long)));
        refused(&client.call(Method::POST, &twice, &json!({})).await, 400, "INVALID_CUSTOMER_UUID");
        // Ids are neither lower-cased nor trimmed, so these are other ids.
        for other in [sixty_four.to_lowercase(), format!("{sixty_four}%20")] {
            let path = threads_path(&other, &long);
            refused(&client.call(Method::POST, &path, &json!({})).await, 403, "API_SCOPE_NOT_FOUND");
        }
    }
}
