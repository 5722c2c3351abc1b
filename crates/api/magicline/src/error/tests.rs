use heddle_domain::CustomerId;
use heddle_store::Trouble;
use http::header::RETRY_AFTER;

use super::*;

/// Returns the error for a failure of the store.
fn trouble(trouble: Trouble) -> Error {
    StoreError::Trouble(trouble).into()
}

#[test]
fn each_error_has_its_status_and_code() {
    let system = "system.error";
    for (error, status, code) in [
        (Error::invalid(Text::BadJson), 400, "validation.failed"),
        (Unreadable::Empty.into(), 400, "validation.failed"),
        (
            Unreadable::Body(BodyFault::TooLarge).into(),
            400,
            "validation.failed",
        ),
        (Fault::RequestTimeout.into(), 400, "validation.failed"),
        (Error::Unauthorized, 401, "authentication.failed"),
        (Denied::Wrong.into(), 401, "authentication.failed"),
        (
            Refusal::NotFound(Entity::Credential).into(),
            401,
            "authentication.failed",
        ),
        (Error::Forbidden, 403, "authorization.failed"),
        (Error::NotFound, 404, "entity.not-found"),
        (
            Refusal::NotFound(Entity::Customer(0)).into(),
            404,
            "entity.not-found",
        ),
        (Refusal::ErasedCustomer.into(), 404, "entity.not-found"),
        (Error::MethodNotAllowed, 405, "method.not-allowed"),
        (
            Refusal::Conflict("it").into(),
            409,
            "concurrent.modification",
        ),
        (
            Refusal::MergedCustomer(CustomerId(1)).into(),
            409,
            "concurrent.modification",
        ),
        (Error::UnsupportedMediaType, 415, "validation.failed"),
        (Denied::TooMany(7).into(), 429, "rate-limit.exceeded"),
        (Refusal::Stale.into(), 500, system),
        (trouble(Trouble::Internal("a bug".into())), 500, system),
        (Fault::Internal.into(), 500, system),
        (trouble(Trouble::Overloaded("full")), 503, system),
        (trouble(Trouble::TimedOut("a write")), 503, system),
        (Unreadable::Body(BodyFault::NoRoom).into(), 503, system),
        (Fault::Unavailable.into(), 503, system),
    ] {
        let (found, code_found, _) = error.parts();
        assert_eq!((found.as_u16(), code_found), (status, code), "{error:?}");
    }
}

#[test]
fn who_may_try_again_learns_when() {
    for (error, seconds) in [
        (trouble(Trouble::Overloaded("full")), Some("1")),
        (Error::TooManyRequests(7), Some("7")),
        (Refusal::Conflict("it").into(), None),
        (trouble(Trouble::Internal("a bug".into())), None),
    ] {
        let response = render(&error, RequestId::new(), Language::English);
        let found = response.headers().get(RETRY_AFTER);
        let found = found.map(|value| value.to_str().expect("a text"));
        assert_eq!(found, seconds, "{error:?}");
    }
}
