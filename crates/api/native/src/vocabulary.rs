//! The domain's fixed sets of words (statuses, scopes, event kinds, ...) as enumerations of the OpenAPI document. Also the
//! types whose schemas depend on the list of APIs.

use heddle_domain::Scope;
use heddle_domain::conversation::{ConversationKind, Status};
use heddle_domain::event::EventKind;
use heddle_domain::message::{Channel, Direction, Format, Kind as MessageSort, State};
use heddle_domain::webhook::{DeliveryState, DisabledReason, WebhookState};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::openapi::{ObjectBuilder, RefOr, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

/// Declares a type that is a text in JSON and an enumeration in the document. `as` gives its schema another name.
macro_rules! vocabulary {
    ($($(#[$doc:meta])* $name:ident($inner:ty) $(as $schema:literal)? = ($all:expr, $show:expr, $parse:expr);)+) => {$(
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
                [$($schema,)? stringify!($name)][0].into()
            }
        }
    )+};
}

vocabulary! {
    ScopeWord(Scope) as "Right" = (Scope::ALL.iter().map(|scope| scope.as_str()), Scope::as_str, Scope::parse);
    EventKindWord(EventKind) as "Kind" = (event_kinds(), EventKind::as_str, parse_event_kind);
    /// Whether deliveries to a webhook are enabled.
    WebhookSwitch(WebhookState) =
        (webhook_states().map(WebhookState::as_str), WebhookState::as_str, parse_webhook_state);
    /// Why a webhook is disabled: by request; the receiver answered 410 Gone; its deliveries failed for too long; too many
    /// deliveries in a row were given up.
    WhyDisabled(DisabledReason) =
        (DisabledReason::ALL.iter().map(|word| word.as_str()), DisabledReason::as_str, DisabledReason::parse);
    /// Whether a delivery is still to be tried, was accepted by the receiver, or was given up.
    DeliveryStatus(DeliveryState) =
        (DeliveryState::ALL.iter().map(|word| word.as_str()), DeliveryState::as_str, DeliveryState::parse);
    StatusWord(Status) = (Status::ALL.iter().map(|word| word.as_str()), Status::as_str, Status::parse);
    /// The type that Help Scout gave a conversation.
    ConversationType(ConversationKind) =
        (ConversationKind::ALL.iter().map(|word| word.as_str()), ConversationKind::as_str, ConversationKind::parse);
    ChannelWord(Channel) = (Channel::ALL.iter().map(|word| word.as_str()), Channel::as_str, Channel::parse);
    DirectionWord(Direction) =
        (Direction::ALL.iter().map(|word| word.as_str()), Direction::as_str, Direction::parse);
    MessageKind(MessageSort) = (MessageSort::ALL.iter().map(|word| word.as_str()), MessageSort::as_str, MessageSort::parse);
    /// The state of a conversation or a message.
    StateWord(State) = (State::ALL.iter().map(|word| word.as_str()), State::as_str, State::parse);
    /// The format of a message's body.
    FormatWord(Format) = (Format::ALL.iter().map(|word| word.as_str()), Format::as_str, Format::parse);
}

/// Without `Void`: voided events are never shown.
fn event_kinds() -> impl Iterator<Item = &'static str> {
    let all = EventKind::ALL
        .iter()
        .filter(|kind| **kind != EventKind::Void);
    all.map(|kind| kind.as_str())
}

fn parse_event_kind(word: &str) -> Option<EventKind> {
    EventKind::parse(word).filter(|kind| *kind != EventKind::Void)
}

/// Without `Deleted`: deleted webhooks are never shown.
fn webhook_states() -> impl Iterator<Item = WebhookState> {
    [WebhookState::Enabled, WebhookState::Disabled].into_iter()
}

fn parse_webhook_state(word: &str) -> Option<WebhookState> {
    webhook_states().find(|state| state.as_str() == word)
}

// The names of the schemas of the types below.
pub(crate) const API_WORD: &str = "ApiWord";
pub(crate) const SECRETS: &str = "Secrets";
pub(crate) const WEBHOOK_OPTIONS: &str = "Options";

/// Gives a type a placeholder schema with a name. The document replaces it by one that knows the APIs (`api_schemas`).
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

/// The name of an API. The request's schema checks that such an API exists.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub(crate) struct ApiWord(pub(crate) String);

/// The secrets of a new credential.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Secrets(pub(crate) heddle_access::secrets::Secrets);

/// The options of a webhook that are specific to its API.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct WebhookOptions(pub(crate) serde_json::Map<String, serde_json::Value>);

replaced_schema!(ApiWord, API_WORD, String);
replaced_schema!(Secrets, SECRETS, Object);
replaced_schema!(WebhookOptions, WEBHOOK_OPTIONS, Object);
