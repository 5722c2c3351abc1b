//! The settings of the account. Each API declares its own settings, so the schemas of the types here are placeholders:
//! the OpenAPI document replaces them by schemas of `api_schemas`.

use heddle_api::Apis;
use heddle_api::setting::{Kind, Setting};
use heddle_domain::account::{AccountSettings, SettingChange};
use serde::de::Error as _;
use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use utoipa::openapi::schema::{AdditionalProperties, KnownFormat, RefBuilder, SchemaFormat};
use utoipa::openapi::{ObjectBuilder, RefOr, Schema, Type};

use crate::error::Error;
use crate::rate::Rate;

/// All settings with their values, in the order in which the APIs declare them.
#[derive(Clone, Debug, ToSchema)]
#[schema(value_type = BTreeMap<String, Rate>)]
pub(crate) struct Settings(Vec<(&'static Setting, i64)>);

impl Settings {
    pub(crate) fn of(settings: &AccountSettings, apis: &Apis) -> Self {
        let all = apis.settings();
        Self(all.map(|one| (one, one.value(settings))).collect())
    }
}

impl Serialize for Settings {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (setting, value) in &self.0 {
            match setting.kind {
                Kind::Rate => map.serialize_entry(setting.shown_as, &Rate::from_code(*value))?,
                Kind::Count { .. } => map.serialize_entry(setting.shown_as, value)?,
            }
        }
        map.end()
    }
}

/// New values of some settings. The request's schema checks them.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[schema(value_type = BTreeMap<String, Rate>)]
pub(crate) struct SettingsChange(Map<String, Value>);

impl SettingsChange {
    /// Returns the changes, in the order in which the APIs declare the settings.
    ///
    /// # Errors
    /// Returns a 422 for an invalid value that the request's schema lets through.
    pub(crate) fn changes(&self, apis: &Apis) -> Result<Vec<SettingChange>, Error> {
        let changes = apis.settings().filter_map(|setting| {
            let value = self.0.get(setting.shown_as)?;
            Some(read(setting, value).map(|value| setting.to(value)))
        });
        let changes: Result<_, serde_json::Error> = changes.collect();
        changes.map_err(|error| Error::invalid("settings", "format", error.to_string()))
    }
}

/// Returns the value of a setting as it is stored.
fn read(setting: &Setting, value: &Value) -> Result<i64, serde_json::Error> {
    match setting.kind {
        Kind::Rate => Rate::deserialize(value).map(Rate::to_code),
        Kind::Count { .. } => value
            .as_i64()
            .ok_or_else(|| serde_json::Error::custom("no whole number")),
    }
}

/// Returns the schema of [`Settings`] with these APIs.
pub(crate) fn shown_schema(apis: &Apis) -> RefOr<Schema> {
    let schema = ObjectBuilder::new().description(Some("The operator's settings for the account."));
    apis.settings()
        .fold(schema, |schema, setting| {
            let doc = Some(setting.doc);
            let schema = schema.required(setting.shown_as);
            match setting.kind {
                Kind::Rate => schema.property(setting.shown_as, rate().description(doc)),
                Kind::Count { .. } => schema.property(setting.shown_as, count().description(doc)),
            }
        })
        .into()
}

/// Returns the schema of [`SettingsChange`] with these APIs.
pub(crate) fn change_schema(apis: &Apis) -> RefOr<Schema> {
    let schema = ObjectBuilder::new()
        .description(Some(
            "Changes of the settings. An absent field stays as it is.",
        ))
        .additional_properties(Some(AdditionalProperties::FreeForm(false)));
    apis.settings()
        .fold(schema, |schema, setting| match setting.kind {
            Kind::Rate => schema.property(setting.shown_as, rate()),
            Kind::Count { most } => {
                let count = count().minimum(Some(0_i64)).maximum(Some(most));
                schema.property(setting.shown_as, count)
            }
        })
        .into()
}

fn rate() -> RefBuilder {
    RefBuilder::new().ref_location_from_schema_name(Rate::name())
}

fn count() -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::Integer)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)))
}
