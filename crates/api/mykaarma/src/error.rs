//! The two envelopes of an error (contract section 3). A failed call has a status that is not 2xx *and* a filled `errors`.

use axum::Json;
use axum::response::{IntoResponse, Response};
use heddle_access::authentication::Denied;
use heddle_store::{Entity, Error as StoreError};
use http::header::{ALLOW, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue, StatusCode};

use crate::wire::{ErrorBody, ErrorItem, ManageBody, ManageError};
use heddle_http::body::BodyFault;
use heddle_http::cause::Cause;
use heddle_http::dispatch::Fault;
use heddle_http::path::BadPath;
use heddle_http::request_id::RequestId;

/// Which envelope an error wears.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Envelope {
    /// Below `/communications/`: codes are words.
    Communications,
    /// Below `/manage/` and `/customer/`: codes are numbers.
    Manage,
}

/// What is wrong with a request that is answered 400.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Code {
    Body,
    Path,
    SortOrderKey,
    SortOrder,
    MaxResults,
    Department,
    Customer,
    User,
    Dealer,
}

impl Code {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Body => "INVALID_REQUEST_BODY",
            Self::Path => "INVALID_REQUEST_PATH",
            Self::SortOrderKey => "INVALID_SORT_ORDER_KEY",
            Self::SortOrder => "INVALID_SORT_ORDER",
            Self::MaxResults => "INVALID_MAX_RESULTS",
            Self::Department => "INVALID_DEPARTMENT_UUID",
            Self::Customer => "INVALID_CUSTOMER_UUID",
            Self::User => "INVALID_USER_UUID",
            Self::Dealer => "INVALID_DEALER_UUID",
        }
    }

    /// The code of a fault in a path parameter.
    pub(crate) fn of_parameter(name: &str) -> Self {
        match name {
            "departmentUUID" => Self::Department,
            "customerUUID" => Self::Customer,
            "userUUID" => Self::User,
            "dealerUUID" => Self::Dealer,
            _ => Self::Path,
        }
    }
}

/// Everything this API can refuse.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Error {
    /// The request is wrong.
    Invalid { code: Code, text: String },
    /// No user name and password, or wrong ones.
    Unauthorized,
    /// A scope, department or dealer that is not granted.
    Forbidden(&'static str),
    /// No such route.
    NotFound,
    /// The path is known, the method is not.
    MethodNotAllowed,
    /// The body did not arrive in time, or broke off.
    BodyTooSlow,
    /// The body is larger than the limit.
    BodyTooLarge,
    /// A body that is not JSON.
    UnsupportedMediaType,
    /// Too many wrong passwords; try again after so many seconds.
    TooManyRequests(u32),
    /// Our fault.
    Internal(String),
    /// Not now.
    Unavailable(String),
}

impl Error {
    /// A fault of the body.
    pub(crate) fn body(text: impl Into<String>) -> Self {
        Self::Invalid {
            code: Code::Body,
            text: text.into(),
        }
    }

    /// A fault with a code of its own.
    pub(crate) fn invalid(code: Code, text: impl Into<String>) -> Self {
        Self::Invalid {
            code,
            text: text.into(),
        }
    }

    /// A customer that does not exist, or not in this department.
    pub(crate) fn unknown_customer() -> Self {
        Self::invalid(Code::Customer, "There is no such customer.")
    }

    /// A user that does not exist.
    pub(crate) fn unknown_user(name: &str) -> Self {
        Self::invalid(Code::User, format!("{name} names no user."))
    }

    pub(crate) const fn status(&self) -> StatusCode {
        match self {
            Self::Invalid { .. } => StatusCode::BAD_REQUEST,
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::Forbidden(_) => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::BodyTooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooManyRequests(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    const fn code(&self) -> &'static str {
        match self {
            Self::Invalid { code, .. } => code.as_str(),
            Self::Unauthorized => "UNAUTHORIZED",
            Self::Forbidden(_) => "API_SCOPE_NOT_FOUND",
            Self::NotFound => "NOT_FOUND",
            Self::MethodNotAllowed => "METHOD_NOT_ALLOWED",
            Self::BodyTooSlow => "REQUEST_TIMEOUT",
            Self::BodyTooLarge => "REQUEST_TOO_LARGE",
            Self::UnsupportedMediaType => "UNSUPPORTED_MEDIA_TYPE",
            Self::TooManyRequests(_) => "TOO_MANY_REQUESTS",
            Self::Internal(_) => "INTERNAL_ERROR",
            Self::Unavailable(_) => "SERVICE_UNAVAILABLE",
        }
    }

    fn description(&self) -> String {
        match self {
            Self::Invalid { text, .. } => text.clone(),
            Self::Unauthorized => "The user name or the password is missing or wrong.".into(),
            Self::Forbidden(what) => format!("ApiScope does not exist for {what}."),
            Self::NotFound => "There is nothing at this path.".into(),
            Self::MethodNotAllowed => "This method is not supported here.".into(),
            Self::BodyTooSlow => "The request body did not arrive in time.".into(),
            Self::BodyTooLarge => "The request body is larger than 1 MiB.".into(),
            Self::UnsupportedMediaType => {
                "The request body must be sent as application/json.".into()
            }
            Self::TooManyRequests(_) => "Too many wrong passwords; try again later.".into(),
            Self::Internal(_) => "An unexpected error occurred.".into(),
            Self::Unavailable(_) => {
                "The service cannot answer at the moment; try again later.".into()
            }
        }
    }

    /// The error as an element of `errors`. One error a request, so its uid is the request's id in another form.
    pub(crate) fn item(&self, id: RequestId) -> ErrorItem {
        ErrorItem {
            error_code: self.code(),
            error_description: self.description(),
            error_uid: id.hex(),
        }
    }

    /// The headers that it needs, and its inner reason for the log.
    pub(crate) fn dress(&self, response: &mut Response) {
        head(self, response.headers_mut());
        if let Self::Internal(cause) | Self::Unavailable(cause) = self {
            response.extensions_mut().insert(Cause(cause.clone()));
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
            StoreError::NotFound(Entity::Customer(_)) => Self::unknown_customer(),
            StoreError::NotFound(Entity::Agent) => Self::unknown_user("userUUID"),
            StoreError::NotFound(Entity::Inbox) => Self::Forbidden("this department"),
            StoreError::NotFound(Entity::Account | Entity::Credential | Entity::Application) => {
                Self::Unauthorized
            }
            StoreError::Overloaded(_)
            | StoreError::TimedOut(_)
            | StoreError::DiskFull
            | StoreError::Unavailable(_) => Self::Unavailable(reason),
            StoreError::NotFound(
                Entity::Conversation(_)
                | Entity::Message
                | Entity::Address
                | Entity::Webhook
                | Entity::Delivery,
            )
            | StoreError::Conflict(_)
            | StoreError::Locked(_)
            | StoreError::Invalid { .. }
            | StoreError::Internal(_)
            | StoreError::Forbidden
            | StoreError::Stale
            | StoreError::MergedCustomer(_)
            | StoreError::ErasedCustomer
            | StoreError::StartOver
            | StoreError::Reserve(_) => Self::Internal(reason),
        }
    }
}

impl From<BodyFault> for Error {
    fn from(fault: BodyFault) -> Self {
        match fault {
            BodyFault::TooLarge => Self::BodyTooLarge,
            BodyFault::TimedOut | BodyFault::Broken => Self::BodyTooSlow,
        }
    }
}

impl From<BadPath> for Error {
    fn from(_: BadPath) -> Self {
        Self::invalid(Code::Path, "The path cannot be decoded.")
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Internal => Self::Internal("a handler panicked".into()),
            Fault::NotFound => Self::NotFound,
            Fault::BadPath => BadPath.into(),
            Fault::RequestTimeout => Self::BodyTooSlow,
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

/// Gives an error response its body; what the router put into the head (`Allow`) stays.
pub(crate) fn complete(mut response: Response, id: RequestId, envelope: Envelope) -> Response {
    let Some(error) = response.extensions_mut().remove::<Error>() else {
        return response;
    };
    let mut complete = render(&error, id, envelope);
    if let Some(allow) = response.headers_mut().remove(ALLOW) {
        complete.headers_mut().insert(ALLOW, allow);
    }
    complete
}

/// An error as the client sees it.
pub(crate) fn render(error: &Error, id: RequestId, envelope: Envelope) -> Response {
    let mut response = match envelope {
        Envelope::Communications => {
            let body = ErrorBody {
                request_uuid: id.uuid(),
                errors: [error.item(id)],
                warnings: [],
            };
            (error.status(), Json(body)).into_response()
        }
        Envelope::Manage => {
            let item = ManageError {
                error_code: error.status().as_u16(),
                error_title: error.code(),
                error_message: error.description(),
            };
            let body = ManageBody {
                errors: [item],
                warnings: [],
            };
            (error.status(), Json(body)).into_response()
        }
    };
    error.dress(&mut response);
    response
}

fn head(error: &Error, headers: &mut HeaderMap) {
    let retry = match error {
        Error::Unauthorized => {
            let challenge = HeaderValue::from_static("Basic realm=\"Heddle\", charset=\"UTF-8\"");
            headers.insert(WWW_AUTHENTICATE, challenge);
            None
        }
        Error::TooManyRequests(seconds) => Some(*seconds),
        Error::Unavailable(_) => Some(1),
        _ => None,
    };
    if let Some(seconds) = retry {
        headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
}
