//! The domain's fixed sets of words (statuses, scopes, event kinds, ...) as enumerations of the OpenAPI document. Also
//! the types whose schemas depend on the list of APIs.

use heddle_domain::Scope;
use heddle_domain::conversation::{ConversationKind, Status};
use heddle_domain::custom_field::FieldKind;
use heddle_domain::customer::{AddressKind as DomainAddressKind, Category};
use heddle_domain::event::EventKind;
use heddle_domain::message::{Channel, Direction, Format, Kind as MessageSort, State};
use heddle_domain::opt_out::{OptOutKind, OptOutState};
use heddle_domain::webhook::{DeliveryState, DisabledReason, WebhookState};
use heddle_store::jobs::JobKind;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::openapi::{ObjectBuilder, RefOr, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

/// Declares a type that is a text in JSON and an enumeration in the document, described by its doc comment. `as` names
/// its schema; `without` a value that is never shown or accepted.
macro_rules! vocabulary {
    ($(#[doc = $doc:literal] $name:ident($inner:ident) $(as $schema:literal)? $(without $hidden:ident)?;)+) => {$(
        #[doc = $doc]
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
                ObjectBuilder::new()
                    .schema_type(Type::String)
                    .description(Some($doc.trim()))
                    .enum_values(Some(words))
                    .into()
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
    /// A scope of a credential.
    ScopeWord(Scope) as "Right";
    /// The kind of an event: the kind of entity, and what happened to it.
    EventKindWord(EventKind) as "Kind" without Void;
    /// Whether deliveries are enabled.
    WebhookSwitch(WebhookState) without Deleted;
    /// By request; the receiver answered 410 Gone, failed for too long, or too often; or a trouble of the server lasted for hours.
    WhyDisabled(DisabledReason);
    /// The delivery is still to be tried, was accepted by the receiver, or was given up.
    DeliveryStatus(DeliveryState);
    /// The status of a conversation.
    StatusWord(Status);
    /// The type that Help Scout gave a conversation.
    ConversationType(ConversationKind);
    /// The channel of a message.
    ChannelWord(Channel);
    /// What messages to a customer are about.
    PreferenceCategory(Category);
    /// From the customer, or to the customer.
    DirectionWord(Direction);
    /// The kind of a message.
    MessageKind(MessageSort);
    /// The state of a conversation or a message.
    StateWord(State);
    /// The format of a message's body.
    FormatWord(Format);
    /// The kind of an address.
    AddressKind(DomainAddressKind);
    /// Which values a custom field takes.
    FieldKindWord(FieldKind);
    /// A telephone number, by text message, or an e-mail address.
    OptOutKindWord(OptOutKind);
    /// Whether an address may be written to.
    OptOutStateWord(OptOutState);
    /// The kind of a job: moves a merged customer's conversations to the survivor, or empties an erased customer's.
    JobSort(JobKind);
}

// The schemas of the types below are placeholders: the OpenAPI document replaces them by schemas of `api_schemas`.

/// The name of an API. The request's schema checks that such an API exists.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
pub(crate) struct ApiWord(pub(crate) String);

/// The name of an event to which a webhook of some API can subscribe. Each API takes its own names only.
#[derive(Debug)]
pub(crate) enum WebhookEvent {}

impl PartialSchema for WebhookEvent {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new().schema_type(Type::String).into()
    }
}

impl ToSchema for WebhookEvent {}

/// The secrets of a new credential.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(value_type = Object)]
pub(crate) struct Secrets(pub(crate) heddle_access::secrets::Secrets);

/// The options of a webhook that are specific to its API.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[schema(value_type = Object, as = Options)]
pub(crate) struct WebhookOptions(pub(crate) serde_json::Map<String, serde_json::Value>);
