//! The address of a customer in requests and answers.

use heddle_domain::customer::{
    Address as DomainAddress, AddressKind as DomainKind, MOST_ADDRESSES, PlacedAddress,
};
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
    /// What it is for, such as `work`; of a chat or a social network the service.
    #[schema(required)]
    label: Option<String>,
}

impl Address {
    pub(crate) fn of(placed: &PlacedAddress) -> Self {
        Self {
            position: placed.position,
            kind: AddressKind(placed.address.kind),
            value: placed.address.value.clone(),
            label: placed.address.label.clone(),
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
    /// What it is for, such as `work`; of a chat or a social network the service. Control characters are refused.
    #[schema(min_length = 1, max_length = 40, pattern = r"\S")]
    label: Option<String>,
}

/// An address in a list that replaces another list.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListedAddress {
    /// Its number, as an answer shows it. Give it for all addresses of the list, or for none: then they are numbered from 0, in
    /// the order of the list. The addresses of a new customer are always numbered from 0.
    #[schema(minimum = 0, maximum = 1_000_000_000_000_i64, nullable = false)]
    position: Option<i64>,
    kind: AddressKind,
    /// An e-mail address must be valid and may not belong to another customer. Control characters are refused.
    #[schema(min_length = 1, max_length = 500, pattern = r"\S")]
    value: String,
    /// What it is for, such as `work`; of a chat or a social network the service. Control characters are refused.
    #[schema(min_length = 1, max_length = 40, pattern = r"\S")]
    label: Option<String>,
}

impl NewAddress {
    pub(crate) fn parse(&self) -> Result<DomainAddress, FieldError> {
        let parsed = parse(self.kind.0, &self.value, "value")?;
        Ok(parsed.labelled(parse_label(self.label.as_deref())?))
    }
}

/// Parses the field `label`.
fn parse_label(label: Option<&str>) -> Result<Option<String>, FieldError> {
    let Some(text) = label else {
        return Ok(None);
    };
    let parsed = DomainAddress::parse_label(text);
    let broken = || FieldError::new("label", "format", "must not contain control characters");
    parsed.map(Some).ok_or_else(broken)
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

/// The field `addresses` of a request.
#[derive(Clone, Debug, Default)]
pub(crate) struct AddressList {
    /// In the order of their positions.
    pub(crate) addresses: Vec<PlacedAddress>,
    /// The e-mail addresses, each with the field that holds it.
    pub(crate) emails: Vec<(String, String)>,
}

/// Parses the field `addresses`. Returns the valid addresses, and the faults of the others. A repeated address or position is
/// a fault.
pub(crate) fn parse_list(list: &[ListedAddress]) -> (AddressList, Vec<FieldError>) {
    let (mut parsed, mut faults) = (AddressList::default(), Vec::new());
    let all_have_positions = list.iter().all(|address| address.position.is_some());
    // A merged customer may have more. Its list can be sent back as it is shown, and the store refuses to make it longer.
    if list.len() > MOST_ADDRESSES && !all_have_positions {
        let detail = format!("must have at most {MOST_ADDRESSES} items");
        faults.push(FieldError::new("addresses", "length", detail));
        return (parsed, faults);
    }
    for (at, listed) in list.iter().enumerate() {
        let field = format!("addresses[{at}]");
        if listed.position.is_some() && !all_have_positions {
            let detail = "must be given for all addresses or for none";
            faults.push(FieldError::new(
                &format!("{field}.position"),
                "invalid",
                detail,
            ));
        }
        let position = listed.position.unwrap_or(at as i64);
        let addresses = &mut parsed.addresses;
        let is_repeated = addresses.iter().any(|placed| placed.position == position);
        let label = parse_label(listed.label.as_deref());
        let address = parse(listed.kind.0, &listed.value, "value");
        match address.and_then(|address| Ok(address.labelled(label?))) {
            Err(fault) => faults.push(fault.under(&field)),
            Ok(address)
                if addresses
                    .iter()
                    .any(|placed| placed.address.is_same_as(&address)) =>
            {
                faults.push(FieldError::new(&field, "duplicate", "is named twice"));
            }
            Ok(_) if is_repeated && all_have_positions => {
                let field = format!("{field}.position");
                faults.push(FieldError::new(&field, "duplicate", "is named twice"));
            }
            Ok(address) => {
                if address.kind == DomainKind::Email {
                    let email = (format!("{field}.value"), address.value.clone());
                    parsed.emails.push(email);
                }
                addresses.push(PlacedAddress { position, address });
            }
        }
    }
    parsed.addresses.sort_by_key(|placed| placed.position);
    (parsed, faults)
}
