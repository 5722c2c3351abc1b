//! Search: what the index finds, and what it does when things change.

use heddle_domain::InboxScope;
use heddle_domain::Timestamp;
use heddle_domain::customer::CustomerRef;
use heddle_domain::id::ConversationId;
use heddle_domain::message::{Author, Channel, Direction};
use heddle_search::query::{DEEPEST, NATIVE, parse};
use heddle_store::Engine;
use heddle_store::search::{Order, Place, Search, SearchPage};
use heddle_store::write::NewMessage;
use heddle_testkit::On;

use crate::tenant::{Tenant, by_email, call, call_from, opened, tamper};

fn search(tenant: &Tenant, query: &str) -> Search {
    let query = parse(query, &NATIVE).unwrap_or_else(|error| panic!("{query}: {error}"));
    Search {
        account: tenant.account,
        inboxes: InboxScope::All,
        sees_customers: true,
        sees_agents: true,
        me: Some(tenant.agents[0]),
        query: query.at(Timestamp(1_790_000_000_000), &jiff::tz::TimeZone::UTC),
        order: Order::Newest,
        after: None,
        limit: 10,
        with_facets: false,
    }
}

async fn page(tenant: &Tenant, search: Search) -> SearchPage {
    tenant.store.drain_feed().await.expect("positions");
    tenant.store.index(tenant.account).await.expect("indexed");
    tenant.store.read(search).await.expect("a page")
}

/// Returns the conversations that a query finds.
pub(crate) async fn found(tenant: &Tenant, query: &str) -> Vec<i64> {
    let page = page(tenant, search(tenant, query)).await;
    assert!(page.is_complete && page.next.is_none(), "{query}");
    page.found
        .iter()
        .map(|found| found.conversation.id.get())
        .collect()
}

async fn words_of_messages_subjects_and_customers_are_found(on: On) {
    let (_test, tenant) = opened(on).await;
    let one = conversation_with(&tenant, "Rechnung 2024-17", &["Über den Wolken", "zweite"]).await;
    let two = conversation_with(&tenant, "Photo", &["東京都へ行く refund", "see INV8812"]).await;
    append(
        &tenant,
        two,
        call_from(by_email("mara.blau@example.com"), "from a guest"),
    )
    .await;
    for (query, expected) in [
        ("uber", vec![one]),
        ("ÜBER wolken", vec![one]),
        ("\"den wolken\"", vec![one]),
        ("\"wolken den\"", vec![]),
        ("wolk*", vec![one]),
        ("w*", vec![one]),
        ("rechnung", vec![one]),
        ("subject:rechnung", vec![one]),
        ("body:rechnung", vec![]),
        ("2024-17", vec![one]),
        ("京都", vec![two]),
        ("8812", vec![two]),
        ("refund OR wolken", vec![two, one]),
        ("-refund", vec![two, one]),
        ("NOT (refund OR guest OR 8812)", vec![one]),
        ("mara.blau@example.com", vec![two]),
        ("from:blau", vec![two]),
        ("customer:mara", vec![two]),
        ("nothing", vec![]),
    ] {
        assert_eq!(found(&tenant, query).await, expected, "{query}");
    }
}

async fn pages_have_every_conversation_once(on: On) {
    let (test, tenant) = opened(on).await;
    let mut all = Vec::new();
    for at in 0..7 {
        let id =
            conversation_with(&tenant, "the same", &[&format!("word {at}"), "word again"]).await;
        all.push(id);
        test.clock.advance(1_000);
    }
    // The first conversation has the newest message.
    append(&tenant, all[0], call("word at last")).await;
    all.rotate_left(1);
    all.reverse();
    for order in [Order::Newest, Order::Relevance] {
        let (mut seen, mut after): (Vec<i64>, Option<Place>) = (Vec::new(), None);
        loop {
            let part = Search {
                after,
                order,
                limit: 3,
                ..search(&tenant, "word")
            };
            let part = page(&tenant, part).await;
            seen.extend(part.found.iter().map(|found| found.conversation.id.get()));
            after = part.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(seen, all, "{order:?}");
    }
}

/// SQLite's index is not asked for a beginning that more than 400 words have.
async fn the_beginning_of_very_many_words_is_found(on: On) {
    let (_test, tenant) = opened(on).await;
    let many: String = (0..450).map(|at| format!("qq{at} ")).collect();
    let many = conversation_with(&tenant, "many", &[&many]).await;
    let one = conversation_with(&tenant, "qq in a subject", &["alpha qqx"]).await;
    let none = conversation_with(&tenant, "none", &["alpha q"]).await;
    for (query, expected) in [
        ("qq*", vec![one, many]),
        ("qq4*", vec![many]),
        ("subject:qq*", vec![one]),
        ("body:qq* many", vec![many]),
        ("-qq*", vec![none]),
        ("alpha -qq*", vec![none]),
        ("qq* OR none", vec![none, one, many]),
        ("alpha qq*", vec![one]),
        ("customer:qq*", vec![]),
    ] {
        assert_eq!(found(&tenant, query).await, expected, "{query}");
    }
}

/// SQLite's parser of queries has a limit of its own.
async fn the_deepest_query_is_answered(on: On) {
    let (_test, tenant) = opened(on).await;
    let id = conversation_with(&tenant, "deep", &["b0"]).await;
    let open: String = (0..DEEPEST).map(|at| format!("a{at} OR b{at} (")).collect();
    let query = format!("b0 -y OR {open}x OR z{}", ")".repeat(DEEPEST));
    let [here, _] = tenant.inboxes;
    for inboxes in [InboxScope::All, InboxScope::only([here])] {
        let search = Search {
            inboxes,
            ..search(&tenant, &query)
        };
        let page = page(&tenant, search).await;
        assert_eq!(page.found.len(), 1);
        assert_eq!(page.found[0].conversation.id.get(), id);
    }
}

async fn an_index_that_is_ahead_of_the_database_is_built_anew(on: On) {
    let (test, tenant) = opened(on).await;
    let id = conversation_with(&tenant, "before", &["alpha"]).await;
    assert_eq!(found(&tenant, "alpha").await, [id]);
    let ahead = "UPDATE search_state SET position = position + 1000000000";
    match &test.options.engine {
        Engine::Sqlite(options) => {
            let index = options.path.with_extension("search.sqlite");
            let connection = rusqlite::Connection::open(index).expect("the index");
            connection.execute_batch(ahead).expect("a change");
        }
        Engine::Postgres(_) => tamper(&test, ahead).await,
    }
    append(&tenant, id, call("omega")).await;
    tenant.store.drain_feed().await.expect("positions");
    let progress = tenant.store.index_progress(tenant.account).await;
    assert!(!progress.expect("progress").is_up_to_date());
    assert_eq!(found(&tenant, "omega").await, [id]);
}

async fn words_stand_for_no_agent_if_the_caller_may_not_read_agents(on: On) {
    let (_test, tenant) = opened(on).await;
    let note = NewMessage::new(
        Channel::Email,
        Direction::Outgoing,
        Author::Agent(tenant.agents[0]),
        "an answer",
    );
    let id = conversation_with(&tenant, "agents", &["a question"]).await;
    append(&tenant, id, note).await;
    for (sees_agents, expected) in [(true, 1), (false, 0)] {
        for query in ["from:ann", "from:ann1*"] {
            let search = Search {
                sees_agents,
                ..search(&tenant, query)
            };
            let page = page(&tenant, search).await;
            assert_eq!(page.found.len(), expected, "{query} {sees_agents}");
        }
    }
}

async fn a_rebuilt_index_finds_the_same(on: On) {
    let (test, tenant) = opened(on).await;
    let one = conversation_with(&tenant, "Subject", &["alpha", "beta"]).await;
    tenant.store.index(tenant.account).await.expect("indexed");
    tenant
        .store
        .rebuild_index(tenant.account)
        .await
        .expect("begun");
    let progress = tenant
        .store
        .index_progress(tenant.account)
        .await
        .expect("progress");
    assert!(!progress.is_up_to_date() && progress.rebuild.is_some());
    append(&tenant, one, call("gamma")).await;
    for word in ["alpha", "beta", "gamma", "subject"] {
        assert_eq!(found(&tenant, word).await, [one], "{word}");
    }
    let progress = tenant
        .store
        .index_progress(tenant.account)
        .await
        .expect("progress");
    assert!(progress.is_up_to_date(), "{progress:?}");
    drop(test);
}

/// PostgreSQL looks at some of the newest messages first, then seeks older ones in periods of growing length.
async fn old_messages_are_found_behind_many_newer_ones(on: On) {
    let (_test, tenant) = opened(on).await;
    let day = 86_400_000;
    let now = tenant.store.clock().now();
    let mut expected = Vec::new();
    for age in [0, 1, 2, 30, 33, 200, 700, 1_500, 9_000, 90_000] {
        let message = NewMessage {
            occurred_at: Some(now.plus_ms(-age * day - 1)),
            ..call("so you and i agree about it")
        };
        let customer = CustomerRef::Id(tenant.customer);
        let create = tenant.creation(customer, vec![message]);
        let made = tenant.store.write(create).await.expect("a conversation");
        expected.push(made.conversation.id.get());
    }
    // These have the words, too, but not beside each other.
    let newer = vec!["i and you are not of one mind about it"; 300];
    conversation_with(&tenant, "newer", &newer).await;
    for query in [
        "\"you and i\"",
        "agree",
        "\"you and i\" agree",
        "agree -mind",
        "so \"agree about it\"",
    ] {
        assert_eq!(found(&tenant, query).await, expected, "{query}");
        let (mut seen, mut after): (Vec<i64>, Option<Place>) = (Vec::new(), None);
        loop {
            let part = Search {
                after,
                limit: 3,
                ..search(&tenant, query)
            };
            let part = page(&tenant, part).await;
            seen.extend(part.found.iter().map(|found| found.conversation.id.get()));
            after = part.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(seen, expected, "{query} in pages");
    }
    assert!(found(&tenant, "\"i and you and\"").await.is_empty());
    assert!(found(&tenant, "\"you and not\"").await.is_empty());
}

async fn conversation_with(tenant: &Tenant, subject: &str, bodies: &[&str]) -> i64 {
    let messages = bodies.iter().map(|body| call(body)).collect();
    let mut create = tenant.creation(CustomerRef::Id(tenant.customer), messages);
    subject.clone_into(&mut create.conversation.subject);
    let made = tenant.store.write(create).await.expect("a conversation");
    made.conversation.id.get()
}

async fn append(tenant: &Tenant, id: i64, message: NewMessage) {
    let added = tenant.append(ConversationId(id), message).await;
    added.expect("a message");
}

on_both!(
    words_of_messages_subjects_and_customers_are_found,
    pages_have_every_conversation_once,
    old_messages_are_found_behind_many_newer_ones,
    a_rebuilt_index_finds_the_same,
    the_beginning_of_very_many_words_is_found,
    the_deepest_query_is_answered,
    an_index_that_is_ahead_of_the_database_is_built_anew,
    words_stand_for_no_agent_if_the_caller_may_not_read_agents,
);
