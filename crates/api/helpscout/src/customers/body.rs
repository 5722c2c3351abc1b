//! The fields of a customer as requests write them: profile, entries, postal address (contract section 9.3).
//!
//! An empty text counts as absent, because this API shows missing texts as empty ones.

use heddle_domain::customer::{
    Address, AddressKind, LONGEST_LINE, LONGEST_POSTAL_CODE, MOST_ADDRESSES, MOST_LINES,
    PostalAddress, Profile, ProfileField,
};
use heddle_http::known;
use heddle_http::members::{Fault, Item, Object, Problem};
use heddle_http::shape::{SCALARS, Shape};
use heddle_store::write::customers::{PostalChange, PostalPart};

use super::named::{PHOTO_TYPES, gender, longest, phone};
use super::{entry, kind};
use crate::fault::code;
use crate::input;

const ENTRY: Shape = known!("type", "value");
/// The members of a postal address.
pub(crate) const ADDRESS: Shape =
    known!("city", "state", "postalCode", "country", "lines": SCALARS);
/// The members of a new customer.
pub(crate) const NEW: Shape = known!(
    "firstName",
    "lastName",
    "phone",
    "photoUrl",
    "photoType",
    "jobTitle",
    "background",
    "location",
    "organization",
    "gender",
    "age",
    "emails": ENTRY,
    "phones": ENTRY,
    "chats": ENTRY,
    "socialProfiles": ENTRY,
    "websites": known!("value"),
    "address": ADDRESS,
);
/// The members of a profile that replaces another.
pub(crate) const PROFILE: Shape = known!(
    "firstName",
    "lastName",
    "photoUrl",
    "photoType",
    "jobTitle",
    "background",
    "location",
    "organization",
    "gender",
    "age",
);

/// The fields of a profile that requests change, with their members. The telephone number is an entry.
pub(crate) const FIELDS: [(&str, ProfileField); 10] = [
    ("firstName", ProfileField::FirstName),
    ("lastName", ProfileField::LastName),
    ("photoUrl", ProfileField::PhotoUrl),
    ("photoType", ProfileField::PhotoType),
    ("jobTitle", ProfileField::JobTitle),
    ("background", ProfileField::Background),
    ("location", ProfileField::Location),
    ("organization", ProfileField::Organization),
    ("gender", ProfileField::Gender),
    ("age", ProfileField::Age),
];

/// A new customer.
#[derive(Debug)]
pub(crate) struct NewCustomer {
    pub(crate) profile: Profile,
    pub(crate) addresses: Vec<Address>,
    pub(crate) postal_address: Option<PostalAddress>,
}

impl NewCustomer {
    pub(crate) fn read(body: &Object<'_>) -> Self {
        let mut profile = Profile {
            phone: phone(&body.get("phone")),
            ..Profile::default()
        };
        for (name, field) in FIELDS {
            *profile.field_mut(field) = read_field(&body.get(name), field);
        }
        let mut addresses: Vec<Address> = Vec::new();
        for kind in kind::ALL {
            for item in input::items(&body.get(kind.member)) {
                let entry = item.object().and_then(|entry| entry::read(&entry, kind));
                let is_new = |entry: &Address| !addresses.iter().any(|a| a.is_same_as(entry));
                addresses.extend(entry.filter(is_new));
            }
        }
        let has_email = || addresses.iter().any(|a| a.kind == AddressKind::Email);
        if profile.first_name.is_none() && !has_email() {
            let rule = "a customer needs a first name or an email";
            body.push(Fault::new(
                "firstName",
                Problem::Rule(code::NOT_EMPTY, rule.into()),
            ));
        }
        if addresses.len() >= MOST_ADDRESSES {
            let rule = format!("a customer may have at most {MOST_ADDRESSES} entries");
            body.refuse(Problem::Rule(code::SIZE, rule.into()));
        }
        let address = body.get("address");
        let postal_address = address.object().and_then(|address| read_address(&address));
        Self {
            profile,
            addresses,
            postal_address,
        }
    }
}

/// Reads a whole profile. Absent fields are removed.
pub(crate) fn read_profile(body: &Object<'_>) -> Vec<(ProfileField, Option<String>)> {
    let field = |(name, field)| (field, read_field(&body.get(name), field));
    FIELDS.map(field).into()
}

/// Reads a field of a profile.
pub(crate) fn read_field(item: &Item<'_>, field: ProfileField) -> Option<String> {
    match field {
        ProfileField::Gender => return gender_or_none(item),
        ProfileField::PhotoType => {
            let is_empty = item.as_str() == Some("");
            let word = (!is_empty).then(|| item.word(&PHOTO_TYPES));
            return word.flatten().map(str::to_owned);
        }
        ProfileField::Phone => return phone(item),
        ProfileField::FirstName
        | ProfileField::LastName
        | ProfileField::Age
        | ProfileField::PhotoUrl
        | ProfileField::Background
        | ProfileField::JobTitle
        | ProfileField::Location
        | ProfileField::Organization => {}
    }
    let text = item.text_of(0..=longest(field))?;
    (!text.is_empty()).then(|| text.to_owned())
}

fn gender_or_none(item: &Item<'_>) -> Option<String> {
    match item.as_str() {
        Some("") => None,
        _ => gender(item),
    }
}

/// Reads a postal address. Returns `None` after a fault.
pub(crate) fn read_address(address: &Object<'_>) -> Option<PostalAddress> {
    let city = read_line(&address.get("city").not_empty(), LONGEST_LINE);
    let state = read_line(&address.get("state").not_empty(), LONGEST_LINE);
    let code = read_line(&address.get("postalCode").not_empty(), LONGEST_POSTAL_CODE);
    let country = read_country(&address.get("country").not_empty());
    Some(PostalAddress {
        lines: read_lines(&address.get("lines"))?,
        city: city?,
        state: state?,
        postal_code: code?,
        country: country?,
    })
}

/// Reads the member of a postal address with this name as a change. Returns `None` after a fault. The outer `None` means that
/// there is no such member.
#[expect(
    clippy::option_option,
    reason = "an unknown member is not a fault in its value"
)]
pub(crate) fn read_part(name: &str, value: &Item<'_>) -> Option<Option<PostalChange>> {
    let line = |most| read_line(&value.clone().not_empty(), most);
    let part = match name {
        "city" => line(LONGEST_LINE).map(PostalPart::City),
        "state" => line(LONGEST_LINE).map(PostalPart::State),
        "postalCode" => line(LONGEST_POSTAL_CODE).map(PostalPart::PostalCode),
        "country" => read_country(&value.clone().not_empty()).map(PostalPart::Country),
        "lines" => read_lines(value).map(PostalPart::Lines),
        _ => return None,
    };
    Some(part.map(PostalChange::Part))
}

fn read_country(item: &Item<'_>) -> Option<String> {
    let rule = Problem::Rule(code::SIZE, "must be a country code of two letters".into());
    item.parsed(&rule, PostalAddress::parse_country)
}

fn read_line(item: &Item<'_>, most: usize) -> Option<String> {
    let text = item.text_of(0..=most)?.trim();
    let rule = match text {
        "" => "may not be blank",
        _ if text.chars().any(char::is_control) => "must not contain control characters",
        _ => return Some(text.to_owned()),
    };
    item.refuse(Problem::Rule(code::SIZE, rule.into()));
    None
}

/// Reads the lines of a postal address. Blank ones are left out.
fn read_lines(item: &Item<'_>) -> Option<Vec<String>> {
    if !item.is_present() {
        return Some(Vec::new());
    }
    let mut lines = Vec::new();
    for line in item.list(0..=MOST_LINES)? {
        match line.text_of(0..=LONGEST_LINE)?.trim() {
            "" => {}
            _ => lines.push(read_line(&line, LONGEST_LINE)?),
        }
    }
    Some(lines)
}
