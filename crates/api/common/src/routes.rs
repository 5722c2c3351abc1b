//! The table of an API's routes, from which both its router and the list of its routes are made.

use axum::Router;
use axum::handler::Handler;
use axum::response::IntoResponse;
use axum::routing::{MethodFilter, any, on};
use heddle_domain::ApiName;
use heddle_http::shape::Shape;
use heddle_http::unsupported::Unsupported;
use http::Method;

/// A route of an API. The security tests cover every route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The API of the route.
    pub api: ApiName,
    /// HTTP method of the route.
    pub method: Method,
    /// Path of the route, with parameters in braces.
    pub template: String,
    /// The members of the body that the route reads; `None` if it reads no body. The native API has the schemas of its
    /// document instead.
    pub body: Option<&'static Shape>,
}

/// Routes with their handlers, for a router whose state is `S`.
#[derive(Debug)]
pub struct Routes<S> {
    api: ApiName,
    list: Vec<Route>,
    unsupported: Vec<Route>,
    router: Router<S>,
    slash: bool,
}

impl<S: Clone + Send + Sync + 'static> Routes<S> {
    /// Creates an empty table.
    #[must_use]
    pub fn new(api: ApiName) -> Self {
        Self {
            api,
            list: Vec::new(),
            unsupported: Vec::new(),
            router: Router::new(),
            slash: false,
        }
    }

    /// Makes the routes that are added after this call also accept a slash at the end of the path.
    #[must_use]
    pub fn with_slash(mut self) -> Self {
        self.slash = true;
        self
    }

    /// Adds a route.
    ///
    /// # Panics
    /// Panics if axum does not know the method, or the route exists already. Every test of the API shows this mistake.
    #[must_use]
    pub fn add<H, T>(mut self, method: Method, template: &'static str, handler: H) -> Self
    where
        H: Handler<T, S>,
        T: 'static,
    {
        self = self.accept(method.clone(), template, handler);
        self.list(method, template)
    }

    /// Says which members of the body the route that was added last reads: the shape with which its handler parses the body.
    #[must_use]
    pub fn with_body(mut self, shape: &'static Shape) -> Self {
        if let Some(route) = self.list.last_mut() {
            route.body = Some(shape);
        }
        self
    }

    /// Adds a handler for a method and a path without listing it as a route.
    ///
    /// # Panics
    /// Panics in the same cases as [`Self::add`].
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

    /// Adds a route whose handler is called for every method, although the list of routes contains only `method`.
    #[must_use]
    pub fn add_any<H, T>(mut self, method: Method, template: &'static str, handler: H) -> Self
    where
        H: Handler<T, S>,
        T: 'static,
    {
        self.router = self.router.route(template, any(handler));
        self.list(method, template)
    }

    /// Adds calls that the vendor's contract names and that Heddle does not offer. Each gets `answer`, which should be
    /// the vendor's answer for something that does not exist; the response is marked as [`Unsupported`]. Other methods of
    /// a path of which no call is offered get the same answer without the mark. Must come after the routes.
    ///
    /// # Panics
    /// Panics in the same cases as [`Self::add`].
    #[must_use]
    pub fn unsupported<E>(mut self, calls: &[(Method, &'static str)], answer: E) -> Self
    where
        E: IntoResponse + Clone + Send + Sync + 'static,
    {
        for (method, template) in calls {
            let mark = Unsupported::new(method, template);
            let marked = answer.clone();
            let handler = async move || {
                let mut response = marked.into_response();
                mark.mark(&mut response);
                response
            };
            self = self.accept(method.clone(), template, handler);
            let is_same = |route: &Route| route.template == *template;
            if !self.list.iter().chain(&self.unsupported).any(is_same) {
                self = self.answer_other_methods(template, answer.clone());
            }
            self.unsupported.push(Route {
                api: self.api,
                method: method.clone(),
                template: (*template).to_owned(),
                body: None,
            });
        }
        self
    }

    fn answer_other_methods<E>(mut self, template: &'static str, answer: E) -> Self
    where
        E: IntoResponse + Clone + Send + Sync + 'static,
    {
        let handler = async move || answer;
        if self.slash {
            let path = format!("{template}/");
            self.router = self.router.route(&path, any(handler.clone()));
        }
        self.router = self.router.route(template, any(handler));
        self
    }

    /// Adds a handler for all paths below a prefix that no route matches. The prefix ends with a slash.
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

    /// Returns all listed routes, in the order in which they were added.
    #[must_use]
    pub fn list_all(self) -> Vec<Route> {
        self.list
    }

    /// Returns the calls that are not offered, in the order in which they were added.
    #[must_use]
    pub fn list_unsupported(self) -> Vec<Route> {
        self.unsupported
    }

    /// Returns the router of all routes.
    pub fn into_router(self) -> Router<S> {
        self.router
    }

    fn list(mut self, method: Method, template: &'static str) -> Self {
        self.list.push(Route {
            api: self.api,
            method,
            template: template.to_owned(),
            body: None,
        });
        self
    }
}
