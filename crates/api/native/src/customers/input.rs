//! The bodies of new and changed customers.

use heddle_domain::customer::{
    Address as DomainAddress, AddressKind as DomainKind, PostalAddress as DomainPostal, Profile,
    ProfileField,
};
use heddle_domain::id::InboxId;
use heddle_store::write::customers::{AddressChange, CustomerChange as StoreChange, PostalChange};
use serde::Deserialize;
use utoipa::ToSchema;

use super::address::{self, AddressList, ListedAddress};
use super::postal::PostalAddress;
use crate::body::present;
use crate::error::{Error, FieldError};
use crate::public_ids::PublicIds;

/// `male`, `female` or `unknown`.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
#[expect(dead_code, reason = "only for the schema, which checks the texts")]
pub(crate) enum Gender {
    Male,
    Female,
    Unknown,
}

/// Declares a body with all fields of a customer. An absent field stays as it is, `null` removes it.
macro_rules! bodies {
    ($($(#[$doc:meta])* $vis:vis struct $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty,)* })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, Deserialize, ToSchema)]
        #[serde(deny_unknown_fields)]
        $vis struct $name {
            $($(#[$field_doc])* pub(crate) $field: $type,)*
            /// The home inbox.
            #[serde(default, deserialize_with = "present")]
            #[schema(minimum = 1, maximum = 9007199254740991_i64, value_type = Option<i64>)]
            home_inbox_id: Option<Option<i64>>,
            #[serde(default, deserialize_with = "present")]
            #[schema(max_length = 1_000, value_type = Option<String>)]
            first_name: Option<Option<String>>,
            #[serde(default, deserialize_with = "present")]
            #[schema(max_length = 1_000, value_type = Option<String>)]
            last_name: Option<Option<String>>,
            /// The first e-mail address. `null` removes it; the next one becomes the first.
            #[serde(default, deserialize_with = "present")]
            #[schema(format = "email", max_length = 254, value_type = Option<String>)]
            email: Option<Option<String>>,
            /// The first telephone number. `null` removes it; the next one becomes the first.
            #[serde(default, deserialize_with = "present")]
            #[schema(min_length = 1, max_length = 500, pattern = r"\S", value_type = Option<String>)]
            phone: Option<Option<String>>,
            #[serde(default, deserialize_with = "present")]
            #[schema(max_length = 2000, value_type = Option<String>)]
            photo_url: Option<Option<String>>,
            #[serde(default, deserialize_with = "present")]
            #[schema(max_length = 40, value_type = Option<String>)]
            photo_type: Option<Option<String>>,
            #[serde(default, deserialize_with = "present")]
            #[schema(max_length = 255, value_type = Option<String>)]
            job_title: Option<Option<String>>,
            #[serde(default, deserialize_with = "present")]
            #[schema(max_length = 10000, value_type = Option<String>)]
            background: Option<Option<String>>,
            #[serde(default, deserialize_with = "present")]
            #[schema(max_length = 255, value_type = Option<String>)]
            location: Option<Option<String>>,
            #[serde(default, deserialize_with = "present")]
            #[schema(max_length = 255, value_type = Option<String>)]
            organization: Option<Option<String>>,
            #[serde(default, deserialize_with = "present")]
            #[schema(value_type = Option<Gender>)]
            gender: Option<Option<String>>,
            #[serde(default, deserialize_with = "present")]
            #[schema(max_length = 40, value_type = Option<String>)]
            age: Option<Option<String>>,
            /// Where the customer lives, or the firm is.
            #[serde(default, deserialize_with = "present")]
            #[schema(value_type = Option<PostalAddress>)]
            postal_address: Option<Option<PostalAddress>>,
            /// Replaces all addresses. Not together with `email` or `phone`.
            #[schema(max_items = 1_000, nullable = false)]
            pub(crate) addresses: Option<Vec<ListedAddress>>,
        }

        impl $name {
            /// Checks the fields and parses them.
            ///
            /// # Errors
            /// Returns a 422 that names every invalid field.
            pub(crate) fn parse(self) -> Result<CustomerFields, Error> {
                let profile = [
                    (ProfileField::FirstName, self.first_name),
                    (ProfileField::LastName, self.last_name),
                    (ProfileField::PhotoUrl, self.photo_url),
                    (ProfileField::PhotoType, self.photo_type),
                    (ProfileField::JobTitle, self.job_title),
                    (ProfileField::Background, self.background),
                    (ProfileField::Location, self.location),
                    (ProfileField::Organization, self.organization),
                    (ProfileField::Gender, self.gender),
                    (ProfileField::Age, self.age),
                ];
                let profile = profile.into_iter();
                let profile = profile.filter_map(|(field, value)| Some((field, value?)));
                let home = self.home_inbox_id.map(|id| id.map(InboxId));
                let addresses = (self.email, self.phone, self.addresses);
                CustomerFields::new(home, profile.collect(), self.postal_address, addresses)
            }
        }
    )+};
}

bodies! {
    /// A new customer. Nothing is required.
    pub(crate) struct NewCustomer {
        /// Its ids in vendor APIs, for example those that clients know already. Default: `public_id` in each of them.
        #[schema(nullable = false)]
        public_ids: Option<PublicIds>,
    }
    /// Changes of a customer. An absent field stays as it is, `null` removes it.
    pub(crate) struct CustomerChange {}
    /// A customer to change, or without an id, to create.
    pub(crate) struct BulkCustomer {
        /// The customer to change. Without it a customer is created.
        #[schema(minimum = 1, maximum = 9007199254740991_i64, nullable = false)]
        id: Option<i64>,
        /// The version that the change is based on, as its `ETag` shows it. Only with an id.
        #[schema(minimum = 0, maximum = 9007199254740991_i64, nullable = false)]
        version: Option<i64>,
        /// Of a new customer: its ids in vendor APIs.
        #[schema(nullable = false)]
        public_ids: Option<PublicIds>,
    }
}

/// The parsed fields of a body.
#[derive(Clone, Debug)]
pub(crate) struct CustomerFields {
    pub(crate) home: Option<Option<InboxId>>,
    profile: Vec<(ProfileField, Option<String>)>,
    email: Option<Option<DomainAddress>>,
    phone: Option<Option<DomainAddress>>,
    postal_address: Option<Option<DomainPostal>>,
    list: Option<AddressList>,
}

/// The values of the fields `email`, `phone` and `addresses`.
type AddressFields = (
    Option<Option<String>>,
    Option<Option<String>>,
    Option<Vec<ListedAddress>>,
);

impl CustomerFields {
    fn new(
        home: Option<Option<InboxId>>,
        profile: Vec<(ProfileField, Option<String>)>,
        postal_address: Option<Option<PostalAddress>>,
        (email, phone, list): AddressFields,
    ) -> Result<Self, Error> {
        let mut faults = Vec::new();
        let postal_address = postal_address.map(|address| {
            let parsed = address?.parse();
            parsed.map_err(|found| faults.extend(found)).ok()
        });
        let mut first = |field: &str, kind, value: Option<Option<String>>| {
            value.map(|text| {
                let parsed = address::parse(kind, &text?, field);
                parsed.map_err(|fault| faults.push(fault)).ok()
            })
        };
        let email = first("email", DomainKind::Email, email);
        let phone = first("phone", DomainKind::Phone, phone);
        if list.is_some() && (email.is_some() || phone.is_some()) {
            let detail = "cannot be given together with email or phone";
            faults.push(FieldError::new("addresses", "conflict", detail));
        }
        let list = list.map(|list| {
            let (list, found) = address::parse_list(&list);
            faults.extend(found);
            list
        });
        Error::invalid_if_any(faults)?;
        Ok(Self {
            home,
            profile,
            email,
            phone,
            postal_address,
            list,
        })
    }

    /// Returns the e-mail addresses, each with the field that holds it.
    pub(crate) fn emails(&self) -> Vec<(String, String)> {
        let first = self.email.iter().flatten();
        let first = first.map(|address| ("email".to_owned(), address.value.clone()));
        first
            .chain(self.list.iter().flat_map(|list| list.emails.clone()))
            .collect()
    }

    /// Returns profile, addresses and postal address of a new customer.
    pub(crate) fn into_new(self) -> (Profile, Vec<DomainAddress>, Option<DomainPostal>) {
        let mut profile = Profile::default();
        for (field, value) in self.profile {
            *profile.field_mut(field) = value;
        }
        let first = [self.email, self.phone].into_iter().flatten().flatten();
        let list = self.list.unwrap_or_default().addresses;
        let list = list.into_iter().map(|placed| placed.address);
        let postal_address = self.postal_address.flatten();
        (profile, first.chain(list).collect(), postal_address)
    }

    /// Returns the change of an existing customer.
    pub(crate) fn into_change(self) -> StoreChange {
        let first = |kind, to: Option<Option<DomainAddress>>| {
            to.map(|address| AddressChange::First(kind, address))
        };
        let changes = [
            first(DomainKind::Email, self.email),
            first(DomainKind::Phone, self.phone),
            self.list.map(|list| AddressChange::Replace(list.addresses)),
        ];
        StoreChange {
            home: self.home,
            profile: self.profile,
            addresses: changes.into_iter().flatten().collect(),
            postal_address: self
                .postal_address
                .map(PostalChange::Set)
                .into_iter()
                .collect(),
        }
    }
}
