//! The value that describes an API, and the list of them. How to add an API is told in `docs/adding-an-api.md`.
//!
//! An API owns everything below its path prefixes, unknown paths and wrong methods included, and answers it in its own
//! envelope. APIs know the store's commands and reads, never each other.

use std::sync::Arc;

use axum::Router;
use heddle_access::rules::CredentialRules;
use heddle_domain::account::AccountSettings;
use heddle_domain::{ApiName, Locks};
use heddle_http::dispatch::{Dispatch, Mount};
use heddle_http::path_prefix::PathPrefix;
use heddle_http::peer::TrustedProxies;
use heddle_http::serve;
use heddle_webhooks::hook::{Hook, Hooks};

use crate::routes::Route;
use crate::setting::Setting;

/// Reads a public id that an operator gives: the form in which the API shows it, or what is expected.
pub type ReadPublicId = fn(&str) -> Result<String, String>;

/// Reads the limits on conversations from the settings of an account.
pub type ReadLocks = fn(&AccountSettings) -> Locks;

/// What there is to know of an API without a server: for the command line, the native API and the webhooks.
#[derive(Clone, Debug)]
pub struct Description {
    /// Its name, its path prefixes and its fault renderer.
    pub mount: Mount,
    /// Its routes.
    pub routes: Vec<Route>,
    /// For an API that shows texts in place of numbers: the form in which it takes a public id that an operator gives.
    pub public_id: Option<ReadPublicId>,
    /// What its credentials need and take.
    pub credentials: CredentialRules,
    /// What an operator can set for each account.
    pub settings: &'static [Setting],
    /// The limits on conversations by which it refuses additions, if it has any.
    pub locks: Option<ReadLocks>,
    /// Its part of webhooks, if its vendor has any.
    pub hook: Option<&'static dyn Hook>,
}

impl Description {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> ApiName {
        self.mount.name
    }
}

/// An API that is ready to serve. It keeps its own state in its router.
#[derive(Debug)]
pub struct Api {
    /// What there is to know of it.
    pub description: Description,
    /// Answers everything below its paths.
    pub router: Router,
    /// A path that may stand in front of its own paths; empty: none.
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
    /// All of them, in the order of the list.
    pub fn iter(&self) -> impl Iterator<Item = &Description> {
        self.0.iter()
    }

    /// Their names.
    pub fn names(&self) -> impl Iterator<Item = ApiName> {
        self.iter().map(Description::name)
    }

    /// The API of that name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&Description> {
        self.iter().find(|api| api.name().as_str() == name)
    }

    /// The parts that they have in webhooks.
    #[must_use]
    pub fn hooks(&self) -> Hooks {
        self.iter()
            .filter_map(|api| Some((api.name(), api.hook?)))
            .collect()
    }

    /// Every setting of every API.
    pub fn settings(&self) -> impl Iterator<Item = &'static Setting> {
        self.iter().flat_map(|api| api.settings)
    }

    /// Every route of every API.
    pub fn routes(&self) -> impl Iterator<Item = &Route> {
        self.iter().flat_map(|api| &api.routes)
    }

    /// Whether an API owns a raw, undecoded path.
    #[must_use]
    pub fn own(&self, path: &str) -> bool {
        self.iter().any(|api| api.mount.owns(path))
    }
}

/// All APIs in one router, with the layers that every request passes. `fallback` answers the paths that none of the others
/// owns.
pub fn router(apis: Vec<Api>, fallback: Api, proxies: TrustedProxies) -> Router {
    let mounts = apis.iter().map(|api| api.description.mount);
    let dispatch = Dispatch::new(mounts, fallback.description.mount);
    let prefixes: Vec<_> = apis
        .iter()
        .map(|api| (api.path_prefix.clone(), api.description.mount))
        .collect();
    let router = apis
        .into_iter()
        .fold(fallback.router, |router, api| router.merge(api.router));
    let router = serve::wrap(router, proxies, dispatch);
    prefixes
        .into_iter()
        .fold(router, |router, (prefix, mount)| {
            prefix.accept(router, move |path| mount.owns(path))
        })
}
