//! Reads the requests about opt-outs (contract section 8).

use heddle_domain::opt_out::{OptOutAddress, OptOutKind, OptOutState};

use crate::error::{Code, Error};
use crate::fault::UNSUPPORTED;
use heddle_http::members::{Item, Object, Problem};
use heddle_http::open;
use heddle_http::shape::{SCALARS, Shape};

pub(crate) const MOST_COMMUNICATIONS: usize = 1_000;
pub(crate) const MOST_CUSTOMERS: usize = 100;

/// The kinds of address, as words and as the one-letter codes of protocols. Calls cannot be opted out of.
pub(crate) const KINDS: [(&str, OptOutKind); 5] = [
    ("TEXT", OptOutKind::Text),
    ("EMAIL", OptOutKind::Email),
    ("PHONE", OptOutKind::Text),
    ("X", OptOutKind::Text),
    ("E", OptOutKind::Email),
];

/// What happened to an address. An event without a state has no documented meaning that Heddle could record, or would make
/// Heddle send something.
pub(crate) const EVENTS: [(&str, Option<OptOutState>); 12] = [
    ("STOP_MESSAGE_RECEIVED", Some(OptOutState::OptedOut)),
    (
        "STOP_SUSPECTED_MESSAGE_RECEIVED",
        Some(OptOutState::Suspected),
    ),
    ("OPTIN_MESSAGE_RECEIVED", Some(OptOutState::OptedIn)),
    (
        "OPTIN_TEXT_CONSENT_VIA_MESSAGE_RECEIVED",
        Some(OptOutState::OptedIn),
    ),
    ("USER_REQUESTED_OPT_OUT", Some(OptOutState::OptedOut)),
    ("GENERIC_MESSAGE_RECEIVED", None),
    ("USER_REQUESTED_SEND_OPTIN_REQUEST", None),
    ("COMMUNICATION_VALUE_CREATION", None),
    ("COMMUNICATION_VALUE_UPDATE", None),
    ("COMMUNICATION_STATUS_NOT_FOUND", None),
    ("DOUBLE_OPTIN_ROLLOUT", None),
    ("DOUBLE_OPTIN_ROLLBACK", None),
];

/// An address in a request, with what the answer repeats.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Communication {
    pub(crate) kind: String,
    pub(crate) value: String,
    pub(crate) customer: Option<String>,
    pub(crate) address: OptOutAddress,
}

/// The words of `updateType`, with whether Heddle supports them.
pub(crate) const UPDATES: [(&str, bool); 3] =
    [("MESSAGE", true), ("CUSTOMER", true), ("DEPLOYMENT", false)];

/// The members of an address.
const COMMUNICATION: Shape = open!(
    "communicationType",
    "communicationValue",
    "okToCommunicate",
    "customerUUID",
);

/// The request to record an opt-out.
#[derive(Clone, Debug)]
pub(crate) struct OptOutChange {
    pub(crate) customer: Option<String>,
    pub(crate) user: Option<String>,
    pub(crate) message: Option<String>,
    pub(crate) communications: Vec<Communication>,
    pub(crate) state: OptOutState,
}

impl OptOutChange {
    /// The members that [`Self::read`] reads.
    pub(crate) const SHAPE: Shape = open!(
        "customerUUID",
        "messageUUID",
        "userUUID",
        "apiCallSource",
        "communicationAttributesList": COMMUNICATION,
        "event",
        "updateType",
        "processSynchronously",
    );

    pub(crate) fn read(body: &Object<'_>) -> Self {
        let event = body.get("event").required();
        let state = match event.meaning(&EVENTS) {
            Some(None) => {
                event.refuse(UNSUPPORTED);
                None
            }
            known => known.flatten(),
        };
        let update = body.get("updateType");
        if update.meaning(&UPDATES) == Some(false) {
            update.refuse(UNSUPPORTED);
        }
        body.get("apiCallSource").text();
        body.get("processSynchronously").flag();
        let list = body.get("communicationAttributesList").required();
        let text = |name| body.get(name).text().map(str::to_owned);
        Self {
            customer: text("customerUUID"),
            user: text("userUUID"),
            message: text("messageUUID"),
            communications: communications(&list),
            state: state.unwrap_or(OptOutState::OptedOut),
        }
    }
}

/// The request for the opt-outs of some addresses.
#[derive(Clone, Debug)]
pub(crate) struct CommunicationList(pub(crate) Vec<Communication>);

impl CommunicationList {
    /// The members that [`Self::read`] reads.
    pub(crate) const SHAPE: Shape = open!("communicationList": COMMUNICATION);

    pub(crate) fn read(body: &Object<'_>) -> Self {
        Self(communications(&body.get("communicationList").required()))
    }
}

/// The request for the opt-outs of some customers.
#[derive(Clone, Debug)]
pub(crate) struct CustomerList(pub(crate) Vec<String>);

impl CustomerList {
    /// The members that [`Self::read`] reads.
    pub(crate) const SHAPE: Shape = open!("customerUUIDList": SCALARS);

    pub(crate) fn read(body: &Object<'_>) -> Self {
        let list = body.get("customerUUIDList").required();
        let items = list.list(1..=MOST_CUSTOMERS).into_iter().flatten();
        let texts = items.filter_map(|item| item.required().text().map(str::to_owned));
        Self(texts.collect())
    }
}

fn communications(list: &Item<'_>) -> Vec<Communication> {
    let items = list.list(1..=MOST_COMMUNICATIONS).into_iter().flatten();
    items
        .filter_map(|item| communication(&item.object_or_empty()))
        .collect()
}

fn communication(item: &Object<'_>) -> Option<Communication> {
    item.get("okToCommunicate").flag();
    let customer = item.get("customerUUID").text().map(str::to_owned);
    let kind = item.get("communicationType").required();
    let value = item.get("communicationValue").required();
    let (named, meaning, text) = (kind.as_str(), kind.meaning(&KINDS), value.text());
    let address = OptOutAddress::new(meaning?, text?);
    if address.is_none() {
        value.refuse(Problem::rule(ADDRESS));
    }
    Some(Communication {
        kind: named?.to_owned(),
        value: text?.to_owned(),
        customer,
        address: address?,
    })
}

const ADDRESS: &str = "must be a telephone number or an e-mail address, as communicationType says";

/// Reads the address of a path.
pub(crate) fn address_of_path(kind: &str, value: &str) -> Result<OptOutAddress, Error> {
    let refusal = |text: &str| Error::invalid(Code::Path, text);
    let known = KINDS.iter().find(|(word, _)| *word == kind);
    let (_, kind) =
        known.ok_or_else(|| refusal("The communication type must be TEXT or EMAIL."))?;
    let wrong = "The communication value must be a telephone number or an e-mail address, as the type says.";
    OptOutAddress::new(*kind, value).ok_or_else(|| refusal(wrong))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::tests::parse;
    use super::*;

    fn change(event: &str, more: Value) -> Result<OptOutChange, Error> {
        let mut body = json!({"event": event, "communicationAttributesList":
            [{"communicationType": "TEXT", "communicationValue": "+49 30 12"}]});
        let more = more.as_object().expect("an object").clone();
        body.as_object_mut().expect("an object").extend(more);
        parse(&body, OptOutChange::read)
    }

    #[test]
    fn each_event_has_a_state_or_is_refused() {
        for (event, state) in EVENTS {
            let read = change(event, json!({})).map(|change| change.state);
            assert_eq!(read.ok(), state, "{event}");
        }
        assert!(change("STOP", json!({})).is_err());
    }

    #[test]
    fn wrong_members_are_refused() {
        let event = "STOP_MESSAGE_RECEIVED";
        assert!(
            change(
                event,
                json!({"updateType": "CUSTOMER", "processSynchronously": false})
            )
            .is_ok()
        );
        for more in [
            json!({"updateType": "DEPLOYMENT"}),
            json!({"updateType": "x"}),
            json!({"communicationAttributesList": []}),
            json!({"communicationAttributesList": null}),
            json!({"communicationAttributesList": [{"communicationType": "TEXT"}]}),
            json!({"communicationAttributesList": [{"communicationType": "VOICE_CALL", "communicationValue": "1"}]}),
            json!({"communicationAttributesList": [{"communicationType": "EMAIL", "communicationValue": "1"}]}),
            json!({"userUUID": 1}),
        ] {
            assert!(change(event, more.clone()).is_err(), "{more}");
        }
    }
}
