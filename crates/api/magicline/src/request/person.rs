//! Reads the bodies that describe a person: a new customer, a lead, and what a search knows of a customer (contract section
//! 9).

use heddle_domain::customer::{
    Address, AddressKind, CustomerDetails, LONGEST_POSTAL_CODE, PostalAddress, PreferenceChange,
    Profile, normalise_email,
};
use heddle_http::known;
use heddle_http::members::{Body, Item, Object};
use heddle_http::shape::Shape;
use http::HeaderMap;

use super::query::CARD_NUMBER_FORMATS;
use super::{BODY_LIMIT, preferences};
use crate::error::Error;
use crate::fault;
use crate::text::Text;

/// The labels of the telephone numbers that the vendor distinguishes.
pub(crate) const HOME: &str = "home";
pub(crate) const MOBILE: &str = "mobile";
pub(crate) const WORK: &str = "work";
pub(crate) const WORK_MOBILE: &str = "work mobile";

/// The greatest lengths of names, of a street and of other short texts, in characters.
pub(crate) const LONGEST_NAME: usize = 255;
pub(crate) const LONGEST_STREET: usize = 200;
pub(crate) const LONGEST_HOUSE_NUMBER: usize = 40;
pub(crate) const LONGEST_ID: usize = 200;

const LANGUAGE: Shape = known!("languageCode", "countryCode");

pub(crate) const CUSTOMER: Shape = known!(
    "firstName",
    "lastName",
    "dateOfBirth",
    "email",
    "street",
    "city",
    "zipCode",
    "countryCode",
    "language": LANGUAGE,
    "secondFirstName",
    "secondLastName",
    "houseNumber",
    "gender",
    "phonePrivate",
    "phonePrivateMobile",
    "phoneBusiness",
    "phoneBusinessMobile",
    "thirdPartyId",
    "communicationPreferences": preferences::SHAPE,
);

pub(crate) const LEAD: Shape = known!(
    "leadCustomer": known!(
        "firstname",
        "lastname",
        "email",
        "gender",
        "dateOfBirth",
        "telephone",
        "language": LANGUAGE,
        "thirdPartyId",
    ),
    "address": known!("street", "houseNumber", "zipCode", "city", "countryCode"),
    "communicationPreferences": preferences::SHAPE,
);

pub(crate) const SEARCH: Shape = known!(
    "firstName",
    "lastName",
    "email",
    "dateOfBirth",
    "cardNumberFormat",
);

/// The vendor's words for genders, with those of Heddle. Heddle has no word for `UNISEX`, so the details keep it.
pub(crate) const UNISEX: &str = "UNISEX";
pub(crate) const GENDERS: [(&str, (&str, Option<&str>)); 3] = [
    ("MALE", ("male", None)),
    ("FEMALE", ("female", None)),
    (UNISEX, ("unknown", Some(UNISEX))),
];

/// A person as a body describes one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Person {
    pub(crate) profile: Profile,
    /// Normalised.
    pub(crate) email: String,
    pub(crate) phones: Vec<Address>,
    pub(crate) postal_address: Option<PostalAddress>,
    pub(crate) details: CustomerDetails,
    pub(crate) preferences: Vec<PreferenceChange>,
}

/// What a search knows of a customer.
#[derive(Clone, Debug, Default)]
pub(crate) struct Search {
    pub(crate) first_name: Option<String>,
    pub(crate) last_name: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) date_of_birth: Option<String>,
}

/// Receives the body of a new lead, whatever its members say.
pub(crate) async fn receive_lead(
    headers: &HeaderMap,
    body: axum::body::Body,
) -> Result<Body, Error> {
    Ok(Body::receive(headers, body, BODY_LIMIT, &LEAD).await?)
}

impl Person {
    /// Reads the body of a new customer.
    pub(crate) async fn read(headers: &HeaderMap, body: axum::body::Body) -> Result<Self, Error> {
        let body = Body::receive(headers, body, BODY_LIMIT, &CUSTOMER).await?;
        Ok(body.in_turn(|body| body.read(Self::of_customer)).await?)
    }

    fn of_customer(body: &Object<'_>) -> Self {
        let first_name = name(&body.get("firstName").not_empty());
        let last_name = name(&body.get("lastName").not_empty());
        let date_of_birth = date(&body.get("dateOfBirth").required());
        let email = email(&body.get("email").not_empty());
        let mut details = CustomerDetails {
            date_of_birth,
            second_first_name: name(&body.get("secondFirstName")),
            second_last_name: name(&body.get("secondLastName")),
            third_party_id: text(&body.get("thirdPartyId"), LONGEST_ID),
            ..CustomerDetails::default()
        };
        let postal_address = postal_address(body, false, &mut details);
        language(&body.get("language").required(), &mut details);
        let profile = Profile {
            first_name,
            last_name,
            gender: gender(&body.get("gender"), &mut details),
            ..Profile::default()
        };
        let phones = [
            ("phonePrivate", HOME),
            ("phonePrivateMobile", MOBILE),
            ("phoneBusiness", WORK),
            ("phoneBusinessMobile", WORK_MOBILE),
        ];
        let phone_of = |(name, label)| phone(&body.get(name), Some(label));
        Self {
            profile,
            email,
            phones: phones.into_iter().filter_map(phone_of).collect(),
            postal_address,
            details,
            preferences: preferences::of_member(&body.get("communicationPreferences")),
        }
    }

    /// Reads a lead.
    pub(crate) fn of_lead(body: &Object<'_>) -> Self {
        let lead = body.get("leadCustomer").required().object_or_empty();
        let first_name = name(&lead.get("firstname").not_empty());
        let last_name = name(&lead.get("lastname").not_empty());
        let email = email(&lead.get("email").not_empty());
        let mut details = CustomerDetails {
            prospect: true,
            date_of_birth: date(&lead.get("dateOfBirth")),
            third_party_id: text(&lead.get("thirdPartyId"), LONGEST_ID),
            ..CustomerDetails::default()
        };
        language(&lead.get("language"), &mut details);
        let gender = gender(&lead.get("gender"), &mut details);
        let address = body.get("address");
        let postal_address = match address.is_present() {
            true => postal_address(&address.object_or_empty(), true, &mut details),
            false => None,
        };
        let profile = Profile {
            first_name,
            last_name,
            gender,
            ..Profile::default()
        };
        Self {
            profile,
            email,
            phones: phone(&lead.get("telephone"), None).into_iter().collect(),
            postal_address,
            details,
            preferences: preferences::of_member(&body.get("communicationPreferences")),
        }
    }
}

impl Search {
    /// Reads the body of a search.
    pub(crate) async fn read(headers: &HeaderMap, body: axum::body::Body) -> Result<Self, Error> {
        let body = Body::receive(headers, body, BODY_LIMIT, &SEARCH).await?;
        let search = body.in_turn(|body| body.read(Self::of)).await?;
        let Self {
            first_name,
            last_name,
            email,
            date_of_birth,
        } = &search;
        let criteria = [first_name, last_name, email, date_of_birth];
        let is_given = criteria.into_iter().any(Option::is_some);
        match is_given {
            true => Ok(search),
            false => Err(Error::invalid(Text::NoCriterion)),
        }
    }

    fn of(body: &Object<'_>) -> Self {
        // An empty text says nothing about the customer.
        let given = |name| {
            let text = text(&body.get(name), LONGEST_NAME);
            text.filter(|text: &String| !text.trim().is_empty())
        };
        let search = Self {
            first_name: given("firstName"),
            last_name: given("lastName"),
            email: given("email"),
            date_of_birth: date(&body.get("dateOfBirth")),
        };
        body.get("cardNumberFormat").meaning(&CARD_NUMBER_FORMATS);
        search
    }
}

fn text(member: &Item<'_>, longest: usize) -> Option<String> {
    member.text_of(0..=longest).map(str::to_owned)
}

fn name(member: &Item<'_>) -> Option<String> {
    text(member, LONGEST_NAME)
}

fn email(member: &Item<'_>) -> String {
    let email = member.parsed(&fault::EMAIL, normalise_email);
    email.unwrap_or_default()
}

/// Reads a date, such as `1990-12-31`.
fn date(member: &Item<'_>) -> Option<String> {
    let parse = |text: &str| {
        let is_date = |byte: (usize, u8)| match byte.0 {
            4 | 7 => byte.1 == b'-',
            _ => byte.1.is_ascii_digit(),
        };
        let has_form = text.len() == 10 && text.bytes().enumerate().all(is_date);
        let exists = has_form && text.parse::<jiff::civil::Date>().is_ok();
        exists.then(|| text.to_owned())
    };
    member.parsed(&fault::DATE, parse)
}

fn phone(member: &Item<'_>, label: Option<&str>) -> Option<Address> {
    let parse = |text: &str| Address::parse(AddressKind::Phone, text);
    let phone = member.parsed(&fault::PHONE, parse)?;
    Some(phone.labelled(label.map(str::to_owned)))
}

fn gender(member: &Item<'_>, details: &mut CustomerDetails) -> Option<String> {
    let (gender, own) = member.meaning(&GENDERS)?;
    details.gender = own.map(str::to_owned);
    Some(gender.to_owned())
}

fn language(member: &Item<'_>, details: &mut CustomerDetails) {
    if member.is_present() {
        let language = member.object_or_empty();
        let code = language.get("languageCode").required();
        details.language = code.parsed(&fault::LANGUAGE, language_code);
        let country = language.get("countryCode");
        details.language_country = country.parsed(&fault::COUNTRY, PostalAddress::parse_country);
    }
}

/// Returns a code of two or three letters, in lower case.
fn language_code(text: &str) -> Option<String> {
    let is_code = (2..=3).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphabetic());
    is_code.then(|| text.to_ascii_lowercase())
}

/// Reads the postal address. The details keep street and house number apart.
fn postal_address(
    object: &Object<'_>,
    number_is_required: bool,
    details: &mut CustomerDetails,
) -> Option<PostalAddress> {
    details.street = text(&object.get("street").not_empty(), LONGEST_STREET);
    let number = object.get("houseNumber");
    let number = match number_is_required {
        true => number.not_empty(),
        false => number,
    };
    details.house_number = text(&number, LONGEST_HOUSE_NUMBER);
    let city = text(&object.get("city").not_empty(), LONGEST_NAME);
    let postal_code = text(&object.get("zipCode").not_empty(), LONGEST_POSTAL_CODE);
    let country = object.get("countryCode").required();
    let country = country.parsed(&fault::COUNTRY, PostalAddress::parse_country);
    Some(PostalAddress {
        lines: vec![street_line(details)],
        city: city?,
        state: String::new(),
        postal_code: postal_code?,
        country: country?,
    })
}

/// Returns the line of a postal address that has the street and the house number.
pub(crate) fn street_line(details: &CustomerDetails) -> String {
    let parts = [&details.street, &details.house_number];
    let parts: Vec<&str> = parts.into_iter().flatten().map(String::as_str).collect();
    parts.join(" ").trim().to_owned()
}
