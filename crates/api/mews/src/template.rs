//! The paths of the calls.

pub(crate) const GET_THREADS: &str = "/api/connector/v1/messageThreads/getAll";
pub(crate) const ADD_THREAD: &str = "/api/connector/v1/messageThreads/add";
pub(crate) const GET_MESSAGES: &str = "/api/connector/v1/messages/getAll";
pub(crate) const ADD_MESSAGES: &str = "/api/connector/v1/messages/add";
pub(crate) const GET_CONFIGURATION: &str = "/api/connector/v1/configuration/get";
pub(crate) const GET_ENTERPRISES: &str = "/api/connector/v1/enterprises/getAll";
pub(crate) const GET_CUSTOMERS: &str = "/api/connector/v1/customers/getAll";
pub(crate) const ADD_CUSTOMER: &str = "/api/connector/v1/customers/add";
pub(crate) const GET_LANGUAGES: &str = "/api/connector/v1/languages/getAll";
