//! Words that the domain keeps as lists: APIs, scopes, kinds of events. The document shows every one of them.

use heddle_domain::Scope;
use heddle_domain::conversation::{ConversationKind, Status};
use heddle_domain::event::EventKind;
use heddle_domain::message::{Channel, Direction, Format, Kind as MessageSort, State};
use heddle_domain::webhook::{DeliveryState, DisabledReason, WebhookState};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::openapi::{ObjectBuilder, RefOr, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

/// Gives a type its words: as text on the wire, as an enumeration in the document.
macro_rules! words {
    ($($(#[$doc:meta])* $name:ident($inner:ty) = ($all:expr, $show:expr, $parse:expr);)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) struct $name(pub(crate) $inner);

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

/// The name of the schema of [`ApiWord`].
pub(crate) const API_WORD: &str = "ApiWord";
/// The name of the schema of [`Secrets`].
pub(crate) const SECRETS: &str = "Secrets";
/// The name of the schema of [`WebhookOptions`].
pub(crate) const WEBHOOK_OPTIONS: &str = "Options";

/// Gives a type a schema under a name. The document replaces it by one that knows the APIs (`api_schemas`).
macro_rules! replaced_schema {
    ($name:ident, $schema:expr, $sort:ident) => {
        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                ObjectBuilder::new().schema_type(Type::$sort).into()
            }
        }

        impl ToSchema for $name {
            fn name() -> std::borrow::Cow<'static, str> {
                $schema.into()
            }
        }
    };
}

/// The name of an API. That it is the name of one, the shape of the request says.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub(crate) struct ApiWord(pub(crate) String);

/// The secrets of a new credential.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Secrets(pub(crate) heddle_access::secrets::Secrets);

/// What only one API understands of a webhook.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct WebhookOptions(pub(crate) serde_json::Map<String, serde_json::Value>);

replaced_schema!(ApiWord, API_WORD, String);
replaced_schema!(Secrets, SECRETS, Object);
replaced_schema!(WebhookOptions, WEBHOOK_OPTIONS, Object);
