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

/// Declares a type that is a text in JSON and an enumeration in the document. `as` names its schema; `without` a value that
/// is never shown or accepted.
macro_rules! vocabulary {
    ($($(#[$doc:meta])* $name:ident($inner:ident) $(as $schema:literal)? $(without $hidden:ident)?;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) struct $name(pub(crate) $inner);

        impl $name {
            fn all() -> impl Iterator<Item = $inner> {
                let all = $inner::ALL.iter().copied();
                all$(.filter(|value| *value != $inner::$hidden))?
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.0.as_str())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                let found = Self::all().find(|value| value.as_str() == text);
                found.map(Self).ok_or_else(|| D::Error::custom("an unknown word"))
            }
        }

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                let words = Self::all().map(|value| value.as_str());
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
    ScopeWord(Scope) as "Right";
    EventKindWord(EventKind) as "Kind" without Void;
    WebhookSwitch(WebhookState) without Deleted;
    WhyDisabled(DisabledReason);
    DeliveryStatus(DeliveryState);
    StatusWord(Status);
    /// The type that Help Scout gave a conversation.
    ConversationType(ConversationKind);
    ChannelWord(Channel);
    DirectionWord(Direction);
    MessageKind(MessageSort);
    /// The state of a conversation or a message.
    StateWord(State);
    /// The format of a message's body.
    FormatWord(Format);
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
