//! Converts the vendor's requests to the domain, and threads to responses (`rules.md` 10, 19 and 34; contract sections
//! 4 to 7). Without I/O.

mod delegation;
mod message;

use heddle_domain::guid::{Guid, GuidKind, GuidParts};
use heddle_domain::{Conversation, MessageId, Timestamp};
use heddle_store::read::threads::ThreadOrder;

use crate::wire::Thread;
use heddle_http::members::Object;

pub(crate) use delegation::{Delegation, Selection};
pub(crate) use message::{MessageRequest, MessageType, is_known_value};

const DEFAULT_RESULTS: i64 = 20;
const MOST_RESULTS: i64 = 1_000;

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
    pub(crate) fn read(body: &Object<'_>) -> Self {
        // Zero means the default number, because the vendor's own sample sends zero.
        let limit = body.get("maxResults").integer(0..=i32::MAX.into());
        let limit = limit.filter(|limit| *limit != 0);
        let order = [
            ("LAST_MESSAGE_ON", ThreadOrder::LastMessage),
            ("LAST_DELEGATION_ON", ThreadOrder::LastDelegation),
        ];
        let ascending = [("ASC", true), ("DESC", false)];
        Self {
            assignee: body.get("assigneeUserUUID").text().map(str::to_owned),
            archived: body.get("isArchived").flag(),
            closed: body.get("isClosed").flag(),
            limit: limit.unwrap_or(DEFAULT_RESULTS).min(MOST_RESULTS),
            order: body
                .get("sortOrderKey")
                .meaning(&order)
                .unwrap_or(ThreadOrder::LastMessage),
            ascending: body.get("sortOrder").meaning(&ascending).unwrap_or(false),
        }
    }
}

/// The public ids of the dealer, department and customer of a thread.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ThreadOwners<'a> {
    pub(crate) dealer: &'a str,
    pub(crate) department: &'a str,
    pub(crate) customer: &'a str,
}

/// Returns the vendor's thread object. In a thread with no assignee `userUuid` is empty; in a thread that was never
/// delegated (assigned) the time of delegation is 0.
pub(crate) fn thread(
    conversation: &Conversation,
    assignee: Option<&str>,
    owners: &ThreadOwners<'_>,
) -> Thread {
    Thread {
        id: conversation.id.get(),
        archived: conversation.archived,
        closed: conversation.status.is_closed(),
        dealer_uuid: owners.dealer.to_owned(),
        department_uuid: owners.department.to_owned(),
        user_uuid: assignee.unwrap_or_default().to_owned(),
        customer_uuid: owners.customer.to_owned(),
        last_message_on: date_time(conversation.last_message_at),
        last_delegation_on: conversation.delegated_at.map_or(0, |at| at.0),
        is_waiting_for_response: conversation.is_waiting(),
    }
}

/// Returns a message's id as the API shows it: a GUID that encodes the id, its time and the account's tag.
pub(crate) fn message_uuid(id: MessageId, tag: u32) -> String {
    let parts = GuidParts {
        created_at: id.created_at(),
        id: id.get(),
        tag,
    };
    Guid::encode(GuidKind::Message, parts).to_string()
}

/// Formats a time for a response, such as `2025-03-28T11:34:43.272Z`. A time outside the calendar (a client's offset
/// can move a time there) becomes the calendar's first or last instant.
fn date_time(at: Timestamp) -> String {
    let end = if at.0 < 0 {
        jiff::Timestamp::MIN
    } else {
        jiff::Timestamp::MAX
    };
    jiff::Timestamp::from_millisecond(at.0)
        .unwrap_or(end)
        .strftime("%Y-%m-%dT%H:%M:%S%.3fZ")
        .to_string()
}

#[cfg(test)]
mod tests {
    use heddle_domain::conversation::{Opening, Status};
    use heddle_domain::id::{AgentId, ConversationId, CustomerId, InboxId};
    use serde_json::{Value, json};

    use super::*;
    use crate::error::{Code, Error};
    use crate::request::tests::parse;

    fn filter(body: &Value) -> Result<ThreadFilter, Error> {
        parse(body, ThreadFilter::read)
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
    fn a_conversation_shows_all_ten_fields() {
        let opening = Opening {
            id: ConversationId(7),
            inbox: InboxId(1),
            customer: CustomerId(2),
            application: None,
            subject: String::new(),
            kind: None,
            status: Status::New,
            assignee: None,
            ticket_number: None,
            ticket_link: None,
            original_sender: None,
            started_at: None,
            closed_at: None,
        };
        let at = Timestamp(1_743_161_683_272);
        let mut conversation = Conversation::open(opening, at, AgentId(1));
        let owners = ThreadOwners {
            dealer: "dealer",
            department: "department",
            customer: "customer",
        };
        let mut expected = Thread {
            id: 7,
            archived: false,
            closed: false,
            dealer_uuid: "dealer".into(),
            department_uuid: "department".into(),
            user_uuid: String::new(),
            customer_uuid: "customer".into(),
            last_message_on: "2025-03-28T11:34:43.272Z".into(),
            last_delegation_on: 0,
            is_waiting_for_response: false,
        };
        assert_eq!(thread(&conversation, None, &owners), expected);
        conversation.assign(Some(AgentId(3)), at);
        conversation.status = Status::Spam;
        conversation.archived = true;
        expected.user_uuid = "user".into();
        expected.last_delegation_on = at.0;
        (expected.closed, expected.archived) = (true, true);
        assert_eq!(thread(&conversation, Some("user"), &owners), expected);
    }

    #[test]
    fn instants_at_the_ends_of_the_calendar_still_show() {
        assert_eq!(date_time(Timestamp(0)), "1970-01-01T00:00:00.000Z");
        assert_eq!(date_time(Timestamp(-1)), "1969-12-31T23:59:59.999Z");
        assert!(date_time(Timestamp(i64::MAX)).starts_with("9999-12-30T"));
        assert!(date_time(Timestamp(i64::MIN)).starts_with("-9999-01-02T"));
    }
}
