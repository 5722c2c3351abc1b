//! The error object (contract sections 4 and 5): `Message`, `RequestId`, `Details`, and nothing else.
//!
//! Clients search for the prefix `Invalid {Parameter}`. Some clients read 401 and 403 as "no permission, skip", so
//! neither is ever used for bad input.

use std::borrow::Cow;

use axum::Json;
use axum::response::{IntoResponse, Response};
use heddle_access::authentication::Denied;
use heddle_api::failure::{self, Failure};
use heddle_store::{Entity, Error as StoreError, Refusal};
use http::{HeaderName, HeaderValue, StatusCode};

use crate::wire::ErrorBody;
use heddle_http::body::BodyFault;
use heddle_http::dispatch::Fault;
use heddle_http::members::Unreadable;
use heddle_http::request_id::RequestId;
use heddle_http::unsupported::Unsupported;

const REQUEST_ID: HeaderName = HeaderName::from_static("request-id");

/// Every error that this API can return.
#[derive(Clone, Debug)]
pub(crate) enum Error {
    /// The body is not JSON, or not an object.
    NotJson(String),
    /// The body begins with a byte order mark.
    Marked,
    /// The `Content-Type` is not JSON.
    ContentType,
    /// A property (member of the body) is missing or wrong, or names something that the caller cannot use.
    Invalid {
        /// Name of the property, as the client wrote it; a long one is cut.
        parameter: String,
        /// One more sentence for the message.
        reason: Option<Cow<'static, str>>,
        /// The element of a list that is wrong, such as `Messages[17]`; sent in `Details`.
        place: Option<String>,
    },
    /// A token is unknown or revoked, or does not belong to the other token. Holds the token's name.
    WrongToken(&'static str),
    /// The integration lacks the scope, or its token covers several enterprises.
    NoPermission,
    /// Messaging is disabled for the enterprise (the hotel).
    MessagingOff,
    /// The e-mail address of a new customer belongs to a customer.
    EmailTaken,
    /// The path does not exist, or not with this method.
    NotFound,
    /// The body is too large.
    TooLarge,
    /// The client sent its body too slowly.
    TooSlow(String),
    /// Another request changed the data.
    Conflict(String),
    /// The access token was used for too many requests. The client may try again after this many seconds.
    TooManyRequests(u32),
    /// A failure of the server.
    Failure(Failure),
}

impl Error {
    /// Returns the error for a wrong property (member of the body): the vendor's `Invalid {Parameter}`.
    pub(crate) fn invalid(parameter: &str) -> Self {
        Self::Invalid {
            parameter: parameter.to_owned(),
            reason: None,
            place: None,
        }
    }

    /// Returns the error for a wrong property (member of the body), with a sentence that says why it is wrong.
    pub(crate) fn invalid_because(parameter: &str, sentence: impl Into<Cow<'static, str>>) -> Self {
        Self::Invalid {
            parameter: parameter.to_owned(),
            reason: Some(sentence.into()),
            place: None,
        }
    }

    /// Returns the same error with the list element in which the fault is.
    pub(crate) fn within(self, place: String) -> Self {
        match self {
            Self::Invalid {
                parameter, reason, ..
            } => Self::Invalid {
                parameter,
                reason,
                place: Some(place),
            },
            other => other,
        }
    }

    const fn status(&self) -> StatusCode {
        match self {
            Self::NotJson(_) | Self::Marked | Self::ContentType | Self::Invalid { .. } => {
                StatusCode::BAD_REQUEST
            }
            Self::WrongToken(_) | Self::NoPermission => StatusCode::UNAUTHORIZED,
            Self::MessagingOff | Self::EmailTaken => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::TooSlow(_) => StatusCode::REQUEST_TIMEOUT,
            Self::Conflict(_) => StatusCode::CONFLICT,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooManyRequests(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::Failure(Failure::TimedOut(_)) => StatusCode::REQUEST_TIMEOUT,
            Self::Failure(failure) => failure.status(),
        }
    }

    pub(crate) fn message(&self) -> Cow<'static, str> {
        match self {
            Self::NotJson(_) => "Invalid JSON".into(),
            Self::Marked => "Invalid JSON. The body begins with a byte order mark.".into(),
            Self::ContentType => "Invalid Content-Type. It must be application/json.".into(),
            Self::Invalid {
                parameter, reason, ..
            } => match reason {
                Some(reason) => format!("Invalid {parameter}. {reason}").into(),
                None => format!("Invalid {parameter}").into(),
            },
            Self::WrongToken(name) => format!("Invalid {name}").into(),
            Self::NoPermission => {
                "The client does not have permission to perform the operation.".into()
            }
            Self::MessagingOff => "Messaging is switched off for this property.".into(),
            Self::EmailTaken => "A customer with this e-mail address exists already.".into(),
            Self::NotFound => "The requested resource was not found.".into(),
            Self::TooLarge => "The request body is too large. At most 8 MiB are accepted.".into(),
            Self::TooSlow(_) | Self::Failure(Failure::TimedOut(_)) => {
                "Transaction has timed out".into()
            }
            Self::Conflict(_) => "The data was changed by another request.".into(),
            Self::TooManyRequests(_) => "Too many requests.".into(),
            Self::Failure(Failure::Internal(_)) => "An unexpected error occurred.".into(),
            Self::Failure(Failure::Unavailable(_)) => {
                "The service is unavailable at the moment.".into()
            }
        }
    }

    /// Returns the diagnostic text, which is sent in development mode only.
    fn details(&self) -> Option<&str> {
        match self {
            Self::NotJson(text) | Self::TooSlow(text) | Self::Conflict(text) => Some(text),
            Self::Failure(failure) => Some(failure.cause()),
            Self::Invalid { place, .. } => place.as_deref(),
            Self::Marked
            | Self::ContentType
            | Self::WrongToken(_)
            | Self::NoPermission
            | Self::MessagingOff
            | Self::EmailTaken
            | Self::NotFound
            | Self::TooLarge
            | Self::TooManyRequests(_) => None,
        }
    }

    /// Returns the error for a failed authentication. `token` is the name of the token that is to blame.
    pub(crate) fn denied(denied: Denied, token: &'static str) -> Self {
        match denied {
            Denied::Wrong => Self::WrongToken(token),
            Denied::TooMany(seconds) => Self::TooManyRequests(seconds),
            Denied::Store(error) => error.into(),
        }
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Refused(refusal) => refusal.into(),
            StoreError::Trouble(trouble) => Self::Failure(trouble.into()),
        }
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NotFound(Entity::Conversation(at))
            | Refusal::MergedConversation { at, .. } => {
                Self::invalid("MessageThreadId").within(format!("Messages[{at}]"))
            }
            Refusal::NotFound(Entity::Account | Entity::Credential | Entity::Application) => {
                Self::WrongToken("AccessToken")
            }
            Refusal::Conflict(_) => Self::Conflict(refusal.to_string()),
            // Unexpected, because no command or read of this API is refused for these reasons.
            Refusal::NotFound(
                Entity::Inbox
                | Entity::Agent
                | Entity::Customer(_)
                | Entity::Address
                | Entity::Message
                | Entity::Webhook
                | Entity::Delivery
                | Entity::Attachment
                | Entity::CustomField,
            )
            | Refusal::Locked(_)
            | Refusal::Invalid { .. }
            | Refusal::MergedCustomer(_)
            | Refusal::ErasedCustomer
            | Refusal::Forbidden
            | Refusal::Stale => Self::Failure(Failure::unexpected(&refusal)),
        }
    }
}

impl From<Unreadable> for Error {
    fn from(unreadable: Unreadable) -> Self {
        let text = unreadable.to_string();
        match unreadable {
            Unreadable::Body(BodyFault::TooLarge) => Self::TooLarge,
            Unreadable::Body(BodyFault::TimedOut) => Self::TooSlow(text),
            Unreadable::Body(BodyFault::NoRoom) => Self::Failure(Failure::Unavailable(text)),
            Unreadable::MediaType => Self::ContentType,
            Unreadable::Syntax(syntax) if syntax.marked => Self::Marked,
            Unreadable::Body(BodyFault::Broken)
            | Unreadable::Empty
            | Unreadable::Syntax(_)
            | Unreadable::NotAnObject => Self::NotJson(text),
        }
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Internal => Self::Failure(Failure::panicked()),
            Fault::NotFound | Fault::BadPath => Self::NotFound,
            Fault::RequestTimeout => Self::TooSlow("the request did not arrive in time".into()),
            Fault::Unavailable => Self::Failure(Failure::stopping()),
        }
    }
}

impl IntoResponse for Error {
    /// Returns a response without a body; [`complete`] adds the body.
    fn into_response(self) -> Response {
        failure::carry(self.status(), self)
    }
}

/// Gives every response its request id, and an error response its body.
pub(crate) fn complete(mut response: Response, id: RequestId, development: bool) -> Response {
    if let Some(error) = response.extensions_mut().remove::<Error>() {
        let mut rendered = render(&error, id, development);
        Unsupported::keep(&mut response, &mut rendered);
        return rendered;
    }
    add_request_id(&mut response, id);
    response
}

/// Returns the whole response for an error.
pub(crate) fn render(error: &Error, id: RequestId, development: bool) -> Response {
    let body = ErrorBody {
        message: error.message(),
        request_id: id.hex(),
        details: error.details().filter(|_| development),
    };
    let mut response = (error.status(), Json(body)).into_response();
    add_request_id(&mut response, id);
    match error {
        Error::TooManyRequests(seconds) => failure::add_retry_after(&mut response, *seconds),
        Error::Failure(failure) => failure.mark(&mut response),
        _ => {}
    }
    response
}

fn add_request_id(response: &mut Response, id: RequestId) {
    let value = HeaderValue::try_from(id.hex()).expect("hex digits are a header value");
    response.headers_mut().insert(REQUEST_ID, value);
}

#[cfg(test)]
mod tests;
