//! The account settings that this API declares.

use heddle_api::setting::{CommandLine, Kind, Setting};

use crate::context::NAME;

/// The rate limit, in requests per 30 seconds for each access token.
pub const RATE: Setting = Setting {
    api: NAME,
    name: "rate",
    shown_as: "mews_rate",
    kind: Kind::Rate,
    default: 0,
    doc: "Mews: requests in 30 seconds, for each access token.",
    command_line: CommandLine {
        option: "mews-rate",
        help: "Mews: off, vendor, or requests in 30 seconds for each access token",
        value_name: "RATE",
        heading: "Mews rate",
    },
};

/// All settings of this API.
pub(crate) const ALL: &[Setting] = &[RATE];
