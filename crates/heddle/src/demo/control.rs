//! The control API of a demo, below `/__demo__/`: reset, snapshots, clock, received requests, faults, deliveries of webhooks.
//!
//! Only `heddle demo` mounts it; `heddle serve` answers 404 there. On the loopback it needs no credential ([`guard`]). Its own calls are not in the list of requests, and run into no fault. Errors are problem documents, as those
//! of the native API.

mod clock;
mod deliveries;
mod faults;
mod guard;
mod problem;
mod requests;
mod state;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::to_bytes;
use axum::extract::{Path, Request, State};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use heddle_http::unsupported::UNSUPPORTED;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::time::{sleep, timeout};

use super::clock::RESERVED_MS;
use super::copies::{MOST_SNAPSHOTS, is_name};
use super::host::Host;
use faults::Wanted;
pub(crate) use guard::Guard;
use problem::Problem;
use state::{Body, Control, Shared, read};

/// The path of the control API.
const PATH: &str = "/__demo__/";
/// How much of a request's body is read before a fault answers it, so that the client sees the answer.
const MOST_DISCARDED: usize = 32 << 20;
const LONGEST_DISCARD: Duration = Duration::from_secs(5);

/// Returns the router of a demo: the control API behind its guard, and the APIs of the host.
pub(crate) fn router(host: Arc<Host>, guard: Guard) -> Router {
    let control = Arc::new(Control::new(host));
    Router::new()
        .route("/__demo__/reset", post(reset))
        .route(
            "/__demo__/snapshots",
            get(list_snapshots).post(save_snapshot),
        )
        .route("/__demo__/snapshots/{name}", post(return_to_snapshot))
        .route("/__demo__/clock", get(clock::show).put(clock::set))
        .route(
            "/__demo__/requests",
            get(list_requests).delete(clear_requests),
        )
        .route(
            "/__demo__/faults",
            get(list_faults).post(add_fault).delete(clear_faults),
        )
        .route("/__demo__/deliveries", get(deliveries::list))
        .route_layer(from_fn_with_state(guard, guard::guard))
        .fallback(answer)
        .method_not_allowed_fallback(async || Problem::method_not_allowed())
        .with_state(control)
}

/// Answers a request to the APIs, and any other path below `/__demo__/`.
async fn answer(State(control): Shared, request: Request) -> Response {
    let path = request.uri().path();
    if path.starts_with(PATH) || path == PATH.trim_end_matches('/') {
        return Problem::not_found("there is no such call").into_response();
    }
    let place = control.requests.add(control.describe(&request));
    let happening = control.faults.take(request.method(), path);
    if let Some(happening) = &happening {
        let number = happening.number;
        control.requests.change(place, |it| it.fault = Some(number));
        sleep(happening.delay).await;
    }
    let response = match happening.and_then(|happening| happening.answer) {
        Some(response) => {
            discard(request).await;
            response
        }
        None => {
            let answered = control.host.answer(request).await;
            answered.unwrap_or_else(|| Problem::interrupted().into_response())
        }
    };
    let is_cut = response
        .extensions()
        .get::<heddle_http::serve::CutConnection>();
    let status = is_cut.is_none().then(|| response.status().as_u16());
    let unsupported = response.headers().get(UNSUPPORTED);
    let unsupported = unsupported.and_then(|call| call.to_str().ok());
    let unsupported = unsupported.map(str::to_owned);
    control.requests.change(place, |it| {
        it.status = status;
        it.unsupported = unsupported;
    });
    response
}

/// Reads and drops the body of a request that a fault answers. An error is ignored: the answer is the same.
async fn discard(request: Request) {
    let body = to_bytes(request.into_body(), MOST_DISCARDED);
    let _ = timeout(LONGEST_DISCARD, body).await;
}

/// The body of a reset.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reset {
    /// What the clock shows afterwards; the machine's time without it.
    clock: Option<clock::Start>,
}

/// `POST /__demo__/reset`: returns to the sample data, forgets the requests and the faults, and sets the clock.
async fn reset(State(control): Shared, body: Body) -> Result<Response, Problem> {
    let reset: Reset = read(body)?;
    let files = control.host.files()?;
    if !files.has(None) {
        return Err(Problem::conflict(
            "the folder was made by an earlier version, without a copy of the sample data; name a new one with --data",
        ));
    }
    let recorded = files.newest(None)?;
    let start_at = reset
        .clock
        .map(|start| start.after(recorded.plus_ms(RESERVED_MS)));
    control.host.restore(None, start_at.transpose()?).await?;
    control.requests.clear();
    control.faults.clear();
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// `GET /__demo__/snapshots`.
async fn list_snapshots(State(control): Shared) -> Result<Response, Problem> {
    let names = control.host.files()?.snapshots()?;
    Ok(axum::Json(json!({ "snapshots": names })).into_response())
}

/// The body of a new snapshot.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Snapshot {
    name: String,
}

/// `POST /__demo__/snapshots`: saves the data and the clock.
async fn save_snapshot(State(control): Shared, body: Body) -> Result<Response, Problem> {
    let snapshot: Snapshot = read(body)?;
    let name = &snapshot.name;
    if !is_name(name) {
        return Err(Problem::invalid(
            "name has 1 to 64 letters, digits, hyphens and underscores",
        ));
    }
    let names = control.host.files()?.snapshots()?;
    if names.len() >= MOST_SNAPSHOTS && !names.contains(name) {
        return Err(Problem::conflict(&format!(
            "there are {MOST_SNAPSHOTS} snapshots already; save one of them again"
        )));
    }
    control.host.save(name.clone()).await?;
    Ok((StatusCode::CREATED, axum::Json(snapshot)).into_response())
}

/// `POST /__demo__/snapshots/{name}`: returns to the data and the clock of a snapshot.
async fn return_to_snapshot(
    State(control): Shared,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    if !is_name(&name) || !control.host.files()?.has(Some(&name)) {
        return Err(Problem::not_found("there is no such snapshot"));
    }
    control.host.restore(Some(name), None).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// `GET /__demo__/requests`.
async fn list_requests(State(control): Shared) -> Response {
    let (requests, total) = control.requests.all();
    axum::Json(json!({ "requests": requests, "total": total })).into_response()
}

/// `DELETE /__demo__/requests`.
async fn clear_requests(State(control): Shared) -> StatusCode {
    control.requests.clear();
    StatusCode::NO_CONTENT
}

/// `GET /__demo__/faults`.
async fn list_faults(State(control): Shared) -> Response {
    axum::Json(json!({ "faults": control.faults.all() })).into_response()
}

/// `POST /__demo__/faults`.
async fn add_fault(State(control): Shared, body: Body) -> Result<Response, Problem> {
    let wanted: Wanted = read(body)?;
    let fault = control.faults.add(wanted);
    let fault = fault.map_err(|problem| Problem::invalid(&problem))?;
    Ok((StatusCode::CREATED, axum::Json(fault)).into_response())
}

/// `DELETE /__demo__/faults`.
async fn clear_faults(State(control): Shared) -> StatusCode {
    control.faults.clear();
    StatusCode::NO_CONTENT
}
