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
use crate::kit::door::{Doors, Fault};
use crate::kit::request_id::RequestId;
use crate::native;
use crate::webhooks::hook::Hook;

/// The doors side by side. Registering one is one line here.
const REGISTERED: &[Entry] = &[
    helpscout::ENTRY,
    magicline::ENTRY,
    mews::ENTRY,
    mykaarma::ENTRY,
    native::ENTRY,
];

/// Reads a public id that an operator gives: the form in which the door shows it, or what is expected.
pub type ReadPublicId = fn(&str) -> Result<String, String>;

/// What a door registers.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// Its name.
    pub door: Door,
    /// Where its paths begin. Each prefix ends in a slash, so that `/v1` itself or `/v10/` is not `/v1/`'s. Everything that
    /// no door owns is the native one's.
    pub prefixes: &'static [&'static str],
    /// For a door that shows texts in place of numbers: the form in which it takes a public id that an operator gives.
    pub public_id: Option<ReadPublicId>,
    /// Its routes.
    pub routes: fn() -> Vec<Route>,
    /// Everything below its paths.
    pub router: fn(&App) -> Router,
    /// Renders a fault outside every handler in its envelope.
    pub render: fn(Fault, RequestId) -> Response,
    /// Its part of webhooks, if its vendor has any.
    pub hook: Option<&'static dyn Hook>,
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
            REGISTERED
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

/// What the layers around all routes ask about doors.
pub const DOORS: Doors = Doors { of_path, render };

/// The door that answers a raw, undecoded path.
#[must_use]
pub fn of_path(path: &str) -> Door {
    let owns = |entry: &&Entry| entry.prefixes.iter().any(|prefix| path.starts_with(prefix));
    REGISTERED
        .iter()
        .find(owns)
        .map_or(native::DOOR, |entry| entry.door)
}

/// The registered doors.
pub fn registered() -> impl Iterator<Item = &'static Entry> {
    REGISTERED.iter()
}

/// The registered door of that name.
#[must_use]
pub fn named(name: &str) -> Option<&'static Entry> {
    REGISTERED.iter().find(|entry| entry.door.as_str() == name)
}

/// The part that a door of that name has in webhooks.
#[must_use]
pub fn hook(name: &str) -> Option<&'static dyn Hook> {
    named(name).and_then(|entry| entry.hook)
}

/// Every route of every door.
#[must_use]
pub fn routes() -> Vec<Route> {
    REGISTERED
        .iter()
        .flat_map(|entry| (entry.routes)())
        .collect()
}

/// All doors in one router.
pub fn router(app: &App) -> Router {
    REGISTERED.iter().fold(Router::new(), |router, entry| {
        router.merge((entry.router)(app))
    })
}

/// Renders a fault outside every handler in its door's envelope.
pub fn render(door: Door, fault: Fault, id: RequestId) -> Response {
    let entry = REGISTERED.iter().find(|entry| entry.door == door);
    entry.map_or(native::render as fn(_, _) -> _, |entry| entry.render)(fault, id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_belongs_to_the_door_of_its_prefix() {
        for (path, door) in [
            ("/v1/communications/1/threads", magicline::DOOR),
            ("/v1/", magicline::DOOR),
            ("/v1", native::DOOR),
            ("/v10/x", native::DOOR),
            ("/v2/conversations/1/phones", helpscout::DOOR),
            ("/v3/x", helpscout::DOOR),
            ("/authentication/x", helpscout::DOOR),
            ("/api/connector/v1/messageThreads/getAll", mews::DOOR),
            ("/api/Connector/v1", native::DOOR),
            ("/api/v1/account", native::DOOR),
            ("/communications/departments/d", mykaarma::DOOR),
            ("/manage/x", mykaarma::DOOR),
            ("/customer/x", mykaarma::DOOR),
            ("/customers/x", native::DOOR),
            ("/", native::DOOR),
            ("", native::DOOR),
        ] {
            assert_eq!(of_path(path), door, "{path}");
        }
    }
}
