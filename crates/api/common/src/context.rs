//! The state of one API's router.

use std::ops::Deref;
use std::sync::Arc;

use axum::extract::FromRef;

use crate::App;

/// The shared [`App`] and the state of one API, such as its configuration and its rate limits. Cheap to clone.
#[derive(Debug)]
pub struct Context<Own> {
    app: App,
    /// The state of the API.
    pub own: Arc<Own>,
}

impl<Own> Context<Own> {
    /// Creates a context with the state `own`.
    #[must_use]
    pub fn new(app: &App, own: Own) -> Self {
        Self {
            app: app.clone(),
            own: Arc::new(own),
        }
    }
}

impl<Own> Clone for Context<Own> {
    fn clone(&self) -> Self {
        Self {
            app: self.app.clone(),
            own: Arc::clone(&self.own),
        }
    }
}

impl<Own> Deref for Context<Own> {
    type Target = App;

    fn deref(&self) -> &App {
        &self.app
    }
}

/// Lets a handler that does not need the state of its API extract the [`App`] alone.
impl<Own> FromRef<Context<Own>> for App {
    fn from_ref(context: &Context<Own>) -> Self {
        context.app.clone()
    }
}
