//! The bodies of customers.

use heddle_domain::customer::{
    Address as DomainAddress, AddressKind as DomainKind, PlacedAddress, Profile, ProfileField,
};
use heddle_domain::id::InboxId;
use heddle_store::read::customers::CustomerView;
use heddle_store::write::customers::{AddressChange, CustomerChange as Change};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::included::CustomerIncluded;
use crate::error::{Error, FieldError};
use crate::input::present;
use crate::time::Instant;

/// A person or firm in contact.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Customer {
    id: i64,
    /// The id that APIs with texts for ids know it by.
    public_id: String,
    /// Its home inbox: tokens that are limited to other inboxes do not see it. Null: all do.
    #[schema(required)]
    home_inbox_id: Option<i64>,
    /// The first of its e-mail addresses.
    #[schema(required)]
    email: Option<String>,
    #[schema(required)]
    first_name: Option<String>,
    #[schema(required)]
    last_name: Option<String>,
    /// The first of its telephone numbers.
    #[schema(required)]
    phone: Option<String>,
    #[schema(required)]
    photo_url: Option<String>,
    #[schema(required)]
    photo_type: Option<String>,
    #[schema(required)]
    job_title: Option<String>,
    #[schema(required)]
    background: Option<String>,
    #[schema(required)]
    location: Option<String>,
    #[schema(required)]
    organization: Option<String>,
    #[schema(required)]
    gender: Option<String>,
    #[schema(required)]
    age: Option<String>,
    addresses: Vec<Address>,
    created_at: Instant,
    updated_at: Instant,
    /// What `include` asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, no_recursion)]
    included: Option<CustomerIncluded>,
}

impl Customer {
    pub(crate) fn with(mut self, included: Option<CustomerIncluded>) -> Self {
        self.included = included;
        self
    }

    pub(crate) fn of(view: &CustomerView) -> Self {
        let customer = &view.customer;
        let Profile {
            first_name,
            last_name,
            phone,
            photo_url,
            photo_type,
            job_title,
            background,
            location,
            organization,
            gender,
            age,
        } = customer.profile.clone();
        Self {
            id: customer.id.get(),
            public_id: view.public_id.clone(),
            home_inbox_id: customer.home.map(InboxId::get),
            email: customer.email.clone(),
            first_name,
            last_name,
            phone,
            photo_url,
            photo_type,
            job_title,
            background,
            location,
            organization,
            gender,
            age,
            addresses: view.addresses.iter().map(Address::of).collect(),
            created_at: customer.created_at.into(),
            updated_at: customer.updated_at.into(),
            included: None,
        }
    }
}

/// What sort of address.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum AddressKind {
    Email,
    Phone,
    Fax,
    Post,
    Website,
    Other,
}

impl AddressKind {
    const fn of(kind: DomainKind) -> Self {
        match kind {
            DomainKind::Email => Self::Email,
            DomainKind::Phone => Self::Phone,
            DomainKind::Fax => Self::Fax,
            DomainKind::Post => Self::Post,
            DomainKind::Website => Self::Website,
            DomainKind::Other => Self::Other,
        }
    }

    const fn into_domain(self) -> DomainKind {
        match self {
            Self::Email => DomainKind::Email,
            Self::Phone => DomainKind::Phone,
            Self::Fax => DomainKind::Fax,
            Self::Post => DomainKind::Post,
            Self::Website => DomainKind::Website,
            Self::Other => DomainKind::Other,
        }
    }
}

/// One way to reach a customer.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Address {
    /// Its number among the customer's addresses: it keeps it when others go.
    pub(crate) position: i64,
    kind: AddressKind,
    /// An e-mail address in lower case, anything else as it was given.
    value: String,
}

impl Address {
    pub(crate) fn of(placed: &PlacedAddress) -> Self {
        Self {
            position: placed.position,
            kind: AddressKind::of(placed.address.kind),
            value: placed.address.value.clone(),
        }
    }
}

/// A new address.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewAddress {
    pub(crate) kind: AddressKind,
    /// An e-mail address must be one, and nobody else's. Control characters are refused.
    #[schema(min_length = 1, max_length = 500, pattern = r"\S")]
    pub(crate) value: String,
}

impl NewAddress {
    pub(crate) fn read(&self, field: &str) -> Result<DomainAddress, FieldError> {
        let parsed = DomainAddress::parse(self.kind.into_domain(), &self.value);
        parsed.ok_or_else(|| {
            let value = match field {
                "" => "value".to_owned(),
                parent => format!("{parent}.value"),
            };
            FieldError::new(&value, "format", "is no address of its kind")
        })
    }
}

/// `male`, `female` or `unknown`.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Gender {
    Male,
    Female,
    Unknown,
}

impl Gender {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Male => "male",
            Self::Female => "female",
            Self::Unknown => "unknown",
        }
    }
}

/// Declares a body with all that can be said of a customer; what is absent stays, `null` takes it away.
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
            #[schema(max_length = 255, value_type = Option<String>)]
            first_name: Option<Option<String>>,
            #[serde(default, deserialize_with = "present")]
            #[schema(max_length = 255, value_type = Option<String>)]
            last_name: Option<Option<String>>,
            /// The first e-mail address; `null` takes it away, and shows the next if there is one.
            #[serde(default, deserialize_with = "present")]
            #[schema(format = "email", max_length = 254, value_type = Option<String>)]
            email: Option<Option<String>>,
            /// The first telephone number; likewise.
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
            gender: Option<Option<Gender>>,
            #[serde(default, deserialize_with = "present")]
            #[schema(max_length = 40, value_type = Option<String>)]
            age: Option<Option<String>>,
            /// The whole list of addresses in place of the old one; not together with `email` or `phone`.
            #[schema(max_items = 100, nullable = false)]
            addresses: Option<Vec<NewAddress>>,
        }

        impl $name {
            /// What was given, judged.
            pub(crate) fn read(self) -> Result<Given, Error> {
                let profile = [
                    (ProfileField::FirstName, self.first_name),
                    (ProfileField::LastName, self.last_name),
                    (ProfileField::PhotoUrl, self.photo_url),
                    (ProfileField::PhotoType, self.photo_type),
                    (ProfileField::JobTitle, self.job_title),
                    (ProfileField::Background, self.background),
                    (ProfileField::Location, self.location),
                    (ProfileField::Organization, self.organization),
                    (ProfileField::Gender, self.gender.map(|g| g.map(|g| g.as_str().to_owned()))),
                    (ProfileField::Age, self.age),
                ];
                let profile = profile.into_iter();
                let profile = profile.filter_map(|(field, value)| Some((field, value?)));
                Given {
                    home: self.home_inbox_id.map(|id| id.map(InboxId)),
                    profile: profile.collect(),
                    email: None,
                    phone: None,
                    list: None,
                }
                .with_addresses(self.email, self.phone, self.addresses)
            }
        }
    )+};
}

bodies! {
    /// A new customer. Nothing is required.
    pub(crate) struct NewCustomer {}
    /// What changes of a customer; what is absent stays, `null` takes it away.
    pub(crate) struct CustomerChange {}
    /// A customer to be made, or with an id one to be changed.
    pub(crate) struct BulkCustomer {
        /// Which is changed; without it one is made.
        #[schema(minimum = 1, maximum = 9007199254740991_i64, nullable = false)]
        id: Option<i64>,
        /// The version that the change is based on, as its `ETag` shows it. Only with an id.
        #[schema(minimum = 0, maximum = 9007199254740991_i64, nullable = false)]
        version: Option<i64>,
    }
}

/// What a body says of a customer.
#[derive(Clone, Debug)]
pub(crate) struct Given {
    pub(crate) home: Option<Option<InboxId>>,
    profile: Vec<(ProfileField, Option<String>)>,
    email: Option<Option<DomainAddress>>,
    phone: Option<Option<DomainAddress>>,
    list: Option<Vec<DomainAddress>>,
}

impl Given {
    fn with_addresses(
        mut self,
        email: Option<Option<String>>,
        phone: Option<Option<String>>,
        list: Option<Vec<NewAddress>>,
    ) -> Result<Self, Error> {
        let mut faults = Vec::new();
        let mut first = |field: &str, kind, value: Option<Option<String>>| {
            let Some(text) = value? else {
                return Some(None);
            };
            let parsed = DomainAddress::parse(kind, &text);
            if parsed.is_none() {
                faults.push(FieldError::new(
                    field,
                    "format",
                    "is no address of its kind",
                ));
            }
            Some(parsed)
        };
        self.email = first("email", DomainKind::Email, email);
        self.phone = first("phone", DomainKind::Phone, phone);
        if let Some(list) = list {
            if self.email.is_some() || self.phone.is_some() {
                let detail = "cannot be given together with email or phone";
                faults.push(FieldError::new("addresses", "conflict", detail));
            }
            let mut read = Vec::with_capacity(list.len());
            for (at, address) in list.iter().enumerate() {
                match address.read(&format!("addresses[{at}]")) {
                    Err(fault) => faults.push(fault),
                    Ok(address) if read.contains(&address) => {
                        let field = format!("addresses[{at}]");
                        faults.push(FieldError::new(&field, "duplicate", "is named twice"));
                    }
                    Ok(address) => read.push(address),
                }
            }
            self.list = Some(read);
        }
        Error::invalid_if_any(faults)?;
        Ok(self)
    }

    /// The e-mail addresses, each with the field that holds it.
    pub(crate) fn emails(&self) -> Vec<(String, String)> {
        let first = self.email.iter().flatten();
        let first = first.map(|address| ("email".to_owned(), address.value.clone()));
        let list = self.list.iter().flatten().enumerate();
        let list = list.filter(|(_, address)| address.kind == DomainKind::Email);
        let list =
            list.map(|(at, address)| (format!("addresses[{at}].value"), address.value.clone()));
        first.chain(list).collect()
    }

    /// How many addresses are given.
    pub(crate) fn addresses(&self) -> usize {
        2 + self.list.as_ref().map_or(0, Vec::len)
    }

    /// Profile and addresses of a new customer.
    pub(crate) fn into_new(self) -> (Profile, Vec<DomainAddress>) {
        let mut profile = Profile::default();
        for (field, value) in self.profile {
            *profile.field_mut(field) = value;
        }
        let first = [self.email, self.phone].into_iter().flatten().flatten();
        (
            profile,
            first.chain(self.list.into_iter().flatten()).collect(),
        )
    }

    /// The change of a customer that is there.
    pub(crate) fn into_change(self) -> Change {
        let first = |kind, to: Option<Option<DomainAddress>>| {
            to.map(|address| AddressChange::First(kind, address))
        };
        let changes = [
            first(DomainKind::Email, self.email),
            first(DomainKind::Phone, self.phone),
            self.list.map(AddressChange::Replace),
        ];
        Change {
            home: self.home,
            profile: self.profile,
            addresses: changes.into_iter().flatten().collect(),
        }
    }
}
