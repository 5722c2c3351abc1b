//! Ids in paths. The status for a text that cannot be an id is 404, as for an unknown id.

use axum::extract::FromRequestParts;
use http::request::Parts;
use utoipa::IntoParams;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{KnownFormat, SchemaFormat};
use utoipa::openapi::{ObjectBuilder, Required, Type};

use crate::context::Context;
use crate::error::Error;
use heddle_domain::id::MAX_ID;
use heddle_http::path::Params;

/// Declares an extractor for each numeric path parameter: its name, its minimum, and its maximum in the document.
macro_rules! path_parameters {
    ($($(#[$doc:meta])* $extractor:ident = $name:literal, $least:literal, $most:expr;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub(crate) struct $extractor(pub(crate) i64);

        impl FromRequestParts<Context> for $extractor {
            type Rejection = Error;

            async fn from_request_parts(parts: &mut Parts, app: &Context) -> Result<Self, Error> {
                let params = Params::from_request_parts(parts, app).await;
                let params = params.map_err(|_| Error::NotFound)?;
                parse(params.get($name), $least).map(Self).ok_or(Error::NotFound)
            }
        }

        impl IntoParams for $extractor {
            fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
                vec![parameter($name, $least, $most)]
            }
        }
    )+};
}

path_parameters! {
    /// The id of the resource that the path begins with.
    Id = "id", 1, Some(MAX_ID);
    MessageIdInPath = "message_id", 1, Some(MAX_ID);
    /// A custom field that an inbox defines.
    FieldId = "field_id", 1, Some(MAX_ID);
    DeliveryIdInPath = "delivery", 1, Some(MAX_ID);
    /// An address of a customer, counted from 0.
    AddressPosition = "position", 0, None;
}

/// Parses a number as JSON writes it: without sign and leading zero. The maximum is [`MAX_ID`], the greatest integer
/// that browsers read exactly.
fn parse(text: &str, least: i64) -> Option<i64> {
    let is_digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let is_plain = is_digits && (text == "0" || !text.starts_with('0'));
    let number = text.parse().ok().filter(|_| is_plain);
    number.filter(|number| (least..=MAX_ID).contains(number))
}

fn parameter(name: &str, least: i64, most: Option<i64>) -> Parameter {
    let schema = ObjectBuilder::new()
        .schema_type(Type::Integer)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)))
        .minimum(Some(least))
        .maximum(most);
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
    fn only_plain_numbers_are_ids() {
        assert_eq!(parse("7", 1), Some(7));
        assert_eq!(parse("0", 0), Some(0));
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
            assert_eq!(parse(text, 1), None, "{text}");
        }
        assert_eq!(parse("00", 0), None);
    }
}
