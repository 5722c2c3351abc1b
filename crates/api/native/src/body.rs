//! The bodies of write requests: read up to a size limit, validated against their schema.

use axum::body::Body;
use axum::extract::{FromRequest, Request};
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, Method};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;

use crate::context::Context;
use crate::document::Document;
use crate::error::Error;
use crate::idempotency::{IdempotentWrite, WriteRejection};
use heddle_http::{body, json, large, values};

/// The maximum size of a body in bytes. An operation may have another limit.
pub(crate) const LARGEST_BODY: usize = 1 << 20;

/// A write request with a JSON body.
#[derive(Debug)]
pub(crate) struct WithBody<T, const LIMIT: usize = LARGEST_BODY> {
    pub(crate) input: T,
    pub(crate) write: IdempotentWrite,
}

impl<T, const LIMIT: usize> FromRequest<Context> for WithBody<T, LIMIT>
where
    T: DeserializeOwned + ToSchema,
{
    type Rejection = WriteRejection;

    async fn from_request(request: Request, context: &Context) -> Result<Self, WriteRejection> {
        let (parts, body) = request.into_parts();
        must_be_json(&parts.method, &parts.headers)?;
        let bytes = read(body, LIMIT).await?;
        let write = IdempotentWrite::begin(&parts, &bytes).await?;
        let document = &context.own.document;
        let input = large::run(bytes.len(), || parse::<T>(document, &bytes)).await?;
        Ok(Self { input, write })
    }
}

/// A write request without a body.
#[derive(Debug)]
pub(crate) struct WithoutBody(pub(crate) IdempotentWrite);

impl FromRequest<Context> for WithoutBody {
    type Rejection = WriteRejection;

    async fn from_request(request: Request, _: &Context) -> Result<Self, WriteRejection> {
        let (parts, body) = request.into_parts();
        let bytes = read(body, LARGEST_BODY).await?;
        if !bytes.is_empty() {
            return Err(Error::UnexpectedBody.into());
        }
        Ok(Self(IdempotentWrite::begin(&parts, &bytes).await?))
    }
}

async fn read(body: Body, limit: usize) -> Result<Bytes, Error> {
    let read = body::read(body, limit).await;
    read.map_err(|fault| Error::of_body(fault, limit))
}

/// Checks the media type of a body.
///
/// # Errors
/// Returns a 415 unless `Content-Type` is JSON or, for PATCH, a merge patch.
fn must_be_json(method: &Method, headers: &HeaderMap) -> Result<(), Error> {
    let known: &[&str] = match *method {
        Method::PATCH => &["application/json", "application/merge-patch+json"],
        _ => &["application/json"],
    };
    let media_type = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let essence = media_type
        .and_then(|text| text.split(';').next())
        .map(str::trim);
    let is_known = |text: &str| known.iter().any(|known| known.eq_ignore_ascii_case(text));
    if essence.is_some_and(is_known) {
        Ok(())
    } else {
        Err(Error::UnsupportedMedia(known))
    }
}

/// Parses a body, checks it against its schema, and converts it to `T`.
///
/// # Errors
/// Returns a 400 for malformed JSON or U+0000; a 422 that names every bad field.
fn parse<T>(document: &Document, bytes: &[u8]) -> Result<T, Error>
where
    T: DeserializeOwned + ToSchema,
{
    if values::are_too_many(bytes) {
        let detail = format!("may have at most {} values", values::MOST_VALUES);
        return Err(Error::invalid("", "length", detail));
    }
    let mut value = json::parse(bytes).map_err(Error::NotJson)?;
    if let Some(field) = json::first_nul(&value) {
        return Err(Error::Nul(field.to_string()));
    }
    let schema = document.body::<T>();
    schema.accept_old_names(&mut value);
    Error::invalid_if_any(schema.validate(&mut value))?;
    // As far as tests show, this error does not occur, because the schema covers all that serde checks. It has no field
    // name.
    serde_json::from_value(value).map_err(|error| Error::invalid("", "format", error.to_string()))
}

/// Distinguishes `null` (remove the value) from an absent member (keep the value) in a merge patch. Use it for a field
/// of the type `Option<Option<T>>`, with `#[serde(default, deserialize_with = "present")]`.
pub(crate) fn present<'de, T, D>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    Option::<T>::deserialize(deserializer).map(Some)
}
