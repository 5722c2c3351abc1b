//! The address of a customer in requests and answers.

use heddle_domain::customer::{Address as DomainAddress, AddressKind as DomainKind, PlacedAddress};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::error::FieldError;
use crate::vocabulary::AddressKind;

/// One way to reach a customer.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Address {
    /// Its number among the customer's addresses. It stays the same when other addresses are removed.
    pub(crate) position: i64,
    kind: AddressKind,
    /// An e-mail address in lower case, any other address as received.
    value: String,
}

impl Address {
    pub(crate) fn of(placed: &PlacedAddress) -> Self {
        Self {
            position: placed.position,
            kind: AddressKind(placed.address.kind),
            value: placed.address.value.clone(),
        }
    }
}

/// A new address.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewAddress {
    pub(crate) kind: AddressKind,
    /// An e-mail address must be valid and may not belong to another customer. Control characters are refused.
    #[schema(min_length = 1, max_length = 500, pattern = r"\S")]
    pub(crate) value: String,
}

impl NewAddress {
    pub(crate) fn parse(&self) -> Result<DomainAddress, FieldError> {
        parse(self.kind.0, &self.value, "value")
    }
}

/// Parses the text of an address in a field.
pub(crate) fn parse(
    kind: DomainKind,
    text: &str,
    field: &str,
) -> Result<DomainAddress, FieldError> {
    let parsed = DomainAddress::parse(kind, text);
    parsed.ok_or_else(|| FieldError::new(field, "format", "is no address of its kind"))
}

/// Parses the field `addresses`. Returns the valid addresses, and the faults of the others. A repeated address is a
/// fault.
pub(crate) fn parse_list(list: &[NewAddress]) -> (Vec<DomainAddress>, Vec<FieldError>) {
    let (mut addresses, mut faults) = (Vec::with_capacity(list.len()), Vec::new());
    for (at, address) in list.iter().enumerate() {
        let field = format!("addresses[{at}]");
        match address.parse() {
            Err(fault) => faults.push(fault.under(&field)),
            Ok(address) if addresses.contains(&address) => {
                faults.push(FieldError::new(&field, "duplicate", "is named twice"));
            }
            Ok(address) => addresses.push(address),
        }
    }
    (addresses, faults)
}

/// Returns the e-mail addresses of a list, each with the field that holds it.
pub(crate) fn emails(list: &[DomainAddress]) -> impl Iterator<Item = (String, String)> {
    let list = list.iter().enumerate();
    list.filter(|(_, address)| address.kind == DomainKind::Email)
        .map(|(at, address)| (format!("addresses[{at}].value"), address.value.clone()))
}
