//! The APIs. One folder a vendor, all of the same shape; adding one is described in `docs/adding-an-api.md`.
//!
//! An API owns everything below its path prefix, unknown paths and wrong methods included, and answers it in its own
//! envelope. APIs know the store's commands and reads, never each other.

pub mod helpscout;
pub mod magicline;
pub mod mews;
pub mod mykaarma;

use std::any::Any;
use std::collections::HashMap;
use std::sync::Arc;

use axum::Router;
use axum::response::Response;
use heddle_domain::ApiName;
use http::Method;

use crate::App;
use crate::kit::api::{ApiLookup, Fault};
use crate::kit::request_id::RequestId;
use crate::native;
use crate::webhooks::hook::Hook;

/// The APIs side by side. Registering one is one line here.
const REGISTERED: &[Entry] = &[
    helpscout::ENTRY,
    magicline::ENTRY,
    mews::ENTRY,
    mykaarma::ENTRY,
    native::ENTRY,
];

/// Reads a public id that an operator gives: the form in which the API shows it, or what is expected.
pub type ReadPublicId = fn(&str) -> Result<String, String>;

/// What an API registers.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// Its name.
    pub api: ApiName,
    /// Where its paths begin. Each prefix ends in a slash, so that `/v1` itself or `/v10/` is not `/v1/`'s. Everything that
    /// no API owns is the native one's.
    pub prefixes: &'static [&'static str],
    /// For an API that shows texts in place of numbers: the form in which it takes a public id that an operator gives.
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

/// A route of an API: what the security tests generate their matrix from.
#[derive(Clone, Debug)]
pub struct Route {
    /// Its API.
    pub api: ApiName,
    /// Its method.
    pub method: Method,
    /// Its path with parameters in braces.
    pub template: &'static str,
}

/// What each API keeps between requests.
#[derive(Debug)]
pub struct Kept(HashMap<ApiName, Arc<dyn Any + Send + Sync>>);

impl Default for Kept {
    fn default() -> Self {
        Self(
            REGISTERED
                .iter()
                .map(|entry| (entry.api, (entry.kept)()))
                .collect(),
        )
    }
}

impl Kept {
    /// What `api` made with [`Entry::kept`].
    ///
    /// # Panics
    /// If the API keeps something of another type: a mistake that its first request shows.
    #[must_use]
    pub fn of<T: 'static>(&self, api: ApiName) -> &T {
        let kept = self.0.get(&api).and_then(|kept| kept.downcast_ref());
        kept.expect("an API asks for what it registered")
    }
}

/// What the layers around all routes ask about APIs.
pub const APIS: ApiLookup = ApiLookup { of_path, render };

/// The API that answers a raw, undecoded path.
#[must_use]
pub fn of_path(path: &str) -> ApiName {
    let owns = |entry: &&Entry| entry.prefixes.iter().any(|prefix| path.starts_with(prefix));
    REGISTERED
        .iter()
        .find(owns)
        .map_or(native::NAME, |entry| entry.api)
}

/// The registered APIs.
pub fn registered() -> impl Iterator<Item = &'static Entry> {
    REGISTERED.iter()
}

/// The registered API of that name.
#[must_use]
pub fn named(name: &str) -> Option<&'static Entry> {
    REGISTERED.iter().find(|entry| entry.api.as_str() == name)
}

/// The part that an API of that name has in webhooks.
#[must_use]
pub fn hook(name: &str) -> Option<&'static dyn Hook> {
    named(name).and_then(|entry| entry.hook)
}

/// Every route of every API.
#[must_use]
pub fn routes() -> Vec<Route> {
    REGISTERED
        .iter()
        .flat_map(|entry| (entry.routes)())
        .collect()
}

/// All APIs in one router.
pub fn router(app: &App) -> Router {
    REGISTERED.iter().fold(Router::new(), |router, entry| {
        router.merge((entry.router)(app))
    })
}

/// Renders a fault outside every handler in its API's envelope.
pub fn render(api: ApiName, fault: Fault, id: RequestId) -> Response {
    let entry = REGISTERED.iter().find(|entry| entry.api == api);
    entry.map_or(native::render as fn(_, _) -> _, |entry| entry.render)(fault, id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_belongs_to_the_api_of_its_prefix() {
        for (path, api) in [
            ("/v1/communications/1/threads", magicline::NAME),
            ("/v1/", magicline::NAME),
            ("/v1", native::NAME),
            ("/v10/x", native::NAME),
            ("/v2/conversations/1/phones", helpscout::NAME),
            ("/v3/x", helpscout::NAME),
            ("/authentication/x", helpscout::NAME),
            ("/api/connector/v1/messageThreads/getAll", mews::NAME),
            ("/api/Connector/v1", native::NAME),
            ("/api/v1/account", native::NAME),
            ("/communications/departments/d", mykaarma::NAME),
            ("/manage/x", mykaarma::NAME),
            ("/customer/x", mykaarma::NAME),
            ("/customers/x", native::NAME),
            ("/", native::NAME),
            ("", native::NAME),
        ] {
            assert_eq!(of_path(path), api, "{path}");
        }
    }
}
