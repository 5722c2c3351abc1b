//! The error bodies of the vendor's manage and customer APIs (contract section 3).

use serde::Serialize;

/// The error body below `/manage/` and `/customer/`.
#[derive(Debug, Serialize)]
pub(crate) struct ManageBody {
    pub(crate) errors: [ManageError; 1],
    pub(crate) warnings: [ManageWarning; 0],
}

/// One error below `/manage/` and `/customer/`; its code is the HTTP status.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ManageError {
    pub(crate) error_code: u16,
    pub(crate) error_title: &'static str,
    pub(crate) error_message: String,
}

/// A warning below `/manage/` and `/customer/`. It has no variants, because Heddle never sends one.
#[derive(Debug, Serialize)]
pub(crate) enum ManageWarning {}
