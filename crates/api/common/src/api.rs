//! The value that describes an API, and the list of all APIs. `docs/adding-an-api.md` explains how to add an API.
//!
//! An API answers all requests below its path prefixes in its own error format, including unknown paths and wrong
//! methods. APIs use the commands and reads of the store, and never each other.

use std::sync::Arc;

use axum::Router;
use bytes::Bytes;
use heddle_access::rules::CredentialRules;
use heddle_domain::account::AccountSettings;
use heddle_domain::credential::Grant;
use heddle_domain::{ApiName, InboxScope, Locks};
use heddle_http::budget::BodyBudget;
use heddle_http::dispatch::{self, Dispatch, Hosts, Mount};
use heddle_http::path_prefix::PathPrefix;
use heddle_http::peer::TrustedProxies;
use heddle_http::serve;
use heddle_webhooks::hook::{Hook, Hooks};

use crate::routes::Route;
use crate::setting::Setting;

/// Checks a public id that an operator gives for an entity. Returns it in the API's form, or else a text that says what
/// is expected.
pub type ReadPublicId = fn(&str) -> Result<String, String>;

/// Reads an account's limits on adding threads to conversations from its settings.
pub type ReadLocks = fn(&AccountSettings) -> Locks;

/// What the command line, the native API and the webhooks need to know about an API, without a running server.
#[derive(Clone, Debug)]
pub struct Description {
    /// The API's name for people. It is plain text without characters that HTML or JSON must escape.
    pub title: &'static str,
    /// Name, path prefixes and fault renderer of the API.
    pub mount: Mount,
    /// Returns the routes of the API. A function, because building the list takes a server's start noticeably longer.
    pub routes: fn() -> Vec<Route>,
    /// Returns the calls that the vendor's contract names and that the API does not offer.
    pub unsupported: fn() -> Vec<Route>,
    /// Checks public ids. `None` if the API shows numbers instead of texts as public ids.
    pub public_id: Option<ReadPublicId>,
    /// The rules for the API's credentials, and what a new one may do by default.
    pub credentials: CredentialRules,
    /// The account settings that the API declares.
    pub settings: &'static [Setting],
    /// Reads the limits on conversations after which the API refuses new messages, if it has any.
    pub locks: Option<ReadLocks>,
    /// Returns the OpenAPI description of the API as JSON; `None` if it has none, or serves it itself.
    pub openapi: Option<fn() -> Bytes>,
    /// What the API contributes to webhooks; `None` if the vendor has no webhooks.
    pub hook: Option<&'static dyn Hook>,
}

impl Description {
    /// Returns the name of the API.
    #[must_use]
    pub fn name(&self) -> ApiName {
        self.mount.name
    }

    /// Returns what a new credential of the API may do in some inboxes if nobody says more.
    #[must_use]
    pub fn default_grant(&self, inboxes: InboxScope) -> Grant {
        self.credentials.default_grant(self.name(), inboxes)
    }
}

/// An API that is ready to serve requests. Its router contains its own state.
#[derive(Debug)]
pub struct Api {
    /// Description of the API.
    pub description: Description,
    /// Router of the API, which answers all paths below its prefixes.
    pub router: Router,
    /// An extra path that clients may put before the API's own paths; empty if there is none.
    pub path_prefix: PathPrefix,
}

/// The descriptions of all APIs. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Apis(Arc<[Description]>);

impl FromIterator<Description> for Apis {
    fn from_iter<I: IntoIterator<Item = Description>>(descriptions: I) -> Self {
        Self(descriptions.into_iter().collect())
    }
}

impl Apis {
    /// Returns the descriptions of all APIs, in the order of the list.
    pub fn iter(&self) -> impl Iterator<Item = &Description> {
        self.0.iter()
    }

    /// Returns the names of all APIs.
    pub fn names(&self) -> impl Iterator<Item = ApiName> {
        self.iter().map(Description::name)
    }

    /// Returns the description of the API with this name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&Description> {
        self.iter().find(|api| api.name().as_str() == name)
    }

    /// Returns what the APIs contribute to webhooks.
    #[must_use]
    pub fn hooks(&self) -> Hooks {
        self.iter()
            .filter_map(|api| Some((api.name(), api.hook?)))
            .collect()
    }

    /// Returns every setting of every API.
    pub fn settings(&self) -> impl Iterator<Item = &'static Setting> {
        self.iter().flat_map(|api| api.settings)
    }

    /// Returns every route of every API.
    pub fn routes(&self) -> impl Iterator<Item = Route> {
        self.iter().flat_map(|api| (api.routes)())
    }

    /// Returns every call of every vendor's contract that Heddle does not offer.
    pub fn unsupported(&self) -> impl Iterator<Item = Route> {
        self.iter().flat_map(|api| (api.unsupported)())
    }

    /// Whether any API owns a raw, undecoded path.
    #[must_use]
    pub fn own(&self, path: &str) -> bool {
        self.iter().any(|api| api.mount.owns(path))
    }
}

/// Returns one router for all APIs, with the layers that every request passes. The bodies of all requests count
/// against `bodies`. `fallback` answers the paths that no other API owns. At the names in `hosts` only one API answers.
pub fn router(
    apis: Vec<Api>,
    fallback: Api,
    hosts: Hosts,
    proxies: TrustedProxies,
    bodies: BodyBudget,
) -> Router {
    let mounts = apis.iter().map(|api| api.description.mount);
    let dispatch = Dispatch::new(mounts, fallback.description.mount).with_hosts(hosts);
    let prefixes: Vec<_> = apis
        .iter()
        .map(|api| (api.path_prefix.clone(), api.description.mount))
        .collect();
    let router = apis
        .into_iter()
        .fold(fallback.router, |router, api| router.merge(api.router));
    let router = serve::wrap(router, proxies, bodies, dispatch);
    let mounts = prefixes.iter().map(|(_, mount)| *mount).collect();
    let router = dispatch::join_slashes(router, mounts);
    prefixes
        .into_iter()
        .fold(router, |router, (prefix, mount)| {
            prefix.accept(router, move |path| mount.owns(path))
        })
}
