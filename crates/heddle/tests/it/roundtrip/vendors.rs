//! The routes of the vendor APIs.

use heddle::apis;
use heddle_api::Route;
use heddle_testkit::On;

use crate::catalogue::{Fixture, rows};
use crate::harness::World;

/// Returns the members of the body of a route, by its method and its template.
pub(super) fn members(api: &str, call: &str) -> Vec<String> {
    let api = apis::descriptions().find(api).expect("an API").clone();
    let name = |route: &Route| format!("{} {}", route.method, route.template);
    let route = (api.routes)().into_iter().find(|route| name(route) == call);
    let route = route.unwrap_or_else(|| panic!("no route {call}"));
    route.body.expect("a route with a body").paths()
}

/// The calls whose bodies these tests cover.
const COVERED: [&[&str]; 9] = [
    super::helpscout::CALLS,
    &super::helpscout_changes::CALLS,
    super::helpscout_customers::CALLS,
    super::magicline::CALLS,
    super::mews::CALLS,
    super::mews_neighbours::CALLS,
    super::mykaarma::CALLS,
    super::mykaarma_calls::CALLS,
    super::mykaarma_customers::CALLS,
];

#[tokio::test]
async fn every_body_of_every_vendor_has_a_list_of_members_and_a_test() {
    let world = World::new(On::Sqlite).await;
    let fixture = Fixture::new(&world).await;
    let rows = rows(&world, &fixture);
    let vendors = apis::descriptions();
    let vendors = vendors.iter().filter(|api| api.name() != apis::NATIVE);
    for route in vendors.flat_map(|api| (api.routes)()) {
        let call = format!("{} {}", route.method, route.template);
        let parts = route.template.split('/');
        let parts = parts.map(|part| if part.starts_with('{') { "{}" } else { part });
        let template = parts.collect::<Vec<_>>().join("/");
        let row = rows
            .iter()
            .find(|row| row.method == route.method && row.template == template);
        let row = row.unwrap_or_else(|| panic!("{call} has no sample"));
        assert_eq!(row.sample.body.is_some(), route.body.is_some(), "{call}");
        let is_covered = COVERED.iter().any(|calls| calls.contains(&call.as_str()));
        assert_eq!(is_covered, route.body.is_some(), "{call}");
    }
}
