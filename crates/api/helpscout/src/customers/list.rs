//! `GET /v2/customers` (contract section 9.2).

use axum::extract::State;
use axum::response::Response;
use heddle_domain::customer::normalise_email;
use heddle_domain::id::InboxId;
use heddle_domain::{Scope, Timestamp};
use heddle_http::members::Problem;
use heddle_http::query::Query;
use heddle_store::read::customer_list::{
    Condition, Limits, ListCustomers, Order, Place, SortValue,
};

use super::{language, reach};
use crate::auth::Caller;
use crate::error::Error;
use crate::fault::code;
use crate::page::{PageRequest, text_of, text_part};
use crate::parameter::{self, date_time, integer, value, wrong};
use crate::path::Base;
use crate::wire::{CustomerList, Page};
use crate::{map, response};
use heddle_api::App;

/// Number of customers on a page.
const PAGE_SIZE: usize = 50;
pub(crate) const ORDERS: [(&str, Order); 5] = [
    // No score is computed, so all customers have the same.
    ("score", Order::Created),
    ("firstName", Order::FirstName),
    ("lastName", Order::LastName),
    ("modifiedAt", Order::Updated),
    ("createdAt", Order::Created),
];

/// What a request asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Filters {
    home: Option<InboxId>,
    condition: Condition,
    order: Order,
    descending: bool,
    /// The place after which the page begins.
    after: Option<Place>,
}

impl Filters {
    fn read(query: &Query, page: &PageRequest) -> Result<Self, Error> {
        let mut all = Vec::new();
        if let Some(name) = value(query, "firstName")? {
            all.push(Condition::FirstName(name.to_owned()));
        }
        if let Some(name) = value(query, "lastName")? {
            all.push(Condition::LastName(name.to_owned()));
        }
        if let Some(email) = value(query, "email")? {
            // Nobody has a text that is no address.
            let nobody = || Condition::Any(Vec::new());
            all.push(normalise_email(email).map_or_else(nobody, Condition::Email));
        }
        if let Some(since) = value(query, "modifiedSince")? {
            let since = date_time("modifiedSince", since)?;
            all.push(Condition::Changed(since, Timestamp(i64::MAX)));
        }
        if let Some(text) = value(query, "query")? {
            let read = language::parse(text);
            let rule = |fault: String| Problem::Rule(code::QUERY, fault.into());
            all.push(read.map_err(|fault| wrong("query", text, rule(fault)))?);
        }
        let (order, descending) = order(query)?;
        Ok(Self {
            home: match value(query, "mailbox")? {
                Some(id) => Some(InboxId(integer("mailbox", id)?)),
                None => None,
            },
            condition: Condition::All(all),
            order,
            descending,
            after: page.position(query, |parts| place(parts, order))?,
        })
    }
}

/// `GET /v2/customers`
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    Base(base): Base,
    query: Query,
) -> Result<Response, Error> {
    caller.require(Scope::CustomersRead)?;
    let request = PageRequest::read(&query)?;
    let filters = Filters::read(&query, &request)?;
    let read = ListCustomers {
        account: caller.principal.credential.account,
        inboxes: caller.inboxes(),
        home: filters.home,
        condition: filters.condition,
        order: filters.order,
        descending: filters.descending,
        page: request.number,
        after: filters.after,
        size: PAGE_SIZE,
        limits: Limits::USUAL,
    };
    let page = app.store.read(read).await?;
    tracing::debug!(rows = page.rows_read, "listed customers");
    let counts = reach::count_conversations(&app, &caller, &page.customers).await?;
    let customers = page.customers.iter().zip(counts);
    let customers = customers.map(|(view, count)| map::customer(view, count, &base));
    let numbers = request.numbers(PAGE_SIZE as i64, page.total);
    let next = page
        .next
        .map(|place| request.next_position(&position_parts(&place)));
    Ok(response::hal(&Page {
        embedded: CustomerList {
            customers: customers.collect(),
        },
        links: request.walk_links(&format!("{base}/v2/customers/"), numbers, next),
        page: numbers,
    }))
}

fn order(query: &Query) -> Result<(Order, bool), Error> {
    let order = parameter::meaning(query, "sortField", "createdAt", &ORDERS)?;
    Ok((order, parameter::is_descending(query)?))
}

/// Returns the parts of the position after a place.
fn position_parts(place: &Place) -> [String; 2] {
    let value = match &place.value {
        SortValue::Time(at) => format!("t{at}"),
        SortValue::Name(name) => format!("n{}", text_part(name)),
    };
    [place.id.to_string(), value]
}

/// Reads the place after which a page begins from the parts of a position.
fn place(parts: &[&str], order: Order) -> Option<Place> {
    let [id, value] = *parts else {
        return None;
    };
    let value = match value.split_at_checked(1)? {
        ("t", at) => SortValue::Time(at.parse().ok()?),
        ("n", name) => SortValue::Name(text_of(name)?),
        _ => return None,
    };
    let id = id.parse().ok()?;
    Some(Place { value, id }).filter(|place| order.has(place))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time;

    fn read(raw: &str) -> Result<Filters, Error> {
        let query = Query::parse(raw);
        let page = PageRequest::read(&query)?;
        Filters::read(&query, &page)
    }

    #[test]
    fn bad_parameters_are_named() {
        for (raw, name) in [
            ("mailbox=x", "mailbox"),
            ("modifiedSince=yesterday", "modifiedSince"),
            ("sortField=color", "sortField"),
            ("sortOrder=up", "sortOrder"),
            ("query=color:red", "query"),
            ("firstName=%00", "firstName"),
            ("page=0", "page"),
            ("page=x", "page"),
            ("position=1", "position"),
            ("position=1_2_t", "position"),
            ("position=1_2_nAA", "position"),
            ("position=1_2_t5_6", "position"),
            ("position=1_2_t5&sortField=firstName", "position"),
        ] {
            let Err(Error::Query(fault)) = read(raw) else {
                panic!("{raw}");
            };
            assert_eq!(fault.path.as_str(), name, "{raw}");
        }
    }

    #[test]
    fn parameters_are_read_as_clients_send_them() {
        let at = time::parse("2026-03-04T09:15:00Z").expect("a time");
        for raw in [
            "modifiedSince=2026-03-04T09:15:00Z",
            "modifiedSince=2026-03-04T10:15:00+01:00",
            "modifiedSince=2026-03-04T09%3A15%3A00Z&size=5&limit=9&embed=x",
            "modifiedSince=2020-03-04T09:15:00Z&modifiedSince=2026-03-04T09:15:00Z",
        ] {
            let filters = read(raw).expect(raw);
            let expected = Condition::All(vec![Condition::Changed(at, Timestamp(i64::MAX))]);
            assert_eq!(filters.condition, expected, "{raw}");
            assert_eq!((filters.order, filters.descending), (Order::Created, true));
        }
        let nobody = read("email=nobody").expect("filters").condition;
        assert_eq!(nobody, Condition::All(vec![Condition::Any(Vec::new())]));
    }

    #[test]
    fn a_position_is_read_back_on_its_page_only() {
        for (sort, value) in [
            ("createdAt", SortValue::Time(-7)),
            ("lastName", SortValue::Name("\u{e9}va & b".into())),
            ("firstName", SortValue::Name(String::new())),
        ] {
            let place = Place { value, id: 70 };
            let first = PageRequest::read(&Query::parse("")).expect("a page");
            let text = first.next_position(&position_parts(&place));
            let text = text.replace('+', "%2B");
            let on = |page: i64| {
                let raw = format!("sortField={sort}&page={page}&position={text}");
                read(&raw).expect("filters").after
            };
            assert_eq!((on(2), on(3)), (Some(place), None));
        }
    }
}
