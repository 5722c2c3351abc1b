use heddle_store::Trouble;

use super::*;

/// Returns the error for a failure of the store.
fn trouble(trouble: Trouble) -> Error {
    StoreError::Trouble(trouble).into()
}

#[test]
fn each_error_has_its_status_and_message() {
    let late = "Transaction has timed out";
    for (error, status, message) in [
        (Error::NotJson("x".into()), 400, "Invalid JSON"),
        (Error::invalid("Text"), 400, "Invalid Text"),
        (Error::WrongToken("AccessToken"), 401, "Invalid AccessToken"),
        (
            Error::NoPermission,
            401,
            "The client does not have permission to perform the operation.",
        ),
        (
            Error::MessagingOff,
            403,
            "Messaging is switched off for this property.",
        ),
        (
            Error::EmailTaken,
            403,
            "A customer with this e-mail address exists already.",
        ),
        (
            Error::NotFound,
            404,
            "The requested resource was not found.",
        ),
        (Error::TooSlow("x".into()), 408, late),
        (Fault::RequestTimeout.into(), 408, late),
        (Unreadable::Body(BodyFault::TimedOut).into(), 408, late),
        (trouble(Trouble::TimedOut("a list")), 408, late),
        (
            Refusal::Conflict("it").into(),
            409,
            "The data was changed by another request.",
        ),
        (
            Error::TooLarge,
            413,
            "The request body is too large. At most 8 MiB are accepted.",
        ),
        (Error::TooManyRequests(7), 429, "Too many requests."),
        (
            trouble(Trouble::Internal("a bug".into())),
            500,
            "An unexpected error occurred.",
        ),
        (Fault::Internal.into(), 500, "An unexpected error occurred."),
        (
            trouble(Trouble::Overloaded("full")),
            503,
            "The service is unavailable at the moment.",
        ),
        (
            Fault::Unavailable.into(),
            503,
            "The service is unavailable at the moment.",
        ),
    ] {
        assert_eq!(
            (error.status().as_u16(), &*error.message()),
            (status, message),
            "{error:?}"
        );
    }
}
