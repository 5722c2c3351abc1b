//! Health checks for supervisors and load balancers. They need no credentials and show nothing of accounts.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::context::Context;
use crate::error::Error;
use heddle_api::App;

/// The answer of a probe.
#[derive(Debug, Serialize, ToSchema)]
struct Probe {
    status: &'static str,
}

pub(crate) fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::default()
        .routes(routes!(health))
        .routes(routes!(ready))
}

/// Whether the process is up.
#[utoipa::path(get, path = "/healthz", tag = "probes", operation_id = "get_health",
    responses((status = 200, body = Probe, description = "The process is up")))]
async fn health() -> Json<Probe> {
    Json(Probe { status: "up" })
}

/// Whether the node is ready. If the disk is full or the database cannot be reached, the answer is 503 until a write succeeds again; if the clock has stepped back by more than 5 minutes, until it agrees again.
#[utoipa::path(get, path = "/readyz", tag = "probes", operation_id = "get_readiness",
    responses((status = 200, body = Probe, description = "The store accepts writes, and the clock is right")))]
async fn ready(State(app): State<App>) -> Result<Json<Probe>, Error> {
    match app.store.health().not_ready() {
        None => Ok(Json(Probe { status: "ready" })),
        Some(reason) => Err(Error::NotReady(reason)),
    }
}
