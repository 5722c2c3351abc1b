//! The bodies of writes: read within their limit, held to their schema, tied to their idempotency key.

use axum::extract::{FromRequest, Request};
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, Method};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;

use crate::context::Context;
use crate::error::{Early, Error, FieldError};
use crate::once::Once;
use crate::shapes::Shapes;
use heddle_http::{body, json};

/// No JSON body is larger, unless its operation says so.
pub(crate) const LARGEST_BODY: usize = 1 << 20;

/// A write with a JSON body: what it says, and what makes it happen once.
#[derive(Debug)]
pub(crate) struct Change<T, const LIMIT: usize = LARGEST_BODY> {
    /// The body.
    pub(crate) input: T,
    /// Key and condition of the request.
    pub(crate) once: Once,
}

impl<T, const LIMIT: usize> FromRequest<Context> for Change<T, LIMIT>
where
    T: DeserializeOwned + ToSchema + 'static,
{
    type Rejection = Early;

    async fn from_request(request: Request, context: &Context) -> Result<Self, Early> {
        let (parts, body) = request.into_parts();
        must_be_json(&parts.method, &parts.headers)?;
        let bytes = read(body, LIMIT).await?;
        let once = Once::begin(context, &parts, &bytes).await?;
        let input = input::<T>(&context.own.shapes, &bytes)?;
        Ok(Self { input, once })
    }
}

/// A write without a body.
#[derive(Debug)]
pub(crate) struct Bare(pub(crate) Once);

impl FromRequest<Context> for Bare {
    type Rejection = Early;

    async fn from_request(request: Request, context: &Context) -> Result<Self, Early> {
        let (parts, body) = request.into_parts();
        let bytes = read(body, LARGEST_BODY).await?;
        if !bytes.is_empty() {
            return Err(Error::UnexpectedBody.into());
        }
        Ok(Self(Once::begin(context, &parts, &bytes).await?))
    }
}

/// Reads a body of at most `limit` bytes.
pub(crate) async fn read(body: axum::body::Body, limit: usize) -> Result<Bytes, Error> {
    body::read(body, limit).await.map_err(|fault| match fault {
        body::BodyFault::TooLarge => Error::TooLarge(limit),
        body::BodyFault::TimedOut => Error::RequestTimeout,
        body::BodyFault::Broken => Error::BrokenBody,
    })
}

/// JSON by its own word; a change may be a merge patch too.
fn must_be_json(method: &Method, headers: &HeaderMap) -> Result<(), Error> {
    let known: &[&str] = match *method {
        Method::PATCH => &["application/json", "application/merge-patch+json"],
        _ => &["application/json"],
    };
    let named = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let essence = named.and_then(|text| text.split(';').next()).map(str::trim);
    let is_known = |text: &str| known.iter().any(|known| known.eq_ignore_ascii_case(text));
    if essence.is_some_and(is_known) {
        Ok(())
    } else {
        Err(Error::UnsupportedMedia(known))
    }
}

/// Reads a body into its struct, or tells every bad field.
pub(crate) fn input<T>(shapes: &Shapes, bytes: &[u8]) -> Result<T, Error>
where
    T: DeserializeOwned + ToSchema + 'static,
{
    let mut value = json::parse(bytes).map_err(Error::NotJson)?;
    if let Some(field) = json::first_nul(&value) {
        return Err(Error::Nul(field));
    }
    let shape = shapes.of::<T>();
    shape.accept_old_names(&mut value);
    Error::invalid_if_any(shape.check(&mut value))?;
    // What passes the schema and is no `T` is told as well as can be: a test sends every request's extremes.
    serde_json::from_value(value)
        .map_err(|error| Error::Invalid(vec![FieldError::new("", "format", error.to_string())]))
}

/// For a member that a merge patch may set, take away (`null`) or leave alone (absent): `Option<Option<T>>` with
/// `#[serde(default, deserialize_with = "input::present")]`.
pub(crate) fn present<'de, T, D>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    Option::<T>::deserialize(deserializer).map(Some)
}
