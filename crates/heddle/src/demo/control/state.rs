//! What the calls of the control API share: the state, and how they read bodies.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Request, State};
use heddle::apis;
use heddle_api::Apis;
use heddle_store::Clock;
use http::StatusCode;
use serde::de::DeserializeOwned;

use super::faults::Faults;
use super::problem::Problem;
use super::requests::{Received, Requests};
use crate::demo::host::Host;

/// What the control API knows.
pub(super) struct Control {
    pub(super) host: Arc<Host>,
    apis: Apis,
    pub(super) requests: Requests,
    pub(super) faults: Faults,
}

pub(super) type Shared = State<Arc<Control>>;
pub(super) type Body = Result<Bytes, BytesRejection>;

/// Reads a body. An empty one is an empty object.
pub(super) fn read<T: DeserializeOwned>(body: Body) -> Result<T, Problem> {
    let body = body.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::too_large(),
        _ => Problem::not_json("the body broke off"),
    })?;
    let text: &[u8] = if body.is_empty() { b"{}" } else { &body };
    let value: serde_json::Value =
        serde_json::from_slice(text).map_err(|error| Problem::not_json(&error.to_string()))?;
    serde_json::from_value(value).map_err(|error| Problem::invalid(&error.to_string()))
}

impl Control {
    pub(super) fn new(host: Arc<Host>) -> Self {
        Self {
            host,
            apis: apis::descriptions(),
            requests: Requests::default(),
            faults: Faults::default(),
        }
    }

    /// Returns a request as it stands in the list.
    pub(super) fn describe(&self, request: &Request) -> Received {
        let uri = request.uri();
        let owner = self.apis.iter().find(|api| api.mount.owns(uri.path()));
        Received {
            number: 0,
            at: self.host.clock.now().to_string(),
            api: owner
                .map_or(apis::NATIVE, heddle_api::Description::name)
                .as_str(),
            method: request.method().to_string(),
            path: uri.path().to_owned(),
            query: uri.query().map(str::to_owned),
            status: None,
            unsupported: None,
            fault: None,
        }
    }
}
