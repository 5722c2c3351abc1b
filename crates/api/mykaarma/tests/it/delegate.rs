//! Tests of delegation in bulk: item 9 of the acceptance list, and `rules.md` 33.

use heddle_domain::InboxScope;
use heddle_domain::conversation::Status;
use heddle_domain::id::{ConversationId, EventId};
use heddle_store::read::contents::WalkDelegations;
use heddle_testkit::On;
use http::Method;
use serde_json::{Value, json};

use crate::client::{Client, refused, threads_path};
use crate::harness::World;
use heddle_testkit::on_both;

fn from_user(from: &str, to: &str) -> Value {
    json!({
        "delegator": "ADMIN_TOOL_USER_DELEGATION",
        "userDelegationDetail": {"delegatedFromUUID": from, "delegatedToUUID": to},
    })
}

fn of_customers(customers: &[&str], to: &str) -> Value {
    json!({"bulkAutoDelegate": {"customerUUIDList": customers, "toDealerAssociateUUID": to, "logInMongo": true}})
}

async fn delegate(client: &Client<'_>, body: &Value) -> Value {
    let answer = client
        .call(Method::PUT, &client.delegate_path(), body)
        .await;
    let body = answer.json();
    assert_eq!(answer.status, 200, "{body}");
    assert_eq!(
        (&body["status"], &body["errors"]),
        (&json!("SUCCESS"), &json!([]))
    );
    assert_eq!(body["warnings"], json!([]));
    assert_eq!(body["delegationUUID"].as_str().map(str::len), Some(36));
    assert_eq!(body.as_object().expect("an object").len(), 7);
    body
}

fn counts(answer: &Value) -> [i64; 3] {
    [
        "totalNumberOfDelegations",
        "successfulDelegations",
        "failedDelegations",
    ]
    .map(|name| answer[name].as_i64().expect("an integer"))
}

on_both! {
    async fn the_open_threads_of_a_user_are_delegated(world: World) {
        let client = Client::here(&world).await;
        let (agent, other) = (world.here.agent, world.here.default_agent);
        let assign = async |id: ConversationId| client.change(id, None, None, Some(Some(agent))).await;
        let (open, archived) = (client.conversation(None).await, client.conversation(None).await);
        let (closed, unassigned) = (client.conversation(None).await, client.conversation(None).await);
        let elsewhere = client.conversation_of(world.here.customer, world.here.second, None).await;
        for id in [open, archived, closed, elsewhere] {
            assign(id).await;
        }
        client.change(archived, None, Some(true), None).await;
        client.change(closed, Some(Status::Closed), None, None).await;
        let before = client.thread(open).await;
        let at = client.later();
        let mut body = from_user(&client.user, &client.default_user);
        body["userDelegationDetail"]["delegatorUUID"] = json!(client.user);
        assert_eq!(counts(&delegate(&client, &body).await), [2, 2, 0]);
        // Only the assignee and the time of delegation have changed.
        let mut expected = before.clone();
        expected["userUuid"] = json!(client.default_user);
        expected["lastDelegationOn"] = json!(at);
        assert_eq!(client.thread(open).await, expected);
        assert_eq!(client.stored(archived).await.assignee, Some(other));
        for (id, assignee) in [(closed, Some(agent)), (unassigned, None), (elsewhere, Some(agent))] {
            assert_eq!(client.stored(id).await.assignee, assignee);
        }
        let read = WalkDelegations {
            account: world.here.account.id,
            inboxes: InboxScope::All,
            conversation: open,
            after: EventId(0),
            limit: 10,
        };
        let history = world.store().read(read).await.expect("a read");
        let last = history[1];
        assert_eq!((last.agent, last.previous, last.by, last.at.0), (Some(other), Some(agent), Some(agent), at));
        assert_eq!(counts(&delegate(&client, &body).await), [0, 0, 0]);
    }
}

on_both! {
    async fn the_open_threads_of_customers_are_delegated(world: World) {
        let client = Client::here(&world).await;
        let other = client.new_customer("other").await;
        client.new_customer("idle").await;
        let open = client.conversation(None).await;
        let closed = client.conversation(None).await;
        client.change(closed, Some(Status::Closed), None, None).await;
        let theirs = client.conversation_of(other, world.here.main, None).await;
        let body = of_customers(&[&client.customer, "other", "idle", "other"], &client.user);
        assert_eq!(counts(&delegate(&client, &body).await), [2, 2, 0]);
        let agent = Some(world.here.agent);
        for (id, assignee) in [(open, agent), (theirs, agent), (closed, None)] {
            assert_eq!(client.stored(id).await.assignee, assignee);
        }
        assert_eq!(counts(&delegate(&client, &of_customers(&[], &client.user)).await), [0, 0, 0]);
    }
}

on_both! {
    async fn a_delegation_of_many_conversations_succeeds(world: World) {
        let client = Client::here(&world).await;
        let other = client.new_customer("other").await;
        for at in 0..230 {
            let customer = if at % 2 == 0 { world.here.customer } else { other };
            client.conversation_of(customer, world.here.main, None).await;
        }
        let body = of_customers(&[&client.customer, "other"], &client.user);
        assert_eq!(counts(&delegate(&client, &body).await), [230, 230, 0]);
        let body = from_user(&client.user, &client.default_user);
        assert_eq!(counts(&delegate(&client, &body).await), [230, 230, 0]);
        assert_eq!(counts(&delegate(&client, &body).await), [0, 0, 0]);
        let filter = json!({"assigneeUserUUID": client.default_user, "maxResults": 1000});
        assert_eq!(client.ids(&filter).await.len(), 115);
        let path = threads_path(&client.department, "other");
        let theirs = client.call(Method::POST, &path, &filter).await.json();
        assert_eq!(theirs["customerThreads"].as_array().map(Vec::len), Some(115));
    }
}

on_both! {
    async fn a_delegation_is_refused_before_anything_changes(world: World) {
        let client = Client::here(&world).await;
        let foreign = Client::of(&world, &world.foreign).await;
        let open = client.conversation(None).await;
        client.change(open, None, None, Some(Some(world.here.agent))).await;
        let (user, default) = (client.user.as_str(), client.default_user.as_str());
        let mut stranger = from_user(user, default);
        stranger["userDelegationDetail"]["delegatorUUID"] = json!("nobody");
        let mut both = from_user(user, default);
        both["bulkAutoDelegate"] = of_customers(&[&client.customer], default)["bulkAutoDelegate"].clone();
        for (body, code) in [
            (json!({}), "INVALID_REQUEST_BODY"),
            (both, "INVALID_REQUEST_BODY"),
            (json!({"outOfOfficeTurnOffDelegation": {}}), "INVALID_REQUEST_BODY"),
            (json!({"userDelegationDetail": {"delegatedToUUID": default}}), "INVALID_REQUEST_BODY"),
            (from_user("nobody", default), "INVALID_USER_UUID"),
            (from_user(user, &foreign.user), "INVALID_USER_UUID"),
            (stranger, "INVALID_USER_UUID"),
            (of_customers(&[&client.customer], "nobody"), "INVALID_USER_UUID"),
            (of_customers(&[&client.customer, "nobody"], default), "INVALID_CUSTOMER_UUID"),
            (of_customers(&[&client.customer, &foreign.customer], default), "INVALID_CUSTOMER_UUID"),
            (of_customers(&[&client.customer, &client.second_customer], default), "INVALID_CUSTOMER_UUID"),
        ] {
            refused(&client.call(Method::PUT, &client.delegate_path(), &body).await, 400, code);
        }
        for body in ["", "[]", "{"] {
            let answer = client.raw(Method::PUT, &client.delegate_path(), body.into()).await;
            refused(&answer, 400, "INVALID_REQUEST_BODY");
        }
        assert_eq!(client.stored(open).await.assignee, Some(world.here.agent));
    }
}

#[tokio::test]
async fn after_a_fault_the_status_is_failure_and_the_counts_are_correct() {
    let world = World::new(On::Sqlite).await;
    let client = Client::here(&world).await;
    for _ in 0..150 {
        let conversation = client.conversation(None).await;
        client
            .change(conversation, None, None, Some(Some(world.here.agent)))
            .await;
    }
    client.list(&json!({})).await;
    let _held = world.test.hold_writes();
    let body = from_user(&client.user, &client.default_user);
    let answer = client
        .call(Method::PUT, &client.delegate_path(), &body)
        .await;
    assert_eq!(answer.status, 500);
    let body = answer.json();
    assert_eq!(counts(&body), [150, 0, 150]);
    assert_eq!(body["status"], json!("FAILURE"));
    assert_eq!(body["errors"][0]["errorCode"], json!("INTERNAL_ERROR"));
}
