//! `POST /api/v1/customers` and `PATCH /api/v1/customers/{id}`, and their commands, which bulk requests use too.

use heddle_domain::InboxScope;
use heddle_domain::id::CustomerId;
use heddle_store::read::customers::CustomerView;
use heddle_store::read::references::LookUp;
use heddle_store::write::account::ApiPublicId;
use heddle_store::write::customers::{CreateCustomer, UpdateCustomer};
use heddle_store::{Entity, Error as StoreError, Refusal, Write};

use super::input::{CustomerChange, CustomerFields, NewCustomer};
use super::lookup::path_of;
use crate::answer::Answer;
use crate::auth::{Caller, CustomersWriter};
use crate::body::WithBody;
use crate::error::{Error, FieldError};
use crate::idempotency::IdempotentWrite;
use crate::path::Id;
use crate::problem::Problem;
use crate::resources::Customer;

/// The field of the body that names the home inbox.
pub(crate) const INBOX: (Entity, &str) = (Entity::Inbox, "home_inbox_id");

/// Create a customer. Its e-mail addresses and public ids may not belong to another customer.
#[utoipa::path(post, path = "/api/v1/customers", tag = "customers", operation_id = "create_customer",
    request_body = NewCustomer, security(("token" = ["customers.write"])),
    responses((status = 201, body = Customer, description = "The customer", headers(("ETag" = String), ("Location" = String))),
        (status = 409, body = Problem,
            description = "An e-mail address is another customer's: `errors` names it. Or a public id is")))]
pub(crate) async fn create(
    CustomersWriter(caller): CustomersWriter,
    WithBody { mut input, write }: WithBody<NewCustomer>,
) -> Result<Answer, Error> {
    let public_ids = input.public_ids.take().unwrap_or_default();
    let (fields, public_ids) = match (input.parse(), public_ids.read(&caller.app.own.apis)) {
        (Ok(fields), Ok(public_ids)) => (fields, public_ids),
        (Err(Error::Invalid(faults)), Err(more)) => {
            return Err(Error::Invalid([faults, more].concat()));
        }
        (Err(error), _) => return Err(error),
        (_, Err(faults)) => return Err(Error::Invalid(faults)),
    };
    let command = creation(&caller, fields.clone(), public_ids).await?;
    let answer = |view: &CustomerView| {
        let (id, version) = (view.customer.id, view.customer.version);
        Answer::created(path_of(id), &Customer::of(view)).version(version)
    };
    run(&caller, &write, (command, &fields), answer).await
}

pub(crate) async fn creation(
    caller: &Caller,
    fields: CustomerFields,
    public_ids: Vec<ApiPublicId>,
) -> Result<CreateCustomer, Error> {
    let home = fields.home.flatten();
    if let Some(home) = home
        && !caller.reaches(home).await?
    {
        return Err(Error::unknown(INBOX.1));
    }
    let (profile, addresses, postal_address) = fields.into_new();
    Ok(CreateCustomer {
        caller: caller.for_store(),
        public_ids,
        home,
        email: None,
        profile,
        addresses,
        postal_address,
    })
}

/// Change a customer.
#[utoipa::path(patch, path = "/api/v1/customers/{id}", tag = "customers", operation_id = "update_customer", params(Id),
    request_body = CustomerChange, security(("token" = ["customers.write"])),
    responses((status = 200, body = Customer, description = "The customer", headers(("ETag" = String))),
        (status = 409, body = Problem, description = "It was merged, or an e-mail address is another customer's: `errors` names it")))]
pub(crate) async fn change(
    CustomersWriter(caller): CustomersWriter,
    Id(id): Id,
    WithBody { input, write }: WithBody<CustomerChange>,
) -> Result<Answer, Error> {
    let fields = input.parse()?;
    let command = update(&caller, CustomerId(id), write.expected, fields.clone());
    let answer =
        |view: &CustomerView| Answer::ok(&Customer::of(view)).version(view.customer.version);
    run(&caller, &write, (command, &fields), answer).await
}

pub(crate) fn update(
    caller: &Caller,
    id: CustomerId,
    expected: Option<i64>,
    fields: CustomerFields,
) -> UpdateCustomer {
    UpdateCustomer {
        caller: caller.for_store(),
        inboxes: caller.inboxes().clone(),
        id,
        expected,
        change: fields.into_change(),
    }
}

/// Runs a command. If an e-mail address belongs to another customer, the error names its field.
async fn run<W: Write>(
    caller: &Caller,
    write: &IdempotentWrite,
    (command, fields): (W, &CustomerFields),
    answer: impl Fn(&W::Out) -> Answer + Send + Sync + 'static,
) -> Result<Answer, Error> {
    match write.try_run(command, answer).await {
        Ok(answer) => answer,
        Err(error @ StoreError::Refused(Refusal::Conflict(_))) => {
            let taken = taken_emails(caller, fields.emails()).await?;
            // Otherwise it is a public id that is taken.
            Err(match taken.is_empty() {
                true => Error::of_command(error, &[INBOX]),
                false => Error::Taken(taken),
            })
        }
        Err(error) => Err(Error::of_command(error, &[INBOX])),
    }
}

/// Returns the faults of those e-mail addresses that belong to a customer, each with its field.
pub(crate) async fn taken_emails(
    caller: &Caller,
    emails: Vec<(String, String)>,
) -> Result<Vec<FieldError>, Error> {
    let look_up = LookUp {
        account: caller.account(),
        inboxes: InboxScope::All,
        conversation: None,
        customers: Vec::new(),
        emails: emails.iter().map(|(_, email)| email.clone()).collect(),
        agents: Vec::new(),
    };
    let owners = caller.read(look_up).await?.owners;
    let taken = emails.into_iter().zip(owners);
    let taken = taken.filter(|(_, owner)| owner.is_some());
    let fault = |field: String| FieldError::new(&field, "taken", "belongs to another customer");
    Ok(taken.map(|((field, _), _)| fault(field)).collect())
}
