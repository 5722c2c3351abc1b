//! The account settings that this API declares.

use heddle_api::setting::{CommandLine, Kind, Setting};

use crate::context::NAME;

/// The rate limit, in requests per minute for each key and endpoint.
pub const RATE: Setting = Setting {
    api: NAME,
    name: "rate",
    shown_as: "magicline_rate",
    kind: Kind::Rate,
    default: 0,
    doc: "Magicline: requests a minute, for each endpoint.",
    command_line: CommandLine {
        option: "magicline-rate",
        help: "Magicline: off, vendor, or requests a minute for each endpoint",
        value_name: "RATE",
        heading: "Magicline rate",
    },
};

/// All settings of this API.
pub(crate) const ALL: &[Setting] = &[RATE];
