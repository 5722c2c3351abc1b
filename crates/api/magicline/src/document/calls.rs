//! What each call of this API does, for its OpenAPI description: one line for each route.

use serde_json::{Value, json};

use super::bodies;
use super::call::{Call, Parameter, Success};
use crate::request::query::CARD_NUMBER_FORMATS;
use crate::template::{PREFERENCES, THREAD, THREADS};

fn text() -> Value {
    json!({ "type": "string" })
}

const CARDS: Parameter = Parameter {
    name: "cardNumberFormat",
    text: "How numbers of cards are written; no customer has a card",
    schema: || bodies::word_of(&CARD_NUMBER_FORMATS),
};

const OFFSET: Parameter = Parameter {
    name: "offset",
    text: "Where the slice begins: the `offset` of the slice before",
    schema: text,
};

const fn criterion(name: &'static str) -> Parameter {
    Parameter {
        name,
        text: "One of these parameters is needed, and only one",
        schema: text,
    }
}

const LIST: &[Parameter] = &[
    OFFSET,
    Parameter {
        name: "sliceSize",
        text: "How many customers the slice has at most; usually 100",
        schema: || json!({ "type": "integer", "minimum": 50, "maximum": 500 }),
    },
    Parameter {
        name: "customerStatus",
        text: "Which customers the list has; usually members",
        schema: || json!({ "type": "string", "enum": ["MEMBER", "PROSPECT"] }),
    },
    Parameter {
        name: "lastOffsetId",
        text: "The id of the last customer of the slice before",
        schema: || json!({ "type": "integer", "format": "int64" }),
    },
    CARDS,
];

const EMPLOYEES: &[Parameter] = &[
    OFFSET,
    Parameter {
        name: "sliceSize",
        text: "How many employees the slice has at most; usually 50",
        schema: || json!({ "type": "integer", "minimum": 10, "maximum": 100 }),
    },
];

const BY: &[Parameter] = &[
    criterion("customerNumber"),
    criterion("cardNumber"),
    criterion("barcode"),
    criterion("debtorId"),
    criterion("qrCodeUuid"),
    CARDS,
];

/// The description of every call.
pub(super) const CALLS: &[Call] = &[
    Call::new(
        ("POST", THREADS),
        "createCommunicationInNewCommunicationThread",
        "Create a thread with its first communication",
        Success::Object("CommunicationThread"),
    )
    .body(bodies::thread),
    Call::new(
        ("PUT", THREAD),
        "createCommunicationInExistingCommunicationThread",
        "Add a communication to a thread, and change the thread",
        Success::Object("CommunicationThread"),
    )
    .body(bodies::thread),
    Call::new(
        ("GET", PREFERENCES),
        "getCommunicationPreferences",
        "Get the communication preferences of a customer",
        Success::List("CategoryPreferences"),
    ),
    Call::new(
        ("PUT", PREFERENCES),
        "updateCommunicationPreferences",
        "Change communication preferences of a customer; the others stay",
        Success::List("CategoryPreferences"),
    )
    .body(bodies::preferences),
    Call::new(
        ("GET", "/v1/customers"),
        "getCustomers",
        "List the customers of the studio",
        Success::Slice("Customer"),
    )
    .query(LIST),
    Call::new(
        ("GET", "/v1/customers/by"),
        "getCustomerBy",
        "Find a customer by its number",
        Success::Object("Customer"),
    )
    .query(BY),
    Call::new(
        ("POST", "/v1/customers/search"),
        "searchCustomers",
        "Search customers by name, e-mail address and date of birth",
        Success::List("Customer"),
    )
    .body(bodies::search),
    Call::new(
        ("POST", "/v1/customers/create"),
        "createCustomer",
        "Create a customer",
        Success::Object("CreatedCustomer"),
    )
    .body(bodies::customer),
    Call::new(
        ("GET", "/v1/customers/{customerId}"),
        "getCustomer",
        "Get a customer",
        Success::Object("Customer"),
    )
    .query(&[CARDS]),
    Call::new(
        ("POST", "/v1/leads/create"),
        "createLead",
        "Create a lead",
        Success::Object("CreatedLead"),
    )
    .body(bodies::lead),
    Call::new(
        ("POST", "/v1/leads/validate"),
        "validateLead",
        "Ask whether a lead can be created",
        Success::Object("LeadValidation"),
    )
    .body(bodies::unchecked_lead),
    Call::new(
        ("GET", "/v1/leads/config"),
        "getLeadConfig",
        "Get the members of a lead, and which of them are mandatory",
        Success::Object("LeadConfig"),
    ),
    Call::new(
        ("GET", "/v1/employees"),
        "getEmployees",
        "List the employees",
        Success::Slice("Employee"),
    )
    .query(EMPLOYEES),
    Call::new(
        ("GET", "/v1/employees/{employeeId}"),
        "getEmployee",
        "Get an employee",
        Success::Object("Employee"),
    ),
    Call::new(
        ("POST", "/v1/studios/confirmActivation"),
        "confirmActivation",
        "Say that the integration is ready",
        Success::Empty,
    )
    .without_scope(),
    Call::new(
        ("GET", "/v1/studios/information"),
        "getStudioInformation",
        "Get the studio of the key",
        Success::Object("Studio"),
    ),
];
