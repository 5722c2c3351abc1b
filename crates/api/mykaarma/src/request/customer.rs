//! Reads the request that creates a customer (contract section 9). The names of the members are those of the vendor's
//! how-to pages; lengths are ours.
//!
//! What Heddle has no place for is refused if it would change something: vehicles, a second postal address, a number that
//! must not be called.

use heddle_domain::customer::{
    Address, AddressKind, CustomerDetails, LONGEST_LINE, LONGEST_POSTAL_CODE, PostalAddress,
    Profile, normalise_email,
};
use heddle_domain::opt_out::{OptOutAddress, OptOutKind};

use crate::fault::UNSUPPORTED;
use heddle_http::known;
use heddle_http::members::{Item, Object, Problem};
use heddle_http::shape::{SCALARS, Shape};

pub(crate) const LONGEST_NAME: usize = 255;
pub(crate) const LONGEST_CUSTOMER_KEY: usize = 200;
/// The maximum number of e-mail addresses, and of telephone numbers.
pub(crate) const MOST_OF_KIND: usize = 10;
pub(crate) const MOST_POSTAL: usize = 1;
pub(crate) const MOST_DEALERS: usize = 100;

/// The words of `preferredCommunication`.
pub(crate) const PREFERRED: [&str; 3] = ["text", "phone", "email"];
/// The words of an address's `type`, with the code of `addressType` that goes with each.
pub(crate) const ADDRESS_TYPES: [(&str, &str); 3] =
    [("COMMON", "P"), ("PRIMARY", "P"), ("BILLING", "B")];
/// The codes of `addressType`, with the word of `type` that each stands for alone.
pub(crate) const ADDRESS_CODES: [(&str, &str); 2] = [("P", "PRIMARY"), ("B", "BILLING")];

const CUSTOMER: Shape = known!(
    "customerUuid",
    "customerKey",
    "firstName",
    "middleName",
    "lastName",
    "company",
    "isBusiness",
    "preferredLocale",
    "preferredCommunication",
    "addresses": known!(
        "line1",
        "line2",
        "city",
        "state",
        "zip",
        "country",
        "type",
        "addressType",
        "isValid",
        "isPreferred",
    ),
    "emails": known!("emailAddress", "label", "okToEmail", "isPreferred"),
    "phoneNumbers": known!("phoneNumber", "label", "okToCall", "okToText", "isPreferred"),
);

/// The request that creates a customer.
#[derive(Clone, Debug, Default)]
pub(crate) struct NewCustomer {
    /// Public id of the user who creates the customer.
    pub(crate) requester: Option<String>,
    /// Public ids of the dealers who shall have the customer.
    pub(crate) dealers: Vec<String>,
    /// Whether the owner of one of the e-mail addresses is taken instead.
    pub(crate) searches: bool,
    pub(crate) profile: Profile,
    pub(crate) details: CustomerDetails,
    pub(crate) postal_address: Option<PostalAddress>,
    /// E-mail addresses and telephone numbers, of each kind the preferred one first.
    pub(crate) addresses: Vec<Address>,
    /// Those of them that must not be written to.
    pub(crate) opted_out: Vec<OptOutAddress>,
}

impl NewCustomer {
    /// The members that [`Self::read`] reads.
    pub(crate) const SHAPE: Shape = known!(
        "requesterUserUUID",
        "dealerUUIDList": SCALARS,
        "customer": CUSTOMER,
        "vehicles": SCALARS,
        "validateVin",
        "searchForDuplicate",
    );

    pub(crate) fn read(body: &Object<'_>) -> Self {
        let vehicles = body.get("vehicles");
        if vehicles
            .list(0..=usize::MAX)
            .is_some_and(|list| list.len() > 0)
        {
            vehicles.refuse(UNSUPPORTED);
        }
        // Without vehicles there is no number to validate.
        body.get("validateVin").flag();
        let dealers = body.get("dealerUUIDList").list(0..=MOST_DEALERS);
        let dealers = dealers.into_iter().flatten();
        let requester = body.get("requesterUserUUID").text();
        Self {
            requester: requester.filter(|id| !id.is_empty()).map(str::to_owned),
            dealers: dealers
                .filter_map(|dealer| dealer.text().map(str::to_owned))
                .collect(),
            searches: body.get("searchForDuplicate").flag() == Some(true),
            ..of_customer(&body.get("customer").required().object_or_empty())
        }
    }
}

fn of_customer(customer: &Object<'_>) -> NewCustomer {
    let id = customer.get("customerUuid");
    if id.text().is_some_and(|id| !id.is_empty()) {
        id.refuse(Problem::rule("must be empty: Heddle chooses it"));
    }
    let is_business = customer.get("isBusiness").flag();
    let [first_name, last_name, company] = names(customer, is_business == Some(true));
    let (language, language_country) = locale(&customer.get("preferredLocale"));
    let mut read = NewCustomer {
        profile: Profile {
            first_name,
            last_name,
            organization: company,
            ..Profile::default()
        },
        details: CustomerDetails {
            third_party_id: text(&customer.get("customerKey"), LONGEST_CUSTOMER_KEY),
            second_first_name: text(&customer.get("middleName"), LONGEST_NAME),
            language,
            language_country,
            is_business,
            preferred_channel: customer
                .get("preferredCommunication")
                .word(&PREFERRED)
                .map(str::to_owned),
            ..CustomerDetails::default()
        },
        ..NewCustomer::default()
    };
    postal_address(&customer.get("addresses"), &mut read);
    emails(&customer.get("emails"), &mut read);
    phones(&customer.get("phoneNumbers"), &mut read);
    read
}

/// Reads first name, last name and company. A person needs both names, a firm the company.
fn names(customer: &Object<'_>, is_firm: bool) -> [Option<String>; 3] {
    ["firstName", "lastName", "company"].map(|name| {
        let member = customer.get(name);
        let is_required = is_firm == (name == "company");
        let member = if is_required { filled(member) } else { member };
        text(&member, LONGEST_NAME)
    })
}

/// Adds a fault if the member is absent or blank.
fn filled(member: Item<'_>) -> Item<'_> {
    let member = member.required();
    if member.as_str().is_some_and(|text| text.trim().is_empty()) {
        member.refuse(Problem::Empty);
    }
    member
}

/// Reads a text; an empty one is none.
fn text(member: &Item<'_>, longest: usize) -> Option<String> {
    let text = member.text_of(0..=longest)?;
    (!text.trim().is_empty()).then(|| text.to_owned())
}

const LOCALE: &str = "must be a language, with or without a country, such as en-us";

/// Reads language and country, such as `en-us`.
fn locale(member: &Item<'_>) -> (Option<String>, Option<String>) {
    let parse = |text: &str| {
        let (language, country) = match text.split_once('-') {
            Some((language, country)) => (language, Some(country)),
            None => (text, None),
        };
        let is_word = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphabetic());
        let fits = (2..=3).contains(&language.len())
            && is_word(language)
            && country.is_none_or(|country| country.len() == 2 && is_word(country));
        let country = country.map(str::to_ascii_uppercase);
        fits.then(|| (Some(language.to_ascii_lowercase()), country))
    };
    let parsed = member.parsed(&Problem::rule(LOCALE), |text| match text {
        "" => Some((None, None)),
        text => parse(text),
    });
    parsed.unwrap_or_default()
}

const CONTROL: Problem = Problem::rule("must not contain control characters");

/// Reads a part of a postal address.
fn part(member: &Item<'_>, longest: usize) -> Option<String> {
    let part = text(member, longest)?;
    if part.chars().any(char::is_control) {
        member.refuse(CONTROL);
    }
    Some(part)
}

fn required_part(member: Item<'_>, longest: usize) -> String {
    part(&filled(member), longest).unwrap_or_default()
}

/// Reads the postal address. A customer of Heddle has at most one, which is the preferred one.
fn postal_address(list: &Item<'_>, read: &mut NewCustomer) {
    for item in list.list(0..=MOST_POSTAL).into_iter().flatten() {
        let item = item.object_or_empty();
        for name in ["isValid", "isPreferred"] {
            let flag = item.get(name);
            if flag.flag() == Some(false) {
                flag.refuse(Problem::rule("must not be false"));
            }
        }
        read.details.address_use = address_use(&item);
        let line2 = part(&item.get("line2"), LONGEST_LINE);
        let country = item.get("country").required();
        let letters = Problem::rule("must be two letters");
        let country = country.parsed(&letters, PostalAddress::parse_country);
        let line1 = required_part(item.get("line1"), LONGEST_LINE);
        read.postal_address = Some(PostalAddress {
            lines: [line1].into_iter().chain(line2).collect(),
            city: required_part(item.get("city"), LONGEST_LINE),
            state: part(&item.get("state"), LONGEST_LINE).unwrap_or_default(),
            postal_code: required_part(item.get("zip"), LONGEST_POSTAL_CODE),
            country: country.unwrap_or_default(),
        });
    }
}

/// Reads what a postal address is for: a word, or a code that says less.
fn address_use(item: &Object<'_>) -> Option<String> {
    let (word, code) = (item.get("type"), item.get("addressType"));
    let of_word = word.meaning(&ADDRESS_TYPES);
    let of_code = code.meaning(&ADDRESS_CODES);
    if of_word.is_some_and(|expected| code.as_str().is_some_and(|code| code != expected)) {
        code.refuse(Problem::rule("contradicts type"));
    }
    let chosen = of_word.and(word.as_str()).or(of_code);
    chosen.map(str::to_owned)
}

/// Reads the label of an address; an empty one is none.
fn label(item: &Object<'_>) -> Option<String> {
    let rule = "must have at most 40 characters, and no control characters";
    let label = item
        .get("label")
        .parsed(&Problem::rule(rule), |text| match text.trim() {
            "" => Some(None),
            text => Address::parse_label(text).map(Some),
        });
    label.flatten()
}

/// The addresses of one kind, in order.
#[derive(Default)]
struct Ordered {
    list: Vec<Address>,
    has_preferred: bool,
}

impl Ordered {
    /// Adds an address. The preferred one comes first.
    fn add(&mut self, item: &Object<'_>, address: Address) {
        let preferred = item.get("isPreferred");
        if preferred.flag() != Some(true) {
            self.list.push(address);
            return;
        }
        if self.has_preferred {
            preferred.refuse(Problem::rule("must be true only once"));
        }
        self.has_preferred = true;
        self.list.insert(0, address);
    }
}

fn emails(list: &Item<'_>, read: &mut NewCustomer) {
    let mut all = Ordered::default();
    for item in list.list(0..=MOST_OF_KIND).into_iter().flatten() {
        let item = item.object_or_empty();
        let email = item.get("emailAddress").required();
        let email = email.parsed(&Problem::rule("must be an e-mail address"), normalise_email);
        let (label, ok) = (label(&item), item.get("okToEmail").flag());
        let Some(value) = email else {
            continue;
        };
        if ok == Some(false) {
            let address = OptOutAddress::new(OptOutKind::Email, &value);
            read.opted_out.extend(address);
        }
        let kind = AddressKind::Email;
        all.add(&item, Address { kind, value, label });
    }
    read.addresses.extend(all.list);
}

fn phones(list: &Item<'_>, read: &mut NewCustomer) {
    let mut all = Ordered::default();
    for item in list.list(0..=MOST_OF_KIND).into_iter().flatten() {
        let item = item.object_or_empty();
        let may_call = item.get("okToCall");
        if may_call.flag() == Some(false) {
            may_call.refuse(UNSUPPORTED);
        }
        let (label, ok) = (label(&item), item.get("okToText").flag());
        let number = item.get("phoneNumber").required();
        let phone = number.parsed(&Problem::rule("must be a telephone number"), |text| {
            Address::parse(AddressKind::Phone, text)
        });
        let Some(phone) = phone else { continue };
        if ok == Some(false) {
            match OptOutAddress::new(OptOutKind::Text, &phone.value) {
                Some(address) => read.opted_out.push(address),
                None => number.refuse(Problem::rule("must have digits and no letters")),
            }
        }
        all.add(&item, phone.labelled(label));
    }
    read.addresses.extend(all.list);
}

#[cfg(test)]
mod tests;
