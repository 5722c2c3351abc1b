//! Query parameters, validated against their schemas in the OpenAPI document. The status for wrong values, repeated
//! parameters and unknown parameters (`parameters`) is 422.

use std::any::TypeId;
use std::collections::BTreeMap;

use axum::extract::FromRequestParts;
use http::request::Parts;
use parking_lot::RwLock;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use sha2::Sha256;
use utoipa::IntoParams;
use utoipa::openapi::Required;
use utoipa::openapi::path::{Parameter, ParameterIn};

use crate::auth::Caller;
use crate::context::Context;
use crate::error::{Error, FieldError};
use crate::hash;
use crate::page::{Listing, Paging};
use crate::schema::RequestSchema;
use heddle_http::query::Query;

/// The parameters of an operation other than a list.
#[derive(Clone, Debug)]
pub(crate) struct QueryParams<T>(pub(crate) T);

impl<T: IntoParams + DeserializeOwned + 'static> FromRequestParts<Context> for QueryParams<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &Context) -> Result<Self, Error> {
        let query = Query::parse(parts.uri.query().unwrap_or_default());
        read::<T>(&query).map(Self)
    }
}

/// For a list without filters.
#[derive(Clone, Copy, Debug, serde::Deserialize, IntoParams)]
pub(crate) struct NoFilter {}

impl<T: IntoParams + DeserializeOwned + 'static> FromRequestParts<Context> for Listing<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &Context) -> Result<Self, Error> {
        let query = Query::parse(parts.uri.query().unwrap_or_default());
        let (filter, paging) = both(read::<T>(&query), read::<Paging>(&query))?;
        let account = Caller::of(parts)?.account();
        let fingerprint = fingerprint(parts, account.get(), &query);
        Ok(Self::new(filter, paging, fingerprint))
    }
}

/// Returns both values, or the faults of both.
fn both<A, B>(one: Result<A, Error>, other: Result<B, Error>) -> Result<(A, B), Error> {
    match (one, other) {
        (Err(Error::Invalid(mut faults)), Err(Error::Invalid(more))) => {
            faults.extend(more);
            Err(Error::Invalid(faults))
        }
        (one, other) => Ok((one?, other?)),
    }
}

fn fingerprint(parts: &Parts, account: i64, query: &Query) -> Sha256 {
    let mut filters: Vec<_> = query
        .pairs()
        .filter(|(name, _)| !matches!(*name, "limit" | "cursor"))
        .collect();
    filters.sort_unstable();
    let account = account.to_string();
    let filters = filters.into_iter().flat_map(|(name, value)| [name, value]);
    hash::of_texts([parts.uri.path(), &account].into_iter().chain(filters))
}

/// One parameter that an operation declares.
struct Declared {
    name: String,
    is_required: bool,
    /// Whether a list is `?include=a,b` (`explode: false`), and not `?include=a&include=b`.
    is_joined: bool,
    schema: RequestSchema,
}

impl Declared {
    fn of(parameter: Parameter) -> Self {
        let schema = parameter.schema.as_ref();
        let schema = serde_json::to_value(schema.expect("a parameter has a schema"));
        let schema = schema.expect("a schema is plain data");
        Self {
            is_required: parameter.required == Required::True,
            is_joined: parameter.explode == Some(false),
            schema: RequestSchema::of(&schema, &BTreeMap::new()),
            name: parameter.name,
        }
    }
}

/// Returns the parameters that `T` declares. Their schemas are compiled once, when the first request needs them.
fn declared<T: IntoParams + 'static>() -> &'static [Declared] {
    static ALL: RwLock<BTreeMap<TypeId, &'static [Declared]>> = RwLock::new(BTreeMap::new());
    let id = TypeId::of::<T>();
    if let Some(found) = ALL.read().get(&id) {
        return found;
    }
    let mut all = ALL.write();
    all.entry(id).or_insert_with(|| {
        let parameters = T::into_params(|| Some(ParameterIn::Query));
        // As many as there are operations, for as long as the process runs.
        Vec::leak(parameters.into_iter().map(Declared::of).collect())
    })
}

/// Reads the parameters that `T` declares and ignores the rest.
fn read<T: IntoParams + DeserializeOwned + 'static>(query: &Query) -> Result<T, Error> {
    let mut values = Map::new();
    let mut faults = Vec::new();
    for parameter in declared::<T>() {
        let schema = &parameter.schema;
        let mut texts: Vec<&str> = query.all(&parameter.name).collect();
        if texts.is_empty() {
            if parameter.is_required {
                faults.push(FieldError::new(&parameter.name, "required", "is missing"));
            }
            continue;
        }
        if parameter.is_joined {
            texts = texts.into_iter().flat_map(|text| text.split(',')).collect();
        }
        match schema.read_texts(&texts) {
            Err(detail) => faults.push(FieldError::new(&parameter.name, "repeated", detail)),
            Ok(mut value) => {
                let found = schema.validate(&mut value);
                faults.extend(found.into_iter().map(|fault| fault.under(&parameter.name)));
                values.insert(parameter.name.clone(), value);
            }
        }
    }
    Error::invalid_if_any(faults)?;
    serde_json::from_value(Value::Object(values))
        .map_err(|error| Error::invalid("", "format", error.to_string()))
}
