//! Words that the domain keeps as lists: APIs, scopes, kinds of events. The document shows every one of them.

use heddle_domain::conversation::{ConversationKind, Status};
use heddle_domain::event::EventKind;
use heddle_domain::message::{Channel, Direction, Format, Kind as MessageSort, State};
use heddle_domain::webhook::{DeliveryState, DisabledReason, WebhookState};
use heddle_domain::{ApiName, Scope};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::openapi::{ObjectBuilder, RefOr, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

use crate::dialect;

/// Gives a type its words: as text on the wire, as an enumeration in the document.
macro_rules! words {
    ($($(#[$doc:meta])* $name:ident($inner:ty) = ($all:expr, $show:expr, $parse:expr);)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) struct $name(pub(super) $inner);

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str($show(self.0))
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                $parse(&text).map(Self).ok_or_else(|| D::Error::custom("an unknown word"))
            }
        }

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                let words: Vec<&str> = $all.collect();
                ObjectBuilder::new().schema_type(Type::String).enum_values(Some(words)).into()
            }
        }

        impl ToSchema for $name {
            fn name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
        }
    )+};
}

words! {
    /// A right.
    Right(Scope) = (Scope::ALL.iter().map(|scope| scope.as_str()), Scope::as_str, Scope::parse);
    /// An API.
    ApiWord(ApiName) = (apis(), api_word, api);
    /// What changed.
    Kind(EventKind) = (kinds(), EventKind::as_str, kind);
    /// Whether a webhook is told of events.
    WebhookSwitch(WebhookState) = (switches().map(WebhookState::as_str), WebhookState::as_str, switch);
    /// Why a webhook is disabled: it was asked for; the receiver answered 410 Gone; it took nothing for too long; too many
    /// events in a row were given up.
    WhyDisabled(DisabledReason) =
        (DisabledReason::ALL.iter().map(|word| word.as_str()), DisabledReason::as_str, DisabledReason::parse);
    /// What became of a delivery: it will be tried again, the receiver took it, or it was given up.
    DeliveryStatus(DeliveryState) =
        (DeliveryState::ALL.iter().map(|word| word.as_str()), DeliveryState::as_str, DeliveryState::parse);
    /// Where a conversation stands.
    StatusWord(Status) = (Status::ALL.iter().map(|word| word.as_str()), Status::as_str, Status::parse);
    /// The type that Help Scout gave a conversation.
    ConversationType(ConversationKind) =
        (ConversationKind::ALL.iter().map(|word| word.as_str()), ConversationKind::as_str, ConversationKind::parse);
    /// The way a contact took.
    ChannelWord(Channel) = (Channel::ALL.iter().map(|word| word.as_str()), Channel::as_str, Channel::parse);
    /// Who speaks to whom.
    DirectionWord(Direction) =
        (Direction::ALL.iter().map(|word| word.as_str()), Direction::as_str, Direction::parse);
    /// What sort of entry a message is.
    MessageKind(MessageSort) = (MessageSort::ALL.iter().map(|word| word.as_str()), MessageSort::as_str, MessageSort::parse);
    /// How far something has come.
    StateWord(State) = (State::ALL.iter().map(|word| word.as_str()), State::as_str, State::parse);
    /// How a body is written.
    FormatWord(Format) = (Format::ALL.iter().map(|word| word.as_str()), Format::as_str, Format::parse);
}

fn apis() -> impl Iterator<Item = &'static str> {
    dialect::registered().map(|entry| entry.api.as_str())
}

fn api_word(api: ApiName) -> &'static str {
    api.as_str()
}

fn api(word: &str) -> Option<ApiName> {
    dialect::named(word).map(|entry| entry.api)
}

/// Voided events are nobody's.
fn kinds() -> impl Iterator<Item = &'static str> {
    let all = EventKind::ALL
        .iter()
        .filter(|kind| **kind != EventKind::Void);
    all.map(|kind| kind.as_str())
}

fn kind(word: &str) -> Option<EventKind> {
    EventKind::parse(word).filter(|kind| *kind != EventKind::Void)
}

/// Deleted ones are shown to nobody.
fn switches() -> impl Iterator<Item = WebhookState> {
    [WebhookState::Enabled, WebhookState::Disabled].into_iter()
}

fn switch(word: &str) -> Option<WebhookState> {
    switches().find(|state| state.as_str() == word)
}

impl ApiWord {
    /// The API of a stored name.
    ///
    /// # Panics
    /// If no such API is registered: the store holds none that was not.
    pub(super) fn stored(name: &str) -> Self {
        Self(api(name).expect("a stored API is registered"))
    }
}
