//! The error object (contract section 6): `errorMessage`, `errorCode`, `traceId`, `reference`. The deprecated `args`
//! and `typedArgs` are left out.

use axum::Json;
use axum::response::{IntoResponse, Response};
use heddle_access::authentication::Denied;
use heddle_api::failure::{self, Failure};
use heddle_store::{Entity, Error as StoreError, Refusal};
use http::StatusCode;

use crate::text::{Language, Text};
use crate::wire::ErrorBody;
use heddle_http::body::BodyFault;
use heddle_http::dispatch::Fault;
use heddle_http::members::Unreadable;
use heddle_http::request_id::RequestId;

/// Every error that this API can return.
#[derive(Clone, Debug)]
pub(crate) enum Error {
    /// The request is wrong. `reference` names the field or parameter.
    Invalid {
        text: Text,
        reference: Option<String>,
    },
    /// The request has no key or a wrong key.
    Unauthorized,
    /// The key lacks the scope.
    Forbidden,
    /// The route does not exist, or the studio has no such customer or thread.
    NotFound,
    /// The path is known, but not with this method.
    MethodNotAllowed,
    /// The body is not JSON.
    UnsupportedMediaType,
    /// Another request changed the thread or the customer.
    Conflict,
    /// The key has sent too many requests. It may try again after this many seconds.
    TooManyRequests(u32),
    /// A failure of the server.
    Failure(Failure),
}

impl Error {
    /// Returns the error for a request that is wrong as a whole.
    pub(crate) const fn invalid(text: Text) -> Self {
        Self::Invalid {
            text,
            reference: None,
        }
    }

    /// Returns the error for one wrong field or parameter.
    pub(crate) fn field(text: Text, name: impl Into<String>) -> Self {
        Self::Invalid {
            text,
            reference: Some(name.into()),
        }
    }

    const fn status(&self) -> StatusCode {
        self.parts().0
    }

    /// Returns status, code and message of the error.
    const fn parts(&self) -> (StatusCode, &'static str, Text) {
        use StatusCode as Status;
        match self {
            Self::Invalid { text, .. } => (Status::BAD_REQUEST, "validation.failed", *text),
            Self::Unauthorized => (
                Status::UNAUTHORIZED,
                "authentication.failed",
                Text::Unauthorized,
            ),
            Self::Forbidden => (Status::FORBIDDEN, "authorization.failed", Text::Forbidden),
            Self::NotFound => (Status::NOT_FOUND, "entity.not-found", Text::NotFound),
            Self::MethodNotAllowed => (
                Status::METHOD_NOT_ALLOWED,
                "method.not-allowed",
                Text::MethodNotAllowed,
            ),
            Self::UnsupportedMediaType => (
                Status::UNSUPPORTED_MEDIA_TYPE,
                "validation.failed",
                Text::UnsupportedMediaType,
            ),
            Self::Conflict => (Status::CONFLICT, "concurrent.modification", Text::Conflict),
            Self::TooManyRequests(_) => (
                Status::TOO_MANY_REQUESTS,
                "rate-limit.exceeded",
                Text::TooManyRequests,
            ),
            Self::Failure(failure) => (failure.status(), "system.error", failure_text(failure)),
        }
    }
}

const fn failure_text(failure: &Failure) -> Text {
    match failure {
        Failure::Internal(_) => Text::System,
        Failure::Unavailable(_) | Failure::TimedOut(_) => Text::Unavailable,
    }
}

impl From<Denied> for Error {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::Wrong => Self::Unauthorized,
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
            Refusal::NotFound(Entity::Account | Entity::Credential | Entity::Application) => {
                Self::Unauthorized
            }
            Refusal::NotFound(
                Entity::Inbox
                | Entity::Agent
                | Entity::Customer(_)
                | Entity::Address
                | Entity::Conversation(_)
                | Entity::Message
                | Entity::Webhook
                | Entity::Delivery
                | Entity::Attachment
                | Entity::CustomField,
            )
            | Refusal::MergedConversation { .. }
            | Refusal::ErasedCustomer => Self::NotFound,
            // A handler follows a merged customer to the survivor. So this customer was merged meanwhile.
            Refusal::Conflict(_) | Refusal::MergedCustomer(_) => Self::Conflict,
            // Unexpected, because no command or read of this API is refused for these reasons.
            Refusal::Locked(_) | Refusal::Invalid { .. } | Refusal::Forbidden | Refusal::Stale => {
                Self::Failure(Failure::unexpected(&refusal))
            }
        }
    }
}

impl From<Unreadable> for Error {
    fn from(unreadable: Unreadable) -> Self {
        Self::invalid(match unreadable {
            Unreadable::Body(BodyFault::TooLarge) => Text::BodyTooLarge,
            Unreadable::Body(BodyFault::TimedOut | BodyFault::Broken) => Text::BodyTooSlow,
            Unreadable::Body(BodyFault::NoRoom) => {
                return Self::Failure(Failure::Unavailable(unreadable.to_string()));
            }
            Unreadable::Empty => Text::BodyMissing,
            Unreadable::MediaType => return Self::UnsupportedMediaType,
            Unreadable::Syntax(syntax) if syntax.marked => Text::ByteOrderMark,
            Unreadable::Syntax(_) => Text::BadJson,
            Unreadable::NotAnObject => Text::NotAnObject,
        })
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Internal => Self::Failure(Failure::panicked()),
            Fault::NotFound => Self::NotFound,
            Fault::BadPath => Self::invalid(Text::BadPath),
            Fault::RequestTimeout => Self::invalid(Text::BodyTooSlow),
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

/// Gives an error response its body.
pub(crate) fn complete(response: Response, id: RequestId, language: Language) -> Response {
    failure::complete(response, |error| render(error, id, language))
}

/// Returns the whole response for an error.
pub(crate) fn render(error: &Error, id: RequestId, language: Language) -> Response {
    let (status, error_code, text) = error.parts();
    let reference = match error {
        Error::Invalid { reference, .. } => reference.as_deref(),
        _ => None,
    };
    let body = ErrorBody {
        error_message: text.in_language(language),
        error_code,
        trace_id: id.trace_id(),
        reference,
    };
    let mut response = (status, Json(body)).into_response();
    match error {
        Error::TooManyRequests(seconds) => failure::add_retry_after(&mut response, *seconds),
        Error::Failure(failure) => failure.mark(&mut response),
        _ => {}
    }
    response
}

#[cfg(test)]
mod tests;
