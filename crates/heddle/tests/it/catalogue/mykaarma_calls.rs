//! The catalogue's rows for myKaarma's calls whose ids are all in the path or at one place of the body.

use http::Method;
use serde_json::{Value, json};

use super::{Fixture, Row, Sample, Slot, UNKNOWN_PUBLIC, mykaarma, without_headers};
use crate::harness::World;

/// A call with its ids.
#[derive(Clone)]
struct Call {
    method: Method,
    template: &'static str,
    /// What fills the places of the template.
    path: Vec<String>,
    query: &'static str,
    body: Option<Value>,
}

/// Where a call contains an id.
#[derive(Clone, Copy)]
enum Place {
    Path(usize),
    Body(&'static str),
}

impl Call {
    fn new(method: Method, template: &'static str, path: &[&String]) -> Self {
        Self {
            method,
            template,
            path: path.iter().map(|id| (*id).clone()).collect(),
            query: "",
            body: None,
        }
    }

    fn body(mut self, body: Value) -> Self {
        self.body = Some(body);
        self
    }

    fn with(mut self, place: Place, id: &str) -> Self {
        match place {
            Place::Path(at) => id.clone_into(&mut self.path[at]),
            Place::Body(pointer) => {
                let body = self.body.as_mut().expect("a body");
                *body.pointer_mut(pointer).expect("a member") = json!(id);
            }
        }
        self
    }

    fn sample(self, account: &(String, String)) -> Sample {
        let mut path = self.template.to_owned();
        for id in &self.path {
            path = path.replacen("{}", id, 1);
        }
        mykaarma(self.method, path + self.query, account, self.body)
    }

    /// Returns the call's row. Each slot has a name, a place, the expected status, and ids that the caller may not see.
    fn row(self, world: &World, slots: &[(&'static str, Place, u16, &[&String])]) -> Row {
        let sample = self.clone().sample(&world.here.mykaarma);
        let slot = |(name, place, status, foreign): &(&'static str, Place, u16, &[&String])| {
            let (call, place) = (self.clone(), *place);
            Slot {
                name,
                with: Box::new(move |world, _, id| {
                    call.clone().with(place, id).sample(&world.here.mykaarma)
                }),
                foreign: foreign.iter().map(|id| (*id).clone()).collect(),
                unknown: UNKNOWN_PUBLIC.to_owned(),
                status: *status,
            }
        };
        Row {
            api: heddle_mykaarma::NAME,
            method: self.method.clone(),
            template: self.template,
            success: 200,
            slots: slots.iter().map(slot).collect(),
            foreign_caller: Some((self.clone().sample(&world.foreign.mykaarma), 403)),
            anonymous: Some((without_headers(&sample, &["authorization"]), 401)),
            sample,
        }
    }
}

pub(super) fn rows(world: &World, fixture: &Fixture) -> Vec<Row> {
    let (here, foreign) = (&fixture.here, &fixture.foreign);
    let departments: &[&String] = &[&here.second_public, &foreign.main_public];
    let customers: &[&String] = &[&here.second_customer_public, &foreign.customer_public];
    let agents: &[&String] = &[&foreign.agent_public];
    let department = ("departmentUUID", Place::Path(0), 403, departments);
    let ids = [&here.main_public, &here.agent_public, &here.customer_public];
    let history = Call::new(
        Method::POST,
        "/communications/department/{}/user/{}/customer/{}/message/list",
        &ids,
    )
    .body(json!({
        "lastMessageReceivedOn": "2026-01-01T00:00:00+0700", "protocolsSupported": ["TEXT", "EMAIL"],
        "messageUuidsReceivedAtSameTime": ["x"], "maxResults": 20, "fetchDrafts": true,
        "maxDraftsToBeFetched": 100, "isManual": true,
    }))
    .row(
        world,
        &[
            department,
            ("userUUID", Place::Path(1), 400, agents),
            ("customerUUID", Place::Path(2), 400, customers),
        ],
    );
    let mut rows = vec![history, import(world, fixture)];
    rows.extend(opt_outs(world, fixture));
    rows.extend(followers(world, fixture));
    rows.extend(customer_calls(world, fixture));
    rows
}

fn followers(world: &World, fixture: &Fixture) -> [Row; 2] {
    let (here, foreign) = (&fixture.here, &fixture.foreign);
    let departments: &[&String] = &[&here.second_public, &foreign.main_public];
    let customers: &[&String] = &[&here.second_customer_public, &foreign.customer_public];
    let ids = [&here.main_public, &here.customer_public];
    let slots = [
        ("departmentUUID", Place::Path(0), 403, departments),
        ("customerUUID", Place::Path(1), 400, customers),
    ];
    let event = json!({ "type": "INTERNAL", "category": { "name": "MANUAL", "events": ["INTERNAL_NOTE"] } });
    let user = json!({ "uuid": here.agent_public, "name": "Ada", "type": "USER" });
    let change = Call::new(
        Method::POST,
        "/communications/department/{}/customer/{}/followers",
        &ids,
    )
    .body(json!({ "userEvents": [{ "user": user, "addedEvents": [event] }] }));
    let subscribe = Call::new(
        Method::PUT,
        "/communications/department/{}/customer/{}/subscription",
        &ids,
    )
    .body(json!({ "internalSubscriptionsAdded": [{ "userUuid": here.agent_public, "isAsignee": false }] }));
    let agents: &[&String] = &[&foreign.agent_public];
    let user = |pointer| ("userUuid", Place::Body(pointer), 400, agents);
    let [department, customer] = slots;
    [
        change.row(
            world,
            &[department, customer, user("/userEvents/0/user/uuid")],
        ),
        subscribe.row(
            world,
            &[
                department,
                customer,
                user("/internalSubscriptionsAdded/0/userUuid"),
            ],
        ),
    ]
}

fn customer_calls(world: &World, fixture: &Fixture) -> Vec<Row> {
    let (here, foreign) = (&fixture.here, &fixture.foreign);
    let departments: &[&String] = &[&here.second_public, &foreign.main_public];
    let department = ("departmentUUID", Place::Path(0), 403, departments);
    let create = |method: Method| {
        let template = "/customer/v2/department/{}/customer";
        let body = json!({
            "requesterUserUUID": here.agent_public, "dealerUUIDList": [here.dealer], "vehicles": [],
            "customer": {
                "firstName": "Mara", "lastName": "Okafor",
                "phoneNumbers": [{ "phoneNumber": "+44 20 1", "okToText": false }],
            },
        });
        let call = Call::new(method, template, &[&here.main_public]).body(body);
        let user = Place::Body("/requesterUserUUID");
        let dealer = Place::Body("/dealerUUIDList/0");
        call.row(
            world,
            &[
                department,
                ("requesterUserUUID", user, 400, &[&foreign.agent_public]),
                ("dealerUUIDList", dealer, 403, &[&foreign.dealer]),
            ],
        )
    };
    let customers: &[&String] = &[&here.second_customer_public, &foreign.customer_public];
    let show = Call::new(
        Method::GET,
        "/customer/v2/department/{}/customer/{}",
        &[&here.main_public, &here.customer_public],
    );
    let mut search = Call::new(
        Method::GET,
        "/customer/v2/department/{}/customer/list",
        &[&here.main_public],
    );
    search.query = "?searchTerm=Ito&searchPreference=Customer&maxResults=7";
    vec![
        create(Method::POST),
        create(Method::PUT),
        show.row(
            world,
            &[department, ("customerUUID", Place::Path(1), 400, customers)],
        ),
        search.row(world, &[department]),
    ]
}

fn import(world: &World, fixture: &Fixture) -> Row {
    let (here, foreign) = (&fixture.here, &fixture.foreign);
    Call::new(
        Method::PUT,
        "/communications/department/{}/customer/{}/communication/historical",
        &[&here.main_public, &here.customer_public],
    )
    .body(json!({ "saveMessageRequestList": [{
        "sourceUuid": "old-1", "sentOn": "2019-05-01T09:00:00Z", "userUuid": here.agent_public,
        "messageAttributes": { "body": "Old", "type": "OUTGOING", "protocol": "TEXT", "isManual": true },
    }] }))
    .row(
        world,
        &[
            ("departmentUUID", Place::Path(0), 403, &[&here.second_public, &foreign.main_public]),
            ("customerUUID", Place::Path(1), 400, &[&here.second_customer_public, &foreign.customer_public]),
            ("userUuid", Place::Body("/saveMessageRequestList/0/userUuid"), 400, &[&foreign.agent_public]),
        ],
    )
}

fn opt_outs(world: &World, fixture: &Fixture) -> Vec<Row> {
    let (here, foreign) = (&fixture.here, &fixture.foreign);
    let (kind, value) = ("TEXT".to_owned(), "49301234".to_owned());
    let departments: &[&String] = &[&here.second_public, &foreign.main_public];
    let customers: &[&String] = &[&here.second_customer_public, &foreign.customer_public];
    let department = ("departmentUUID", Place::Path(0), 403, departments);
    let one = Call::new(
        Method::GET,
        "/communications/department/{}/communicationType/{}/communicationValue/{}/optoutstatus",
        &[&here.main_public, &kind, &value],
    );
    let of_customers = Call::new(
        Method::POST,
        "/communications/department/{}/customers/optoutstatus/list",
        &[&here.main_public],
    )
    .body(json!({ "customerUUIDList": [here.customer_public] }));
    let communication = json!({
        "communicationType": "TEXT", "communicationValue": "+49 30 1234", "okToCommunicate": true,
        "customerUUID": here.customer_public,
    });
    let of_communications = Call::new(
        Method::POST,
        "/communications/department/{}/communications/optoutstatus/list",
        &[&here.main_public],
    )
    .body(json!({ "communicationList": [communication] }));
    let change = Call::new(Method::POST, "/communications/department/{}/optoutstatus", &[&here.main_public]).body(json!({
        "customerUUID": here.customer_public, "userUUID": here.agent_public, "apiCallSource": "TEST",
        "communicationAttributesList": [{ "communicationType": "TEXT", "communicationValue": "+49 30 77" }],
        "event": "STOP_MESSAGE_RECEIVED", "updateType": "MESSAGE", "processSynchronously": true,
    }));
    vec![
        one.row(world, &[department]),
        of_customers.row(
            world,
            &[
                department,
                (
                    "customerUUIDList",
                    Place::Body("/customerUUIDList/0"),
                    400,
                    customers,
                ),
            ],
        ),
        of_communications.row(
            world,
            &[
                department,
                (
                    "customerUUID",
                    Place::Body("/communicationList/0/customerUUID"),
                    400,
                    customers,
                ),
            ],
        ),
        change.row(
            world,
            &[
                department,
                ("customerUUID", Place::Body("/customerUUID"), 400, customers),
                (
                    "userUUID",
                    Place::Body("/userUUID"),
                    400,
                    &[&foreign.agent_public],
                ),
            ],
        ),
    ]
}
