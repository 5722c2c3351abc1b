//! Tests of agents through the native API: list, get, create, change.

use serde_json::{Value, json};

use super::{Api, faults, problem};
use crate::harness::World;
use heddle_testkit::on_both;

const AGENTS: &str = "/api/v1/agents";

fn mina() -> Value {
    json!({ "first_name": "Mina", "last_name": "Roth", "email": "mina@here.example" })
}

on_both! {
    async fn an_agent_is_created_shown_and_changed(world: World) {
        let api = Api::full(&world);
        let made = api.post(AGENTS, mina()).await;
        let agent = made.json();
        assert_eq!(made.status, 201, "{agent}");
        let path = format!("{AGENTS}/{}", agent["id"]);
        assert_eq!(made.header("location"), path);
        assert_eq!(agent, json!({
            "id": agent["id"],
            "public_id": agent["public_id"],
            "first_name": "Mina",
            "last_name": "Roth",
            "email": "mina@here.example",
            "built_in": false,
            "team": false,
            "signs_in": false,
            "created_at": "2026-03-04T09:15:00.000Z",
        }));
        let shown = api.get(&path).await;
        assert_eq!((shown.status.as_u16(), shown.json()), (200, agent.clone()));
        assert_eq!(shown.header("etag"), made.header("etag"));
        assert_eq!(shown.header("cache-control"), "private, no-cache");

        let changed = api.patch(&path, json!({ "last_name": "Marsh", "email": null })).await;
        assert_eq!(changed.status, 200);
        let mut expected = agent;
        expected["last_name"] = json!("Marsh");
        expected["email"] = Value::Null;
        assert_eq!(changed.json(), expected);
        assert_ne!(changed.header("etag"), made.header("etag"));
        assert_eq!(api.get(&path).await.json(), expected);

        let same = api.patch(&path, json!({})).await;
        assert_eq!((same.status.as_u16(), same.header("etag")), (200, changed.header("etag")));
    }
}

on_both! {
    async fn the_list_is_read_page_by_page(world: World) {
        let api = Api::full(&world);
        for number in 0..5 {
            let mut body = mina();
            body["email"] = json!(format!("mina{number}@here.example"));
            assert_eq!(api.post(AGENTS, body).await.status, 201);
        }
        let all = api.walk(AGENTS, 100).await;
        let ids: Vec<i64> = all.iter().map(|agent| agent["id"].as_i64().expect("an id")).collect();
        assert!(ids.is_sorted_by(|a, b| a < b) && ids.len() == 8);
        assert_eq!(all[0]["built_in"], true);
        for limit in [1, 3, 8] {
            assert_eq!(api.walk(AGENTS, limit).await, all, "pages of {limit}");
        }
        assert_eq!(api.get(AGENTS).await.json()["next_cursor"], Value::Null);
        let foreign = Api::new(&world, &world.foreign.native_token).walk(AGENTS, 100).await;
        assert_eq!(foreign.len(), 3);
        assert!(foreign.iter().all(|agent| !all.contains(agent)));
    }
}

on_both! {
    async fn every_bad_field_is_named(world: World) {
        let api = Api::full(&world);
        assert_eq!(faults(&api.post(AGENTS, json!({})).await), ["first_name required", "last_name required"]);
        let long = "x".repeat(101);
        let body = json!({ "first_name": " ", "last_name": long, "email": "nobody", "age": 7 });
        assert_eq!(
            faults(&api.post(AGENTS, body).await),
            ["age unknown", "email format", "first_name format", "last_name length"]
        );
        let body = json!({ "first_name": 7, "last_name": null, "email": ["a@b.example"] });
        assert_eq!(
            faults(&api.post(AGENTS, body).await),
            ["email type", "first_name type", "last_name type"]
        );
        let path = format!("{AGENTS}/{}", world.here.agent);
        let body = json!({ "first_name": null, "built_in": true });
        assert_eq!(faults(&api.patch(&path, body).await), ["built_in unknown", "first_name type"]);
        assert_eq!(faults(&api.post(AGENTS, json!([])).await), [" type"]);
    }
}

on_both! {
    async fn the_built_in_agent_cannot_be_changed(world: World) {
        let api = Api::full(&world);
        let integration = world.here.account.integration_agent;
        let path = format!("{AGENTS}/{integration}");
        let answer = api.patch(&path, json!({ "first_name": "Robot" })).await;
        problem(&answer, 409, "conflict");
        assert_eq!(api.get(&path).await.json()["first_name"], "Integration");
    }
}

on_both! {
    async fn a_token_limited_to_inboxes_reads_agents_but_cannot_change_them(world: World) {
        let api = Api::limited(&world, &[world.here.main]).await;
        assert_eq!(api.walk(AGENTS, 100).await.len(), 3);
        let path = format!("{AGENTS}/{}", world.here.agent);
        assert_eq!(api.get(&path).await.status, 200);
        problem(&api.post(AGENTS, mina()).await, 403, "needs-whole-account");
        problem(&api.patch(&path, json!({})).await, 403, "needs-whole-account");
    }
}

on_both! {
    async fn a_password_is_set_and_removed(world: World) {
        let api = Api::full(&world);
        let agent = format!("{AGENTS}/{}", world.here.agent);
        let path = format!("{agent}/password");
        let before = api.get(&agent).await;
        let set = api.put(&path, json!({ "password": "correct horse" })).await;
        let mut expected = before.json();
        expected["signs_in"] = json!(true);
        assert_eq!((set.status.as_u16(), set.json()), (200, expected.clone()));
        assert_eq!(api.get(&agent).await.json(), expected);
        assert_ne!(set.header("etag"), before.header("etag"));
        assert!(!String::from_utf8_lossy(&set.body).contains("horse"));

        let faults_of = async |body: Value| faults(&api.put(&path, body).await);
        assert_eq!(faults_of(json!({})).await, ["password required"]);
        assert_eq!(faults_of(json!({ "password": "too short" })).await, ["password length"]);
        assert_eq!(faults_of(json!({ "password": "x".repeat(201) })).await, ["password length"]);
        assert_eq!(faults_of(json!({ "password": null, "hint": "x" })).await, ["hint unknown", "password type"]);

        let removed = api.delete(&path).await;
        assert_eq!((removed.status.as_u16(), removed.body.len()), (204, 0));
        assert_eq!(api.get(&agent).await.json()["signs_in"], false);
        assert_eq!(api.delete(&path).await.status, 204, "there is nothing to remove");

        assert_eq!(api.patch(&agent, json!({ "email": null })).await.status, 200);
        assert_eq!(faults_of(json!({ "password": "correct horse" })).await, ["email invalid"]);
        let built_in = format!("{AGENTS}/{}/password", world.here.account.integration_agent);
        problem(&api.put(&built_in, json!({ "password": "correct horse" })).await, 409, "conflict");
        problem(&api.delete(&built_in).await, 409, "conflict");
    }
}

on_both! {
    async fn a_team_is_shown_among_agents_and_changed_as_a_team(world: World) {
        let api = Api::full(&world);
        const TEAMS: &str = "/api/v1/teams";
        let agent = world.here.agent.get();
        let made = api.post(TEAMS, json!({ "name": "Looms", "members": [agent, agent] })).await;
        let team = made.json();
        assert_eq!(made.status, 201, "{team}");
        let path = format!("{TEAMS}/{}", team["id"]);
        assert_eq!(made.header("location"), path);
        assert_eq!(team, json!({ "id": team["id"], "name": "Looms", "members": [agent], "created_at": "2026-03-04T09:15:00.000Z" }));
        let shown = api.get(&path).await;
        assert_eq!((shown.json(), shown.header("etag")), (team.clone(), made.header("etag")));
        assert_eq!(api.walk(TEAMS, 1).await, std::slice::from_ref(&team));

        let as_agent = format!("{AGENTS}/{}", team["id"]);
        let found = api.get(&as_agent).await.json();
        assert_eq!((&found["team"], &found["first_name"], &found["last_name"], &found["email"]),
            (&json!(true), &json!("Looms"), &json!(""), &Value::Null));
        assert!(api.walk(AGENTS, 100).await.contains(&found));
        problem(&api.patch(&as_agent, json!({ "first_name": "x" })).await, 409, "conflict");
        let password = format!("{as_agent}/password");
        problem(&api.put(&password, json!({ "password": "correct horse" })).await, 409, "conflict");

        let changed = api.patch(&path, json!({ "name": "Weavers", "members": [] })).await;
        assert_eq!((&changed.json()["name"], &changed.json()["members"]), (&json!("Weavers"), &json!([])));
        assert_eq!(api.get(&path).await.json(), changed.json());
        assert_ne!(changed.header("etag"), made.header("etag"));
        let same = api.patch(&path, json!({})).await;
        assert_eq!(same.header("etag"), changed.header("etag"));
        assert_eq!(faults(&api.post(TEAMS, json!({ "name": " ", "members": [0.5] })).await), ["members[0] type", "name format"]);
        assert_eq!(faults(&api.patch(&path, json!({ "members": null })).await), ["members type"]);
        let limited = Api::limited(&world, &[world.here.main]).await;
        assert_eq!(limited.get(&path).await.status, 200);
        problem(&limited.patch(&path, json!({})).await, 403, "needs-whole-account");
    }
}
