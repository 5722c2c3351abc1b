//! The catalogue's rows for Help Scout's tokens, conversations and threads.

use http::Method;
use serde_json::{Value, json};

use super::{
    Fixture, Row, Sample, UNKNOWN_NUMBER, conversation_body, helpscout, inboxes, json_headers,
    people, slot, thread_body, without_headers,
};
use crate::harness::World;

pub(super) fn rows(world: &World, fixture: &Fixture) -> Vec<Row> {
    let here = &fixture.here;
    let (id, secret) = &world.here.helpscout_client;
    let token = Sample {
        method: Method::POST,
        path: "/v2/oauth2/token".into(),
        headers: json_headers(&[]),
        body: Some(
            json!({ "grant_type": "client_credentials", "client_id": id, "client_secret": secret }),
        ),
    };
    let mut rows = vec![Row {
        api: heddle_helpscout::NAME,
        method: Method::POST,
        template: "/v2/oauth2/token",
        success: 200,
        sample: token,
        slots: Vec::new(),
        foreign_caller: None,
        anonymous: None,
    }];
    let simple = |method: Method,
                  template: &'static str,
                  path: String,
                  body: Option<Value>,
                  success: u16| {
        let sample = helpscout(
            method.clone(),
            path.clone(),
            &here.helpscout_token,
            body.clone(),
        );
        let foreign = helpscout(method.clone(), path, &fixture.foreign.helpscout_token, body);
        let status = if template.contains("{}") { 404 } else { 400 };
        Row {
            api: heddle_helpscout::NAME,
            method,
            template,
            success,
            slots: Vec::new(),
            foreign_caller: (template != "/v2/users/me").then_some((foreign, status)),
            anonymous: Some((without_headers(&sample, &["authorization"]), 401)),
            sample,
        }
    };
    rows.push(simple(
        Method::GET,
        "/v2/users/me",
        "/v2/users/me".into(),
        None,
        200,
    ));
    rows.extend(people::rows(fixture));
    rows.push(helpscout_create(
        fixture,
        simple(
            Method::POST,
            "/v2/conversations",
            "/v2/conversations".into(),
            Some(conversation_body(&here.main, &here.customer, &here.agent)),
            201,
        ),
    ));
    rows.extend(inboxes::helpscout_lists(fixture, &simple));
    for (template, suffix) in [
        ("/v2/conversations/{}", ""),
        ("/v2/conversations/{}/threads", "/threads"),
    ] {
        let path = format!("/v2/conversations/{}{suffix}", here.thread);
        let mut row = simple(Method::GET, template, path, None, 200);
        row.slots.push(slot(
            "conversationId",
            404,
            &[&fixture.foreign.thread],
            UNKNOWN_NUMBER,
            move |_, fixture, id| {
                helpscout(
                    Method::GET,
                    format!("/v2/conversations/{id}{suffix}"),
                    &fixture.here.helpscout_token,
                    None,
                )
            },
        ));
        rows.push(row);
    }
    for (template, kind) in [
        ("/v2/conversations/{}/phones", "phones"),
        ("/v2/conversations/{}/chats", "chats"),
        ("/v2/conversations/{}/customer", "customer"),
        ("/v2/conversations/{}/notes", "notes"),
        ("/v2/conversations/{}/reply", "reply"),
    ] {
        let path = format!("/v2/conversations/{}/{kind}", here.thread);
        let body = thread_body(&here.customer);
        rows.push(helpscout_thread(
            fixture,
            kind,
            simple(Method::POST, template, path, Some(body), 201),
        ));
    }
    rows
}

fn helpscout_create(fixture: &Fixture, mut row: Row) -> Row {
    let foreign = &fixture.foreign;
    let at = |name: &'static str, foreign: &[&String], pointer: &'static str| {
        slot(name, 400, foreign, UNKNOWN_NUMBER, move |_, fixture, id| {
            let here = &fixture.here;
            let mut body = conversation_body(&here.main, &here.customer, &here.agent);
            body["fields"] =
                json!([{ "id": here.fields[0].parse::<i64>().expect("a number"), "value": "SN" }]);
            let note = json!({ "type": "note", "text": "Seen", "user": body["user"] });
            body["threads"].as_array_mut().expect("threads").push(note);
            *body.pointer_mut(pointer).expect("the field") =
                json!(id.parse::<i64>().expect("a number"));
            helpscout(
                Method::POST,
                "/v2/conversations".into(),
                &here.helpscout_token,
                Some(body),
            )
        })
    };
    row.slots = vec![
        at("mailboxId", &[&foreign.main], "/mailboxId"),
        at("customer.id", &[&foreign.customer], "/customer/id"),
        at(
            "threads[0].customer.id",
            &[&foreign.customer],
            "/threads/0/customer/id",
        ),
        at("assignTo", &[&foreign.agent, &foreign.team], "/assignTo"),
        // A team writes nothing, so that one's own is refused, too.
        at(
            "user",
            &[&foreign.agent, &foreign.team, &fixture.here.team],
            "/user",
        ),
        at(
            "threads[1].user",
            &[&foreign.agent, &foreign.team],
            "/threads/1/user",
        ),
        at("fields[0].id", &[&foreign.fields[0]], "/fields/0/id"),
    ];
    row
}

fn helpscout_thread(fixture: &Fixture, kind: &'static str, mut row: Row) -> Row {
    let foreign = &fixture.foreign;
    row.slots.push(slot(
        "conversationId",
        404,
        &[&foreign.thread],
        UNKNOWN_NUMBER,
        move |_, fixture, id| {
            let here = &fixture.here;
            let body = thread_body(&here.customer);
            helpscout(
                Method::POST,
                format!("/v2/conversations/{id}/{kind}"),
                &here.helpscout_token,
                Some(body),
            )
        },
    ));
    if kind != "notes" {
        row.slots.push(slot(
            "customer.id",
            400,
            &[&foreign.customer],
            UNKNOWN_NUMBER,
            move |_, fixture, id| {
                let here = &fixture.here;
                let path = format!("/v2/conversations/{}/{kind}", here.thread);
                helpscout(
                    Method::POST,
                    path,
                    &here.helpscout_token,
                    Some(thread_body(id)),
                )
            },
        ));
    }
    let names: &[&'static str] = match kind {
        "notes" => &["user"],
        "reply" => &["user", "assignTo"],
        _ => &[],
    };
    for name in names {
        row.slots.push(slot(
            name,
            400,
            &[&foreign.agent, &foreign.team],
            UNKNOWN_NUMBER,
            move |_, fixture, id| {
                let here = &fixture.here;
                let mut body = thread_body(&here.customer);
                body[*name] = json!(id.parse::<i64>().expect("a number"));
                let path = format!("/v2/conversations/{}/{kind}", here.thread);
                helpscout(Method::POST, path, &here.helpscout_token, Some(body))
            },
        ));
    }
    row
}
