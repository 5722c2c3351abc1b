//! Tests of items 1, 6, 7, 8 and 16 of the list, as far as threads go; contract sections 8 and 9.

use heddle_access::provision;
use heddle_domain::customer::CustomerRef;
use heddle_domain::id::ConversationId;
use heddle_domain::{EntityKind, InboxScope, Status};
use heddle_store::read::applications::GetApplicationThread;
use heddle_store::write::change::{Change, ChangeConversation};
use heddle_store::write::merge::MergeConversations;
use heddle_store::write::{CreateConversation, NewConversation};
use serde_json::{Value, json};

use super::*;
use heddle_testkit::on_both;

const MEMBERS: [&str; 6] = [
    "Id",
    "OriginalSender",
    "Subject",
    "CreatedUtc",
    "UpdatedUtc",
    "IsResolved",
];

on_both! {
    async fn a_thread_is_added_and_listed(world: World) {
        let tokens = plain(&world.here);
        world.test.clock.advance(930);
        let added = add_thread(&world, tokens, "Parking for a van").await;
        assert_members(&added, &MEMBERS);
        assert_eq!(added["OriginalSender"], json!("Mara Okafor"));
        assert_eq!(added["Subject"], json!("Parking for a van"));
        assert_eq!(added["CreatedUtc"], json!("2026-03-04T09:15:00Z"), "truncated, not rounded");
        assert_eq!(added["UpdatedUtc"], added["CreatedUtc"]);
        assert_eq!(added["IsResolved"], json!(false));
        let id = added["Id"].as_str().expect("a text");
        assert_eq!(id, id.to_lowercase());
        for filter in [
            json!({ "MessageThreadIds": [id.to_uppercase()] }),
            json!({ "CreatedUtc": today() }),
            json!({ "UpdatedUtc": today() }),
            json!({ "MessageThreadIds": [id, id], "CreatedUtc": today(), "UpdatedUtc": today() }),
        ] {
            let found = threads(&world, tokens, filter.clone()).await;
            assert_eq!(found, std::slice::from_ref(&added), "{filter}");
        }
    }
}

on_both! {
    async fn new_messages_change_updated_utc(world: World) {
        let tokens = plain(&world.here);
        let thread = add_thread(&world, tokens, "Parking").await;
        for text in ["Do you have parking?", "For a van."] {
            world.test.clock.advance(1_000);
            add_message(&world, tokens, &thread, text).await;
        }
        world.test.clock.advance(1_000);
        reply(&world, &world.here, &thread, "Spot 4.").await;
        let named = json!({ "MessageThreadIds": [thread["Id"]] });
        let found = messages(&world, tokens, named.clone()).await;
        assert_eq!(column(&found, "Text"), ["Spot 4.", "For a van.", "Do you have parking?"]);
        let senders: Vec<&Value> = found.iter().map(|message| &message["Sender"]["Discriminator"]).collect();
        assert_eq!(senders, ["Enterprise", "Application", "Application"]);
        let updated = &threads(&world, tokens, named).await[0];
        assert_eq!(updated["UpdatedUtc"], json!("2026-03-04T09:15:03Z"));
        assert_eq!(updated["UpdatedUtc"], found[0]["CreatedUtc"]);
        assert_eq!(updated["CreatedUtc"], json!("2026-03-04T09:15:00Z"));
    }
}

on_both! {
    async fn texts_are_kept_byte_for_byte(world: World) {
        let tokens = plain(&world.here);
        let text = "  <b>Größe</b> &amp; \u{1F6CF}\r\n\t\u{202E} ";
        let properties = json!({ "OriginalSender": text, "Subject": " " });
        let body = ok(&world, ADD_THREAD, tokens, properties).await;
        let thread = &body["MessageThreads"][0];
        assert_eq!((&thread["OriginalSender"], &thread["Subject"]), (&json!(text), &json!(" ")));
        let found = threads(&world, tokens, json!({ "CreatedUtc": today() })).await;
        assert_eq!(found, std::slice::from_ref(thread));
    }
}

on_both! {
    async fn two_equal_calls_make_two_threads_with_a_customer_each(world: World) {
        let tokens = plain(&world.here);
        let (one, two) = (add_thread(&world, tokens, "Same").await, add_thread(&world, tokens, "Same").await);
        assert_ne!(one["Id"], two["Id"]);
        let mut customers = Vec::new();
        for thread in [&one, &two] {
            let read = GetApplicationThread {
                account: world.here.account.id,
                application: application(&world, tokens.access).await,
                inboxes: InboxScope::only([world.here.main]),
                id: conversation(thread),
            };
            let found = world.store().read(read).await.expect("a read").expect("a conversation");
            assert_eq!(found.original_sender.as_deref(), Some("Mara Okafor"));
            assert_eq!((found.messages, found.status), (0, Status::New));
            customers.push(found.customer);
        }
        assert_ne!(customers[0], customers[1]);
        assert!(!customers.contains(&world.here.customer));
    }
}

on_both! {
    async fn an_interval_begins_with_its_start_and_ends_before_its_end(world: World) {
        let tokens = plain(&world.here);
        let thread = add_thread(&world, tokens, "At 09:15:00").await;
        world.test.clock.advance(1_500);
        add_message(&world, tokens, &thread, "At 09:15:01.5").await;
        let at = |seconds: &str| format!("2026-03-04T09:15:{seconds}");
        for (name, start, end, inside) in [
            ("CreatedUtc", "00Z", "01Z", true),
            ("CreatedUtc", "00Z", "00.001Z", true),
            ("CreatedUtc", "00.001Z", "01Z", false),
            ("CreatedUtc", "00Z", "00Z", true),
            ("CreatedUtc", "00.000Z", "00.000Z", true),
            ("CreatedUtc", "01Z", "01Z", false),
            ("UpdatedUtc", "00Z", "01.5Z", false),
            ("UpdatedUtc", "00Z", "01.501Z", true),
            ("UpdatedUtc", "01.500Z", "02Z", true),
            ("UpdatedUtc", "01Z", "01Z", true),
            ("UpdatedUtc", "01.5Z", "01.5Z", true),
            ("UpdatedUtc", "01.4Z", "01.4Z", false),
            ("UpdatedUtc", "00Z", "00Z", false),
        ] {
            let filter = json!({ name: { "StartUtc": at(start), "EndUtc": at(end) } });
            let found = threads(&world, tokens, filter.clone()).await;
            assert_eq!(found.len(), usize::from(inside), "{filter}");
        }
    }
}

on_both! {
    async fn times_with_offsets_are_read(world: World) {
        let tokens = plain(&world.here);
        add_thread(&world, tokens, "At 09:15:00").await;
        for (start, end) in [
            ("2026-03-04T11:15:00+02:00", "2026-03-04T09:15:00Z"),
            ("2026-03-04T09:15:00+00:00", "2026-03-04T09:15:01+00:00"),
            ("2026-03-04T09:15:00", "2026-03-04T09:15:01"),
            ("2026-03-04T09:15:00.000Z", "2026-03-04T09:15:00.0010000Z"),
        ] {
            let filter = json!({ "CreatedUtc": { "StartUtc": start, "EndUtc": end } });
            assert_eq!(threads(&world, tokens, filter).await.len(), 1, "{start} {end}");
        }
    }
}

on_both! {
    async fn filters_are_joined_by_and_and_ids_by_or(world: World) {
        let tokens = plain(&world.here);
        let mut made = Vec::new();
        for subject in ["a", "b", "c"] {
            made.push(add_thread(&world, tokens, subject).await);
            world.test.clock.advance(1_000);
        }
        let ids = json!([made[0]["Id"], made[2]["Id"]]);
        let found = threads(&world, tokens, json!({ "MessageThreadIds": ids })).await;
        assert_eq!(column(&found, "Subject"), ["c", "a"]);
        let first_two = json!({ "StartUtc": "2026-03-04T09:15:00Z", "EndUtc": "2026-03-04T09:15:02Z" });
        let found = threads(&world, tokens, json!({ "MessageThreadIds": ids, "CreatedUtc": first_two })).await;
        assert_eq!(column(&found, "Subject"), ["a"]);
        let found = threads(&world, tokens, json!({ "UpdatedUtc": today(), "CreatedUtc": first_two })).await;
        assert_eq!(column(&found, "Subject"), ["b", "a"]);
    }
}

on_both! {
    async fn an_application_sees_its_own_threads_only(world: World) {
        let here = &world.here;
        let thread = add_thread(&world, plain(here), "Mine").await;
        add_message(&world, plain(here), &thread, "Mine").await;
        let named = json!({ "MessageThreadIds": [thread["Id"]] });
        for stranger in [other(here), plain(&world.foreign), portfolio(&world.foreign)] {
            for filter in [named.clone(), json!({ "CreatedUtc": today() }), json!({ "UpdatedUtc": today() })] {
                assert!(threads(&world, stranger, filter).await.is_empty());
            }
            assert!(messages(&world, stranger, named.clone()).await.is_empty());
            let element = json!({ "MessageThreadId": thread["Id"], "Text": "Hello" });
            let answer = ask(&world, ADD_MESSAGES, stranger, json!({ "Messages": [element] })).await;
            refused(&answer, 400, "Invalid MessageThreadId");
        }
        assert_eq!(messages(&world, plain(here), named).await.len(), 1);
    }
}

/// Creates a conversation with a message as other APIs do: it belongs to no client application.
async fn of_no_application(world: &World, tenant: &Tenant) -> ConversationId {
    let command = CreateConversation {
        caller: provision::operator_caller(&tenant.account),
        reach: InboxScope::All,
        locks: Locks::NONE,
        customer: CustomerRef::Id(tenant.customer),
        messages: vec![NewMessage::new(
            Channel::Chat,
            Direction::Incoming,
            Author::Customer,
            "c",
        )],
        conversation: NewConversation::new(tenant.main, "s"),
    };
    let created = world.store().write(command).await;
    created.expect("a conversation").conversation.id
}

on_both! {
    async fn a_thread_of_another_api_is_not_shown(world: World) {
        let here = &world.here;
        let id = of_no_application(&world, here).await;
        let guid = Guid::encode(GuidKind::Conversation, GuidParts {
            created_at: world.app.now(),
            id: id.get(),
            tag: here.account.guid_tag,
        });
        let filter = json!({ "MessageThreadIds": [guid.to_string()] });
        assert!(threads(&world, plain(here), filter.clone()).await.is_empty());
        assert!(messages(&world, plain(here), filter).await.is_empty());
        assert!(threads(&world, plain(here), json!({ "CreatedUtc": today() })).await.is_empty());
    }
}

on_both! {
    async fn a_portfolio_token_sees_every_enterprise_or_those_named(world: World) {
        let here = &world.here;
        let main = world.public_id(here, EntityKind::Inbox, here.main.get(), heddle_mews::NAME).await;
        let second = world.public_id(here, EntityKind::Inbox, here.second.get(), heddle_mews::NAME).await;
        let foreign = world.public_id(&world.foreign, EntityKind::Inbox, world.foreign.main.get(), heddle_mews::NAME).await;
        let application = application(&world, &here.mews_token).await;
        let grant = heddle_domain::credential::Grant {
            application: Some(application),
            ..heddle_domain::credential::Grant::full(heddle_mews::NAME, InboxScope::only([here.second]))
        };
        let access = heddle_mews::mint_token();
        provision::create_key(world.store(), &here.account, grant, &access).await.expect("a key");
        let annex = Tokens { client: &here.mews_client, access: &access };
        add_thread(&world, plain(here), "Main").await;
        let in_second = add_thread(&world, annex, "Second").await;
        let both = portfolio(here);
        for filter in [
            json!({ "CreatedUtc": today() }),
            json!({ "CreatedUtc": today(), "EnterpriseIds": null }),
            json!({ "UpdatedUtc": today(), "EnterpriseIds": [main, second.to_uppercase(), main] }),
        ] {
            assert_eq!(column(&threads(&world, both, filter).await, "Subject"), ["Second", "Main"]);
        }
        for (enterprise, subject) in [(&main, "Main"), (&second, "Second")] {
            let filter = json!({ "CreatedUtc": today(), "EnterpriseIds": [enterprise] });
            assert_eq!(column(&threads(&world, both, filter).await, "Subject"), [subject]);
        }
        assert_eq!(column(&threads(&world, plain(here), json!({ "CreatedUtc": today() })).await, "Subject"), ["Main"]);
        add_message(&world, both, &in_second, "By the portfolio").await;
        let named = json!({ "MessageThreadIds": [in_second["Id"]], "EnterpriseIds": [main] });
        assert!(messages(&world, both, named).await.is_empty());
        let named = json!({ "MessageThreadIds": [in_second["Id"]], "EnterpriseIds": [second] });
        assert_eq!(messages(&world, both, named).await.len(), 1);
        for (tokens, enterprise) in [(plain(here), &second), (both, &foreign)] {
            for path in [GET_THREADS, GET_MESSAGES] {
                let filter = json!({
                    "EnterpriseIds": [main, enterprise],
                    "MessageThreadIds": [in_second["Id"]],
                    "Limitation": { "Count": 1 },
                });
                refused(&ask(&world, path, tokens, filter).await, 400, "Invalid EnterpriseIds");
            }
        }
    }
}

on_both! {
    async fn a_closed_thread_is_resolved_until_the_next_message(world: World) {
        let tokens = plain(&world.here);
        let thread = add_thread(&world, tokens, "Parking").await;
        let named = json!({ "MessageThreadIds": [thread["Id"]] });
        for status in [Status::Closed, Status::Spam] {
            world.test.clock.advance(1_000);
            change(&world, &thread, status).await;
            let shown = &threads(&world, tokens, named.clone()).await[0];
            assert_eq!(shown["IsResolved"], json!(true), "{status:?}");
            assert_ne!(shown["UpdatedUtc"], thread["UpdatedUtc"]);
            world.test.clock.advance(1_000);
            add_message(&world, tokens, &thread, "One more thing").await;
            assert_eq!(threads(&world, tokens, named.clone()).await[0]["IsResolved"], json!(false));
        }
        for status in [Status::Open, Status::Pending] {
            change(&world, &thread, status).await;
            assert_eq!(threads(&world, tokens, named.clone()).await[0]["IsResolved"], json!(false), "{status:?}");
        }
    }
}

pub(crate) async fn change(world: &World, thread: &Value, status: Status) {
    let command = ChangeConversation::new(
        provision::operator_caller(&world.here.account),
        conversation(thread),
        Change {
            status: Some(status),
            ..Change::default()
        },
    );
    world.store().write(command).await.expect("a change");
}

on_both! {
    async fn a_merged_thread_is_gone_and_its_messages_show_on_the_survivor(world: World) {
        let tokens = plain(&world.here);
        let (from, into) = (add_thread(&world, tokens, "From").await, add_thread(&world, tokens, "Into").await);
        world.test.clock.advance(1_000);
        let message = add_message(&world, tokens, &from, "Moved").await;
        merge(&world, conversation(&from), conversation(&into)).await;
        let ids = json!([from["Id"], into["Id"]]);
        for filter in [json!({ "MessageThreadIds": ids }), json!({ "CreatedUtc": today() }), json!({ "UpdatedUtc": today() })] {
            assert_eq!(column(&threads(&world, tokens, filter).await, "Subject"), ["Into"]);
        }
        let found = messages(&world, tokens, json!({ "MessageThreadIds": ids })).await;
        assert_eq!(column(&found, "Text"), ["Moved"], "the merge's line item is not shown");
        assert_eq!((&found[0]["Id"], &found[0]["MessageThreadId"]), (&message["Id"], &into["Id"]));
        let element = json!({ "MessageThreadId": from["Id"], "Text": "Too late" });
        let answer = ask(&world, ADD_MESSAGES, tokens, json!({ "Messages": [element] })).await;
        refused(&answer, 400, "Invalid MessageThreadId");
    }
}

pub(super) async fn merge(world: &World, from: ConversationId, into: ConversationId) {
    let command = MergeConversations {
        caller: provision::operator_caller(&world.here.account),
        from,
        into,
        inboxes: InboxScope::All,
        status: None,
        expected: None,
    };
    world.store().write(command).await.expect("a merge");
}
