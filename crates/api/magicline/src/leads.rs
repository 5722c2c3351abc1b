//! Leads: persons who ask for an offer (contract section 9). A lead is a customer of the studio with the status `PROSPECT`.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use heddle_domain::customer::Preference;
use heddle_store::read::references::LookUp;
use http::HeaderMap;

use crate::auth::{CustomersReader, CustomersWriter};
use crate::customers::register;
use crate::error::Error;
use crate::map;
use crate::request::person::{Person, receive_lead};
use crate::wire::{CreatedLead, LeadConfig, LeadValidation};
use heddle_api::App;
use heddle_http::members::Problem;

const MANDATORY: &str = "MANDATORY";
const OPTIONAL: &str = "OPTIONAL";

/// `POST /v1/leads/create`
pub(crate) async fn create(
    State(app): State<App>,
    CustomersWriter(caller): CustomersWriter,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<CreatedLead>, Error> {
    let body = receive_lead(&headers, body).await?;
    let lead = body.in_turn(|body| body.read(Person::of_lead)).await?;
    let created = register(&app, &caller, lead, "leadCustomer.email").await?;
    let id = created.customer.id;
    Ok(Json(CreatedLead {
        id: id.get(),
        customer_id: id.get(),
        uuid: created.public_id,
        customer_number: map::customer::customer_number(caller.studio()?, id),
    }))
}

/// `POST /v1/leads/validate`
pub(crate) async fn validate(
    State(app): State<App>,
    CustomersReader(caller): CustomersReader,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<LeadValidation>, Error> {
    let body = receive_lead(&headers, body).await?;
    let status = match body.in_turn(|body| body.read(Person::of_lead)).await {
        Err(fault) if fault.problem == Problem::Nul => return Err(fault.into()),
        Err(_) => "INVALID_LEAD_DATA",
        Ok(lead) => {
            let read = LookUp {
                account: caller.account(),
                inboxes: caller.reach()?,
                conversation: None,
                customers: Vec::new(),
                emails: vec![lead.email],
                agents: Vec::new(),
            };
            match app.store.read(read).await?.owners[..] {
                [None] => "POSSIBLE",
                _ => "DUPLICATE_CUSTOMER",
            }
        }
    };
    Ok(Json(LeadValidation { status }))
}

/// `GET /v1/leads/config`
pub(crate) async fn config(CustomersReader(_): CustomersReader) -> Json<LeadConfig> {
    Json(LeadConfig {
        firstname: MANDATORY,
        lastname: MANDATORY,
        email: MANDATORY,
        gender: OPTIONAL,
        date_of_birth: OPTIONAL,
        telephone: OPTIONAL,
        language: OPTIONAL,
        third_party_id: OPTIONAL,
        address: OPTIONAL,
        communication_preferences: map::preferences(&Preference::all(&[])),
    })
}
