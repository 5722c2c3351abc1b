//! Query parameters, held to what the OpenAPI document says of them: unknown ones, repeated ones and wrong values are 422.
//!
//! An operation refuses every parameter that it does not declare, whether or not its handler reads any: the caller's
//! extractors ask [`refuse_undeclared`].

use std::collections::BTreeMap;

use axum::extract::{FromRequestParts, MatchedPath};
use http::Method;
use http::request::Parts;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use utoipa::IntoParams;
use utoipa::openapi::path::{Parameter, ParameterIn};

use super::auth::Holder;
use super::document;
use super::error::{Error, FieldError};
use super::page::{Listing, Mark, Paging};
use super::schema::Shape;
use crate::App;
use crate::kit::query::Query;

/// Refuses parameters that the operation does not declare, and U+0000 in those that it does.
pub(super) fn refuse_undeclared(parts: &Parts) -> Result<(), Error> {
    let query = Query::parse(parts.uri.query().unwrap_or_default());
    if let Some(name) = query.first_nul() {
        return Err(Error::Nul(name));
    }
    let declared = declared(parts);
    let unknown = query.pairs().filter(|(name, _)| !declared.contains(name));
    let mut faults: Vec<_> = unknown
        .map(|(name, _)| {
            let name: String = name.chars().take(100).collect();
            FieldError::new(&name, "unknown", "is no parameter of this operation")
        })
        .collect();
    faults.dedup();
    Error::invalid_if_any(faults)
}

fn declared(parts: &Parts) -> &'static [&'static str] {
    let method = match parts.method {
        Method::HEAD => &Method::GET,
        ref method => method,
    };
    let template = parts.extensions.get::<MatchedPath>();
    template.map_or(&[], |template| {
        document::parameters(method, template.as_str())
    })
}

/// The parameters of an operation that is no list.
#[derive(Clone, Debug)]
pub(super) struct Asked<T>(pub(super) T);

impl<T: IntoParams + DeserializeOwned> FromRequestParts<App> for Asked<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Error> {
        let query = Query::parse(parts.uri.query().unwrap_or_default());
        read::<T>(&query).map(Self)
    }
}

/// The parameters of a list that has none but its page.
#[derive(Clone, Copy, Debug, serde::Deserialize, IntoParams)]
pub(super) struct NoFilter {}

impl<T: IntoParams + DeserializeOwned> FromRequestParts<App> for Listing<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Error> {
        let query = Query::parse(parts.uri.query().unwrap_or_default());
        let filter = read::<T>(&query)?;
        let paging = read::<Paging>(&query)?;
        let account = Holder::of(parts)?.account();
        Ok(Self::new(
            filter,
            paging,
            mark(parts, account.get(), &query),
        ))
    }
}

/// What the list's cursors belong to.
fn mark(parts: &Parts, account: i64, query: &Query) -> Mark {
    let mut filters: Vec<_> = query
        .pairs()
        .filter(|(name, _)| !matches!(*name, "limit" | "cursor"))
        .collect();
    filters.sort_unstable();
    let mark = Mark::default()
        .with(parts.uri.path())
        .with(&account.to_string());
    filters
        .into_iter()
        .fold(mark, |mark, (name, value)| mark.with(name).with(value))
}

/// Reads the parameters that `T` declares; others are left to others.
fn read<T: IntoParams + DeserializeOwned>(query: &Query) -> Result<T, Error> {
    let mut found = Map::new();
    let mut faults = Vec::new();
    for parameter in T::into_params(|| Some(ParameterIn::Query)) {
        let shape = shape(&parameter);
        let mut texts: Vec<&str> = query.all(&parameter.name).collect();
        if texts.is_empty() {
            continue;
        }
        // `?include=a,b`, as the document's `explode: false` says; any other list is given name by name.
        if parameter.explode == Some(false) {
            texts = texts.into_iter().flat_map(|text| text.split(',')).collect();
        }
        match shape.read_texts(&texts) {
            Err(detail) => faults.push(FieldError::new(&parameter.name, "repeated", detail)),
            Ok(mut value) => {
                let wrong = shape.check(&mut value);
                faults.extend(wrong.into_iter().map(|fault| fault.under(&parameter.name)));
                found.insert(parameter.name, value);
            }
        }
    }
    Error::invalid_if_any(faults)?;
    serde_json::from_value(Value::Object(found))
        .map_err(|error| Error::Invalid(vec![FieldError::new("", "format", error.to_string())]))
}

fn shape(parameter: &Parameter) -> Shape {
    let schema = parameter.schema.as_ref().expect("a parameter has a schema");
    let schema = serde_json::to_value(schema).expect("a schema is plain data");
    Shape::of(&schema, &BTreeMap::new())
}
