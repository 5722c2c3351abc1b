//! The vendor's customer (contract sections 13.3 and 13.4).

use serde::Serialize;

use super::Address;

/// The response of `customers/getAll`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct CustomerPage {
    pub(crate) customers: Vec<Customer>,
    pub(crate) documents: (),
    pub(crate) cursor: Option<String>,
}

/// A customer. A member of the type `()` is always null, and one of the type `[(); 0]` always empty: Heddle knows nothing of it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Customer {
    pub(crate) id: String,
    pub(crate) chain_id: String,
    pub(crate) number: String,
    pub(crate) title: (),
    pub(crate) sex: Option<&'static str>,
    pub(crate) first_name: Option<String>,
    pub(crate) last_name: String,
    pub(crate) second_last_name: (),
    pub(crate) nationality_code: (),
    pub(crate) preferred_language_code: (),
    pub(crate) language_code: (),
    pub(crate) birth_date: (),
    pub(crate) birth_country_code: (),
    pub(crate) birth_country_subdivision_code: (),
    pub(crate) birth_place: (),
    pub(crate) occupation: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) has_ota_email: bool,
    pub(crate) phone: Option<String>,
    pub(crate) tax_identification_number: (),
    pub(crate) loyalty_code: (),
    pub(crate) accounting_code: (),
    pub(crate) billing_code: (),
    pub(crate) notes: Option<String>,
    pub(crate) car_registration_number: (),
    pub(crate) dietary_requirements: (),
    pub(crate) created_utc: String,
    pub(crate) updated_utc: String,
    pub(crate) passport: (),
    pub(crate) identity_card: (),
    pub(crate) visa: (),
    pub(crate) drivers_license: (),
    pub(crate) address: Option<Address>,
    pub(crate) address_id: Option<String>,
    pub(crate) classifications: [(); 0],
    pub(crate) options: [(); 0],
    pub(crate) italian_destination_code: (),
    pub(crate) italian_fiscal_code: (),
    pub(crate) italian_lottery_code: (),
    pub(crate) company_id: (),
    pub(crate) merge_target_id: (),
    pub(crate) activity_state: &'static str,
    pub(crate) is_active: bool,
    pub(crate) preferred_space_features: [(); 0],
    pub(crate) creator_profile_id: (),
    pub(crate) updater_profile_id: (),
}
