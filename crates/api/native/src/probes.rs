//! What an operator's supervisor and load balancer ask, without credentials and without telling anything about accounts.

use axum::Json;
use axum::extract::State;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::context::Context;
use crate::error::Error;
use crate::wire::Probe;
use heddle_api::App;

pub(crate) fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::default()
        .routes(routes!(health))
        .routes(routes!(ready))
}

/// Whether the process is up.
#[utoipa::path(get, path = "/healthz", tag = "probes", operation_id = "get_health",
    responses((status = 200, body = Probe, description = "It is")))]
async fn health() -> Json<Probe> {
    Json(Probe { status: "up" })
}

/// Whether the store writes. One that has stopped writing never starts again in this process.
#[utoipa::path(get, path = "/readyz", tag = "probes", operation_id = "get_readiness",
    responses((status = 200, body = Probe, description = "It does")))]
async fn ready(State(app): State<App>) -> Result<Json<Probe>, Error> {
    match app.store.health().failure() {
        None => Ok(Json(Probe { status: "ready" })),
        Some(reason) => Err(Error::NotReady(reason)),
    }
}
