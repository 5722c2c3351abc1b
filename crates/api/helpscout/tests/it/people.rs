//! Users and teams (contract sections 4.4, 10.3 and 10.4).

use heddle_access::provision;
use heddle_domain::credential::Grant;
use heddle_domain::id::AgentId;
use heddle_domain::{InboxScope, Scope};
use heddle_helpscout::NAME;
use http::Method;
use serde_json::{Value, json};

use crate::harness::World;
use crate::{Client, conversation, created, fragments, refused, thread, with};
use heddle_testkit::on_both;

const BASE: &str = "http://heddle.test";
const MADE_AT: &str = "2026-03-04T09:15:00Z";

fn user(id: AgentId, names: (&str, &str), email: &str, initials: &str) -> Value {
    let mention = names.0.to_lowercase();
    json!({
        "id": id.get(), "firstName": names.0, "lastName": names.1, "email": email, "role": "user", "timezone": "UTC",
        "createdAt": MADE_AT, "updatedAt": MADE_AT, "type": "user", "mention": mention, "initials": initials,
        "jobTitle": "", "phone": "", "alternateEmails": [],
        "_links": { "self": { "href": format!("{BASE}/v2/users/{id}") } },
    })
}

fn team_user(id: AgentId) -> Value {
    let mut team = user(id, ("Front Desk", ""), "", "FD");
    team["type"] = json!("team");
    team["mention"] = json!("frontdesk");
    team
}

/// Creates a team with the main agent.
async fn team(world: &World) -> AgentId {
    let members = [world.here.agent].into();
    let made = provision::create_team(world.store(), &world.here.account, "Front Desk", members);
    made.await.expect("a team").agent.id
}

fn ids(list: &Value, rel: &str) -> Vec<i64> {
    let items = list["_embedded"][rel].as_array().expect("a list");
    items
        .iter()
        .map(|item| item["id"].as_i64().expect("an id"))
        .collect()
}

on_both! {
    async fn a_user_is_shown_whole(world: World) {
        let client = Client::new(&world).await;
        let id = world.here.agent;
        let ada = user(id, ("Ada", "Quill"), "ada@here.example", "AQ");
        let answer = client.get(&format!("/v2/users/{id}")).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("content-type"), "application/hal+json;charset=UTF-8");
        assert_eq!(answer.json(), ada);
        assert_eq!(client.get(&format!("/v2/users/{id}/")).await.json(), ada);
        let mut me = ada;
        me["companyId"] = json!(world.here.account.id.get());
        assert_eq!(client.get("/v2/users/me").await.json(), me);
        let team = team(&world).await;
        assert_eq!(client.get(&format!("/v2/users/{team}")).await.json(), team_user(team));
        let foreign = world.foreign.agent;
        for path in [format!("/v2/users/{foreign}"), "/v2/users/999".into(), "/v2/users/0".into(), "/v2/users/ada".into()] {
            assert_eq!(refused(&client.get(&path).await, 404), Vec::<String>::new(), "{path}");
        }
    }
}

on_both! {
    async fn the_list_of_users_has_teams_too(world: World) {
        let client = Client::new(&world).await;
        let team = team(&world).await;
        let list = client.get("/v2/users").await;
        assert_eq!(list.header("content-type"), "application/hal+json;charset=UTF-8");
        let list = list.json();
        let users = list["_embedded"]["users"].as_array().expect("a list");
        assert_eq!(users.len(), 4);
        assert!(users.contains(&user(world.here.agent, ("Ada", "Quill"), "ada@here.example", "AQ")));
        assert_eq!(users[3], team_user(team));
        assert!(ids(&list, "users").is_sorted());
        let url = format!("{BASE}/v2/users/");
        assert_eq!(list["_links"], json!({
            "self": { "href": url }, "first": { "href": format!("{url}?page=1") }, "last": { "href": format!("{url}?page=1") },
            "page": { "href": format!("{url}{{?page}}"), "templated": true },
        }));
        assert_eq!(list["page"], json!({ "size": 50, "totalElements": 4, "totalPages": 1, "number": 1 }));
    }
}

on_both! {
    async fn the_filters_of_the_list_of_users(world: World) {
        let client = Client::new(&world).await;
        let get = async |query: &str| client.get(&format!("/v2/users?{query}")).await.json();
        let ada = vec![world.here.agent.get()];
        let main = world.here.main;
        let all = ids(&get("").await, "users");
        assert_eq!(all.len(), 3);
        for (query, expected) in [
            ("email=ada@here.example".to_owned(), ada.clone()),
            ("email=ADA%40Here.example".to_owned(), ada.clone()),
            ("email=ada@here.exampl".to_owned(), vec![]),
            ("email=nobody@here.example&email=ada@here.example".to_owned(), ada.clone()),
            ("email=".to_owned(), all.clone()),
            (format!("mailbox={main}"), all.clone()),
            (format!("mailbox={main}&email=ada@here.example&size=1&limit=1"), ada),
            ("mailbox=999".to_owned(), vec![]),
            (format!("mailbox={}", world.foreign.main), vec![]),
            ("mailbox=".to_owned(), all),
        ] {
            assert_eq!(ids(&get(&query).await, "users"), expected, "{query}");
        }
        let empty = get("email=nobody@x.example").await;
        assert_eq!(empty["_embedded"], json!({ "users": [] }));
        assert_eq!(empty["page"], json!({ "size": 50, "totalElements": 0, "totalPages": 0, "number": 1 }));
        let filtered = get("email=ada@here.example&page=1").await;
        let href = filtered["_links"]["self"]["href"].as_str().expect("a link");
        assert_eq!(href, format!("{BASE}/v2/users/?email=ada%40here.example"));
        for (query, code) in [("mailbox=main", "EnumValue"), ("page=0", "Page"), ("page=x", "Page"), ("email=a%00", "Characters")] {
            let answer = client.get(&format!("/v2/users?{query}")).await;
            refused(&answer, 400);
            assert_eq!(fragments(&answer), [code], "{query}");
        }
    }
}

on_both! {
    async fn an_app_of_one_mailbox_knows_only_this_one(world: World) {
        let grant = Grant { agent: Some(world.here.agent), ..Grant::full(NAME, InboxScope::only([world.here.second])) };
        let client = app(&world, grant).await;
        let get = async |id| client.get(&format!("/v2/users?mailbox={id}")).await.json()["page"]["totalElements"].clone();
        assert_eq!(get(world.here.second).await, 3);
        assert_eq!(get(world.here.main).await, 0);
    }
}

async fn app(world: &World, grant: Grant) -> Client<'_> {
    let made = provision::create_named(world.store(), &world.here.account, grant, "app", "secret");
    made.await.expect("an app");
    let form = "grant_type=client_credentials&client_id=app&client_secret=secret";
    let media = [("content-type", "application/x-www-form-urlencoded")];
    let answer = world
        .send(Method::POST, "/v2/oauth2/token", &media, form)
        .await;
    let token = answer.json()["access_token"]
        .as_str()
        .expect("a token")
        .to_owned();
    Client { world, token }
}

on_both! {
    async fn pages_of_users_are_walked_by_their_links(world: World) {
        let client = Client::new(&world).await;
        for number in 0..99 {
            let email = format!("agent{number}@here.example");
            let made = provision::create_agent(world.store(), &world.here.account, ("Agent", "Smith"), &email, Vec::new());
            made.await.expect("an agent");
        }
        let mut found = Vec::new();
        let mut next = Some("/v2/users?status=any".to_owned());
        while let Some(path) = next {
            let page = client.get(&path).await.json();
            assert_eq!(page["page"]["totalElements"], 102);
            found.extend(ids(&page, "users"));
            let link = page["_links"]["next"]["href"].as_str();
            next = link.map(|link| link.strip_prefix(BASE).expect("our own").to_owned());
            assert!(next.as_ref().is_none_or(|next| next.contains("status=any")));
        }
        assert_eq!(found.len(), 102);
        assert!(found.is_sorted_by(|a, b| a < b));
        let past = client.get("/v2/users?page=9").await.json();
        assert_eq!((ids(&past, "users").len(), &past["page"]["number"]), (0, &json!(9)));
        assert_eq!(past["_links"]["previous"]["href"], format!("{BASE}/v2/users/?page=3"));
    }
}

on_both! {
    async fn members_of_a_team_are_on_several_pages(world: World) {
        let client = Client::new(&world).await;
        let mut members = std::collections::BTreeSet::new();
        for number in 0..101 {
            let email = format!("agent{number}@here.example");
            let made = provision::create_agent(world.store(), &world.here.account, ("Agent", "Smith"), &email, Vec::new());
            members.insert(made.await.expect("an agent"));
        }
        let team = provision::create_team(world.store(), &world.here.account, "Desk", members.clone()).await.expect("a team").agent.id;
        let (mut found, mut next) = (Vec::new(), Some(format!("/v2/teams/{team}/members")));
        let mut sizes = Vec::new();
        while let Some(path) = next {
            let page = client.get(&path).await.json();
            assert_eq!(page["page"]["totalElements"], 101);
            sizes.push(ids(&page, "users").len());
            found.extend(ids(&page, "users"));
            let link = page["_links"]["next"]["href"].as_str();
            next = link.map(|link| link.strip_prefix(BASE).expect("our own").to_owned());
        }
        assert_eq!(sizes, [50, 50, 1]);
        assert_eq!(found, members.into_iter().map(AgentId::get).collect::<Vec<_>>());
    }
}

on_both! {
    async fn teams_and_their_members(world: World) {
        let client = Client::new(&world).await;
        let none = client.get("/v2/teams").await.json();
        assert_eq!((&none["_embedded"], &none["page"]["totalPages"]), (&json!({ "teams": [] }), &json!(0)));
        let id = team(&world).await;
        let list = client.get("/v2/teams/").await;
        assert_eq!(list.status, 200);
        let list = list.json();
        let members = format!("{BASE}/v2/teams/{id}/members/");
        assert_eq!(list["_embedded"], json!({ "teams": [{
            "id": id.get(), "name": "Front Desk", "timezone": "UTC", "photoUrl": "", "createdAt": MADE_AT, "updatedAt": MADE_AT,
            "mention": "frontdesk", "initials": "FD",
            "_links": { "self": { "href": format!("{BASE}/v2/users/{id}") }, "members": { "href": members } },
        }] }));
        assert_eq!(list["page"], json!({ "size": 50, "totalElements": 1, "totalPages": 1, "number": 1 }));
        let path = members.strip_prefix(BASE).expect("our own");
        let found = client.get(path).await.json();
        assert_eq!(found["_embedded"]["users"], json!([user(world.here.agent, ("Ada", "Quill"), "ada@here.example", "AQ")]));
        assert_eq!(found["_links"]["self"]["href"], members);
        let foreign = provision::create_team(world.store(), &world.foreign.account, "Far", [world.foreign.agent].into()).await;
        let foreign = foreign.expect("a team").agent.id;
        for unknown in [foreign, world.here.agent, AgentId(999)] {
            let answer = client.get(&format!("/v2/teams/{unknown}/members")).await;
            assert_eq!(refused(&answer, 404), Vec::<String>::new(), "{unknown}");
        }
        refused(&client.get("/v2/teams?page=-1").await, 400);
        let unknown = client.get("/v2/teams/7").await;
        refused(&unknown, 404);
    }
}

on_both! {
    async fn a_conversation_is_assigned_to_a_team(world: World) {
        let client = Client::new(&world).await;
        let team = team(&world).await;
        let body = with(&conversation(&world), json!({ "assignTo": team.get() }));
        let id = client.create(&body).await;
        let shown = client.shown(id).await;
        assert_eq!(shown["assignee"], json!({
            "id": team.get(), "type": "team", "first": "Front Desk", "last": "", "email": "",
        }));
        assert_eq!(shown["_links"]["assignee"]["href"], format!("{BASE}/v2/users/{team}"));
        // A team writes nothing.
        let note = with(&thread(&world), json!({ "user": team.get() }));
        let answer = client.add(id, "notes", &note).await;
        assert_eq!(refused(&answer, 400), ["user"]);
        let answer = client.post("/v2/conversations", &with(&body, json!({ "user": team.get().to_string() }))).await;
        assert_eq!(refused(&answer, 400), ["user"]);
        let reply = with(&thread(&world), json!({ "assignTo": team.get() }));
        created(&client.add(id, "reply", &reply).await);
    }
}

on_both! {
    async fn an_app_needs_the_scope_to_read_people(world: World) {
        let grant = Grant { agent: Some(world.here.agent), ..Grant::full(NAME, InboxScope::All).without(Scope::AgentsRead) };
        let client = app(&world, grant).await;
        let team = team(&world).await;
        for path in ["/v2/users".to_owned(), format!("/v2/users/{}", world.here.agent), "/v2/teams".into(), format!("/v2/teams/{team}/members")] {
            refused(&client.get(&path).await, 403);
        }
        assert_eq!(client.get("/v2/users/me").await.status, 200, "everybody may know themselves");
    }
}
