//! Merges the messages of many conversations by time. Each conversation is a run of the index by occurrence.
//!
//! The first round reads a few keys of each run. Each further round reads only runs of which all known keys are among the
//! latest, and as many keys again as are known of them. So a round reads no more keys than the list has, and there are at
//! most as many rounds as doublings of 1 up to the length of the list.

use heddle_domain::Timestamp;
use heddle_domain::id::{AccountId, ConversationId, MessageId};
use heddle_domain::message::State;

use crate::error::Result;
use crate::rows::message::HISTORY;
use crate::stmt::Value;
use crate::tx::Rows;

/// Which channels a list of messages contains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Channels {
    /// Text messages.
    pub texts: bool,
    /// E-mails.
    pub emails: bool,
    /// Telephone calls.
    pub calls: bool,
    /// Notes, and messages of all other channels.
    pub others: bool,
}

impl Channels {
    /// All channels.
    pub const ALL: Self = Self {
        texts: true,
        emails: true,
        calls: true,
        others: true,
    };
}

/// Which messages a list contains.
pub(super) struct Filter {
    pub(super) account: AccountId,
    pub(super) state: State,
    /// The messages are before this time.
    pub(super) before: Timestamp,
    pub(super) channels: Channels,
    /// Whether machines wrote the messages; `None`: both.
    pub(super) automated: Option<bool>,
}

/// The place of a message in the order of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    at: Timestamp,
    pub(super) id: MessageId,
    pub(super) conversation: ConversationId,
}

/// The known keys of a conversation, latest first.
struct Run {
    conversation: ConversationId,
    keys: Vec<Key>,
    /// Whether the conversation has no more keys.
    ended: bool,
}

/// Returns the keys of the `most` latest messages of some conversations, latest first.
pub(super) async fn latest(
    rows: &mut Rows<'_>,
    filter: &Filter,
    conversations: &[ConversationId],
    most: usize,
) -> Result<Vec<Key>> {
    let first = most.div_ceil(conversations.len().max(1));
    let run = |conversation: &ConversationId| Run {
        conversation: *conversation,
        keys: Vec::new(),
        ended: most == 0,
    };
    let mut runs: Vec<Run> = conversations.iter().map(run).collect();
    loop {
        let known = best(&runs, most);
        let last = known.last().filter(|_| known.len() == most);
        let wants = |run: &&mut Run| !run.ended && last.is_none_or(|last| run.reaches(last));
        let mut wanting: Vec<&mut Run> = runs.iter_mut().filter(wants).collect();
        if wanting.is_empty() {
            return Ok(known);
        }
        read_on(rows, filter, &mut wanting, first).await?;
    }
}

/// Returns the `most` latest known keys, latest first.
fn best(runs: &[Run], most: usize) -> Vec<Key> {
    let mut keys: Vec<Key> = runs.iter().flat_map(|run| &run.keys).copied().collect();
    keys.sort_unstable_by(|a, b| b.cmp(a));
    keys.truncate(most);
    keys
}

impl Run {
    /// Whether a key that is not known yet may be later than `last`.
    fn reaches(&self, last: &Key) -> bool {
        self.keys.last().is_none_or(|known| known > last)
    }
}

/// Reads the next keys of some runs: as many as are known, or `first`.
async fn read_on(
    rows: &mut Rows<'_>,
    filter: &Filter,
    runs: &mut [&mut Run],
    first: usize,
) -> Result<()> {
    let params: Vec<[Value<'_>; 12]> = runs
        .iter()
        .map(|run| params(filter, run, run.keys.len().max(first)))
        .collect();
    let found = rows.fetch_many(&HISTORY, &params, |row| Ok((row.time()?, row.int()?)));
    for (run, keys) in runs.iter_mut().zip(found.await?) {
        run.ended = keys.len() < run.keys.len().max(first);
        let conversation = run.conversation;
        run.keys.extend(keys.into_iter().map(|(at, id)| Key {
            at,
            id: MessageId(id),
            conversation,
        }));
    }
    Ok(())
}

fn params(filter: &Filter, run: &Run, count: usize) -> [Value<'static>; 12] {
    let start = run.keys.last().map(|key| (key.at, key.id.get()));
    let (at, id) = start.unwrap_or((filter.before, 0));
    let channels = filter.channels;
    [
        filter.account.into(),
        run.conversation.into(),
        at.into(),
        id.into(),
        (count as i64).into(),
        channels.texts.into(),
        channels.emails.into(),
        channels.calls.into(),
        channels.others.into(),
        filter.automated.unwrap_or(false).into(),
        filter.automated.unwrap_or(true).into(),
        filter.state.as_str().into(),
    ]
}
