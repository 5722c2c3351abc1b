//! Tests of credentials: secrets are shown once, a credential never has more access than its creator, and revocation
//! takes effect at once.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use heddle_domain::InboxScope;
use heddle_domain::credential::Grant;
use heddle_domain::credential::Scope;
use http::Method;
use serde_json::{Value, json};

use super::{Api, faults, problem};
use crate::harness::World;
use crate::matrix::dump;
use heddle_testkit::on_both;

const CREDENTIALS: &str = "/api/v1/credentials";

fn robot(api: &str) -> Value {
    json!({ "api": api, "name": "Robot", "scopes": ["conversations.read", "messages.write"] })
}

async fn make(api: &Api<'_>, body: Value) -> Value {
    let made = api.post(CREDENTIALS, body).await;
    assert_eq!(made.status, 201, "{}", made.json());
    made.json()
}

on_both! {
    async fn a_token_has_its_scopes_until_it_is_revoked(world: World) {
        let api = Api::full(&world);
        let mut body = robot("native");
        body["scopes"] = json!(["account.read", "conversations.read"]);
        body["inbox_ids"] = json!([world.here.second.get()]);
        body["agent_id"] = json!(world.here.agent.get());
        let made = make(&api, body).await;
        let token = made["secrets"]["token"].as_str().expect("a token");
        let path = format!("{CREDENTIALS}/{}", made["id"]);
        let shown = api.get(&path).await;
        let mut expected = made.clone();
        expected.as_object_mut().expect("an object").remove("secrets");
        assert_eq!(shown.json(), expected);
        assert_eq!(expected, json!({
            "id": made["id"],
            "api": "native",
            "name": "Robot",
            "scopes": ["conversations.read", "account.read"],
            "inbox_ids": [world.here.second.get()],
            "agent_id": world.here.agent.get(),
            "application_id": null,
            "portfolio": false,
            "public_name": null,
            "redirect_url": null,
            "created_at": "2026-03-04T09:15:00.000Z",
            "revoked": false,
        }));

        let robot = Api::new(&world, token);
        let reached = robot.get("/api/v1/account").await.json();
        assert_eq!(reached["credential"]["agent_id"], json!(world.here.agent.get()));
        problem(&robot.get("/api/v1/agents").await, 403, "forbidden");
        let change = json!({ "name": "Droid", "scopes": ["agents.read"], "inbox_ids": null });
        let changed = api.patch(&path, change).await.json();
        assert_eq!((&changed["scopes"], &changed["inbox_ids"]), (&json!(["agents.read"]), &Value::Null));
        // The node on which the change was made applies it at once.
        assert_eq!(robot.get("/api/v1/agents").await.status, 200);
        problem(&robot.get("/api/v1/account").await, 403, "forbidden");

        let revoked = api.delete(&path).await;
        assert_eq!((revoked.status.as_u16(), revoked.body.len()), (204, 0));
        problem(&robot.get("/api/v1/agents").await, 401, "wrong-token");
        assert_eq!(api.get(&path).await.json()["revoked"], true);
        problem(&api.delete(&path).await, 404, "not-found");
        problem(&api.patch(&path, json!({ "name": "Ghost" })).await, 404, "not-found");
    }
}

on_both! {
    async fn each_api_gets_secrets_of_its_own_kind(world: World) {
        let api = Api::full(&world);
        let (main, agent) = (world.here.main.get(), world.here.agent.get());

        let mut helpscout = robot("helpscout");
        helpscout["agent_id"] = json!(agent);
        let secrets = make(&api, helpscout).await["secrets"].clone();
        let grant = json!({
            "grant_type": "client_credentials",
            "client_id": secrets["client_id"],
            "client_secret": secrets["client_secret"],
        });
        let headers = [("content-type", "application/json")];
        let token = world.send(Method::POST, "/v2/oauth2/token", &headers, grant.to_string()).await;
        assert_eq!(token.status, 200);

        let mut magicline = robot("magicline");
        magicline["inbox_ids"] = json!([main]);
        let key = make(&api, magicline).await["secrets"]["api_key"].as_str().expect("a key").to_owned();
        let path = format!("/v1/communications/{}/threads", world.here.customer);
        let headers = [("x-api-key", key.as_str()), ("content-type", "application/json")];
        let refused = world.send(Method::POST, &path, &headers, "{}").await;
        assert_eq!(refused.status, 400, "the key is right, the body is not");

        let mut mews = robot("mews");
        mews["inbox_ids"] = json!([main]);
        mews["new_application"] = json!("Concierge");
        let made = make(&api, mews.clone()).await;
        let get_all = |secrets: &Value| json!({
            "ClientToken": secrets["client_token"],
            "AccessToken": secrets["access_token"],
            "Client": "Test",
            "Limitation": { "Count": 1 },
            "CreatedUtc": { "StartUtc": "2026-03-01T00:00:00Z", "EndUtc": "2026-03-31T00:00:00Z" },
        });
        let headers = [("content-type", "application/json")];
        let threads = "/api/connector/v1/messageThreads/getAll";
        let body = get_all(&made["secrets"]);
        let answer = world.send(Method::POST, threads, &headers, body.to_string()).await;
        assert_eq!(answer.status, 200, "{}", answer.json());
        // A second token of the same application works with the existing client token.
        mews.as_object_mut().expect("an object").remove("new_application");
        mews["application_id"] = made["application_id"].clone();
        let second = make(&api, mews).await;
        assert_eq!(second["secrets"].get("client_token"), None);
        let mut body = get_all(&second["secrets"]);
        body["ClientToken"] = made["secrets"]["client_token"].clone();
        assert_eq!(world.send(Method::POST, threads, &headers, body.to_string()).await.status, 200);

        let made = make(&api, robot("mykaarma")).await;
        assert_eq!(made["public_name"], made["secrets"]["username"]);
        let text = |name: &str| made["secrets"][name].as_str().expect("a text").to_owned();
        let pair = BASE64_STANDARD.encode(format!("{}:{}", text("username"), text("password")));
        let basic = format!("Basic {pair}");
        let headers = [("authorization", basic.as_str()), ("content-type", "application/json")];
        let path = "/communications/departments/nowhere/customers/nobody/threads";
        let refused = world.send(Method::POST, path, &headers, "{}").await;
        assert_eq!(refused.status, 403, "the password is right, the department is not");
    }
}

on_both! {
    async fn a_caller_cannot_grant_more_than_it_has(world: World) {
        let grant = Grant::full(heddle_native::NAME, InboxScope::All).without(Scope::CustomersErase);
        let api = Api::granted(&world, grant).await;
        let mut mighty = robot("native");
        mighty["scopes"] = json!(["customers.erase"]);
        problem(&api.post(CREDENTIALS, mighty.clone()).await, 403, "not-allowed");
        let made = make(&api, robot("native")).await;
        let path = format!("{CREDENTIALS}/{}", made["id"]);
        let more = json!({ "scopes": ["customers.erase"] });
        problem(&api.patch(&path, more).await, 403, "not-allowed");
        // A caller cannot change a credential with more access than its own.
        let mighty = make(&Api::full(&world), mighty).await;
        let path = format!("{CREDENTIALS}/{}", mighty["id"]);
        problem(&api.patch(&path, json!({ "scopes": ["messages.read"] })).await, 403, "not-allowed");
        problem(&api.delete(&path).await, 403, "not-allowed");
        assert_eq!(api.get(&path).await.json()["revoked"], false);
        // A caller limited to some inboxes cannot use this resource at all.
        let limited = Api::limited(&world, &[world.here.main]).await;
        problem(&limited.get(CREDENTIALS).await, 403, "needs-whole-account");
        problem(&limited.post(CREDENTIALS, robot("native")).await, 403, "needs-whole-account");
    }
}

on_both! {
    async fn a_repeated_request_gets_the_same_secret_which_is_stored_only_sealed(world: World) {
        let api = Api::full(&world).with("idempotency-key", "robot 1");
        let first = api.post(CREDENTIALS, robot("native")).await;
        let again = api.post(CREDENTIALS, robot("native")).await;
        assert_eq!((again.status.as_u16(), &again.body), (201, &first.body));
        assert_eq!(again.header("idempotent-replayed"), "true");
        assert_eq!(again.header("location"), first.header("location"));
        assert_eq!(again.header("etag"), first.header("etag"));
        let token = first.json()["secrets"]["token"].as_str().expect("a token").to_owned();
        assert_eq!(Api::new(&world, &token).get("/api/v1/tags").await.status, 200);
        for line in dump(&world).await {
            assert!(!line.contains(&token), "{line}");
        }
    }
}

on_both! {
    async fn missing_and_useless_fields_of_a_credential_are_reported(world: World) {
        let api = Api::full(&world);
        let mut body = robot("helpscout");
        body["portfolio"] = json!(true);
        body["application_id"] = json!(1);
        body["new_application"] = json!("Concierge");
        assert_eq!(faults(&api.post(CREDENTIALS, body).await), [
            "application_id invalid",
            "new_application invalid",
            "portfolio invalid",
            "agent_id invalid",
        ]);
        let mut body = robot("magicline");
        body["agent_id"] = json!(world.here.agent.get());
        assert_eq!(faults(&api.post(CREDENTIALS, body).await), ["agent_id invalid", "inbox_ids invalid"]);
        assert_eq!(
            faults(&api.post(CREDENTIALS, robot("mews")).await),
            ["application_id invalid", "inbox_ids invalid"]
        );
        let mut body = robot("mews");
        body["inbox_ids"] = json!([world.here.main.get()]);
        body["application_id"] = json!(999_999);
        assert_eq!(faults(&api.post(CREDENTIALS, body).await), ["application_id not-found"]);
        let body = json!({ "api": "back", "name": "", "scopes": ["everything", 1], "inbox_ids": [] });
        assert_eq!(faults(&api.post(CREDENTIALS, body).await), [
            "api choice",
            "inbox_ids length",
            "name length",
            "scopes[0] choice",
            "scopes[1] type",
        ]);
        let mut body = robot("magicline");
        body["inbox_ids"] = json!([world.here.main.get()]);
        let path = format!("{CREDENTIALS}/{}", make(&api, body).await["id"]);
        let both = json!({ "inbox_ids": [world.here.main.get(), world.here.second.get()] });
        assert_eq!(faults(&api.patch(&path, both).await), ["inbox_ids invalid"]);
        assert_eq!(faults(&api.patch(&path, json!({ "inbox_ids": null })).await), ["inbox_ids invalid"]);
    }
}

on_both! {
    async fn the_old_name_of_the_member_api_is_still_accepted(world: World) {
        let api = Api::full(&world);
        let body = json!({ "door": "native", "name": "Robot", "scopes": ["messages.write"] });
        assert_eq!(make(&api, body).await["api"], "native");
        let both = json!({ "door": "native", "api": "native", "name": "Robot", "scopes": ["messages.write"] });
        assert_eq!(faults(&api.post(CREDENTIALS, both).await), [concat!("door", " unknown")]);
        let webhook = json!({ "door": "native", "url": "https://hooks.example.com/", "events": ["message.added"] });
        let made = api.post("/api/v1/webhooks", webhook).await;
        assert_eq!((made.status.as_u16(), &made.json()["api"]), (201, &json!("native")));
    }
}

on_both! {
    async fn the_applications_of_the_account_are_listed(world: World) {
        const APPLICATIONS: &str = "/api/v1/applications";
        let api = Api::full(&world);
        let before = api.walk(APPLICATIONS, 100).await;
        let foreign = Api::new(&world, &world.foreign.native_token);
        let theirs = foreign.walk(APPLICATIONS, 100).await;
        let mut expected = before.clone();
        for name in ["Concierge", "Concierge", "Chat"] {
            let mut mews = robot("mews");
            mews["inbox_ids"] = json!([world.here.main.get()]);
            mews["new_application"] = json!(name);
            let made = make(&api, mews).await;
            expected.push(json!({
                "id": made["application_id"], "name": name, "created_at": "2026-03-04T09:15:00.000Z",
            }));
        }
        assert!(!before.is_empty() && before.iter().all(|item| item["name"].is_string()), "{before:?}");
        for limit in [1, 2, 100] {
            assert_eq!(api.walk(APPLICATIONS, limit).await, expected);
        }
        assert_eq!(foreign.walk(APPLICATIONS, 100).await, theirs);
        let told = api.get("/api/v1/audit?kind=application.created&limit=1").await.json();
        assert_eq!(told["data"][0]["entity_id"], expected.last().expect("one")["id"]);
        let without = Grant::full(heddle_native::NAME, InboxScope::All).without(Scope::CredentialsRead);
        problem(&Api::granted(&world, without).await.get(APPLICATIONS).await, 403, "forbidden");
        let limited = Api::limited(&world, &[world.here.main]).await;
        let (of_list, of_credentials) = (limited.get(APPLICATIONS).await, limited.get(CREDENTIALS).await);
        assert_eq!(of_list.status, of_credentials.status);
    }
}
