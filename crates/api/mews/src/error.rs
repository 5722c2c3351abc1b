//! The error object (contract sections 4 and 5): `Message`, `RequestId`, `Details`, and nothing else.
//!
//! Clients search for the prefix `Invalid {Parameter}`; some take 401 and 403 for "no permission, skip", so that neither
//! ever means bad input.

use std::borrow::Cow;

use axum::Json;
use axum::response::{IntoResponse, Response};
use heddle_access::authentication::Denied;
use heddle_store::{Entity, Error as StoreError};
use http::header::RETRY_AFTER;
use http::{HeaderName, HeaderValue, StatusCode};

use crate::wire::ErrorBody;
use heddle_http::body::BodyFault;
use heddle_http::cause::Cause;
use heddle_http::dispatch::Fault;
use heddle_http::json::Syntax;
use heddle_http::request_id::RequestId;

const REQUEST_ID: HeaderName = HeaderName::from_static("request-id");
/// No documented parameter is longer; a longer one was made up by the client.
const LONGEST_PARAMETER: usize = 100;

/// Everything this API can refuse.
#[derive(Clone, Debug)]
pub(crate) enum Error {
    /// The body is not JSON, or not an object.
    NotJson(String),
    /// The body does not say that it is JSON.
    ContentType,
    /// A property is missing, wrong, or names what the caller cannot use.
    Invalid {
        /// The property, as the client wrote it.
        parameter: String,
        /// A sentence that says more.
        reason: Option<Cow<'static, str>>,
        /// Which of many, such as `Messages[17]`: a diagnostic.
        place: Option<String>,
    },
    /// A token that is unknown, revoked, or not the other one's.
    WrongToken(&'static str),
    /// The integration may not do that.
    NoPermission,
    /// The property takes no messages.
    MessagingOff,
    /// No such path, or not with that method.
    NotFound,
    /// More than the largest body.
    TooLarge,
    /// The client or the store took too long.
    TooSlow(String),
    /// Somebody else changed it meanwhile.
    Conflict(String),
    /// Too many requests; try again after so many seconds.
    TooManyRequests(u32),
    /// Our fault.
    System(String),
    /// Not now.
    Unavailable(String),
}

impl Error {
    /// A property is wrong, and the vendor's two words say it all.
    pub(crate) fn invalid(parameter: &str) -> Self {
        Self::Invalid {
            parameter: parameter.chars().take(LONGEST_PARAMETER).collect(),
            reason: None,
            place: None,
        }
    }

    /// A property is wrong for a reason that is worth a sentence.
    pub(crate) fn because(parameter: &str, sentence: impl Into<Cow<'static, str>>) -> Self {
        Self::Invalid {
            parameter: parameter.to_owned(),
            reason: Some(sentence.into()),
            place: None,
        }
    }

    /// The same fault, found in one of many elements.
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
            Self::NotJson(_) | Self::ContentType | Self::Invalid { .. } => StatusCode::BAD_REQUEST,
            Self::WrongToken(_) | Self::NoPermission => StatusCode::UNAUTHORIZED,
            Self::MessagingOff => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::TooSlow(_) => StatusCode::REQUEST_TIMEOUT,
            Self::Conflict(_) => StatusCode::CONFLICT,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooManyRequests(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::System(_) => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    fn message(&self) -> Cow<'static, str> {
        match self {
            Self::NotJson(_) => "Invalid JSON".into(),
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
            Self::NotFound => "The requested resource was not found.".into(),
            Self::TooLarge => "The request body is too large.".into(),
            Self::TooSlow(_) => "Transaction has timed out".into(),
            Self::Conflict(_) => "The data was changed by another request.".into(),
            Self::TooManyRequests(_) => "Too many requests.".into(),
            Self::System(_) => "An unexpected error occurred.".into(),
            Self::Unavailable(_) => "The service is unavailable at the moment.".into(),
        }
    }

    /// What a developer of an integration may see besides.
    fn details(&self) -> Option<&str> {
        match self {
            Self::NotJson(text)
            | Self::TooSlow(text)
            | Self::Conflict(text)
            | Self::System(text)
            | Self::Unavailable(text) => Some(text),
            Self::Invalid { place, .. } => place.as_deref(),
            Self::ContentType
            | Self::WrongToken(_)
            | Self::NoPermission
            | Self::MessagingOff
            | Self::NotFound
            | Self::TooLarge
            | Self::TooManyRequests(_) => None,
        }
    }
}

impl Error {
    /// A caller who is not let in, because of the token of that name.
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
        let reason = error.to_string();
        match error {
            StoreError::NotFound(Entity::Conversation(at)) => {
                Self::invalid("MessageThreadId").within(format!("Messages[{at}]"))
            }
            StoreError::NotFound(Entity::Account | Entity::Credential | Entity::Application) => {
                Self::WrongToken("AccessToken")
            }
            StoreError::Conflict(_) => Self::Conflict(reason),
            StoreError::TimedOut(_) => Self::TooSlow(reason),
            StoreError::Overloaded(_) | StoreError::DiskFull | StoreError::Unavailable(_) => {
                Self::Unavailable(reason)
            }
            StoreError::NotFound(
                Entity::Inbox
                | Entity::Agent
                | Entity::Customer(_)
                | Entity::Address
                | Entity::Message
                | Entity::Webhook
                | Entity::Delivery,
            )
            | StoreError::Locked(_)
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

impl From<Syntax> for Error {
    fn from(syntax: Syntax) -> Self {
        Self::NotJson(syntax.to_string())
    }
}

impl From<BodyFault> for Error {
    fn from(fault: BodyFault) -> Self {
        match fault {
            BodyFault::TooLarge => Self::TooLarge,
            BodyFault::TimedOut => Self::TooSlow(fault.to_string()),
            BodyFault::Broken => Self::NotJson(fault.to_string()),
        }
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Internal => Self::System("a handler panicked".into()),
            Fault::NotFound | Fault::BadPath => Self::NotFound,
            Fault::RequestTimeout => Self::TooSlow("the request did not arrive in time".into()),
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

/// Gives every response its request id, and an error response its body.
pub(crate) fn complete(mut response: Response, id: RequestId, development: bool) -> Response {
    if let Some(error) = response.extensions_mut().remove::<Error>() {
        return render(&error, id, development);
    }
    name(&mut response, id);
    response
}

/// An error as the client sees it.
pub(crate) fn render(error: &Error, id: RequestId, development: bool) -> Response {
    let body = ErrorBody {
        message: error.message(),
        request_id: id.hex(),
        details: error.details().filter(|_| development),
    };
    let mut response = (error.status(), Json(body)).into_response();
    name(&mut response, id);
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

fn name(response: &mut Response, id: RequestId) {
    let value = HeaderValue::try_from(id.hex()).expect("hex digits are a header value");
    response.headers_mut().insert(REQUEST_ID, value);
}
