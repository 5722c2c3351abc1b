//! The error object (contract section 6): `errorMessage`, `errorCode`, `traceId`, `reference`. The deprecated `args` and
//! `typedArgs` are left out.

use axum::Json;
use axum::response::{IntoResponse, Response};
use heddle_access::authentication::Denied;
use heddle_store::{Entity, Error as StoreError};
use http::header::RETRY_AFTER;
use http::{HeaderValue, StatusCode};

use crate::text::{Language, Text};
use crate::wire::ErrorBody;
use heddle_http::body::BodyFault;
use heddle_http::cause::Cause;
use heddle_http::dispatch::Fault;
use heddle_http::request_id::RequestId;

/// Everything this API can refuse.
#[derive(Clone, Debug)]
pub(crate) enum Error {
    /// The request is wrong; the reference names the field or parameter.
    Invalid {
        text: Text,
        reference: Option<String>,
    },
    /// No key, or a wrong one.
    Unauthorized,
    /// The key lacks the scope.
    Forbidden,
    /// No such route, customer or thread, or not for this studio.
    NotFound,
    /// The path is known, the method is not.
    MethodNotAllowed,
    /// A body that is not JSON.
    UnsupportedMediaType,
    /// The thread changed under this request.
    Conflict,
    /// Too many requests; try again after so many seconds.
    TooManyRequests(u32),
    /// Our fault.
    System(String),
    /// Not now.
    Unavailable(String),
}

impl Error {
    /// A fault of one field.
    pub(crate) fn field(text: Text, name: impl Into<String>) -> Self {
        Self::Invalid {
            text,
            reference: Some(name.into()),
        }
    }

    const fn status(&self) -> StatusCode {
        match self {
            Self::Invalid { .. } => StatusCode::BAD_REQUEST,
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Conflict => StatusCode::CONFLICT,
            Self::TooManyRequests(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::System(_) => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    const fn code(&self) -> &'static str {
        match self {
            Self::Invalid { .. } | Self::UnsupportedMediaType => "validation.failed",
            Self::Unauthorized => "authentication.failed",
            Self::Forbidden => "authorization.failed",
            Self::NotFound => "entity.not-found",
            Self::MethodNotAllowed => "method.not-allowed",
            Self::Conflict => "concurrent.modification",
            Self::TooManyRequests(_) => "rate-limit.exceeded",
            Self::System(_) | Self::Unavailable(_) => "system.error",
        }
    }

    const fn text(&self) -> Text {
        match self {
            Self::Invalid { text, .. } => *text,
            Self::Unauthorized => Text::Unauthorized,
            Self::Forbidden => Text::Forbidden,
            Self::NotFound => Text::NotFound,
            Self::MethodNotAllowed => Text::MethodNotAllowed,
            Self::UnsupportedMediaType => Text::UnsupportedMediaType,
            Self::Conflict => Text::Conflict,
            Self::TooManyRequests(_) => Text::TooManyRequests,
            Self::System(_) => Text::System,
            Self::Unavailable(_) => Text::Unavailable,
        }
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
        let reason = error.to_string();
        match error {
            StoreError::NotFound(
                Entity::Customer(_)
                | Entity::Conversation(_)
                | Entity::Message
                | Entity::Address
                | Entity::Inbox
                | Entity::Agent
                | Entity::Webhook
                | Entity::Delivery,
            ) => Self::NotFound,
            StoreError::NotFound(Entity::Account | Entity::Credential | Entity::Application) => {
                Self::Unauthorized
            }
            StoreError::Conflict(_) => Self::Conflict,
            StoreError::Overloaded(_)
            | StoreError::TimedOut(_)
            | StoreError::DiskFull
            | StoreError::Unavailable(_) => Self::Unavailable(reason),
            StoreError::Locked(_)
            | StoreError::Invalid { .. }
            | StoreError::Internal(_)
            | StoreError::Forbidden
            | StoreError::Stale
            | StoreError::MergedCustomer(_)
            | StoreError::ErasedCustomer
            | StoreError::StartOver
            | StoreError::Reserve(_) => Self::System(reason),
        }
    }
}

impl From<BodyFault> for Error {
    fn from(fault: BodyFault) -> Self {
        let text = match fault {
            BodyFault::TooLarge => Text::BodyTooLarge,
            BodyFault::TimedOut | BodyFault::Broken => Text::BodyTooSlow,
        };
        Self::Invalid {
            text,
            reference: None,
        }
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Internal => Self::System("a handler panicked".into()),
            Fault::NotFound => Self::NotFound,
            Fault::BadPath => Self::Invalid {
                text: Text::BadPath,
                reference: None,
            },
            Fault::RequestTimeout => Self::Invalid {
                text: Text::BodyTooSlow,
                reference: None,
            },
            Fault::Unavailable => Self::Unavailable("the server is stopping".into()),
        }
    }
}

impl IntoResponse for Error {
    /// The bare status with the error beside it: [`complete`] writes the body.
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// Gives an error response its body.
pub(crate) fn complete(mut response: Response, id: RequestId, language: Language) -> Response {
    match response.extensions_mut().remove::<Error>() {
        Some(error) => {
            let mut complete = render(&error, id, language);
            // Allow, for one, was put there by the router.
            complete.headers_mut().extend(
                std::mem::take(response.headers_mut())
                    .drain()
                    .filter_map(|(name, value)| {
                        name.filter(|name| *name != http::header::CONTENT_LENGTH)
                            .map(|name| (name, value))
                    }),
            );
            complete
        }
        None => response,
    }
}

/// An error as the client sees it.
pub(crate) fn render(error: &Error, id: RequestId, language: Language) -> Response {
    let reference = match error {
        Error::Invalid { reference, .. } => reference.clone(),
        _ => None,
    };
    let body = ErrorBody {
        error_message: error.text().in_language(language),
        error_code: error.code(),
        trace_id: id.trace_id(),
        reference,
    };
    let mut response = (error.status(), Json(body)).into_response();
    match error {
        Error::TooManyRequests(seconds) => {
            response
                .headers_mut()
                .insert(RETRY_AFTER, HeaderValue::from(*seconds));
        }
        Error::Unavailable(cause) => {
            response
                .headers_mut()
                .insert(RETRY_AFTER, HeaderValue::from(1));
            response.extensions_mut().insert(Cause(cause.clone()));
        }
        Error::System(cause) => {
            response.extensions_mut().insert(Cause(cause.clone()));
        }
        _ => {}
    }
    response
}
