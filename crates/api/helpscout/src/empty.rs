//! Lists of things that Heddle does not have, which clients read nevertheless: customer properties and workflows (contract
//! sections 9.5 and 10.6). They are empty.

use std::collections::BTreeMap;

use axum::response::Response;
use heddle_domain::Scope;
use heddle_http::members::Problem;
use heddle_http::query::Query;

use crate::auth::Caller;
use crate::error::Error;
use crate::page::PageRequest;
use crate::path::Base;
use crate::wire::{Link, Page, SelfLink, Unpaged, Workflows};
use crate::{parameter, response};

/// The parameters of the list of workflows that have certain words as values.
pub(crate) const WORDS: [(&str, &[&str]); 2] = [
    ("type", &["automatic", "manual"]),
    ("status", &["active", "inactive", "invalid"]),
];
/// Number of workflows on a page.
const PAGE_SIZE: i64 = 50;

/// `GET /v2/customer-properties`
pub(crate) async fn customer_properties(
    caller: Caller,
    Base(base): Base,
) -> Result<Response, Error> {
    caller.require(Scope::CustomersRead)?;
    let none: Vec<()> = Vec::new();
    Ok(response::hal(&Unpaged {
        embedded: BTreeMap::from([("customer-properties", none)]),
        links: SelfLink {
            this: Link::to(format!("{base}/v2/customer-properties/")),
        },
    }))
}

/// `GET /v2/workflows`
pub(crate) async fn workflows(
    caller: Caller,
    Base(base): Base,
    query: Query,
) -> Result<Response, Error> {
    caller.require(Scope::ConversationsRead)?;
    if let Some(id) = parameter::value(&query, "mailboxId")? {
        parameter::integer("mailboxId", id)?;
    }
    for (name, words) in WORDS {
        let value = parameter::value(&query, name)?;
        if let Some(value) = value.filter(|value| !words.contains(value)) {
            return Err(parameter::wrong(name, value, Problem::Word(words.to_vec())));
        }
    }
    let request = PageRequest::read(&query)?;
    let numbers = request.numbers(PAGE_SIZE, 0);
    Ok(response::hal(&Page {
        embedded: Workflows { workflows: [] },
        links: request.links(&format!("{base}/v2/workflows/"), numbers),
        page: numbers,
    }))
}
