//! Tests of bodies and paths that are refused (item 5 of the acceptance list), and of the API's limits.

use http::Method;
use serde_json::json;

use crate::client::{Client, message, message_path, refused, threads_path};
use crate::harness::World;
use heddle_testkit::on_both;

on_both! {
    async fn wrong_filters_are_refused(world: World) {
        let client = Client::here(&world).await;
        for body in ["", "[]", "null", "\"x\"", "5", "{", "{} {}", "{\"isArchived\": tru", "{'a': 1}"] {
            let answer = client.raw(Method::POST, &client.threads_path(), body.into()).await;
            refused(&answer, 400, "INVALID_REQUEST_BODY");
        }
        for (filter, code) in [
            (json!({"sortOrderKey": "LAST_MESSAGE"}), "INVALID_SORT_ORDER_KEY"),
            (json!({"sortOrderKey": "last_message_on"}), "INVALID_SORT_ORDER_KEY"),
            (json!({"sortOrderKey": 1}), "INVALID_SORT_ORDER_KEY"),
            (json!({"sortOrder": "asc"}), "INVALID_SORT_ORDER"),
            (json!({"sortOrder": ["ASC"]}), "INVALID_SORT_ORDER"),
            (json!({"isArchived": "true"}), "INVALID_REQUEST_BODY"),
            (json!({"isClosed": 0}), "INVALID_REQUEST_BODY"),
            (json!({"assigneeUserUUID": 5}), "INVALID_REQUEST_BODY"),
            (json!({"assigneeUserUUID": "a\0b"}), "INVALID_REQUEST_BODY"),
        ] {
            refused(&client.call(Method::POST, &client.threads_path(), &filter).await, 400, code);
        }
        let nul = json!({"somethingElse": {"deep": ["\0"]}});
        assert_eq!(client.call(Method::POST, &client.threads_path(), &nul).await.status, 200, "an ignored member");
        // Of two members with the same name the last counts; unknown members are ignored.
        let lenient = "{\"sortOrder\": \"sideways\", \"sortOrder\": \"ASC\", \"colour\": \"red\"}";
        assert_eq!(client.raw(Method::POST, &client.threads_path(), lenient.into()).await.status, 200);
    }
}

on_both! {
    async fn content_types_and_sizes_are_checked(world: World) {
        let client = Client::here(&world).await;
        let authorization = ("authorization", client.authorization.as_str());
        for content_type in ["text/plain", "application/x-www-form-urlencoded", ""] {
            let headers = [authorization, ("content-type", content_type)];
            let answer = world.send(Method::POST, &client.threads_path(), &headers, "{}").await;
            refused(&answer, 415, "UNSUPPORTED_MEDIA_TYPE");
        }
        let answer = world.send(Method::POST, &client.threads_path(), &[authorization], "{}").await;
        refused(&answer, 415, "UNSUPPORTED_MEDIA_TYPE");
        let headers = [authorization, ("content-type", "application/json; charset=UTF-8")];
        assert_eq!(world.send(Method::POST, &client.threads_path(), &headers, "{}").await.status, 200);
        let large = json!({"padding": "x".repeat(1 << 20)});
        refused(&client.call(Method::POST, &client.threads_path(), &large).await, 413, "REQUEST_TOO_LARGE");
        let mut body = json!({ "messageAttributes": message("OUTGOING") });
        body["messageAttributes"]["body"] = json!("x".repeat(1 << 20));
        let path = client.message_path(&client.user);
        refused(&client.call(Method::POST, &path, &body).await, 413, "REQUEST_TOO_LARGE");
        // A message just below the limit is accepted.
        body["messageAttributes"]["body"] = json!("x".repeat((1 << 20) - 200));
        assert_eq!(client.call(Method::POST, &path, &body).await.status, 200);
    }
}

on_both! {
    async fn unknown_ids_are_refused(world: World) {
        let client = Client::here(&world).await;
        let foreign = Client::of(&world, &world.foreign).await;
        let (department, customer, user) = (&client.department, &client.customer, &client.user);
        let unknown = ["nobody", &foreign.customer, &client.second_customer, &client.user, "%20", "a%2Fb"];
        let body = json!({ "messageAttributes": message("OUTGOING") });
        for other in unknown {
            let path = threads_path(department, other);
            refused(&client.call(Method::POST, &path, &json!({})).await, 400, "INVALID_CUSTOMER_UUID");
            let path = message_path(department, user, other);
            refused(&client.call(Method::POST, &path, &body).await, 400, "INVALID_CUSTOMER_UUID");
        }
        for other in ["nobody", &foreign.user, &client.customer] {
            let path = message_path(department, other, customer);
            refused(&client.call(Method::POST, &path, &body).await, 400, "INVALID_USER_UUID");
        }
        for (path, code) in [
            (threads_path("a%00b", customer), "INVALID_DEPARTMENT_UUID"),
            (threads_path(department, "a%00b"), "INVALID_CUSTOMER_UUID"),
            (threads_path(department, "%ff"), "INVALID_REQUEST_PATH"),
            (message_path(department, "%00", customer), "INVALID_USER_UUID"),
        ] {
            refused(&client.call(Method::POST, &path, &body).await, 400, code);
        }
        refused(&client.call(Method::PUT, "/communications/dealers/%00/delegate", &body).await, 400, "INVALID_DEALER_UUID");
        assert!(client.list(&json!({})).await.is_empty());
    }
}
