//! What an operator's supervisor and load balancer ask, without credentials and without telling anything about accounts.

use axum::Json;
use axum::extract::State;

use super::error::Error;
use super::wire::Probe;
use crate::App;

/// `GET /healthz`: the process is up.
pub(super) async fn health() -> Json<Probe> {
    Json(Probe { status: "up" })
}

/// `GET /readyz`: the store writes. One that has stopped writing never starts again in this process (`store.md` 3).
pub(super) async fn ready(State(app): State<App>) -> Result<Json<Probe>, Error> {
    match app.store.health().failure() {
        None => Ok(Json(Probe { status: "ready" })),
        Some(reason) => Err(Error::NotReady(reason)),
    }
}
