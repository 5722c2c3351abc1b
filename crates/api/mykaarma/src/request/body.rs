//! Receives a body and reads its members.

use axum::extract::Request;

use crate::error::Error;
use heddle_http::members::{Body, Object};

/// The maximum size of a request body, in bytes.
const BODY_LIMIT: usize = 1 << 20;

/// Receives the body, which must be one JSON object.
pub(super) async fn receive(request: Request) -> Result<Body, Error> {
    let (parts, body) = request.into_parts();
    Ok(Body::receive(&parts.headers, body, BODY_LIMIT).await?)
}

/// Reads the body, which must be one JSON object without U+0000.
pub(crate) async fn read<T>(
    request: Request,
    read: impl for<'a> FnOnce(&Object<'a>) -> T,
) -> Result<T, Error> {
    Ok(receive(request).await?.read(read)?)
}

/// Reads a required string. After a fault, returns an empty string.
pub(super) fn required_text(body: &Object<'_>, name: &'static str) -> String {
    let text = body.get(name).required().text();
    text.unwrap_or_default().to_owned()
}
