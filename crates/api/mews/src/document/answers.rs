//! The schemas of answers. Every member is always there. One that is always null has the vendor's type beside null, so that
//! generated clients have a place for it.

use heddle_api::openapi::named;
use heddle_api::openapi::schema::{
    Member, date_time, flag, integer, list, list_of, nullable, object, text, word,
};
use serde_json::{Value, json};

use crate::request::{ACTIVE, SEXES};

/// Returns all schemas, by name.
pub(super) fn schemas() -> Value {
    let schemas = [
        ("Error", error()),
        ("MessageThread", thread()),
        (
            "MessageThreadPage",
            page("MessageThreads", named("MessageThread")),
        ),
        (
            "AddedMessageThreads",
            whole([("MessageThreads", list_of(1, 1, named("MessageThread")))]),
        ),
        ("Message", message()),
        ("MessagePage", page("Messages", named("Message"))),
        ("AddedMessages", added_messages()),
        ("Configuration", configuration()),
        ("EnterprisePage", page("Enterprises", linked_enterprise())),
        ("Address", address()),
        ("Customer", customer()),
        ("CustomerPage", customers()),
        ("Languages", whole([("Languages", list(language()))])),
    ];
    let schemas = schemas.map(|(name, schema)| (name.to_owned(), schema));
    Value::Object(schemas.into_iter().collect())
}

/// Returns the schema of an object whose members are all required.
fn whole<const N: usize>(members: [Member; N]) -> Value {
    let required: Vec<&str> = members.iter().map(|(name, _)| *name).collect();
    object(&required, members)
}

fn guid() -> Value {
    json!({ "type": "string", "format": "uuid" })
}

fn opt_text() -> Value {
    nullable(text())
}

fn page(name: &'static str, item: Value) -> Value {
    whole([(name, list(item)), ("Cursor", nullable(guid()))])
}

fn error() -> Value {
    whole([
        ("Message", text()),
        ("RequestId", text()),
        ("Details", opt_text()),
    ])
}

fn thread() -> Value {
    whole([
        ("Id", guid()),
        ("OriginalSender", text()),
        ("Subject", text()),
        ("CreatedUtc", date_time()),
        ("UpdatedUtc", date_time()),
        ("IsResolved", flag()),
    ])
}

fn message() -> Value {
    let sender = whole([
        ("Discriminator", word(["Application", "Enterprise"])),
        ("Value", opt_text()),
    ]);
    whole([
        ("Id", guid()),
        ("MessageThreadId", guid()),
        ("Text", text()),
        ("Sender", sender),
        ("CreatedUtc", date_time()),
    ])
}

fn added_messages() -> Value {
    let added = whole([("Identifier", opt_text()), ("Message", named("Message"))]);
    whole([("Messages", list(added))])
}

fn address() -> Value {
    let degrees = || nullable(json!({ "type": "number" }));
    whole([
        ("Id", guid()),
        ("Line1", opt_text()),
        ("Line2", opt_text()),
        ("City", opt_text()),
        ("PostalCode", opt_text()),
        ("CountryCode", opt_text()),
        ("CountrySubdivisionCode", opt_text()),
        ("Latitude", degrees()),
        ("Longitude", degrees()),
    ])
}

/// The members of an enterprise in every answer.
fn enterprise() -> [Member; 30] {
    [
        ("Id", guid()),
        ("ExternalIdentifier", opt_text()),
        ("HoldingKey", opt_text()),
        ("ChainId", guid()),
        ("ChainName", text()),
        ("CreatedUtc", date_time()),
        ("UpdatedUtc", date_time()),
        ("Name", text()),
        ("ShortName", opt_text()),
        ("TimeZoneIdentifier", text()),
        ("LegalEnvironmentCode", text()),
        ("AccommodationEnvironmentCode", text()),
        ("AccountingEnvironmentCode", text()),
        ("TaxEnvironmentCode", text()),
        ("DefaultLanguageCode", text()),
        ("EditableHistoryInterval", text()),
        ("AccountingEditableHistoryInterval", text()),
        ("OperationalEditableHistoryInterval", text()),
        ("BusinessDayClosingOffset", opt_text()),
        ("WebsiteUrl", opt_text()),
        ("Email", opt_text()),
        ("Phone", opt_text()),
        ("LogoImageId", nullable(guid())),
        ("CoverImageId", nullable(guid())),
        ("Pricing", word(["Gross", "Net"])),
        ("TaxPrecision", nullable(integer())),
        ("AddressId", guid()),
        ("Address", named("Address")),
        ("GroupNames", list(text())),
        ("Subscription", whole([("TaxIdentifier", opt_text())])),
    ]
}

/// Returns the schema of an enterprise with some more members.
fn enterprise_with(more: impl IntoIterator<Item = Member>) -> Value {
    let members: Vec<Member> = enterprise().into_iter().chain(more).collect();
    let required: Vec<&str> = members.iter().map(|(name, _)| *name).collect();
    object(&required, members.clone())
}

fn linked_enterprise() -> Value {
    enterprise_with([("LinkedUtc", date_time())])
}

fn configuration() -> Value {
    let nothing = || nullable(json!({ "type": "object" }));
    let currency = whole([
        ("Currency", text()),
        ("IsDefault", flag()),
        ("IsEnabled", flag()),
    ]);
    let enterprise = enterprise_with([
        ("Currencies", list(currency)),
        ("AccountingConfiguration", nothing()),
        ("IsPortfolio", flag()),
    ]);
    whole([
        ("NowUtc", date_time()),
        ("Enterprise", enterprise),
        ("Service", nothing()),
        ("PaymentCardStorage", nothing()),
        ("IsIdentityDocumentNumberRequired", flag()),
    ])
}

fn customers() -> Value {
    whole([
        ("Customers", list(named("Customer"))),
        ("Documents", nullable(list(json!({ "type": "object" })))),
        ("Cursor", nullable(guid())),
    ])
}

fn customer() -> Value {
    let document = || nullable(json!({ "type": "object" }));
    let opt_guid = || nullable(guid());
    whole([
        ("Id", guid()),
        ("ChainId", guid()),
        ("Number", text()),
        ("Title", opt_text()),
        ("Sex", nullable(word(SEXES.map(|(word, _)| word)))),
        ("FirstName", opt_text()),
        ("LastName", text()),
        ("SecondLastName", opt_text()),
        ("NationalityCode", opt_text()),
        ("PreferredLanguageCode", opt_text()),
        ("LanguageCode", opt_text()),
        ("BirthDate", opt_text()),
        ("BirthCountryCode", opt_text()),
        ("BirthCountrySubdivisionCode", opt_text()),
        ("BirthPlace", opt_text()),
        ("Occupation", opt_text()),
        ("Email", opt_text()),
        ("HasOtaEmail", flag()),
        ("Phone", opt_text()),
        ("TaxIdentificationNumber", opt_text()),
        ("LoyaltyCode", opt_text()),
        ("AccountingCode", opt_text()),
        ("BillingCode", opt_text()),
        ("Notes", opt_text()),
        ("CarRegistrationNumber", opt_text()),
        ("DietaryRequirements", opt_text()),
        ("CreatedUtc", date_time()),
        ("UpdatedUtc", date_time()),
        ("Passport", document()),
        ("IdentityCard", document()),
        ("Visa", document()),
        ("DriversLicense", document()),
        ("Address", nullable(address())),
        ("AddressId", opt_guid()),
        ("Classifications", list(text())),
        ("Options", list(text())),
        ("ItalianDestinationCode", opt_text()),
        ("ItalianFiscalCode", opt_text()),
        ("ItalianLotteryCode", opt_text()),
        ("CompanyId", opt_guid()),
        ("MergeTargetId", opt_guid()),
        ("ActivityState", word([ACTIVE])),
        ("IsActive", flag()),
        ("PreferredSpaceFeatures", list(text())),
        ("CreatorProfileId", opt_guid()),
        ("UpdaterProfileId", opt_guid()),
    ])
}

fn language() -> Value {
    whole([
        ("Code", text()),
        ("FallbackLanguageCode", opt_text()),
        ("EnglishName", text()),
        ("LocalName", text()),
    ])
}
