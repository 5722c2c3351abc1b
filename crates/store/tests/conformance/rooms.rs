//! Pages of long texts: a page ends before its bodies, or the details of its events, are longer than 8 MiB together.

use heddle_domain::id::{ConversationId, MessageId};
use heddle_domain::{ApplicationId, InboxScope};
use heddle_store::read::applications::{ListThreadMessages, Position};
use heddle_store::read::audit::{AuditFilter, ReadAudit};
use heddle_store::read::contents::{MessageOrder, WalkMessages};
use heddle_store::read::event_messages::{EventMessages, MessageEvent};
use heddle_store::read::feed::ReadFeed;
use heddle_store::read::listing::{Filter, ListConversations, Order, Position as Place};
use heddle_store::read::room::MOST_BYTES;
use heddle_store::write::change::{Change, ChangeConversation};
use heddle_store::write::credential::{CreateApplication, NewApplication};
use heddle_testkit::On;

use crate::tenant::{Tenant, call, opened};

const MIB: usize = 1 << 20;

/// Returns the body of the message with this number: 3 MiB that differ from the other bodies.
fn long(number: usize) -> String {
    format!("{number}").repeat(3 * MIB)
}

/// Creates a conversation with a short message, five long ones, and a short one.
async fn conversation(
    tenant: &Tenant,
    application: Option<ApplicationId>,
) -> (Position, Vec<String>) {
    let mut create = tenant.creation(
        heddle_domain::customer::CustomerRef::Id(tenant.customer),
        vec![call("first")],
    );
    create.conversation.application = application;
    let made = tenant.store.write(create).await.expect("it is made");
    let id = made.conversation.id;
    let mut bodies = vec!["first".to_owned()];
    for number in 1..=5 {
        tenant
            .append(id, call(&long(number)))
            .await
            .expect("it is added");
        bodies.push(long(number));
    }
    tenant.append(id, call("last")).await.expect("it is added");
    bodies.push("last".to_owned());
    let position = Position {
        at: made.conversation.created_at,
        id: id.get(),
    };
    (position, bodies)
}

/// Checks the pages of a list: none is longer than the limit, and all together are the bodies in their order.
fn check(pages: &[Vec<String>], expected: &[String]) {
    assert!(pages.len() > 1, "one page");
    for page in pages {
        let bytes: usize = page.iter().map(String::len).sum();
        assert!(bytes <= MOST_BYTES, "{bytes} bytes");
    }
    let all: Vec<&String> = pages.iter().flatten().collect();
    assert!(all.into_iter().eq(expected), "other messages");
}

async fn a_list_of_messages_ends_its_page_before_8_mib(on: On) {
    let (_test, tenant) = opened(on).await;
    let (conversation, bodies) = conversation(&tenant, None).await;
    let backwards: Vec<String> = bodies.iter().rev().cloned().collect();
    for order in [MessageOrder::Created, MessageOrder::Occurred] {
        for descending in [false, true] {
            let (mut after, mut pages) = (None::<Place>, Vec::new());
            loop {
                let walk = WalkMessages {
                    account: tenant.account,
                    inboxes: InboxScope::All,
                    conversation: ConversationId(conversation.id),
                    order,
                    descending,
                    after,
                    limit: 100,
                };
                let page = tenant.store.read(walk).await.expect("a page");
                pages.push(page.messages.into_iter().map(|(m, _)| m.body).collect());
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
            check(&pages, if descending { &backwards } else { &bodies });
        }
    }
}

async fn a_list_over_threads_ends_its_page_before_8_mib(on: On) {
    let (_test, tenant) = opened(on).await;
    let application = CreateApplication {
        caller: tenant.caller.clone(),
        application: NewApplication {
            name: "Chat".into(),
            client_hash: [7; 32],
        },
    };
    let application = tenant.store.write(application).await.expect("it is made");
    let (one, mut bodies) = conversation(&tenant, Some(application)).await;
    let (two, others) = conversation(&tenant, Some(application)).await;
    bodies.extend(others);
    bodies.reverse();
    for budget in [ListThreadMessages::BUDGET, 0] {
        let (mut before, mut pages) = (MessageId(i64::MAX), Vec::new());
        loop {
            let list = ListThreadMessages {
                account: tenant.account,
                application,
                inboxes: tenant.inboxes.to_vec(),
                conversations: vec![one, two],
                created: None,
                before,
                limit: 1_000,
                budget,
            };
            let page = tenant.store.read(list).await.expect("a page");
            let Some(last) = page.last() else { break };
            before = last.message.id;
            pages.push(page.into_iter().map(|found| found.message.body).collect());
        }
        check(&pages, &bodies);
    }
}

async fn a_numbered_page_names_the_messages_whose_bodies_it_leaves_out(on: On) {
    let (_test, tenant) = opened(on).await;
    let (conversation, bodies) = conversation(&tenant, None).await;
    let id = ConversationId(conversation.id);
    let page = tenant.page(id, 1, 50).await;
    let lengths: Vec<usize> = page.messages.iter().map(|(m, _)| m.body.len()).collect();
    // Newest first; what follows the first message without room is left out too.
    assert_eq!(lengths, [4, 3 * MIB, 3 * MIB, 0, 0, 0, 0]);
    assert!(page.messages[1].0.body == bodies[5]);
    let left: Vec<MessageId> = page.messages[3..].iter().map(|(m, _)| m.id).collect();
    assert_eq!((page.total, page.apart.clone()), (7, left));
    let cut = page.cut();
    assert_eq!((cut.messages.len(), cut.apart.len()), (3, 0));
    let short = tenant.page(id, 7, 1).await;
    assert_eq!(short.messages[0].0.body, "first");
    assert!(short.apart.is_empty());
}

async fn a_part_of_the_feed_or_the_audit_ends_before_8_mib(on: On) {
    let (_test, tenant) = opened(on).await;
    let id = tenant.conversation().await.id;
    for number in 1..=6 {
        let change = Change {
            fields: [("note".to_owned(), Some(long(number)))].into(),
            ..Change::default()
        };
        let change = ChangeConversation::new(tenant.caller.clone(), id, change);
        tenant.store.write(change).await.expect("it is changed");
    }
    tenant.store.drain_feed().await.expect("positions");
    let (mut after, mut events, mut cuts) = (0, Vec::new(), 0);
    loop {
        let feed = ReadFeed {
            account: tenant.account,
            after,
            limit: 500,
        };
        let page = tenant.store.read(feed).await.expect("a part");
        cuts += usize::from(page.is_cut);
        assert!(bytes(&page.events) <= MOST_BYTES && page.reached > after);
        (after, events) = (page.reached, [events, page.events].concat());
        if !page.more {
            break;
        }
    }
    // Each detail but the first has 6 MiB.
    assert_eq!(cuts, 5);
    let (mut older_than, mut audit) = (None, Vec::new());
    loop {
        let read = ReadAudit {
            account: tenant.account,
            older_than,
            filter: AuditFilter::default(),
            limit: 100,
        };
        let page = tenant.store.read(read).await.expect("a page");
        assert!(!page.events.is_empty() && bytes(&page.events) <= MOST_BYTES);
        audit.extend(page.events);
        older_than = page.next;
        if older_than.is_none() {
            break;
        }
    }
    audit.reverse();
    let shown = |events: &[heddle_store::read::feed::FeedEvent]| -> Vec<_> {
        let of = |event: &heddle_store::read::feed::FeedEvent| (event.id, event.detail.clone());
        events.iter().map(of).collect()
    };
    events.sort_by_key(|event| event.id);
    assert!(shown(&events) == shown(&audit));
    let last = events.last().expect("events").detail.clone().into_json();
    assert!(last["changes"]["custom_fields"][1]["note"] == long(6));
}

async fn a_list_of_conversations_ends_its_page_before_8_mib_of_custom_fields(on: On) {
    let (_test, tenant) = opened(on).await;
    let mut expected = Vec::new();
    for number in 1..=5 {
        let mut create = tenant.creation(
            heddle_domain::customer::CustomerRef::Id(tenant.customer),
            vec![call("hello")],
        );
        let field = ("note".to_owned(), long(number));
        create.conversation.fields = [field].into();
        let made = tenant.store.write(create).await.expect("it is made");
        expected.push((made.conversation.id, long(number)));
    }
    for descending in [false, true] {
        let (mut after, mut found, mut sizes) = (None, Vec::new(), Vec::new());
        loop {
            let list = ListConversations {
                account: tenant.account,
                inboxes: tenant.inboxes.to_vec(),
                filter: Filter::default(),
                order: Order::Created,
                descending,
                after,
                limit: 100,
            };
            let page = tenant.store.read(list).await.expect("a page");
            sizes.push(page.conversations.len());
            found.extend(page.conversations.into_iter().map(|mut it| {
                let note = it.labels.fields.remove("note").expect("a note");
                (it.conversation.id, note)
            }));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(sizes, [2, 2, 1]);
        assert!(found == expected, "other conversations");
        expected.reverse();
    }
}

async fn messages_of_events_are_read_without_long_bodies_where_nobody_needs_them(on: On) {
    let (_test, tenant) = opened(on).await;
    let made = tenant.create(vec![call("short"), call(&long(1))]).await;
    for with_bodies in [false, true] {
        let read = EventMessages {
            account: tenant.account,
            events: vec![MessageEvent {
                conversation: made.conversation.id,
                messages: made.messages.iter().map(|message| message.id).collect(),
            }],
            with_bodies,
        };
        let found = tenant.store.read(read).await.expect("messages");
        let lengths = found[0][0]
            .messages
            .iter()
            .map(|message| message.body.len());
        let long = if with_bodies { 3 * MIB } else { 0 };
        assert_eq!(lengths.collect::<Vec<_>>(), [5, long]);
    }
}

fn bytes(events: &[heddle_store::read::feed::FeedEvent]) -> usize {
    let text = |event: &heddle_store::read::feed::FeedEvent| {
        serde_json::Value::Object(event.detail.clone().into_json()).to_string()
    };
    let long = events.iter().map(|event| text(event).len());
    long.filter(|bytes| *bytes > 16_384).sum()
}

on_both!(
    a_list_of_messages_ends_its_page_before_8_mib,
    a_list_over_threads_ends_its_page_before_8_mib,
    a_numbered_page_names_the_messages_whose_bodies_it_leaves_out,
    a_part_of_the_feed_or_the_audit_ends_before_8_mib,
    a_list_of_conversations_ends_its_page_before_8_mib_of_custom_fields,
    messages_of_events_are_read_without_long_bodies_where_nobody_needs_them,
);
