//! What an operation is, and what the requests of several operations have.

use heddle_domain::Scope;
use heddle_http::known;
use heddle_http::members::Object;
use heddle_http::shape::Shape;

/// The maximum length of an interval in the filters of threads, enterprises and customers, in months.
pub(crate) const LONG_MONTHS: i32 = 3;
pub(crate) const INTERVAL: Shape = known!("StartUtc", "EndUtc");
pub(crate) const LIMITATION: Shape = known!("Count", "Cursor");

/// An operation of the API, with the properties (members of the body) of its request.
pub(crate) trait Operation: Sized {
    /// The scope that the credential needs.
    const SCOPE: Scope;
    /// Whether a portfolio token may do the operation. If false, the token must cover exactly one enterprise.
    const FOR_PORTFOLIOS: bool;
    /// The properties of the operation, and the members that hold the credentials.
    const SHAPE: &'static Shape;

    /// Reads the operation's own properties (members of the body).
    fn read(body: &Object<'_>) -> Self;
}
