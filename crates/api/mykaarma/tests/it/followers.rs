//! Tests of followers and subscriptions (contract section 7).

use heddle_domain::InboxScope;
use heddle_domain::customer::Follower;
use heddle_store::read::followers::FindFollowers;
use heddle_testkit::on_both;
use http::Method;
use serde_json::{Value, json};

use crate::client::{Client, refused};
use crate::harness::{Answer, World};

impl Client<'_> {
    fn customer_path(&self, rest: &str) -> String {
        let (department, customer) = (&self.department, &self.customer);
        format!("/communications/department/{department}/customer/{customer}/{rest}")
    }

    async fn follow(&self, body: &Value) -> Answer {
        let path = self.customer_path("followers");
        self.call(Method::POST, &path, body).await
    }

    async fn subscribe(&self, body: &Value) -> Answer {
        let path = self.customer_path("subscription");
        self.call(Method::PUT, &path, body).await
    }

    /// Returns the stored followers of the customer: agent, notes, messages. All are in the department.
    async fn stored_followers(&self) -> Vec<(i64, bool, bool)> {
        let read = FindFollowers {
            account: self.tenant.account.id,
            inboxes: InboxScope::All,
            id: self.tenant.customer,
        };
        let view = self.world.store().read(read).await.expect("followers");
        let one = |it: &Follower| {
            assert_eq!(it.inbox, self.tenant.main);
            (it.agent.get(), it.notes, it.messages)
        };
        view.followers.iter().map(one).collect()
    }
}

fn event(kind: &str) -> Value {
    json!({ "type": kind, "category": { "name": "MANUAL", "events": ["INTERNAL_NOTE"] } })
}

fn of_user(user: &str, added: &[&str], revoked: &[&str]) -> Value {
    let events = |kinds: &[&str]| kinds.iter().map(|kind| event(kind)).collect::<Vec<_>>();
    json!({ "user": { "uuid": user, "name": "Ada", "type": "USER" }, "addedEvents": events(added),
        "revokedEvents": events(revoked), "events": [] })
}

on_both! {
    async fn followers_are_added_and_revoked(world: World) {
        let client = Client::here(&world).await;
        let [ada, dan] = [world.here.agent.get(), world.here.default_agent.get()];
        let both = json!({ "customerUuid": client.customer, "departmentUuid": client.department, "userEvents": [
            of_user(&client.user, &["INTERNAL", "EXTERNAL"], &[]), of_user(&client.default_user, &["INTERNAL"], &[]) ] });
        for _ in 0..2 {
            let answer = client.follow(&both).await;
            assert_eq!((answer.status.as_u16(), answer.json()), (200, json!({ "errors": [], "warnings": [] })));
            assert_eq!(client.stored_followers().await, [(ada, true, true), (dan, true, false)]);
        }
        let fewer = json!({ "userEvents": [
            of_user(&client.user, &[], &["INTERNAL"]), of_user(&client.default_user, &[], &["INTERNAL", "EXTERNAL"]) ] });
        assert_eq!(client.follow(&fewer).await.status, 200);
        assert_eq!(client.stored_followers().await, [(ada, false, true)]);
    }
}

on_both! {
    async fn subscriptions_are_changed_and_unknown_users_fail_alone(world: World) {
        let client = Client::here(&world).await;
        let foreign = Client::of(&world, &world.foreign).await;
        let user = |uuid: &str| json!({ "userUuid": uuid, "isAsignee": false });
        let [ada, dan] = [world.here.agent.get(), world.here.default_agent.get()];
        let body = json!({
            "internalSubscriptionsAdded": [user(&client.user), user("nobody")],
            "externalSubscriptionsAdded": [user(&client.default_user), user(&foreign.user)],
            "internalSubscriptionsRevoked": [], "externalSubscriptionsRevoked": null,
            "isHistoricalSubbscription": false, "dealerAssociateUuid": null,
        });
        for _ in 0..2 {
            let answer = client.subscribe(&body).await;
            assert_eq!((answer.status.as_u16(), answer.json()), (200, json!({
                "internalSubscriptionsFailed": [user("nobody")], "externalSubscriptionsFailed": [user(&foreign.user)],
                "errors": [], "warnings": [],
            })));
            assert_eq!(client.stored_followers().await, [(ada, true, false), (dan, false, true)]);
        }
        let revoked = json!({ "internalSubscriptionsRevoked": [user(&client.user)] });
        let answer = client.subscribe(&revoked).await.json();
        assert_eq!(answer["internalSubscriptionsFailed"], json!([]));
        assert_eq!(client.stored_followers().await, [(dan, false, true)]);
        // If every user is unknown, the call has failed.
        let answer = client.subscribe(&json!({ "externalSubscriptionsRevoked": [user("nobody")] })).await;
        let body = answer.json();
        assert_eq!((answer.status.as_u16(), &body["errors"][0]["errorCode"]), (400, &json!("INVALID_USER_UUID")));
        assert_eq!(body["externalSubscriptionsFailed"], json!([user("nobody")]));
        assert_eq!(client.stored_followers().await, [(dan, false, true)]);
    }
}

on_both! {
    async fn wrong_requests_change_nothing(world: World) {
        let client = Client::here(&world).await;
        let foreign = Client::of(&world, &world.foreign).await;
        let known = of_user(&client.user, &["INTERNAL"], &[]);
        let mut events = known.clone();
        events["events"] = json!([event("INTERNAL")]);
        for (body, code) in [
            (json!({ "userEvents": [known, of_user("nobody", &["INTERNAL"], &[])] }), "INVALID_USER_UUID"),
            (json!({ "userEvents": [known, of_user(&foreign.user, &["INTERNAL"], &[])] }), "INVALID_USER_UUID"),
            (json!({ "userEvents": [known], "customerUuid": client.second_customer }), "INVALID_CUSTOMER_UUID"),
            (json!({ "userEvents": [known], "departmentUuid": client.second_department }), "INVALID_DEPARTMENT_UUID"),
            (json!({ "userEvents": [events] }), "INVALID_REQUEST_BODY"),
            (json!({ "userEvents": [] }), "INVALID_REQUEST_BODY"),
            (json!({ "userEvents": [known, of_user(&client.user, &[], &[])] }), "INVALID_REQUEST_BODY"),
        ] {
            refused(&client.follow(&body).await, 400, code);
        }
        let added = json!([{ "userUuid": client.user }]);
        for body in [
            json!({}),
            json!({ "internalSubscriptionsAdded": added, "dealerAssociateUuid": 7 }),
            json!({ "internalSubscriptionsAdded": added, "isHistoricalSubbscription": true }),
            json!({ "internalSubscriptionsAdded": [{ "userUuid": client.user, "isAsignee": true }] }),
        ] {
            refused(&client.subscribe(&body).await, 400, "INVALID_REQUEST_BODY");
        }
        let (followers, subscriptions) = (json!({ "userEvents": [known] }), json!({ "internalSubscriptionsAdded": added }));
        for (department, customer, status, code) in [
            (&client.second_department, &client.customer, 403, "API_SCOPE_NOT_FOUND"),
            (&client.department, &client.second_customer, 400, "INVALID_CUSTOMER_UUID"),
            (&client.department, &foreign.customer, 400, "INVALID_CUSTOMER_UUID"),
        ] {
            let path = format!("/communications/department/{department}/customer/{customer}");
            let answer = client.call(Method::POST, &format!("{path}/followers"), &followers).await;
            refused(&answer, status, code);
            let answer = client.call(Method::PUT, &format!("{path}/subscription"), &subscriptions).await;
            refused(&answer, status, code);
        }
        assert!(client.stored_followers().await.is_empty());
    }
}
