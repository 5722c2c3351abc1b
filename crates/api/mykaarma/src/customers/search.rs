//! Finds customers by what a person types: an e-mail address, a telephone number, or the beginnings of names.
//!
//! Customers at home in another department are never found. Exact matches come from the store itself, so a customer is
//! found as soon as it is created; further ones, by any word of names and addresses, come from the search index, which
//! follows a moment later, and only if the operator has not switched it off. Every read is limited.

use std::collections::{BTreeSet, HashSet};

use heddle_domain::InboxScope;
use heddle_domain::customer::{normalise_email, split_name};
use heddle_domain::id::{AccountId, CustomerId, InboxId};
use heddle_domain::opt_out::{OptOutAddress, OptOutKind};
use heddle_store::read::customer_match::MatchCustomers;
use heddle_store::read::customers::{CustomerView, CustomersById, SearchCustomers};
use heddle_store::search::Suggest;

use crate::error::Error;
use crate::request::search::MOST_FOUND;
use heddle_api::App;

/// Returns the customers that match a term, without repetition: those with exactly this address or number first, then by
/// name, then those of the index.
pub(super) async fn find(
    app: &App,
    account: AccountId,
    inbox: InboxId,
    term: &str,
) -> Result<Vec<CustomerView>, Error> {
    let mut found = match normalise_email(term) {
        Some(email) => by_address(app, account, inbox, Some(email), None).await?,
        None => by_phone(app, account, inbox, term).await?,
    };
    found.extend(by_name(app, account, inbox, term).await?);
    found.extend(indexed(app, account, inbox, term).await?);
    let mut seen = HashSet::new();
    found.retain(|view| seen.insert(view.customer.id));
    Ok(found)
}

async fn by_address(
    app: &App,
    account: AccountId,
    inbox: InboxId,
    email: Option<String>,
    phone: Option<String>,
) -> Result<Vec<CustomerView>, Error> {
    let read = SearchCustomers {
        account,
        inboxes: InboxScope::only([inbox]),
        email,
        phone,
        home: None,
        prospects: None,
        after: None,
        limit: i64::try_from(MOST_FOUND).unwrap_or(i64::MAX),
    };
    Ok(app.store.read(read).await?.customers)
}

/// Returns the customers with a telephone number, the oldest first: as it is written, and as its digits with and without
/// a plus.
async fn by_phone(
    app: &App,
    account: AccountId,
    inbox: InboxId,
    number: &str,
) -> Result<Vec<CustomerView>, Error> {
    let Some(digits) = OptOutAddress::new(OptOutKind::Text, number) else {
        return Ok(Vec::new());
    };
    let digits = digits.value();
    let spellings = [
        number.trim().to_owned(),
        digits.to_owned(),
        format!("+{digits}"),
    ];
    let spellings = BTreeSet::from(spellings);
    let mut found = Vec::new();
    for spelling in spellings {
        found.extend(by_address(app, account, inbox, None, Some(spelling)).await?);
    }
    found.sort_by_key(|view| (view.customer.created_at, view.customer.id));
    Ok(found)
}

/// Returns the customers whose first and last name begin like those of the term, in either order; of one word, whose first
/// or last name begins like it.
async fn by_name(
    app: &App,
    account: AccountId,
    inbox: InboxId,
    term: &str,
) -> Result<Vec<CustomerView>, Error> {
    let (first, last) = split_name(term);
    let given = |name: &str| (!name.is_empty()).then(|| name.to_owned());
    let mut found = Vec::new();
    for (first_name, last_name) in [(last, first), (first, last)] {
        let read = MatchCustomers {
            account,
            inboxes: InboxScope::only([inbox]),
            first_name: given(first_name),
            last_name: given(last_name),
            email: None,
            date_of_birth: None,
            limit: MOST_FOUND,
        };
        found.extend(app.store.read(read).await?);
    }
    Ok(found)
}

/// Returns the customers with words that begin like those of the term, from the search index.
async fn indexed(
    app: &App,
    account: AccountId,
    inbox: InboxId,
    term: &str,
) -> Result<Vec<CustomerView>, Error> {
    if app.search.is_none() {
        return Ok(Vec::new());
    }
    let inboxes = InboxScope::only([inbox]);
    let read = Suggest {
        account,
        inboxes: inboxes.clone(),
        text: term.to_owned(),
        limit: MOST_FOUND,
        customers: true,
        agents: false,
        tags: false,
    };
    let suggested = app.store.read(read).await?.customers;
    let ids: Vec<CustomerId> = suggested.iter().map(|customer| customer.id).collect();
    let read = CustomersById {
        account,
        inboxes,
        ids: ids.clone(),
    };
    let mut views = app.store.read(read).await?;
    Ok(ids.iter().filter_map(|id| views.remove(id)).collect())
}
