//! The requests of `customers/getAll` and `customers/add` (contract sections 13.3 and 13.4).

use heddle_domain::Scope;
use heddle_domain::customer::{Address, AddressKind, normalise_email};
use heddle_domain::guid::Guid;
use heddle_http::known;
use heddle_http::members::{Item, Object, Problem};
use heddle_http::shape::{SCALARS, Shape};
use heddle_store::read::applications::Span;

use super::operation::{INTERVAL, LIMITATION, LONG_MONTHS, Operation};
use crate::fault::{IDENTIFIER, sentence};
use crate::page::{self, Limitation, MOST_IDS};

/// The vendor's words for a sex, each with Heddle's.
pub(crate) const SEXES: [(&str, &str); 2] = [("Male", "male"), ("Female", "female")];
/// The state of every customer that is shown.
pub(crate) const ACTIVE: &str = "Active";
/// The states of customers. Heddle keeps no customer that was deleted.
pub(crate) const STATES: [(&str, bool); 2] = [(ACTIVE, true), ("Deleted", false)];
/// The maximum length of a name or an occupation, in characters.
pub(crate) const LONGEST_PERSON: usize = 100;
/// The maximum length of the notes, in characters.
pub(crate) const LONGEST_NOTES: usize = 10_000;
/// The maximum number of companies in a filter.
pub(crate) const MOST_COMPANIES: usize = 1;

const EMAIL: Problem = Problem::rule("must be an e-mail address");
const PHONE: Problem = Problem::rule("must be a telephone number");

/// The members of a new customer that Heddle has no place for. A request that has a value for one is refused.
pub(crate) const NOT_KEPT: [&str; 28] = [
    "Title",
    "SecondLastName",
    "NationalityCode",
    "PreferredLanguageCode",
    "BirthDate",
    "BirthCountryCode",
    "BirthCountrySubdivisionCode",
    "BirthPlace",
    "TaxIdentificationNumber",
    "LoyaltyCode",
    "AccountingCode",
    "BillingCode",
    "CarRegistrationNumber",
    "DietaryRequirements",
    "Passport",
    "IdentityCard",
    "Visa",
    "DriversLicense",
    "Address",
    "Classifications",
    "Options",
    "ItalianDestinationCode",
    "ItalianFiscalCode",
    "ItalianLotteryCode",
    "CompanyId",
    "MergeTargetId",
    "PreferredSpaceFeatures",
    "Number",
];

/// `customers/getAll`.
#[derive(Debug)]
pub(crate) struct GetCustomers {
    pub(crate) chains: Option<Vec<Guid>>,
    pub(crate) customers: Option<Vec<Guid>>,
    /// Normalised; an address that is none selects nobody.
    pub(crate) emails: Option<Vec<String>>,
    pub(crate) first_names: Option<Vec<String>>,
    pub(crate) last_names: Option<Vec<String>>,
    pub(crate) created: Option<Span>,
    pub(crate) updated: Option<Span>,
    /// Whether the request asks only for customers with something that no customer of Heddle has: a loyalty code, a company,
    /// or a deletion.
    pub(crate) asks_for_none: bool,
    /// Whether the response has the customers, and their addresses.
    pub(crate) extent: Extent,
    pub(crate) limitation: Limitation,
}

/// What a response contains.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Extent {
    pub(crate) customers: bool,
    pub(crate) addresses: bool,
}

impl Operation for GetCustomers {
    const SCOPE: Scope = Scope::CustomersRead;
    const FOR_PORTFOLIOS: bool = true;
    const SHAPE: &'static Shape = &known!(
        "Client",
        "ClientToken",
        "AccessToken",
        "ChainIds": SCALARS,
        "CustomerIds": SCALARS,
        "Emails": SCALARS,
        "FirstNames": SCALARS,
        "LastNames": SCALARS,
        "LoyaltyCodes": SCALARS,
        "CompanyIds": SCALARS,
        "ActivityStates": SCALARS,
        "CreatedUtc": INTERVAL,
        "UpdatedUtc": INTERVAL,
        "DeletedUtc": INTERVAL,
        "Extent": known!("Customers", "Addresses", "Documents"),
        "Limitation": LIMITATION,
    );

    fn read(body: &Object<'_>) -> Self {
        let texts = |name| page::texts(&body.get(name), MOST_IDS);
        let owned = |texts: Option<Vec<&str>>| {
            texts.map(|texts| texts.into_iter().map(str::to_owned).collect())
        };
        let emails = texts("Emails");
        let companies = body.get("CompanyIds").list(1..=MOST_COMPANIES);
        let is_guid = |id: Item<'_>| id.parsed(&IDENTIFIER, Guid::parse).is_some();
        let companies = companies.map(|ids| ids.filter_map(|id| is_guid(id).then_some(())).count());
        let loyalty_codes = texts("LoyaltyCodes");
        let deleted = page::interval(&body.get("DeletedUtc"), LONG_MONTHS);
        let only_deleted = asks_for_deleted_only(&body.get("ActivityStates"));
        let request = Self {
            chains: page::guids(&body.get("ChainIds")),
            customers: page::guids(&body.get("CustomerIds")),
            emails: emails.map(|all| all.into_iter().filter_map(normalise_email).collect()),
            first_names: owned(texts("FirstNames")),
            last_names: owned(texts("LastNames")),
            created: page::interval(&body.get("CreatedUtc"), LONG_MONTHS),
            updated: page::interval(&body.get("UpdatedUtc"), LONG_MONTHS),
            asks_for_none: companies.is_some()
                || loyalty_codes.is_some()
                || deleted.is_some()
                || only_deleted,
            extent: Extent::read(body),
            limitation: Limitation::read(body),
        };
        must_have_filter(body);
        request
    }
}

/// The filters of which `customers/getAll` needs at least one.
pub(crate) const FILTERS: [&str; 9] = [
    "CustomerIds",
    "Emails",
    "FirstNames",
    "LastNames",
    "LoyaltyCodes",
    "CompanyIds",
    "CreatedUtc",
    "UpdatedUtc",
    "DeletedUtc",
];

fn must_have_filter(body: &Object<'_>) {
    if !FILTERS.iter().any(|name| body.get(name).is_present()) {
        let (last, others) = FILTERS.split_last().expect("nine filters");
        let text = format!(
            "At least one of {} and {last} must be given.",
            others.join(", ")
        );
        body.get(FILTERS[0]).refuse(sentence(text));
    }
}

/// Whether the request asks for deleted customers and for no others.
fn asks_for_deleted_only(states: &Item<'_>) -> bool {
    let Some(states) = states.list(1..=MOST_IDS) else {
        return false;
    };
    let states: Vec<bool> = states.filter_map(|state| state.meaning(&STATES)).collect();
    !states.contains(&true)
}

impl Extent {
    fn read(body: &Object<'_>) -> Self {
        let extent = body.get("Extent").required().object_or_empty();
        // The documents of customers, which the vendor no longer sends here, are always null.
        extent.get("Documents").flag();
        Self {
            customers: extent.get("Customers").flag().unwrap_or_default(),
            addresses: extent.get("Addresses").flag().unwrap_or_default(),
        }
    }
}

/// `customers/add`.
#[derive(Debug)]
pub(crate) struct NewCustomer {
    pub(crate) chain: Option<Guid>,
    pub(crate) overwrite: bool,
    pub(crate) first_name: Option<String>,
    pub(crate) last_name: String,
    /// Normalised.
    pub(crate) email: Option<String>,
    pub(crate) phone: Option<Address>,
    pub(crate) gender: Option<&'static str>,
    pub(crate) occupation: Option<String>,
    pub(crate) notes: Option<String>,
}

impl Operation for NewCustomer {
    const SCOPE: Scope = Scope::CustomersWrite;
    const FOR_PORTFOLIOS: bool = true;
    const SHAPE: &'static Shape = &known!(
        "Client",
        "ClientToken",
        "AccessToken",
        "ChainId",
        "OverwriteExisting",
        "FirstName",
        "LastName",
        "Email",
        "Phone",
        "Sex",
        "Occupation",
        "Notes",
        "Title",
        "SecondLastName",
        "NationalityCode",
        "PreferredLanguageCode",
        "BirthDate",
        "BirthCountryCode",
        "BirthCountrySubdivisionCode",
        "BirthPlace",
        "TaxIdentificationNumber",
        "LoyaltyCode",
        "AccountingCode",
        "BillingCode",
        "CarRegistrationNumber",
        "DietaryRequirements",
        "Passport",
        "IdentityCard",
        "Visa",
        "DriversLicense",
        "Address",
        "Classifications",
        "Options",
        "ItalianDestinationCode",
        "ItalianFiscalCode",
        "ItalianLotteryCode",
        "CompanyId",
        "MergeTargetId",
        "PreferredSpaceFeatures",
        "Number",
    );

    fn read(body: &Object<'_>) -> Self {
        let text = |name, longest| optional(&body.get(name), longest);
        for name in NOT_KEPT {
            must_be_empty(&body.get(name));
        }
        let phone = |text| Address::parse(AddressKind::Phone, text);
        let last_name = body.get("LastName").not_empty();
        let last_name = last_name.text_of(0..=LONGEST_PERSON);
        Self {
            chain: body.get("ChainId").parsed(&IDENTIFIER, Guid::parse),
            overwrite: body.get("OverwriteExisting").flag().unwrap_or_default(),
            first_name: text("FirstName", LONGEST_PERSON),
            last_name: last_name.unwrap_or_default().to_owned(),
            email: filled(&body.get("Email")).and_then(|item| item.parsed(&EMAIL, normalise_email)),
            phone: filled(&body.get("Phone")).and_then(|item| item.parsed(&PHONE, phone)),
            gender: body.get("Sex").meaning(&SEXES),
            occupation: text("Occupation", LONGEST_PERSON),
            notes: text("Notes", LONGEST_NOTES),
        }
    }
}

/// Returns a text; `None` if it is absent or empty.
fn optional(item: &Item<'_>, longest: usize) -> Option<String> {
    let text = item.text_of(0..=longest)?;
    Some(text.to_owned()).filter(|text| !text.is_empty())
}

/// Returns the item, unless it is an empty text.
fn filled<'a>(item: &Item<'a>) -> Option<Item<'a>> {
    (item.as_str() != Some("")).then(|| item.clone())
}

/// Refuses a value of a member that Heddle does not keep. A value that says nothing is accepted.
fn must_be_empty(item: &Item<'_>) {
    if item.is_present() && !item.is_empty() {
        item.refuse(sentence(
            "Heddle does not keep this property of a customer.",
        ));
    }
}
