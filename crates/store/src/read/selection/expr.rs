//! The conditions of a list, and whether a conversation fulfils them.

use std::collections::{BTreeSet, HashMap, HashSet};

use heddle_domain::id::{AccountId, AgentId, ConversationId, CustomerId, InboxId, TagId};
use heddle_domain::message::{Kind, Message, State};
use heddle_domain::{TagName, Timestamp, text};
use heddle_search::document::{Limits, tokens};
use heddle_search::query::Term;

use super::deadline::Deadline;
use crate::error::Result;
use crate::read::bodies::with_bodies;
use crate::read::conversations::survivor;
use crate::read::customers::follow;
use crate::rows::customer as customer_rows;
use crate::rows::entry::{self as rows, AT_ONCE, Facts};
use crate::rows::{custom_field as field_rows, message as message_rows, tag as tag_rows};
use crate::stmt::params;
use crate::tx::Rows;

/// Which conversations a list has.
#[derive(Clone, Debug, PartialEq)]
pub enum Expr {
    /// Those that fulfil a condition.
    Is(Condition),
    /// Those that do not fulfil the inner expression.
    Not(Box<Self>),
    /// Those that fulfil all of these; all conversations if there is none.
    All(Vec<Self>),
    /// Those that fulfil one of these; no conversation if there is none.
    Any(Vec<Self>),
}

/// A condition on a conversation.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// It is in one of these inboxes.
    Inbox(BTreeSet<InboxId>),
    /// It has one of these phases (`Status::phase`).
    Phase(BTreeSet<i64>),
    /// It is assigned to this agent; `None`: to nobody.
    Assignee(Option<AgentId>),
    /// It has messages, but none is published.
    Draft,
    /// It has one of these tags.
    Tag(BTreeSet<TagName>),
    /// It has this number.
    Number(i64),
    /// It has this id.
    Id(i64),
    /// It is the conversation of one of these customers, or of those that they were merged into.
    Customer(BTreeSet<CustomerId>),
    /// It is the conversation of the customer who owns this e-mail address, normalised.
    Email(String),
    /// Its subject contains these words beside each other.
    Subject(Term),
    /// One of its messages or notes contains these words beside each other.
    Body(Term),
    /// It is in this inbox, and has this value of the inbox's custom field.
    Field(InboxId, String, String),
    /// It began between these times, both included.
    Started(Timestamp, Timestamp),
    /// It was last changed between these times, both included.
    Changed(Timestamp, Timestamp),
}

impl Expr {
    /// Returns the expression of a condition.
    #[must_use]
    pub const fn is(condition: Condition) -> Self {
        Self::Is(condition)
    }

    /// Returns the parts that every conversation of the list fulfils.
    pub(super) fn required(&self) -> Vec<&Condition> {
        match self {
            Self::Is(condition) => vec![condition],
            Self::All(parts) => parts.iter().flat_map(Self::required).collect(),
            Self::Not(_) | Self::Any(_) => Vec::new(),
        }
    }

    fn conditions<'e>(&'e self, found: &mut Vec<&'e Condition>) {
        match self {
            Self::Is(condition) => found.push(condition),
            Self::Not(inner) => inner.conditions(found),
            Self::All(parts) | Self::Any(parts) => {
                parts.iter().for_each(|part| part.conditions(found));
            }
        }
    }

    /// Replaces customers and conversations that were merged, and e-mail addresses, by what now stands for them.
    pub(super) async fn resolved(self, rows: &mut Rows<'_>, account: AccountId) -> Result<Self> {
        let mut owners: HashMap<String, BTreeSet<CustomerId>> = HashMap::new();
        let mut survivors: HashMap<CustomerId, CustomerId> = HashMap::new();
        let mut merged: HashMap<i64, i64> = HashMap::new();
        let mut found = Vec::new();
        self.conditions(&mut found);
        for condition in found {
            match condition {
                Condition::Email(email) if !owners.contains_key(email) => {
                    let params = params![account, email];
                    let owner =
                        rows.fetch_one(&customer_rows::EMAIL_OWNER, params, |row| row.int());
                    let owner = match owner.await? {
                        Some(id) => {
                            follow(rows, &customer_rows::PEEK, account, CustomerId(id)).await?
                        }
                        None => None,
                    };
                    let owner = owner.into_iter().map(|customer| customer.id);
                    owners.insert(email.clone(), owner.collect());
                }
                Condition::Customer(ids) => {
                    for id in ids {
                        let last = follow(rows, &customer_rows::PEEK, account, *id).await?;
                        survivors.insert(*id, last.map_or(*id, |customer| customer.id));
                    }
                }
                Condition::Id(id) => {
                    if let Some(into) = survivor(rows, account, ConversationId(*id)).await? {
                        merged.insert(*id, into.get());
                    }
                }
                _ => {}
            }
        }
        Ok(self.with_survivors(&owners, &survivors, &merged))
    }

    fn with_survivors(
        self,
        owners: &HashMap<String, BTreeSet<CustomerId>>,
        survivors: &HashMap<CustomerId, CustomerId>,
        merged: &HashMap<i64, i64>,
    ) -> Self {
        let all = |parts: Vec<Self>| {
            let parts = parts.into_iter();
            parts
                .map(|part| part.with_survivors(owners, survivors, merged))
                .collect()
        };
        match self {
            Self::Is(Condition::Email(email)) => Self::Is(Condition::Customer(
                owners.get(&email).cloned().unwrap_or_default(),
            )),
            Self::Is(Condition::Customer(ids)) => {
                let last = |id: CustomerId| survivors.get(&id).copied().unwrap_or(id);
                Self::Is(Condition::Customer(ids.into_iter().map(last).collect()))
            }
            Self::Is(Condition::Id(id)) => {
                Self::Is(Condition::Id(merged.get(&id).copied().unwrap_or(id)))
            }
            Self::Is(other) => Self::Is(other),
            Self::Not(inner) => {
                Self::Not(Box::new(inner.with_survivors(owners, survivors, merged)))
            }
            Self::All(parts) => Self::All(all(parts)),
            Self::Any(parts) => Self::Any(all(parts)),
        }
    }
}

/// What is known of some conversations beside their facts.
#[derive(Clone, Debug, Default)]
pub(super) struct Known {
    /// The ids of the tags that the expression names; `None` if no tag has the name.
    tags: HashMap<TagName, Option<TagId>>,
    /// The tags of conversations, of those tags.
    tagged: HashSet<(i64, TagId)>,
    /// The conversations with the values of custom fields that the expression names, by name and value.
    valued: HashSet<(i64, String, String)>,
    subjects: HashMap<i64, Vec<String>>,
    /// Which of the terms of [`Condition::Body`] a conversation contains, in the order of the expression.
    bodies: HashMap<i64, Vec<Term>>,
}

impl Known {
    /// Looks up the tags that the expression names.
    pub(super) async fn of(rows: &mut Rows<'_>, account: AccountId, wanted: &Expr) -> Result<Self> {
        let mut known = Self::default();
        let mut found = Vec::new();
        wanted.conditions(&mut found);
        for condition in found {
            let Condition::Tag(names) = condition else {
                continue;
            };
            for name in names {
                let params = params![account, name.as_str()];
                let id = rows.fetch_one(&tag_rows::FIND, params, |row| row.int());
                let id = id.await?.map(TagId);
                known.tags.insert(name.clone(), id);
            }
        }
        Ok(known)
    }

    /// Returns the id of a tag that the expression names.
    pub(super) fn tag(&self, name: &TagName) -> Option<TagId> {
        self.tags.get(name).copied().flatten()
    }

    /// Keeps the conversations that fulfil the expression. Reads texts only of those that nothing else decides.
    pub(super) async fn sift(
        &mut self,
        rows: &mut Rows<'_>,
        account: AccountId,
        wanted: &Expr,
        found: Vec<Facts>,
        deadline: Deadline,
    ) -> Result<Vec<Facts>> {
        let ids: Vec<i64> = found.iter().map(|facts| facts.id).collect();
        self.learn_tags(rows, account, &ids).await?;
        self.learn_fields(rows, account, wanted, &ids).await?;
        let open = self.undecided(wanted, &found);
        self.learn_subjects(rows, account, wanted, &open).await?;
        for id in self.undecided(wanted, &found) {
            deadline.check()?;
            self.learn_bodies(rows, account, wanted, id).await?;
        }
        let holds = |facts: &Facts| self.holds(wanted, facts) == Some(true);
        let kept = found.into_iter().filter(holds).collect();
        self.tagged.clear();
        self.valued.clear();
        self.subjects.clear();
        self.bodies.clear();
        Ok(kept)
    }

    fn undecided(&self, wanted: &Expr, found: &[Facts]) -> Vec<i64> {
        let open = found
            .iter()
            .filter(|facts| self.holds(wanted, facts).is_none());
        open.map(|facts| facts.id).collect()
    }

    async fn learn_tags(
        &mut self,
        rows: &mut Rows<'_>,
        account: AccountId,
        ids: &[i64],
    ) -> Result<()> {
        let tags: BTreeSet<TagId> = self.tags.values().copied().flatten().collect();
        for tag in tags {
            for some in ids.chunks(AT_ONCE) {
                let params = params![account, tag, some];
                let bearers = rows.fetch(&tag_rows::BEARERS_AMONG, params, |row| row.int());
                let bearers = bearers.await?.into_iter();
                self.tagged.extend(bearers.map(|id| (id, tag)));
            }
        }
        Ok(())
    }

    async fn learn_fields(
        &mut self,
        rows: &mut Rows<'_>,
        account: AccountId,
        wanted: &Expr,
        ids: &[i64],
    ) -> Result<()> {
        let mut found = Vec::new();
        wanted.conditions(&mut found);
        for condition in found {
            let Condition::Field(_, name, value) = condition else {
                continue;
            };
            for some in ids.chunks(AT_ONCE) {
                let params = params![account, name, value, some];
                let having = rows.fetch(&field_rows::AMONG, params, |row| row.int());
                let having = having.await?.into_iter();
                let having = having.map(|id| (id, name.clone(), value.clone()));
                self.valued.extend(having);
            }
        }
        Ok(())
    }

    async fn learn_subjects(
        &mut self,
        rows: &mut Rows<'_>,
        account: AccountId,
        wanted: &Expr,
        ids: &[i64],
    ) -> Result<()> {
        let mut found = Vec::new();
        wanted.conditions(&mut found);
        if !found
            .iter()
            .any(|condition| matches!(condition, Condition::Subject(_)))
        {
            return Ok(());
        }
        for some in ids.chunks(AT_ONCE) {
            let params = params![account, some];
            let read = rows.fetch(&rows::SUBJECTS, params, |row| Ok((row.int()?, row.text()?)));
            for (id, subject) in read.await? {
                self.subjects.insert(id, tokens(&subject, Limits::HEADING));
            }
        }
        Ok(())
    }

    async fn learn_bodies(
        &mut self,
        rows: &mut Rows<'_>,
        account: AccountId,
        wanted: &Expr,
        id: i64,
    ) -> Result<()> {
        const AT_ONCE: i64 = 20;
        let mut conditions = Vec::new();
        wanted.conditions(&mut conditions);
        let mut missing: Vec<&Term> = Vec::new();
        for condition in conditions {
            if let Condition::Body(term) = condition
                && !missing.contains(&term)
            {
                missing.push(term);
            }
        }
        let mut found: Vec<Term> = Vec::new();
        let mut before = (i64::MAX, i64::MAX);
        while !missing.is_empty() {
            let params = params![account, id, before.0, before.1, AT_ONCE];
            let page = rows
                .fetch(&message_rows::PAGE, params, message_rows::brief)
                .await?;
            let Some(last) = page.last() else { break };
            before = (last.message.effective_at.0, last.message.id.get());
            let is_last = page.len() < AT_ONCE as usize;
            for message in with_bodies(rows, account, page).await? {
                let tokens = tokens_of(&message);
                missing.retain(|term| {
                    let holds = term.occurs_in(tokens.iter().map(String::as_str));
                    if holds {
                        found.push((*term).clone());
                    }
                    !holds
                });
            }
            if is_last {
                break;
            }
        }
        self.bodies.insert(id, found);
        Ok(())
    }

    /// Whether a conversation fulfils the expression; `None` if that depends on texts that were not read.
    fn holds(&self, wanted: &Expr, of: &Facts) -> Option<bool> {
        match wanted {
            Expr::Is(condition) => self.fulfils(condition, of),
            Expr::Not(inner) => self.holds(inner, of).map(|holds| !holds),
            Expr::All(parts) => self.over(parts, of, false),
            Expr::Any(parts) => self.over(parts, of, true),
        }
    }

    /// Returns `decisive` if one of the parts has this value, and the opposite if all parts have that.
    fn over(&self, parts: &[Expr], of: &Facts, decisive: bool) -> Option<bool> {
        let mut is_open = false;
        for part in parts {
            match self.holds(part, of) {
                Some(holds) if holds == decisive => return Some(decisive),
                Some(_) => {}
                None => is_open = true,
            }
        }
        (!is_open).then_some(!decisive)
    }

    fn fulfils(&self, condition: &Condition, of: &Facts) -> Option<bool> {
        Some(match condition {
            Condition::Inbox(inboxes) => inboxes.contains(&of.inbox),
            Condition::Phase(phases) => phases.contains(&of.phase),
            Condition::Assignee(agent) => of.assignee == *agent,
            Condition::Draft => of.is_draft,
            Condition::Tag(names) => {
                let tags = names.iter().filter_map(|name| self.tag(name));
                tags.into_iter()
                    .any(|tag| self.tagged.contains(&(of.id, tag)))
            }
            Condition::Number(number) => of.number == *number,
            Condition::Id(id) => of.id == *id,
            Condition::Customer(customers) => customers.contains(&of.customer),
            // `Expr::resolved` replaces it.
            Condition::Email(_) => false,
            Condition::Subject(term) => {
                let subject = self.subjects.get(&of.id)?;
                term.occurs_in(subject.iter().map(String::as_str))
            }
            Condition::Body(term) => self.bodies.get(&of.id)?.contains(term),
            Condition::Field(inbox, name, value) => {
                let having = (of.id, name.clone(), value.clone());
                of.inbox == *inbox && self.valued.contains(&having)
            }
            Condition::Started(from, to) => (*from..=*to).contains(&of.started_at),
            Condition::Changed(from, to) => (*from..=*to).contains(&of.updated_at),
        })
    }
}

/// Returns the words of a message's body. A hidden message and a line item have none.
fn tokens_of(message: &Message) -> Vec<String> {
    if message.kind == Kind::LineItem || message.state == State::Hidden {
        return Vec::new();
    }
    tokens(&text::plain(message.format, &message.body), Limits::BODY)
}
