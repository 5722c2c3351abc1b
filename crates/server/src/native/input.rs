//! The bodies of writes: read within their limit, held to their schema, tied to their idempotency key.

use std::any::{TypeId, type_name};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, LazyLock};

use axum::extract::{FromRequest, Request};
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, Method};
use parking_lot::Mutex;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use utoipa::ToSchema;
use utoipa::openapi::{RefOr, Schema};

use super::error::{Early, Error, FieldError};
use super::once::Once;
use super::schema::Shape;
use crate::App;
use crate::kit::{body, json};

/// No JSON body is larger, unless its operation says so.
pub(super) const LARGEST_BODY: usize = 1 << 20;

/// A write with a JSON body: what it says, and what makes it happen once.
#[derive(Debug)]
pub(super) struct Change<T, const LIMIT: usize = LARGEST_BODY> {
    /// The body.
    pub(super) input: T,
    /// Key and condition of the request.
    pub(super) once: Once,
}

impl<T, const LIMIT: usize> FromRequest<App> for Change<T, LIMIT>
where
    T: DeserializeOwned + ToSchema + 'static,
{
    type Rejection = Early;

    async fn from_request(request: Request, app: &App) -> Result<Self, Early> {
        let (parts, body) = request.into_parts();
        must_be_json(&parts.method, &parts.headers)?;
        let bytes = read(body, LIMIT).await?;
        let once = Once::begin(app, &parts, &bytes).await?;
        let input = input::<T>(&bytes)?;
        Ok(Self { input, once })
    }
}

/// A write without a body.
#[derive(Debug)]
pub(super) struct Bare(pub(super) Once);

impl FromRequest<App> for Bare {
    type Rejection = Early;

    async fn from_request(request: Request, app: &App) -> Result<Self, Early> {
        let (parts, body) = request.into_parts();
        let bytes = read(body, LARGEST_BODY).await?;
        if !bytes.is_empty() {
            return Err(Error::UnexpectedBody.into());
        }
        Ok(Self(Once::begin(app, &parts, &bytes).await?))
    }
}

/// Reads a body of at most `limit` bytes.
pub(super) async fn read(body: axum::body::Body, limit: usize) -> Result<Bytes, Error> {
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
pub(super) fn input<T: DeserializeOwned + ToSchema + 'static>(bytes: &[u8]) -> Result<T, Error> {
    let mut value = json::parse(bytes).map_err(Error::NotJson)?;
    if let Some(field) = json::first_nul(&value) {
        return Err(Error::Nul(field));
    }
    Error::invalid_if_any(shape_of::<T>().check(&mut value))?;
    // What passes the schema and is no `T` is told as well as can be: a test sends every request's extremes.
    serde_json::from_value(value)
        .map_err(|error| Error::Invalid(vec![FieldError::new("", "format", error.to_string())]))
}

/// The shape of a request, compiled once.
fn shape_of<T: ToSchema + 'static>() -> Arc<Shape> {
    static SHAPES: LazyLock<Mutex<HashMap<TypeId, Arc<Shape>>>> = LazyLock::new(Mutex::default);
    let mut shapes = SHAPES.lock();
    let shape = shapes.entry(TypeId::of::<T>()).or_insert_with(|| {
        let mut named = Vec::new();
        T::schemas(&mut named);
        let refs: BTreeMap<_, _> = named
            .into_iter()
            .map(|(name, schema)| (name, plain(&schema)))
            .collect();
        tracing::debug!(of = type_name::<T>(), "compiled the schema of a request");
        Arc::new(Shape::of(&plain(&T::schema()), &refs))
    });
    Arc::clone(shape)
}

fn plain(schema: &RefOr<Schema>) -> Value {
    serde_json::to_value(schema).expect("a schema is plain data")
}

/// For a member that a merge patch may set, take away (`null`) or leave alone (absent): `Option<Option<T>>` with
/// `#[serde(default, deserialize_with = "input::present")]`.
pub(super) fn present<'de, T, D>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    Option::<T>::deserialize(deserializer).map(Some)
}
