//! On whose behalf commands run.

use heddle_domain::event::Actor;
use heddle_domain::id::{AccountId, AgentId};

/// On whose behalf a command runs.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The account; everything else is looked for in it and nowhere else.
    pub account: AccountId,
    /// Who caused the change, for the feed.
    pub actor: Actor,
    /// The agent who is named where someone must be: the acting one, else the account's built-in one.
    pub agent: AgentId,
}
