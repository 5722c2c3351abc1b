//! Query parameters, held to what the OpenAPI document says of them: repeated ones and wrong values are 422, as unknown
//! ones are (`parameters`).

use std::collections::BTreeMap;

use axum::extract::FromRequestParts;
use http::request::Parts;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use utoipa::IntoParams;
use utoipa::openapi::path::{Parameter, ParameterIn};

use crate::auth::Holder;
use crate::context::Context;
use crate::error::{Error, FieldError};
use crate::page::{Listing, Mark, Paging};
use crate::schema::Shape;
use heddle_http::query::Query;

/// The parameters of an operation that is no list.
#[derive(Clone, Debug)]
pub(crate) struct Asked<T>(pub(crate) T);

impl<T: IntoParams + DeserializeOwned> FromRequestParts<Context> for Asked<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &Context) -> Result<Self, Error> {
        let query = Query::parse(parts.uri.query().unwrap_or_default());
        read::<T>(&query).map(Self)
    }
}

/// The parameters of a list that has none but its page.
#[derive(Clone, Copy, Debug, serde::Deserialize, IntoParams)]
pub(crate) struct NoFilter {}

impl<T: IntoParams + DeserializeOwned> FromRequestParts<Context> for Listing<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &Context) -> Result<Self, Error> {
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
