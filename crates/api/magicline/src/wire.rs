//! The vendor's response bodies, with exactly the vendor's names (contract sections 5 to 9).

use serde::Serialize;

/// The success body of create and update. `communicationDateTime` is not part of it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ThreadResponse {
    pub(crate) customer_id: i64,
    pub(crate) communication_id: i64,
    pub(crate) thread_id: i64,
    pub(crate) communication_thread_status: String,
    pub(crate) subject: String,
    pub(crate) content: String,
    pub(crate) communication_direction: String,
    pub(crate) communication_channel: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ticket_number: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ticket_link: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) agent: Option<String>,
}

/// The error object.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ErrorBody<'a> {
    pub(crate) error_message: &'static str,
    pub(crate) error_code: &'static str,
    pub(crate) trace_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reference: Option<&'a str>,
}

/// A category of messages with the channels by which the customer wishes to get them.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CategoryPreferences {
    pub(crate) message_category: &'static str,
    pub(crate) channels: Vec<ChannelPreference>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ChannelPreference {
    pub(crate) communication_channel: &'static str,
    pub(crate) customer_overridable: bool,
    pub(crate) active: bool,
}

/// A part of a list.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Slice<T> {
    pub(crate) result: Vec<T>,
    /// Where the next slice begins, for the parameter `offset`.
    pub(crate) offset: String,
    pub(crate) has_next: bool,
}

/// A customer. A value that the customer lacks is left out.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Customer {
    pub(crate) id: i64,
    pub(crate) uuid: String,
    pub(crate) customer_number: String,
    pub(crate) studio_id: i64,
    pub(crate) status: &'static str,
    pub(crate) access_refusal: bool,
    #[serde(flatten)]
    pub(crate) person: Person,
    #[serde(flatten)]
    pub(crate) postal: Postal,
    #[serde(flatten)]
    pub(crate) phones: Phones,
}

/// The members of a customer that describe the person.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Person {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) first_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) second_first_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) last_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) second_last_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) date_of_birth: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) gender: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) preferred_language: Option<Language>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) third_party_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) image_url: Option<String>,
}

/// The members of a customer that are a postal address.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Postal {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) street: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) house_number: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) zip_code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) city: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) country: Option<String>,
}

/// The members of a customer that are telephone numbers.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Phones {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) phone_private: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) phone_private_mobile: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) phone_business: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) phone_business_mobile: Option<String>,
}

/// A language, and the country that says more about it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Language {
    pub(crate) language_code: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) country_code: Option<String>,
}

/// The success body of the creation of a customer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CreatedCustomer {
    pub(crate) customer_id: i64,
}

/// The success body of the creation of a lead.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CreatedLead {
    pub(crate) id: i64,
    pub(crate) customer_id: i64,
    pub(crate) uuid: String,
    pub(crate) customer_number: String,
}

/// Whether a lead can be created.
#[derive(Debug, Serialize)]
pub(crate) struct LeadValidation {
    pub(crate) status: &'static str,
}

/// Which members a lead must have, and which it may have.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LeadConfig {
    pub(crate) firstname: &'static str,
    pub(crate) lastname: &'static str,
    pub(crate) email: &'static str,
    pub(crate) gender: &'static str,
    pub(crate) date_of_birth: &'static str,
    pub(crate) telephone: &'static str,
    pub(crate) language: &'static str,
    pub(crate) third_party_id: &'static str,
    pub(crate) address: &'static str,
    /// The preferences of a lead that expresses none.
    pub(crate) communication_preferences: Vec<CategoryPreferences>,
}

/// An employee.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Employee {
    pub(crate) id: i64,
    pub(crate) firstname: String,
    pub(crate) lastname: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) email: Option<String>,
}

/// A studio.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Studio {
    pub(crate) studio_id: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) studio_name: Option<String>,
    pub(crate) access_code_configuration: AccessCodeConfiguration,
}

/// Whether the studio is entered with codes.
#[derive(Debug, Serialize)]
pub(crate) struct AccessCodeConfiguration {
    pub(crate) enabled: bool,
}
