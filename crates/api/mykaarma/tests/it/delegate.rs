//! Delegation in bulk: item 9 and `rules.md` 33.

use heddle_domain::conversation::Status;
use heddle_domain::id::ConversationId;
use heddle_store::read::conversations::ListDelegations;
use heddle_testkit::On;
use http::Method;
use serde_json::{Value, json};

use crate::desk::{Desk, refused, threads_path};
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

async fn delegate(desk: &Desk<'_>, body: &Value) -> Value {
    let answer = desk.call(Method::PUT, &desk.delegate_path(), body).await;
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
    async fn the_open_threads_of_a_user_change_hands(world: World) {
        let desk = Desk::here(&world).await;
        let (agent, other) = (world.here.agent, world.here.default_agent);
        let assign = async |id: ConversationId| desk.change(id, None, None, Some(Some(agent))).await;
        let (open, archived) = (desk.conversation(None).await, desk.conversation(None).await);
        let (closed, unassigned) = (desk.conversation(None).await, desk.conversation(None).await);
        let elsewhere = desk.conversation_of(world.here.customer, world.here.second, None).await;
        for id in [open, archived, closed, elsewhere] {
            assign(id).await;
        }
        desk.change(archived, None, Some(true), None).await;
        desk.change(closed, Some(Status::Closed), None, None).await;
        let before = desk.thread(open).await;
        let at = desk.later();
        let mut body = from_user(&desk.user, &desk.default_user);
        body["userDelegationDetail"]["delegatorUUID"] = json!(desk.user);
        assert_eq!(counts(&delegate(&desk, &body).await), [2, 2, 0]);
        // Only who is in charge has changed, and since when.
        let mut expected = before.clone();
        expected["userUuid"] = json!(desk.default_user);
        expected["lastDelegationOn"] = json!(at);
        assert_eq!(desk.thread(open).await, expected);
        assert_eq!(desk.stored(archived).await.assignee, Some(other));
        for (id, assignee) in [(closed, Some(agent)), (unassigned, None), (elsewhere, Some(agent))] {
            assert_eq!(desk.stored(id).await.assignee, assignee);
        }
        let read = ListDelegations { account: world.here.account.id, conversation: open };
        let history = world.store().read(read).await.expect("a read");
        let (now, previous, by, when) = history[1];
        assert_eq!((now, previous, by, when.0), (Some(other), Some(agent), Some(agent), at));
        assert_eq!(counts(&delegate(&desk, &body).await), [0, 0, 0]);
    }
}

on_both! {
    async fn the_open_threads_of_customers_change_hands(world: World) {
        let desk = Desk::here(&world).await;
        let other = desk.new_customer("other").await;
        desk.new_customer("idle").await;
        let open = desk.conversation(None).await;
        let closed = desk.conversation(None).await;
        desk.change(closed, Some(Status::Closed), None, None).await;
        let theirs = desk.conversation_of(other, world.here.main, None).await;
        let body = of_customers(&[&desk.customer, "other", "idle", "other"], &desk.user);
        assert_eq!(counts(&delegate(&desk, &body).await), [2, 2, 0]);
        let agent = Some(world.here.agent);
        for (id, assignee) in [(open, agent), (theirs, agent), (closed, None)] {
            assert_eq!(desk.stored(id).await.assignee, assignee);
        }
        assert_eq!(counts(&delegate(&desk, &of_customers(&[], &desk.user)).await), [0, 0, 0]);
    }
}

on_both! {
    async fn more_than_one_transaction_and_more_than_one_page(world: World) {
        let desk = Desk::here(&world).await;
        let other = desk.new_customer("other").await;
        for at in 0..230 {
            let customer = if at % 2 == 0 { world.here.customer } else { other };
            desk.conversation_of(customer, world.here.main, None).await;
        }
        let body = of_customers(&[&desk.customer, "other"], &desk.user);
        assert_eq!(counts(&delegate(&desk, &body).await), [230, 230, 0]);
        let body = from_user(&desk.user, &desk.default_user);
        assert_eq!(counts(&delegate(&desk, &body).await), [230, 230, 0]);
        assert_eq!(counts(&delegate(&desk, &body).await), [0, 0, 0]);
        let filter = json!({"assigneeUserUUID": desk.default_user, "maxResults": 1000});
        assert_eq!(desk.ids(&filter).await.len(), 115);
        let path = threads_path(&desk.department, "other");
        let theirs = desk.call(Method::POST, &path, &filter).await.json();
        assert_eq!(theirs["customerThreads"].as_array().map(Vec::len), Some(115));
    }
}

on_both! {
    async fn what_cannot_be_delegated_is_refused_before_anything_changes(world: World) {
        let desk = Desk::here(&world).await;
        let foreign = Desk::of(&world, &world.foreign).await;
        let open = desk.conversation(None).await;
        desk.change(open, None, None, Some(Some(world.here.agent))).await;
        let (user, default) = (desk.user.as_str(), desk.default_user.as_str());
        let mut stranger = from_user(user, default);
        stranger["userDelegationDetail"]["delegatorUUID"] = json!("nobody");
        for (body, code) in [
            (json!({}), "INVALID_REQUEST_BODY"),
            (json!({"outOfOfficeTurnOffDelegation": {}}), "INVALID_REQUEST_BODY"),
            (json!({"userDelegationDetail": {"delegatedToUUID": default}}), "INVALID_REQUEST_BODY"),
            (from_user("nobody", default), "INVALID_USER_UUID"),
            (from_user(user, &foreign.user), "INVALID_USER_UUID"),
            (stranger, "INVALID_USER_UUID"),
            (of_customers(&[&desk.customer], "nobody"), "INVALID_USER_UUID"),
            (of_customers(&[&desk.customer, "nobody"], default), "INVALID_CUSTOMER_UUID"),
            (of_customers(&[&desk.customer, &foreign.customer], default), "INVALID_CUSTOMER_UUID"),
            (of_customers(&[&desk.customer, &desk.second_customer], default), "INVALID_CUSTOMER_UUID"),
        ] {
            refused(&desk.call(Method::PUT, &desk.delegate_path(), &body).await, 400, code);
        }
        for body in ["", "[]", "{"] {
            let answer = desk.raw(Method::PUT, &desk.delegate_path(), body.into()).await;
            refused(&answer, 400, "INVALID_REQUEST_BODY");
        }
        assert_eq!(desk.stored(open).await.assignee, Some(world.here.agent));
    }
}

#[tokio::test]
async fn a_fault_is_a_failure_with_the_true_counts() {
    let world = World::new(On::Sqlite).await;
    let desk = Desk::here(&world).await;
    for _ in 0..150 {
        let conversation = desk.conversation(None).await;
        desk.change(conversation, None, None, Some(Some(world.here.agent)))
            .await;
    }
    desk.list(&json!({})).await;
    world.store().close().await.expect("the store closes");
    let body = from_user(&desk.user, &desk.default_user);
    let answer = desk.call(Method::PUT, &desk.delegate_path(), &body).await;
    assert_eq!(answer.status, 503);
    assert_eq!(answer.header("retry-after"), "1");
    let body = answer.json();
    assert_eq!(counts(&body), [150, 0, 150]);
    assert_eq!(body["status"], json!("FAILURE"));
    assert_eq!(body["errors"][0]["errorCode"], json!("SERVICE_UNAVAILABLE"));
}
