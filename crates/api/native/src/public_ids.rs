//! Public ids of a new inbox, agent or customer: the texts by which vendor APIs name it (`rules.md` 3). Which APIs have
//! such texts depends on the list of APIs, so the schema of the type here is a placeholder: the OpenAPI document replaces it.

use std::collections::BTreeMap;

use heddle_api::Apis;
use heddle_store::write::account::ApiPublicId;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa::openapi::schema::AdditionalProperties;
use utoipa::openapi::{ObjectBuilder, RefOr, Schema, Type};

use crate::error::FieldError;

const LONGEST: usize = 128;

/// The public ids that a body names, each by its API. The request's schema checks the names of the APIs.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[schema(value_type = BTreeMap<String, String>)]
pub(crate) struct PublicIds(BTreeMap<String, String>);

impl PublicIds {
    /// Returns the public ids in the forms of their APIs.
    ///
    /// # Errors
    /// Returns the faults of those that are not in the form of their API.
    pub(crate) fn read(&self, apis: &Apis) -> Result<Vec<ApiPublicId>, Vec<FieldError>> {
        let (mut ids, mut faults) = (Vec::new(), Vec::new());
        for (api, read) in apis
            .iter()
            .filter_map(|api| Some((api.name(), api.public_id?)))
        {
            let Some(text) = self.0.get(api.as_str()) else {
                continue;
            };
            match read(text) {
                Ok(text) => ids.push((api.as_str().to_owned(), text)),
                Err(expected) => {
                    let fault = FieldError::new(api.as_str(), "format", expected);
                    faults.push(fault.under("public_ids"));
                }
            }
        }
        match faults.is_empty() {
            true => Ok(ids),
            false => Err(faults),
        }
    }
}

/// Returns the schema of [`PublicIds`] with these APIs.
pub(crate) fn schema(apis: &Apis) -> RefOr<Schema> {
    let schema = ObjectBuilder::new()
        .description(Some(
            "The ids by which vendor APIs name it. An API without one shows `public_id`. Each is unique.",
        ))
        .additional_properties(Some(AdditionalProperties::FreeForm(false)));
    let with_texts = apis.iter().filter(|api| api.public_id.is_some());
    with_texts
        .fold(schema, |schema, api| {
            let text = ObjectBuilder::new()
                .schema_type(Type::String)
                .min_length(Some(1))
                .max_length(Some(LONGEST));
            schema.property(api.name().as_str(), text)
        })
        .into()
}
