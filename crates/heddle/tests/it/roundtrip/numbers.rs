//! Integers that 64 bits cannot hold are refused in words that name the range, and every integer that an API shows of its own
//! is one that JavaScript can hold.

use heddle_testkit::on_both;
use http::Method;
use serde_json::{Value, json};

use super::native::{calls, integers_in_body, integers_in_queries, nested, path_in_errors};
use crate::catalogue::{Fixture, helpscout, magicline, mews, mykaarma, rows};
use crate::harness::World;
use crate::native::Api;

/// A call with a JSON body, filled with ids that exist nowhere: its body is checked first.
pub(super) fn path(call: &str) -> (Method, String) {
    let (method, template) = call.split_once(' ').expect("a method and a path");
    let parts = template.split('/');
    let parts = parts.map(|part| if part.starts_with('{') { "1" } else { part });
    let path = parts.collect::<Vec<_>>().join("/");
    (method.parse().expect("a method"), path)
}

on_both! {
    async fn integers_beyond_64_bits_are_refused_with_the_range_natively(world: World) {
        let api = Api::full(&world);
        let (mut seen, huge) = (0, ["9223372036854775808", "-1e30", "99999999999999999999"]);
        for call in calls() {
            let (method, path) = path(&call);
            for place in integers_in_body(&call) {
                let field = path_in_errors(&place);
                for number in huge {
                    let body = nested(&place, &json!("number")).to_string();
                    let body = body.replace("\"number\"", number);
                    let answer = api.send_text(method.clone(), &path, Some(&body)).await;
                    let body = answer.json();
                    assert_eq!(answer.status, 422, "{call} {field}: {body}");
                    let errors = body["errors"].as_array().expect("errors");
                    let fault = errors.iter().find(|fault| fault["field"] == field.as_str());
                    let fault = fault.unwrap_or_else(|| panic!("{call} {field}: {body}"));
                    let detail = fault["detail"].as_str().expect("a text");
                    assert_eq!(fault["code"], "range", "{call} {field}: {detail}");
                    assert!(detail.starts_with("must be ") && detail.contains(" to "), "{call} {field}: {detail}");
                    seen += 1;
                }
            }
        }
        assert!(seen > 60, "{seen}");
        for (path, name) in integers_in_queries() {
            let path = path.replace("{id}", "1");
            for number in ["9223372036854775808", "-99999999999999999999"] {
                let answer = api.get(&format!("{path}?{name}={number}")).await;
                assert_eq!(answer.status, 422, "{path} {name}: {}", answer.json());
                let body = answer.json();
                let errors = body["errors"].as_array().expect("errors");
                let fault = errors.iter().find(|fault| fault["field"] == name.as_str());
                assert_eq!(fault.expect("a fault")["code"], "range", "{path} {name}: {body}");
            }
        }
    }
}

on_both! {
    async fn integers_beyond_64_bits_are_refused_with_the_range_by_the_vendors(world: World) {
        let fixture = Fixture::new(&world).await;
        let here = &fixture.here;
        let huge: Value = serde_json::from_str("9223372036854775808").expect("JSON");
        let whole = format!("from {} to {}", i64::MIN, i64::MAX);
        let customer = json!({ "id": world.here.customer.get() });
        let thread = json!({ "type": "note", "text": "x", "user": huge });
        let body = json!({ "subject": "x", "type": "phone", "mailboxId": huge, "status": "active", "customer": { "id": huge },
            "assignTo": huge, "user": huge, "threads": [thread] });
        let create = helpscout(Method::POST, "/v2/conversations".into(), &here.helpscout_token, Some(body));
        let refused = create.send(&world).await.json();
        let errors = refused["_embedded"]["errors"].as_array().expect("errors");
        let paths: Vec<_> = errors.iter().map(|error| error["path"].as_str().expect("a path")).collect();
        assert_eq!(paths, ["mailboxId", "customer.id", "threads[0].user", "assignTo", "user"], "{refused}");
        assert!(errors.iter().all(|error| error["message"].to_string().contains(&whole)), "{refused}");

        let path = format!("/v1/communications/{huge}/threads");
        let refused = magicline(Method::POST, path, &world.here.magicline_key).send(&world).await;
        assert!(refused.json()["errorMessage"].to_string().contains(&whole), "{}", refused.json());

        let body = json!({ "MessageThreadIds": [here.mews_thread], "Limitation": { "Count": huge } });
        let refused = mews("messages/getAll", &world.here.mews_client, &world.here.mews_token, body).send(&world).await;
        assert!(refused.json()["Message"].to_string().contains("from 1 to 1000"), "{}", refused.json());

        let path = format!("/communications/departments/{}/customers/{}/threads", here.main_public, here.customer_public);
        let body = json!({ "maxResults": huge, "customer": customer });
        let refused = mykaarma(Method::POST, path, &world.here.mykaarma, Some(body)).send(&world).await;
        assert!(refused.json().to_string().contains("from 0 to 2147483647"), "{}", refused.json());
    }
}

/// Adds every number that JavaScript does not hold: integers from 2^53. Degrees of latitude and longitude have fractions.
fn odd(value: &Value, at: &str, found: &mut Vec<String>) {
    const LAST: u64 = (1 << 53) - 1;
    match value {
        Value::Number(number) => {
            let integer = number.as_i64().map(i64::unsigned_abs);
            let is_degree = at.ends_with("itude") && number.is_f64();
            if !is_degree && integer.is_none_or(|integer| integer > LAST) {
                found.push(format!("{at}: {number}"));
            }
        }
        Value::Array(items) => items.iter().for_each(|item| odd(item, at, found)),
        Value::Object(members) => {
            for (name, member) in members {
                odd(member, &format!("{at}.{name}"), found);
            }
        }
        _ => {}
    }
}

on_both! {
    async fn every_number_in_every_answer_is_one_that_javascript_holds(world: World) {
        let fixture = Fixture::new(&world).await;
        let mut found = Vec::new();
        for row in rows(&world, &fixture) {
            let answer = row.sample.send(&world).await;
            if let Ok(body) = serde_json::from_slice(&answer.body)
                && !row.template.contains("openapi")
            {
                odd(&body, row.template, &mut found);
            }
        }
        for path in ["events", "audit", "webhooks", "conversations"] {
            let path = format!("/api/v1/{path}?limit=100");
            odd(&Api::full(&world).get(&path).await.json(), &path, &mut found);
        }
        assert!(found.is_empty(), "{found:?}");
    }
}
