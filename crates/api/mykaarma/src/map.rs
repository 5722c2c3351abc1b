//! Converts threads and times to the vendor's objects, and compares addresses as the vendor does (`rules.md` 19 and 34;
//! contract sections 4 to 7). Without I/O.

mod customer;
mod message;
mod opt_out;
mod text;

use heddle_domain::Conversation;
use heddle_domain::customer::normalise_email;

use crate::wire::Thread;

pub(crate) use customer::customer;
pub(crate) use message::{Place, message};
pub(crate) use opt_out::{opt_out, opt_out_address, opt_out_of};
pub(crate) use text::{date_time, message_id, message_uuid};

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

/// Whether a phone number or e-mail address is among the customer's addresses. Of phone numbers only the digits are
/// compared.
pub(crate) fn is_known_value(value: &str, addresses: &[(String, String)]) -> bool {
    let digits = |text: &str| -> String { text.chars().filter(char::is_ascii_digit).collect() };
    match normalise_email(value) {
        Some(email) => addresses
            .iter()
            .any(|(_, known)| normalise_email(known).as_ref() == Some(&email)),
        None => {
            let number = digits(value);
            !number.is_empty()
                && addresses
                    .iter()
                    .any(|(kind, known)| kind == "phone" && digits(known) == number)
        }
    }
}

#[cfg(test)]
mod tests {
    use heddle_domain::Timestamp;
    use heddle_domain::conversation::{Opening, Status};
    use heddle_domain::id::{AgentId, ConversationId, CustomerId, InboxId};

    use super::*;

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
        assert!(date_time(Timestamp(i64::MAX)).starts_with("9999-12-31T"));
        assert!(date_time(Timestamp(i64::MIN)).starts_with("0001-01-01T"));
    }

    #[test]
    fn customer_values_are_recognised_in_any_spelling() {
        let addresses = [
            ("email".to_owned(), "Ito@Here.example".to_owned()),
            ("phone".to_owned(), "+49 30 1234".to_owned()),
        ];
        for known in [
            "ito@here.EXAMPLE",
            " ito@here.example ",
            "+49301234",
            "49-30-1234",
        ] {
            assert!(is_known_value(known, &addresses), "{known}");
        }
        for unknown in ["ito@other.example", "301234", "+", "", "phone"] {
            assert!(!is_known_value(unknown, &addresses), "{unknown}");
        }
    }
}
