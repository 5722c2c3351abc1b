//! The state of one API's router.

use std::ops::Deref;
use std::sync::Arc;

use axum::extract::FromRef;

use crate::App;

/// The shared [`App`] with what one API keeps for itself, such as its configuration and its rate limits. Cheap to clone.
#[derive(Debug)]
pub struct Context<Own> {
    app: App,
    /// What the API keeps for itself.
    pub own: Arc<Own>,
}

impl<Own> Context<Own> {
    /// The state of an API that keeps `own`.
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

/// A handler that needs nothing of its API's own asks for the [`App`] alone.
impl<Own> FromRef<Context<Own>> for App {
    fn from_ref(context: &Context<Own>) -> Self {
        context.app.clone()
    }
}
