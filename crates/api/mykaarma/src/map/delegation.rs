//! A delegation request (contract section 7, `rules.md` 33): exactly one of two forms.

use crate::error::Error;
use crate::request::Members;

const MOST_CUSTOMERS: usize = 1_000;

/// The values of `delegator`, and whether each is supported.
const DELEGATORS: [(&str, bool); 10] = [
    ("DEALER_ASSOCIATE", true),
    ("AUTO_DELEGATION", true),
    ("OUT_OF_OFFICE_TURN_OFF", false),
    ("OUT_OF_OFFICE_START", false),
    ("ADMIN_TOOL", true),
    ("OTHER", true),
    ("BULK_AUTO_DELEGATE", true),
    ("BULK_AUTO_DELEGATE_FOR_ALL_DEALER", false),
    ("ADMIN_TOOL_USER_DELEGATION", true),
    ("AUTOMATIC_DELEGATION", true),
];

/// A delegation request. Users and customers are public ids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Delegation {
    pub(crate) selection: Selection,
    pub(crate) to: String,
    /// The user who delegates.
    pub(crate) by: Option<String>,
    /// The value of `delegator`; it goes into the event.
    pub(crate) origin: Option<String>,
}

/// The open conversations to delegate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Selection {
    /// Conversations assigned to this user.
    AssignedTo(String),
    /// Conversations of these customers.
    OfCustomers(Vec<String>),
}

impl TryFrom<&Members<'_>> for Delegation {
    type Error = Error;

    fn try_from(body: &Members<'_>) -> Result<Self, Error> {
        if body.object("outOfOfficeTurnOffDelegation")?.is_some() {
            return Err(Error::body("Out-of-office delegation is not supported."));
        }
        let origin = delegator(body)?;
        let forms = (
            body.object("userDelegationDetail")?,
            body.object("bulkAutoDelegate")?,
        );
        match forms {
            (Some(user), None) => from_user(&user, origin),
            (None, Some(bulk)) => of_customers(&bulk, origin),
            (Some(_), Some(_)) | (None, None) => Err(Error::body(
                "Exactly one of userDelegationDetail and bulkAutoDelegate is required.",
            )),
        }
    }
}

fn from_user(detail: &Members<'_>, origin: Option<String>) -> Result<Delegation, Error> {
    Ok(Delegation {
        selection: Selection::AssignedTo(detail.required_text("delegatedFromUUID")?.to_owned()),
        to: detail.required_text("delegatedToUUID")?.to_owned(),
        by: detail.text("delegatorUUID")?.map(str::to_owned),
        origin: delegator(detail)?.or(origin),
    })
}

fn of_customers(bulk: &Members<'_>, origin: Option<String>) -> Result<Delegation, Error> {
    let rule = "applyRuleToCheckForOutgoingCommExistsForDA";
    if bulk.flag(rule)? == Some(true) {
        let rule = bulk.name(rule);
        return Err(Error::body(format!("{rule} is not supported.")));
    }
    bulk.flag("logInMongo")?;
    let customers = bulk.texts("customerUUIDList")?;
    let customers = customers.ok_or_else(|| bulk.missing("customerUUIDList"))?;
    if customers.len() > MOST_CUSTOMERS {
        let name = bulk.name("customerUUIDList");
        let text = format!("{name} must not hold more than {MOST_CUSTOMERS}.");
        return Err(Error::body(text));
    }
    Ok(Delegation {
        selection: Selection::OfCustomers(customers.into_iter().map(str::to_owned).collect()),
        to: bulk.required_text("toDealerAssociateUUID")?.to_owned(),
        by: None,
        origin,
    })
}

/// A known and supported value of `delegator`.
fn delegator(members: &Members<'_>) -> Result<Option<String>, Error> {
    let Some(value) = members.text("delegator")? else {
        return Ok(None);
    };
    let name = members.name("delegator");
    match DELEGATORS.iter().find(|(known, _)| *known == value) {
        Some((_, true)) => Ok(Some(value.to_owned())),
        Some((_, false)) => Err(Error::body(format!("{name} {value} is not supported."))),
        None => Err(Error::body(format!(
            "{name} has a value that is not known."
        ))),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn read(body: &Value) -> Result<Delegation, Error> {
        Delegation::try_from(&Members::of(body.as_object().expect("an object")))
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
        // The inner `delegator` wins.
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
        for body in [
            json!({}),
            json!({"delegator": "OTHER"}),
            json!({"userDelegationDetail": user(), "bulkAutoDelegate": bulk()}),
            json!({"userDelegationDetail": user(), "outOfOfficeTurnOffDelegation": office}),
            json!({"outOfOfficeTurnOffDelegation": office}),
            json!({"userDelegationDetail": user(), "delegator": "OUT_OF_OFFICE_START"}),
            json!({"userDelegationDetail": user(), "delegator": "NOBODY"}),
            json!({"userDelegationDetail": user(), "delegator": 5}),
            json!({"userDelegationDetail": nobody}),
            json!({"userDelegationDetail": []}),
            json!({"bulkAutoDelegate": ruled}),
            json!({"bulkAutoDelegate": many}),
            json!({"bulkAutoDelegate": {"toDealerAssociateUUID": "b"}}),
            json!({"bulkAutoDelegate": {"toDealerAssociateUUID": "b", "customerUUIDList": [1]}}),
        ] {
            assert!(matches!(read(&body), Err(Error::Invalid { .. })), "{body}");
        }
    }
}
