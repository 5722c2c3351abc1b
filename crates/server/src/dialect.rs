//! The doors. One folder a vendor, all of the same shape; adding one is described in `docs/adding-a-door.md`.
//!
//! A door owns everything below its path prefix, unknown paths and wrong methods included, and answers it in its own
//! envelope. Doors know the store's commands and reads, never each other.

pub mod helpscout;
pub mod magicline;

use axum::Router;
use axum::response::Response;
use heddle_domain::Door;
use http::Method;

use crate::App;
use crate::kit::door::Fault;
use crate::kit::request_id::RequestId;

/// A route of a door: what the security tests generate their matrix from.
#[derive(Clone, Debug)]
pub struct Route {
    /// Its door.
    pub door: Door,
    /// Its method.
    pub method: Method,
    /// Its path with parameters in braces.
    pub template: &'static str,
}

/// Each door's counters of requests.
#[derive(Debug, Default)]
pub struct Rates {
    /// Help Scout's.
    pub helpscout: helpscout::Rates,
    /// Magicline's.
    pub magicline: magicline::Rates,
}

/// Every route of every door.
#[must_use]
pub fn routes() -> Vec<Route> {
    let mut routes = magicline::routes();
    routes.extend(helpscout::routes());
    routes
}

/// The doors side by side: one line registers one.
pub fn router(app: &App) -> Router {
    Router::new()
        .merge(magicline::router(app))
        .merge(helpscout::router(app))
}

/// Renders a fault outside every handler in its door's envelope.
pub fn render(door: Door, fault: Fault, id: RequestId) -> Response {
    match door {
        Door::Magicline => magicline::render(fault, id),
        Door::HelpScout => helpscout::render(fault, id),
        Door::Mews | Door::MyKaarma | Door::Native => magicline::render(fault, id),
    }
}
