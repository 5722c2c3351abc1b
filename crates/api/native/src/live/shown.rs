//! The JSON form of who is present.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::presence::{Doing, Person};
use crate::time::Instant;

/// What an agent does in a conversation.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum PresenceState {
    Viewing,
    Typing,
}

/// An agent in a conversation.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Presence)]
pub(super) struct PersonShown {
    agent_id: i64,
    #[schema(inline)]
    state: PresenceState,
    /// When the entry ends if it is not renewed.
    until: Instant,
}

impl PersonShown {
    pub(super) fn of(person: &Person) -> Self {
        Self {
            agent_id: person.agent.get(),
            state: match person.doing {
                Doing::Viewing => PresenceState::Viewing,
                Doing::Typing => PresenceState::Typing,
            },
            until: person.until.into(),
        }
    }
}
