//! The account setting of how long a merged conversation's id leads to the survivor. It is for all APIs.

use heddle_api::setting::{CommandLine, Kind, Setting};
use heddle_domain::account;

use crate::context::NAME;

/// How long the id of a merged conversation leads to the survivor. The store reads the setting (`rules.md` 12a).
pub(crate) const MERGE_REDIRECT_DAYS: Setting = Setting {
    api: NAME,
    name: account::MERGE_REDIRECT_DAYS.1,
    shown_as: account::MERGE_REDIRECT_DAYS.1,
    kind: Kind::Count { most: 36_500 },
    default: 0,
    doc: "For so many days after a merge the id of the conversation that ended leads to the other one; later it is unknown. 0: for ever. Help Scout itself has 60 days.",
    command_line: CommandLine {
        option: "merge-redirect-days",
        help: "The id of a merged conversation leads to the other one for so many days; 0 = for ever [Help Scout: 60]",
        value_name: "DAYS",
        heading: "merge redirect days",
    },
};

/// All settings of this API.
pub(crate) const SETTINGS: &[Setting] = &[MERGE_REDIRECT_DAYS];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_store_reads_the_setting_of_this_api() {
        assert_eq!(
            (NAME.as_str(), MERGE_REDIRECT_DAYS.name),
            account::MERGE_REDIRECT_DAYS
        );
    }
}
