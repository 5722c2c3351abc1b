//! What a store shows to a client: its feed, and its conversations.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::service::Service;
use super::writers::{Written, bytes_of};
use crate::waiting::wait_until;
use crate::webhooks::wire::Client;

/// What a store shows.
pub(super) struct Seen {
    client: Client,
    token: String,
    pub(super) events: Vec<Value>,
    /// The conversations by id.
    pub(super) conversations: BTreeMap<i64, Value>,
}

impl Seen {
    /// Reads a store that has everything that was acknowledged, and checks that: each write is there once, and nothing that
    /// nobody sent.
    ///
    /// # Errors
    /// Says what is missing, doubled, or too much.
    pub(super) fn all(server: &Service, token: &str, written: &Written) -> Result<Self> {
        let seen = Self::read(server, token, |seen| {
            let made = seen.made_until(i64::MAX);
            seen.conversations.keys().all(|id| made.contains(id))
        })?;
        for write in &written.acknowledged {
            let found = seen.conversations.get(&write.conversation);
            let found = found.with_context(|| format!("acknowledged, and missing: {write:?}"))?;
            ensure!(
                found["subject"] == write.subject.as_str(),
                "{write:?} is {found}"
            );
        }
        let mut subjects = HashMap::new();
        for (id, conversation) in &seen.conversations {
            let subject = conversation["subject"].as_str().context("a subject")?;
            ensure!(written.sent.contains(subject), "nobody sent {conversation}");
            ensure!(
                conversation["message_count"] == 1,
                "{conversation} has more than its message"
            );
            let other = subjects.insert(subject, id);
            ensure!(
                other.is_none(),
                "{subject} is there twice: {other:?} and {id}"
            );
        }
        let mut seen = seen;
        seen.compare_files(written)?;
        Ok(seen)
    }

    /// Reads a restored store up to the point of its backup.
    ///
    /// # Errors
    /// Fails if the store cannot be read, or does not reach the point.
    pub(super) fn of_point(server: &Service, token: &str, manifest: &Value) -> Result<Self> {
        let point = point(manifest)?;
        Self::read(server, token, |seen| {
            seen.events
                .last()
                .is_some_and(|last| position(last) >= point)
        })
    }

    /// Reads a store until its feed is complete: with PostgreSQL, positions follow the commits a moment later.
    fn read(server: &Service, token: &str, is_complete: impl Fn(&Self) -> bool) -> Result<Self> {
        let mut seen = Self {
            client: Client::connect(server.address())?,
            token: token.to_owned(),
            events: Vec::new(),
            conversations: BTreeMap::new(),
        };
        seen.conversations = seen.list_conversations()?;
        let mut failure = None;
        let complete = wait_until(|| match seen.read_events() {
            Ok(()) => is_complete(&seen),
            Err(error) => {
                failure = Some(error);
                true
            }
        });
        if let Some(error) = failure {
            return Err(error);
        }
        ensure!(complete, "the feed ends early, at {:?}", seen.events.last());
        Ok(seen)
    }

    /// Reads the events after those that are known.
    fn read_events(&mut self) -> Result<()> {
        loop {
            let after = self.events.last().map_or(0, position);
            let path = format!("/api/v1/events?limit=100&after={after}");
            let mut page = self.client.ask(&self.token, &path, None)?;
            let list = page["data"].as_array_mut().context("a list")?;
            self.events.append(list);
            if page["more"] == false {
                return Ok(());
            }
        }
    }

    fn list_conversations(&mut self) -> Result<BTreeMap<i64, Value>> {
        let mut all = BTreeMap::new();
        let mut cursor = String::new();
        loop {
            let path = format!("/api/v1/conversations?limit=100{cursor}");
            let page = self.client.ask(&self.token, &path, None)?;
            for conversation in page["data"].as_array().context("a list")? {
                let id = conversation["id"].as_i64().context("an id")?;
                let known = all.insert(id, conversation.clone());
                ensure!(known.is_none(), "the list shows conversation {id} twice");
            }
            let Some(next) = page["next_cursor"].as_str() else {
                return Ok(all);
            };
            cursor = format!("&cursor={next}");
        }
    }

    /// Compares the files of all acknowledged writes that this store has with what was sent. Returns their number.
    ///
    /// # Errors
    /// Names a file that differs.
    pub(super) fn compare_files(&mut self, written: &Written) -> Result<usize> {
        let mut count = 0;
        for write in &written.acknowledged {
            let (Some((id, number)), true) = (
                write.file,
                self.conversations.contains_key(&write.conversation),
            ) else {
                continue;
            };
            let path = format!("/api/v1/attachments/{id}/content");
            let (status, bytes) = self.client.exchange("GET", &self.token, &path, "", &[])?;
            ensure!(
                status == 200 && bytes == bytes_of(number),
                "the file of {write:?} differs: {status}, {} bytes",
                bytes.len()
            );
            count += 1;
        }
        Ok(count)
    }

    /// Returns the events up to a position.
    pub(super) fn events_until(&self, point: i64) -> impl Iterator<Item = &Value> {
        self.events
            .iter()
            .take_while(move |event| position(event) <= point)
    }

    /// Returns the ids of all events.
    pub(super) fn event_ids(&self) -> BTreeSet<i64> {
        let ids = self.events.iter().filter_map(|event| event["id"].as_i64());
        ids.collect()
    }

    /// Returns the conversations that were made up to a position.
    pub(super) fn made_until(&self, point: i64) -> BTreeSet<i64> {
        self.events_until(point)
            .filter(|event| event["kind"] == "conversation.created")
            .filter_map(|event| event["entity_id"].as_i64())
            .collect()
    }
}

fn position(event: &Value) -> i64 {
    event["position"].as_i64().unwrap_or(i64::MAX)
}

/// Returns the number of the write that made a conversation.
pub(super) fn number(conversation: &Value) -> Result<usize> {
    let subject = conversation["subject"].as_str().context("a subject")?;
    let number = subject.rsplit(' ').next().unwrap_or_default();
    number
        .parse()
        .with_context(|| format!("nobody sent {conversation}"))
}

/// Returns the point of a backup: the position of the last event of the account that it has.
pub(super) fn point(manifest: &Value) -> Result<i64> {
    manifest["last_events"]["1"]
        .as_i64()
        .context("the backup has no events")
}
