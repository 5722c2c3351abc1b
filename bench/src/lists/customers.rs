//! The lists of customers that are measured.

use anyhow::Result;
use heddle_domain::{InboxScope, Timestamp};
use heddle_store::read::customer_list::{Condition, Limits, ListCustomers, Order, Place};

use super::desk::{Desk, INBOXES, Kind, email, last_part};

/// The number of the late page that is measured.
const LATE: i64 = 500;

/// Returns each kind of list.
pub(super) async fn kinds(desk: &Desk) -> Result<Vec<Kind<'_, ListCustomers>>> {
    let mut kinds = filters(desk, changes(desk).await?);
    for (order, by_number, by_position) in [
        (Order::Created, "page 500 by number", "page 500 by position"),
        (
            Order::Updated,
            "sort modifiedAt, page 500 by number",
            "sort modifiedAt, page 500 by position",
        ),
        (
            Order::FirstName,
            "sort firstName, page 500 by number",
            "sort firstName, page 500 by position",
        ),
        (
            Order::LastName,
            "sort lastName, page 500 by number",
            "sort lastName, page 500 by position",
        ),
    ] {
        let late = ListCustomers {
            page: LATE,
            ..list(desk, Condition::none(), order)
        };
        let place = before(desk, &late).await?;
        let placed = ListCustomers {
            after: place,
            ..late.clone()
        };
        kinds.push((by_number, Box::new(move |_| late.clone())));
        kinds.push((by_position, Box::new(move |_| placed.clone())));
    }
    Ok(kinds)
}

/// Returns the place after which a page begins.
async fn before(desk: &Desk, list: &ListCustomers) -> Result<Option<Place>> {
    let earlier = ListCustomers {
        page: list.page - 1,
        ..list.clone()
    };
    Ok(desk.store.read(earlier).await?.next)
}

fn list(desk: &Desk, condition: Condition, order: Order) -> ListCustomers {
    ListCustomers {
        account: desk.caller.account,
        inboxes: InboxScope::All,
        home: None,
        condition,
        order,
        descending: true,
        page: 1,
        after: None,
        size: 50,
        limits: Limits::USUAL,
    }
}

/// Returns the first page of the lists with each filter and order.
fn filters(desk: &Desk, changes: (Timestamp, Timestamp)) -> Vec<Kind<'_, ListCustomers>> {
    let first = |name: &str| Condition::FirstName(name.to_owned());
    let last = |name: &str| Condition::LastName(name.to_owned());
    let domain = |name: &str| Condition::EmailDomain(name.to_owned());
    let email = |call: usize| Condition::Email(email(call * 31 % desk.customers()));
    let since = |at: Timestamp| Condition::Changed(at, Timestamp(i64::MAX));
    let on = move |condition, order| list(desk, condition, order);
    let at_home = move |call: usize, condition, order| ListCustomers {
        home: Some(desk.inboxes[call % INBOXES]),
        ..list(desk, condition, order)
    };
    let all = Condition::none;
    vec![
        ("no filter", Box::new(move |_| on(all(), Order::Created))),
        (
            "sort createdAt, ascending",
            Box::new(move |_| ListCustomers {
                descending: false,
                ..on(all(), Order::Created)
            }),
        ),
        (
            "sort modifiedAt",
            Box::new(move |_| on(all(), Order::Updated)),
        ),
        (
            "sort firstName",
            Box::new(move |_| on(all(), Order::FirstName)),
        ),
        (
            "sort lastName",
            Box::new(move |_| on(all(), Order::LastName)),
        ),
        (
            "mailbox",
            Box::new(move |call| at_home(call, all(), Order::Created)),
        ),
        (
            "mailbox, sort modifiedAt",
            Box::new(move |call| at_home(call, all(), Order::Updated)),
        ),
        (
            "mailbox, sort firstName",
            Box::new(move |call| at_home(call, all(), Order::FirstName)),
        ),
        (
            "a token of two inboxes",
            Box::new(move |call| ListCustomers {
                inboxes: InboxScope::only([
                    desk.inboxes[call % INBOXES],
                    desk.inboxes[(call + 1) % INBOXES],
                ]),
                ..on(all(), Order::Created)
            }),
        ),
        (
            "firstName, 1 in 10",
            Box::new(move |_| on(first("anna"), Order::Created)),
        ),
        (
            "firstName, 1 in 40",
            Box::new(move |_| on(first("bo"), Order::Created)),
        ),
        (
            "firstName, 1 in 1,000",
            Box::new(move |call| on(first(&format!("first{call}")), Order::Created)),
        ),
        (
            "lastName, 1 in 50",
            Box::new(move |_| on(last("smith"), Order::Created)),
        ),
        (
            "lastName, 1 in 50, sort firstName",
            Box::new(move |_| on(last("smith"), Order::FirstName)),
        ),
        (
            "lastName, 1 in 20,000",
            Box::new(move |call| on(last(&format!("last{call}")), Order::Created)),
        ),
        (
            "email",
            Box::new(move |call| on(email(call), Order::Created)),
        ),
        (
            "modifiedSince, nothing",
            Box::new(move |_| on(since(changes.1.plus_ms(1)), Order::Created)),
        ),
        (
            "modifiedSince, 1 in 50",
            Box::new(move |_| on(since(last_part(changes, 50)), Order::Created)),
        ),
        (
            "modifiedSince, 1 in 50, sort modifiedAt",
            Box::new(move |_| on(since(last_part(changes, 50)), Order::Updated)),
        ),
        (
            "modifiedSince, everything",
            Box::new(move |_| on(since(changes.0), Order::Created)),
        ),
        (
            "modifiedSince, everything, sort modifiedAt",
            Box::new(move |_| on(since(changes.0), Order::Updated)),
        ),
        (
            "query domain, 1 in 4",
            Box::new(move |_| on(domain("mail.example"), Order::Created)),
        ),
        (
            "query domain, 1 in 4, sort lastName",
            Box::new(move |_| on(domain("mail.example"), Order::LastName)),
        ),
        (
            "query domain, 1 in 45",
            Box::new(move |_| on(domain("firm.example"), Order::Created)),
        ),
        (
            "query domain, 1 in 3,000",
            Box::new(move |call| on(domain(&format!("d{call}.example")), Order::Created)),
        ),
        (
            "query firstName 1 in 10 AND lastName 1 in 50",
            Box::new(move |_| {
                on(
                    Condition::All(vec![first("anna"), last("smith")]),
                    Order::Created,
                )
            }),
        ),
        (
            "query email OR lastName 1 in 20,000",
            Box::new(move |call| {
                on(
                    Condition::Any(vec![email(call), last(&format!("last{call}"))]),
                    Order::Created,
                )
            }),
        ),
        (
            "query NOT firstName",
            Box::new(move |_| on(Condition::Not(Box::new(first("anna"))), Order::Created)),
        ),
        (
            "query firstName 1 in 10, sort lastName, mailbox",
            Box::new(move |call| at_home(call, first("anna"), Order::LastName)),
        ),
    ]
}

/// Returns when the customers were changed, at the earliest and at the latest.
async fn changes(desk: &Desk) -> Result<(Timestamp, Timestamp)> {
    let mut ends = [desk.now; 2];
    for (end, descending) in ends.iter_mut().zip([false, true]) {
        let list = ListCustomers {
            descending,
            size: 1,
            ..list(desk, Condition::none(), Order::Updated)
        };
        if let Some(first) = desk.store.read(list).await?.customers.first() {
            *end = first.customer.updated_at;
        }
    }
    Ok((ends[0], ends[1]))
}
