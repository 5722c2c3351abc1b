//! A message to or from a customer whose conversation the server selects: myKaarma's message calls (`rules.md` 13).

use heddle_domain::conversation::{Conversation, Locks, StatusWish};
use heddle_domain::customer::CustomerRef;
use heddle_domain::id::{AgentId, CustomerId, InboxId};
use heddle_domain::message::State;
use heddle_domain::opt_out::{OptOutAddress, OptOutState};
use heddle_domain::{InboxScope, Status};

use super::caller::Caller;
use super::create::{CreateConversation, NewConversation};
use super::customers;
use super::entry::{self, Entry, Standing};
use super::message::{NewMessage, Stored};
use crate::error::{Abort, Entity, Refusal, Result, Trouble};
use crate::read::opt_outs::hashed;
use crate::rows::{account, conversation as rows, customer as customer_rows, opt_out};
use crate::stmt::params;
use crate::tx::{Tx, Write};

/// Adds a message to the customer's most recently active conversation in the inbox, or to a new one.
#[derive(Clone, Debug)]
pub struct SendMessage {
    /// Who runs the command, and in which account.
    pub caller: Caller,
    /// The inbox. The customer's home inbox (the only one that shows the customer) must be this inbox, or the customer
    /// must have none.
    pub inbox: InboxId,
    /// Id of the customer.
    pub customer: CustomerId,
    /// The message to store.
    pub message: NewMessage,
    /// Whether the message reopens and unarchives the conversation.
    pub reopens: bool,
    /// The agent to assign; for a draft, when it is published. Ignored if it is the inbox's default agent.
    pub delegate_to: Option<AgentId>,
    /// The address that the message is sent to. The message is refused if the inbox must not write to it.
    pub recipient: Option<OptOutAddress>,
}

/// The field that a refusal names if the address of a message is opted out.
pub const RECIPIENT: &str = "recipient";

/// The result of sending a message.
#[derive(Clone, Debug)]
pub struct Sent {
    /// The conversation afterwards.
    pub conversation: Conversation,
    /// The stored message.
    pub message: Stored,
    /// The message's customer. For a merged customer, the survivor (the customer that remains).
    pub customer: CustomerId,
}

impl Write for SendMessage {
    type Out = Sent;
    const NAME: &'static str = "send_message";

    fn weight(&self) -> usize {
        1_024 + self.message.weight()
    }

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<Sent> {
        let delegate_to = self.delegatee(tx).await?;
        if self.message.state != State::Draft {
            return self.deliver(tx, delegate_to).await;
        }
        // A draft assigns when it is published (`rules.md` 12b).
        let mut draft = self.clone();
        draft.message.assign = delegate_to;
        draft.deliver(tx, None).await
    }
}

impl SendMessage {
    async fn deliver(&self, tx: &mut Tx<'_>, delegate_to: Option<AgentId>) -> Result<Sent> {
        let reach = InboxScope::only([self.inbox]);
        let customer = customers::pin(
            tx,
            &customer_rows::PEEK,
            &self.caller,
            self.customer,
            &reach,
            0,
        )
        .await?
        .id;
        self.must_be_allowed(tx).await?;
        match self.pick(tx, customer).await? {
            Some(picked) => self.append(tx, customer, &picked, delegate_to).await,
            None => self.create(tx, customer, delegate_to).await,
        }
    }

    /// Checks that the inbox may write to the address.
    async fn must_be_allowed(&self, tx: &mut Tx<'_>) -> Result<()> {
        let Some(address) = &self.recipient else {
            return Ok(());
        };
        let account = self.caller.account;
        let (kind, hash) = (address.kind().as_str(), hashed(account, address));
        let key = params![account, self.inbox, kind, &hash];
        let found = tx.fetch_one(&opt_out::GET, key, opt_out::opt_out).await?;
        match found.map(|it| it.state) {
            Some(OptOutState::OptedOut) => Err(Refusal::invalid(RECIPIENT, "is opted out").into()),
            Some(OptOutState::OptedIn | OptOutState::Suspected) | None => Ok(()),
        }
    }

    /// Returns the agent to assign. `None` for the inbox's default agent, whose messages do not change the assignee.
    async fn delegatee(&self, tx: &mut Tx<'_>) -> Result<Option<AgentId>> {
        let Some(agent) = self.delegate_to else {
            return Ok(None);
        };
        let account = self.caller.account;
        let (inbox, known) = tx
            .fetch_pair(
                (
                    &account::GET_INBOX,
                    params![account, self.inbox],
                    account::inbox,
                ),
                (
                    &account::PRESENT_AGENT,
                    params![account, agent],
                    account::agent,
                ),
            )
            .await?;
        if known.is_empty() {
            return Err(Refusal::NotFound(Entity::Agent).into());
        }
        let inbox = inbox.first().ok_or(Refusal::NotFound(Entity::Inbox))?;
        Ok((inbox.default_agent != Some(agent)).then_some(agent))
    }

    /// Returns the most recently active open conversation; if there is none, the most recently active closed or
    /// archived one.
    async fn pick(&self, tx: &mut Tx<'_>, customer: CustomerId) -> Result<Option<Conversation>> {
        let account = self.caller.account;
        let run = |archived: bool, closed: bool| {
            [
                account.into(),
                customer.into(),
                self.inbox.into(),
                archived.into(),
                closed.into(),
            ]
        };
        let runs = [
            run(false, false),
            run(false, true),
            run(true, false),
            run(true, true),
        ];
        let mut found = tx
            .fetch_many(&rows::NEWEST_OF_RUN, &runs, rows::conversation)
            .await?;
        let open = found.remove(0).pop();
        Ok(open.or_else(|| {
            found
                .into_iter()
                .flatten()
                .max_by_key(|c| (c.last_message_at, c.id))
        }))
    }

    async fn append(
        &self,
        tx: &mut Tx<'_>,
        customer: CustomerId,
        picked: &Conversation,
        delegate_to: Option<AgentId>,
    ) -> Result<Sent> {
        let params = params![self.caller.account, picked.id];
        let before = tx
            .fetch_one(&rows::LOCK, params, rows::conversation)
            .await?
            .filter(|c| still_fits(picked, c))
            .ok_or(Abort::StartOver)?;
        let reach = InboxScope::only([self.inbox]);
        let pin = customers::pin(tx, &customer_rows::PIN, &self.caller, customer, &reach, 0);
        must_be(customer, pin.await?.id)?;
        let mut after = before.clone();
        let wish = if self.reopens {
            StatusWish::Reopen
        } else {
            StatusWish::Keep
        };
        let entry = Entry {
            message: &self.message,
            customer,
            wish,
            opened_with: None,
        };
        let stored = entry::store(tx, &self.caller, &mut after, &entry)?;
        if self.reopens && !self.message.imported && self.message.state == State::Published {
            after.archived = false;
        }
        if let Some(agent) = delegate_to {
            after.assign(Some(agent), stored.recorded_at);
        }
        entry::announce(
            tx,
            &self.caller,
            &Standing::of(&before),
            &mut after,
            &stored,
            self.message.imported,
        )?;
        rows::update(tx, self.caller.account, &before, &after)?;
        Ok(Sent {
            conversation: after,
            message: stored,
            customer,
        })
    }

    /// Creates the conversation. The customer is locked, so that two first messages cannot create two conversations.
    async fn create(
        &self,
        tx: &mut Tx<'_>,
        customer: CustomerId,
        delegate_to: Option<AgentId>,
    ) -> Result<Sent> {
        let reach = InboxScope::only([self.inbox]);
        let pin = customers::pin(tx, &customer_rows::LOCK, &self.caller, customer, &reach, 0);
        must_be(customer, pin.await?.id)?;
        if self.pick(tx, customer).await?.is_some() {
            return Err(Abort::StartOver);
        }
        let subject = self.message.subject.clone().unwrap_or_default();
        let new = NewConversation {
            assignee: delegate_to,
            imported: self.message.imported,
            ..NewConversation::new(self.inbox, subject)
        };
        let create = CreateConversation {
            caller: self.caller.clone(),
            reach,
            locks: Locks::NONE,
            conversation: new,
            customer: CustomerRef::Id(customer),
            messages: vec![self.message.clone()],
        };
        let mut created = create.apply(tx).await?;
        let message = created
            .messages
            .pop()
            .ok_or_else(|| Trouble::Internal("no message was stored".into()))?;
        Ok(Sent {
            conversation: created.conversation,
            message,
            customer,
        })
    }
}

/// Refuses to go on if the customer was merged into another since the conversation was picked.
fn must_be(expected: CustomerId, pinned: CustomerId) -> Result<()> {
    if expected == pinned {
        Ok(())
    } else {
        Err(Abort::StartOver)
    }
}

/// Whether a conversation that was selected without a lock still qualifies after it is locked.
fn still_fits(picked: &Conversation, locked: &Conversation) -> bool {
    let was_open = !picked.archived && !picked.status.is_closed();
    let is_open = !locked.archived && !locked.status.is_closed();
    locked.customer == picked.customer
        && locked.inbox == picked.inbox
        && locked.merged_into.is_none()
        && locked.state != State::Hidden
        && locked.status != Status::Spam
        && (is_open || !was_open)
}
