//! The account settings that this API declares.

use heddle_api::setting::{CommandLine, Kind, Setting};
use heddle_domain::Locks;
use heddle_domain::account::AccountSettings;

use crate::context::NAME;

/// The vendor's thread cap: an addition to a conversation that already has cap - 1 threads is refused, and so is a new
/// conversation with more threads than the cap (`rules.md` 21).
const VENDOR_CAP: i64 = 100;

/// The thread cap. 0 switches it off.
pub const THREAD_CAP: Setting = Setting {
    api: NAME,
    name: "thread_cap",
    shown_as: "thread_cap",
    kind: Kind::Count { most: 1_000_000 },
    default: VENDOR_CAP,
    doc: "Help Scout's thread cap: an addition to a conversation that already has cap - 1 threads is refused, and so is a new conversation with more threads than the cap; 0: no cap.",
    command_line: CommandLine {
        option: "thread-cap",
        help: "Help Scout's thread cap: an addition to a conversation that already has cap - 1 threads is refused; 0 = no cap [vendor: 100]",
        value_name: "N",
        heading: "thread cap",
    },
};

/// The age policy: conversations without activity for more days than this accept no further thread. 0 switches it off.
pub const LOCK_AFTER_DAYS: Setting = Setting {
    api: NAME,
    name: "lock_after_days",
    shown_as: "lock_after_days",
    kind: Kind::Count { most: 36_500 },
    default: 0,
    doc: "Help Scout: a conversation without a message for so many days is locked; 0: never.",
    command_line: CommandLine {
        option: "lock-after-days",
        help: "Help Scout locks conversations whose newest thread is older than so many days; 0 = never",
        value_name: "DAYS",
        heading: "lock after days",
    },
};

/// Whether every app may change threads. 0: only administrators may.
pub const THREAD_EDITING: Setting = Setting {
    api: NAME,
    name: "thread_editing",
    shown_as: "thread_editing",
    kind: Kind::Count { most: 1 },
    default: 0,
    doc: "Help Scout: 1 lets every app change the text of threads and hide them; 0: only administrators, which have the scope `account.write`.",
    command_line: CommandLine {
        option: "thread-editing",
        help: "Help Scout: 1 lets every app change the text of threads and hide them; 0: only those with the scope account.write",
        value_name: "0|1",
        heading: "thread editing",
    },
};

/// The rate limit, in units per minute for each account.
pub const RATE: Setting = Setting {
    api: NAME,
    name: "rate",
    shown_as: "helpscout_rate",
    kind: Kind::Rate,
    default: 0,
    doc: "Help Scout: requests a minute.",
    command_line: CommandLine {
        option: "helpscout-rate",
        help: "Help Scout: off, vendor, or requests a minute",
        value_name: "RATE",
        heading: "Help Scout rate",
    },
};

/// All settings of this API.
pub(crate) const ALL: &[Setting] = &[THREAD_CAP, LOCK_AFTER_DAYS, THREAD_EDITING, RATE];

/// Returns the limits on adding threads. No other API has them (`rules.md` 21).
pub(crate) fn locks(settings: &AccountSettings) -> Locks {
    Locks {
        thread_cap: THREAD_CAP.value(settings),
        after_days: LOCK_AFTER_DAYS.value(settings),
    }
}
