//! The studio of a key (contract sections 8 and 9).

use http::StatusCode;

use crate::auth::Caller;

/// `POST /v1/studios/confirmActivation`: the integration says that it is ready. Webhooks are made over Heddle's own API and
/// need no such call, so a valid key is all that is checked.
pub(crate) async fn confirm_activation(_: Caller) -> StatusCode {
    StatusCode::OK
}
