//! The paths of the calls.

pub(crate) const THREADS: &str = "/v1/communications/{customerId}/threads";
pub(crate) const THREAD: &str = "/v1/communications/{customerId}/threads/{threadId}";
pub(crate) const PREFERENCES: &str = "/v1/communications/{customerId}/communication-preferences";
pub(crate) const CUSTOMERS: &str = "/v1/customers";
pub(crate) const CUSTOMER_BY: &str = "/v1/customers/by";
pub(crate) const SEARCH: &str = "/v1/customers/search";
pub(crate) const CREATE_CUSTOMER: &str = "/v1/customers/create";
pub(crate) const CUSTOMER: &str = "/v1/customers/{customerId}";
pub(crate) const CREATE_LEAD: &str = "/v1/leads/create";
pub(crate) const VALIDATE_LEAD: &str = "/v1/leads/validate";
pub(crate) const CONFIG: &str = "/v1/leads/config";
pub(crate) const EMPLOYEES: &str = "/v1/employees";
pub(crate) const EMPLOYEE: &str = "/v1/employees/{employeeId}";
pub(crate) const ACTIVATION: &str = "/v1/studios/confirmActivation";
pub(crate) const INFORMATION: &str = "/v1/studios/information";
