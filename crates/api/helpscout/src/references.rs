//! The entities that a request names: conversation, customers, users. They are looked up before the write only if the
//! response depends on the result, because the write checks conversation and customers again.

use heddle_domain::id::{AgentId, ConversationId};
use heddle_domain::{Agent, Conversation};
use heddle_store::read::references::LookUp;
use heddle_store::{Entity, Error as StoreError, Refusal};

use crate::auth::Caller;
use crate::customers::Customers;
use crate::error::Error;
use crate::fault;
use crate::input;
use heddle_api::App;
use heddle_http::member_path::MemberPath;
use heddle_http::members::{Fault, Item};

/// The customers and users that a request names.
#[derive(Debug, Default)]
pub(crate) struct References {
    pub(crate) customers: Customers,
    /// The users that the request names.
    users: Vec<UserReference>,
}

/// A user that a request names.
#[derive(Debug)]
struct UserReference {
    path: MemberPath,
    id: AgentId,
    may_be_team: bool,
}

impl References {
    /// Reads the id of a user who acts, so no team.
    pub(crate) fn user(&mut self, item: &Item<'_>) -> Option<AgentId> {
        self.read_user(item, false)
    }

    /// Reads the id of a user or team to whom a conversation is assigned.
    pub(crate) fn assignee(&mut self, item: &Item<'_>) -> Option<AgentId> {
        self.read_user(item, true)
    }

    fn read_user(&mut self, item: &Item<'_>, may_be_team: bool) -> Option<AgentId> {
        let id = AgentId(input::id(item)?);
        let path = item.path();
        self.users.push(UserReference {
            path,
            id,
            may_be_team,
        });
        Some(id)
    }

    /// Whether the response may depend on something that the write does not check. If true, [`Self::check`] must be
    /// called.
    pub(crate) fn need_look_up(&self) -> bool {
        self.customers.have_profile_faults() || !self.users.is_empty()
    }

    /// Looks up everything, and adds a fault for each unknown entity.
    ///
    /// # Errors
    /// Returns [`Error::NotFound`] if the caller may not see the conversation, whatever other faults there are.
    pub(crate) async fn check(
        &mut self,
        app: &App,
        caller: &Caller,
        conversation: Option<ConversationId>,
        faults: &mut Vec<Fault>,
    ) -> Result<Option<Conversation>, Error> {
        let found = app
            .store
            .read(LookUp {
                account: caller.principal.credential.account,
                inboxes: caller.inboxes(),
                conversation,
                customers: self.customers.ids(),
                emails: self.customers.emails(),
                agents: self.users.iter().map(|user| user.id).collect(),
            })
            .await?;
        if conversation.is_some() && found.conversation.is_none() {
            return Err(Error::NotFound);
        }
        self.customers.check(&found, faults);
        for (user, agent) in self.users.iter().zip(&found.agents) {
            let fits = |agent: &Agent| user.may_be_team || !agent.team;
            if !agent.as_ref().is_some_and(fits) {
                faults.push(fault::unknown(user.path.clone(), "user", user.id.get()));
            }
        }
        Ok(found.conversation)
    }

    /// Returns the error for a refused write.
    pub(crate) fn write_error(&self, error: StoreError) -> Error {
        let fault = match error {
            StoreError::Refused(Refusal::NotFound(Entity::Customer(at))) => {
                self.customers.unknown(at)
            }
            StoreError::Refused(Refusal::NotFound(Entity::Agent)) => fault::missing("user", "user"),
            other => return other.into(),
        };
        Error::Invalid(vec![fault])
    }
}
