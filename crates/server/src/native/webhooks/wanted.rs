//! What a webhook may be: what its door asks for, where it may lead, and whether its maker may know what it is told.

use heddle_domain::event::EventKind;
use heddle_domain::id::InboxId;
use heddle_domain::{Door, Scope};

use super::super::auth::Holder;
use super::super::error::{Error, FieldError};
use super::super::{DOOR, hook};
use super::Options;
use crate::App;
use crate::dialect::{self, magicline, mews};
use crate::webhooks::allow::{Allow, Entry};
use crate::webhooks::hook::Hook;
use crate::webhooks::subscribe::OperatorAllow;

/// The checks of one request, with every fault that they found.
#[derive(Debug)]
pub(super) struct Checks<'a> {
    holder: &'a Holder,
    door: Door,
    hook: &'static dyn Hook,
    faults: Vec<FieldError>,
}

impl<'a> Checks<'a> {
    /// Checks of a webhook of a door.
    ///
    /// # Errors
    /// 422 if the door has no webhooks.
    pub(super) fn of(holder: &'a Holder, door: Door) -> Result<Self, Error> {
        let hook = dialect::hook(door.as_str()).ok_or_else(|| {
            let detail = "has no webhooks";
            Error::Invalid(vec![FieldError::new("door", "invalid", detail)])
        })?;
        Ok(Self {
            holder,
            door,
            hook,
            faults: Vec::new(),
        })
    }

    /// # Errors
    /// 422 with every fault.
    pub(super) fn settle(self) -> Result<(), Error> {
        Error::invalid_if_any(self.faults)
    }

    pub(super) fn refuse(&mut self, field: &str, detail: impl Into<String>) {
        self.faults.push(FieldError::new(field, "invalid", detail));
    }

    /// Inboxes as they are kept: sorted, each once; empty means all. Who reaches some must name some of them.
    pub(super) fn inboxes(&mut self, ids: Option<Vec<i64>>) -> Vec<InboxId> {
        let reached = self.holder.inboxes();
        let named: Vec<InboxId> = ids.unwrap_or_default().into_iter().map(InboxId).collect();
        if named.is_empty() && !reached.is_empty() {
            self.refuse("inbox_ids", "must be inboxes that the token reaches");
        }
        for (at, inbox) in named.iter().enumerate() {
            if !reached.is_empty() && !reached.contains(inbox) {
                let field = format!("inbox_ids[{at}]");
                self.faults.push(FieldError::unknown(&field));
            }
        }
        let mut inboxes = named;
        inboxes.sort_unstable();
        inboxes.dedup();
        if self.door == magicline::DOOR && inboxes.len() != 1 {
            self.refuse("inbox_ids", "must be exactly one inbox for this door");
        }
        inboxes
    }

    /// The door has these events, and a webhook with these inboxes can be told of them.
    pub(super) fn events(&mut self, events: &[String], inboxes: &[InboxId]) {
        let names = self.hook.names();
        for (at, event) in events.iter().enumerate() {
            let field = format!("events[{at}]");
            if !names.contains(&event.as_str()) {
                let detail = format!("is no event of the door {}", self.door.as_str());
                self.faults.push(FieldError::new(&field, "choice", detail));
            } else if events[..at].contains(event) {
                let detail = "stands there twice";
                self.faults
                    .push(FieldError::new(&field, "duplicate", detail));
            } else if self.door == DOOR && !inboxes.is_empty() && !is_within_inboxes(event) {
                self.refuse(&field, "is about the account, not about inboxes");
            }
        }
    }

    pub(super) fn ordered(&mut self, ordered: bool) {
        if ordered && self.door != DOOR {
            self.refuse("ordered", "goes with the door native");
        }
    }

    pub(super) fn application(&mut self, application: Option<i64>) {
        match (self.door == mews::DOOR, application) {
            (true, None) => self.refuse("application_id", "is needed for the door mews"),
            (false, Some(_)) => self.refuse("application_id", "goes with the door mews"),
            (true, Some(_)) | (false, None) => {}
        }
    }

    /// The secret that somebody chose, or a new one; `None` if the door has none.
    pub(super) fn secret(&mut self, chosen: Option<String>) -> Option<String> {
        self.hook.secret(chosen).unwrap_or_else(|detail| {
            self.refuse("secret", detail);
            None
        })
    }

    /// Options as they are kept.
    pub(super) fn options(&mut self, options: &Options) -> String {
        let options = serde_json::to_value(options).expect("options are plain data");
        let serde_json::Value::Object(options) = options else {
            unreachable!("a struct is an object");
        };
        let checked = self.hook.options(options).unwrap_or_else(|(name, detail)| {
            self.refuse(&format!("options.{name}"), detail);
            serde_json::Map::new()
        });
        serde_json::Value::Object(checked).to_string()
    }

    /// Where it leads, and its own list of what it reaches inside. Gives the list.
    ///
    /// # Errors
    /// If the operator's lists cannot be read.
    pub(super) async fn place(
        &mut self,
        app: &App,
        url: &str,
        allow: &[String],
    ) -> Result<Allow, Error> {
        let own = self.allow(allow);
        let operator = OperatorAllow::read(app, self.holder.account()).await?;
        if let Some(entry) = operator.first_beyond(&own) {
            let at = own.entries().iter().position(|own| own == entry);
            let field = format!("allow[{}]", at.unwrap_or_default());
            self.refuse(&field, "is not open to this account");
        }
        if let Err(refusal) = operator.check(url, &own) {
            self.refuse("url", refusal.to_string());
        }
        Ok(own)
    }

    fn allow(&mut self, entries: &[String]) -> Allow {
        let mut own: Vec<Entry> = Vec::new();
        for (at, text) in entries.iter().enumerate() {
            match text.parse() {
                Ok(entry) => own.push(entry),
                Err(_) => {
                    let detail = "must be a host name or a network such as 10.0.0.0/8";
                    let field = format!("allow[{at}]");
                    self.faults.push(FieldError::new(&field, "format", detail));
                }
            }
        }
        Allow::new(own)
    }
}

/// Whether an event of this kind belongs to an inbox, or to a customer.
fn is_within_inboxes(kind: &str) -> bool {
    let (subject, _) = kind.split_once('.').unwrap_or_default();
    ["conversation", "message", "customer"].contains(&subject)
}

/// The caller may read what a webhook with these events is told.
///
/// # Errors
/// 403 naming the right that is missing.
pub(super) fn must_know(holder: &Holder, door: Door, events: &[String]) -> Result<(), Error> {
    let mut needed = events.iter().flat_map(|event| rights(door, event));
    match needed.find(|scope| !holder.may(*scope)) {
        Some(scope) => Err(Error::Forbidden(scope)),
        None => Ok(()),
    }
}

/// Vendors' events carry conversations with their messages and customers; ours are named by what they are about.
fn rights(door: Door, event: &str) -> Vec<Scope> {
    if door != DOOR {
        return vec![
            Scope::ConversationsRead,
            Scope::MessagesRead,
            Scope::CustomersRead,
        ];
    }
    let kind = EventKind::parse(event);
    kind.and_then(hook::scope_of).into_iter().collect()
}
