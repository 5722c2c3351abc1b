//! Reads a delegation request (contract section 7, `rules.md` 33). It has exactly one of two forms: all threads of a
//! user, or those of some customers.

use super::body::required_text;
use crate::fault::UNSUPPORTED;
use heddle_http::known;
use heddle_http::members::{Object, Problem};
use heddle_http::shape::{SCALARS, Shape};

pub(crate) const MOST_CUSTOMERS: usize = 1_000;

/// The supported values of `delegator`.
pub(crate) const DELEGATORS: [&str; 7] = [
    "DEALER_ASSOCIATE",
    "AUTO_DELEGATION",
    "ADMIN_TOOL",
    "OTHER",
    "BULK_AUTO_DELEGATE",
    "ADMIN_TOOL_USER_DELEGATION",
    "AUTOMATIC_DELEGATION",
];

/// A delegation (change of assignee) that a request asks for. Users and customers are public ids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Delegation {
    pub(crate) selection: Selection,
    pub(crate) to: String,
    /// The user who changes the assignee, if the request names one.
    pub(crate) by: Option<String>,
    /// The value of `delegator`, which the event records.
    pub(crate) origin: Option<String>,
}

/// Which open conversations are delegated (assigned to another user).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Selection {
    /// Conversations assigned to this user.
    AssignedTo(String),
    /// Conversations of these customers.
    OfCustomers(Vec<String>),
}

impl Delegation {
    /// The members that [`Self::read`] reads.
    pub(crate) const SHAPE: Shape = known!(
        "outOfOfficeTurnOffDelegation",
        "delegator",
        "userDelegationDetail": known!(
            "delegatedFromUUID",
            "delegatedToUUID",
            "delegatorUUID",
            "delegator",
        ),
        "bulkAutoDelegate": known!(
            "applyRuleToCheckForOutgoingCommExistsForDA",
            "logInMongo",
            "customerUUIDList": SCALARS,
            "toDealerAssociateUUID",
        ),
    );

    pub(crate) fn read(body: &Object<'_>) -> Self {
        let out_of_office = body.get("outOfOfficeTurnOffDelegation");
        if out_of_office.object().is_some() {
            out_of_office.refuse(UNSUPPORTED);
        }
        let origin = delegator(body);
        let (user, bulk) = (
            body.get("userDelegationDetail"),
            body.get("bulkAutoDelegate"),
        );
        if user.is_present() == bulk.is_present() {
            let text = "Exactly one of userDelegationDetail and bulkAutoDelegate is required";
            body.refuse(Problem::rule(text));
        }
        match user.object() {
            Some(user) => from_user(&user, origin),
            None => of_customers(&bulk.object_or_empty(), origin),
        }
    }
}

fn from_user(detail: &Object<'_>, origin: Option<String>) -> Delegation {
    Delegation {
        selection: Selection::AssignedTo(required_text(detail, "delegatedFromUUID")),
        to: required_text(detail, "delegatedToUUID"),
        by: detail.get("delegatorUUID").text().map(str::to_owned),
        origin: delegator(detail).or(origin),
    }
}

fn of_customers(bulk: &Object<'_>, origin: Option<String>) -> Delegation {
    let rule = bulk.get("applyRuleToCheckForOutgoingCommExistsForDA");
    if rule.flag() == Some(true) {
        rule.refuse(UNSUPPORTED);
    }
    bulk.get("logInMongo").flag();
    let customers = bulk.get("customerUUIDList").required();
    let uuids = customers.texts().unwrap_or_default();
    if uuids.len() > MOST_CUSTOMERS {
        customers.refuse(Problem::Count(0..=MOST_CUSTOMERS));
    }
    Delegation {
        selection: Selection::OfCustomers(uuids.into_iter().map(str::to_owned).collect()),
        to: required_text(bulk, "toDealerAssociateUUID"),
        by: None,
        origin,
    }
}

fn delegator(body: &Object<'_>) -> Option<String> {
    let word = body.get("delegator").word(&DELEGATORS);
    word.map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::error::Error;
    use crate::request::tests::parse;

    fn read(body: &Value) -> Result<Delegation, Error> {
        parse(body, Delegation::read)
    }

    fn user() -> Value {
        json!({"delegatedToUUID": "b", "delegatedFromUUID": "a"})
    }

    fn bulk() -> Value {
        json!({"customerUUIDList": ["x", "y"], "toDealerAssociateUUID": "b"})
    }

    #[test]
    fn both_forms_are_read() {
        let mut body = json!({"delegator": "ADMIN_TOOL", "userDelegationDetail": user(), "bulkAutoDelegate": null});
        body["userDelegationDetail"]["delegatorUUID"] = json!("c");
        let expected = Delegation {
            selection: Selection::AssignedTo("a".into()),
            to: "b".into(),
            by: Some("c".into()),
            origin: Some("ADMIN_TOOL".into()),
        };
        assert_eq!(read(&body), Ok(expected.clone()));
        // If `delegator` occurs in both places, the inner one counts.
        body["userDelegationDetail"]["delegator"] = json!("OTHER");
        let origin = Some("OTHER".into());
        assert_eq!(read(&body), Ok(Delegation { origin, ..expected }));
        let expected = Delegation {
            selection: Selection::OfCustomers(vec!["x".into(), "y".into()]),
            to: "b".into(),
            by: None,
            origin: None,
        };
        assert_eq!(read(&json!({ "bulkAutoDelegate": bulk() })), Ok(expected));
    }

    #[test]
    fn only_exactly_one_supported_form_is_accepted() {
        let mut ruled = bulk();
        ruled["applyRuleToCheckForOutgoingCommExistsForDA"] = json!(true);
        let mut nobody = user();
        nobody["delegatedToUUID"] = Value::Null;
        let mut many = bulk();
        many["customerUUIDList"] = json!(vec!["x"; 1_001]);
        let office = json!({"outOfOfficeDealerAssociateUUID": "a"});
        let one = "Exactly one of userDelegationDetail and bulkAutoDelegate is required.";
        let away = "outOfOfficeTurnOffDelegation is not supported.";
        let delegator = format!("delegator must be one of {}.", DELEGATORS.join(", "));
        for (body, text) in [
            (json!({}), one),
            (json!({"delegator": "OTHER"}), one),
            (
                json!({"userDelegationDetail": user(), "bulkAutoDelegate": bulk()}),
                one,
            ),
            (
                json!({"userDelegationDetail": user(), "outOfOfficeTurnOffDelegation": office}),
                away,
            ),
            (json!({"outOfOfficeTurnOffDelegation": office}), away),
            (
                json!({"userDelegationDetail": user(), "delegator": "OUT_OF_OFFICE_START"}),
                &delegator,
            ),
            (
                json!({"userDelegationDetail": user(), "delegator": "NOBODY"}),
                &delegator,
            ),
            (
                json!({"userDelegationDetail": user(), "delegator": 5}),
                &delegator,
            ),
            (
                json!({"userDelegationDetail": nobody}),
                "userDelegationDetail.delegatedToUUID is required.",
            ),
            (
                json!({"userDelegationDetail": []}),
                "userDelegationDetail must be an object.",
            ),
            (
                json!({"bulkAutoDelegate": ruled}),
                "bulkAutoDelegate.applyRuleToCheckForOutgoingCommExistsForDA is not supported.",
            ),
            (
                json!({"bulkAutoDelegate": many}),
                "bulkAutoDelegate.customerUUIDList must have at most 1000 items.",
            ),
            (
                json!({"bulkAutoDelegate": {"toDealerAssociateUUID": "b"}}),
                "bulkAutoDelegate.customerUUIDList is required.",
            ),
            (
                json!({"bulkAutoDelegate": {"toDealerAssociateUUID": "b", "customerUUIDList": [1]}}),
                "bulkAutoDelegate.customerUUIDList must be a list of strings.",
            ),
            (
                json!({"userDelegationDetail": {"delegatedToUUID": "b"}}),
                "userDelegationDetail.delegatedFromUUID is required.",
            ),
            (
                json!({"userDelegationDetail": {"delegatedToUUID": "\0", "delegatedFromUUID": "a"}}),
                "userDelegationDetail.delegatedToUUID contains the character U+0000.",
            ),
        ] {
            assert_eq!(read(&body), Err(Error::body(text)), "{body}");
        }
    }
}
