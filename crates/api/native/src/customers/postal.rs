//! The postal address of a customer in requests and answers.

use heddle_domain::customer::PostalAddress as DomainAddress;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::error::FieldError;

/// Where a customer lives, or a firm is.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PostalAddress {
    /// What comes before the city, such as street and house number; one item for each line. Control characters are refused,
    /// as in the other fields.
    #[schema(max_items = 10, inline)]
    lines: Vec<Line>,
    #[schema(min_length = 1, max_length = 255, pattern = r"\S")]
    city: String,
    /// State, province or region; empty where addresses have none.
    #[schema(max_length = 255)]
    state: String,
    #[schema(min_length = 1, max_length = 40, pattern = r"\S")]
    postal_code: String,
    /// Two letters.
    #[schema(min_length = 2, max_length = 2)]
    country: String,
}

/// A line of a postal address.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[schema(max_length = 255)]
struct Line(String);

impl PostalAddress {
    pub(crate) fn of(address: &DomainAddress) -> Self {
        let DomainAddress {
            lines,
            city,
            state,
            postal_code,
            country,
        } = address.clone();
        Self {
            lines: lines.into_iter().map(Line).collect(),
            city,
            state,
            postal_code,
            country,
        }
    }

    /// Checks what the schema cannot say.
    pub(crate) fn parse(self) -> Result<DomainAddress, Vec<FieldError>> {
        let country = DomainAddress::parse_country(&self.country);
        let lines = self.lines.into_iter().map(|line| line.0);
        let address = DomainAddress {
            lines: lines.collect(),
            city: self.city,
            state: self.state,
            postal_code: self.postal_code,
            country: country.clone().unwrap_or_default(),
        };
        let line = |(at, text)| (format!("lines[{at}]"), text);
        let lines = address.lines.iter().enumerate().map(line);
        let fields = [
            ("city", &address.city),
            ("state", &address.state),
            ("postal_code", &address.postal_code),
        ];
        let fields = fields.map(|(name, text)| (name.to_owned(), text));
        let broken = lines
            .chain(fields)
            .filter(|(_, text)| text.chars().any(char::is_control));
        let mut faults: Vec<_> = broken
            .map(|(field, _)| {
                let field = format!("postal_address.{field}");
                FieldError::new(&field, "format", "must not contain control characters")
            })
            .collect();
        if country.is_none() {
            let detail = "must be two letters";
            faults.push(FieldError::new("postal_address.country", "format", detail));
        }
        match faults.is_empty() {
            true => Ok(address),
            false => Err(faults),
        }
    }
}
