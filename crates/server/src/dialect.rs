//! The doors. One folder a vendor, all of the same shape; adding one is described in `docs/adding-a-door.md`.
//!
//! A door owns everything below its path prefix, unknown paths and wrong methods included, and answers it in its own
//! envelope. Doors know the store's commands and reads, never each other.

pub mod helpscout;
pub mod magicline;
pub mod mews;
pub mod mykaarma;

use std::any::Any;
use std::collections::HashMap;
use std::sync::Arc;

use axum::Router;
use axum::response::Response;
use heddle_domain::Door;
use http::Method;

use crate::App;
use crate::kit::door::Fault;
use crate::kit::request_id::RequestId;
use crate::native;

/// The doors side by side. Registering one is one line here.
const DOORS: &[Entry] = &[
    helpscout::ENTRY,
    magicline::ENTRY,
    mews::ENTRY,
    mykaarma::ENTRY,
    native::ENTRY,
];

/// What a door registers.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// Its name.
    pub door: Door,
    /// Its routes.
    pub routes: fn() -> Vec<Route>,
    /// Everything below its paths.
    pub router: fn(&App) -> Router,
    /// Renders a fault outside every handler in its envelope.
    pub render: fn(Fault, RequestId) -> Response,
    /// Makes what it keeps between requests, such as its rate limits; it gets it back from [`Kept::of`].
    pub kept: fn() -> Arc<dyn Any + Send + Sync>,
}

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

/// What each door keeps between requests.
#[derive(Debug)]
pub struct Kept(HashMap<Door, Arc<dyn Any + Send + Sync>>);

impl Default for Kept {
    fn default() -> Self {
        Self(
            DOORS
                .iter()
                .map(|entry| (entry.door, (entry.kept)()))
                .collect(),
        )
    }
}

impl Kept {
    /// What `door` made with [`Entry::kept`].
    ///
    /// # Panics
    /// If the door keeps something of another type: a mistake that its first request shows.
    #[must_use]
    pub fn of<T: 'static>(&self, door: Door) -> &T {
        let kept = self.0.get(&door).and_then(|kept| kept.downcast_ref());
        kept.expect("a door asks for what it registered")
    }
}

/// Every route of every door.
#[must_use]
pub fn routes() -> Vec<Route> {
    DOORS.iter().flat_map(|entry| (entry.routes)()).collect()
}

/// All doors in one router.
pub fn router(app: &App) -> Router {
    DOORS.iter().fold(Router::new(), |router, entry| {
        router.merge((entry.router)(app))
    })
}

/// Renders a fault outside every handler in its door's envelope.
pub fn render(door: Door, fault: Fault, id: RequestId) -> Response {
    let entry = DOORS.iter().find(|entry| entry.door == door);
    entry.map_or(native::render as fn(_, _) -> _, |entry| entry.render)(fault, id)
}
