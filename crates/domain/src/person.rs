//! Agents: the employees who read conversations and reply to customers, and teams of them.
//!
//! A team is an agent, too, with an id among those of the agents, because a conversation can be assigned to a team. It has
//! members, and no e-mail address; it writes no messages, and no credential acts as a team.

use crate::id::AgentId;
use crate::time::Timestamp;

/// An employee, or a team of employees.
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
    /// Whether this is a team. `first_name` is then its name, and `last_name` is empty.
    pub team: bool,
    /// Whether the agent has a password, and so may sign in.
    pub signs_in: bool,
    /// When the agent was created.
    pub created_at: Timestamp,
    /// Id of the event that last changed the agent; 0 if the agent has not changed since the server began to keep
    /// versions.
    pub version: i64,
}

/// A team with its members.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Team {
    /// The team itself.
    pub agent: Agent,
    /// The members, by id. None of them is a team.
    pub members: Vec<AgentId>,
}
