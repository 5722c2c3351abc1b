//! Which door a path belongs to, and the faults that a door must be able to render without having seen the request.
//!
//! Invariant: every path belongs to exactly one door; whatever lies below a vendor's prefix is that vendor's, unknown
//! paths included, so that its clients always find an error in an envelope they can read.

use axum::response::Response;

use super::request_id::RequestId;

/// One API dialect, told apart by path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Door {
    HelpScout,
    Magicline,
    Mews,
    MyKaarma,
    Native,
}

/// Path prefixes and their owners; each ends in a slash, so `/v1` itself or `/v10/` stays native.
const PREFIXES: [(&str, Door); 8] = [
    ("/v1/", Door::Magicline),
    ("/v2/", Door::HelpScout),
    ("/v3/", Door::HelpScout),
    ("/authentication/", Door::HelpScout),
    ("/api/connector/", Door::Mews),
    ("/communications/", Door::MyKaarma),
    ("/manage/", Door::MyKaarma),
    ("/customer/", Door::MyKaarma),
];

impl Door {
    /// The door that answers `path` (the raw, undecoded path of the request).
    pub fn of_path(path: &str) -> Self {
        PREFIXES
            .iter()
            .find(|(prefix, _)| path.starts_with(prefix))
            .map_or(Self::Native, |(_, door)| *door)
    }

    /// The name used in logs.
    pub fn name(self) -> &'static str {
        match self {
            Self::HelpScout => "helpscout",
            Self::Magicline => "magicline",
            Self::Mews => "mews",
            Self::MyKaarma => "mykaarma",
            Self::Native => "native",
        }
    }
}

/// Something that went wrong outside a handler, to be rendered in the door's envelope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Our mistake, a panic included: 500.
    Internal,
    /// No such path: 404.
    NotFound,
    /// A path segment that is not UTF-8 once decoded: 400 or 404, as the door likes.
    BadPath,
    /// The client took too long to send its request: 408.
    RequestTimeout,
    /// The server cannot serve anyone at the moment: 503.
    Unavailable,
}

/// Renders a fault in the envelope of its door.
pub type Render = fn(Door, Fault, RequestId) -> Response;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_belongs_to_the_door_of_its_prefix() {
        for (path, door) in [
            ("/v1/communications/1/threads", Door::Magicline),
            ("/v1/", Door::Magicline),
            ("/v1", Door::Native),
            ("/v10/x", Door::Native),
            ("/v2/conversations/1/phones", Door::HelpScout),
            ("/v3/x", Door::HelpScout),
            ("/authentication/x", Door::HelpScout),
            ("/api/connector/v1/messageThreads/getAll", Door::Mews),
            ("/api/Connector/v1", Door::Native),
            ("/api/v1/account", Door::Native),
            ("/communications/departments/d", Door::MyKaarma),
            ("/manage/x", Door::MyKaarma),
            ("/customer/x", Door::MyKaarma),
            ("/customers/x", Door::Native),
            ("/", Door::Native),
            ("*", Door::Native),
            ("", Door::Native),
        ] {
            assert_eq!(Door::of_path(path), door, "{path}");
        }
    }
}
