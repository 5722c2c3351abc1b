//! The studio of a key (contract sections 8 and 9).

use axum::Json;
use http::StatusCode;

use crate::auth::{Caller, StudioReader};
use crate::error::Error;
use crate::wire::{AccessCodeConfiguration, Studio};

/// `POST /v1/studios/confirmActivation`: the integration says that it is ready. Webhooks are made over Heddle's own API and
/// need no such call, so a valid key is all that is checked.
pub(crate) async fn confirm_activation(_: Caller) -> StatusCode {
    StatusCode::OK
}

/// `GET /v1/studios/information`. Heddle knows the id and the name of a studio; it keeps no locks of buildings, so it has no access codes.
pub(crate) async fn information(StudioReader(caller): StudioReader) -> Result<Json<Studio>, Error> {
    Ok(Json(Studio {
        studio_id: caller.studio()?.get(),
        studio_name: caller.studio_name(),
        access_code_configuration: AccessCodeConfiguration { enabled: false },
    }))
}
