//! The warnings of this API. The vendor publishes no codes; these are ours.

use crate::wire::Warning;

/// A callback is wanted, which nobody makes.
pub(crate) const NO_CALLBACK: Warning = Warning {
    warning_code: "CALLBACK_NOT_SUPPORTED",
    warning_description: "The message is recorded; no callback will be made.",
};

/// Somebody is to be notified, which nobody does.
pub(crate) const NO_NOTIFICATION: Warning = Warning {
    warning_code: "NOTIFICATION_NOT_SUPPORTED",
    warning_description: "The message is recorded; nobody will be notified.",
};

/// The client gave a message an id.
pub(crate) const OWN_UUID: Warning = Warning {
    warning_code: "MESSAGE_UUID_NOT_USED",
    warning_description: "The message has another messageUuid, which the answer contains.",
};

/// The recipient of a message has opted out.
pub(crate) const OPTED_OUT: Warning = Warning {
    warning_code: crate::error::OPTED_OUT,
    warning_description: "The message was not recorded; the recipient has opted out.",
};
