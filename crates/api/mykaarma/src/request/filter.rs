//! Reads the filters of the thread list's request (contract section 4).

use axum::extract::Request;
use heddle_store::read::threads::ThreadOrder;

use super::body::receive;
use crate::error::{Code, Error};
use crate::fault;
use heddle_http::known;
use heddle_http::members::{Body, Fault, Object, Problem};
use heddle_http::shape::Shape;

const DEFAULT_RESULTS: i64 = 20;
const MOST_RESULTS: i64 = 1_000;

/// The words of `sortOrderKey`.
pub(crate) const SORT_ORDER_KEYS: [(&str, ThreadOrder); 2] = [
    ("LAST_MESSAGE_ON", ThreadOrder::LastMessage),
    ("LAST_DELEGATION_ON", ThreadOrder::LastDelegation),
];

/// The words of `sortOrder`, with whether the order ascends.
pub(crate) const SORT_ORDERS: [(&str, bool); 2] = [("ASC", true), ("DESC", false)];

/// The filters of the thread list's request, in the terms of the domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ThreadFilter {
    pub(crate) assignee: Option<String>,
    pub(crate) archived: Option<bool>,
    pub(crate) closed: Option<bool>,
    pub(crate) limit: i64,
    pub(crate) order: ThreadOrder,
    pub(crate) ascending: bool,
}

impl ThreadFilter {
    /// The members that [`Self::read`] reads.
    pub(crate) const SHAPE: Shape = known!(
        "assigneeUserUUID",
        "isArchived",
        "isClosed",
        "maxResults",
        "sortOrderKey",
        "sortOrder",
    );

    /// Receives the body. Three of its members have their own error codes.
    pub(crate) async fn receive(request: Request) -> Result<Self, Error> {
        Self::of(&receive(request, &Self::SHAPE).await?)
    }

    fn of(body: &Body) -> Result<Self, Error> {
        body.read(Self::read)
            .map_err(|fault| fault::error(code(&fault), &fault))
    }

    fn read(body: &Object<'_>) -> Self {
        // Zero means the default number, because the vendor's own sample sends zero.
        let limit = body.get("maxResults").integer(0..=i32::MAX.into());
        let limit = limit.filter(|limit| *limit != 0);
        Self {
            assignee: body.get("assigneeUserUUID").text().map(str::to_owned),
            archived: body.get("isArchived").flag(),
            closed: body.get("isClosed").flag(),
            limit: limit.unwrap_or(DEFAULT_RESULTS).min(MOST_RESULTS),
            order: body
                .get("sortOrderKey")
                .meaning(&SORT_ORDER_KEYS)
                .unwrap_or(ThreadOrder::LastMessage),
            ascending: body.get("sortOrder").meaning(&SORT_ORDERS).unwrap_or(false),
        }
    }
}

fn code(fault: &Fault) -> Code {
    match (&fault.problem, fault.path.as_str()) {
        (Problem::Nul, _) => Code::Body,
        (_, "sortOrderKey") => Code::SortOrderKey,
        (_, "sortOrder") => Code::SortOrder,
        (_, "maxResults") => Code::MaxResults,
        _ => Code::Body,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn filter(body: &Value) -> Result<ThreadFilter, Error> {
        ThreadFilter::of(&Body::parse(body.to_string().as_bytes(), &Shape::Whole)?)
    }

    #[test]
    fn the_default_is_twenty_by_last_message_newest_first() {
        let defaults = ThreadFilter {
            assignee: None,
            archived: None,
            closed: None,
            limit: 20,
            order: ThreadOrder::LastMessage,
            ascending: false,
        };
        assert_eq!(filter(&json!({})), Ok(defaults.clone()));
        let nulls = json!({"assigneeUserUUID": null, "isArchived": null, "isClosed": null, "maxResults": null,
            "sortOrderKey": null, "sortOrder": null, "somethingElse": [1]});
        assert_eq!(filter(&nulls), Ok(defaults));
    }

    #[test]
    fn every_member_is_read() {
        let body = json!({"assigneeUserUUID": "string", "isArchived": true, "isClosed": false, "maxResults": 7,
            "sortOrderKey": "LAST_DELEGATION_ON", "sortOrder": "ASC"});
        let expected = ThreadFilter {
            assignee: Some("string".into()),
            archived: Some(true),
            closed: Some(false),
            limit: 7,
            order: ThreadOrder::LastDelegation,
            ascending: true,
        };
        assert_eq!(filter(&body), Ok(expected));
    }

    #[test]
    fn limits_are_defaulted_capped_or_refused() {
        for (given, limit) in [
            (json!(0), 20),
            (json!(1), 1),
            (json!(1000), 1000),
            (json!(1001), 1000),
            (json!(2_147_483_647), 1000),
        ] {
            let body = json!({ "maxResults": given });
            assert_eq!(filter(&body).map(|f| f.limit), Ok(limit), "{given}");
        }
        for wrong in [
            json!(-1),
            json!("5"),
            json!(2_147_483_648_i64),
            json!(1.5),
            json!(true),
            json!([5]),
        ] {
            let refused = filter(&json!({ "maxResults": wrong })).unwrap_err();
            assert!(
                matches!(
                    refused,
                    Error::Invalid {
                        code: Code::MaxResults,
                        ..
                    }
                ),
                "{wrong}"
            );
        }
    }

    #[test]
    fn only_wrong_filters_have_their_own_codes() {
        for (body, code) in [
            (json!({"maxResults": "x"}), Code::MaxResults),
            (json!({"sortOrder": "x"}), Code::SortOrder),
            (json!({"sortOrderKey": "x"}), Code::SortOrderKey),
            (json!({"isClosed": "x"}), Code::Body),
            (json!({"maxResults": "\0"}), Code::Body),
            (json!({"isClosed": "\0"}), Code::Body),
        ] {
            match filter(&body) {
                Err(Error::Invalid { code: found, .. }) => assert_eq!(found, code, "{body}"),
                other => panic!("{other:?}"),
            }
        }
    }
}
