//! The catalogue's rows for Magicline's API.

use http::Method;

use super::{Fixture, Row, Sample, UNKNOWN_NUMBER, magicline, slot, without_headers};
use crate::harness::World;

pub(super) fn rows(world: &World, fixture: &Fixture) -> Vec<Row> {
    let (here, foreign) = (&fixture.here, &fixture.foreign);
    let customers = [
        &here.second_customer,
        &foreign.customer,
        &foreign.second_customer,
    ];
    let create = magicline(
        Method::POST,
        format!("/v1/communications/{}/threads", here.customer),
        &world.here.magicline_key,
    );
    let update = magicline(
        Method::PUT,
        format!(
            "/v1/communications/{}/threads/{}",
            here.customer, here.thread
        ),
        &world.here.magicline_key,
    );
    let caller = |sample: &Sample| {
        let mut sample = without_headers(sample, &["x-api-key"]);
        sample
            .headers
            .push(("x-api-key", world.foreign.magicline_key.clone()));
        Some((sample, 404))
    };
    vec![
        Row {
            api: heddle_magicline::NAME,
            method: Method::POST,
            template: "/v1/communications/{}/threads",
            success: 200,
            slots: vec![slot(
                "customerId",
                404,
                &customers,
                UNKNOWN_NUMBER,
                |world, _, id| {
                    magicline(
                        Method::POST,
                        format!("/v1/communications/{id}/threads"),
                        &world.here.magicline_key,
                    )
                },
            )],
            foreign_caller: caller(&create),
            anonymous: Some((without_headers(&create, &["x-api-key"]), 401)),
            sample: create,
        },
        Row {
            api: heddle_magicline::NAME,
            method: Method::PUT,
            template: "/v1/communications/{}/threads/{}",
            success: 200,
            slots: vec![
                slot(
                    "customerId",
                    404,
                    &customers,
                    UNKNOWN_NUMBER,
                    |world, fixture, id| {
                        let path =
                            format!("/v1/communications/{id}/threads/{}", fixture.here.thread);
                        magicline(Method::PUT, path, &world.here.magicline_key)
                    },
                ),
                slot(
                    "threadId",
                    404,
                    &[&foreign.thread],
                    UNKNOWN_NUMBER,
                    |world, fixture, id| {
                        let path =
                            format!("/v1/communications/{}/threads/{id}", fixture.here.customer);
                        magicline(Method::PUT, path, &world.here.magicline_key)
                    },
                ),
            ],
            foreign_caller: caller(&update),
            anonymous: Some((without_headers(&update, &["x-api-key"]), 401)),
            sample: update,
        },
    ]
}
