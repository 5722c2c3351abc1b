//! Statements on the profiles of inboxes. An inbox without a row has an empty profile.

use heddle_domain::InboxProfile;

use crate::error::{Result, Trouble};
use crate::stmt::{Row, statements};

statements! {
    /// Selects the profile of an inbox.
    GET = "SELECT profile FROM inbox_profile WHERE account_id = $1 AND inbox_id = $2";
    /// Stores the profile of an inbox.
    PUT = "INSERT INTO inbox_profile (account_id, inbox_id, profile) VALUES ($1, $2, $3)
        ON CONFLICT (account_id, inbox_id) DO UPDATE SET profile = excluded.profile";
}

/// Maps a row of `GET`.
pub(crate) fn profile(row: &mut Row<'_>) -> Result<InboxProfile> {
    let parsed = serde_json::from_str(&row.text()?);
    Ok(parsed.map_err(|error| Trouble::Internal(format!("profile of an inbox: {error}")))?)
}

/// Returns the column `profile`.
pub(crate) fn written(profile: &InboxProfile) -> Result<String> {
    let written = serde_json::to_string(profile);
    Ok(written.map_err(|error| Trouble::Internal(format!("profile of an inbox: {error}")))?)
}
