//! Agents: the employees who read and answer.

use crate::id::AgentId;
use crate::time::Timestamp;

/// An employee.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agent {
    /// Its id within the account.
    pub id: AgentId,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// E-mail address; empty if none is known.
    pub email: String,
    /// The built-in "Integration" agent, which stands in where an API must name an employee and none acted.
    pub built_in: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// The id of the event that last changed it; 0 if none did since versions are kept.
    pub version: i64,
}
