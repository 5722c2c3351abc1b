//! What each call of this API does, for its OpenAPI description: one line for each route.

use http::Method;
use serde_json::Value;

use super::bodies;
use crate::template::{
    DEFAULT_ASSOCIATE, DELEGATE, HISTORICAL, HISTORY, MESSAGE, NOTE, OPT_OUT, OPT_OUT_CHANGE,
    OPT_OUTS_OF_COMMUNICATIONS, OPT_OUTS_OF_CUSTOMERS, THREADS,
};

/// What a call does.
pub(super) struct Call {
    pub(super) method: Method,
    pub(super) template: &'static str,
    pub(super) summary: &'static str,
    /// The schema of the body, if the call reads one.
    pub(super) body: Option<fn() -> Value>,
    /// Name of the schema of the answer.
    pub(super) answer: &'static str,
    /// Whether an error can also have the members of the answer, which say what has failed.
    pub(super) counts_failures: bool,
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
            body: None,
            answer,
            counts_failures: false,
        }
    }

    const fn body(mut self, body: fn() -> Value) -> Self {
        self.body = Some(body);
        self
    }

    const fn counting_failures(mut self) -> Self {
        self.counts_failures = true;
        self
    }
}

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
    Call::new(Method::POST, OPT_OUT_CHANGE, "Record an opt-out", "Done")
        .body(bodies::opt_out_change),
    Call::new(
        Method::GET,
        DEFAULT_ASSOCIATE,
        "Get the default dealer associate of the department",
        "DefaultAssociate",
    ),
];
