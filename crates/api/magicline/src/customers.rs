//! Looks customers up and creates them (contract section 9). The customers of a key are those whom its studio sees.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use heddle_domain::Timestamp;
use heddle_domain::id::{CustomerId, InboxId};
use heddle_store::read::customer_details::DetailsOfCustomers;
use heddle_store::read::customer_match::MatchCustomers;
use heddle_store::read::customers::{CustomerView, FindCustomer, SearchCustomers};
use heddle_store::read::listing::Position;
use heddle_store::write::customers::{CreateCustomer, RegisterCustomer};
use heddle_store::{Error as StoreError, Refusal};
use http::HeaderMap;

use crate::auth::{Caller, CustomersReader, CustomersWriter};
use crate::error::Error;
use crate::map;
use crate::request::person::{Person, Search};
use crate::request::{self, query};
use crate::text::Text;
use crate::wire::{CreatedCustomer, Customer, Slice};
use heddle_api::App;
use heddle_http::path::{BadPath, Params};
use heddle_http::query::Query;

/// The maximum number of customers that a search returns.
const MOST_FOUND: usize = 100;

/// The parameters of `GET /v1/customers/by`, of which a request has exactly one.
const CRITERIA: [&str; 5] = [
    "customerNumber",
    "cardNumber",
    "barcode",
    "debtorId",
    "qrCodeUuid",
];

/// `GET /v1/customers/{customerId}`
pub(crate) async fn show(
    State(app): State<App>,
    CustomersReader(caller): CustomersReader,
    path: Result<Params, BadPath>,
    query: Query,
) -> Result<Json<Customer>, Error> {
    let id = CustomerId(request::id(&path, "customerId")?);
    query::check_card_number_format(&query)?;
    Ok(Json(find(&app, &caller, id).await?))
}

/// `GET /v1/customers/by`
pub(crate) async fn by(
    State(app): State<App>,
    CustomersReader(caller): CustomersReader,
    query: Query,
) -> Result<Json<Customer>, Error> {
    query::check_card_number_format(&query)?;
    let mut given = Vec::new();
    for name in CRITERIA {
        given.extend(query::text(&query, name)?.map(|value| (name, value)));
    }
    match given[..] {
        [("customerNumber", number)] => {
            let id = map::customer::customer_of_number(caller.studio()?, number);
            Ok(Json(find(&app, &caller, id.ok_or(Error::NotFound)?).await?))
        }
        // No customer has a card, a bar code, a debtor's number or a QR code.
        [_] => Err(Error::NotFound),
        _ => Err(Error::invalid(Text::OneCriterion)),
    }
}

/// `GET /v1/customers`
pub(crate) async fn list(
    State(app): State<App>,
    CustomersReader(caller): CustomersReader,
    query: Query,
) -> Result<Json<Slice<Customer>>, Error> {
    query::check_card_number_format(&query)?;
    let size = query::slice_size(&query, 50..=500, 100)?;
    let prospects = query::word(&query, "customerStatus", &query::CUSTOMER_STATUSES)?;
    let after = position(&app, &caller, &query).await?;
    let search = SearchCustomers {
        account: caller.account(),
        inboxes: caller.reach()?,
        email: None,
        phone: None,
        home: None,
        prospects: Some(prospects.unwrap_or(false)),
        after,
        limit: i64::try_from(size).unwrap_or(i64::MAX),
    };
    let page = app.store.read(search).await?;
    let last = page.customers.last().map(|view| Position {
        at: view.customer.created_at,
        id: view.customer.id.get(),
    });
    let reached = page.next.or(last).or(after);
    Ok(Json(Slice {
        result: shown(&app, &caller, page.customers).await?,
        offset: reached.map(offset).unwrap_or_default(),
        has_next: page.next.is_some(),
    }))
}

/// `POST /v1/customers/search`
pub(crate) async fn search(
    State(app): State<App>,
    CustomersReader(caller): CustomersReader,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Vec<Customer>>, Error> {
    let search = Search::read(&headers, body).await?;
    let found = app
        .store
        .read(MatchCustomers {
            account: caller.account(),
            inboxes: caller.reach()?,
            first_name: search.first_name,
            last_name: search.last_name,
            email: search.email,
            date_of_birth: search.date_of_birth,
            limit: MOST_FOUND,
        })
        .await?;
    Ok(Json(shown(&app, &caller, found).await?))
}

/// `POST /v1/customers/create`
pub(crate) async fn create(
    State(app): State<App>,
    CustomersWriter(caller): CustomersWriter,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<CreatedCustomer>, Error> {
    let person = Person::read(&headers, body).await?;
    let created = register(&app, &caller, person, "email").await?;
    Ok(Json(CreatedCustomer {
        customer_id: created.customer.id.get(),
    }))
}

/// Creates a customer at home in the studio. If another customer has the e-mail address, the error names the member
/// `email`.
pub(crate) async fn register(
    app: &App,
    caller: &Caller,
    person: Person,
    email: &str,
) -> Result<CustomerView, Error> {
    let customer = CreateCustomer {
        caller: caller.for_store(),
        public_ids: Vec::new(),
        home: Some(caller.studio()?),
        email: Some(person.email),
        profile: person.profile,
        addresses: person.phones,
        postal_address: person.postal_address,
    };
    let command = RegisterCustomer {
        customer,
        details: Some(person.details),
        preferences: person.preferences,
        opt_outs: None,
    };
    match app.store.write(command).await {
        Err(StoreError::Refused(Refusal::Conflict(_))) => {
            Err(Error::field(Text::EmailTaken, email))
        }
        created => Ok(created?),
    }
}

/// Returns a customer of the studio; for a merged one, the survivor.
async fn find(app: &App, caller: &Caller, id: CustomerId) -> Result<Customer, Error> {
    let (account, inboxes) = (caller.account(), caller.reach()?);
    let read = |id| {
        let inboxes = inboxes.clone();
        app.store.read(FindCustomer {
            account,
            inboxes,
            id,
        })
    };
    let view = follow(id, read).await?;
    let shown = shown(app, caller, vec![*view]).await?;
    shown.into_iter().next().ok_or(Error::NotFound)
}

/// Runs a call for a customer; if the customer was merged, for the survivor.
pub(crate) async fn follow<T, F>(id: CustomerId, call: impl Fn(CustomerId) -> F) -> Result<T, Error>
where
    F: Future<Output = Result<T, StoreError>>,
{
    match call(id).await {
        Err(StoreError::Refused(Refusal::MergedCustomer(survivor))) => Ok(call(survivor).await?),
        result => Ok(result?),
    }
}

/// Returns customers as the studio sees them.
async fn shown(
    app: &App,
    caller: &Caller,
    views: Vec<CustomerView>,
) -> Result<Vec<Customer>, Error> {
    let studio: InboxId = caller.studio()?;
    let read = DetailsOfCustomers {
        account: caller.account(),
        ids: views.iter().map(|view| view.customer.id).collect(),
    };
    let mut details = app.store.read(read).await?;
    let one = |view: CustomerView| {
        let details = details.remove(&view.customer.id);
        map::customer::customer(studio, view, details)
    };
    Ok(views.into_iter().map(one).collect())
}

/// Returns the offset that begins after a position.
fn offset(position: Position) -> String {
    format!("{}-{}", position.at.0, position.id)
}

/// Returns the position after which the slice begins. With both parameters it begins after the later one.
async fn position(app: &App, caller: &Caller, query: &Query) -> Result<Option<Position>, Error> {
    let wrong = |name| Error::field(Text::BadOffset, name);
    let mut after = None;
    if let Some(text) = query::text(query, "offset")?.filter(|text| !text.is_empty()) {
        let parts = text.split_once('-');
        let numbers = parts.and_then(|(at, id)| Some((at.parse().ok()?, id.parse().ok()?)));
        let (at, id) = numbers.ok_or_else(|| wrong("offset"))?;
        after = Some(Position {
            at: Timestamp(at),
            id,
        });
    }
    if let Some(text) = query::text(query, "lastOffsetId")? {
        let id = text.parse().map_err(|_| wrong("lastOffsetId"))?;
        let read = FindCustomer {
            account: caller.account(),
            inboxes: caller.reach()?,
            id: CustomerId(id),
        };
        let last = app.store.read(read).await;
        let last = last.map_err(|error| match error {
            StoreError::Refused(_) => wrong("lastOffsetId"),
            trouble => trouble.into(),
        })?;
        let last = Position {
            at: last.customer.created_at,
            id,
        };
        after = after.max(Some(last));
    }
    Ok(after)
}
