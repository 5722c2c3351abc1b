//! Changes of conversations without a message: status, archive flag, assignee, inbox, customer, ticket, subject,
//! tags, custom fields.
//!
//! One transaction can change several conversations. Every check runs before a change writes anything, so a refused
//! change writes nothing and the others still apply.

use std::collections::{BTreeMap, BTreeSet};

use heddle_domain::conversation::{Conversation, Status};
use heddle_domain::event::EventKind;
use heddle_domain::id::{AgentId, ConversationId, CustomerId, InboxId, TagId};
use heddle_domain::{AccountId, EventDetail, Fact, Field, InboxScope, TagName, Timestamp};

use super::caller::Caller;
use super::custom_field;
use super::customers;
use super::events::announce;
use super::label::{self, Labels, MOST_FIELDS, MOST_TAGS};
use super::must::{must_be_agent, must_be_inboxes, must_match};
use crate::error::{Abort, Entity, Refusal, Result, Trouble};
use crate::read::contents::LabelledConversation;
use crate::read::conversations::usable;
use crate::rows::{conversation as rows, customer as customer_rows, guest};
use crate::stmt::params;
use crate::tx::{NewEvent, Tx, Write};

/// The requested values; `None` keeps the old value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// New subject.
    pub subject: Option<String>,
    /// New status.
    pub status: Option<Status>,
    /// If no status is given: whether the conversation is reopened, as by a contact. `new` and `open` stay.
    pub reopen: bool,
    /// New archive flag.
    pub archived: Option<bool>,
    /// New assignee; `Some(None)` removes the assignee.
    pub assignee: Option<Option<AgentId>>,
    /// New inbox.
    pub inbox: Option<InboxId>,
    /// New customer. The messages keep their own customers.
    pub customer: Option<CustomerId>,
    /// Number in an external ticket system; `Some(None)` removes it.
    pub ticket_number: Option<Option<String>>,
    /// Link to the external ticket; `Some(None)` removes it.
    pub ticket_link: Option<Option<String>>,
    /// Changes of the tags; unknown tags are created.
    pub tags: TagChange,
    /// New values of custom fields; `None` removes a field.
    pub fields: BTreeMap<String, Option<String>>,
    /// The inbox for whose custom fields the caller chose `fields`. A conversation in another inbox is refused as stale.
    pub fields_of: Option<InboxId>,
}

impl Change {
    /// Returns how many tags and custom fields the change names.
    #[must_use]
    pub fn labels(&self) -> usize {
        let removed = match &self.tags {
            TagChange::Set(_) => 0,
            TagChange::Edit { remove, .. } => remove.len(),
        };
        self.tags.named().len() + removed + self.fields.len()
    }
}

/// A change of a conversation's tags, by tag name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TagChange {
    /// Replaces all tags.
    Set(Vec<TagName>),
    /// Adds and removes tags. A name in both lists is removed.
    Edit {
        /// Tags to add.
        add: Vec<TagName>,
        /// Tags to remove.
        remove: Vec<TagName>,
    },
}

impl Default for TagChange {
    fn default() -> Self {
        Self::Edit {
            add: Vec::new(),
            remove: Vec::new(),
        }
    }
}

impl TagChange {
    /// Returns the tags that the change adds or sets.
    #[must_use]
    pub fn named(&self) -> &[TagName] {
        match self {
            Self::Set(names) | Self::Edit { add: names, .. } => names,
        }
    }
}

/// A change of one conversation.
#[derive(Clone, Debug)]
pub struct ChangeItem {
    /// The conversation to change.
    pub conversation: ConversationId,
    /// The version that the conversation must have; `None` means any.
    pub expected: Option<i64>,
    /// The new values.
    pub change: Change,
}

/// Changes a conversation.
#[derive(Clone, Debug)]
pub struct ChangeConversation {
    /// Who runs the command, and in which account.
    pub caller: Caller,
    /// The inboxes that the caller may use. The conversation must be in one of them, and a new inbox
    /// must be one of them.
    pub inboxes: InboxScope,
    /// The change to make.
    pub item: ChangeItem,
}

impl ChangeConversation {
    /// Creates a change of any version of a conversation, in any inbox.
    #[must_use]
    pub const fn new(caller: Caller, conversation: ConversationId, change: Change) -> Self {
        Self {
            caller,
            inboxes: InboxScope::All,
            item: ChangeItem {
                conversation,
                expected: None,
                change,
            },
        }
    }
}

impl Write for ChangeConversation {
    type Out = LabelledConversation;
    const NAME: &'static str = "change_conversation";

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<LabelledConversation> {
        let run = Run {
            caller: &self.caller,
            inboxes: &self.inboxes,
            items: std::slice::from_ref(&self.item),
        };
        let mut changed = run.apply(tx).await?;
        let changed = changed.pop();
        Ok(changed.ok_or_else(|| Trouble::Internal("a change without a result".into()))??)
    }
}

/// The maximum number of conversations that one command changes.
pub const CHANGES_MOST: usize = 100;

/// Changes up to [`CHANGES_MOST`] conversations. No conversation may occur twice; one refused change does not affect
/// the others.
#[derive(Clone, Debug)]
pub struct ChangeConversations {
    /// Who runs the command, and in which account.
    pub caller: Caller,
    /// Inboxes that the caller may use; entities in other inboxes are treated as unknown.
    pub inboxes: InboxScope,
    /// The changes to make, one for each conversation.
    pub items: Vec<ChangeItem>,
}

impl Write for ChangeConversations {
    /// One result per item, in the order of the items: the changed conversation, or why its change is refused.
    type Out = Vec<Result<LabelledConversation, Refusal>>;
    const NAME: &'static str = "change_conversations";

    fn weight(&self) -> usize {
        self.items.len() * 1_024
    }

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<Self::Out> {
        if self.items.len() > CHANGES_MOST {
            return Err(Trouble::Internal("too many changes for one command".into()).into());
        }
        let run = Run {
            caller: &self.caller,
            inboxes: &self.inboxes,
            items: &self.items,
        };
        run.apply(tx).await
    }
}

/// The changes that are being made, with what they share.
struct Run<'a> {
    caller: &'a Caller,
    inboxes: &'a InboxScope,
    items: &'a [ChangeItem],
}

/// A conversation whose change passed every check.
struct Accepted<'a> {
    item: &'a ChangeItem,
    before: Conversation,
    labels: Labels,
    /// The new customer. For a merged customer, the survivor (the customer that remains after the merge).
    customer: Option<CustomerId>,
    /// The new values of custom fields, as the new inbox takes them. A move removes those that it does not take.
    fields: BTreeMap<String, Option<String>>,
}

impl Run<'_> {
    async fn apply(&self, tx: &mut Tx<'_>) -> Result<Vec<Result<LabelledConversation, Refusal>>> {
        let mut locked = self.lock(tx).await?;
        self.lock_customers(tx).await?;
        let mut accepted = Vec::with_capacity(self.items.len());
        for item in self.items {
            let found = locked.remove(&item.conversation);
            match self.accept(tx, item, found).await {
                Ok(item) => accepted.push(Ok(item)),
                Err(Abort::Refused(refusal)) => accepted.push(Err(refusal)),
                Err(abort) => return Err(abort),
            }
        }
        let named = accepted.iter().flatten();
        let named = named.flat_map(|accepted| accepted.item.change.tags.named());
        let tags = label::tags(tx, self.caller, false, named).await?;
        let mut changed = Vec::with_capacity(accepted.len());
        for accepted in accepted {
            changed.push(match accepted {
                Ok(accepted) => Ok(accepted.write(tx, self.caller, &tags)?),
                Err(refusal) => Err(refusal),
            });
        }
        Ok(changed)
    }

    /// Locks the conversations in the order of their ids.
    async fn lock(&self, tx: &mut Tx<'_>) -> Result<BTreeMap<ConversationId, Conversation>> {
        let ids = self.items.iter().map(|item| item.conversation).collect();
        let found = rows::lock_all(tx, self.caller.account, ids).await?;
        Ok(found.into_iter().map(|c| (c.id, c)).collect())
    }

    /// Locks the customers that the changes name, in the order of their ids. Whether they exist is checked later.
    async fn lock_customers(&self, tx: &mut Tx<'_>) -> Result<()> {
        let named = self.items.iter().filter_map(|item| item.change.customer);
        let ids: BTreeSet<CustomerId> = named.collect();
        // A single customer is locked when its change is checked.
        if ids.len() > 1 {
            customers::pin_all(tx, self.caller, ids).await?;
        }
        Ok(())
    }

    /// Runs every check that must pass before anything is written.
    async fn accept<'i>(
        &self,
        tx: &mut Tx<'_>,
        item: &'i ChangeItem,
        found: Option<Conversation>,
    ) -> Result<Accepted<'i>> {
        let account = self.caller.account;
        let before = usable(tx, account, self.inboxes, found, 0).await?;
        must_match(item.expected, before.last_event_id)?;
        let change = &item.change;
        if let Some(Some(agent)) = change.assignee {
            must_be_agent(tx, self.caller.account, agent).await?;
        }
        if let Some(inbox) = change.inbox {
            must_be_inboxes(tx, account, [inbox]).await?;
            if !self.inboxes.contains(inbox) {
                return Err(Refusal::NotFound(Entity::Inbox).into());
            }
        }
        let customer = match change.customer {
            Some(id) => {
                let pin = &customer_rows::PIN;
                let found = customers::pin(tx, pin, self.caller, id, self.inboxes, 0);
                Some(found.await?.id)
            }
            None => None,
        };
        if change.fields_of.is_some_and(|inbox| inbox != before.inbox) {
            return Err(Refusal::Stale.into());
        }
        let labels = label::read(tx, self.caller.account, before.id).await?;
        must_fit(&labels, change)?;
        Ok(Accepted {
            fields: fields(tx, account, change, (&before, &labels)).await?,
            item,
            before,
            labels,
            customer,
        })
    }
}

/// Returns the new values of custom fields, and `None` for those that the conversation loses because it moves.
async fn fields(
    tx: &mut Tx<'_>,
    account: AccountId,
    change: &Change,
    (before, labels): (&Conversation, &Labels),
) -> Result<BTreeMap<String, Option<String>>> {
    let inbox = change.inbox.unwrap_or(before.inbox);
    let kept = custom_field::moved(tx, account, [before.inbox, inbox], &labels.fields).await?;
    let lost = labels
        .fields
        .keys()
        .filter(|name| !kept.contains_key(*name));
    let mut fields: BTreeMap<_, _> = lost.map(|name| (name.clone(), None)).collect();
    fields.extend(custom_field::fitted(tx, account, inbox, &change.fields).await?);
    Ok(fields)
}

/// Locks one conversation that the caller may use.
///
/// # Errors
/// Returns the errors of [`usable`].
pub(super) async fn lock(
    tx: &mut Tx<'_>,
    caller: &Caller,
    inboxes: &InboxScope,
    id: ConversationId,
) -> Result<Conversation> {
    let found = tx
        .fetch_one(&rows::LOCK, params![caller.account, id], rows::conversation)
        .await?;
    usable(tx, caller.account, inboxes, found, 0).await
}

/// Refuses more tags or custom fields than a conversation may have.
fn must_fit(labels: &Labels, change: &Change) -> Result<()> {
    let before = labels.tags.len();
    let (tags, allowed) = match &change.tags {
        TagChange::Set(names) => (names.iter().collect::<BTreeSet<_>>().len(), MOST_TAGS),
        // A conversation that has more tags already may keep them and exchange some.
        TagChange::Edit { add, remove } => {
            let add = add.iter().map(TagName::as_str);
            let own = labels.tags.keys().map(String::as_str);
            let names: BTreeSet<&str> = own.chain(add).collect();
            let left = names.into_iter().filter(|name| !has(remove, name));
            (left.count(), MOST_TAGS.max(before))
        }
    };
    if tags > allowed {
        return Err(Refusal::invalid("tags", format!("more than {MOST_TAGS} tags")).into());
    }
    let fields = with_fields(&labels.fields, &change.fields);
    if fields.len() > MOST_FIELDS.max(labels.fields.len()) {
        return Err(
            Refusal::invalid("custom_fields", format!("more than {MOST_FIELDS} fields")).into(),
        );
    }
    Ok(())
}

fn has(names: &[TagName], name: &str) -> bool {
    names.iter().any(|named| named.as_str() == name)
}

fn with_fields(
    fields: &BTreeMap<String, String>,
    change: &BTreeMap<String, Option<String>>,
) -> BTreeMap<String, String> {
    let mut fields = fields.clone();
    for (name, value) in change {
        match value {
            Some(value) => fields.insert(name.clone(), value.clone()),
            None => fields.remove(name),
        };
    }
    fields
}

impl Accepted<'_> {
    /// Writes the changed columns and the event; writes nothing if nothing changes.
    fn write(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        tags: &BTreeMap<String, TagId>,
    ) -> Result<LabelledConversation> {
        let now = tx.now();
        let labels = self.labels_after(tags);
        let mut after = self.changed(now, caller.agent);
        if after == self.before && labels == self.labels {
            return Ok(LabelledConversation {
                conversation: after,
                labels,
            });
        }
        after.touch(now);
        let detail = self.detail(&after, &labels);
        let kind = EventKind::ConversationUpdated;
        let event = NewEvent::about(&after, kind, &caller.actor, detail);
        announce(tx, caller, self.before.assignee, &mut after, &event)?;
        label::write(tx, caller.account, &after, &self.labels, &labels)?;
        if after.customer != self.before.customer {
            // The messages of the previous customer are now in a conversation of another customer, so the previous
            // customer becomes a guest.
            let (was, is) = (self.before.customer, after.customer);
            tx.queue(&guest::ADD, params![caller.account, was, after.id])?;
            tx.queue(&guest::REMOVE, params![caller.account, is, after.id])?;
        }
        rows::update(tx, caller.account, &self.before, &after)?;
        Ok(LabelledConversation {
            conversation: after,
            labels,
        })
    }

    /// Returns what the event says.
    fn detail(&self, after: &Conversation, labels: &Labels) -> EventDetail {
        let mut detail = difference(&self.before, after);
        detail.change(Field::Tags, &self.labels.tag_names(), &labels.tag_names());
        detail.change(
            Field::CustomFields,
            &self.labels.fields_beside(labels),
            &labels.fields_beside(&self.labels),
        );
        detail
    }

    fn changed(&self, now: Timestamp, agent: AgentId) -> Conversation {
        let change = &self.item.change;
        let mut c = self.before.clone();
        let reopened = change.reopen.then(|| c.status.reopened());
        if let Some(status) = change.status.or(reopened) {
            c.set_status(status, now, agent);
        }
        if let Some(assignee) = change.assignee {
            c.assign(assignee, now);
        }
        c.archived = change.archived.unwrap_or(c.archived);
        c.inbox = change.inbox.unwrap_or(c.inbox);
        c.customer = self.customer.unwrap_or(c.customer);
        c.subject = change.subject.clone().unwrap_or(c.subject);
        c.ticket_number = change.ticket_number.clone().unwrap_or(c.ticket_number);
        c.ticket_link = change.ticket_link.clone().unwrap_or(c.ticket_link);
        c
    }

    fn labels_after(&self, made: &BTreeMap<String, TagId>) -> Labels {
        let with = |mut tags: BTreeMap<String, TagId>, names: &[TagName]| {
            let names = names.iter().map(TagName::as_str);
            let named = names.filter_map(|name| made.get_key_value(name));
            tags.extend(named.map(|(name, id)| (name.clone(), *id)));
            tags
        };
        let tags = match &self.item.change.tags {
            TagChange::Set(names) => with(BTreeMap::new(), names),
            TagChange::Edit { add, remove } => {
                let mut tags = with(self.labels.tags.clone(), add);
                tags.retain(|name, _| !has(remove, name));
                tags
            }
        };
        Labels {
            tags,
            fields: with_fields(&self.labels.fields, &self.fields),
        }
    }
}

/// Returns the differences between two states of a conversation, for the event.
fn difference(before: &Conversation, after: &Conversation) -> EventDetail {
    let mut detail = EventDetail::default();
    detail
        .change(Field::Status, &before.status, &after.status)
        .change(Field::Subject, &before.subject, &after.subject)
        .change(
            Field::TicketNumber,
            &before.ticket_number,
            &after.ticket_number,
        )
        .change(Field::TicketLink, &before.ticket_link, &after.ticket_link)
        .change(Field::Assignee, &before.assignee, &after.assignee)
        .change(Field::Archived, &before.archived, &after.archived)
        .change(Field::Inbox, &before.inbox, &after.inbox)
        .change(Field::Customer, &before.customer, &after.customer);
    if before.inbox != after.inbox && before.status == after.status {
        // The detail contains the status even if it is unchanged, because a reader that counts by inbox and status
        // needs the status of a moved conversation.
        detail.with(Fact::Status(after.status));
    }
    detail
}
