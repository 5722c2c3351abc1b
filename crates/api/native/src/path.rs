//! Ids in paths. What cannot be an id is as unknown as an id that never was: 404.

use axum::extract::FromRequestParts;
use http::request::Parts;
use utoipa::IntoParams;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{KnownFormat, SchemaFormat};
use utoipa::openapi::{ObjectBuilder, Required, Type};

use crate::context::Context;
use crate::error::Error;
use heddle_http::path::Params;

/// The greatest id there can be: browsers read JSON numbers as doubles.
const GREATEST: i64 = heddle_domain::id::MAX_ID;

/// The `{id}` of the path.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Id(pub(crate) i64);

impl FromRequestParts<Context> for Id {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &Context) -> Result<Self, Error> {
        let params = Params::from_request_parts(parts, app).await;
        let params = params.map_err(|_| Error::NotFound)?;
        read(params.get("id")).map(Self)
    }
}

/// A number as it is written in JSON: no sign, no leading zero.
pub(crate) fn read(text: &str) -> Result<i64, Error> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
    let id = text.parse().ok().filter(|id| (1..=GREATEST).contains(id));
    id.filter(|_| is_plain).ok_or(Error::NotFound)
}

impl IntoParams for Id {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![parameter("id")]
    }
}

/// An id in a path, as the document shows it.
pub(crate) fn parameter(name: &str) -> Parameter {
    let schema = ObjectBuilder::new()
        .schema_type(Type::Integer)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)))
        .minimum(Some(1))
        .maximum(Some(GREATEST));
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .schema(Some(schema.build()))
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_id_is_not_found() {
        assert!(matches!(read("7"), Ok(7)));
        for text in [
            "",
            "0",
            "07",
            "-1",
            "+1",
            "1.0",
            "7 ",
            "9007199254740992",
            "x",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
