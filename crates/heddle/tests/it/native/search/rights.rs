//! Tests that nobody finds, counts or is suggested anything that he may not read.

use serde_json::json;

use super::*;
use crate::native::problem;
use heddle_testkit::on_both;

/// Creates the same conversations in both inboxes of an account: with the same words, other customers and other tags.
async fn furnish(world: &World, tenant: &crate::harness::Tenant, token: &str) {
    let api = Api::new(world, token);
    for (inbox, word) in [(tenant.main, "mainword"), (tenant.second, "secondword")] {
        for at in 0..3 {
            let new = json!({
                "inbox_id": inbox.get(),
                "customer": { "email": format!("{word}{at}@{}.example", tenant.account.name.to_lowercase()), "first_name": "Zara" },
                "subject": format!("Locker {word}"),
                "tags": ["shared", word],
                "assignee_id": tenant.agent.get(),
                "messages": [said("The shared locker"), { "kind": "note", "channel": "other", "direction": "outgoing",
                    "body": format!("A note on the locker {word}") }],
            });
            made(api.post(ALL, new).await).await;
        }
    }
    index(world).await;
}

/// Queries that find something in each inbox if the token reaches it.
const QUERIES: [&str; 12] = [
    "locker",
    "*",
    "NOT zebra",
    "-tag:secondword",
    "note OR shared",
    "mainword OR secondword",
    "zara",
    "tag:shared",
    "sha*",
    "is:new OR is:open",
    "has:note",
    "after:2020",
];

on_both! {
    async fn a_limited_token_finds_and_counts_only_its_inboxes(world: World) {
        furnish(&world, &world.here, &world.here.native_token).await;
        furnish(&world, &world.foreign, &world.foreign.native_token).await;
        for inbox in [world.here.main, world.here.second] {
            let api = Api::limited(&world, &[inbox]).await;
            for query in QUERIES {
                for sort in ["-time", "relevance"] {
                    let page = results(&api, query, &format!("&facets=true&limit=100&sort={sort}")).await;
                    let data = page["data"].as_array().expect("a list");
                    let is_own = |one: &Value| one["conversation"]["inbox_id"] == json!(inbox.get());
                    assert!(data.iter().all(is_own), "{query} {sort}");
                    let expected = match query {
                        "-tag:secondword" if inbox == world.here.second => 0,
                        _ => 3,
                    };
                    assert_eq!(data.len(), expected, "{query} {sort}");
                    let facets = &page["facets"];
                    assert_eq!(facets["counted"], json!(expected), "{query}");
                    let counted = |name: &str| facets[name].as_array().expect("a facet").iter().map(|one| one["count"].as_u64().expect("a number")).max();
                    for name in ["status", "channel", "inbox", "assignee", "tag"] {
                        assert!(counted(name).is_none_or(|most| most <= 3), "{query} {name}: {facets}");
                    }
                    let hidden = if inbox == world.here.main { "secondword" } else { "mainword" };
                    assert!(!page.to_string().contains(hidden), "{query}");
                }
            }
        }
        let nothing = Api::limited(&world, &[]).await;
        assert_eq!(results(&nothing, "*", "&facets=true").await["facets"]["counted"], 0);
    }
}

on_both! {
    async fn a_customer_of_a_hidden_inbox_is_not_found_by_its_name(world: World) {
        let mut desk = Desk::new(&world);
        let (main, second) = (world.here.main, world.here.second);
        // The customer lives in the second inbox, and the conversation is in the main inbox.
        let hidden = json!({ "home_inbox_id": second.get(), "first_name": "Wanda", "email": "wanda@mail.example", "phone": "+49 555 777" });
        let hidden = made(desk.api.post("/api/v1/customers", hidden).await).await["id"].clone();
        let everywhere = json!({ "first_name": "Xaver", "email": "xaver@mail.example" });
        let everywhere = made(desk.api.post("/api/v1/customers", everywhere).await).await["id"].clone();
        desk.open("hidden", json!({ "customer_id": hidden, "messages": [said("about a locker")] })).await;
        desk.open("open", json!({ "customer_id": everywhere, "messages": [said("about a key")] })).await;
        index(&world).await;
        let api = Api::limited(&world, &[main]).await;
        crate::native::problem(&api.get(&format!("/api/v1/customers/{hidden}")).await, 404, "not-found");
        for query in ["wanda", "wan*", "customer:wanda", "from:wanda", "to:wanda", "wanda@mail.example", "555", "wanda OR zebra"] {
            assert!(desk.found_by(&api, query).await.is_empty(), "{query}");
        }
        assert_eq!(desk.found_by(&api, "about -wanda").await, ["hidden", "open"]);
        assert_eq!(desk.found_by(&api, "about NOT customer:wanda").await, ["hidden", "open"]);
        assert_eq!(desk.found_by(&api, "customer:xaver").await, ["open"]);
        assert_eq!(desk.found_by(&api, "about").await, ["hidden", "open"]);
        // The order does not tell either.
        let order = async |query: &str| {
            let page = results(&api, query, "&sort=relevance").await;
            let data = page["data"].as_array().expect("a list").clone();
            data.into_iter().map(|one| one["conversation"]["id"].clone()).collect::<Vec<_>>()
        };
        assert_eq!(order("about OR wanda").await, order("about OR zebra").await);
        for (token, found) in [(&desk.api, &["hidden"][..]), (&Api::limited(&world, &[main, second]).await, &["hidden"])] {
            assert_eq!(desk.found_by(token, "customer:wanda").await, found);
        }
        // The customer moves to the main inbox.
        let moved = desk.api.patch(&format!("/api/v1/customers/{hidden}"), json!({ "home_inbox_id": main.get() })).await;
        assert_eq!(moved.status, 200, "{}", moved.json());
        index(&world).await;
        assert_eq!(desk.found_by(&api, "customer:wanda").await, ["hidden"]);
    }
}

on_both! {
    async fn a_token_finds_nothing_of_another_account(world: World) {
        furnish(&world, &world.foreign, &world.foreign.native_token).await;
        let api = Api::full(&world);
        let (here, foreign) = (&world.here, &world.foreign);
        for query in QUERIES.map(str::to_owned).into_iter().chain([
            format!("in:{}", foreign.main),
            format!("customer:{}", foreign.customer),
            format!("assignee:{}", foreign.agent),
            "in:main".to_owned(),
        ]) {
            let page = results(&api, &query, "&facets=true").await;
            assert_eq!((&page["data"], &page["facets"]["counted"]), (&json!([]), &json!(0)), "{query}");
        }
        let answer = api.get("/api/v1/search/suggestions?text=zara").await.json();
        assert_eq!(answer, json!({ "customers": [], "agents": [], "tags": [] }));
        assert_eq!(api.get("/api/v1/search/suggestions?text=shared").await.json()["tags"], json!([]));
        let own = Api::new(&world, &foreign.native_token);
        assert_eq!(results(&own, "locker", "").await["data"].as_array().map(Vec::len), Some(6));
        assert_ne!(here.account.id, foreign.account.id);
    }
}

on_both! {
    async fn a_query_by_what_the_token_does_not_reach_finds_what_an_unknown_one_finds(world: World) {
        furnish(&world, &world.here, &world.here.native_token).await;
        let api = Api::limited(&world, &[world.here.main]).await;
        let (second, hidden) = (world.here.second, world.here.second_customer);
        for (known, unknown) in [
            (format!("in:{second}"), "in:777777"),
            ("in:second".to_owned(), "in:nowhere"),
            (format!("customer:{hidden}"), "customer:777777"),
            ("tag:secondword".to_owned(), "tag:nothing"),
            ("locker -tag:secondword".to_owned(), "locker -tag:nothing"),
            ("shared NOT in:second".to_owned(), "shared NOT in:nowhere"),
        ] {
            let (known, unknown) = (results(&api, &known, "&facets=true").await, results(&api, unknown, "&facets=true").await);
            assert_eq!(known, unknown);
        }
    }
}

on_both! {
    async fn scopes_decide_what_is_searched(world: World) {
        furnish(&world, &world.here, &world.here.native_token).await;
        for missing in [Scope::ConversationsRead, Scope::MessagesRead] {
            let api = without(&world, &[missing], &[]).await;
            let refused = search(&api, "locker", "").await;
            let body = problem(&refused, 403, "forbidden");
            assert!(body["detail"].as_str().is_some_and(|text| text.contains(missing.as_str())));
            // The query of a caller without rights is not even looked at.
            problem(&search(&api, "\"", "").await, 403, "forbidden");
        }
        let blind = without(&world, &[Scope::CustomersRead], &[]).await;
        let count = async |query: &str| results(&blind, query, "").await["data"].as_array().map(Vec::len);
        for query in ["zara", "customer:zara", "from:zara", "mainword0@here.example"] {
            assert_eq!(count(query).await, Some(0), "{query}");
        }
        // What is negated must not tell either.
        assert_eq!(count("locker -zara").await, Some(6));
        assert_eq!(count("locker").await, Some(6));
        let blind = without(&world, &[Scope::AgentsRead], &[]).await;
        problem(&blind.get("/api/v1/agents").await, 403, "forbidden");
        let ours = json!({ "inbox_id": world.here.main.get(), "customer_id": world.here.customer.get(), "subject": "A letter",
            "messages": [{ "channel": "letter", "direction": "outgoing", "author": "agent", "author_agent_id": world.here.agent.get(), "body": "written by us" }] });
        made(Api::full(&world).post(ALL, ours).await).await;
        index(&world).await;
        let count = async |api: &Api<'_>, query: &str| results(api, query, "").await["data"].as_array().map(Vec::len);
        let agent = world.here.agent.get();
        let full = Api::full(&world);
        for name in ["ada", "ad*", "\"ada\"", "a*"] {
            for query in [format!("assignee:{name}"), format!("from:{name}"), format!("written from:{name}")] {
                assert_ne!(count(&full, &query).await, Some(0), "{query}");
                assert_eq!(count(&blind, &query).await, Some(0), "{query}");
            }
            // What is negated must not tell either.
            for query in [format!("-assignee:{name}"), format!("NOT from:{name}")] {
                assert_eq!(count(&blind, &query).await, Some(7), "{query}");
            }
        }
        for (query, found) in [(format!("assignee:{agent}"), 6), ("assignee:none".to_owned(), 1), ("-assignee:none".to_owned(), 6)] {
            assert_eq!(count(&blind, &query).await, Some(found), "{query}");
        }
        let grant = Grant { agent: Some(world.here.agent), ..Grant::full(NAME, InboxScope::All).without(Scope::AgentsRead) };
        let me = Api::granted(&world, grant).await;
        assert_eq!(count(&me, "assignee:me").await, Some(6));
        let state = without(&world, &[Scope::AccountRead], &[]).await;
        problem(&state.get("/api/v1/search/status").await, 403, "forbidden");
    }
}
