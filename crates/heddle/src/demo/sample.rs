//! The file format of sample data: one account in a TOML or JSON file. `larkspur.toml` shows every key.
//!
//! Records refer to each other by `key`. The whole sample is checked before anything is stored: an error names an unknown key, a
//! reference to a missing record or an e-mail address that is used twice. A message with a time is imported (it notifies
//! nobody and changes no status); a message without one is recorded with the time of recording.

use std::collections::HashSet;
use std::ops::Deref;
use std::path::Path;

use anyhow::{Context, anyhow, bail, ensure};
use heddle_api::date_time::RANGE;
use heddle_domain::custom_field::FieldKind;
use heddle_domain::customer::{Address, AddressKind, PostalAddress, normalise_email};
use heddle_domain::{ApiName, Channel, Direction, Status, Timestamp};
use heddle_webhooks::guard::Target;
use heddle_webhooks::hook::Hook;
use jiff::{Span, SpanRelativeTo};
use serde::Deserialize;

use super::identity::Identity;

/// One account with its records.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sample {
    /// The account's name.
    pub(crate) account: Text,
    /// The inboxes, at least one. The first is the main inbox; the second, if there is one, is the "other" inbox of the
    /// summary.
    pub(crate) inboxes: Vec<Inbox>,
    /// The agents, at least one. The Help Scout credential acts as the first.
    pub(crate) agents: Vec<Agent>,
    /// The customers. The first who can be seen in the main inbox is the main customer.
    #[serde(default)]
    pub(crate) customers: Vec<Customer>,
    #[serde(default)]
    pub(crate) conversations: Vec<Conversation>,
    #[serde(default)]
    pub(crate) teams: Vec<Team>,
    /// Custom fields of conversations, each in one inbox.
    #[serde(default)]
    pub(crate) fields: Vec<Field>,
    /// Webhooks, which are disabled: nothing listens where they lead until somebody enables them.
    #[serde(default)]
    pub(crate) webhooks: Vec<Webhook>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Team {
    pub(crate) key: Text,
    pub(crate) name: Text,
    /// Keys of agents.
    pub(crate) members: Vec<Text>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Field {
    pub(crate) inbox: Text,
    pub(crate) name: Text,
    pub(crate) kind: FieldKindName,
    /// The labels of a dropdown's options.
    #[serde(default)]
    pub(crate) options: Vec<Text>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Webhook {
    /// The API whose format the webhook's requests have: `native` or `helpscout`.
    pub(crate) api: WebhookApi,
    pub(crate) label: Text,
    pub(crate) url: Text,
    /// The names of events, as the API spells them.
    pub(crate) events: Vec<Text>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum WebhookApi {
    Native,
    HelpScout,
}

impl WebhookApi {
    pub(crate) const fn name(self) -> ApiName {
        match self {
            Self::Native => heddle_native::NAME,
            Self::HelpScout => heddle_helpscout::NAME,
        }
    }

    /// Returns the secret of a webhook, in the form of the API.
    pub(crate) fn secret(self, identity: Identity, label: &str) -> String {
        let key = identity.key(&format!("webhook {label}"));
        match self {
            // The digits of the key are base64 digits, too.
            Self::Native => format!("whsec_{key}"),
            Self::HelpScout => key[..32].to_owned(),
        }
    }

    fn event_names(self) -> Vec<&'static str> {
        let hook = match self {
            Self::Native => heddle_native::description().hook,
            Self::HelpScout => heddle_helpscout::description().hook,
        };
        hook.map(Hook::event_names).unwrap_or_default()
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Inbox {
    pub(crate) key: Text,
    pub(crate) name: Text,
    /// Key of the agent whose messages do not change the assignee.
    pub(crate) default_agent: Option<Text>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Agent {
    pub(crate) key: Text,
    pub(crate) first_name: Text,
    pub(crate) last_name: Text,
    pub(crate) email: Text,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Customer {
    pub(crate) key: Text,
    /// Key of the home inbox, the only inbox that shows the customer. Without it, every inbox shows the customer.
    pub(crate) inbox: Option<Text>,
    pub(crate) first_name: Option<Text>,
    pub(crate) last_name: Option<Text>,
    pub(crate) email: Option<Text>,
    pub(crate) phone: Option<Text>,
    pub(crate) organization: Option<Text>,
    pub(crate) location: Option<Text>,
    /// Further addresses, behind `email` and `phone`.
    #[serde(default)]
    pub(crate) addresses: Vec<CustomerAddress>,
    pub(crate) postal_address: Option<Postal>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CustomerAddress {
    pub(crate) kind: AddressKindName,
    pub(crate) value: Text,
    pub(crate) label: Option<Text>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Postal {
    pub(crate) lines: Vec<Text>,
    pub(crate) city: Text,
    pub(crate) state: Text,
    pub(crate) postal_code: Text,
    /// Two letters in upper case.
    pub(crate) country: Text,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Conversation {
    /// Key of the conversation. Needed only if another conversation refers to it.
    pub(crate) key: Option<Text>,
    pub(crate) inbox: Text,
    /// Key of the conversation's customer, if there is no `mews_sender`.
    pub(crate) customer: Option<Text>,
    /// Instead of `customer`: the display name of a guest who wrote through the Mews application. A new customer is
    /// created for each such conversation.
    pub(crate) mews_sender: Option<Text>,
    pub(crate) subject: Text,
    /// Status of the conversation. Without it, the messages determine the status.
    pub(crate) status: Option<StatusName>,
    pub(crate) assignee: Option<Text>,
    #[serde(default)]
    pub(crate) archived: bool,
    #[serde(default)]
    pub(crate) tags: Vec<Text>,
    #[serde(default)]
    pub(crate) messages: Vec<Message>,
    /// Number of messages that the conversation gets: numbered phone calls of the last weeks are added until it has
    /// this many.
    pub(crate) fill_to: Option<usize>,
    /// The key of the conversation into which this one is merged at the end.
    pub(crate) merge_into: Option<Text>,
    /// Whether the conversation is deleted at the end.
    #[serde(default)]
    pub(crate) deleted: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Message {
    pub(crate) direction: DirectionName,
    pub(crate) channel: ChannelName,
    /// Key of the author of an outgoing message. Without it, the author is the application.
    pub(crate) agent: Option<Text>,
    /// Whether the message is a note, which only agents see.
    #[serde(default)]
    pub(crate) note: bool,
    /// Whether the message is a draft, which is not sent yet.
    #[serde(default)]
    pub(crate) draft: bool,
    pub(crate) at: Option<MessageTime>,
    pub(crate) body: Text,
    /// A text file that comes with the message.
    pub(crate) file: Option<TextFile>,
    /// The text that replaces `body` at the end; `body` stays as the original.
    pub(crate) rewritten: Option<Text>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TextFile {
    pub(crate) name: Text,
    pub(crate) text: Text,
}

/// The maximum of `fill_to`: more than any test needs, and quickly stored.
const MAX_FILLED: usize = 10_000;
/// The maximum size of a file in bytes: what the store keeps beside the message.
const MAX_FILE: usize = 32 * 1024;

/// A text without U+0000, which PostgreSQL cannot store.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Text(String);

impl TryFrom<String> for Text {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, &'static str> {
        if text.contains('\0') {
            return Err("a text cannot hold U+0000");
        }
        Ok(Self(text))
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

/// Declares a type that deserialises the name of a variant of a domain enum.
macro_rules! variant_name {
    ($($name:ident: $of:ident),+) => {$(
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
        #[serde(try_from = "String")]
        pub(crate) struct $name(pub(crate) $of);

        impl TryFrom<String> for $name {
            type Error = String;

            fn try_from(text: String) -> Result<Self, String> {
                let words: Vec<&str> = $of::ALL.iter().map(|value| value.as_str()).collect();
                let unknown = || format!("{text:?} is not one of {}", words.join(", "));
                $of::parse(&text).map(Self).ok_or_else(unknown)
            }
        }
    )+};
}

variant_name!(
    StatusName: Status,
    DirectionName: Direction,
    ChannelName: Channel,
    FieldKindName: FieldKind,
    AddressKindName: AddressKind
);

/// The time of a message: `2026-05-04T09:30:00Z`, or `2d 5h ago`, which counts back from the time when the sample data were recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) enum MessageTime {
    Instant(Timestamp),
    Ago { ms: i64 },
}

impl MessageTime {
    /// Returns the time as a timestamp; `now` is the current time.
    pub(crate) fn from(self, now: Timestamp) -> Timestamp {
        match self {
            Self::Instant(at) => at,
            Self::Ago { ms } => now.plus_ms(-ms),
        }
    }
}

impl TryFrom<String> for MessageTime {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if let Ok(instant) = text.parse::<jiff::Timestamp>() {
            let instant = Timestamp(instant.as_millisecond());
            return match instant.is_in_calendar() {
                true => Ok(Self::Instant(instant)),
                false => Err(format!("{text:?} {RANGE}")),
            };
        }
        let ago = || {
            let span: Span = text.strip_suffix("ago")?.trim().parse().ok()?;
            let length = span.to_duration(SpanRelativeTo::days_are_24_hours()).ok()?;
            i64::try_from(length.as_millis()).ok().filter(|ms| *ms >= 0)
        };
        ago().map(|ms| Self::Ago { ms }).ok_or_else(|| {
            format!("{text:?} is no time such as \"2026-05-04T09:30:00Z\" or \"2d 5h ago\"")
        })
    }
}

impl Sample {
    /// Parses the text of a file: JSON if its name ends in `.json`, else TOML.
    ///
    /// # Errors
    /// Fails if the text is not a valid sample.
    pub(crate) fn parse(path: &Path, text: &str) -> anyhow::Result<Self> {
        let is_json = path.extension().is_some_and(|name| name == "json");
        let sample: Self = if is_json {
            serde_json::from_str(text).map_err(anyhow::Error::from)
        } else {
            toml::from_str(text).map_err(anyhow::Error::from)
        }
        .with_context(|| format!("{} is no sample data", path.display()))?;
        sample
            .check()
            .with_context(|| format!("{} is no sample data", path.display()))?;
        Ok(sample)
    }

    /// Returns how many messages the conversation will have.
    pub(crate) fn length(conversation: &Conversation) -> usize {
        let written = conversation.messages.len();
        conversation.fill_to.unwrap_or(written).max(written)
    }

    fn check(&self) -> anyhow::Result<()> {
        ensure!(!self.inboxes.is_empty(), "it needs an inbox");
        ensure!(!self.agents.is_empty(), "it needs an agent");
        let known = Keys::of(self)?;
        for inbox in &self.inboxes {
            known.agent(inbox.default_agent.as_ref())?;
        }
        for customer in &self.customers {
            known.inbox(customer.inbox.as_ref())?;
        }
        self.check_addresses()?;
        self.check_extras(&known)?;
        for conversation in &self.conversations {
            conversation
                .check(&known)
                .with_context(|| format!("conversation {:?}", &*conversation.subject))?;
        }
        Ok(())
    }

    fn check_addresses(&self) -> anyhow::Result<()> {
        let mut owned = HashSet::new();
        let further = self.customers.iter().flat_map(|c| &c.addresses);
        for CustomerAddress { kind, value, .. } in further.clone() {
            let (AddressKindName(kind), value) = (*kind, &**value);
            let is_one = Address::parse(kind, value).is_some();
            ensure!(
                is_one,
                "{value:?} is no address of the kind {}",
                kind.as_str()
            );
        }
        let further = further.filter(|address| address.kind.0 == AddressKind::Email);
        let first = self.customers.iter().filter_map(|c| c.email.as_deref());
        for email in first.chain(further.map(|address| &*address.value)) {
            let address = normalise_email(email);
            let address = address.ok_or_else(|| anyhow!("{email:?} is not an e-mail address"))?;
            ensure!(owned.insert(address), "two customers have {email:?}");
        }
        Ok(())
    }
}

impl Sample {
    /// Checks the records beside people and conversations.
    fn check_extras(&self, known: &Keys<'_>) -> anyhow::Result<()> {
        for key in self.teams.iter().flat_map(|team| &team.members) {
            known.agent(Some(key))?;
        }
        unique(self.teams.iter().map(|team| &team.key))?;
        for field in &self.fields {
            known.inbox(Some(&field.inbox))?;
            let is_dropdown = field.kind.0 == FieldKind::Dropdown;
            ensure!(
                is_dropdown != field.options.is_empty(),
                "the field {:?}: a dropdown has options, and no other kind has them",
                &*field.name
            );
        }
        for postal in self
            .customers
            .iter()
            .filter_map(|c| c.postal_address.as_ref())
        {
            let country = &*postal.country;
            ensure!(
                PostalAddress::parse_country(country).as_deref() == Some(country),
                "{country:?} is no country: it has two letters in upper case"
            );
        }
        for webhook in &self.webhooks {
            let names = webhook.api.event_names();
            let unknown = |name: &&Text| !names.contains(&&***name);
            if let Some(name) = webhook.events.iter().find(unknown) {
                bail!(
                    "{:?} is no event; the events are {}",
                    &**name,
                    names.join(", ")
                );
            }
            ensure!(!webhook.events.is_empty(), "a webhook needs events");
            let url = &*webhook.url;
            Target::parse(url).map_err(|error| anyhow!("the webhook's URL {url:?}: {error}"))?;
        }
        Ok(())
    }
}

impl Conversation {
    /// Whether the conversation is neither merged into another nor deleted at the end.
    pub(crate) const fn stays(&self) -> bool {
        self.merge_into.is_none() && !self.deleted
    }

    fn check(&self, known: &Keys<'_>) -> anyhow::Result<()> {
        known.inbox(Some(&self.inbox))?;
        known.customer(self.customer.as_ref())?;
        known.agent(self.assignee.as_ref())?;
        ensure!(
            self.customer.is_some() != self.mews_sender.is_some(),
            "it needs either a customer or a mews_sender"
        );
        ensure!(
            self.merge_into.is_none() || !self.deleted,
            "it is merged or deleted, not both"
        );
        if let Some(survivor) = &self.merge_into {
            ensure!(
                known.survivors.contains(&**survivor),
                "merge_into names {:?}, which is no conversation that stays",
                &**survivor
            );
        }
        ensure!(
            self.fill_to.unwrap_or_default() <= MAX_FILLED,
            "fill_to goes up to {MAX_FILLED}"
        );
        for message in &self.messages {
            known.agent(message.agent.as_ref())?;
            let Message {
                direction: DirectionName(direction),
                agent,
                note,
                ..
            } = message;
            let outgoing = *direction == Direction::Outgoing;
            ensure!(
                outgoing || agent.is_none(),
                "no agent writes an incoming message"
            );
            ensure!(outgoing || !note, "a note is outgoing");
            ensure!(
                !message.draft || (outgoing && !note && message.at.is_none()),
                "a draft is outgoing, no note, and has no time"
            );
            let length = message.file.as_ref().map_or(0, |file| file.text.len());
            ensure!(length <= MAX_FILE, "a file has at most {MAX_FILE} bytes");
        }
        Ok(())
    }
}

/// The keys of all records of a sample.
struct Keys<'a> {
    inboxes: HashSet<&'a str>,
    agents: HashSet<&'a str>,
    customers: HashSet<&'a str>,
    /// Keys of the conversations that remain: those that are neither merged into another nor deleted.
    survivors: HashSet<&'a str>,
}

impl<'a> Keys<'a> {
    fn of(sample: &'a Sample) -> anyhow::Result<Self> {
        let staying = sample.conversations.iter();
        let staying = staying.filter(|conversation| conversation.stays());
        Ok(Self {
            inboxes: unique(sample.inboxes.iter().map(|inbox| &inbox.key))?,
            agents: unique(sample.agents.iter().map(|agent| &agent.key))?,
            customers: unique(sample.customers.iter().map(|customer| &customer.key))?,
            survivors: unique(staying.filter_map(|conversation| conversation.key.as_ref()))?,
        })
    }

    fn inbox(&self, key: Option<&Text>) -> anyhow::Result<()> {
        find(&self.inboxes, key, "inbox")
    }

    fn agent(&self, key: Option<&Text>) -> anyhow::Result<()> {
        find(&self.agents, key, "agent")
    }

    fn customer(&self, key: Option<&Text>) -> anyhow::Result<()> {
        find(&self.customers, key, "customer")
    }
}

fn unique<'a>(keys: impl Iterator<Item = &'a Text>) -> anyhow::Result<HashSet<&'a str>> {
    let mut known = HashSet::new();
    for key in keys {
        ensure!(known.insert(&**key), "the key {:?} is there twice", &**key);
    }
    Ok(known)
}

fn find(known: &HashSet<&str>, key: Option<&Text>, what: &str) -> anyhow::Result<()> {
    match key {
        Some(key) => {
            let exists = known.contains(&**key);
            ensure!(exists, "there is no {what} with the key {:?}", &**key);
            Ok(())
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEAST: &str = r#"
        account = "A"
        inboxes = [{ key = "i", name = "I" }]
        agents = [{ key = "a", first_name = "A", last_name = "B", email = "a@b.example" }]
    "#;

    fn parse(more: &str) -> anyhow::Result<Sample> {
        Sample::parse(Path::new("x.toml"), &format!("{LEAST}\n{more}"))
    }

    fn refused(more: &str) -> String {
        format!("{:#}", parse(more).expect_err("a refusal"))
    }

    #[test]
    fn the_smallest_sample_is_an_inbox_and_an_agent() {
        assert!(parse("").is_ok());
        let json = r#"{"account":"A","inboxes":[],"agents":[]}"#;
        let refused = Sample::parse(Path::new("x.json"), json).expect_err("a refusal");
        assert!(format!("{refused:#}").contains("needs an inbox"));
    }

    #[test]
    fn unknown_keys_and_references_are_named() {
        for (more, word) in [
            ("colour = 1", "colour"),
            ("[[customers]]\nkey = \"c\"\nshoe_size = 43", "shoe_size"),
            ("[[customers]]\nkey = \"c\"\ninbox = \"nowhere\"", "nowhere"),
            (
                "[[customers]]\nkey = \"c\"\nemail = \"nonsense\"",
                "nonsense",
            ),
            (
                "[[customers]]\nkey = \"c\"\nemail = \"x@y\"\n[[customers]]\nkey = \"d\"\nemail = \"X@y\"",
                "X@y",
            ),
            (
                "[[customers]]\nkey = \"c\"\n[[customers]]\nkey = \"c\"",
                "\"c\"",
            ),
            (
                "[[conversations]]\ninbox = \"i\"\nsubject = \"s\"",
                "either a customer or a mews_sender",
            ),
            (
                "[[conversations]]\ninbox = \"i\"\nmews_sender = \"M\"\nsubject = \"s\"\nmerge_into = \"m\"",
                "\"m\"",
            ),
            (
                "[[conversations]]\ninbox = \"i\"\nmews_sender = \"M\"\nsubject = \"s\"\nstatus = \"done\"",
                "done",
            ),
            ("[[customers]]\nkey = \"\\u0000\"", "U+0000"),
        ] {
            let text = refused(more);
            assert!(text.contains(word), "{text}");
        }
    }

    #[test]
    fn times_are_absolute_or_counted_back() {
        let now = Timestamp(1_000_000_000_000);
        let at = |text: &str| MessageTime::try_from(text.to_owned()).map(|at| at.from(now));
        assert_eq!(at("2d 5h ago"), Ok(now.plus_ms(-53 * 3_600_000)));
        assert_eq!(at("1970-01-01T00:00:01Z"), Ok(Timestamp(1_000)));
        for text in ["", "yesterday", "2d", "-2d ago", "2 months ago"] {
            assert!(at(text).is_err(), "{text}");
        }
    }
}
