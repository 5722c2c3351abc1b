//! The caller of a command.

use heddle_domain::event::Actor;
use heddle_domain::id::{AccountId, AgentId};

/// The caller of a command: account, actor and agent.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The account. A command never reads or writes another account.
    pub account: AccountId,
    /// Who caused the change; recorded in the event.
    pub actor: Actor,
    /// The agent that APIs show as the author of the change: the acting agent, else the account's built-in agent.
    pub agent: AgentId,
}
