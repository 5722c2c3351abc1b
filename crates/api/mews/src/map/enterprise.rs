//! Shows an inbox as the vendor's enterprise, and an account as the one enterprise that a portfolio has (contract sections
//! 13.1 and 13.2). The values come from the profile of the inbox; the contract names those of a missing member.

use heddle_domain::guid::{Guid, GuidKind, GuidParts};
use heddle_domain::id::TimeId;
use heddle_domain::inbox_profile::{InboxAddress, InboxProfile};
use heddle_domain::{Account, Timestamp};
use heddle_store::read::principal::{InboxView, Principal};

use super::utc;
use crate::wire::{
    Address, ConfiguredEnterprise, Currency, Enterprise, LinkedEnterprise, Subscription,
};

const TIME_ZONE: &str = "UTC";
const ENVIRONMENT: &str = "UK";
const LANGUAGE: &str = "en-US";
const CURRENCY: &str = "EUR";
/// How long entries can be changed: seven days. A public client breaks if it is no duration.
const EDITABLE: &str = "P0M7DT0H0M0S";
const PRICING: &str = "Gross";

/// An enterprise before its profile is known.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Identity {
    id: String,
    address: String,
    name: String,
    created_at: Timestamp,
    updated_at: Timestamp,
}

/// Returns when an inbox or account was last changed: its version is the id of the last event about it, and the id has a
/// time. An entity that has not changed since the server began to keep versions has the version 0.
pub(crate) fn changed_at(created_at: Timestamp, version: i64) -> Timestamp {
    match version {
        0 => created_at,
        version => TimeId(version).created_at().max(created_at),
    }
}

/// Returns an inbox as `configuration/get` shows it.
pub(crate) fn configured(
    principal: &Principal,
    view: InboxView,
    profile: InboxProfile,
) -> ConfiguredEnterprise {
    let identity = Identity::of_inbox(&principal.account, view);
    with_currency(
        identity.enterprise(principal, profile.clone()),
        profile,
        false,
    )
}

/// Returns all inboxes of the account together, as `configuration/get` shows them to a portfolio.
pub(crate) fn portfolio(principal: &Principal) -> ConfiguredEnterprise {
    let identity = Identity::of_portfolio(&principal.account);
    let profile = InboxProfile::default();
    with_currency(
        identity.enterprise(principal, profile.clone()),
        profile,
        true,
    )
}

/// Returns an inbox as `enterprises/getAll` shows it. It belongs to the account since it was created.
pub(crate) fn linked(
    principal: &Principal,
    view: InboxView,
    profile: InboxProfile,
) -> LinkedEnterprise {
    let linked_utc = utc(view.inbox.created_at);
    let identity = Identity::of_inbox(&principal.account, view);
    LinkedEnterprise {
        enterprise: identity.enterprise(principal, profile),
        linked_utc,
    }
}

fn with_currency(
    enterprise: Enterprise,
    profile: InboxProfile,
    is_portfolio: bool,
) -> ConfiguredEnterprise {
    let currency = Currency {
        currency: profile.currency.unwrap_or_else(|| CURRENCY.to_owned()),
        is_default: true,
        is_enabled: true,
    };
    ConfiguredEnterprise {
        enterprise,
        currencies: [currency],
        accounting_configuration: (),
        is_portfolio,
    }
}

/// Computes a GUID of the account.
fn guid(account: &Account, kind: GuidKind, created_at: Timestamp, id: i64) -> String {
    let parts = GuidParts {
        created_at,
        id,
        tag: account.guid_tag,
    };
    Guid::encode(kind, parts).to_string()
}

impl Identity {
    fn of_inbox(account: &Account, InboxView { inbox, public_id }: InboxView) -> Self {
        let (created_at, id) = (inbox.created_at, inbox.id.get());
        Self {
            id: public_id,
            address: guid(account, GuidKind::InboxAddress, created_at, id),
            name: inbox.name,
            created_at,
            updated_at: changed_at(created_at, inbox.version),
        }
    }

    fn of_portfolio(account: &Account) -> Self {
        let (created_at, id) = (account.created_at, account.id.get());
        Self {
            id: guid(account, GuidKind::Portfolio, created_at, id),
            // No inbox has the number 0.
            address: guid(account, GuidKind::InboxAddress, created_at, 0),
            name: account.name.clone(),
            created_at,
            updated_at: changed_at(created_at, account.version),
        }
    }

    fn enterprise(self, principal: &Principal, profile: InboxProfile) -> Enterprise {
        let environment = profile.legal_environment.as_deref().unwrap_or(ENVIRONMENT);
        let or_legal = |code: Option<String>| code.unwrap_or_else(|| environment.to_owned());
        let or = |text: Option<String>, default: &str| text.unwrap_or_else(|| default.to_owned());
        Enterprise {
            id: self.id,
            external_identifier: (),
            holding_key: (),
            chain_id: principal.account_public_id.clone(),
            chain_name: principal.account.name.clone(),
            created_utc: utc(self.created_at),
            updated_utc: utc(self.updated_at),
            name: self.name,
            short_name: (),
            time_zone_identifier: or(profile.time_zone, TIME_ZONE),
            legal_environment_code: environment.to_owned(),
            accommodation_environment_code: or_legal(profile.accommodation_environment),
            accounting_environment_code: or_legal(profile.accounting_environment),
            tax_environment_code: or_legal(profile.tax_environment),
            default_language_code: or(profile.language, LANGUAGE),
            editable_history_interval: EDITABLE,
            accounting_editable_history_interval: EDITABLE,
            operational_editable_history_interval: EDITABLE,
            business_day_closing_offset: (),
            website_url: profile.website,
            email: profile.email,
            phone: profile.phone,
            logo_image_id: (),
            cover_image_id: (),
            pricing: PRICING,
            tax_precision: (),
            address_id: self.address.clone(),
            address: address(self.address, profile.address.unwrap_or_default()),
            group_names: [],
            subscription: Subscription { tax_identifier: () },
        }
    }
}

fn address(id: String, address: InboxAddress) -> Address {
    let InboxAddress {
        line1,
        line2,
        city,
        postal_code,
        country_code,
        country_subdivision_code,
        latitude,
        longitude,
    } = address;
    Address {
        id,
        line1,
        line2,
        city,
        postal_code,
        country_code,
        country_subdivision_code,
        latitude: latitude.map(f64::from),
        longitude: longitude.map(f64::from),
    }
}
