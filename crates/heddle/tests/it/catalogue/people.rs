//! The rows of Help Scout's users, teams, and page of consent.

use http::Method;

use super::{Fixture, Row, Sample, UNKNOWN_NUMBER, helpscout, inboxes, slot, without_headers};

/// Returns a row of a list that shows each caller its own account.
fn list(fixture: &Fixture, template: &'static str) -> Row {
    let sample = helpscout(
        Method::GET,
        template.to_owned(),
        &fixture.here.helpscout_token,
        None,
    );
    Row {
        api: heddle_helpscout::NAME,
        method: Method::GET,
        template,
        success: 200,
        slots: Vec::new(),
        foreign_caller: None,
        anonymous: Some((without_headers(&sample, &["authorization"]), 401)),
        sample,
    }
}

/// Returns a row of a read with one id, before which the path has `start` and after which it has `end`.
fn one(
    fixture: &Fixture,
    template: &'static str,
    (start, end): (&'static str, &'static str),
    id: &str,
    foreign: &[&String],
) -> Row {
    let path = move |id: &str| format!("{start}{id}{end}");
    let get = |token: &str| helpscout(Method::GET, path(id), token, None);
    let mut row = list(fixture, template);
    row.sample = get(&fixture.here.helpscout_token);
    row.anonymous = Some((without_headers(&row.sample, &["authorization"]), 401));
    row.foreign_caller = Some((get(&fixture.foreign.helpscout_token), 404));
    row.slots.push(slot(
        "id",
        404,
        foreign,
        UNKNOWN_NUMBER,
        move |_, fixture, id| {
            let token = &fixture.here.helpscout_token;
            helpscout(Method::GET, path(id), token, None)
        },
    ));
    row
}

pub(super) fn rows(fixture: &Fixture) -> Vec<Row> {
    let (here, foreign) = (&fixture.here, &fixture.foreign);
    let members = ("/v2/teams/", "/members");
    // An agent who is no team has no members.
    let no_teams = [&foreign.team, &here.agent];
    let mut users = list(fixture, "/v2/users");
    users.slots = vec![inboxes::at("mailbox", 200, &foreign.main, |id| {
        format!("/v2/users?mailbox={id}")
    })];
    let mut rows = vec![
        users,
        list(fixture, "/v2/teams"),
        one(
            fixture,
            "/v2/users/{}",
            ("/v2/users/", ""),
            &here.agent,
            &[&foreign.agent, &foreign.team],
        ),
        one(
            fixture,
            "/v2/teams/{}/members",
            members,
            &here.team,
            &no_teams,
        ),
    ];
    // Without a form, the answer is the form again.
    for (method, success) in [(Method::GET, 200), (Method::POST, 403)] {
        let template = "/authentication/authorizeClientApplication";
        rows.push(Row {
            api: heddle_helpscout::NAME,
            method: method.clone(),
            template,
            success,
            sample: Sample {
                method,
                path: format!("{template}?client_id={}&state=s", here.asking_app),
                headers: Vec::new(),
                body: None,
            },
            slots: Vec::new(),
            foreign_caller: None,
            anonymous: None,
        });
    }
    rows
}
