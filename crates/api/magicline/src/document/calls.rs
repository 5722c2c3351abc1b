//! What each call of this API does, for its OpenAPI description: one line for each route.

use heddle_api::openapi::schema::{integer, text, word_of};
use http::Method;
use serde_json::{Value, json};

use super::bodies;
use crate::request::query::{CARD_NUMBER_FORMATS, CUSTOMER_STATUSES};
use crate::template::{
    ACTIVATION, CONFIG, CREATE_CUSTOMER, CREATE_LEAD, CUSTOMER, CUSTOMER_BY, CUSTOMERS, EMPLOYEE,
    EMPLOYEES, INFORMATION, PREFERENCES, SEARCH, THREAD, THREADS, VALIDATE_LEAD,
};

/// What a call does.
pub(super) struct Call {
    pub(super) method: Method,
    pub(super) template: &'static str,
    /// The vendor's name of the operation, or ours in its style.
    pub(super) id: &'static str,
    pub(super) summary: &'static str,
    pub(super) query: &'static [Parameter],
    /// The schema of the body, if the call reads one.
    pub(super) body: Option<fn() -> Value>,
    /// Name of the schema of the answer; `None` if it has no body.
    pub(super) answer: Option<&'static str>,
    /// Whether the key needs a scope.
    pub(super) has_scope: bool,
    /// Whether the query names one customer.
    pub(super) finds_one: bool,
}

/// A query parameter.
#[derive(Clone, Copy)]
pub(super) struct Parameter {
    pub(super) name: &'static str,
    pub(super) text: &'static str,
    pub(super) schema: fn() -> Value,
}

impl Call {
    const fn new(
        method: Method,
        template: &'static str,
        id: &'static str,
        summary: &'static str,
        answer: Option<&'static str>,
    ) -> Self {
        Self {
            method,
            template,
            id,
            summary,
            query: &[],
            body: None,
            answer,
            has_scope: true,
            finds_one: false,
        }
    }

    const fn query(mut self, query: &'static [Parameter]) -> Self {
        self.query = query;
        self
    }

    const fn body(mut self, schema: fn() -> Value) -> Self {
        self.body = Some(schema);
        self
    }

    const fn without_scope(mut self) -> Self {
        self.has_scope = false;
        self
    }

    const fn finds_one(mut self) -> Self {
        self.finds_one = true;
        self
    }
}

const CARDS: Parameter = Parameter {
    name: "cardNumberFormat",
    text: "How numbers of cards are written; no customer has a card",
    schema: || word_of(&CARD_NUMBER_FORMATS),
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

const CUSTOMER_LIST: &[Parameter] = &[
    OFFSET,
    Parameter {
        name: "sliceSize",
        text: "How many customers the slice has at most; usually 100",
        schema: || json!({ "type": "integer", "minimum": 50, "maximum": 500 }),
    },
    Parameter {
        name: "customerStatus",
        text: "Which customers the list has; usually members",
        schema: || word_of(&CUSTOMER_STATUSES),
    },
    Parameter {
        name: "lastOffsetId",
        text: "The id of the last customer of the slice before",
        schema: integer,
    },
    CARDS,
];

const EMPLOYEE_LIST: &[Parameter] = &[
    OFFSET,
    Parameter {
        name: "sliceSize",
        text: "How many employees the slice has at most; usually 50",
        schema: || json!({ "type": "integer", "minimum": 10, "maximum": 100 }),
    },
];

const CRITERIA: &[Parameter] = &[
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
        Method::POST,
        THREADS,
        "createCommunicationInNewCommunicationThread",
        "Create a thread with its first communication",
        Some("CommunicationThread"),
    )
    .body(bodies::thread),
    Call::new(
        Method::PUT,
        THREAD,
        "createCommunicationInExistingCommunicationThread",
        "Add a communication to a thread, and change the thread",
        Some("CommunicationThread"),
    )
    .body(bodies::thread),
    Call::new(
        Method::GET,
        PREFERENCES,
        "getCommunicationPreferences",
        "Get the communication preferences of a customer",
        Some("Preferences"),
    ),
    Call::new(
        Method::PUT,
        PREFERENCES,
        "updateCommunicationPreferences",
        "Change communication preferences of a customer; the others stay",
        Some("Preferences"),
    )
    .body(bodies::preferences),
    Call::new(
        Method::GET,
        CUSTOMERS,
        "getCustomers",
        "List the customers of the studio",
        Some("CustomerSlice"),
    )
    .query(CUSTOMER_LIST),
    Call::new(
        Method::GET,
        CUSTOMER_BY,
        "getCustomerBy",
        "Find a customer by its number",
        Some("Customer"),
    )
    .query(CRITERIA)
    .finds_one(),
    Call::new(
        Method::POST,
        SEARCH,
        "searchCustomers",
        "Search customers by name, e-mail address and date of birth",
        Some("Customers"),
    )
    .body(bodies::search),
    Call::new(
        Method::POST,
        CREATE_CUSTOMER,
        "createCustomer",
        "Create a customer",
        Some("CreatedCustomer"),
    )
    .body(bodies::customer),
    Call::new(
        Method::GET,
        CUSTOMER,
        "getCustomer",
        "Get a customer",
        Some("Customer"),
    )
    .query(&[CARDS]),
    Call::new(
        Method::POST,
        CREATE_LEAD,
        "createLead",
        "Create a lead",
        Some("CreatedLead"),
    )
    .body(bodies::lead),
    Call::new(
        Method::POST,
        VALIDATE_LEAD,
        "validateLead",
        "Ask whether a lead can be created",
        Some("LeadValidation"),
    )
    .body(bodies::unchecked_lead),
    Call::new(
        Method::GET,
        CONFIG,
        "getLeadConfig",
        "Get the members of a lead, and which of them are mandatory",
        Some("LeadConfig"),
    ),
    Call::new(
        Method::GET,
        EMPLOYEES,
        "getEmployees",
        "List the employees",
        Some("EmployeeSlice"),
    )
    .query(EMPLOYEE_LIST),
    Call::new(
        Method::GET,
        EMPLOYEE,
        "getEmployee",
        "Get an employee",
        Some("Employee"),
    ),
    Call::new(
        Method::POST,
        ACTIVATION,
        "confirmActivation",
        "Say that the integration is ready",
        None,
    )
    .without_scope(),
    Call::new(
        Method::GET,
        INFORMATION,
        "getStudioInformation",
        "Get the studio of the key",
        Some("Studio"),
    ),
];
