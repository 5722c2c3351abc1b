//! Tests of foreign ids (`rules.md` 23): every route, every place of an id, and every kind of id that the caller may
//! not see. A foreign id gets exactly the response of an unknown id, and nothing changes.

use heddle::apis;
use heddle_domain::ApiName;
use heddle_store::read::dump::DumpTables;
use serde_json::Value;

use crate::catalogue::{Fixture, Row, rows};
use crate::harness::{Answer, World};
use heddle_testkit::on_both;

on_both! {
    async fn every_route_has_a_row(world: World) {
        let fixture = Fixture::new(&world).await;
        let mut known: Vec<_> = rows(&world, &fixture).iter().map(|r| (r.api, r.method.clone(), r.template.to_owned())).collect();
        let mut there: Vec<_> = apis::descriptions().routes().map(|r| (r.api, r.method.clone(), nameless(&r.template))).collect();
        known.sort_by_key(key);
        there.sort_by_key(key);
        assert_eq!(there, known, "every route needs a row in the catalogue, and every row a route");
    }
}

fn key(route: &(ApiName, http::Method, String)) -> (ApiName, String, String) {
    (route.0, route.1.to_string(), route.2.clone())
}

/// Returns a template with `{}` for every parameter.
fn nameless(template: &str) -> String {
    let segment = |part: &str| {
        if part.starts_with('{') {
            "{}".to_owned()
        } else {
            part.to_owned()
        }
    };
    template
        .split('/')
        .map(segment)
        .collect::<Vec<_>>()
        .join("/")
}

on_both! {
    async fn the_samples_work(world: World) {
        let fixture = Fixture::new(&world).await;
        for row in rows(&world, &fixture) {
            let answer = row.sample.send(&world).await;
            let body = String::from_utf8_lossy(&answer.body);
            assert_eq!(answer.status, row.success, "{} {}: {body}", row.method, row.template);
        }
    }
}

on_both! {
    async fn a_foreign_id_gets_the_response_of_an_unknown_id(world: World) {
        let fixture = Fixture::new(&world).await;
        for row in rows(&world, &fixture) {
            for slot in &row.slots {
                let before = dump(&world).await;
                let unknown = (slot.with)(&world, &fixture, &slot.unknown).send(&world).await;
                let place = format!("{} {} {}", row.method, row.template, slot.name);
                assert_eq!(unknown.status, slot.status, "{place}: {}", String::from_utf8_lossy(&unknown.body));
                for id in &slot.foreign {
                    let foreign = (slot.with)(&world, &fixture, id).send(&world).await;
                    assert_eq!(plain(&foreign, id), plain(&unknown, &slot.unknown), "{place}");
                    assert_eq!(foreign.status, unknown.status, "{place}");
                }
                assert_eq!(dump(&world).await, before, "{place} changed something");
            }
        }
    }
}

on_both! {
    async fn a_foreign_or_missing_credential_is_rejected(world: World) {
        let fixture = Fixture::new(&world).await;
        for row in rows(&world, &fixture) {
            // The clock moves by a minute, so that the limit of wrong credentials per minute starts again for each row.
            world.test.clock.advance(60_000);
            let before = dump(&world).await;
            for (sample, status) in row.foreign_caller.iter().chain(&row.anonymous) {
                let answer = sample.send(&world).await;
                let body = String::from_utf8_lossy(&answer.body);
                assert_eq!(answer.status, *status, "{} {}: {body}", row.method, row.template);
            }
            for sample in other_apis(&world, &row) {
                let answer = sample.send(&world).await;
                assert!(matches!(answer.status.as_u16(), 400 | 401), "{} {}: {answer:?}", row.method, row.template);
            }
            assert_eq!(dump(&world).await, before, "{} {} changed something", row.method, row.template);
        }
    }
}

/// Returns the request with a secret of another API in the same account, which must be refused.
fn other_apis(world: &World, row: &Row) -> Vec<crate::catalogue::Sample> {
    let secrets = [
        (heddle_magicline::NAME, &world.here.magicline_key),
        (heddle_native::NAME, &world.here.native_token),
        (heddle_mews::NAME, &world.here.mews_token),
        (heddle_helpscout::NAME, &world.here.helpscout_client.0),
        (heddle_helpscout::NAME, &world.here.helpscout_client.1),
    ];
    if row.anonymous.is_none() {
        return Vec::new();
    }
    let others = secrets.iter().filter(|(api, secret)| {
        *api != row.api || (*api == heddle_helpscout::NAME && !secret.is_empty())
    });
    others
        .map(|(_, secret)| {
            let mut sample = row.sample.clone();
            for (name, value) in &mut sample.headers {
                match *name {
                    "x-api-key" => value.clone_from(secret),
                    "authorization" if value.starts_with("Bearer") => {
                        *value = format!("Bearer {secret}");
                    }
                    "authorization" => {
                        use base64::Engine;
                        let user = &world.here.mykaarma.0;
                        let pair =
                            base64::prelude::BASE64_STANDARD.encode(format!("{user}:{secret}"));
                        *value = format!("Basic {pair}");
                    }
                    _ => {}
                }
            }
            if let Some(token) = sample
                .body
                .as_mut()
                .and_then(|body| body.get_mut("AccessToken"))
            {
                *token = Value::String((*secret).clone());
            }
            sample
        })
        .collect()
}

/// Returns a response without the parts that differ between requests: the request's id, and the id in the request.
fn plain(answer: &Answer, asked: &str) -> String {
    let Ok(mut body) = serde_json::from_slice::<Value>(&answer.body) else {
        return without(asked, &String::from_utf8_lossy(&answer.body));
    };
    redact(&mut body);
    without(asked, &body.to_string())
}

/// Replaces an id by `ID`, but not where it is a part of a longer word or number.
fn without(id: &str, text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(id).filter(|_| !id.is_empty()) {
        let (before, found) = rest.split_at(at);
        let after = &found[id.len()..];
        let is_part =
            before.ends_with(char::is_alphanumeric) || after.starts_with(char::is_alphanumeric);
        plain.push_str(before);
        plain.push_str(if is_part { id } else { "ID" });
        rest = after;
    }
    plain + rest
}

fn redact(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                if matches!(
                    name.as_str(),
                    "traceId"
                        | "logRef"
                        | "RequestId"
                        | "requestUUID"
                        | "requestUuid"
                        | "errorUID"
                        | "instance"
                        | "request_id"
                ) {
                    *member = Value::Null;
                } else {
                    redact(member);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(redact),
        _ => {}
    }
}

/// Returns all rows of all tables, except counters and node slots.
pub(crate) async fn dump(world: &World) -> Vec<String> {
    let mut lines = world.store().read(DumpTables).await.expect("a dump");
    lines.retain(|line| !line.starts_with("counter") && !line.starts_with("node_slot"));
    lines
}
