//! Errors in the two envelopes (contract section 3). A failed call has a status that is not 2xx *and* a non-empty
//! `errors`.

use axum::Json;
use axum::response::{IntoResponse, Response};
use heddle_access::authentication::Denied;
use heddle_api::failure::{self, Failure};
use heddle_store::write::customers::FOLLOWERS;
use heddle_store::write::import::SOURCE;
use heddle_store::write::send::RECIPIENT;
use heddle_store::{Entity, Error as StoreError, Refusal};
use http::header::WWW_AUTHENTICATE;
use http::{HeaderValue, StatusCode};

use crate::wire::{ErrorBody, ErrorItem, ManageBody, ManageError};
use heddle_http::body::BodyFault;
use heddle_http::dispatch::Fault;
use heddle_http::members::Unreadable;
use heddle_http::path::BadPath;
use heddle_http::request_id::RequestId;

/// The code of the error, and of the warning, of a message to an address that is opted out.
pub(crate) const OPTED_OUT: &str = "RECIPIENT_OPTED_OUT";

/// The envelope of an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Envelope {
    /// The envelope below `/communications/`, where codes are words.
    Communications,
    /// The envelope below `/manage/` and `/customer/`, where codes are numbers.
    Manage,
}

/// What is wrong with a request, for responses with status 400.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Code {
    Body,
    Path,
    Parameter,
    SortOrderKey,
    SortOrder,
    MaxResults,
    Department,
    Customer,
    User,
    Dealer,
    Message,
}

impl Code {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Body => "INVALID_REQUEST_BODY",
            Self::Path => "INVALID_REQUEST_PATH",
            Self::Parameter => "INVALID_REQUEST_PARAMETER",
            Self::SortOrderKey => "INVALID_SORT_ORDER_KEY",
            Self::SortOrder => "INVALID_SORT_ORDER",
            Self::MaxResults => "INVALID_MAX_RESULTS",
            Self::Department => "INVALID_DEPARTMENT_UUID",
            Self::Customer => "INVALID_CUSTOMER_UUID",
            Self::User => "INVALID_USER_UUID",
            Self::Dealer => "INVALID_DEALER_UUID",
            Self::Message => "INVALID_MESSAGE_UUID",
        }
    }

    /// Returns the code for a wrong path parameter.
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

/// Every error that this API can return.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Error {
    /// The request is wrong.
    Invalid { code: Code, text: String },
    /// The address that the message is for must not be written to.
    OptedOut,
    /// The request has no user name and password, or wrong ones.
    Unauthorized,
    /// The credential does not grant this scope, department or dealer.
    Forbidden(&'static str),
    /// The route does not exist.
    NotFound,
    /// The path is known, but not with this method.
    MethodNotAllowed,
    /// The body did not arrive in time or not completely.
    BodyTooSlow,
    /// The body is larger than the limit.
    BodyTooLarge,
    /// The body is not JSON.
    UnsupportedMediaType,
    /// The address has sent too many wrong passwords. It may try again after this many seconds.
    TooManyRequests(u32),
    /// A failure of the server.
    Failure(Failure),
}

impl Error {
    /// Returns the error for a wrong body.
    pub(crate) fn body(text: impl Into<String>) -> Self {
        Self::Invalid {
            code: Code::Body,
            text: text.into(),
        }
    }

    /// Returns the error for a wrong request, with this code.
    pub(crate) fn invalid(code: Code, text: impl Into<String>) -> Self {
        Self::Invalid {
            code,
            text: text.into(),
        }
    }

    /// Returns the error for a customer that does not exist in this department.
    pub(crate) fn unknown_customer() -> Self {
        Self::invalid(Code::Customer, "There is no such customer.")
    }

    /// Returns the error for a user who does not exist. `name` is the parameter or member that names the user.
    pub(crate) fn unknown_user(name: &str) -> Self {
        Self::invalid(Code::User, format!("{name} names no user."))
    }

    pub(crate) const fn status(&self) -> StatusCode {
        self.status_and_code().0
    }

    const fn status_and_code(&self) -> (StatusCode, &'static str) {
        use StatusCode as Status;
        match self {
            Self::Invalid { code, .. } => (Status::BAD_REQUEST, code.as_str()),
            Self::OptedOut => (Status::BAD_REQUEST, OPTED_OUT),
            Self::Unauthorized => (Status::UNAUTHORIZED, "UNAUTHORIZED"),
            Self::Forbidden(_) => (Status::FORBIDDEN, "API_SCOPE_NOT_FOUND"),
            Self::NotFound => (Status::NOT_FOUND, "NOT_FOUND"),
            Self::MethodNotAllowed => (Status::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED"),
            Self::BodyTooSlow => (Status::REQUEST_TIMEOUT, "REQUEST_TIMEOUT"),
            Self::BodyTooLarge => (Status::PAYLOAD_TOO_LARGE, "REQUEST_TOO_LARGE"),
            Self::UnsupportedMediaType => {
                (Status::UNSUPPORTED_MEDIA_TYPE, "UNSUPPORTED_MEDIA_TYPE")
            }
            Self::TooManyRequests(_) => (Status::TOO_MANY_REQUESTS, "TOO_MANY_REQUESTS"),
            Self::Failure(failure) => match failure {
                Failure::Internal(_) => (failure.status(), "INTERNAL_ERROR"),
                Failure::Unavailable(_) | Failure::TimedOut(_) => {
                    (failure.status(), "SERVICE_UNAVAILABLE")
                }
            },
        }
    }

    fn description(&self) -> String {
        match self {
            Self::Invalid { text, .. } => text.clone(),
            Self::OptedOut => "The recipient has opted out.".into(),
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
            Self::Failure(Failure::Internal(_)) => "An unexpected error occurred.".into(),
            Self::Failure(Failure::Unavailable(_) | Failure::TimedOut(_)) => {
                "The service cannot answer at the moment; try again later.".into()
            }
        }
    }

    /// Returns the error as an element of `errors`. A request has at most one error, so the request id serves as its
    /// uid.
    pub(crate) fn item(&self, id: RequestId) -> ErrorItem {
        ErrorItem {
            error_code: self.status_and_code().1,
            error_description: self.description(),
            error_uid: id.uuid(),
        }
    }

    /// Adds the headers of the error, and its cause for the log.
    pub(crate) fn add_headers(&self, response: &mut Response) {
        match self {
            Self::Unauthorized => {
                let challenge = "Basic realm=\"Heddle\", charset=\"UTF-8\"";
                let challenge = HeaderValue::from_static(challenge);
                response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
            }
            Self::TooManyRequests(seconds) => failure::add_retry_after(response, *seconds),
            Self::Failure(failure) => failure.mark(response),
            _ => {}
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

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
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
            Refusal::Invalid { field, .. } if field == RECIPIENT => Self::OptedOut,
            Refusal::Invalid { field, reason } if field == SOURCE => {
                Self::body(format!("sourceUuid {reason}."))
            }
            Refusal::Invalid { field, reason } if field == FOLLOWERS => {
                Self::body(format!("The followers of the customer would be {reason}."))
            }
            // Another request may have merged or erased the customer since this one found it.
            Refusal::NotFound(Entity::Customer(_))
            | Refusal::MergedCustomer(_)
            | Refusal::ErasedCustomer => Self::unknown_customer(),
            Refusal::NotFound(Entity::Agent) => Self::unknown_user("userUUID"),
            Refusal::NotFound(Entity::Inbox) => Self::Forbidden("this department"),
            Refusal::NotFound(Entity::Account | Entity::Credential | Entity::Application) => {
                Self::Unauthorized
            }
            // Unexpected, because no command or read of this API is refused for these reasons.
            Refusal::NotFound(
                Entity::Address
                | Entity::Conversation(_)
                | Entity::Message
                | Entity::Webhook
                | Entity::Delivery
                | Entity::Attachment
                | Entity::CustomField,
            )
            | Refusal::Conflict(_)
            | Refusal::Locked(_)
            | Refusal::Invalid { .. }
            | Refusal::MergedConversation { .. }
            | Refusal::Forbidden
            | Refusal::Stale => Self::Failure(Failure::unexpected(&refusal)),
        }
    }
}

impl From<Unreadable> for Error {
    fn from(unreadable: Unreadable) -> Self {
        match unreadable {
            Unreadable::Body(BodyFault::TooLarge) => Self::BodyTooLarge,
            Unreadable::Body(BodyFault::TimedOut | BodyFault::Broken) => Self::BodyTooSlow,
            Unreadable::Body(BodyFault::NoRoom) => {
                Self::Failure(Failure::Unavailable(unreadable.to_string()))
            }
            Unreadable::Empty => Self::body("A request body is required."),
            Unreadable::MediaType => Self::UnsupportedMediaType,
            Unreadable::Syntax(syntax) => Self::body(format!("The request body is {syntax}.")),
            Unreadable::NotAnObject => Self::body("The request body must be a JSON object."),
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
            Fault::Internal => Self::Failure(Failure::panicked()),
            Fault::NotFound => Self::NotFound,
            Fault::BadPath => BadPath.into(),
            Fault::RequestTimeout => Self::BodyTooSlow,
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
pub(crate) fn complete(response: Response, id: RequestId, envelope: Envelope) -> Response {
    failure::complete(response, |error| render(error, id, envelope))
}

/// Returns the whole response for an error.
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
            let (status, error_title) = error.status_and_code();
            let item = ManageError {
                error_code: status.as_u16(),
                error_title,
                error_message: error.description(),
            };
            let body = ManageBody {
                errors: [item],
                warnings: [],
            };
            (status, Json(body)).into_response()
        }
    };
    error.add_headers(&mut response);
    response
}
