//! Agents: the employees who read conversations and reply to customers.

use crate::id::AgentId;
use crate::time::Timestamp;

/// An employee.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agent {
    /// Id of the agent within the account.
    pub id: AgentId,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// E-mail address; empty if none is known.
    pub email: String,
    /// Whether this is the built-in agent "Integration". APIs show this agent where they must name an employee but no
    /// employee acted.
    pub built_in: bool,
    /// When the agent was created.
    pub created_at: Timestamp,
    /// Id of the event that last changed the agent; 0 if the agent has not changed since the server began to keep
    /// versions.
    pub version: i64,
}
