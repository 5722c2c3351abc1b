//! The vendor's objects for opt-outs (contract section 8). It publishes no words for the states; these are ours.

use heddle_domain::customer::AddressKind;
use heddle_domain::opt_out::{OptOut, OptOutAddress, OptOutKind, OptOutState};

use super::text::date_time;
use crate::request::Communication;
use crate::wire::{CommunicationItem, OptOutItem, OptOutStatus};

/// Returns the status of an address. One about which nothing was recorded may be written to.
pub(crate) fn opt_out(found: Option<OptOut>) -> OptOutStatus {
    let state = found.map_or(OptOutState::OptedIn, |it| it.state);
    OptOutStatus {
        opt_out_state: match state {
            OptOutState::OptedIn => "OPTED_IN",
            OptOutState::OptedOut => "OPTED_OUT",
            OptOutState::Suspected => "OPT_OUT_SUSPECTED",
        },
        // After an opt-out nothing may be sent, not even a question; without one there is nothing to ask.
        can_send_optin_request: state == OptOutState::Suspected,
        time_of_change: found.map(|it| date_time(it.changed_at)),
    }
}

/// Returns the status of an address of a list, with the address as the request named it.
pub(crate) fn opt_out_of(named: Communication, found: Option<OptOut>) -> OptOutItem {
    let is_opted_out = found.is_some_and(|it| it.state == OptOutState::OptedOut);
    OptOutItem {
        communication: CommunicationItem {
            communication_type: named.kind,
            communication_value: named.value,
            ok_to_communicate: !is_opted_out,
            customer_uuid: named.customer,
        },
        status: opt_out(found),
    }
}

/// Returns an address of a customer as opt-outs name it; `None` if its kind cannot be opted out of.
pub(crate) fn opt_out_address(kind: AddressKind, value: &str) -> Option<OptOutAddress> {
    let kind = match kind {
        AddressKind::Phone => OptOutKind::Text,
        AddressKind::Email => OptOutKind::Email,
        AddressKind::Fax
        | AddressKind::Post
        | AddressKind::Website
        | AddressKind::Chat
        | AddressKind::Social
        | AddressKind::Other => return None,
    };
    OptOutAddress::new(kind, value)
}
