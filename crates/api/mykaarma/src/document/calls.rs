//! What each call of this API does, for its OpenAPI description: one line for each route.

use heddle_api::openapi::schema::{flag, text_of, word_of};
use http::Method;
use serde_json::{Value, json};

use super::bodies;
use crate::request::search::{LONGEST_TERM, MOST_FOUND, PREFERENCES};
use crate::template::{
    CUSTOMER, CUSTOMER_SEARCH, CUSTOMERS, DEFAULT_ASSOCIATE, DELEGATE, FOLLOWERS, HISTORICAL,
    HISTORY, MESSAGE, NOTE, OPT_OUT, OPT_OUT_CHANGE, OPT_OUTS_OF_COMMUNICATIONS,
    OPT_OUTS_OF_CUSTOMERS, SUBSCRIPTION, THREADS,
};

/// What a call does.
pub(super) struct Call {
    pub(super) method: Method,
    pub(super) template: &'static str,
    pub(super) summary: &'static str,
    pub(super) query: &'static [Parameter],
    /// The schema of the body, if the call reads one.
    pub(super) body: Option<fn() -> Value>,
    /// Name of the schema of the answer.
    pub(super) answer: &'static str,
    /// Whether an error can also have the members of the answer, which say what has failed.
    pub(super) counts_failures: bool,
}

/// A query parameter.
pub(super) struct Parameter {
    pub(super) name: &'static str,
    pub(super) text: &'static str,
    pub(super) is_required: bool,
    pub(super) schema: fn() -> Value,
}

impl Call {
    const fn new(
        method: Method,
        template: &'static str,
        summary: &'static str,
        answer: &'static str,
    ) -> Self {
        Self {
            method,
            template,
            summary,
            query: &[],
            body: None,
            answer,
            counts_failures: false,
        }
    }

    const fn body(mut self, body: fn() -> Value) -> Self {
        self.body = Some(body);
        self
    }

    const fn query(mut self, query: &'static [Parameter]) -> Self {
        self.query = query;
        self
    }

    const fn counting_failures(mut self) -> Self {
        self.counts_failures = true;
        self
    }
}

const SEARCH: &[Parameter] = &[
    Parameter {
        name: "searchTerm",
        text: "An e-mail address, a telephone number, or the beginnings of names",
        is_required: true,
        schema: || text_of(1, LONGEST_TERM),
    },
    Parameter {
        name: "searchPreference",
        text: "In any case. Default: Customer. No customer has vehicles",
        is_required: false,
        schema: || word_of(&PREFERENCES),
    },
    Parameter {
        name: "maxResults",
        text: "Default: 100",
        is_required: false,
        schema: || json!({ "type": "integer", "minimum": 1, "maximum": MOST_FOUND }),
    },
];

const EXCLUSION: &[Parameter] = &[Parameter {
    name: "excludeVehicles",
    text: "No customer has vehicles",
    is_required: false,
    schema: flag,
}];

const CREATE_CUSTOMER: &str = "Create a customer, at home in the department";

pub(super) const CALLS: &[Call] = &[
    Call::new(
        Method::POST,
        THREADS,
        "List the threads of a customer in the department",
        "Threads",
    )
    .body(bodies::threads),
    Call::new(
        Method::POST,
        MESSAGE,
        "Record a message to or from a customer, a note or a draft",
        "SentMessage",
    )
    .body(bodies::message)
    .counting_failures(),
    Call::new(Method::POST, NOTE, "Write an internal note", "SentMessage").body(bodies::note),
    Call::new(
        Method::POST,
        HISTORY,
        "List the messages of a customer in the department, newest first",
        "Messages",
    )
    .body(bodies::history),
    Call::new(
        Method::PUT,
        HISTORICAL,
        "Import old messages, each once",
        "ImportedMessages",
    )
    .body(bodies::import)
    .counting_failures(),
    Call::new(
        Method::PUT,
        DELEGATE,
        "Assign open threads to another user",
        "Delegation",
    )
    .body(bodies::delegation)
    .counting_failures(),
    Call::new(
        Method::GET,
        OPT_OUT,
        "Get the opt-out of a number or address",
        "OptOut",
    ),
    Call::new(
        Method::POST,
        OPT_OUTS_OF_CUSTOMERS,
        "List the opt-outs of the numbers and addresses of customers",
        "OptOuts",
    )
    .body(bodies::opt_outs_of_customers),
    Call::new(
        Method::POST,
        OPT_OUTS_OF_COMMUNICATIONS,
        "List the opt-outs of numbers and addresses",
        "OptOuts",
    )
    .body(bodies::opt_outs_of_communications),
    Call::new(
        Method::POST,
        FOLLOWERS,
        "Change who follows a customer in the department",
        "Done",
    )
    .body(bodies::followers),
    Call::new(
        Method::PUT,
        SUBSCRIPTION,
        "Change who follows a customer in the department; unknown users fail alone",
        "Subscriptions",
    )
    .body(bodies::subscription)
    .counting_failures(),
    Call::new(Method::POST, OPT_OUT_CHANGE, "Record an opt-out", "Done")
        .body(bodies::opt_out_change),
    Call::new(
        Method::GET,
        DEFAULT_ASSOCIATE,
        "Get the default dealer associate of the department",
        "DefaultAssociate",
    ),
    Call::new(Method::POST, CUSTOMERS, CREATE_CUSTOMER, "CreatedCustomer").body(bodies::customer),
    Call::new(Method::PUT, CUSTOMERS, CREATE_CUSTOMER, "CreatedCustomer").body(bodies::customer),
    Call::new(
        Method::GET,
        CUSTOMER_SEARCH,
        "Search the customers whom the department sees",
        "CustomerSearch",
    )
    .query(SEARCH),
    Call::new(Method::GET, CUSTOMER, "Get a customer", "Customer").query(EXCLUSION),
];
