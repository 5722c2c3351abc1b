//! The requests of `configuration/get`, `enterprises/getAll` and `languages/getAll` (contract section 13).

use heddle_domain::Scope;
use heddle_domain::guid::Guid;
use heddle_http::known;
use heddle_http::members::Object;
use heddle_http::shape::{SCALARS, Shape};
use heddle_store::read::applications::Span;

use super::operation::{INTERVAL, LIMITATION, LONG_MONTHS, Operation};
use crate::fault::IDENTIFIER;
use crate::page::{self, Limitation};

/// `configuration/get`.
#[derive(Debug)]
pub(crate) struct GetConfiguration {
    /// The enterprise; `None` means that of the token.
    pub(crate) enterprise: Option<Guid>,
}

impl Operation for GetConfiguration {
    const SCOPE: Scope = Scope::AccountRead;
    const FOR_PORTFOLIOS: bool = true;
    const SHAPE: &'static Shape = &known!("Client", "ClientToken", "AccessToken", "EnterpriseId");

    fn read(body: &Object<'_>) -> Self {
        Self {
            enterprise: body.get("EnterpriseId").parsed(&IDENTIFIER, Guid::parse),
        }
    }
}

/// `enterprises/getAll`.
#[derive(Debug)]
pub(crate) struct GetEnterprises {
    pub(crate) enterprises: Option<Vec<Guid>>,
    /// Whether the request names external identifiers. No enterprise has one, so such a request finds none.
    pub(crate) by_external_identifier: bool,
    pub(crate) linked: Option<Span>,
    pub(crate) updated: Option<Span>,
    pub(crate) limitation: Limitation,
}

impl Operation for GetEnterprises {
    const SCOPE: Scope = Scope::AccountRead;
    const FOR_PORTFOLIOS: bool = true;
    const SHAPE: &'static Shape = &known!(
        "Client",
        "ClientToken",
        "AccessToken",
        "EnterpriseIds": SCALARS,
        "ExternalIdentifiers": SCALARS,
        "LinkedUtc": INTERVAL,
        "UpdatedUtc": INTERVAL,
        "Limitation": LIMITATION,
    );

    fn read(body: &Object<'_>) -> Self {
        let external = page::texts(&body.get("ExternalIdentifiers"), page::MOST_IDS);
        Self {
            enterprises: page::guids(&body.get("EnterpriseIds")),
            by_external_identifier: external.is_some(),
            linked: page::interval(&body.get("LinkedUtc"), LONG_MONTHS),
            updated: page::interval(&body.get("UpdatedUtc"), LONG_MONTHS),
            limitation: Limitation::read(body),
        }
    }
}

/// `languages/getAll`.
#[derive(Debug)]
pub(crate) struct GetLanguages;

impl Operation for GetLanguages {
    const SCOPE: Scope = Scope::AccountRead;
    const FOR_PORTFOLIOS: bool = true;
    const SHAPE: &'static Shape = &known!("Client", "ClientToken", "AccessToken");

    fn read(_: &Object<'_>) -> Self {
        Self
    }
}
