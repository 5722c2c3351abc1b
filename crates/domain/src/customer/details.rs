//! What few APIs ask of a customer: facts that have no place in a [`Profile`](super::Profile).

use serde::{Deserialize, Serialize};

/// Further facts about a customer. Texts are stored as sent; `None` means never given.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CustomerDetails {
    /// Whether the customer is a prospect: a person who asked for an offer and is no member yet.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub prospect: bool,
    /// Date of birth, as `YYYY-MM-DD`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date_of_birth: Option<String>,
    /// The customer's id in the system of the client that created it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub third_party_id: Option<String>,
    /// The language in which the customer wishes to be addressed: two or three letters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// The country that says more about the language: two letters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language_country: Option<String>,
    /// Second first name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub second_first_name: Option<String>,
    /// Second last name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub second_last_name: Option<String>,
    /// The gender as the client said it, if the profile has no word for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gender: Option<String>,
    /// The street of the postal address, without the house number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub street: Option<String>,
    /// The house number of the postal address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub house_number: Option<String>,
    /// What the postal address is for, as the client said it. Belongs to that address: it goes when another one takes its place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address_use: Option<String>,
    /// Whether the customer is a firm.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_business: Option<bool>,
    /// How the customer wishes to be reached, as the client said it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preferred_channel: Option<String>,
}

impl CustomerDetails {
    /// Copies from `other` every fact that is `None` here, except what the postal address is for: that belongs to the address.
    /// If one of both is no prospect, neither is the result.
    pub fn fill_from(&mut self, other: &Self) {
        let Self {
            prospect,
            date_of_birth,
            third_party_id,
            language,
            language_country,
            second_first_name,
            second_last_name,
            gender,
            street,
            house_number,
            address_use: _,
            is_business,
            preferred_channel,
        } = self;
        *prospect &= other.prospect;
        // A country says something only of its own language, and a number only of its own street.
        if language.is_none() {
            language.clone_from(&other.language);
            language_country.clone_from(&other.language_country);
        }
        if street.is_none() {
            street.clone_from(&other.street);
            house_number.clone_from(&other.house_number);
        }
        for (mine, theirs) in [
            (date_of_birth, &other.date_of_birth),
            (third_party_id, &other.third_party_id),
            (second_first_name, &other.second_first_name),
            (second_last_name, &other.second_last_name),
            (gender, &other.gender),
            (preferred_channel, &other.preferred_channel),
        ] {
            if mine.is_none() {
                mine.clone_from(theirs);
            }
        }
        *is_business = is_business.or(other.is_business);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn a_merge_fills_what_is_missing() {
        let mut into = CustomerDetails {
            prospect: true,
            date_of_birth: text("1990-01-02"),
            language: text("de"),
            ..CustomerDetails::default()
        };
        let from = CustomerDetails {
            prospect: true,
            date_of_birth: text("1980-01-02"),
            third_party_id: text("x"),
            language: text("en"),
            language_country: text("US"),
            second_first_name: text("A"),
            second_last_name: text("B"),
            gender: text("UNISEX"),
            street: text("Mill Lane"),
            house_number: text("1"),
            address_use: text("BILLING"),
            is_business: Some(true),
            preferred_channel: text("email"),
        };
        into.fill_from(&from);
        let expected = CustomerDetails {
            date_of_birth: text("1990-01-02"),
            language: text("de"),
            language_country: None,
            address_use: None,
            ..from
        };
        assert_eq!(into, expected);
        into.fill_from(&CustomerDetails::default());
        assert!(!into.prospect, "the other one was a member");
    }
}
