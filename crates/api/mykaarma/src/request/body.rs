//! Receives a body and reads its members.

use axum::extract::Request;

use crate::error::Error;
use heddle_http::members::{Body, Object};
use heddle_http::shape::Shape;

/// The maximum size of a request body, in bytes.
const BODY_LIMIT: usize = 1 << 20;

/// Receives the body, which must be one JSON object.
pub(super) async fn receive(request: Request, shape: &'static Shape) -> Result<Body, Error> {
    let (parts, body) = request.into_parts();
    Ok(Body::receive(&parts.headers, body, BODY_LIMIT, shape).await?)
}

/// Reads the members that `shape` names. The body must be one JSON object without U+0000.
pub(crate) async fn read<T>(
    request: Request,
    shape: &'static Shape,
    read: impl for<'a> FnOnce(&Object<'a>) -> T,
) -> Result<T, Error> {
    let body = receive(request, shape).await?;
    Ok(body.in_turn(|body| body.read(read)).await?)
}

/// Reads a required string. After a fault, returns an empty string.
pub(super) fn required_text(body: &Object<'_>, name: &'static str) -> String {
    let text = body.get(name).required().text();
    text.unwrap_or_default().to_owned()
}
