//! One table of routes, from which an API gets both its router and the list of what it answers.

use axum::Router;
use axum::handler::Handler;
use axum::routing::{MethodFilter, any, on};
use heddle_domain::ApiName;
use http::Method;

/// A route of an API. The security tests make their matrix from all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// Its API.
    pub api: ApiName,
    /// Its method.
    pub method: Method,
    /// Its path with parameters in braces.
    pub template: String,
}

/// Routes with their handlers, for a router whose state is `S`.
#[derive(Debug)]
pub struct Routes<S> {
    api: ApiName,
    list: Vec<Route>,
    router: Router<S>,
    slash: bool,
}

impl<S: Clone + Send + Sync + 'static> Routes<S> {
    /// An empty table.
    #[must_use]
    pub fn new(api: ApiName) -> Self {
        Self {
            api,
            list: Vec::new(),
            router: Router::new(),
            slash: false,
        }
    }

    /// Answers the routes that are added from now on with a slash at their end, too.
    #[must_use]
    pub fn with_slash(mut self) -> Self {
        self.slash = true;
        self
    }

    /// Adds a route.
    ///
    /// # Panics
    /// If axum knows no such method, or the route is there already: a mistake that every test of the API shows.
    #[must_use]
    pub fn add<H, T>(mut self, method: Method, template: &'static str, handler: H) -> Self
    where
        H: Handler<T, S>,
        T: 'static,
    {
        self = self.accept(method.clone(), template, handler);
        self.list(method, template)
    }

    /// Answers a method on a path without listing it as a route.
    ///
    /// # Panics
    /// As [`Self::add`].
    #[must_use]
    pub fn accept<H, T>(mut self, method: Method, template: &'static str, handler: H) -> Self
    where
        H: Handler<T, S>,
        T: 'static,
    {
        let filter = MethodFilter::try_from(method).expect("a method that axum can route");
        if self.slash {
            let path = format!("{template}/");
            self.router = self.router.route(&path, on(filter, handler.clone()));
        }
        self.router = self.router.route(template, on(filter, handler));
        self
    }

    /// Adds a route whose handler is called for every method, although only `method` is listed.
    #[must_use]
    pub fn add_any<H, T>(mut self, method: Method, template: &'static str, handler: H) -> Self
    where
        H: Handler<T, S>,
        T: 'static,
    {
        self.router = self.router.route(template, any(handler));
        self.list(method, template)
    }

    /// Answers every other path below a prefix that ends in a slash.
    #[must_use]
    pub fn unknown<H, T>(mut self, prefix: &str, handler: H) -> Self
    where
        H: Handler<T, S>,
        T: 'static,
    {
        self.router = self
            .router
            .route(prefix, any(handler.clone()))
            .route(&format!("{prefix}{{*unknown}}"), any(handler));
        self
    }

    /// The routes that were added, in that order.
    #[must_use]
    pub fn list_all(self) -> Vec<Route> {
        self.list
    }

    /// The router of all that was added.
    pub fn into_router(self) -> Router<S> {
        self.router
    }

    fn list(mut self, method: Method, template: &'static str) -> Self {
        self.list.push(Route {
            api: self.api,
            method,
            template: template.to_owned(),
        });
        self
    }
}
