//! What each call of this API does, for its OpenAPI description: one line for each route.

use serde_json::Value;

use super::bodies;
use crate::template::{
    ADD_CUSTOMER, ADD_MESSAGES, ADD_THREAD, GET_CONFIGURATION, GET_CUSTOMERS, GET_ENTERPRISES,
    GET_LANGUAGES, GET_MESSAGES, GET_THREADS,
};

/// What a call does.
pub(super) struct Call {
    pub(super) template: &'static str,
    pub(super) summary: &'static str,
    pub(super) body: fn() -> Value,
    /// Name of the schema of the answer.
    pub(super) answer: &'static str,
    /// Whether the answer is a page of a list.
    pub(super) is_list: bool,
    /// What 403 means; `None` if the call never returns it.
    pub(super) forbidden: Option<&'static str>,
}

impl Call {
    const fn new(
        template: &'static str,
        summary: &'static str,
        body: fn() -> Value,
        answer: &'static str,
    ) -> Self {
        Self {
            template,
            summary,
            body,
            answer,
            is_list: false,
            forbidden: None,
        }
    }

    const fn list(self) -> Self {
        Self {
            is_list: true,
            ..self
        }
    }

    const fn forbidden(self, text: &'static str) -> Self {
        Self {
            forbidden: Some(text),
            ..self
        }
    }
}

const NO_MESSAGING: &str = "Messaging is switched off for the enterprise";

pub(super) const CALLS: &[Call] = &[
    Call::new(
        GET_THREADS,
        "List the message threads that the application created",
        bodies::get_threads,
        "MessageThreadPage",
    )
    .list(),
    Call::new(
        ADD_THREAD,
        "Add a message thread",
        bodies::add_thread,
        "AddedMessageThreads",
    )
    .forbidden(NO_MESSAGING),
    Call::new(
        GET_MESSAGES,
        "List the messages of some threads",
        bodies::get_messages,
        "MessagePage",
    )
    .list(),
    Call::new(
        ADD_MESSAGES,
        "Add messages: all of them, or none",
        bodies::add_messages,
        "AddedMessages",
    )
    .forbidden(NO_MESSAGING),
    Call::new(
        GET_CONFIGURATION,
        "Get the enterprise of the token",
        bodies::get_configuration,
        "Configuration",
    ),
    Call::new(
        GET_ENTERPRISES,
        "List the enterprises of the token",
        bodies::get_enterprises,
        "EnterprisePage",
    )
    .list(),
    Call::new(
        GET_CUSTOMERS,
        "List customers",
        bodies::get_customers,
        "CustomerPage",
    )
    .list(),
    Call::new(
        ADD_CUSTOMER,
        "Add a customer, or change the one with the same e-mail address",
        bodies::add_customer,
        "Customer",
    )
    .forbidden("A customer with this e-mail address exists already"),
    Call::new(
        GET_LANGUAGES,
        "List languages",
        bodies::get_languages,
        "Languages",
    ),
];
