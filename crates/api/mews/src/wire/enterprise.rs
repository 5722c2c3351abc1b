//! The vendor's enterprise, which is a property or, for a portfolio, all of them (contract sections 13.1 and 13.2).

use serde::Serialize;

/// The response of `configuration/get`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Configuration {
    pub(crate) now_utc: String,
    pub(crate) enterprise: ConfiguredEnterprise,
    pub(crate) service: (),
    pub(crate) payment_card_storage: (),
    pub(crate) is_identity_document_number_required: bool,
}

/// The response of `enterprises/getAll`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct EnterprisePage {
    pub(crate) enterprises: Vec<LinkedEnterprise>,
    pub(crate) cursor: Option<String>,
}

/// An enterprise in `configuration/get`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ConfiguredEnterprise {
    #[serde(flatten)]
    pub(crate) enterprise: Enterprise,
    pub(crate) currencies: [Currency; 1],
    pub(crate) accounting_configuration: (),
    pub(crate) is_portfolio: bool,
}

/// An enterprise in `enterprises/getAll`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct LinkedEnterprise {
    #[serde(flatten)]
    pub(crate) enterprise: Enterprise,
    pub(crate) linked_utc: String,
}

/// What both calls say about an enterprise. A member of the type `()` is always null: Heddle knows nothing of it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Enterprise {
    pub(crate) id: String,
    pub(crate) external_identifier: (),
    pub(crate) holding_key: (),
    pub(crate) chain_id: String,
    pub(crate) chain_name: String,
    pub(crate) created_utc: String,
    pub(crate) updated_utc: String,
    pub(crate) name: String,
    pub(crate) short_name: (),
    pub(crate) time_zone_identifier: String,
    pub(crate) legal_environment_code: String,
    pub(crate) accommodation_environment_code: String,
    pub(crate) accounting_environment_code: String,
    pub(crate) tax_environment_code: String,
    pub(crate) default_language_code: String,
    pub(crate) editable_history_interval: &'static str,
    pub(crate) accounting_editable_history_interval: &'static str,
    pub(crate) operational_editable_history_interval: &'static str,
    pub(crate) business_day_closing_offset: (),
    pub(crate) website_url: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) phone: Option<String>,
    pub(crate) logo_image_id: (),
    pub(crate) cover_image_id: (),
    pub(crate) pricing: &'static str,
    pub(crate) tax_precision: (),
    pub(crate) address_id: String,
    pub(crate) address: Address,
    pub(crate) group_names: [(); 0],
    pub(crate) subscription: Subscription,
}

/// An address.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Address {
    pub(crate) id: String,
    pub(crate) line1: Option<String>,
    pub(crate) line2: Option<String>,
    pub(crate) city: Option<String>,
    pub(crate) postal_code: Option<String>,
    pub(crate) country_code: Option<String>,
    pub(crate) country_subdivision_code: Option<String>,
    pub(crate) latitude: Option<f64>,
    pub(crate) longitude: Option<f64>,
}

/// The contract between the vendor and the property, which Heddle does not know.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Subscription {
    pub(crate) tax_identifier: (),
}

/// A currency that the enterprise uses.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Currency {
    pub(crate) currency: String,
    pub(crate) is_default: bool,
    pub(crate) is_enabled: bool,
}
