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
    /// The language in which the customer wishes to be addressed: two letters.
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
}

impl CustomerDetails {
    /// Copies from `other` every fact that is `None` here. If one of both is no prospect, neither is the result.
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
        ] {
            if mine.is_none() {
                mine.clone_from(theirs);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn details(text: &str) -> CustomerDetails {
        serde_json::from_str(text).expect("details")
    }

    #[test]
    fn a_merge_fills_what_is_missing() {
        let mut into = details(r#"{"prospect":true,"date_of_birth":"1990-01-02","language":"de"}"#);
        let from = details(
            r#"{"prospect":true,"date_of_birth":"1980-01-02","language":"en","language_country":"US",
            "street":"Mill Lane","house_number":"1","third_party_id":"x","gender":"UNISEX","second_first_name":"A",
            "second_last_name":"B"}"#,
        );
        into.fill_from(&from);
        let expected = details(
            r#"{"prospect":true,"date_of_birth":"1990-01-02","language":"de","street":"Mill Lane","house_number":"1",
            "third_party_id":"x","gender":"UNISEX","second_first_name":"A","second_last_name":"B"}"#,
        );
        assert_eq!(into, expected);
        into.fill_from(&CustomerDetails::default());
        assert!(!into.prospect, "the other one was a member");
    }

    #[test]
    fn facts_that_were_never_given_are_left_out() {
        let text = serde_json::to_string(&CustomerDetails::default()).expect("JSON");
        assert_eq!(text, "{}");
        assert_eq!(details("{}"), CustomerDetails::default());
    }
}
