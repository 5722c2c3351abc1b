//! The JSON form of an API's rate limit: `"off"`, `"vendor"` or a number.

use heddle_domain::account::RateLimit;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use utoipa::openapi::schema::{KnownFormat, SchemaFormat};
use utoipa::openapi::{ObjectBuilder, OneOfBuilder, RefOr, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rate(RateLimit);

impl Rate {
    /// Reads the number that the store keeps.
    pub(crate) fn from_code(code: i64) -> Self {
        Self(RateLimit::from_code(code))
    }

    /// Returns the number that the store keeps.
    pub(crate) fn to_code(self) -> i64 {
        self.0.to_code()
    }
}

impl Serialize for Rate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            RateLimit::Off => serializer.serialize_str("off"),
            RateLimit::Vendor => serializer.serialize_str("vendor"),
            RateLimit::Own(figure) => serializer.serialize_u32(figure),
        }
    }
}

impl<'de> Deserialize<'de> for Rate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let figure = value.as_u64().and_then(|figure| u32::try_from(figure).ok());
        let limit = match (value.as_str(), figure) {
            (Some("off"), _) => Some(RateLimit::Off),
            (Some("vendor"), _) => Some(RateLimit::Vendor),
            (_, Some(figure)) if figure > 0 => Some(RateLimit::Own(figure)),
            _ => None,
        };
        limit.map(Self).ok_or_else(|| D::Error::custom("no rate"))
    }
}

impl PartialSchema for Rate {
    fn schema() -> RefOr<Schema> {
        let word = ObjectBuilder::new()
            .schema_type(Type::String)
            .enum_values(Some(["off", "vendor"]));
        let figure = ObjectBuilder::new()
            .schema_type(Type::Integer)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)))
            .minimum(Some(1))
            .maximum(Some(u32::MAX));
        OneOfBuilder::new()
            .item(word)
            .item(figure)
            .description(Some(
                "`off`, `vendor` (the vendor's published limit) or another number",
            ))
            .into()
    }
}

impl ToSchema for Rate {}
