//! All APIs share one store: a conversation that was created through one API can be read through every other API that
//! has a reading call and may see the conversation, with the fields that the mapping promises (`rules.md` 7, 9 to 11).

use heddle_domain::{ConversationId, EntityKind, InboxScope};
use heddle_store::read::conversations::GetConversation;
use http::Method;
use serde_json::{Value, json};

use crate::catalogue::{Fixture, Sample, helpscout, helpscout_token, magicline, mews, mykaarma};
use crate::harness::World;
use heddle_testkit::on_both;

/// A conversation that was created through one API, and what the other APIs must show.
struct Made {
    api: &'static str,
    thread: i64,
    /// The conversation's Mews GUID, if the Mews application created it.
    guid: Option<String>,
    subject: &'static str,
    /// The body of the conversation's only message.
    text: &'static str,
    /// What Help Scout's API shows: type of the conversation, type of the thread, its body, and who created it.
    helpscout: (&'static str, &'static str, &'static str, &'static str),
    /// The status in Help Scout's API, whether myKaarma's API shows the conversation as closed, and whether the
    /// customer waits for a response.
    status: (&'static str, bool, bool),
}

pub(crate) async fn ok(world: &World, sample: &Sample) -> crate::harness::Answer {
    let answer = sample.send(world).await;
    let body = String::from_utf8_lossy(&answer.body);
    assert!(
        answer.status.is_success(),
        "{} {}: {} {body}",
        sample.method,
        sample.path,
        answer.status
    );
    answer
}

async fn through_magicline(world: &World) -> Made {
    let path = format!("/v1/communications/{}/threads", world.here.customer);
    let mut sample = magicline(Method::POST, path, &world.here.magicline_key);
    let body = sample.body.as_mut().expect("a body");
    body["content"] = json!("1 < 2 & more\nnext");
    body["communicationThreadStatus"] = json!("CLOSED");
    let answer = ok(world, &sample).await.json();
    Made {
        api: "magicline",
        thread: answer["threadId"].as_i64().expect("an id"),
        guid: None,
        subject: "Broken locker",
        text: "1 < 2 & more\nnext",
        helpscout: ("phone", "phone", "1 &lt; 2 &amp; more<br>next", "customer"),
        status: ("closed", true, false),
    }
}

async fn through_helpscout(world: &World, fixture: &Fixture) -> Made {
    let body = json!({
        "subject": "Broken kettle", "type": "email", "mailboxId": world.here.main.get(), "status": "active",
        "customer": { "id": world.here.customer.get() },
        "threads": [{ "type": "customer", "text": "<p>It <b>leaks</b></p>", "customer": { "id": world.here.customer.get() } }],
    });
    let sample = helpscout(
        Method::POST,
        "/v2/conversations".into(),
        &fixture.here.helpscout_token,
        Some(body),
    );
    let answer = ok(world, &sample).await;
    Made {
        api: "helpscout",
        thread: answer.header("resource-id").parse().expect("an id"),
        guid: None,
        subject: "Broken kettle",
        text: "<p>It <b>leaks</b></p>",
        helpscout: ("email", "customer", "<p>It <b>leaks</b></p>", "customer"),
        status: ("active", false, true),
    }
}

async fn through_mews(world: &World) -> Made {
    let (client, token) = (&world.here.mews_client, &world.here.mews_token);
    let body = json!({ "OriginalSender": "Mara Okafor", "Subject": "Parking for a van" });
    let thread = ok(world, &mews("messageThreads/add", client, token, body))
        .await
        .json();
    let guid = thread["MessageThreads"][0]["Id"]
        .as_str()
        .expect("an id")
        .to_owned();
    let body = json!({ "Messages": [{ "MessageThreadId": guid, "Text": "Is there <parking>?" }] });
    ok(world, &mews("messages/add", client, token, body)).await;
    let parts = heddle_domain::Guid::parse(&guid)
        .and_then(|guid| guid.decode(heddle_domain::guid::GuidKind::Conversation))
        .expect("a computed GUID");
    Made {
        api: "mews",
        thread: parts.id,
        guid: Some(guid),
        subject: "Parking for a van",
        text: "Is there <parking>?",
        helpscout: ("chat", "chat", "Is there &lt;parking&gt;?", "customer"),
        status: ("active", false, true),
    }
}

async fn through_mykaarma(world: &World, fixture: &Fixture) -> Made {
    let here = &fixture.here;
    let path = format!(
        "/communications/department/{}/user/{}/customer/{}/message",
        here.main_public, here.agent_public, here.customer_public
    );
    let body = json!({ "messageAttributes": {
        "body": "Your car is ready", "type": "OUTGOING", "protocol": "TEXT", "isManual": true, "subject": "Ready",
    }});
    ok(
        world,
        &mykaarma(Method::POST, path, &world.here.mykaarma, Some(body)),
    )
    .await;
    let list = list(world, fixture, &here.customer_public).await;
    Made {
        api: "mykaarma",
        thread: list[0]["id"].as_i64().expect("an id"),
        guid: None,
        subject: "Ready",
        text: "Your car is ready",
        helpscout: ("chat", "message", "Your car is ready", "user"),
        status: ("active", false, false),
    }
}

/// Returns myKaarma's list of a customer's threads, newest first.
pub(crate) async fn list(world: &World, fixture: &Fixture, customer: &str) -> Vec<Value> {
    let path = format!(
        "/communications/departments/{}/customers/{customer}/threads",
        fixture.here.main_public
    );
    let answer = ok(
        world,
        &mykaarma(Method::POST, path, &world.here.mykaarma, Some(json!({}))),
    )
    .await
    .json();
    answer["customerThreads"]
        .as_array()
        .expect("an array")
        .clone()
}

async fn seen_by_helpscout(world: &World, fixture: &Fixture, made: &Made) {
    let token = &fixture.here.helpscout_token;
    let path = format!("/v2/conversations/{}", made.thread);
    let shown = ok(world, &helpscout(Method::GET, path.clone(), token, None))
        .await
        .json();
    let (kind, thread_kind, body, author) = made.helpscout;
    assert_eq!(shown["id"], json!(made.thread), "{}", made.api);
    assert_eq!(shown["number"], json!(made.thread), "{}", made.api);
    assert_eq!(shown["subject"], json!(made.subject), "{}", made.api);
    assert_eq!(shown["type"], json!(kind), "{}", made.api);
    assert_eq!(shown["status"], json!(made.status.0), "{}", made.api);
    assert_eq!(shown["threads"], json!(1), "{}", made.api);
    assert_eq!(
        shown["mailboxId"],
        json!(world.here.main.get()),
        "{}",
        made.api
    );
    let threads = ok(
        world,
        &helpscout(Method::GET, format!("{path}/threads"), token, None),
    )
    .await
    .json();
    let thread = &threads["_embedded"]["threads"][0];
    assert_eq!(thread["type"], json!(thread_kind), "{}: {thread}", made.api);
    assert_eq!(thread["body"], json!(body), "{}", made.api);
    assert_eq!(thread["createdBy"]["type"], json!(author), "{}", made.api);
    assert_eq!(thread["source"]["via"], json!(author), "{}", made.api);
    assert_eq!(threads["page"]["totalElements"], json!(1), "{}", made.api);
}

async fn seen_by_mykaarma(world: &World, fixture: &Fixture, made: &Made) {
    let read = GetConversation {
        account: world.here.account.id,
        inboxes: InboxScope::All,
        id: ConversationId(made.thread),
    };
    let view = world.store().read(read).await;
    let view = view.unwrap_or_else(|error| panic!("{}: {error}", made.api));
    let customer = world
        .public_id(
            &world.here,
            EntityKind::Customer,
            view.conversation.customer.get(),
            heddle_mykaarma::NAME,
        )
        .await;
    let shown = list(world, fixture, &customer).await;
    let thread = shown
        .iter()
        .find(|thread| thread["id"] == json!(made.thread))
        .expect("the thread is listed");
    assert_eq!(thread["closed"], json!(made.status.1), "{}", made.api);
    assert_eq!(thread["archived"], json!(false), "{}", made.api);
    assert_eq!(
        thread["isWaitingForResponse"],
        json!(made.status.2),
        "{}",
        made.api
    );
    assert_eq!(thread["customerUuid"], json!(customer), "{}", made.api);
    assert_eq!(
        thread["departmentUuid"],
        json!(fixture.here.main_public),
        "{}",
        made.api
    );
    assert_eq!(
        thread["dealerUuid"],
        json!(fixture.here.dealer),
        "{}",
        made.api
    );
    let assigned = if made.api == "mykaarma" {
        fixture.here.agent_public.as_str()
    } else {
        ""
    };
    assert_eq!(thread["userUuid"], json!(assigned), "{}", made.api);
}

async fn seen_by_mews(world: &World, made: &Made) {
    let (client, token) = (&world.here.mews_client, &world.here.mews_token);
    let span = json!({ "StartUtc": "2026-02-14T00:00:00Z", "EndUtc": "2026-04-14T00:00:00Z" });
    let body = json!({ "CreatedUtc": span, "Limitation": { "Count": 1000 } });
    let answer = ok(world, &mews("messageThreads/getAll", client, token, body))
        .await
        .json();
    let threads = answer["MessageThreads"].as_array().expect("an array");
    let Some(guid) = &made.guid else {
        assert!(
            threads
                .iter()
                .all(|thread| thread["Subject"] != json!(made.subject)),
            "{} is not Mews'",
            made.api
        );
        return;
    };
    let thread = threads
        .iter()
        .find(|thread| thread["Id"] == json!(guid))
        .expect("the thread is listed");
    assert_eq!(thread["Subject"], json!(made.subject));
    assert_eq!(thread["OriginalSender"], json!("Mara Okafor"));
    assert_eq!(thread["IsResolved"], json!(made.status.1));
    let body = json!({ "MessageThreadIds": [guid], "Limitation": { "Count": 10 } });
    let messages = ok(world, &mews("messages/getAll", client, token, body))
        .await
        .json();
    assert_eq!(messages["Messages"][0]["Text"], json!(made.text));
    assert_eq!(
        messages["Messages"][0]["Sender"]["Discriminator"],
        json!("Application")
    );
}

on_both! {
    async fn every_api_shows_conversations_created_through_the_others(world: World) {
        let fixture = Fixture::new(&world).await;
        // myKaarma appends to an open conversation if there is one. So the open conversation of this customer is closed first.
        let path = format!("/v1/communications/{}/threads/{}", world.here.customer, fixture.here.thread);
        let mut close = magicline(Method::PUT, path, &world.here.magicline_key);
        close.body.as_mut().expect("a body")["communicationThreadStatus"] = json!("CLOSED");
        ok(&world, &close).await;
        let with_second_customer = through_mykaarma_on_fresh_customer(&world, &fixture).await;
        let all = [
            through_magicline(&world).await,
            through_helpscout(&world, &fixture).await,
            through_mews(&world).await,
            with_second_customer,
        ];
        for made in &all {
            seen_by_helpscout(&world, &fixture, made).await;
            seen_by_mykaarma(&world, &fixture, made).await;
            seen_by_mews(&world, made).await;
        }
    }
}

/// Creates a customer without conversations, so that the next message creates one.
async fn through_mykaarma_on_fresh_customer(world: &World, fixture: &Fixture) -> Made {
    let customer = heddle_access::provision::create_customer(
        world.store(),
        &world.here.account,
        Some(world.here.main),
        None,
        heddle_domain::Profile::default(),
        Vec::new(),
    )
    .await
    .expect("a customer");
    let public = world
        .public_id(
            &world.here,
            EntityKind::Customer,
            customer.get(),
            heddle_mykaarma::NAME,
        )
        .await;
    let mut names = Fixture::new(world).await;
    names.here.customer_public = public;
    names
        .here
        .agent_public
        .clone_from(&fixture.here.agent_public);
    through_mykaarma(world, &names).await
}

on_both! {
    async fn an_agents_answer_through_help_scout_reaches_mews(world: World) {
        let fixture = Fixture::new(&world).await;
        let made = through_mews(&world).await;
        let token = &fixture.here.helpscout_token;
        let body = json!({ "text": "<p>Yes, <b>spot 4</b></p>", "customer": { "id": world.here.customer.get() }, "status": "closed" });
        ok(&world, &helpscout(Method::POST, format!("/v2/conversations/{}/reply", made.thread), token, Some(body))).await;
        let note = json!({ "text": "Internal only" });
        ok(&world, &helpscout(Method::POST, format!("/v2/conversations/{}/notes", made.thread), token, Some(note))).await;
        let (client, access) = (&world.here.mews_client, &world.here.mews_token);
        let body = json!({ "MessageThreadIds": [made.guid], "Limitation": { "Count": 10 } });
        let answer = ok(&world, &mews("messages/getAll", client, access, body)).await.json();
        let texts: Vec<_> = answer["Messages"]
            .as_array()
            .expect("an array")
            .iter()
            .map(|m| (m["Text"].as_str().expect("a text"), m["Sender"]["Discriminator"].as_str().expect("a word")))
            .collect();
        assert_eq!(texts, [("Yes, spot 4", "Enterprise"), ("Is there <parking>?", "Application")]);
        let body = json!({ "MessageThreadIds": [made.guid], "Limitation": { "Count": 10 } });
        let threads = ok(&world, &mews("messageThreads/getAll", client, access, body)).await.json();
        assert_eq!(threads["MessageThreads"][0]["IsResolved"], json!(true));
    }
}

on_both! {
    async fn help_scout_shows_all_of_a_thread_created_through_magicline(world: World) {
        let headers = [("x-api-key", world.here.magicline_key.as_str()), ("content-type", "application/json")];
        let path = format!("/v1/communications/{}/threads", world.here.customer);
        let body = json!({"communicationThreadStatus": "ONGOING", "subject": "Locker", "content": "1 < 2\nand more",
            "communicationDirection": "OUTGOING", "communicationChannel": "LETTER"});
        let made = world.send(Method::POST, &path, &headers, body.to_string()).await.json();
        let token = helpscout_token(&world, &world.here).await;
        let ask = async |method: Method, path: String, body: Option<Value>| {
            ok(&world, &helpscout(method, path, &token, body)).await
        };
        let id = made["threadId"].as_i64().expect("an id");
        let shown = ask(Method::GET, format!("/v2/conversations/{id}"), None).await.json();
        let integration = json!({"id": world.here.account.integration_agent.get(), "type": "user", "first": "Integration", "last": "", "email": ""});
        assert_eq!(shown["createdBy"], integration);
        assert!(shown["_links"]["createdByUser"].is_object() && shown["_links"].get("createdByCustomer").is_none());
        assert_eq!((&shown["type"], &shown["status"], &shown["preview"]), (&json!("email"), &json!("active"), &json!("1 < 2 and more")));
        let threads = ask(Method::GET, format!("/v2/conversations/{id}/threads"), None).await.json();
        let first = &threads["_embedded"]["threads"][0];
        assert_eq!(first["id"], made["communicationId"]);
        assert_eq!((&first["type"], &first["body"]), (&json!("message"), &json!("1 &lt; 2<br>and more")));
        assert_eq!(first["createdBy"], integration);
        assert_eq!(first["source"], json!({"type": "api", "via": "user"}));
        // The same check in the other direction.
        let call = json!({"text": "Rang again", "customer": {"id": world.here.customer.get()}});
        let made = ask(Method::POST, format!("/v2/conversations/{id}/phones"), Some(call)).await;
        assert_eq!(made.status, 201);
        let mut update = body;
        update["communicationThreadStatus"] = json!("CLOSED");
        let path = format!("{path}/{id}");
        assert_eq!(world.send(Method::PUT, &path, &headers, update.to_string()).await.status, 200);
        let shown = ask(Method::GET, format!("/v2/conversations/{id}"), None).await.json();
        assert_eq!((&shown["status"], &shown["threads"]), (&json!("closed"), &json!(3)));
        assert_eq!(shown["closedByUser"], integration);
    }
}
