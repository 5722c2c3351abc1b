//! Every error that this API can return. [`crate::problem`] writes it as a problem document.

use axum::response::{IntoResponse, Response};
use heddle_access::authentication::Denied;
use heddle_access::seal::SealError;
use heddle_api::failure::{self, Failure};
use heddle_domain::Scope;
use heddle_search::query::QueryError;
use heddle_store::{Entity, Error as StoreError, Refusal};
use http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use heddle_http::body::BodyFault;
use heddle_http::dispatch::Fault;
use heddle_http::json::Syntax;

/// A refused request, or a failure of the server.
#[derive(Clone, Debug)]
pub(crate) enum Error {
    Unauthorized,
    /// The token is unknown, revoked or expired.
    WrongToken,
    Forbidden(Scope),
    /// The operation is about the whole account, and the token is limited to some inboxes.
    NeedsWholeAccount,
    /// The token may not change this resource in this way.
    NotAllowed,
    NotJson(Syntax),
    BrokenBody,
    /// A form (`multipart/form-data`) that cannot be read. Holds what is wrong with it.
    BadForm(&'static str),
    UnexpectedBody,
    /// The field with this name contains U+0000 (`rules.md` 8).
    Nul(String),
    /// The query parameter with this name is not UTF-8 after decoding.
    NotUtf8(String),
    /// A header is malformed. Holds its name and the rule that it breaks.
    BadHeader(&'static str, &'static str),
    Conflict(String),
    /// The values of these fields belong to another resource.
    Taken(Vec<FieldError>),
    /// The range starts after the end of the file, which has this many bytes.
    RangeNotSatisfiable(u64),
    Gone(&'static str),
    /// The resource was merged into the resource at this path, and the request is a read, so it is redirected.
    Moved(String),
    /// The resource was merged into the resource at this path, and the request is a write, so it is refused.
    Merged(String),
    /// All personal data of the customer was erased.
    Erased,
    /// The resource has another version than the caller expects.
    Stale,
    /// The body is larger than this many bytes.
    TooLarge(usize),
    /// The media type of the body is none of these.
    UnsupportedMedia(&'static [&'static str]),
    Invalid(Vec<FieldError>),
    /// The idempotency key was used before, with another body.
    KeyReused,
    /// A request with this idempotency key was carried out before, and its answer was removed since.
    AnswerGone,
    /// The resource does not exist, or the token does not reach it.
    NotFound,
    /// No operation has this path.
    UnknownPath,
    MethodNotAllowed,
    RequestTimeout,
    /// The address has sent too many wrong tokens. It may try again after this many seconds.
    TooManyRequests(u32),
    /// The account or the token, as the word says, has as many streams as it may have.
    TooManyStreams(&'static str),
    /// Too many agents are present in the conversation, the account or the server.
    TooManyPresent,
    /// The server has as many streams as it may have.
    ServerFull,
    /// A failure of the server.
    Failure(Failure),
    /// A search took longer than it may.
    SlowSearch(Failure),
    /// The node is not ready; this sentence says why.
    NotReady(&'static str),
    /// The operator has switched search off.
    NoSearch,
}

/// One bad field of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct FieldError {
    /// Its path, such as `messages[0].body`, or the name of a query parameter. Empty for the body as a whole.
    pub(crate) field: String,
    /// What is wrong, for programs: `required`, `unknown`, `type`, `range`, `length`, `choice`, `format`, `duplicate`,
    /// `repeated`, `cursor`, `not-found`, `conflict`, `taken`, `query`, `invalid` or `nul`.
    pub(crate) code: &'static str,
    /// What is wrong, for people.
    pub(crate) detail: String,
    /// For `query`: the place in the query, as the number of the character (Unicode scalar value), from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    pub(crate) column: Option<usize>,
}

impl FieldError {
    pub(crate) fn new(field: &str, code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            field: field.to_owned(),
            code,
            detail: detail.into(),
            column: None,
        }
    }

    /// Returns the error for a parameter that is no query of the search language.
    pub(crate) fn query(field: &str, error: &QueryError) -> Self {
        Self {
            column: Some(error.column),
            ..Self::new(field, "query", error.to_string())
        }
    }

    /// Puts the name of a parent field in front of the error's field.
    pub(crate) fn under(mut self, parent: &str) -> Self {
        let separator = match self.field.chars().next() {
            None | Some('[') => "",
            Some(_) => ".",
        };
        self.field = format!("{parent}{separator}{}", self.field);
        self
    }

    /// Returns the error for a field that names an entity which does not exist or which the caller does not reach.
    pub(crate) fn unknown(field: &str) -> Self {
        Self::new(field, "not-found", "does not exist")
    }
}

impl Error {
    /// Returns a 422 for one field.
    pub(crate) fn invalid(field: &str, code: &'static str, detail: impl Into<String>) -> Self {
        FieldError::new(field, code, detail).into()
    }

    /// Refuses the request if there are bad fields.
    ///
    /// # Errors
    /// Returns a 422 if there are bad fields.
    pub(crate) fn invalid_if_any(faults: Vec<FieldError>) -> Result<(), Self> {
        if faults.is_empty() {
            Ok(())
        } else {
            Err(Self::Invalid(faults))
        }
    }

    /// Returns a 422 for one field that names an unknown entity.
    pub(crate) fn unknown(field: &str) -> Self {
        FieldError::unknown(field).into()
    }

    /// Returns the error for a command that the store refused. If an entity is unknown, it is a 422 if a field of the
    /// body names the entity, else the path names it and it is a 404.
    pub(crate) fn of_command(error: StoreError, fields: &[(Entity, &'static str)]) -> Self {
        let named = match &error {
            StoreError::Refused(Refusal::NotFound(entity)) => Some(*entity),
            StoreError::Refused(Refusal::MergedConversation { at, .. }) => {
                Some(Entity::Conversation(*at))
            }
            _ => None,
        };
        let field = fields.iter().find(|(entity, _)| Some(*entity) == named);
        field.map_or_else(|| error.into(), |(_, field)| Self::unknown(field))
    }

    /// Returns the error for a read: for a merged resource, a redirect to the survivor (the resource that remains).
    /// `rest` is the part of the path after the id.
    pub(crate) fn or_redirect(self, rest: &str) -> Self {
        match self {
            Self::Merged(path) => Self::Moved(path + rest),
            other => other,
        }
    }

    /// Returns the error for a body that cannot be read. `limit` is its maximum size in bytes.
    pub(crate) fn of_body(fault: BodyFault, limit: usize) -> Self {
        match fault {
            BodyFault::TooLarge => Self::TooLarge(limit),
            BodyFault::TimedOut => Self::RequestTimeout,
            BodyFault::Broken => Self::BrokenBody,
            BodyFault::NoRoom => Self::Failure(Failure::Unavailable(fault.to_string())),
        }
    }

    pub(crate) const fn status(&self) -> StatusCode {
        self.class().0
    }

    /// Returns the `type` of the error's problem document.
    pub(crate) fn kind(&self) -> String {
        format!("urn:heddle:problem:{}", self.class().1)
    }

    pub(crate) const fn title(&self) -> &'static str {
        self.class().2
    }

    /// Returns the status of the error, its name for programs, and its title for people.
    const fn class(&self) -> (StatusCode, &'static str, &'static str) {
        use StatusCode as S;
        match self {
            Self::Unauthorized => (S::UNAUTHORIZED, "unauthorized", "A token is required"),
            Self::WrongToken => (S::UNAUTHORIZED, "wrong-token", "The token is not valid"),
            Self::Forbidden(_) => (S::FORBIDDEN, "forbidden", "The token does not allow this"),
            Self::NeedsWholeAccount => (
                S::FORBIDDEN,
                "needs-whole-account",
                "The token is limited to some inboxes",
            ),
            Self::NotAllowed => (S::FORBIDDEN, "not-allowed", "Not allowed"),
            Self::NotJson(_) => (S::BAD_REQUEST, "not-json", "Not JSON"),
            Self::BrokenBody => (S::BAD_REQUEST, "broken-body", "The body broke off"),
            Self::BadForm(_) => (S::BAD_REQUEST, "bad-form", "Bad form"),
            Self::UnexpectedBody => (S::BAD_REQUEST, "unexpected-body", "Unexpected body"),
            Self::Nul(_) => (S::BAD_REQUEST, "nul", "Unacceptable character"),
            Self::NotUtf8(_) => (S::BAD_REQUEST, "not-utf-8", "Not UTF-8"),
            Self::BadHeader(..) => (S::BAD_REQUEST, "bad-header", "Bad header"),
            Self::Conflict(_) | Self::Taken(_) => (S::CONFLICT, "conflict", "Conflict"),
            Self::RangeNotSatisfiable(_) => (
                S::RANGE_NOT_SATISFIABLE,
                "range-not-satisfiable",
                "Range not satisfiable",
            ),
            Self::Gone(_) => (S::GONE, "gone", "Gone"),
            Self::Moved(_) => (S::MOVED_PERMANENTLY, "merged", "Merged into another"),
            Self::Merged(_) => (S::CONFLICT, "merged", "Merged into another"),
            Self::Erased => (S::GONE, "erased", "Erased"),
            Self::Stale => (S::PRECONDITION_FAILED, "stale", "Changed in the meantime"),
            Self::TooLarge(_) => (S::PAYLOAD_TOO_LARGE, "too-large", "Body too large"),
            Self::UnsupportedMedia(_) => (
                S::UNSUPPORTED_MEDIA_TYPE,
                "unsupported-media-type",
                "Unsupported media type",
            ),
            Self::Invalid(_) => (S::UNPROCESSABLE_ENTITY, "invalid", "Invalid request"),
            Self::KeyReused => (
                S::UNPROCESSABLE_ENTITY,
                "idempotency-key-reused",
                "Idempotency key reused",
            ),
            Self::AnswerGone => (
                S::CONFLICT,
                "answer-gone",
                "Done already; the answer is gone",
            ),
            Self::NotFound => (S::NOT_FOUND, "not-found", "Not found"),
            Self::UnknownPath => (S::NOT_FOUND, "not-found", "Unknown path"),
            Self::MethodNotAllowed => (
                S::METHOD_NOT_ALLOWED,
                "method-not-allowed",
                "Method not allowed",
            ),
            Self::RequestTimeout => (S::REQUEST_TIMEOUT, "request-timeout", "Request timeout"),
            Self::TooManyRequests(_) => (
                S::TOO_MANY_REQUESTS,
                "too-many-requests",
                "Too many requests",
            ),
            Self::TooManyStreams(_) => {
                (S::TOO_MANY_REQUESTS, "too-many-streams", "Too many streams")
            }
            Self::TooManyPresent => (
                S::TOO_MANY_REQUESTS,
                "too-many-present",
                "Too many agents are present",
            ),
            Self::ServerFull => (
                S::SERVICE_UNAVAILABLE,
                "too-many-streams",
                "Too many streams",
            ),
            Self::Failure(failure) => match failure {
                Failure::Internal(_) => (failure.status(), "internal", "Internal error"),
                Failure::Unavailable(_) | Failure::TimedOut(_) => {
                    (failure.status(), "unavailable", "Unavailable")
                }
            },
            Self::SlowSearch(_) => (
                S::SERVICE_UNAVAILABLE,
                "slow-search",
                "The search took too long",
            ),
            Self::NotReady(_) => (S::SERVICE_UNAVAILABLE, "not-ready", "Not ready"),
            Self::NoSearch => (S::NOT_IMPLEMENTED, "no-search", "Search is switched off"),
        }
    }

    pub(crate) fn detail(&self) -> String {
        match self {
            Self::Unauthorized => "Send the header `Authorization: Bearer <token>`.".into(),
            Self::WrongToken => "The token is unknown, revoked or expired.".into(),
            Self::Forbidden(scope) => format!("The token lacks the scope {}.", scope.as_str()),
            Self::NeedsWholeAccount => {
                "This is about the whole account; the token reaches some inboxes only.".into()
            }
            Self::NotAllowed => "The token may see this resource, but not change it so.".into(),
            Self::NotJson(syntax) => format!("The body is {syntax}."),
            Self::BrokenBody => "The body ended before its announced end.".into(),
            Self::BadForm(what) => format!("The form {what}."),
            Self::UnexpectedBody => "This operation takes no body.".into(),
            Self::Nul(field) => format!("{field} holds the character U+0000."),
            Self::NotUtf8(name) => format!("The query parameter {name} is not UTF-8 after decoding."),
            Self::BadHeader(name, wanted) => format!("The header `{name}` {wanted}."),
            Self::Conflict(what) => format!("{what}."),
            Self::RangeNotSatisfiable(size) => format!("There are {size} bytes."),
            Self::Gone(what) => (*what).into(),
            Self::Moved(path) | Self::Merged(path) => {
                format!("It was merged into {path}; use that one.")
            }
            Self::Erased => "Everything known of it was erased.".into(),
            Self::Stale => {
                "The resource has another version than `If-Match` names; read it again.".into()
            }
            Self::TooLarge(limit) => format!("The body may have {limit} bytes."),
            Self::UnsupportedMedia(known) => format!("Send the body as {}.", known.join(" or ")),
            Self::Invalid(_) => "`errors` names each bad field.".into(),
            Self::Taken(_) => "`errors` names what belongs to another already.".into(),
            Self::KeyReused => "The `Idempotency-Key` came with another body before.".into(),
            Self::AnswerGone => {
                "A request with this `Idempotency-Key` was carried out before. Its answer was removed when a customer was \
                 erased; read the resource instead."
                    .into()
            }
            Self::NotFound => "There is no such resource, or the token does not reach it.".into(),
            Self::UnknownPath => {
                "No operation has this path; `/api/v1/openapi.json` lists all of them.".into()
            }
            Self::MethodNotAllowed => "The header `Allow` names the methods of this path.".into(),
            Self::RequestTimeout => "The request did not arrive in time.".into(),
            Self::TooManyRequests(seconds) => {
                format!("Too many wrong tokens from this address; try again in {seconds} s.")
            }
            Self::TooManyStreams(whose) => {
                format!("The {whose} has as many open streams as it may have; close one, or try again later.")
            }
            Self::TooManyPresent => "Wait until others have left.".into(),
            Self::ServerFull => "The server has as many open streams as it may have; try again later.".into(),
            Self::Failure(Failure::Internal(_)) => {
                "Something went wrong on our side; the log tells more.".into()
            }
            Self::Failure(Failure::Unavailable(_) | Failure::TimedOut(_)) => {
                "The server cannot answer at the moment; try again later.".into()
            }
            Self::SlowSearch(_) => {
                "The search took longer than 2 seconds. A narrower query is faster.".into()
            }
            Self::NotReady(reason) => (*reason).into(),
            Self::NoSearch => "This server keeps no search index: its operator has set `search.enabled` to false.".into(),
        }
    }

    /// Returns the bad fields if the error is about fields; else nothing.
    pub(crate) fn fields(&self) -> Vec<FieldError> {
        match self {
            Self::Invalid(fields) | Self::Taken(fields) => fields.clone(),
            Self::Nul(field) => {
                vec![FieldError::new(field, "nul", "holds the character U+0000")]
            }
            _ => Vec::new(),
        }
    }
}

impl From<FieldError> for Error {
    fn from(fault: FieldError) -> Self {
        Self::Invalid(vec![fault])
    }
}

impl From<Denied> for Error {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::Wrong => Self::WrongToken,
            Denied::TooMany(seconds) => Self::TooManyRequests(seconds),
            Denied::Store(error) => error.into(),
        }
    }
}

impl From<SealError> for Error {
    fn from(error: SealError) -> Self {
        Self::Failure(Failure::Internal(error.to_string()))
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

impl Error {
    /// Returns the error of a read of the search index.
    pub(crate) fn of_search(error: StoreError) -> Self {
        match error.into() {
            Self::Failure(failure @ Failure::TimedOut(_)) => Self::SlowSearch(failure),
            other => other,
        }
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NotFound(_) => Self::NotFound,
            Refusal::Conflict(what) => Self::Conflict(format!("{what} exists already")),
            Refusal::Invalid { field, reason } => Self::invalid(field, "invalid", reason),
            Refusal::Stale => Self::Stale,
            Refusal::MergedConversation { survivor, .. } => {
                Self::Merged(format!("/api/v1/conversations/{survivor}"))
            }
            Refusal::MergedCustomer(survivor) => {
                Self::Merged(format!("/api/v1/customers/{survivor}"))
            }
            Refusal::ErasedCustomer => Self::Erased,
            Refusal::Forbidden => Self::NotAllowed,
            // Unexpected, because native commands set no limits on conversations.
            Refusal::Locked(_) => Self::Failure(Failure::unexpected(&refusal)),
        }
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Internal => Self::Failure(Failure::panicked()),
            Fault::NotFound | Fault::BadPath => Self::UnknownPath,
            Fault::RequestTimeout => Self::RequestTimeout,
            Fault::Unavailable => Self::Failure(Failure::stopping()),
        }
    }
}

impl IntoResponse for Error {
    /// Returns a response that has only the status, and carries the error as an extension: [`crate::problem::complete`]
    /// writes the body.
    fn into_response(self) -> Response {
        failure::carry(self.status(), self)
    }
}
