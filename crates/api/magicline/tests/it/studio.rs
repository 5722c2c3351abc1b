//! Employees, the activation call, and the scopes of all calls (contract sections 3, 8 and 9).

use heddle_access::provision;
use heddle_access::secrets::mint_key;
use heddle_domain::credential::{Grant, Scopes};
use heddle_domain::{InboxScope, Scope};
use heddle_testkit::on_both;
use http::Method;
use serde_json::{Value, json};

use crate::calls::{call, call_with, customer, done, get, ids, lead};
use crate::harness::World;
use crate::refused;

on_both! {
    async fn employees_are_the_agents_without_teams_and_the_built_in_one(world: World) {
        let list = done(&world, Method::GET, "/v1/employees", None).await;
        let agents = [world.here.agent.get(), world.here.default_agent.get()];
        let mut sorted = agents.to_vec();
        sorted.sort_unstable();
        assert_eq!(ids(&list["result"]), sorted);
        assert_eq!((&list["hasNext"], list.as_object().expect("an object").len()), (&json!(false), 3));
        for employee in list["result"].as_array().expect("a list") {
            let one = done(&world, Method::GET, &format!("/v1/employees/{}", employee["id"]), None).await;
            assert_eq!(one, *employee);
            assert!(one["firstname"].is_string() && one["lastname"].is_string());
        }
        let built_in = world.here.account.integration_agent;
        for unknown in [built_in.get(), 0, -1, 777_777, i64::MIN, i64::MAX] {
            refused(&get(&world, &format!("/v1/employees/{unknown}")).await, 404, None);
        }
        refused(&get(&world, "/v1/employees/x").await, 400, Some("employeeId"));
    }
}

on_both! {
    async fn employees_come_in_slices(world: World) {
        let mut all = ids(&done(&world, Method::GET, "/v1/employees", None).await["result"]);
        for at in 0..23 {
            let agent = provision::create_agent(world.store(), &world.here.account, ("Ada", &format!("No {at}")), "", Vec::new()).await;
            all.push(agent.expect("an agent").get());
        }
        let (mut found, mut offset) = (Vec::new(), String::new());
        loop {
            let path = format!("/v1/employees?sliceSize=10&offset={offset}");
            let slice = done(&world, Method::GET, &path, None).await;
            found.extend(ids(&slice["result"]));
            offset = slice["offset"].as_str().expect("an offset").to_owned();
            if slice["hasNext"] == json!(false) {
                break;
            }
            assert_eq!(slice["result"].as_array().expect("a list").len(), 10);
        }
        assert_eq!(found, all);
        for (query, reference) in [("sliceSize=9", "sliceSize"), ("sliceSize=101", "sliceSize"), ("offset=x", "offset")] {
            refused(&get(&world, &format!("/v1/employees?{query}")).await, 400, Some(reference));
        }
    }
}

on_both! {
    async fn the_activation_is_confirmed_without_a_body(world: World) {
        let answer = call(&world, Method::POST, "/v1/studios/confirmActivation", None).await;
        assert_eq!((answer.status.as_u16(), answer.body.len()), (200, 0));
        let answer = world.send(Method::POST, "/v1/studios/confirmActivation", &[], "").await;
        refused(&answer, 401, None);
    }
}

on_both! {
    async fn the_information_shows_the_studio_of_the_key(world: World) {
        let shown = done(&world, Method::GET, "/v1/studios/information", None).await;
        let studio = world.here.main.get();
        let name = shown["studioName"].as_str().expect("a name");
        assert!(!name.is_empty());
        assert_eq!(shown, json!({
            "studioId": studio, "studioName": name, "accessCodeConfiguration": { "enabled": false },
        }));
    }
}

/// Returns every call with the Heddle scope that it needs.
fn calls(world: &World) -> Vec<(Method, String, Option<Value>, Scope)> {
    let id = world.here.customer;
    let preferences = format!("/v1/communications/{id}/communication-preferences");
    let (read, write) = (Scope::CustomersRead, Scope::CustomersWrite);
    let calls = [
        (
            Method::POST,
            format!("/v1/communications/{id}/threads"),
            Some(crate::five()),
            Scope::MessagesWrite,
        ),
        (Method::GET, preferences.clone(), None, read),
        (Method::PUT, preferences, Some(json!([])), write),
        (Method::GET, "/v1/customers".into(), None, read),
        (
            Method::GET,
            format!("/v1/customers/by?customerNumber={}-{id}", world.here.main),
            None,
            read,
        ),
        (Method::GET, format!("/v1/customers/{id}"), None, read),
        (
            Method::POST,
            "/v1/customers/search".into(),
            Some(json!({ "firstName": "M" })),
            read,
        ),
        (
            Method::POST,
            "/v1/customers/create".into(),
            Some(customer("A", "B", "ab@studio.example")),
            write,
        ),
        (
            Method::POST,
            "/v1/leads/create".into(),
            Some(lead("A", "lead@studio.example")),
            write,
        ),
        (
            Method::POST,
            "/v1/leads/validate".into(),
            Some(lead("A", "lead@studio.example")),
            read,
        ),
        (Method::GET, "/v1/leads/config".into(), None, read),
        (
            Method::GET,
            "/v1/studios/information".into(),
            None,
            Scope::AccountRead,
        ),
        (Method::GET, "/v1/employees".into(), None, Scope::AgentsRead),
        (
            Method::GET,
            format!("/v1/employees/{}", world.here.agent),
            None,
            Scope::AgentsRead,
        ),
    ];
    calls.into()
}

async fn key(world: &World, scopes: Scopes) -> String {
    let grant = Grant {
        scopes,
        ..Grant::full(heddle_magicline::NAME, InboxScope::only([world.here.main]))
    };
    let key = mint_key();
    let made = provision::create_key(world.store(), &world.here.account, grant, &key).await;
    made.expect("a key");
    key
}

on_both! {
    async fn each_call_needs_its_scope_and_no_other(world: World) {
        for (method, path, body, scope) in calls(&world) {
            let without = key(&world, Scopes::all().iter().filter(|held| *held != scope).collect()).await;
            let answer = call_with(&world, &without, method.clone(), &path, body.as_ref()).await;
            refused(&answer, 403, None);
            let with = key(&world, [scope].into_iter().collect()).await;
            let answer = call_with(&world, &with, method.clone(), &path, body.as_ref()).await;
            assert_eq!(answer.status, 200, "{method} {path}: {}", String::from_utf8_lossy(&answer.body));
        }
        let none = key(&world, Scopes::default()).await;
        let answer = call_with(&world, &none, Method::POST, "/v1/studios/confirmActivation", None).await;
        assert_eq!(answer.status, 200);
    }
}

on_both! {
    async fn each_call_needs_a_valid_key(world: World) {
        for (method, path, body, _) in calls(&world) {
            let body = body.map(|body| body.to_string()).unwrap_or_default();
            let json_type = ("content-type", "application/json");
            for headers in [vec![json_type], vec![json_type, ("x-api-key", "wrong")]] {
                let answer = world.send(method.clone(), &path, &headers, body.clone()).await;
                refused(&answer, 401, None);
            }
        }
    }
}
