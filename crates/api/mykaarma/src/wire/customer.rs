//! The response bodies of the vendor's customer API (contract section 9).

use serde::Serialize;

use super::manage::{ManageError, ManageWarning};

/// The response to the creation of a customer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CreatedCustomer {
    pub(crate) customer_uuid: String,
    pub(crate) errors: [ManageError; 0],
    pub(crate) warnings: [ManageWarning; 0],
}

/// The response about one customer.
#[derive(Debug, Serialize)]
pub(crate) struct CustomerResponse {
    #[serde(rename = "customerWithVehicles")]
    pub(crate) customer: CustomerWithVehicles,
    pub(crate) errors: [ManageError; 0],
    pub(crate) warnings: [ManageWarning; 0],
}

/// The response of the customer search.
#[derive(Debug, Serialize)]
pub(crate) struct CustomerSearchResponse {
    #[serde(rename = "matchingCount")]
    pub(crate) count: usize,
    #[serde(rename = "matchingCustomers")]
    pub(crate) customers: Vec<CustomerWithVehicles>,
    pub(crate) errors: [ManageError; 0],
    pub(crate) warnings: [ManageWarning; 0],
}

/// A customer. Heddle stores no vehicles.
#[derive(Debug, Serialize)]
pub(crate) struct CustomerWithVehicles {
    pub(crate) customer: CustomerItem,
    pub(crate) vehicles: [(); 0],
}

/// The vendor's customer object.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CustomerItem {
    pub(crate) id: i64,
    pub(crate) customer_uuid: String,
    pub(crate) customer_key: Option<String>,
    pub(crate) first_name: Option<String>,
    pub(crate) middle_name: Option<String>,
    pub(crate) last_name: Option<String>,
    pub(crate) company: Option<String>,
    pub(crate) is_business: bool,
    pub(crate) preferred_locale: Option<String>,
    pub(crate) preferred_communication: Option<String>,
    pub(crate) addresses: Vec<PostalItem>,
    pub(crate) emails: Vec<EmailItem>,
    pub(crate) phone_numbers: Vec<PhoneItem>,
}

/// A postal address.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PostalItem {
    pub(crate) line1: String,
    pub(crate) line2: Option<String>,
    pub(crate) city: String,
    pub(crate) state: Option<String>,
    pub(crate) zip: String,
    pub(crate) country: String,
    pub(crate) address_type: Option<&'static str>,
    #[serde(rename = "type")]
    pub(crate) kind: Option<String>,
    pub(crate) is_valid: bool,
    pub(crate) is_preferred: bool,
}

/// An e-mail address.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EmailItem {
    pub(crate) email_address: String,
    pub(crate) label: Option<String>,
    pub(crate) ok_to_email: bool,
    pub(crate) is_preferred: bool,
}

/// A telephone number.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PhoneItem {
    pub(crate) phone_number: String,
    pub(crate) label: Option<String>,
    pub(crate) ok_to_call: bool,
    pub(crate) ok_to_text: bool,
    pub(crate) is_preferred: bool,
}
